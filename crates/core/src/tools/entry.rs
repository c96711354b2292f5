//! An entry as a person gives it: the arguments that `createWorklog`, `bulkCreateWorklogs` and `editWorklog` share.

use serde_json::{Map, Value, json};

use super::{
    argument::{AnyParam, Argument, Arguments, Fault, Hours, HoursOrNone, Param, list, object},
    schema,
};
use crate::domain::{
    duration::{Seconds, TimeSpent},
    ids::{AccountId, IssueRef},
    time::{EndTime, StartTime, WorkDate},
    worklog::{Attribute, Draft},
};

pub(super) const ISSUE_KEY: Param<IssueRef> =
    Param::required("issueKey", "Issue key (PROJ-12) or numeric issue id");
pub(super) const DATE: Param<WorkDate> = Param::required("date", "Day of the work, YYYY-MM-DD");
pub(super) const TIME_SPENT_HOURS: Param<Hours> =
    Param::optional("timeSpentHours", "Decimal hours, e.g. 1.5");
pub(super) const TIME_SPENT: Param<TimeSpent> =
    Param::optional("timeSpent", "Duration like 1h30m or 45m, instead of timeSpentHours");
pub(super) const START_TIME: Param<StartTime> = Param::optional("startTime", "HH:MM, the user's wall clock");
pub(super) const END_TIME: Param<EndTime> =
    Param::optional("endTime", "HH:MM, with startTime instead of a duration; 00:00 is midnight");
pub(super) const DESCRIPTION: Param<String> = Param::optional("description", "What was done");
pub(super) const ATTRIBUTES: Param<GivenAttributes> = Param::optional(
    "attributes",
    "Tempo work attributes, e.g. [{\"key\":\"_WorkType_\",\"value\":\"Development\"}]",
);
pub(super) const BILLABLE_HOURS: Param<HoursOrNone> =
    Param::optional("billableHours", "Only if it differs from the time spent; 0 is allowed");
pub(super) const REMAINING_ESTIMATE_HOURS: Param<HoursOrNone> = Param::optional(
    "remainingEstimateHours",
    "New remaining estimate of the issue, where the site demands one",
);

/// Everything that a new entry takes.
pub(super) const PARAMETERS: &[&dyn AnyParam] = &[
    &ISSUE_KEY,
    &DATE,
    &TIME_SPENT_HOURS,
    &TIME_SPENT,
    &START_TIME,
    &END_TIME,
    &DESCRIPTION,
    &ATTRIBUTES,
    &BILLABLE_HOURS,
    &REMAINING_ESTIMATE_HOURS,
];

/// A new entry, parsed: its duration is known, its issue not yet.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) issue: IssueRef,
    pub(super) date: WorkDate,
    pub(super) start: Option<StartTime>,
    pub(super) time_spent: TimeSpent,
    pub(super) billable: Option<Seconds>,
    pub(super) remaining_estimate: Option<Seconds>,
    pub(super) description: String,
    pub(super) attributes: GivenAttributes,
}

impl Entry {
    pub(super) fn read(args: &mut Arguments) -> Option<Self> {
        let (issue, date) = (args.required(&ISSUE_KEY), args.required(&DATE));
        let times = Times::read(args);
        let time_spent = times.of_new_entry(args);
        let entry = Self {
            start: times.start,
            billable: args.optional(&BILLABLE_HOURS).map(|it| it.0),
            remaining_estimate: args.optional(&REMAINING_ESTIMATE_HOURS).map(|it| it.0),
            description: args.optional(&DESCRIPTION).unwrap_or_default(),
            attributes: args.optional(&ATTRIBUTES).unwrap_or_default(),
            issue: issue?,
            date: date?,
            time_spent: time_spent?,
        };
        Some(entry)
    }

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

/// All ways to say how long, as given.
pub(super) struct Times {
    pub(super) hours: Option<TimeSpent>,
    pub(super) text: Option<TimeSpent>,
    pub(super) start: Option<StartTime>,
    pub(super) end: Option<EndTime>,
    /// Something was given that could not be read: that is the fault to tell, not that it is missing.
    unreadable: bool,
}

impl Times {
    pub(super) fn read(args: &mut Arguments) -> Self {
        let given = |args: &Arguments| {
            [
                args.is_given(&TIME_SPENT_HOURS),
                args.is_given(&TIME_SPENT),
                args.is_given(&START_TIME),
                args.is_given(&END_TIME),
            ]
        };
        let before = given(args);
        let mut res = Self {
            hours: args.optional(&TIME_SPENT_HOURS).map(|it| it.0),
            text: args.optional(&TIME_SPENT),
            start: args.optional(&START_TIME),
            end: args.optional(&END_TIME),
            unreadable: false,
        };
        res.unreadable =
            before != [res.hours.is_some(), res.text.is_some(), res.start.is_some(), res.end.is_some()];
        res
    }

    fn of_new_entry(&self, args: &mut Arguments) -> Option<TimeSpent> {
        if self.unreadable {
            return None;
        }
        match self.resolve(self.start) {
            Ok(Some(time)) => Some(time),
            Ok(None) => {
                args.fault(
                    "timeSpentHours",
                    "is missing: give timeSpentHours, timeSpent, or startTime and endTime",
                );
                None
            }
            Err((name, why)) => {
                args.fault(name, why);
                None
            }
        }
    }

