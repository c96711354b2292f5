//! Where a request comes from.

use http::Extensions;

/// The client's address as the edge knows it. The edge adds it to each request's extensions.
#[derive(Debug, Clone)]
pub struct ClientAddress(pub String);

impl ClientAddress {
    /// The address, or an empty text where the edge does not know it.
    pub(crate) fn of(extensions: &Extensions) -> &str {
        extensions.get::<Self>().map_or("", |it| it.0.as_str())
    }
}
