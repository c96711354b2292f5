//! Error messages for users of a hosted service and of its form, who set no variables.

use std::time::Duration;

use expect_test::expect;
use serde_json::json;
use tempo_mcp_core::{
    config::Loaded,
    domain::site::SiteRequirement,
    ports::HttpErrorKind,
    tools::{Audience, Error, PartialMove},
    upstream::{self, ErrorKind, Vendor},
};
use tempo_mcp_service::store::tenants::Person;
use tempo_sandbox::{MAIN_ACCOUNT_ID, TEMPO_WORKLOGS_TOKEN};

use crate::support::hosted::{hosted, options};

fn page() -> Audience {
    Audience::Hosted { manage: Some("https://tempo.example.com/manage".into()) }
}

fn kinds() -> Vec<ErrorKind> {
    let words = || vec!["Its own words".to_owned()];
    let failures = [
        HttpErrorKind::Connect,
        HttpErrorKind::Tls,
        HttpErrorKind::Proxy,
        HttpErrorKind::Timeout,
        HttpErrorKind::Broken,
        HttpErrorKind::TooLarge,
    ];
    let mut all = vec![
        ErrorKind::Unauthorized,
        ErrorKind::Forbidden(words()),
        ErrorKind::PeriodClosed(vec!["Period is closed".into()]),
        ErrorKind::NotFound(words()),
        ErrorKind::Invalid(words()),
        ErrorKind::InvalidGrant(words()),
        ErrorKind::Busy(words()),
        ErrorKind::RateLimited { wait: Duration::from_secs(9) },
        ErrorKind::Unavailable { status: 503 },
        ErrorKind::Malformed { looks_like: "a web page" },
        ErrorKind::Redirected,
        ErrorKind::Endless,
        ErrorKind::OverBudget,
        ErrorKind::OutOfTime,
        ErrorKind::NotResponding { wait: Duration::from_secs(15) },
        ErrorKind::Crowded,
    ];
    all.extend(failures.map(|cause| ErrorKind::Unreachable { sent: false, cause }));
    all
}

/// Every kind of error with every upstream error.
fn errors() -> Vec<Error> {
    let faults = Loaded::from_lookup(&|_| None).config.unwrap_err();
    let mut all = vec![
        Error::Arguments(tempo_mcp_core::tools::Rejections::default()),
        Error::NotConfigured(faults),
        Error::ReadOnly("createWorklog"),
        Error::UnknownIssue("WEB-1".parse().unwrap()),
        Error::UnknownWorklog("1".parse().unwrap()),
        Error::TooManyEntries { fit: 12 },
        Error::TooManyCalls,
        Error::Deadline { after: Duration::from_secs(55), wrote: true },
    ];
    for vendor in [Vendor::Tempo, Vendor::Jira] {
        for kind in kinds() {
            let cause = upstream::Error { vendor, kind };
            let (old, copy) = ("1".parse().unwrap(), "2".parse().unwrap());
            all.extend([
                Error::Upstream(cause.clone()),
                Error::Refused { cause: cause.clone(), requirements: vec![SiteRequirement::Description] },
                Error::NotFoundAfter { at: "12:00:00".into(), cause: cause.clone() },
                Error::Unknown { cause: cause.clone() },
                Error::HalfMoved { old, left: PartialMove::Copy(copy), cause },
            ]);
        }
    }
    all
}

/// A new kind of error fails to compile here, which is the reminder to add it above.
fn is_known(error: &Error) -> bool {
    match error {
        Error::Arguments(_) | Error::NotConfigured(_) | Error::ReadOnly(_) | Error::Upstream(_) => true,
        Error::Refused { .. } | Error::UnknownIssue(_) | Error::UnknownWorklog(_) => true,
        Error::NotFoundAfter { .. } | Error::Unknown { .. } | Error::HalfMoved { .. } => true,
        Error::Deadline { .. } | Error::TooManyEntries { .. } | Error::TooManyCalls => true,
    }
}

/// Whether a word looks like a variable: capitals on both sides of an underscore.
fn names_a_variable(text: &str) -> bool {
    let is_part = |it: &str| it.ends_with(|it: char| it.is_ascii_uppercase());
    let pairs = text.split('_').zip(text.split('_').skip(1));
    pairs
        .into_iter()
        .any(|(before, after)| is_part(before) && after.starts_with(|it: char| it.is_ascii_uppercase()))
}

#[test]
fn errors_for_users_without_variables_name_none() {
    assert!(errors().iter().all(is_known));
    let local = errors().iter().filter(|it| names_a_variable(&it.message(&Audience::Local))).count();
    assert!(local > 40, "messages of a local server name variables: {local}");
    for audience in [page(), Audience::Hosted { manage: None }, Audience::Form] {
        for error in errors() {
            let said = error.message(&audience);
            assert!(!names_a_variable(&said), "{said}");
        }
    }
}

/// The messages about upstream errors that differ from those of a local server.
fn unlike_the_local_ones(audience: &Audience) -> Vec<String> {
    let mut lines = Vec::new();
    for vendor in [Vendor::Tempo, Vendor::Jira] {
        for kind in kinds() {
            let error = Error::Upstream(upstream::Error { vendor, kind });
            let (local, text) = (error.message(&Audience::Local), error.message(audience));
            if local != text {
                lines.push(text);
            }
        }
    }
    lines
}

