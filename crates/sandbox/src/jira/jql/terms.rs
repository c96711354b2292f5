//! One condition: its field, and what is compared with it.

use std::collections::HashSet;

use super::{Operand, Operator, Term, dates, words};
use crate::{
    context::Context,
    world::{Issue, Status, UserIndex},
};

pub(super) type Test<'a> = Box<dyn Fn(&Issue) -> bool + 'a>;
type Faults = Vec<String>;

pub(super) fn test<'a>(context: &'a Context, term: &'a Term) -> Result<Test<'a>, Faults> {
    match term.field.to_lowercase().as_str() {
        "id" | "issue" | "issuekey" | "key" => issues(context, term),
        "project" => projects(context, term),
        "status" => statuses(term),
        "statuscategory" => categories(term),
        "issuetype" | "type" => kinds(term),
        "resolution" => resolution(term),
        "assignee" => people(context, term, |issue| issue.assignee),
        "reporter" | "creator" => people(context, term, |issue| Some(issue.reporter)),
        "text" | "summary" => words::test(term).map_err(|fault| vec![fault]),
        "created" | "createddate" => moments(context, term, |issue| issue.created),
        "updated" | "updateddate" => moments(context, term, |issue| issue.updated),
        "worklogauthor" => worklog_authors(context, term),
        "worklogdate" => worklog_dates(context, term),
        _ => {
            let message =
                format!("Field '{}' does not exist or you do not have permission to view it.", term.field);
            Err(vec![message])
        }
    }
}

pub(super) fn unsupported(term: &Term) -> String {
    format!("The operator '{}' is not supported by the '{}' field.", term.operator.text(), term.field)
}

fn no_such_value(term: &Term, value: &str) -> String {
    format!("The value '{value}' does not exist for the field '{}'.", term.field)
}

/// Refuses operators that only dates, or only texts, have.
fn enumerable(term: &Term) -> Result<(), Faults> {
    let contains = matches!(term.operator, Operator::Contains | Operator::NotContains);
    if contains || term.operator.compares() { Err(vec![unsupported(term)]) } else { Ok(()) }
}

fn texts(term: &Term) -> impl Iterator<Item = &str> {
    term.operands.iter().filter_map(|operand| match operand {
        Operand::Value(text) => Some(text.as_str()),
        _ => None,
    })
}

/// Reads every operand, or tells which ones do not exist.
fn values<T>(term: &Term, read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, Faults> {
    let mut faults = Vec::new();
    let mut known = Vec::new();
    for text in texts(term) {
        match read(text) {
            Some(value) => known.push(value),
            None => faults.push(no_such_value(term, text)),
        }
    }
    if faults.is_empty() { Ok(known) } else { Err(faults) }
}

/// Validation of listed issues: as the classic search did, unless the settings say otherwise.
fn issues<'a>(context: &'a Context, term: &'a Term) -> Result<Test<'a>, Faults> {
    let mut wanted = HashSet::new();
    let mut faults = Vec::new();
    if matches!(term.operator, Operator::Contains | Operator::NotContains) {
        return Err(vec![unsupported(term)]);
    }
    for text in texts(term) {
        match context.world.visible_issue(context.who, text) {
            Some(issue) => drop(wanted.insert(issue.id)),
            None if !context.settings.jql_refuses_unknown_issues => {}
            None if text.bytes().all(|byte| byte.is_ascii_digit()) => {
                faults
                    .push(format!("A value with ID '{text}' does not exist for the field '{}'.", term.field));
            }
            None if !text.contains('-') => {
                faults.push(format!("The issue key '{text}' for field '{}' is invalid.", term.field));
            }
            None => {
                faults.push(format!("An issue with key '{text}' does not exist for field '{}'.", term.field))
            }
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let negative = term.operator.negative();
    Ok(Box::new(move |issue| wanted.contains(&issue.id) != negative))
}

fn projects<'a>(context: &'a Context, term: &'a Term) -> Result<Test<'a>, Faults> {
    enumerable(term)?;
    let named = |text: &str| {
        context.world.projects.iter().enumerate().position(|(place, project)| {
            let same = project.key.eq_ignore_ascii_case(text)
                || project.name.eq_ignore_ascii_case(text)
                || project.id.to_string() == text;
            same && context.world.may_browse(context.who, place)
        })
    };
    let wanted = values(term, named)?;
    let negative = term.operator.negative();
    Ok(Box::new(move |issue| wanted.contains(&issue.project) != negative))
}

fn statuses(term: &Term) -> Result<Test<'_>, Faults> {
    enumerable(term)?;
    let named = |text: &str| {
        let same = |status: &Status| status.name().eq_ignore_ascii_case(text) || status.id() == text;
        Status::ALL.into_iter().find(same)
    };
    let wanted = values(term, named)?;
    let negative = term.operator.negative();
    Ok(Box::new(move |issue| wanted.contains(&issue.status) != negative))
}

fn categories(term: &Term) -> Result<Test<'_>, Faults> {
    enumerable(term)?;
    let named = |text: &str| {
        let categories = Status::ALL.into_iter().map(Status::category);
        let mut same = categories.filter(|(id, key, name)| {
            name.eq_ignore_ascii_case(text) || key.eq_ignore_ascii_case(text) || id.to_string() == text
        });
        same.next().map(|(id, ..)| id)
    };
    let wanted = values(term, named)?;
    let negative = term.operator.negative();
    Ok(Box::new(move |issue| wanted.contains(&issue.status.category().0) != negative))
}

fn kinds(term: &Term) -> Result<Test<'_>, Faults> {
    enumerable(term)?;
    let named =
        |text: &str| ["Bug", "Story", "Task"].into_iter().find(|kind| kind.eq_ignore_ascii_case(text));
    let wanted = values(term, named)?;
    let negative = term.operator.negative();
    Ok(Box::new(move |issue| wanted.contains(&issue.kind) != negative))
}

