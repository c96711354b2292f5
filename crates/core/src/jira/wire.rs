//! Jira's JSON, reduced to the fields that are used.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::identity::Identity;
use crate::domain::{
    ids::{AccountId, IssueId, IssueKey},
    site::CustomField,
    worklog::Issue as DomainIssue,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TenantInfo {
    pub(super) cloud_id: String,
}

#[derive(Deserialize)]
pub(super) struct Field {
    id: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    schema: Option<FieldSchema>,
}

#[derive(Deserialize)]
struct FieldSchema {
    #[serde(default)]
    custom: Option<String>,
}

impl Field {
    /// `None` for Jira's own fields.
    pub(super) fn into_custom(self) -> Option<CustomField> {
        let implementation = self.schema?.custom?;
        // "io.tempo.jira__account", or behind an app's key: "…/static/account".
        let is_account = implementation.contains("tempo") && implementation.ends_with("account");
        Some(CustomField { id: self.id, name: self.name, is_account })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct User {
    #[serde(deserialize_with = "account_id")]
    account_id: AccountId,
    #[serde(default)]
    display_name: String,
    #[serde(default)]
    email_address: Option<String>,
    #[serde(default)]
    time_zone: Option<String>,
}

fn account_id<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<AccountId, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

impl User {
    pub(super) fn has_email(&self, email: &str) -> bool {
        self.email_address.as_ref().is_some_and(|it| it.eq_ignore_ascii_case(email))
    }

    pub(super) fn hides_email(&self) -> bool {
        self.email_address.as_ref().is_none_or(String::is_empty)
    }
}

impl From<User> for Identity {
    fn from(it: User) -> Self {
        Self { account: it.account_id, name: it.display_name, zone_name: it.time_zone, zone: None }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BulkFetch<'a> {
    pub(super) issue_ids_or_keys: &'a [String],
    pub(super) fields: &'a [&'a str],
    pub(super) fields_by_keys: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SearchJql<'a> {
    pub(super) jql: &'a str,
    pub(super) fields: &'a [&'a str],
    pub(super) max_results: usize,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SearchPage {
    pub(super) issues: Vec<Issue>,
    /// Only in the response of a search.
    #[serde(default)]
    pub(super) is_last: Option<bool>,
}

#[derive(Deserialize)]
pub(super) struct Issue {
    id: String,
    key: String,
    #[serde(default)]
    fields: HashMap<String, Value>,
}

impl Issue {
    /// `None` if the id or key has a form that Jira does not use.
    pub(super) fn into_domain(self, account_field: Option<&str>) -> Option<DomainIssue> {
        let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
        let key: IssueKey = self.key.parse().ok()?;
        let id: IssueId = self.id.parse().ok()?;
        let project = self.fields.get("project").and_then(|it| it.get("key"));
        Some(DomainIssue {
            id,
            summary: text(self.fields.get("summary")),
            status: text(self.fields.get("status").and_then(|it| it.get("name"))),
            project: project.and_then(Value::as_str).unwrap_or_else(|| key.project()).to_owned(),
            account: account_field.and_then(|it| account(self.fields.get(it)?)),
            key,
        })
    }
}

/// The custom field's value is an object; its `id` is the account's numeric id in Tempo (`value` is its name).
fn account(value: &Value) -> Option<u64> {
    let id = value.get("id")?;
    id.as_u64().or_else(|| id.as_str()?.parse().ok())
}
