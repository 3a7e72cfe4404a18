//! Compares the rows of all files of a command with the organization, for an import as for a plan
//! of it: both decide the same about each row. An import asks the server what lists do not show,
//! and so does a plan that is saved; any other plan reads only lists.

use crate::execute::{Conflicts, InvalidRenames, LateEffects, Scan};
use crate::import::baseline::{Keepers, LoadedBaseline, SendPolicy, compare};
use crate::import::config::ImportConfig;
use crate::import::connection::Connection;
use crate::import::error::ImportError;
use crate::import::exact_groups::keep_groups_of_ignored;
use crate::import::existing_users;
use crate::import::groups::{CheckedGroups, Creation, GroupCheck, Offline};
use crate::import::input_file::InputFile;
use crate::import::input_files::find_conflicts;
use crate::import::known_lists::KnownLists;
use crate::import::outdated::{self, AskedBy};
use crate::import::protect;
use crate::import::protect_error::ProtectAdvice;
use crate::import::record_gap::RecordGap;
use crate::import::rehearsal::DryRun;
use crate::import::reporter::{ImportEvent, ImportReporter, Stage};
use crate::import::row_findings::RowFindings;
use crate::import::session::ImportSession;
use tokio::runtime::Runtime;

/// The server that is asked about what lists do not show: that of the organization, or of a
/// rehearsal.
pub(crate) struct AskedServer<'r> {
    pub(crate) runtime: &'r Runtime,
    /// What earlier requests may still change, once the wait for them is over.
    pub(crate) late_effects: Option<&'r LateEffects>,
}

/// A command before its rows are compared.
pub(crate) struct Reconciliation<'r> {
    pub(crate) config: &'r ImportConfig,
    pub(crate) reporter: &'r dyn ImportReporter,
    /// What happens to groups that do not exist.
    pub(crate) creation: Creation,
    /// `None` if nobody is asked.
    pub(crate) server: Option<AskedServer<'r>>,
}

/// What is known once the files were compared with the organization.
pub(crate) struct Reconciled {
    /// The connection, or why there is none. That is reported after all problems of the files.
    /// `None` if nobody is asked.
    pub(crate) connection: Option<Result<Connection, ImportError>>,
    pub(crate) found: FoundFacts,
    /// The scan of the only file of a plan that asks nobody, if it was scanned already.
    pub(crate) early_scan: Option<EarlyScan>,
}

/// What was found out about the organization.
pub(crate) struct FoundFacts {
    rehearsal: Option<DryRun>,
    pub(crate) groups: CheckedGroups,
    keepers: Keepers,
    pub(crate) findings: RowFindings,
}

impl FoundFacts {
    /// Prints it in the head.
    pub(crate) fn say_head(&self, reporter: &dyn ImportReporter) {
        self.rehearsal.iter().for_each(|rehearsal| rehearsal.say_head(reporter));
        self.groups.say_head(reporter);
        self.keepers.say_head(reporter);
        self.findings.warnings.say_head(reporter);
    }
}

/// What a scan of a file has found before everything is known about its rows.
pub(crate) struct EarlyScan {
    scan: Scan,
    conflicts: Option<Conflicts>,
}

