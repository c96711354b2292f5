//! How the entries of a bulk call reach Tempo: at most 50 a call, never two calls on one issue at once, issues in
//! parallel.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::{future::join_all, try_join};
use jiff::Timestamp;

use super::{BulkCreated, EntryRow, Status};
use crate::{
    domain::{
        ids::{IssueId, IssueRef},
        time::end_of,
        worklog::{Attribute, Draft, Issue, Worklog},
    },
    jira::{Identity, Issues},
    tempo::{WriteError, WriteResult},
    tools::{
        Audience, Clients, Context, Error,
        create_worklog::labelled,
        entry::Entry,
        messages, resolve,
        site_rules::{depends_on_site, requirements},
        worklog_view::Row,
    },
    upstream::{self, ErrorKind, telemetry::RequestTelemetry},
};

/// The most that one bulk call takes.
const CHUNK: usize = 50;
/// Requests kept for looking after an answer that gets lost, where they are counted.
const RESERVE: u32 = 6;
/// No new call is begun after this: what was not sent is reported as that, before the call's own deadline.
const BUDGET: Duration = Duration::from_secs(200);
/// Another bulk action on the same issue (409) is waited for this often.
const BUSY_RETRIES: u32 = 3;

/// What became of an entry.
enum Outcome {
    Written(WriteResult),
    /// Not sent: why.
    NotSent(String),
}

/// An entry ready to be sent, and its place in the call.
struct Ready {
    index: usize,
    draft: Draft,
}

pub(super) async fn run(
    context: &Context,
    clients: &Clients,
    entries: &[Entry],
) -> Result<BulkCreated, Error> {
    let wanted: BTreeSet<IssueRef> = entries.iter().map(|it| it.issue.clone()).collect();
    let me = async { Ok::<_, Error>(clients.jira.identity().await?) };
    let issues = async { Ok(clients.jira.issues(wanted).await?) };
    let (me, issues) = try_join!(me, issues)?;
    let given = given_attributes(clients, entries).await?;
    let accounts = accounts(clients, entries, &issues).await;

    let mut outcomes: Vec<Option<Outcome>> = entries.iter().map(|_| None).collect();
    let mut queues: BTreeMap<IssueId, Vec<Ready>> = BTreeMap::new();
    for ((index, entry), given) in entries.iter().enumerate().zip(given) {
        match ready(entry, given, &issues, &accounts, &me) {
            Ok((issue, draft)) => queues.entry(issue).or_default().push(Ready { index, draft }),
            Err(why) => set(&mut outcomes, index, Outcome::NotSent(why.message(&context.audience))),
        }
    }
    check_budget(context, &queues)?;
    let line = Line {
        context,
        clients,
        until: context.now() + BUDGET,
        done: AtomicUsize::new(0),
        of: entries.len(),
    };
    let sent = join_all(queues.into_iter().map(|(issue, queue)| line.issue(issue, queue))).await;
    for (index, outcome) in sent.into_iter().flatten() {
        set(&mut outcomes, index, outcome);
    }
    let refused_by_site = outcomes.iter().flatten().any(Outcome::depends_on_site);
    let demands =
        if refused_by_site { messages::requirements(&requirements(clients).await) } else { Vec::new() };
    let rows = entries.iter().zip(outcomes).enumerate();
    let rows =
        rows.map(|(index, (entry, outcome))| row(context, index, entry, outcome, &issues, &me)).collect();
    Ok(BulkCreated::of(rows, demands))
}

/// Before anything is written: whether all of it may be sent.
fn check_budget(context: &Context, queues: &BTreeMap<IssueId, Vec<Ready>>) -> Result<(), Error> {
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
    for (index, issue, goes_alone) in entries {
        let before = in_bulk.entry(issue).or_default();
        let begins_a_request = goes_alone || before.is_multiple_of(CHUNK);
        *before += usize::from(!goes_alone);
        needed += usize::from(begins_a_request);
        if needed > left {
            return Err(Error::TooManyEntries { fit: index });
        }
    }
    Ok(())
}

fn set(outcomes: &mut [Option<Outcome>], index: usize, outcome: Outcome) {
    if let Some(slot) = outcomes.get_mut(index) {
        *slot = Some(outcome);
    }
}

type Given = Vec<(String, Option<String>)>;

