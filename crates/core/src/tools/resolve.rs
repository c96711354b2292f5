//! What a write needs to know before it is sent: the issue, and the attributes as the site stores them.

use std::sync::Arc;

use super::{
    attribute_changes::{AttributeChange, AttributeChanges},
    context::Clients,
    error::Error,
    messages::labels,
    rejection::{Rejection, Rejections},
};
use crate::{
    domain::{
        ids::IssueRef,
        site::WorkAttribute,
        text::{identifier, one_line, visible},
        worklog::{Attribute, Issue},
    },
    upstream::{self, ErrorKind},
};

/// The account attribute's key on most sites, used where the token may not read the site's attributes.
const USUAL_ACCOUNT_KEY: &str = "_Account_";

/// # Errors
/// [`Error::UnknownIssue`], and any error of reading the issue.
pub(super) async fn issue(clients: &Clients, wanted: &IssueRef) -> Result<Arc<Issue>, Error> {
    clients.jira.issue(wanted).await?.ok_or_else(|| Error::UnknownIssue(wanted.clone()))
}

/// The site's work attributes; `None` where the token may not read them.
async fn site_attributes(clients: &Clients) -> Result<Option<Arc<[WorkAttribute]>>, Error> {
    match clients.tempo.attributes().await {
        Ok(found) => Ok(Some(found)),
        Err(upstream::Error { kind: ErrorKind::Forbidden(_), .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The changes with keys and values as the site stores them, where names and labels were given.
///
/// # Errors
/// [`Error::Arguments`] for an attribute that the site does not have, or a value that its list does not have.
pub(super) async fn attribute_changes(
    clients: &Clients,
    changes: &AttributeChanges,
    place: &str,
) -> Result<Vec<AttributeChange>, Error> {
    if changes.0.is_empty() {
        return Ok(Vec::new());
    }
    let Some(site) = site_attributes(clients).await? else { return Ok(changes.0.clone()) };
    let mut rejections = Vec::new();
    let mut res = Vec::new();
    for change in &changes.0 {
        match as_stored(&site, change) {
            Ok(it) => res.push(it),
            Err(reason) => {
                rejections
                    .push(Rejection::new(format!("{place}.{}", visible(&one_line(&change.key, 60))), reason));
            }
        }
    }
    if rejections.is_empty() { Ok(res) } else { Err(Error::Arguments(Rejections::from(rejections))) }
}

fn as_stored(site: &[WorkAttribute], change: &AttributeChange) -> Result<AttributeChange, String> {
    let given = change.key.as_str();
    let same = |it: &str| it.eq_ignore_ascii_case(given);
    let exact = site.iter().find(|it| it.key == given);
    let attribute = exact.or_else(|| site.iter().find(|it| same(&it.name) || same(&it.key)));
    let Some(attribute) = attribute else {
        let known: Vec<String> = site.iter().map(|it| identifier(&it.key, 60)).collect();
        return Err(format!("unknown work attribute; this site has {}", known.join(", ")));
    };
    let value =
        match &change.value {
            None => None,
            Some(value) => Some(attribute.stored_value(value).ok_or_else(|| {
                format!("unknown value; this attribute takes {}", labels(&attribute.choices))
            })?),
        };
    Ok(AttributeChange { key: attribute.key.clone(), value })
}

/// The account in the issue's account field, as an attribute; `None` where the changes name an account themselves.
pub(super) async fn account(
    clients: &Clients,
    issue: &Issue,
    changes: &[AttributeChange],
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
    if changes.iter().any(|it| it.key == key) {
        return Ok(None);
    }
    Ok(Some(Attribute { key, value: account?.key }))
}

/// All attributes of a new worklog: those given, and the issue's account.
pub(super) async fn attributes(
    clients: &Clients,
    given: &AttributeChanges,
    place: &str,
    issue: &Issue,
) -> Result<Vec<Attribute>, Error> {
    let changes = attribute_changes(clients, given, place).await?;
    let account = account(clients, issue, &changes).await?;
    let given = changes.into_iter().filter_map(|it| Some(Attribute { key: it.key, value: it.value? }));
    Ok(given.chain(account).collect())
}

/// `existing` with `changes`. Attributes that the changes do not name stay.
pub(super) fn merged(existing: &[Attribute], changes: Vec<AttributeChange>) -> Vec<Attribute> {
    let mut res = existing.to_vec();
    for AttributeChange { key, value } in changes {
        res.retain(|it| it.key != key);
        res.extend(value.map(|value| Attribute { key, value }));
    }
    res
}
