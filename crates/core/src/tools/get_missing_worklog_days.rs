//! `getMissingWorklogDays`: the days on which the user logged less than the user's schedule requires.

use std::collections::{BTreeMap, HashMap};

use futures::try_join;
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    argument::{Arguments, Param, types::DayHours},
    context::Context,
    decoration::{self, note_lines},
    error::Error,
    parameters::{END_DATE, START_DATE},
    schema,
    tool::{Tool, ToolKind},
    tool_result::{Now, ToolOutput, ToolResult, count},
    worklog_view::{NOT_READ, issue_note, issue_text},
};
use crate::{
    domain::{
        duration::Seconds,
        ids::IssueId,
        schedule::DaySchedule,
        text::quoted,
        time::{DateRange, WorkDate},
        worklog::Worklog,
    },
    jira::IssueNames,
    tempo::Filter,
    upstream::{Error as UpstreamError, ErrorKind},
};

const MIN_HOURS: Param<DayHours> =
    Param::optional("minHoursPerDay", "Hours required on each working day, instead of the schedule's");

/// Days shown; the others are only summed up.
const MOST_SHOWN: usize = 100;
/// The longest period of one call: three years.
const MOST_DAYS: i64 = 1100;

pub(super) const TOOL: Tool = Tool {
    name: "getMissingWorklogDays",
    title: "Find missing time",
    description: "Compares logged time with the user's Tempo schedule: the days up to yesterday that are short, with \
                  required, logged and missing time and what was logged. Respects holidays and part-time days; today's missing \
                  time and later days are shown separately and not totalled. Use it for \"what is missing this week?\".",
    kind: ToolKind::Reads,
    parameters: &[&START_DATE, &END_DATE, &MIN_HOURS],
    output: schema::output::<MissingDays>,
    run: |context, args| Box::pin(run(context, args)),
};

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct MissingDays {
    #[serde(flatten)]
    now: Now,
    start_date: String,
    end_date: String,
    /// The result in one sentence
    message: String,
    /// Short days before today
    days: Vec<DayView>,
    /// Short days that are not shown
    #[serde(skip_serializing_if = "Option::is_none")]
    not_shown: Option<ShortDaysNotShown>,
    /// Of all short days before today
    total_missing_seconds: Seconds,
    total_missing_hours: f64,
    /// Today, if it is short so far; not in the total
    #[serde(skip_serializing_if = "Option::is_none")]
    today_so_far: Option<DayView>,
    /// Working days after today; not in the total
    future_working_days: usize,
    /// Time logged on days without required time
    free_day_time: Vec<DayView>,
    /// Such days that are not shown
    #[serde(skip_serializing_if = "Option::is_none")]
    free_days_not_shown: Option<FreeDaysNotShown>,
    /// What could not be read, and why
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
}

#[derive(Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct DayView {
    date: String,
    weekday: String,
    expected_seconds: Seconds,
    logged_seconds: Seconds,
    missing_seconds: Seconds,
    #[serde(skip_serializing_if = "Option::is_none")]
    holiday: Option<String>,
    logged: Vec<IssueTime>,
}

#[derive(Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct IssueTime {
    issue_id: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    issue_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<String>,
    time_spent_seconds: Seconds,
    /// Shown after the issue id where there is no key.
    #[serde(skip)]
    issue_note: &'static str,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ShortDaysNotShown {
    days: usize,
    missing_seconds: Seconds,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct FreeDaysNotShown {
    days: usize,
    logged_seconds: Seconds,
}

impl ShortDaysNotShown {
    fn of(days: &[DayView]) -> Option<Self> {
        let missing_seconds = days.iter().map(|it| it.missing_seconds).sum();
        (!days.is_empty()).then_some(Self { days: days.len(), missing_seconds })
    }
}

impl FreeDaysNotShown {
    fn of(days: &[DayView]) -> Option<Self> {
        let logged_seconds = days.iter().map(|it| it.logged_seconds).sum();
        (!days.is_empty()).then_some(Self { days: days.len(), logged_seconds })
    }
}

