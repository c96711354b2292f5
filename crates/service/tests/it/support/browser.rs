//! A browser for the pages: it keeps cookies, and sends the token of the page that it shows.

use axum::{body::Body, http::Response};
use bytes::Bytes;
use http::{Request, StatusCode};
use tempo_mcp_core::domain::tenant::TenantId;
use tempo_mcp_service::http::ClientAddress;
use tempo_sandbox::{JIRA_TOKEN, MAIN_EMAIL, TEMPO_TOKEN};

use crate::support::hosted::Hosted;

pub(crate) struct Browser<'a> {
    hosted: &'a Hosted,
    path: &'static str,
    /// Where its requests come from.
    pub(crate) address: String,
    pub(crate) cookies: Vec<(String, String)>,
    pub(crate) token: String,
}

impl<'a> Browser<'a> {
    /// Opens the page at `path`, which its forms are sent to.
    pub(crate) async fn open(hosted: &'a Hosted, path: &'static str) -> Self {
        let address = "192.0.2.1".into();
        let mut browser = Self { hosted, path, address, cookies: Vec::new(), token: String::new() };
        browser.take(hosted.send(Request::get(path).body(Body::empty()).unwrap()).await);
        browser
    }

    fn take(&mut self, response: Response<Bytes>) -> (StatusCode, String) {
        for cookie in response.headers().get_all("set-cookie") {
            let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            self.cookies.push((name.into(), value.into()));
        }
        let page = String::from_utf8(response.body().to_vec()).unwrap();
        if let Some(token) = hidden(&page, "token") {
            self.token = token;
        }
        (response.status(), page)
    }

    pub(crate) async fn post(&mut self, pairs: &[(&str, &str)]) -> (StatusCode, String) {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.append_pair("token", &self.token).extend_pairs(pairs);
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = Request::post(self.path)
            .header("cookie", cookies.join("; "))
            .body(Body::from(body.finish()))
            .unwrap();
        request.extensions_mut().insert(ClientAddress(self.address.clone()));
        self.take(self.hosted.send(request).await)
    }

    /// Opens a tenant's URL on `/manage`.
    pub(crate) async fn open_url(&mut self, id: &TenantId) -> (StatusCode, String) {
        let url = format!("https://tempo.example.com/mcp/{}/", id.expose());
        self.post(&[("action", "open"), ("url", &url)]).await
    }

    /// Sends the form of `/setup` with the main user's tokens.
    pub(crate) async fn fill_in(&mut self) -> (StatusCode, String) {
        let fields = [
            ("jiraBaseUrl", "http://sandbox.localhost"),
            ("jiraEmail", MAIN_EMAIL),
            ("jiraApiToken", JIRA_TOKEN),
            ("tempoApiToken", TEMPO_TOKEN),
        ];
        self.post(&fields).await
    }

    /// Sets up the main user with valid tokens, and stays on the page that follows.
    pub(crate) async fn sign_up(hosted: &'a Hosted) -> (Self, TenantId, String) {
        let mut browser = Self::open(hosted, "/setup").await;
        let (status, page) = browser.fill_in().await;
        assert_eq!(status, 200, "{page}");
        browser.path = "/manage";
        (browser, shown_id(&page), page)
    }
}

/// The id in the URL that a page shows.
pub(crate) fn shown_id(page: &str) -> TenantId {
    let start = page.find("/mcp/u_").unwrap() + "/mcp/".len();
    page[start..start + 24].parse().unwrap()
}

/// The value of a hidden field.
pub(crate) fn hidden(page: &str, name: &str) -> Option<String> {
    let rest = page.split(&format!("name=\"{name}\" value=\"")).nth(1)?;
    Some(rest.split('"').next()?.to_owned())
}
