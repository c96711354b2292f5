//! What a site is made of: fields, projects, permissions.

use serde_json::{Map, Value, json};

use super::{errors, fields, users::page_bean};
use crate::{
    answer::{Answer, Outcome},
    context::Context,
    data::ACCOUNT_FIELD,
    world::Project,
};

/// Id, name and type of the system fields that issues carry here.
const FIELDS: [(&str, &str, &str); 9] = [
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

pub(super) fn fields() -> Outcome {
    let system = FIELDS.iter().map(|(id, name, kind)| {
        json!({
            "id": id, "key": id, "name": name, "custom": false, "orderable": true, "navigable": *id != "timetracking",
            "searchable": true, "clauseNames": [id], "schema": {"type": kind, "system": id},
        })
    });
    // Another field with a similar name: a client that looks for "account" by a part of the name finds two.
    let custom = [
        custom(10039, "Account", "io.tempo.jira__account", "option"),
        custom(
            10040,
            "Account manager",
            "com.atlassian.jira.plugin.system.customfieldtypes:userpicker",
            "user",
        ),
        custom(10016, "Story point estimate", "com.pyxis.greenhopper.jira:jsw-story-points", "number"),
    ];
    Ok(Answer::ok(&system.chain(custom).collect::<Vec<Value>>()))
}

fn custom(number: u64, name: &str, implementation: &str, kind: &str) -> Value {
    let id = if number == 10039 { ACCOUNT_FIELD.to_owned() } else { format!("customfield_{number}") };
    json!({
        "id": id, "key": id, "name": name, "custom": true, "orderable": true,
        "navigable": true, "searchable": true, "clauseNames": [format!("cf[{number}]"), name],
        "schema": {"type": kind, "custom": implementation, "customId": number},
    })
}

pub(super) fn projects(context: &Context) -> Outcome {
    let query = context.call.param("query").map(str::to_lowercase);
    let keys: Vec<&str> = context.call.params("keys").collect();
    let matches = |(place, project): &(usize, &Project)| {
        let words = format!("{} {}", project.key, project.name).to_lowercase();
        context.world.may_browse(context.who, *place)
            && query.as_ref().is_none_or(|query| words.contains(query))
            && (keys.is_empty() || keys.iter().any(|key| key.eq_ignore_ascii_case(project.key)))
    };
    let mut found: Vec<(usize, &Project)> =
        context.world.projects.iter().enumerate().filter(matches).collect();
    found.sort_unstable_by_key(|(_, project)| project.key);
    page_bean(context, &found, 50, |(_, project)| fields::project(&context.call.origin, project))
}

/// Id, key, name, and whether everybody has it; the others are the lead's.
const PERMISSIONS: [(&str, &str, &str, bool); 6] = [
    ("10", "BROWSE_PROJECTS", "Browse Projects", true),
    ("20", "WORK_ON_ISSUES", "Work On Issues", true),
    ("40", "EDIT_OWN_WORKLOGS", "Edit Own Worklogs", true),
    ("42", "DELETE_OWN_WORKLOGS", "Delete Own Worklogs", true),
    ("41", "EDIT_ALL_WORKLOGS", "Edit All Worklogs", false),
    ("0", "ADMINISTER", "Administer Jira", false),
];

pub(super) fn my_permissions(context: &Context) -> Outcome {
    let asked = context.call.param("permissions").filter(|asked| !asked.is_empty());
    let asked = asked.ok_or_else(|| errors::bad_request("The 'permissions' query parameter is required."))?;
    let mut permissions = Map::new();
    for key in asked.split(',').map(str::trim) {
        let known = PERMISSIONS.iter().find(|permission| permission.1 == key);
        let (id, key, name, everybody) =
            known.ok_or_else(|| errors::bad_request(&format!("Unrecognized permission: {key}")))?;
        let wire = json!({
            "id": id, "key": key, "name": name, "type": if *key == "ADMINISTER" { "GLOBAL" } else { "PROJECT" },
            "description": name, "havePermission": *everybody || context.user().lead,
        });
        permissions.insert((*key).to_owned(), wire);
    }
    Ok(Answer::ok(&json!({"permissions": permissions})))
}