async fn run(context: &Context, mut args: Arguments) -> Result<ToolResult, Error> {
    let request = read(&mut args);
    let (range, required_per_day) = args.finish(request)?;
    let clients = context.clients()?;
    let me = clients.jira.identity().await?;
    let filter = Filter { author: me.account.clone(), range, issue: None };
    let schedule = async {
        match clients.tempo.schedule(&me.account, range).await {
            // There is no workload scheme, which is reported differently from "no working days".
            Err(UpstreamError { kind: ErrorKind::NotFound(_), .. }) => Ok(Vec::new()),
            other => other,
        }
    };
    let (schedule, by_day) =
        try_join!(schedule, clients.tempo.fold_worklogs(&filter, TimePerDay::new, add_to_day))?;
    let ids = by_day.values().flat_map(|it| it.keys().copied()).collect();
    let (issues, note) = decoration::issue_names(context, clients, ids).await?;
    let logged_time = LoggedTime { by_day, issues, required_per_day };
    let today = me.today(context.now());
    let days = compare(&logged_time, &schedule, range, today, Now::of(context, &me));
    // Issues of complete days are not shown, so it does not matter whether they could be read.
    let notes = note.filter(|_| days.has_unread_issue()).into_iter().collect();
    Ok(MissingDays { notes, ..days }.into_result())
}

fn read(args: &mut Arguments) -> Option<(DateRange, Option<Seconds>)> {
    let range = args.range(&START_DATE, &END_DATE);
    let required_per_day = args.optional(&MIN_HOURS).map(|it| it.0);
    if let Some(days) = range.map(DateRange::days).filter(|it| *it > MOST_DAYS) {
        args.reject(
            "endDate",
            format!("makes a period of {days} days; at most {MOST_DAYS} are possible in one call"),
        );
    }
    Some((range?, required_per_day))
}

/// The user's time of one day, per issue.
type TimePerIssue = BTreeMap<IssueId, Seconds>;

type TimePerDay = HashMap<WorkDate, TimePerIssue>;

/// What the user logged, to be compared with the schedule.
struct LoggedTime {
    by_day: TimePerDay,
    issues: IssueNames,
    /// Required on each working day instead of what the schedule says.
    required_per_day: Option<Seconds>,
}

fn add_to_day(days: &mut TimePerDay, it: Worklog) {
    let sum = days.entry(it.date).or_default().entry(it.issue).or_default();
    *sum = *sum + it.time_spent;
}

impl LoggedTime {
    fn day(&self, schedule: &DaySchedule) -> DayView {
        let none = TimePerIssue::new();
        let per_issue = self.by_day.get(&schedule.date).unwrap_or(&none);
        let is_day_off = schedule.required.is_zero();
        let expected = self.required_per_day.filter(|_| !is_day_off).unwrap_or(schedule.required);
        let logged: Seconds = per_issue.values().copied().sum();
        let missing = expected.saturating_sub(logged);
        DayView {
            date: schedule.date.to_string(),
            weekday: schedule.date.weekday().into(),
            expected_seconds: expected,
            logged_seconds: logged,
            missing_seconds: missing,
            holiday: schedule.holiday.clone(),
            logged: per_issue.iter().map(|(id, time)| self.on_issue(*id, *time)).collect(),
        }
    }

    fn on_issue(&self, id: IssueId, time: Seconds) -> IssueTime {
        let name = self.issues.get(id);
        IssueTime {
            issue_id: id.0,
            issue_key: name.issue().map(|it| it.key.to_string()),
            summary: name.issue().map(|it| it.summary.clone()),
            time_spent_seconds: time,
            issue_note: issue_note(name),
        }
    }
}

fn compare(
    logged_time: &LoggedTime,
    schedule: &[DaySchedule],
    range: DateRange,
    today: WorkDate,
    now: Now,
) -> MissingDays {
    let day = |it: &&DaySchedule| logged_time.day(it);
    let is_day_off = |it: &&DaySchedule| it.required.is_zero();
    let working: Vec<&DaySchedule> = schedule.iter().filter(|it| !is_day_off(it)).collect();
    let mut days: Vec<DayView> = working.iter().filter(|it| it.date < today).map(day).collect();
    days.retain(|it| !it.missing_seconds.is_zero());
    let total: Seconds = days.iter().map(|it| it.missing_seconds).sum();
    let rest = days.split_off(days.len().min(MOST_SHOWN));
    let today_so_far =
        working.iter().find(|it| it.date == today).map(day).filter(|it| !it.missing_seconds.is_zero());
    let mut free_day_time: Vec<DayView> = schedule
        .iter()
        .filter(is_day_off)
        .map(|it| logged_time.day(it))
        .filter(|it| !it.logged_seconds.is_zero())
        .collect();
    let free_rest = free_day_time.split_off(free_day_time.len().min(MOST_SHOWN));
    let short_days = days.len() + rest.len();
    MissingDays {
        now,
        start_date: range.from.to_string(),
        end_date: range.to.to_string(),
        message: message(schedule.len(), range, today, short_days, total),
        days,
        not_shown: ShortDaysNotShown::of(&rest),
        total_missing_seconds: total,
        total_missing_hours: total.hours(),
        today_so_far,
        future_working_days: working.iter().filter(|it| it.date > today).count(),
        free_day_time,
        free_days_not_shown: FreeDaysNotShown::of(&free_rest),
        notes: Vec::new(),
    }
}

