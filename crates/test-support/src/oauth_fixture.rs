//! A person who signs in with the simulated login, and a token store in memory: where every test of signing in starts.

use std::{
    any::Any,
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use tempo_mcp_core::{
    config::{JiraAuth, Loaded},
    oauth::{AuthorizationRequest, Callback},
    ports::{
        Caller, Claim, Entropy, EntropyError, PromptOutcome, Swap, TokenStore, TokenStoreError, Tokens,
        Version, Versioned,
    },
    tokens::{SignIn, Source},
    tools::Context,
    upstream,
};
use tempo_sandbox::{OAUTH_CLIENT_ID, OAUTH_CLIENT_SECRET, Options, Sandbox};
use url::Url;

use crate::site::{Site, TODAY, ports};

pub const BASE: &str = "http://sandbox.localhost";

/// The smallest token store: versions and claims, in memory.
#[derive(Default)]
pub struct Memory {
    rows: Mutex<HashMap<String, Versioned>>,
    last: AtomicU64,
    claimed: Arc<Mutex<bool>>,
    pub broken: Mutex<bool>,
}

struct Held(Arc<Mutex<bool>>);

impl Drop for Held {
    fn drop(&mut self) {
        *self.0.lock().unwrap() = false;
    }
}

#[async_trait]
impl TokenStore for Memory {
    async fn load(&self, site: &str) -> Result<Option<Versioned>, TokenStoreError> {
        if *self.broken.lock().unwrap() {
            return Err(TokenStoreError("it is broken".into()));
        }
        Ok(self.rows.lock().unwrap().get(site).cloned())
    }

    async fn claim(&self, site: &str, version: Version) -> Result<Claim, TokenStoreError> {
        let now = self.load(site).await?;
        let mut claimed = self.claimed.lock().unwrap();
        Ok(match now {
            _ if *claimed => Claim::Taken,
            Some(it) if it.version == version => {
                *claimed = true;
                Claim::Won(Box::new(Held(self.claimed.clone())) as Box<dyn Any + Send>)
            }
            now => Claim::Stale(now),
        })
    }

    async fn swap(
        &self,
        site: &str,
        seen: Option<Version>,
        tokens: Option<&Tokens>,
    ) -> Result<Swap, TokenStoreError> {
        let mut rows = self.rows.lock().unwrap();
        let now = rows.get(site).cloned();
        if now.as_ref().map(|it| it.version) != seen {
            return Ok(Swap::Stale(now));
        }
        let version = Version(self.last.fetch_add(1, Ordering::AcqRel) + 1);
        match tokens {
            Some(tokens) => drop(rows.insert(site.into(), Versioned { tokens: tokens.clone(), version })),
            None => drop(rows.remove(site)),
        }
        Ok(Swap::Stored(version))
    }
}

/// Entropy that counts, so that no two sign-ins are the same.
struct Counted(AtomicU64);

impl Entropy for Counted {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        bytes.fill_with(|| self.0.fetch_add(1, Ordering::AcqRel).to_le_bytes()[0]);
        Ok(())
    }
}

/// A person at a browser who consents at once.
struct Person {
    sandbox: Sandbox,
    source: Arc<Source>,
    attempt: Arc<AuthorizationRequest>,
    asked: AtomicUsize,
    busy: tokio::sync::Mutex<()>,
}

#[async_trait]
impl SignIn for Person {
    async fn wait(&self, _: &dyn Caller) -> Result<(), upstream::Error> {
        let _one_at_a_time = self.busy.lock().await;
        if self.source.fresh().await.is_ok() {
            return Ok(());
        }
        self.asked.fetch_add(1, Ordering::AcqRel);
        let url = format!("{}&sandbox_consent=auto", self.attempt.url);
        let request = http::Request::get(url).body(Bytes::new()).unwrap();
        let response = self.sandbox.call(request).await.unwrap();
        let back: Url = response.headers()["location"].to_str().unwrap().parse().unwrap();
        let callback = self.attempt.read_callback(back.path(), back.query().unwrap_or_default());
        let Callback::Code(code) = callback else { panic!("the login sent no code: {back}") };
        self.source.sign_in(self.attempt.clone(), code).await
    }
}

