//! Bytes as hexadecimal digits.

/// Two lower-case digits per byte.
///
/// ```
/// assert_eq!(tempo_mcp_core::domain::hex::hex(&[0, 10, 255]), "000aff");
/// ```
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|it| format!("{it:02x}")).collect()
}
