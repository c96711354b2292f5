//! `getMissingWorklogDays`: where the user's timesheet falls short of the user's schedule.

use std::collections::{BTreeMap, HashMap};

use futures::try_join;
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Answer, Context, Error, Kind, Tool,
    argument::{Arguments, DayHours, Param},
    retrieve_worklogs::{END_DATE, START_DATE},
    schema,
    tool_result::{Now, Output, count},
    worklog_view::{NOT_VISIBLE, issue_text},
};
use crate::{
    domain::{
        duration::Seconds,
        ids::{IssueId, IssueRef},
        schedule::DaySchedule,
        text::quoted,
        time::{DateRange, WorkDate},
        worklog::Worklog,
    },
    jira::Issues,
    tempo::Filter,
    upstream::{Error as UpstreamError, ErrorKind},
};

const MIN_HOURS: Param<DayHours> = Param::optional(
    "minHoursPerDay",
    "Hours that every working day should have, instead of what the schedule says for it",
);

/// Days shown; the rest is summed up.
const MOST_SHOWN: usize = 100;
/// Three years of days; nobody mends more at once.
const MOST_DAYS: i64 = 1100;

pub(super) const TOOL: Tool = Tool {
    name: "getMissingWorklogDays",
    title: "Find missing time",
    about: "Compare the user's worklogs with the user's Tempo schedule: the days up to yesterday that are short, with expected, \
            logged and missing time and what was logged. Holidays and part-time days are respected; today's shortfall and days \
            ahead are shown apart and not totalled. Use it to answer \"what is missing this week?\".",
    kind: Kind::Reads,
    parameters: &[&START_DATE, &END_DATE, &MIN_HOURS],
    output: schema::output::<Missing>,
    run: |context, args| Box::pin(run(context, args)),
};

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Missing {
    #[serde(flatten)]
    now: Now,
    start_date: String,
    end_date: String,
    /// What the days say, in one sentence
    message: String,
    /// Short days before today
    days: Vec<Day>,
    /// Short days beyond those shown
    #[serde(skip_serializing_if = "Option::is_none")]
    not_shown: Option<NotShown>,
    /// Of all short days before today
    total_missing_seconds: u64,
    total_missing_hours: f64,
    /// Today, if it is short so far; not in the total
    #[serde(skip_serializing_if = "Option::is_none")]
    today_so_far: Option<Day>,
    /// Working days after today; not in the total
    future_working_days: usize,
    /// Time logged on days without required time
    free_day_time: Vec<Day>,
    /// Such days beyond those shown
    #[serde(skip_serializing_if = "Option::is_none")]
    free_days_not_shown: Option<FreeDaysNotShown>,
}

#[derive(Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Day {
    date: String,
    weekday: String,
    expected_seconds: u64,
    logged_seconds: u64,
    missing_seconds: u64,
    missing_hours: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    holiday: Option<String>,
    logged: Vec<Logged>,
}

