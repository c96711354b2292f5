//! Values and how they are parsed. No I/O, no async, and no vendor's wire format.
//!
//! Types that users give parse with [`std::str::FromStr`]. The error continues a sentence that begins with the value's
//! name, and says which form is right: `date` … `must be a date like 2026-03-15`.

pub mod duration;
pub mod hex;
pub mod ids;
pub mod schedule;
pub mod site;
pub mod tenant;
pub mod text;
pub mod time;
pub mod worklog;
