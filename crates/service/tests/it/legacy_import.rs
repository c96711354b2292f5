//! Importing tenants of the TypeScript server: once, and never again after they were deleted.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use aes_gcm::{Aes256Gcm, KeyInit, aead::Aead};
use async_trait::async_trait;
use base64::{Engine, prelude::BASE64_STANDARD};
use http::StatusCode;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempo_mcp_core::{domain::tenant::TenantId, seal::TenantHash};
use tempo_mcp_service::{
    options::Options,
    ports::{DatabaseError, Legacy},
    store::tenants::{Person, TenantFilter},
};
use tempo_sandbox::{
    COLLEAGUE_ACCOUNT_ID, COLLEAGUE_EMAIL, JIRA_TOKEN, MAIN_ACCOUNT_ID, MAIN_EMAIL, TEMPO_TOKEN,
};

use crate::support::{
    browser::Browser,
    hosted::{BASE, Hosted, KEY, moving, options},
};

const ID: &str = "u_0123456789abcdefghijKL";

/// The records of the TypeScript server. They can refuse to be deleted, like a store that is eventually consistent.
#[derive(Clone, Default)]
struct Records {
    stored: Arc<Mutex<HashMap<String, String>>>,
    stubborn: bool,
    reads: Arc<Mutex<usize>>,
}

impl Records {
    fn of(id: &str, key: &str, record: &Value) -> Self {
        let cipher = Aes256Gcm::new_from_slice(&Sha256::digest(key)).unwrap();
        let nonce = [9; 12];
        let sealed = cipher.encrypt(&nonce.into(), record.to_string().as_bytes()).unwrap();
        let text = BASE64_STANDARD.encode([nonce.as_slice(), &sealed].concat());
        Self { stored: Arc::new(Mutex::new([(id.to_owned(), text)].into())), ..Self::default() }
    }

    fn stubborn(self) -> Self {
        Self { stubborn: true, ..self }
    }

    fn is_empty(&self) -> bool {
        self.stored.lock().unwrap().is_empty()
    }
}

#[async_trait]
impl Legacy for Records {
    async fn load(&self, id: &TenantId) -> Result<Option<String>, DatabaseError> {
        *self.reads.lock().unwrap() += 1;
        Ok(self.stored.lock().unwrap().get(id.expose()).cloned())
    }

    async fn delete(&self, id: &TenantId) -> Result<(), DatabaseError> {
        if self.stubborn {
            return Err(DatabaseError::Failed("not now".into()));
        }
        self.stored.lock().unwrap().remove(id.expose());
        Ok(())
    }
}

fn record() -> Value {
    json!({
        "tempoApiToken": TEMPO_TOKEN,
        "jiraBaseUrl": BASE,
        "jiraAuthType": "basic",
        "jiraApiToken": JIRA_TOKEN,
        "jiraEmail": MAIN_EMAIL,
    })
}

async fn service(records: &Records) -> Hosted {
    moving(options(), usize::MAX, Some(Arc::new(records.clone()))).await
}

async fn status(hosted: &Hosted, id: &TenantId) -> StatusCode {
    let week = json!({ "startDate": "2026-03-16", "endDate": "2026-03-18" });
    let answer = hosted.call(id, 1, "retrieveWorklogs", week).await;
    let text = String::from_utf8_lossy(answer.body()).into_owned();
    assert!(!answer.status().is_success() || text.contains("\"isError\":false"), "{text}");
    answer.status()
}

fn id() -> TenantId {
    ID.parse().unwrap()
}

#[tokio::test(start_paused = true)]
async fn legacy_url_keeps_working_and_its_old_record_is_deleted() {
    let records = Records::of(ID, KEY, &record());
    let hosted = service(&records).await;
    assert_eq!(status(&hosted, &id()).await, StatusCode::OK);
    assert!(records.is_empty());
    let reads = *records.reads.lock().unwrap();
    assert_eq!(status(&hosted, &id()).await, StatusCode::OK);
    assert_eq!(*records.reads.lock().unwrap(), reads, "imported once");
}

