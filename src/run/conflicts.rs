//! Rows of one table that contradict each other about a person.
//!
//! A table without an `action` column describes people: whoever it names twice must be the same both times. With that column it is a
//! sequence of operations, in which later rows may change what earlier ones did; only two creates of one username with two emails
//! contradict each other, unless a rename or a removal of that user stands between them.
//!
//! The first reading keeps eight bytes for each name ([`Names`]). Only where names repeat, a second one compares what their rows say. What
//! is kept then is one entry for each name that rows contradict each other about, and none for a row.

use super::survey::{Reading, Unsent};
use crate::change::{ATTRIBUTES, Action, Effect, Naming, Rules, attribute, row_action};
use crate::table::{Block, Cells, Field, Place, RowBuffer, Table, each_block};
use rayon::slice::ParallelSliceMut;
use std::collections::{HashMap, HashSet};
use std::io;

/// The code of rows that contradict another one.
const CONFLICT: &str = "invalid.row.conflict";

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

    /// Takes in the names of other rows.
    pub fn absorb(&mut self, other: Self) {
        self.addresses.extend(other.addresses);
        self.usernames.extend(other.usernames);
        self.has_actions |= other.has_actions;
    }

    /// Makes room for the names of so many more rows: growing by doubling would need twice the memory.
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
    pub fn conflicts(&self, reading: &Reading<'_>) -> io::Result<Conflicts> {
        match self {
            Self { names, .. } if names.is_empty() => Ok(Conflicts::default()),
            Self { names, has_actions: true } => sequence(reading, names),
            Self { names, has_actions: false } => description(reading, names),
        }
    }
}

/// The keys that are there more than once.
fn repeated(keys: &mut [u64]) -> HashSet<u64> {
    keys.par_sort_unstable();
    keys.chunk_by(|a, b| a == b).filter(|same| same.len() > 1).map(|same| same[0]).collect()
}

/// What a row said, and which row it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Saying {
    value: u32,
    row: u32,
}

/// What about a person rows contradict each other in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum About {
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
    about: About,
    first: Saying,
    other: Saying,
    last: Saying,
}

/// Where a row is.
#[derive(Debug, Clone, Copy)]
struct RowPlace {
    line: u64,
    place: Place,
}

/// The rows of a table that contradict each other; empty for most tables.
#[derive(Debug, Default)]
pub struct Conflicts {
    /// By name.
    people: HashMap<u64, Vec<Contradiction>>,
    /// By row, in a sequence of operations: the other row.
    creates: HashMap<u32, u32>,
    places: HashMap<u32, RowPlace>,
}

impl Conflicts {
    /// Does no row contradict another?
    pub fn is_empty(&self) -> bool {
        self.people.is_empty() && self.creates.is_empty()
    }

    /// What becomes of a row, from 0, that contradicts another one.
    pub(super) fn objection(&self, reading: &Reading<'_>, row: u64, cells: &Cells<'_>) -> Option<Unsent> {
        let rules = reading.rules;
        let found = match u32::try_from(row).ok().and_then(|row| self.creates.get(&row)) {
            Some(other) => vec![(Some(Field::Email), *other)],
            None => self.described(cells, rules),
        };
        let &(_, other) = found.first()?;
        let RowPlace { line, place } = *self.places.get(&other)?;
        if rules.last_wins {
            return Some(Unsent::Skipped {
                code: "skipped.conflict",
                message: format!("line {line} contradicts this row, comes later, and counts (--conflicts last)"),
            });
        }
        let mut buffer = RowBuffer::default();
        let there = reading.table.read_row(place, &mut buffer).ok().and_then(Result::ok);
        let values = found.iter().filter(|(_, row)| *row == other).filter_map(|(field, _)| {
            let field = (*field)?;
            let there = there.as_ref()?.get(field).trim();
            Some(format!("{} is `{}` here and `{there}` there", field.name(), cells.get(field).trim()))
        });
        let values: Vec<String> = values.collect();
        let what = if values.is_empty() { "both have the same address".to_owned() } else { values.join(", ") };
        let message =
            format!("row: contradicts line {line} about one person: {what}; correct one of them, or take the last row (--conflicts last)");
        Some(Unsent::Invalid { code: CONFLICT.to_owned(), message, perhaps_so: false, effect: Effect::NONE })
    }

