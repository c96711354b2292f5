//! The same failures for those who have no variables: users of a hosted service, and whoever fills in its form.

use std::time::Duration;

use expect_test::expect;
use serde_json::json;
use tempo_mcp_core::{
    config::Loaded,
    ports::HttpErrorKind,
    tools::{Audience, Error, PartialMove},
    upstream::{self, ErrorKind, Vendor},
};
use tempo_mcp_service::store::tenants::Person;
use tempo_sandbox::{MAIN_ACCOUNT_ID, TEMPO_WORKLOGS_TOKEN};

use crate::hosted::{hosted, options};

fn page() -> Audience {
    Audience::Hosted { manage: Some("https://tempo.example.com/manage".into()) }
}

fn meanings() -> Vec<ErrorKind> {
    let words = || vec!["Its own words".to_owned()];
    let causes = [
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
        ErrorKind::Forbidden(vec!["Period is closed".into()]),
        ErrorKind::NotFound(words()),
        ErrorKind::Invalid(words()),
        ErrorKind::Busy(words()),
        ErrorKind::RateLimited { wait: Duration::from_secs(9) },
        ErrorKind::Unavailable { status: 503 },
        ErrorKind::Malformed { looks_like: "a web page" },
        ErrorKind::Redirected,
        ErrorKind::Endless,
        ErrorKind::OverBudget,
    ];
    all.extend(causes.map(|cause| ErrorKind::Unreachable { sent: false, cause }));
    all
}

/// Every kind of error, with every kind of cause.
fn errors() -> Vec<Error> {
    let faults = Loaded::from_lookup(&|_| None).config.unwrap_err();
    let mut all = vec![
        Error::Arguments(tempo_mcp_core::tools::Rejections::default()),
        Error::NotConfigured(faults),
        Error::ReadOnly("createWorklog"),
        Error::UnknownIssue("WEB-1".parse().unwrap()),
        Error::UnknownWorklog("1".parse().unwrap()),
        Error::TooManyEntries { fit: 12 },
        Error::Deadline { after: Duration::from_secs(300), wrote: true },
    ];
    for vendor in [Vendor::Tempo, Vendor::Jira] {
        for kind in meanings() {
            let cause = upstream::Error { vendor, kind };
            let (old, copy) = ("1".parse().unwrap(), "2".parse().unwrap());
            all.extend([
                Error::Upstream(cause.clone()),
                Error::Refused { cause: cause.clone(), demands: vec!["Work Type is required".into()] },
                Error::NotFoundAfter { at: "12:00:00".into(), cause: cause.clone() },
                Error::Unknown { cause: cause.clone() },
                Error::HalfMoved { old, left: PartialMove::Copy(copy), cause },
            ]);
        }
    }
    all
}

/// A new kind of error does not compile here until it is named, and so remembered above.
fn is_known(error: &Error) -> bool {
    match error {
        Error::Arguments(_) | Error::NotConfigured(_) | Error::ReadOnly(_) | Error::Upstream(_) => true,
        Error::Refused { .. } | Error::UnknownIssue(_) | Error::UnknownWorklog(_) => true,
        Error::NotFoundAfter { .. } | Error::Unknown { .. } | Error::HalfMoved { .. } => true,
        Error::Deadline { .. } | Error::TooManyEntries { .. } => true,
    }
}

/// Whether some word is a variable's: capitals on both sides of an underscore.
fn names_a_variable(text: &str) -> bool {
    let is_part = |it: &str| it.ends_with(|it: char| it.is_ascii_uppercase());
    let pairs = text.split('_').zip(text.split('_').skip(1));
    pairs
        .into_iter()
        .any(|(before, after)| is_part(before) && after.starts_with(|it: char| it.is_ascii_uppercase()))
}

#[test]
fn whoever_has_no_variables_is_told_of_none() {
    assert!(errors().iter().all(is_known));
    let local = errors().iter().filter(|it| names_a_variable(&it.message(&Audience::Local))).count();
    assert!(local > 40, "the check finds them where they are: {local}");
    for audience in [page(), Audience::Hosted { manage: None }, Audience::Form] {
        for error in errors() {
            let said = error.message(&audience);
            assert!(!names_a_variable(&said), "{said}");
        }
    }
}

/// The sentences about the vendors' errors that are not those of a local server.
fn unlike_the_local_ones(audience: &Audience) -> Vec<String> {
    let mut lines = Vec::new();
    for vendor in [Vendor::Tempo, Vendor::Jira] {
        for kind in meanings() {
            let error = Error::Upstream(upstream::Error { vendor, kind });
            let (local, told) = (error.message(&Audience::Local), error.message(audience));
            if local != told {
                lines.push(told);
            }
        }
    }
    lines
}

