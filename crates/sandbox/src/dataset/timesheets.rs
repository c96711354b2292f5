//! The worklogs of the current week and the eight weeks before. The main user has gaps in the last two weeks.

use jiff::{
    SignedDuration, Timestamp, ToSpan, Unit,
    civil::{Date, Time, Weekday},
};

use super::users::{ALEX, INGRID, JONAS, MARIA, PRIYA, monday_of};
use crate::{
    constants::{ACCOUNT_ATTRIBUTE, WORK_TYPES},
    model::{UserIndex, Worklog},
    site_data::{SiteData, jira_worklog_id},
};

const WEEKS: i64 = 8;
const HALF_HOUR: u64 = 1800;

/// One worklog of a day: issue key, half hours, description, index in [`WORK_TYPES`].
type Task = (&'static str, u64, &'static str, usize);

#[rustfmt::skip]
const ALEX_DAYS: [&[Task]; 5] = [
    &[("INT-1", 1, "Stand-up", 2), ("WEB-12", 8, "Reproduced the lost session: \"remember me\" is ignored", 0), ("WEB-2", 5, "Image sizes for phones", 0), ("MOB-7", 2, "Review: share links", 1)],
    &[("INT-1", 1, "Stand-up", 2), ("WEB-1", 9, "Guest checkout: address form | validation | tests", 0), ("OPS-1", 4, "On-call: two alerts, no action", 3), ("WEB-2", 2, "Measured again", 0)],
    &[("INT-1", 3, "Stand-up and refinement", 2), ("MOB-4", 8, "Dark mode: colours of the map 🌙", 0), ("WEB-12", 5, "Fix for the session cookie\n- test added\n- released to staging", 0)],
    &[("INT-1", 1, "Stand-up", 2), ("WEB-1", 6, "Guest checkout: e-mail receipt", 0), ("MOB-7", 6, "Share a trip: permissions", 0), ("WEB-6", 3, "Review of the pipeline", 1)],
    &[("INT-1", 2, "Stand-up, demo", 2), ("WEB-2", 6, "Lazy loading", 0), ("WEB-12", 4, "", 0), ("INT-2", 4, "Reading: \"Designing APIs\"", 2)],
];

#[rustfmt::skip]
const TEAM_DAYS: [(UserIndex, &[Task]); 4] = [
    (PRIYA, &[("INT-1", 1, "Stand-up", 2), ("MOB-1", 9, "Offline cache", 0), ("WEB-10", 4, "Focus order", 0), ("OPS-5", 2, "Dashboard queries", 0)]),
    (JONAS, &[("INT-1", 1, "Stand-up", 2), ("WEB-6", 4, "Image pipeline", 0), ("OPS-2", 8, "Copying tables to the new cluster", 0), ("MOB-5", 3, "Start-up trace", 0)]),
    (MARIA, &[("INT-1", 1, "Stand-up", 2), ("WEB-8", 7, "Variant B of the basket", 0), ("MOB-3", 5, "Quiet hours per time zone", 0), ("OPS-4", 3, "Certificate inventory", 3)]),
    (INGRID, &[("INT-3", 4, "Interviews", 2), ("SEC-1", 6, "Access rights, first pass", 1), ("INT-4", 6, "Planning", 2)]),
];

pub(super) fn add_worklogs(site: &mut SiteData, now: Timestamp, today: Date) {
    let monday = monday_of(today);
    let first = monday.saturating_sub((7 * WEEKS).days());
    for day in first.series(1.day()).take_while(|day| *day <= today) {
        for (user, tasks) in TEAM_DAYS {
            let required = required_half_hours(site, user, day);
            let half_hours = if day == today { required.min(8) } else { required };
            add_day(site, now, Day { user, date: day, half_hours }, tasks);
        }
        let half_hours = alex_half_hours(site, today, day);
        add_day(site, now, Day { user: ALEX, date: day, half_hours }, alex_tasks(day));
    }
}

fn alex_tasks(day: Date) -> &'static [Task] {
    match day.weekday() {
        Weekday::Saturday | Weekday::Sunday => &[("OPS-3", 4, "Queue full on a Saturday", 3)],
        // The number of the week shifts the pattern, so that two weeks in a row differ.
        weekday => {
            let index = i32::from(weekday.since(Weekday::Monday)) + i32::from(day.iso_week_date().week());
            ALEX_DAYS[usize::try_from(index % 5).unwrap_or(0)]
        }
    }
}

