//! Rows of the tables of one command that contradict each other about a person.
//!
//! A table without an `action` column describes people: somebody whom it names twice must be the
//! same both times. With that column it is a sequence of operations, in which later rows may change
//! what earlier ones did; only two creates of one username with two emails contradict each other,
//! unless a rename or a removal of that user stands between them.
//!
//! The first reading keeps eight bytes for each name ([`Names`]). Only where names repeat, a second
//! one compares what their rows say. What is kept then is one entry for each name that rows
//! contradict each other about, and none for a row.
//!
//! The files of one command are judged together ([`conflicts_between`]), in the order in which they
//! are sent: the tables that describe people among themselves, and all of them as one sequence
//! where one of them is a sequence.

use super::input_rows::{InputRows, Skip};
use crate::change::{
    ATTRIBUTES, Action, Naming, RowEffect, Rules, attribute, row_action, same_name,
};
use crate::table::{Block, Cells, Field, RowBuffer, RowLocation, Table, each_block};
use rayon::slice::ParallelSliceMut;
use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::Arc;

/// The code of rows that contradict another one.
const CONFLICT: &str = "invalid.row.conflict";

/// The code of a row that gives way to a later one.
pub(super) const GIVES_WAY: &str = "skipped.conflict";

/// First reading: the names of people in a table.
#[derive(Debug, Default)]
pub struct Names {
    /// Emails, and the addresses that rows give.
    addresses: Vec<u64>,
    usernames: Vec<u64>,
    /// A row says what it does.
    has_actions: bool,
}

impl Names {
    /// Takes in the names of a row.
    pub fn take(&mut self, cells: &Cells<'_>, rules: &Rules) {
        let Naming { email, username, given } = Naming::of(cells, rules);
        self.addresses.extend(email);
        self.addresses.extend(given);
        self.usernames.extend(username);
        self.has_actions |= !rules.is_overridden && !cells.get(Field::Action).trim().is_empty();
    }

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

    /// Takes in the names of other rows.
    pub fn absorb(&mut self, other: Self) {
        self.addresses.extend(other.addresses);
        self.usernames.extend(other.usernames);
        self.has_actions |= other.has_actions;
    }

    /// Makes room for the names of so many more rows: growing by doubling would need twice the
    /// memory.
    pub(super) fn reserve(&mut self, rows: usize) {
        self.addresses.reserve_exact(rows);
    }

    /// Returns the names that repeat; the others are forgotten.
    pub fn repeated(self) -> Repeated {
        let Self { mut addresses, mut usernames, has_actions } = self;
        if has_actions {
            return Repeated { names: repeated(&mut usernames), has_actions };
        }
        addresses.append(&mut usernames);
        Repeated { names: repeated(&mut addresses), has_actions }
    }
}

/// The names that repeat in a table.
#[derive(Debug)]
pub struct Repeated {
    names: HashSet<u64>,
    has_actions: bool,
}

impl Repeated {
    /// The rows that contradict each other: reads the table once more where names repeat.
    ///
    /// # Errors
    /// When reading fails.
    pub fn conflicts(&self, input_rows: &InputRows<'_>) -> io::Result<Conflicts> {
        let mut found = FoundConflicts::default();
        match self {
            Self { names, .. } if names.is_empty() => {}
            Self { names, has_actions: true } => sequence(&[*input_rows], names, &mut found)?,
            Self { names, has_actions: false } => {
                description(&[(0, *input_rows)], names, &mut found)?;
            }
        }
        found.find_places(&[*input_rows])?;
        Ok(Conflicts { file: 0, found: Arc::new(found), tables: Arc::default() })
    }
}

/// Finds the rows of several files that contradict each other, and returns what that means for each
/// file.
///
/// `tables` are the tables of the readings, in the same order.
///
/// # Errors
/// When reading fails.
pub fn conflicts_between(
    files: &[InputRows<'_>],
    tables: Vec<Arc<Table>>,
) -> io::Result<Vec<Conflicts>> {
    let (mut described, mut sequenced) = (Vec::new(), Vec::new());
    let mut descriptions = Vec::new();
    for (file, input_rows) in (0..).zip(files) {
        let names = Names::of(input_rows)?;
        sequenced.extend_from_slice(&names.usernames);
        if !names.has_actions {
            described.extend(names.addresses);
            described.extend(names.usernames);
            descriptions.push((file, *input_rows));
        }
    }
    let mut found = FoundConflicts::default();
    let names = repeated(&mut described);
    if !names.is_empty() {
        description(&descriptions, &names, &mut found)?;
    }
    let names = repeated(&mut sequenced);
    if descriptions.len() < files.len() && !names.is_empty() {
        sequence(files, &names, &mut found)?;
    }
    found.find_places(files)?;
    let (found, tables): (Arc<FoundConflicts>, Arc<[Arc<Table>]>) =
        (Arc::new(found), tables.into());
    Ok((0..)
        .zip(files)
        .map(|(file, _)| Conflicts { file, found: Arc::clone(&found), tables: Arc::clone(&tables) })
        .collect())
}

/// The keys that are there more than once.
fn repeated(keys: &mut [u64]) -> HashSet<u64> {
    keys.par_sort_unstable();
    keys.chunk_by(|a, b| a == b).filter(|same| same.len() > 1).map(|same| same[0]).collect()
}

/// A row of one of the files, both from 0; ordered as they are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct RowOf {
    file: u32,
    row: u32,
}

