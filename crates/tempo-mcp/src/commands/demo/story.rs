//! The steps of the demo, and what each result has to say for its text to be true.

use jiff::{ToSpan, civil::Date};
use serde_json::{Value, json};
use tempo_sandbox::{MAIN_NAME, Sandbox};

use super::{client::DemoClient, page::Page};

type StepResult<T = ()> = Result<T, String>;

/// A description with quotes and an emoji, which the edit must not change.
const DESCRIPTION: &str = "Session survives a password reset; \"remember me\" too 🎉";

struct Story {
    client: DemoClient,
    page: Page,
    /// The date that the first result names.
    today: Date,
}

pub(super) async fn run(sandbox: &Sandbox, client: DemoClient, page: Page) -> StepResult {
    let mut story = Story { client, page, today: Date::ZERO };
    story.opening().await?;
    let issue = story.find_the_issue().await?;
    let worklog = story.log_time(&issue).await?;
    story.refuse_bad_arguments(&issue).await?;
    story.refuse_a_closed_period(sandbox).await?;
    let missing = story.ask_what_is_missing().await?;
    story.fill_in(&missing).await?;
    story.sum_up().await?;
    story.correct(worklog).await?;
    story.delete(worklog).await?;
    story.closing()
}

impl Story {
    async fn opening(&mut self) -> StepResult {
        let server = self.client.initialize().await?;
        let tools = self.client.tool_names().await?;
        check(tools.len() == 8, || format!("expected eight tools, got {}", tools.join(", ")))?;
        self.page.title("tempo-mcp: log time in Tempo by asking for it")?;
        self.page.narrate(&format!(
            "An assistant such as Claude, Cursor or VS Code starts this program and calls its tools. Here, the demo plays the \
             assistant: it speaks MCP with the same server that yours would start ({server}, {} tools). Tempo and Jira \
             are simulated inside this process, for a made-up user named {MAIN_NAME}. Nothing leaves this machine.",
            tools.len()
        ))?;
        self.page.narrate("")?;
        self.page.narrate(
            "“Quotes” show what you would say, → the tool that the assistant calls, and │ the result that it gets.",
        )
    }

    async fn find_the_issue(&mut self) -> StepResult<String> {
        self.page.chapter("Log time")?;
        self.page.say("I worked on the login bug today from 1 to 2:30 pm.")?;
        let found = self.call("searchIssues", json!({"text": "login bug"})).await?;
        self.today = date(&found["today"])?;
        let issues = found["issues"].as_array().map_or(0, Vec::len);
        check(issues == 1, || format!("expected one issue, found {issues}"))?;
        text(&found["issues"][0]["issueKey"])
    }

    async fn log_time(&mut self, issue: &str) -> StepResult<u64> {
        self.page.remark(
            "Every tool that reads also reports today's date, so the assistant does not have to guess it.",
        )?;
        let stored = self
            .call(
                "createWorklog",
                json!({
                    "issueKey": issue, "date": self.today, "startTime": "13:00", "endTime": "14:30",
                    "description": DESCRIPTION,
                }),
            )
            .await?;
        let worklog = &stored["worklog"];
        check(worklog["timeSpentSeconds"] == 5400, || "expected 1h30m to be stored".into())?;
        worklog["worklogId"].as_u64().ok_or_else(|| "the new worklog has no id".into())
    }

    async fn refuse_bad_arguments(&mut self, issue: &str) -> StepResult {
        self.page.chapter("Mistakes are refused, with the reason")?;
        self.page.say("Log 25 hours on it for February 30.")?;
        let day = format!("{}-02-30", self.today.year());
        let entry = json!({"issueKey": issue, "date": day, "timeSpentHours": 25});
        self.refused("createWorklog", entry, &["date", "timeSpentHours"]).await?;
        self.page.remark("Both mistakes are reported at once, and no request was made.")
    }

    /// Only Tempo knows that a period is closed.
    async fn refuse_a_closed_period(&mut self, sandbox: &Sandbox) -> StepResult {
        let closed_until = self.last_monday().saturating_sub(1.day());
        sandbox.settings(|it| it.closed_until = Some(closed_until));
        let day = closed_until.saturating_sub(2.days());
        self.page.say(&format!("Then log two hours of on-call duty on {}.", day.strftime("%A, %B %-d")))?;
        let entry = json!({"issueKey": "OPS-1", "date": day, "timeSpent": "2h"});
        self.refused("createWorklog", entry, &["period is closed"]).await
    }

    async fn ask_what_is_missing(&mut self) -> StepResult<Vec<(Date, u64)>> {
        self.page.chapter("Find what is missing, and fill it in")?;
        self.page.say("What have I not logged yet, last week and this week?")?;
        let missing = self.call("getMissingWorklogDays", self.period()).await?;
        let days = missing["days"].as_array().ok_or("the result has no days")?;
        let short = |it: &Value| {
            let seconds = it["missingSeconds"].as_u64().ok_or("a day does not say how much is missing")?;
            Ok::<_, String>((date(&it["date"])?, seconds))
        };
        let days = days.iter().map(short).collect::<StepResult<Vec<_>>>()?;
        check(days.len() >= 2, || format!("expected at least two short days, got {}", days.len()))?;
        Ok(days)
    }

