//! `/manage`: whoever has a personal URL can replace it by a new one, or delete everything.
//!
//! The URL is a secret: it comes in a form's body, goes on for ten minutes in a sealed cookie, and stands in no address.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Request, State},
    response::Response,
};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::{
    ClientAddress, Service,
    form::{self, Fields, cookie_of, set_cookie},
    page::{add_cookie, html},
};
use crate::{
    domain::tenant::TenantId,
    ports::Limit,
    store::{
        Failure,
        seal::Record,
        tenants::{Listed, Which},
        writes::Write,
    },
};

const COOKIE: &str = "manage";
const PURPOSE: &str = "manage-cookie";
const OPEN_FOR: i64 = 600;

/// One field for one's URL.
#[derive(Template)]
#[template(path = "manage.html")]
struct Ask {
    token: String,
    fault: String,
}

/// What can be done with it.
#[derive(Template)]
#[template(path = "managed.html")]
struct Managed {
    token: String,
    site: String,
    created_on: String,
    used_on: String,
    /// The last ones, latest first.
    writes: Vec<Write>,
    /// Deleting was asked for once: it is asked again.
    confirm: bool,
}

/// What was done.
#[derive(Template)]
#[template(path = "managed_done.html")]
struct Ended {
    /// The new URL, or nothing where everything was deleted.
    url: String,
}

pub(super) async fn ask(State(service): State<Arc<Service>>) -> Response {
    service.ask_for_url(StatusCode::OK, "")
}

pub(super) async fn act(State(service): State<Arc<Service>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = service.read(body).await else {
        return service.ask_for_url(StatusCode::BAD_REQUEST, "The form could not be read. Please try again.");
    };
    let fields = Fields::read(&body);
    if !form::is_own(&head.headers, fields.get("token")) {
        let why = "This form was open for too long, or came from elsewhere. Please send it again.";
        return service.ask_for_url(StatusCode::BAD_REQUEST, why);
    }
    let address = head.extensions.get::<ClientAddress>().map_or("", |it| it.0.as_str());
    let done = match fields.get("action") {
        "open" => service.open(fields.get("url"), address).await,
        action => service.manage(&head.headers, action).await,
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

    async fn open(&self, url: &str, address: &str) -> Result<Response, Failure> {
        let found = match pasted(url) {
            Some(id) => self.row_of(&id).await?.map(|row| (id, row)),
            None => None,
        };
        let Some((id, row)) = found else {
            if let Err(wait) = self.limiter.check(Limit::Unknown, address).await {
                let why = "Too many attempts from this address. Try again in a minute.";
                let mut response = self.ask_for_url(StatusCode::TOO_MANY_REQUESTS, why);
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs() + 1));
                return Ok(response);
            }
            let why = "There is no such address here. It may have been replaced or deleted.";
            return Ok(self.ask_for_url(StatusCode::NOT_FOUND, why));
        };
        let until = self.ports.clock.now().as_second() + OPEN_FOR;
        let sealed = self.store.seal_for_later(PURPOSE, &format!("{until} {}", id.expose()))?;
        let mut response = self.panel(&id, row, false).await?;
        add_cookie(
            &mut response,
            &set_cookie(COOKIE, &sealed, OPEN_FOR.unsigned_abs() as u32, self.is_https()),
        );
        Ok(response)
    }

    async fn manage(&self, headers: &HeaderMap, action: &str) -> Result<Response, Failure> {
        let open = self.opened(headers);
        let found = match &open {
            Some(id) => self.row_of(id).await?,
            None => None,
        };
        let (Some(id), Some(row)) = (open, found) else {
            let why = "The ten minutes are over. Please paste your address again.";
            return Ok(self.ask_for_url(StatusCode::BAD_REQUEST, why));
        };
        let record = Record::of(&id);
        match action {
            "rotate" => {
                let new = self.store.rotate(&id).await?;
                self.tenants.forget(&record);
                let url = new.map(|it| format!("{}/mcp/{}", self.base(headers), it.expose()));
                Ok(self.ended(&Ended { url: url.unwrap_or_default() }))
            }
            "delete" => self.panel(&id, row, true).await,
            "delete-confirmed" => {
                self.store.delete(std::slice::from_ref(&record)).await?;
                self.tenants.forget(&record);
                Ok(self.ended(&Ended { url: String::new() }))
            }
            _ => self.panel(&id, row, false).await,
        }
    }

    /// Whose URL the cookie carries, while it is open.
    fn opened(&self, headers: &HeaderMap) -> Option<TenantId> {
        let text = self.store.open_again(PURPOSE, &cookie_of(headers, COOKIE)?)?;
        let (until, id) = text.split_once(' ')?;
        let is_open = self.ports.clock.now().as_second() < until.parse().ok()?;
        id.parse().ok().filter(|_| is_open)
    }

    async fn row_of(&self, id: &TenantId) -> Result<Option<Listed>, Failure> {
        let record = Record::of(id);
        let listed = self.store.list(&Which::Short(record.short().into())).await?;
        Ok(listed.into_iter().find(|it| it.record == record))
    }

    async fn panel(&self, id: &TenantId, row: Listed, confirm: bool) -> Result<Response, Failure> {
        let writes = self.store.writes(id).await?;
        let Listed { jira_host: site, created_on, used_on, .. } = row;
        let page = |token| Managed { token, site, created_on, used_on, writes, confirm };
        Ok(self.with_token(StatusCode::OK, page))
    }

    fn ended(&self, page: &Ended) -> Response {
        let mut response = html(self, StatusCode::OK, page);
        add_cookie(&mut response, &set_cookie(COOKIE, "", 0, self.is_https()));
        response
    }
}
