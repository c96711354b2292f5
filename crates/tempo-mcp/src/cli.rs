//! The command line: arguments, output and exit codes. Knows no command.

pub(crate) mod arguments;
pub(crate) mod exit;
mod help;
pub(crate) mod hosting;
pub(crate) mod installing;
pub(crate) mod logging;
pub(crate) mod output;
pub(crate) mod report;
pub(crate) mod style;
pub(crate) mod tool_page;
