//! The lists of the organization that an import, or a plan of it, knows.

use crate::import::baseline::{BaselineSource, LoadedBaseline};
use crate::import::config::ImportConfig;
use crate::import::earlier_run::EarlierRun;
use crate::import::error::ImportError;
use crate::import::existing_users;
use crate::import::input_file::InputFile;
use crate::import::list_error::OrgListError;
use crate::import::missing::{self, MissingList};
use crate::import::reporter::ImportReporter;
use crate::organization::Organization;

/// The lists of the organization.
pub(crate) struct KnownLists {
    /// The list that the user wants to compare with.
    pub(crate) loaded: Option<LoadedBaseline>,
    /// Whether an earlier run has begun with that list, and this command continues it.
    pub(crate) continues: bool,
    /// The snapshot, if the user wants no comparison. It is used for some checks nevertheless.
    pub(crate) stored: Option<LoadedBaseline>,
    /// The list that shows which users are missing.
    pub(crate) missing: Option<MissingList>,
    /// The list that was fetched to find the people of exported lists.
    pub(crate) fetched: Option<LoadedBaseline>,
    /// Whether the input is an exported list, and the user wants no comparison: the server is asked
    /// which of its users exist.
    pub(crate) asks_about_exported: bool,
}

impl KnownLists {
    /// Loads the requested lists, and the snapshot. `earlier_run` finds the run that this command
    /// resumes, or only shows.
    pub(crate) fn load(
        config: &ImportConfig,
        inputs: &[InputFile],
        reporter: &dyn ImportReporter,
        earlier_run: impl FnOnce() -> Result<Option<EarlierRun>, ImportError>,
    ) -> Result<Self, ImportError> {
        let is_wanted = wants_list(config)?;
        let earlier_run = match is_wanted {
            true => earlier_run()?,
            // What prevents the import is said when the server is needed.
            false if !config.sandbox => earlier_run().ok().flatten(),
            false => None,
        };
        let same = earlier_run.as_ref().filter(|run| run.used(None));
        let own = same.map(|run| run.run_ids.clone()).unwrap_or_default();
        let (loaded, continues) = match is_wanted {
            true => {
                let continues = earlier_run.is_some();
                (Some(load_wanted(config, reporter, earlier_run)?), continues)
            }
            false => (None, false),
        };
        let is_unknown = loaded.is_none() && !config.sandbox;
        let (access, max_age) = (&config.connect.access, config.known.max_age);
        let stored = match is_unknown {
            true => existing_users::stored(access, max_age, (inputs, &own), reporter),
            false => None,
        };
        let missing = missing::load_list(config, reporter, loaded.as_ref())?;
        // An exported list that is imported again is compared with the organization, if only to
        // report differences.
        let asks_about_exported = is_unknown && inputs.iter().any(existing_users::may_be_exported);
        Ok(Self { loaded, continues, stored, missing, fetched: None, asks_about_exported })
    }

    /// Returns any of the lists.
    pub(crate) fn any(&self) -> Option<&LoadedBaseline> {
        self.loaded.as_ref().or(self.stored.as_ref()).or(self.fetched.as_ref())
    }

    /// Returns the list that the user wants to compare with, or the snapshot.
    pub(crate) fn loaded_or_stored(&self) -> Option<&LoadedBaseline> {
        self.loaded.as_ref().or(self.stored.as_ref())
    }

    /// Returns the organization of the list that the user wants to compare with.
    pub(crate) fn organization(&self) -> Option<&Organization> {
        self.loaded.as_ref().map(|list| &*list.organization)
    }
}

/// Whether the user wants a list to compare with.
fn wants_list(config: &ImportConfig) -> Result<bool, OrgListError> {
    let known = &config.known;
    if known.against.is_none() && !known.online && !config.compares() {
        return Ok(false);
    }
    if config.sandbox && known.against.is_none() {
        return Err(OrgListError::OfRehearsal);
    }
    Ok(true)
}

/// Loads the list that the user wants to compare with.
fn load_wanted(
    config: &ImportConfig,
    reporter: &dyn ImportReporter,
    earlier_run: Option<EarlierRun>,
) -> Result<LoadedBaseline, ImportError> {
    let source = BaselineSource {
        connect: &config.connect,
        reporter,
        list_separator: config.read.list_separator,
        earlier_run,
    };
    source.load_baseline(&config.known)
}
