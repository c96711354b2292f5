//! `/setup`: somebody pastes their tokens, both are tried, and a personal URL is shown once.

use std::sync::Arc;

use askama::Template;
use axum::{Extension, body::Body, extract::Request, response::Response};
use http::{HeaderMap, StatusCode};

use super::{
    Service,
    credential_form::{self, Check, Faults, Refused},
    done::Done,
    form::{self, Fields},
};
use crate::store::tenants::{Credentials, Person};

const FIELDS: [&str; 5] = ["site", "email", "jira", "tempo", "field"];

/// The form, empty or as it came back; tokens are never put into it again.
#[derive(Template, Default)]
#[template(path = "setup.html")]
struct Form {
    token: String,
    jira_base_url: String,
    jira_email: String,
    account_field: String,
    faults: Faults,
    /// What concerns no field.
    notice: String,
    /// What worked of tokens that do not suffice.
    checks: Vec<Check>,
}

impl Form {
    /// As it was sent, without its tokens.
    fn of(fields: &Fields) -> Self {
        Self {
            jira_base_url: fields.get("jiraBaseUrl").into(),
            jira_email: fields.get("jiraEmail").into(),
            account_field: fields.get("jiraTempoAccountCustomFieldId").into(),
            ..Self::default()
        }
    }

    fn with_notice(self, status: StatusCode, notice: &str) -> GoesBack {
        (status, Box::new(Self { notice: notice.into(), ..self }))
    }
}

/// The form as it goes back, boxed: it is large, and a refusal is the rarer way out.
type GoesBack = (StatusCode, Box<Form>);

pub(super) async fn form(Extension(service): Extension<Arc<Service>>) -> Response {
    service.show(StatusCode::OK, Form::default())
}

pub(super) async fn sign_up(Extension(service): Extension<Arc<Service>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    if let Err(wait) = service.may_try(&head).await {
        let (status, form) = Form::default().with_notice(StatusCode::TOO_MANY_REQUESTS, form::TOO_OFTEN);
        return form::retry_after(service.show(status, *form), wait);
    }
    match service.try_sign_up(&head.headers, body).await {
        Ok(done) => service.with_token(StatusCode::OK, |token| Done { token, ..done }),
        Err((status, form)) => service.show(status, *form),
    }
}

impl Service {
    fn show(&self, status: StatusCode, form: Form) -> Response {
        self.with_token(status, |token| Form { token, ..form })
    }

    async fn try_sign_up(&self, headers: &HeaderMap, body: Body) -> Result<Done, GoesBack> {
        let Ok(body) = self.read(body).await else {
            return Err(Form::default().with_notice(StatusCode::BAD_REQUEST, form::UNREADABLE));
        };
        let fields = Fields::read(&body);
        let form = Form::of(&fields);
        if !form::is_own(headers, fields.get("token")) {
            return Err(form.with_notice(StatusCode::BAD_REQUEST, form::FOREIGN));
        }
        let config = match credential_form::read(&self.options, &|name| Some(fields.get(name).into())) {
            Ok(config) => config,
            Err(faults) => return Err((StatusCode::BAD_REQUEST, Box::new(Form { faults, ..form }))),
        };
        let tried = match self.try_tokens(&config, &FIELDS).await {
            Ok(tried) => tried,
            Err(refused) => {
                let Refused { status, faults, notice, checks } = *refused;
                return Err((status, Box::new(Form { faults, notice, checks, ..form })));
            }
        };
        let credentials = Credentials::of(&config);
        let person = Person::of(&tried.me.account, &credentials);
        let day = self.today();
        let host = config.jira.site.base().host_str().unwrap_or_default();
        let id = self.store.create(&credentials, &person, host, &day).await.map_err(|failure| {
            tracing::error!(%failure, "a tenant cannot be stored");
            let why = "The service cannot store anything just now. Please try again in a few minutes.";
            form.with_notice(StatusCode::SERVICE_UNAVAILABLE, why)
        })?;
        let older = self.older(&person, &id).await;
        let name = tried.me.name;
        Ok(Done { name, checks: tried.checks, older, ..Done::of(&self.base(headers), &id) })
    }
}
