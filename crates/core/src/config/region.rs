//! Where Tempo keeps a site's data, and the address that serves it.
//!
//! <https://apidocs.tempo.io/> ("Base URLs"): the global address works for all, another region's refuses the token.

use url::Url;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Region {
    Global,
    Eu,
    Us,
}

impl Region {
    const ALL: [Self; 3] = [Self::Global, Self::Eu, Self::Us];

    #[must_use]
    pub fn base(self) -> &'static str {
        match self {
            Self::Global => "https://api.tempo.io",
            Self::Eu => "https://api.eu.tempo.io",
            Self::Us => "https://api.us.tempo.io",
        }
    }

    /// As `TEMPO_REGION` writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Eu => "eu",
            Self::Us => "us",
        }
    }

    #[must_use]
    pub fn named(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name().eq_ignore_ascii_case(text))
    }

    /// `None`: an address of somebody's own, like a simulation's.
    #[must_use]
    pub fn of(base: &Url) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.base() == base.as_str().trim_end_matches('/'))
    }
}
