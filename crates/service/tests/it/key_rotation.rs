//! Keys: which ones a database accepts, and what happens to a running service whose key is rotated.

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

use async_trait::async_trait;
use axum::body::Body;
use http::Request;
use secrecy::ExposeSecret;
use tempo_mcp_core::{
    config::credentials::Credentials,
    domain::tenant::TenantId,
    ports::{Entropy, EntropyError},
    seal::{KeyWeakness, ServerKey},
};
use tempo_mcp_service::{
    ports::{Cell, Database, DatabaseError, Legacy},
    store::{
        Store, StoreError,
        tenants::{Person, TenantFilter},
    },
};

use crate::support::{
    browser::Browser,
    hosted::{Counted, Hosted, KEY, options, plain},
    sqlite_database::Sqlite,
};

const DAY: &str = "2026-03-18";
const HOST: &str = "acme.example.com";
const ONE: &str = "the first key is long enough for anybody";
const TWO: &str = "the second key is long enough for anybody";

struct Counting;

static NEXT: AtomicU8 = AtomicU8::new(0);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        bytes.fill(NEXT.fetch_add(1, Ordering::Relaxed));
        Ok(())
    }
}

fn key(text: &str) -> ServerKey {
    ServerKey::new(text.to_owned().into())
}

async fn open(
    database: &(impl Database + Clone + 'static),
    current: &str,
    previous: &[&str],
) -> Result<Store, StoreError> {
    let previous = previous.iter().map(|it| key(it)).collect();
    Store::open(Arc::new(database.clone()), Arc::new(Counting), key(current), previous).await
}

fn credentials(token: &str) -> Credentials {
    Credentials {
        tempo_api_token: token.to_owned().into(),
        jira_base_url: "https://acme.example.com".into(),
        jira_email: Some("a@example.com".to_owned().into()),
        jira_api_token: "jira-token".to_owned().into(),
        account_field: None,
    }
}

fn person() -> Person {
    Person { account: "712020:a".parse().unwrap(), email: Some("a@example.com".to_owned().into()) }
}

async fn create(store: &Store, token: &str) -> Result<TenantId, StoreError> {
    store.create(&credentials(token), &person(), HOST, DAY).await
}

async fn token(store: &Store, id: &TenantId) -> String {
    store.load(id).await.unwrap().unwrap().tempo_api_token.expose_secret().to_owned()
}

fn wrong_key() -> StoreError {
    StoreError::WrongKey(vec![key(TWO).id().to_owned()])
}

#[tokio::test]
async fn service_with_a_rotated_key_stores_nothing() {
    let database = Sqlite::new();
    let old = open(&database, ONE, &[]).await.unwrap();
    let id = create(&old, "first").await.unwrap();
    let opened = old.open_row(&id).await.unwrap().unwrap();
    let new = open(&database, TWO, &[ONE]).await.unwrap();
    assert_eq!(new.renew_seals(10).await.unwrap(), 1);

    assert_eq!(create(&old, "second").await.unwrap_err(), wrong_key());
    assert_eq!(old.sign_up(&credentials("second"), &person(), HOST, DAY, 10).await.unwrap_err(), wrong_key());
    assert_eq!(old.replace(&id, &opened, &credentials("other"), &person()).await.unwrap_err(), wrong_key());
    assert_eq!(old.rotate(&id, &old.new_id().unwrap()).await.unwrap_err(), wrong_key());
    assert_eq!(old.check().await.unwrap_err(), wrong_key());
    // Not "unknown", which would be a 404 for everyone.
    let unknown = TenantId::from_random([250; 16]);
    for id in [&id, &unknown] {
        assert_eq!(old.read_row(id).await.map(|it| it.is_some()).unwrap_err(), wrong_key());
    }
    assert_eq!(token(&new, &id).await, "first");
    assert_eq!(new.list(&TenantFilter::All).await.unwrap().len(), 1);
}

/// The key's row is dropped after the tenant's row was read, so the statement itself has to notice.
#[tokio::test]
async fn change_that_began_before_a_rotation_is_refused() {
    let database = Counted::new();
    let old = open(&database, ONE, &[]).await.unwrap();
    let id = create(&old, "first").await.unwrap();
    let new = open(&database, TWO, &[ONE]).await.unwrap();
    let opened = old.open_row(&id).await.unwrap().unwrap();
    let (read, go) = database.hold_next();
    let drop_key = async {
        read.await.unwrap();
        let sql = "DELETE FROM server_keys WHERE key_id = ?1";
        database.batch(&[(sql, vec![Cell::from(key(ONE).id())])]).await.unwrap();
        go.send(()).unwrap();
    };
    let new_id = old.new_id().unwrap();
    let (rotated, ()) = futures::future::join(old.rotate(&id, &new_id), drop_key).await;
    assert_eq!(rotated.unwrap_err(), wrong_key());
    let replaced = old.replace(&id, &opened, &credentials("other"), &person()).await;
    assert_eq!(replaced.unwrap_err(), wrong_key());
    assert_eq!(token(&new, &id).await, "first", "the tenant is as it was");
    assert!(new.load(&new_id).await.unwrap().is_none());
}

#[tokio::test]
async fn row_stored_during_a_rotation_is_renewed_too() {
    let database = Counted::new();
    let old = open(&database, ONE, &[]).await.unwrap();
    let first = create(&old, "first").await.unwrap();
    let new = open(&database, TWO, &[ONE]).await.unwrap();
    let (read, go) = database.hold_next();
    let meanwhile = async {
        read.await.unwrap();
        // The rotation has already read the rows, so it does not know this one.
        let second = create(&old, "second").await.unwrap();
        go.send(()).unwrap();
        second
    };
    let (renewed, second) = futures::future::join(new.renew_seals(10), meanwhile).await;
    assert_eq!(renewed.unwrap(), 2);
    let alone = open(&database, TWO, &[]).await.unwrap();
    assert_eq!(
        (token(&alone, &first).await, token(&alone, &second).await),
        ("first".into(), "second".into())
    );
    assert_eq!(alone.check().await, Ok(()));
}

#[tokio::test]
async fn new_database_takes_only_a_strong_key() {
    for (text, weakness) in
        [("", KeyWeakness::Empty), ("short", KeyWeakness::Short), (&"a".repeat(32), KeyWeakness::Repetitive)]
    {
        let refused = open(&Sqlite::new(), text, &[]).await.map(drop);
        assert_eq!(refused, Err(StoreError::WeakKey(weakness)), "{text}");
    }
    let database = Sqlite::new();
    open(&database, ONE, &[]).await.unwrap();
    let refused = open(&database, "short", &[ONE]).await.map(drop);
    assert_eq!(refused, Err(StoreError::WeakKey(KeyWeakness::Short)), "nothing new is sealed with it");
}

/// The records of the TypeScript server: an empty store.
struct NoRecords;

#[async_trait]
impl Legacy for NoRecords {
    async fn load(&self, _: &TenantId) -> Result<Option<String>, DatabaseError> {
        Ok(None)
    }

    async fn delete(&self, _: &TenantId) -> Result<(), DatabaseError> {
        Ok(())
    }
}

#[tokio::test]
async fn existing_database_accepts_its_short_key() {
    let database = Sqlite::new();
    open(&database, ONE, &[]).await.unwrap();
    database.batch(&[("DELETE FROM server_keys", Vec::new())]).await.unwrap();
    let open_migrated = async |legacy: Option<Arc<dyn Legacy>>| {
        let (database, entropy) = (Arc::new(database.clone()), Arc::new(Counting));
        Store::open_migrated(database, entropy, key("short"), Vec::new(), legacy).await
    };
    let refused = open_migrated(None).await.map(drop);
    assert_eq!(refused, Err(StoreError::WeakKey(KeyWeakness::Short)));
    // The TypeScript server accepted any key, and its records are imported under the same one.
    let short = open_migrated(Some(Arc::new(NoRecords))).await.unwrap();
    let id = create(&short, "t").await.unwrap();
    assert_eq!(token(&open_migrated(None).await.unwrap(), &id).await, "t");
    assert_eq!(token(&open(&database, "short", &[]).await.unwrap(), &id).await, "t");
    let new = open(&database, TWO, &["short"]).await.unwrap();
    assert_eq!(new.renew_seals(10).await.unwrap(), 1);
    assert_eq!(token(&new, &id).await, "t");
}

async fn ready(hosted: &Hosted) -> (u16, String) {
    let answer = hosted.send(Request::get("/readyz").body(Body::empty()).unwrap()).await;
    (answer.status().as_u16(), String::from_utf8(answer.body().to_vec()).unwrap())
}

#[tokio::test(start_paused = true)]
async fn newer_key_in_the_database_stops_readiness_and_sign_up() {
    let hosted = plain().await;
    // A new key that seals no tenant yet must not stop the service.
    let newer = open(&hosted.database, TWO, &[KEY]).await.unwrap();
    assert_eq!(ready(&hosted).await, (200, "ok".into()));
    create(&newer, "t").await.unwrap();
    let (status, text) = ready(&hosted).await;
    assert!(
        status == 503 && text.contains("a newer encryption key") && !text.contains(key(TWO).id()),
        "{text}"
    );
    let mut browser = Browser::open(&hosted, "/setup").await;
    let (status, page) = browser.post(&crate::url_limit::FIELDS).await;
    assert_eq!(status, 503, "{page}");
    assert!(page.contains("cannot store anything at the moment"), "{page}");
    newer.renew_seals(10).await.unwrap();
    let (status, text) = ready(&hosted).await;
    assert!(status == 503 && text.contains("does not fit the database"), "{text}");
    let call = hosted.call(&hosted.alex, 1, "searchIssues", serde_json::json!({ "text": "WEB-12" })).await;
    assert_eq!(call.status(), 503, "not 404");
}

#[tokio::test(start_paused = true)]
async fn service_without_a_free_permit_is_not_ready() {
    let hosted = crate::support::hosted::hosted(
        tempo_mcp_service::options::Options { calls: 0, ..options() },
        usize::MAX,
    )
    .await;
    assert_eq!(ready(&hosted).await, (503, "too many calls are in progress".into()));
}