    /// What a row of a description contradicts, and which row.
    fn described(&self, cells: &Cells<'_>, rules: &Rules) -> Vec<(Option<Field>, u32)> {
        let mut found = Vec::new();
        if self.people.is_empty() {
            return found;
        }
        let naming = Naming::of(cells, rules);
        for (key, is_given) in [(naming.email, false), (naming.username, false), (naming.given, true)] {
            for contradiction in key.and_then(|key| self.people.get(&key)).into_iter().flatten() {
                let Contradiction { about, first, other, last } = *contradiction;
                let own = match about {
                    About::Attribute(index) if !is_given => {
                        let field = ATTRIBUTES[usize::from(index)];
                        attribute(cells, rules, field).map(|value| (Some(field), value))
                    }
                    About::Given if is_given => naming.owner().map(|owner| (Some(Field::NewEmail), short(owner))),
                    About::Taken => Some((None, u32::from(is_given))),
                    About::Attribute(_) | About::Given => None,
                };
                let Some((field, value)) = own else { continue };
                let against = match rules.last_wins {
                    true => Some(last).filter(|last| last.value != value),
                    false => Some(if value == first.value { other } else { first }),
                };
                found.extend(against.map(|saying| (field, saying.row)).filter(|found_already| !found.contains(found_already)));
            }
        }
        found
    }
}

#[expect(clippy::cast_possible_truncation, reason = "half of the hash tells two owners of one address apart")]
fn short(hash: u64) -> u32 {
    hash as u32
}

const NOTHING: Saying = Saying { value: 0, row: u32::MAX };

/// What the rows of one name have said so far.
struct Described {
    said: [Saying; ATTRIBUTES.len()],
    first_row: u32,
    is_renamed: bool,
}

/// What one row says, for the names that repeat.
struct Said {
    row: u32,
    naming: Naming,
    values: [Option<u32>; ATTRIBUTES.len()],
}

/// Second reading of a table that describes people.
fn description(reading: &Reading<'_>, repeated: &HashSet<u64>) -> io::Result<Conflicts> {
    let mut people: HashMap<u64, Described> = HashMap::new();
    let mut given: HashMap<u64, Saying> = HashMap::new();
    let mut found: HashMap<(u64, About), Contradiction> = HashMap::new();
    let look = |cells: &Cells<'_>, row: u32| {
        let naming = Naming::of(cells, reading.rules);
        let concerns = [naming.email, naming.username, naming.given].into_iter().flatten().any(|key| repeated.contains(&key));
        concerns.then(|| Said { row, naming, values: ATTRIBUTES.map(|field| attribute(cells, reading.rules, field)) })
    };
    each_row(reading.table, look, |said: Said| {
        let Said { row, naming, values } = said;
        for key in [naming.email, naming.username].into_iter().flatten().filter(|key| repeated.contains(key)) {
            let described = people.entry(key).or_insert(Described { said: [NOTHING; ATTRIBUTES.len()], first_row: row, is_renamed: false });
            described.is_renamed |= naming.given.is_some();
            for (index, value) in values.iter().enumerate() {
                let Some(value) = *value else { continue };
                let saying = Saying { value, row };
                let slot = &mut described.said[index];
                if *slot == NOTHING {
                    *slot = saying;
                }
                note(&mut found, (key, About::Attribute(u8::try_from(index).unwrap_or(0))), *slot, saying);
            }
        }
        if let (Some(key), Some(owner)) = (naming.given.filter(|key| repeated.contains(key)), naming.owner()) {
            let saying = Saying { value: short(owner), row };
            let first = *given.entry(key).or_insert(saying);
            note(&mut found, (key, About::Given), first, saying);
        }
    })?;
    for (key, giver) in given {
        // Whoever has the address in an earlier row, and keeps it.
        if let Some(holder) = people.get(&key).filter(|holder| !holder.is_renamed && holder.first_row < giver.row) {
            let (first, last) = (Saying { value: 0, row: holder.first_row }, Saying { value: 1, row: giver.row });
            found.insert((key, About::Taken), Contradiction { about: About::Taken, first, other: last, last });
        }
    }
    let mut conflicts = Conflicts::default();
    for ((key, _), contradiction) in found {
        conflicts.people.entry(key).or_default().push(contradiction);
    }
    for contradictions in conflicts.people.values_mut() {
        contradictions.sort_unstable_by_key(|one| match one.about {
            About::Attribute(index) => index,
            About::Given => u8::MAX - 1,
            About::Taken => u8::MAX,
        });
    }
    let rows = conflicts.people.values().flatten().flat_map(|one| [one.first.row, one.other.row, one.last.row]).collect();
    conflicts.places = places(reading.table, &rows)?;
    Ok(conflicts)
}

