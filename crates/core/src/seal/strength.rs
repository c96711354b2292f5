//! Whether the text of an encryption key is strong enough for new data.
//!
//! This finds keys that a person made up in a hurry. It cannot tell a random text from a well-known one.

const MIN_LENGTH: usize = 32;
/// 32 random hexadecimal digits have fewer different ones only once in ten million times.
const MIN_DIFFERENT: usize = 8;

/// Why a key must not seal a new database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyWeakness {
    #[error("is empty")]
    Empty,
    #[error("is shorter than {} characters", MIN_LENGTH)]
    Short,
    #[error("repeats a few characters")]
    Repetitive,
}

pub(super) fn weakness(text: &str) -> Option<KeyWeakness> {
    let mut different: Vec<char> = text.chars().collect();
    different.sort_unstable();
    different.dedup();
    match text.len() {
        0 => Some(KeyWeakness::Empty),
        1..MIN_LENGTH => Some(KeyWeakness::Short),
        _ if different.len() < MIN_DIFFERENT || is_repetition(text.as_bytes()) => {
            Some(KeyWeakness::Repetitive)
        }
        _ => None,
    }
}

/// Whether the text is a shorter one, written at least twice.
fn is_repetition(text: &[u8]) -> bool {
    (1..=text.len() / 2)
        .any(|length| text.iter().zip(text.iter().skip(length)).all(|(one, other)| one == other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_up_keys_are_weak_and_random_ones_are_not() {
        let repeated = ["a".repeat(32), "ab".repeat(40), "password".repeat(4), "correct horse 7!".repeat(2)];
        for text in repeated {
            assert_eq!(weakness(&text), Some(KeyWeakness::Repetitive), "{text}");
        }
        assert_eq!(weakness(""), Some(KeyWeakness::Empty));
        assert_eq!(weakness("aB3$aB3$xY7&xY7&qL9(qL9(mN1)mN1"), Some(KeyWeakness::Short));
        for text in [
            "3f9c0a5e7b1d4826f0e3c9a7b5d18264",
            "q0o3m4JqVb5c8YyGdJ7m1nqkKZ0o9h6Vw1uXz2aB3cD4eF5gH6iJ7kL8mN9oP0q=",
            "the first key is long enough for anybody",
        ] {
            assert_eq!(weakness(text), None, "{text}");
        }
    }
}
