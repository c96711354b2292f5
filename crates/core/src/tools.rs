//! What a tool does and says: one file per tool, one `const TOOL` in it, one line in [`ALL`].
//!
//! Deliberately elsewhere: the protocol (`mcp`), and every request (`tempo`, `jira`).

pub mod tool_result;
pub mod argument;
mod audience;
mod bulk_create_worklogs;
mod worklog_diff;
mod create_worklog;
mod delete_worklog;
pub mod doctor;
mod edit_worklog;
mod entry;
mod error;
mod get_missing_worklog_days;
mod get_worklog_analytics;
mod resolve;
mod retrieve_worklogs;
mod worklog_view;
mod schema;
mod search_issues;
mod messages;
mod site_rules;
pub mod credential_check;

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use futures::future::{Either, select};
use serde_json::{Map, Value};

use crate::{
    config::{Config, Loaded},
    jira,
    ports::Ports,
    tempo,
    tokens::{Authorizer, Caller, SignIn, Source},
    upstream::telemetry::RequestTelemetry,
};

use argument::{AnyParam, Arguments};
pub use audience::Audience;
pub use error::{Error, PartialMove};
pub use messages::configuration;
pub use tool_result::{Answer, Structured};

/// Sorted by name, as every list of tools is.
pub const ALL: &[Tool] = &[
    bulk_create_worklogs::TOOL,
    create_worklog::TOOL,
    delete_worklog::TOOL,
    edit_worklog::TOOL,
    get_missing_worklog_days::TOOL,
    get_worklog_analytics::TOOL,
    retrieve_worklogs::TOOL,
    search_issues::TOOL,
];

/// Longer than any read that still helps; what a write has sent is finished all the same.
const DEADLINE: Duration = Duration::from_secs(300);

type Running<'a> = Pin<Box<dyn Future<Output = Result<Answer, Error>> + Send + 'a>>;

/// One tool, whole: what a client lists, and what a call runs.
pub struct Tool {
    pub name: &'static str,
    pub title: &'static str,
    pub about: &'static str,
    pub kind: Kind,
    parameters: &'static [&'static dyn AnyParam],
    output: fn() -> Map<String, Value>,
    run: for<'a> fn(&'a Context, Arguments) -> Running<'a>,
}

/// What a tool does to the world; its four hints follow from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Reads,
    Creates,
    Edits,
    Deletes,
}

impl Kind {
    #[must_use]
    pub fn reads(self) -> bool {
        self == Self::Reads
    }

    #[must_use]
    pub fn is_destructive(self) -> bool {
        matches!(self, Self::Edits | Self::Deletes)
    }

    #[must_use]
    pub fn is_idempotent(self) -> bool {
        matches!(self, Self::Reads | Self::Deletes)
    }
}

/// What a call works with: one tenant's clients, or why there are none.
#[derive(Clone)]
pub struct Context {
    clients: Result<Clients, Error>,
    pub read_only: bool,
    ports: Ports,
    progress: Option<Arc<dyn Progress>>,
    telemetry: Option<Arc<RequestTelemetry>>,
    pub audience: Audience,
    sign_in: Option<Arc<dyn SignIn>>,
    source: Option<Arc<Source>>,
}

/// Both vendors, for one tenant. Its caches live as long as it does.
#[derive(Clone)]
pub struct Clients {
    tempo: tempo::Client,
    jira: jira::Client,
}

/// What is remembered of a tenant's vendors between calls. Plain data: it may outlive the clients.
#[derive(Clone, Default)]
pub struct Caches {
    tempo: tempo::Caches,
    jira: jira::Caches,
}

/// Tells a waiting person how far a long call is. Only an edge that has somebody to tell offers it.
pub trait Progress: Send + Sync {
    fn report(&self, done: usize, of: usize);
}

impl Context {
    #[must_use]
    pub fn new(loaded: &Loaded, ports: Ports) -> Self {
        Self::remembering(loaded, ports, &Caches::default())
    }

    /// With what was remembered before.
    #[must_use]
    pub fn remembering(loaded: &Loaded, ports: Ports, memory: &Caches) -> Self {
        let clients = match &loaded.config {
            Ok(config) => Ok(Clients::remembering(config, &ports, memory)),
            Err(faults) => Err(Error::NotConfigured(faults.clone())),
        };
        Self {
            clients,
            read_only: loaded.read_only,
            ports,
            progress: None,
            telemetry: None,
            audience: Audience::Local,
            sign_in: None,
            source: None,
        }
    }

    /// For one call: whom to tell how far it is, and the trail that it leaves.
    #[must_use]
    pub fn for_call(
        &self,
        progress: Option<Arc<dyn Progress>>,
        telemetry: Option<Arc<RequestTelemetry>>,
    ) -> Self {
        let clients = self.clients.as_ref().map(|it| it.on(telemetry.as_ref())).map_err(Clone::clone);
        Self { clients, progress, telemetry, ..self.clone() }
    }

