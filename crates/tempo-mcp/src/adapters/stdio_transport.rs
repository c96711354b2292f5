//! The MCP server over one pair of streams: standard input and output, or a pipe inside the process.

use std::pin::Pin;

use rmcp::{
    RoleServer, ServiceExt,
    model::{ClientJsonRpcMessage, ClientRequest, ErrorData, GetMeta, ProtocolVersion, ServerJsonRpcMessage},
    service::ServerInitializeError,
    transport::{IntoTransport, Transport},
};
use tempo_mcp_protocol::server::Server;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::mpsc::{self, UnboundedReceiver},
};

use super::json_lines::JsonLines;

/// Serves until the client closes its end.
///
/// # Errors
/// The connection broke; says how, for a person.
pub(crate) async fn serve<R, W>(server: Server, (input, output): (R, W)) -> Result<(), String>
where
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
{
    let (dropped, not_json) = mpsc::unbounded_channel();
    let inner = (JsonLines::new(input, dropped), output).into_transport();
    let transport = PreInitializeFilter { inner, is_open: false };
    let running = match server.serve(BadLineErrors { inner: transport, not_json, response: None }).await {
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

type Sending<E> = Pin<Box<dyn Future<Output = Result<(), E>> + Send>>;

/// Responds to each line that is not JSON with an error without an id, as JSON-RPC asks.
struct BadLineErrors<T: Transport<RoleServer>> {
    inner: T,
    not_json: UnboundedReceiver<()>,
    /// The error that is being sent. It is stored here because rmcp drops a `receive` that is not ready.
    response: Option<Sending<T::Error>>,
}

impl<T: Transport<RoleServer>> BadLineErrors<T> {
    fn start_error(&mut self) {
        let error = ErrorData::parse_error("the line is not JSON", None);
        self.response = Some(Box::pin(self.inner.send(ServerJsonRpcMessage::error(error, None))));
    }

    /// Sends the error that was started, if there is one.
    async fn finish_error(&mut self) {
        if let Some(response) = &mut self.response {
            // If the client has closed its end, it does not miss this.
            let _ = response.await;
            self.response = None;
        }
    }
}

impl<T: Transport<RoleServer>> Transport<RoleServer> for BadLineErrors<T> {
    type Error = T::Error;

    fn send(
        &mut self,
        item: ServerJsonRpcMessage,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        self.inner.send(item)
    }

    async fn receive(&mut self) -> Option<ClientJsonRpcMessage> {
        loop {
            self.finish_error().await;
            tokio::select! {
                biased;
                Some(()) = self.not_json.recv() => self.start_error(),
                message = self.inner.receive() => match message {
                    Some(message) => return Some(message),
                    None => break,
                },
            }
        }
        // The input ended; lines just before its end still get their errors.
        while self.not_json.try_recv().is_ok() {
            self.start_error();
            self.finish_error().await;
        }
        None
    }

    async fn close(&mut self) -> Result<(), Self::Error> {
        self.inner.close().await
    }
}
