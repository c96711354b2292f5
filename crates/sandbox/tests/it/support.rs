//! A sandbox to send requests to, as the main user by default.

use bytes::Bytes;
use http::{HeaderMap, Request};
use jiff::civil::{Date, date};
use serde_json::{Value, json};
use tempo_sandbox::{
    ConnectionError, JIRA_TOKEN, MAIN_ACCOUNT_ID, MAIN_EMAIL, Options, Sandbox, TEMPO_TOKEN,
};

/// A Thursday.
pub(crate) const TODAY: Date = date(2025, 3, 20);

pub(crate) struct Site {
    pub(crate) sandbox: Sandbox,
}

pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Response {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("not JSON: {error}: {}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The first message in Tempo's array of errors.
    pub(crate) fn message(&self) -> String {
        self.json()["errors"][0]["message"].as_str().unwrap_or_default().to_owned()
    }
}

pub(crate) fn site() -> Site {
    Site { sandbox: Sandbox::new(Options { today: Some(TODAY) }) }
}

pub(crate) fn basic(email: &str, token: &str) -> String {
    use base64::Engine;
    let pair = base64::engine::general_purpose::STANDARD.encode(format!("{email}:{token}"));
    format!("Basic {pair}")
}

/// The main user's Authorization header for the vendor that the path belongs to.
pub(crate) fn credentials(path: &str) -> String {
    match path.starts_with("/4/") {
        true => format!("Bearer {TEMPO_TOKEN}"),
        false => basic(MAIN_EMAIL, JIRA_TOKEN),
    }
}

impl Site {
    pub(crate) async fn try_send(
        &self,
        method: &str,
        path: &str,
        authorization: &str,
        body: Option<Value>,
    ) -> Result<Response, ConnectionError> {
        let request = Request::builder().method(method).uri(path).header("authorization", authorization);
        let request = match body {
            Some(body) => request.header("content-type", "application/json").body(body.to_string().into()),
            None => request.body(Bytes::new()),
        };
        let response = self.sandbox.call(request.unwrap()).await?;
        let (parts, body) = response.into_parts();
        Ok(Response { status: parts.status.as_u16(), headers: parts.headers, body })
    }

    pub(crate) async fn send_as(
        &self,
        authorization: &str,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Response {
        self.try_send(method, path, authorization, body).await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.send_as(&credentials(path), "GET", path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Response {
        self.send_as(&credentials(path), "POST", path, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Response {
        self.send_as(&credentials(path), "PUT", path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Response {
        self.send_as(&credentials(path), "DELETE", path, None).await
    }
}

/// A valid worklog to create: one hour today on the login bug.
pub(crate) fn new_worklog() -> Value {
    json!({
        "issueId": 11012, "authorAccountId": MAIN_ACCOUNT_ID, "startDate": TODAY.to_string(),
        "timeSpentSeconds": 3600,
    })
}
