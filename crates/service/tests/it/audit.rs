//! Security events: recorded for what people do on the pages, bounded, and without anything secret.

use std::time::Duration;

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use tempo_mcp_core::{domain::tenant::TenantId, seal::TenantHash};
use tempo_mcp_service::{
    audit::{AuditEvent, EventKind},
    options::{ClientAddresses, Options},
    store::audit_events::Position,
};
use tempo_sandbox::{
    COLLEAGUE_EMAIL, COLLEAGUE_JIRA_TOKEN, JIRA_TOKEN, MAIN_ACCOUNT_ID, MAIN_EMAIL, TEMPO_TOKEN,
};

use crate::support::{
    browser::{Browser, shown_id},
    hosted::{Hosted, hosted, options, plain},
};

async fn all(hosted: &Hosted) -> Vec<AuditEvent> {
    hosted.store.audit_events_after(&Position::default(), 10_000).await.unwrap().0
}

async fn events_of(hosted: &Hosted, id: &TenantId) -> Vec<AuditEvent> {
    hosted.store.audit_events_of(&TenantHash::of(id), 1000).await.unwrap()
}

fn kinds(events: &[AuditEvent]) -> Vec<(&str, &str)> {
    events.iter().map(|it| (it.kind.as_str(), it.detail.as_str())).collect()
}

/// The simulated clock moves on, so that the order of events is certain.
async fn a_second() {
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
}

fn event(kind: EventKind, tenant: Option<&TenantId>, at: Timestamp) -> AuditEvent {
    let tenant = tenant.map(TenantHash::of);
    AuditEvent { at, kind, detail: String::new(), tenant, client: "192.0.2.9".into(), request: "r".into() }
}

#[tokio::test(start_paused = true)]
async fn what_an_owner_does_is_recorded_and_shown() {
    let hosted = plain().await;
    let (mut browser, id, _) = Browser::sign_up(&hosted).await;
    a_second().await;
    browser.open_url(&id).await;
    a_second().await;
    let colleague = [("jiraEmail", COLLEAGUE_EMAIL), ("jiraApiToken", COLLEAGUE_JIRA_TOKEN)];
    browser.post(&[[("action", "replace")].as_slice(), &colleague].concat()).await;
    a_second().await;
    browser.post(&[("action", "replace"), ("jiraApiToken", "wrong-token-1234")]).await;
    a_second().await;
    browser.post(&[("action", "replace"), ("jiraApiToken", JIRA_TOKEN)]).await;
    a_second().await;
    let (_, page) = browser.post(&[("action", "rotate")]).await;
    let new = shown_id(&page);
    let events = events_of(&hosted, &new).await;
    assert_eq!(
        kinds(&events),
        [
            ("URL replaced", ""),
            ("tokens replaced", ""),
            ("tokens refused", "not accepted: Jira API token"),
            ("tokens refused", "of another Jira account"),
            ("opened", ""),
            ("sign-up", ""),
        ]
    );
    for event in &events {
        assert_eq!((event.client.as_str(), event.request.len()), ("192.0.2.1", 8), "{event:?}");
    }
    a_second().await;
    let (_, page) = Browser::open(&hosted, "/manage").await.open_url(&new).await;
    let (_, table) = page.split_once("id=\"events\"").unwrap();
    for event in &events {
        let at = event.at.strftime("%F %T").to_string();
        assert!(table.contains(&at) && table.contains(event.kind.as_str()), "{event:?} is not in {table}");
        assert!(table.contains(&event.request) && table.contains("192.0.2.1"), "{event:?}");
    }
    let stored: String = all(&hosted).await.iter().map(AuditEvent::to_json).collect();
    for secret in [id.expose(), new.expose(), TEMPO_TOKEN, JIRA_TOKEN, MAIN_EMAIL, MAIN_ACCOUNT_ID] {
        assert!(!stored.contains(secret), "{secret} is in {stored}");
    }
}

#[tokio::test(start_paused = true)]
async fn refused_sign_up_is_recorded_without_its_values() {
    let hosted = plain().await;
    let mut browser = Browser::open(&hosted, "/setup").await;
    let (code, _) = browser.post(&[("jiraBaseUrl", "nonsense"), ("jiraEmail", "mallory@example.com")]).await;
    assert_eq!(code, StatusCode::BAD_REQUEST);
    a_second().await;
    let tokens = [
        ("jiraBaseUrl", "http://sandbox.localhost"),
        ("jiraEmail", MAIN_EMAIL),
        ("jiraApiToken", "wrong-token-1234"),
        ("tempoApiToken", TEMPO_TOKEN),
    ];
    browser.post(&tokens).await;
    a_second().await;
    // A form from another site is a refused request, not an attempt to sign up.
    browser.token = "0123456789abcdef0123456789abcdef".into();
    browser.post(&tokens).await;
    let events = all(&hosted).await;
    let expected = [
        ("sign-up refused", "not valid: Jira site, Jira API token, Tempo API token"),
        ("sign-up refused", "not accepted: Jira API token"),
    ];
    assert_eq!(kinds(&events), expected);
    assert!(events.iter().all(|it| it.tenant.is_none() && it.client == "192.0.2.1"), "{events:?}");
}

/// The browser is gone while the vendors are still being asked.
#[tokio::test(start_paused = true)]
async fn change_is_recorded_although_the_browser_is_gone() {
    let hosted = plain().await;
    let mut browser = Browser::open(&hosted, "/manage").await;
    browser.open_url(&hosted.alex).await;
    hosted.sandbox.settings(|it| it.latency_ms = 1000);
    let replacing = [("action", "replace"), ("tempoApiToken", TEMPO_TOKEN)];
    let post = browser.post(&replacing);
    assert!(tokio::time::timeout(Duration::from_millis(500), post).await.is_err());
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(kinds(&all(&hosted).await), [("opened", ""), ("tokens replaced", "")]);
}

