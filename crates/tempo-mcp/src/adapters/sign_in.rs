//! Signing in to Jira on this machine: one sign-in at a time. A call waits for it, and it goes on when the call gives up.
//!
//! Elsewhere: the requests to Atlassian's login and what its responses mean (core's `oauth` and `tokens`).

mod callback;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use parking_lot::Mutex;
use tempo_mcp_core::{
    config::{JiraAuth, JiraConfig, OAuthApp},
    oauth::AuthorizationRequest,
    ports::{Caller, PromptOutcome},
    tokens::{SignIn, Source, error},
    upstream::{Error, ErrorKind, SignInError as Why},
};
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, sleep, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{browser, system::SystemEntropy, token_file::TokenFile};

/// How long a call waits: clients give up after a minute.
const CALL_WAIT: Duration = Duration::from_secs(50);
/// How long a sign-in waits for the browser.
const SIGN_IN_TIMEOUT: Duration = Duration::from_secs(600);
/// How often a waiting caller gets progress.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(5);
/// How often the sign-in of another process is checked.
const POLL_INTERVAL: Duration = Duration::from_millis(250);

/// The progress of a sign-in.
#[derive(Debug, Clone)]
enum Step {
    /// Another process of ours signs in, or the address is not known yet.
    Begun,
    /// A person has to open this address.
    Open(Url),
    Ended(Result<(), Error>),
}

/// Whether to open a browser where the client cannot show an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OpenBrowser {
    Yes,
    No,
}

pub(crate) struct LocalSignIn {
    source: Arc<Source>,
    file: TokenFile,
    site: String,
    app: OAuthApp,
    open_browser: OpenBrowser,
    running: Mutex<Option<Running>>,
}

/// The sign-in in progress.
#[derive(Clone)]
struct Running {
    steps: watch::Receiver<Step>,
    cancel: CancellationToken,
}

impl LocalSignIn {
    /// `None`: this configuration does not sign in with a browser.
    pub(crate) fn new(
        jira: &JiraConfig,
        source: Arc<Source>,
        file: TokenFile,
        open_browser: OpenBrowser,
    ) -> Option<Self> {
        let JiraAuth::OAuth(app) = &jira.auth else { return None };
        let (site, app) = (jira.site.to_string(), app.clone());
        Some(Self { source, file, site, app, open_browser, running: Mutex::default() })
    }

    /// Signs in from beginning to end, for a person at a terminal.
    pub(crate) async fn run(self) -> Result<(), Error> {
        let (running, task) = self.begin();
        let outcome = self.follow(running, self.open_browser, &TerminalCaller, SIGN_IN_TIMEOUT).await;
        // The browser is still waiting for its page.
        drop(task.await);
        outcome
    }

    fn begin(&self) -> (Running, JoinHandle<()>) {
        let (steps, receiver) = watch::channel(Step::Begun);
        let cancel = CancellationToken::new();
        let task = SignInTask {
            source: self.source.clone(),
            file: self.file.clone(),
            site: self.site.clone(),
            app: self.app.clone(),
            steps,
            cancel: cancel.clone(),
        };
        (Running { steps: receiver, cancel }, tokio::spawn(task.run()))
    }

    /// The sign-in in progress, or a new one. Only the caller that began it opens a browser.
    fn join(&self) -> (Running, OpenBrowser) {
        let mut running = self.running.lock();
        match &*running {
            Some(known) => (known.clone(), OpenBrowser::No),
            None => {
                let (begun, _) = self.begin();
                (running.insert(begun).clone(), self.open_browser)
            }
        }
    }

    /// Removes a sign-in that has ended, so that the next one can begin.
    fn forget(&self, ended: &Running) {
        let mut running = self.running.lock();
        if running.as_ref().is_some_and(|it| it.steps.same_channel(&ended.steps)) {
            *running = None;
        }
    }

    /// Waits for the end of a sign-in, at most for `limit`.
    async fn follow(
        &self,
        mut running: Running,
        open_browser: OpenBrowser,
        caller: &dyn Caller,
        limit: Duration,
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
                    caller.waiting(begun.elapsed(), limit, Some(&address));
                    let until = begun + limit;
                    self.show(&mut running, &address, open_browser, caller, until).await?;
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
                () = sleep(PROGRESS_INTERVAL) => caller.waiting(begun.elapsed(), limit, url.as_ref()),
                () = sleep_until(begun + limit) => {
                    return Err(error(Why::Waiting { url: url.map(Into::into) }));
                }
            }
        }
    }

    /// Shows the address in the client, or else in a browser. A client may take its time until it has shown it.
    async fn show(
        &self,
        running: &mut Running,
        url: &Url,
        open_browser: OpenBrowser,
        caller: &dyn Caller,
        until: Instant,
    ) -> Result<(), Error> {
        let shown = tokio::select! {
            shown = caller.show(url) => shown,
            () = sleep_until(until) => PromptOutcome::Opened,
            _ = running.steps.changed() => PromptOutcome::Opened,
        };
        match shown {
            PromptOutcome::Unsupported if open_browser == OpenBrowser::Yes => browser::open(url),
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
        // Another call's sign-in may have ended since the caller looked.
        match self.source.fresh().await {
            Err(Error { kind: ErrorKind::SignIn(Why::Needed), .. }) => {}
            outcome => return outcome.map(drop),
        }
        let (running, open_browser) = self.join();
        self.follow(running, open_browser, caller, CALL_WAIT).await
    }
}

/// The person who ran `tempo-mcp login`: standard error shows the address already.
struct TerminalCaller;

#[async_trait]
impl Caller for TerminalCaller {
    async fn show(&self, _: &Url) -> PromptOutcome {
        PromptOutcome::Unsupported
    }

    fn waiting(&self, _: Duration, _: Duration, _: Option<&Url>) {}
}

/// A sign-in as a task of its own: it goes on when nothing waits for it any more.
struct SignInTask {
    source: Arc<Source>,
    file: TokenFile,
    site: String,
    app: OAuthApp,
    steps: watch::Sender<Step>,
    cancel: CancellationToken,
}

impl SignInTask {
    async fn run(self) {
        let outcome = tokio::select! {
            outcome = timeout(SIGN_IN_TIMEOUT, self.attempt()) => outcome.unwrap_or_else(|_| Err(error(Why::TimedOut))),
            () = self.cancel.cancelled() => Err(error(Why::Declined)),
        };
        if let Err(error) = &outcome {
            tracing::info!(%error, "a sign-in ended without tokens");
        }
        self.steps.send_replace(Step::Ended(outcome));
    }

    async fn attempt(&self) -> Result<(), Error> {
        let before = self.source.stored().await?.map(|it| it.version);
        // While another process of ours has the port, wait for its tokens: they are valid here, too.
        let _lock = loop {
            if let Some(lock) = self.try_lock()? {
                break lock;
            }
            sleep(POLL_INTERVAL).await;
            let now = self.source.stored().await?.map(|it| it.version);
            if now.is_some() && now != before {
                return Ok(());
            }
        };
        let now = self.source.stored().await?.map(|it| it.version);
        if now.is_some() && now != before {
            return Ok(());
        }
        let listener = callback::CallbackListener::bind(self.app.callback_port).await?;
        let attempt = AuthorizationRequest::new(&self.app, listener.port, &SystemEntropy)
            .map_err(|it| error(Why::NoCallback { why: it.to_string() }))?;
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
