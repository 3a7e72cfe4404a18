//! Opening and scanning input files, the same way for every command.

use crate::change::{Action, Change, Rules};
use crate::execute::{
    Conflicts, DescribedUsers, GroupGatherer, GroupSidePolicy, HeldRows, InputRows, InvalidRenames,
    Protected, RowRange, RowsBehind, Scan, Skip, estimate, find_group_side, scan_gathering,
};
use crate::import::changed_rows::ChangedRows;
use crate::import::config::{ConflictRule, EncodingSource, ReadConfig};
use crate::import::error::ImportError;
use crate::import::handed_back::has_ids;
use crate::import::input_error::InputError;
use crate::import::noted::Noted;
use crate::import::protect_list;
use crate::import::reporter::{ImportEvent, ImportReporter};
use crate::import::table_notes::{say_notes, say_warnings, warn_of_guessed_encoding};
use crate::journal::RunDecisions;
use crate::number::{count, form};
use crate::plan::{Estimate, Key, Plan};
use crate::reconcile::{AbsentGroups, Baseline, GroupPresence};
use crate::table::{
    Check, Field, FileState, InputDialect, ReadOptions, RowBuffer, Table, TablePurpose,
    each_chosen_row,
};
use crate::visible::visible;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io;
use std::path::Path;
use std::sync::Arc;

