//! The contract of `TokenStore`, checked against each implementation.

use std::time::Duration;

use secrecy::ExposeSecret;
use tempo_mcp_core::ports::{Claim, Swap, TokenStore, Tokens, Version, Versioned};

pub const SITE: &str = "https://acme.atlassian.net";
const OTHER: &str = "https://other.atlassian.net";

pub fn tokens(name: &str) -> Tokens {
    Tokens {
        access: format!("access-{name}").into(),
        refresh: Some(format!("refresh-{name}").into()),
        expires_at: "2026-03-18T15:00:00.123Z".parse().unwrap(),
        lifetime: None,
        cloud_id: "cloud-1".into(),
    }
}

/// Everything that a store has to return unchanged.
fn facts(it: &Tokens) -> impl PartialEq + std::fmt::Debug {
    let refresh = it.refresh.as_ref().map(|it| it.expose_secret().to_owned());
    (it.access.expose_secret().to_owned(), refresh, it.expires_at, it.lifetime, it.cloud_id.clone())
}

async fn holds(store: &dyn TokenStore, site: &str, expected: Option<&Tokens>) -> Option<Version> {
    let found = store.load(site).await.unwrap();
    assert_eq!(found.as_ref().map(|it| facts(&it.tokens)), expected.map(facts));
    found.map(|it| it.version)
}

async fn stored(
    store: &dyn TokenStore,
    site: &str,
    seen: Option<Version>,
    tokens: Option<&Tokens>,
) -> Version {
    let Swap::Stored(version) = store.swap(site, seen, tokens).await.unwrap() else {
        panic!("nothing was stored")
    };
    version
}

fn names(found: Option<&Versioned>) -> Option<&str> {
    found.map(|it| it.tokens.access.expose_secret())
}

/// Checks an empty store against the promises of [`TokenStore`]; leaves the tokens of one other site in it.
pub async fn check(store: &dyn TokenStore) {
    let second = check_swap(store).await;
    let third = check_claim(store, second).await;
    check_other_sites(store, third).await;
}

/// A swap that saw another version changes nothing. Returns the version of the tokens `b`, which are stored then.
async fn check_swap(store: &dyn TokenStore) -> Version {
    assert_eq!(holds(store, SITE, None).await, None);
    let first = stored(store, SITE, None, Some(&tokens("a"))).await;
    assert_eq!(holds(store, SITE, Some(&tokens("a"))).await, Some(first));
    let late = store.swap(SITE, None, Some(&tokens("b"))).await.unwrap();
    let Swap::Stale(now) = late else { panic!("{late:?}") };
    assert_eq!(names(now.as_ref()), Some("access-a"));
    let short = Tokens { refresh: None, lifetime: Some(Duration::from_secs(120)), ..tokens("b") };
    let second = stored(store, SITE, Some(first), Some(&short)).await;
    assert_ne!(first, second);
    assert_eq!(holds(store, SITE, Some(&short)).await, Some(second));
    let late = store.claim(SITE, first).await.unwrap();
    let Claim::Stale(now) = late else { panic!("{late:?}") };
    assert_eq!(names(now.as_ref()), Some("access-b"));
    second
}

/// There is one claim at a time, and only of the current version. Returns the version of the tokens `c`, which are stored
/// then.
async fn check_claim(store: &dyn TokenStore, second: Version) -> Version {
    let held = store.claim(SITE, second).await.unwrap();
    assert!(matches!(held, Claim::Won(_)), "{held:?}");
    let other = store.claim(SITE, second).await.unwrap();
    assert!(matches!(other, Claim::Taken), "{other:?}");
    let third = stored(store, SITE, Some(second), Some(&tokens("c"))).await;
    drop(held);
    let late = store.claim(SITE, second).await.unwrap();
    assert!(matches!(late, Claim::Stale(Some(_))), "{late:?}");
    let again = store.claim(SITE, third).await.unwrap();
    assert!(matches!(again, Claim::Won(_)), "{again:?}");
    drop(again);
    third
}

/// Changing the tokens of one site leaves those of another alone.
async fn check_other_sites(store: &dyn TokenStore, third: Version) {
    stored(store, OTHER, None, Some(&tokens("o"))).await;
    holds(store, SITE, Some(&tokens("c"))).await;
    stored(store, SITE, Some(third), None).await;
    holds(store, SITE, None).await;
    holds(store, OTHER, Some(&tokens("o"))).await;
    let gone = store.claim(SITE, third).await.unwrap();
    assert!(matches!(gone, Claim::Stale(None)), "{gone:?}");
    let gone = store.swap(SITE, Some(third), Some(&tokens("d"))).await.unwrap();
    assert!(matches!(gone, Swap::Stale(None)), "{gone:?}");
}
