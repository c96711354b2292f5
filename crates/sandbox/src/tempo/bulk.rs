//! `POST /worklogs/issue/{issueId}/bulk`: 1 to 50 items, one call per issue at a time.

use serde_json::Value;

use super::{
    body,
    entry::{self, Kind},
    errors,
    worklogs::Writer,
    write::{admit, store, visible_issue},
};
use crate::{
    answer::{Answer, Outcome},
    call::Call,
    context::Context,
};

const MOST_ITEMS: usize = 50;

/// The issue of a bulk creation, so that a second one on it can be refused while the first is under way.
pub(crate) fn issue_of(call: &Call) -> Option<u64> {
    let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
    match segments.as_slice() {
        ["4", "worklogs", "issue", id, "bulk"] if call.method == "POST" => id.parse().ok(),
        _ => None,
    }
}

pub(super) fn create(context: &mut Context, issue: &str) -> Outcome {
    if context.call.bulk_conflict {
        let message = "There is already a bulk action in progress for the given issue id".to_owned();
        return Err(errors::refuse(context.settings, 409, &[message]));
    }
    let items = items(context)?;
    let id: u64 =
        issue.parse().map_err(|_| errors::bad_request(context.settings, "issueId must be a number"))?;
    let issue = visible_issue(context, id).map_err(|fault| errors::bad_request(context.settings, &fault))?;
    let outcome = store_all(context, issue, &items);
    if outcome.refused.is_some() && context.settings.bulk_atomic {
        context.world.worklogs.retain(|worklog| !outcome.created.contains(&worklog.id));
        context.world.restore_estimate(issue, outcome.estimate_before);
    }
    if let Some(refused) = outcome.refused {
        return Err(refused);
    }
    let places = outcome.created.iter().filter_map(|id| context.world.worklog_place(*id));
    let writer = Writer::of(context);
    let mut rows: Vec<_> = places.map(|place| writer.row(&context.world.worklogs[place])).collect();
    if context.settings.bulk_reversed_order {
        rows.reverse();
    }
    Ok(Answer::ok(&rows))
}

fn items(context: &Context) -> Result<Vec<Value>, Answer> {
    let Value::Array(items) = body(context)? else {
        return Err(errors::bad_request(context.settings, "Unable to process JSON"));
    };
    if items.is_empty() || items.len() > MOST_ITEMS {
        let message = format!("size must be between 1 and {MOST_ITEMS}");
        return Err(errors::bad_request(context.settings, &message));
    }
    Ok(items)
}

struct Stored {
    created: Vec<u64>,
    refused: Option<Answer>,
    estimate_before: Option<u64>,
}

/// Stores items until one is refused. Whether Tempo keeps the ones before it is not documented: the caller
/// decides by the settings.
fn store_all(context: &mut Context, issue: u64, items: &[Value]) -> Stored {
    let estimate_before = context.world.issue(issue).and_then(|issue| issue.remaining_estimate);
    let mut stored = Stored { created: Vec::new(), refused: None, estimate_before };
    for (place, item) in items.iter().enumerate() {
        let entry = entry::read(context, item, Kind::BulkItem).map_err(|faults| {
            let faults: Vec<String> = faults.iter().map(|fault| format!("[{place}]: {fault}")).collect();
            errors::refuse(context.settings, 400, &faults)
        });
        let admitted = entry.and_then(|entry| admit(context, &entry, None).map(|()| entry));
        match admitted {
            Ok(entry) => stored.created.push(store(context, issue, entry)),
            Err(refused) => {
                stored.refused = Some(refused);
                break;
            }
        }
    }
    stored
}
