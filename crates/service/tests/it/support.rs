//! What the tests share.

pub(crate) mod browser;
pub(crate) mod hosted;
pub(crate) mod sqlite_database;