/// A caller that cannot show a URL.
struct NoDisplay;

#[async_trait]
impl Caller for NoDisplay {
    async fn show(&self, _: &Url) -> PromptOutcome {
        PromptOutcome::Unsupported
    }

    fn waiting(&self, _: Duration, _: Duration, _: Option<&Url>) {}
}

fn loaded(sandbox: &Sandbox, variables: &[(&str, &str)]) -> Loaded {
    let mut map: HashMap<&str, String> = sandbox.environment(BASE).into_iter().collect();
    map.extend([
        ("JIRA_AUTH_TYPE", "oauth".into()),
        ("JIRA_OAUTH_CLIENT_ID", OAUTH_CLIENT_ID.into()),
        ("JIRA_OAUTH_CLIENT_SECRET", OAUTH_CLIENT_SECRET.into()),
        ("JIRA_EMAIL", String::new()),
        ("JIRA_API_TOKEN", String::new()),
    ]);
    map.extend(variables.iter().map(|(name, value)| (*name, (*value).to_owned())));
    Loaded::from_lookup(&|name| map.get(name).cloned())
}

fn app(sandbox: &Sandbox, variables: &[(&str, &str)]) -> tempo_mcp_core::config::OAuthApp {
    let JiraAuth::OAuth(app) = loaded(sandbox, variables).jira.unwrap().auth else { panic!("not oauth") };
    app
}

/// A site with `JIRA_AUTH_TYPE=oauth`, its token store, and a person who can sign in.
pub struct OauthFixture {
    pub site: Site,
    pub store: Arc<Memory>,
    pub source: Arc<Source>,
    person: Arc<Person>,
}

impl OauthFixture {
    pub fn new() -> Self {
        Self::with(&[])
    }

    pub fn with(variables: &[(&str, &str)]) -> Self {
        let sandbox = Sandbox::new(Options { today: Some(TODAY.parse().unwrap()) });
        Self::over(&sandbox, Arc::default(), variables)
    }

    /// The same person in a new process, which shares the store and nothing else.
    pub fn over(sandbox: &Sandbox, store: Arc<Memory>, variables: &[(&str, &str)]) -> Self {
        let loaded = loaded(sandbox, variables);
        let ports = ports(sandbox);
        let jira = loaded.jira.clone().unwrap();
        let source = Arc::new(Source::new(&jira, store.clone(), &ports).unwrap());
        let attempt =
            AuthorizationRequest::new(&app(sandbox, variables), 7788, &Counted(AtomicU64::new(0))).unwrap();
        let (sandbox, asked) = (sandbox.clone(), AtomicUsize::new(0));
        let attempt = Arc::new(attempt);
        let busy = tokio::sync::Mutex::default();
        let person = Person { sandbox: sandbox.clone(), source: source.clone(), attempt, asked, busy };
        let person = Arc::new(person);
        let context = Context::new(&loaded, ports)
            .with_tokens(source.clone(), Some(person.clone()))
            .with_caller(Arc::new(NoDisplay));
        Self { site: Site { sandbox, context }, store, source, person }
    }

    /// The site without a person who could be asked to sign in.
    pub fn alone(&self) -> Site {
        let loaded = loaded(&self.site.sandbox, &[]);
        let context = Context::new(&loaded, ports(&self.site.sandbox)).with_tokens(self.source.clone(), None);
        Site { sandbox: self.site.sandbox.clone(), context }
    }

    /// How often the person signed in.
    pub fn asked(&self) -> usize {
        self.person.asked.load(Ordering::Acquire)
    }

    /// The number of token requests since the last call of this function.
    pub fn token_requests(&self) -> usize {
        let found = self.site.requests().iter().filter(|it| *it == "POST /oauth/token").count();
        self.site.sandbox.clear_requests();
        found
    }
}
