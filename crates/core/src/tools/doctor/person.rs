//! Whether the Tempo token and the Jira login belong to the same person. Tempo has no request for the token's owner, so
//! schedules are compared.

use futures::join;
use jiff::{Timestamp, ToSpan};

use super::report::Check;
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
const ADVICE: &str = "Create both tokens while signed in as yourself. Worklogs are created for the Jira login, with the \
                      permissions of the Tempo token's owner.";
/// Long enough for schedules to differ by a part-time day or a holiday.
const DAYS: i32 = 60;

/// The end of an account id: enough to distinguish two people, but not to identify one.
pub(super) fn short(account: &AccountId) -> String {
    let id = account.as_str();
    format!("…{}", id.get(id.len().saturating_sub(4)..).unwrap_or(id))
}

pub(super) async fn examine(clients: &Clients, me: Option<&Identity>, now: Timestamp) -> Check {
    let Some(me) = me else {
        return Check::note(NAME, "not checked: Jira did not say who you are");
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
            ADVICE,
        ),
        (Ok(_), Err(Error { kind: ErrorKind::Forbidden(_) | ErrorKind::NotFound(_), .. })) => {
            Check::bad(NAME, "the Tempo token may not read the schedule of the Jira account", ADVICE)
        }
        (Ok((None, own)), Ok(theirs)) if own != theirs => {
            Check::bad(NAME, "the Tempo token's owner has a different schedule than the Jira account", ADVICE)
        }
        (Ok(_), Ok(_)) => Check::note(NAME, "probably: the schedules are the same, and Tempo shows no more"),
        (Err(_), _) | (_, Err(_)) => Check::note(NAME, "not checked: Tempo does not show the schedule"),
    }
}