/// What a row said, and which row it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Statement {
    value: u32,
    row: RowOf,
}

/// What about a person rows contradict each other in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum ConflictSubject {
    /// One of [`ATTRIBUTES`].
    Attribute(u8),
    /// Who gets an address.
    Given,
    /// An address of somebody that a later row gives to somebody else.
    Taken,
}

/// Rows that contradict each other: the first, the first that says otherwise, and the last.
#[derive(Debug, Clone, Copy)]
struct Contradiction {
    about: ConflictSubject,
    first: Statement,
    other: Statement,
    last: Statement,
}

/// Where a row is.
#[derive(Debug, Clone, Copy)]
struct RowPlace {
    line: u64,
    place: RowLocation,
}

/// The rows that contradict each other.
#[derive(Debug, Default)]
struct FoundConflicts {
    /// By name.
    people: HashMap<u64, Vec<Contradiction>>,
    /// By row, in a sequence of operations: the other row.
    creates: HashMap<RowOf, RowOf>,
    places: HashMap<RowOf, RowPlace>,
}

/// The rows of a file that contradict each other, or rows of other files of the same command; empty
/// for most files.
#[derive(Debug, Default)]
pub struct Conflicts {
    file: u32,
    found: Arc<FoundConflicts>,
    /// The tables of all files; none where there is only this one.
    tables: Arc<[Arc<Table>]>,
}

impl Conflicts {
    /// Does no row contradict another?
    pub fn is_empty(&self) -> bool {
        self.found.people.is_empty() && self.found.creates.is_empty()
    }

    /// What becomes of a row, from 0, that contradicts another one.
    pub(super) fn objection(
        &self,
        input_rows: &InputRows<'_>,
        row: u64,
        cells: &Cells<'_>,
    ) -> Option<Skip> {
        let rules = input_rows.rules;
        let own = RowOf { file: self.file, row: u32::try_from(row).ok()? };
        let found = match self.found.creates.get(&own) {
            Some(other) if !rules.last_wins || *other > own => vec![(Some(Field::Email), *other)],
            _ => self.found.described(cells, rules),
        };
        let &(_, other) = found.first()?;
        let RowPlace { line, place } = *self.found.places.get(&other)?;
        let other_table = if other.file == self.file {
            input_rows.table
        } else {
            self.tables.get(other.file as usize)?
        };
        let line = match other.file == self.file {
            true => format!("line {line}"),
            false => format!("line {line} of {}", other_table.name()),
        };
        if rules.last_wins {
            return Some(Skip::Skipped {
                code: GIVES_WAY,
                message: format!(
                    "{line} contradicts this row, comes later, and counts (--conflicts last)"
                ),
            });
        }
        let mut buffer = RowBuffer::default();
        let there = other_table.read_row(place, &mut buffer).ok().and_then(Result::ok);
        let fields = found.iter().filter(|(_, row)| *row == other).map(|(field, _)| *field);
        let what =
            in_words(fields.filter_map(|field| contradiction(field, cells, there.as_ref()?)));
        let what = if what.is_empty() {
            format!("{ONE_PERSON}: both have the same address")
        } else {
            what
        };
        let message = format!(
            "row: contradicts {line} {what}; correct one of them, or take the last row \
             (--conflicts last)"
        );
        Some(Skip::Invalid {
            code: CONFLICT.to_owned(),
            message,
            maybe_unchanged: false,
            effect: RowEffect::NONE,
        })
    }
}

/// What rows contradict each other about.
const ONE_PERSON: &str = "about one person";
const ONE_ADDRESS: &str = "about one address";

