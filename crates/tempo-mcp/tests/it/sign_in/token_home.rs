//! A home folder for one test, and a person with a browser, by plain HTTP.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::PathBuf,
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
};

use serde_json::{Value, json};
use url::Url;

use crate::{session::Session, site::Site};

/// A home folder, removed at the end unless the test failed.
pub(super) struct TokenHome(PathBuf);

impl Drop for TokenHome {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}

impl TokenHome {
    pub(super) fn new() -> Self {
        static LAST: AtomicU32 = AtomicU32::new(0);
        let name = format!("home-{}-{}", std::process::id(), LAST.fetch_add(1, Ordering::AcqRel));
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// The program, signing in at the simulated login; the callback takes a free port.
    pub(super) fn program(&self, site: &Site) -> Command {
        let mut res = site.program();
        res.env_remove("JIRA_EMAIL").env_remove("JIRA_API_TOKEN").envs([
            ("JIRA_AUTH_TYPE", "oauth"),
            ("JIRA_OAUTH_CLIENT_ID", "sandbox-client-id"),
            ("JIRA_OAUTH_CLIENT_SECRET", "sandbox-client-secret"),
            ("JIRA_OAUTH_CALLBACK_PORT", "0"),
            ("BROWSER", "none"),
        ]);
        res.env("HOME", &self.0).env("USERPROFILE", &self.0);
        res
    }

    pub(super) fn session(&self, site: &Site) -> Session {
        self.session_with(site, &[])
    }

    pub(super) fn session_with(&self, site: &Site, variables: &[(&str, &str)]) -> Session {
        let mut session = Session::start(self.program(site).arg("stdio").envs(variables.iter().copied()));
        session.initialize();
        session
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.join(".tempo-mcp-server").join(name)
    }

    pub(super) fn write(&self, text: &str) {
        fs::create_dir_all(self.path("")).unwrap();
        fs::write(self.path("tokens.json"), text).unwrap();
    }

    pub(super) fn tokens(&self) -> Value {
        serde_json::from_slice(&fs::read(self.path("tokens.json")).unwrap()).unwrap()
    }

    /// Changes every site's entry.
    pub(super) fn change(&self, change: impl Fn(&mut Value)) {
        let mut tokens = self.tokens();
        tokens.as_object_mut().unwrap().values_mut().for_each(change);
        self.write(&tokens.to_string());
    }

    /// Makes a call that needs Jira; returns its id and the address to open.
    pub(super) fn ask(&self, session: &mut Session) -> (u64, Url) {
        let id = ask_with_progress(session);
        loop {
            let message = progress(session);
            if let Some(url) = url_of(message["params"]["message"].as_str().unwrap()) {
                return (id, url);
            }
        }
    }

    pub(super) fn sign_in(&self, session: &mut Session) {
        let (id, url) = self.ask(session);
        consent(&url);
        assert_eq!(answer(session, id)["isError"], false);
    }
}

pub(super) fn ask_with_progress(session: &mut Session) -> u64 {
    let call = json!({"name": "searchIssues", "arguments": {"text": "login"}, "_meta": {"progressToken": 1}});
    session.ask("tools/call", call)
}

/// The next progress notification; the call must not be answered before.
pub(super) fn progress(session: &mut Session) -> Value {
    let message = session.receive().unwrap();
    assert_eq!(message["method"], "notifications/progress", "{message}");
    message
}

/// The first address in a text.
pub(super) fn url_of(text: &str) -> Option<Url> {
    text.split_whitespace().find_map(|it| it.starts_with("http").then(|| it.parse().ok())?)
}

/// The result of a call that was asked before.
pub(super) fn answer(session: &mut Session, id: u64) -> Value {
    loop {
        let message = session.receive().expect("the server closed its output");
        if message["id"] == id {
            return message["result"].clone();
        }
    }
}

pub(super) fn search(session: &mut Session) {
    let found = session.call("searchIssues", json!({"text": "login bug"}));
    assert_eq!(found["structuredContent"]["issues"][0]["issueKey"], "WEB-12", "{found}");
}

/// Requests for tokens since the start.
pub(super) fn token_requests(site: &Site) -> usize {
    site.requests().iter().filter(|it| *it == "POST /oauth/token").count()
}

pub(super) fn query(url: &Url, name: &str) -> String {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned()).unwrap()
}

pub(super) fn redirect_of(url: &Url) -> String {
    query(url, "redirect_uri")
}

/// Opens the address, consents, follows the redirect, and returns the last page.
pub(super) fn consent(url: &Url) -> Reply {
    let sent_back = get(&format!("{url}&sandbox_consent=auto"));
    assert_eq!(sent_back.status, 302, "{}", sent_back.body);
    let location = sent_back.head.lines().find_map(|it| it.strip_prefix("location: ")).unwrap();
    get(location)
}

pub(super) struct Reply {
    pub(super) status: u16,
    /// Its names in small letters.
    pub(super) head: String,
    pub(super) body: String,
}

pub(super) fn get(url: &str) -> Reply {
    http("GET", url)
}

pub(super) fn http(method: &str, url: &str) -> Reply {
    let url: Url = url.parse().unwrap();
    let host = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let mut stream = TcpStream::connect(&host).unwrap();
    write!(
        stream,
        "{method} {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Reply { status, head: head.to_owned(), body: body.to_owned() }
}
