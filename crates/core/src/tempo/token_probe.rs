//! Which scopes a token has, found out by a small read in each, and whose token it is.
//!
//! Scopes are described in Tempo's help, "Using REST API integrations".

use serde::de::IgnoredAny;
use url::Url;

use super::{Client, read::days_of, wire};
use crate::{
    domain::{
        ids::AccountId,
        schedule::DaySchedule,
        time::{DateRange, WorkDate},
    },
    upstream::{Call, Error},
};

/// A scope of a Tempo API token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    Worklogs,
    Schemes,
    Accounts,
    Approvals,
    Plans,
    Teams,
}

impl Client {
    /// Reads something small in this scope, on or about `day`.
    ///
    /// # Errors
    /// `Forbidden` if the token lacks the scope, or why Tempo could not be asked.
    pub async fn may_read(&self, scope: Scope, day: WorkDate) -> Result<(), Error> {
        let small = |path: &[&str]| Call::get(path).query("limit", 1);
        let call = match scope {
            Scope::Worklogs => small(&["4", "work-attributes"]),
            Scope::Schemes => Call::get(&["4", "user-schedule"]).query("from", day).query("to", day),
            Scope::Accounts => small(&["4", "accounts"]),
            Scope::Approvals => Call::get(&["4", "timesheet-approvals", "waiting"]),
            Scope::Plans => small(&["4", "plans"]).query("from", day).query("to", day),
            Scope::Teams => small(&["4", "teams"]),
        };
        self.json::<IgnoredAny>(&call).await.map(drop)
    }

    /// Searches for worklogs. A search is a POST, which needs "Manage", so this tests writing without a write.
    ///
    /// # Errors
    /// `Forbidden` if the token has only "View", or why Tempo could not be asked.
    pub async fn may_search(&self, day: WorkDate) -> Result<(), Error> {
        let body = wire::SearchWorklogs {
            author_ids: Vec::new(),
            issue_ids: Vec::new(),
            from: day.to_string(),
            to: day.to_string(),
        };
        let call = Call::search(&["4", "worklogs", "search"], &body).query("limit", 1);
        self.json::<IgnoredAny>(&call).await.map(drop)
    }

    /// The schedule of the token's owner, and who that is if the response's own link names them.
    ///
    /// # Errors
    /// Tempo refused the request or could not be reached.
    pub async fn own_schedule(
        &self,
        range: DateRange,
    ) -> Result<(Option<AccountId>, Vec<DaySchedule>), Error> {
        let call = Call::get(&["4", "user-schedule"]).query("from", range.from).query("to", range.to);
        let schedule = self.json::<wire::Schedule>(&call).await?.body;
        Ok((owner(&schedule.link), days_of(schedule, range)))
    }

    /// A client with the same token at another address.
    #[must_use]
    pub fn at(&self, base: Url) -> Self {
        Self { base, cache: std::sync::Arc::default(), ..self.clone() }
    }
}

/// The account in "a permanent link to this resource", `…/user-schedule/{accountId}?…`. Tempo does not document its form.
fn owner(link: &str) -> Option<AccountId> {
    let url = Url::parse(link).ok()?;
    let mut segments = url.path_segments()?.rev();
    let last = segments.next()?;
    let id = percent_encoding::percent_decode_str(last).decode_utf8().ok()?;
    (segments.next()? == "user-schedule").then(|| id.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owner_is_taken_only_from_a_link_that_names_one() {
        let of = |it: &str| owner(it).map(|it| it.to_string());
        let named = Some("712020:a-1".to_owned());
        assert_eq!(of("https://api.tempo.io/4/user-schedule/712020%3Aa-1?from=x"), named);
        assert_eq!(of("https://api.tempo.io/4/user-schedule/712020:a-1"), named);
        for link in ["https://api.tempo.io/4/user-schedule?from=x", "", "[...]", "https://api.tempo.io/4/x/y"]
        {
            assert_eq!(of(link), None, "{link}");
        }
    }
}
