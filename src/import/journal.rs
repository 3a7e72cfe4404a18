//! The journal of an import: where it is, whether a run goes on from it, and what else it can tell.

use crate::cli::args::{ConflictsArg, EmptyGroupsArg, EncodingArg, ImportArgs, ReadArgs};
use crate::cli::exit::CliError;
use crate::cli::{status_line, typed_words};
use crate::execute::{HeldRow, HeldRows, OutcomeStatus, Scan, check_parts};
use crate::fs::{
    Busy, Lock, OsText, is_being_written, private_file, private_folder, read_regular, write_atomic,
};
use crate::import::baseline::LoadedBaseline;
use crate::import::connection::{Connection, state_dir};
use crate::import::input_file::{InputFile, is_device};
use crate::import::pipeline::PreparedFile;
use crate::import::unfinished::Unfinished;
use crate::journal::{Journal, JournalError, RecoveredState, RunIdentity, RunInfo};
use crate::number::count;
use crate::organization::Organization;
use crate::plan::Estimate;
use crate::reconcile::{AbsentGroups, Managed};
use crate::report::{EarlierResults, Paths, earlier_results};
use crate::table::Charset;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::xxh3_128;

/// A journal that is held by this process, and what is known from it.
pub(crate) struct OpenedRun {
    pub(crate) journal: Journal,
    pub(crate) recovered: RecoveredState,
    pub(crate) run_info: RunInfo,
    /// An earlier part of the run has written it: the results are this run's own.
    pub(crate) goes_on: bool,
    /// What is still to be sent.
    pub(crate) left: Unfinished,
    /// The results at their place are an earlier state of those that are to be written.
    pub(crate) own_results: bool,
    /// Of the journal, and of the file under all its names.
    pub(crate) locks: (Lock, Option<Lock>),
    /// Where the list stays by which the run has begun, and beside it that of the groups, until it
    /// is finished.
    pub(crate) list: PathBuf,
}

/// The journals that somebody means by a path: the journal itself, or those of that input, of
/// whatever organization, `NAME.ORGANIZATION.journal` beside it.
pub(crate) fn journals_of(path: &Path) -> Vec<PathBuf> {
    if is_journal(path) {
        return vec![path.to_owned()];
    }
    journals_in(path.parent().unwrap_or(Path::new("")), path)
}

/// The journals of an input in a folder.
pub(crate) fn journals_in(folder: &Path, input: &Path) -> Vec<PathBuf> {
    let name = Paths::name(input);
    let of_this = |journal: &PathBuf| {
        let rest = journal.file_stem().and_then(|stem| {
            stem.as_encoded_bytes().strip_prefix(name.as_encoded_bytes())?.strip_prefix(b".")
        });
        rest.is_some_and(|organization| organization.iter().all(u8::is_ascii_alphanumeric))
    };
    all_journals(folder).into_iter().filter(of_this).collect()
}

/// All journals in a folder.
pub(crate) fn all_journals(folder: &Path) -> Vec<PathBuf> {
    let here = folder.as_os_str().is_empty();
    let entries = std::fs::read_dir(if here { Path::new(".") } else { folder })
        .into_iter()
        .flatten()
        .flatten();
    let mut found: Vec<PathBuf> = entries
        .map(|entry| folder.join(entry.file_name()))
        .filter(|path| is_journal(path))
        .collect();
    found.sort();
    found
}

fn is_journal(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "journal")
}

/// The lock of a journal.
pub(crate) fn lock_path(journal: &Path) -> PathBuf {
    journal.with_added_extension("lock")
}

fn journal_path(input: &Path, results: &Path, organization: &str) -> PathBuf {
    let plain: String = organization.chars().filter(char::is_ascii_alphanumeric).collect();
    // Standard input has no name: the results have one. A device that takes the results has no room
    // beside it.
    let named = if input == Path::new("-") { results } else { input };
    let folder = if is_device(results) {
        input.parent().filter(|_| input != Path::new("-"))
    } else {
        results.parent()
    };
    let mut name = Paths::name(named);
    name.push(format!(".{plain}.journal"));
    folder.unwrap_or(Path::new("")).join(name)
}

