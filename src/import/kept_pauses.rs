//! Pauses that the server asked an interrupted run for. The next start of the same command waits
//! until their end, whatever it sends first.

use crate::import::config::ImportConfig;
use crate::import::connection::Connection;
use crate::import::journal_place::journal_path;
use crate::import::missing;
use crate::import::outputs::output_paths;
use crate::import::session::ImportSession;
use crate::journal::{Journal, RecoveredPause};
use crate::umapi::{CallClass, KeptPause};
use std::path::Path;
use tokio::time::Instant;

/// Returns the configuration in which all connections keep the longest pause that the server asked
/// interrupted runs of these files for. Whether it is longer than allowed is decided here, once.
pub(crate) fn keep_pauses(config: &ImportConfig) -> ImportConfig {
    let mut config = config.clone();
    config.connect.kept_pause = kept_pause(&config);
    config
}

fn kept_pause(config: &ImportConfig) -> Option<KeptPause> {
    if config.fresh || !config.is_real() {
        return None;
    }
    // Errors in the settings are reported where the settings are needed.
    let (organization, _) = Connection::place_if_set(&config.connect.access).ok()??;
    let max_wait = config.connect.max_wait;
    let of_files = config.files.iter().map(|path| (path.clone(), output_paths(config, path)));
    let files = of_files.chain(missing::file(config));
    let (rest, pause) = files
        .filter_map(|(path, paths)| pause_of(&journal_path(&path, &paths.results, &organization)))
        .filter_map(|pause| Some((pause.rest(max_wait)?, pause)))
        .max_by_key(|(rest, _)| *rest)?;
    Some(KeptPause {
        until: Instant::now() + rest,
        why: pause.why,
        too_long: Some(rest).filter(|rest| *rest > max_wait),
    })
}

/// Returns the pause that the server asked the interrupted run of a journal for.
fn pause_of(journal: &Path) -> Option<RecoveredPause> {
    let recovered = Journal::open_read_only(journal).ok().flatten()?.recovered().ok()?;
    if recovered.is_interrupted() { recovered.pause } else { None }
}

impl ImportSession<'_> {
    /// Whether a kept pause has not ended.
    pub(crate) fn is_held(self) -> bool {
        !self.connection.client.pace(CallClass::Action).held.is_zero()
    }

    /// Whether a kept pause is longer than allowed. Then nothing is sent, and the run stops.
    pub(crate) fn is_held_too_long(self) -> bool {
        self.connection.client.too_long_pause().is_some()
    }
}
