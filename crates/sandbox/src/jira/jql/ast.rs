//! The syntax tree of a query.

/// A parsed query.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::jira) struct Query {
    /// `None` is an unbounded query, which the search rejects.
    pub(in crate::jira) filter: Option<Clause>,
    pub(super) order: Vec<SortKey>,
}

#[derive(Debug, Clone, PartialEq)]
pub(in crate::jira) enum Clause {
    And(Vec<Clause>),
    Or(Vec<Clause>),
    Not(Box<Clause>),
    Condition(Condition),
}

/// One field of ORDER BY.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::jira) struct SortKey {
    pub(super) field: String,
    pub(super) descending: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(in crate::jira) struct Condition {
    /// As written in the query. Case does not matter.
    pub(super) field: String,
    pub(super) operator: Operator,
    pub(super) operands: Vec<Operand>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
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
    /// As Jira writes it in an error message.
    pub(super) fn text(self) -> &'static str {
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

    pub(super) fn is_negative(self) -> bool {
        matches!(self, Operator::NotEquals | Operator::NotContains | Operator::NotIn | Operator::IsNot)
    }

    /// Whether the operator needs an order, which only dates have.
    pub(super) fn is_ordering(self) -> bool {
        matches!(self, Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Operand {
    Value(String),
    /// Name and arguments.
    Function(String, Vec<String>),
    Empty,
}
