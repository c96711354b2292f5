//! The sandbox over HTTP.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{Router, body::Body};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use crate::{connection_error::ConnectionError, sandbox::Sandbox};

impl Sandbox {
    /// A router to mount in another server.
    ///
    /// A router cannot refuse a connection: it turns a [`ConnectionError`] into a response whose body breaks off.
    pub fn router(&self) -> Router {
        let sandbox = self.clone();
        Router::new().fallback(async move |request: http::Request<Body>| {
            let (parts, body) = request.into_parts();
            let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
            match sandbox.call(http::Request::from_parts(parts, body)).await {
                Ok(response) => response.map(Body::from),
                Err(error) => http::Response::new(Body::new(FailingBody(error))),
            }
        })
    }

    /// Serves the sandbox until `shutdown` completes, then closes all open connections. A [`ConnectionError`]
    /// closes the connection without a response.
    ///
    /// ```
    /// use tempo_sandbox::{Options, Sandbox};
    /// use tokio::{net::TcpListener, sync::oneshot};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// let base_url = format!("http://{}", listener.local_addr()?);
    /// let sandbox = Sandbox::new(Options::default());
    /// let (stop, stopped) = oneshot::channel::<()>();
    /// let server = tokio::spawn(sandbox.clone().serve(listener, async move { drop(stopped.await) }));
    ///
    /// for (name, value) in sandbox.environment(&base_url) {
    ///     println!("export {name}={value}");
    /// }
    ///
    /// drop(stop);
    /// server.await??;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// The result is always `Ok`: a connection that cannot be accepted is skipped.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()>,
    ) -> std::io::Result<()> {
        let mut shutdown = std::pin::pin!(shutdown);
        // Dropping the set closes the connections, also if this future itself is dropped.
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                () = &mut shutdown => return Ok(()),
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => { connections.spawn(serve_connection(self.clone(), stream)); }
                    // The process is out of file descriptors, or the client disconnected at once. Neither is a
                    // reason to stop serving.
                    Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
                },
                Some(_) = connections.join_next() => {}
            }
        }
    }
}

/// A body that ends in an error, which is the only way for a router to break a connection.
struct FailingBody(ConnectionError);

impl hyper::body::Body for FailingBody {
    type Data = Bytes;
    type Error = ConnectionError;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<hyper::body::Frame<Bytes>, ConnectionError>>> {
        Poll::Ready(Some(Err(self.0)))
    }
}

async fn serve_connection(sandbox: Sandbox, stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: http::Request<Incoming>| {
        let sandbox = sandbox.clone();
        async move {
            let (parts, body) = request.into_parts();
            let body = body.collect().await.map_err(|_| ConnectionError::Reset)?.to_bytes();
            let response = sandbox.call(http::Request::from_parts(parts, body)).await?;
            Ok::<_, ConnectionError>(response.map(Full::<Bytes>::new))
        }
    });
    // An error here is a connection that ended early, because of a fault or because the client disconnected.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}
