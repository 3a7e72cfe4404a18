//! The guards of an import: too many deletions, and administrators. They refuse, or ask, before
//! anything is sent.

use crate::execute::{Broken, Guards, Losses, Scan};
use crate::import::administrators::Administrators;
use crate::import::config::ImportConfig;
use crate::import::connection::Connection;
use crate::import::error::ImportError;
use crate::import::file_run::FileRun;
use crate::import::guard_error::{CapExcess, DeletesToConfirm, GuardError};
use crate::import::note::Note;
use crate::import::reporter::ImportReporter;
use crate::plan::Deletes;

/// What all files of a command remove together. Because the whole files count, sending a file in
/// portions does not avoid a guard.
pub(crate) struct TotalLosses {
    /// Over all rows.
    losses: Losses,
    /// The number of rows that delete and are sent now.
    deletes_now: u64,
    /// The exceeded limit.
    broken: Option<Broken>,
}

impl TotalLosses {
    /// Adds up the files with rows left to send.
    pub(crate) fn of(files: &[&FileRun], config: &ImportConfig) -> Self {
        let (mut losses, mut now) = (Losses::default(), Losses::default());
        for file in files {
            let Scan { counts, plan, .. } = &file.scan;
            losses += counts.losses_of_all_rows();
            now += match file.unfinished() {
                Some(left) => Losses {
                    deletes: left.deletes(plan).rows,
                    removals: left.removals(plan),
                    ..Losses::default()
                },
                None => counts.losses(),
            };
        }
        Self::new(losses, now, config)
    }

    /// Creates the total. `losses` are those of all rows, `now` those of the rows that are sent
    /// now.
    fn new(mut losses: Losses, now: Losses, config: &ImportConfig) -> Self {
        // Rows that remove nothing may be sent, whatever other rows would do.
        if now.deletes == 0 {
            (losses.deletes, losses.account_deletes) = (0, 0);
        }
        if now.removals == 0 {
            losses.removals = 0;
        }
        let guards = Guards { max_deletes: config.max_deletes, max_removals: config.max_removals };
        Self { losses, deletes_now: now.deletes, broken: guards.broken(losses) }
    }

    /// Whether a limit is exceeded. Then the import is refused without a question.
    pub(crate) fn is_refused(&self) -> bool {
        self.broken.is_some()
    }

    /// Returns what the user must confirm; `None` if few rows delete.
    fn question(&self, config: &ImportConfig) -> Option<DeletesToConfirm> {
        let Self { losses, deletes_now: now, .. } = *self;
        (losses.deletes > Guards::UNASKED_DELETES).then(|| DeletesToConfirm {
            all: Deletes { rows: losses.deletes, accounts: losses.account_deletes },
            now,
            is_part: config.read.rows.is_some(),
        })
    }
}

/// Refuses the import, or asks for a confirmation, before anything is sent.
///
/// # Errors
/// If a limit is exceeded, administrators would lose something that is not allowed, or the
/// confirmation is missing.
pub(crate) fn guard(
    config: &ImportConfig,
    connection: &Connection,
    total: &TotalLosses,
    administrators: &Administrators,
    reporter: &dyn ImportReporter,
) -> Result<(), ImportError> {
    if let Some(broken) = total.broken {
        let (files, is_part) = (config.files.len(), config.read.rows.is_some());
        return Err(GuardError::TooMany(CapExcess { broken, files, is_part }).into());
    }
    if !config.allow_admins {
        if let Some(risk) = administrators.risk_words() {
            return Err(GuardError::Administrators { risk }.into());
        }
        if let Some((rows, why)) = administrators.unknown.clone() {
            return Err(GuardError::AdministratorsUnknown { rows, why }.into());
        }
    }
    if config.yes || !config.is_real() {
        return Ok(());
    }
    let Some(deletes) = total.question(config) else { return Ok(()) };
    let Connection { organization, host, .. } = connection;
    let lines = administrators.lines(reporter);
    let among = match lines.is_empty() {
        true => String::new(),
        false => format!(" Administrators: {}.", lines.join("; ")),
    };
    let words = reporter.words(&Note::Deletes(&deletes));
    let question = format!("In {organization} at {host}, {words}.{among}");
    match reporter.ask(&question, &total.losses.deletes.to_string())? {
        true => Ok(()),
        false => Err(GuardError::NotConfirmed(deletes).into()),
    }
}