/// The required half hours of a day, less its holidays.
fn required_half_hours(site: &SiteData, user: UserIndex, day: Date) -> u64 {
    let index = usize::try_from(day.weekday().since(Weekday::Monday)).unwrap_or(0);
    let required = site.workloads[site.users[user].workload].days[index];
    let holidays = site.holidays.iter().filter(|holiday| holiday.date == day);
    let free: u64 = holidays.map(|holiday| holiday.seconds).sum();
    required.saturating_sub(free) / HALF_HOUR
}

/// The half hours that the main user logged: all that are required, except for the gaps that the crate's
/// documentation lists.
fn alex_half_hours(site: &SiteData, today: Date, day: Date) -> u64 {
    let days_since = |from: Date| day.since(from).map_or(i32::MIN, |span| span.get_days());
    let monday = monday_of(today);
    let complete = required_half_hours(site, ALEX, day);
    if day == today {
        return complete.min(5);
    }
    match days_since(monday) {
        // This week: an incomplete Monday and an empty Wednesday.
        0 => 11,
        2 => 0,
        // Last week: an empty Tuesday and an incomplete Thursday.
        -6 => 0,
        -4 => 12,
        // Earlier: a Saturday with an incident, and a long Monday.
        -16 => 4,
        -42 => 20,
        _ => complete,
    }
}

struct Day {
    user: UserIndex,
    date: Date,
    half_hours: u64,
}

/// Fills the day with the tasks in turn from 9:00, until its half hours are used up. The last task takes all that
/// remain.
fn add_day(site: &mut SiteData, now: Timestamp, day: Day, tasks: &[Task]) {
    let mut remaining = day.half_hours;
    let mut start = 18;
    for (index, task) in tasks.iter().enumerate() {
        let last = index + 1 == tasks.len();
        let half_hours = if last { remaining } else { task.1.min(remaining) };
        if half_hours > 0 {
            add_task(site, now, &day, (start, half_hours), task);
        }
        remaining -= half_hours;
        start += half_hours;
    }
}

fn add_task(site: &mut SiteData, now: Timestamp, day: &Day, (start, half_hours): (u64, u64), task: &Task) {
    let Some(issue) = site.visible_issue(INGRID, task.0) else { return };
    let (issue, project, account) = (issue.id, issue.project, issue.account);
    let seconds = half_hours * HALF_HOUR;
    let created = created_at(site, now, day, start + half_hours);
    let id = site.add_worklog(Worklog {
        id: 0,
        jira_id: None,
        issue,
        project,
        author: day.user,
        date: day.date,
        start_time: time_of_day(start),
        seconds,
        billable: if account.is_some() { seconds } else { 0 },
        description: task.2.to_owned(),
        attributes: attributes(site, account, task.3),
        created,
        updated: created,
    });
    if let Some(worklog) = site.worklogs.last_mut() {
        // Some worklogs in production have no corresponding Jira worklog. Here it is every fiftieth.
        worklog.jira_id = (!id.is_multiple_of(50)).then(|| jira_worklog_id(id));
    }
}

fn attributes(site: &SiteData, account: Option<u64>, work_type: usize) -> Vec<(String, String)> {
    let account = site.accounts.iter().find(|candidate| Some(candidate.id) == account);
    let account = account.map(|account| (ACCOUNT_ATTRIBUTE.to_owned(), account.key.to_owned()));
    let work_type = ("_WorkType_".to_owned(), WORK_TYPES[work_type].0.to_owned());
    account.into_iter().chain([work_type]).collect()
}

/// The time this many half hours after midnight.
fn time_of_day(half_hours: u64) -> Option<Time> {
    let hour = i8::try_from(half_hours / 2).ok()?;
    let minute = i8::try_from(half_hours % 2 * 30).ok()?;
    Time::new(hour, minute, 0, 0).ok()
}

/// The worklog is created when the work ends, but never in the last ten minutes: a client that looks for a worklog
/// it has just sent must not find one of these.
fn created_at(site: &SiteData, now: Timestamp, day: &Day, end: u64) -> Timestamp {
    let zone = site.users[day.user].zone.clone();
    let end = time_of_day(end).and_then(|time| day.date.to_datetime(time).to_zoned(zone).ok());
    let floor = jiff::TimestampRound::new().smallest(Unit::Second).mode(jiff::RoundMode::Floor);
    let latest = now - SignedDuration::from_mins(10);
    let latest = latest.round(floor).unwrap_or(latest);
    end.map_or(latest, |end| end.timestamp().min(latest))
}
