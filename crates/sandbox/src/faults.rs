//! Faults: which requests they meet, how often, and what they do. `faults/apply.rs` does it.

pub(crate) mod apply;

use serde::{Deserialize, Serialize};

use crate::call::Call;

/// A fault for the requests it matches. The first one in the list that matches and has plays left wins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// `GET`, `POST`, …; None is every method.
    #[serde(default)]
    pub method: Option<String>,
    /// A part of the path, or a pattern for all of it with `*` for any text. With a `?` in it, the query is
    /// part of what is compared. None is every path.
    #[serde(default)]
    pub path: Option<String>,
    /// Matching requests to let pass first.
    #[serde(default)]
    pub skip: u32,
    /// How often to play it; None is for ever.
    #[serde(default)]
    pub times: Option<u32>,
    pub effect: Effect,
}

/// What happens instead of, or to, the answer. In JSON: `{"type":"status","status":503,"retry_after":2}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Effect {
    /// Not processed; this status. Without a body, the vendor's own words for it; without `retry_after`, no
    /// such header, 429 included.
    Status {
        status: u16,
        #[serde(default)]
        retry_after: Option<u64>,
        #[serde(default)]
        body: Option<String>,
        #[serde(default)]
        media_type: Option<String>,
    },
    /// Processed as usual, after this wait.
    Latency { ms: u64 },
    /// Not processed; the connection is reset.
    ResetBefore,
    /// Processed; the connection is reset instead of answering.
    ResetAfter,
    /// Processed; answered with this status, as by a gateway that gave up waiting.
    StatusAfter { status: u16 },
    /// The connection is refused.
    Refuse,
    /// Processed; the answer's JSON ends in the middle.
    CutJson,
    /// Not processed; an HTML page with status 200, as by a proxy that wants a login.
    Html200,
    /// Processed; the answer has no body.
    EmptyBody,
    /// Processed; the right JSON with media type text/plain.
    WrongMediaType,
    /// Processed; JSON of another shape.
    WrongShape,
    /// Not processed; a redirect to this address.
    Redirect { to: String },
    /// Processed; the page's `next` points to this host.
    ForeignNext { host: String },
    /// Processed; every page says that there is another one.
    EndlessPaging,
    /// Not processed; no answer ever comes.
    Hang,
    /// Processed; no answer ever comes.
    HangAfter,
}

impl Fault {
    /// A fault for one method and path, for ever.
    pub fn on(method: &str, path: &str, effect: Effect) -> Fault {
        Fault { method: Some(method.to_owned()), path: Some(path.to_owned()), skip: 0, times: None, effect }
    }

    pub fn times(self, times: u32) -> Fault {
        Fault { times: Some(times), ..self }
    }

    pub fn skip(self, skip: u32) -> Fault {
        Fault { skip, ..self }
    }

    fn matches(&self, call: &Call) -> bool {
        let method =
            self.method.as_deref().is_none_or(|name| call.method.as_str().eq_ignore_ascii_case(name));
        method && self.path.as_deref().is_none_or(|pattern| path_matches(pattern, call))
    }
}

impl Effect {
    /// A bare status, in the vendor's own words.
    pub fn status(status: u16) -> Effect {
        Effect::Status { status, retry_after: None, body: None, media_type: None }
    }

    pub(crate) fn name(&self) -> Option<String> {
        let value = serde_json::to_value(self).ok()?;
        value.get("type")?.as_str().map(str::to_owned)
    }
}

#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    pub(crate) fn add(&mut self, faults: Vec<Fault>) {
        self.0.extend(faults);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn list(&self) -> &[Fault] {
        &self.0
    }

    /// Takes one play of the first fault that applies. A fault that still skips does not hide a later one.
    pub(crate) fn take(&mut self, call: &Call) -> Option<Effect> {
        for fault in &mut self.0 {
            if fault.times == Some(0) || !fault.matches(call) {
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

fn path_matches(pattern: &str, call: &Call) -> bool {
    let with_query = format!("{}?{}", call.path, call.raw_query);
    let subject = if pattern.contains('?') { with_query.as_str() } else { call.path.as_str() };
    if !pattern.contains('*') {
        return subject.contains(pattern);
    }
    glob(pattern, subject)
}

/// `*` stands for any text, slashes included; the pattern has to cover the whole subject.
fn glob(pattern: &str, subject: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = subject.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        match rest.find(part) {
            Some(place) => rest = &rest[place + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::glob;

    #[test]
    fn a_star_covers_any_text_and_the_ends_are_anchored() {
        assert!(glob("/4/worklogs/*", "/4/worklogs/7/x"));
        assert!(glob("*/bulk", "/4/worklogs/issue/7/bulk"));
        assert!(glob("/4/*/issue/*", "/4/worklogs/issue/7"));
        assert!(!glob("/4/worklogs/*", "/4/worklogs"));
        assert!(!glob("/4/*/bulk", "/4/worklogs/issue/7"));
    }
}