/// Options that decide what the rows mean.
fn options(args: &ReadArgs, input: &InputFile) -> BTreeMap<String, String> {
    let known = input.baseline.as_ref().filter(|known| known.reduces);
    [
        ("--dialect", input.table.dialect().name().to_owned()),
        ("--map", format!("{:?}", args.map)),
        ("--action", format!("{:?}", args.action)),
        (
            "--override",
            words(
                &args
                    .overrides
                    .iter()
                    .map(|(field, value)| format!("{}={value}", field.name()))
                    .collect::<Vec<_>>(),
            ),
        ),
        ("--ignore", words(&args.ignore)),
        ("--header-row", args.header_row.map_or_else(String::new, |row| row.to_string())),
        (
            "--conflicts",
            if args.conflicts == ConflictsArg::Last { "last".to_owned() } else { String::new() },
        ),
        (
            "--encoding",
            args.encoding.and_then(EncodingArg::named).map_or("found", Charset::name).to_owned(),
        ),
        ("--repair-mojibake", if args.repair_mojibake { "yes".to_owned() } else { String::new() }),
        ("--delimiter", format!("{:?}", args.delimiter)),
        ("--list-separator", args.list_separator.to_string()),
        ("--default-type", format!("{:?}", args.default_type)),
        ("--default-country", format!("{:?}", args.default_country)),
        ("--if-exists", format!("{:?}", args.if_exists)),
        ("--protect", input.protect_list.clone().unwrap_or_default()),
        (LIST, listed_content(input)),
        (COMPARED, known.map_or_else(String::new, |known| compared_words(&known.organization))),
        (MANAGED, managed_words(known.and_then(|known| known.managed.as_ref()))),
        (EMPTY_GROUPS, empty_groups_words(!input.rules.no_groups.is_empty())),
        (ABSENT_GROUPS, serde_json::to_string(&input.absent_groups).unwrap_or_default()),
        (HELD, serde_json::to_string(&input.held).unwrap_or_default()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// What a list that `--against` names says, where rows are sent whatever it says: guards and
/// `--missing` go by it all the same.
fn listed_content(input: &InputFile) -> String {
    let list = input.baseline.as_ref().filter(|known| !known.reduces);
    list.and_then(|known| known.organization.content)
        .map_or_else(String::new, |hash| format!("a list of content {:016x}", hash as u64))
}

/// Words of a repeatable option; nothing where it was not given.
fn words(all: &[String]) -> String {
    all.join("; ")
}

/// Takes the journal of this input and organization: a new one, or the one that an interrupted run
/// has left.
pub(crate) fn open_or_resume(
    args: &ImportArgs,
    typed: &[OsString],
    path: &Path,
    PreparedFile { input, scan: Scan { plan, counts, .. }, estimate, paths, .. }: &PreparedFile,
    baseline: Option<&LoadedBaseline>,
    connection: &Connection,
) -> Result<OpenedRun, CliError> {
    let place = journal_path(path, &paths.results, &connection.organization);
    let busy = |busy: Busy| CliError(format!("{}: {busy}", input.table.name()));
    let lock = Lock::take(&lock_path(&place)).map_err(|error| match error {
        Busy::Held(_) => busy(error),
        Busy::Io(error) => {
            CliError(format!("the journal cannot be written beside the results: {error}"))
        }
    })?;
    // A state folder that was there before would have noted an unfinished run.
    let notes_runs = state_dir().is_some_and(|state| state.join("locks").is_dir());
    let file_place = file_place(input, connection);
    let file_lock = file_place
        .as_ref()
        .map(|place| Lock::take(&place.with_extension("lock")))
        .transpose()
        .map_err(busy)?;
    let locks = (lock, file_lock);
    check_free(paths)?;
    let mut about = RunIdentity {
        organization: connection.organization.clone(),
        host: connection.host.clone(),
        input: input.table.fingerprint()?,
        rows: plan.rows(),
        options: options(&args.read, input),
    };
    let run_info = RunInfo {
        run_id: format!("{:08x}", fastrand::u32(..)),
        began: Timestamp::now(),
        file: path.into(),
        results: paths.results.clone().into(),
        failed: paths.failed.clone().map(OsText::from),
        typed: typed_words().map(OsText::from).collect(),
        command: typed.iter().map(OsText::from).collect(),
        folder: std::env::current_dir().unwrap_or_default().into(),
        process: std::process::id(),
        requests: Estimate::of(plan).requests,
        to_send: counts.sendable,
        unsent: [
            (OutcomeStatus::Invalid, counts.invalid),
            (OutcomeStatus::Unchanged, counts.unchanged),
            (OutcomeStatus::Skipped, counts.skipped),
        ]
        .map(|(status, rows)| (status.name().to_owned(), rows))
        .into(),
    };
    if args.fresh {
        Journal::rotate(&place)?;
    }
    let earlier = if args.fresh { None } else { Journal::open(&place)? };
    // Somebody who said no, or whose credentials were refused, has begun nothing.
    let earlier = match earlier {
        Some(journal) => Some((journal.believed()?, journal))
            .filter(|((.., recovered), _)| recovered.requests > 0 || recovered.finished.is_some()),
        None => None,
    };
    if let Some(((known, old, recovered), mut journal)) = earlier {
        if recovered.finished.is_none() {
            take_date_of_same_list(&mut about.options, &known.options);
        } else {
            // Nothing is sent any more that a newer list could change.
            about
                .options
                .insert(LIST.to_owned(), known.options.get(LIST).cloned().unwrap_or_default());
        }
        let differences = differences(&known, &about);
        if differences.is_empty() {
            check_parts(&journal, &recovered, &known, &input.input_rows(), plan)?;
            let own_results = same_outputs(&old, &run_info);
            let left = Unfinished::of(plan, &journal, &recovered)?;
            let run_info =
                RunInfo { run_id: old.run_id, began: old.began, ..run_info }.with_sent(left.strays);
            let recovered = journal.resume(&run_info)?;
            // Anyone who is refused for another reason must find it as it was: finished.
            if let Some(at) = recovered.finished.filter(|_| left.rows == 0) {
                journal.finished(at)?;
            }
            return Ok(OpenedRun {
                journal,
                recovered,
                run_info,
                goes_on: true,
                left,
                own_results,
                locks,
                list: list_path(&place),
            });
        }
        if recovered.finished.is_none() {
            return Err(CliError(format!(
                "{}: an import of this file was interrupted, and now {}. Restore that, and the \
                 same command continues; or use --fresh to start over with things as they are now",
                input.table.name(),
                differences.join(", ")
            )));
        }
    }
    let note = file_place.as_ref().map(|place| place.with_extension("run"));
    if !args.fresh && !place.exists() {
        let is_noted = note.as_ref().map_or(!notes_runs, |note| note.exists() || !notes_runs);
        check_earlier_results(input, &paths.results, &place, is_noted)?;
    }
    if let Some(note) = note {
        if let Some(other) = elsewhere(&note, &place, &about).filter(|_| !args.fresh) {
            return Err(CliError(format!(
                "{}: an import of this file under another name, or with other results, was \
                 interrupted. Its journal is {}. Run the command that began it (`umbulk status \
                 {}` shows it), or use --fresh to start over here",
                input.table.name(),
                other.display(),
                other.display()
            )));
        }
        // Anyone who imports this file elsewhere is told by it.
        let path = OsText::from(std::path::absolute(&place)?);
        let noted = write_atomic(&note, |file| Ok(serde_json::to_writer(file, &path)?));
        noted.unwrap_or_else(|error| status_line(&format!("note: {error}")));
    }
    let own_list = list_path(&place);
    if let Some(LoadedBaseline { list: Some(list), groups, .. }) = baseline {
        let keep = |list: Option<&Path>, own: &Path| {
            keep_list(list, own).map_err(|error| CliError(format!("{}: {error}", own.display())))
        };
        keep(Some(list), &own_list)?;
        keep(groups.as_deref(), &groups_path(&own_list))?;
    }
    let journal = Journal::begin(&place, &about, &run_info)?;
    let left = Unfinished::whole(plan, *estimate);
    Ok(OpenedRun {
        journal,
        recovered: RecoveredState::default(),
        run_info,
        goes_on: false,
        left,
        own_results: false,
        locks,
        list: own_list,
    })
}

/// Refuses to start over where the results show an unfinished run of this input, and its journal is
/// gone. `may_be_short` if a file without the last rows shows that, too: it may also be that of a
/// finished run of a file that has grown.
fn check_earlier_results(
    input: &InputFile,
    results: &Path,
    journal: &Path,
    may_be_short: bool,
) -> Result<(), CliError> {
    let Some(EarlierResults { rows, waiting, is_whole }) = earlier_results(&input.table, results)?
    else {
        return Ok(());
    };
    let (name, results, journal) = (input.table.name(), results.display(), journal.display());
    if waiting == 0 && (is_whole || rows > 0 && !may_be_short) {
        status_line(&format!(
            "note: {results} is from an earlier run of these rows, but the journal of that run is \
             missing: this run sends all rows"
        ));
        return Ok(());
    }
    Err(CliError(format!(
        "{name}: {results} is from an unfinished run ({} completed), but its journal {journal} is \
         missing. Without it umbulk cannot know what was sent, so nothing was sent now. Restore \
         the journal with its -wal and -mark files, and the same command continues; or use \
         --fresh to send all rows \
         again ({results} is then renamed with its date)",
        count(rows.saturating_sub(waiting), "row")
    )))
}

/// Where the state folder tells of a file that is imported into an organization, whatever the file
/// is called: `.lock` is held by a run, `.run` names the journal of the last one.
fn file_place(input: &InputFile, connection: &Connection) -> Option<PathBuf> {
    let (device, number) = input.table.file_number()?;
    let folder = state_dir()?.join("locks");
    private_folder(&folder).ok()?;
    let place = format!("{device} {number} {} {}", connection.organization, connection.host);
    Some(folder.join(format!("{:032x}", xxh3_128(place.as_bytes()))))
}

/// A finished run stands in nobody's way.
pub(crate) fn forget_place(input: &InputFile, connection: &Connection) {
    if let Some(place) = file_place(input, connection) {
        let _ = std::fs::remove_file(place.with_extension("run"));
    }
}

/// The journal of an interrupted run of the same bytes, where it is not the one at `place`.
fn elsewhere(note: &Path, place: &Path, about: &RunIdentity) -> Option<PathBuf> {
    let noted: OsText = serde_json::from_reader(read_regular(note).ok()?).ok()?;
    let other = noted.as_path();
    if std::path::absolute(place).is_ok_and(|place| place == other) {
        return None;
    }
    let journal = Journal::open_read_only(other).ok().flatten()?;
    let recovered = journal.recovered().ok()?;
    let is_same = journal.about().is_ok_and(|other| {
        (other.input, &other.organization) == (about.input, &about.organization)
    });
    (is_same && recovered.requests > 0 && recovered.finished.is_none()).then(|| other.to_owned())
}

/// Refuses results that another run writes just now.
pub(crate) fn check_free(paths: &Paths) -> Result<(), CliError> {
    match std::iter::once(&paths.results).chain(&paths.failed).find(|path| is_being_written(path)) {
        Some(path) => Err(CliError(format!(
            "{}: another run is writing this file: wait for it, or choose another file",
            path.display()
        ))),
        None => Ok(()),
    }
}

/// Did the earlier part of a run write into the same files?
fn same_outputs(old: &RunInfo, new: &RunInfo) -> bool {
    let place = |run_info: &RunInfo, path: &OsText| run_info.folder.as_path().join(path.as_path());
    let failed =
        |run_info: &RunInfo| run_info.failed.as_ref().map(|failed| place(run_info, failed));
    place(old, &old.results) == place(new, &new.results) && failed(old) == failed(new)
}

/// An import that was interrupted after something was sent.
pub(crate) struct Interrupted {
    /// What it imported: the length of its text and a hash.
    pub(crate) input: (u64, u128),
}

/// The interrupted import of this file, if there is one.
pub(crate) fn interrupted(
    input: &Path,
    results: &Path,
    organization: &str,
) -> Result<Option<Interrupted>, CliError> {
    let Some(journal) = Journal::open_read_only(&journal_path(input, results, organization))?
    else {
        return Ok(None);
    };
    let recovered = journal.recovered()?;
    let input = journal.about()?.input;
    Ok((recovered.requests > 0 && recovered.finished.is_none()).then_some(Interrupted { input }))
}

/// An earlier run of an import: what is left of its rows must be reckoned as when it began.
pub(crate) struct EarlierRun {
    /// The stored list by which it was reckoned.
    pub(crate) list: Option<PathBuf>,
    pub(crate) at: Timestamp,
    pub(crate) run_id: String,
    /// It is finished, and was reckoned by a list of these words.
    pub(crate) by: Option<String>,
}

/// The import of this file that was interrupted, if one was.
pub(crate) fn earlier_run(path: &Path, results: &Path, organization: &str) -> Option<EarlierRun> {
    let place = journal_path(path, results, organization);
    let journal = Journal::open_read_only(&place).ok().flatten()?;
    let recovered = journal.recovered().ok()?;
    let list = Some(list_path(&place)).filter(|list| list.is_file());
    let RunInfo { began: at, run_id, .. } = journal.info().ok()?;
    (recovered.requests > 0 && recovered.finished.is_none()).then_some(EarlierRun {
        list,
        at,
        run_id,
        by: None,
    })
}

/// The import of the same text with the same options that is finished, if one is: its outcomes are
/// shown, and nothing is sent.
pub(crate) fn finished(
    path: &Path,
    input: &InputFile,
    args: &ImportArgs,
    results: &Path,
    organization: &str,
) -> Option<EarlierRun> {
    let journal =
        Journal::open_read_only(&journal_path(path, results, organization)).ok().flatten()?;
    let recovered = journal.recovered().ok()?;
    recovered.finished?;
    let about = journal.about().ok()?;
    if means_more(args, &noted_in(&journal, &recovered, &about).ok()?) {
        return None;
    }
    let mut options = options(&args.read, input);
    let managed = args.known.exact_groups.then(|| Managed::new(&args.known.manage_groups));
    options.insert(MANAGED.to_owned(), managed_words(managed.as_ref()));
    let means_none = args.known.empty_groups == EmptyGroupsArg::None && input.table.has_groups();
    options.insert(EMPTY_GROUPS.to_owned(), empty_groups_words(means_none));
    // By which list, anyone who has looked compares.
    let by = about.options.get(COMPARED)?.clone();
    options.insert(COMPARED.to_owned(), by.clone());
    options.insert(LIST.to_owned(), about.options.get(LIST).cloned().unwrap_or_default());
    // What was found out then holds.
    let mut before = about.options.clone();
    for name in FOUND {
        options.remove(name);
        before.remove(name);
    }
    let is_same = before == options && about.input == input.table.fingerprint().ok()?;
    let RunInfo { began: at, run_id, .. } = journal.info().ok()?;
    is_same.then_some(EarlierRun { list: None, at, run_id, by: Some(by) })
}

/// Is a finished import typed again so that it creates the groups that were not there, or sends the
/// rows that would create a second account? Then its rows mean more than they did.
fn means_more(args: &ImportArgs, noted: &Noted) -> bool {
    args.create_groups && !noted.absent_groups.names.is_empty()
        || args.known.allow_second_accounts && noted.held.values().any(HeldRow::is_second_account)
}

/// The option by which an import compares, in the journal with the list.
const LIST: &str = "--against";
const COMPARED: &str = "--skip-unchanged";
const MANAGED: &str = "--manage-groups";
const EMPTY_GROUPS: &str = "--empty-groups";
/// Not an option: what was found out about groups when the run began. A run that goes on goes by
/// it.
const ABSENT_GROUPS: &str = "absent groups";

/// Likewise: rows that are not sent, for they may mean somebody who seems to be missing.
const HELD: &str = "held rows";
/// What is no option, and does not make another run.
const FOUND: [&str; 2] = [ABSENT_GROUPS, HELD];

/// What was found out when a run began.
pub(crate) struct Noted {
    pub(crate) absent_groups: AbsentGroups,
    pub(crate) held: HeldRows,
    /// That run is finished: it is only shown.
    pub(crate) is_finished: bool,
}

/// What was found out when the run of a journal began. A row that was sent since is not held any
/// more.
pub(crate) fn noted_in(
    journal: &Journal,
    recovered: &RecoveredState,
    about: &RunIdentity,
) -> Result<Noted, JournalError> {
    fn read<T: Default + serde::de::DeserializeOwned>(about: &RunIdentity, name: &str) -> T {
        about
            .options
            .get(name)
            .and_then(|noted| serde_json::from_str(noted).ok())
            .unwrap_or_default()
    }
    let mut held: HeldRows = read(about, HELD);
    if !held.is_empty() {
        held.retain(|row, _| {
            !recovered.progress.contains_key(row) && !recovered.uncertain.contains(row)
        });
        journal.outcomes(|row, _| _ = held.remove(&row))?;
    }
    Ok(Noted {
        absent_groups: read(about, ABSENT_GROUPS),
        held,
        is_finished: recovered.finished.is_some(),
    })
}

/// What was found out when the run of this file began, with which the same command goes on, or
/// which it shows.
pub(crate) fn noted(
    path: &Path,
    results: &Path,
    input: &InputFile,
    args: &ImportArgs,
    organization: &str,
) -> Option<Noted> {
    let journal =
        Journal::open_read_only(&journal_path(path, results, organization)).ok().flatten()?;
    let recovered = journal.recovered().ok()?;
    let mut about = journal.about().ok()?;
    let mut noted = noted_in(&journal, &recovered, &about).ok()?;
    if noted.is_finished && means_more(args, &noted) {
        return None;
    }
    if args.known.allow_second_accounts {
        noted.held.retain(|_, held| !held.is_second_account());
    }
    let mut options = options(&args.read, input);
    for name in FOUND {
        options.remove(name);
        about.options.remove(name);
    }
    if recovered.finished.is_none() {
        take_date_of_same_list(&mut options, &about.options);
    }
    let has_begun = recovered.requests > 0 || recovered.finished.is_some();
    (has_begun && about.options == options && about.input == input.table.fingerprint().ok()?)
        .then_some(noted)
}

/// What stands before the hash of a list's content.
const CONTENT: &str = ", content ";

/// The list that an import compares with, as the journal has it.
pub(crate) fn compared_words(organization: &Organization) -> String {
    let content = organization
        .content
        .map_or_else(String::new, |hash| format!("{CONTENT}{:016x}", hash as u64));
    format!("by {} of {}{content}", organization.name, organization.at)
}

fn managed_words(managed: Option<&Managed>) -> String {
    managed.map_or_else(String::new, |managed| format!("{managed:?}"))
}

fn empty_groups_words(means_none: bool) -> String {
    if means_none { "none".to_owned() } else { String::new() }
}

/// Where the list of groups is kept that belongs to a kept list of users.
pub(crate) fn groups_path(users: &Path) -> PathBuf {
    users.with_extension("groups.snapshot")
}

/// The lists by which a run has begun are not needed any more.
pub(crate) fn forget_lists(users: &Path) {
    let _ = std::fs::remove_file(users);
    let _ = std::fs::remove_file(groups_path(users));
}

fn list_path(journal: &Path) -> PathBuf {
    journal.with_extension("snapshot")
}

/// A list is replaced by another file and never written again: one content under two names will do,
/// where they are on one disk.
fn keep_list(list: Option<&Path>, own: &Path) -> io::Result<()> {
    if list == Some(own) {
        return Ok(());
    }
    match std::fs::remove_file(own) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let Some(list) = list else { return Ok(()) };
    if std::fs::hard_link(list, own).is_err() {
        io::copy(&mut std::fs::File::open(list)?, &mut private_file(own)?)?;
    }
    Ok(())
}

/// What is no longer as it was, in words.
fn differences(old: &RunIdentity, new: &RunIdentity) -> Vec<String> {
    let mut all = Vec::new();
    if old.input != new.input {
        all.push(format!(
            "the file has changed ({} then, {} now)",
            count(old.rows.into(), "row"),
            count(new.rows.into(), "row")
        ));
    }
    if (&old.organization, &old.host) != (&new.organization, &new.host) {
        all.push(format!(
            "the organization has changed ({} at {} then, {} at {} now)",
            old.organization, old.host, new.organization, new.host
        ));
    }
    for (name, now) in new.options.iter().filter(|(name, _)| !FOUND.contains(&name.as_str())) {
        let then = old.options.get(name).map_or("", String::as_str);
        if then != now {
            all.push(match name.as_str() {
                "--protect" => "the file of --protect has changed".to_owned(),
                COMPARED if !then.is_empty() && !now.is_empty() => {
                    let name = |words: &str| undated(words).map(|(named, _)| named.to_owned());
                    match (name(then), name(now)) {
                        (Some(then), Some(now)) if then == now => format!("{now} has changed"),
                        (then, now) => format!(
                            "the list to compare with is {} (was {})",
                            now.unwrap_or_default(),
                            then.unwrap_or_default()
                        ),
                    }
                }
                name => format!("{name} is {} (was {})", option_words(now), option_words(then)),
            });
        }
    }
    all
}

/// The name of the list that rows are compared with, and its content, without its date.
fn undated(words: &str) -> Option<(&str, &str)> {
    let (named, content) = words.rsplit_once(CONTENT)?;
    Some((named.rsplit_once(" of ")?.0.trim_start_matches("by "), content))
}

/// An option's value as it is typed, as far as the journal keeps it like that.
fn option_words(value: &str) -> String {
    match value {
        "" | "None" | "[]" => "not given".to_owned(),
        word if word.chars().all(char::is_alphabetic) => word.to_lowercase(),
        other => other.to_owned(),
    }
}

/// A list that was put back, for an interrupted run to go on by it, is the same under another date.
fn take_date_of_same_list(options: &mut BTreeMap<String, String>, then: &BTreeMap<String, String>) {
    if let Some((then, now)) = then.get(COMPARED).zip(options.get_mut(COMPARED))
        && undated(then).is_some_and(|list| undated(now) == Some(list))
    {
        now.clone_from(then);
    }
}
