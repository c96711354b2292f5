//! `/manage`: for someone who has a personal URL, to replace its tokens, to replace the URL, or to delete everything.

use std::sync::Arc;

use axum::{Extension, extract::Request, response::Response};
use http::{StatusCode, request::Parts};
use tempo_mcp_core::domain::tenant::TenantId;

use super::{
    form::{self, Fields},
    frame::{self, MessagePage, add_cookie},
    managed::{self, ManagedPage, OpenedUrl},
    received_form, replace, revoke_previous, rotate, url_limit,
};
use crate::{
    audit::EventKind,
    http::{audit, client_address::check_client, state::State},
    ports::Limit,
    store::StoreError,
};

pub(crate) async fn show(Extension(state): Extension<Arc<State>>) -> Response {
    managed::ask_for_url(&state, StatusCode::OK, "")
}

pub(crate) async fn submit(Extension(state): Extension<Arc<State>>, request: Request) -> Response {
    let of_form = state.clone();
    received_form::finish(&state, async move { submitted(&of_form, request).await }).await
}

async fn submitted(state: &State, request: Request) -> Response {
    let form = match received_form::receive(state, request, &[Limit::Form]).await {
        Ok(form) => form,
        Err(refused) => {
            let page = managed::ask_for_url(state, refused.status, refused.notice);
            return refused.on(page);
        }
    };
    let (head, fields) = (&form.head, &form.fields);
    if !form::is_own(state, &head.headers, fields.get("token")) {
        return managed::ask_for_url(state, StatusCode::BAD_REQUEST, form::NOT_OUR_FORM);
    }
    let response = match fields.get("action") {
        "open" => open(state, fields.get("url"), head).await,
        "revoke-oldest" => url_limit::revoke(state, head, fields.get("oldest")).await,
        "revoke-older" => revoke_previous::revoke(state, head, fields.get("older")).await,
        action => act(state, action, head, fields).await,
    };
    response.unwrap_or_else(|error| {
        tracing::error!(%error, "manage request failed");
        let message =
            "The service cannot do this at the moment. Nothing was changed. Try again in a few minutes.";
        managed::ask_for_url(state, StatusCode::SERVICE_UNAVAILABLE, message)
    })
}

/// The id in a pasted URL, or the id alone.
fn pasted_id(text: &str) -> Option<TenantId> {
    text.split(['/', '?', '#']).find_map(|it| it.trim().parse().ok())
}

async fn open(state: &State, url: &str, head: &Parts) -> Result<Response, StoreError> {
    let found = match pasted_id(url) {
        Some(id) => managed::find(state, id).await?,
        None => None,
    };
    let Some(url) = found else {
        if let Err(wait) = check_client(&*state.limiter, Limit::Unknown, &head.extensions).await {
            let status = StatusCode::TOO_MANY_REQUESTS;
            let response = managed::ask_for_url(state, status, form::TOO_MANY_ATTEMPTS);
            return Ok(form::with_retry_after(response, wait));
        }
        let error = "This service does not know this URL. It may have been replaced or deleted.";
        return Ok(managed::ask_for_url(state, StatusCode::NOT_FOUND, error));
    };
    audit::record(state, head, EventKind::OPENED, Some(&url.tenant.hash), "").await;
    let cookie = managed::open_cookie(state, &url.id)?;
    let mut response = managed::show(state, url, StatusCode::OK, ManagedPage::default()).await?;
    add_cookie(&mut response, &cookie);
    Ok(response)
}

/// What is done with the URL that the cookie keeps open.
async fn act(state: &State, action: &str, head: &Parts, fields: &Fields) -> Result<Response, StoreError> {
    let (headers, next) = (&head.headers, fields.get("next"));
    let id = managed::opened_id(state, headers);
    let found = match &id {
        Some(id) => managed::find(state, id.clone()).await?,
        None => None,
    };
    let Some(url) = found else {
        if let (Some(old), "rotate") = (&id, action)
            && let Some(response) = rotate::repeated(state, old, headers, next).await?
        {
            return Ok(response);
        }
        let error = "This page was open for more than ten minutes. Enter your URL again.";
        return Ok(managed::ask_for_url(state, StatusCode::BAD_REQUEST, error));
    };
    match action {
        "replace" => replace::replace(state, url, head, fields).await,
        "rotate" => rotate::rotate(state, &url.id, head, next).await,
        "delete" => {
            let page = ManagedPage { confirm: true, ..ManagedPage::default() };
            managed::show(state, url, StatusCode::OK, page).await
        }
        "delete-confirmed" => delete(state, &url, head).await,
        _ => managed::show(state, url, StatusCode::OK, ManagedPage::default()).await,
    }
}

async fn delete(state: &State, url: &OpenedUrl, head: &Parts) -> Result<Response, StoreError> {
    if state.store.delete(std::slice::from_ref(&url.tenant.hash)).await? == 1 {
        audit::record(state, head, EventKind::DELETED, Some(&url.tenant.hash), "by its owner").await;
    }
    state.tenants.forget(&url.tenant.hash);
    let message = MessagePage {
        title: "Account deleted",
        text: "Nothing is stored for this URL anymore. Remove it from your clients, and revoke the tokens in Tempo and \
               Atlassian if nothing else uses them.",
        link: "/setup",
        label: "Set up again",
    };
    Ok(managed::close(state, frame::page(state, StatusCode::OK, &message)))
}
