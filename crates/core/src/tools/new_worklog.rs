//! A new worklog as the user gives it: the arguments of `createWorklog`, and of each entry of `bulkCreateWorklogs`.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{
    argument::{
        Argument, Arguments,
        json::{list, object},
    },
    attribute_changes::{AttributeChange, AttributeChanges},
    parameters::{
        ATTRIBUTES, BILLABLE_HOURS, DATE, DESCRIPTION, ISSUE_KEY, NEW_WORKLOG, REMAINING_ESTIMATE_HOURS,
    },
    rejection::Rejection,
    schema,
    time_arguments::TimeArguments,
    worklog_view::AttributeView,
};
use crate::domain::{
    duration::{Seconds, TimeSpent},
    ids::{AccountId, IssueRef},
    time::{StartTime, WorkDate},
    worklog::{Attribute, Draft},
};

/// A new worklog, parsed: its duration is known, its issue is not looked up yet.
#[derive(Debug, Clone)]
pub(super) struct NewWorklog {
    pub(super) issue: IssueRef,
    pub(super) date: WorkDate,
    pub(super) start: Option<StartTime>,
    pub(super) time_spent: TimeSpent,
    pub(super) billable: Option<Seconds>,
    pub(super) remaining_estimate: Option<Seconds>,
    pub(super) description: String,
    pub(super) attributes: AttributeChanges,
}

impl NewWorklog {
    pub(super) fn read(args: &mut Arguments) -> Option<Self> {
        let (issue, date) = (args.required(&ISSUE_KEY), args.required(&DATE));
        let times = TimeArguments::read(args);
        let time_spent = times.of_new_worklog(args);
        let worklog = Self {
            start: times.start,
            billable: args.optional(&BILLABLE_HOURS).map(|it| it.0),
            remaining_estimate: args.optional(&REMAINING_ESTIMATE_HOURS).map(|it| it.0),
            description: args.optional(&DESCRIPTION).unwrap_or_default(),
            attributes: args.optional(&ATTRIBUTES).unwrap_or_default(),
            issue: issue?,
            date: date?,
            time_spent: time_spent?,
        };
        Some(worklog)
    }

    /// The arguments that say the same.
    pub(super) fn arguments(&self) -> NewWorklogArguments {
        let attribute = |it: &AttributeChange| AttributeView {
            key: it.key.clone(),
            value: it.value.clone().unwrap_or_default(),
            label: None,
        };
        NewWorklogArguments {
            issue_key: self.issue.to_string(),
            date: self.date.to_string(),
            time_spent: self.time_spent.seconds().to_string(),
            start_time: self.start.map(|it| it.to_string()),
            description: self.description.clone(),
            billable_hours: self.billable.map(|it| it.hours()),
            remaining_estimate_hours: self.remaining_estimate.map(|it| it.hours()),
            attributes: self.attributes.0.iter().map(attribute).collect(),
        }
    }

    /// What is sent to Tempo, with the attributes as the site stores them.
    pub(super) fn draft(&self, author: AccountId, attributes: Vec<Attribute>) -> Draft {
        Draft {
            author,
            date: self.date,
            start: self.start,
            time_spent: self.time_spent.seconds(),
            billable: self.billable,
            remaining_estimate: self.remaining_estimate,
            description: self.description.clone(),
            attributes,
        }
    }
}

/// The arguments of `createWorklog` that enter a worklog, exact to the second.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewWorklogArguments {
    pub(super) issue_key: String,
    pub(super) date: String,
    pub(super) time_spent: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) start_time: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) billable_hours: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) remaining_estimate_hours: Option<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) attributes: Vec<AttributeView>,
}

/// The entries of a bulk call, in the order given.
pub(super) struct WorklogEntries(pub(super) Vec<NewWorklog>);

const MOST_ENTRIES: usize = 500;

impl Argument for WorklogEntries {
    fn schema() -> Value {
        let mut items: Map<String, Value> = schema::input(NEW_WORKLOG);
        items.insert("type".into(), json!("object"));
        json!({ "type": "array", "minItems": 1, "maxItems": MOST_ENTRIES, "items": items })
    }

    fn read(value: Value, place: &str, rejections: &mut Vec<Rejection>) -> Option<Self> {
        let items = list(value, place, rejections, "entries")?;
        if items.is_empty() || items.len() > MOST_ENTRIES {
            let reason = format!("has {} entries; give 1 to {MOST_ENTRIES} in one call", items.len());
            rejections.push(Rejection::new(place, reason));
            return None;
        }
        let mut entries = Vec::with_capacity(items.len());
        for (i, item) in items.into_iter().enumerate() {
            let place = format!("{place}[{i}]");
            let Some(map) = object(item, &place, rejections) else { continue };
            let mut args = Arguments::at(place, map, NEW_WORKLOG);
            entries.extend(NewWorklog::read(&mut args));
            rejections.extend(args.into_rejections());
        }
        rejections.is_empty().then_some(Self(entries))
    }
}
