//! How far a long call is.

/// Reports to the client how far a long call is. Absent where the client did not ask for it.
pub trait Progress: Send + Sync {
    /// `done` entries of `of`.
    fn report(&self, done: usize, of: usize);
}
