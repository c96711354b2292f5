//! Jira: the site, the way of signing in, who that is and on whose clock, and the account field.

use super::{Check, Section};
use crate::{
    config::{Config, JiraAuth},
    domain::{
        site::CustomField,
        text::{one_line, quoted},
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
    // One after the other: the first call finds out which of Jira's addresses the credentials are for.
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

/// A site that is not there and a gateway that cannot be reached look like a wrong token: each is asked by itself.
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
            "the site refuses the token, and {name}, where a token with scopes works, cannot be reached"
        );
        let advice = format!("Let {name} through in the firewall or proxy; or make a token without scopes.");
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
        (JiraAuth::Basic { .. }, false) => "by API token and e-mail address",
        (JiraAuth::Basic { .. }, true) => "by API token with scopes, at Atlassian's gateway",
        (JiraAuth::Bearer(_), _) => "by bearer token",
        (JiraAuth::OAuth(_), _) => "with a browser (OAuth), at Atlassian's gateway",
    }
}

fn zone(me: &Identity) -> Check {
    if me.zone_is_hidden() {
        return Check::note("Time zone", "hidden by the profile: days count in UTC").with_advice(
            "Show it in your Atlassian profile (Profile and visibility), or entries near midnight get the wrong day.",
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
            "A token with scopes needs read:jira-work and read:jira-user: make a new one that has both.",
        )],
        Err(error) => vec![Check::failed("Issues", error)],
    }
}

fn account_field(set: Option<&str>, fields: &[CustomField]) -> Check {
    const NAME: &str = "Account field";
    const VARIABLE: &str = "JIRA_TEMPO_ACCOUNT_CUSTOM_FIELD_ID";
    let number = |it: &CustomField| one_line(it.id.trim_start_matches("customfield_"), 20);
    let of_tempo = fields.iter().find(|it| it.is_account);
    let mend = of_tempo.map_or_else(
        || format!("Remove {VARIABLE}: this site has no account field of Tempo's."),
        |it| format!("Set {VARIABLE}={}, which is {}.", number(it), quoted(&it.name)),
    );
    match (set, set.and_then(|set| fields.iter().find(|it| it.id == set))) {
        (Some(_), Some(field)) if field.is_account => {
            Check::good(NAME, format!("{} {}", field.id, quoted(&field.name)))
        }
        (Some(_), Some(field)) => {
            let finding = format!("{} is {}, which holds no Tempo account", field.id, quoted(&field.name));
            Check::bad(NAME, finding, mend)
        }
        (Some(set), None) => Check::bad(NAME, format!("there is no field {set} on this site"), mend),
        (None, _) => match of_tempo {
            Some(_) => {
                Check::note(NAME, "not set: entries do not get the account of their issue").with_advice(mend)
            }
            None => Check::note(NAME, "not set, and this site has none"),
        },
    }
}
