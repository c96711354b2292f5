//! Values and their parsing. No I/O, no async, and nobody's wire format.
//!
//! Every type here parses with [`std::str::FromStr`]; its error is a sentence part that says what form is right.

pub mod duration;
pub mod hex;
pub mod ids;
pub mod schedule;
pub mod site;
pub mod tenant;
pub mod text;
pub mod time;
pub mod worklog;
