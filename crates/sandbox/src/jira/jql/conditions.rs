//! The conditions of a query: for each field, which operators and values it takes and which issues match.

use std::collections::HashSet;

use super::{
    ast::{Condition, Operand, Operator},
    dates,
    messages::{unknown_function, unknown_value, unsupported_operator},
    text_search,
};
use crate::{
    context::RequestContext,
    model::{Issue, Status, User, UserIndex},
};

/// Whether an issue matches a condition.
type IssuePredicate<'a> = Box<dyn Fn(&Issue) -> bool + 'a>;
/// Jira's messages for all errors in a condition.
type Messages = Vec<String>;

pub(super) fn predicate<'a>(
    context: &'a RequestContext,
    condition: &'a Condition,
) -> Result<IssuePredicate<'a>, Messages> {
    match condition.field.to_lowercase().as_str() {
        "id" | "issue" | "issuekey" | "key" => issue(context, condition),
        "project" => project(context, condition),
        "status" => status(condition),
        "statuscategory" => status_category(condition),
        "issuetype" | "type" => issue_type(condition),
        "resolution" => resolution(condition),
        "assignee" => user(context, condition, |issue| issue.assignee),
        "reporter" | "creator" => user(context, condition, |issue| Some(issue.reporter)),
        "text" | "summary" => match text_search::predicate(condition) {
            Ok(matches) => Ok(Box::new(matches)),
            Err(message) => Err(vec![message]),
        },
        "created" | "createddate" => timestamp(context, condition, |issue| issue.created),
        "updated" | "updateddate" => timestamp(context, condition, |issue| issue.updated),
        "worklogauthor" => worklog_author(context, condition),
        "worklogdate" => worklog_date(context, condition),
        _ => Err(vec![format!(
            "Field '{}' does not exist or you do not have permission to view it.",
            condition.field
        )]),
    }
}

/// Rejects the operators that only dates or only texts have.
fn check_enumerable(condition: &Condition) -> Result<(), Messages> {
    let contains = matches!(condition.operator, Operator::Contains | Operator::NotContains);
    if contains || condition.operator.is_ordering() {
        return Err(vec![unsupported_operator(condition)]);
    }
    Ok(())
}

fn operand_texts(condition: &Condition) -> impl Iterator<Item = &str> {
    condition.operands.iter().filter_map(|operand| match operand {
        Operand::Value(text) => Some(text.as_str()),
        _ => None,
    })
}

/// The operands as values of the field, or a message for each operand that is not one.
fn operand_values<T>(condition: &Condition, parse: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, Messages> {
    let mut messages = Vec::new();
    let mut values = Vec::new();
    for text in operand_texts(condition) {
        match parse(text) {
            Some(value) => values.push(value),
            None => messages.push(unknown_value(condition, text)),
        }
    }
    if messages.is_empty() { Ok(values) } else { Err(messages) }
}

/// An unknown issue is an error, as in Jira's classic search. The setting `jql_refuses_unknown_issues` changes that.
fn issue<'a>(context: &'a RequestContext, condition: &'a Condition) -> Result<IssuePredicate<'a>, Messages> {
    if matches!(condition.operator, Operator::Contains | Operator::NotContains) {
        return Err(vec![unsupported_operator(condition)]);
    }
    let mut wanted = HashSet::new();
    let mut messages = Vec::new();
    for text in operand_texts(condition) {
        match context.site.visible_issue(context.caller, text) {
            Some(issue) => drop(wanted.insert(issue.id)),
            None if !context.settings.jql_refuses_unknown_issues => {}
            None => messages.push(unknown_issue(condition, text)),
        }
    }
    if !messages.is_empty() {
        return Err(messages);
    }
    let negative = condition.operator.is_negative();
    Ok(Box::new(move |issue| wanted.contains(&issue.id) != negative))
}

fn unknown_issue(condition: &Condition, text: &str) -> String {
    let field = &condition.field;
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("A value with ID '{text}' does not exist for the field '{field}'.")
    } else if text.contains('-') {
        format!("An issue with key '{text}' does not exist for field '{field}'.")
    } else {
        format!("The issue key '{text}' for field '{field}' is invalid.")
    }
}

fn project<'a>(
    context: &'a RequestContext,
    condition: &'a Condition,
) -> Result<IssuePredicate<'a>, Messages> {
    check_enumerable(condition)?;
    let parse = |text: &str| {
        context.site.projects.iter().enumerate().position(|(index, project)| {
            let same = project.key.eq_ignore_ascii_case(text)
                || project.name.eq_ignore_ascii_case(text)
                || project.id.to_string() == text;
            same && context.site.may_browse(context.caller, index)
        })
    };
    let wanted = operand_values(condition, parse)?;
    let negative = condition.operator.is_negative();
    Ok(Box::new(move |issue| wanted.contains(&issue.project) != negative))
}

fn status(condition: &Condition) -> Result<IssuePredicate<'_>, Messages> {
    check_enumerable(condition)?;
    let parse = |text: &str| {
        let same = |status: &Status| status.name().eq_ignore_ascii_case(text) || status.id() == text;
        Status::ALL.into_iter().find(same)
    };
    let wanted = operand_values(condition, parse)?;
    let negative = condition.operator.is_negative();
    Ok(Box::new(move |issue| wanted.contains(&issue.status) != negative))
}

