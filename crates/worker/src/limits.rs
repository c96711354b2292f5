//! Core's `RateLimiter` on the platform's bindings. One that is not bound limits nothing.

use std::time::Duration;

use async_trait::async_trait;
use tempo_mcp_service::ports::{Limit, RateLimiter};
use worker::{Env, send::SendFuture};

/// The longest period that a binding has; it does not tell how much of it is left.
const PERIOD: Duration = Duration::from_secs(60);

pub(crate) struct Bindings(pub(crate) Env);

#[async_trait]
impl RateLimiter for Bindings {
    async fn check(&self, limit: Limit, key: &str) -> Result<(), Duration> {
        let binding = match limit {
            Limit::Setup => "SETUP_RATE_LIMITER",
            Limit::Mcp => "MCP_RATE_LIMITER",
            Limit::Unknown => "UNKNOWN_RATE_LIMITER",
        };
        let Ok(binding) = self.0.rate_limiter(binding) else { return Ok(()) };
        match SendFuture::new(binding.limit(key.to_owned())).await {
            Ok(outcome) if outcome.success => Ok(()),
            Ok(_) => Err(PERIOD),
            // A limiter out of order must not close the service.
            Err(error) => {
                tracing::error!(%error, "a rate limiter does not answer");
                Ok(())
            }
        }
    }
}
