//! Variables, secrets and bindings of the Worker.

use tempo_mcp_core::seal::ServerKey;
use worker::Env;

pub(crate) struct Environment(pub(crate) Env);

impl Environment {
    /// The value of a variable or secret; `None` where it is not set or empty.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.0.var(name).ok().map(|it| it.to_string()).filter(|it| !it.is_empty())
    }

    /// The encryption key exactly as it was set, since legacy records are encrypted with the untrimmed text, and the
    /// previous keys.
    ///
    /// # Errors
    /// There is no key; says how to set one.
    pub(crate) fn keys(&self) -> Result<(ServerKey, Vec<ServerKey>), String> {
        let current = self.text("ENCRYPTION_KEY").ok_or(
            "the secret ENCRYPTION_KEY is not set; set it with: openssl rand -base64 48 | npx wrangler secret put ENCRYPTION_KEY",
        )?;
        let previous = self.text("ENCRYPTION_KEY_PREVIOUS").unwrap_or_default();
        // One key per line, or, without a line break, separated by commas.
        let separator = if previous.contains('\n') { '\n' } else { ',' };
        let previous = previous.split(separator).filter(|it| !it.is_empty());
        let previous = previous.map(|it| ServerKey::new(it.to_owned().into())).collect();
        Ok((ServerKey::new(current.into()), previous))
    }
}
