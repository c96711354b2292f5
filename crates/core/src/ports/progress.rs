//! The progress of a long call.

/// Reports the progress of a long call to the client. Absent if the client did not ask for it.
pub trait Progress: Send + Sync {
    /// `done` entries of `of`.
    fn report(&self, done: usize, of: usize);
}
