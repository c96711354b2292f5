//! The address to which the browser returns: on this machine only, for one sign-in. Other requests get an error page.

use std::{
    io::ErrorKind,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{Router, extract::State, response::Response};
use http::{Method, Uri};
use tempo_mcp_core::{
    oauth::{AuthorizationRequest, Callback, UnrelatedCallback},
    tokens::{Source, error},
    tools,
    upstream::{Error, SignInError as Why},
};
use tempo_mcp_service::pages::closing::{Closing, closing};
use tokio::{net::TcpListener, sync::watch, time::timeout};

use crate::adapters::listener;

/// Where any port will do: how often to try one until it is free on both addresses.
const MAX_TRIES: u32 = 20;
/// How long the browser has to read its page.
const PAGE_TIMEOUT: Duration = Duration::from_secs(2);

pub(super) struct CallbackListener {
    pub(super) port: u16,
    sockets: Vec<TcpListener>,
}

impl CallbackListener {
    /// Binds 127.0.0.1 and ::1: the browser decides which of them `localhost` is.
    pub(super) async fn bind(port: u16) -> Result<Self, Error> {
        let mut tries = if port == 0 { MAX_TRIES } else { 1 };
        loop {
            tries -= 1;
            match Self::bind_both(port).await {
                Err(it) if it.kind() == ErrorKind::AddrInUse && tries > 0 => {}
                Err(it) if it.kind() == ErrorKind::AddrInUse => {
                    return Err(error(Why::PortTaken { port }));
                }
                Err(it) => return Err(error(Why::NoCallback { why: it.to_string() })),
                Ok(listener) => return Ok(listener),
            }
        }
    }

    async fn bind_both(port: u16) -> std::io::Result<Self> {
        let v4 = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
        let port = v4.local_addr()?.port();
        let mut sockets = vec![v4];
        match TcpListener::bind(SocketAddr::from((Ipv6Addr::LOCALHOST, port))).await {
            Ok(v6) => sockets.push(v6),
            Err(error) if error.kind() == ErrorKind::AddrInUse => return Err(error),
            // This machine has no IPv6.
            Err(error) => tracing::debug!(%error, "no callback on ::1"),
        }
        Ok(Self { port, sockets })
    }

    /// Serves until the sign-in has ended.
    pub(super) async fn finish(
        self,
        attempt: Arc<AuthorizationRequest>,
        source: Arc<Source>,
        site: String,
    ) -> Result<(), Error> {
        let (end, mut ended) = watch::channel(None);
        let state = Arc::new(CallbackState { attempt, source, site, taken: AtomicBool::new(false), end });
        let router = Router::new().fallback(respond).with_state(state);
        let serving = self.sockets.into_iter().map(|socket| {
            let mut ended = ended.clone();
            let end = async move { drop(ended.wait_for(Option::is_some).await) };
            listener::serve(socket, router.clone(), Arc::new([]), end)
        });
        let serving: Vec<_> = serving.map(tokio::spawn).collect();
        let guards: Vec<_> = serving.iter().map(|it| AbortOnDrop(it.abort_handle())).collect();
        let outcome = ended.wait_for(Option::is_some).await.map(|it| it.clone());
        for task in serving {
            let _ = timeout(PAGE_TIMEOUT, task).await;
        }
        drop(guards);
        // The outcome is always there: the state that sends it lives as long as the listener.
        outcome.ok().flatten().unwrap_or_else(|| Err(error(Why::TimedOut)))
    }
}

/// Stops the listener of a sign-in that is given up.
struct AbortOnDrop(tokio::task::AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

struct CallbackState {
    attempt: Arc<AuthorizationRequest>,
    source: Arc<Source>,
    site: String,
    taken: AtomicBool,
    end: watch::Sender<Option<Result<(), Error>>>,
}

async fn respond(State(state): State<Arc<CallbackState>>, method: Method, uri: Uri) -> Response {
    let callback = match method {
        Method::GET => state.attempt.read_callback(uri.path(), uri.query().unwrap_or_default()),
        _ => Callback::Unrelated(UnrelatedCallback::OtherPath),
    };
    let page = match callback {
        Callback::Unrelated(reason) => Closing::UnrelatedCallback(reason),
        _ if state.taken.swap(true, Ordering::AcqRel) => Closing::Over,
        Callback::Denied(text) => state.end(Err(error(Why::Denied(text)))),
        Callback::Code(code) => {
            let outcome = state.source.sign_in(state.attempt.clone(), code).await;
            state.end(outcome)
        }
    };
    closing(&page)
}

impl CallbackState {
    fn end(&self, outcome: Result<(), Error>) -> Closing {
        let page = match &outcome {
            Ok(()) => Closing::SignedIn { site: self.site.clone() },
            Err(error) => Closing::Failed(tools::Error::from(error.clone()).message(&tools::Audience::Local)),
        };
        self.end.send_replace(Some(outcome));
        page
    }
}
