//! Why arguments were rejected, each by its place in the call.

/// How many rejections a message shows; the others are counted.
pub(super) const MAX_SHOWN: usize = 20;

/// What is wrong with one argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// `date`, `worklogEntries[3].date`; empty for the arguments as a whole.
    pub place: String,
    /// The value, shortened; `None` where it may be private text.
    pub value: Option<String>,
    /// What is wrong, as the rest of a sentence that begins with the place.
    pub reason: String,
}

impl Rejection {
    /// Without the value, which is missing or may be private.
    pub(super) fn new(place: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { place: place.into(), value: None, reason: reason.into() }
    }
}

/// Everything that is wrong with the arguments of one call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rejections {
    pub list: Vec<Rejection>,
    /// The call was to write, so its error says that nothing was changed.
    pub is_write: bool,
}

impl From<Vec<Rejection>> for Rejections {
    fn from(list: Vec<Rejection>) -> Self {
        Self { list, is_write: false }
    }
}