/// Contradictions one after another: what they are about is said once for those that follow each
/// other.
fn in_words(contradictions: impl Iterator<Item = (&'static str, String)>) -> String {
    let mut words = String::new();
    let mut last = "";
    for (about, what) in contradictions {
        words += if words.is_empty() { "" } else { ", " };
        if about != last {
            words += &format!("{about}: ");
            last = about;
        }
        words += &what;
    }
    words
}

/// What two rows contradict each other in: about what, and in words. `field` is what they say
/// differently; `None`: somebody has the address that the other row gives away.
fn contradiction(
    field: Option<Field>,
    here: &Cells<'_>,
    there: &Cells<'_>,
) -> Option<(&'static str, String)> {
    let text = |cells: &Cells<'_>, field| cells.get(field).trim().to_owned();
    let who = |cells: &Cells<'_>| {
        Some(text(cells, Field::Email))
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| text(cells, Field::Username))
    };
    let Some(field) = field else {
        let (here_given, there_given) = (text(here, Field::NewEmail), text(there, Field::NewEmail));
        return match (here_given.is_empty(), there_given.is_empty()) {
            (false, true) => Some((
                ONE_ADDRESS,
                format!(
                    "this row gives `{here_given}` to `{}`, and that row is about the person who \
                     has it",
                    who(here)
                ),
            )),
            (true, false) => Some((
                ONE_ADDRESS,
                format!(
                    "that row gives `{there_given}` to `{}`, and this row is about the person who \
                     has it",
                    who(there)
                ),
            )),
            _ => None,
        };
    };
    let (one, other) = (text(here, field), text(there, field));
    if field == Field::NewEmail && same_name(&one, &other) {
        return Some((
            ONE_ADDRESS,
            format!(
                "`{one}` is given to `{}` here and to `{}` there, and only one user can have it",
                who(here),
                who(there)
            ),
        ));
    }
    Some((ONE_PERSON, format!("{} is `{one}` here and `{other}` there", field.name())))
}

impl FoundConflicts {
    /// Finds where the rows are that messages name.
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

    /// What a row of a description contradicts, and which row.
    fn described(&self, cells: &Cells<'_>, rules: &Rules) -> Vec<(Option<Field>, RowOf)> {
        let mut found = Vec::new();
        if self.people.is_empty() {
            return found;
        }
        let naming = Naming::of(cells, rules);
        for (key, is_given) in
            [(naming.email, false), (naming.username, false), (naming.given, true)]
        {
            for contradiction in key.and_then(|key| self.people.get(&key)).into_iter().flatten() {
                let Contradiction { about, first, other, last } = *contradiction;
                let own = match about {
                    ConflictSubject::Attribute(index) if !is_given => {
                        let field = ATTRIBUTES[usize::from(index)];
                        attribute(cells, rules, field).map(|value| (Some(field), value))
                    }
                    ConflictSubject::Given if is_given => {
                        naming.owner().map(|owner| (Some(Field::NewEmail), short(owner)))
                    }
                    ConflictSubject::Taken => Some((None, u32::from(is_given))),
                    ConflictSubject::Attribute(_) | ConflictSubject::Given => None,
                };
                let Some((field, value)) = own else { continue };
                let against = match rules.last_wins {
                    true => Some(last).filter(|last| last.value != value),
                    false => Some(if value == first.value { other } else { first }),
                };
                found.extend(
                    against
                        .map(|saying| (field, saying.row))
                        .filter(|found_already| !found.contains(found_already)),
                );
            }
        }
        found
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "half of the hash tells two owners of one address apart"
)]
fn short(hash: u64) -> u32 {
    hash as u32
}

const NOTHING: Statement = Statement { value: 0, row: RowOf { file: u32::MAX, row: u32::MAX } };

/// What the rows of one name have said so far.
struct Described {
    statements: [Statement; ATTRIBUTES.len()],
    first_row: RowOf,
    is_renamed: bool,
}

/// What one row says, for the names that repeat.
struct RowStatements {
    row: RowOf,
    naming: Naming,
    values: [Option<u32>; ATTRIBUTES.len()],
}

