//! `/authorize`: checks the request, asks the person, and sends the browser back with a code.

use url::Url;

use super::{Code, Desk, Grant};
use crate::{
    answer::{Answer, Outcome},
    people::OAUTH_CLIENT_ID,
    world::UserIndex,
};

/// Short: "this authorization code expires quickly".
const CODE_LIFETIME: u64 = 300;

/// What the client asked for.
struct Request {
    redirect_uri: Url,
    /// As sent: the token request has to repeat it to the letter.
    redirect_text: String,
    scope: String,
    state: Option<String>,
    challenge: Option<String>,
}

/// A request that cannot be trusted ends on a page: nothing is sent to an address that is not the app's.
fn read(desk: &Desk) -> Result<Request, Answer> {
    let param = |name: &str| desk.call.param(name).filter(|value| !value.is_empty());
    let refused = |text: &str| Answer::html(400, text);
    if param("client_id") != Some(OAUTH_CLIENT_ID) {
        return Err(refused("The client_id is not that of an app."));
    }
    let redirect_text = param("redirect_uri").ok_or_else(|| refused("redirect_uri is missing."))?.to_owned();
    let redirect_uri = Url::parse(&redirect_text).map_err(|_| refused("redirect_uri is not an address."))?;
    let registered = &desk.settings.redirect_uris;
    // To the letter, port included.
    if !registered.is_empty() && !registered.contains(&redirect_text) {
        return Err(refused("redirect_uri is not registered for client."));
    }
    if param("audience") != Some("api.atlassian.com") {
        return Err(refused("audience must be api.atlassian.com."));
    }
    let request = Request {
        redirect_uri,
        redirect_text,
        scope: param("scope").unwrap_or_default().to_owned(),
        state: param("state").map(str::to_owned),
        challenge: param("code_challenge").map(str::to_owned),
    };
    if param("response_type") != Some("code") {
        return Err(back(&request, &[("error", "unsupported_response_type")]));
    }
    if request.challenge.is_some() && param("code_challenge_method") != Some("S256") {
        return Err(back(
            &request,
            &[("error", "invalid_request"), ("error_description", "code_challenge_method must be S256")],
        ));
    }
    if request.scope.is_empty() {
        return Err(back(&request, &[("error", "invalid_scope"), ("error_description", "scope is missing")]));
    }
    Ok(request)
}

/// Back to the app, with its state.
fn back(request: &Request, pairs: &[(&str, &str)]) -> Answer {
    let mut to = request.redirect_uri.clone();
    to.query_pairs_mut().extend_pairs(pairs);
    if let Some(state) = &request.state {
        to.query_pairs_mut().append_pair("state", state);
    }
    Answer::redirect(to.as_str())
}

pub(super) fn show(desk: &mut Desk) -> Outcome {
    let request = read(desk)?;
    let user = person(desk)?;
    if desk.settings.consent_auto || desk.call.param("sandbox_consent") == Some("auto") {
        return Ok(accept(desk, request, user));
    }
    let name = desk.world.users[user].name;
    Ok(Answer::page(200, page(desk, &request, name)))
}

/// Who sits at the browser: the settings say, or `sandbox_user=` with an e-mail address.
fn person(desk: &Desk) -> Result<UserIndex, Answer> {
    let email = desk.call.param("sandbox_user").unwrap_or(&desk.settings.signed_in);
    let user = desk.world.user_by_email(email).filter(|user| desk.world.users[*user].active);
    user.ok_or_else(|| Answer::html(403, "There is no such person."))
}

pub(super) fn decide(desk: &mut Desk) -> Outcome {
    let request = read(desk)?;
    let form = url::form_urlencoded::parse(&desk.call.body);
    let decision = form.into_owned().find(|(name, _)| name == "decision").map(|(_, value)| value);
    let user = person(desk)?;
    match decision.as_deref() {
        Some("accept") => Ok(accept(desk, request, user)),
        Some("deny") => {
            let description = "User did not authorize the request";
            Ok(back(&request, &[("error", "access_denied"), ("error_description", description)]))
        }
        _ => Err(Answer::html(400, "The decision is accept or deny.")),
    }
}

fn accept(desk: &mut Desk, request: Request, user: UserIndex) -> Answer {
    let number = desk.login.next_number();
    let code = format!("sandbox-code-{number}");
    let answer = back(&request, &[("code", &code)]);
    let grant = Grant { user, scope: request.scope, family: number };
    let expires = desk.in_seconds(CODE_LIFETIME);
    let issued = Code { grant, redirect_uri: request.redirect_text, challenge: request.challenge, expires };
    desk.login.codes.insert(code, issued);
    answer
}

fn page(desk: &Desk, request: &Request, name: &str) -> String {
    let scopes: String =
        request.scope.split_whitespace().map(|scope| format!("<li>{}</li>", escape(scope))).collect();
    let action = escape(&format!("/authorize?{}", desk.call.raw_query));
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><title>Sandbox login</title></head><body>\
         <h1>Sandbox login</h1><p>Signed in as {}. An app asks for:</p><ul>{scopes}</ul>\
         <form method=\"post\" action=\"{action}\">\
         <button name=\"decision\" value=\"accept\">Accept</button> \
         <button name=\"decision\" value=\"deny\">Deny</button></form></body></html>\n",
        escape(name)
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
