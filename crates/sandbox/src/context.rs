//! What a handler works with: the world, the settings, the request, and the time.

use jiff::{Timestamp, civil::Date};

use crate::{
    call::Call,
    settings::Settings,
    world::{User, UserIndex, World},
};

pub(crate) struct Context<'a> {
    pub(crate) world: &'a mut World,
    pub(crate) settings: &'a Settings,
    pub(crate) call: &'a Call,
    pub(crate) now: Timestamp,
    /// Who asks: the owner of the token.
    pub(crate) who: UserIndex,
}

impl Context<'_> {
    pub(crate) fn user(&self) -> &User {
        &self.world.users[self.who]
    }

    pub(crate) fn today(&self) -> Date {
        self.now.to_zoned(self.user().zone.clone()).date()
    }
}
