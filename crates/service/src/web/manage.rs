//! `/manage`: whoever has a personal URL can give it other tokens, replace it by a new one, or delete everything.
//!
//! The URL is a secret: it comes in a form's body, goes on for ten minutes in a sealed cookie, and stands in no address.

mod replace;
mod rotate;

use std::{pin::pin, sync::Arc, time::Duration};

use askama::Template;
use axum::{Extension, extract::Request, response::Response};
use futures::future::{Either, select};
use http::{HeaderMap, StatusCode, request::Parts};

use super::{
    Service,
    credential_form::{Check, Faults},
    done::Done,
    form::{self, Fields, cookie_of, set_cookie},
    page::{Message, add_cookie},
};
use crate::{
    ports::Limit,
    store::{
        StoreError,
        tenants::{Listed, Which},
        writes::Write,
    },
};
use tempo_mcp_core::{
    domain::tenant::TenantId,
    seal::TenantHash,
    tools::{Error, credential_check},
    upstream::ErrorKind,
};

const COOKIE: &str = "manage";
const PURPOSE: &str = "manage-cookie";
const OPEN_FOR: i64 = 600;
/// The page is of use without the name of the account: it does not wait long for it.
const PATIENCE: Duration = Duration::from_secs(3);

/// One field for one's URL.
#[derive(Template)]
#[template(path = "manage.html")]
struct Ask {
    token: String,
    fault: String,
}

/// What can be done with it.
#[derive(Template, Default)]
#[template(path = "managed.html")]
struct Managed {
    token: String,
    /// The id of a new URL, sealed.
    next: String,
    site: String,
    /// Whose account it is by Jira's word; empty where Jira did not tell.
    account: String,
    created_on: String,
    used_on: Option<String>,
    /// The last ones, latest first.
    writes: Vec<Write>,
    /// Deleting was asked for once: it is asked again.
    confirm: bool,
    /// Of the form for other tokens, when it comes back.
    faults: Faults,
    notice: String,
    jira_email: String,
    /// What worked of the tokens that were just tried.
    checks: Vec<Check>,
    replaced: bool,
}

/// An opened URL and its row.
struct Open {
    id: TenantId,
    row: Listed,
}

pub(super) async fn ask(Extension(service): Extension<Arc<Service>>) -> Response {
    service.ask_for_url(StatusCode::OK, "")
}

pub(super) async fn act(Extension(service): Extension<Arc<Service>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = service.read(body).await else {
        return service.ask_for_url(StatusCode::BAD_REQUEST, form::UNREADABLE);
    };
    let fields = Fields::read(&body);
    if !form::is_own(&head.headers, fields.get("token")) {
        return service.ask_for_url(StatusCode::BAD_REQUEST, form::FOREIGN);
    }
    let done = match fields.get("action") {
        "open" => service.open(fields.get("url"), &head).await,
        "revoke-older" => service.revoke(fields.get("older")).await,
        _ => service.manage(&head, &fields).await,
    };
    done.unwrap_or_else(|failure| {
        tracing::error!(%failure, "a tenant cannot be managed");
        service.ask_for_url(
            StatusCode::SERVICE_UNAVAILABLE,
            "The service cannot do this just now. Nothing was changed.",
        )
    })
}

/// The id in a pasted URL, or the id alone.
fn pasted(text: &str) -> Option<TenantId> {
    text.split(['/', '?', '#']).find_map(|it| it.trim().parse().ok())
}

impl Service {
    fn ask_for_url(&self, status: StatusCode, fault: &str) -> Response {
        self.with_token(status, |token| Ask { token, fault: fault.into() })
    }

    async fn open(&self, url: &str, head: &Parts) -> Result<Response, StoreError> {
        let found = match pasted(url) {
            Some(id) => self.row_of(id).await?,
            None => None,
        };
        let Some(open) = found else {
            if let Err(wait) = self.limiter.check(Limit::Unknown, form::address(head)).await {
                let response = self.ask_for_url(StatusCode::TOO_MANY_REQUESTS, form::TOO_OFTEN);
                return Ok(form::retry_after(response, wait));
            }
            let why = "There is no such address here. It may have been replaced or deleted.";
            return Ok(self.ask_for_url(StatusCode::NOT_FOUND, why));
        };
        let until = self.ports.clock.now().as_second() + OPEN_FOR;
        let sealed = self.store.seal_for_later(PURPOSE, &format!("{until} {}", open.id.expose()))?;
        let mut response = self.panel(open, StatusCode::OK, Managed::default()).await?;
        add_cookie(
            &mut response,
            &set_cookie(COOKIE, &sealed, OPEN_FOR.unsigned_abs() as u32, self.is_https()),
        );
        Ok(response)
    }

