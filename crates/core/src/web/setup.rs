//! `/setup`: somebody pastes their tokens, both are tried, and a personal URL is shown once.

use std::sync::Arc;

use askama::Template;
use axum::{
    body::Body,
    extract::{Request, State},
    response::Response,
};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::{
    ClientAddress, Service,
    form::{self, Fields},
    page::html,
    tenants::configuration,
};
use crate::{
    config::{Config, JiraSite},
    ports::Limit,
    store::tenants::{Credentials, Person},
    tools::{
        Error,
        standing::{Standing, Verdict},
    },
};

/// The form, empty or as it came back; tokens are never put into it again.
#[derive(Template, Default)]
#[template(path = "setup.html")]
struct Form {
    token: String,
    jira_base_url: String,
    jira_email: String,
    account_field: String,
    /// By field: what is wrong with it.
    tempo_fault: String,
    site_fault: String,
    email_fault: String,
    jira_fault: String,
    field_fault: String,
    /// What concerns no field.
    notice: String,
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

    /// What the vendors said to the tokens.
    fn refused(mut self, verdict: Verdict, jira: Option<Error>, tempo: Option<Error>) -> Refused {
        self.jira_fault = jira.map(|it| for_the_form(&it)).unwrap_or_default();
        self.tempo_fault = tempo.map(|it| for_the_form(&it)).unwrap_or_default();
        self.notice = "Nothing was stored.".into();
        let again = verdict == Verdict::TryAgain;
        let status = if again { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::BAD_REQUEST };
        (status, Box::new(self))
    }

    fn has_faults(&self) -> bool {
        [&self.tempo_fault, &self.site_fault, &self.email_fault, &self.jira_fault, &self.field_fault]
            .iter()
            .any(|it| !it.is_empty())
    }
}

/// What was found out, and the URL.
#[derive(Template)]
#[template(path = "done.html")]
struct Done {
    url: String,
    name: String,
    zone: String,
    checks: Vec<Line>,
}

/// One scope, and whether its token reaches it.
struct Line {
    scope: &'static str,
    purpose: &'static str,
    missing: bool,
}

pub(super) async fn form(State(service): State<Arc<Service>>) -> Response {
    service.show(StatusCode::OK, Form::default())
}

pub(super) async fn sign_up(State(service): State<Arc<Service>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let address = head.extensions.get::<ClientAddress>().map_or("", |it| it.0.as_str());
    if let Err(wait) = service.limiter.check(Limit::Setup, address).await {
        let notice = "Too many attempts from this address. Try again in a minute.".into();
        let mut response = service.show(StatusCode::TOO_MANY_REQUESTS, Form { notice, ..Form::default() });
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs() + 1));
        return response;
    }
    match service.try_sign_up(&head.headers, body).await {
        Ok(done) => html(&service, StatusCode::OK, &done),
        Err((status, form)) => service.show(status, *form),
    }
}

/// The form as it goes back, boxed: it is large, and a refusal is the rarer way out.
type Refused = (StatusCode, Box<Form>);

impl Service {
    fn show(&self, status: StatusCode, form: Form) -> Response {
        self.with_token(status, |token| Form { token, ..form })
    }

    async fn try_sign_up(&self, headers: &HeaderMap, body: Body) -> Result<Done, Refused> {
        let body = self.read(body).await.map_err(|_| {
            let notice = "The form could not be read. Please try again.".into();
            (StatusCode::BAD_REQUEST, Box::new(Form { notice, ..Form::default() }))
        })?;
        let fields = Fields::read(&body);
        let form = Form::of(&fields);
        if !form::is_own(headers, fields.get("token")) {
            let notice =
                "This form was open for too long, or came from elsewhere. Please send it again.".into();
            return Err((StatusCode::BAD_REQUEST, Box::new(Form { notice, ..form })));
        }
        let (credentials, config) = self.read_form(&fields, form)?;
        let standing = Standing::of(&config, &self.ports).await;
        self.store_tenant(headers, &fields, &credentials, &config, standing).await
    }

