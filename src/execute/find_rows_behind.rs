//! Rows behind a rename in an invalid row. They mean a name that nobody gets, or that another user
//! keeps, so they are not sent. They are found before anything is sent.
//!
//! If a new name cannot be read, later rows that may mean it are not sent: those whose name has
//! nearly the same letters. If nothing of it can be read (`#N/A`, or the mapping gives it no
//! value), these are the rows that name a user or a group for the first time.

use super::each_row::each_row;
use super::input_rows::InputRows;
use super::referenced_names::{all_referenced_names, listed_names};
use super::rows_behind::{BehindGatherer, RowsBehind};
use super::unconfirmed_renames::{RenameEnd, UnconfirmedRename, UnconfirmedRenames};
use crate::change::{Change, MeantName, NameLetters, UpdateUser, UserChange, role_subject};
use crate::plan::{Key, Plan, names};
use crate::table::{Block, Cells, Field, MappingFault, RowBuffer};
use crate::visible::visible;
use std::collections::HashSet;
use std::io;

/// The most unreadable names that are compared with later rows. If there are more, the others count
/// as any name.
const MOST_UNCLEAR: usize = 100;
/// The most characters of a text that are shown.
const SHOWN: usize = 60;

/// The renames of invalid rows, and of the rows that are not sent because of them. They are passed
/// on from file to file of a command.
#[derive(Debug, Default)]
pub(crate) struct InvalidRenames {
    names: UnconfirmedRenames,
    /// Names that cannot be read.
    unclear: Vec<(MeantName, UnconfirmedRename)>,
    /// The first rename of a user, and of a group, to a name of which nothing can be read.
    to_any: [Option<UnconfirmedRename>; 2],
    /// All names in earlier rows.
    known: HashSet<Key>,
}

/// A rename in an invalid row.
struct InvalidRename {
    rename: UnconfirmedRename,
    names: Vec<Key>,
    unclear: Vec<(MeantName, UnconfirmedRename)>,
}

/// The names that cannot be read, in earlier rows or files and in this one.
struct UnclearNames {
    all: Vec<(MeantName, UnconfirmedRename)>,
    /// Whether nothing can be read of one of them.
    have_any: bool,
}

impl UnclearNames {
    fn of(all: Vec<(MeantName, UnconfirmedRename)>) -> Self {
        let have_any = all.iter().any(|(meant, _)| *meant == MeantName::Any);
        Self { all, have_any }
    }
}

/// What a row says that is sent, unless it is behind such a rename or outside `--rows`.
struct ValidRow {
    row: u32,
    names: Vec<Key>,
    /// The old and new names, if it renames.
    renamed: Vec<Key>,
    is_group: bool,
    /// The index of the earlier unreadable name that may be one of the row's own.
    near: Option<usize>,
    mentions: Vec<Referent>,
}

/// A user or group that a row names.
struct Referent {
    keys: Vec<Key>,
    /// The name as lists of members write it.
    bare: Option<Key>,
    is_group: bool,
    /// Whether the row creates or renames it.
    is_introduced: bool,
}

