//! Variables, secrets and bindings.

use tempo_mcp_core::seal::ServerKey;
use worker::Env;

pub(crate) struct Environment(pub(crate) Env);

impl Environment {
    /// A variable or a secret that is set.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.0.var(name).ok().map(|it| it.to_string()).filter(|it| !it.is_empty())
    }

    /// The server's key exactly as it was set, untrimmed: records of the TypeScript Worker open with it; and those
    /// before it.
    pub(crate) fn keys(&self) -> Result<(ServerKey, Vec<ServerKey>), String> {
        let current = self.text("ENCRYPTION_KEY").ok_or(
            "the secret ENCRYPTION_KEY is not set: openssl rand -base64 48 | npx wrangler secret put ENCRYPTION_KEY",
        )?;
        let previous = self.text("ENCRYPTION_KEY_PREVIOUS").unwrap_or_default();
        // One a line, or, where there is no line break, separated by commas.
        let separator = if previous.contains('\n') { '\n' } else { ',' };
        let previous = previous.split(separator).filter(|it| !it.is_empty());
        let previous = previous.map(|it| ServerKey::new(it.to_owned().into())).collect();
        Ok((ServerKey::new(current.into()), previous))
    }
}
