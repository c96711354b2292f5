//! What a tenant's calls wrote, for the list on `/manage`: which worklogs and with what outcome, without any text.

use tempo_mcp_core::{
    domain::time::to_the_second,
    seal::TenantHash,
    upstream::telemetry::{WriteKind, WriteRecord},
};

use super::state::State;
use crate::store::writes::RecordedWrite;

/// Records the writes of one call in the background. Does nothing for a call without any.
pub(super) fn record(state: &State, tenant: TenantHash, tool: &str, writes: &[WriteRecord]) {
    if writes.is_empty() {
        return;
    }
    let now = state.now().to_zoned(jiff::tz::TimeZone::UTC).datetime();
    let write = RecordedWrite {
        at: format!("{} {}", now.date(), to_the_second(now.time())),
        tool: tool.into(),
        worklog: worklogs(writes),
        outcome: outcome(writes),
    };
    let store = state.store.clone();
    state.ports.background.run(Box::pin(async move {
        if let Err(error) = store.record_write(&tenant, &write).await {
            tracing::error!(tenant = tenant.short(), %error, "write not recorded");
        }
    }));
}

/// The first worklog's id, and how many more there are.
fn worklogs(writes: &[WriteRecord]) -> String {
    let known = writes.iter().filter(|it| it.first.is_some());
    let count: usize = known.clone().map(|it| it.succeeded.max(1)).sum();
    match (known.filter_map(|it| it.first).next(), count.saturating_sub(1)) {
        (None, _) => String::new(),
        (Some(first), 0) => first.to_string(),
        (Some(first), more) => format!("{first} and {more} more"),
    }
}

/// `created 11 of 12, refused`; for a single worklog `edited`, or what happened instead; for a move
/// `created 1, deleted 1`.
fn outcome(writes: &[WriteRecord]) -> String {
    let phrases = [WriteKind::Create, WriteKind::Update, WriteKind::Delete].map(|kind| phrase(writes, kind));
    phrases.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn phrase(writes: &[WriteRecord], kind: WriteKind) -> Option<String> {
    let total: usize = writes.iter().map(|it| it.requested).sum();
    let of_kind = || writes.iter().filter(|it| it.kind == kind);
    let (asked, done) =
        of_kind().fold((0, 0), |(asked, done), it| (asked + it.requested, done + it.succeeded));
    let verb = match kind {
        WriteKind::Create => "created",
        WriteKind::Update => "edited",
        WriteKind::Delete => "deleted",
    };
    let mut others: Vec<&str> = of_kind().filter_map(|it| it.rest).collect();
    others.sort_unstable();
    others.dedup();
    let others = others.join(", ");
    match (asked, done) {
        (0, _) => None,
        (1, 0) if total == 1 => Some(others),
        (1, 1) if total == 1 => Some(verb.into()),
        (asked, done) if asked == done => Some(format!("{verb} {done}")),
        (asked, done) => Some(format!("{verb} {done} of {asked}, {others}")),
    }
}

#[cfg(test)]
mod tests {
    use tempo_mcp_core::domain::ids::WorklogId;

    use super::*;

    fn write(
        kind: WriteKind,
        first: Option<u64>,
        requested: usize,
        succeeded: usize,
        rest: Option<&'static str>,
    ) -> WriteRecord {
        WriteRecord { kind, first: first.map(WorklogId), requested, succeeded, rest }
    }

    #[test]
    fn writes_of_a_call_are_summarized_in_a_few_words() {
        let check = |writes: &[WriteRecord], worklog: &str, expected: &str| {
            assert_eq!((worklogs(writes).as_str(), outcome(writes).as_str()), (worklog, expected));
        };
        check(&[write(WriteKind::Create, Some(7), 1, 1, None)], "7", "created");
        check(&[write(WriteKind::Create, None, 1, 0, Some("refused"))], "", "refused");
        check(&[write(WriteKind::Update, Some(7), 1, 0, Some("unknown"))], "7", "unknown");
        let bulk = [
            write(WriteKind::Create, Some(7), 10, 10, None),
            write(WriteKind::Create, Some(17), 3, 2, Some("unknown")),
            write(WriteKind::Create, None, 2, 0, Some("refused")),
        ];
        check(&bulk, "7 and 11 more", "created 12 of 15, refused, unknown");
        check(&bulk[..1], "7 and 9 more", "created 10");
        let moved =
            [write(WriteKind::Create, Some(9), 1, 1, None), write(WriteKind::Delete, Some(7), 1, 1, None)];
        check(&moved, "9 and 1 more", "created 1, deleted 1");
    }
}
