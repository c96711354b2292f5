//! Everything the sandbox remembers between requests.

use std::collections::{HashMap, HashSet};

use jiff::{Timestamp, civil::Date};
use tokio::time::Instant;

use crate::{clock::Clock, data, faults::Faults, log::Log, login::Login, settings::Settings, world::World};

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) clock: Clock,
    pub(crate) world: World,
    pub(crate) settings: Settings,
    pub(crate) faults: Faults,
    pub(crate) log: Log,
    pub(crate) login: Login,
    pub(crate) limiter: Limiter,
    /// Issues with a bulk creation under way.
    pub(crate) bulk_running: HashSet<u64>,
}

impl State {
    pub(crate) fn new(day: Option<Date>) -> State {
        let clock = Clock::new(day, &data::main_zone());
        let world = data::build(clock.now());
        State {
            clock,
            world,
            settings: Settings::default(),
            faults: Faults::default(),
            log: Log::default(),
            login: Login::default(),
            limiter: Limiter::default(),
            bulk_running: HashSet::new(),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// A token bucket per credential.
#[derive(Debug, Default)]
pub(crate) struct Limiter(HashMap<String, (Instant, f64)>);

impl Limiter {
    /// Whether one more request at `now` stays within `limit` a second.
    pub(crate) fn admits(&mut self, credential: &str, limit: u32, now: Instant) -> bool {
        let full = f64::from(limit);
        let (since, left) = self.0.entry(credential.to_owned()).or_insert((now, full));
        *left = (*left + now.duration_since(*since).as_secs_f64() * full).min(full);
        *since = now;
        let admitted = *left >= 1.0;
        if admitted {
            *left -= 1.0;
        }
        admitted
    }
}
