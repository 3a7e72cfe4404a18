//! Rows of the tables of one command that conflict with each other about a person.
//!
//! A table without an `action` column describes people: rows about the same person must agree. A
//! table with that column is a sequence of operations, in which later rows may change what earlier
//! rows did. There, only two creates of one username with two emails conflict, unless a row between
//! them renames or removes that user.
//!
//! The scan keeps eight bytes for each name ([`Names`]). Only if names repeat, a second reading
//! compares what their rows say. It keeps one entry for each name in conflict, and none for a row.
//!
//! The files of one command are compared together
//! ([`conflicts_between`](super::conflicts_between)), in the order in which they are sent. Tables
//! that describe people are compared among themselves. If one table is a sequence, all tables are
//! compared as one sequence.

use super::row_memberships::RowMembership;
use super::skip::Skip;
use crate::change::{ATTRIBUTES, Naming, RowEffect, Rules, attribute, same_name};
use crate::plan::repeated;
use crate::table::{Cells, Field, RowBuffer, RowLocation, Table};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The code of rows that conflict with another row.
const CONFLICT: &str = "invalid.row.conflict";

/// The code of a row that gives way to a later row.
pub(super) const GIVES_WAY: &str = "skipped.conflict";

/// The result of the first reading: the names of people in a table.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// Emails, and the addresses that rows assign to users.
    pub(super) addresses: Vec<u64>,
    pub(super) usernames: Vec<u64>,
    /// Whether the rows have actions.
    pub(super) has_actions: bool,
}

impl Names {
    /// Adds the names of a row.
    pub(crate) fn take(&mut self, cells: &Cells<'_>, rules: &Rules) {
        let Naming { email, username, given } = Naming::of(cells, rules);
        self.addresses.extend(email);
        self.addresses.extend(given);
        self.usernames.extend(username);
        self.has_actions |= !rules.is_overridden && !cells.get(Field::Action).trim().is_empty();
    }

    /// Adds the names of other rows.
    pub(crate) fn absorb(&mut self, other: Self) {
        self.addresses.extend(other.addresses);
        self.usernames.extend(other.usernames);
        self.has_actions |= other.has_actions;
    }

    /// Reserves memory for the names of this number of further rows. Growing by doubling would need
    /// twice the memory.
    pub(crate) fn reserve(&mut self, rows: usize) {
        self.addresses.reserve_exact(rows);
    }

    /// Returns the number of names.
    pub(crate) fn len(&self) -> usize {
        self.addresses.len() + self.usernames.len()
    }

    /// Returns the names that repeat, and drops the others.
    pub(crate) fn repeated(self) -> Repeated {
        let Self { mut addresses, mut usernames, has_actions } = self;
        if has_actions {
            return Repeated { names: repeated_usernames(&usernames, &addresses), has_actions };
        }
        addresses.append(&mut usernames);
        Repeated { names: repeated(&addresses), has_actions }
    }
}

/// The names that repeat in a table.
#[derive(Debug)]
pub(crate) struct Repeated {
    pub(super) names: HashSet<u64>,
    pub(super) has_actions: bool,
}

/// Returns the usernames that occur more than once, or that are the address of another row.
pub(super) fn repeated_usernames(usernames: &[u64], addresses: &[u64]) -> HashSet<u64> {
    let known: HashSet<u64> = usernames.iter().copied().collect();
    let mut names = repeated(usernames);
    names.extend(addresses.iter().filter(|name| known.contains(name)));
    names
}

/// A row of one of the files, both from 0, in the order in which they are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct RowOf {
    pub(super) file: u32,
    pub(super) row: u32,
}

/// What a row says, and which row it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Statement {
    pub(super) value: u32,
    pub(super) row: RowOf,
}

/// What conflicting rows disagree about, in the order in which messages name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum ConflictSubject {
    /// One of [`ATTRIBUTES`].
    Attribute(u8),
    /// Whether the person is in the group of this hash.
    Membership(u64),
    /// Which user gets an address.
    Given,
    /// An address of one user that a later row assigns to another user.
    Taken,
}

