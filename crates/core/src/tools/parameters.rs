//! Parameters that several tools share.

use super::{
    argument::{
        AnyParam, Param,
        types::{Hours, NonNegativeHours},
    },
    attribute_changes::AttributeChanges,
};
use crate::domain::{
    duration::TimeSpent,
    ids::{IssueRef, WorklogId},
    time::{EndTime, StartTime, WorkDate},
};

// The period of a reader.
pub(super) const START_DATE: Param<WorkDate> = Param::required("startDate", "First day, YYYY-MM-DD");
pub(super) const END_DATE: Param<WorkDate> = Param::required("endDate", "Last day, included");

// Which worklog to change.
pub(super) const WORKLOG_ID: Param<WorklogId> = Param::required("worklogId", "Id from retrieveWorklogs");

// The fields of a worklog.
pub(super) const ISSUE_KEY: Param<IssueRef> =
    Param::required("issueKey", "Issue key (PROJ-12) or numeric issue id");
pub(super) const DATE: Param<WorkDate> = Param::required("date", "Day of the work, YYYY-MM-DD");
pub(super) const TIME_SPENT_HOURS: Param<Hours> =
    Param::optional("timeSpentHours", "Decimal hours, e.g. 1.5");
pub(super) const TIME_SPENT: Param<TimeSpent> =
    Param::optional("timeSpent", "1h30m, 45m; instead of timeSpentHours");
pub(super) const START_TIME: Param<StartTime> =
    Param::optional("startTime", "HH:MM on the user's clock. Leave out if the user named none");
pub(super) const END_TIME: Param<EndTime> =
    Param::optional("endTime", "HH:MM; with startTime instead of a duration. 00:00 is midnight");
pub(super) const DESCRIPTION: Param<String> = Param::optional("description", "What was done");
pub(super) const ATTRIBUTES: Param<AttributeChanges> = Param::optional(
    "attributes",
    "Tempo work attributes by key or name, e.g. [{\"key\":\"_WorkType_\",\"value\":\"Development\"}]",
);
pub(super) const BILLABLE_HOURS: Param<NonNegativeHours> = Param::optional(
    "billableHours",
    "Billable part in decimal hours, if it differs from the time spent; 0 is not billable",
);
pub(super) const REMAINING_ESTIMATE_HOURS: Param<NonNegativeHours> = Param::optional(
    "remainingEstimateHours",
    "New remaining estimate of the issue, where the site requires one",
);

/// What a new worklog takes.
pub(super) const NEW_WORKLOG: &[&dyn AnyParam] = &[
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
