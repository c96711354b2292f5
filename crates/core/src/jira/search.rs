//! Finding issues by words.

use std::sync::Arc;

use super::{Client, wire};
use crate::{
    domain::{ids::IssueId, worklog::Issue},
    upstream::{Call, Error},
};

/// What to search for. At least one restriction is needed, because Jira refuses unbounded queries.
#[derive(Debug, Clone, Default)]
pub struct Search {
    pub words: Option<String>,
    /// Assigned to the user, or reported by them.
    pub mine: bool,
    /// Restricts the search to these issues.
    pub among: Option<Vec<IssueId>>,
}

impl Client {
    /// The matching issues, the most recently changed first, and whether there are more than `limit`.
    ///
    /// # Errors
    /// Jira refused the request or could not be reached.
    pub async fn search(&self, search: &Search, limit: usize) -> Result<(Vec<Arc<Issue>>, bool), Error> {
        let Some(jql) = jql(search) else { return Ok((Vec::new(), false)) };
        let body = wire::SearchJql { jql: &jql, fields: &self.fields(), max_results: limit };
        let call = Call::search(&["rest", "api", "3", "search", "jql"], &body);
        let response: wire::SearchPage = self.json(&call).await?;
        let more = response.is_last == Some(false) || response.issues.len() > limit;
        let mut found = self.known(response.issues, None);
        found.truncate(limit);
        Ok((found, more))
    }
}

/// `None` if there is nothing to search for or among.
fn jql(search: &Search) -> Option<String> {
    let mut parts = Vec::new();
    if let Some(words) = &search.words {
        parts.push(format!("text ~ {}", string(&plain_words(words)?)));
    }
    if search.mine {
        parts.push("(assignee = currentUser() OR reporter = currentUser())".into());
    }
    if let Some(ids) = &search.among {
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        parts.push((!ids.is_empty()).then(|| format!("id in ({})", ids.join(", ")))?);
    }
    (!parts.is_empty()).then(|| format!("{} ORDER BY updated DESC", parts.join(" AND ")))
}

/// Replaces the operators of the text index by spaces.
///
/// <https://support.atlassian.com/jira-software-cloud/docs/search-for-issues-using-the-text-field/>
fn plain_words(text: &str) -> Option<String> {
    let blank = |it: char| if "+-&|!(){}[]^~*?\\/:\"".contains(it) || it.is_control() { ' ' } else { it };
    let text: String = text.chars().map(blank).collect();
    let words: Vec<&str> = text.split_whitespace().collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// Text as one JQL string literal.
fn string(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn search_text_cannot_become_jql() {
        let query = |it: &str| jql(&Search { words: Some(it.into()), ..Search::default() });
        assert_eq!(query("login bug").unwrap(), r#"text ~ "login bug" ORDER BY updated DESC"#);
        assert_eq!(
            query("x\" OR project = HR OR text ~ \"\\").unwrap(),
            r#"text ~ "x OR project = HR OR text" ORDER BY updated DESC"#
        );
        assert_eq!(query("*\"*"), None);
        assert_eq!(string("a\"b\\"), r#""a\"b\\""#);
    }

    #[test]
    fn query_is_always_bounded() {
        assert_eq!(jql(&Search::default()), None);
        assert_eq!(jql(&Search { among: Some(vec![]), mine: true, ..Search::default() }), None);
        assert_eq!(
            jql(&Search { among: Some(vec![IssueId(2)]), mine: true, words: None }).unwrap(),
            "(assignee = currentUser() OR reporter = currentUser()) AND id in (2) ORDER BY updated DESC"
        );
    }
}