#[derive(Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Logged {
    issue_id: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    issue_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<String>,
    time_spent_seconds: u64,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct NotShown {
    days: usize,
    missing_seconds: u64,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct FreeDaysNotShown {
    days: usize,
    logged_seconds: u64,
}

async fn run(context: &Context, mut args: Arguments) -> Result<Answer, Error> {
    let request = read(&mut args);
    let (range, threshold) = args.finish(request)?;
    let clients = context.clients()?;
    let me = clients.jira.identity().await?;
    let filter = Filter { author: me.account.clone(), range, issue: None };
    let schedule = async {
        match clients.tempo.schedule(&me.account, range).await {
            // No workload scheme at all: told apart from "no working days" below.
            Err(UpstreamError { kind: ErrorKind::NotFound(_), .. }) => Ok(Vec::new()),
            other => other,
        }
    };
    let (schedule, worklogs) = try_join!(schedule, clients.tempo.worklogs(&filter))?;
    let issues = clients.jira.issues_by_id(worklogs.iter().map(|it| it.issue)).await?;
    let sheet = Sheet { logged: by_day(&worklogs), issues, threshold };
    let today = me.today(context.now());
    Ok(compare(&sheet, &schedule, range, today, Now::of(context, &me)).answer())
}

fn read(args: &mut Arguments) -> Option<(DateRange, Option<Seconds>)> {
    let range = args.range(&START_DATE, &END_DATE);
    let threshold = args.optional(&MIN_HOURS).map(|it| it.0);
    if let Some(days) = range.map(DateRange::days).filter(|it| *it > MOST_DAYS) {
        args.fault("endDate", format!("makes a period of {days} days; ask for at most {MOST_DAYS} at once"));
    }
    Some((range?, threshold))
}

type PerIssue = BTreeMap<IssueId, Seconds>;

struct Sheet {
    logged: HashMap<WorkDate, PerIssue>,
    issues: Issues,
    threshold: Option<Seconds>,
}

fn by_day(worklogs: &[Worklog]) -> HashMap<WorkDate, PerIssue> {
    let mut res: HashMap<WorkDate, PerIssue> = HashMap::new();
    for it in worklogs {
        let sum = res.entry(it.date).or_default().entry(it.issue).or_default();
        *sum = *sum + it.time_spent;
    }
    res
}

impl Sheet {
    fn day(&self, schedule: &DaySchedule) -> Day {
        let none = PerIssue::new();
        let per_issue = self.logged.get(&schedule.date).unwrap_or(&none);
        let is_free = schedule.required.0 == 0;
        let expected = self.threshold.filter(|_| !is_free).unwrap_or(schedule.required);
        let logged: Seconds = per_issue.values().copied().sum();
        let missing = Seconds(expected.0.saturating_sub(logged.0));
        Day {
            date: schedule.date.to_string(),
            weekday: schedule.date.weekday().into(),
            expected_seconds: expected.0,
            logged_seconds: logged.0,
            missing_seconds: missing.0,
            missing_hours: missing.hours(),
            holiday: schedule.holiday.clone(),
            logged: per_issue.iter().map(|(id, time)| self.logged(*id, *time)).collect(),
        }
    }

    fn logged(&self, id: IssueId, time: Seconds) -> Logged {
        let issue = self.issues.get(&IssueRef::Id(id));
        Logged {
            issue_id: id.0,
            issue_key: issue.map(|it| it.key.to_string()),
            summary: issue.map(|it| it.summary.clone()),
            time_spent_seconds: time.0,
        }
    }
}

fn compare(sheet: &Sheet, schedule: &[DaySchedule], range: DateRange, today: WorkDate, now: Now) -> Missing {
    let day = |it: &&DaySchedule| sheet.day(it);
    let is_free = |it: &&DaySchedule| it.required.0 == 0;
    let working: Vec<&DaySchedule> = schedule.iter().filter(|it| !is_free(it)).collect();
    let mut days: Vec<Day> = working.iter().filter(|it| it.date < today).map(day).collect();
    days.retain(|it| it.missing_seconds > 0);
    let total: Seconds = days.iter().map(|it| Seconds(it.missing_seconds)).sum();
    let rest = days.split_off(days.len().min(MOST_SHOWN));
    let today_so_far =
        working.iter().find(|it| it.date == today).map(day).filter(|it| it.missing_seconds > 0);
    let mut free_day_time: Vec<Day> =
        schedule.iter().filter(is_free).map(|it| sheet.day(it)).filter(|it| it.logged_seconds > 0).collect();
    let free_rest = free_day_time.split_off(free_day_time.len().min(MOST_SHOWN));
    let short_days = days.len() + rest.len();
    Missing {
        now,
        start_date: range.from.to_string(),
        end_date: range.to.to_string(),
        message: message(schedule.len(), range, short_days, total),
        days,
        not_shown: (!rest.is_empty()).then(|| NotShown {
            days: rest.len(),
            missing_seconds: rest.iter().map(|it| it.missing_seconds).sum(),
        }),
        total_missing_seconds: total.0,
        total_missing_hours: total.hours(),
        today_so_far,
        future_working_days: working.iter().filter(|it| it.date > today).count(),
        free_day_time,
        free_days_not_shown: (!free_rest.is_empty()).then(|| FreeDaysNotShown {
            days: free_rest.len(),
            logged_seconds: free_rest.iter().map(|it| it.logged_seconds).sum(),
        }),
    }
}

fn message(scheduled: usize, range: DateRange, short_days: usize, total: Seconds) -> String {
    let days = usize::try_from(range.days()).unwrap_or_default();
    if scheduled == 0 {
        return format!(
            "Tempo has no schedule for {range}, so what is missing cannot be told: ask a Tempo administrator for a workload scheme."
        );
    }
    let gap = days.saturating_sub(scheduled);
    let gap =
        if gap == 0 { String::new() } else { format!(" Tempo has no schedule for {}.", count(gap, "day")) };
    match short_days {
        0 => format!("Nothing is missing before today in {range}.{gap}"),
        _ => format!("{total} missing on {} before today in {range}.{gap}", count(short_days, "day")),
    }
}

impl Output for Missing {
    fn text(&self) -> String {
        let mut lines = vec![format!("{} {}", self.message, self.now.text())];
        lines.extend(self.days.iter().map(|it| format!("- {}", it.text())));
        if let Some(rest) = &self.not_shown {
            let missing = Seconds(rest.missing_seconds);
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
                let logged = Seconds(rest.logged_seconds);
                lines.push(format!("- and {} not shown, {logged} logged", count(rest.days, "such day")));
            }
        }
        lines.join("\n")
    }
}

impl Day {
    fn text(&self) -> String {
        let holiday = self.holiday.as_ref().map(|it| format!(", holiday {}", quoted(it))).unwrap_or_default();
        let logged: Vec<String> = self.logged.iter().map(Logged::text).collect();
        let logged = if logged.is_empty() { String::new() } else { format!(" — {}", logged.join("; ")) };
        format!(
            "{} {}: expected {}, logged {}, missing {}{holiday}{logged}",
            self.date,
            self.weekday,
            Seconds(self.expected_seconds),
            Seconds(self.logged_seconds),
            Seconds(self.missing_seconds)
        )
    }
}

impl Logged {
    fn text(&self) -> String {
        let issue =
            issue_text(self.issue_id, self.issue_key.as_deref(), self.summary.as_deref(), NOT_VISIBLE);
        format!("{} {issue}", Seconds(self.time_spent_seconds))
    }
}
