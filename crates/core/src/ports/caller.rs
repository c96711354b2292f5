//! The client that waits for a call: a sign-in can be shown to it.

use std::time::Duration;

use async_trait::async_trait;
use url::Url;

/// The client that waits for the result of a call.
#[async_trait]
pub trait Caller: Send + Sync {
    /// Asks the client to open the address of a sign-in.
    async fn show(&self, url: &Url) -> PromptOutcome;

    /// Reports that the call waits for a sign-in.
    fn waiting(&self, waited: Duration, of: Duration, url: Option<&Url>);
}

/// What a client did with the address of a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromptOutcome {
    /// The client cannot open addresses.
    Unsupported,
    /// The client opens it.
    Opened,
    /// The client opens it when it is the result of this call, and then calls again.
    ViaResult,
    Declined,
}