#[test]
fn messages_of_a_hosted_service() {
    let mut lines = unlike_the_local_ones(&page());
    lines.push(Error::NotConfigured(Loaded::from_lookup(&|_| None).config.unwrap_err()).message(&page()));
    expect![[r#"
        Tempo no longer accepts your token (401). It expired or was revoked. Create a new one in Tempo > Settings > API Integration, and replace it at https://tempo.example.com/manage.
        Tempo refused this (403): "Its own words". Either you lack the permission in this project, or your Tempo token lacks a scope. The tools need the scopes Worklogs (View and Manage), Schemes (View), Accounts (View); scopes cannot be added to an existing token, so create a new one in Tempo > Settings > API Integration, and replace the old one at https://tempo.example.com/manage.
        Tempo did not find this: "Its own words". It was deleted, or you may not see it.
        Tempo responded with a web page instead of data. Try again in a few minutes. If it keeps failing, tell the operator of this service.
        Tempo's address redirects elsewhere. The redirect was not followed, because your token would go with it. Try again in a few minutes. If it keeps failing, tell the operator of this service.
        Tempo cannot be reached: no connection to its address. Try again in a few minutes. If it keeps failing, tell the operator of this service.
        This service cannot connect to Tempo securely. Tell the operator of this service.
        This service cannot connect to Tempo securely. Tell the operator of this service.
        Jira no longer accepts your token (401). It expired or was revoked. Create a new one in Atlassian account > Security > API tokens, and replace it at https://tempo.example.com/manage.
        Jira refused this (403): "Its own words". Either your account may not do this, or a token with scopes lacks read:jira-work or read:jira-user.
        Jira did not find this: "Its own words". It was deleted, or you may not see it.
        Jira responded with a web page instead of data. Try again in a few minutes. If it keeps failing, tell the operator of this service.
        Jira's address redirects elsewhere. The redirect was not followed, because your token would go with it. Try again in a few minutes. If it keeps failing, tell the operator of this service.
        Jira cannot be reached: no connection to its address. Try again in a few minutes. If it keeps failing, tell the operator of this service.
        This service cannot connect to Jira securely. Tell the operator of this service.
        This service cannot connect to Jira securely. Tell the operator of this service.
        The stored credentials are no longer valid. Replace the tokens at https://tempo.example.com/manage."#]].assert_eq(&lines.join("\n"));
}

#[test]
fn messages_of_a_form() {
    let lines = unlike_the_local_ones(&Audience::Form);
    expect![[r#"
        Tempo does not accept this token (401). It is wrong, expired or revoked. Create a token in Tempo > Settings > API Integration.
        Tempo refused this (403): "Its own words". This token lacks a scope. The tools need the scopes Worklogs (View and Manage), Schemes (View), Accounts (View); scopes cannot be added to an existing token, so create a new one in Tempo > Settings > API Integration.
        Tempo did not find this: "Its own words". It was deleted, or you may not see it.
        Tempo responded with a web page instead of data. Try again in a few minutes. If it keeps failing, tell the operator of this service.
        Tempo's address redirects elsewhere. The redirect was not followed, because your token would go with it. Try again in a few minutes. If it keeps failing, tell the operator of this service.
        Tempo cannot be reached: no connection to its address. Try again in a few minutes. If it keeps failing, tell the operator of this service.
        This service cannot connect to Tempo securely. Tell the operator of this service.
        This service cannot connect to Tempo securely. Tell the operator of this service.
        Jira does not accept this token for that e-mail address (401). One of them is wrong, or the token expired or was revoked, or it belongs to another site. Create a token in Atlassian account > Security > API tokens.
        Jira refused this (403): "Its own words". Either your account may not do this, or a token with scopes lacks read:jira-work or read:jira-user.
        Jira did not find this: "Its own words". It was deleted, or you may not see it, or the Jira site is wrong.
        Jira responded with a web page instead of data. Often a proxy or a sign-in page responds instead, or the Jira site is wrong.
        Jira's address redirects elsewhere. The redirect was not followed, because your token would go with it. Check the Jira site.
        Jira cannot be reached: no connection to its address. Check the Jira site.
        This service cannot connect to Jira securely. Tell the operator of this service.
        This service cannot connect to Jira securely. Tell the operator of this service."#]].assert_eq(&lines.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn tenant_errors_link_to_the_manage_page() {
    let public_url = Some("https://tempo.example.com".into());
    let hosted = hosted(tempo_mcp_service::options::Options { public_url, ..options() }, usize::MAX).await;
    let opened = hosted.store.open_row(&hosted.alex).await.unwrap().unwrap();
    let mut credentials = opened.credentials.clone();
    credentials.tempo_api_token = TEMPO_WORKLOGS_TOKEN.to_owned().into();
    let alex = Person::of(&MAIN_ACCOUNT_ID.parse().unwrap(), &credentials);
    assert!(hosted.store.replace(&hosted.alex, &opened, &credentials, &alex).await.unwrap());
    let week = json!({ "startDate": "2026-03-16", "endDate": "2026-03-18" });
    let answer = hosted.call(&hosted.alex, 1, "getMissingWorklogDays", week).await;
    let text = String::from_utf8_lossy(answer.body()).into_owned();
    assert!(text.contains("https://tempo.example.com/manage") && !text.contains("TEMPO_API_TOKEN"), "{text}");
}