    #[must_use]
    pub fn telemetry(&self) -> Option<&RequestTelemetry> {
        self.telemetry.as_deref()
    }

    /// With the tokens of a sign-in, and, where somebody sits at this machine, a way to sign in.
    #[must_use]
    pub fn with_tokens(self, source: Arc<Source>, sign_in: Option<Arc<dyn SignIn>>) -> Self {
        let authorize = Authorizer { source: source.clone(), sign_in: None };
        let clients = self.clients.map(|it| it.authorized_by(authorize));
        Self { clients, sign_in, source: Some(source), ..self }
    }

    /// For a call whose caller can be asked to sign in.
    #[must_use]
    pub fn with_caller(&self, caller: Arc<dyn Caller>) -> Self {
        let (Some(source), Some(sign_in)) = (&self.source, &self.sign_in) else { return self.clone() };
        let authorize = Authorizer { source: source.clone(), sign_in: Some((sign_in.clone(), caller)) };
        Self { clients: self.clients.clone().map(|it| it.authorized_by(authorize)), ..self.clone() }
    }

    pub fn run_in_background(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.ports.background.run(Box::pin(work));
    }

    /// Whose errors speak to somebody else than whoever runs the server.
    #[must_use]
    pub fn for_audience(self, audience: Audience) -> Self {
        Self { audience, ..self }
    }

    fn clients(&self) -> Result<&Clients, Error> {
        self.clients.as_ref().map_err(Clone::clone)
    }

    fn now(&self) -> jiff::Timestamp {
        self.ports.clock.now()
    }
}

impl Clients {
    #[must_use]
    pub fn new(config: &Config, ports: &Ports) -> Self {
        Self::remembering(config, ports, &Caches::default())
    }

    fn remembering(config: &Config, ports: &Ports, memory: &Caches) -> Self {
        Self {
            tempo: tempo::Client::new(config, ports, &memory.tempo),
            jira: jira::Client::new(config, ports, &memory.jira),
        }
    }

    /// For one request, which leaves a trail.
    #[must_use]
    pub fn on(&self, telemetry: Option<&Arc<RequestTelemetry>>) -> Self {
        Self { tempo: self.tempo.on(telemetry.cloned()), jira: self.jira.on(telemetry.cloned()) }
    }

    fn authorized_by(self, authorize: Authorizer) -> Self {
        Self { jira: self.jira.with_authorization(Arc::new(authorize)), ..self }
    }
}

/// The tools that this context lists: all, or those that read.
pub fn listed(read_only: bool) -> impl Iterator<Item = &'static Tool> {
    ALL.iter().filter(move |it| it.kind.reads() || !read_only)
}

/// A tool by its name.
///
/// # Errors
/// The name that was probably meant.
pub fn find(name: &str) -> Result<&'static Tool, &'static str> {
    ALL.iter().find(|it| it.name == name).ok_or_else(|| {
        let alike = |it: &&Tool| ordered(strsim::jaro_winkler(&it.name.to_lowercase(), &name.to_lowercase()));
        ALL.iter().max_by_key(alike).map_or("", |it| it.name)
    })
}

/// A likeness of 0 to 1 as something that can be compared.
fn ordered(likeness: f64) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1,000,000")]
    let res = (likeness.clamp(0.0, 1.0) * 1_000_000.0) as u32;
    res
}

impl Tool {
    /// Runs it. Nothing is requested before the arguments are known to be right.
    ///
    /// # Errors
    /// Whatever a person should hear about instead of an answer.
    pub async fn call(&self, context: &Context, arguments: Map<String, Value>) -> Result<Answer, Error> {
        if context.read_only && !self.kind.reads() {
            return Err(Error::ReadOnly(self.name));
        }
        context.clients()?;
        let arguments = Arguments::new(arguments, self.parameters);
        let work = (self.run)(context, arguments);
        match select(work, context.ports.clock.sleep(DEADLINE)).await {
            Either::Left((Err(error), _)) if !self.kind.reads() => Err(error.of_write_tool()),
            Either::Left((outcome, _)) => outcome,
            Either::Right(_) => Err(Error::Deadline { after: DEADLINE, wrote: !self.kind.reads() }),
        }
    }

    #[must_use]
    pub fn input_schema(&self) -> Map<String, Value> {
        schema::input(self.parameters)
    }

    #[must_use]
    pub fn output_schema(&self) -> Map<String, Value> {
        (self.output)()
    }

    /// Name, whether it is required, and what it means, for a reader at a terminal.
    pub fn parameters(&self) -> impl Iterator<Item = (&'static str, bool, &'static str)> {
        self.parameters.iter().map(|it| (it.name(), it.is_required(), it.about()))
    }
}
