//! `plan --save`: keeps what is decided about each row, for `import --plan`.

use crate::cli::args::commands::PlanArgs;
use crate::cli::error::CliError;
use crate::cli::output::written_words;
use crate::cli::terminal::Terminal;
use crate::clock;
use crate::execute::{RowDigest, row_digests, row_views};
use crate::export::ListReporter;
use crate::import::config::ImportConfig;
use crate::import::connection::Connection;
use crate::import::error::ImportError;
use crate::import::input_file::InputFile;
use crate::import::missing::{MissingPerson, PlannedMissing};
use crate::import::saved_plan::{self, SavedFile, SavedPlan, SavedPlanError};
use crate::shell::shell_words;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The most rows to send of a file that are kept for people, and not only as numbers.
const MOST_VIEWS: usize = 20_000;

/// A plan while its files are planned.
pub(super) struct PlanToSave {
    plan: SavedPlan,
    paths: std::vec::IntoIter<PathBuf>,
}

impl PlanToSave {
    /// Begins the plan to save; `None` if none is asked for.
    ///
    /// # Errors
    /// When no organization is set, or an input is standard input.
    pub(super) fn of(args: &PlanArgs, config: &ImportConfig) -> Result<Option<Self>, CliError> {
        let Some(place) = args.save.clone() else { return Ok(None) };
        if config.files.iter().any(|path| path == Path::new("-")) {
            return Err(ImportError::from(SavedPlanError::StandardInput).into());
        }
        let (organization, host) = Connection::place(&config.connect.access)?;
        let plan = SavedPlan {
            place,
            id: String::new(),
            at: clock::now(),
            organization,
            host,
            list: None,
            creates: Vec::new(),
            files: Vec::new(),
            missing: None,
        };
        Ok(Some(Self { plan, paths: config.files.clone().into_iter() }))
    }

    /// Notes which groups are created before the rows.
    pub(super) fn creates(&mut self, groups: &[String]) {
        self.plan.creates = groups.to_vec();
    }

    /// Adds the plan of the next file.
    pub(super) fn add(
        &mut self,
        input: &InputFile,
        missing: Option<&PlannedMissing>,
    ) -> Result<(), CliError> {
        let input_rows = input.input_rows();
        let rows = row_digests(&input_rows)?;
        let is_sent = |(_, digest): &(u32, &RowDigest)| matches!(digest, RowDigest::Sent(_));
        let sent: BTreeSet<u32> = (0..).zip(&rows).filter(is_sent).map(|(row, _)| row).collect();
        let views = match sent.len() <= MOST_VIEWS {
            true => row_views(&input_rows, &sent)?,
            false => Default::default(),
        };
        if let Some(known) = &input.baseline {
            self.plan.list = Some(known.organization.as_of());
        }
        if let Some(missing) = missing {
            let people = missing.people.iter().cloned();
            self.plan.missing = Some(people.map(MissingPerson::saved).collect());
        }
        let (path, content) = (self.paths.next().unwrap_or_default(), input.table.fingerprint()?);
        self.plan.files.push(SavedFile { path, content, rows, views });
        Ok(())
    }

    /// Writes it, and says how to apply it.
    pub(super) fn write(
        mut self,
        config: &ImportConfig,
        terminal: &Terminal,
    ) -> Result<(), CliError> {
        // Its list is older.
        self.plan.at = clock::now();
        let place = self.plan.place.clone();
        saved_plan::save(self.plan, config)?;
        terminal.inform(&written_words(&place));
        let apply = shell_words(
            ["umbulk", "import", "--plan"].map(OsStr::new).into_iter().chain([place.as_os_str()]),
        );
        terminal.inform(&format!("To apply exactly this: {apply}"));
        Ok(())
    }
}
