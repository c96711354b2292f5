//! Accounts and their links. An account is read by its number, though everything else names it by its key.

use serde_json::{Value, json};

use super::{
    body, errors,
    page::{Window, page, whole},
    query,
};
use crate::{
    answer::{Answer, Outcome},
    context::Context,
    world::{Account, AccountLink},
};

fn wire(context: &Context, account: &Account) -> Value {
    let origin = &context.call.origin;
    let lead = context.world.users[account.lead].account_id;
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

/// "Retrieves a list of OPEN and CLOSED Accounts": the archived ones are found by search only.
pub(super) fn list(context: &Context) -> Outcome {
    let accounts = context.world.accounts.iter().filter(|account| account.status != "ARCHIVED");
    let accounts: Vec<&Account> = accounts.collect();
    page(context, Window::of(context)?, &accounts, |account| wire(context, account))
}

pub(super) fn search(context: &Context) -> Outcome {
    let body = body(context)?;
    let ids = query::ids(context, &body, "ids")?;
    let keys = query::texts(context, &body, "keys")?;
    let statuses = query::texts(context, &body, "statuses")?;
    let global = body.get("global").and_then(Value::as_bool);
    let wanted = |account: &&Account| {
        ids.as_ref().is_none_or(|ids| ids.contains(&account.id))
            && keys.as_ref().is_none_or(|keys| keys.contains(&account.key))
            && statuses.as_ref().is_none_or(|statuses| statuses.contains(&account.status))
            && global.is_none_or(|global| global == account.global)
    };
    let accounts: Vec<&Account> = context.world.accounts.iter().filter(wanted).collect();
    page(context, Window::of(context)?, &accounts, |account| wire(context, account))
}

fn missing(context: &Context) -> Answer {
    errors::not_found(context.settings, "Account cannot be found in the system")
}

pub(super) fn one(context: &Context, id: &str) -> Outcome {
    let account = context.world.accounts.iter().find(|account| account.id.to_string() == id);
    account.map(|account| Answer::ok(&wire(context, account))).ok_or_else(|| missing(context))
}

fn link_wire(context: &Context, link: &AccountLink) -> Value {
    let origin = &context.call.origin;
    let account = context.world.accounts.iter().find(|account| account.id == link.account);
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

pub(super) fn links(context: &Context, key: &str) -> Outcome {
    let account = context.world.account(key).ok_or_else(|| missing(context))?;
    let links = context.world.links.iter().filter(|link| link.account == account.id);
    let links: Vec<&AccountLink> = links.collect();
    page(context, Window::of(context)?, &links, |link| link_wire(context, link))
}

/// Global accounts hang on no project; with `includeGlobalAccounts` they appear as links that are no default.
pub(super) fn project_links(context: &Context, id: &str) -> Outcome {
    let project = context.world.projects.iter().find(|project| project.id.to_string() == id);
    let project = project.ok_or_else(|| errors::not_found(context.settings, "Project cannot be found"))?;
    let own = context.world.links.iter().filter(|link| link.project == project.id).cloned();
    let mut links: Vec<AccountLink> = own.collect();
    if context.call.param("includeGlobalAccounts") == Some("true") {
        let global =
            context.world.accounts.iter().filter(|account| account.global && account.status == "OPEN");
        links.extend(global.map(|account| AccountLink {
            id: 9000 + account.id,
            account: account.id,
            project: project.id,
            default: false,
        }));
    }
    whole(context, links.iter().map(|link| link_wire(context, link)).collect())
}
