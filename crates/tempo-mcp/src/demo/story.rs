//! What happens, and what has to be true for it to be told.

use jiff::{ToSpan, civil::Date};
use serde_json::{Value, json};
use tempo_sandbox::{MAIN_NAME, Sandbox};

use super::{client::Client, page::Page};

type Told<T = ()> = Result<T, String>;

/// What the edit must not touch: quotes, an emoji and all.
const DESCRIPTION: &str = "Session survives a password reset; \"remember me\" too 🎉";

struct Story {
    client: Client,
    page: Page,
    /// As the first reading tool told it.
    today: Date,
}

pub(super) async fn tell(sandbox: &Sandbox, client: Client, page: Page) -> Told {
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
    async fn opening(&mut self) -> Told {
        let server = self.client.initialize().await?;
        let tools = self.client.tool_names().await?;
        check(tools.len() == 8, || format!("eight tools were expected, not {}", tools.join(", ")))?;
        self.page.title("tempo-mcp: working time in Tempo, by asking for it")?;
        self.page.narrate(&format!(
            "An assistant such as Claude, Cursor or VS Code starts this program and calls its tools. Here the demo is the \
             assistant: it speaks MCP with the very server that yours would start ({server}, {} tools). Tempo and Jira are \
             simulated inside this process, for a made-up {MAIN_NAME}. Nothing leaves this machine.",
            tools.len()
        ))?;
        self.page.narrate("")?;
        self.page.narrate(
            "In “quotes” is what you would say, after → the tool that the assistant calls, behind │ what it gets back.",
        )
    }

    async fn find_the_issue(&mut self) -> Told<String> {
        self.page.chapter("Log time")?;
        self.page.say("I worked on the login bug today, from one until half past two.")?;
        let found = self.call("searchIssues", json!({"text": "login bug"})).await?;
        self.today = date(&found["today"])?;
        let issues = found["issues"].as_array().map_or(0, Vec::len);
        check(issues == 1, || format!("one issue was to be found, not {issues}"))?;
        text(&found["issues"][0]["issueKey"])
    }

    async fn log_time(&mut self, issue: &str) -> Told<u64> {
        self.page.remark("Every answer that reads tells the date: the assistant need not guess it.")?;
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
        check(worklog["timeSpentSeconds"] == 5400, || "1h30m was to be stored".into())?;
        worklog["worklogId"].as_u64().ok_or_else(|| "the new worklog has no id".into())
    }

    async fn refuse_bad_arguments(&mut self, issue: &str) -> Told {
        self.page.chapter("What cannot be right is refused, with the reason")?;
        self.page.say("25 hours on it, on the 30th of February.")?;
        let day = format!("{}-02-30", self.today.year());
        let entry = json!({"issueKey": issue, "date": day, "timeSpentHours": 25});
        self.refused("createWorklog", entry, &["date", "timeSpentHours"]).await?;
        self.page.remark("All that is wrong is said at once, and no request was made.")
    }

    /// This one only Tempo can know.
    async fn refuse_a_closed_period(&mut self, sandbox: &Sandbox) -> Told {
        let closed_until = self.last_monday().saturating_sub(1.day());
        sandbox.settings(|it| it.closed_until = Some(closed_until));
        let day = closed_until.saturating_sub(2.days());
        self.page.say(&format!("Then two hours of on-call on {}.", day.strftime("%A, %-d %B")))?;
        let entry = json!({"issueKey": "OPS-1", "date": day, "timeSpent": "2h"});
        self.refused("createWorklog", entry, &["period is closed"]).await
    }

    async fn ask_what_is_missing(&mut self) -> Told<Vec<(Date, u64)>> {
        self.page.chapter("What is missing, and filling it in")?;
        self.page.say("What have I not logged, last week and this week?")?;
        let missing = self.call("getMissingWorklogDays", self.period()).await?;
        let days = missing["days"].as_array().ok_or("the answer has no days")?;
        let short = |it: &Value| {
            let seconds = it["missingSeconds"].as_u64().ok_or("a day does not say what is missing")?;
            Ok::<_, String>((date(&it["date"])?, seconds))
        };
        let days = days.iter().map(short).collect::<Told<Vec<_>>>()?;
        check(days.len() >= 2, || format!("at least two days were to be short, not {}", days.len()))?;
        Ok(days)
    }

    /// The entries come out of the structured answer, as an assistant would take them.
    async fn fill_in(&mut self, missing: &[(Date, u64)]) -> Told {
        self.page.say("Meetings from nine until half past; the rest was the guest checkout.")?;
        let entries = missing.iter().flat_map(|(day, seconds)| {
            let rest = hours_and_minutes(seconds.saturating_sub(1800));
            [
                json!({"issueKey": "INT-1", "date": day, "startTime": "9:00", "timeSpent": "30m"}),
                json!({"issueKey": "WEB-1", "date": day, "startTime": "9:30", "timeSpent": rest}),
            ]
        });
        let entries: Vec<Value> = entries.collect();
        let asked = entries.len();
        let stored = self.call("bulkCreateWorklogs", json!({"worklogEntries": entries})).await?;
        check(stored["created"] == asked, || format!("{asked} entries were to be created"))?;
        self.page.call("getMissingWorklogDays", &self.period())?;
        let after = self.client.call("getMissingWorklogDays", &self.period()).await?;
        self.page.answer_begins(&after)?;
        let after = after.structured;
        check(after["totalMissingSeconds"] == 0, || "nothing was to be missing any more".into())
    }

    async fn sum_up(&mut self) -> Told {
        self.page.chapter("Sum it up")?;
        self.page.say("How much of these two weeks can go to which account?")?;
        let mut arguments = self.period();
        arguments["groupBy"] = "account".into();
        let sums = self.call("getWorklogAnalytics", arguments).await?;
        let groups = sums["groups"].as_array().ok_or("the answer has no groups")?;
        let seconds: u64 = groups.iter().filter_map(|it| it["timeSpentSeconds"].as_u64()).sum();
        let hundredths: f64 = groups.iter().filter_map(|it| it["percentage"].as_f64()).sum::<f64>() * 100.0;
        check(sums["totals"]["timeSpentSeconds"] == seconds, || "the groups were to add up".into())?;
        check((hundredths.round() - 10_000.0).abs() < 0.5, || "the shares were to add up to 100 %".into())
    }

    async fn correct(&mut self, worklog: u64) -> Told {
        self.page.chapter("Correct it, and nothing else")?;
        self.page.say("The login bug took until three.")?;
        let edited = self.call("editWorklog", json!({"worklogId": worklog, "endTime": "15:00"})).await?;
        let now = &edited["worklog"];
        check(now["timeSpentSeconds"] == 7200, || "two hours were to be stored".into())?;
        check(now["description"] == DESCRIPTION, || "the description was to stay".into())?;
        self.page.remark(
            "Tempo replaces the whole worklog at every change; what was not asked for is read first and sent back as it was.",
        )
    }

    async fn delete(&mut self, worklog: u64) -> Told {
        self.page.chapter("Delete it, and know what is gone")?;
        self.page.say("No, that was Priya's work. Remove it.")?;
        let deleted = self.call("deleteWorklog", json!({"worklogId": worklog})).await?;
        check(deleted["deleted"]["worklogId"] == worklog, || format!("{worklog} was to be deleted"))?;
        check(deleted["restore"]["description"] == DESCRIPTION, || "all of it was to be told".into())
    }

    fn closing(&mut self) -> Told {
        self.page.narrate("")?;
        self.page.narrate("Next, with your own Tempo: \"Use it\" in README.md has the lines for Claude, Cursor, VS Code and others.")?;
        let program = std::env::args().next().unwrap_or_else(|| "tempo-mcp".into());
        self.page.narrate(&format!(
            "Or go on without accounts: {program} --sandbox call searchIssues --text login"
        ))
    }

    async fn call(&mut self, tool: &str, arguments: Value) -> Told<Value> {
        self.page.call(tool, &arguments)?;
        let answer = self.client.call(tool, &arguments).await?;
        self.page.answer(&answer)?;
        check(!answer.is_error, || format!("{tool} was not to fail"))?;
        Ok(answer.structured)
    }

    /// A call that has to fail, and to say why.
    async fn refused(&mut self, tool: &str, arguments: Value, why: &[&str]) -> Told {
        self.page.call(tool, &arguments)?;
        let answer = self.client.call(tool, &arguments).await?;
        self.page.answer(&answer)?;
        check(answer.is_error, || format!("{tool} was to refuse this"))?;
        let unsaid = why.iter().find(|it| !answer.text.contains(**it));
        check(unsaid.is_none(), || format!("the refusal does not say {:?}", unsaid.unwrap_or(&"")))
    }

    fn last_monday(&self) -> Date {
        let into_week = i64::from(self.today.weekday().to_monday_zero_offset());
        self.today.saturating_sub((into_week + 7).days())
    }

    fn period(&self) -> Value {
        json!({"startDate": self.last_monday(), "endDate": self.today})
    }
}

fn check(holds: bool, otherwise: impl FnOnce() -> String) -> Told {
    if holds { Ok(()) } else { Err(otherwise()) }
}

fn text(value: &Value) -> Told<String> {
    value.as_str().map(str::to_owned).ok_or_else(|| format!("text was expected, not {value}"))
}

fn date(value: &Value) -> Told<Date> {
    text(value)?.parse().map_err(|_| format!("a date was expected, not {value}"))
}

fn hours_and_minutes(seconds: u64) -> String {
    match (seconds / 3600, seconds % 3600 / 60) {
        (0, minutes) => format!("{minutes}m"),
        (hours, 0) => format!("{hours}h"),
        (hours, minutes) => format!("{hours}h{minutes}m"),
    }
}
