//! What a command works with: core's context, on the ports of this machine or on the simulation.

use std::{sync::Arc, time::Duration};

use tempo_mcp_core::{
    config::{JiraAuth, JiraConfig, Loaded},
    ports::{Clock, HttpClient, NetworkFacts, Ports},
    tokens::Source,
    tools::Context,
};
use tempo_sandbox::{Options, Sandbox};
use tokio_util::task::TaskTracker;

use crate::{
    adapters::{
        http_client::Network,
        network_facts::{NoNetwork, SystemNetwork},
        simulation::{InProcess, SimulatedClock},
        system::{SystemClock, SystemEntropy, TrackedTasks},
        token_file::TokenFile,
    },
    cli::arguments::GlobalOptions,
};

/// How long the end of the program waits for writes that have been sent.
const LAST_WORK: Duration = Duration::from_secs(45);

pub(crate) struct Edge {
    pub(crate) context: Context,
    pub(crate) loaded: Loaded,
    /// Set where people sign in to Jira with a browser.
    pub(crate) sign_in: Option<(Arc<Source>, TokenFile)>,
    ports: Ports,
    facts: Arc<dyn NetworkFacts>,
    tracker: TaskTracker,
}

impl Edge {
    /// With the variables of the environment, or with `--sandbox` on the simulation.
    pub(crate) fn new(global: &GlobalOptions) -> Self {
        if global.sandbox {
            return Self::simulated(&Sandbox::new(Options { today: global.today }));
        }
        Self::real(Loaded::from_lookup(&|name| std::env::var(name).ok()))
    }

    /// On the real network, with a configuration that need not come from the environment.
    pub(crate) fn real(loaded: Loaded) -> Self {
        Self::with(loaded, Arc::new(Network::default()), Arc::new(SystemClock)).with_tokens()
    }

    /// For a hosted service: on a network that protects the operator's own, and with the credentials in the environment,
    /// where there are any.
    pub(crate) fn hosted(network: Network) -> Self {
        let loaded = Loaded::from_lookup(&|name| std::env::var(name).ok());
        Self::with(loaded, Arc::new(network), Arc::new(SystemClock))
    }

    /// On a simulation in this process. Of the environment only `TEMPO_MCP_READ_ONLY` still counts.
    pub(crate) fn simulated(sandbox: &Sandbox) -> Self {
        let mut variables = sandbox.environment(InProcess::BASE);
        // The simulated issues name their accounts, so new worklogs get them.
        variables.push(("JIRA_TEMPO_ACCOUNT_CUSTOM_FIELD_ID", tempo_sandbox::ACCOUNT_FIELD.to_owned()));
        let loaded = Loaded::from_lookup(&|name| {
            let simulated =
                variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
            simulated.or_else(|| matches!(name, "TEMPO_MCP_READ_ONLY").then(|| std::env::var(name).ok())?)
        });
        let clock = Arc::new(SimulatedClock(sandbox.clone()));
        let edge = Self::with(loaded, Arc::new(InProcess(sandbox.clone())), clock);
        Self { facts: Arc::new(NoNetwork), ..edge }
    }

    fn with(loaded: Loaded, http: Arc<dyn HttpClient>, clock: Arc<dyn Clock>) -> Self {
        let tracker = TaskTracker::new();
        let background = Arc::new(TrackedTasks(tracker.clone()));
        let ports = Ports { http, clock, background, entropy: Arc::new(SystemEntropy) };
        let facts = Arc::new(SystemNetwork);
        Self { context: Context::new(&loaded, ports.clone()), loaded, sign_in: None, ports, facts, tracker }
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

    pub(crate) fn facts(&self) -> Arc<dyn NetworkFacts> {
        self.facts.clone()
    }

    pub(crate) fn ports(&self) -> Ports {
        self.ports.clone()
    }

    /// Waits for work that has to be finished once it has begun.
    pub(crate) async fn finish(self) {
        self.tracker.close();
        if tokio::time::timeout(LAST_WORK, self.tracker.wait()).await.is_err() {
            tracing::warn!("ending while a write is still waiting for its response");
        }
    }
}