/// How a file is read.
#[derive(Debug, Clone, Copy)]
pub(crate) enum FileAccess<'a> {
    /// At its place. What must be copied nevertheless goes to this folder.
    InPlace(&'a Path),
    /// From a private copy in this folder, so that the rows that are sent later are those that were
    /// planned.
    PrivateCopy(&'a Path),
}

/// An open input file, with the rules to read it.
pub(crate) struct InputFile {
    pub(crate) table: Arc<Table>,
    pub(crate) rules: Rules,
    pub(crate) protected: Arc<Protected>,
    /// The text of the list that `--protect` names.
    pub(crate) protect_list: Option<String>,
    pub(crate) range: Option<RowRange>,
    /// Rows whose users or groups other imports have changed since the run began that this command
    /// continues.
    pub(crate) changed_rows: ChangedRows,
    /// The organization before anything is sent, if the rows are compared.
    pub(crate) baseline: Option<Baseline>,
    /// The same as all rows of the file show it, if only some are sent (`--rows`) and groups are
    /// removed from people (`--exact-groups`).
    pub(crate) whole: Option<Baseline>,
    /// Which groups exist when its rows are sent.
    pub(crate) presence: Option<GroupPresence>,
    /// The groups that do not exist before its rows are sent.
    pub(crate) absent_groups: AbsentGroups,
    /// The conflicts between rows, once they were searched for.
    pub(crate) conflicts: Option<Conflicts>,
    /// The users whom rows describe in full, while other rows do not.
    pub(crate) described: DescribedUsers,
    /// Rows that are not sent, because they may mean a user who seems to be missing (`--missing`).
    pub(crate) held: HeldRows,
    /// Rows behind a rename in an invalid row.
    pub(crate) behind: RowsBehind,
    /// When memberships go as commands of their groups; `None` if nothing is planned.
    pub(crate) group_side: Option<GroupSidePolicy>,
    /// Groups that take no such commands, according to a list: profiles, for example.
    pub(crate) closed_groups: HashSet<Key>,
    /// Remarks on rows, whatever their outcomes are.
    pub(crate) remarks: BTreeMap<u32, String>,
    /// The decisions of its run about rows, if the run is finished. The rows are shown accordingly.
    pub(crate) decided: Option<RunDecisions>,
    /// What an earlier run of the file has found out, if this command resumes or shows that run.
    pub(crate) noted: Option<Noted>,
    /// Whether rows have ids, as in an exported list.
    pub(crate) has_ids: bool,
    /// The date of the file. For an exported list, this is when it was fetched, unless it was
    /// edited since.
    pub(crate) date: Option<Timestamp>,
}

impl InputFile {
    /// Opens a file of rows to carry out. It must be clear what they are to do.
    pub(crate) fn open(
        path: &Path,
        config: &ReadConfig,
        access: FileAccess<'_>,
        reporter: &dyn ImportReporter,
    ) -> Result<Self, ImportError> {
        let mut input = Self::open_list(path, config, access, reporter)?;
        input.check_action(config, reporter)?;
        if let Some(error) = input.table.lost_names()
            && input.may_create()?
        {
            return Err(ImportError::Rows(error));
        }
        Ok(input)
    }

    /// Whether a row may create a user. A row without an action of its own may.
    fn may_create(&self) -> io::Result<bool> {
        if let Some(action) = self.rules.action {
            return Ok(action == Action::Create);
        }
        let mut buffer = RowBuffer::default();
        for block in self.table.blocks() {
            let block = block?;
            for index in 0..block.len() {
                let Ok(cells) = block.cells(index, &mut buffer) else { continue };
                let word = cells.get(Field::Action).trim();
                if word.is_empty() || Action::from_name(word) == Some(Action::Create) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Checks that the action of the rows is given exactly once: by the file, or on the command
    /// line.
    fn check_action(
        &mut self,
        config: &ReadConfig,
        reporter: &dyn ImportReporter,
    ) -> Result<(), ImportError> {
        let name = self.table.name();
        if self.rules.is_overridden {
            return Ok(());
        }
        if let Some(action) = config.action.filter(|_| self.table.has(Field::Action)) {
            let said = self.actions()?;
            if said.keys().any(|word| Action::from_name(word) != Some(action)) {
                let said = said.iter().map(|(word, rows)| {
                    format!("{} {} {word}", count(*rows, "row"), form(*rows, "says", "say"))
                });
                return Err(InputError::OtherActions {
                    file: name.to_owned(),
                    action: action.name(),
                    said: said.collect::<Vec<_>>().join(", "),
                }
                .into());
            }
        }
        if config.action.is_none() && names_people_only(&self.table) {
            if !self.table.has(Field::Action) {
                let given = Field::ALL.into_iter().filter(|field| self.table.has(*field));
                let columns: Vec<&str> =
                    given.map(|field| self.table.column(field).unwrap_or(field.name())).collect();
                return Err(InputError::NoAction {
                    file: name.to_owned(),
                    columns: columns.join(", "),
                    typed: reporter.typed(),
                    renames: self.table.has(Field::NewEmail) || self.table.has(Field::NewUsername),
                }
                .into());
            }
            self.rules.needs_action = true;
        }
        Ok(())
    }

    /// Whether the file describes people: no row does anything but create them.
    pub(crate) fn describes_people(&self) -> Result<bool, ImportError> {
        let creates = |action: Option<Action>| action.is_none_or(|action| action == Action::Create);
        Ok(creates(self.rules.action)
            && self.actions()?.keys().all(|word| creates(Action::from_name(word))))
    }

    /// Counts the rows by their action.
    fn actions(&self) -> Result<BTreeMap<String, u64>, ImportError> {
        let mut said: BTreeMap<String, u64> = BTreeMap::new();
        if !self.table.has(Field::Action) && !self.table.overrides(Field::Action) {
            return Ok(said);
        }
        let mut buffer = RowBuffer::default();
        for block in self.table.blocks() {
            let block = block?;
            for index in 0..block.len() {
                let Ok(cells) = block.cells(index, &mut buffer) else { continue };
                let word = cells.get(Field::Action).trim();
                if !word.is_empty() {
                    let word = Action::from_name(word)
                        .map_or_else(|| format!("{word:?}"), |action| action.name().to_owned());
                    *said.entry(word).or_default() += 1;
                }
            }
        }
        Ok(said)
    }

    /// Opens a file, and reads only its header.
    pub(crate) fn open_list(
        path: &Path,
        config: &ReadConfig,
        access: FileAccess<'_>,
        reporter: &dyn ImportReporter,
    ) -> Result<Self, ImportError> {
        let table = open_table(path, config, access, reporter)?;
        say_warnings(&table, reporter);
        // A user who confirms a guessed encoding is asked afterwards.
        let is_confirmed_later = matches!(access, FileAccess::PrivateCopy(_))
            && config.encoding == EncodingSource::Confirmed;
        if !is_confirmed_later {
            warn_of_guessed_encoding(&table, reporter);
        }
        say_notes(&table, &config.values, reporter);
        let rules = rules_of(&table, config)?;
        let protect_list = config.protect.as_deref().map(protect_list::read).transpose()?;
        let (protect_list, protected) = protect_list.unzip();
        Ok(Self {
            has_ids: has_ids(&table)?,
            date: date_of(path),
            table: Arc::new(table),
            rules,
            protected: Arc::new(protected.unwrap_or_default()),
            protect_list,
            range: config.rows.clone(),
            changed_rows: ChangedRows::default(),
            baseline: None,
            whole: None,
            conflicts: None,
            presence: None,
            absent_groups: AbsentGroups::default(),
            described: DescribedUsers::default(),
            held: HeldRows::new(),
            behind: RowsBehind::default(),
            group_side: None,
            closed_groups: HashSet::new(),
            remarks: BTreeMap::new(),
            decided: None,
            noted: None,
        })
    }

    /// Whether an earlier run of the file is finished, so that its outcomes are shown and nothing
    /// is sent.
    pub(crate) fn is_shown(&self) -> bool {
        self.noted.as_ref().is_some_and(|noted| noted.is_finished)
    }

    /// Returns the rows with the rules to read them.
    pub(crate) fn input_rows(&self) -> InputRows<'_> {
        InputRows {
            table: &self.table,
            rules: &self.rules,
            protected: &self.protected,
            range: self.range.as_ref(),
            baseline: self.baseline.as_ref(),
            whole: self.whole.as_ref(),
            presence: self.presence.as_ref(),
            conflicts: self.conflicts.as_ref(),
            described: Some(&self.described).filter(|described| !described.is_empty()),
            held: Some(&self.held).filter(|held| !held.is_empty()),
            behind: Some(&self.behind).filter(|behind| !behind.is_empty()),
            remarks: Some(&self.remarks).filter(|remarks| !remarks.is_empty()),
            decided: self.decided.as_ref(),
        }
    }

    /// Whether rows may rename users or groups.
    pub(crate) fn may_rename(&self) -> bool {
        [Field::NewEmail, Field::NewUsername, Field::NewName]
            .into_iter()
            .any(|field| self.table.has(field) || self.table.overrides(field))
    }

    /// Passes the meaning or the problems of each row to `each`.
    pub(crate) fn each_change(
        &self,
        mut each: impl FnMut(Result<Change<'_>, Skip>),
    ) -> Result<(), ImportError> {
        let input_rows = self.input_rows();
        let mut buffer = RowBuffer::default();
        for block in self.table.blocks() {
            let block = block?;
            for index in 0..block.len() {
                if let Some(change) = input_rows.evaluate_detailed(&block, index, &mut buffer) {
                    each(change);
                }
            }
        }
        Ok(())
    }

    /// Hands those of these rows, from 0, that are asked for to `each`, with what is known of them
    /// and what they mean, or what is wrong with them.
    pub(crate) fn each_row_of<T>(
        &self,
        rows: &BTreeMap<u32, T>,
        mut each: impl FnMut(u32, &T, Result<Change<'_>, Skip>),
    ) -> Result<(), ImportError> {
        let input_rows = self.input_rows();
        let mut buffer = RowBuffer::default();
        let mut known = rows.iter();
        let numbers = rows.keys().map(|row| u64::from(*row));
        Ok(each_chosen_row(&self.table, numbers, |block, index, _| {
            if let Some((row, known)) = known.next()
                && let Some(change) = input_rows.evaluate_detailed(block, index, &mut buffer)
            {
                each(*row, known, change);
            }
        })?)
    }

    /// Describes the places of rows, from 0: `line 7`.
    pub(crate) fn places_of(
        &self,
        rows: BTreeSet<u64>,
    ) -> Result<BTreeMap<u64, String>, ImportError> {
        let mut places = BTreeMap::new();
        each_chosen_row(&self.table, rows, |block, index, row| {
            places.insert(row, self.table.place_words(block.frame(index).line, row));
        })?;
        Ok(places)
    }

    /// Refuses a file that has changed since it was read, before anything is sent.
    pub(crate) fn check_unchanged(&self, check: Check) -> Result<(), InputError> {
        let file = || self.table.name().to_owned();
        match self.table.file_state(check) {
            FileState::AsRead => Ok(()),
            FileState::Changed => Err(InputError::Changed { file: file() }),
            FileState::Gone => Err(InputError::Gone { file: file() }),
        }
    }

    /// Scans it: plans its rows, and finds the conflicts between them. `groups` collects which
    /// groups they need.
    pub(crate) fn scan(&mut self, groups: Option<&GroupGatherer>) -> Result<Scan, ImportError> {
        let mut scanned = scan_gathering(&self.input_rows(), groups)?;
        if let Some(conflicts) = scanned.conflicts.take() {
            self.conflicts = Some(conflicts);
        }
        self.described = std::mem::take(&mut scanned.described);
        Ok(scanned)
    }

    /// Scans it without the rows behind an invalid rename in it or in the files before it. `early`
    /// is the result of an earlier scan.
    pub(crate) fn scan_behind(
        &mut self,
        renames: &mut InvalidRenames,
        early: Option<Scan>,
    ) -> Result<Scan, ImportError> {
        let scan = early.map_or_else(|| self.scan(None), Ok)?;
        if renames.may_hold(&self.input_rows(), scan.counts.invalid) {
            self.behind = renames.rows_behind(&self.input_rows(), &scan.plan)?;
            renames.end_file(self.table.name());
        }
        // A resumed run holds back the same rows as when it began, and the next portion of a file
        // also those behind an invalid row of an earlier portion.
        if let Some(noted) = &self.noted {
            let is_new = |row| !noted.is_ended() && !noted.tried.contains(&row);
            self.behind = noted.behind.with(&self.behind, scan.plan.rows(), is_new);
        }
        let mut scan = if self.behind.is_empty() { scan } else { self.scan(None)? };
        self.choose_sides(&self.input_rows(), &mut scan.plan)?;
        Ok(scan)
    }

    /// Returns the cost of sending every row, as if the rows were not compared with a list.
    pub(crate) fn cost_uncompared(&self) -> Result<Estimate, ImportError> {
        let input_rows = InputRows { baseline: None, ..self.input_rows() };
        let Scan { mut plan, conflicts, described, .. } = scan_gathering(&input_rows, None)?;
        let input_rows = InputRows {
            conflicts: input_rows.conflicts.or(conflicts.as_ref()),
            described: Some(&described).filter(|described| !described.is_empty()),
            ..input_rows
        };
        self.choose_sides(&input_rows, &mut plan)?;
        Ok(estimate(&input_rows, &plan)?)
    }

    /// Chooses which memberships of a plan go as commands of their groups.
    fn choose_sides(&self, input_rows: &InputRows<'_>, plan: &mut Plan) -> Result<(), ImportError> {
        let Some(policy) = self.group_side else { return Ok(()) };
        let is_closed = |group: Key| self.closed_groups.contains(&group);
        let sides = find_group_side(input_rows, plan, policy, is_closed)?;
        plan.set_group_side(sides);
        Ok(())
    }

    /// Finds the users whom rows describe in full, before the scan, because other rows about them
    /// need groups as well.
    pub(crate) fn find_described_users(&mut self) -> Result<(), ImportError> {
        self.described = DescribedUsers::find_uncounted(&self.input_rows())?;
        Ok(())
    }

    /// Describes the file: `staff.csv (native)`.
    pub(crate) fn describe(&self) -> String {
        format!("{} ({})", visible(self.table.name()), self.table.dialect().name())
    }
}

/// Returns the purpose of a table, by what the command says of the actions of its rows.
fn purpose(config: &ReadConfig) -> TablePurpose {
    let of_actions = |values: &[(Field, String)]| {
        let word = values.iter().find(|(field, _)| *field == Field::Action);
        word.map(|(_, word)| Action::from_name(word))
    };
    let leave =
        |action: Option<Action>| matches!(action, Some(Action::Delete | Action::DeleteAccount));
    // If `--action` is given and rows say something else, they are refused.
    let all = of_actions(&config.overrides).unwrap_or(config.action);
    if leave(all) {
        TablePurpose::Deletions
    } else if all.is_none() && leave(of_actions(&config.values.defaults).flatten()) {
        TablePurpose::DefaultDeletions
    } else {
        TablePurpose::Rows
    }
}

/// Opens the table of a file, and reports that it was read, or why it cannot be read.
fn open_table(
    path: &Path,
    config: &ReadConfig,
    access: FileAccess<'_>,
    reporter: &dyn ImportReporter,
) -> Result<Table, ImportError> {
    let (spool, private_copy) = match access {
        FileAccess::InPlace(spool) => (spool, false),
        FileAccess::PrivateCopy(spool) => (spool, true),
    };
    let options = ReadOptions {
        encoding: config.encoding.named(),
        sheet: config.sheet.clone(),
        repair_mojibake: config.repair_mojibake,
        delimiter: config.delimiter,
        dialect: config.dialect,
        map: config.map.clone(),
        values: config.values.clone(),
        list_separator: config.list_separator,
        ignore: config.ignore.clone(),
        overrides: config.overrides.clone(),
        header_row: config.header_row,
        purpose: purpose(config),
        spool_dir: spool.to_owned(),
        private_copy,
    };
    let table = match Table::open(path, &options) {
        Ok(table) => table,
        Err(error) => {
            reporter.event(ImportEvent::Unread(&error))?;
            return Err(ImportError::Rows(error));
        }
    };
    reporter.event(ImportEvent::Read(&table))?;
    Ok(table)
}

/// Returns the rules by which the rows of a table are read.
fn rules_of(table: &Table, config: &ReadConfig) -> Result<Rules, InputError> {
    let overridden =
        config.overrides.iter().find(|(field, _)| *field == Field::Action).map(|(_, value)| value);
    let action = overridden.map_or(config.action, |name| Action::from_name(name));
    let said =
        matches!(action, Some(Action::CreateGroup | Action::DeleteGroup | Action::UpdateGroup));
    // A list of groups, even an exported one, may be a list of groups to delete.
    let is_list_of_groups = matches!(
        table.dialect(),
        InputDialect::UmapiCliGroups | InputDialect::UmapiCliGroupsExport
    );
    if is_list_of_groups && !said {
        return Err(InputError::NoGroupAction { file: table.name().to_owned() });
    }
    let mut rules = Rules::new(table.dialect());
    rules.action = action;
    rules.is_overridden = overridden.is_some();
    rules.last_wins = config.conflicts == ConflictRule::LastCounts;
    rules.default_type = config.default_type.unwrap_or(rules.default_type);
    rules.default_country = config.default_country.as_ref().map(|country| country.to_uppercase());
    rules.if_exists = config.if_exists;
    rules.list_separator = config.list_separator;
    rules.separator_is_known = config.separator_is_known;
    Ok(rules)
}

fn date_of(path: &Path) -> Option<Timestamp> {
    Timestamp::try_from(path.metadata().ok()?.modified().ok()?).ok()
}

/// Whether the columns only identify people: none holds their first or last names, their country or
/// a group.
fn names_people_only(table: &Table) -> bool {
    const SAY_MORE: [Field; 15] = [
        Field::Firstname,
        Field::Lastname,
        Field::Country,
        Field::Groups,
        Field::AddGroups,
        Field::RemoveGroups,
        Field::UserGroups,
        Field::ProductConfigurations,
        Field::ProductProfiles,
        Field::AdminRoles,
        Field::ConfigurationsAdministered,
        Field::UserGroupsAdministered,
        Field::ProductsAdministered,
        Field::DeveloperAccess,
        Field::Group,
    ];
    let dialects = [
        InputDialect::Native,
        InputDialect::UmapiCliUsersCreate,
        InputDialect::AdminConsole,
        InputDialect::UmapiSamples,
    ];
    dialects.contains(&table.dialect()) && !SAY_MORE.into_iter().any(|field| table.has(field))
}