/// Takes in what a row says about something of which `first` was said first.
fn note(found: &mut HashMap<(u64, About), Contradiction>, what: (u64, About), first: Saying, saying: Saying) {
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
    /// Renames or removes whoever has one of these names.
    Releases(Naming),
}

/// Second reading of a table that is a sequence of operations.
fn sequence(reading: &Reading<'_>, repeated: &HashSet<u64>) -> io::Result<Conflicts> {
    let mut held: HashMap<u64, (u64, u32)> = HashMap::new();
    let mut conflicts = Conflicts::default();
    let look = |cells: &Cells<'_>, row: u32| {
        let naming = Naming::of(cells, reading.rules);
        let renames = || [Field::NewEmail, Field::NewUsername].iter().any(|field| !cells.get(*field).trim().is_empty());
        match (row_action(cells, reading.rules)?, naming) {
            (Action::Create, Naming { username: Some(username), email: Some(email), .. }) if repeated.contains(&username) => {
                Some((row, Does::Creates { username, email }))
            }
            (Action::Delete | Action::DeleteAccount, _) => Some((row, Does::Releases(naming))),
            _ => renames().then_some((row, Does::Releases(naming))),
        }
    };
    each_row(reading.table, look, |(row, does)| match does {
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
    let rows = conflicts.creates.iter().flat_map(|(row, other)| [*row, *other]).collect();
    conflicts.places = places(reading.table, &rows)?;
    Ok(conflicts)
}

/// Hands what `look` finds in the rows of a table to `take`, in order.
fn each_row<T: Send>(table: &Table, look: impl Fn(&Cells<'_>, u32) -> Option<T> + Sync, mut take: impl FnMut(T) + Send) -> io::Result<()> {
    each_block(
        table,
        |block: Block| {
            let mut buffer = RowBuffer::default();
            let mut found = Vec::new();
            for index in 0..block.len() {
                let row = u32::try_from(block.first_row + index as u64).unwrap_or(u32::MAX);
                if let Ok(cells) = block.cells(index, &mut buffer) {
                    found.extend(look(&cells, row));
                }
            }
            found
        },
        |found| {
            found.into_iter().for_each(&mut take);
            Ok::<_, io::Error>(())
        },
    )
}

/// Where these rows are.
fn places(table: &Table, rows: &HashSet<u32>) -> io::Result<HashMap<u32, RowPlace>> {
    let mut places = HashMap::with_capacity(rows.len());
    if rows.is_empty() {
        return Ok(places);
    }
    for block in table.blocks() {
        let block = block?;
        for index in 0..block.len() {
            let row = u32::try_from(block.first_row + index as u64).unwrap_or(u32::MAX);
            if rows.contains(&row) {
                let frame = block.frame(index);
                let place = Place { offset: frame.offset, len: u32::try_from(frame.len).unwrap_or(u32::MAX) };
                places.insert(row, RowPlace { line: frame.line, place });
            }
        }
    }
    Ok(places)
}
