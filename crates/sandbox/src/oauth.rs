//! The Atlassian login (OAuth 2.0 authorization code grant): consent, token rotation and accessible resources. As in
//! the real login, PKCE is checked but does not replace the client secret.
//!
//! Source: Atlassian, "OAuth 2.0 (3LO) apps".

mod authorize;
pub(crate) mod context;
pub(crate) mod grants;
mod tokens;

use crate::response::Response;
use context::OAuthContext;

/// `None` if the path and method are not the login's.
pub(crate) fn respond(context: &mut OAuthContext, segments: &[&str]) -> Option<Response> {
    let result = match (context.request.method.as_str(), segments) {
        ("GET", ["authorize"]) => authorize::show_consent(context),
        ("POST", ["authorize"]) => authorize::submit_consent(context),
        ("POST", ["oauth", "token"]) => tokens::issue(context),
        ("GET", ["oauth", "token", "accessible-resources"]) => tokens::accessible_resources(context),
        _ => return None,
    };
    Some(result.unwrap_or_else(|error| error))
}
