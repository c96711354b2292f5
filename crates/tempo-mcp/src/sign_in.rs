//! Signing in to Jira on this machine: one sign-in at a time, which a call waits for, and which goes on without it.
//!
//! Elsewhere: what the login is asked and what its answers mean (core's `oauth` and `tokens`).

mod callback;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use tempo_mcp_core::{
    config::{JiraAuth, JiraConfig, OAuthApp},
    oauth::AuthorizationRequest,
    tokens::{Caller, PromptOutcome, SignIn, Source, error},
    upstream::{Error, ErrorKind, SignInError as Why},
};
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, sleep, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{browser, ports::SystemEntropy, token_file::TokenFile};

/// As long as a call waits: clients give up after a minute.
const CALL: Duration = Duration::from_secs(50);
/// As long as anybody waits for the browser.
const WHOLE: Duration = Duration::from_secs(600);
/// How often a waiting person hears about it.
const NEWS: Duration = Duration::from_secs(5);
/// How often another process's sign-in is looked at.
const LOOK: Duration = Duration::from_millis(250);

/// Where a sign-in stands.
#[derive(Debug, Clone)]
enum Step {
    /// Another process of ours has it, or nothing is there yet.
    Begun,
    Open(Url),
    Ended(Result<(), Error>),
}

/// Whether a browser is opened where the client cannot show an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opening {
    Browser,
    Nothing,
}

pub(crate) struct LocalSignIn {
    source: Arc<Source>,
    file: TokenFile,
    site: String,
    app: OAuthApp,
    opening: Opening,
    running: Mutex<Option<Running>>,
}

/// The sign-in under way.
#[derive(Clone)]
struct Running {
    steps: watch::Receiver<Step>,
    cancel: CancellationToken,
}

impl LocalSignIn {
    /// `None`: this configuration needs no sign-in.
    pub(crate) fn new(
        jira: &JiraConfig,
        source: Arc<Source>,
        file: TokenFile,
        opening: Opening,
    ) -> Option<Self> {
        let JiraAuth::OAuth(app) = &jira.auth else { return None };
        let (site, app) = (jira.site.to_string(), app.clone());
        Some(Self { source, file, site, app, opening, running: Mutex::default() })
    }

    /// From beginning to end, for a person at a terminal.
    pub(crate) async fn run(self) -> Result<(), Error> {
        let (running, task) = self.begin();
        let outcome = self.follow(running, self.opening, &Terminal, WHOLE).await;
        // The browser still has to get its page.
        drop(task.await);
        outcome
    }

    fn begin(&self) -> (Running, JoinHandle<()>) {
        let (steps, receiver) = watch::channel(Step::Begun);
        let cancel = CancellationToken::new();
        let flow = Flow {
            source: self.source.clone(),
            file: self.file.clone(),
            site: self.site.clone(),
            app: self.app.clone(),
            steps,
            cancel: cancel.clone(),
        };
        (Running { steps: receiver, cancel }, tokio::spawn(flow.run()))
    }

