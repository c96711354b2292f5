//! What a handler of the login works with.

use jiff::{SignedDuration, Timestamp};

use super::grants::OAuthGrants;
use crate::{request::Request, settings::Settings, site_data::SiteData};

pub(crate) struct OAuthContext<'a> {
    pub(crate) grants: &'a mut OAuthGrants,
    pub(crate) site: &'a SiteData,
    pub(crate) settings: &'a Settings,
    pub(crate) request: &'a Request,
    pub(crate) now: Timestamp,
}

impl OAuthContext<'_> {
    /// The instant this many seconds from now.
    pub(super) fn after_seconds(&self, seconds: u64) -> Timestamp {
        let lifetime = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
        self.now.checked_add(lifetime).unwrap_or(Timestamp::MAX)
    }
}
