//! Core's and the service's ports on this machine, and what else the program asks of it. Knows neither command line nor
//! commands.

pub(crate) mod browser;
mod database_health;
pub(crate) mod database_lock;
pub(crate) mod encryption_key;
pub(crate) mod http_client;
mod json_lines;
pub(crate) mod listener;
pub(crate) mod network_facts;
pub(crate) mod private_file;
pub(crate) mod rate_limiter;
mod resolver;
pub(crate) mod sign_in;
pub(crate) mod signals;
pub(crate) mod simulation;
pub(crate) mod sqlite;
pub(crate) mod stdio_transport;
pub(crate) mod system;
pub(crate) mod token_file;
