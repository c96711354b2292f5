//! The person that the credentials belong to.

use jiff::{Timestamp, tz::TimeZone};

use crate::{
    domain::{ids::AccountId, time::WorkDate},
    ports::Clock,
};

/// The user: whose worklogs these are, and in which time zone.
#[derive(Debug, Clone)]
pub struct Identity {
    pub account: AccountId,
    pub name: String,
    /// `None` if the profile hides it.
    pub(super) zone_name: Option<String>,
    /// Looked up again for each call, because an edge may know a zone only by its current offset.
    pub(super) zone: Option<TimeZone>,
}

impl Identity {
    /// The current date in this person's time zone.
    #[must_use]
    pub fn today(&self, now: Timestamp) -> WorkDate {
        WorkDate(now.to_zoned(self.zone()).date())
    }

    #[must_use]
    pub fn zone(&self) -> TimeZone {
        self.zone.clone().unwrap_or(TimeZone::UTC)
    }

    #[must_use]
    pub fn zone_is_hidden(&self) -> bool {
        self.zone.is_none()
    }

    #[must_use]
    pub fn zone_name(&self) -> String {
        self.zone.as_ref().and(self.zone_name.as_deref()).unwrap_or("UTC").to_owned()
    }

    pub(super) fn with_zone_of(mut self, clock: &dyn Clock) -> Self {
        self.zone = self.zone_name.as_deref().and_then(|it| clock.zone(it));
        self
    }
}
