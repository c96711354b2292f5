//! The log of requests that a test reads back: bounded, and without credentials.

use std::collections::VecDeque;

use serde::Serialize;
use serde_json::Value;

use crate::{answer::Answer, call::Call};

const KEPT: usize = 100_000;
const LARGEST_BODY: usize = 64 * 1024;

/// One request and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Exchange {
    pub method: String,
    /// As sent, percent-encoded.
    pub path: String,
    /// As sent, without the question mark; empty where there is none.
    pub query: String,
    /// The JSON body; null where there is none, where it is no JSON, and above 64 KiB.
    pub body: Value,
    /// None while the answer is outstanding, and where none was given.
    pub status: Option<u16>,
    /// The JSON answer; null as for the body.
    pub answer: Value,
    /// The scheme of the Authorization header; never its credentials.
    pub authorization: Option<String>,
    /// The fault that was played, by its name in JSON.
    pub fault: Option<String>,
}

#[derive(Debug, Default)]
pub(crate) struct Log {
    entries: VecDeque<Exchange>,
    /// The number of the oldest entry kept, so that an answer finds its request after others were dropped.
    first: u64,
}

impl Log {
    pub(crate) fn begin(&mut self, call: &Call, fault: Option<String>) -> u64 {
        if self.entries.len() >= KEPT {
            self.entries.pop_front();
            self.first += 1;
        }
        self.entries.push_back(Exchange {
            method: call.method.to_string(),
            path: call.path.clone(),
            query: call.raw_query.clone(),
            body: small_json(&call.body),
            status: None,
            answer: Value::Null,
            authorization: call.authorization().map(|(scheme, _)| scheme.to_owned()),
            fault,
        });
        self.first + self.entries.len() as u64 - 1
    }

    pub(crate) fn end(&mut self, number: u64, answer: &Answer) {
        let place = number.checked_sub(self.first).and_then(|place| usize::try_from(place).ok());
        if let Some(entry) = place.and_then(|place| self.entries.get_mut(place)) {
            entry.status = Some(answer.status);
            entry.answer = small_json(&answer.body);
        }
    }

    pub(crate) fn clear(&mut self) {
        self.first += self.entries.len() as u64;
        self.entries.clear();
    }

    pub(crate) fn entries(&self) -> Vec<Exchange> {
        self.entries.iter().cloned().collect()
    }
}

fn small_json(body: &[u8]) -> Value {
    if body.is_empty() || body.len() > LARGEST_BODY {
        return Value::Null;
    }
    serde_json::from_slice(body).unwrap_or(Value::Null)
}