/// Looking for an id that never existed costs one read of each store, on every way in.
#[tokio::test(start_paused = true)]
async fn unknown_id_costs_one_read_of_each_store() {
    let records = Records::of(ID, KEY, &record());
    let hosted = service(&records).await;
    let counts = || (hosted.database.reads(), *records.reads.lock().unwrap());
    let unknown = TenantId::from_random([200; 16]);
    let before = counts();
    assert_eq!(status(&hosted, &unknown).await, StatusCode::NOT_FOUND);
    assert_eq!(counts(), (before.0 + 1, before.1 + 1));
    let mut browser = Browser::open(&hosted, "/manage").await;
    let before = counts();
    assert_eq!(browser.open_url(&unknown).await.0, StatusCode::NOT_FOUND);
    assert_eq!(counts(), (before.0 + 1, before.1 + 1));
    // A revoked id is not looked up in the old records again.
    hosted.store.delete(&[TenantHash::of(&hosted.priya)]).await.unwrap();
    let before = counts();
    assert_eq!(status(&hosted, &hosted.priya).await, StatusCode::NOT_FOUND);
    assert_eq!(counts(), (before.0 + 1, before.1));
}

/// The old records contain the e-mail address, and not the account.
#[tokio::test(start_paused = true)]
async fn imported_tenant_is_known_by_email_until_tokens_are_replaced() {
    let hosted = service(&Records::of(ID, KEY, &record())).await;
    assert_eq!(status(&hosted, &id()).await, StatusCode::OK);
    let (_, _, page) = Browser::sign_up(&hosted).await;
    assert!(page.contains("2 previous URLs"), "the imported one, too: {page}");

    let store = &hosted.store;
    let opened = store.open_row(&id()).await.unwrap().unwrap();
    let mut credentials = opened.credentials.clone();
    let alex = Person::of(&MAIN_ACCOUNT_ID.parse().unwrap(), &credentials);
    credentials.jira_email = Some(COLLEAGUE_EMAIL.to_owned().into());
    let priya = Person::of(&COLLEAGUE_ACCOUNT_ID.parse().unwrap(), &credentials);
    assert!(store.is_of(&id(), &alex).await.unwrap() && !store.is_of(&id(), &priya).await.unwrap());
    let of_account = || async {
        store
            .list(&TenantFilter::Account(MAIN_ACCOUNT_ID.into()))
            .await
            .unwrap()
            .iter()
            .any(|it| it.hash == TenantHash::of(&id()))
    };
    assert!(!of_account().await);
    assert!(store.replace(&id(), &opened, &opened.credentials, &alex).await.unwrap());
    assert!(of_account().await);
}

#[tokio::test(start_paused = true)]
async fn deleted_or_replaced_legacy_url_never_works_again() {
    for rotates in [false, true] {
        // Without the cache of tenants every call reads the row, as on Workers.
        let records = Records::of(ID, KEY, &record()).stubborn();
        let options = Options { lifetime: std::time::Duration::ZERO, ..options() };
        let hosted = moving(options, usize::MAX, Some(Arc::new(records.clone()))).await;
        assert_eq!(status(&hosted, &id()).await, StatusCode::OK);
        if rotates {
            let new = hosted.store.new_id().unwrap();
            assert!(hosted.store.rotate(&id(), &new).await.unwrap());
            assert_eq!(status(&hosted, &new).await, StatusCode::OK);
        } else {
            hosted.store.delete(&[TenantHash::of(&id())]).await.unwrap();
        }
        assert!(!records.is_empty(), "the old record still exists");
        assert_eq!(status(&hosted, &id()).await, StatusCode::NOT_FOUND);
        // Nor does an import that had read the old record before.
        let credentials = hosted.store.load(&hosted.alex).await.unwrap().unwrap();
        hosted.store.import(&id(), &credentials, "sandbox.localhost", "2026-03-18").await.unwrap();
        assert_eq!(status(&hosted, &id()).await, StatusCode::NOT_FOUND);
    }
}

#[tokio::test(start_paused = true)]
async fn unreadable_or_disallowed_legacy_record_is_not_imported() {
    let with = |field: &str, value: Value| {
        let mut record = record();
        record[field] = value;
        Records::of(ID, KEY, &record)
    };
    for records in [
        Records::of(ID, "another key", &record()),
        Records::of(ID, KEY, &json!({ "tempoApiToken": "x" })),
        with("jiraBaseUrl", json!("https://169.254.169.254")),
        with("jiraBaseUrl", json!("http://elsewhere.localhost")),
        with("tempoApiToken", json!("")),
    ] {
        let hosted = service(&records).await;
        assert_eq!(status(&hosted, &id()).await, StatusCode::NOT_FOUND);
        assert!(!records.is_empty(), "the old record is stored");
    }
}