    /// The one under way, or a new one.
    fn join(&self) -> (Running, Opening) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        match &*running {
            Some(known) => (known.clone(), Opening::Nothing),
            None => {
                let (begun, _) = self.begin();
                (running.insert(begun).clone(), self.opening)
            }
        }
    }

    /// Whoever hears of its end makes room for the next.
    fn forget(&self, ended: &Running) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if running.as_ref().is_some_and(|it| it.steps.same_channel(&ended.steps)) {
            *running = None;
        }
    }

    /// Until its end, or until `most` is over.
    async fn follow(
        &self,
        mut running: Running,
        opening: Opening,
        caller: &dyn Caller,
        most: Duration,
    ) -> Result<(), Error> {
        let begun = Instant::now();
        let mut url: Option<Url> = None;
        loop {
            let step = running.steps.borrow_and_update().clone();
            match step {
                Step::Ended(outcome) => {
                    self.forget(&running);
                    return outcome;
                }
                Step::Open(address) if url.is_none() => {
                    caller.waiting(begun.elapsed(), most, Some(&address));
                    let until = begun + most;
                    self.show(&mut running, &address, opening, caller, until).await?;
                    url = Some(address);
                    continue;
                }
                Step::Begun | Step::Open(_) => {}
            }
            tokio::select! {
                changed = running.steps.changed() => if changed.is_err() {
                    self.forget(&running);
                    return Err(error(Why::TimedOut));
                },
                () = sleep(NEWS) => caller.waiting(begun.elapsed(), most, url.as_ref()),
                () = sleep_until(begun + most) => {
                    return Err(error(Why::Waiting { url: url.map(Into::into) }));
                }
            }
        }
    }

    /// To the client, or else in a browser. A client that shows it may take its time.
    async fn show(
        &self,
        running: &mut Running,
        url: &Url,
        opening: Opening,
        caller: &dyn Caller,
        until: Instant,
    ) -> Result<(), Error> {
        let shown = tokio::select! {
            shown = caller.show(url) => shown,
            () = sleep_until(until) => PromptOutcome::Opened,
            _ = running.steps.changed() => PromptOutcome::Opened,
        };
        match shown {
            PromptOutcome::Unsupported if opening == Opening::Browser => browser::open(url),
            PromptOutcome::Unsupported | PromptOutcome::Opened => {}
            PromptOutcome::ViaResult => return Err(error(Why::OpenUrl { url: url.to_string() })),
            PromptOutcome::Declined => {
                running.cancel.cancel();
                self.forget(running);
                return Err(error(Why::Declined));
            }
        }
        Ok(())
    }
}

#[async_trait]
impl SignIn for LocalSignIn {
    async fn wait(&self, caller: &dyn Caller) -> Result<(), Error> {
        // Whoever asks may have looked just before another call's sign-in ended.
        match self.source.fresh().await {
            Err(Error { kind: ErrorKind::SignIn(Why::Needed), .. }) => {}
            outcome => return outcome.map(drop),
        }
        let (running, opening) = self.join();
        self.follow(running, opening, caller, CALL).await
    }
}

/// Whoever ran `tempo-mcp login`: standard error told the address already.
struct Terminal;

#[async_trait]
impl Caller for Terminal {
    async fn show(&self, _: &Url) -> PromptOutcome {
        PromptOutcome::Unsupported
    }

    fn waiting(&self, _: Duration, _: Duration, _: Option<&Url>) {}
}

/// A sign-in by itself: it goes on whoever waits for it.
struct Flow {
    source: Arc<Source>,
    file: TokenFile,
    site: String,
    app: OAuthApp,
    steps: watch::Sender<Step>,
    cancel: CancellationToken,
}

impl Flow {
    async fn run(self) {
        let outcome = tokio::select! {
            outcome = timeout(WHOLE, self.attempt()) => outcome.unwrap_or_else(|_| Err(error(Why::TimedOut))),
            () = self.cancel.cancelled() => Err(error(Why::Declined)),
        };
        if let Err(error) = &outcome {
            tracing::info!(%error, "a sign-in ended without tokens");
        }
        self.steps.send_replace(Step::Ended(outcome));
    }

    async fn attempt(&self) -> Result<(), Error> {
        let before = self.source.stored().await?.map(|it| it.version);
        // While another process of ours has the port, its tokens are waited for: they are ours, too.
        let _only = loop {
            if let Some(lock) = self.try_lock()? {
                break lock;
            }
            sleep(LOOK).await;
            let now = self.source.stored().await?.map(|it| it.version);
            if now.is_some() && now != before {
                return Ok(());
            }
        };
        let now = self.source.stored().await?.map(|it| it.version);
        if now.is_some() && now != before {
            return Ok(());
        }
        let listener = callback::Listener::bind(self.app.callback_port).await?;
        let attempt = AuthorizationRequest::new(&self.app, listener.port, &SystemEntropy)
            .map_err(|why| error(Why::NoCallback { why: why.to_string() }))?;
        eprintln!("tempo-mcp: sign in to Jira at\n\n  {}\n", attempt.url);
        self.steps.send_replace(Step::Open(attempt.url.clone()));
        listener.finish(Arc::new(attempt), self.source.clone(), self.site.clone()).await
    }

    fn try_lock(&self) -> Result<Option<std::fs::File>, Error> {
        let name = format!("sign-in-{}", self.app.callback_port);
        self.file.try_lock(&name).map_err(|it| error(Why::Store { why: it.0 }))
    }
}

#[cfg(test)]
mod tests;
