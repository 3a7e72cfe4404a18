//! A run of a shared store that is continued by its id: an import of its file that continues this
//! run, and no other.

use crate::import::absent_run::file_name;
use crate::import::config::{ImportConfig, ReadConfig};
use crate::import::connection::Connection;
use crate::import::error::ImportError;
use crate::import::run_files::{INPUT, get_new};
use crate::import::shared_store::SharedStore;
use crate::import::store_error::StoreUseError;
use crate::import::stored_config::StoredConfig;
use crate::store::{RunPlace, RunState, StoredRun};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A run of a shared store that can be continued.
pub(crate) struct ContinuedRun {
    store: SharedStore,
    run: StoredRun,
    /// How its rows were read.
    config: StoredConfig,
    /// Its file, in the working folder.
    file: PathBuf,
}

/// Whether the file of a run had to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InputHere {
    Written,
    /// A file of this name is there. Whether it has the same content is found out when it is read.
    Found,
}

impl ContinuedRun {
    /// Finds a run by its id.
    ///
    /// # Errors
    /// When the store cannot be asked or does not have it, and when an import of its file would not
    /// continue it.
    pub(crate) fn find(store: SharedStore, id: &str) -> Result<Self, ImportError> {
        store.open(Duration::ZERO).map_err(StoreUseError::from)?;
        let runs = store.runs().map_err(StoreUseError::from)?;
        let found = runs.run(id).map_err(StoreUseError::from)?;
        let shown = store.shown();
        let run = found.ok_or_else(|| no_run(id, shown))?;
        let last = runs.last_named(&run.new.place, &run.new.file).map_err(StoreUseError::from)?;
        check_is_last((id, shown), last.as_ref())?;
        let (config, file) = (StoredConfig::read(&run.new.options)?, file_name(&run)?.to_owned());
        Ok(Self { store, run, config, file })
    }

    /// Returns its file, in the working folder.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// Makes an import of its file the one that continues it. The file is written into the working
    /// folder, unless one of its name is there.
    ///
    /// # Errors
    /// When the import goes to another organization, somebody carries the run out, or the file
    /// cannot be written.
    pub(crate) fn apply(self, config: &mut ImportConfig) -> Result<InputHere, ImportError> {
        let (organization, host) = Connection::place(&config.connect.access)?;
        let own = RunPlace { organization, host };
        if own != self.run.new.place {
            let (run, place) = (self.run.new.id, self.run.new.place);
            return Err(StoreUseError::OtherPlace { run, place, own }.into());
        }
        let here = match self.file.symlink_metadata() {
            Ok(_) => InputHere::Found,
            Err(_) => self.write_input()?,
        };
        let protect = config.read.protect.take();
        config.read = ReadConfig { protect, ..self.config.read };
        config.skip_unchanged |= self.config.compares;
        config.continues = Some(self.run.new.id);
        Ok(here)
    }

    /// Writes the file of the run, unless one of its name comes meanwhile.
    fn write_input(&self) -> Result<InputHere, ImportError> {
        let (runs, new) = (self.store.runs().map_err(StoreUseError::from)?, &self.run.new);
        if let Some((worker, left)) = self.run.holder() {
            let store = self.store.shown();
            return Err(StoreUseError::held(&new.file, store, worker, left).into());
        }
        if is_read_as_settings(&new.file) {
            let (run, file) = (new.id.clone(), new.file.clone());
            return Err(StoreUseError::NotWritten { run, file }.into());
        }
        match get_new(&*runs, &new.id, INPUT, &self.file)? {
            true => Ok(InputHere::Written),
            false => Ok(InputHere::Found),
        }
    }
}

/// Whether a program may read a file of this name without being told to: the store may have been
/// written by anybody.
fn is_read_as_settings(name: &str) -> bool {
    name.starts_with('.') || name.eq_ignore_ascii_case("umbulk.toml")
}

/// Checks that a run is the last one of its file name, and that nobody has ended it: then an import
/// of its file continues it, or shows it if it has finished. Returns it as it is now.
///
/// # Errors
/// When it is not.
pub(super) fn check_is_last<'r>(
    (wanted, store): (&str, &str),
    last: Option<&'r StoredRun>,
) -> Result<&'r StoredRun, StoreUseError> {
    let run = last.ok_or_else(|| no_run(wanted, store))?;
    if run.new.id != wanted {
        let (file, last) = (run.new.file.clone(), run.new.id.clone());
        return Err(StoreUseError::NotLast { run: wanted.to_owned(), file, last });
    }
    if run.state != RunState::Finished && !run.is_open() {
        return Err(StoreUseError::Ended { run: wanted.to_owned() });
    }
    Ok(run)
}

fn no_run(run: &str, store: &str) -> StoreUseError {
    StoreUseError::NoRun { run: run.to_owned(), store: store.to_owned() }
}
