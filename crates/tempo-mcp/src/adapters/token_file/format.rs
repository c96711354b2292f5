//! The text of `tokens.json`: `{site: {accessToken, refreshToken, expiresAt (ms), cloudId}}`.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    time::Duration,
};

use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde_json::{Map, Value};
use tempo_mcp_core::{
    config::JiraSite,
    ports::{Tokens, Version, Versioned},
};
use zeroize::{Zeroize, Zeroizing};

/// All sites of the file, with everything else that is in it. Overwritten when dropped.
#[derive(Default)]
pub(super) struct Sites(Map<String, Value>);

impl Sites {
    /// # Errors
    /// The text is not a JSON object. The error quotes none of it, since it holds tokens.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        match serde_json::from_slice(bytes) {
            Ok(Value::Object(sites)) => Ok(Self(sites)),
            Ok(_) => Err("the file is not a JSON object".into()),
            Err(error) => {
                Err(format!("the file is not JSON (line {}, column {})", error.line(), error.column()))
            }
        }
    }

    pub(super) fn text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(serde_json::to_string_pretty(&self.0).unwrap_or_default());
        text.push('\n');
        text
    }

    /// The sign-in of a site, however its address is written; of several, the one that is valid longest.
    ///
    /// # Errors
    /// The entry of this site holds no sign-in.
    pub(super) fn find(&self, site: &str) -> Result<Option<Versioned>, String> {
        let mut found: Option<Versioned> = None;
        for name in self.names(site) {
            let tokens = self.0.get(&name).and_then(tokens);
            let tokens = tokens.ok_or_else(|| format!("the entry of {site} is not a sign-in"))?;
            if found.as_ref().is_none_or(|it| it.tokens.expires_at < tokens.expires_at) {
                found = Some(Versioned { version: version(&tokens), tokens });
            }
        }
        Ok(found)
    }

    /// Replaces or adds a site, or removes it where there are no tokens. Fields of other programs stay.
    pub(super) fn set(&mut self, site: &str, tokens: Option<&Tokens>) -> Version {
        let mut names = self.names(site);
        let Some(tokens) = tokens else {
            names.iter().for_each(|it| drop(self.0.remove(it)));
            return Version(0);
        };
        if names.is_empty() {
            names.push(site.to_owned());
        }
        for name in names {
            let entry = self.0.entry(name).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(entry) = entry {
                fill(entry, tokens);
            }
        }
        version(tokens)
    }

    fn names(&self, site: &str) -> Vec<String> {
        let fits = |it: &&String| it.as_str() == site || normal(it).is_some_and(|it| it == site);
        self.0.keys().filter(fits).cloned().collect()
    }
}

impl Drop for Sites {
    fn drop(&mut self) {
        self.0.values_mut().for_each(wipe);
    }
}

fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(values) => values.iter_mut().for_each(wipe),
        Value::Object(fields) => fields.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn normal(name: &str) -> Option<String> {
    name.parse::<JiraSite>().ok().map(|it| it.to_string())
}

/// The lifetime in seconds, which the TypeScript server does not store; written only where the usual margin is too wide.
const LIFETIME: &str = "lifetime";

fn fill(entry: &mut Map<String, Value>, tokens: &Tokens) {
    let mut set = |name: &str, value: Option<Value>| match value {
        Some(value) => drop(entry.insert(name.to_owned(), value)),
        None => drop(entry.remove(name)),
    };
    set("accessToken", Some(tokens.access.expose_secret().into()));
    set("refreshToken", tokens.refresh.as_ref().map(|it| it.expose_secret().into()));
    set("expiresAt", Some(tokens.expires_at.as_millisecond().into()));
    set("cloudId", Some(tokens.cloud_id.clone().into()));
    set(LIFETIME, tokens.lifetime.map(|it| it.as_secs().into()));
}

fn tokens(entry: &Value) -> Option<Tokens> {
    let text = |name: &str| entry.get(name).and_then(Value::as_str).filter(|it| !it.is_empty());
    let expires_at = entry.get("expiresAt")?;
    #[expect(clippy::cast_possible_truncation, reason = "another program may have calculated in fractions")]
    let expires_at = expires_at.as_i64().or_else(|| expires_at.as_f64().map(|it| it as i64))?;
    Some(Tokens {
        access: text("accessToken")?.to_owned().into(),
        refresh: text("refreshToken").map(|it| it.to_owned().into()),
        expires_at: Timestamp::from_millisecond(expires_at).ok()?,
        lifetime: entry.get(LIFETIME).and_then(Value::as_u64).map(Duration::from_secs),
        cloud_id: text("cloudId")?.to_owned(),
    })
}

/// A version of the tokens alone: a field of another program does not change it.
fn version(tokens: &Tokens) -> Version {
    let mut hasher = DefaultHasher::new();
    tokens.access.expose_secret().hash(&mut hasher);
    tokens.refresh.as_ref().map(ExposeSecret::expose_secret).hash(&mut hasher);
    tokens.expires_at.as_millisecond().hash(&mut hasher);
    tokens.cloud_id.hash(&mut hasher);
    Version(hasher.finish())
}
