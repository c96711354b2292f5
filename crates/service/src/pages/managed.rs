//! The page of an opened personal URL, which manage, replace and rotate show, and the cookie that keeps it open.
//!
//! The URL is a secret: it arrives in a form's body, continues in a sealed cookie, and is never part of a page's address.

use std::{pin::pin, time::Duration};

use askama::Template;
use axum::response::Response;
use futures::future::{Either, select};
use http::{HeaderMap, StatusCode};
use tempo_mcp_core::{
    config::Config,
    domain::tenant::TenantId,
    tools::{Error, credential_check},
    upstream::ErrorKind,
};

use super::{
    credential_form::{FieldErrors, TokenCheck},
    form::{self, set_cookie},
    frame::{self, add_cookie},
    next_id,
};
use crate::{
    audit::AuditEvent,
    http::state::State,
    store::{
        StoreError,
        tenants::{Lookup, TenantSummary},
        writes::RecordedWrite,
    },
};

const COOKIE: &str = "manage";
const PURPOSE: &str = "manage-cookie";
const OPEN_FOR: Duration = Duration::from_secs(600);
/// The page is useful without the account's name, so it does not wait long for it.
const NAME_TIMEOUT: Duration = Duration::from_secs(3);

/// The security events on the page. More of them would hide what can be done there.
const MAX_EVENTS: i64 = 20;

/// Asks for the URL to manage.
#[derive(Template)]
#[template(path = "manage.html")]
struct OpenPage {
    token: String,
    error: String,
}

/// What can be done with an opened URL.
#[derive(Template, Default)]
#[template(path = "managed.html")]
pub(super) struct ManagedPage {
    pub(super) token: String,
    /// The id for a new URL, sealed.
    pub(super) next: String,
    pub(super) site: String,
    /// The account's name from Jira; empty if Jira did not respond.
    pub(super) account: String,
    pub(super) created_on: String,
    pub(super) used_on: Option<String>,
    /// Latest first.
    pub(super) writes: Vec<RecordedWrite>,
    /// Latest first.
    pub(super) events: Vec<ShownEvent>,
    /// Asks for confirmation before everything is deleted.
    pub(super) confirm: bool,
    /// Errors of the form that replaces tokens.
    pub(super) errors: FieldErrors,
    pub(super) notice: String,
    pub(super) jira_email: String,
    /// What the tokens that were just checked can do.
    pub(super) checks: Vec<TokenCheck>,
    pub(super) replaced: bool,
}

/// A security event on the page.
pub(super) struct ShownEvent {
    /// `YYYY-MM-DD HH:MM:SS` in UTC.
    at: String,
    what: String,
    client: String,
    request: String,
}

impl From<AuditEvent> for ShownEvent {
    fn from(event: AuditEvent) -> Self {
        let (what, detail) = (event.kind.as_str(), &event.detail);
        Self {
            at: event.at.strftime("%F %T").to_string(),
            what: if detail.is_empty() { what.to_owned() } else { format!("{what} ({detail})") },
            client: event.client,
            request: event.request,
        }
    }
}

/// A URL that was opened, and its tenant.
pub(super) struct OpenedUrl {
    pub(super) id: TenantId,
    pub(super) tenant: TenantSummary,
}

pub(super) fn ask_for_url(state: &State, status: StatusCode, error: &str) -> Response {
    frame::page_with_forms(state, status, |token| OpenPage { token, error: error.into() })
}

/// The response when another request changed the tenant at the same time.
pub(super) fn conflict(state: &State) -> Response {
    let error =
        "This URL was changed by another request at the same time. Nothing was changed here. Open it again.";
    ask_for_url(state, StatusCode::CONFLICT, error)
}

/// The tenant of an id, or `None` if there is none. Imports a tenant of the TypeScript server.
pub(super) async fn find(state: &State, id: TenantId) -> Result<Option<OpenedUrl>, StoreError> {
    let lookup = match state.store.look_up(&id).await? {
        Lookup::Unknown if state.tenants.import_legacy(&id).await? => state.store.look_up(&id).await?,
        lookup => lookup,
    };
    Ok(match lookup {
        Lookup::Tenant(found) => Some(OpenedUrl { id, tenant: found.summary }),
        Lookup::Unknown | Lookup::Revoked => None,
    })
}

/// The page of an opened URL, with what is already known in `page`.
pub(super) async fn show(
    state: &State,
    OpenedUrl { id, tenant }: OpenedUrl,
    status: StatusCode,
    page: ManagedPage,
) -> Result<Response, StoreError> {
    let account = if page.confirm || !page.account.is_empty() {
        page.account.clone()
    } else {
        account_name(state, &id).await?
    };
    let (writes, next) = (state.store.writes(&id).await?, next_id::seal(state, &id, OPEN_FOR)?);
    let events = state.store.audit_events_of(&tenant.hash, MAX_EVENTS).await?;
    let events = events.into_iter().map(ShownEvent::from).collect();
    let TenantSummary { jira_host: site, created_on, used_on, .. } = tenant;
    Ok(frame::page_with_forms(state, status, |token| ManagedPage {
        token,
        next,
        site,
        account,
        created_on,
        used_on,
        writes,
        events,
        ..page
    }))
}

/// The account's name from Jira, or an empty text.
async fn account_name(state: &State, id: &TenantId) -> Result<String, StoreError> {
    let Some(credentials) = state.store.load(id).await? else { return Ok(String::new()) };
    let Ok(config) = Config::from_credentials(&credentials, &state.options.vendor_apis()) else {
        return Ok(String::new());
    };
    let clients = state.clients(&config);
    let identity = pin!(credential_check::identity(&clients));
    Ok(match select(identity, state.ports.clock.sleep(NAME_TIMEOUT)).await {
        Either::Left((Ok(me), _)) => me.name,
        Either::Left((Err(Error::Upstream(it)), _)) if it.kind == ErrorKind::Unauthorized => {
            "Jira no longer accepts the token".into()
        }
        _ => String::new(),
    })
}

/// The cookie that keeps a URL open.
pub(super) fn open_cookie(state: &State, id: &TenantId) -> Result<String, StoreError> {
    let sealed = state.store.seal_expiring(PURPOSE, state.now(), OPEN_FOR, id.expose())?;
    Ok(set_cookie(COOKIE, &sealed, OPEN_FOR, state.is_https()))
}

/// The id of the URL that the cookie keeps open.
pub(super) fn opened_id(state: &State, headers: &HeaderMap) -> Option<TenantId> {
    let sealed = form::cookie(state, headers, COOKIE)?;
    state.store.open_unexpired::<String>(PURPOSE, state.now(), &sealed)?.parse().ok()
}

/// Deletes the cookie.
pub(super) fn close(state: &State, mut response: Response) -> Response {
    add_cookie(&mut response, &set_cookie(COOKIE, "", Duration::ZERO, state.is_https()));
    response
}
