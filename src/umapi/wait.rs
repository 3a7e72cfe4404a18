//! What a client waits for.

use std::time::SystemTime;

/// Why nothing is sent now, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wait {
    /// When it ends.
    pub until: SystemTime,
    /// The reason.
    pub why: WaitReason,
}

/// The reason why nothing is sent now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum WaitReason {
    /// The limit is used up until the window moves on.
    Quota,
    /// The server asked for a pause.
    ServerPause {
        /// The reason in words.
        why: String,
    },
    /// The server asked for a pause of reads. Actions are still sent.
    ReadPause {
        /// The reason in words.
        why: String,
    },
    /// There is no token, because the token service fails. It is asked again at the end of the
    /// wait.
    Token {
        /// The response of the service, in words.
        cause: String,
    },
    /// A request without a clear response may still be carried out until the end of the wait, and
    /// rows wait that it could affect.
    LateEffect,
    /// A request got no response, and is sent again at the end of the wait.
    Retry {
        /// What came in place of a response, in words.
        cause: String,
    },
    /// The store that several computers share does not answer, and nothing is sent without it. It
    /// is asked again at the end of the wait.
    SharedStore {
        /// What came in place of an answer, in words.
        cause: String,
    },
}
