//! `/authorize`: checks the request, asks the user for consent, and redirects the browser back with a code.

use url::Url;

use super::{
    context::OAuthContext,
    grants::{AuthorizationCode, Grant},
};
use crate::{
    constants::OAUTH_CLIENT_ID,
    model::UserIndex,
    response::{HandlerResult, Response},
};

/// In seconds. Short, because "this authorization code expires quickly".
const CODE_LIFETIME: u64 = 300;

struct AuthorizationRequest {
    redirect_uri: Url,
    /// The redirect URI as sent. The token request must repeat it exactly.
    redirect_text: String,
    scope: String,
    state: Option<String>,
    challenge: Option<String>,
}

/// Reads and checks the request. An error in the client, redirect URI or audience is shown as a page: nothing may be
/// sent to a URL that is not known to be the app's.
fn read(context: &OAuthContext) -> Result<AuthorizationRequest, Response> {
    let param = |name: &str| context.request.param(name).filter(|value| !value.is_empty());
    let error_page = |text: &str| Response::html(400, text);
    if param("client_id") != Some(OAUTH_CLIENT_ID) {
        return Err(error_page("client_id is not registered."));
    }
    let redirect_text =
        param("redirect_uri").ok_or_else(|| error_page("redirect_uri is missing."))?.to_owned();
    let redirect_uri =
        Url::parse(&redirect_text).map_err(|_| error_page("redirect_uri is not a valid URL."))?;
    let registered = &context.settings.redirect_uris;
    // Compared exactly, including the port.
    if !registered.is_empty() && !registered.contains(&redirect_text) {
        return Err(error_page("redirect_uri is not registered for client."));
    }
    if param("audience") != Some("api.atlassian.com") {
        return Err(error_page("audience must be api.atlassian.com."));
    }
    let request = AuthorizationRequest {
        redirect_uri,
        redirect_text,
        scope: param("scope").unwrap_or_default().to_owned(),
        state: param("state").map(str::to_owned),
        challenge: param("code_challenge").map(str::to_owned),
    };
    if param("response_type") != Some("code") {
        return Err(redirect(&request, &[("error", "unsupported_response_type")]));
    }
    if request.challenge.is_some() && param("code_challenge_method") != Some("S256") {
        let description = "code_challenge_method must be S256";
        return Err(redirect(&request, &[("error", "invalid_request"), ("error_description", description)]));
    }
    if request.scope.is_empty() {
        let description = "scope is missing";
        return Err(redirect(&request, &[("error", "invalid_scope"), ("error_description", description)]));
    }
    Ok(request)
}

/// Redirects to the app with these query parameters and the app's `state`.
fn redirect(request: &AuthorizationRequest, pairs: &[(&str, &str)]) -> Response {
    let mut to = request.redirect_uri.clone();
    to.query_pairs_mut().extend_pairs(pairs);
    if let Some(state) = &request.state {
        to.query_pairs_mut().append_pair("state", state);
    }
    Response::redirect(to.as_str())
}

/// `GET /authorize`: shows the consent page, or accepts at once if consent is automatic.
pub(super) fn show_consent(context: &mut OAuthContext) -> HandlerResult {
    let request = read(context)?;
    let user = signed_in_user(context)?;
    if context.settings.auto_consent || context.request.param("sandbox_consent") == Some("auto") {
        return Ok(accept(context, request, user));
    }
    let name = context.site.users[user].name;
    Ok(Response::page(200, consent_page(context, &request, name)))
}

/// The user in front of the browser: the one in the parameter `sandbox_user` (an e-mail address), or else the one in
/// the settings.
fn signed_in_user(context: &OAuthContext) -> Result<UserIndex, Response> {
    let email = context.request.param("sandbox_user").unwrap_or(&context.settings.signed_in_email);
    let user = context.site.user_by_email(email).filter(|user| context.site.users[*user].active);
    user.ok_or_else(|| Response::html(403, "There is no active user with this e-mail address."))
}

/// `POST /authorize`: the form of the consent page.
pub(super) fn submit_consent(context: &mut OAuthContext) -> HandlerResult {
    let request = read(context)?;
    let form = url::form_urlencoded::parse(&context.request.body);
    let decision = form.into_owned().find(|(name, _)| name == "decision").map(|(_, value)| value);
    let user = signed_in_user(context)?;
    match decision.as_deref() {
        Some("accept") => Ok(accept(context, request, user)),
        Some("deny") => {
            let description = "User did not authorize the request";
            Ok(redirect(&request, &[("error", "access_denied"), ("error_description", description)]))
        }
        _ => Err(Response::html(400, "decision must be accept or deny.")),
    }
}

fn accept(context: &mut OAuthContext, request: AuthorizationRequest, user: UserIndex) -> Response {
    let number = context.grants.next_number();
    let code = format!("sandbox-code-{number}");
    let response = redirect(&request, &[("code", &code)]);
    let issued = AuthorizationCode {
        grant: Grant { user, scope: request.scope, family: number },
        redirect_uri: request.redirect_text,
        challenge: request.challenge,
        expires: context.after_seconds(CODE_LIFETIME),
    };
    context.grants.codes.insert(code, issued);
    response
}

fn consent_page(context: &OAuthContext, request: &AuthorizationRequest, name: &str) -> String {
    let scopes: String =
        request.scope.split_whitespace().map(|scope| format!("<li>{}</li>", escape(scope))).collect();
    let action = escape(&format!("/authorize?{}", context.request.raw_query));
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><title>Sandbox login</title></head><body>\
         <h1>Sandbox login</h1><p>Signed in as {}. An app requests access to:</p><ul>{scopes}</ul>\
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