/// Second reading of tables that describe people.
fn description(
    files: &[(u32, InputRows<'_>)],
    repeated: &HashSet<u64>,
    conflicts: &mut FoundConflicts,
) -> io::Result<()> {
    let mut people: HashMap<u64, Described> = HashMap::new();
    let mut given: HashMap<u64, Statement> = HashMap::new();
    let mut found: HashMap<(u64, ConflictSubject), Contradiction> = HashMap::new();
    let look = |cells: &Cells<'_>, rules: &Rules, row: RowOf| {
        let naming = Naming::of(cells, rules);
        let concerns = [naming.email, naming.username, naming.given]
            .into_iter()
            .flatten()
            .any(|key| repeated.contains(&key));
        concerns.then(|| RowStatements {
            row,
            naming,
            values: ATTRIBUTES.map(|field| attribute(cells, rules, field)),
        })
    };
    each_row(files.iter().copied(), look, |statements: RowStatements| {
        let RowStatements { row, naming, values } = statements;
        for key in [naming.email, naming.username]
            .into_iter()
            .flatten()
            .filter(|key| repeated.contains(key))
        {
            let described = people.entry(key).or_insert(Described {
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
                note(
                    &mut found,
                    (key, ConflictSubject::Attribute(u8::try_from(index).unwrap_or(0))),
                    *slot,
                    saying,
                );
            }
        }
        if let (Some(key), Some(owner)) =
            (naming.given.filter(|key| repeated.contains(key)), naming.owner())
        {
            let saying = Statement { value: short(owner), row };
            let first = *given.entry(key).or_insert(saying);
            note(&mut found, (key, ConflictSubject::Given), first, saying);
        }
    })?;
    for (key, giver) in given {
        // Anyone who has the address in an earlier row, and keeps it.
        if let Some(holder) =
            people.get(&key).filter(|holder| !holder.is_renamed && holder.first_row < giver.row)
        {
            let (first, last) = (
                Statement { value: 0, row: holder.first_row },
                Statement { value: 1, row: giver.row },
            );
            found.insert(
                (key, ConflictSubject::Taken),
                Contradiction { about: ConflictSubject::Taken, first, other: last, last },
            );
        }
    }
    for ((key, _), contradiction) in found {
        conflicts.people.entry(key).or_default().push(contradiction);
    }
    for contradictions in conflicts.people.values_mut() {
        contradictions.sort_unstable_by_key(|one| match one.about {
            ConflictSubject::Attribute(index) => index,
            ConflictSubject::Given => u8::MAX - 1,
            ConflictSubject::Taken => u8::MAX,
        });
    }
    Ok(())
}

/// Takes in what a row says about something of which `first` was said first.
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

/// What one row of a sequence does to usernames.
enum Does {
    Creates {
        username: u64,
        email: u64,
    },
    /// Renames or removes somebody who has one of these names.
    Releases(Naming),
}

/// Second reading of tables that are a sequence of operations.
fn sequence(
    files: &[InputRows<'_>],
    repeated: &HashSet<u64>,
    conflicts: &mut FoundConflicts,
) -> io::Result<()> {
    let mut held: HashMap<u64, (u64, RowOf)> = HashMap::new();
    let look = |cells: &Cells<'_>, rules: &Rules, row: RowOf| {
        let naming = Naming::of(cells, rules);
        let renames = || {
            [Field::NewEmail, Field::NewUsername]
                .iter()
                .any(|field| !cells.get(*field).trim().is_empty())
        };
        match (row_action(cells, rules)?, naming) {
            (Action::Create, Naming { username: Some(username), email: Some(email), .. })
                if repeated.contains(&username) =>
            {
                Some((row, Does::Creates { username, email }))
            }
            (Action::Delete | Action::DeleteAccount, _) => Some((row, Does::Releases(naming))),
            _ => renames().then_some((row, Does::Releases(naming))),
        }
    };
    each_row((0..).zip(files.iter().copied()), look, |(row, does)| match does {
        Does::Creates { username, email } => match held.get(&username) {
            Some(&(other_email, other)) if other_email != email => {
                conflicts.creates.insert(row, other);
                conflicts.creates.entry(other).or_insert(row);
            }
            Some(_) => {}
            None => drop(held.insert(username, (email, row))),
        },
        Does::Releases(Naming { email, username, .. }) => {
            held.retain(|own, (address, _)| Some(*own) != username && Some(*address) != email);
        }
    })?;
    Ok(())
}

/// Hands what `look` finds in the rows of tables to `take`, in order.
fn each_row<'t, T: Send>(
    files: impl Iterator<Item = (u32, InputRows<'t>)>,
    look: impl Fn(&Cells<'_>, &Rules, RowOf) -> Option<T> + Sync,
    mut take: impl FnMut(T) + Send,
) -> io::Result<()> {
    for (file, input_rows) in files {
        each_block(
            input_rows.table,
            |block: Block| {
                let mut buffer = RowBuffer::default();
                let mut found = Vec::new();
                for index in 0..block.len() {
                    let row = u32::try_from(block.first_row + index as u64).unwrap_or(u32::MAX);
                    if let Ok(cells) = block.cells(index, &mut buffer) {
                        found.extend(look(&cells, input_rows.rules, RowOf { file, row }));
                    }
                }
                found
            },
            |found| {
                found.into_iter().for_each(&mut take);
                Ok::<_, io::Error>(())
            },
        )?;
    }
    Ok(())
}

/// Finds where these rows of a file are.
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
