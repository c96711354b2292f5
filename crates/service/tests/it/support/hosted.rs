//! A hosted service on the simulated vendors with two tenants, which most tests start from.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use axum::{Router, body::Body, http::Response};
use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use tempo_mcp_core::{
    config::{credentials::Credentials, jira_hosts::JiraHosts},
    domain::tenant::TenantId,
    ports::{Entropy, EntropyError},
    seal::ServerKey,
};
use tempo_mcp_service::{
    http::{ClientAddress, metrics_router, router, state::State},
    options::{ClientAddresses, Options, Origins},
    ports::{Breadth, Cell, Database, DatabaseError, Legacy, Limit, RateLimiter, Row},
    store::{Store, tenants::Person},
};
use tempo_sandbox::{
    COLLEAGUE_ACCOUNT_ID, COLLEAGUE_EMAIL, COLLEAGUE_JIRA_TOKEN, COLLEAGUE_TEMPO_TOKEN, JIRA_TOKEN,
    MAIN_ACCOUNT_ID, MAIN_EMAIL, Sandbox, TEMPO_TOKEN,
};
use tokio::sync::oneshot;
use tower::ServiceExt;

use crate::support::sqlite_database::Sqlite;
use tempo_test_support::site::{TODAY, ports};

pub(crate) const BASE: &str = "http://sandbox.localhost/";

/// A service on the simulated vendors, with two tenants.
pub(crate) struct Hosted {
    router: Router,
    metrics: Router,
    pub(crate) store: Store,
    pub(crate) sandbox: Sandbox,
    pub(crate) database: Counted,
    pub(crate) alex: TenantId,
    pub(crate) priya: TenantId,
}

struct Sequence(Mutex<u8>);

impl Entropy for Sequence {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        let mut next = self.0.lock().unwrap();
        *next = next.wrapping_add(1);
        bytes.fill(*next);
        Ok(())
    }
}

/// A database that counts its uses, and can delay a read or fail a write.
#[derive(Clone)]
pub(crate) struct Counted {
    database: Sqlite,
    counts: Arc<Mutex<Counts>>,
    held: Arc<Mutex<Option<Held>>>,
}

#[derive(Default)]
struct Counts {
    reads: usize,
    writes: usize,
    /// How many of the next writes fail.
    failing: usize,
    /// How SQLite finds the rows of each read.
    plans: Vec<String>,
    /// The statements so far, from the moment they are wanted.
    statements: Option<Vec<String>>,
}

impl Counts {
    fn note(&mut self, sql: &str) {
        self.statements.iter_mut().for_each(|it| it.push(sql.to_owned()));
    }
}

/// Sends when the rows have been read, and waits for the permission to return them.
type Held = (oneshot::Sender<()>, oneshot::Receiver<()>);

impl Counted {
    pub(crate) fn new() -> Self {
        Self { database: Sqlite::new(), counts: Arc::default(), held: Arc::default() }
    }

    pub(crate) fn reads(&self) -> usize {
        self.counts.lock().unwrap().reads
    }

    /// How SQLite found the rows of the reads since the last time.
    pub(crate) fn take_plans(&self) -> Vec<String> {
        std::mem::take(&mut self.counts.lock().unwrap().plans)
    }

    pub(crate) fn writes(&self) -> usize {
        self.counts.lock().unwrap().writes
    }

    /// Records every statement from now on.
    pub(crate) fn record(&self) {
        self.counts.lock().unwrap().statements = Some(Vec::new());
    }

    /// The statements since [`Self::record`], and no more of them.
    pub(crate) fn recorded(&self) -> Vec<String> {
        self.counts.lock().unwrap().statements.take().unwrap()
    }

    pub(crate) fn fail_next_write(&self) {
        self.counts.lock().unwrap().failing += 1;
    }

    /// Delays the next read: the receiver resolves when it has its rows, and the sender lets it return them.
    pub(crate) fn hold_next(&self) -> (oneshot::Receiver<()>, oneshot::Sender<()>) {
        let ((read, is_read), (go, may_go)) = (oneshot::channel(), oneshot::channel());
        *self.held.lock().unwrap() = Some((read, may_go));
        (is_read, go)
    }
}

#[async_trait]
impl Database for Counted {
    async fn query(&self, sql: &str, params: &[Cell]) -> Result<Vec<Row>, DatabaseError> {
        if sql.starts_with("EXPLAIN") {
            return self.database.query(sql, params).await;
        }
        let plan = self.database.query(&format!("EXPLAIN QUERY PLAN {sql}"), params).await?;
        {
            let mut counts = self.counts.lock().unwrap();
            counts.reads += 1;
            counts.note(sql);
            counts.plans.extend(plan.iter().map(|it| it.text("detail")));
        }
        let rows = self.database.query(sql, params).await;
        let held = self.held.lock().unwrap().take();
        if let Some((read, may_go)) = held {
            read.send(()).unwrap();
            may_go.await.unwrap();
        }
        rows
    }

