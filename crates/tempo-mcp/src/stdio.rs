//! The MCP server on standard input and output.

use std::{io::IsTerminal, process::ExitCode, sync::Arc};

use rmcp::{
    RoleServer, ServiceExt,
    model::{ClientJsonRpcMessage, ClientRequest, GetMeta, ProtocolVersion, ServerJsonRpcMessage},
    service::ServerInitializeError,
    transport::{IntoTransport, Transport, stdio_pipes},
};
use tempo_mcp_core::{
    tokens::SignIn,
    tools::{self, Context},
};
use tempo_mcp_protocol::server::Server;

use crate::{
    cli::Global,
    fail,
    ports::Edge,
    sign_in::{LocalSignIn, Opening},
};

pub(crate) fn is_terminal() -> bool {
    std::io::stdin().is_terminal()
}

pub(crate) async fn run(global: &Global) -> ExitCode {
    let edge = Edge::new(global);
    if let Err(faults) = &edge.loaded.config {
        eprintln!("{}", tools::configuration(faults));
    }
    let server = Server::with_notifications(context(&edge));
    let outcome = tokio::select! {
        outcome = serve(server, stdio_pipes()) => outcome,
        () = end_signal() => Ok(()),
    };
    edge.finish().await;
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => fail(&reason),
    }
}

/// A client of this machine: whoever uses it can sign in here.
fn context(edge: &Edge) -> Context {
    let (Some(jira), Some((source, file))) = (&edge.loaded.jira, edge.sign_in.clone()) else {
        return edge.context.clone();
    };
    let sign_in = LocalSignIn::new(jira, source.clone(), file, Opening::Browser);
    edge.context.clone().with_tokens(source, sign_in.map(|it| Arc::new(it) as Arc<dyn SignIn>))
}

/// Until the client goes away.
pub(crate) async fn serve<T, E, A>(server: Server, streams: T) -> Result<(), String>
where
    T: IntoTransport<RoleServer, E, A>,
    E: std::error::Error + Send + Sync + 'static,
{
    let transport = Polite { inner: streams.into_transport(), begun: false };
    let running = match server.serve(transport).await {
        Ok(running) => running,
        // The client left before it said anything: nothing is wrong.
        Err(ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
        Err(error) => return Err(format!("the connection could not be set up: {error}")),
    };
    running.waiting().await.map(drop).map_err(|error| error.to_string())
}

/// Before a client has opened the session, its notifications and answers have no meaning; rmcp would end the
/// process over them. Requests pass: they are answered with an error.
struct Polite<T> {
    inner: T,
    begun: bool,
}

/// `initialize`, or a request of 2026-07-28 and later that carries its version. `server/discover` only asks.
fn opens(message: &ClientJsonRpcMessage) -> bool {
    let ClientJsonRpcMessage::Request(request) = message else { return false };
    match &request.request {
        ClientRequest::InitializeRequest(_) => true,
        ClientRequest::DiscoverRequest(_) | ClientRequest::PingRequest(_) => false,
        other => other.get_meta().missing_required_keys(&ProtocolVersion::V_2026_07_28).is_empty(),
    }
}

impl<T: Transport<RoleServer>> Transport<RoleServer> for Polite<T> {
    type Error = T::Error;

    fn send(
        &mut self,
        item: ServerJsonRpcMessage,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        self.inner.send(item)
    }

    async fn receive(&mut self) -> Option<ClientJsonRpcMessage> {
        loop {
            let message = self.inner.receive().await?;
            self.begun |= opens(&message);
            if self.begun || matches!(message, ClientJsonRpcMessage::Request(_)) {
                return Some(message);
            }
        }
    }

    async fn close(&mut self) -> Result<(), Self::Error> {
        self.inner.close().await
    }
}

/// SIGTERM or SIGINT.
pub(crate) async fn end_signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (Ok(mut term), Ok(mut int)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
        else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
    }
    #[cfg(not(unix))]
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}