fn status_category(condition: &Condition) -> Result<IssuePredicate<'_>, Messages> {
    check_enumerable(condition)?;
    let parse = |text: &str| {
        let categories = Status::ALL.into_iter().map(Status::category);
        let mut same = categories.filter(|(id, key, name)| {
            name.eq_ignore_ascii_case(text) || key.eq_ignore_ascii_case(text) || id.to_string() == text
        });
        same.next().map(|(id, ..)| id)
    };
    let wanted = operand_values(condition, parse)?;
    let negative = condition.operator.is_negative();
    Ok(Box::new(move |issue| wanted.contains(&issue.status.category().0) != negative))
}

fn issue_type(condition: &Condition) -> Result<IssuePredicate<'_>, Messages> {
    check_enumerable(condition)?;
    let parse =
        |text: &str| ["Bug", "Story", "Task"].into_iter().find(|name| name.eq_ignore_ascii_case(text));
    let wanted = operand_values(condition, parse)?;
    let negative = condition.operator.is_negative();
    Ok(Box::new(move |issue| wanted.contains(&issue.issue_type) != negative))
}

/// Issues with the status Done have the resolution "Done". The others are found by `EMPTY` and `Unresolved`.
fn resolution(condition: &Condition) -> Result<IssuePredicate<'_>, Messages> {
    check_enumerable(condition)?;
    let parse = |text: &str| match text.to_lowercase().as_str() {
        "unresolved" => Some(false),
        "done" => Some(true),
        _ => None,
    };
    let mut wanted = operand_values(condition, parse)?;
    if condition.operands.contains(&Operand::Empty) {
        wanted.push(false);
    }
    let negative = condition.operator.is_negative();
    Ok(Box::new(move |issue| wanted.contains(&(issue.status == Status::Done)) != negative))
}

/// The users that the operands name: by account id, by name, or as `currentUser()`. `None` is `EMPTY`.
fn operand_users(
    context: &RequestContext,
    condition: &Condition,
) -> Result<Vec<Option<UserIndex>>, Messages> {
    check_enumerable(condition)?;
    let parse = |text: &str| {
        let same = |user: &User| user.account_id == text || user.name.eq_ignore_ascii_case(text);
        context.site.users.iter().position(same).map(Some)
    };
    let mut users = operand_values(condition, parse)?;
    for operand in &condition.operands {
        match operand {
            Operand::Function(name, _) if name.eq_ignore_ascii_case("currentUser") => {
                users.push(Some(context.caller))
            }
            Operand::Function(name, _) => return Err(vec![unknown_function(name)]),
            Operand::Empty => users.push(None),
            Operand::Value(_) => {}
        }
    }
    Ok(users)
}

/// "!=" and "not in" do not match an empty field (Jira, documentation of the JQL operators).
fn user<'a>(
    context: &'a RequestContext,
    condition: &'a Condition,
    user_of: impl Fn(&Issue) -> Option<UserIndex> + 'a,
) -> Result<IssuePredicate<'a>, Messages> {
    let wanted = operand_users(context, condition)?;
    let operator = condition.operator;
    Ok(Box::new(move |issue| {
        let user = user_of(issue);
        match operator {
            Operator::NotEquals | Operator::NotIn => user.is_some() && !wanted.contains(&user),
            Operator::IsNot => !wanted.contains(&user),
            _ => wanted.contains(&user),
        }
    }))
}

fn timestamp<'a>(
    context: &'a RequestContext,
    condition: &'a Condition,
    timestamp_of: impl Fn(&Issue) -> jiff::Timestamp + 'a,
) -> Result<IssuePredicate<'a>, Messages> {
    let limit = dates::instant(context, condition).map_err(|message| vec![message])?;
    let operator = condition.operator;
    Ok(Box::new(move |issue| dates::is_satisfied(operator, timestamp_of(issue).cmp(&limit))))
}

fn worklog_author<'a>(
    context: &'a RequestContext,
    condition: &'a Condition,
) -> Result<IssuePredicate<'a>, Messages> {
    let wanted = operand_users(context, condition)?;
    let worklogs = context.site.worklogs.iter().filter(|worklog| wanted.contains(&Some(worklog.author)));
    let issues: HashSet<u64> = worklogs.map(|worklog| worklog.issue).collect();
    let negative = condition.operator.is_negative();
    Ok(Box::new(move |issue| issues.contains(&issue.id) != negative))
}

fn worklog_date<'a>(
    context: &'a RequestContext,
    condition: &'a Condition,
) -> Result<IssuePredicate<'a>, Messages> {
    let limit = dates::date(context, condition).map_err(|message| vec![message])?;
    let operator = condition.operator;
    let worklogs = context.site.worklogs.iter();
    let worklogs = worklogs.filter(|worklog| dates::is_satisfied(operator, worklog.date.cmp(&limit)));
    let issues: HashSet<u64> = worklogs.map(|worklog| worklog.issue).collect();
    Ok(Box::new(move |issue| issues.contains(&issue.id)))
}
