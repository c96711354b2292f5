//! A peer without a connection, which rmcp's request context demands.

use rmcp::{
    RoleServer, ServerHandler,
    model::{ClientJsonRpcMessage, ClientNotification, InitializedNotification},
    service::{Peer, serve_directly},
    transport::OneshotTransport,
};

/// A peer that reaches no client: a notification through it fails as closed.
///
/// rmcp offers no constructor (`Peer::new` is private), but serving a transport that is already at its end yields a peer.
/// That needs a tokio runtime to be entered, not driven. `shutdown_background` ends it, since dropping a runtime inside
/// async code panics. Each request has a peer of its own: `initialize` stores its client's data in it.
pub(super) fn detached_peer<H: ServerHandler + Clone>(handler: &H) -> Peer<RoleServer> {
    #[expect(clippy::expect_used, reason = "a runtime without drivers asks the system for nothing")]
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime without drivers");
    let peer = {
        let _entered = runtime.enter();
        let notification = ClientNotification::InitializedNotification(InitializedNotification::default());
        let (transport, _responses) =
            OneshotTransport::<RoleServer>::new(ClientJsonRpcMessage::notification(notification));
        serve_directly(handler.clone(), transport, None).peer().clone()
    };
    runtime.shutdown_background();
    peer
}

#[cfg(test)]
mod tests {
    use rmcp::{ServerHandler, ServiceError};

    use super::*;

    #[derive(Clone)]
    struct Nothing;

    impl ServerHandler for Nothing {}

    #[tokio::test]
    async fn a_notification_through_it_fails_as_closed() {
        let sent = detached_peer(&Nothing).notify_tool_list_changed().await;
        assert!(matches!(sent, Err(ServiceError::TransportClosed)), "{sent:?}");
    }

    #[tokio::test]
    async fn it_can_be_made_inside_a_running_runtime() {
        assert!(detached_peer(&Nothing).peer_info().is_none());
    }
}