impl Reconciliation<'_> {
    /// Compares the rows with the organization, using the lists and questions to the server.
    pub(crate) fn reconcile(
        &self,
        inputs: &mut [InputFile],
        lists: &mut KnownLists,
    ) -> Result<Reconciled, ImportError> {
        let Self { config, reporter, .. } = self;
        let check = self.group_check(lists);
        let (rehearsal, mut groups) = self.rehearse(&check, inputs, lists)?;
        let keepers = self.compare(inputs, lists)?;
        if self.server.is_some() {
            let stage = Stage::Server;
            tracing::info!(?stage, "import");
            reporter.event(ImportEvent::Stage(stage))?;
        }
        let connection = match self.complete_protection(inputs, lists, rehearsal.as_ref())? {
            Some(connection) => Some(Ok(connection)),
            None => self.server.as_ref().map(|server| self.connect(server, rehearsal.as_ref())),
        };
        let session = self.session(connection.as_ref());
        let mut early_scan = None;
        match (&self.server, session) {
            (Some(_), Some(session)) => {
                (groups, lists.fetched) = session.ask_about_rows(inputs, &check, lists)?;
            }
            (Some(_), None) => {}
            (None, _) => (groups, early_scan) = self.check_groups_by_lists(&check, inputs)?,
        }
        let asked_by = if self.server.is_some() { AskedBy::ThisCommand } else { AskedBy::Import };
        let find = |inputs: &mut [InputFile], lists: &KnownLists| {
            let known = (lists.any(), lists.missing.as_ref());
            RowFindings::find(inputs, known, config, asked_by)
        };
        let mut findings = find(inputs, lists)?;
        if let (Some(session), Some(stored)) = (session, &mut lists.stored) {
            let missing = lists.missing.as_mut();
            if outdated::bring_up_to_date(stored, missing, inputs, &session.lookup())? {
                findings = find(inputs, lists)?;
            }
        }
        // The early scan does not know the rows that are held back.
        let early_scan = early_scan.filter(|_| inputs.iter().all(|input| input.held.is_empty()));
        let found = FoundFacts { rehearsal, groups, keepers, findings };
        Ok(Reconciled { connection, found, early_scan })
    }

    /// Counts what an import would ask about groups, after this plan of it has asked the same.
    pub(crate) fn count_questions_about_groups(
        &self,
        inputs: &mut [InputFile],
        lists: &KnownLists,
        groups: &mut CheckedGroups,
    ) -> Result<(), ImportError> {
        self.group_check(lists).count_again(&mut inputs.iter_mut().collect::<Vec<_>>(), groups)
    }

    /// Returns the session with the server, if it is asked about rows.
    fn session<'s>(
        &'s self,
        connection: Option<&'s Result<Connection, ImportError>>,
    ) -> Option<ImportSession<'s>> {
        let Self { config, reporter, server, .. } = self;
        let connection = connection?.as_ref().ok().filter(|_| !config.sandbox)?;
        let runtime = server.as_ref()?.runtime;
        Some(ImportSession { config, connection, runtime, reporter: *reporter })
    }

    /// Starts the organization of a rehearsal, which has what the files assume.
    fn rehearse(
        &self,
        check: &GroupCheck<'_>,
        inputs: &mut [InputFile],
        lists: &KnownLists,
    ) -> Result<(Option<DryRun>, CheckedGroups), ImportError> {
        if !self.config.sandbox {
            return Ok((None, CheckedGroups::default()));
        }
        let mut all: Vec<&mut InputFile> = inputs.iter_mut().collect();
        let groups = check.offline(&mut all, Offline::Rehearsal)?;
        let all: Vec<&InputFile> = inputs.iter().collect();
        Ok((Some(DryRun::start(&all, lists.organization(), self.config)?), groups))
    }

    /// Compares the rows with the lists.
    fn compare(
        &self,
        inputs: &mut [InputFile],
        lists: &KnownLists,
    ) -> Result<Keepers, ImportError> {
        let Self { config, reporter, .. } = self;
        let mut keepers = Keepers::default();
        let known = &config.known;
        if let Some(list) = &lists.loaded {
            let policy = match config.compares() {
                true => SendPolicy::OnlyChanges,
                false => SendPolicy::Everything,
            };
            let mut all: Vec<&mut InputFile> = inputs.iter_mut().collect();
            keepers = compare(&mut all, list, known, policy, *reporter)?;
        }
        match (&lists.stored, &self.server) {
            (Some(list), Some(_)) => {
                existing_users::compare_with_stored(inputs, list, known, *reporter)?;
            }
            // A plan that asks nobody shows what the snapshot says about every row.
            (Some(list), None) => existing_users::show_stored(inputs, list, known, *reporter)?,
            (None, _) => {}
        }
        Ok(keepers)
    }

    /// Completes the names under which people and groups are protected. Returns the connection if
    /// the server was to be asked for them.
    fn complete_protection(
        &self,
        inputs: &mut [InputFile],
        lists: &KnownLists,
        rehearsal: Option<&DryRun>,
    ) -> Result<Option<Connection>, ImportError> {
        let Self { config, reporter, server, .. } = self;
        let is_sent = server.is_some() && config.is_real();
        if is_sent && inputs.iter().any(InputFile::may_rename) {
            let gap = RecordGap::of(&config.connect.access);
            gap.and_then(|gap| gap.for_renames()).iter().for_each(|note| reporter.say(note));
        }
        let listed = match server {
            Some(_) => lists.organization(),
            None => lists.any().map(|list| &*list.organization),
        };
        let mut early = None;
        protect::complete(
            &mut inputs.iter_mut().collect::<Vec<_>>(),
            listed,
            config.known.unlisted_groups(),
            (!config.sandbox).then_some(&config.connect.access),
            *reporter,
            || {
                let Some(server) = server.as_ref().filter(|_| !config.sandbox) else {
                    return Ok(protect::MemberServer::Nobody(ProtectAdvice::NameAList));
                };
                let runtime = server.runtime;
                let connection = early.insert(self.connect(server, rehearsal)?);
                let session = ImportSession { config, connection, runtime, reporter: *reporter };
                Ok(protect::MemberServer::Api(session.questions()))
            },
        )?;
        Ok(early)
    }

    /// Prepares the connection to the organization, or to that of a rehearsal.
    fn connect(
        &self,
        server: &AskedServer<'_>,
        rehearsal: Option<&DryRun>,
    ) -> Result<Connection, ImportError> {
        let Self { config, reporter, .. } = self;
        if let Some(rehearsal) = rehearsal {
            return rehearsal.connect(&config.connect);
        }
        let mut connection = Connection::prepare(&config.connect, *reporter)?;
        if let Some(late_effects) = server.late_effects {
            connection.late_effects = late_effects.clone();
        }
        connection.late_effects.begin_watching(config.effect_window);
        Ok(connection)
    }

    fn group_check(&self, lists: &KnownLists) -> GroupCheck<'_> {
        let Self { config, reporter, .. } = self;
        let loaded = lists.loaded.as_ref();
        GroupCheck {
            config: &config.groups,
            create: self.creation,
            max_age: config.known.max_age,
            access: &config.connect.access,
            reporter: *reporter,
            organization: loaded.map(|list| list.organization.clone()),
            recently_changed: loaded.map(LoadedBaseline::uncompared_names).unwrap_or_default(),
            rate: config.connect.rates.users,
        }
    }

    /// Checks with lists which groups exist. A single file is scanned at the same time: that scan
    /// is used, unless groups are missing.
    fn check_groups_by_lists(
        &self,
        check: &GroupCheck<'_>,
        inputs: &mut [InputFile],
    ) -> Result<(CheckedGroups, Option<EarlyScan>), ImportError> {
        match inputs {
            [input] => {
                let (groups, scan) = check.while_read(input, InputFile::scan)?;
                let early = EarlyScan { scan, conflicts: input.conflicts.take() };
                Ok((groups, Some(early).filter(|_| input.presence.is_none())))
            }
            _ => {
                let mut inputs: Vec<_> = inputs.iter_mut().collect();
                Ok((check.offline(&mut inputs, Offline::Plan)?, None))
            }
        }
    }
}

/// Scans all files, once everything is known about their rows. `early` is the scan of the only file
/// if it was scanned already.
pub(crate) fn scan_files(
    inputs: &mut [InputFile],
    early: Option<EarlyScan>,
    reporter: &dyn ImportReporter,
) -> Result<Vec<Scan>, ImportError> {
    let early = match (early, &mut *inputs) {
        (Some(early), [input]) => {
            input.conflicts = early.conflicts;
            Some(early.scan)
        }
        _ => None,
    };
    find_conflicts(inputs)?;
    let mut early = keep_groups_of_ignored(inputs, early, reporter)?;
    let mut renames = InvalidRenames::default();
    inputs.iter_mut().map(|input| input.scan_behind(&mut renames, early.take())).collect()
}
