//! Helpers that the tests share: the program, a service, a simulated site, an MCP session and a home folder.

pub(crate) mod home;
pub(crate) mod program;
pub(crate) mod service;
pub(crate) mod session;
pub(crate) mod site;
