//! Other tokens for the same URL: tried as at setup, of the same person, and in use at once.

use axum::response::Response;
use http::{StatusCode, request::Parts};
use secrecy::ExposeSecret;

use super::{Managed, Open};
use crate::{
    store::{
        StoreError,
        tenants::{Credentials, Opened, Person},
    },
    web::{
        Service,
        credential_form::{self, Faults, Refused},
        form::{self, Fields},
    },
};

/// Of the form: the site stays, and with it the account field.
const FIELDS: [&str; 3] = ["email", "jira", "tempo"];

impl Service {
    pub(super) async fn replace(
        &self,
        open: Open,
        head: &Parts,
        fields: &Fields,
    ) -> Result<Response, StoreError> {
        if let Err(wait) = self.may_try(head).await {
            let page = Managed { notice: form::TOO_OFTEN.into(), ..Managed::default() };
            let response = self.panel(open, StatusCode::TOO_MANY_REQUESTS, page).await?;
            return Ok(form::retry_after(response, wait));
        }
        let Some(opened) = self.store.open_row(&open.id).await? else { return Ok(self.overtaken()) };
        let back = Managed { jira_email: fields.get("jiraEmail").into(), ..Managed::default() };
        if ["tempoApiToken", "jiraApiToken", "jiraEmail"].iter().all(|it| fields.get(it).is_empty()) {
            let faults = Faults::at("jira", "Give at least one new token, for Jira or for Tempo.".into());
            return self.panel(open, StatusCode::BAD_REQUEST, Managed { faults, ..back }).await;
        }
        let config =
            match credential_form::read(&self.options, &|name| value(name, fields, &opened.credentials)) {
                Ok(config) => config,
                Err(faults) => {
                    let (faults, notice) = faults.only(&FIELDS);
                    let page = Managed { faults, notice, ..back };
                    return self.panel(open, StatusCode::BAD_REQUEST, page).await;
                }
            };
        let tried = match self.try_tokens(&config, &FIELDS).await {
            Ok(tried) => tried,
            Err(refused) => {
                let Refused { status, faults, notice, checks } = *refused;
                return self.panel(open, status, Managed { faults, notice, checks, ..back }).await;
            }
        };
        let credentials = Credentials::of(&config);
        let person = Person::of(&tried.me.account, &credentials);
        if !self.store.is_of(&open.id, &person).await? {
            return self.of_somebody_else(open, &tried.me.name, back).await;
        }
        self.put(
            open,
            &opened,
            (&credentials, &person),
            Managed { account: tried.me.name, checks: tried.checks, replaced: true, ..Managed::default() },
        )
        .await
    }

    /// A URL stays with one person: whoever else knows it would otherwise take it over, or write under a wrong name.
    async fn of_somebody_else(&self, open: Open, name: &str, back: Managed) -> Result<Response, StoreError> {
        let text = format!(
            "This token belongs to another Jira account ({name}) than this address. Use a token of the same account, or set \
             up an address of its own for that one."
        );
        let page = Managed { faults: Faults::at("jira", text), ..back };
        self.panel(open, StatusCode::BAD_REQUEST, page).await
    }

    async fn put(
        &self,
        open: Open,
        opened: &Opened,
        (credentials, person): (&Credentials, &Person),
        page: Managed,
    ) -> Result<Response, StoreError> {
        if !self.store.replace(&open.id, opened, credentials, person).await? {
            return Ok(self.overtaken());
        }
        self.tenants.forget(&open.row.record);
        self.panel(open, StatusCode::OK, page).await
    }
}

/// What was typed; what was not typed stays as it was.
fn value(name: &str, fields: &Fields, stored: &Credentials) -> Option<String> {
    let typed = fields.get(name);
    let kept = || match name {
        "tempoApiToken" => Some(stored.tempo_token.expose_secret().to_owned()),
        "jiraApiToken" => Some(stored.jira_token.expose_secret().to_owned()),
        "jiraEmail" => stored.jira_email.as_ref().map(|it| it.expose_secret().to_owned()),
        _ => None,
    };
    match name {
        "jiraBaseUrl" => Some(stored.jira_base_url.clone()),
        "jiraTempoAccountCustomFieldId" => stored.account_field.clone(),
        _ if typed.is_empty() => kept(),
        _ => Some(typed.to_owned()),
    }
}
