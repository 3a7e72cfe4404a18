//! What becomes of a run that a worker has chosen for this process, if it is not finished here.

use crate::execute::{StopCause, StopReason};
use crate::import::error::ImportError;
use crate::import::guard_error::GuardError;
use crate::import::resume_error::ResumeError;
use crate::import::store_error::StoreUseError;
use crate::store::RunState;

/// Returns what becomes of a run that has stopped. What may go away by itself is tried again, and
/// anything else waits until somebody has looked at it.
pub(crate) fn state_after_stop(stop: &StopReason) -> RunState {
    match &stop.why {
        _ if stop.is_interrupted => RunState::Queued,
        StopCause::RefusedInARow { .. }
        | StopCause::TooManyFailed { .. }
        | StopCause::InputChanged { .. }
        | StopCause::ListChanged { .. } => RunState::Stopped,
        StopCause::PauseTooLong { .. }
        | StopCause::PresenceUnknown(_)
        | StopCause::MayNotSend(_)
        | StopCause::Other(_) => RunState::Queued,
    }
}

/// Returns what becomes of a run that could not be begun, or continued. What may go away by itself
/// (a server that cannot be reached, credentials that are refused, a full disk) is tried again.
pub(crate) fn state_after_error(error: &ImportError) -> RunState {
    match error {
        ImportError::Interrupted
        | ImportError::Access(_)
        | ImportError::Api(_)
        | ImportError::AskedLately(_)
        | ImportError::Create(_)
        | ImportError::ExportedListUnasked { .. }
        | ImportError::Fetch(_)
        | ImportError::FetchGoesOn(_)
        | ImportError::Guard(GuardError::AdministratorsUnknown { .. })
        | ImportError::Io(_)
        // The journal is a private copy: what is wrong with it is wrong on this computer.
        | ImportError::Journal(_)
        | ImportError::NoFetch(_)
        | ImportError::Page(_)
        | ImportError::Resume(ResumeError::Busy { .. } | ResumeError::NoJournal(_))
        | ImportError::Tls(_) => RunState::Queued,
        ImportError::Store(StoreUseError::Store(error)) if error.is_transient() => RunState::Queued,
        _ => RunState::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::execute::RemainingRows;
    use crate::journal::JournalError;
    use crate::store::StoreError;
    use crate::umapi::ApiError;
    use std::time::Duration;

    #[test]
    fn what_may_go_away_by_itself_is_tried_again() {
        let pause = || ApiError::WaitTooLong { wait: Duration::ZERO, why: String::new() };
        let store = |error| ImportError::Store(StoreUseError::Store(error));
        for (error, state) in [
            (ImportError::Api(pause()), RunState::Queued),
            (ImportError::Interrupted, RunState::Queued),
            (store(StoreError::Silent), RunState::Queued),
            (store(StoreError::Damaged(String::new())), RunState::Refused),
            (StoreUseError::StandardInput.into(), RunState::Refused),
            (ImportError::Journal(JournalError::Lost), RunState::Queued),
            (ResumeError::NoJournal(std::io::ErrorKind::Other.into()).into(), RunState::Queued),
        ] {
            assert_eq!(state_after_error(&error), state, "{error}");
        }
    }

    #[test]
    fn run_with_many_refused_rows_waits_for_somebody() {
        let state = |why: StopCause, is_interrupted| {
            let left = RemainingRows::default();
            state_after_stop(&StopReason { why, anything_sent: true, is_interrupted, left })
        };
        let refused = || StopCause::RefusedInARow { rows: 200, code: "c".to_owned() };
        assert_eq!(state(refused(), false), RunState::Stopped);
        assert_eq!(state(refused(), true), RunState::Queued);
        assert_eq!(state(StopCause::Other("outage".to_owned()), false), RunState::Queued);
    }
}
