//! Core's ports on this machine: the network, the clock, and work that outlives its caller.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use async_trait::async_trait;
use tempo_mcp_core::{
    config::{JiraAuth, JiraConfig, Loaded},
    ports::{Background, Clock, Entropy, EntropyError, HttpClient, NetworkFacts, Ports},
    tokens::Source,
    tools::Context,
};
use tokio_util::task::TaskTracker;

use crate::{
    cli::Global,
    http_client::Network,
    network_facts::{NoNetwork, SystemNetwork},
    sandbox::InProcess,
    token_file::TokenFile,
};

/// How long the end of the program waits for writes that have been sent.
const LAST_WORK: Duration = Duration::from_secs(45);

/// What a subcommand works with.
pub(crate) struct Edge {
    pub(crate) context: Context,
    pub(crate) loaded: Loaded,
    /// Where Jira is signed in to with a browser.
    pub(crate) sign_in: Option<(Arc<Source>, TokenFile)>,
    ports: Ports,
    facts: Arc<dyn NetworkFacts>,
    tracker: TaskTracker,
}

impl Edge {
    /// From the environment, or with the simulation in its place.
    pub(crate) fn new(global: &Global) -> Self {
        if global.sandbox {
            let sandbox = tempo_sandbox::Sandbox::new(tempo_sandbox::Options { today: global.today });
            return Self::on(&sandbox);
        }
        Self::real(Loaded::from_lookup(&|name| std::env::var(name).ok()))
    }

    /// On the real network, with variables from elsewhere than the environment.
    pub(crate) fn real(loaded: Loaded) -> Self {
        Self::with(loaded, Arc::new(Network::default()), Arc::new(SystemClock)).with_tokens()
    }

    /// For a service that others use: the network with its guard.
    pub(crate) fn hosted(network: Network) -> Self {
        Self::with(Loaded::from_lookup(&|_| None), Arc::new(network), Arc::new(SystemClock))
    }

    /// On a simulation in this process. What else the environment says still holds: read-only, for one.
    pub(crate) fn on(sandbox: &tempo_sandbox::Sandbox) -> Self {
        let mut given = sandbox.environment(InProcess::BASE);
        // Its issues name their accounts, so new entries get them.
        given.push(("JIRA_TEMPO_ACCOUNT_CUSTOM_FIELD_ID", tempo_sandbox::ACCOUNT_FIELD.to_owned()));
        let loaded = Loaded::from_lookup(&|name| {
            let simulated = given.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
            simulated.or_else(|| matches!(name, "TEMPO_MCP_READ_ONLY").then(|| std::env::var(name).ok())?)
        });
        let clock = Arc::new(crate::sandbox::SimulatedClock(sandbox.clone()));
        let edge = Self::with(loaded, Arc::new(InProcess(sandbox.clone())), clock);
        Self { facts: Arc::new(NoNetwork), ..edge }
    }

    fn with(loaded: Loaded, http: Arc<dyn HttpClient>, clock: Arc<dyn Clock>) -> Self {
        let tracker = TaskTracker::new();
        let ports = Ports { http, clock, background: Arc::new(Tracked(tracker.clone())) };
        let facts = Arc::new(SystemNetwork);
        Self { context: Context::new(&loaded, ports.clone()), loaded, sign_in: None, ports, facts, tracker }
    }

    pub(crate) fn facts(&self) -> Arc<dyn NetworkFacts> {
        self.facts.clone()
    }

    fn with_tokens(self) -> Self {
        let file = match (&self.loaded.jira, TokenFile::of_user()) {
            (Some(JiraConfig { auth: JiraAuth::OAuth(_), .. }), Ok(file)) => file,
            _ => return self,
        };
        let store = Arc::new(file.clone());
        let source =
            self.loaded.jira.as_ref().and_then(|it| Source::new(it, store, &self.ports)).map(Arc::new);
        let context = match &source {
            Some(source) => self.context.with_tokens(source.clone(), None),
            None => self.context,
        };
        Self { context, sign_in: source.map(|it| (it, file)), ..self }
    }

    pub(crate) fn ports(&self) -> Ports {
        self.ports.clone()
    }

    /// Waits for what was begun and has to be finished.
    pub(crate) async fn finish(self) {
        self.tracker.close();
        if tokio::time::timeout(LAST_WORK, self.tracker.wait()).await.is_err() {
            tracing::warn!("ending although a write has had no answer yet");
        }
    }
}

struct Tracked(TaskTracker);

impl Background for Tracked {
    fn run(&self, work: Pin<Box<dyn Future<Output = ()> + Send>>) {
        self.0.spawn(work);
    }
}

pub(crate) struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        getrandom::fill(bytes).map_err(|_| EntropyError)
    }
}

struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::now()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}
