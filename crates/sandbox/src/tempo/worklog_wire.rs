//! A worklog in Tempo's JSON.

use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::Value;

use crate::{
    constants::ACCOUNT_ATTRIBUTE, context::RequestContext, model::Worklog, settings::Settings,
    site_data::SiteData,
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WorklogWire<'a> {
    #[serde(rename = "self")]
    link: String,
    tempo_worklog_id: u64,
    issue: IssueWire,
    time_spent_seconds: u64,
    billable_seconds: u64,
    start_date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_date_time_utc: Option<String>,
    description: &'a str,
    created_at: String,
    updated_at: String,
    author: AuthorWire<'a>,
    attributes: AttributesWire<'a>,
}

#[derive(Serialize)]
struct IssueWire {
    #[serde(rename = "self")]
    link: String,
    id: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AuthorWire<'a> {
    #[serde(rename = "self")]
    link: String,
    account_id: &'a str,
}

#[derive(Serialize)]
struct AttributesWire<'a> {
    #[serde(rename = "self")]
    link: String,
    values: Vec<AttributeValueWire<'a>>,
}

#[derive(Serialize)]
pub(super) struct AttributeValueWire<'a> {
    key: &'a str,
    value: &'a str,
}

/// Converts worklogs to JSON for one request.
#[derive(Clone, Copy)]
pub(super) struct WorklogSerializer<'a> {
    site: &'a SiteData,
    settings: &'a Settings,
    origin: &'a str,
}

impl<'a> WorklogSerializer<'a> {
    pub(super) fn of(context: &'a RequestContext) -> WorklogSerializer<'a> {
        WorklogSerializer { site: context.site, settings: context.settings, origin: &context.request.origin }
    }

    pub(super) fn worklog(self, worklog: &'a Worklog) -> WorklogWire<'a> {
        let author = &self.site.users[worklog.author];
        let link = format!("{}/4/worklogs/{}", self.origin, worklog.id);
        WorklogWire {
            tempo_worklog_id: worklog.id,
            issue: IssueWire {
                link: format!("{}/rest/api/3/issue/{}", self.origin, worklog.issue),
                id: worklog.issue,
            },
            time_spent_seconds: worklog.seconds,
            billable_seconds: worklog.billable,
            start_date: worklog.date.to_string(),
            start_time: worklog.start_time.map(|time| time.to_string()),
            start_date_time_utc: self.start_in_utc(worklog),
            description: &worklog.description,
            created_at: worklog.created.to_string(),
            updated_at: worklog.updated.to_string(),
            author: AuthorWire {
                link: format!("{}/rest/api/3/user?accountId={}", self.origin, author.account_id),
                account_id: author.account_id,
            },
            attributes: AttributesWire {
                link: format!("{link}/work-attribute-values"),
                values: self.attribute_values(worklog),
            },
            link,
        }
    }

    /// The work attribute of type ACCOUNT gets the key from the settings.
    pub(super) fn attribute_values(self, worklog: &'a Worklog) -> Vec<AttributeValueWire<'a>> {
        let account_key = self.settings.account_attribute_key.as_str();
        let shown_key = |key: &'a str| if key == ACCOUNT_ATTRIBUTE { account_key } else { key };
        let values = worklog.attributes.iter();
        values.map(|(key, value)| AttributeValueWire { key: shown_key(key), value }).collect()
    }

    /// "Conversion is done using … the worker's Atlassian profile timezone; if hidden, … the instance default".
    fn start_in_utc(self, worklog: &Worklog) -> Option<String> {
        let zone = match self.settings.hide_time_zone {
            true => &TimeZone::UTC,
            false => &self.site.users[worklog.author].zone,
        };
        let start = worklog.date.to_datetime(worklog.start_time?).to_zoned(zone.clone()).ok()?;
        Some(start.timestamp().to_string())
    }
}

/// All worklogs of the site, with links that start with `http://localhost`.
pub(crate) fn all(site: &SiteData, settings: &Settings) -> Vec<Value> {
    let serializer = WorklogSerializer { site, settings, origin: "http://localhost" };
    let worklogs = site.worklogs.iter();
    worklogs.filter_map(|worklog| serde_json::to_value(serializer.worklog(worklog)).ok()).collect()
}
