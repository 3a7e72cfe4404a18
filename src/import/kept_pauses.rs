//! Pauses that the server has asked an interrupted run for: the same command keeps them to their
//! end, also before it goes on with the rows.

use crate::import::config::ImportConfig;
use crate::import::connection::Connection;
use crate::import::journal_place::journal_path;
use crate::import::outputs::output_paths;
use crate::import::session::ImportSession;
use crate::journal::{Journal, RecoveredPause};
use crate::umapi::CallClass;
use std::path::Path;
use std::time::Duration;

/// Holds all calls of a connection for as long as pauses last that interrupted runs of these files
/// were asked for.
pub(crate) fn keep_pauses(config: &ImportConfig, connection: &Connection) {
    if config.fresh || !config.is_real() {
        return;
    }
    for path in &config.files {
        let results = output_paths(config, path).results;
        let pause = pause_of(&journal_path(path, &results, &connection.organization));
        let rest = pause.and_then(|pause| Some((pause.rest(config.connect.max_wait)?, pause.why)));
        if let Some((rest, why)) = rest {
            connection.client.pause_for(rest, &why);
        }
    }
}

/// The pause that the interrupted run of a journal was asked for.
fn pause_of(journal: &Path) -> Option<RecoveredPause> {
    let recovered = Journal::open_read_only(journal).ok().flatten()?.recovered().ok()?;
    recovered.pause.filter(|_| recovered.requests > 0 && recovered.finished.is_none())
}

impl ImportSession<'_> {
    /// Whether a kept pause lasts.
    pub(crate) fn is_held(self) -> bool {
        !self.pause_left().is_zero()
    }

    /// Whether a kept pause is longer than is allowed: nothing is asked then, and the run stops.
    pub(crate) fn is_held_too_long(self) -> bool {
        self.pause_left() > self.config.connect.max_wait
    }

    fn pause_left(self) -> Duration {
        self.connection.client.pace(CallClass::Action).held
    }
}
