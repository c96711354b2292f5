//! The part of JQL that a time-tracking client needs, with Jira's error messages.

mod ast;
mod conditions;
mod dates;
mod evaluate;
mod lexer;
mod messages;
mod parser;
mod text_search;

pub(super) use evaluate::find;
pub(super) use parser::parse;
