//! The store on a real database.

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

use tempo_mcp_core::{
    config::credentials::Credentials,
    domain::tenant::TenantId,
    ports::{Entropy, EntropyError},
    seal::{ServerKey, TenantHash},
};
use tempo_mcp_service::{
    ports::Database,
    store::{
        Store, StoreError,
        tenants::{Person, TenantFilter},
        writes::RecordedWrite,
    },
};

use crate::support::sqlite_database::Sqlite;

const DAY: &str = "2026-03-18";

fn key(name: &str) -> ServerKey {
    ServerKey::new(format!("the key of this server that is called {name}").into())
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
    Person { account: "712020:a".parse().unwrap(), email: Some("A@example.com".to_owned().into()) }
}

/// Different bytes with every call.
struct Counting;

static NEXT: AtomicU8 = AtomicU8::new(0);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        bytes.fill(NEXT.fetch_add(1, Ordering::Relaxed));
        Ok(())
    }
}

async fn store(database: &Sqlite, current: &str, previous: &[&str]) -> Result<Store, StoreError> {
    let previous = previous.iter().map(|it| key(it)).collect();
    Store::open(Arc::new(database.clone()), Arc::new(Counting), key(current), previous).await
}

async fn token(store: &Store, id: &TenantId) -> Option<String> {
    use secrecy::ExposeSecret;
    store.load(id).await.unwrap().map(|it| it.tempo_api_token.expose_secret().to_owned())
}

/// Everything in the database, as an attacker would read it.
async fn dump(database: &Sqlite) -> String {
    let mut res = String::new();
    for table in ["server_keys", "tenants", "writes", "audit_events"] {
        res.push_str(&format!("{:?}", database.query(&format!("SELECT * FROM {table}"), &[]).await.unwrap()));
    }
    res
}

#[tokio::test]
async fn tenant_is_created_rotated_and_deleted() {
    let database = Sqlite::new();
    let store = store(&database, "one", &[]).await.unwrap();
    let id = store.create(&credentials("first"), &person(), "acme.example.com", DAY).await.unwrap();
    assert_eq!(token(&store, &id).await.as_deref(), Some("first"));

    let new = store.new_id().unwrap();
    assert!(store.rotate(&id, &new).await.unwrap());
    assert_eq!((token(&store, &id).await, token(&store, &new).await.as_deref()), (None, Some("first")));
    assert!(!store.rotate(&id, &store.new_id().unwrap()).await.unwrap());

    assert_eq!(store.delete(&[TenantHash::of(&new)]).await.unwrap(), 1);
    assert_eq!(token(&store, &new).await, None);
    assert!(!dump(&database).await.contains(TenantHash::of(&new).as_str()));
}

#[tokio::test]
async fn database_dump_reveals_no_secret() {
    let database = Sqlite::new();
    let store = store(&database, "one", &[]).await.unwrap();
    let id = store.create(&credentials("tempo-secret"), &person(), "acme.example.com", DAY).await.unwrap();
    let dump = dump(&database).await.to_lowercase();
    for secret in ["tempo-secret", "jira-token", "a@example.com", "712020:a", &id.expose().to_lowercase()] {
        assert!(!dump.contains(secret), "{secret}");
    }
    // With the server's key but without the tenant's id, the inner seal still does not open.
    let row = database.query("SELECT record, sealed FROM tenants", &[]).await.unwrap().remove(0);
    let other = TenantId::from_random([7; 16]);
    database
        .batch(&[("UPDATE tenants SET record = ?1", vec![TenantHash::of(&other).as_str().into()])])
        .await
        .unwrap();
    assert_eq!(store.load(&other).await.unwrap_err(), StoreError::Unreadable);
    assert!(!row.text("sealed").is_empty());
}

