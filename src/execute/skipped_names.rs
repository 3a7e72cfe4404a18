//! Finds whom a row means that is invalid or skipped: its names may be mistyped or lost.
//!
//! In: the cells of such a row. Out: its names, or that it may be about anybody. Pure.

use crate::change::MeantName;
use crate::number::count;
use crate::reconcile::RefusedNames;
use crate::table::{Cells, Field, PartKind, RowContent, SkippedRow};
use std::fmt;

/// The fields that name one person.
const NAME_FIELDS: [Field; 4] =
    [Field::Email, Field::Username, Field::NewEmail, Field::NewUsername];
/// The fields that list people.
const LIST_FIELDS: [Field; 2] = [Field::Users, Field::RemoveUsers];

/// The fields that name a person together.
const PERSON_FIELDS: [Field; 2] = [Field::Firstname, Field::Lastname];

/// Returns the names in a row that is not sent, with the text of a skipped one; `None` if the row
/// is about a person and has no name that can be read, so that it may be about anybody.
pub(super) fn names_in_skipped(row: &SkippedRow<'_>, text: &str) -> Option<RefusedNames> {
    match row.content {
        RowContent::Remark => Some(addresses_in(&row.cells, text)),
        RowContent::Entry if is_nameless(&row.cells) => None,
        RowContent::Entry | RowContent::Nothing => Some(names_in(&row.cells)),
    }
}

/// Whether a row is about a person, and tells neither a name nor a first and last name: its cells
/// are empty, hold an error value of a spreadsheet or the like, or the mapping makes no value of
/// them.
fn is_nameless(cells: &Cells<'_>) -> bool {
    let is_name = |field, cell| MeantName::of(field, cell, None) != Some(MeantName::Any);
    let names = |field| {
        let names = cells.get(field).split([',', ';', '|', '\n']).map(str::trim);
        names.filter(|name| !name.is_empty() && *name != "[]")
    };
    let is_lost = |field| names(field).any(|name| !is_name(field, name));
    let is_told =
        |field| !is_unmapped(cells, field) && names(field).any(|name| is_name(field, name));
    let is_filled = |field: Field| !cells.get(field).trim().is_empty();
    let mut people = NAME_FIELDS.into_iter().chain(LIST_FIELDS);
    let is_of_group = [Field::Group, Field::NewName].into_iter().any(is_filled);
    (!is_of_group || people.clone().any(is_lost))
        && !people.any(is_told)
        && !PERSON_FIELDS
            .into_iter()
            .all(|field| is_told(field) && cells.get(field).contains(char::is_alphabetic))
}

/// Whether the mapping makes no name of the cells of a row: one has no translation, or is empty, an
/// error, a formula, or a number in place of a first or last name.
fn is_unmapped(cells: &Cells<'_>, field: Field) -> bool {
    let is_number = |part: &str| {
        !part.contains(char::is_alphabetic)
            && PERSON_FIELDS.into_iter().any(|own| cells.get(own).trim() == part)
    };
    let is_lost = |part, kind| {
        kind == PartKind::Formula
            || MeantName::of(Field::Username, part, None) == Some(MeantName::Any)
            || is_number(part)
    };
    cells.mapping_faults().any(|(own, _)| *own == field)
        || cells.joined_parts().any(|(own, part, kind)| own == field && is_lost(part, kind))
}

/// Returns what a cell with an invalid name may mean; `None` if nothing of it can be read.
fn meant_by(field: Field, cell: &str, domain: Option<&str>) -> Option<MeantName> {
    let is_whole = cell.is_ascii() && cell.contains('@') && !cell.contains('?');
    match MeantName::of(field, cell, domain)? {
        MeantName::Any => None,
        meant if is_whole => Some(meant.without_slips()),
        meant => Some(meant),
    }
}

/// Returns the names in a row, and what its cells with invalid names may mean.
fn names_in(cells: &Cells<'_>) -> RefusedNames {
    let domain = Some(cells.get(Field::Domain)).filter(|domain| !domain.is_empty());
    let unclear =
        NAME_FIELDS.into_iter().filter_map(|field| meant_by(field, cells.get(field), domain));
    // A group may have the name of a person: only cells of people count.
    let of_people = NAME_FIELDS.into_iter().chain(LIST_FIELDS);
    let names: String = of_people.flat_map(|field| [cells.get(field), " | "]).collect();
    let full_name = PERSON_FIELDS.map(|field| cells.get(field)).join(" ");
    RefusedNames { text: format!("{names}{full_name}"), names, unclear: unclear.collect() }
}

