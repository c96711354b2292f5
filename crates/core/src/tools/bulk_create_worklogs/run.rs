//! A bulk call from its entries to its result: issues in parallel, each entry reported in the order given.

use std::collections::{BTreeMap, HashMap};

use futures::future::join_all;

use super::{
    output::{BulkCreatedWorklogs, EntryStatus, EntryView},
    resolved_entries::ResolvedEntries,
    send::{BulkRun, CHUNK, EntryOutcome, QueuedEntry},
};
use crate::{
    domain::{ids::IssueId, time::end_of, worklog::Worklog},
    jira::Identity,
    tempo::WriteError,
    tools::{
        audience::Audience,
        context::{Clients, Context},
        error::Error,
        messages,
        new_worklog::NewWorklog,
        site_rules::requirements,
        worklog_view::{AttributeView, WorklogView, labelled},
    },
    upstream::{TimeLimits, telemetry::RequestTelemetry},
};

/// Requests that are held back for reading after a lost response, where the platform limits them.
const RESERVE: u32 = 6;

pub(super) async fn run(
    context: &Context,
    clients: &Clients,
    entries: &[NewWorklog],
) -> Result<BulkCreatedWorklogs, Error> {
    if let (Some(limits), Some(_)) = (&context.limits, &context.progress) {
        limits.extend(TimeLimits::BULK_WITH_PROGRESS);
    }
    let resolved = ResolvedEntries::read(clients, entries).await?;
    let mut outcomes: Vec<Option<EntryOutcome>> = entries.iter().map(|_| None).collect();
    let mut queues: BTreeMap<IssueId, Vec<QueuedEntry>> = BTreeMap::new();
    for (index, entry) in entries.iter().enumerate() {
        match resolved.draft(index, entry) {
            Ok((issue, draft)) => queues.entry(issue).or_default().push(QueuedEntry { index, draft }),
            Err(error) => {
                set(&mut outcomes, index, EntryOutcome::without_draft(&error, &context.audience));
            }
        }
    }
    check_budget(context, &queues)?;
    let run = BulkRun::new(context, clients, entries.len());
    let sent = join_all(queues.into_iter().map(|(issue, queue)| run.issue(issue, queue))).await;
    for (index, outcome) in sent.into_iter().flatten() {
        set(&mut outcomes, index, outcome);
    }
    let is_refused_by_site = outcomes.iter().flatten().any(EntryOutcome::depends_on_site);
    let demands =
        if is_refused_by_site { messages::requirements(&requirements(clients).await) } else { Vec::new() };
    let views: Vec<EntryView> = entries
        .iter()
        .zip(outcomes)
        .enumerate()
        .map(|(index, (entry, outcome))| view(context, index, entry, outcome, &resolved))
        .collect();
    let remaining = entries.iter().zip(&views).filter(|(_, it)| it.status == EntryStatus::NotSent);
    let remaining = remaining.map(|(entry, _)| entry.arguments()).collect();
    Ok(BulkCreatedWorklogs::of(views, remaining, demands))
}

fn set(outcomes: &mut [Option<EntryOutcome>], index: usize, outcome: EntryOutcome) {
    if let Some(slot) = outcomes.get_mut(index) {
        *slot = Some(outcome);
    }
}

/// Checks, before anything is written, that the platform lets this call send enough requests for all entries.
///
/// # Errors
/// [`Error::TooManyEntries`].
fn check_budget(context: &Context, queues: &BTreeMap<IssueId, Vec<QueuedEntry>>) -> Result<(), Error> {
    let Some(left) = context.telemetry().and_then(RequestTelemetry::requests_left) else { return Ok(()) };
    let left = left.saturating_sub(RESERVE) as usize;
    let mut entries: Vec<(usize, IssueId, bool)> = queues
        .iter()
        .flat_map(|(issue, queue)| {
            queue.iter().map(|it| (it.index, *issue, it.draft.remaining_estimate.is_some()))
        })
        .collect();
    entries.sort_unstable_by_key(|(index, ..)| *index);
    let mut needed = 0;
    let mut in_bulk: HashMap<IssueId, usize> = HashMap::new();
    for (index, issue, is_sent_singly) in entries {
        let before = in_bulk.entry(issue).or_default();
        let needs_a_request = is_sent_singly || before.is_multiple_of(CHUNK);
        *before += usize::from(!is_sent_singly);
        needed += usize::from(needs_a_request);
        if needed > left {
            return Err(Error::TooManyEntries { fit: index });
        }
    }
    Ok(())
}

fn view(
    context: &Context,
    index: usize,
    entry: &NewWorklog,
    outcome: Option<EntryOutcome>,
    resolved: &ResolvedEntries,
) -> EntryView {
    let issue = resolved.issues.get(&entry.issue);
    let (status, stored, reason) = match outcome {
        Some(EntryOutcome::Written(Ok(worklog))) => (EntryStatus::Created, Some(worklog), None),
        Some(EntryOutcome::Written(Err(error))) => {
            let (status, reason) = reason(error, &resolved.me, &context.audience);
            (status, None, Some(reason))
        }
        Some(EntryOutcome::Rejected(why)) => (EntryStatus::Failed, None, Some(why)),
        Some(EntryOutcome::NotSent(why)) => (EntryStatus::NotSent, None, Some(why)),
        // Every entry has an outcome. If a defect lost one, the entry must not be reported as created or failed.
        None => (
            EntryStatus::Unknown,
            None,
            Some("not accounted for: check that day with retrieveWorklogs".into()),
        ),
    };
    let time_spent = stored.as_ref().map_or(entry.time_spent.seconds(), |it| it.time_spent);
    let start = stored.as_ref().map_or(entry.start, |it| it.start);
    EntryView {
        index,
        status,
        issue_key: issue.map_or_else(|| entry.issue.to_string(), |it| it.key.to_string()),
        issue_id: issue.map(|it| it.id.0),
        summary: issue.map(|it| it.summary.clone()),
        date: entry.date.to_string(),
        start_time: start.map(|it| it.to_string()),
        end_time: start.map(|it| end_of(it, time_spent)),
        time_spent_seconds: time_spent,
        worklog_id: stored.as_ref().map(|it| it.id.0),
        attributes: stored.map(|it| attributes(context, &it)).unwrap_or_default(),
        reason,
    }
}

fn attributes(context: &Context, stored: &Worklog) -> Vec<AttributeView> {
    labelled(context, WorklogView::new(stored, None, None)).attributes
}

fn reason(error: WriteError, me: &Identity, audience: &Audience) -> (EntryStatus, String) {
    let status = match &error {
        WriteError::Unknown(_) => EntryStatus::Unknown,
        WriteError::Refused(cause) if cause.kind.was_not_sent() => EntryStatus::NotSent,
        WriteError::Refused(_) | WriteError::NotFound { .. } => EntryStatus::Failed,
    };
    let reason = match error {
        WriteError::Refused(cause) => messages::upstream(&cause, audience).to_string(),
        other => Error::of_write(other, &me.zone()).message(audience),
    };
    (status, reason)
}
