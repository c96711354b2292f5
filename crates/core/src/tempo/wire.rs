//! Tempo's JSON, as documented and as production sends it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::{
    duration::Seconds,
    ids::{IssueId, WorklogId},
    schedule::DaySchedule,
    site, worklog as domain,
    worklog::Draft,
};

/// A page of a list. `metadata.next` may be an address on another host, so it only means that there is more.
#[derive(Deserialize)]
pub(super) struct Page<T> {
    pub(super) metadata: Metadata,
    pub(super) results: Vec<T>,
}

#[derive(Deserialize)]
pub(super) struct Metadata {
    #[serde(default)]
    pub(super) limit: Option<u64>,
    #[serde(default)]
    pub(super) next: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Worklog {
    pub(super) tempo_worklog_id: u64,
    issue: Issue,
    author: Author,
    time_spent_seconds: Seconds,
    #[serde(default)]
    billable_seconds: Option<Seconds>,
    #[serde(deserialize_with = "parsed")]
    start_date: jiff::civil::Date,
    #[serde(default)]
    start_time: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    attributes: Option<Attributes>,
    #[serde(default)]
    created_at: Option<String>,
}

#[derive(Deserialize)]
struct Issue {
    id: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Author {
    #[serde(deserialize_with = "parsed")]
    account_id: crate::domain::ids::AccountId,
}

#[derive(Deserialize)]
struct Attributes {
    #[serde(default)]
    values: Vec<Attribute>,
}

#[derive(Deserialize, Serialize)]
struct Attribute {
    key: String,
    #[serde(default)]
    value: Option<Value>,
}

fn parsed<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
    text.parse().map_err(serde::de::Error::custom)
}

impl From<Worklog> for domain::Worklog {
    fn from(it: Worklog) -> Self {
        let attributes = it.attributes.map(|it| it.values).unwrap_or_default();
        Self {
            id: WorklogId(it.tempo_worklog_id),
            issue: IssueId(it.issue.id),
            author: it.author.account_id,
            date: crate::domain::time::WorkDate(it.start_date),
            start: it.start_time.and_then(|it| it.parse().ok()),
            time_spent: it.time_spent_seconds,
            billable: it.billable_seconds,
            description: it.description.unwrap_or_default(),
            attributes: attributes.into_iter().filter_map(Attribute::into_domain).collect(),
            created_at: it.created_at.and_then(|it| it.parse().ok()),
        }
    }
}

impl Attribute {
    /// Values are documented as text, but checkboxes and numbers also come as booleans and numbers.
    fn into_domain(self) -> Option<domain::Attribute> {
        let value = match self.value? {
            Value::Null => return None,
            Value::String(it) => it,
            it => it.to_string(),
        };
        Some(domain::Attribute { key: self.key, value })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreateWorklog<'a> {
    pub(super) issue_id: u64,
    #[serde(flatten)]
    pub(super) fields: WorklogFields<'a>,
}

/// The fields that create, bulk create and update share. The bulk call has no remaining estimate, so worklogs with one
/// are created one by one.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WorklogFields<'a> {
    author_account_id: &'a str,
    start_date: String,
    time_spent_seconds: Seconds,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_time: Option<String>,
    description: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    billable_seconds: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remaining_estimate_seconds: Option<Seconds>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attributes: Vec<AttributeValue<'a>>,
}

#[derive(Serialize)]
struct AttributeValue<'a> {
    key: &'a str,
    value: &'a str,
}

