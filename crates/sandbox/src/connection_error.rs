//! What the caller gets instead of a response when a fault breaks the connection.

/// A request that got no response. Over HTTP, both variants close the connection without sending anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionError {
    /// The connection was refused, so the vendor never received the request.
    Refused,
    /// The connection was reset before a response arrived. The vendor may have processed the request.
    Reset,
}

impl std::fmt::Display for ConnectionError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            ConnectionError::Refused => "connection refused",
            ConnectionError::Reset => "connection reset before a response arrived",
        })
    }
}

impl std::error::Error for ConnectionError {}
