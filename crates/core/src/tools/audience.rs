//! Who reads an error.

use std::sync::Arc;

/// Who reads an error, and so what they can do about it. Only the people who set variables know their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// A person who runs their own server and set its variables.
    Local,
    /// A user of a hosted service. `manage`: the address of its page for replacing tokens, if it is known.
    Hosted { manage: Option<Arc<str>> },
    /// A person who just entered credentials into a form of the service.
    Form,
}
