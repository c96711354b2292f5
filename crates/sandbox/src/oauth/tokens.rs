//! `/oauth/token`, and the resources that a token gives access to. Errors are those of the real login: 401
//! `access_denied` for the client, 403 `invalid_grant` for the code or the refresh token.

use base64::Engine;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{
    context::OAuthContext,
    grants::{AccessToken, Grant, RefreshToken},
};
use crate::{
    constants::{CLOUD_ID, OAUTH_CLIENT_ID, OAUTH_CLIENT_SECRET},
    response::{HandlerResult, Response},
};

fn error(status: u16, error: &str, description: &str) -> Response {
    Response::json(status, &json!({"error": error, "error_description": description}))
}

pub(super) fn issue(context: &mut OAuthContext) -> HandlerResult {
    let body = body(context)?;
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    if text("client_id") != Some(OAUTH_CLIENT_ID) || text("client_secret") != Some(OAUTH_CLIENT_SECRET) {
        return Err(error(401, "access_denied", "Unauthorized"));
    }
    match text("grant_type") {
        Some("authorization_code") => exchange_code(context, &body),
        Some("refresh_token") => refresh(context, text("refresh_token").unwrap_or_default()),
        other => {
            let message = format!("Unsupported grant type: {}", other.unwrap_or_default());
            Err(error(403, "unsupported_grant_type", &message))
        }
    }
}

/// The fields of the body. The documentation shows JSON; a form is also accepted.
fn body(context: &OAuthContext) -> Result<Map<String, Value>, Response> {
    let media_type = context.request.header("content-type").unwrap_or_default();
    if media_type.starts_with("application/x-www-form-urlencoded") {
        let pairs = url::form_urlencoded::parse(&context.request.body).into_owned();
        return Ok(pairs.map(|(name, value)| (name, value.into())).collect());
    }
    match context.request.json() {
        Ok(Value::Object(body)) => Ok(body),
        _ => Err(error(400, "invalid_request", "The request body is not valid JSON")),
    }
}

fn exchange_code(context: &mut OAuthContext, body: &Map<String, Value>) -> HandlerResult {
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let invalid = |description: &str| error(403, "invalid_grant", description);
    // The code is removed before it is checked, because it can be tried only once.
    let code = text("code").and_then(|code| context.grants.codes.remove(code));
    let code = code.filter(|code| context.now < code.expires);
    let code = code.ok_or_else(|| invalid("Invalid authorization code"))?;
    if text("redirect_uri") != Some(&code.redirect_uri) {
        return Err(invalid("The redirect_uri does not match the one of the authorization request"));
    }
    let verified = match (&code.challenge, text("code_verifier")) {
        (None, _) => true,
        (Some(challenge), Some(verifier)) => s256(verifier) == *challenge,
        (Some(_), None) => false,
    };
    if !verified {
        return Err(invalid("Failed to verify code verifier"));
    }
    Ok(issue_tokens(context, code.grant))
}

fn s256(verifier: &str) -> String {
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

/// Rotation: each refresh invalidates the token it used. Using that token again fails, and the setting
/// `refresh_reuse_revokes_family` decides whether it also revokes the tokens that replaced it.
fn refresh(context: &mut OAuthContext, token: &str) -> HandlerResult {
    let unknown = || error(403, "invalid_grant", "Unknown or invalid refresh token.");
    let refresh_token = context.grants.refresh_tokens.get_mut(token).ok_or_else(unknown)?;
    if refresh_token.used {
        let family = refresh_token.grant.family;
        if context.settings.refresh_reuse_revokes_family {
            context.grants.revoke_family(family);
        }
        return Err(unknown());
    }
    refresh_token.used = true;
    let grant = refresh_token.grant.clone();
    Ok(issue_tokens(context, grant))
}

/// Issues an access token, and a refresh token if the scope includes `offline_access`.
fn issue_tokens(context: &mut OAuthContext, grant: Grant) -> Response {
    let number = context.grants.next_number();
    let access_token = format!("sandbox-access-token-{number}");
    let lifetime = context.settings.token_lifetime;
    let expires = context.after_seconds(lifetime);
    let mut body = json!({
        "access_token": access_token,
        "expires_in": lifetime,
        "token_type": "Bearer",
        "scope": grant.scope,
    });
    if grant.scope.split(' ').any(|scope| scope == "offline_access") {
        let refresh_token = format!("sandbox-refresh-token-{number}");
        body["refresh_token"] = refresh_token.clone().into();
        let issued = RefreshToken { grant: grant.clone(), used: false };
        context.grants.refresh_tokens.insert(refresh_token, issued);
    }
    context.grants.access_tokens.insert(access_token, AccessToken { grant, expires });
    Response::ok(&body).with_header("cache-control", "no-store".to_owned())
}

pub(super) fn accessible_resources(context: &OAuthContext) -> HandlerResult {
    let grant = context.request.bearer_token().and_then(|token| context.grants.find(token, context.now));
    let grant = grant.ok_or_else(|| Response::json(401, &json!({"code": 401, "message": "Unauthorized"})))?;
    let scopes: Vec<&str> = grant.scope.split(' ').filter(|scope| *scope != "offline_access").collect();
    Ok(Response::ok(&json!([{
        "id": CLOUD_ID,
        "url": context.request.origin,
        "name": "sandbox",
        "scopes": scopes,
        "avatarUrl": format!("{}/avatar/site.png", context.request.origin),
    }])))
}
