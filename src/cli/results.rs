//! `umbulk results`: writes the results file again, from the journal and the imported file.

use crate::change::RowEffect;
use crate::cli::args::commands::ResultsArgs;
use crate::cli::error::CliError;
use crate::cli::say::status_line;
use crate::cli::terminal::Terminal;
use crate::execute::{
    Conflicts, Outcome, OutcomeStatus, Outcomes, Protected, Reason, Scan, check_parts,
};
use crate::fs::{Busy, Lock, OsText};
use crate::import::Exit;
use crate::import::config::{ReadConfig, UnlistedGroups};
use crate::import::earlier_run::noted_in;
use crate::import::files_in_use::check_no_run_uses;
use crate::import::input_file::{FileAccess, InputFile};
use crate::import::journal_place::{journals_in, journals_of, lock_path};
use crate::import::places::check_outputs;
use crate::import::portions::portions_so_far;
use crate::import::protect_error::ProtectAdvice;
use crate::import::reporter::Silent;
use crate::import::stored_config::StoredConfig;
use crate::import::{groups, protect};
use crate::journal::{Journal, RecoveredState, RunIdentity, RunInfo};
use crate::number::count;
use crate::plan::Plan;
use crate::report::{FilesOwner, KeptRows, Paths, Results};
use crate::table::is_workbook;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Writes the results of an import that has ended.
pub(crate) fn run(args: &ResultsArgs) -> Result<Exit, CliError> {
    let place = find_journal(args)?;
    let _lock = Lock::take(&lock_path(&place)).map_err(|busy| match busy {
        Busy::Held(_) => CliError(format!("{busy}. It writes the results itself when it ends")),
        Busy::Io(error) => CliError(error.to_string()),
    })?;
    let journal = Journal::open_read_only(&place)?.ok_or_else(|| no_journal(&args.file))?;
    let (about, run_info, recovered) = journal.believed()?;
    let config = read_config(&run_info)?;
    if run_info.file.as_path() == Path::new("-") {
        return Err(CliError(
            "the rows came through standard input, which cannot be read again".to_owned(),
        ));
    }
    // The paths in a journal are not used, because it may be forged.
    let path =
        if args.file == place { beside_journal(&place, &run_info)? } else { args.file.clone() };
    let paths = output_paths(args, &path, &run_info)?;
    check_no_run_uses(paths.outputs(), Some(&place))?;
    let folder = tempfile::tempdir()?;
    let mut input = open_as_imported(&path, &config.read, folder.path(), &about)?;
    // Earlier portions have their outcomes as well.
    input.range = input.range.map(|_| portions_so_far(&run_info));
    let scanned = scanned_as_imported(
        &mut input,
        &journal,
        (&about, &run_info, &recovered),
        protect::MemberServer::Nobody(ProtectAdvice::ImportAsks),
    )?;
    let mut outcomes = known_outcomes(&journal, &run_info, &recovered, &scanned.plan)?;
    // An older journal does not contain the decisions that depend on the list.
    let is_unclear = config.compares && input.decided.is_none();
    if is_unclear && recovered.finished.is_some() {
        take_the_rest_as_unchanged(&mut outcomes, &scanned.plan);
    }
    let reason = match &recovered.stopped {
        Some(why) => why.as_str(),
        None if is_unclear => "the run was interrupted before it, or found nothing to do for it",
        None => "the run stopped before it",
    };
    let (rows, owner) = (input.input_rows(), FilesOwner::AnotherRun);
    let results =
        Results::create(rows, &scanned.plan, &paths, &run_info.run_id, owner)?.of_run(&run_info);
    let written = results.close(&mut outcomes, reason)?;
    for KeptRows { was, is } in &written.kept {
        status_line(&format!("note: the earlier {} is now {}", was.display(), is.display()));
    }
    let failed = paths.failed.filter(|_| !written.codes.is_empty());
    status_line(&format!(
        "written: {} ({}){}",
        paths.results.display(),
        count(scanned.plan.rows().into(), "row"),
        failed
            .map_or_else(String::new, |failed| format!(", {} (the rows to fix)", failed.display()))
    ));
    Ok(Exit::Good)
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

/// Returns the files to write. The file of rows to fix is only written if the results are beside
/// the input.
fn output_paths(args: &ResultsArgs, input: &Path, run_info: &RunInfo) -> Result<Paths, CliError> {
    // A run that was to write a workbook gets one.
    let beside = |word: &str, folder: Option<&Path>, of_run: Option<&OsText>| {
        let path = Paths::beside(input, word, folder);
        match of_run {
            Some(noted) if is_workbook(noted.as_path()) => path.with_extension("xlsx"),
            _ => path,
        }
    };
    let results = |folder| beside("results", folder, Some(&run_info.results));
    let paths = match &args.results {
        Some(folder) if folder.is_dir() => Paths { results: results(Some(folder)), failed: None },
        Some(file) => Paths { results: file.clone(), failed: None },
        None => Paths {
            results: results(None),
            failed: Some(beside("failed", None, run_info.failed.as_ref())),
        },
    };
    let outputs = [
        Some(("the results", paths.results.clone())),
        paths.failed.clone().map(|failed| ("the rows to fix", failed)),
    ];
    check_outputs(&[input.to_owned()], &outputs.into_iter().flatten().collect::<Vec<_>>())?;
    Ok(paths)
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
    let unlisted = UnlistedGroups::Kept;
    protect::complete(&mut [input], None, unlisted, None, &Terminal::default(), || Ok(server))?;
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

/// Returns the journal: beside the imported file, or where the results are to be written.
fn find_journal(args: &ResultsArgs) -> Result<PathBuf, CliError> {
    let mut found = journals_of(&args.file);
    if let Some(results) = args.results.as_ref().filter(|_| found.is_empty()) {
        let folder = if results.is_dir() { Some(results.as_path()) } else { results.parent() };
        found = journals_in(folder.unwrap_or(Path::new("")), &args.file);
    }
    match <[PathBuf; 1]>::try_from(found) {
        Ok([one]) => Ok(one),
        Err(none_or_several) if none_or_several.is_empty() => Err(no_journal(&args.file)),
        Err(several) => {
            let names: Vec<String> =
                several.iter().map(|path| path.display().to_string()).collect();
            Err(CliError(format!(
                "{} was imported into several organizations. Name one of the journals: {}",
                args.file.display(),
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