/// An issue that is done is resolved as "Done"; `EMPTY` and `Unresolved` mean the others.
fn resolution(term: &Term) -> Result<Test<'_>, Faults> {
    enumerable(term)?;
    let named = |text: &str| match text.to_lowercase().as_str() {
        "unresolved" => Some(false),
        "done" => Some(true),
        _ => None,
    };
    let mut wanted = values(term, named)?;
    if term.operands.contains(&Operand::Empty) {
        wanted.push(false);
    }
    let negative = term.operator.negative();
    Ok(Box::new(move |issue| wanted.contains(&(issue.status == Status::Done)) != negative))
}

/// Account ids, names, `currentUser()`, and `EMPTY` for nobody.
fn users(context: &Context, term: &Term) -> Result<Vec<Option<UserIndex>>, Faults> {
    enumerable(term)?;
    let named = |text: &str| {
        let same =
            |user: &crate::world::User| user.account_id == text || user.name.eq_ignore_ascii_case(text);
        context.world.users.iter().position(same).map(Some)
    };
    let mut users = values(term, named)?;
    for operand in &term.operands {
        match operand {
            Operand::Function(name, _) if name.eq_ignore_ascii_case("currentUser") => {
                users.push(Some(context.who))
            }
            Operand::Function(name, _) => return Err(vec![no_such_function(name)]),
            Operand::Empty => users.push(None),
            Operand::Value(_) => {}
        }
    }
    Ok(users)
}

pub(super) fn no_such_function(name: &str) -> String {
    format!("Unable to find JQL function '{name}'.")
}

/// "!=" and "not in" do not match an empty field, as Jira's documentation of the operators says.
fn people<'a>(
    context: &'a Context,
    term: &'a Term,
    person: impl Fn(&Issue) -> Option<UserIndex> + 'a,
) -> Result<Test<'a>, Faults> {
    let wanted = users(context, term)?;
    let operator = term.operator;
    Ok(Box::new(move |issue| {
        let person = person(issue);
        match operator {
            Operator::NotEquals | Operator::NotIn => person.is_some() && !wanted.contains(&person),
            Operator::IsNot => !wanted.contains(&person),
            _ => wanted.contains(&person),
        }
    }))
}

fn moments<'a>(
    context: &'a Context,
    term: &'a Term,
    moment: impl Fn(&Issue) -> jiff::Timestamp + 'a,
) -> Result<Test<'a>, Faults> {
    let limit = dates::instant(context, term).map_err(|fault| vec![fault])?;
    let operator = term.operator;
    Ok(Box::new(move |issue| dates::holds(operator, moment(issue).cmp(&limit))))
}

fn worklog_authors<'a>(context: &'a Context, term: &'a Term) -> Result<Test<'a>, Faults> {
    let wanted = users(context, term)?;
    let logs = context.world.worklogs.iter().filter(move |log| wanted.contains(&Some(log.author)));
    let issues: HashSet<u64> = logs.map(|log| log.issue).collect();
    let negative = term.operator.negative();
    Ok(Box::new(move |issue| issues.contains(&issue.id) != negative))
}

fn worklog_dates<'a>(context: &'a Context, term: &'a Term) -> Result<Test<'a>, Faults> {
    let limit = dates::day(context, term).map_err(|fault| vec![fault])?;
    let operator = term.operator;
    let logs = context.world.worklogs.iter().filter(move |log| dates::holds(operator, log.date.cmp(&limit)));
    let issues: HashSet<u64> = logs.map(|log| log.issue).collect();
    Ok(Box::new(move |issue| issues.contains(&issue.id)))
}
