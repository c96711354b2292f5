//! Which fields of an issue an answer carries, and how they are written.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::users::person;
use crate::{
    context::Context,
    data::ACCOUNT_FIELD,
    world::{Issue, Project, Status},
};

/// `fields`: names, `*all`, `*navigable`, and names with a minus that are left out.
pub(super) struct Selection {
    names: Vec<String>,
}

const NAVIGABLE: [&str; 9] = [
    "summary",
    "status",
    "project",
    "issuetype",
    "assignee",
    "reporter",
    "created",
    "updated",
    ACCOUNT_FIELD,
];

impl Selection {
    /// Each item may itself be a list with commas, as query parameters are.
    pub(super) fn of<'a>(items: impl Iterator<Item = &'a str>, default: &str) -> Selection {
        let split = items.flat_map(|item| item.split(',')).map(|name| name.trim().to_owned());
        let mut names: Vec<String> = split.filter(|name| !name.is_empty()).collect();
        if names.is_empty() {
            names.push(default.to_owned());
        }
        Selection { names }
    }

    fn has(&self, name: &str) -> bool {
        let named = |wanted: &str| self.names.iter().any(|item| item == wanted);
        let excluded = self.names.iter().any(|item| item.strip_prefix('-') == Some(name));
        let only_exclusions = self.names.iter().all(|item| item.starts_with('-'));
        let wide = named("*all") || only_exclusions || (named("*navigable") && NAVIGABLE.contains(&name));
        !excluded && (wide || named(name))
    }
}

/// An issue with the selected fields. The search's default, `id`, selects none: then there is no `fields`.
pub(super) fn issue(context: &Context, issue: &Issue, selection: &Selection) -> Value {
    let mut wire = json!({
        "expand": "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations",
        "id": issue.id.to_string(),
        "self": format!("{}/rest/api/3/issue/{}", context.call.origin, issue.id),
        "key": issue.key,
    });
    if selection.names.iter().any(|name| name != "id" && name != "key") {
        wire["fields"] = fields(context, issue, selection).into();
    } else if selection.names == ["id"]
        && let Some(wire) = wire.as_object_mut()
    {
        wire.retain(|name, _| name == "id");
    }
    wire
}

fn fields(context: &Context, issue: &Issue, selection: &Selection) -> Map<String, Value> {
    let origin = &context.call.origin;
    let user = |place: Option<usize>| place.map_or(Value::Null, |place| person(context, place));
    let mut fields = Map::new();
    let mut put = |name: &str, value: &dyn Fn() -> Value| {
        if selection.has(name) {
            fields.insert(name.to_owned(), value());
        }
    };
    put("summary", &|| issue.summary.clone().into());
    put("status", &|| status(origin, issue.status));
    put("project", &|| project(origin, &context.world.projects[issue.project]));
    put("issuetype", &|| json!({"id": kind_id(issue.kind), "name": issue.kind, "subtask": false}));
    put("assignee", &|| user(issue.assignee));
    put("reporter", &|| user(Some(issue.reporter)));
    put("created", &|| moment(context, issue.created).into());
    put("updated", &|| moment(context, issue.updated).into());
    put("timetracking", &|| time_tracking(context, issue));
    if context.settings.account_field_on_issues {
        put(ACCOUNT_FIELD, &|| account(context, issue));
    }
    fields
}

pub(super) fn kind_id(kind: &str) -> &'static str {
    match kind {
        "Bug" => "10004",
        "Story" => "10001",
        _ => "10002",
    }
}

fn status(origin: &str, status: Status) -> Value {
    let (id, key, name) = status.category();
    json!({
        "self": format!("{origin}/rest/api/3/status/{}", status.id()),
        "id": status.id(),
        "name": status.name(),
        "description": "",
        "statusCategory": {
            "self": format!("{origin}/rest/api/3/statuscategory/{id}"), "id": id, "key": key, "name": name,
            "colorName": "blue-gray",
        },
    })
}

pub(super) fn project(origin: &str, project: &Project) -> Value {
    json!({
        "self": format!("{origin}/rest/api/3/project/{}", project.id),
        "id": project.id.to_string(),
        "key": project.key,
        "name": project.name,
        "projectTypeKey": "software",
        "simplified": false,
    })
}

/// Jira writes times in the reader's zone, with milliseconds and an offset without a colon.
pub(super) fn moment(context: &Context, instant: Timestamp) -> String {
    instant.to_zoned(context.user().zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%.3f%z").to_string()
}

fn time_tracking(context: &Context, issue: &Issue) -> Value {
    let logged = context.world.worklogs.iter().filter(|worklog| worklog.issue == issue.id);
    let spent: u64 = logged.map(|worklog| worklog.seconds).sum();
    let mut wire = Map::new();
    let amounts = [
        ("originalEstimate", issue.original_estimate),
        ("remainingEstimate", issue.remaining_estimate),
        ("timeSpent", (spent > 0).then_some(spent)),
    ];
    for (name, amount) in amounts {
        if let Some(seconds) = amount {
            wire.insert(name.to_owned(), words(seconds).into());
            wire.insert(format!("{name}Seconds"), seconds.into());
        }
    }
    wire.into()
}

/// Jira's notation: a day has 8 hours, a week 5 days.
fn words(seconds: u64) -> String {
    let minutes = seconds / 60;
    let parts =
        [("w", minutes / 2400), ("d", minutes / 480 % 5), ("h", minutes / 60 % 8), ("m", minutes % 60)];
    let words: Vec<String> = parts
        .iter()
        .filter(|(_, amount)| *amount > 0)
        .map(|(unit, amount)| format!("{amount}{unit}"))
        .collect();
    if words.is_empty() { "0m".to_owned() } else { words.join(" ") }
}

/// The field's value is an object: the account's number, and its name.
fn account(context: &Context, issue: &Issue) -> Value {
    let account = context.world.accounts.iter().find(|account| Some(account.id) == issue.account);
    account.map_or(Value::Null, |account| json!({"id": account.id, "value": account.name}))
}
