//! Where the browser comes back to: this machine only, one sign-in, and whatever else calls there is sent away.

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
use tempo_mcp_service::web::{Closing, closing};
use tokio::{net::TcpListener, sync::watch, time::timeout};

use crate::listener;

/// Tries of a free port, where any will do, until it is free for both addresses.
const TRIES: u32 = 20;
/// How long the browser is given to take its page.
const LAST_PAGE: Duration = Duration::from_secs(2);

pub(super) struct Listener {
    pub(super) port: u16,
    sockets: Vec<TcpListener>,
}

impl Listener {
    /// On 127.0.0.1 and ::1: which of them `localhost` is, the browser decides.
    pub(super) async fn bind(port: u16) -> Result<Self, Error> {
        let mut tries = if port == 0 { TRIES } else { 1 };
        loop {
            tries -= 1;
            match Self::bind_both(port).await {
                Err(failure) if failure.kind() == ErrorKind::AddrInUse && tries > 0 => {}
                Err(failure) if failure.kind() == ErrorKind::AddrInUse => {
                    return Err(error(Why::PortTaken { port }));
                }
                Err(failure) => return Err(error(Why::NoCallback { why: failure.to_string() })),
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
            Err(failure) if failure.kind() == ErrorKind::AddrInUse => return Err(failure),
            // A machine without IPv6.
            Err(failure) => tracing::debug!(%failure, "no callback on ::1"),
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
        let desk = Arc::new(Desk { attempt, source, site, taken: AtomicBool::new(false), end });
        let router = Router::new().fallback(answer).with_state(desk);
        let serving = self.sockets.into_iter().map(|socket| {
            let mut ended = ended.clone();
            let end = async move { drop(ended.wait_for(Option::is_some).await) };
            listener::serve(socket, router.clone(), Arc::new([]), end)
        });
        let serving: Vec<_> = serving.map(tokio::spawn).collect();
        let guards: Vec<_> = serving.iter().map(|it| AbortOnDrop(it.abort_handle())).collect();
        let outcome = ended.wait_for(Option::is_some).await.map(|it| it.clone());
        for task in serving {
            let _ = timeout(LAST_PAGE, task).await;
        }
        drop(guards);
        // Somebody always tells how it ended: the desk lives as long as the listener.
        outcome.ok().flatten().unwrap_or_else(|| Err(error(Why::TimedOut)))
    }
}

/// A sign-in that is given up leaves no listener behind.
struct AbortOnDrop(tokio::task::AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

struct Desk {
    attempt: Arc<AuthorizationRequest>,
    source: Arc<Source>,
    site: String,
    taken: AtomicBool,
    end: watch::Sender<Option<Result<(), Error>>>,
}

async fn answer(State(desk): State<Arc<Desk>>, method: Method, uri: Uri) -> Response {
    let callback = match method {
        Method::GET => desk.attempt.read_callback(uri.path(), uri.query().unwrap_or_default()),
        _ => Callback::Unrelated(UnrelatedCallback::OtherPath),
    };
    let page = match callback {
        Callback::Unrelated(stray) => Closing::UnrelatedCallback(stray),
        _ if desk.taken.swap(true, Ordering::AcqRel) => Closing::Over,
        Callback::Denied(words) => desk.end(Err(error(Why::Denied(words)))),
        Callback::Code(code) => {
            let outcome = desk.source.sign_in(desk.attempt.clone(), code).await;
            desk.end(outcome)
        }
    };
    closing(&page)
}

impl Desk {
    fn end(&self, outcome: Result<(), Error>) -> Closing {
        let page = match &outcome {
            Ok(()) => Closing::SignedIn { site: self.site.clone() },
            Err(error) => Closing::Failed(tools::Error::from(error.clone()).message(&tools::Audience::Local)),
        };
        self.end.send_replace(Some(outcome));
        page
    }
}
