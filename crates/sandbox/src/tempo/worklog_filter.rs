//! Which worklogs a list or a search returns, and in which order.

use jiff::{Timestamp, civil::Date};
use serde_json::Value;

use super::{
    errors,
    parameters::{body_ids, body_texts, optional_date, query_ids, updated_from},
};
use crate::{
    constants::ACCOUNT_ATTRIBUTE,
    context::RequestContext,
    model::{UserIndex, Worklog},
    response::Response,
};

/// The conditions of a list or search. `None` means that a field is not restricted.
#[derive(Debug, Default)]
pub(super) struct WorklogFilter {
    pub(super) authors: Option<Vec<UserIndex>>,
    /// Issue ids.
    pub(super) issues: Option<Vec<u64>>,
    /// Project ids.
    pub(super) projects: Option<Vec<u64>>,
    /// Account key.
    pub(super) account: Option<String>,
    pub(super) from: Option<Date>,
    pub(super) to: Option<Date>,
    pub(super) updated_from: Option<Timestamp>,
    /// Empty is the default order: start date and time, then id, ascending.
    pub(super) order: Vec<WorklogOrder>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WorklogOrder {
    field: OrderField,
    descending: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OrderField {
    Id,
    StartDateTime,
    Updated,
}

impl OrderField {
    fn parse(text: &str) -> Option<OrderField> {
        match text {
            "ID" => Some(OrderField::Id),
            "START_DATE_TIME" => Some(OrderField::StartDateTime),
            "UPDATED" => Some(OrderField::Updated),
            _ => None,
        }
    }
}

impl WorklogFilter {
    /// The query parameters that all GET lists have.
    pub(super) fn from_query(context: &RequestContext) -> Result<WorklogFilter, Response> {
        let request = context.request;
        Ok(WorklogFilter {
            from: optional_date(context, "from", request.param("from"))?,
            to: optional_date(context, "to", request.param("to"))?,
            updated_from: updated_from(context, request.param("updatedFrom"))?,
            ..WorklogFilter::default()
        })
    }

    /// `GET /worklogs`, which also takes projects, issues and one field to order by, descending.
    pub(super) fn from_list_query(context: &RequestContext) -> Result<WorklogFilter, Response> {
        let field = |text: &str| {
            OrderField::parse(text).ok_or_else(|| {
                errors::bad_request(context.settings, "orderBy is not one of ID, START_DATE_TIME, UPDATED")
            })
        };
        let field = context.request.param("orderBy").map(field).transpose()?;
        Ok(WorklogFilter {
            projects: query_ids(context, "projectId")?,
            issues: query_ids(context, "issueId")?,
            order: field.map(|field| WorklogOrder { field, descending: true }).into_iter().collect(),
            ..WorklogFilter::from_query(context)?
        })
    }

    /// `POST /worklogs/search`. Tempo ignores unknown fields and empty lists, so a search with a misspelled filter
    /// returns everything that the caller may see.
    pub(super) fn from_body(context: &RequestContext, body: &Value) -> Result<WorklogFilter, Response> {
        let text = |name: &str| body.get(name).and_then(Value::as_str);
        let authors = body_texts(context, body, "authorIds")?;
        let known = |ids: Vec<&str>| ids.iter().filter_map(|id| context.site.user(id)).collect();
        Ok(WorklogFilter {
            authors: authors.map(known),
            issues: body_ids(context, body, "issueIds")?,
            projects: body_ids(context, body, "projectIds")?,
            account: None,
            from: optional_date(context, "from", text("from"))?,
            to: optional_date(context, "to", text("to"))?,
            updated_from: updated_from(context, text("updatedFrom"))?,
            order: order(context, body)?,
        })
    }

    fn matches(&self, context: &RequestContext, worklog: &Worklog) -> bool {
        let project = || context.site.projects[worklog.project].id;
        self.from.is_none_or(|from| worklog.date >= from)
            && self.to.is_none_or(|to| worklog.date <= to)
            && self.authors.as_ref().is_none_or(|authors| authors.contains(&worklog.author))
            && self.issues.as_ref().is_none_or(|issues| issues.contains(&worklog.issue))
            && self.projects.as_ref().is_none_or(|projects| projects.contains(&project()))
            && self.updated_from.is_none_or(|instant| worklog.updated >= instant)
            && self.account.as_ref().is_none_or(|key| has_account(worklog, key))
    }

    /// The matching worklogs that the caller may see, in order. Like Tempo, it leaves out the others without an error.
    pub(super) fn find<'a>(&self, context: &'a RequestContext) -> Vec<&'a Worklog> {
        let visible = |worklog: &&Worklog| {
            self.matches(context, worklog) && context.site.may_view(context.caller, worklog)
        };
        let mut found: Vec<&Worklog> = context.site.worklogs.iter().filter(visible).collect();
        if self.order.is_empty() {
            found.sort_unstable_by_key(|worklog| (worklog.date, worklog.start_time, worklog.id));
        }
        for order in self.order.iter().rev() {
            match order.field {
                OrderField::Id => found.sort_by_key(|worklog| worklog.id),
                OrderField::StartDateTime => found.sort_by_key(|worklog| (worklog.date, worklog.start_time)),
                OrderField::Updated => found.sort_by_key(|worklog| worklog.updated),
            }
            if order.descending {
                found.reverse();
            }
        }
        found
    }
}

fn has_account(worklog: &Worklog, key: &str) -> bool {
    worklog.attributes.iter().any(|(name, value)| name == ACCOUNT_ATTRIBUTE && value == key)
}

fn order(context: &RequestContext, body: &Value) -> Result<Vec<WorklogOrder>, Response> {
    let invalid = || errors::bad_request(context.settings, "orderBy must be a list of field and order");
    let items = match body.get("orderBy") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(items)) => items,
        Some(_) => return Err(invalid()),
    };
    let read = |item: &Value| {
        let field = OrderField::parse(item.get("field")?.as_str()?)?;
        match item.get("order")?.as_str()? {
            "ASC" => Some(WorklogOrder { field, descending: false }),
            "DESC" => Some(WorklogOrder { field, descending: true }),
            _ => None,
        }
    };
    items.iter().map(|item| read(item).ok_or_else(invalid)).collect()
}
