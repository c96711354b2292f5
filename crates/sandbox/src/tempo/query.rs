//! Which worklogs a list or search asks for, and in which order.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde_json::Value;

use super::errors;
use crate::{
    answer::Answer,
    context::Context,
    world::{UserIndex, Worklog},
};

#[derive(Debug, Default)]
pub(super) struct Filter {
    pub(super) authors: Option<Vec<UserIndex>>,
    pub(super) issues: Option<Vec<u64>>,
    /// Project ids.
    pub(super) projects: Option<Vec<u64>>,
    pub(super) account: Option<String>,
    pub(super) from: Option<Date>,
    pub(super) to: Option<Date>,
    pub(super) updated_from: Option<Timestamp>,
    /// Empty is the default: start date and time, then id, ascending.
    pub(super) order: Vec<(Field, bool)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Id,
    StartDateTime,
    Updated,
}

impl Field {
    fn parse(text: &str) -> Option<Field> {
        match text {
            "ID" => Some(Field::Id),
            "START_DATE_TIME" => Some(Field::StartDateTime),
            "UPDATED" => Some(Field::Updated),
            _ => None,
        }
    }
}

impl Filter {
    /// The query parameters that all GET lists share.
    pub(super) fn from_query(context: &Context) -> Result<Filter, Answer> {
        let call = context.call;
        Ok(Filter {
            from: date(context, "from", call.param("from"))?,
            to: date(context, "to", call.param("to"))?,
            updated_from: instant(context, call.param("updatedFrom"))?,
            ..Filter::default()
        })
    }

    /// `GET /worklogs`: also projects, issues and one field to order by, descending.
    pub(super) fn from_list_query(context: &Context) -> Result<Filter, Answer> {
        let field = |text: &str| {
            Field::parse(text).ok_or_else(|| {
                errors::bad_request(context.settings, "orderBy is not one of ID, START_DATE_TIME, UPDATED")
            })
        };
        let order = context.call.param("orderBy").map(field).transpose()?;
        Ok(Filter {
            projects: numbers(context, "projectId")?,
            issues: numbers(context, "issueId")?,
            order: order.map(|field| (field, true)).into_iter().collect(),
            ..Filter::from_query(context)?
        })
    }

    /// `POST /worklogs/search`. Fields it does not know are ignored, so that an invented filter returns
    /// everything the caller may see; and so does an empty list.
    pub(super) fn from_body(context: &Context, body: &Value) -> Result<Filter, Answer> {
        let text = |name: &str| body.get(name).and_then(Value::as_str);
        let authors = texts(context, body, "authorIds")?;
        let known = |ids: Vec<&str>| ids.iter().filter_map(|id| context.world.user(id)).collect();
        Ok(Filter {
            authors: authors.map(known),
            issues: ids(context, body, "issueIds")?,
            projects: ids(context, body, "projectIds")?,
            account: None,
            from: date(context, "from", text("from"))?,
            to: date(context, "to", text("to"))?,
            updated_from: instant(context, text("updatedFrom"))?,
            order: order(context, body)?,
        })
    }

    fn admits(&self, context: &Context, worklog: &Worklog) -> bool {
        let project = || context.world.projects[worklog.project].id;
        self.from.is_none_or(|from| worklog.date >= from)
            && self.to.is_none_or(|to| worklog.date <= to)
            && self.authors.as_ref().is_none_or(|authors| authors.contains(&worklog.author))
            && self.issues.as_ref().is_none_or(|issues| issues.contains(&worklog.issue))
            && self.projects.as_ref().is_none_or(|projects| projects.contains(&project()))
            && self.updated_from.is_none_or(|instant| worklog.updated >= instant)
            && self.account.as_ref().is_none_or(|key| has_account(worklog, key))
    }

    /// The worklogs the caller may see, in order. Those he may not see are left out without a word, as Tempo's
    /// project permissions have it.
    pub(super) fn find<'a>(&self, context: &'a Context) -> Vec<&'a Worklog> {
        let visible = |worklog: &&Worklog| {
            self.admits(context, worklog) && context.world.may_view(context.who, worklog)
        };
        let mut found: Vec<&Worklog> = context.world.worklogs.iter().filter(visible).collect();
        if self.order.is_empty() {
            found.sort_unstable_by_key(|worklog| (worklog.date, worklog.time, worklog.id));
        }
        for (field, descending) in self.order.iter().rev() {
            match field {
                Field::Id => found.sort_by_key(|worklog| worklog.id),
                Field::StartDateTime => found.sort_by_key(|worklog| (worklog.date, worklog.time)),
                Field::Updated => found.sort_by_key(|worklog| worklog.updated),
            }
            if *descending {
                found.reverse();
            }
        }
        found
    }
}

