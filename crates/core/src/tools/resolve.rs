//! What a write needs to know before it is sent: the issue, and the attributes as the site stores them.

use std::sync::Arc;

use super::{Clients, Error, argument::Fault, entry::GivenAttributes, messages::labels};
use crate::{
    domain::{
        ids::IssueRef,
        site::WorkAttribute,
        text::one_line,
        worklog::{Attribute, Issue},
    },
    upstream::{self, ErrorKind},
};

/// What the account attribute is called on most sites; used where the site's attributes may not be read.
const USUAL_ACCOUNT_KEY: &str = "_Account_";

pub(super) async fn issue(clients: &Clients, wanted: &IssueRef) -> Result<Arc<Issue>, Error> {
    clients.jira.issue(wanted).await?.ok_or_else(|| Error::UnknownIssue(wanted.clone()))
}

/// The site's attributes, or `None` where the token may not read them.
async fn site_attributes(clients: &Clients) -> Result<Option<Arc<[WorkAttribute]>>, Error> {
    match clients.tempo.attributes().await {
        Ok(found) => Ok(Some(found)),
        Err(upstream::Error { kind: ErrorKind::Forbidden(_), .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Given attributes by key and stored value; `None` removes one. Keys may be given as names, list values as labels.
///
/// # Errors
/// A name that the site does not have, a value that a list does not have: before anything is written.
pub(super) async fn given(
    clients: &Clients,
    given: &GivenAttributes,
    place: &str,
) -> Result<Vec<(String, Option<String>)>, Error> {
    if given.0.is_empty() {
        return Ok(Vec::new());
    }
    let Some(site) = site_attributes(clients).await? else { return Ok(given.0.clone()) };
    let mut faults = Vec::new();
    let mut res = Vec::new();
    for (key, value) in &given.0 {
        match stored(&site, key, value.as_deref()) {
            Ok(pair) => res.push(pair),
            Err(why) => {
                faults.push(Fault { place: format!("{place}.{}", one_line(key, 60)), value: None, why })
            }
        }
    }
    if faults.is_empty() { Ok(res) } else { Err(Error::Arguments(faults)) }
}

fn stored(
    site: &[WorkAttribute],
    key: &str,
    value: Option<&str>,
) -> Result<(String, Option<String>), String> {
    let exact = site.iter().find(|it| it.key == key);
    let by_name =
        || site.iter().find(|it| it.name.eq_ignore_ascii_case(key) || it.key.eq_ignore_ascii_case(key));
    let Some(attribute) = exact.or_else(by_name) else {
        let known: Vec<String> = site.iter().map(|it| one_line(&it.key, 60)).collect();
        return Err(format!("is no work attribute of this site; it has {}", known.join(", ")));
    };
    let Some(value) = value else { return Ok((attribute.key.clone(), None)) };
    match attribute.stored_value(value) {
        Some(value) => Ok((attribute.key.clone(), Some(value))),
        None => Err(format!("has no such value; it takes {}", labels(&attribute.choices))),
    }
}

/// The account that the issue is booked on by its custom field, as an attribute; what the user says wins.
pub(super) async fn account(
    clients: &Clients,
    issue: &Issue,
    given: &[(String, Option<String>)],
) -> Result<Option<Attribute>, Error> {
    let Some(id) = issue.account else { return Ok(None) };
    let (site, account) = futures::join!(site_attributes(clients), clients.tempo.account(id));
    let key = match site? {
        None => USUAL_ACCOUNT_KEY.to_owned(),
        Some(site) => match site.iter().find(|it| it.is_account) {
            Some(attribute) => attribute.key.clone(),
            None => return Ok(None),
        },
    };
    if given.iter().any(|(name, _)| *name == key) {
        return Ok(None);
    }
    Ok(Some(Attribute { key, value: account?.key }))
}

/// All attributes of a new entry.
pub(super) async fn attributes(
    clients: &Clients,
    wanted: &GivenAttributes,
    place: &str,
    issue: &Issue,
) -> Result<Vec<Attribute>, Error> {
    let wanted = given(clients, wanted, place).await?;
    let account = account(clients, issue, &wanted).await?;
    let wanted = wanted.into_iter().filter_map(|(key, value)| Some(Attribute { key, value: value? }));
    Ok(wanted.chain(account).collect())
}

/// `existing` with the changes of `given`: what is not named stays.
pub(super) fn merged(existing: &[Attribute], given: Vec<(String, Option<String>)>) -> Vec<Attribute> {
    let mut res = existing.to_vec();
    for (key, value) in given {
        res.retain(|it| it.key != key);
        res.extend(value.map(|value| Attribute { key, value }));
    }
    res
}