/// What the days say, in one sentence. `scheduled` is the number of days that have a schedule.
fn message(scheduled: usize, range: DateRange, today: WorkDate, short_days: usize, total: Seconds) -> String {
    let days = usize::try_from(range.days()).unwrap_or_default();
    if scheduled == 0 {
        return format!(
            "Tempo has no schedule for {range}, so missing time cannot be calculated: ask a Tempo administrator for a workload scheme."
        );
    }
    let gap = days.saturating_sub(scheduled);
    let gap =
        if gap == 0 { String::new() } else { format!(" Tempo has no schedule for {}.", count(gap, "day")) };
    // Only days before today are compared, which matters where the period is not over.
    let (from, to) = (range.from.with_weekday(), range.to.with_weekday());
    let is_over = range.to < today;
    let period = match (range.from == range.to, is_over) {
        (true, true) => format!("on {from}"),
        (true, false) => format!("before today ({from})"),
        (false, true) => format!("from {from} to {to}"),
        (false, false) => format!("before today ({from} to {to})"),
    };
    match short_days {
        0 => format!("No time is missing {period}.{gap}"),
        1 if range.from == range.to => format!("{total} missing {period}.{gap}"),
        _ => format!("{total} missing on {} {period}.{gap}", count(short_days, "day")),
    }
}

impl ToolOutput for MissingDays {
    fn text(&self) -> String {
        let mut lines = vec![format!("{} {}", self.message, self.now.text())];
        lines.extend(note_lines(&self.notes));
        lines.extend(self.days.iter().map(|it| format!("- {}", it.text())));
        if let Some(rest) = &self.not_shown {
            let missing = rest.missing_seconds;
            lines.push(format!(
                "- and {} not shown, {missing} missing; ask for a shorter period",
                count(rest.days, "day")
            ));
        }
        if let Some(today) = &self.today_so_far {
            lines.push(format!("Today so far (not in the total): {}", today.text()));
        }
        if self.future_working_days > 0 {
            lines
                .push(format!("{} after today not counted.", count(self.future_working_days, "working day")));
        }
        if !self.free_day_time.is_empty() {
            lines.push("Logged on days without required time:".into());
            lines.extend(self.free_day_time.iter().map(|it| format!("- {}", it.text())));
            if let Some(rest) = &self.free_days_not_shown {
                let logged = rest.logged_seconds;
                lines.push(format!("- and {} not shown, {logged} logged", count(rest.days, "such day")));
            }
        }
        lines.join("\n")
    }
}

impl MissingDays {
    fn has_unread_issue(&self) -> bool {
        let days = self.days.iter().chain(&self.today_so_far).chain(&self.free_day_time);
        days.flat_map(|it| &it.logged).any(|it| it.issue_note == NOT_READ)
    }
}

impl DayView {
    fn text(&self) -> String {
        let holiday = self.holiday.as_ref().map(|it| format!(", holiday {}", quoted(it))).unwrap_or_default();
        let logged: Vec<String> = self.logged.iter().map(IssueTime::text).collect();
        let logged = if logged.is_empty() { String::new() } else { format!(" — {}", logged.join("; ")) };
        format!(
            "{} {}: expected {}, logged {}, missing {}{holiday}{logged}",
            self.date, self.weekday, self.expected_seconds, self.logged_seconds, self.missing_seconds
        )
    }
}

impl IssueTime {
    fn text(&self) -> String {
        let (key, summary) = (self.issue_key.as_deref(), self.summary.as_deref());
        let issue = issue_text(self.issue_id, key, summary, self.issue_note);
        format!("{} {issue}", self.time_spent_seconds)
    }
}