/// How a row conflicts with another one.
#[derive(Debug, Clone, PartialEq, Eq)]
enum ConflictDetail {
    /// In the value of a field.
    Value(Field),
    /// It adds a membership that the other row removes, or the reverse.
    Membership(RowMembership),
    /// One row assigns an address that another user has.
    Address,
}

/// Rows that conflict with each other: the first row, the first one that differs from it, and the
/// last one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Contradiction {
    pub(super) about: ConflictSubject,
    pub(super) first: Statement,
    pub(super) other: Statement,
    pub(super) last: Statement,
}

/// The place of a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowPlace {
    pub(super) line: u64,
    pub(super) place: RowLocation,
}

/// The conflicts between rows.
#[derive(Debug, Default)]
pub(super) struct FoundConflicts {
    /// By the hash of the name.
    pub(super) people: HashMap<u64, Vec<Contradiction>>,
    /// For each row of a sequence of operations, the other row.
    pub(super) creates: HashMap<RowOf, RowOf>,
    pub(super) places: HashMap<RowOf, RowPlace>,
}

/// The rows of a file that conflict with each other, or with rows of other files of the same
/// command; empty for most files.
#[derive(Debug, Default)]
pub struct Conflicts {
    file: u32,
    found: Arc<FoundConflicts>,
    /// The tables of all files; empty if there is only this one.
    tables: Arc<[Arc<Table>]>,
}

impl Conflicts {
    /// Returns the conflicts of one of the files.
    pub(super) fn of_file(
        file: u32,
        found: &Arc<FoundConflicts>,
        tables: &Arc<[Arc<Table>]>,
    ) -> Self {
        Self { file, found: Arc::clone(found), tables: Arc::clone(tables) }
    }

    /// Whether no row contradicts another.
    pub fn is_empty(&self) -> bool {
        self.found.people.is_empty() && self.found.creates.is_empty()
    }

    /// Returns why a row, from 0, is not sent because it conflicts with another row.
    pub(super) fn objection(
        &self,
        (table, rules): (&Table, &Rules),
        row: u64,
        cells: &Cells<'_>,
    ) -> Option<Skip> {
        let own = RowOf { file: self.file, row: u32::try_from(row).ok()? };
        let found = match self.found.creates.get(&own) {
            Some(other) if !rules.last_wins || *other > own => {
                vec![(ConflictDetail::Value(Field::Email), *other)]
            }
            _ => self.found.described(cells, rules),
        };
        let other = found.first()?.1;
        let RowPlace { line, place } = *self.found.places.get(&other)?;
        let other_table =
            if other.file == self.file { table } else { self.tables.get(other.file as usize)? };
        let line = other_table.place_words(line, u64::from(other.row));
        let line = match other.file == self.file {
            true => line,
            false => format!("{line} of {}", other_table.name()),
        };
        if rules.last_wins {
            return Some(Skip::Skipped {
                code: GIVES_WAY,
                message: format!(
                    "skipped: {line} contradicts this row and is used instead (--conflicts last)"
                ),
            });
        }
        let mut buffer = RowBuffer::default();
        let there = other_table.read_row(place, &mut buffer).ok().and_then(Result::ok);
        let differences = found.iter().filter(|(_, row)| *row == other);
        let what = in_words(
            differences
                .filter_map(|(difference, _)| contradiction(difference, cells, there.as_ref()?)),
        );
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
            problems: Vec::new(),
        })
    }
}

/// The words for rows that disagree about one person.
const ONE_PERSON: &str = "about one person";
const ONE_ADDRESS: &str = "about one address";

/// Joins conflicts in words. What they are about is named once for consecutive ones.
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

/// Returns what two rows disagree about, and how, in words.
fn contradiction(
    difference: &ConflictDetail,
    here: &Cells<'_>,
    there: &Cells<'_>,
) -> Option<(&'static str, String)> {
    match difference {
        ConflictDetail::Value(field) => Some(different_values(*field, here, there)),
        ConflictDetail::Membership(RowMembership { name, is_given, .. }) => {
            let (own, other) = if *is_given { ("added", "removed") } else { ("removed", "added") };
            Some((ONE_PERSON, format!("the group `{name}` is {own} here and {other} there")))
        }
        ConflictDetail::Address => address_given_away(here, there),
    }
}