#[test]
fn the_sentences_of_a_hosted_service() {
    let mut lines = unlike_the_local_ones(&page());
    lines.push(Error::NotConfigured(Loaded::from_lookup(&|_| None).config.unwrap_err()).message(&page()));
    expect![[r#"
        Tempo does not accept your token any more (401): it expired or was revoked. Make a new one in Tempo > Settings > API Integration, and replace it at https://tempo.example.com/manage.
        Tempo refused, in its words: "Its own words" (403). Either you lack the permission in this project, or your Tempo token lacks a scope (needed: Worklogs (View and Manage), Schemes (View), Accounts (View); scopes cannot be added to an existing token, so make a new one in Tempo > Settings > API Integration, and replace the old one at https://tempo.example.com/manage).
        Tempo does not know this, in its words: "Its own words". Either it is gone, or you may not see it.
        Tempo answered with a web page instead of data. Try again in a few minutes; if it lasts, tell whoever runs this service.
        Tempo's address sends the request elsewhere; it was not followed, because your token would go with it. Try again in a few minutes; if it lasts, tell whoever runs this service.
        Tempo cannot be reached: no connection to its address. Try again in a few minutes; if it lasts, tell whoever runs this service.
        This service cannot connect to Tempo securely. Tell whoever runs this service.
        This service cannot connect to Tempo securely. Tell whoever runs this service.
        Jira does not accept your token any more (401): it expired or was revoked. Make a new one in Atlassian account > Security > API tokens, and replace it at https://tempo.example.com/manage.
        Jira refused, in its words: "Its own words" (403): your account may not do this, or a scoped token lacks read:jira-work or read:jira-user.
        Jira refused, in its words: "Period is closed" (403): your account may not do this, or a scoped token lacks read:jira-work or read:jira-user.
        Jira does not know this, in its words: "Its own words". Either it is gone, or you may not see it.
        Jira answered with a web page instead of data. Try again in a few minutes; if it lasts, tell whoever runs this service.
        Jira's address sends the request elsewhere; it was not followed, because your token would go with it. Try again in a few minutes; if it lasts, tell whoever runs this service.
        Jira cannot be reached: no connection to its address. Try again in a few minutes; if it lasts, tell whoever runs this service.
        This service cannot connect to Jira securely. Tell whoever runs this service.
        This service cannot connect to Jira securely. Tell whoever runs this service.
        What was set up cannot be used any more: replace the tokens at https://tempo.example.com/manage."#]].assert_eq(&lines.join("\n"));
}

#[test]
fn the_sentences_of_a_form() {
    let lines = unlike_the_local_ones(&Audience::Form);
    expect![[r#"
        Tempo does not accept this token (401): it is wrong, expired or revoked. Tokens are made in Tempo > Settings > API Integration.
        Tempo refused, in its words: "Its own words" (403): this token lacks a scope (needed: Worklogs (View and Manage), Schemes (View), Accounts (View); scopes cannot be added to an existing token, so make a new one in Tempo > Settings > API Integration).
        Tempo does not know this, in its words: "Its own words". Either it is gone, or you may not see it.
        Tempo answered with a web page instead of data. Try again in a few minutes; if it lasts, tell whoever runs this service.
        Tempo's address sends the request elsewhere; it was not followed, because your token would go with it. Try again in a few minutes; if it lasts, tell whoever runs this service.
        Tempo cannot be reached: no connection to its address. Try again in a few minutes; if it lasts, tell whoever runs this service.
        This service cannot connect to Tempo securely. Tell whoever runs this service.
        This service cannot connect to Tempo securely. Tell whoever runs this service.
        Jira does not accept this token for that e-mail address (401): one of them is wrong, or the token expired or was revoked, or it belongs to another site. Tokens are made in Atlassian account > Security > API tokens.
        Jira refused, in its words: "Its own words" (403): your account may not do this, or a scoped token lacks read:jira-work or read:jira-user.
        Jira refused, in its words: "Period is closed" (403): your account may not do this, or a scoped token lacks read:jira-work or read:jira-user.
        Jira does not know this, in its words: "Its own words". Either it is gone, or you may not see it, or the Jira site is another address.
        Jira answered with a web page instead of data. Often a proxy or a sign-in page stands in between, or the Jira site is wrong.
        Jira's address sends the request elsewhere; it was not followed, because your token would go with it. Check the Jira site.
        Jira cannot be reached: no connection to its address. Check the Jira site.
        This service cannot connect to Jira securely. Tell whoever runs this service.
        This service cannot connect to Jira securely. Tell whoever runs this service."#]].assert_eq(&lines.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn a_tenants_errors_lead_to_the_page_for_new_tokens() {
    let public_url = Some("https://tempo.example.com".into());
    let hosted = hosted(tempo_mcp_service::web::Options { public_url, ..options() }, usize::MAX).await;
    let opened = hosted.store.open_row(&hosted.alex).await.unwrap().unwrap();
    let mut credentials = opened.credentials.clone();
    credentials.tempo_token = TEMPO_WORKLOGS_TOKEN.to_owned().into();
    let alex = Person::of(&MAIN_ACCOUNT_ID.parse().unwrap(), &credentials);
    assert!(hosted.store.replace(&hosted.alex, &opened, &credentials, &alex).await.unwrap());
    let week = json!({ "startDate": "2026-03-16", "endDate": "2026-03-18" });
    let answer = hosted.call(&hosted.alex, 1, "getMissingWorklogDays", week).await;
    let text = String::from_utf8_lossy(answer.body()).into_owned();
    assert!(text.contains("https://tempo.example.com/manage") && !text.contains("TEMPO_API_TOKEN"), "{text}");
}