impl InvalidRenames {
    /// Finds the rows of a file that are behind these renames, or behind those of its own invalid
    /// rows, and adds these renames. Invalid rows outside `--rows` count as well, because they
    /// rename nobody either.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(crate) fn rows_behind(
        &mut self,
        input_rows: &InputRows<'_>,
        plan: &Plan,
    ) -> io::Result<RowsBehind> {
        let mut own = invalid_renames(input_rows, plan)?;
        if own.is_empty() && self.is_empty() {
            return Ok(RowsBehind::default());
        }
        for InvalidRename { unclear, .. } in &own {
            self.unclear.extend(unclear.iter().cloned());
        }
        if self.unclear.len() > MOST_UNCLEAR {
            let own = own.iter_mut().flat_map(|invalid| &mut invalid.unclear);
            self.unclear.iter_mut().chain(own).for_each(|(meant, _)| *meant = MeantName::Any);
        }
        let unclear = UnclearNames::of(std::mem::take(&mut self.unclear));
        let first = own.first().map_or(u32::MAX, |first| first.rename.row);
        let first = if unclear.have_any || !self.is_empty() { 0 } else { first };
        let (mut found, mut own) = (BehindGatherer::default(), own.into_iter().peekable());
        each_row(
            input_rows.table,
            |block, index, buffer, found| {
                let row = row_number(block, index);
                let is_skipped = input_rows.asks_for(row) && !plan.footprint(row).is_sent();
                if row < first || is_skipped {
                    return;
                }
                let rows = &with_rows_not_asked_for(input_rows, row);
                if let Some(Ok(change)) = rows.evaluate_detailed(block, index, buffer) {
                    found.push(ValidRow::of(row, &change, input_rows, &unclear));
                }
            },
            |valid: ValidRow| {
                while let Some(invalid) = own.next_if(|invalid| invalid.rename.row < valid.row) {
                    self.add(invalid);
                }
                if let Some(behind) = self.before(&valid, &unclear.all) {
                    let rename = match input_rows.asks_for(valid.row) {
                        true => {
                            found.push(valid.row, behind);
                            valid.failed_rename()
                        }
                        false => UnconfirmedRename { unclear: None, ..behind.clone() },
                    };
                    self.names.add(valid.renamed, &rename);
                } else if unclear.have_any && self.to_any == [None, None] {
                    self.known.extend(valid.mentions.iter().flat_map(Referent::all_keys));
                }
            },
        )?;
        own.for_each(|invalid| self.add(invalid));
        self.unclear = unclear.all;
        Ok(found.found)
    }

    /// Whether rows of a file may be behind such a rename. `invalid` is the number of its invalid
    /// rows within `--rows`.
    pub(crate) fn may_hold(&self, input_rows: &InputRows<'_>, invalid: u64) -> bool {
        let may_be_invalid = invalid > 0 || input_rows.range.is_some();
        !self.is_empty() || may_be_invalid && may_rename(input_rows) != (false, false)
    }

    /// Adds the name of the file to its renames, for the files after it.
    pub(crate) fn end_file(&mut self, file: &str) {
        self.names = self.names.of_file(file);
        let renames = self.unclear.iter_mut().map(|(_, rename)| rename);
        for rename in renames.chain(self.to_any.iter_mut().flatten()) {
            *rename = rename.of_file(file);
        }
    }

    fn is_empty(&self) -> bool {
        self.names.is_empty() && self.unclear.is_empty()
    }

    fn add(&mut self, invalid: InvalidRename) {
        let InvalidRename { rename, names, unclear } = invalid;
        self.names.add(names, &rename);
        for (meant, rename) in unclear {
            if meant == MeantName::Any {
                self.to_any[usize::from(rename.is_group)].get_or_insert(rename);
            }
        }
    }

    /// Returns the earlier rename of a user or group that a row names, or may name.
    fn before<'a>(
        &'a self,
        valid: &ValidRow,
        unclear: &'a [(MeantName, UnconfirmedRename)],
    ) -> Option<&'a UnconfirmedRename> {
        let is_known = |mention: &Referent| mention.keys.iter().any(|key| self.known.contains(key));
        let perhaps_any = |mention: &Referent| {
            let to_any = self.to_any[usize::from(mention.is_group)].as_ref();
            to_any.filter(|_| !mention.is_introduced && !is_known(mention))
        };
        self.names
            .before(valid.row, valid.names.iter().copied())
            .or_else(|| valid.near.map(|place| &unclear[place].1))
            .or_else(|| valid.mentions.iter().find_map(perhaps_any))
    }
}

impl ValidRow {
    /// Returns the rename of this row, which is not sent.
    fn failed_rename(&self) -> UnconfirmedRename {
        let (row, is_group, end) = (self.row, self.is_group, RenameEnd::Failed);
        UnconfirmedRename { row, file: None, is_group, end, unclear: None }
    }

    fn of(
        row: u32,
        change: &Change<'_>,
        input_rows: &InputRows<'_>,
        unclear: &UnclearNames,
    ) -> Self {
        // A username without its domain may belong to any domain; a row means one of them.
        let bare = match change {
            Change::User(UserChange { user, domain: Some(_), .. }) => Key::bare(user),
            _ => None,
        };
        let mut names = all_referenced_names(change, input_rows);
        names.retain(|name| Some(*name) != bare);
        let texts: Vec<(bool, NameLetters)> = match unclear.all.as_slice() {
            [] => Vec::new(),
            _ => texts(change)
                .into_iter()
                .map(|(is_group, text)| (is_group, NameLetters::of(text)))
                .collect(),
        };
        let may_be = |meant: &MeantName, of_group: bool| {
            texts.iter().any(|(is_group, text)| *is_group == of_group && meant.may_be(text))
        };
        Self {
            row,
            names,
            renamed: Key::names_of_rename(change),
            is_group: matches!(change, Change::Group(_)),
            near: unclear.all.iter().position(|(meant, rename)| {
                rename.is_before(row) && may_be(meant, rename.is_group)
            }),
            mentions: if unclear.have_any { mentions(change, input_rows) } else { Vec::new() },
        }
    }
}

impl Referent {
    fn all_keys(&self) -> impl Iterator<Item = Key> {
        self.keys.iter().copied().chain(self.bare)
    }
}

