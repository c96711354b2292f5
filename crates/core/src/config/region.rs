//! The region in which Tempo stores a site's data, and its address.
//!
//! The global address works for all regions; the address of another region refuses the token (<https://apidocs.tempo.io/>,
//! "Base URLs").

use url::Url;

/// A region of Tempo Cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Region {
    Global,
    Eu,
    Us,
}

impl Region {
    const ALL: [Self; 3] = [Self::Global, Self::Eu, Self::Us];

    /// The base address of the API.
    #[must_use]
    pub fn base(self) -> &'static str {
        match self {
            Self::Global => "https://api.tempo.io",
            Self::Eu => "https://api.eu.tempo.io",
            Self::Us => "https://api.us.tempo.io",
        }
    }

    /// The name in `TEMPO_REGION`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Eu => "eu",
            Self::Us => "us",
        }
    }

    /// The region with this name, in any case.
    #[must_use]
    pub fn named(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name().eq_ignore_ascii_case(text))
    }

    /// The region with this address. `None` for any other address, like the sandbox's.
    #[must_use]
    pub fn of(base: &Url) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.base() == base.as_str().trim_end_matches('/'))
    }
}
