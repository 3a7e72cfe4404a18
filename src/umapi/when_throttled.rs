//! What happens with a call that the server does not take now.

/// What happens with a call after a 429, which proves that nothing was done, and during a pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WhenThrottled {
    /// It is sent again after the pause.
    SendAgain,
    /// It ends with [`ActError::Throttled`](super::ActError::Throttled): its sender records that
    /// nothing was done, and sends it again after the [pause](super::Client::pause_over).
    Return,
}