/// Returns the users and groups that a change names.
fn mentions(change: &Change<'_>, input_rows: &InputRows<'_>) -> Vec<Referent> {
    let aliases = Key::aliases(change).into_iter().chain(listed_names(change, input_rows));
    let (is_group, is_introduced) = match change {
        Change::User(user) => {
            let renames = user.update.as_ref().is_some_and(UpdateUser::renames);
            (false, user.create.is_some() || renames)
        }
        Change::Group(group) => {
            let renames = group.update.as_ref().is_some_and(|update| update.name.is_some());
            (true, group.create.is_some() || renames)
        }
    };
    let own = Referent {
        keys: std::iter::once(Key::of(change)).chain(aliases.flatten()).collect(),
        bare: Key::bare_names(change).next(),
        is_group,
        is_introduced,
    };
    // A user's change names groups, and a group's change users.
    let others = names(change).into_iter().map(|key| Referent {
        keys: vec![key],
        bare: None,
        is_group: !is_group,
        is_introduced: false,
    });
    std::iter::once(own).chain(others).collect()
}

/// Returns the names in a change, with `true` for those of groups.
fn texts<'c>(change: &'c Change<'_>) -> Vec<(bool, &'c str)> {
    match change {
        Change::User(user) => {
            let other = user.other_name.as_ref().map(|(name, _)| &**name);
            let new = user.update.as_ref().map(|new| [&new.email, &new.username]);
            let new = new.into_iter().flatten().filter_map(|name| name.as_deref());
            let created = user.create.as_ref().map(|create| &*create.email);
            let removed = match &user.remove {
                Some(crate::change::Memberships::Named(groups)) => groups.as_slice(),
                _ => &[],
            };
            let groups = user.add.iter().chain(removed).map(|name| (true, role_subject(name)));
            let own = std::iter::once(&*user.user).chain(other).chain(new).chain(created);
            own.map(|name| (false, name)).chain(groups).collect()
        }
        Change::Group(group) => {
            let new = group.update.as_ref().and_then(|update| update.name.as_deref());
            let users = group.add_users.iter().chain(&group.remove_users);
            let own = std::iter::once(&*group.group).chain(new).map(|name| (true, name));
            own.chain(users.map(|name| (false, &**name))).collect()
        }
    }
}

/// Whether rows of a file may rename users, and whether they may rename groups.
fn may_rename(input_rows: &InputRows<'_>) -> (bool, bool) {
    let has = |field| input_rows.table.has(field) || input_rows.table.overrides(field);
    (has(Field::NewEmail) || has(Field::NewUsername), has(Field::NewName))
}

/// Returns the rules for a row that may be outside `--rows`. An import of other rows may have sent
/// it. So what is known about the groups and people of the rows within `--rows` does not apply to
/// it.
fn with_rows_not_asked_for<'t>(input_rows: &InputRows<'t>, row: u32) -> InputRows<'t> {
    match input_rows.asks_for(row) {
        true => *input_rows,
        false => InputRows { range: None, presence: None, held: None, ..*input_rows },
    }
}

/// Finds the renames of a file in rows that are invalid.
fn invalid_renames(input_rows: &InputRows<'_>, plan: &Plan) -> io::Result<Vec<InvalidRename>> {
    let (of_users, of_groups) = may_rename(input_rows);
    let mut all = Vec::new();
    if !of_users && !of_groups {
        return Ok(all);
    }
    each_row(
        input_rows.table,
        |block, index, buffer, found| {
            let row = row_number(block, index);
            if plan.footprint(row).is_sent()
                || !matches!(
                    with_rows_not_asked_for(input_rows, row)
                        .evaluate_detailed(block, index, buffer),
                    Some(Err(skip)) if skip.is_invalid()
                )
            {
                return;
            }
            let mut buffer = RowBuffer::default();
            match block.cells(index, &mut buffer) {
                Ok(cells) => found.extend(rename_of_user(row, &cells)),
                Err(_) if of_users => found.push(rename_in_faulty_row(of_user(row), block, index)),
                Err(_) => {}
            }
            match block.cells(index, &mut buffer) {
                Ok(cells) => found.extend(rename_of_group(row, &cells)),
                Err(_) if of_groups => {
                    found.push(rename_in_faulty_row(of_group(row), block, index));
                }
                Err(_) => {}
            }
        },
        |invalid| all.push(invalid),
    )?;
    Ok(all)
}

/// Returns what a row renames whose cells cannot be separated.
fn rename_in_faulty_row(rename: UnconfirmedRename, block: &Block, index: usize) -> InvalidRename {
    let whom = if rename.is_group { "group" } else { "user" };
    let does = format!("cannot be read and may rename this {whom}");
    let unclear = UnconfirmedRename { unclear: Some(does), ..rename.clone() };
    let meant = MeantName::within(&block.text_of_skipped(index));
    InvalidRename { rename, names: Vec::new(), unclear: vec![(meant, unclear)] }
}

