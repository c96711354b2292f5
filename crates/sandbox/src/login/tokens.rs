//! `/oauth/token` and the resources a token reaches. The refusals are those of the real login: 401
//! `access_denied` for the client, 403 `invalid_grant` for the code or the refresh token.

use base64::Engine;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{Access, Desk, Grant, Refresh};
use crate::{
    answer::{Answer, Outcome},
    people::{CLOUD_ID, OAUTH_CLIENT_ID, OAUTH_CLIENT_SECRET},
};

fn refuse(status: u16, error: &str, description: &str) -> Answer {
    Answer::json(status, &json!({"error": error, "error_description": description}))
}

pub(super) fn issue(desk: &mut Desk) -> Outcome {
    let body = body(desk)?;
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    if text("client_id") != Some(OAUTH_CLIENT_ID) || text("client_secret") != Some(OAUTH_CLIENT_SECRET) {
        return Err(refuse(401, "access_denied", "Unauthorized"));
    }
    match text("grant_type") {
        Some("authorization_code") => by_code(desk, &body),
        Some("refresh_token") => by_refresh(desk, text("refresh_token").unwrap_or_default()),
        other => {
            let message = format!("Unsupported grant type: {}", other.unwrap_or_default());
            Err(refuse(403, "unsupported_grant_type", &message))
        }
    }
}

/// JSON, as the documentation shows; a form is taken too.
fn body(desk: &Desk) -> Result<Map<String, Value>, Answer> {
    if desk
        .call
        .header("content-type")
        .is_some_and(|media| media.starts_with("application/x-www-form-urlencoded"))
    {
        let pairs = url::form_urlencoded::parse(&desk.call.body).into_owned();
        return Ok(pairs.map(|(name, value)| (name, value.into())).collect());
    }
    match desk.call.json() {
        Ok(Value::Object(body)) => Ok(body),
        _ => Err(refuse(400, "invalid_request", "The request body is not valid JSON")),
    }
}

fn by_code(desk: &mut Desk, body: &Map<String, Value>) -> Outcome {
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let invalid = |description: &str| refuse(403, "invalid_grant", description);
    // Taken out before it is checked: a code is good for one try.
    let code = text("code").and_then(|code| desk.login.codes.remove(code));
    let code = code.filter(|code| desk.now < code.expires);
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
    Ok(grant_tokens(desk, code.grant))
}

fn s256(verifier: &str) -> String {
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

/// Rotation: each refresh ends the token it used. Used again, it is refused; and where the settings say so, its
/// successors end with it.
fn by_refresh(desk: &mut Desk, token: &str) -> Outcome {
    let unknown = || refuse(403, "invalid_grant", "Unknown or invalid refresh token.");
    let refresh = desk.login.refresh_tokens.get_mut(token).ok_or_else(unknown)?;
    if refresh.used {
        let family = refresh.grant.family;
        if desk.settings.refresh_reuse_burns_family {
            let login = &mut desk.login;
            login.refresh_tokens.retain(|_, refresh| refresh.grant.family != family);
            login.access_tokens.retain(|_, access| access.grant.family != family);
        }
        return Err(unknown());
    }
    refresh.used = true;
    let grant = refresh.grant.clone();
    Ok(grant_tokens(desk, grant))
}

/// An access token, and with `offline_access` a refresh token.
fn grant_tokens(desk: &mut Desk, grant: Grant) -> Answer {
    let number = desk.login.next_number();
    let access = format!("sandbox-access-token-{number}");
    let lifetime = desk.settings.token_lifetime;
    let expires = desk.in_seconds(lifetime);
    let mut wire = json!({
        "access_token": access,
        "expires_in": lifetime,
        "token_type": "Bearer",
        "scope": grant.scope,
    });
    if grant.scope.split(' ').any(|scope| scope == "offline_access") {
        let refresh = format!("sandbox-refresh-token-{number}");
        wire["refresh_token"] = refresh.clone().into();
        desk.login.refresh_tokens.insert(refresh, Refresh { grant: grant.clone(), used: false });
    }
    desk.login.access_tokens.insert(access, Access { grant, expires });
    Answer::ok(&wire).with("cache-control", "no-store".to_owned())
}

pub(super) fn resources(desk: &Desk) -> Outcome {
    let bearer = desk.call.authorization().filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let grant = bearer.and_then(|(_, token)| desk.login.access(token, desk.now));
    let grant = grant.ok_or_else(|| Answer::json(401, &json!({"code": 401, "message": "Unauthorized"})))?;
    let scopes: Vec<&str> = grant.scope.split(' ').filter(|scope| *scope != "offline_access").collect();
    Ok(Answer::ok(&json!([{
        "id": CLOUD_ID,
        "url": desk.call.origin,
        "name": "sandbox",
        "scopes": scopes,
        "avatarUrl": format!("{}/avatar/site.png", desk.call.origin),
    }])))
}