    async fn batch(&self, statements: &[(&str, Vec<Cell>)]) -> Result<Vec<u64>, DatabaseError> {
        {
            let mut counts = self.counts.lock().unwrap();
            counts.writes += 1;
            statements.iter().for_each(|(sql, _)| counts.note(sql));
            if let Some(fewer) = counts.failing.checked_sub(1) {
                counts.failing = fewer;
                return Err(DatabaseError::Failed("busy".into()));
            }
        }
        self.database.batch(statements).await
    }
}

/// Allows this many attempts of each kind and key, and twice as many forms.
struct AtMost(usize, Mutex<HashMap<(Limit, Breadth, String), usize>>);

#[async_trait]
impl RateLimiter for AtMost {
    async fn check(&self, limit: Limit, breadth: Breadth, key: &str) -> Result<(), Duration> {
        let mut counts = self.1.lock().unwrap();
        let count = counts.entry((limit, breadth, key.to_owned())).or_default();
        *count += 1;
        let most = if limit == Limit::Form { self.0.saturating_mul(2) } else { self.0 };
        if *count <= most { Ok(()) } else { Err(Duration::from_millis(1500)) }
    }
}

pub(crate) fn options() -> Options {
    Options {
        origins: Origins::Any,
        hosts: Vec::new(),
        tempo: BASE.parse().unwrap(),
        gateway: BASE.parse().unwrap(),
        jira_hosts: JiraHosts::parse(BASE.trim_end_matches('/')).unwrap(),
        public_url: None,
        pacing: false,
        lifetime: Duration::from_secs(60),
        urls_per_account: 10,
        calls_per_tenant: 8,
        calls: 100,
        client_addresses: ClientAddresses::Plain,
        outbound: None,
        security_contact: None,
    }
}

async fn tenant(store: &Store, account: &str, email: &str, tempo: &str, jira: &str) -> TenantId {
    let credentials = Credentials {
        tempo_api_token: tempo.to_owned().into(),
        jira_base_url: BASE.into(),
        jira_email: Some(email.to_owned().into()),
        jira_api_token: jira.to_owned().into(),
        account_field: None,
    };
    let person = Person { account: account.parse().unwrap(), email: None };
    store.create(&credentials, &person, "sandbox.localhost", TODAY).await.unwrap()
}

pub(crate) const KEY: &str = "a key of the server that is long enough";

pub(crate) async fn hosted(options: Options, most: usize) -> Hosted {
    moving(options, most, None).await
}

/// A service with the records of the TypeScript server.
pub(crate) async fn moving(options: Options, most: usize, legacy: Option<Arc<dyn Legacy>>) -> Hosted {
    let sandbox = Sandbox::new(tempo_sandbox::Options { today: Some(TODAY.parse().unwrap()) });
    let database = Counted::new();
    let entropy = Arc::new(Sequence(Mutex::new(0)));
    let key = ServerKey::new(KEY.to_owned().into());
    let store = Store::open(Arc::new(database.clone()), entropy.clone(), key, Vec::new()).await.unwrap();
    let store = match legacy {
        Some(legacy) => store.with_legacy(legacy),
        None => store,
    };
    let alex = tenant(&store, MAIN_ACCOUNT_ID, MAIN_EMAIL, TEMPO_TOKEN, JIRA_TOKEN).await;
    let (tempo, jira) = (COLLEAGUE_TEMPO_TOKEN, COLLEAGUE_JIRA_TOKEN);
    let priya = tenant(&store, COLLEAGUE_ACCOUNT_ID, COLLEAGUE_EMAIL, tempo, jira).await;
    let limiter = Arc::new(AtMost(most, Mutex::default()));
    let service = State::new(None, options, store.clone(), ports(&sandbox), entropy, limiter);
    Hosted {
        metrics: metrics_router(service.clone()),
        router: router(service),
        store,
        sandbox,
        database,
        alex,
        priya,
    }
}

pub(crate) async fn plain() -> Hosted {
    hosted(options(), usize::MAX).await
}

impl Hosted {
    pub(crate) async fn send(&self, request: Request<Body>) -> Response<Bytes> {
        let (head, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        Response::from_parts(head, axum::body::to_bytes(body, usize::MAX).await.unwrap())
    }

    pub(crate) async fn metrics(&self) -> String {
        let request = Request::get("/metrics").body(Body::empty()).unwrap();
        let answer = self.metrics.clone().oneshot(request).await.unwrap();
        let text = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        String::from_utf8(text.to_vec()).unwrap()
    }

    /// A tool call of a legacy client.
    pub(crate) async fn call(
        &self,
        id: &TenantId,
        number: u64,
        tool: &str,
        arguments: Value,
    ) -> Response<Bytes> {
        self.send(call(id.expose(), number, tool, arguments)).await
    }
}

pub(crate) fn post(path: &str, body: impl Into<Body>) -> Request<Body> {
    let mut request =
        Request::post(path).header("content-type", "application/json").body(body.into()).unwrap();
    request.extensions_mut().insert(ClientAddress("192.0.2.1".into()));
    request
}

pub(crate) fn call(id: &str, number: u64, tool: &str, arguments: Value) -> Request<Body> {
    let params = json!({ "name": tool, "arguments": arguments });
    post(
        &format!("/mcp/{id}"),
        json!({ "jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params }).to_string(),
    )
}
