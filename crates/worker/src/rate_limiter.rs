//! The service's `RateLimiter` on bindings of the platform. A limiter that is not bound limits nothing.

use std::time::Duration;

use async_trait::async_trait;
use tempo_mcp_service::ports::{Limit, RateLimiter};
use worker::{Env, send::SendFuture};

/// The longest period of a binding, which does not say how much of it is left.
const PERIOD: Duration = Duration::from_secs(60);

pub(crate) struct RateLimitBindings(pub(crate) Env);

#[async_trait]
impl RateLimiter for RateLimitBindings {
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
            // The service goes on without a limiter that is out of order.
            Err(error) => {
                tracing::error!(%error, "a rate limiter does not respond");
                Ok(())
            }
        }
    }
}
