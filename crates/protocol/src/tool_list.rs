//! The tools as a client lists them.

use std::sync::{Arc, OnceLock};

use rmcp::model::{Tool, ToolAnnotations};
use serde_json::{Value, value::RawValue};
use tempo_mcp_core::tools;

use crate::era::Era;

/// The listed tools. Made once, when a client first asks for them: without their schemas the program starts with less
/// memory. All tenants share it.
#[derive(Clone)]
pub struct ToolList {
    read_only: bool,
    tools: Arc<OnceLock<Box<[Tool]>>>,
    /// The encoded results of `tools/list`, one for each era.
    encoded: Arc<[OnceLock<Box<RawValue>>; 2]>,
}

impl ToolList {
    /// All tools, or only those that read.
    #[must_use]
    pub fn new(read_only: bool) -> Self {
        Self { read_only, tools: Arc::default(), encoded: Arc::default() }
    }

    pub(crate) fn tools(&self) -> &[Tool] {
        self.tools.get_or_init(|| tools::listed(self.read_only).map(described).collect())
    }

    pub(crate) fn encoded(&self, era: Era) -> &OnceLock<Box<RawValue>> {
        let [legacy, modern] = &*self.encoded;
        match era {
            Era::Legacy => legacy,
            Era::Modern => modern,
        }
    }
}

/// The `tools` of a `tools/list` result, exactly as a client receives them.
#[must_use]
pub fn as_json(read_only: bool) -> Value {
    let tools: Vec<Tool> = tools::listed(read_only).map(described).collect();
    serde_json::json!({ "tools": tools })
}

fn described(tool: &tools::Tool) -> Tool {
    let hints = ToolAnnotations::with_title(tool.title)
        .read_only(tool.kind.reads())
        .destructive(tool.kind.is_destructive())
        .idempotent(tool.kind.is_idempotent())
        .open_world(true);
    Tool::new(tool.name, tool.description, tool.input_schema())
        .with_title(tool.title)
        .with_raw_output_schema(Arc::new(tool.output_schema()))
        .with_annotations(hints)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemas_are_made_when_a_client_asks_for_them() {
        let list = ToolList::new(false);
        let shared = list.clone();
        assert!(list.tools.get().is_none());
        assert_eq!(list.tools().len(), tools::ALL.len());
        assert!(shared.tools.get().is_some(), "once for all tenants");
        assert!(ToolList::new(true).tools().len() < tools::ALL.len());
    }
}
