//! The worklogs that Tempo stores, before and after a call. Tests compare these, whatever a tool reports.

use std::collections::BTreeMap;

use serde_json::Value;
use tempo_sandbox::{MAIN_ACCOUNT_ID, Sandbox};

/// All worklogs at one moment, by id.
pub struct Ledger(BTreeMap<u64, Value>);

/// The difference between two moments.
#[derive(Debug, Default, PartialEq)]
pub struct Changes {
    pub added: Vec<Value>,
    pub removed: Vec<Value>,
    pub changed: Vec<(Value, Value)>,
}

impl Ledger {
    pub fn of(sandbox: &Sandbox) -> Self {
        Self(sandbox.worklogs().into_iter().map(|it| (id(&it), it)).collect())
    }

    pub fn changes(&self, sandbox: &Sandbox) -> Changes {
        let now = Self::of(sandbox).0;
        let added = now.iter().filter(|(id, _)| !self.0.contains_key(id)).map(|(_, it)| it.clone());
        let removed = self.0.iter().filter(|(id, _)| !now.contains_key(id)).map(|(_, it)| it.clone());
        let both = self.0.iter().filter_map(|(id, before)| Some((before, now.get(id)?)));
        let changed = both.filter(|(before, after)| before != after);
        Changes {
            added: added.collect(),
            removed: removed.collect(),
            changed: changed.map(|(before, after)| (before.clone(), after.clone())).collect(),
        }
    }
}

impl Changes {
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// These changes without what differs from run to run: ids and times of writing.
    pub fn essence(&self) -> Self {
        let mut res = Self {
            added: self.added.iter().map(essence).collect(),
            removed: self.removed.iter().map(essence).collect(),
            changed: self.changed.iter().map(|(a, b)| (essence(a), essence(b))).collect(),
        };
        res.added.sort_by_key(Value::to_string);
        res.removed.sort_by_key(Value::to_string);
        res
    }
}

/// A worklog without ids and times of writing: the fields that a person could lose.
pub fn essence(worklog: &Value) -> Value {
    let mut res = worklog.clone();
    if let Some(fields) = res.as_object_mut() {
        for name in ["tempoWorklogId", "jiraWorklogId", "self", "createdAt", "updatedAt"] {
            fields.remove(name);
        }
        if let Some(attributes) = fields.get_mut("attributes").and_then(Value::as_object_mut) {
            attributes.remove("self");
        }
    }
    res
}

/// Tempo's id of a worklog.
pub fn id(worklog: &Value) -> u64 {
    worklog["tempoWorklogId"].as_u64().unwrap()
}

/// The main user's first worklog on `date` that has a description.
pub fn own(sandbox: &Sandbox, date: &str) -> Value {
    let fits = |it: &Value| {
        it["author"]["accountId"] == MAIN_ACCOUNT_ID
            && it["startDate"] == date
            && it["description"].as_str().is_some_and(|text| text.len() > 10)
    };
    sandbox.worklogs().into_iter().find(fits).unwrap()
}
