//! One authorization request (RFC 6749, section 4.1.1): the address that the browser opens, and how it returns.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use url::{Url, form_urlencoded};

use super::SCOPES;
use crate::{
    config::OAuthApp,
    domain::text::one_line,
    ports::{Entropy, EntropyError},
};

/// The login's words are cut to this many characters.
const MAX_WORDS: usize = 200;

/// One sign-in with its secrets: the PKCE verifier and the state.
pub struct AuthorizationRequest {
    /// The address that the person opens.
    pub url: Url,
    pub(super) redirect: String,
    pub(super) verifier: SecretString,
    state: SecretString,
}

/// What a request to the callback means.
pub enum Callback {
    Code(SecretString),
    /// The login refused, in its own words.
    Denied(Vec<String>),
    /// The request does not belong to this sign-in, which continues.
    Unrelated(UnrelatedCallback),
}

/// Why a request does not end the sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnrelatedCallback {
    OtherPath,
    /// The state is of another sign-in, or forged.
    OtherState,
    /// It has the right state, but neither a code nor an error.
    Empty,
}

impl AuthorizationRequest {
    /// `port`: where this machine listens for the callback.
    ///
    /// # Errors
    /// The system has no random bytes.
    pub fn new(app: &OAuthApp, port: u16, entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        let verifier = random::<32>(entropy)?;
        let state = random::<16>(entropy)?;
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
        let redirect = format!("http://localhost:{port}/callback");
        let mut url = app.login.clone();
        url.set_path(&format!("{}/authorize", url.path().trim_end_matches('/')));
        url.query_pairs_mut().extend_pairs([
            ("audience", "api.atlassian.com"),
            ("client_id", &app.client_id),
            ("scope", SCOPES),
            ("redirect_uri", &redirect),
            ("state", &state),
            ("response_type", "code"),
            ("prompt", "consent"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        Ok(Self { url, redirect, verifier: verifier.into(), state: state.into() })
    }

    /// Interprets a GET request to the callback's port.
    #[must_use]
    pub fn read_callback(&self, path: &str, query: &str) -> Callback {
        if path != "/callback" {
            return Callback::Unrelated(UnrelatedCallback::OtherPath);
        }
        let param = |name: &str| {
            let found = form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name);
            found.map(|(_, value)| value.into_owned()).filter(|it| !it.is_empty())
        };
        if param("state").as_deref() != Some(self.state.expose_secret()) {
            return Callback::Unrelated(UnrelatedCallback::OtherState);
        }
        if let Some(error) = param("error") {
            let words = [Some(error), param("error_description")];
            return Callback::Denied(words.iter().flatten().map(|it| one_line(it, MAX_WORDS)).collect());
        }
        param("code").map_or(Callback::Unrelated(UnrelatedCallback::Empty), |it| Callback::Code(it.into()))
    }
}

fn random<const N: usize>(entropy: &dyn Entropy) -> Result<String, EntropyError> {
    let mut bytes = [0; N];
    entropy.fill(&mut bytes)?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    /// RFC 7636, appendix B: its verifier is these octets.
    struct Rfc7636Octets;

    impl Entropy for Rfc7636Octets {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
            const OCTETS: [u8; 32] = [
                116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212, 37, 77,
                105, 214, 191, 240, 91, 88, 5, 88, 83, 132, 141, 121,
            ];
            bytes.copy_from_slice(&OCTETS[..bytes.len()]);
            Ok(())
        }
    }

    fn request() -> AuthorizationRequest {
        let app = OAuthApp {
            client_id: "a client & more".into(),
            client_secret: "secret".to_owned().into(),
            callback_port: 7788,
            login: "https://auth.atlassian.com/".parse().unwrap(),
        };
        AuthorizationRequest::new(&app, 7788, &Rfc7636Octets).unwrap()
    }

    #[test]
    fn address_has_client_scopes_redirect_and_challenge() {
        expect!["https://auth.atlassian.com/authorize?audience=api.atlassian.com&client_id=a+client+%26+more&scope=read%3Ajira-user+read%3Ajira-work+offline_access&redirect_uri=http%3A%2F%2Flocalhost%3A7788%2Fcallback&state=dBjftJeZ4CVP-mB92K27ug&response_type=code&prompt=consent&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"]
            .assert_eq(request().url.as_str());
    }

    #[test]
    fn only_its_own_callback_is_accepted() {
        let request = request();
        let state = "state=dBjftJeZ4CVP-mB92K27ug";
        let shown = |path: &str, query: &str| match request.read_callback(path, query) {
            Callback::Code(code) => format!("code {}", code.expose_secret()),
            Callback::Denied(words) => format!("denied {words:?}"),
            Callback::Unrelated(why) => format!("{why:?}"),
        };
        let lines: Vec<String> = [
            ("/callback", format!("code=a%2Fb&{state}")),
            ("/callback", format!("error=access_denied&error_description=No%0Athanks&{state}")),
            ("/callback", format!("{state}&code=")),
            ("/callback", "code=a&state=other".into()),
            ("/callback", "error=access_denied".into()),
            ("/callback", String::new()),
            ("/callback/", format!("code=a&{state}")),
            ("/favicon.ico", String::new()),
        ]
        .iter()
        .map(|(path, query)| shown(path, query))
        .collect();
        expect![[r#"
            code a/b
            denied ["access_denied", "No thanks"]
            Empty
            OtherState
            OtherState
            OtherState
            OtherPath
            OtherPath"#]]
        .assert_eq(&lines.join("\n"));
    }
}
