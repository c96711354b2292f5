//! Accounts, their links to projects, and the work attributes.

use super::users::INGRID;
use crate::{
    constants::{ACCOUNT_ATTRIBUTE, WORK_TYPES},
    model::{Account, AccountLink, WorkAttribute},
};

/// Id, key and name.
type Customer = Option<(u64, &'static str, &'static str)>;
/// Id, key, name and type.
type Category = (u64, &'static str, &'static str, &'static str);

const HARBOR: Customer = Some((21, "HARBOR", "Harbor Books"));
const LANTERN: Customer = Some((22, "LANTERN", "Lantern Travel"));
const DEVELOPMENT: Category = (31, "DEV", "Development", "BILLABLE");
const SUPPORT: Category = (32, "SUP", "Support", "BILLABLE");
const OVERHEAD: Category = (33, "OVH", "Overhead", "INTERNAL");

pub(super) fn accounts() -> Vec<Account> {
    vec![
        account(1, "HARBOR-DEV", "Harbor Books: Development", HARBOR, DEVELOPMENT),
        account(2, "HARBOR-SUP", "Harbor Books: Support", HARBOR, SUPPORT),
        account(3, "LANTERN-APP", "Lantern Travel: App", LANTERN, DEVELOPMENT),
        Account { global: true, ..account(4, "INTERNAL", "Internal", None, OVERHEAD) },
        Account {
            status: "CLOSED",
            ..account(5, "HARBOR-OLD", "Harbor Books: Relaunch", HARBOR, DEVELOPMENT)
        },
        Account { status: "ARCHIVED", ..account(6, "HARBOR-2019", "Harbor Books: 2019", HARBOR, SUPPORT) },
    ]
}

fn account(
    id: u64,
    key: &'static str,
    name: &'static str,
    customer: Customer,
    category: Category,
) -> Account {
    Account { id, key, name, status: "OPEN", global: false, lead: INGRID, customer, category }
}

pub(super) fn account_links() -> Vec<AccountLink> {
    vec![
        AccountLink { id: 1, account: 1, project: 10001, default: true },
        AccountLink { id: 2, account: 2, project: 10001, default: false },
        AccountLink { id: 3, account: 3, project: 10002, default: true },
        AccountLink { id: 4, account: 2, project: 10003, default: true },
        AccountLink { id: 5, account: 5, project: 10001, default: false },
    ]
}

pub(super) fn work_attributes() -> Vec<WorkAttribute> {
    vec![
        attribute(ACCOUNT_ATTRIBUTE, "Account", "ACCOUNT"),
        WorkAttribute { values: &WORK_TYPES, ..attribute("_WorkType_", "Work Type", "STATIC_LIST") },
        attribute("_Overtime_", "Overtime", "CHECKBOX"),
        attribute("_Ticket_", "Ticket", "INPUT_FIELD"),
        attribute("_Kilometers_", "Kilometers", "INPUT_NUMERIC"),
    ]
}

fn attribute(key: &'static str, name: &'static str, attribute_type: &'static str) -> WorkAttribute {
    WorkAttribute { key, name, attribute_type, values: &[] }
}
