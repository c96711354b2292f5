//! What outlives a service that lives for one request, as on Workers: plain data, no handle to the outside.

use std::{
    collections::HashMap,
    sync::{Mutex, OnceLock, PoisonError},
};

use crate::{
    mcp::List,
    store::{seal::Record, tenants::Fingerprint},
    tools::Memory,
};

/// As many tenants as fit into an isolate with their caches. One more, and all of them begin anew.
const MOST: usize = 500;

#[derive(Default)]
pub struct Kept {
    list: OnceLock<List>,
    /// By tenant: the row that it belongs to, and what is remembered.
    memories: Mutex<HashMap<Record, (Fingerprint, Memory)>>,
}

impl Kept {
    pub(super) fn list(&self) -> List {
        self.list.get_or_init(|| List::of(false)).clone()
    }

    /// What is remembered of a tenant; nothing, where the row has changed.
    pub(super) fn memory(&self, record: &Record, row: &Fingerprint) -> Memory {
        let mut memories = self.memories.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, memory)) = memories.get(record)
            && known == row
        {
            return memory.clone();
        }
        if memories.len() >= MOST {
            memories.clear();
        }
        let memory = Memory::default();
        memories.insert(record.clone(), (row.clone(), memory.clone()));
        memory
    }
}
