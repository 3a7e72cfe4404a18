//! Pauses that the server has asked an interrupted run for: the same command keeps them to their
//! end, whatever it asks the server first.

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

/// Returns the configuration whose connections all keep the longest pause that interrupted runs of
/// these files were asked for. Whether it is longer than is allowed is decided here, once.
pub(crate) fn keep_pauses(config: &ImportConfig) -> ImportConfig {
    let mut config = config.clone();
    config.connect.kept_pause = kept_pause(&config);
    config
}

fn kept_pause(config: &ImportConfig) -> Option<KeptPause> {
    if config.fresh || !config.is_real() {
        return None;
    }
    // What is wrong with the settings is said where they are needed.
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

/// The pause that the interrupted run of a journal was asked for.
fn pause_of(journal: &Path) -> Option<RecoveredPause> {
    let recovered = Journal::open_read_only(journal).ok().flatten()?.recovered().ok()?;
    recovered.pause.filter(|_| recovered.requests > 0 && recovered.finished.is_none())
}

impl ImportSession<'_> {
    /// Whether a kept pause lasts.
    pub(crate) fn is_held(self) -> bool {
        !self.connection.client.pace(CallClass::Action).held.is_zero()
    }

    /// Whether a kept pause is longer than is allowed: nothing is asked then, and the run stops.
    pub(crate) fn is_held_too_long(self) -> bool {
        self.connection.client.too_long_pause().is_some()
    }
}
