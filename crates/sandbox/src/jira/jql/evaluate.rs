//! Which issues a query matches, and their order.

use std::{cmp::Ordering, collections::HashSet};

use super::{Clause, Query, terms};
use crate::{context::Context, world::Issue};

/// The matching issues the caller may see, or all that is wrong with the query.
pub(in crate::jira) fn find<'a>(context: &'a Context, query: &Query) -> Result<Vec<&'a Issue>, Vec<String>> {
    let mut faults = Vec::new();
    let matching = query.filter.as_ref().map(|filter| places(context, filter, &mut faults));
    faults.extend(query.order.iter().filter_map(|(field, _)| {
        let known = sort_field(field).is_some();
        (!known).then(|| format!("Not able to sort using field '{field}'."))
    }));
    if !faults.is_empty() {
        return Err(faults);
    }
    let wanted = |place: &usize| matching.as_ref().is_none_or(|matching| matching.contains(place));
    let visible = |place: &usize| context.world.may_browse(context.who, context.world.issues[*place].project);
    let found = (0..context.world.issues.len()).filter(wanted).filter(visible);
    let mut found: Vec<&Issue> = found.map(|place| &context.world.issues[place]).collect();
    found.sort_by(|one, other| compare(query, context, one, other));
    Ok(found)
}

fn places(context: &Context, clause: &Clause, faults: &mut Vec<String>) -> HashSet<usize> {
    match clause {
        Clause::And(clauses) => {
            let sets = clauses.iter().map(|clause| places(context, clause, faults));
            sets.reduce(|one, other| &one & &other).unwrap_or_default()
        }
        Clause::Or(clauses) => {
            let sets = clauses.iter().map(|clause| places(context, clause, faults));
            sets.reduce(|one, other| &one | &other).unwrap_or_default()
        }
        Clause::Not(clause) => {
            let inner = places(context, clause, faults);
            (0..context.world.issues.len()).filter(|place| !inner.contains(place)).collect()
        }
        Clause::Term(term) => match terms::test(context, term) {
            Ok(test) => {
                let issues = context.world.issues.iter().enumerate();
                issues.filter(|(_, issue)| test(issue)).map(|(place, _)| place).collect()
            }
            Err(fault) => {
                faults.extend(fault);
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

/// Without ORDER BY, the newest first: the new search promises no order, but gives one.
fn compare(query: &Query, context: &Context, one: &Issue, other: &Issue) -> Ordering {
    let key = |issue: &Issue| {
        let number = issue.key.rsplit('-').next().and_then(|number| number.parse::<u64>().ok());
        (context.world.projects[issue.project].key, number)
    };
    let by = |field: SortField| match field {
        SortField::Key => key(one).cmp(&key(other)),
        SortField::Created => one.created.cmp(&other.created),
        SortField::Updated => one.updated.cmp(&other.updated),
        SortField::Summary => one.summary.cmp(&other.summary),
        SortField::Status => one.status.id().cmp(other.status.id()),
    };
    let ordered = query.order.iter().filter_map(|(name, descending)| {
        let ordering = by(sort_field(name)?);
        Some(if *descending { ordering.reverse() } else { ordering })
    });
    ordered.fold(Ordering::Equal, Ordering::then).then_with(|| other.id.cmp(&one.id))
}