/// Returns the addresses in a text that is no row.
fn addresses_in(cells: &Cells<'_>, text: &str) -> RefusedNames {
    let is_between = |c: char| c.is_whitespace() || ",;|\"#<>()".contains(c);
    let own = NAME_FIELDS.into_iter().map(|field| cells.get(field));
    let words = own.chain([text]).flat_map(|text| text.split(is_between));
    let addresses: Vec<&str> = words.filter(|word| word.contains('@')).collect();
    let names = addresses.join(" ");
    RefusedNames { text: names.clone(), names, unclear: Vec::new() }
}

/// Skipped rows that are about a person, and nobody can tell about whom.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct NamelessRows {
    /// The places of the first ones.
    places: Vec<String>,
    rows: u64,
    /// The number of names that are not compared with those of all people, because there are too
    /// many.
    uncompared: u64,
}

/// The most rows that a message names.
const MOST_PLACES: usize = 5;

impl NamelessRows {
    /// Adds a row at this place.
    pub(super) fn add(&mut self, place: String) {
        self.rows += 1;
        if self.places.len() < MOST_PLACES {
            self.places.push(place);
        }
    }

    /// Adds a number of names that are not compared.
    pub(super) fn add_uncompared(&mut self, names: u64) {
        self.uncompared += names;
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows == 0 && self.uncompared == 0
    }
}

/// Names the rows: `staff.csv, line 4; staff.csv, line 9`.
impl fmt::Display for NamelessRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = self.places.clone();
        let more = self.rows - self.places.len() as u64;
        if more > 0 {
            parts.push(count(more, "more row"));
        }
        if self.uncompared > 0 {
            parts.push(format!("{} that cannot be read", count(self.uncompared, "name")));
        }
        f.write_str(&parts.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(content: RowContent, cells: &[(Field, &str)], text: &str) -> Option<RefusedNames> {
        let mut row = SkippedRow { cells: Cells::default(), content };
        cells.iter().for_each(|(field, cell)| row.cells.set(*field, cell));
        names_in_skipped(&row, text)
    }

    #[test]
    fn row_about_a_person_needs_a_name() {
        use Field::{Country, Email, Firstname, Group, Lastname, Users};
        for lost in [
            &[(Country, "US")][..],
            &[(Email, "#N/A"), (Firstname, "Flo")],
            &[(Firstname, "Flo"), (Lastname, "46266")],
            &[(Group, "Design"), (Users, "#N/A")],
        ] {
            assert!(names(RowContent::Entry, lost, "").is_none(), "{lost:?}");
            assert!(names(RowContent::Nothing, lost, "").is_some(), "{lost:?}");
        }
        for told in [
            &[(Email, "flo")][..],
            &[(Email, "#N/A"), (Firstname, "Flo"), (Lastname, "Hay")],
            &[(Group, "Design"), (Users, "[]")],
        ] {
            assert!(names(RowContent::Entry, told, "").is_some(), "{told:?}");
        }
    }

    #[test]
    fn remark_names_only_addresses() {
        let text = "#ted left on Monday (flo.hay@x.com;ed@x.com)";
        let found = names(RowContent::Remark, &[(Field::Email, "ted left on Monday")], text);
        assert_eq!(found.unwrap().names, "flo.hay@x.com ed@x.com");
    }

    #[test]
    fn first_rows_are_named_and_the_others_counted() {
        let mut rows = NamelessRows::default();
        assert!(rows.is_empty());
        (1..=7).for_each(|line| rows.add(format!("a.csv, line {line}")));
        rows.add_uncompared(2);
        let words = rows.to_string();
        let rest = "a.csv, line 5; 2 more rows; 2 names that cannot be read";
        assert!(words.starts_with("a.csv, line 1; ") && words.ends_with(rest), "{words}");
        assert!(!rows.is_empty());
    }
}