#[tokio::test(start_paused = true)]
async fn deletion_leaves_no_trace_of_whose_it_was() {
    let hosted = plain().await;
    let mut browser = Browser::open(&hosted, "/manage").await;
    browser.open_url(&hosted.alex).await;
    assert_eq!(events_of(&hosted, &hosted.alex).await.len(), 1);
    browser.post(&[("action", "delete-confirmed")]).await;
    let events = all(&hosted).await;
    assert_eq!(kinds(&events), [("deleted", "by its owner")]);
    assert_eq!((&events[0].tenant, events[0].client.as_str()), (&None, ""));
    // A request that is still in progress cannot add an event either.
    let late = event(EventKind::OPENED, Some(&hosted.alex), events[0].at);
    hosted.store.record_event(&late).await.unwrap();
    assert_eq!(all(&hosted).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn revoked_urls_are_recorded_each() {
    let hosted = plain().await;
    let (mut browser, id, page) = Browser::sign_up(&hosted).await;
    let older = crate::support::browser::hidden(&page, "older").unwrap();
    for _ in 0..2 {
        browser.post(&[("action", "revoke-older"), ("older", &older)]).await;
    }
    let events = all(&hosted).await;
    let mut found = kinds(&events);
    found.sort_unstable();
    assert_eq!(found, [("revoked", "by its owner"), ("sign-up", "")], "of {}", TenantHash::of(&id).short());
    assert!(events.iter().filter(|it| it.kind == EventKind::REVOKED).all(|it| it.tenant.is_none()));
}

#[tokio::test(start_paused = true)]
async fn many_events_of_one_kind_push_out_no_other() {
    let hosted = plain().await;
    let start: Timestamp = "2026-03-18T00:00:00Z".parse().unwrap();
    let record = async |kind: EventKind, tenant: Option<&TenantId>, second: i64| {
        let at = start + SignedDuration::from_secs(second);
        hosted.store.record_event(&event(kind, tenant, at)).await.unwrap();
    };
    record(EventKind::URL_REPLACED, Some(&hosted.alex), 0).await;
    record(EventKind::OPENED, Some(&hosted.priya), 0).await;
    record(EventKind::operator("keys rotate"), None, 0).await;
    for second in 1..=50 {
        record(EventKind::OPENED, Some(&hosted.alex), second).await;
    }
    for second in 1..=1100 {
        record(EventKind::SIGN_UP_REFUSED, None, second).await;
    }
    let opened = events_of(&hosted, &hosted.alex).await;
    assert_eq!(opened.len(), 21);
    assert_eq!(opened[0].at, start + SignedDuration::from_secs(50));
    assert_eq!(opened[20].kind, EventKind::URL_REPLACED);
    assert_eq!(all(&hosted).await.len(), 21 + 1 + 1 + 1000);
}

#[tokio::test(start_paused = true)]
async fn events_are_stored_for_ninety_days() {
    let hosted = plain().await;
    let start: Timestamp = "2026-03-18T00:00:00Z".parse().unwrap();
    let days = |count: i64| start + SignedDuration::from_hours(24 * count);
    for (tenant, at) in [(&hosted.alex, start), (&hosted.alex, days(1)), (&hosted.priya, days(91))] {
        hosted.store.record_event(&event(EventKind::OPENED, Some(tenant), at)).await.unwrap();
    }
    let stored: Vec<Timestamp> = all(&hosted).await.iter().map(|it| it.at).collect();
    assert_eq!(stored, [days(1), days(91)]);
}

#[tokio::test(start_paused = true)]
async fn addresses_are_hashed_where_the_operator_wants_it() {
    let hosted = hosted(Options { client_addresses: ClientAddresses::Hashed, ..options() }, usize::MAX).await;
    for _ in 0..2 {
        Browser::open(&hosted, "/manage").await.open_url(&hosted.alex).await;
    }
    let (_, page) = Browser::open(&hosted, "/manage").await.open_url(&hosted.priya).await;
    let clients: Vec<String> = all(&hosted).await.into_iter().map(|it| it.client).collect();
    assert_eq!((clients.len(), clients[0].len()), (3, 16), "{clients:?}");
    assert!(clients.iter().all(|it| *it == clients[0]), "one client has one hash: {clients:?}");
    assert!(page.contains(&clients[0]) && !page.contains("192.0.2.1"), "{page}");
}

#[tokio::test(start_paused = true)]
async fn export_in_pages_has_every_event_once() {
    let hosted = plain().await;
    let at: Timestamp = "2026-03-18T00:00:00Z".parse().unwrap();
    // Many events at the same instant.
    for second in [0, 0, 0, 1, 1] {
        for kind in [EventKind::OPENED, EventKind::TOKENS_REFUSED] {
            for tenant in [Some(&hosted.alex), Some(&hosted.priya), None] {
                let event = event(kind.clone(), tenant, at + SignedDuration::from_secs(second));
                hosted.store.record_event(&event).await.unwrap();
            }
        }
    }
    let (mut position, mut paged) = (Position::default(), Vec::new());
    loop {
        let (events, next) = hosted.store.audit_events_after(&position, 4).await.unwrap();
        paged.extend(events);
        match next {
            Some(next) => position = next,
            None => break,
        }
    }
    assert_eq!(paged.len(), 30);
    assert_eq!(paged, all(&hosted).await);
    let later = Position::since(at + SignedDuration::from_secs(1));
    assert_eq!(hosted.store.audit_events_after(&later, 100).await.unwrap().0, paged[18..]);
}
