//! Which Jira worklog shadows which Tempo worklog. Ids without a counterpart are left out of the answer.

use serde::Serialize;

use super::{
    body, errors,
    page::{Window, page},
    query,
};
use crate::{
    answer::{Answer, Outcome},
    context::Context,
    world::Worklog,
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Pair {
    jira_worklog_id: u64,
    tempo_worklog_id: u64,
}

pub(super) fn jira_to_tempo(context: &Context) -> Outcome {
    pairs(context, "jiraWorklogIds", |worklog| worklog.jira_id)
}

pub(super) fn tempo_to_jira(context: &Context) -> Outcome {
    pairs(context, "tempoWorklogIds", |worklog| Some(worklog.id))
}

fn pairs(context: &Context, name: &str, key: impl Fn(&Worklog) -> Option<u64>) -> Outcome {
    let window = Window::of(context)?;
    let asked = required_ids(context, name)?;
    let wanted = |worklog: &&Worklog| {
        key(worklog).is_some_and(|id| asked.contains(&id)) && context.world.may_view(context.who, worklog)
    };
    let found = context.world.worklogs.iter().filter(wanted);
    let pairs: Vec<(u64, u64)> = found.filter_map(|worklog| Some((worklog.jira_id?, worklog.id))).collect();
    page(context, window, &pairs, |(jira, tempo)| Pair { jira_worklog_id: *jira, tempo_worklog_id: *tempo })
}

pub(super) fn required_ids(context: &Context, name: &str) -> Result<Vec<u64>, Answer> {
    let body = body(context)?;
    let missing = || errors::bad_request(context.settings, &format!("{name} must not be empty"));
    query::ids(context, &body, name)?.ok_or_else(missing)
}
