//! What an earlier run of a file has left behind, according to its journal.

use crate::execute::{HeldRow, HeldRows};
use crate::import::config::{EmptyGroups, ImportConfig};
use crate::import::error::ImportError;
use crate::import::input_file::InputFile;
use crate::import::journal_place::{journal_path, list_path};
use crate::import::noted::Noted;
use crate::import::portions::leaves_rows;
use crate::import::run_options::{
    ABSENT_GROUPS, BEHIND, COMPARED, EMPTY_GROUPS, FOUND, HELD, LIST, MANAGED, compared_words,
    empty_groups_words, listed_words, managed_words, options, plan_of, take_date_of_same_list,
    take_list_of_same_plan,
};
use crate::journal::{Journal, JournalError, RecoveredState, RunDecisions, RunIdentity, RunInfo};
use crate::organization::Organization;
use crate::reconcile::Managed;
use jiff::Timestamp;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// The last import of a file, after something was sent.
pub(crate) struct BegunImport {
    /// The input that it imported: the length of its text and a hash.
    pub(crate) input: (u64, u128),
    /// The id of the saved plan that it applies.
    pub(crate) plan: Option<String>,
    /// Whether it has finished. Otherwise, it was interrupted.
    pub(crate) is_finished: bool,
}

/// Returns the last import of this file, if it has sent anything.
pub(crate) fn begun_import(
    input: &Path,
    results: &Path,
    organization: &str,
) -> Result<Option<BegunImport>, ImportError> {
    let Some(journal) = Journal::open_read_only(&journal_path(input, results, organization))?
    else {
        return Ok(None);
    };
    let recovered = journal.recovered()?;
    let RunIdentity { input, options, .. } = journal.about()?;
    let plan = plan_of(&options).map(ToOwned::to_owned);
    let is_finished = recovered.finished.is_some();
    let has_begun = is_finished || recovered.is_interrupted();
    Ok(has_begun.then_some(BegunImport { input, plan, is_finished }))
}

/// An earlier run of an import. Its remaining rows are compared with the same list as when it
/// began.
pub(crate) struct EarlierRun {
    /// The snapshot that it used.
    pub(crate) list: Option<PathBuf>,
    pub(crate) at: Timestamp,
    pub(crate) run_id: String,
    /// The ids of the runs of all files of the command.
    pub(crate) run_ids: Vec<String>,
    /// The lists that it used, if it is finished.
    pub(crate) by: Option<UsedLists>,
    /// The id of the saved plan that it applies.
    pub(crate) plan: Option<String>,
}

/// The lists that a finished run used, as its journal names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UsedLists {
    /// The list that its rows were compared with; empty if they were not compared.
    compared: String,
    /// The file of which it used the list without a comparison; empty if there was none.
    listed: String,
}

impl EarlierRun {
    /// Whether an import that uses this list resumes the run, or only shows it. Otherwise it is
    /// another run, and what the earlier one has sent counts as changes since the list.
    pub(crate) fn used(&self, list: Option<&Organization>) -> bool {
        let Some(UsedLists { compared, listed }) = &self.by else { return true };
        match list {
            Some(list) if compared.is_empty() => *listed == listed_words(list),
            Some(list) => *compared == compared_words(list),
            None => compared.is_empty() && listed.is_empty(),
        }
    }
}

/// Returns the import of this file that was interrupted, or that has sent only a part of its rows,
/// if there is one.
pub(crate) fn earlier_run(path: &Path, results: &Path, organization: &str) -> Option<EarlierRun> {
    let place = journal_path(path, results, organization);
    let journal = Journal::open_read_only(&place).ok().flatten()?;
    let recovered = journal.recovered().ok()?;
    let list = Some(list_path(&place)).filter(|list| list.is_file());
    let (run_info, about) = (journal.info().ok()?, journal.about().ok()?);
    let is_unfinished =
        recovered.is_interrupted() || leaves_rows(&run_info, &recovered, about.rows);
    let RunInfo { began: at, run_id, .. } = run_info;
    is_unfinished.then_some(EarlierRun {
        list,
        at,
        run_ids: vec![run_id.clone()],
        run_id,
        by: None,
        plan: plan_of(&about.options).map(ToOwned::to_owned),
    })
}

/// Returns the id of the last run of this file, if there is one.
pub(crate) fn run_id(path: &Path, results: &Path, organization: &str) -> Option<String> {
    let place = journal_path(path, results, organization);
    Some(Journal::open_read_only(&place).ok().flatten()?.info().ok()?.run_id)
}

