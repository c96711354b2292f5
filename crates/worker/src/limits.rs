//! Core's `RateLimiter` on the platform's bindings. One that is not bound limits nothing.

use std::time::Duration;

use async_trait::async_trait;
use tempo_mcp_core::ports::{Limit, RateLimiter};

use crate::environment::Environment;

/// The longest period that a binding has; it does not tell how much of it is left.
const PERIOD: Duration = Duration::from_secs(60);

pub(crate) struct Bindings {
    setup: Option<worker::RateLimiter>,
    mcp: Option<worker::RateLimiter>,
    unknown: Option<worker::RateLimiter>,
}

impl Bindings {
    pub(crate) fn of(Environment(env): &Environment) -> Self {
        Self {
            setup: env.rate_limiter("SETUP_RATE_LIMITER").ok(),
            mcp: env.rate_limiter("MCP_RATE_LIMITER").ok(),
            unknown: env.rate_limiter("UNKNOWN_RATE_LIMITER").ok(),
        }
    }
}

#[async_trait]
impl RateLimiter for Bindings {
    async fn check(&self, limit: Limit, key: &str) -> Result<(), Duration> {
        let binding = match limit {
            Limit::Setup => &self.setup,
            Limit::Mcp => &self.mcp,
            Limit::Unknown => &self.unknown,
        };
        let Some(binding) = binding else { return Ok(()) };
        match worker::send::SendFuture::new(binding.limit(key.to_owned())).await {
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
