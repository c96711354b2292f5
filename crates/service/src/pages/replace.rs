//! Replaces the tokens behind a personal URL: checked as at setup, of the same person, and used at once.

use axum::response::Response;
use http::{StatusCode, request::Parts};
use secrecy::ExposeSecret;
use tempo_mcp_core::config::{
    Config,
    credentials::{CredentialField, Credentials},
};

use super::{
    credential_form::{self, AcceptedCredentials, FieldErrors, RejectedCredentials},
    form::{self, Fields},
    managed::{self, ManagedPage, OpenedUrl},
};
use crate::{
    audit::EventKind,
    http::{audit, client_address::check_client, state::State},
    ports::Limit,
    store::{
        StoreError,
        tenants::{OpenedRow, Person},
    },
};

/// The fields of the form. The site and the account field stay as they are.
const FIELDS: [CredentialField; 3] =
    [CredentialField::JiraEmail, CredentialField::JiraApiToken, CredentialField::TempoApiToken];

pub(super) async fn replace(
    state: &State,
    url: OpenedUrl,
    head: &Parts,
    fields: &Fields,
) -> Result<Response, StoreError> {
    // Tokens are checked with both vendors, which would otherwise allow guessing them.
    if let Err(wait) = check_client(&*state.limiter, Limit::Setup, &head.extensions).await {
        let page = ManagedPage { notice: form::TOO_MANY_ATTEMPTS.into(), ..ManagedPage::default() };
        let response = managed::show(state, url, StatusCode::TOO_MANY_REQUESTS, page).await?;
        return Ok(form::with_retry_after(response, wait));
    }
    let Some(opened) = state.store.open_row(&url.id).await? else { return Ok(managed::conflict(state)) };
    let entered = |field| fields.get(credential_form::name(field));
    let email = entered(CredentialField::JiraEmail).to_owned();
    let page = ManagedPage { jira_email: email, ..ManagedPage::default() };
    if FIELDS.iter().all(|field| entered(*field).is_empty()) {
        let text = "Enter at least one new token, for Jira or for Tempo.";
        let errors = FieldErrors::one(CredentialField::JiraApiToken, text.into());
        return managed::show(state, url, StatusCode::BAD_REQUEST, ManagedPage { errors, ..page }).await;
    }
    let config = match credential_form::parse(&state.options, &merged(fields, &opened.credentials)) {
        Ok(config) => config,
        Err(errors) => {
            let (errors, notice) = errors.split(&FIELDS);
            let page = ManagedPage { errors, notice, ..page };
            return managed::show(state, url, StatusCode::BAD_REQUEST, page).await;
        }
    };
    match credential_form::check(state, &config, &FIELDS).await {
        Ok(accepted) => store(state, url, head, (&opened, &config), accepted, page).await,
        Err(rejected) => {
            record_refusal(state, head, &url, &rejected.summary()).await;
            let RejectedCredentials { status, errors, notice, checks } = *rejected;
            managed::show(state, url, status, ManagedPage { errors, notice, checks, ..page }).await
        }
    }
}

async fn record_refusal(state: &State, head: &Parts, url: &OpenedUrl, reason: &str) {
    audit::record(state, head, EventKind::TOKENS_REFUSED, Some(&url.tenant.hash), reason).await;
}

/// A URL stays with one person. Otherwise someone else who knows it could take it over, or log time under a wrong name.
async fn store(
    state: &State,
    url: OpenedUrl,
    head: &Parts,
    (opened, config): (&OpenedRow, &Config),
    AcceptedCredentials { me, checks }: AcceptedCredentials,
    page: ManagedPage,
) -> Result<Response, StoreError> {
    let credentials = Credentials::of(config);
    let person = Person::of(&me.account, &credentials);
    if !state.store.is_of(&url.id, &person).await? {
        record_refusal(state, head, &url, "of another Jira account").await;
        let text = format!(
            "This token belongs to another Jira account ({}). Enter a token of the account that this URL was created \
             for, or set up a separate URL for the other account.",
            me.name
        );
        let errors = FieldErrors::one(CredentialField::JiraApiToken, text);
        return managed::show(state, url, StatusCode::BAD_REQUEST, ManagedPage { errors, ..page }).await;
    }
    if !state.store.replace(&url.id, opened, &credentials, &person).await? {
        return Ok(managed::conflict(state));
    }
    state.tenants.forget(&url.tenant.hash);
    audit::record(state, head, EventKind::TOKENS_REPLACED, Some(&url.tenant.hash), "").await;
    let page = ManagedPage { account: me.name, checks, replaced: true, ..ManagedPage::default() };
    managed::show(state, url, StatusCode::OK, page).await
}

/// What was entered; an empty field keeps the stored value.
fn merged(fields: &Fields, stored: &Credentials) -> Credentials {
    let entered = |field, kept: &str| match fields.get(credential_form::name(field)) {
        "" => kept.to_owned(),
        text => text.to_owned(),
    };
    let email = stored.jira_email.as_ref().map_or("", |it| it.expose_secret());
    Credentials {
        tempo_api_token: entered(CredentialField::TempoApiToken, stored.tempo_api_token.expose_secret())
            .into(),
        jira_base_url: stored.jira_base_url.clone(),
        jira_email: Some(entered(CredentialField::JiraEmail, email).into()),
        jira_api_token: entered(CredentialField::JiraApiToken, stored.jira_api_token.expose_secret()).into(),
        account_field: stored.account_field.clone(),
    }
}
