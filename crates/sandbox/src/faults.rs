//! Faults that the sandbox injects: which requests they apply to, how often, and their effects.
//! `faults/apply.rs` carries the effects out.

pub(crate) mod apply;

use serde::{Deserialize, Serialize};

use crate::request::Request;

/// A fault for the requests it matches. The first fault in the list that matches and is not used up is injected.
///
/// ```
/// use tempo_sandbox::{Effect, Fault};
///
/// // The second and third creation of a worklog get no response, although Tempo stores the worklogs.
/// let fault = Fault::on("POST", "/4/worklogs", Effect::ResetAfter).skip(1).times(2);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// `GET`, `POST` and so on; `None` matches every method.
    #[serde(default)]
    pub method: Option<String>,
    /// A part of the path, or a pattern for the whole path in which `*` matches any text. If it contains a `?`,
    /// it is compared with the path and the query. `None` matches every path.
    #[serde(default)]
    pub path: Option<String>,
    /// How many matching requests to leave alone first.
    #[serde(default)]
    pub skip: u32,
    /// How many requests to inject the fault into; `None` is without limit.
    #[serde(default)]
    pub times: Option<u32>,
    pub effect: Effect,
}

/// What happens instead of the response, or to it. In JSON: `{"type":"status","status":503,"retry_after":2}`.
///
/// "Processed" means that the vendor handles the request, so that a write is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Effect {
    /// Not processed; responds with this status. Without `body`, the body is what the vendor sends with this
    /// status. Without `retry_after`, there is no Retry-After header, even for 429.
    Status {
        status: u16,
        /// Seconds.
        #[serde(default)]
        retry_after: Option<u64>,
        #[serde(default)]
        body: Option<String>,
        #[serde(default)]
        media_type: Option<String>,
    },
    /// Processed as usual after a delay in milliseconds.
    Latency { ms: u64 },
    /// Not processed; the connection is reset.
    ResetBefore,
    /// Processed; the connection is reset before the response.
    ResetAfter,
    /// Processed; responds with this status, like a gateway that timed out.
    StatusAfter { status: u16 },
    /// Not processed; the connection is refused.
    Refuse,
    /// Processed; the JSON of the response is truncated.
    CutJson,
    /// Not processed; responds with an HTML page and status 200, like a proxy that requires a login.
    Html200,
    /// Processed; the response has no body.
    EmptyBody,
    /// Processed; the response has the right JSON and the media type text/plain.
    WrongMediaType,
    /// Processed; the JSON of the response has another structure.
    WrongShape,
    /// Not processed; redirects to this URL.
    Redirect { to: String },
    /// Processed; the `next` link of the page points to this host.
    ForeignNext { host: String },
    /// Processed; every page announces a next page.
    EndlessPaging,
    /// Not processed; no response is ever sent.
    Hang,
    /// Processed; no response is ever sent.
    HangAfter,
}

impl Fault {
    /// A fault for one method and path, without limit.
    pub fn on(method: &str, path: &str, effect: Effect) -> Fault {
        Fault { method: Some(method.to_owned()), path: Some(path.to_owned()), skip: 0, times: None, effect }
    }

    /// Limits the fault to this many requests.
    pub fn times(self, times: u32) -> Fault {
        Fault { times: Some(times), ..self }
    }

    /// Leaves this many matching requests alone first.
    pub fn skip(self, skip: u32) -> Fault {
        Fault { skip, ..self }
    }

    fn matches(&self, request: &Request) -> bool {
        let method =
            self.method.as_deref().is_none_or(|name| request.method.as_str().eq_ignore_ascii_case(name));
        method && self.path.as_deref().is_none_or(|pattern| path_matches(pattern, request))
    }
}

impl Effect {
    /// A response with this status and the vendor's own body for it.
    pub fn status(status: u16) -> Effect {
        Effect::Status { status, retry_after: None, body: None, media_type: None }
    }

    /// The name in JSON.
    pub(crate) fn name(&self) -> Option<String> {
        let value = serde_json::to_value(self).ok()?;
        value.get("type")?.as_str().map(str::to_owned)
    }
}

#[derive(Debug, Default)]
pub(crate) struct FaultList(Vec<Fault>);

impl FaultList {
    pub(crate) fn add(&mut self, faults: Vec<Fault>) {
        self.0.extend(faults);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn list(&self) -> &[Fault] {
        &self.0
    }

    /// Uses the first fault that applies to the request once, and returns its effect. A fault that still skips
    /// requests does not hide a later one.
    pub(crate) fn take(&mut self, request: &Request) -> Option<Effect> {
        for fault in &mut self.0 {
            if fault.times == Some(0) || !fault.matches(request) {
                continue;
            }
            if fault.skip > 0 {
                fault.skip -= 1;
                continue;
            }
            fault.times = fault.times.map(|times| times - 1);
            return Some(fault.effect.clone());
        }
        None
    }
}

fn path_matches(pattern: &str, request: &Request) -> bool {
    let with_query = format!("{}?{}", request.path, request.raw_query);
    let subject = if pattern.contains('?') { with_query.as_str() } else { request.path.as_str() };
    if !pattern.contains('*') {
        return subject.contains(pattern);
    }
    glob_matches(pattern, subject)
}

/// Whether the pattern matches the whole subject; `*` matches any text, including slashes.
fn glob_matches(pattern: &str, subject: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = subject.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        match rest.find(part) {
            Some(start) => rest = &rest[start + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::glob_matches;

    #[test]
    fn star_matches_any_text_and_both_ends_are_anchored() {
        assert!(glob_matches("/4/worklogs/*", "/4/worklogs/7/x"));
        assert!(glob_matches("*/bulk", "/4/worklogs/issue/7/bulk"));
        assert!(glob_matches("/4/*/issue/*", "/4/worklogs/issue/7"));
        assert!(!glob_matches("/4/worklogs/*", "/4/worklogs"));
        assert!(!glob_matches("/4/*/bulk", "/4/worklogs/issue/7"));
    }
}
