//! Which known name was probably meant by a misspelt one.

/// How alike two names must be, from 0 to 1, for one to be suggested instead of the other.
const SUGGESTED: f64 = 0.8;

/// The name that is most like `given`, however little that is; `None` only where `known` is empty.
pub(super) fn nearest<'a>(given: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let given = given.to_lowercase();
    known.max_by_key(|it| comparable(strsim::jaro_winkler(&it.to_lowercase(), &given)))
}

/// The name that `given` was probably meant to be.
pub(super) fn probably_meant<'a>(given: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .max_by_key(|it| comparable(strsim::jaro_winkler(it, given)))
        .filter(|it| strsim::jaro_winkler(it, given) > SUGGESTED)
}

/// A similarity of 0 to 1 as a number that can be ordered.
fn comparable(similarity: f64) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1,000,000")]
    let res = (similarity.clamp(0.0, 1.0) * 1_000_000.0) as u32;
    res
}
