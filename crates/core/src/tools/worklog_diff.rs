//! What an edit changed, field by field.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    context::Context,
    worklog_view::{AttributeView, WorklogView, labelled},
};
use crate::domain::{
    duration::Seconds,
    text::{identifier, quoted},
    worklog::Worklog,
};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(super) struct FieldChange {
    pub(super) field: String,
    pub(super) before: String,
    pub(super) after: String,
}

const NONE: &str = "(none)";

/// The fields in which two worklogs differ, except the issue: only the caller knows the keys.
pub(super) fn between(context: &Context, before: &Worklog, after: &Worklog) -> Vec<FieldChange> {
    let amount = |it: Option<Seconds>| it.map_or(NONE.to_owned(), |it| it.to_string());
    let time = |it: &Worklog| it.start.map_or(NONE.to_owned(), |it| it.to_string());
    let text = |it: &str| if it.is_empty() { NONE.to_owned() } else { quoted(it) };
    let mut res = vec![
        change("date", before.date.to_string(), after.date.to_string()),
        change("startTime", time(before), time(after)),
        change("endTime", before.end().unwrap_or(NONE.into()), after.end().unwrap_or(NONE.into())),
        change("timeSpent", before.time_spent.to_string(), after.time_spent.to_string()),
        change("billable", amount(before.billable), amount(after.billable)),
        change("description", text(&before.description), text(&after.description)),
    ];
    let [before, after] =
        [before, after].map(|it| labelled(context, WorklogView::new(it, None, None)).attributes);
    let keys: BTreeSet<&str> = before.iter().chain(&after).map(|it| it.key.as_str()).collect();
    for key in keys {
        let value = |views: &[AttributeView]| {
            views.iter().find(|it| it.key == key).map_or(NONE.to_owned(), AttributeView::value_text)
        };
        res.push(change(&format!("attribute {}", identifier(key, 100)), value(&before), value(&after)));
    }
    res.retain(|it| it.before != it.after);
    res
}

pub(super) fn change(field: &str, before: String, after: String) -> FieldChange {
    FieldChange { field: field.into(), before, after }
}