/// Attributes of all entries; a wrong one refuses the whole call, every fault at its place.
async fn given_attributes(clients: &Clients, entries: &[Entry]) -> Result<Vec<Given>, Error> {
    let mut faults = Vec::new();
    let mut res = Vec::with_capacity(entries.len());
    for (i, entry) in entries.iter().enumerate() {
        match resolve::given(clients, &entry.attributes, &format!("worklogEntries[{i}].attributes")).await {
            Ok(given) => res.push(given),
            Err(Error::Arguments(more)) => faults.extend(more),
            Err(error) => return Err(error),
        }
    }
    if faults.is_empty() { Ok(res) } else { Err(Error::Arguments(faults)) }
}

type Accounts = HashMap<IssueId, Result<Option<Attribute>, Error>>;

/// Each issue's own account. What they have in common is asked for once, accounts at the same time.
async fn accounts(clients: &Clients, entries: &[Entry], issues: &Issues) -> Accounts {
    let distinct: BTreeMap<IssueId, &Arc<Issue>> =
        entries.iter().filter_map(|it| issues.get(&it.issue)).map(|it| (it.id, it)).collect();
    let ids: BTreeSet<u64> = distinct.values().filter_map(|it| it.account).collect();
    if ids.is_empty() {
        return Accounts::new();
    }
    // Into the cache; what fails here fails again below, where it has an entry to be told to.
    let _ = clients.tempo.attributes().await;
    join_all(ids.into_iter().map(|it| clients.tempo.account(it))).await;
    let one = async |(id, issue): (IssueId, &Arc<Issue>)| (id, resolve::account(clients, issue, &[]).await);
    join_all(distinct.into_iter().map(one)).await.into_iter().collect()
}

fn ready(
    entry: &Entry,
    given: Given,
    issues: &Issues,
    accounts: &Accounts,
    me: &Identity,
) -> Result<(IssueId, Draft), Error> {
    let issue = issues.get(&entry.issue).ok_or_else(|| Error::UnknownIssue(entry.issue.clone()))?;
    let account = match accounts.get(&issue.id) {
        Some(Ok(account)) => account.clone().filter(|it| !given.iter().any(|(key, _)| *key == it.key)),
        Some(Err(error)) => return Err(error.clone()),
        None => None,
    };
    let named = given.into_iter().filter_map(|(key, value)| Some(Attribute { key, value: value? }));
    Ok((issue.id, entry.draft(me.account.clone(), named.chain(account).collect())))
}

/// What all issues of one call share.
struct Line<'a> {
    context: &'a Context,
    clients: &'a Clients,
    until: Timestamp,
    done: AtomicUsize,
    of: usize,
}

impl Line<'_> {
    /// All entries of one issue, one call after the other.
    async fn issue(&self, issue: IssueId, queue: Vec<Ready>) -> Vec<(usize, Outcome)> {
        // The bulk call has no remaining estimate.
        let (single, bulk): (Vec<Ready>, Vec<Ready>) =
            queue.into_iter().partition(|it| it.draft.remaining_estimate.is_some());
        let mut res = Vec::new();
        for chunk in bulk.chunks(CHUNK) {
            let outcomes = self.chunk(issue, chunk).await;
            self.report(chunk.len());
            res.extend(chunk.iter().map(|it| it.index).zip(outcomes));
        }
        for it in &single {
            res.push((it.index, self.single(issue, &it.draft).await));
            self.report(1);
        }
        res
    }

    fn report(&self, more: usize) {
        let done = self.done.fetch_add(more, Ordering::Relaxed) + more;
        if let Some(progress) = &self.context.progress {
            progress.report(done, self.of);
        }
    }

    fn is_late(&self) -> bool {
        self.context.now() >= self.until
    }

    async fn single(&self, issue: IssueId, draft: &Draft) -> Outcome {
        if self.is_late() {
            return Outcome::too_late();
        }
        let mut attempt = 0;
        loop {
            let written = self.clients.tempo.create(issue, draft.clone()).await;
            match &written {
                Err(WriteError::Refused(cause)) if self.waits_for(cause, attempt).await => attempt += 1,
                _ => return Outcome::Written(written),
            }
        }
    }

    async fn chunk(&self, issue: IssueId, chunk: &[Ready]) -> Vec<Outcome> {
        if self.is_late() {
            return chunk.iter().map(|_| Outcome::too_late()).collect();
        }
        if let [only] = chunk {
            return vec![self.single(issue, &only.draft).await];
        }
        let drafts: Vec<Draft> = chunk.iter().map(|it| it.draft.clone()).collect();
        let mut attempt = 0;
        let written = loop {
            let written = self.clients.tempo.create_many(issue, drafts.clone()).await;
            match written.first() {
                Some(Err(WriteError::Refused(cause))) if self.waits_for(cause, attempt).await => attempt += 1,
                _ => break written,
            }
        };
        let mut res = Vec::with_capacity(written.len());
        for (written, it) in written.into_iter().zip(chunk) {
            res.push(match written {
                // One bad entry must not sink the others: each tells by itself what is wrong with it.
                Err(WriteError::Refused(cause)) if is_about_an_entry(&cause) => {
                    self.single(issue, &it.draft).await
                }
                other => Outcome::Written(other),
            });
        }
        res
    }

    /// Waits, if this refusal passes by itself.
    async fn waits_for(&self, cause: &upstream::Error, attempt: u32) -> bool {
        let passes = matches!(cause.kind, ErrorKind::Busy(_)) && attempt < BUSY_RETRIES && !self.is_late();
        if passes {
            self.context.ports.clock.sleep(Duration::from_secs(1 << attempt)).await;
        }
        passes
    }
}

