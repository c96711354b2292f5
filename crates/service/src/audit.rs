//! Security events: who signed up, opened, changed or deleted what, and what operators did. One JSON object for each.
//!
//! In scope: what an event is, its JSON, and its line in the log. Elsewhere: the rows (`store::audit_events`) and whose
//! request it was (`http::audit`).

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Serialize;
use tempo_mcp_core::seal::TenantHash;

/// The target of events in the log. Unlike other targets, this one is part of what operators can rely on.
pub const TARGET: &str = "tempo_mcp::audit";

/// What happened. The texts are stored and documented, so they never change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventKind(Cow<'static, str>);

impl EventKind {
    pub const SIGN_UP: Self = Self(Cow::Borrowed("sign-up"));
    pub const SIGN_UP_REFUSED: Self = Self(Cow::Borrowed("sign-up refused"));
    pub const OPENED: Self = Self(Cow::Borrowed("opened"));
    pub const TOKENS_REPLACED: Self = Self(Cow::Borrowed("tokens replaced"));
    pub const TOKENS_REFUSED: Self = Self(Cow::Borrowed("tokens refused"));
    pub const URL_REPLACED: Self = Self(Cow::Borrowed("URL replaced"));
    pub const REVOKED: Self = Self(Cow::Borrowed("revoked"));
    pub const DELETED: Self = Self(Cow::Borrowed("deleted"));

    /// An operator's command, by its name on the command line.
    #[must_use]
    pub fn operator(command: &str) -> Self {
        Self(format!("operator: {command}").into())
    }

    pub(crate) fn from_row(text: String) -> Self {
        Self(text.into())
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nothing about the tenant may be stored after this event.
    pub(crate) fn ends_tenant(&self) -> bool {
        [Self::REVOKED, Self::DELETED].contains(self)
    }
}

/// One security event. It contains no token, no e-mail address and no text that a person wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEvent {
    pub at: Timestamp,
    pub kind: EventKind,
    /// Details in fixed words and numbers; often empty.
    pub detail: String,
    /// `None` for events that belong to no tenant.
    pub tenant: Option<TenantHash>,
    /// The client's address or its keyed hash; empty for an operator's command.
    pub client: String,
    /// The id of the HTTP request; empty for an operator's command.
    pub request: String,
}

/// An event in JSON. The names are documented, so they never change.
#[derive(Serialize)]
struct JsonEvent<'a> {
    timestamp: String,
    target: &'a str,
    event: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    client: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    request: &'a str,
}

impl AuditEvent {
    /// The event as a JSON object on one line.
    #[must_use]
    pub fn to_json(&self) -> String {
        let json = JsonEvent {
            timestamp: instant(self.at),
            target: TARGET,
            event: self.kind.as_str(),
            detail: &self.detail,
            tenant: self.tenant.as_ref().map(TenantHash::short),
            client: &self.client,
            request: &self.request,
        };
        // Only maps with other keys than strings cannot be serialized.
        serde_json::to_string(&json).unwrap_or_default()
    }

    /// Writes the event to the log. Its message is the JSON object, which each edge writes as a line of its own.
    pub fn log(&self) {
        tracing::info!(target: TARGET, "{}", self.to_json());
    }
}

/// An instant as rows store it: of constant length, so that it sorts as text.
pub(crate) fn instant(at: Timestamp) -> String {
    format!("{at:.3}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_is_one_json_object_without_empty_fields() {
        let event = AuditEvent {
            at: "2026-03-18T09:05:00.5Z".parse().unwrap(),
            kind: EventKind::SIGN_UP,
            detail: String::new(),
            tenant: Some(TenantHash::from_row("0123456789abcdef".into())),
            client: "2001:db8::1".into(),
            request: "e98c2d5a".into(),
        };
        assert_eq!(
            event.to_json(),
            r#"{"timestamp":"2026-03-18T09:05:00.500Z","target":"tempo_mcp::audit","event":"sign-up","tenant":"0123456789ab","client":"2001:db8::1","request":"e98c2d5a"}"#
        );
        let kind = EventKind::operator("keys rotate");
        let command =
            AuditEvent { kind, tenant: None, client: String::new(), request: String::new(), ..event };
        assert_eq!(
            command.to_json(),
            r#"{"timestamp":"2026-03-18T09:05:00.500Z","target":"tempo_mcp::audit","event":"operator: keys rotate"}"#
        );
    }
}
