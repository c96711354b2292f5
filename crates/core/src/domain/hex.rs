//! Bytes as hexadecimal text.

/// Two lower-case digits for each byte.
///
/// ```
/// assert_eq!(tempo_mcp_core::domain::hex::hex(&[0x0f, 0xa0]), "0fa0");
/// ```
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