#[tokio::test]
async fn urls_keep_working_after_key_rotation() {
    let database = Sqlite::new();
    let first = store(&database, "one", &[]).await.unwrap();
    let id = first.create(&credentials("t"), &person(), "acme.example.com", DAY).await.unwrap();
    let wrong = store(&database, "two", &[]).await.map(drop).unwrap_err();
    assert_eq!(wrong, StoreError::WrongKey(vec![key("one").id().to_owned()]));

    let second = store(&database, "two", &["one"]).await.unwrap();
    assert_eq!(token(&second, &id).await.as_deref(), Some("t"));
    assert_eq!(second.renew_seals(10).await.unwrap(), 1);
    assert_eq!(second.renew_seals(10).await.unwrap(), 0);

    let alone = store(&database, "two", &[]).await.unwrap();
    assert_eq!(token(&alone, &id).await.as_deref(), Some("t"));
    assert_eq!(
        alone.list(&TenantFilter::Email("a@EXAMPLE.com".into())).await.unwrap().len(),
        1,
        "tags do not depend on the key"
    );
    assert!(store(&database, "one", &[]).await.is_err(), "the old key no longer opens the database");
}

#[tokio::test]
async fn operator_finds_tenants_without_decrypting_them() {
    let database = Sqlite::new();
    let store = store(&database, "one", &[]).await.unwrap();
    let id = store.create(&credentials("t"), &person(), "acme.example.com", "2026-01-01").await.unwrap();
    store.note_use(&id, DAY).await.unwrap();
    store.note_use(&id, "2026-02-01").await.unwrap();
    let short = TenantHash::of(&id).short().to_owned();
    for which in [
        TenantFilter::All,
        TenantFilter::ShortName(short),
        TenantFilter::Email("a@example.com".into()),
        TenantFilter::Account("712020:a".into()),
        TenantFilter::IdleSince("2026-03-19".into()),
    ] {
        let found = store.list(&which).await.unwrap();
        assert_eq!((found.len(), found[0].used_on.as_deref()), (1, Some(DAY)), "{which:?}");
    }
    for which in [
        TenantFilter::ShortName("abc".into()),
        TenantFilter::Email("b@example.com".into()),
        TenantFilter::IdleSince(DAY.into()),
    ] {
        assert_eq!(store.list(&which).await.unwrap(), [], "{which:?}");
    }
}

#[tokio::test]
async fn unused_tenant_counts_as_idle_from_its_setup() {
    let store = store(&Sqlite::new(), "one", &[]).await.unwrap();
    store.create(&credentials("t"), &person(), "acme.example.com", DAY).await.unwrap();
    assert_eq!(store.list(&TenantFilter::All).await.unwrap()[0].used_on, None);
    let idle = async |since: &str| store.list(&TenantFilter::IdleSince(since.into())).await.unwrap().len();
    assert_eq!((idle(DAY).await, idle("2026-03-19").await), (0, 1));
}

#[tokio::test]
async fn database_of_a_newer_version_is_not_touched() {
    let database = Sqlite::new();
    store(&database, "one", &[]).await.unwrap();
    database.batch(&[("INSERT INTO migrations (number) VALUES (99)", Vec::new())]).await.unwrap();
    let refused = store(&database, "one", &[]).await.map(drop);
    assert_eq!(refused, Err(StoreError::NewerSchema(99)));
}

#[tokio::test]
async fn database_without_migrations_is_reported_as_old() {
    let database = Arc::new(Sqlite::new());
    let open = async || {
        let entropy = Arc::new(Counting);
        Store::open_migrated(database.clone(), entropy, key("one"), Vec::new(), None).await
    };
    assert_eq!(open().await.map(drop), Err(StoreError::OldSchema(1)));
    store(&database, "one", &[]).await.unwrap();
    assert_eq!(open().await.map(drop), Ok(()));
}

#[tokio::test]
async fn only_the_last_fifty_writes_are_stored() {
    let database = Sqlite::new();
    let store = store(&database, "one", &[]).await.unwrap();
    let id = store.create(&credentials("t"), &person(), "acme.example.com", DAY).await.unwrap();
    for i in 0..60 {
        let write = RecordedWrite {
            at: format!("{i:02}"),
            tool: "createWorklog".into(),
            worklog: "7001".into(),
            outcome: "ok".into(),
        };
        store.record_write(&TenantHash::of(&id), &write).await.unwrap();
    }
    let kept = store.writes(&id).await.unwrap();
    assert_eq!((kept.len(), kept[0].at.as_str(), kept[49].at.as_str()), (50, "59", "10"));
    let unknown = TenantId::from_random([250; 16]);
    store.record_write(&TenantHash::of(&unknown), &kept[0]).await.unwrap();
    assert_eq!(store.writes(&unknown).await.unwrap(), [], "writes of unknown tenants are not stored");
}
