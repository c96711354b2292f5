//! The tools: one file per tool with its `const TOOL`, and one line in [`ALL`].
//!
//! Deliberately elsewhere: the protocol (the crate `tempo-mcp-protocol`), and every request (`tempo`, `jira`). No tool
//! uses another one: what several share is in the files below "shared by the tools".

// What a tool is.
mod argument;
mod audience;
mod context;
mod error;
mod messages;
mod rejection;
mod schema;
mod similarity;
mod tool;
mod tool_result;

// Shared by the tools.
mod attribute_changes;
mod decoration;
mod new_worklog;
mod parameters;
mod resolve;
mod site_rules;
mod time_arguments;
mod worklog_diff;
mod worklog_view;

// The tools.
mod bulk_create_worklogs;
mod create_worklog;
mod delete_worklog;
mod edit_worklog;
mod get_missing_worklog_days;
mod get_worklog_analytics;
mod retrieve_worklogs;
mod search_issues;

// What checks the configuration with the same clients, but is not a tool.
pub mod credential_check;
pub mod doctor;

pub use audience::Audience;
pub use context::{Caches, Clients, Context};
pub use error::{Error, PartialMove};
pub use messages::configuration;
pub use rejection::{Rejection, Rejections};
pub use tool::{Tool, ToolKind};
pub use tool_result::{StructuredContent, ToolResult};

/// All tools, sorted by name.
pub const ALL: &[Tool] = &[
    bulk_create_worklogs::TOOL,
    create_worklog::TOOL,
    delete_worklog::TOOL,
    edit_worklog::TOOL,
    get_missing_worklog_days::TOOL,
    get_worklog_analytics::TOOL,
    retrieve_worklogs::TOOL,
    search_issues::TOOL,
];

/// The tools that are listed: all, or on a read-only server those that read.
pub fn listed(read_only: bool) -> impl Iterator<Item = &'static Tool> {
    ALL.iter().filter(move |it| it.kind.reads() || !read_only)
}

/// A tool by its name.
///
/// # Errors
/// The name that is most like the unknown one.
pub fn find(name: &str) -> Result<&'static Tool, &'static str> {
    let nearest = || similarity::nearest(name, ALL.iter().map(|it| it.name)).unwrap_or_default();
    ALL.iter().find(|it| it.name == name).ok_or_else(nearest)
}
