use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use serde_json::{Map, Value, json};
use tempo_mcp_core::tools;
use tempo_sandbox::{JIRA_TOKEN, MAIN_EMAIL, TEMPO_TOKEN};

use crate::site::{self, block_on, is_write};

/// Statuses that the vendors use, and some that a proxy does.
const STATUSES: [u16; 16] = [400, 401, 403, 404, 409, 410, 413, 422, 429, 500, 503, 200, 201, 204, 302, 407];

/// More than ten messages of 300 characters, each escaped, with the advice around them.
const LONGEST_MESSAGE: usize = 8_000;

/// A call, and which of its requests gets the response that is made up.
#[derive(Clone, Copy)]
enum Case {
    TempoRead,
    JiraRead,
    TempoWrite,
}

impl Case {
    fn call(self) -> (&'static str, Value) {
        match self {
            Self::TempoRead => {
                ("retrieveWorklogs", json!({"startDate": "2026-03-16", "endDate": "2026-03-18"}))
            }
            Self::JiraRead => ("searchIssues", json!({"text": "login"})),
            Self::TempoWrite => {
                ("createWorklog", json!({"issueKey": "WEB-12", "date": "2026-03-18", "timeSpentHours": 1}))
            }
        }
    }

    fn is_met_by(self, request: &Request<Bytes>) -> bool {
        let is_tempo = request.uri().path().starts_with("/4/");
        match self {
            Self::TempoRead => is_tempo,
            Self::JiraRead => !is_tempo,
            Self::TempoWrite => is_write(request),
        }
    }

    /// What this vendor was sent, and so could repeat.
    fn secrets(self) -> Vec<String> {
        let email = MAIN_EMAIL.to_owned();
        match self {
            Self::TempoRead | Self::TempoWrite => vec![email, TEMPO_TOKEN.to_owned()],
            Self::JiraRead => {
                let pair = BASE64_STANDARD.encode(format!("{MAIN_EMAIL}:{JIRA_TOKEN}"));
                vec![email, JIRA_TOKEN.to_owned(), pair]
            }
        }
    }
}

/// The first byte chooses the status, the second the call, and the rest is the body. What a person reads of it is short,
/// names no secret, and no line of it is the vendor's; a write is sent once.
pub fn error_bodies(data: &[u8]) {
    let [status, case, body @ ..] = data else { return };
    let status = STATUSES[usize::from(*status) % STATUSES.len()];
    let case = [Case::TempoRead, Case::JiraRead, Case::TempoWrite][usize::from(*case) % 3];
    let (text, writes) = run(case, status, body);
    let is_limit = status == 429;
    assert!(writes <= if is_limit { 4 } else { 1 }, "{writes} writes were sent");
    let is_success = StatusCode::from_u16(status).is_ok_and(|it| it.is_success());
    match text {
        Ok(()) => assert!(is_success, "{status} was taken for a success"),
        Err(message) => assert_fit_to_be_shown(&message, case),
    }
}

/// Runs the call: the text of its error, and how many writes were sent.
fn run(case: Case, status: u16, body: &[u8]) -> (Result<(), String>, usize) {
    let writes = Arc::<AtomicUsize>::default();
    let (counted, body) = (writes.clone(), Bytes::copy_from_slice(body));
    let context = site::context(false, move |request| {
        counted.fetch_add(usize::from(is_write(request)), Ordering::Relaxed);
        case.is_met_by(request).then(|| {
            let mut response = Response::new(body.clone());
            *response.status_mut() = StatusCode::from_u16(status).expect("a known status");
            Ok(response)
        })
    });
    let (tool, arguments) = case.call();
    let arguments: Map<String, Value> = arguments.as_object().cloned().unwrap_or_default();
    let tool = tools::find(tool).expect("a known tool");
    let outcome = block_on(tool.call(&context, arguments));
    let outcome = outcome.map(drop).map_err(|error| error.message(&context.audience));
    (outcome, writes.load(Ordering::Relaxed))
}

fn assert_fit_to_be_shown(message: &str, case: Case) {
    assert!(!message.is_empty());
    assert!(message.chars().count() <= LONGEST_MESSAGE, "{} characters", message.chars().count());
    for secret in case.secrets() {
        assert!(!message.contains(&secret), "{secret:?} is in {message:?}");
    }
    for line in message.split('\n') {
        assert!(!line.chars().any(char::is_control), "{line:?}");
    }
    // What the site demands is listed below the message, in our own words.
    for line in message.split('\n').skip(1) {
        assert!(line.starts_with("- ") || line == "This Tempo site:", "{line:?} is a line of its own");
    }
}
