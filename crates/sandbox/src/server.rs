//! The sandbox over HTTP.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{Router, body::Body, extract::Request};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use crate::{Broken, Sandbox};

pub(crate) fn router(sandbox: Sandbox) -> Router {
    Router::new().fallback(async move |request: Request| {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        match sandbox.call(http::Request::from_parts(parts, body)).await {
            Ok(response) => response.map(Body::from),
            Err(broken) => http::Response::new(Body::new(Breaks(broken))),
        }
    })
}

/// A body that ends in an error, which is all a router can do to break a connection.
struct Breaks(Broken);

impl hyper::body::Body for Breaks {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<hyper::body::Frame<Bytes>, Broken>>> {
        Poll::Ready(Some(Err(self.0)))
    }
}

pub(crate) async fn serve(
    sandbox: Sandbox,
    listener: TcpListener,
    shutdown: impl Future<Output = ()>,
) -> std::io::Result<()> {
    let mut shutdown = std::pin::pin!(shutdown);
    // Dropping the set ends the connections, also when this future itself is dropped.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = &mut shutdown => return Ok(()),
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => { connections.spawn(connection(sandbox.clone(), stream)); }
                // Out of file descriptors, or a client that was gone at once: neither ends the server.
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(sandbox: Sandbox, stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let sandbox = sandbox.clone();
        async move {
            let (parts, body) = request.into_parts();
            let body = body.collect().await.map_err(|_| Broken::AnswerLost)?.to_bytes();
            let response = sandbox.call(http::Request::from_parts(parts, body)).await?;
            Ok::<_, Broken>(response.map(Full::<Bytes>::new))
        }
    });
    // An error here is a connection that ended early: by a fault, or by the client.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}
