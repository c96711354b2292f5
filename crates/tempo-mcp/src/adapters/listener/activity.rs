//! What a connection is doing: whether a request is in progress, and since when a response is waiting to be sent.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use parking_lot::Mutex;
use tokio::time::{Instant, sleep_until};

/// The requests of one connection.
pub(super) struct Activity(Mutex<Requests>);

struct Requests {
    in_progress: usize,
    /// When the last request ended, or the connection began.
    idle_since: Instant,
    /// Since when each response with its number is being sent.
    responses: Vec<(u64, Instant)>,
    next_response: u64,
}

/// One request, from its head to the end of its response. Dropping it ends the request.
pub(super) struct RequestGuard {
    activity: Arc<Activity>,
    response: Option<u64>,
}

/// The body of a response, which ends its request when it has been handed to the connection.
pub(super) struct TrackedBody {
    body: Body,
    _request: RequestGuard,
}

impl Activity {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(Requests {
            in_progress: 0,
            idle_since: Instant::now(),
            responses: Vec::new(),
            next_response: 0,
        })))
    }

    pub(super) fn begin(self: &Arc<Self>) -> RequestGuard {
        self.0.lock().in_progress += 1;
        RequestGuard { activity: self.clone(), response: None }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.0.lock().in_progress == 0
    }

    /// Completes when no request has been in progress for `most`.
    pub(super) async fn idle(&self, most: Duration) {
        loop {
            let now = Instant::now();
            let next_look = {
                let requests = self.0.lock();
                if requests.in_progress == 0 { requests.idle_since + most } else { now + most }
            };
            if next_look <= now {
                return;
            }
            sleep_until(next_look).await;
        }
    }

    /// Completes when a response could not be handed to the connection for `most`: the client does not take it.
    pub(super) async fn stuck(&self, most: Duration) {
        loop {
            let now = Instant::now();
            let oldest = self.0.lock().responses.iter().map(|(_, since)| *since).min();
            let next_look = oldest.unwrap_or(now) + most;
            if next_look <= now {
                return;
            }
            sleep_until(next_look).await;
        }
    }
}

impl RequestGuard {
    /// The body of this request's response.
    pub(super) fn respond(mut self, body: Body) -> TrackedBody {
        let mut requests = self.activity.0.lock();
        let number = requests.next_response;
        requests.next_response += 1;
        requests.responses.push((number, Instant::now()));
        drop(requests);
        self.response = Some(number);
        TrackedBody { body, _request: self }
    }
}

impl Drop for RequestGuard {
    fn drop(&mut self) {
        let mut requests = self.activity.0.lock();
        requests.responses.retain(|(number, _)| Some(*number) != self.response);
        requests.in_progress -= 1;
        if requests.in_progress == 0 {
            requests.idle_since = Instant::now();
        }
    }
}

impl HttpBody for TrackedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
