//! The initial data set: the last weeks of a small team. The same day always gives the same data. The crate's
//! documentation describes it.

mod accounts;
mod generated;
mod issues;
mod timesheets;
mod users;

use jiff::Timestamp;

use crate::site_data::SiteData;

pub(crate) use generated::add_generated_worklogs;
pub(crate) use users::main_user_zone;

pub(crate) fn build(now: Timestamp) -> SiteData {
    let today = now.to_zoned(main_user_zone()).date();
    let mut site = SiteData {
        users: users::users(),
        workloads: users::workloads(),
        holidays: users::holidays(today),
        projects: issues::projects(),
        accounts: accounts::accounts(),
        account_links: accounts::account_links(),
        work_attributes: accounts::work_attributes(),
        ..SiteData::default()
    };
    issues::add_issues(&mut site, now);
    timesheets::add_worklogs(&mut site, now, today);
    site
}