impl<'a> WorklogFields<'a> {
    pub(super) fn of(draft: &'a Draft) -> Self {
        Self {
            author_account_id: draft.author.as_str(),
            start_date: draft.date.to_string(),
            time_spent_seconds: draft.time_spent,
            start_time: draft.start.map(crate::domain::time::StartTime::with_seconds),
            description: &draft.description,
            billable_seconds: draft.billable,
            remaining_estimate_seconds: draft.remaining_estimate,
            attributes: draft
                .attributes
                .iter()
                .map(|it| AttributeValue { key: &it.key, value: &it.value })
                .collect(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SearchWorklogs {
    pub(super) author_ids: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) issue_ids: Vec<u64>,
    pub(super) from: String,
    pub(super) to: String,
}

#[derive(Deserialize)]
pub(super) struct WorkAttribute {
    pub(super) key: String,
    #[serde(default)]
    name: String,
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    values: Option<Vec<String>>,
    #[serde(default)]
    names: Option<BTreeMap<String, String>>,
}

impl From<WorkAttribute> for site::WorkAttribute {
    fn from(it: WorkAttribute) -> Self {
        let labels = it.names.unwrap_or_default();
        // An ACCOUNT attribute may list some accounts, but its value may be the key of any account.
        let values = if it.kind == "ACCOUNT" { Vec::new() } else { it.values.unwrap_or_default() };
        let choices = values.into_iter().map(|value| {
            let label = labels.get(&value).cloned().unwrap_or_else(|| value.clone());
            (value, label)
        });
        Self {
            is_account: it.kind == "ACCOUNT",
            required: it.required,
            choices: choices.collect(),
            key: it.key,
            name: it.name,
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Account {
    pub(super) id: u64,
    key: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    status: Option<String>,
}

impl From<Account> for site::Account {
    fn from(it: Account) -> Self {
        Self { id: it.id, key: it.key, name: it.name, open: it.status.is_none_or(|it| it == "OPEN") }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GlobalConfiguration {
    #[serde(default)]
    max_hours_per_day_per_user: Option<f64>,
    #[serde(default)]
    number_of_days_allowed_into_future: Option<i64>,
    #[serde(default)]
    remaining_estimate_optional: Option<bool>,
    #[serde(default)]
    worklog_description_optional: Option<bool>,
    #[serde(default)]
    start_and_end_times_enabled: Option<bool>,
    #[serde(default)]
    approval_period: Option<String>,
}

impl From<GlobalConfiguration> for site::SiteRules {
    fn from(it: GlobalConfiguration) -> Self {
        Self {
            remaining_estimate_optional: it.remaining_estimate_optional,
            description_optional: it.worklog_description_optional,
            most_per_day: it.max_hours_per_day_per_user.and_then(Seconds::from_hours),
            days_into_future: it.number_of_days_allowed_into_future,
            start_times_enabled: it.start_and_end_times_enabled,
            approval_period: match it.approval_period.as_deref() {
                Some("WEEK") => Some(site::ApprovalPeriod::Week),
                Some("MONTH") => Some(site::ApprovalPeriod::Month),
                _ => None,
            },
        }
    }
}

/// This list has no pages; its `metadata` contains only a count.
#[derive(Deserialize)]
pub(super) struct Schedule {
    #[serde(rename = "self", default)]
    pub(super) link: String,
    pub(super) results: Vec<ScheduleDay>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ScheduleDay {
    #[serde(deserialize_with = "parsed")]
    date: jiff::civil::Date,
    required_seconds: Seconds,
    #[serde(default)]
    holiday: Option<Holiday>,
}

#[derive(Deserialize)]
struct Holiday {
    #[serde(default)]
    name: Option<String>,
}

impl From<ScheduleDay> for DaySchedule {
    fn from(it: ScheduleDay) -> Self {
        let holiday = it.holiday.map(|it| it.name.unwrap_or_else(|| "holiday".into()));
        Self { date: crate::domain::time::WorkDate(it.date), required: it.required_seconds, holiday }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worklog_with_only_required_fields_is_read() {
        let text = r#"{"tempoWorklogId":1,"issue":{"id":2,"self":"x"},"author":{"accountId":"a:b-1","self":"x"},
            "timeSpentSeconds":3600,"startDate":"2026-03-02","attributes":{"self":"x","values":[]},
            "createdAt":"2026-03-02T10:00:00Z","updatedAt":"2026-03-02T10:00:00Z","self":"x"}"#;
        let worklog: domain::Worklog = serde_json::from_str::<Worklog>(text).unwrap().into();
        assert_eq!((worklog.start, worklog.billable, worklog.description.as_str()), (None, None, ""));
    }

    #[test]
    fn json_of_another_shape_is_refused() {
        for text in [
            "{}",
            r#"{"tempoWorklogId":1,"issue":{"id":2},"author":{"accountId":"a/../b"},"timeSpentSeconds":1,"startDate":"2026-03-02"}"#,
            r#"{"tempoWorklogId":1,"issue":{"id":2},"author":{"accountId":"a"},"timeSpentSeconds":1,"startDate":"2026-02-30"}"#,
        ] {
            assert!(serde_json::from_str::<Worklog>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn attributes_of_any_type_become_text() {
        let text =
            r#"[{"key":"a","value":"x"},{"key":"b","value":true},{"key":"c","value":null},{"key":"d"}]"#;
        let values: Vec<Attribute> = serde_json::from_str(text).unwrap();
        let values: Vec<_> =
            values.into_iter().filter_map(Attribute::into_domain).map(|it| it.value).collect();
        assert_eq!(values, ["x", "true"]);
    }
}
