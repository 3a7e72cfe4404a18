//! Decides who is missing, and what happens to them: before anything is sent. It is carried out
//! after the last row.

use super::config::place;
use super::error::{MissingError, MissingRefusal};
use super::guard::MissingTotal;
use super::history::RunHistory;
use super::list::{MissingList, check_exemptions, check_list};
use super::run_record::RunRecord;
use crate::execute::{InputRows, Scan, referenced_and_nameless};
use crate::import::config::{ImportConfig, MissingAction, MissingConfig};
use crate::import::error::ImportError;
use crate::import::file_run::FileRun;
use crate::import::input_file::InputFile;
use crate::import::managed::unmatched_patterns;
use crate::import::note::Note;
use crate::import::noted::Noted;
use crate::import::outputs::output_paths;
use crate::import::reporter::ImportReporter;
use crate::import::session::ImportSession;
use crate::organization::{OrgUser, Organization};
use crate::reconcile::{
    Exemptions, Managed, MissingUsers, PerhapsMeant, ReferencedUsers, RemovableGroups,
};

use crate::table::Original;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is to happen to missing users.
pub(crate) struct MissingDecision {
    pub(super) what: MissingAction,
    pub(super) organization: Arc<Organization>,
    pub(super) found: MissingUsers,
    /// The number of users to whom something is still to happen.
    pub(super) people: u64,
    /// Groups that are removed.
    pub(super) taken: RemovableGroups,
    pub(super) file: PathBuf,
    /// What an earlier run has already done about it.
    pub(super) earlier: Option<EarlierMissing>,
    pub(super) record: RunRecord,
    pub(super) history: RunHistory,
    /// The number of rows of the files that do the same. They count together.
    pub(super) beside: u64,
    /// Users who may be meant by a row that names another user.
    pub(super) perhaps_meant: BTreeMap<u32, PerhapsMeant>,
    /// The files that name all users who are not missing.
    pub(super) naming_files: Vec<Arc<Original>>,
}

/// What an earlier run has already done about missing people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EarlierMissing {
    /// It was interrupted while it carried out the file, and is resumed. So many users are missing
    /// since.
    Interrupted { since: u64 },
    /// It has carried out the file of the saved plan that is applied again, and is only shown.
    Finished,
    /// It has applied the same saved plan, which does nothing about missing people, or lists them.
    NothingLeft,
}

/// Finds out who is missing. Refuses if that cannot be known, or if too many are.
pub(crate) fn decide(
    session: ImportSession<'_>,
    files: &[FileRun],
    list: MissingList,
    perhaps_meant: BTreeMap<u32, PerhapsMeant>,
) -> Result<Option<MissingDecision>, ImportError> {
    let ImportSession { config, connection, runtime, reporter } = session;
    let Some(missing) = &config.missing else { return Ok(None) };
    let action = missing.action;
    let refuse = |why| ImportError::from(MissingError::Refused { action, why });
    let are_ended = files.iter().all(|file| file.input.noted.as_ref().is_some_and(Noted::is_ended));
    let files: Vec<ScannedFile<'_>> = files.iter().map(|one| (&one.input, &one.scan)).collect();
    check(action, &list, &files)?;
    let own_id = runtime.block_on(connection.client.own_id())?;
    let caller = Caller { own_id: own_id.as_deref(), history: RunHistory::load(connection)? };
    let mut decided = find((config, missing), (list, perhaps_meant), &files, caller, reporter)?;
    if config.is_real() && !config.fresh {
        let of_missing = |error| ImportError::OfMissing { action, error: Box::new(error) };
        decided.find_unfinished(config, connection).map_err(of_missing)?;
        if are_ended {
            decided.find_applied(config, connection).map_err(of_missing)?;
        }
    }
    if let Some(too_many) = decided.total(config, action).refusal() {
        return Err(refuse(too_many.into()));
    }
    Ok(Some(decided))
}

/// An input with its scan.
pub(crate) type ScannedFile<'f> = (&'f InputFile, &'f Scan);

/// What is known about the caller of the API.
pub(super) struct Caller<'c> {
    /// The id of the caller; `None` if unknown.
    pub(super) own_id: Option<&'c str>,
    pub(super) history: RunHistory,
}