/// Returns the rename of a user in a row. The action is ignored, because it may be the invalid
/// cell.
fn rename_of_user(row: u32, cells: &Cells<'_>) -> Option<InvalidRename> {
    let fields = [Field::Email, Field::Username, Field::NewEmail, Field::NewUsername];
    let [email, username, new_email, new_username] = fields.map(|field| text(cells, field));
    let has_no_value = |field| unmapped(cells, field).is_some();
    let is_renamed = new_email.or(new_username).is_some()
        || [Field::NewEmail, Field::NewUsername].into_iter().any(has_no_value);
    is_renamed.then_some(())?;
    let of_email = || email.and_then(|email| email.split_once('@')).map(|(_, domain)| domain);
    let domain = text(cells, Field::Domain).or_else(of_email);
    let all = [email, username, new_email, new_username];
    let keys = all.into_iter().flatten().flat_map(|name| {
        let own = Key::user(name, domain.filter(|_| !name.contains('@')));
        [Some(own), Key::bare(name)].into_iter().flatten()
    });
    Some(InvalidRename::of(of_user(row), keys.collect(), (cells, fields), domain))
}

/// Returns the rename of a group in a row.
fn rename_of_group(row: u32, cells: &Cells<'_>) -> Option<InvalidRename> {
    let fields = [Field::Group, Field::NewName];
    let is_renamed =
        text(cells, Field::NewName).is_some() || unmapped(cells, Field::NewName).is_some();
    is_renamed.then_some(())?;
    let keys = Key::groups_and_roles(fields.into_iter().filter_map(|field| text(cells, field)));
    Some(InvalidRename::of(of_group(row), keys, (cells, fields), None))
}

impl InvalidRename {
    /// Creates the rename, with the names in these fields that cannot be read.
    fn of<const N: usize>(
        rename: UnconfirmedRename,
        names: Vec<Key>,
        (cells, fields): (&Cells<'_>, [Field; N]),
        domain: Option<&str>,
    ) -> Self {
        let whom = if rename.is_group { "group" } else { "user" };
        let mut unclear = Vec::new();
        for field in fields {
            let is_new = matches!(field, Field::NewEmail | Field::NewUsername | Field::NewName);
            let fault = unmapped(cells, field).filter(|_| is_new);
            let meant = match fault {
                Some(_) => Some(MeantName::Any),
                None => MeantName::of(field, cells.get(field), domain),
            };
            let Some(meant) = meant else { continue };
            // Rows behind a rename seldom mean an old name, and never one that cannot be read.
            if !is_new && meant == MeantName::Any {
                continue;
            }
            let shown = shown(cells.get(field));
            let does = match fault {
                Some(fault) => format!("renames a {whom} to {}", unmapped_words(fault)),
                None if is_new => {
                    format!("renames a {whom} to `{shown}`, which may be the name in this row")
                }
                None => {
                    format!("renames the {whom} `{shown}`, which may be the name in this row")
                }
            };
            unclear.push((meant, UnconfirmedRename { unclear: Some(does), ..rename.clone() }));
        }
        Self { rename, names, unclear }
    }
}

/// Returns why the mapping gives a field no value in a row: a key that it does not translate is no
/// name.
fn unmapped<'c>(cells: &Cells<'c>, field: Field) -> Option<&'c MappingFault> {
    cells.mapping_faults().find(|(of, _)| *of == field).map(|(_, fault)| fault)
}

/// Names the new name to which the mapping gives no value.
fn unmapped_words(fault: &MappingFault) -> String {
    match fault {
        MappingFault::NotTranslated(key) => format!(
            "what `{}` stands for, which has no translation and may be the name in this row",
            shown(key)
        ),
        MappingFault::EmptyPart(column) => format!(
            "a name of which the column `{}` is empty, and which may be the name in this row",
            shown(column)
        ),
    }
}

/// Returns a text as messages show it.
fn shown(text: &str) -> String {
    let shown: String = text.trim().chars().take(SHOWN).collect();
    visible(&shown).into_owned()
}

/// Returns the rename of a user in an invalid row.
fn of_user(row: u32) -> UnconfirmedRename {
    UnconfirmedRename { row, file: None, is_group: false, end: RenameEnd::Invalid, unclear: None }
}

/// Returns the rename of a group in an invalid row.
fn of_group(row: u32) -> UnconfirmedRename {
    UnconfirmedRename { is_group: true, ..of_user(row) }
}

fn text<'c>(cells: &Cells<'c>, field: Field) -> Option<&'c str> {
    Some(cells.get(field).trim()).filter(|text| !text.is_empty())
}

fn row_number(block: &Block, index: usize) -> u32 {
    u32::try_from(block.first_row + index as u64).unwrap_or(u32::MAX)
}
