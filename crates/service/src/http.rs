//! HTTP for both edges: the routes, each tenant's MCP endpoint, and what every request passes on its way there.
//!
//! Elsewhere: listeners, TLS, connection time limits and the client's address (the edges).

pub(crate) mod audit;
pub(crate) mod body;
pub(crate) mod body_budget;
pub(crate) mod client_address;
mod endpoint;
mod error;
mod middleware;
mod probes;
mod router;
pub mod state;
mod tenant;
mod write_record;

pub use client_address::{ClientAddress, ClientKey};
pub use probes::metrics_router;
pub use router::{router, routes};
