//! Accounts and their links. A single account is read by its id; everything else refers to it by its key.

use serde_json::{Value, json};

use super::{
    errors,
    pagination::{PageWindow, page, unpaged},
    parameters::{body_ids, body_texts, json_body},
};
use crate::{
    context::RequestContext,
    model::{Account, AccountLink},
    response::{HandlerResult, Response},
};

fn account_wire(context: &RequestContext, account: &Account) -> Value {
    let origin = &context.request.origin;
    let lead = context.site.users[account.lead].account_id;
    let (category_id, category_key, category_name, category_type) = account.category;
    let mut wire = json!({
        "self": format!("{origin}/4/accounts/{}", account.key),
        "id": account.id,
        "key": account.key,
        "name": account.name,
        "status": account.status,
        "global": account.global,
        "lead": {"self": format!("{origin}/rest/api/3/user?accountId={lead}"), "accountId": lead},
        "category": {
            "self": format!("{origin}/4/account-categories/{category_key}"),
            "id": category_id,
            "key": category_key,
            "name": category_name,
            "type": {"name": category_type},
        },
        "links": {"self": format!("{origin}/4/accounts/{}/links", account.key)},
    });
    if let Some((id, key, name)) = account.customer {
        wire["customer"] =
            json!({"self": format!("{origin}/4/customers/{key}"), "id": id, "key": key, "name": name});
    }
    wire
}

/// "Retrieves a list of OPEN and CLOSED Accounts": only the search returns archived ones.
pub(super) fn list(context: &RequestContext) -> HandlerResult {
    let accounts = context.site.accounts.iter().filter(|account| account.status != "ARCHIVED");
    let accounts: Vec<&Account> = accounts.collect();
    page(context, PageWindow::of(context)?, &accounts, |account| account_wire(context, account))
}

pub(super) fn search(context: &RequestContext) -> HandlerResult {
    let body = json_body(context)?;
    let ids = body_ids(context, &body, "ids")?;
    let keys = body_texts(context, &body, "keys")?;
    let statuses = body_texts(context, &body, "statuses")?;
    let global = body.get("global").and_then(Value::as_bool);
    let matches = |account: &&Account| {
        ids.as_ref().is_none_or(|ids| ids.contains(&account.id))
            && keys.as_ref().is_none_or(|keys| keys.contains(&account.key))
            && statuses.as_ref().is_none_or(|statuses| statuses.contains(&account.status))
            && global.is_none_or(|global| global == account.global)
    };
    let accounts: Vec<&Account> = context.site.accounts.iter().filter(matches).collect();
    page(context, PageWindow::of(context)?, &accounts, |account| account_wire(context, account))
}

fn missing(context: &RequestContext) -> Response {
    errors::not_found(context.settings, "Account cannot be found in the system")
}

pub(super) fn get(context: &RequestContext, id: &str) -> HandlerResult {
    let account = context.site.accounts.iter().find(|account| account.id.to_string() == id);
    account.map(|account| Response::ok(&account_wire(context, account))).ok_or_else(|| missing(context))
}

fn link_wire(context: &RequestContext, link: &AccountLink) -> Value {
    let origin = &context.request.origin;
    let account = context.site.accounts.iter().find(|account| account.id == link.account);
    let key = account.map_or("", |account| account.key);
    json!({
        "self": format!("{origin}/4/account-links/{}", link.id),
        "id": link.id,
        "default": link.default,
        "account": {"self": format!("{origin}/4/accounts/{key}")},
        "scope": {
            "self": format!("{origin}/rest/api/3/project/{}", link.project),
            "id": link.project,
            "type": "PROJECT",
        },
    })
}

pub(super) fn links(context: &RequestContext, key: &str) -> HandlerResult {
    let account = context.site.account(key).ok_or_else(|| missing(context))?;
    let links = context.site.account_links.iter().filter(|link| link.account == account.id);
    let links: Vec<&AccountLink> = links.collect();
    page(context, PageWindow::of(context)?, &links, |link| link_wire(context, link))
}

/// Global accounts are not linked to any project. With `includeGlobalAccounts` they are returned as links that are not
/// the default.
pub(super) fn project_links(context: &RequestContext, id: &str) -> HandlerResult {
    let project = context.site.projects.iter().find(|project| project.id.to_string() == id);
    let project = project.ok_or_else(|| errors::not_found(context.settings, "Project cannot be found"))?;
    let own = context.site.account_links.iter().filter(|link| link.project == project.id).cloned();
    let mut links: Vec<AccountLink> = own.collect();
    if context.request.param("includeGlobalAccounts") == Some("true") {
        let global =
            context.site.accounts.iter().filter(|account| account.global && account.status == "OPEN");
        links.extend(global.map(|account| AccountLink {
            id: 9000 + account.id,
            account: account.id,
            project: project.id,
            default: false,
        }));
    }
    unpaged(context, links.iter().map(|link| link_wire(context, link)).collect())
}
