//! Progress of a long call, as notifications to the client that asked for them.

use rmcp::{
    RoleServer,
    model::{ProgressNotificationParam, ProgressToken},
    service::Peer,
};
use tempo_mcp_core::{ports::Progress, tools::Context};

/// Sends notifications in the background, so that a slow client does not hold up the call.
pub(crate) struct PeerProgress {
    pub(crate) peer: Peer<RoleServer>,
    pub(crate) token: ProgressToken,
    pub(crate) context: Context,
}

impl Progress for PeerProgress {
    fn report(&self, done: usize, of: usize) {
        #[expect(clippy::cast_precision_loss, reason = "a call has at most a few hundred steps")]
        let (done, of) = (done as f64, of as f64);
        let param = ProgressNotificationParam::new(self.token.clone(), done).with_total(of);
        let peer = self.peer.clone();
        self.context.run_in_background(async move { drop(peer.notify_progress(param).await) });
    }
}