    /// The entries come from the structured content, as an assistant would take them.
    async fn fill_in(&mut self, missing: &[(Date, u64)]) -> StepResult {
        self.page.say("I was in meetings from 9:00 to 9:30 each day; the rest was the guest checkout.")?;
        let entries = missing.iter().flat_map(|(day, seconds)| {
            let rest = hours_and_minutes(seconds.saturating_sub(1800));
            [
                json!({"issueKey": "INT-1", "date": day, "startTime": "9:00", "timeSpent": "30m"}),
                json!({"issueKey": "WEB-1", "date": day, "startTime": "9:30", "timeSpent": rest}),
            ]
        });
        let entries: Vec<Value> = entries.collect();
        let count = entries.len();
        let stored = self.call("bulkCreateWorklogs", json!({"worklogEntries": entries})).await?;
        check(stored["created"] == count, || format!("expected {count} entries to be created"))?;
        self.page.call("getMissingWorklogDays", &self.period())?;
        let after = self.client.call("getMissingWorklogDays", &self.period()).await?;
        self.page.first_line(&after)?;
        let after = after.structured;
        check(after["totalMissingSeconds"] == 0, || "expected nothing to be missing any more".into())
    }

    async fn sum_up(&mut self) -> StepResult {
        self.page.chapter("Sum it up")?;
        self.page.say("How much of these two weeks goes to which account?")?;
        let mut arguments = self.period();
        arguments["groupBy"] = "account".into();
        let sums = self.call("getWorklogAnalytics", arguments).await?;
        let groups = sums["groups"].as_array().ok_or("the result has no groups")?;
        let seconds: u64 = groups.iter().filter_map(|it| it["timeSpentSeconds"].as_u64()).sum();
        let hundredths: f64 = groups.iter().filter_map(|it| it["percentage"].as_f64()).sum::<f64>() * 100.0;
        check(sums["totals"]["timeSpentSeconds"] == seconds, || {
            "the groups do not add up to the total".into()
        })?;
        check((hundredths.round() - 10_000.0).abs() < 0.5, || "the shares do not add up to 100 %".into())
    }

    async fn correct(&mut self, worklog: u64) -> StepResult {
        self.page.chapter("Correct it, and change nothing else")?;
        self.page.say("The login bug took until 3 pm.")?;
        let edited = self.call("editWorklog", json!({"worklogId": worklog, "endTime": "15:00"})).await?;
        let now = &edited["worklog"];
        check(now["timeSpentSeconds"] == 7200, || "expected two hours to be stored".into())?;
        check(now["description"] == DESCRIPTION, || "the description changed".into())?;
        self.page.remark(
            "Tempo replaces the whole worklog at every change, so everything that you did not ask to change is read first and sent \
             back as it was.",
        )
    }

    async fn delete(&mut self, worklog: u64) -> StepResult {
        self.page.chapter("Delete it, and see what is gone")?;
        self.page.say("No, that was Priya's work. Delete it.")?;
        let deleted = self.call("deleteWorklog", json!({"worklogId": worklog})).await?;
        check(deleted["deleted"]["worklogId"] == worklog, || format!("expected {worklog} to be deleted"))?;
        check(deleted["restore"]["description"] == DESCRIPTION, || {
            "the result does not show the deleted description".into()
        })
    }

    fn closing(&mut self) -> StepResult {
        self.page.narrate("")?;
        self.page.narrate("Next, try it with your own Tempo: `tempo-mcp install` sets it up in Claude, Cursor, VS Code or Windsurf.")?;
        let program = std::env::args().next().unwrap_or_else(|| "tempo-mcp".into());
        self.page.narrate(&format!(
            "Or go on without accounts: {program} --sandbox call searchIssues --text login"
        ))
    }

    async fn call(&mut self, tool: &str, arguments: Value) -> StepResult<Value> {
        self.page.call(tool, &arguments)?;
        let result = self.client.call(tool, &arguments).await?;
        self.page.result(&result)?;
        check(!result.is_error, || format!("{tool} failed"))?;
        Ok(result.structured)
    }

    /// A call that has to fail, and to name each of `reasons`.
    async fn refused(&mut self, tool: &str, arguments: Value, reasons: &[&str]) -> StepResult {
        self.page.call(tool, &arguments)?;
        let result = self.client.call(tool, &arguments).await?;
        self.page.result(&result)?;
        check(result.is_error, || format!("{tool} did not refuse this"))?;
        let missing = reasons.iter().find(|it| !result.text.contains(**it));
        check(missing.is_none(), || format!("the error does not say {:?}", missing.unwrap_or(&"")))
    }

    fn last_monday(&self) -> Date {
        let into_week = i64::from(self.today.weekday().to_monday_zero_offset());
        self.today.saturating_sub((into_week + 7).days())
    }

    fn period(&self) -> Value {
        json!({"startDate": self.last_monday(), "endDate": self.today})
    }
}

fn check(holds: bool, otherwise: impl FnOnce() -> String) -> StepResult {
    if holds { Ok(()) } else { Err(otherwise()) }
}

fn text(value: &Value) -> StepResult<String> {
    value.as_str().map(str::to_owned).ok_or_else(|| format!("expected text, got {value}"))
}

fn date(value: &Value) -> StepResult<Date> {
    text(value)?.parse().map_err(|_| format!("expected a date, got {value}"))
}

fn hours_and_minutes(seconds: u64) -> String {
    match (seconds / 3600, seconds % 3600 / 60) {
        (0, minutes) => format!("{minutes}m"),
        (hours, 0) => format!("{hours}h"),
        (hours, minutes) => format!("{hours}h{minutes}m"),
    }
}