fn has_account(worklog: &Worklog, key: &str) -> bool {
    worklog.attributes.iter().any(|(name, value)| name == crate::data::ACCOUNT_ATTRIBUTE && value == key)
}

fn order(context: &Context, body: &Value) -> Result<Vec<(Field, bool)>, Answer> {
    let refused = || errors::bad_request(context.settings, "orderBy must be a list of field and order");
    let items = match body.get("orderBy") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(items)) => items,
        Some(_) => return Err(refused()),
    };
    let read = |item: &Value| {
        let field = Field::parse(item.get("field")?.as_str()?)?;
        match item.get("order")?.as_str()? {
            "ASC" => Some((field, false)),
            "DESC" => Some((field, true)),
            _ => None,
        }
    };
    items.iter().map(|item| read(item).ok_or_else(refused)).collect()
}

/// A date as Tempo takes it: `YYYY-MM-DD`, nothing shorter or longer.
pub(super) fn parse_date(text: &str) -> Option<Date> {
    let bytes = text.as_bytes();
    let shaped = bytes.len() == 10 && bytes[4] == b'-' && bytes[7] == b'-';
    if shaped { text.parse().ok() } else { None }
}

pub(super) fn date(context: &Context, name: &str, text: Option<&str>) -> Result<Option<Date>, Answer> {
    let Some(text) = text else { return Ok(None) };
    let refused = || errors::bad_request(context.settings, &format!("Invalid date for {name}: {text}"));
    parse_date(text).map(Some).ok_or_else(refused)
}

/// A date that the call requires.
pub(super) fn required_date(context: &Context, name: &str) -> Result<Date, Answer> {
    let given = date(context, name, context.call.param(name))?;
    given.ok_or_else(|| errors::bad_request(context.settings, &format!("Query parameter {name} is required")))
}

/// `yyyy-MM-dd['T'HH:mm:ss]['Z']`.
fn instant(context: &Context, text: Option<&str>) -> Result<Option<Timestamp>, Answer> {
    let Some(text) = text else { return Ok(None) };
    let day = parse_date(text).and_then(|day| day.to_zoned(TimeZone::UTC).ok()).map(|day| day.timestamp());
    let refused = || errors::bad_request(context.settings, &format!("Invalid date for updatedFrom: {text}"));
    day.or_else(|| text.parse().ok()).map(Some).ok_or_else(refused)
}

fn numbers(context: &Context, name: &str) -> Result<Option<Vec<u64>>, Answer> {
    let refused =
        |_| errors::bad_request(context.settings, &format!("Query parameter {name} must be a number"));
    let all: Result<Vec<u64>, _> =
        context.call.params(name).map(|text| text.parse().map_err(refused)).collect();
    all.map(|numbers| (!numbers.is_empty()).then_some(numbers))
}

fn list<'a>(context: &Context, body: &'a Value, name: &str) -> Result<Option<&'a Vec<Value>>, Answer> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(items)) => Ok((!items.is_empty()).then_some(items)),
        Some(_) => Err(errors::bad_request(context.settings, &format!("{name} must be a list"))),
    }
}

pub(super) fn texts<'a>(
    context: &Context,
    body: &'a Value,
    name: &str,
) -> Result<Option<Vec<&'a str>>, Answer> {
    let Some(items) = list(context, body, name)? else { return Ok(None) };
    let all: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
    let refused = || errors::bad_request(context.settings, &format!("{name} must be a list of texts"));
    all.map(Some).ok_or_else(refused)
}

/// Numeric ids; the documentation's own examples write them as texts, which are accepted too.
pub(super) fn ids(context: &Context, body: &Value, name: &str) -> Result<Option<Vec<u64>>, Answer> {
    let Some(items) = list(context, body, name)? else { return Ok(None) };
    let id = |item: &Value| item.as_u64().or_else(|| item.as_str()?.parse().ok());
    let refused = || errors::bad_request(context.settings, &format!("{name} must be a list of numbers"));
    items.iter().map(id).collect::<Option<Vec<u64>>>().map(Some).ok_or_else(refused)
}
