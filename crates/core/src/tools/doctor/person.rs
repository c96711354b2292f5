//! Whether the Tempo token and the Jira login are one person's. Tempo has no "who am I", so the schedules tell.

use futures::join;
use jiff::{Timestamp, ToSpan};

use super::Check;
use crate::{
    domain::{
        ids::AccountId,
        time::{DateRange, WorkDate},
    },
    jira::Identity,
    tools::Clients,
    upstream::{Error, ErrorKind},
};

const NAME: &str = "Same person";
const MEND: &str = "Make both tokens while signed in as yourself: entries are logged for the Jira login, with the rights of \
                    the Tempo token's owner.";
/// Long enough for a part-time day or a holiday to make a difference.
const DAYS: i32 = 60;

/// Enough to tell two people apart, and not enough to find one.
pub(super) fn short(account: &AccountId) -> String {
    let id = account.as_str();
    format!("…{}", id.get(id.len().saturating_sub(4)..).unwrap_or(id))
}

pub(super) async fn examine(clients: &Clients, me: Option<&Identity>, now: Timestamp) -> Check {
    let Some(me) = me else {
        return Check::note(NAME, "not looked at: Jira has not told who you are");
    };
    let today = me.today(now);
    let from = WorkDate(today.0.saturating_sub(DAYS.days()));
    let range = DateRange { from, to: today };
    let (own, theirs) = join!(clients.tempo.own_schedule(range), clients.tempo.schedule(&me.account, range));
    match (own, theirs) {
        (Ok((Some(owner), _)), _) if owner == me.account => Check::good(NAME, "both tokens are yours"),
        (Ok((Some(owner), _)), _) => Check::bad(
            NAME,
            format!("the Tempo token belongs to the account that ends in {}", short(&owner)),
            MEND,
        ),
        (Ok(_), Err(Error { kind: ErrorKind::Forbidden(_) | ErrorKind::NotFound(_), .. })) => {
            Check::bad(NAME, "Tempo does not show the schedule of whoever signs in to Jira", MEND)
        }
        (Ok((None, own)), Ok(theirs)) if own != theirs => Check::bad(
            NAME,
            "the Tempo token's owner has another schedule than whoever signs in to Jira",
            MEND,
        ),
        (Ok(_), Ok(_)) => {
            Check::note(NAME, "by all signs: the schedules are the same, and Tempo tells no more")
        }
        (Err(_), _) | (_, Err(_)) => Check::note(NAME, "not looked at: Tempo does not tell the schedule"),
    }
}
