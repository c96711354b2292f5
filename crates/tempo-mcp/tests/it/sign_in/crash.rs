//! Processes that are killed during a write and while they hold a lock.

use std::{fs, path::Path};

use serde_json::{Map, Value, json};

use super::token_home::{TokenHome, search};
use crate::site::Site;

/// How many kills have to come during a write, and how many to try.
const CAUGHT: usize = 3;
const ROUNDS: usize = 60;

fn entry(number: usize) -> Value {
    json!({"accessToken": "x".repeat(2000), "refreshToken": "y", "expiresAt": number, "cloudId": "c"})
}

/// A file so large that writing it takes a while.
fn large(site: &Site) -> String {
    let sites = (0..4000).map(|it| (format!("https://site-{it}.atlassian.net"), entry(it)));
    let mut sites: Map<String, Value> = sites.collect();
    let (_, ours) = site.environment.iter().find(|(name, _)| name == "JIRA_BASE_URL").unwrap();
    sites.insert(ours.clone(), entry(0));
    Value::Object(sites).to_string()
}

/// Waits until the temporary file exists, or the process has ended.
fn is_writing(temporary: &Path, child: &mut std::process::Child) -> bool {
    loop {
        if temporary.exists() {
            return true;
        }
        if child.try_wait().unwrap().is_some() {
            return false;
        }
    }
}

#[test]
fn kill_during_a_write_leaves_a_readable_file() {
    let (site, home) = (Site::start(), TokenHome::new());
    let text = large(&site);
    let temporary = home.path("tokens.json.new");
    let mut caught = 0;
    for _ in 0..ROUNDS {
        home.write(&text);
        let mut child = home.program(&site).arg("logout").spawn().unwrap();
        let was_writing = is_writing(&temporary, &mut child);
        child.kill().unwrap();
        child.wait().unwrap();
        // Either the old text or the new one, and never a part.
        assert!(home.tokens().as_object().unwrap().len() >= 4000);
        caught += usize::from(was_writing && temporary.exists());
        if caught == CAUGHT {
            break;
        }
    }
    assert_eq!(caught, CAUGHT, "too few kills came during a write");
    let done = crate::program::finish(home.program(&site).arg("logout"));
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert!(!temporary.exists() && home.tokens().as_object().unwrap().len() == 4000);
}

#[test]
fn kill_during_a_refresh_frees_its_claim() {
    let (site, home) = (Site::start(), TokenHome::new());
    let mut session = home.session(&site);
    home.sign_in(&mut session);
    home.change(|entry| entry["expiresAt"] = 1.into());
    site.faults(json!([{"path": "/oauth/token", "times": 1, "effect": {"type": "hang"}}]));
    session.ask("tools/call", json!({"name": "searchIssues", "arguments": {"text": "login"}}));
    while super::token_home::token_requests(&site) < 2 {
        std::thread::yield_now();
    }
    assert!(home.path("tokens.lock").exists(), "the TypeScript server sees that a refresh is in progress");
    // Dropping the session kills the process, which cleans nothing up.
    drop(session);
    search(&mut home.session(&site));
    assert!(!fs::exists(home.path("tokens.lock")).unwrap());
}