    async fn manage(&self, head: &Parts, fields: &Fields) -> Result<Response, StoreError> {
        let opened = self.opened(&head.headers);
        let found = match &opened {
            Some(id) => self.row_of(id.clone()).await?,
            None => None,
        };
        let Some(open) = found else {
            if let (Some(old), "rotate") = (&opened, fields.get("action"))
                && let Some(again) = self.rotated_before(old, &head.headers, fields.get("next")).await?
            {
                return Ok(again);
            }
            let why = "The ten minutes are over. Please paste your address again.";
            return Ok(self.ask_for_url(StatusCode::BAD_REQUEST, why));
        };
        match fields.get("action") {
            "replace" => self.replace(open, head, fields).await,
            "rotate" => self.rotate(&open.id, &head.headers, fields.get("next")).await,
            "delete" => {
                self.panel(open, StatusCode::OK, Managed { confirm: true, ..Managed::default() }).await
            }
            "delete-confirmed" => {
                self.store.delete(std::slice::from_ref(&open.row.record)).await?;
                self.tenants.forget(&open.row.record);
                let text = "Nothing is stored for that address any more. Remove it from your clients, and revoke the tokens in \
                            Tempo and Atlassian if nothing else uses them.";
                let page = Message::new("Deleted", text, "/setup", "Set up again");
                Ok(self.closing(self.message(StatusCode::OK, &page)))
            }
            _ => self.panel(open, StatusCode::OK, Managed::default()).await,
        }
    }

    /// Somebody else with the same URL was faster.
    fn overtaken(&self) -> Response {
        let why =
            "This address was just changed from elsewhere. Nothing was changed here; please open it again.";
        self.ask_for_url(StatusCode::CONFLICT, why)
    }

    /// Whose URL the cookie carries, while it is open.
    fn opened(&self, headers: &HeaderMap) -> Option<TenantId> {
        let text = self.store.open_again(PURPOSE, &cookie_of(headers, COOKIE)?)?;
        let (until, id) = text.split_once(' ')?;
        let is_open = self.ports.clock.now().as_second() < until.parse().ok()?;
        id.parse().ok().filter(|_| is_open)
    }

    async fn row_of(&self, id: TenantId) -> Result<Option<Open>, StoreError> {
        let listed = match self.listed(&id).await? {
            None if self.move_over(&id).await? => self.listed(&id).await?,
            listed => listed,
        };
        Ok(listed.map(|row| Open { id, row }))
    }

    async fn listed(&self, id: &TenantId) -> Result<Option<Listed>, StoreError> {
        let record = TenantHash::of(id);
        let listed = self.store.list(&Which::Short(record.short().into())).await?;
        Ok(listed.into_iter().find(|it| it.record == record))
    }

    /// The page of an opened URL, around what is known already.
    async fn panel(&self, open: Open, status: StatusCode, page: Managed) -> Result<Response, StoreError> {
        let Open { id, row } = open;
        let account = match (page.confirm, page.account.is_empty()) {
            (false, true) => self.account_of(&id).await?,
            _ => page.account.clone(),
        };
        let (writes, next) = (self.store.writes(&id).await?, self.next(&id)?);
        let Listed { jira_host: site, created_on, used_on, .. } = row;
        Ok(self.with_token(status, |token| Managed {
            token,
            next,
            site,
            account,
            created_on,
            used_on,
            writes,
            ..page
        }))
    }

    /// The account's name, as Jira tells it now.
    async fn account_of(&self, id: &TenantId) -> Result<String, StoreError> {
        let Some(credentials) = self.store.load(id).await? else { return Ok(String::new()) };
        let Ok(config) = self.loaded(&credentials).config else { return Ok(String::new()) };
        let clients = self.clients(&config);
        let asking = pin!(credential_check::identity(&clients));
        Ok(match select(asking, self.ports.clock.sleep(PATIENCE)).await {
            Either::Left((Ok(me), _)) => me.name,
            Either::Left((Err(Error::Upstream(it)), _)) if it.kind == ErrorKind::Unauthorized => {
                "Jira does not accept the token any more".into()
            }
            _ => String::new(),
        })
    }

    /// With the cookie gone: what it opened is over.
    fn closing(&self, mut response: Response) -> Response {
        add_cookie(&mut response, &set_cookie(COOKIE, "", 0, self.is_https()));
        response
    }
}
