//! A request that the service may still carry out.

/// One command of one request. The commands of a request follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SentEffect {
    /// A hash of the run's id.
    pub(super) run: u64,
    pub(super) request: u32,
    /// The number of the command in the request, from 0.
    pub(super) place: u32,
}
