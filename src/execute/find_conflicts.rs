//! Finds rows that conflict with each other, by a second reading of the tables in which names
//! repeat.

use super::conflicts::{
    ConflictSubject, Conflicts, Contradiction, FoundConflicts, Names, Repeated, RowOf, RowPlace,
    Statement, repeated_usernames, short,
};
use super::each_row::each_row;
use super::input_rows::InputRows;
use super::row_memberships::{RowMembership, takes_memberships};
use crate::change::{ATTRIBUTES, Action, Naming, Rules, attribute, row_action};
use crate::plan::repeated;
use crate::table::{Block, Cells, Field, RowBuffer, RowLocation, Table, each_block};
use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::Arc;

impl Names {
    /// Reads the names of a table.
    fn of(input_rows: &InputRows<'_>) -> io::Result<Self> {
        let mut names = Self::default();
        each_block(
            input_rows.table,
            |block: Block| {
                let mut buffer = RowBuffer::default();
                let mut found = Self::default();
                for index in 0..block.len() {
                    if let Ok(cells) = block.cells(index, &mut buffer) {
                        found.take(&cells, input_rows.rules);
                    }
                }
                found
            },
            |found| {
                names.absorb(found);
                Ok::<_, io::Error>(())
            },
        )?;
        Ok(names)
    }
}

impl Repeated {
    /// Returns the rows that conflict with each other. Reads the table once more if names repeat.
    ///
    /// # Errors
    /// When reading fails.
    pub(crate) fn conflicts(&self, input_rows: &InputRows<'_>) -> io::Result<Conflicts> {
        let mut found = FoundConflicts::default();
        match self {
            Self { names, .. } if names.is_empty() => {}
            Self { names, has_actions: true } => sequence(&[*input_rows], names, &mut found)?,
            Self { names, has_actions: false } => {
                description(&[(0, *input_rows)], names, &mut found)?;
            }
        }
        found.find_places(&[*input_rows])?;
        Ok(Conflicts::of_file(0, &Arc::new(found), &Arc::default()))
    }
}

