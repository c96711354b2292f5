//! `tempo-mcp audit`: the security events of a hosted service, as JSON lines.

use std::process::ExitCode;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use tempo_mcp_service::{
    audit::AuditEvent,
    store::{Store, audit_events::Position},
};

use super::{database::open_existing, operator_event};
use crate::cli::{
    exit::fail,
    hosting::{AuditCommand, AuditExport},
    output,
};

/// The events that are read at a time.
const PAGE: i64 = 1000;

pub(crate) async fn run(command: AuditCommand) -> ExitCode {
    let AuditCommand::Export(options) = command;
    match export(&options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => fail(&reason),
    }
}

/// Prints the events, the oldest first. The export itself is recorded after them.
async fn export(options: &AuditExport) -> Result<(), String> {
    let since = options.since.as_deref().map(parse_since).transpose()?;
    let store = open_existing(&options.database).await?;
    let (mut position, mut count) = (since.map(Position::since).unwrap_or_default(), 0);
    loop {
        let (events, next) = page(&store, &position).await?;
        let wanted = |it: &&AuditEvent| match &options.tenant {
            Some(name) => it.tenant.as_ref().is_some_and(|it| it.short() == name),
            None => true,
        };
        let lines: Vec<String> = events.iter().filter(wanted).map(|it| it.to_json() + "\n").collect();
        count += lines.len();
        output::write(&lines.concat())?;
        let Some(next) = next else { break };
        position = next;
    }
    operator_event::record(&store, "audit export", &format!("{count} events")).await;
    Ok(())
}

async fn page(store: &Store, position: &Position) -> Result<(Vec<AuditEvent>, Option<Position>), String> {
    store.audit_events_after(position, PAGE).await.map_err(|error| error.to_string())
}

/// A day, which begins in UTC, or an instant.
fn parse_since(text: &str) -> Result<Timestamp, String> {
    // jiff reads a day from a date with a time as well, and would drop the time.
    let day = || {
        let day = text.parse::<Date>().ok().filter(|it| it.to_string() == text)?;
        day.to_zoned(TimeZone::UTC).ok().map(|it| it.timestamp())
    };
    let instant = text.parse::<Timestamp>().ok().or_else(day);
    instant.ok_or_else(|| {
        format!("--since {text} is neither a day like 2026-03-18 nor an instant like 2026-03-18T09:00:00Z")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn since_is_a_day_or_an_instant() {
        let midnight: Timestamp = "2026-03-18T00:00:00Z".parse().unwrap();
        assert_eq!(parse_since("2026-03-18"), Ok(midnight));
        assert_eq!(parse_since("2026-03-18T01:00:00+01:00"), Ok(midnight));
        for wrong in ["", "yesterday", "2026-13-01", "2026-03-18T09:00:00"] {
            assert!(parse_since(wrong).unwrap_err().contains("neither a day"), "{wrong}");
        }
    }
}
