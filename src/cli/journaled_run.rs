//! The rows of an import as its journal has them, with the imported file.

use crate::change::RowEffect;
use crate::cli::error::CliError;
use crate::cli::terminal::Terminal;
use crate::execute::{
    Conflicts, Outcome, OutcomeStatus, Outcomes, Protected, Reason, Scan, check_parts,
};
use crate::import::config::{ReadConfig, UnlistedGroups};
use crate::import::earlier_run::noted_in;
use crate::import::input_file::{FileAccess, InputFile};
use crate::import::journal_place::{journals_in, journals_of};
use crate::import::portions::portions_so_far;
use crate::import::protect_error::ProtectAdvice;
use crate::import::reporter::Silent;
use crate::import::stored_config::StoredConfig;
use crate::import::{groups, protect};
use crate::journal::{Journal, RecoveredState, RunIdentity, RunInfo};
use crate::plan::Plan;
use crate::report::{FilesOwner, Paths, ResultColumns, Results, WrittenResults};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What the results of a run are written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// For themselves, with these columns.
    Results(ResultColumns),
    /// To gather the rows of a page.
    Page,
}

/// An import in its journal.
pub(super) struct JournaledRun {
    pub(super) journal: Journal,
    pub(super) about: RunIdentity,
    pub(super) run_info: RunInfo,
    pub(super) recovered: RecoveredState,
    /// The imported file.
    pub(super) path: PathBuf,
    config: StoredConfig,
}

impl JournaledRun {
    /// Opens the journal in this place. `file` is the imported file, or the journal.
    ///
    /// # Errors
    /// When the journal or the file cannot be read.
    pub(super) fn open(file: &Path, place: &Path) -> Result<Self, CliError> {
        let journal = Journal::open_read_only(place)?.ok_or_else(|| no_journal(file))?;
        let (about, run_info, recovered) = journal.believed()?;
        let config = read_config(&run_info)?;
        if run_info.file.as_path() == Path::new("-") {
            return Err(CliError(
                "the rows came through standard input, which cannot be read again".to_owned(),
            ));
        }
        // The paths in a journal are not used, because it may be forged.
        let path = if file == place { beside_journal(place, &run_info)? } else { file.to_owned() };
        Ok(Self { journal, about, run_info, recovered, path, config })
    }

    /// Writes the results of the run. Returns what was written, and the number of rows.
    ///
    /// # Errors
    /// When the file has changed, or something cannot be read or written.
    pub(super) fn write(
        &self,
        paths: &Paths,
        purpose: Purpose,
    ) -> Result<(WrittenResults, u64), CliError> {
        let Self { journal, about, run_info, recovered, path, config } = self;
        let folder = tempfile::tempdir()?;
        let mut input = open_as_imported(path, &config.read, folder.path(), about)?;
        // Earlier portions have their outcomes as well.
        input.range = input.range.map(|_| portions_so_far(run_info));
        let scanned = scanned_as_imported(
            &mut input,
            journal,
            (about, run_info, recovered),
            protect::MemberServer::Nobody(ProtectAdvice::ImportAsks),
        )?;
        let mut outcomes = known_outcomes(journal, run_info, recovered, &scanned.plan)?;
        // An older journal does not contain the decisions that depend on the list.
        let is_unclear = config.compares && input.decided.is_none();
        if is_unclear && recovered.finished.is_some() {
            take_the_rest_as_unchanged(&mut outcomes, &scanned.plan);
        }
        let reason = match &recovered.stopped {
            Some(why) => why.as_str(),
            None if is_unclear => {
                "the run was interrupted before it, or found nothing to do for it"
            }
            None => "the run stopped before it",
        };
        let columns = match purpose {
            Purpose::Results(columns) => columns,
            Purpose::Page => ResultColumns::Usual,
        };
        let kind = (FilesOwner::AnotherRun, columns);
        let rows = input.input_rows();
        let results = Results::create(rows, &scanned.plan, paths, &run_info.run_id, kind)?;
        let mut results = results.of_run(run_info);
        if purpose == Purpose::Page {
            results = results.gathering();
        }
        let written = results.close(&mut outcomes, reason)?;
        Ok((written, scanned.plan.rows().into()))
    }
}

/// Opens the input of a run, which must be as it was imported.
fn open_as_imported(
    path: &Path,
    read: &ReadConfig,
    folder: &Path,
    about: &RunIdentity,
) -> Result<InputFile, CliError> {
    let input = InputFile::open(path, read, FileAccess::PrivateCopy(folder), &Silent)?;
    match input.table.fingerprint()? == about.input {
        true => Ok(input),
        false => Err(CliError(format!(
            "{} has changed since it was imported: restore its earlier content",
            path.display()
        ))),
    }
}

/// Returns the outcomes in a journal. Rows that were sent and whose result is not known are
/// `unknown`.
fn known_outcomes(
    journal: &Journal,
    run_info: &RunInfo,
    recovered: &RecoveredState,
    plan: &Plan,
) -> Result<Outcomes, CliError> {
    let mut outcomes = Outcomes::new(plan.rows(), run_info.began);
    journal.outcomes(|row, outcome| outcomes.restore(row, outcome))?;
    for row in &recovered.uncertain {
        let outcome = Outcome {
            status: OutcomeStatus::Unknown,
            reason: Reason::no_response("the run was interrupted before"),
            effect: RowEffect::NONE,
            attempts: recovered.progress.get(row).map_or(1, |progress| progress.sent),
            request: None,
            finished_at: None,
        };
        outcomes.restore(*row, outcome);
    }
    Ok(outcomes)
}