    /// Everything that is wrong with the form, at once.
    fn read_form(&self, fields: &Fields, mut form: Form) -> Result<(Credentials, Config), Refused> {
        let lookup = |name: &str| {
            let field = match name {
                "TEMPO_API_TOKEN" => "tempoApiToken",
                "JIRA_BASE_URL" => "jiraBaseUrl",
                "JIRA_EMAIL" => "jiraEmail",
                "JIRA_API_TOKEN" => "jiraApiToken",
                "JIRA_TEMPO_ACCOUNT_CUSTOM_FIELD_ID" => "jiraTempoAccountCustomFieldId",
                _ => return None,
            };
            Some(fields.get(field).to_owned())
        };
        let config = configuration(&lookup, &self.options);
        let faults = config.as_ref().err().map(|it| it.0.clone()).unwrap_or_default();
        let told = |name: &str| {
            faults.iter().find(|it| it.name() == name).map(|it| it.of_field()).unwrap_or_default()
        };
        form.tempo_fault = told("TEMPO_API_TOKEN");
        form.site_fault = told("JIRA_BASE_URL");
        form.email_fault = told("JIRA_EMAIL");
        form.jira_fault = told("JIRA_API_TOKEN");
        form.field_fault = told("JIRA_TEMPO_ACCOUNT_CUSTOM_FIELD_ID");
        let site: Option<JiraSite> = fields.get("jiraBaseUrl").parse().ok();
        if let Some(Err(why)) = site.map(|it| self.options.jira_hosts.check(&it)) {
            form.site_fault = why;
        }
        match config {
            Ok(config) if !form.has_faults() => Ok((Credentials::of(&config), config)),
            _ => Err((StatusCode::BAD_REQUEST, Box::new(form))),
        }
    }

    async fn store_tenant(
        &self,
        headers: &HeaderMap,
        fields: &Fields,
        credentials: &Credentials,
        config: &Config,
        standing: Standing,
    ) -> Result<Done, Refused> {
        let verdict = standing.verdict();
        let me = match (verdict, standing.identity) {
            (Verdict::Works, Ok(me)) => me,
            (verdict, identity) => {
                return Err(Form::of(fields).refused(verdict, identity.err(), standing.worklogs.err()));
            }
        };
        let email = credentials.jira_email.clone();
        let person = Person { account: me.account.clone(), email };
        let host = config.jira.site.base().host_str().unwrap_or_default();
        let day = self.ports.clock.now().to_zoned(jiff::tz::TimeZone::UTC).date().to_string();
        let id = self.store.create(credentials, &person, host, &day).await.map_err(|failure| {
            tracing::error!(%failure, "a tenant cannot be stored");
            let notice =
                "The service cannot store anything just now. Please try again in a few minutes.".into();
            (StatusCode::SERVICE_UNAVAILABLE, Box::new(Form { notice, ..Form::of(fields) }))
        })?;
        let line = |scope, purpose, missing: bool| Line { scope, purpose, missing };
        let missing = |it: &Result<(), Error>| it.is_err();
        Ok(Done {
            url: format!("{}/mcp/{}", self.base(headers), id.expose()),
            name: me.name.clone(),
            zone: me.zone_name(),
            checks: vec![
                line("Worklogs", "reading and logging time", missing(&standing.worklogs)),
                line("Schemes", "finding missing days", standing.schemes.as_ref().is_none_or(missing)),
                line("Accounts", "names of accounts", missing(&standing.accounts)),
            ],
        })
    }
}

/// Whoever fills in a form knows its labels, not the variables of the local server.
fn for_the_form(error: &Error) -> String {
    [
        ("JIRA_API_TOKEN", "this token"),
        ("JIRA_EMAIL", "that e-mail address"),
        ("JIRA_BASE_URL", "the Jira site"),
        ("TEMPO_API_TOKEN", "this token"),
        ("TEMPO_BASE_URL", "this service's address of Tempo"),
    ]
    .iter()
    .fold(error.message(), |text, (name, words)| text.replace(name, words))
}
