//! `/setup`: takes a person's credentials, checks them with both vendors, and shows a new personal URL once.

use std::sync::Arc;

use askama::Template;
use axum::{Extension, body::Body, extract::Request, response::Response};
use http::{HeaderMap, StatusCode};
use tempo_mcp_core::config::{
    Config,
    credentials::{CredentialField, Credentials},
};

use super::{
    credential_form::{self, AcceptedCredentials, FieldErrors, RejectedCredentials, TokenCheck},
    done::DonePage,
    form::{self, Fields},
    frame, revoke_previous, url_limit,
};
use crate::{
    http::{body_limit::read_body, state::State},
    store::{StoreError, tenants::Person},
};

const FIELDS: [CredentialField; 5] = [
    CredentialField::JiraBaseUrl,
    CredentialField::JiraEmail,
    CredentialField::JiraApiToken,
    CredentialField::TempoApiToken,
    CredentialField::AccountField,
];

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
    let (head, body) = request.into_parts();
    if let Err(wait) = form::count_attempt(&state, &head).await {
        let (status, page) =
            SetupPage::default().rejected(StatusCode::TOO_MANY_REQUESTS, form::TOO_MANY_ATTEMPTS);
        return form::with_retry_after(show_form(&state, status, *page), wait);
    }
    match set_up(&state, &head.headers, body).await {
        Ok(response) => response,
        Err((status, page)) => show_form(&state, status, *page),
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

async fn set_up(state: &State, headers: &HeaderMap, body: Body) -> Result<Response, RejectedForm> {
    let Ok(body) = read_body(state, body).await else {
        return Err(SetupPage::default().rejected(StatusCode::BAD_REQUEST, form::UNREADABLE));
    };
    let fields = Fields::read(body);
    let credentials = credentials(&fields);
    let page = SetupPage::of(&credentials, &fields);
    if !form::is_own(headers, fields.get("token")) {
        return Err(page.rejected(StatusCode::BAD_REQUEST, form::NOT_OUR_FORM));
    }
    let config = match credential_form::parse(&state.options, &credentials) {
        Ok(config) => config,
        Err(errors) => return Err((StatusCode::BAD_REQUEST, Box::new(SetupPage { errors, ..page }))),
    };
    match credential_form::check(state, &config, &FIELDS).await {
        Ok(accepted) => create(state, headers, &config, accepted, page).await,
        Err(rejected) => {
            let RejectedCredentials { status, errors, notice, checks } = *rejected;
            Err((status, Box::new(SetupPage { errors, notice, checks, ..page })))
        }
    }
}

async fn create(
    state: &State,
    headers: &HeaderMap,
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
            return url_limit::show(state, &person).await.map_err(|error| not_stored(page, &error));
        }
        Err(error) => return Err(not_stored(page, &error)),
    };
    let previous = revoke_previous::offer(state, &person, &id).await;
    let done = DonePage::of(&frame::base_url(state, headers), &id);
    let done = DonePage { name: accepted.me.name, checks: accepted.checks, previous, ..done };
    Ok(frame::page_with_forms(state, StatusCode::OK, |token| DonePage { token, ..done }))
}

fn not_stored(page: SetupPage, error: &StoreError) -> RejectedForm {
    tracing::error!(%error, "tenant not stored");
    let notice = "The service cannot store anything at the moment. Try again in a few minutes.";
    page.rejected(StatusCode::SERVICE_UNAVAILABLE, notice)
}
