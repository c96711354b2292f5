//! The site's fields, projects and permissions.

use serde_json::{Map, Value, json};

use super::{errors, issue_fields, pagination::page_bean};
use crate::{
    constants::ACCOUNT_FIELD,
    context::RequestContext,
    model::Project,
    response::{HandlerResult, Response},
};

/// Id, name and type of the system fields that the issues have.
const SYSTEM_FIELDS: [(&str, &str, &str); 9] = [
    ("summary", "Summary", "string"),
    ("status", "Status", "status"),
    ("project", "Project", "project"),
    ("issuetype", "Issue Type", "issuetype"),
    ("assignee", "Assignee", "user"),
    ("reporter", "Reporter", "user"),
    ("created", "Created", "datetime"),
    ("updated", "Updated", "datetime"),
    ("timetracking", "Time tracking", "timetracking"),
];

pub(super) fn fields() -> HandlerResult {
    let system = SYSTEM_FIELDS.iter().map(|(id, name, field_type)| {
        json!({
            "id": id, "key": id, "name": name, "custom": false, "orderable": true, "navigable": *id != "timetracking",
            "searchable": true, "clauseNames": [id], "schema": {"type": field_type, "system": id},
        })
    });
    // "Account manager" is a decoy: a client that looks for "account" anywhere in the name finds two fields.
    let custom = [
        custom_field(10039, "Account", "io.tempo.jira__account", "option"),
        custom_field(
            10040,
            "Account manager",
            "com.atlassian.jira.plugin.system.customfieldtypes:userpicker",
            "user",
        ),
        custom_field(10016, "Story point estimate", "com.pyxis.greenhopper.jira:jsw-story-points", "number"),
    ];
    Ok(Response::ok(&system.chain(custom).collect::<Vec<Value>>()))
}

fn custom_field(number: u64, name: &str, implementation: &str, field_type: &str) -> Value {
    let id = if number == 10039 { ACCOUNT_FIELD.to_owned() } else { format!("customfield_{number}") };
    json!({
        "id": id, "key": id, "name": name, "custom": true, "orderable": true,
        "navigable": true, "searchable": true, "clauseNames": [format!("cf[{number}]"), name],
        "schema": {"type": field_type, "custom": implementation, "customId": number},
    })
}

pub(super) fn projects(context: &RequestContext) -> HandlerResult {
    let query = context.request.param("query").map(str::to_lowercase);
    let keys: Vec<&str> = context.request.params("keys").collect();
    let matches = |(index, project): &(usize, &Project)| {
        let text = format!("{} {}", project.key, project.name).to_lowercase();
        context.site.may_browse(context.caller, *index)
            && query.as_ref().is_none_or(|query| text.contains(query))
            && (keys.is_empty() || keys.iter().any(|key| key.eq_ignore_ascii_case(project.key)))
    };
    let mut found: Vec<(usize, &Project)> =
        context.site.projects.iter().enumerate().filter(matches).collect();
    found.sort_unstable_by_key(|(_, project)| project.key);
    page_bean(context, &found, 50, |(_, project)| {
        issue_fields::project_wire(&context.request.origin, project)
    })
}

/// Id, key and name, and whether all users have the permission. The lead has all permissions.
const PERMISSIONS: [(&str, &str, &str, bool); 6] = [
    ("10", "BROWSE_PROJECTS", "Browse Projects", true),
    ("20", "WORK_ON_ISSUES", "Work On Issues", true),
    ("40", "EDIT_OWN_WORKLOGS", "Edit Own Worklogs", true),
    ("42", "DELETE_OWN_WORKLOGS", "Delete Own Worklogs", true),
    ("41", "EDIT_ALL_WORKLOGS", "Edit All Worklogs", false),
    ("0", "ADMINISTER", "Administer Jira", false),
];

pub(super) fn my_permissions(context: &RequestContext) -> HandlerResult {
    let requested = context.request.param("permissions").filter(|requested| !requested.is_empty());
    let requested =
        requested.ok_or_else(|| errors::bad_request("The 'permissions' query parameter is required."))?;
    let mut permissions = Map::new();
    for key in requested.split(',').map(str::trim) {
        let known = PERMISSIONS.iter().find(|permission| permission.1 == key);
        let (id, key, name, all_users) =
            known.ok_or_else(|| errors::bad_request(&format!("Unrecognized permission: {key}")))?;
        let wire = json!({
            "id": id, "key": key, "name": name, "type": if *key == "ADMINISTER" { "GLOBAL" } else { "PROJECT" },
            "description": name, "havePermission": *all_users || context.user().is_lead,
        });
        permissions.insert((*key).to_owned(), wire);
    }
    Ok(Response::ok(&json!({"permissions": permissions})))
}
