//! `/setup`: takes a person's credentials, checks them with both vendors, and shows a new personal URL once.

use std::{sync::Arc, time::Duration};

use askama::Template;
use axum::{Extension, extract::Request, response::Response};
use http::{StatusCode, request::Parts};
use tempo_mcp_core::{
    config::{
        Config,
        credentials::{CredentialField, Credentials},
    },
    seal::TenantHash,
};

use super::{
    credential_form::{self, AcceptedCredentials, FieldErrors, RejectedCredentials, TokenCheck},
    done::DonePage,
    form::{self, Fields},
    frame, received_form, revoke_previous, url_limit,
};
use crate::{
    audit::EventKind,
    http::{audit, state::State},
    ports::{Breadth, Limit},
    store::{StoreError, tenants::Person},
};

const FIELDS: [CredentialField; 5] = [
    CredentialField::JiraBaseUrl,
    CredentialField::JiraEmail,
    CredentialField::JiraApiToken,
    CredentialField::TempoApiToken,
    CredentialField::AccountField,
];

/// How long to wait when all clients together sign up too often.
const SETUPS_PAUSE: Duration = Duration::from_secs(60);
const TOO_MANY_SETUPS: &str = "Too many people are signing up at the moment. Try again in a minute.";

/// The form, empty or with errors. It never contains a token that was sent.
#[derive(Template, Default)]
#[template(path = "setup.html")]
struct SetupPage {
    token: String,
    jira_base_url: String,
    jira_email: String,
    account_field: String,
    errors: FieldErrors,
    /// An error that does not belong to a field.
    notice: String,
    /// What already works when something else does not.
    checks: Vec<TokenCheck>,
}

impl SetupPage {
    /// The form as it was sent, without its tokens.
    fn of(credentials: &Credentials, fields: &Fields) -> Self {
        Self {
            jira_base_url: credentials.jira_base_url.clone(),
            jira_email: fields.get(credential_form::name(CredentialField::JiraEmail)).into(),
            account_field: credentials.account_field.clone().unwrap_or_default(),
            ..Self::default()
        }
    }

    fn rejected(self, status: StatusCode, notice: &str) -> RejectedForm {
        (status, Box::new(Self { notice: notice.into(), ..self }))
    }
}

/// The form with its errors. Boxed, because it is large and the rare result.
type RejectedForm = (StatusCode, Box<SetupPage>);

pub(crate) async fn show(Extension(state): Extension<Arc<State>>) -> Response {
    show_form(&state, StatusCode::OK, SetupPage::default())
}

pub(crate) async fn submit(Extension(state): Extension<Arc<State>>, request: Request) -> Response {
    let of_form = state.clone();
    received_form::finish(&state, async move { submitted(&of_form, request).await }).await
}

async fn submitted(state: &State, request: Request) -> Response {
    let form = match received_form::receive(state, request, &[Limit::Form, Limit::Setup]).await {
        Ok(form) => form,
        Err(refused) => {
            let (status, page) = SetupPage::default().rejected(refused.status, refused.notice);
            return refused.on(show_form(state, status, *page));
        }
    };
    match set_up(state, &form.head, &form.fields).await {
        Ok(response) => response,
        Err((StatusCode::TOO_MANY_REQUESTS, page)) => {
            let page = show_form(state, StatusCode::TOO_MANY_REQUESTS, *page);
            form::with_retry_after(page, SETUPS_PAUSE)
        }
        Err((status, page)) => show_form(state, status, *page),
    }
}

fn show_form(state: &State, status: StatusCode, page: SetupPage) -> Response {
    frame::page_with_forms(state, status, |token| SetupPage { token, ..page })
}

/// The form's values. Basic authentication needs an e-mail address, so it is present even if it is empty.
fn credentials(fields: &Fields) -> Credentials {
    let text = |field| fields.get(credential_form::name(field)).to_owned();
    Credentials {
        tempo_api_token: text(CredentialField::TempoApiToken).into(),
        jira_base_url: text(CredentialField::JiraBaseUrl),
        jira_email: Some(text(CredentialField::JiraEmail).into()),
        jira_api_token: text(CredentialField::JiraApiToken).into(),
        account_field: Some(text(CredentialField::AccountField)),
    }
}

async fn set_up(state: &State, head: &Parts, fields: &Fields) -> Result<Response, RejectedForm> {
    let credentials = credentials(fields);
    let page = SetupPage::of(&credentials, fields);
    if !form::is_own(state, &head.headers, fields.get("token")) {
        return Err(page.rejected(StatusCode::BAD_REQUEST, form::NOT_OUR_FORM));
    }
    let config = match credential_form::parse(&state.options, &credentials) {
        Ok(config) => config,
        Err(errors) => {
            record_refusal(state, head, &format!("not valid: {}", errors.labels())).await;
            return Err((StatusCode::BAD_REQUEST, Box::new(SetupPage { errors, ..page })));
        }
    };
    // Counted here, so that forms that are refused anyway cannot use up the limit of all.
    if state.limiter.check(Limit::AllSetups, Breadth::Single, "").await.is_err() {
        return Err(page.rejected(StatusCode::TOO_MANY_REQUESTS, TOO_MANY_SETUPS));
    }
    match credential_form::check(state, &config, &FIELDS).await {
        Ok(accepted) => create(state, head, &config, accepted, page).await,
        Err(rejected) => {
            record_refusal(state, head, &rejected.summary()).await;
            let RejectedCredentials { status, errors, notice, checks } = *rejected;
            Err((status, Box::new(SetupPage { errors, notice, checks, ..page })))
        }
    }
}

async fn record_refusal(state: &State, head: &Parts, reason: &str) {
    audit::record(state, head, EventKind::SIGN_UP_REFUSED, None, reason).await;
}

async fn create(
    state: &State,
    head: &Parts,
    config: &Config,
    accepted: AcceptedCredentials,
    page: SetupPage,
) -> Result<Response, RejectedForm> {
    let credentials = Credentials::of(config);
    let person = Person::of(&accepted.me.account, &credentials);
    let host = config.jira.site.base().host_str().unwrap_or_default();
    let most = state.options.urls_per_account;
    let id = match state.store.sign_up(&credentials, &person, host, &state.today(), most).await {
        Ok(id) => id,
        Err(StoreError::TooManyUrls) => {
            record_refusal(state, head, "too many URLs").await;
            return url_limit::show(state, &person).await.map_err(|error| not_stored(page, &error));
        }
        Err(error) => {
            record_refusal(state, head, "not stored").await;
            return Err(not_stored(page, &error));
        }
    };
    audit::record(state, head, EventKind::SIGN_UP, Some(&TenantHash::of(&id)), "").await;
    let previous = revoke_previous::offer(state, &person, &id).await;
    let done = DonePage::of(&frame::base_url(state, &head.headers), &id);
    let done = DonePage { name: accepted.me.name, checks: accepted.checks, previous, ..done };
    Ok(frame::page_with_forms(state, StatusCode::OK, |token| DonePage { token, ..done }))
}

fn not_stored(page: SetupPage, error: &StoreError) -> RejectedForm {
    tracing::error!(%error, "tenant not stored");
    let notice = "The service cannot store anything at the moment. Try again in a few minutes.";
    page.rejected(StatusCode::SERVICE_UNAVAILABLE, notice)
}
