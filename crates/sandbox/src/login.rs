//! The Atlassian login.

use jiff::Timestamp;

use crate::{answer::Answer, call::Call, state::State, world::UserIndex};

#[derive(Debug, Default)]
pub(crate) struct Login {}

pub(crate) struct Grant {
    pub(crate) user: UserIndex,
    pub(crate) scope: String,
}

impl Login {
    pub(crate) fn access(&self, _token: &str, _now: Timestamp) -> Option<Grant> {
        None
    }
}

pub(crate) fn answer(
    _state: &mut State,
    _call: &Call,
    _segments: &[&str],
    _now: Timestamp,
) -> Option<Answer> {
    None
}
