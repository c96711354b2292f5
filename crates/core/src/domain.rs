//! Values and their parsing. No I/O, no async, and no vendor's wire format.
//!
//! The types that people write parse with [`std::str::FromStr`]. The error is the end of a sentence that says which form is
//! right, like `must be a numeric issue id`.

pub mod duration;
pub mod hex;
pub mod ids;
pub mod schedule;
pub mod site;
pub mod tenant;
pub mod text;
pub mod time;
pub mod worklog;