    /// The duration, if all that was said about it agrees to the second. `start` is where the entry starts.
    pub(super) fn resolve(
        &self,
        start: Option<StartTime>,
    ) -> Result<Option<TimeSpent>, (&'static str, String)> {
        let span = match (self.end, start) {
            (None, _) => None,
            (Some(_), None) => return Err(("endTime", "needs startTime".into())),
            (Some(end), Some(start)) => {
                let span = end.since(start).map_err(|why| ("endTime", format!("{end} {why}")))?;
                Some((format!("startTime {start} to endTime {end}"), span))
            }
        };
        let hours = self.hours.map(|it| (format!("timeSpentHours {}", it.seconds().hours()), it));
        let text = self.text.map(|it| (format!("timeSpent {}", it.seconds()), it));
        let said: Vec<(String, TimeSpent)> = [hours, text, span].into_iter().flatten().collect();
        let Some((_, first)) = said.first() else { return Ok(None) };
        if said.iter().all(|(_, it)| it == first) {
            return Ok(Some(*first));
        }
        let all: Vec<String> = said.iter().map(|(name, it)| format!("{name} ({})", it.seconds())).collect();
        Err(("timeSpentHours", format!("does not agree with the rest: {}; give one of them", all.join(", "))))
    }
}

/// Attributes as given: key and value, `None` to remove it.
#[derive(Debug, Clone, Default)]
pub(super) struct GivenAttributes(pub(super) Vec<(String, Option<String>)>);

impl Argument for GivenAttributes {
    fn schema() -> Value {
        json!({
            "type": "array",
            "items": {
                "type": "object",
                "properties": { "key": { "type": "string" }, "value": { "type": "string" } },
                "required": ["key", "value"],
                "additionalProperties": false,
            },
        })
    }

    /// A list of key and value; an object `{key: value}` is as plain.
    fn read(value: Value, at: &str, faults: &mut Vec<Fault>) -> Option<Self> {
        let value = match value {
            Value::String(text) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
            it => it,
        };
        let pairs: Vec<(String, Value, String)> = match value {
            Value::Object(map) => map.into_iter().map(|(key, it)| (format!("{at}.{key}"), it, key)).collect(),
            it => {
                let items = list(it, at, faults, "objects with key and value")?;
                let pairs =
                    items.into_iter().enumerate().map(|(i, it)| pair(it, &format!("{at}[{i}]"), faults));
                pairs.collect::<Vec<_>>().into_iter().collect::<Option<_>>()?
            }
        };
        let mut res: Vec<(String, Option<String>)> = Vec::new();
        for (place, value, key) in pairs {
            let value = match value {
                Value::Null => None,
                Value::String(it) => Some(it).filter(|it| !it.is_empty()),
                it @ (Value::Number(_) | Value::Bool(_)) => Some(it.to_string()),
                _ => {
                    faults.push(Fault { place, value: None, why: "must be text".into() });
                    return None;
                }
            };
            if res.iter().any(|(known, _)| *known == key) {
                faults.push(Fault { place, value: None, why: "names an attribute a second time".into() });
                return None;
            }
            res.push((key, value));
        }
        Some(Self(res))
    }
}

fn pair(item: Value, at: &str, faults: &mut Vec<Fault>) -> Option<(String, Value, String)> {
    let mut map = object(item, at, faults)?;
    match (map.remove("key"), map.remove("value"), map.is_empty()) {
        // A forgotten value is no wish to remove the attribute.
        (Some(Value::String(key)), Some(value), true) if !key.is_empty() => Some((at.to_owned(), value, key)),
        _ => {
            faults.push(Fault {
                place: at.into(),
                value: None,
                why: "must have exactly a key and a value".into(),
            });
            None
        }
    }
}

/// The entries of a bulk call, each at its place.
pub(super) struct Entries(pub(super) Vec<Entry>);

pub(super) const MOST_ENTRIES: usize = 500;

impl Argument for Entries {
    fn schema() -> Value {
        let mut items: Map<String, Value> = schema::input(PARAMETERS);
        items.insert("type".into(), json!("object"));
        json!({ "type": "array", "minItems": 1, "maxItems": MOST_ENTRIES, "items": items })
    }

    fn read(value: Value, at: &str, faults: &mut Vec<Fault>) -> Option<Self> {
        let items = list(value, at, faults, "entries")?;
        if items.is_empty() || items.len() > MOST_ENTRIES {
            let why = format!("has {} entries; give 1 to {MOST_ENTRIES} a call", items.len());
            faults.push(Fault { place: at.into(), value: None, why });
            return None;
        }
        let mut entries = Vec::with_capacity(items.len());
        for (i, item) in items.into_iter().enumerate() {
            let at = format!("{at}[{i}]");
            let Some(map) = object(item, &at, faults) else { continue };
            let mut args = Arguments::at(at, map, PARAMETERS);
            entries.extend(Entry::read(&mut args));
            faults.extend(args.faults());
        }
        faults.is_empty().then_some(Self(entries))
    }
}
