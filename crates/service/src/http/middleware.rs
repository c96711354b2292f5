//! What a request passes before it reaches a handler, one concern a file. `router.rs` decides the order.

pub(super) mod access_log;
pub(super) mod concurrency;
pub(super) mod host;
pub(super) mod metrics;
pub(super) mod origin;
pub(super) mod panic;
pub(super) mod rate_limit;
pub(super) mod read_body;
pub(super) mod request_id;
