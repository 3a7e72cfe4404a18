//! `umbulk validate`: reports the problems of every row, offline.

use crate::cli::args::commands::ValidateArgs;
use crate::cli::error::CliError;
use crate::cli::output::check_files;
use crate::cli::say::{print_out, print_words};
use crate::cli::summary_words::meaning;
use crate::cli::terminal::Terminal;
use crate::cli::words::note_words;
use crate::execute::{CountriesRead, InvalidRenames, OutcomeStatus, RowCounts, edited_rows};
use crate::export::ListReporter;
use crate::fs::{is_being_written, keep_dated};
use crate::import::Exit;
use crate::import::access::Access;
use crate::import::config::{KnownConfig, UnlistedGroups};
use crate::import::existing_users;
use crate::import::groups::{Creation, GroupCheck, Offline};
use crate::import::input_file::{FileAccess, InputFile};
use crate::import::input_files::{find_conflicts, ignored_note, say_problems};
use crate::import::outdated::{self, AskedBy};
use crate::import::protect_error::ProtectAdvice;
use crate::import::{new_addresses, protect};
use crate::number::count;
use crate::report::{Checks, Paths};
use crate::table::{Check, MapFile};
use crate::visible::shown;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The age above which a snapshot of groups is not used.
const MAX_AGE: Duration = Duration::from_secs(24 * 60 * 60);

/// The result of a check. The field names are those of the JSON.
#[derive(Serialize)]
struct CheckReport {
    file: String,
    dialect: &'static str,
    rows: u64,
    valid: u64,
    invalid: u64,
    behind_renames: u64,
    skipped: u64,
    ignored_columns: Vec<String>,
    #[serde(skip)]
    countries: CountriesRead,
    codes: BTreeMap<String, u64>,
    #[serde(skip)]
    rows_by_code: BTreeMap<String, u64>,
    #[serde(serialize_with = "crate::fs::OsText::serialize_lossy")]
    results: PathBuf,
}

/// Checks every file and prints what was found. Nothing is sent.
pub(crate) fn run(
    args: &ValidateArgs,
    mapping: MapFile,
    access: &Access,
    terminal: &Terminal,
) -> Result<Exit, CliError> {
    let outputs = outputs(args)?;
    let read = args.read.config(mapping);
    let folder = std::env::temp_dir();
    let open = |path| InputFile::open(path, &read, FileAccess::InPlace(&folder), terminal);
    let mut inputs = args.files.iter().map(|path| open(path)).collect::<Result<Vec<_>, _>>()?;
    compare(&mut inputs, access, terminal)?;
    protect::complete(
        &mut inputs.iter_mut().collect::<Vec<_>>(),
        None,
        UnlistedGroups::Kept,
        Some(access),
        terminal,
        || Ok(protect::MemberServer::Nobody(ProtectAdvice::ImportAsks)),
    )?;
    for (file, (_, out)) in args.files.iter().zip(&outputs) {
        keep_earlier(file, out, terminal)?;
    }
    let mut written = check_groups(&mut inputs, &outputs, args, access, terminal)?;
    find_conflicts(&mut inputs)?;
    let (mut exit, mut renames) = (Exit::Good, InvalidRenames::default());
    for (mut input, (_, out)) in inputs.into_iter().zip(outputs) {
        let mut counts = match written.take() {
            Some(counts) => counts,
            None => Checks::write(&input.input_rows(), &out, None)?,
        };
        if renames.may_hold(&input.input_rows(), counts.invalid) {
            input.scan_behind(&mut renames, None)?;
            if !input.behind.is_empty() {
                counts = Checks::write_again(&input.input_rows(), &out)?;
            }
        }
        let wrong = counts.invalid + counts.behind;
        input.check_unchanged(Check::Quick)?;
        say_problems(&counts, &input, terminal);
        let checked = CheckReport::new(&input, counts, out);
        if args.json {
            print_out(&format!("{}\n", serde_json::to_string(&checked)?))?;
        } else if !(terminal.verbosity.is_quiet() && wrong == 0) {
            print_words(&describe(&input, &checked))?;
        }
        if wrong > 0 {
            exit = Exit::SomeRows;
        }
    }
    Ok(exit)
}

/// Returns the files for the checked rows, each with its description.
fn outputs(args: &ValidateArgs) -> Result<Vec<(&'static str, PathBuf)>, CliError> {
    let several = args.files.len() > 1;
    if args.files.iter().any(|path| path == Path::new("-")) && args.results.is_none() {
        return Err(CliError(
            "standard input has no folder to put the checked rows in: use --results FILE"
                .to_owned(),
        ));
    }
    let place = |path: &Path| match &args.results {
        Some(folder) if several || folder.is_dir() => Paths::beside(path, "check", Some(folder)),
        Some(file) => file.clone(),
        None => Paths::beside(path, "check", None),
    };
    let outputs: Vec<_> = args.files.iter().map(|path| ("the checked rows", place(path))).collect();
    check_files(&args.files, &outputs)?;
    Ok(outputs)
}

