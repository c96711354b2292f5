//! What every call of a tool works with.

use std::{future::Future, sync::Arc};

use super::{audience::Audience, error::Error};
use crate::{
    config::{Config, Loaded},
    jira,
    ports::{Caller, Ports, Progress},
    tempo,
    tokens::{Authorizer, CallSignIn, SignIn, Source},
    upstream::{Bulkhead, CallLimits, TimeLimits, telemetry::RequestTelemetry},
};

/// What a call works with: one tenant's clients, or why there are none, and what is particular to the call.
#[derive(Clone)]
pub struct Context {
    clients: Result<Clients, Error>,
    /// Only tools that read are listed and run.
    pub read_only: bool,
    pub(super) ports: Ports,
    pub(super) progress: Option<Arc<dyn Progress>>,
    telemetry: Option<Arc<RequestTelemetry>>,
    /// Who reads the errors.
    pub audience: Audience,
    sign_in: Option<Arc<dyn SignIn>>,
    source: Option<Arc<Source>>,
    /// Who can be asked to sign in during a call.
    caller: Option<Arc<dyn Caller>>,
    /// The bulkheads of a service with many tenants; empty for a single user.
    bulkheads: Arc<[Arc<Bulkhead>]>,
    /// The limits of the call in progress.
    pub(super) limits: Option<Arc<CallLimits>>,
}

/// The clients of both vendors, for one tenant.
#[derive(Clone)]
pub struct Clients {
    pub(super) tempo: tempo::Client,
    pub(super) jira: jira::Client,
}

/// What is cached of one tenant's vendors between calls. It holds no client and no credentials, so it may outlive them.
#[derive(Clone, Default)]
pub struct Caches {
    tempo: tempo::Caches,
    jira: jira::Caches,
}

impl Context {
    /// A context with empty caches.
    #[must_use]
    pub fn new(loaded: &Loaded, ports: Ports) -> Self {
        Self::with_caches(loaded, ports, &Caches::default())
    }

    /// A context that shares `caches` with other contexts of the same tenant.
    #[must_use]
    pub fn with_caches(loaded: &Loaded, ports: Ports, caches: &Caches) -> Self {
        let clients = match &loaded.config {
            Ok(config) => Ok(Clients::with_caches(config, &ports, caches)),
            Err(errors) => Err(Error::NotConfigured(errors.clone())),
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
            caller: None,
            bulkheads: Arc::default(),
            limits: None,
        }
    }

    /// The context of one call: where its progress goes, and where its requests are recorded.
    #[must_use]
    pub fn for_call(
        &self,
        progress: Option<Arc<dyn Progress>>,
        telemetry: Option<Arc<RequestTelemetry>>,
    ) -> Self {
        let clients = self.clients.as_ref().map(|it| it.on(telemetry.as_ref())).map_err(Clone::clone);
        Self { clients, progress, telemetry, ..self.clone() }
    }

    /// The context of a call that begins now, and its limits. `None` if too many calls are in progress.
    pub(super) fn begin(&self, times: TimeLimits) -> Option<(Self, Arc<CallLimits>)> {
        let limits = CallLimits::begin(times, &self.ports.clock, &self.bulkheads)?;
        let clients = self.clients.as_ref().map(|it| it.within(&limits)).map_err(Clone::clone);
        let clients = match (&self.source, &self.sign_in, &self.caller) {
            (Some(source), Some(sign_in), Some(caller)) => {
                let (sign_in, caller, limits) = (sign_in.clone(), caller.clone(), limits.clone());
                let sign_in = Some(CallSignIn { sign_in, caller, limits });
                clients.map(|it| it.authorized_by(Authorizer { source: source.clone(), sign_in }))
            }
            _ => clients,
        };
        Some((Self { clients, limits: Some(limits.clone()), ..self.clone() }, limits))
    }

    #[must_use]
    pub fn telemetry(&self) -> Option<&RequestTelemetry> {
        self.telemetry.as_deref()
    }

    /// With the tokens of a sign-in, and a way to sign in where the user sits at this machine.
    #[must_use]
    pub fn with_tokens(self, source: Arc<Source>, sign_in: Option<Arc<dyn SignIn>>) -> Self {
        let authorize = Authorizer { source: source.clone(), sign_in: None };
        let clients = self.clients.map(|it| it.authorized_by(authorize));
        Self { clients, sign_in, source: Some(source), ..self }
    }

    /// The context of a call whose caller can be asked to sign in.
    #[must_use]
    pub fn with_caller(&self, caller: Arc<dyn Caller>) -> Self {
        Self { caller: Some(caller), ..self.clone() }
    }

    /// With the bulkheads of a service, of which each call needs permits.
    #[must_use]
    pub fn with_bulkheads(self, bulkheads: impl Into<Arc<[Arc<Bulkhead>]>>) -> Self {
        Self { bulkheads: bulkheads.into(), ..self }
    }

    /// Runs `work` to its end, even if the caller goes away.
    pub fn run_in_background(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.ports.background.run(Box::pin(work));
    }

    /// With errors that are written for `audience`.
    #[must_use]
    pub fn for_audience(self, audience: Audience) -> Self {
        Self { audience, ..self }
    }

    /// # Errors
    /// [`Error::NotConfigured`] where the configuration gives no clients.
    pub(super) fn clients(&self) -> Result<&Clients, Error> {
        self.clients.as_ref().map_err(Clone::clone)
    }

    pub(super) fn now(&self) -> jiff::Timestamp {
        self.ports.clock.now()
    }
}

impl Clients {
    #[must_use]
    pub fn new(config: &Config, ports: &Ports) -> Self {
        Self::with_caches(config, ports, &Caches::default())
    }

    fn with_caches(config: &Config, ports: &Ports, caches: &Caches) -> Self {
        Self {
            tempo: tempo::Client::new(config, ports, &caches.tempo),
            jira: jira::Client::new(config, ports, &caches.jira),
        }
    }

    /// For one call, whose requests are recorded.
    #[must_use]
    pub fn on(&self, telemetry: Option<&Arc<RequestTelemetry>>) -> Self {
        Self { tempo: self.tempo.on(telemetry.cloned()), jira: self.jira.on(telemetry.cloned()) }
    }

    /// For one tool call, within its limits.
    fn within(&self, limits: &Arc<CallLimits>) -> Self {
        Self { tempo: self.tempo.within(limits), jira: self.jira.within(limits) }
    }

    /// For reads that belong to no tool call, but may take no longer than one.
    pub(super) fn for_reading(&self) -> Self {
        let limits = CallLimits::begin(TimeLimits::READ, self.tempo.clock(), &Arc::default());
        limits.map_or_else(|| self.clone(), |it| self.within(&it))
    }

    fn authorized_by(self, authorize: Authorizer) -> Self {
        Self { jira: self.jira.with_authorization(Arc::new(authorize)), ..self }
    }
}