/// Finds the conflicts between rows of several files, and returns for each file those of its rows.
///
/// `tables` are the tables of `files`, in the same order.
///
/// # Errors
/// When reading fails.
pub(crate) fn conflicts_between(
    files: &[InputRows<'_>],
    tables: Vec<Arc<Table>>,
) -> io::Result<Vec<Conflicts>> {
    let (mut described, mut usernames, mut addresses) = (Vec::new(), Vec::new(), Vec::new());
    let mut descriptions = Vec::new();
    for (file, input_rows) in (0..).zip(files) {
        let names = Names::of(input_rows)?;
        usernames.extend_from_slice(&names.usernames);
        addresses.extend_from_slice(&names.addresses);
        if !names.has_actions {
            described.extend(names.addresses);
            described.extend(names.usernames);
            descriptions.push((file, *input_rows));
        }
    }
    let mut found = FoundConflicts::default();
    let names = repeated(&described);
    if !names.is_empty() {
        description(&descriptions, &names, &mut found)?;
    }
    let names = repeated_usernames(&usernames, &addresses);
    if descriptions.len() < files.len() && !names.is_empty() {
        sequence(files, &names, &mut found)?;
    }
    found.find_places(files)?;
    let (found, tables): (Arc<FoundConflicts>, Arc<[Arc<Table>]>) =
        (Arc::new(found), tables.into());
    Ok((0..).zip(files).map(|(file, _)| Conflicts::of_file(file, &found, &tables)).collect())
}

impl FoundConflicts {
    /// Finds the places of the rows that messages name.
    fn find_places(&mut self, files: &[InputRows<'_>]) -> io::Result<()> {
        let described = self
            .people
            .values()
            .flatten()
            .flat_map(|one| [one.first.row, one.other.row, one.last.row]);
        let rows: HashSet<RowOf> =
            described.chain(self.creates.iter().flat_map(|(row, other)| [*row, *other])).collect();
        for (file, input_rows) in (0..).zip(files) {
            if rows.iter().any(|row| row.file == file) {
                places(input_rows.table, file, &rows, &mut self.places)?;
            }
        }
        Ok(())
    }
}

const NOTHING: Statement = Statement { value: 0, row: RowOf { file: u32::MAX, row: u32::MAX } };

/// What the rows with one name have said so far.
struct Described {
    statements: [Statement; ATTRIBUTES.len()],
    first_row: RowOf,
    is_renamed: bool,
}

/// What one row says about names that repeat.
struct RowStatements {
    row: RowOf,
    naming: Naming,
    values: [Option<u32>; ATTRIBUTES.len()],
    memberships: Vec<RowMembership>,
}

/// Reads the tables that describe people a second time.
fn description(
    files: &[(u32, InputRows<'_>)],
    repeated: &HashSet<u64>,
    conflicts: &mut FoundConflicts,
) -> io::Result<()> {
    let mut descriptions = Descriptions::default();
    let may_take_memberships =
        files.iter().any(|(_, rows)| takes_memberships(rows.table, rows.rules));
    let visit = |cells: &Cells<'_>, rules: &Rules, row: RowOf| {
        let naming = Naming::of(cells, rules);
        let concerns = [naming.email, naming.username, naming.given]
            .into_iter()
            .flatten()
            .any(|key| repeated.contains(&key));
        concerns.then(|| RowStatements {
            row,
            naming,
            values: ATTRIBUTES.map(|field| attribute(cells, rules, field)),
            memberships: match may_take_memberships {
                true => RowMembership::of(cells, rules),
                false => Vec::new(),
            },
        })
    };
    each_row_of(files.iter().copied(), visit, |row| descriptions.add(&row, repeated))?;
    descriptions.note_taken_addresses();
    for ((key, _), contradiction) in descriptions.found {
        conflicts.people.entry(key).or_default().push(contradiction);
    }
    for contradictions in conflicts.people.values_mut() {
        contradictions.sort_unstable_by_key(|one| one.about);
    }
    Ok(())
}

/// What the rows say about people whose names repeat.
#[derive(Default)]
struct Descriptions {
    people: HashMap<u64, Described>,
    /// What the first row says about the membership of a person in a group.
    memberships: HashMap<(u64, u64), Statement>,
    /// Which user gets an address that repeats, and in which row.
    given: HashMap<u64, Statement>,
    found: HashMap<(u64, ConflictSubject), Contradiction>,
}

impl Descriptions {
    fn add(&mut self, statements: &RowStatements, repeated: &HashSet<u64>) {
        let RowStatements { row, naming, values, memberships } = statements;
        let (row, is_repeated) = (*row, |key: &u64| repeated.contains(key));
        for key in [naming.email, naming.username].into_iter().flatten().filter(is_repeated) {
            let described = self.people.entry(key).or_insert(Described {
                statements: [NOTHING; ATTRIBUTES.len()],
                first_row: row,
                is_renamed: false,
            });
            described.is_renamed |= naming.given.is_some();
            for (index, value) in values.iter().enumerate() {
                let Some(value) = *value else { continue };
                let saying = Statement { value, row };
                let slot = &mut described.statements[index];
                if *slot == NOTHING {
                    *slot = saying;
                }
                let subject = ConflictSubject::Attribute(u8::try_from(index).unwrap_or(0));
                note(&mut self.found, (key, subject), *slot, saying);
            }
            for RowMembership { group, is_given, .. } in memberships {
                let saying = Statement { value: u32::from(*is_given), row };
                let first = *self.memberships.entry((key, *group)).or_insert(saying);
                note(&mut self.found, (key, ConflictSubject::Membership(*group)), first, saying);
            }
        }
        if let (Some(key), Some(owner)) = (naming.given.filter(is_repeated), naming.owner()) {
            let saying = Statement { value: short(owner), row };
            let first = *self.given.entry(key).or_insert(saying);
            note(&mut self.found, (key, ConflictSubject::Given), first, saying);
        }
    }

    /// Records addresses that are assigned to one user, while another user has them in an earlier
    /// row and keeps them.
    fn note_taken_addresses(&mut self) {
        for (key, giver) in &self.given {
            let Some(holder) = self.people.get(key) else { continue };
            if holder.is_renamed || holder.first_row >= giver.row {
                continue;
            }
            let first = Statement { value: 0, row: holder.first_row };
            let last = Statement { value: 1, row: giver.row };
            let about = ConflictSubject::Taken;
            self.found.insert((*key, about), Contradiction { about, first, other: last, last });
        }
    }
}

/// Records what a row says about something, if it differs from `first`, which was said first.
fn note(
    found: &mut HashMap<(u64, ConflictSubject), Contradiction>,
    what: (u64, ConflictSubject),
    first: Statement,
    saying: Statement,
) {
    match found.get_mut(&what) {
        Some(contradiction) => contradiction.last = saying,
        None if saying.value != first.value => {
            found.insert(what, Contradiction { about: what.1, first, other: saying, last: saying });
        }
        None => {}
    }
}

/// What one row of a sequence does to names.
enum Does {
    /// Creates a user with this email and these names.
    Creates { email: u64, names: Vec<u64> },
    /// Renames or removes a user who has one of these names.
    Releases(Naming),
}

/// Reads the tables that are a sequence of operations a second time.
fn sequence(
    files: &[InputRows<'_>],
    repeated: &HashSet<u64>,
    conflicts: &mut FoundConflicts,
) -> io::Result<()> {
    let is_compared = |file: &InputRows<'_>| file.baseline.is_some_and(|known| !known.only_shows);
    let compares = files.iter().any(is_compared);
    let mut held: HashMap<u64, (u64, RowOf)> = HashMap::new();
    let visit = |cells: &Cells<'_>, rules: &Rules, row: RowOf| {
        let naming = Naming::of(cells, rules);
        let renames = || {
            [Field::NewEmail, Field::NewUsername]
                .iter()
                .any(|field| !cells.get(*field).trim().is_empty())
        };
        // A list shows which user a name means.
        let names: Vec<u64> = [naming.email.filter(|_| !compares), naming.username]
            .into_iter()
            .flatten()
            .filter(|name| repeated.contains(name))
            .collect();
        match (row_action(cells, rules)?, naming.email) {
            (Action::Create, Some(email)) if !names.is_empty() => {
                Some((row, Does::Creates { email, names }))
            }
            (Action::Delete | Action::DeleteAccount, _) => Some((row, Does::Releases(naming))),
            _ => renames().then_some((row, Does::Releases(naming))),
        }
    };
    each_row_of((0..).zip(files.iter().copied()), visit, |(row, does)| match does {
        Does::Creates { email, names } => {
            for name in names {
                match held.get(&name) {
                    Some(&(other_email, other)) if other_email != email => {
                        conflicts.creates.insert(row, other);
                        conflicts.creates.entry(other).or_insert(row);
                    }
                    Some(_) => {}
                    None => drop(held.insert(name, (email, row))),
                }
            }
        }
        Does::Releases(Naming { email, username, .. }) => {
            let is_released = |name: u64| Some(name) == username || Some(name) == email;
            held.retain(|name, (address, _)| !is_released(*name) && Some(*address) != email);
        }
    })?;
    Ok(())
}

/// Passes what `look` finds in the rows of tables to `take`, in order.
fn each_row_of<'t, T: Send>(
    files: impl Iterator<Item = (u32, InputRows<'t>)>,
    visit: impl Fn(&Cells<'_>, &Rules, RowOf) -> Option<T> + Sync,
    mut take: impl FnMut(T) + Send,
) -> io::Result<()> {
    for (file, input_rows) in files {
        each_row(
            input_rows.table,
            |block, index, buffer, found| {
                let row = u32::try_from(block.first_row + index as u64).unwrap_or(u32::MAX);
                if let Ok(cells) = block.cells(index, buffer) {
                    found.extend(visit(&cells, input_rows.rules, RowOf { file, row }));
                }
            },
            &mut take,
        )?;
    }
    Ok(())
}

/// Finds the places of these rows of a file.
fn places(
    table: &Table,
    file: u32,
    rows: &HashSet<RowOf>,
    places: &mut HashMap<RowOf, RowPlace>,
) -> io::Result<()> {
    for block in table.blocks() {
        let block = block?;
        for index in 0..block.len() {
            let row = RowOf {
                file,
                row: u32::try_from(block.first_row + index as u64).unwrap_or(u32::MAX),
            };
            if rows.contains(&row) {
                let frame = block.frame(index);
                let place = RowLocation {
                    offset: frame.offset,
                    len: u32::try_from(frame.len).unwrap_or(u32::MAX),
                };
                places.insert(row, RowPlace { line: frame.line, place });
            }
        }
    }
    Ok(())
}
