//! Reading worklogs: one, lists and the search; and how a worklog is written.

use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::Value;

use super::{
    body, errors,
    page::{Window, page},
    query::Filter,
};
use crate::{
    answer::{Answer, Outcome},
    context::Context,
    data,
    settings::Settings,
    world::{Worklog, World},
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Wire<'a> {
    #[serde(rename = "self")]
    link: String,
    tempo_worklog_id: u64,
    issue: IssueWire,
    time_spent_seconds: u64,
    billable_seconds: u64,
    start_date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_date_time_utc: Option<String>,
    description: &'a str,
    created_at: String,
    updated_at: String,
    author: AuthorWire<'a>,
    attributes: AttributesWire<'a>,
}

#[derive(Serialize)]
struct IssueWire {
    #[serde(rename = "self")]
    link: String,
    id: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AuthorWire<'a> {
    #[serde(rename = "self")]
    link: String,
    account_id: &'a str,
}

#[derive(Serialize)]
struct AttributesWire<'a> {
    #[serde(rename = "self")]
    link: String,
    values: Vec<ValueWire<'a>>,
}

#[derive(Serialize)]
pub(super) struct ValueWire<'a> {
    key: &'a str,
    value: &'a str,
}

/// How worklogs are written for one caller.
#[derive(Clone, Copy)]
pub(super) struct Writer<'a> {
    world: &'a World,
    settings: &'a Settings,
    origin: &'a str,
}

impl<'a> Writer<'a> {
    pub(super) fn of(context: &'a Context) -> Writer<'a> {
        Writer { world: context.world, settings: context.settings, origin: &context.call.origin }
    }

    pub(super) fn row(self, worklog: &'a Worklog) -> Wire<'a> {
        let author = &self.world.users[worklog.author];
        let link = format!("{}/4/worklogs/{}", self.origin, worklog.id);
        Wire {
            tempo_worklog_id: worklog.id,
            issue: IssueWire {
                link: format!("{}/rest/api/3/issue/{}", self.origin, worklog.issue),
                id: worklog.issue,
            },
            time_spent_seconds: worklog.seconds,
            billable_seconds: worklog.billable,
            start_date: worklog.date.to_string(),
            start_time: worklog.time.map(|time| time.to_string()),
            start_date_time_utc: self.start_in_utc(worklog),
            description: &worklog.description,
            created_at: worklog.created.to_string(),
            updated_at: worklog.updated.to_string(),
            author: AuthorWire {
                link: format!("{}/rest/api/3/user?accountId={}", self.origin, author.account_id),
                account_id: author.account_id,
            },
            attributes: AttributesWire {
                link: format!("{link}/work-attribute-values"),
                values: self.values(worklog),
            },
            link,
        }
    }

    /// The attribute of type ACCOUNT has the key the settings give it.
    pub(super) fn values(self, worklog: &'a Worklog) -> Vec<ValueWire<'a>> {
        let account_key = &self.settings.account_attribute_key;
        let written = |key: &'a str| if key == data::ACCOUNT_ATTRIBUTE { account_key.as_str() } else { key };
        worklog.attributes.iter().map(|(key, value)| ValueWire { key: written(key), value }).collect()
    }

    /// "Conversion is done using … the worker's Atlassian profile timezone; if hidden, … the instance default".
    fn start_in_utc(self, worklog: &Worklog) -> Option<String> {
        let zone = match self.settings.hide_time_zone {
            true => &TimeZone::UTC,
            false => &self.world.users[worklog.author].zone,
        };
        let start = worklog.date.to_datetime(worklog.time?).to_zoned(zone.clone()).ok()?;
        Some(start.timestamp().to_string())
    }
}

pub(crate) fn all(world: &World, settings: &Settings) -> Vec<Value> {
    let writer = Writer { world, settings, origin: "http://localhost" };
    world.worklogs.iter().filter_map(|worklog| serde_json::to_value(writer.row(worklog)).ok()).collect()
}

fn answer_page(context: &Context, filter: &Filter) -> Outcome {
    let window = Window::of(context)?;
    let found = filter.find(context);
    let writer = Writer::of(context);
    page(context, window, &found, |worklog| writer.row(worklog))
}

pub(super) fn list(context: &Context) -> Outcome {
    answer_page(context, &Filter::from_list_query(context)?)
}

pub(super) fn search(context: &Context) -> Outcome {
    let body = body(context)?;
    if !body.is_object() {
        return Err(errors::bad_request(context.settings, "Unable to process JSON"));
    }
    answer_page(context, &Filter::from_body(context, &body)?)
}

pub(super) fn of_user(context: &Context, account_id: &str) -> Outcome {
    let missing = || errors::not_found(context.settings, "User cannot be found in the system");
    let user = context.world.user(account_id).ok_or_else(missing)?;
    answer_page(context, &Filter { authors: Some(vec![user]), ..Filter::from_query(context)? })
}

pub(super) fn of_issue(context: &Context, id: &str) -> Outcome {
    let missing = || errors::not_found(context.settings, "Issue cannot be found in the system");
    let id: u64 = id.parse().map_err(|_| missing())?;
    context.world.issue(id).ok_or_else(missing)?;
    answer_page(context, &Filter { issues: Some(vec![id]), ..Filter::from_query(context)? })
}

pub(super) fn of_project(context: &Context, id: &str) -> Outcome {
    let project = context.world.projects.iter().position(|project| project.id.to_string() == id);
    let visible = project.filter(|project| context.world.may_browse(context.who, *project));
    let missing = || errors::not_found(context.settings, "Project cannot be found in the system");
    let id = context.world.projects[visible.ok_or_else(missing)?].id;
    answer_page(context, &Filter { projects: Some(vec![id]), ..Filter::from_query(context)? })
}

pub(super) fn of_team(context: &Context, id: &str) -> Outcome {
    if id != data::TEAM_ID.to_string() {
        return Err(errors::not_found(context.settings, "Team cannot be found in the system"));
    }
    let members = super::teams::member_indexes(context);
    answer_page(context, &Filter { authors: Some(members), ..Filter::from_query(context)? })
}

pub(super) fn of_account(context: &Context, key: &str) -> Outcome {
    let missing = || errors::not_found(context.settings, "Account key cannot be found in the system");
    context.world.account(key).ok_or_else(missing)?;
    answer_page(context, &Filter { account: Some(key.to_owned()), ..Filter::from_query(context)? })
}

/// The place of a worklog the caller may see; one he may not see looks like one that is not there.
pub(super) fn find(context: &Context, id: &str) -> Result<usize, Answer> {
    let place = id.parse().ok().and_then(|id| context.world.worklog_place(id));
    let visible = place.filter(|place| context.world.may_view(context.who, &context.world.worklogs[*place]));
    visible.ok_or_else(|| errors::not_found(context.settings, "Worklog cannot be found in the system"))
}

pub(super) fn one(context: &Context, id: &str) -> Outcome {
    let place = find(context, id)?;
    Ok(Answer::ok(&Writer::of(context).row(&context.world.worklogs[place])))
}