fn text(cells: &Cells<'_>, field: Field) -> String {
    cells.get(field).trim().to_owned()
}

/// Returns the person in a row.
fn who(cells: &Cells<'_>) -> String {
    Some(text(cells, Field::Email))
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| text(cells, Field::Username))
}

/// Describes a conflict in which one row assigns an address to one user, and the other row is about
/// the user who has it.
fn address_given_away(here: &Cells<'_>, there: &Cells<'_>) -> Option<(&'static str, String)> {
    let (here_given, there_given) = (text(here, Field::NewEmail), text(there, Field::NewEmail));
    let words = match (here_given.is_empty(), there_given.is_empty()) {
        (false, true) => format!(
            "this row gives `{here_given}` to `{}`, but that row is about the person who has it",
            who(here)
        ),
        (true, false) => format!(
            "that row gives `{there_given}` to `{}`, but this row is about the person who has it",
            who(there)
        ),
        _ => return None,
    };
    Some((ONE_ADDRESS, words))
}

/// Describes rows with different values in a field, or rows that assign one address to two people.
fn different_values(field: Field, here: &Cells<'_>, there: &Cells<'_>) -> (&'static str, String) {
    let (one, other) = (text(here, field), text(there, field));
    if field == Field::NewEmail && same_name(&one, &other) {
        let words = format!(
            "`{one}` is given to `{}` here and to `{}` there, and only one user can have it",
            who(here),
            who(there)
        );
        return (ONE_ADDRESS, words);
    }
    (ONE_PERSON, format!("{} is `{one}` here and `{other}` there", field.name()))
}

impl FoundConflicts {
    /// Returns how a row that describes a person conflicts with others, and with which row.
    fn described(&self, cells: &Cells<'_>, rules: &Rules) -> Vec<(ConflictDetail, RowOf)> {
        let mut found = Vec::new();
        if self.people.is_empty() {
            return found;
        }
        let naming = Naming::of(cells, rules);
        let mut memberships = None;
        for (key, is_given) in
            [(naming.email, false), (naming.username, false), (naming.given, true)]
        {
            for contradiction in key.and_then(|key| self.people.get(&key)).into_iter().flatten() {
                let Contradiction { about, first, other, last } = *contradiction;
                let own = match about {
                    ConflictSubject::Attribute(index) if !is_given => {
                        let field = ATTRIBUTES[usize::from(index)];
                        attribute(cells, rules, field)
                            .map(|value| (ConflictDetail::Value(field), value))
                    }
                    ConflictSubject::Membership(group) if !is_given => {
                        let all: &Vec<_> =
                            memberships.get_or_insert_with(|| RowMembership::of(cells, rules));
                        all.iter().find(|own| own.group == group).map(|own| {
                            (ConflictDetail::Membership(own.clone()), u32::from(own.is_given))
                        })
                    }
                    ConflictSubject::Given if is_given => naming
                        .owner()
                        .map(|owner| (ConflictDetail::Value(Field::NewEmail), short(owner))),
                    ConflictSubject::Taken => Some((ConflictDetail::Address, u32::from(is_given))),
                    ConflictSubject::Attribute(_)
                    | ConflictSubject::Membership(_)
                    | ConflictSubject::Given => None,
                };
                let Some((difference, value)) = own else { continue };
                let against = match rules.last_wins {
                    true => Some(last).filter(|last| last.value != value),
                    false => Some(if value == first.value { other } else { first }),
                };
                found.extend(
                    against
                        .map(|saying| (difference, saying.row))
                        .filter(|found_already| !found.contains(found_already)),
                );
            }
        }
        found
    }
}

/// Returns the lower half of a hash, which is enough to compare rows.
#[expect(
    clippy::cast_possible_truncation,
    reason = "half of the hash tells two owners of one address apart"
)]
pub(super) fn short(hash: u64) -> u32 {
    hash as u32
}
