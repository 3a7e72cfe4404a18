//! The calls that a pause is for.

/// The calls that a pause is for. Reads and actions have their own limits in the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PauseScope {
    /// Every call of the client.
    Everybody,
    /// Reads of users and groups.
    Reads,
}
