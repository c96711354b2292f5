//! The request log that a test reads back. It has a size limit and holds no credentials.

use std::collections::VecDeque;

use serde::Serialize;
use serde_json::Value;

use crate::{request::Request, response::Response};

/// The largest number of entries. The oldest one is dropped to make room for a new one.
const CAPACITY: usize = 100_000;
/// Larger bodies are not logged. In bytes.
const LARGEST_BODY: usize = 64 * 1024;

/// One logged request and its response.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Exchange {
    pub method: String,
    /// As sent, percent-encoded.
    pub path: String,
    /// As sent, without the question mark; empty if there is none.
    pub query: String,
    /// The JSON body of the request. Null if there is none, if it is not JSON, or if it exceeds 64 KiB.
    pub body: Value,
    /// `None` while the request is in progress, and if it got no response.
    pub status: Option<u16>,
    /// The JSON body of the response. Null under the same conditions as `body`.
    pub response: Value,
    /// The scheme of the Authorization header, without the credentials.
    pub authorization: Option<String>,
    /// The effect of the injected fault, by its name in JSON.
    pub fault: Option<String>,
}

#[derive(Debug, Default)]
pub(crate) struct RequestLog {
    entries: VecDeque<Exchange>,
    /// The number of the oldest entry. A response finds its request by number even after older entries were
    /// dropped.
    first: u64,
}

impl RequestLog {
    /// Adds a request without its response, and returns the number of the entry.
    pub(crate) fn add_request(&mut self, request: &Request, fault: Option<String>) -> u64 {
        if self.entries.len() >= CAPACITY {
            self.entries.pop_front();
            self.first += 1;
        }
        self.entries.push_back(Exchange {
            method: request.method.to_string(),
            path: request.path.clone(),
            query: request.raw_query.clone(),
            body: small_json(&request.body),
            status: None,
            response: Value::Null,
            authorization: request.authorization().map(|(scheme, _)| scheme.to_owned()),
            fault,
        });
        self.first + self.entries.len() as u64 - 1
    }

    pub(crate) fn add_response(&mut self, number: u64, response: &Response) {
        let index = number.checked_sub(self.first).and_then(|index| usize::try_from(index).ok());
        if let Some(entry) = index.and_then(|index| self.entries.get_mut(index)) {
            entry.status = Some(response.status);
            entry.response = small_json(&response.body);
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
