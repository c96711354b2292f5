//! `POST /worklogs/issue/{issueId}/bulk`: 1 to 50 items in one call, and one call at a time for each issue.

use serde_json::Value;

use super::{
    errors,
    parameters::json_body,
    worklog_input::{self, WriteKind},
    worklog_wire::WorklogSerializer,
    worklog_writes::{check_rules, store, visible_issue},
};
use crate::{
    context::RequestContext,
    request::Request,
    response::{HandlerResult, Response},
};

const MOST_ITEMS: usize = 50;

/// The issue id of a bulk creation; `None` for any other request. A second bulk creation on the same issue is rejected
/// while the first is in progress.
pub(crate) fn issue_of(request: &Request) -> Option<u64> {
    let segments: Vec<&str> = request.segments.iter().map(String::as_str).collect();
    match segments.as_slice() {
        ["4", "worklogs", "issue", id, "bulk"] if request.method == "POST" => id.parse().ok(),
        _ => None,
    }
}

pub(super) fn create(context: &mut RequestContext, issue: &str) -> HandlerResult {
    if context.request.bulk_conflict {
        let message = "There is already a bulk action in progress for the given issue id".to_owned();
        return Err(errors::with_messages(context.settings, 409, &[message]));
    }
    let items = items(context)?;
    let id: u64 =
        issue.parse().map_err(|_| errors::bad_request(context.settings, "issueId must be a number"))?;
    let issue =
        visible_issue(context, id).map_err(|message| errors::bad_request(context.settings, &message))?;
    let estimate_before = context.site.issue(issue).and_then(|issue| issue.remaining_estimate);
    let outcome = store_all(context, issue, &items);
    if let Some(error) = outcome.error {
        if context.settings.bulk_atomic {
            context.site.worklogs.retain(|worklog| !outcome.created.contains(&worklog.id));
            context.site.restore_estimate(issue, estimate_before);
        }
        return Err(error);
    }
    let indexes = outcome.created.iter().filter_map(|id| context.site.worklog_index(*id));
    let serializer = WorklogSerializer::of(context);
    let mut worklogs: Vec<_> =
        indexes.map(|index| serializer.worklog(&context.site.worklogs[index])).collect();
    if context.settings.bulk_reversed_order {
        worklogs.reverse();
    }
    Ok(Response::ok(&worklogs))
}

fn items(context: &RequestContext) -> Result<Vec<Value>, Response> {
    let Value::Array(items) = json_body(context)? else {
        return Err(errors::bad_request(context.settings, "Unable to process JSON"));
    };
    if items.is_empty() || items.len() > MOST_ITEMS {
        let message = format!("size must be between 1 and {MOST_ITEMS}");
        return Err(errors::bad_request(context.settings, &message));
    }
    Ok(items)
}

struct BulkOutcome {
    /// Ids of the stored worklogs.
    created: Vec<u64>,
    /// The response for the first invalid item.
    error: Option<Response>,
}

/// Stores the items up to the first invalid one. Tempo does not document what happens to the items before it, so the
/// caller decides by the settings.
fn store_all(context: &mut RequestContext, issue: u64, items: &[Value]) -> BulkOutcome {
    let mut created = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let input = worklog_input::read(context, item, WriteKind::BulkItem).map_err(|messages| {
            let messages: Vec<String> =
                messages.iter().map(|message| format!("[{index}]: {message}")).collect();
            errors::with_messages(context.settings, 400, &messages)
        });
        let accepted = input.and_then(|input| check_rules(context, &input, None).map(|()| input));
        match accepted {
            Ok(input) => created.push(store(context, issue, input)),
            Err(error) => return BulkOutcome { created, error: Some(error) },
        }
    }
    BulkOutcome { created, error: None }
}
