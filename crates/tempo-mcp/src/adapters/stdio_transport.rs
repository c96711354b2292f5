//! The MCP server over one pair of streams: standard input and output, or a pipe inside the process.

use rmcp::{
    RoleServer, ServiceExt,
    model::{ClientJsonRpcMessage, ClientRequest, GetMeta, ProtocolVersion, ServerJsonRpcMessage},
    service::ServerInitializeError,
    transport::{IntoTransport, Transport},
};
use tempo_mcp_protocol::server::Server;

/// Serves until the client closes its end.
///
/// # Errors
/// The connection broke; says how, for a person.
pub(crate) async fn serve<T, E, A>(server: Server, streams: T) -> Result<(), String>
where
    T: IntoTransport<RoleServer, E, A>,
    E: std::error::Error + Send + Sync + 'static,
{
    let transport = PreInitializeFilter { inner: streams.into_transport(), is_open: false };
    let running = match server.serve(transport).await {
        Ok(running) => running,
        // The client closed its end before it sent anything, which is no error.
        Err(ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
        Err(error) => return Err(format!("the connection could not be set up: {error}")),
    };
    running.waiting().await.map(drop).map_err(|error| error.to_string())
}

/// Drops notifications and responses that come before the client has opened the session: they mean nothing then, and
/// rmcp would end the process over them. Requests pass: rmcp responds to them with an error.
struct PreInitializeFilter<T> {
    inner: T,
    is_open: bool,
}

/// Whether a message opens the session: `initialize`, or a request of protocol version 2026-07-28 or later, which carries
/// its version. `server/discover` and `ping` do not.
fn opens_session(message: &ClientJsonRpcMessage) -> bool {
    let ClientJsonRpcMessage::Request(request) = message else { return false };
    match &request.request {
        ClientRequest::InitializeRequest(_) => true,
        ClientRequest::DiscoverRequest(_) | ClientRequest::PingRequest(_) => false,
        other => other.get_meta().missing_required_keys(&ProtocolVersion::V_2026_07_28).is_empty(),
    }
}

impl<T: Transport<RoleServer>> Transport<RoleServer> for PreInitializeFilter<T> {
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
            self.is_open |= opens_session(&message);
            if self.is_open || matches!(message, ClientJsonRpcMessage::Request(_)) {
                return Some(message);
            }
        }
    }

    async fn close(&mut self) -> Result<(), Self::Error> {
        self.inner.close().await
    }
}
