//! The part of JQL that a time-tracking client needs, with Jira's words for what is wrong.

mod dates;
mod evaluate;
mod lexer;
mod parser;
mod terms;
mod words;

pub(super) use evaluate::find;
pub(super) use parser::parse;

/// A parsed query.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Query {
    /// None is an unbounded query, which the search refuses.
    pub(super) filter: Option<Clause>,
    /// Field, and whether it is descending.
    order: Vec<(String, bool)>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Clause {
    And(Vec<Clause>),
    Or(Vec<Clause>),
    Not(Box<Clause>),
    Term(Term),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Term {
    /// As written; compared without case.
    field: String,
    operator: Operator,
    operands: Vec<Operand>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equals,
    NotEquals,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
    NotContains,
    In,
    NotIn,
    Is,
    IsNot,
}

impl Operator {
    fn text(self) -> &'static str {
        match self {
            Operator::Equals => "=",
            Operator::NotEquals => "!=",
            Operator::Less => "<",
            Operator::LessOrEqual => "<=",
            Operator::Greater => ">",
            Operator::GreaterOrEqual => ">=",
            Operator::Contains => "~",
            Operator::NotContains => "!~",
            Operator::In => "in",
            Operator::NotIn => "not in",
            Operator::Is => "is",
            Operator::IsNot => "is not",
        }
    }

    fn negative(self) -> bool {
        matches!(self, Operator::NotEquals | Operator::NotContains | Operator::NotIn | Operator::IsNot)
    }

    fn compares(self) -> bool {
        matches!(self, Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual)
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Operand {
    Value(String),
    Function(String, Vec<String>),
    Empty,
}
