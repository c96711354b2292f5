//! Which fields of an issue a response has, and their JSON.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::users::user_wire;
use crate::{
    constants::ACCOUNT_FIELD,
    context::RequestContext,
    model::{Issue, Project, Status},
};

/// The parameter `fields`: names, `*all`, `*navigable`, and names with a minus, which exclude a field.
pub(super) struct FieldSelection {
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

impl FieldSelection {
    /// Each item may be a list of names with commas between them, as in a query parameter.
    pub(super) fn of<'a>(items: impl Iterator<Item = &'a str>, default: &str) -> FieldSelection {
        let split = items.flat_map(|item| item.split(',')).map(|name| name.trim().to_owned());
        let mut names: Vec<String> = split.filter(|name| !name.is_empty()).collect();
        if names.is_empty() {
            names.push(default.to_owned());
        }
        FieldSelection { names }
    }

    fn includes(&self, name: &str) -> bool {
        let named = |wanted: &str| self.names.iter().any(|item| item == wanted);
        let excluded = self.names.iter().any(|item| item.strip_prefix('-') == Some(name));
        let only_exclusions = self.names.iter().all(|item| item.starts_with('-'));
        let by_group = named("*all") || only_exclusions || (named("*navigable") && NAVIGABLE.contains(&name));
        !excluded && (by_group || named(name))
    }
}

/// An issue with the selected fields. The search's default selection, `id`, has no fields, and then the issue has no
/// `fields` object.
pub(super) fn issue_wire(context: &RequestContext, issue: &Issue, selection: &FieldSelection) -> Value {
    let mut wire = json!({
        "expand": "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations",
        "id": issue.id.to_string(),
        "self": format!("{}/rest/api/3/issue/{}", context.request.origin, issue.id),
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

fn fields(context: &RequestContext, issue: &Issue, selection: &FieldSelection) -> Map<String, Value> {
    let origin = &context.request.origin;
    let user = |index: Option<usize>| index.map_or(Value::Null, |index| user_wire(context, index));
    let mut fields = Map::new();
    let mut put = |name: &str, value: &dyn Fn() -> Value| {
        if selection.includes(name) {
            fields.insert(name.to_owned(), value());
        }
    };
    put("summary", &|| issue.summary.clone().into());
    put("status", &|| status_wire(origin, issue.status));
    put("project", &|| project_wire(origin, &context.site.projects[issue.project]));
    put("issuetype", &|| issue_type_wire(issue.issue_type));
    put("assignee", &|| user(issue.assignee));
    put("reporter", &|| user(Some(issue.reporter)));
    put("created", &|| timestamp(context, issue.created).into());
    put("updated", &|| timestamp(context, issue.updated).into());
    put("timetracking", &|| time_tracking_wire(context, issue));
    if context.settings.account_field_on_issues {
        put(ACCOUNT_FIELD, &|| account_wire(context, issue));
    }
    fields
}

fn issue_type_wire(name: &str) -> Value {
    let id = match name {
        "Bug" => "10004",
        "Story" => "10001",
        _ => "10002",
    };
    json!({"id": id, "name": name, "subtask": false})
}

fn status_wire(origin: &str, status: Status) -> Value {
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

pub(super) fn project_wire(origin: &str, project: &Project) -> Value {
    json!({
        "self": format!("{origin}/rest/api/3/project/{}", project.id),
        "id": project.id.to_string(),
        "key": project.key,
        "name": project.name,
        "projectTypeKey": "software",
        "simplified": false,
    })
}

/// Jira's timestamps are in the caller's time zone, with milliseconds and an offset without a colon.
fn timestamp(context: &RequestContext, instant: Timestamp) -> String {
    instant.to_zoned(context.user().zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%.3f%z").to_string()
}

fn time_tracking_wire(context: &RequestContext, issue: &Issue) -> Value {
    let logged = context.site.worklogs.iter().filter(|worklog| worklog.issue == issue.id);
    let spent: u64 = logged.map(|worklog| worklog.seconds).sum();
    let mut wire = Map::new();
    let durations = [
        ("originalEstimate", issue.original_estimate),
        ("remainingEstimate", issue.remaining_estimate),
        ("timeSpent", (spent > 0).then_some(spent)),
    ];
    for (name, duration) in durations {
        if let Some(seconds) = duration {
            wire.insert(name.to_owned(), duration_text(seconds).into());
            wire.insert(format!("{name}Seconds"), seconds.into());
        }
    }
    wire.into()
}

/// Jira's notation, in which a day has 8 hours and a week has 5 days.
fn duration_text(seconds: u64) -> String {
    let minutes = seconds / 60;
    let units =
        [("w", minutes / 2400), ("d", minutes / 480 % 5), ("h", minutes / 60 % 8), ("m", minutes % 60)];
    let parts: Vec<String> = units
        .iter()
        .filter(|(_, amount)| *amount > 0)
        .map(|(unit, amount)| format!("{amount}{unit}"))
        .collect();
    if parts.is_empty() { "0m".to_owned() } else { parts.join(" ") }
}

/// The account field is an object with the account's id and its name.
fn account_wire(context: &RequestContext, issue: &Issue) -> Value {
    let account = context.site.accounts.iter().find(|account| Some(account.id) == issue.account);
    account.map_or(Value::Null, |account| json!({"id": account.id, "value": account.name}))
}
