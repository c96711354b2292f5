//! What a handler of Tempo's or Jira's API works with.

use jiff::{Timestamp, civil::Date};

use crate::{
    model::{User, UserIndex},
    request::Request,
    settings::Settings,
    site_data::SiteData,
};

pub(crate) struct RequestContext<'a> {
    pub(crate) site: &'a mut SiteData,
    pub(crate) settings: &'a Settings,
    pub(crate) request: &'a Request,
    pub(crate) now: Timestamp,
    /// The owner of the token. Set by the check of the credentials, before any handler runs.
    pub(crate) caller: UserIndex,
}

impl RequestContext<'_> {
    pub(crate) fn user(&self) -> &User {
        &self.site.users[self.caller]
    }

    /// The current date in the caller's time zone.
    pub(crate) fn today(&self) -> Date {
        self.now.to_zoned(self.user().zone.clone()).date()
    }
}
