//! The `Accept` header.

use http::{HeaderMap, header};

/// Whether the client takes JSON: it says so, takes anything, or says nothing. The most exact range decides, and a
/// weight of zero refuses (RFC 9110, section 12.5.1).
pub(super) fn accepts_json(headers: &HeaderMap) -> bool {
    let values: Vec<&str> =
        headers.get_all(header::ACCEPT).iter().filter_map(|it| it.to_str().ok()).collect();
    let ranges = || values.iter().flat_map(|it| it.split(','));
    let weight = |kind: &str| ranges().find_map(|it| weight_of(it, kind));
    values.is_empty()
        || ["application/json", "application/*", "*/*"].iter().find_map(|it| weight(it)).unwrap_or(0.0) > 0.0
}

fn weight_of(range: &str, kind: &str) -> Option<f32> {
    let mut parts = range.split(';').map(str::trim);
    parts.next().filter(|it| it.eq_ignore_ascii_case(kind))?;
    let weight = parts.find_map(|it| it.strip_prefix("q=").or_else(|| it.strip_prefix("Q=")));
    Some(weight.map_or(1.0, |it| it.parse().unwrap_or(0.0)))
}
