//! Reading worklogs: one worklog, the lists and the search.

use super::{
    errors,
    pagination::{PageWindow, page},
    parameters::json_body,
    teams,
    worklog_filter::WorklogFilter,
    worklog_wire::WorklogSerializer,
};
use crate::{
    constants::TEAM_ID,
    context::RequestContext,
    response::{HandlerResult, Response},
};

fn filtered_page(context: &RequestContext, filter: &WorklogFilter) -> HandlerResult {
    let window = PageWindow::of(context)?;
    let found = filter.find(context);
    let serializer = WorklogSerializer::of(context);
    page(context, window, &found, |worklog| serializer.worklog(worklog))
}

pub(super) fn list(context: &RequestContext) -> HandlerResult {
    filtered_page(context, &WorklogFilter::from_list_query(context)?)
}

pub(super) fn search(context: &RequestContext) -> HandlerResult {
    let body = json_body(context)?;
    if !body.is_object() {
        return Err(errors::bad_request(context.settings, "Unable to process JSON"));
    }
    filtered_page(context, &WorklogFilter::from_body(context, &body)?)
}

pub(super) fn of_user(context: &RequestContext, account_id: &str) -> HandlerResult {
    let missing = || errors::not_found(context.settings, "User cannot be found in the system");
    let user = context.site.user(account_id).ok_or_else(missing)?;
    filtered_page(
        context,
        &WorklogFilter { authors: Some(vec![user]), ..WorklogFilter::from_query(context)? },
    )
}

pub(super) fn of_issue(context: &RequestContext, id: &str) -> HandlerResult {
    let missing = || errors::not_found(context.settings, "Issue cannot be found in the system");
    let id: u64 = id.parse().map_err(|_| missing())?;
    context.site.issue(id).ok_or_else(missing)?;
    filtered_page(context, &WorklogFilter { issues: Some(vec![id]), ..WorklogFilter::from_query(context)? })
}

pub(super) fn of_project(context: &RequestContext, id: &str) -> HandlerResult {
    let project = context.site.projects.iter().position(|project| project.id.to_string() == id);
    let visible = project.filter(|project| context.site.may_browse(context.caller, *project));
    let missing = || errors::not_found(context.settings, "Project cannot be found in the system");
    let id = context.site.projects[visible.ok_or_else(missing)?].id;
    filtered_page(context, &WorklogFilter { projects: Some(vec![id]), ..WorklogFilter::from_query(context)? })
}

pub(super) fn of_team(context: &RequestContext, id: &str) -> HandlerResult {
    if id != TEAM_ID.to_string() {
        return Err(errors::not_found(context.settings, "Team cannot be found in the system"));
    }
    let members = teams::member_indexes(context);
    filtered_page(context, &WorklogFilter { authors: Some(members), ..WorklogFilter::from_query(context)? })
}

pub(super) fn of_account(context: &RequestContext, key: &str) -> HandlerResult {
    let missing = || errors::not_found(context.settings, "Account key cannot be found in the system");
    context.site.account(key).ok_or_else(missing)?;
    let account = Some(key.to_owned());
    filtered_page(context, &WorklogFilter { account, ..WorklogFilter::from_query(context)? })
}

/// The index of a worklog, or 404. A worklog that the caller may not see gets the same 404 as one that does not exist.
pub(super) fn find(context: &RequestContext, id: &str) -> Result<usize, Response> {
    let index = id.parse().ok().and_then(|id| context.site.worklog_index(id));
    let visible = index.filter(|index| context.site.may_view(context.caller, &context.site.worklogs[*index]));
    visible.ok_or_else(|| errors::not_found(context.settings, "Worklog cannot be found in the system"))
}

pub(super) fn get(context: &RequestContext, id: &str) -> HandlerResult {
    let index = find(context, id)?;
    Ok(Response::ok(&WorklogSerializer::of(context).worklog(&context.site.worklogs[index])))
}