/// Moves the earlier file of checked rows into the folder of the dated copies. Somebody checks a
/// file many times while it is corrected.
fn keep_earlier(file: &Path, out: &Path, terminal: &Terminal) -> Result<(), CliError> {
    if !is_being_written(out)
        && let Some(kept) = keep_dated(&Paths::copies(file, out), out)?
    {
        terminal.inform(&kept.to_string());
    }
    Ok(())
}

/// Compares the rows with a recent snapshot. It shows updates and addresses that an import would
/// refuse, in the same words.
fn compare(inputs: &mut [InputFile], access: &Access, terminal: &Terminal) -> Result<(), CliError> {
    let stored = existing_users::stored(access, MAX_AGE, (inputs, &[]), terminal);
    let known = KnownConfig { max_age: MAX_AGE, ..KnownConfig::default() };
    if let Some(stored) = &stored {
        existing_users::compare_with_stored(inputs, stored, &known, terminal)?;
    }
    for input in &mut *inputs {
        input.held = edited_rows(&input.input_rows())?;
    }
    let new_addresses =
        new_addresses::find(&mut inputs.iter_mut().collect::<Vec<_>>(), stored.as_ref(), &known)?;
    let inputs: Vec<&InputFile> = inputs.iter().collect();
    let outdated = match &stored {
        Some(stored) => outdated::advice(&inputs, stored, &known, AskedBy::Import)?,
        None => None,
    };
    new_addresses.say_head(terminal);
    outdated.iter().for_each(|advice| advice.say_head(terminal));
    Ok(())
}

/// Checks with lists which groups exist. A single file is written at the same time: then its counts
/// are returned.
fn check_groups(
    inputs: &mut [InputFile],
    outputs: &[(&str, PathBuf)],
    args: &ValidateArgs,
    access: &Access,
    terminal: &Terminal,
) -> Result<Option<RowCounts>, CliError> {
    let config = args.groups.config();
    let check = GroupCheck {
        config: &config,
        create: Creation::Off,
        max_age: MAX_AGE,
        access,
        reporter: terminal,
        organization: None,
        recently_changed: Vec::new(),
        rate: None,
    };
    let ([input], [(_, out)]) = (&mut *inputs, outputs) else {
        let groups = check.offline(&mut inputs.iter_mut().collect::<Vec<_>>(), Offline::Plan)?;
        groups.say_head(terminal);
        return Ok(None);
    };
    let (groups, counts) = check
        .while_read(input, |input, groups| Ok(Checks::write(&input.input_rows(), out, groups)?))?;
    let is_whole = input.presence.is_none();
    let counts = if is_whole { counts } else { Checks::write_again(&input.input_rows(), out)? };
    groups.say_head(terminal);
    Ok(Some(counts))
}

impl CheckReport {
    fn new(input: &InputFile, counts: RowCounts, results: PathBuf) -> Self {
        Self {
            file: input.table.name().to_owned(),
            dialect: input.table.dialect().name(),
            rows: counts.rows,
            valid: counts.sendable + counts.unchanged,
            invalid: counts.invalid,
            behind_renames: counts.behind,
            skipped: counts.skipped,
            ignored_columns: input.table.ignored_columns().to_vec(),
            rows_by_code: counts.rows_by_code(),
            countries: counts.countries,
            codes: counts.problems,
            results,
        }
    }
}

fn describe(input: &InputFile, checked: &CheckReport) -> String {
    let behind = match checked.behind_renames {
        0 => String::new(),
        rows => format!(", {rows} not sent after an invalid rename"),
    };
    let mut text = format!(
        "{}: {}, {} valid, {} invalid{behind}\n",
        input.describe(),
        count(checked.rows, "row"),
        checked.valid,
        checked.invalid
    );
    let mut codes: Vec<_> = checked.rows_by_code.iter().collect();
    codes.sort_by_key(|(code, rows)| (std::cmp::Reverse(**rows), (*code).clone()));
    for (code, rows) in codes {
        text += &format!("  {rows:>9}  {code}\n");
    }
    if checked.skipped > 0 {
        let why = meaning(OutcomeStatus::Skipped);
        text += &format!("  {:>9}  skipped: {why}\n", checked.skipped);
    }
    if let Some(ignored) = ignored_note(&input.table) {
        text += &format!("{}\n", note_words(&ignored));
    }
    if let Some(countries) = checked.countries.words() {
        text += &format!("{countries}\n");
    }
    text + &format!("Checked rows: {}\n", shown(&checked.results))
}
