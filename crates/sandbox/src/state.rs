//! Everything the sandbox remembers between requests.

use std::collections::HashSet;

use jiff::{Timestamp, civil::Date};

use crate::{
    clock::Clock,
    dataset::{self, main_user_zone},
    faults::FaultList,
    oauth::grants::OAuthGrants,
    rate_limiter::RateLimiter,
    request_log::RequestLog,
    settings::Settings,
    site_data::SiteData,
};

#[derive(Debug)]
pub(crate) struct State {
    /// The day the data set ends on; `None` is the real date. A reset starts from it again.
    today: Option<Date>,
    pub(crate) clock: Clock,
    pub(crate) site: SiteData,
    pub(crate) settings: Settings,
    pub(crate) faults: FaultList,
    pub(crate) log: RequestLog,
    pub(crate) oauth: OAuthGrants,
    pub(crate) rate_limiter: RateLimiter,
    /// Ids of the issues that a bulk creation is running on.
    pub(crate) bulk_creations: HashSet<u64>,
}

impl State {
    pub(crate) fn new(today: Option<Date>) -> State {
        let clock = Clock::new(today, &main_user_zone());
        let site = dataset::build(clock.now());
        State {
            today,
            clock,
            site,
            settings: Settings::default(),
            faults: FaultList::default(),
            log: RequestLog::default(),
            oauth: OAuthGrants::default(),
            rate_limiter: RateLimiter::default(),
            bulk_creations: HashSet::new(),
        }
    }

    pub(crate) fn reset(&mut self) {
        *self = State::new(self.today);
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
