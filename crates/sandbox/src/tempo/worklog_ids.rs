//! Which Jira worklog corresponds to which Tempo worklog. Ids without a counterpart are left out of the response.

use serde::Serialize;

use super::{
    pagination::{PageWindow, page},
    parameters::required_body_ids,
};
use crate::{context::RequestContext, model::Worklog, response::HandlerResult};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WorklogIdPair {
    jira_worklog_id: u64,
    tempo_worklog_id: u64,
}

pub(super) fn jira_to_tempo(context: &RequestContext) -> HandlerResult {
    pairs(context, "jiraWorklogIds", |worklog| worklog.jira_id)
}

pub(super) fn tempo_to_jira(context: &RequestContext) -> HandlerResult {
    pairs(context, "tempoWorklogIds", |worklog| Some(worklog.id))
}

fn pairs(context: &RequestContext, name: &str, key: impl Fn(&Worklog) -> Option<u64>) -> HandlerResult {
    let window = PageWindow::of(context)?;
    let requested = required_body_ids(context, name)?;
    let visible = |worklog: &&Worklog| {
        key(worklog).is_some_and(|id| requested.contains(&id))
            && context.site.may_view(context.caller, worklog)
    };
    let found = context.site.worklogs.iter().filter(visible);
    let pairs: Vec<(u64, u64)> = found.filter_map(|worklog| Some((worklog.jira_id?, worklog.id))).collect();
    page(context, window, &pairs, |(jira, tempo)| WorklogIdPair {
        jira_worklog_id: *jira,
        tempo_worklog_id: *tempo,
    })
}
