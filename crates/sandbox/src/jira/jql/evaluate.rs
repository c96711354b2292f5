//! Which issues a query matches, and their order.

use std::{cmp::Ordering, collections::HashSet};

use super::{
    ast::{Clause, Query},
    conditions,
};
use crate::{context::RequestContext, model::Issue};

/// The matching issues that the caller may see, or the messages for all errors in the query.
pub(in crate::jira) fn find<'a>(
    context: &'a RequestContext,
    query: &Query,
) -> Result<Vec<&'a Issue>, Vec<String>> {
    let mut messages = Vec::new();
    let matching = query.filter.as_ref().map(|filter| matching_indexes(context, filter, &mut messages));
    let unsortable = query.order.iter().filter(|key| sort_field(&key.field).is_none());
    messages.extend(unsortable.map(|key| format!("Not able to sort using field '{}'.", key.field)));
    if !messages.is_empty() {
        return Err(messages);
    }
    let matches = |index: &usize| matching.as_ref().is_none_or(|matching| matching.contains(index));
    let visible =
        |index: &usize| context.site.may_browse(context.caller, context.site.issues[*index].project);
    let found = (0..context.site.issues.len()).filter(matches).filter(visible);
    let mut found: Vec<&Issue> = found.map(|index| &context.site.issues[index]).collect();
    found.sort_by(|one, other| compare(query, context, one, other));
    Ok(found)
}

/// The indexes of the issues that match a clause. Adds a message for each error in it.
fn matching_indexes(context: &RequestContext, clause: &Clause, messages: &mut Vec<String>) -> HashSet<usize> {
    match clause {
        Clause::And(clauses) => {
            let sets = clauses.iter().map(|clause| matching_indexes(context, clause, messages));
            sets.reduce(|one, other| &one & &other).unwrap_or_default()
        }
        Clause::Or(clauses) => {
            let sets = clauses.iter().map(|clause| matching_indexes(context, clause, messages));
            sets.reduce(|one, other| &one | &other).unwrap_or_default()
        }
        Clause::Not(clause) => {
            let inner = matching_indexes(context, clause, messages);
            (0..context.site.issues.len()).filter(|index| !inner.contains(index)).collect()
        }
        Clause::Condition(condition) => match conditions::predicate(context, condition) {
            Ok(matches) => {
                let issues = context.site.issues.iter().enumerate();
                issues.filter(|(_, issue)| matches(issue)).map(|(index, _)| index).collect()
            }
            Err(errors) => {
                messages.extend(errors);
                HashSet::new()
            }
        },
    }
}

#[derive(Clone, Copy)]
enum SortField {
    Key,
    Created,
    Updated,
    Summary,
    Status,
}

fn sort_field(name: &str) -> Option<SortField> {
    match name.to_lowercase().as_str() {
        "key" | "issuekey" | "id" => Some(SortField::Key),
        "created" | "createddate" => Some(SortField::Created),
        "updated" | "updateddate" | "lastviewed" => Some(SortField::Updated),
        "summary" => Some(SortField::Summary),
        "status" => Some(SortField::Status),
        _ => None,
    }
}

/// The order of the results. Without ORDER BY it is newest first: Jira documents no order, but has one.
fn compare(query: &Query, context: &RequestContext, one: &Issue, other: &Issue) -> Ordering {
    let key = |issue: &Issue| {
        let number = issue.key.rsplit('-').next().and_then(|number| number.parse::<u64>().ok());
        (context.site.projects[issue.project].key, number)
    };
    let by = |field: SortField| match field {
        SortField::Key => key(one).cmp(&key(other)),
        SortField::Created => one.created.cmp(&other.created),
        SortField::Updated => one.updated.cmp(&other.updated),
        SortField::Summary => one.summary.cmp(&other.summary),
        SortField::Status => one.status.id().cmp(other.status.id()),
    };
    let orderings = query.order.iter().filter_map(|key| {
        let ordering = by(sort_field(&key.field)?);
        Some(if key.descending { ordering.reverse() } else { ordering })
    });
    orderings.fold(Ordering::Equal, Ordering::then).then_with(|| other.id.cmp(&one.id))
}
