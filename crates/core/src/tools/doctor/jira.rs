//! Jira: the site, the credentials, the identity and its time zone, and the account field.

use super::report::{Check, Section};
use crate::{
    config::{Config, JiraAuth},
    domain::{
        site::CustomField,
        text::{identifier, quoted},
    },
    jira::Identity,
    ports::Ports,
    tools::{Clients, doctor::person::short},
    upstream::{self, Call, Error, ErrorKind},
};

pub(super) struct Jira {
    pub(super) section: Section,
    pub(super) identity: Option<Identity>,
}

pub(super) async fn examine(config: &Config, clients: &Clients, ports: &Ports) -> Jira {
    let client = &clients.jira;
    // This call comes first, because it finds out which of Jira's addresses accepts the credentials.
    let identity = client.identity().await;
    let checks = match &identity {
        Ok(me) => {
            let sign_in = Check::good("Sign-in", kind(config, client.is_at_gateway()));
            let who = Check::good("Identity", format!("the account that ends in {}", short(&me.account)));
            let mut checks = vec![site(config), sign_in, who, zone(me)];
            checks.extend(issues(config, &client.custom_fields().await));
            checks
        }
        Err(error) => refused(config, clients, ports, error).await,
    };
    Jira { section: Section::new("Jira", checks), identity: identity.ok() }
}

/// A site that does not exist and a gateway that cannot be reached look like a wrong token, so both are checked.
async fn refused(config: &Config, clients: &Clients, ports: &Ports, error: &Error) -> Vec<Check> {
    let sign_in = Check::failed("Sign-in", error);
    if !matches!(error.kind, ErrorKind::NotFound(_) | ErrorKind::Unauthorized) {
        return vec![site(config), sign_in];
    }
    let exists = clients.jira.site_exists().await;
    if matches!(exists, Err(Error { kind: ErrorKind::NotFound(_), .. })) {
        return vec![Check::bad(
            "Site",
            format!("there is no Jira site at {}", host(config)),
            "Set JIRA_BASE_URL to the address that your browser shows in Jira, like https://acme.atlassian.net.",
        )];
    }
    let gateway = &config.jira.gateway;
    let reached = upstream::reach(&*ports.http, gateway, &Call::get(&[])).await;
    if reached.is_err() && matches!(config.jira.auth, JiraAuth::Basic { .. }) {
        let name = gateway.host_str().unwrap_or_default();
        let finding = format!(
            "the site refuses the token, and {name}, which tokens with scopes need, cannot be reached"
        );
        let advice = format!("Allow {name} in the firewall or proxy, or create a token without scopes.");
        return vec![site(config), Check::bad("Gateway", finding, advice)];
    }
    vec![site(config), sign_in]
}

fn host(config: &Config) -> &str {
    config.jira.site.base().host_str().unwrap_or_default()
}

fn site(config: &Config) -> Check {
    Check::good("Site", host(config))
}

fn kind(config: &Config, is_at_gateway: bool) -> &'static str {
    match (&config.jira.auth, is_at_gateway) {
        (JiraAuth::Basic { .. }, false) => "with API token and e-mail address",
        (JiraAuth::Basic { .. }, true) => "with an API token with scopes, at Atlassian's gateway",
        (JiraAuth::Bearer(_), _) => "with a bearer token",
        (JiraAuth::OAuth(_), _) => "with a browser (OAuth), at Atlassian's gateway",
    }
}

fn zone(me: &Identity) -> Check {
    if me.zone_is_hidden() {
        return Check::note("Time zone", "hidden by your profile, so days are counted in UTC").with_advice(
            "Make it visible in your Atlassian profile (Profile and visibility). Otherwise worklogs near midnight get the wrong day.",
        );
    }
    Check::good("Time zone", me.zone_name())
}

fn issues(config: &Config, fields: &Result<Vec<CustomField>, Error>) -> Vec<Check> {
    match fields {
        Ok(fields) => vec![
            Check::good("Issues", "readable"),
            account_field(config.jira.account_field.as_deref(), fields),
        ],
        Err(Error { kind: ErrorKind::Forbidden(_), .. }) => vec![Check::bad(
            "Issues",
            "Jira does not let this token read issues (403)",
            "A token with scopes needs read:jira-work and read:jira-user. Create a new one that has both.",
        )],
        Err(error) => vec![Check::failed("Issues", error)],
    }
}

fn account_field(set: Option<&str>, fields: &[CustomField]) -> Check {
    const NAME: &str = "Account field";
    const VARIABLE: &str = "JIRA_TEMPO_ACCOUNT_CUSTOM_FIELD_ID";
    let number = |it: &CustomField| identifier(it.id.trim_start_matches("customfield_"), 20);
    let of_tempo = fields.iter().find(|it| it.is_account);
    let advice = of_tempo.map_or_else(
        || format!("Remove {VARIABLE}: this site has no Tempo account field."),
        |it| format!("Set {VARIABLE}={}, which is {}.", number(it), quoted(&it.name)),
    );
    match (set, set.and_then(|set| fields.iter().find(|it| it.id == set))) {
        (Some(_), Some(field)) if field.is_account => {
            Check::good(NAME, format!("{} {}", field.id, quoted(&field.name)))
        }
        (Some(_), Some(field)) => {
            let finding =
                format!("{} is {}, which is not a Tempo account field", field.id, quoted(&field.name));
            Check::bad(NAME, finding, advice)
        }
        (Some(set), None) => Check::bad(NAME, format!("there is no field {set} on this site"), advice),
        (None, _) => match of_tempo {
            Some(_) => Check::note(NAME, "not set, so worklogs do not get the account of their issue")
                .with_advice(advice),
            None => Check::note(NAME, "not set, and this site has none"),
        },
    }
}
