//! The service's `RateLimiter` on bindings of the platform. A limiter that is not bound limits nothing.

use std::time::Duration;

use async_trait::async_trait;
use tempo_mcp_service::ports::{Breadth, Limit, RateLimiter};
use worker::{Env, send::SendFuture};

/// The longest period of a binding, which does not say how much of it is left.
const PERIOD: Duration = Duration::from_secs(60);

pub(crate) struct RateLimitBindings(pub(crate) Env);

#[async_trait]
impl RateLimiter for RateLimitBindings {
    async fn check(&self, limit: Limit, breadth: Breadth, key: &str) -> Result<(), Duration> {
        let binding = match (breadth, limit) {
            (Breadth::Site, _) => "SITE_RATE_LIMITER",
            (Breadth::Single, Limit::Setup) => "SETUP_RATE_LIMITER",
            (Breadth::Single, Limit::AllSetups) => "ALL_SETUPS_RATE_LIMITER",
            (Breadth::Single, Limit::Form) => "FORM_RATE_LIMITER",
            (Breadth::Single, Limit::Mcp) => "MCP_RATE_LIMITER",
            (Breadth::Single, Limit::Unknown) => "UNKNOWN_RATE_LIMITER",
        };
        let Ok(binding) = self.0.rate_limiter(binding) else { return Ok(()) };
        // The limits share the binding for sites, but not its counters.
        let key = match breadth {
            Breadth::Site => format!("{limit:?} {key}"),
            Breadth::Single => key.to_owned(),
        };
        match SendFuture::new(binding.limit(key)).await {
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