/// Finds out who is missing, for an import as for a plan of it. Refuses if that cannot be known.
pub(super) fn find(
    (config, missing): (&ImportConfig, &MissingConfig),
    (list, perhaps_meant): (MissingList, BTreeMap<u32, PerhapsMeant>),
    files: &[ScannedFile<'_>],
    caller: Caller<'_>,
    reporter: &dyn ImportReporter,
) -> Result<MissingDecision, ImportError> {
    let action = missing.action;
    let refuse = |why| ImportError::from(MissingError::Refused { action, why });
    let organization = Arc::clone(&list.organization);
    let all_input_rows: Vec<_> = files.iter().map(|(input, _)| input.input_rows()).collect();
    if action == MissingAction::RemoveGroups {
        say_unmatched(config, &organization, &all_input_rows, reporter)?;
    }
    let (referenced, nameless) = referenced_and_nameless(&all_input_rows, &organization)?;
    if !nameless.is_empty() {
        return Err(refuse(MissingRefusal::NamelessRows(nameless)));
    }
    if referenced.is_unclear() {
        let list = organization.name.clone();
        return Err(refuse(MissingRefusal::NoUsernames { list }));
    }
    if action != MissingAction::Report {
        check_exemptions(&organization, caller.own_id).map_err(refuse)?;
    }
    let in_files = Named { referenced: &referenced, files, own_id: caller.own_id };
    Ok(in_files.decision(config, missing, list, perhaps_meant, caller.history))
}

/// Refuses a list that does not show reliably who is missing, and rows of which it is unknown whom
/// they mean.
pub(super) fn check(
    action: MissingAction,
    list: &MissingList,
    files: &[ScannedFile<'_>],
) -> Result<(), ImportError> {
    let refuse = |why| ImportError::from(MissingError::Refused { action, why });
    check_list(&list.organization).map_err(refuse)?;
    check_rows(files).map_err(refuse)
}

/// Refuses rows for which it is unknown which users they mean. The user of a row that is held back
/// is known, and is exempt.
fn check_rows(files: &[ScannedFile<'_>]) -> Result<(), MissingRefusal> {
    for (input, scan) in files {
        let known = input.held.values().filter(|held| !held.is_unclear).count() as u64;
        let rows = scan.counts.invalid;
        if rows > known {
            let maybe_unchanged = scan.counts.maybe_unchanged;
            let file = input.table.name().to_owned();
            return Err(MissingRefusal::InvalidRows { file, rows, maybe_unchanged });
        }
    }
    Ok(())
}

/// Reports which patterns of managed groups match nothing. With exact groups, this was already
/// reported about the rows.
fn say_unmatched(
    config: &ImportConfig,
    organization: &Organization,
    all_input_rows: &[InputRows<'_>],
    reporter: &dyn ImportReporter,
) -> Result<(), ImportError> {
    if config.known.exact_groups {
        return Ok(());
    }
    for unmatched in unmatched_patterns(&config.known.manage_groups, organization, all_input_rows)?
    {
        reporter.say(&reporter.words(&Note::Unmatched(&unmatched)));
    }
    Ok(())
}

/// The users who are not missing: those whom the files name, and the caller of the API.
struct Named<'n> {
    referenced: &'n ReferencedUsers<'n>,
    files: &'n [ScannedFile<'n>],
    own_id: Option<&'n str>,
}

impl Named<'_> {
    /// Decides about the people of the list, as if no earlier run had begun with them.
    fn decision(
        &self,
        config: &ImportConfig,
        MissingConfig { action, scope, .. }: &MissingConfig,
        MissingList { organization, recently_changed, .. }: MissingList,
        perhaps_meant: BTreeMap<u32, PerhapsMeant>,
        history: RunHistory,
    ) -> MissingDecision {
        let groups = &config.known.manage_groups;
        let taken = RemovableGroups((!groups.is_empty()).then(|| Managed::new(groups)));
        let protected =
            |person: OrgUser<'_>| self.files.iter().any(|(input, _)| input.protected.has(person));
        let exemptions = Exemptions {
            protected: &protected,
            recently_changed: &recently_changed,
            perhaps_meant: &perhaps_meant,
            own_id: self.own_id,
            takes: (*action == MissingAction::RemoveGroups).then_some(&taken),
        };
        let found = MissingUsers::find(&organization, scope, self.referenced, &exemptions);
        let first = config.files.first().map_or(Path::new("-"), PathBuf::as_path);
        let results = output_paths(config, first).results;
        let named = self.referenced.count();
        MissingDecision {
            what: if config.test_mode { MissingAction::Report } else { *action },
            people: found.people.len() as u64,
            found,
            taken,
            file: place(config),
            earlier: None,
            record: RunRecord::new(&config.files, &results, scope, named),
            history,
            organization,
            beside: self.files.iter().map(|(_, scan)| rows_beside(scan, *action)).sum(),
            perhaps_meant,
            naming_files: self
                .files
                .iter()
                .filter_map(|(input, _)| input.table.original())
                .collect(),
        }
    }
}

/// Returns how many rows of a file do the same as is done to missing users.
fn rows_beside(scan: &Scan, action: MissingAction) -> u64 {
    let counts = &scan.counts;
    if action == MissingAction::Leave { counts.deletes } else { counts.removals }
}

impl MissingDecision {
    /// Returns the numbers that the guards check.
    pub(super) fn total(&self, config: &ImportConfig, action: MissingAction) -> MissingTotal<'_> {
        let own = config.missing.as_ref();
        MissingTotal {
            action,
            people: self.people,
            managed: self.found.managed,
            beside: self.beside,
            named: self.record.named,
            last: self.history.last(&self.record),
            max_missing: own.and_then(|missing| missing.max_missing),
            is_cap_of_these_files: own.is_some_and(|missing| missing.is_cap_of_these_files),
            max_removals: config.max_removals,
            max_deletes: config.max_deletes,
        }
    }
}
