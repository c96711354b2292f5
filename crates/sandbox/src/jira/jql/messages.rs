//! Jira's messages for errors that more than one part of a query can have.

use super::ast::Condition;

pub(super) fn unsupported_operator(condition: &Condition) -> String {
    format!(
        "The operator '{}' is not supported by the '{}' field.",
        condition.operator.text(),
        condition.field
    )
}

pub(super) fn unknown_value(condition: &Condition, value: &str) -> String {
    format!("The value '{value}' does not exist for the field '{}'.", condition.field)
}

pub(super) fn unknown_function(name: &str) -> String {
    format!("Unable to find JQL function '{name}'.")
}
