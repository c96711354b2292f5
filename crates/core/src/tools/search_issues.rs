//! `searchIssues`: which issue a sentence like "two hours on the login bug" means.

use std::{collections::BTreeMap, sync::Arc};

use futures::try_join;
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    argument::{Arguments, Param, types::IntegerIn},
    context::{Clients, Context},
    error::Error,
    schema,
    tool::{Tool, ToolKind},
    tool_result::{Now, ToolOutput, ToolResult, count},
    worklog_view::issue_text,
};
use crate::{
    domain::{
        ids::{AccountId, IssueId, IssueKey, IssueRef},
        text::quoted,
        time::{DateRange, WorkDate},
        worklog::Issue,
    },
    jira::Search,
    tempo::Filter,
};

const TEXT: Param<String> = Param::optional("text", "Words from the issue, or an issue key");
const MINE: Param<bool> = Param::optional("mine", "true: only issues assigned to or reported by the user");
const RECENT: Param<bool> =
    Param::optional("recent", "true: only issues with the user's time in the last 30 days");
const LIMIT: Param<IntegerIn<1, 100>> = Param::optional("limit", "Issues, default 20");

const DEFAULT_LIMIT: usize = 20;
const RECENT_DAYS: i64 = 30;
/// The most issue ids in one query.
const MOST_RECENT: usize = 100;

pub(super) const TOOL: Tool = Tool {
    name: "searchIssues",
    title: "Find Jira issues",
    description: "Find the Jira issue to log time on: by words, among the user's own issues (mine), or among those with the \
                  user's recent time (recent); conditions combine. Without any: the user's own issues. Returns keys for \
                  createWorklog. If several fit, ask the user; never guess.",
    kind: ToolKind::Reads,
    parameters: &[&TEXT, &MINE, &RECENT, &LIMIT],
    output: schema::output::<FoundIssues>,
    run: |context, args| Box::pin(run(context, args)),
};

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct FoundIssues {
    #[serde(flatten)]
    now: Now,
    issues: Vec<IssueView>,
    /// There are more: use more specific words, or a higher limit
    more: bool,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct IssueView {
    issue_key: String,
    issue_id: u64,
    summary: String,
    status: String,
    project: String,
}

struct SearchRequest {
    text: Option<String>,
    mine: bool,
    recent: bool,
    limit: usize,
}

async fn run(context: &Context, mut args: Arguments) -> Result<ToolResult, Error> {
    let request = read(&mut args);
    let request = args.finish(request)?;
    let clients = context.clients()?;
    let me = async { Ok(clients.jira.identity().await?) };
    let (me, (issues, more)) = if request.recent {
        let me = me.await?;
        let today = me.today(context.now());
        let found = recent(clients, &me.account, today, &request).await?;
        (me, found)
    } else {
        try_join!(me, find(clients, &request))?
    };
    let issues = issues.iter().map(|it| IssueView::of(it)).collect();
    Ok(FoundIssues { now: Now::of(context, &me), issues, more }.into_result())
}

fn read(args: &mut Arguments) -> Option<SearchRequest> {
    let text = args.optional(&TEXT).map(|it| it.trim().to_owned()).filter(|it| !it.is_empty());
    if let Some(text) = &text {
        if text.chars().count() > 500 {
            args.reject("text", "is longer than 500 characters: give a few words");
        } else if !text.chars().any(char::is_alphanumeric) {
            args.reject("text", "has no word to look for");
        }
    }
    let mine = args.optional(&MINE).unwrap_or(false);
    let recent = args.optional(&RECENT).unwrap_or(false);
    let limit = args.optional(&LIMIT).map_or(DEFAULT_LIMIT, |it| it.0);
    let mine = mine || (text.is_none() && !recent);
    Some(SearchRequest { text, mine, recent, limit })
}

/// The issue, if the text is an issue key.
async fn named(clients: &Clients, request: &SearchRequest) -> Result<Option<Arc<Issue>>, Error> {
    let key: Option<IssueKey> = request.text.as_ref().and_then(|it| it.parse().ok());
    match key.filter(IssueKey::can_exist) {
        Some(key) => Ok(clients.jira.issue(&IssueRef::Key(key)).await?),
        None => Ok(None),
    }
}

async fn find(clients: &Clients, request: &SearchRequest) -> Result<(Vec<Arc<Issue>>, bool), Error> {
    let search = match named(clients, request).await? {
        Some(issue) if !request.mine => return Ok((vec![issue], false)),
        // Jira's text index does not contain keys.
        Some(issue) => Search { words: None, mine: true, among: Some(vec![issue.id]) },
        None => Search { words: request.text.clone(), mine: request.mine, among: None },
    };
    Ok(clients.jira.search(&search, request.limit).await?)
}

/// Issues with recent worklogs in Tempo, the latest first. (Jira's copies of worklogs may lack the author.)
async fn recent(
    clients: &Clients,
    author: &AccountId,
    today: WorkDate,
    request: &SearchRequest,
) -> Result<(Vec<Arc<Issue>>, bool), Error> {
    let from = today.0.checked_sub(jiff::Span::new().days(RECENT_DAYS)).map_or(today, WorkDate);
    let filter = Filter { author: author.clone(), range: DateRange { from, to: today }, issue: None };
    let worklogs = clients.tempo.worklogs(&filter).await?;
    // Worklogs are in order of time, so the latest worklog of an issue is the one that counts.
    let last: BTreeMap<IssueId, usize> = worklogs.iter().enumerate().map(|(i, it)| (it.issue, i)).collect();
    let mut ids: Vec<IssueId> = last.keys().copied().collect();
    ids.sort_by_key(|id| std::cmp::Reverse(last.get(id).copied()));
    let named = named(clients, request).await?;
    if let Some(issue) = &named {
        ids.retain(|it| *it == issue.id);
    }
    ids.truncate(MOST_RECENT);
    let known = clients.jira.issues_by_id(ids.iter().copied()).await?;
    let mut found: Vec<Arc<Issue>> =
        ids.iter().filter_map(|id| known.get(&IssueRef::Id(*id)).cloned()).collect();
    let words = request.text.clone().filter(|_| named.is_none());
    if words.is_some() || request.mine {
        let among = Some(found.iter().map(|it| it.id).collect());
        let search = Search { words, mine: request.mine, among };
        let (fitting, _) = clients.jira.search(&search, MOST_RECENT).await?;
        found.retain(|it| fitting.iter().any(|fits| fits.id == it.id));
    }
    let more = found.len() > request.limit;
    found.truncate(request.limit);
    Ok((found, more))
}

impl IssueView {
    fn of(issue: &Issue) -> Self {
        Self {
            issue_key: issue.key.to_string(),
            issue_id: issue.id.0,
            summary: issue.summary.clone(),
            status: issue.status.clone(),
            project: issue.project.clone(),
        }
    }
}

impl ToolOutput for FoundIssues {
    fn text(&self) -> String {
        if self.issues.is_empty() {
            let advice = "Try fewer or other words; issues that are not visible to the user are not found.";
            return format!("No issue found. {advice} {}", self.now.text());
        }
        let mut lines = vec![format!("{} found. {}", count(self.issues.len(), "issue"), self.now.text())];
        lines.extend(self.issues.iter().map(|it| {
            let issue = issue_text(it.issue_id, Some(&it.issue_key), Some(&it.summary), "");
            format!("- {issue}, {}, project {}", quoted(&it.status), quoted(&it.project))
        }));
        if self.more {
            lines.push("There are more: use more specific words, or a higher limit.".into());
        }
        lines.join("\n")
    }
}
