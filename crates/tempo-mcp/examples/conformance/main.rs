//! The fixtures that the protocol's conformance suite calls, behind the same HTTP layer as the hosted service
//! (`tempo_mcp_protocol::http`). `./check` runs it: it prints its URL and serves until it is killed.

mod handler;
mod input_required;
mod prompts;
mod resources;
mod tools;

use std::{convert::Infallible, error::Error, io::Write, net::SocketAddr};

use axum::body::{Body, to_bytes};
use http::{Request, Response, StatusCode, header};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
};
use tempo_mcp_protocol::http as protocol;
use tokio::net::TcpListener;

use handler::Fixtures;

/// In bytes.
const LARGEST_BODY: usize = 1 << 20;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    writeln!(std::io::stdout(), "http://{address}/mcp")?;
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(async move {
            let service =
                service_fn(
                    move |request| async move { Ok::<_, Infallible>(respond(request, address).await) },
                );
            // An error here is a client that disconnected early.
            let _ = Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn respond(request: Request<Incoming>, address: SocketAddr) -> Response<Body> {
    let (head, body) = request.into_parts();
    // The hosted service checks the host above the HTTP layer that is tested here.
    let host = head.headers.get(header::HOST).and_then(|it| it.to_str().ok());
    if host != Some(&address.to_string()) {
        return protocol::error_response(StatusCode::FORBIDDEN, "unknown host").map(Body::from);
    }
    match to_bytes(Body::new(body), LARGEST_BODY).await {
        Ok(body) => protocol::respond(&Fixtures, &Request::from_parts(head, body)).await.map(Body::from),
        Err(_) => protocol::error_response(StatusCode::BAD_REQUEST, "cannot read the body").map(Body::from),
    }
}