/// Returns the rows as they were imported, if the journal agrees with them.
fn scanned_as_imported(
    input: &mut InputFile,
    journal: &Journal,
    (about, run_info, recovered): (&RunIdentity, &RunInfo, &RecoveredState),
    server: protect::MemberServer<'_>,
) -> Result<Scan, CliError> {
    input.decided = journal.decisions()?;
    if input.decided.is_none() {
        decide_again(input, journal, (about, recovered), server)?;
    } else if !run_info.finds_conflicts {
        input.conflicts = Some(Conflicts::default());
    }
    let scanned = input.scan(None)?;
    check_parts(journal, recovered, about, &input.input_rows(), &scanned.plan)?;
    Ok(scanned)
}

/// Repeats the decisions of the run of an older journal, as far as the journal contains what they
/// depend on.
fn decide_again(
    input: &mut InputFile,
    journal: &Journal,
    (about, recovered): (&RunIdentity, &RecoveredState),
    server: protect::MemberServer<'_>,
) -> Result<(), CliError> {
    input.protected =
        Protected::parse(about.options.get("--protect").map_or("", String::as_str)).into();
    protect::complete(
        &mut [input],
        None,
        UnlistedGroups::Kept,
        None,
        &Terminal::default(),
        || Ok(server),
    )?;
    let noted = noted_in(journal, recovered, about)?;
    (input.held, input.behind) = (noted.held, noted.behind);
    groups::restore(input, noted.absent_groups)?;
    Ok(())
}

/// Gives the remaining rows the outcome `unchanged`: after a comparison, a finished run has sent
/// every row with something to do, and the journal does not have the others.
fn take_the_rest_as_unchanged(outcomes: &mut Outcomes, plan: &Plan) {
    let reason = Reason {
        code: "unchanged.compared".to_owned(),
        message: "nothing was sent: the list already matched this row. The results file of the \
             run says more"
            .to_owned(),
    };
    for row in (0..plan.rows()).filter(|row| plan.footprint(*row).is_sent()) {
        let outcome = Outcome {
            status: OutcomeStatus::Unchanged,
            reason: reason.clone(),
            effect: RowEffect::NONE,
            attempts: 0,
            request: None,
            finished_at: None,
        };
        outcomes.restore(row, outcome);
    }
}

/// Returns the error for a file without a journal.
pub(super) fn no_journal(file: &Path) -> CliError {
    CliError(format!(
        "there is no journal for {}: the file was not imported (rehearsals and test runs keep no \
         journal), or its journal is gone. A journal (NAME.ORGANIZATION.journal) is in the folder \
         of the results: name the imported file or the journal",
        file.display()
    ))
}

/// Returns the journal: beside the imported file, or where the results are to be written; `None` if
/// there is none.
///
/// # Errors
/// When there are several.
pub(super) fn find_journal(
    file: &Path,
    results: Option<&Path>,
) -> Result<Option<PathBuf>, CliError> {
    let mut found = journals_of(file);
    if let Some(results) = results.filter(|_| found.is_empty()) {
        let folder = if results.is_dir() { Some(results) } else { results.parent() };
        found = journals_in(folder.unwrap_or(Path::new("")), file);
    }
    match <[PathBuf; 1]>::try_from(found) {
        Ok([one]) => Ok(Some(one)),
        Err(none_or_several) if none_or_several.is_empty() => Ok(None),
        Err(several) => {
            let names: Vec<String> =
                several.iter().map(|path| path.display().to_string()).collect();
            Err(CliError(format!(
                "{} was imported into several organizations. Name one of the journals: {}",
                file.display(),
                names.join(", ")
            )))
        }
    }
}

/// The state of the file that a run has imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum InputNow {
    /// It has not changed.
    Same,
    /// It has changed, or cannot be read in the same way any more.
    Changed,
    /// The folder of the journal has no such file.
    Gone,
}

/// Compares the file (the named one, or else the one beside the journal) with the rows that were
/// imported. `None` for standard input, and if this umbulk does not know how the rows were read.
///
/// # Errors
/// When the file is the same, but the journal has rows that the file does not have.
pub(crate) fn input_now(
    named: Option<&Path>,
    journal: &Journal,
    place: &Path,
    (about, run_info, recovered): (&RunIdentity, &RunInfo, &RecoveredState),
) -> Result<Option<InputNow>, CliError> {
    if run_info.file.as_path() == Path::new("-") {
        return Ok(None);
    }
    let Some(path) = named
        .map(Path::to_owned)
        .or_else(|| beside_journal(place, run_info).ok())
        .filter(|path| path.is_file())
    else {
        return Ok(Some(InputNow::Gone));
    };
    let Ok(config) = read_config(run_info) else { return Ok(None) };
    let folder = std::env::temp_dir();
    let table =
        InputFile::open_list(&path, &config.read, FileAccess::InPlace(&folder), &Silent).ok();
    let same = table.filter(|input| input.table.fingerprint().is_ok_and(|now| now == about.input));
    let Some(mut input) = same else { return Ok(Some(InputNow::Changed)) };
    let server = protect::MemberServer::Unasked;
    scanned_as_imported(&mut input, journal, (about, run_info, recovered), server)?;
    Ok(Some(InputNow::Same))
}

/// Returns the imported file, if it is in the same folder as its journal.
fn beside_journal(journal: &Path, run_info: &RunInfo) -> Result<PathBuf, CliError> {
    let named = run_info.file.as_path().file_name().map(|name| journal.with_file_name(name));
    named.filter(|path| path.is_file()).ok_or_else(|| {
        CliError(format!(
            "the imported file is not in the same folder as {}: name it, and where its results \
             go: umbulk results FILE --results RESULTS",
            journal.display()
        ))
    })
}

/// Returns how the import read its rows.
fn read_config(run_info: &RunInfo) -> Result<StoredConfig, CliError> {
    Ok(StoredConfig::read(&run_info.config)?)
}