/// Returns the finished import of the same text with the same options, if there is one: its
/// outcomes are shown, and nothing is sent.
pub(crate) fn finished(
    path: &Path,
    input: &InputFile,
    config: &ImportConfig,
    results: &Path,
    organization: &str,
) -> Option<EarlierRun> {
    let journal =
        Journal::open_read_only(&journal_path(path, results, organization)).ok().flatten()?;
    let recovered = journal.recovered().ok()?;
    recovered.finished.filter(|_| !config.retry_failed)?;
    let about = journal.about().ok()?;
    let run_info = journal.info().ok()?;
    if leaves_rows(&run_info, &recovered, about.rows)
        || means_more(config, &noted_in(&journal, &recovered, &about).ok()?)
    {
        return None;
    }
    let mut options = options(config, input);
    let managed = config.known.exact_groups.then(|| Managed::new(&config.known.manage_groups));
    options.insert(MANAGED.to_owned(), managed_words(managed.as_ref()));
    let no_groups = match config.known.empty_groups == EmptyGroups::KeepNone {
        true => input.table.group_columns(),
        false => Vec::new(),
    };
    options.insert(EMPTY_GROUPS.to_owned(), empty_groups_words(&no_groups));
    // Which lists it used is compared later, with `by`.
    let used = |name: &str| about.options.get(name).cloned().unwrap_or_default();
    let by = UsedLists { compared: used(COMPARED), listed: used(LIST) };
    if by.compared.is_empty() == config.compares() {
        return None;
    }
    options.insert(COMPARED.to_owned(), by.compared.clone());
    options.insert(LIST.to_owned(), by.listed.clone());
    // What was found out then is still valid, and is not compared.
    let mut before = about.options.clone();
    for name in FOUND {
        options.remove(name);
        before.remove(name);
    }
    let is_same = before == options && about.input == input.table.fingerprint().ok()?;
    let RunInfo { began: at, run_id, .. } = run_info;
    is_same.then_some(EarlierRun {
        list: None,
        at,
        run_ids: vec![run_id.clone()],
        run_id,
        by: Some(by),
        plan: plan_of(&options).map(ToOwned::to_owned),
    })
}

/// Whether a finished import is started again with options that create the missing groups, or send
/// the rows that would create a second account. Then its rows mean more than before.
fn means_more(config: &ImportConfig, noted: &Noted) -> bool {
    config.create_groups && !noted.absent_groups.names.is_empty()
        || config.known.allow_second_accounts && noted.held.values().any(HeldRow::is_second_account)
}

/// Returns what was found out when the run of a journal began. A row that was sent since is no
/// longer held back.
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
    let tried: HashSet<u32> = recovered.tried().collect();
    let mut held: HeldRows = read(about, HELD);
    if !held.is_empty() {
        held.retain(|row, _| !tried.contains(row));
        journal.outcomes(|row, _| _ = held.remove(&row))?;
    }
    let RunInfo { run_id, began, to_send, without_request, .. } = journal.info()?;
    Ok(Noted {
        run_id,
        began,
        is_whole: to_send + without_request.values().sum::<u64>() == u64::from(about.rows),
        absent_groups: read(about, ABSENT_GROUPS),
        held,
        behind: read(about, BEHIND),
        tried,
        is_finished: recovered.finished.is_some(),
    })
}

/// Returns what was found out when the run of this file began, if the same command resumes or shows
/// it. For a finished run, this includes the rows that were not sent, if its journal has them.
pub(crate) fn noted(
    path: &Path,
    results: &Path,
    input: &InputFile,
    config: &ImportConfig,
    organization: &str,
) -> Option<(Noted, Option<RunDecisions>)> {
    let journal =
        Journal::open_read_only(&journal_path(path, results, organization)).ok().flatten()?;
    let recovered = journal.recovered().ok()?;
    let mut about = journal.about().ok()?;
    let mut noted = noted_in(&journal, &recovered, &about).ok()?;
    if noted.is_finished && (config.retry_failed || means_more(config, &noted)) {
        return None;
    }
    // If groups are not checked, rows that were refused because of their groups are sent.
    let decided = match noted.is_finished && !config.groups.is_unchecked {
        true => journal.decisions().ok()?.map(RunDecisions::without_rows_to_send),
        false => None,
    };
    if config.known.allow_second_accounts {
        noted.held.retain(|_, held| !held.is_second_account());
    }
    let mut options = options(config, input);
    for name in FOUND {
        options.remove(name);
        about.options.remove(name);
    }
    match recovered.finished {
        None => take_date_of_same_list(&mut options, &about.options),
        Some(_) => take_list_of_same_plan(&mut options, &about.options),
    }
    (recovered.has_begun()
        && about.options == options
        && about.input == input.table.fingerprint().ok()?)
    .then_some((noted, decided))
}
