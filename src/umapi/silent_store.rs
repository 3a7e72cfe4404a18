//! A store that several computers share, and that does not answer.

use crate::number::minutes;
use std::time::Duration;

/// Describes a store that has not answered for so long that the run stops.
pub(crate) fn silent_for(time: Duration, cause: &str) -> String {
    format!("the shared store has not answered for {} ({cause})", minutes(time))
}
