//! The guards of an import: too many deletions, and administrators. They refuse, or ask, before
//! anything is sent.

use crate::execute::{Broken, CapKind, Guards, Losses, Scan};
use crate::import::administrators::Administrators;
use crate::import::config::ImportConfig;
use crate::import::connection::Connection;
use crate::import::error::ImportError;
use crate::import::file_run::FileRun;
use crate::import::head::deletion_words;
use crate::import::reporter::ImportReporter;
use crate::number::{count, form};
use crate::plan::Deletes;

/// What all files of a command remove together, so that a file in portions does not pass a guard.
pub(crate) struct TotalLosses {
    /// Over all rows.
    losses: Losses,
    /// The number of rows that delete and are sent now.
    deletes_now: u64,
    /// The broken limit.
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

    /// `losses` are those of all rows, `now` those of the rows that are sent now.
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

    /// Whether a limit is broken. Then the import is refused without a question.
    pub(crate) fn is_refused(&self) -> bool {
        self.broken.is_some()
    }

    /// What the user must confirm; `None` if few rows delete.
    fn question(&self, config: &ImportConfig) -> Option<String> {
        let Self { losses, deletes_now, .. } = self;
        if losses.deletes <= Guards::UNASKED_DELETES {
            return None;
        }
        let mut words =
            deletion_words(Deletes { rows: losses.deletes, accounts: losses.account_deletes });
        if *deletes_now != losses.deletes {
            let which = if config.read.rows.is_some() { "by --rows now" } else { "are left" };
            words += &format!(" ({deletes_now} of them {which}: all rows of the file count)");
        }
        Some(words)
    }
}

/// Refuses, or asks, before anything is sent.
///
/// # Errors
/// The refusal: a broken limit, administrators who may not be touched, or no confirmation.
pub(crate) fn guard(
    config: &ImportConfig,
    connection: &Connection,
    total: &TotalLosses,
    administrators: &Administrators,
    reporter: &dyn ImportReporter,
) -> Result<(), ImportError> {
    if let Some(broken) = &total.broken {
        return Err(ImportError(broken_words(broken, config)));
    }
    if !config.allow_admins {
        if let Some(words) = administrators.risk_words() {
            return Err(ImportError(format!(
                "{words}: nothing was sent. Remove these rows; if they are intended, use \
                 --allow-admins"
            )));
        }
        if let Some(words) = administrators.unknown_words() {
            return Err(ImportError(words));
        }
    }
    if config.yes || !config.is_real() {
        return Ok(());
    }
    let Some(words) = total.question(config) else { return Ok(()) };
    let Connection { organization, host, .. } = connection;
    let among: String =
        administrators.lines().iter().map(|line| format!(" Administrators: {line}.")).collect();
    let refusal = format!("{words}: nothing was sent. If that is intended, use --yes");
    let question = format!("In {organization} at {host}, {words}.{among}");
    reporter.ask(&question, &total.losses.deletes.to_string(), refusal)
}

/// `12 of 40 rows to send delete, in 2 files together, and --max-deletes allows 10 rows:
/// nothing was sent. …`
fn broken_words(broken: &Broken, config: &ImportConfig) -> String {
    let (what, flag) = match broken.guard {
        CapKind::Deletes => (form(broken.count, "deletes", "delete"), "--max-deletes"),
        CapKind::Removals => (
            form(broken.count, "takes memberships away", "take memberships away"),
            "--max-removals",
        ),
    };
    let scope = match (config.files.len(), config.read.rows.is_some()) {
        (1, false) => String::new(),
        (1, true) => " (all rows of the file count, also those that --rows skips)".to_owned(),
        (files, false) => format!(" in {files} files together"),
        (files, true) => format!(
            " in {files} files together (all their rows count, also those that --rows skips)"
        ),
    };
    let Broken { count: rows, sendable, cap, .. } = broken;
    format!(
        "{rows} of {} to send {what}{scope}, but {flag} allows {cap}: nothing was sent. \
         Check the rows, or raise {flag}",
        count(*sendable, "row")
    )
}