/// A refusal that need not hold for every entry of the call: wrong values, or a closed period for some days.
fn is_about_an_entry(cause: &upstream::Error) -> bool {
    matches!(cause.kind, ErrorKind::Invalid(_) | ErrorKind::PeriodClosed(_))
}

impl Outcome {
    fn too_late() -> Self {
        Self::NotSent("not sent: the call took too long; repeat it with the entries that are left".into())
    }

    fn depends_on_site(&self) -> bool {
        matches!(self, Self::Written(Err(WriteError::Refused(cause))) if depends_on_site(cause))
    }
}

fn row(
    context: &Context,
    index: usize,
    entry: &Entry,
    outcome: Option<Outcome>,
    issues: &Issues,
    me: &Identity,
) -> EntryRow {
    let issue = issues.get(&entry.issue);
    let (status, stored, reason) = match outcome {
        Some(Outcome::Written(Ok(worklog))) => (Status::Created, Some(worklog), None),
        Some(Outcome::Written(Err(error))) => {
            let (status, reason) = reason(error, me, &context.audience);
            (status, None, Some(reason))
        }
        Some(Outcome::NotSent(why)) => (Status::Failed, None, Some(why)),
        // Every entry was queued or refused above; should one be forgotten, it is not called fine.
        None => {
            (Status::Unknown, None, Some("not accounted for: look at that day with retrieveWorklogs".into()))
        }
    };
    let time_spent = stored.as_ref().map_or(entry.time_spent.seconds(), |it| it.time_spent);
    let start = stored.as_ref().map_or(entry.start, |it| it.start);
    EntryRow {
        index,
        status,
        issue_key: issue.map_or_else(|| entry.issue.to_string(), |it| it.key.to_string()),
        issue_id: issue.map(|it| it.id.0),
        summary: issue.map(|it| it.summary.clone()),
        date: entry.date.to_string(),
        start_time: start.map(|it| it.to_string()),
        end_time: start.map(|it| end_of(it, time_spent)),
        time_spent_seconds: time_spent.0,
        time_spent_hours: time_spent.hours(),
        worklog_id: stored.as_ref().map(|it| it.id.0),
        attributes: stored.map(|it| attributes(context, &it)).unwrap_or_default(),
        reason,
    }
}

fn attributes(context: &Context, stored: &Worklog) -> Vec<crate::tools::worklog_view::AttributeRow> {
    labelled(context, Row::new(stored, None, None)).attributes
}

fn reason(error: WriteError, me: &Identity, audience: &Audience) -> (Status, String) {
    let status = match &error {
        WriteError::Unknown(_) => Status::Unknown,
        WriteError::Refused(_) | WriteError::NotFound { .. } => Status::Failed,
    };
    let reason = match error {
        WriteError::Refused(cause) => messages::upstream(&cause, audience).to_string(),
        other => Error::of_write(other, &me.zone()).message(audience),
    };
    (status, reason)
}
