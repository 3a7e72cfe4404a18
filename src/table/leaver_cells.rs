//! What all cells of a column say of people who leave: marks by themselves, blanks beside ticks,
//! and codes.

use super::field::plain;
use super::leaver_marks::is_mark_of_stayer;
use super::leaver_marks::{ColumnSubject, affirms, is_any_leaver_mark, is_mark_of};
use std::collections::{BTreeSet, HashSet};

/// The cells of a column that have been read so far.
#[derive(Debug)]
pub(super) struct LeaverCells<'n> {
    name: &'n str,
    subject: Option<ColumnSubject>,
    /// Cells that are judged: most repeat.
    judged: HashSet<String>,
    has_mark: bool,
    /// Whether a cell marks somebody by itself, in whatever column it stands.
    has_any_mark: bool,
    has_stayer: bool,
    has_tick: bool,
    has_blank: bool,
    codes: BTreeSet<char>,
    has_text: bool,
}

impl<'n> LeaverCells<'n> {
    /// Creates the judgement of a column with this name.
    pub(super) fn of(name: &'n str) -> Self {
        Self {
            name,
            subject: ColumnSubject::of(name),
            judged: HashSet::new(),
            has_mark: false,
            has_any_mark: false,
            has_stayer: false,
            has_tick: false,
            has_blank: false,
            codes: BTreeSet::new(),
            has_text: false,
        }
    }

    /// Adds the cell of a row, with the names of its person.
    pub(super) fn add(&mut self, cell: &str, names: [&str; 2]) {
        const MOST: usize = 10_000;
        let cell = cell.trim();
        if cell.is_empty() {
            self.has_blank |= names.iter().any(|name| !name.trim().is_empty());
        }
        if self.judged.contains(cell) {
            return;
        }
        self.judge(cell);
        if self.judged.len() < MOST {
            self.judged.insert(cell.to_owned());
        }
    }

    fn judge(&mut self, cell: &str) {
        self.has_mark |= is_mark_of(self.subject, self.name, cell);
        self.has_any_mark |= is_any_leaver_mark(self.subject, self.name, cell);
        self.has_stayer |= is_mark_of_stayer(self.subject, self.name, cell);
        if !self.is_switch() && self.subject != Some(ColumnSubject::State) {
            return;
        }
        let mut chars = cell.chars().flat_map(char::to_lowercase);
        match (chars.next(), chars.next()) {
            (None, _) => {}
            (Some(code), None) => {
                self.codes.insert(code);
            }
            _ => self.has_text = true,
        }
        self.has_tick |= self.is_switch() && affirms(&plain(cell));
    }

    /// Whether the column is ticked for people who stay or come: nothing then says no.
    fn is_switch(&self) -> bool {
        matches!(self.subject, Some(ColumnSubject::Staying | ColumnSubject::Wanted))
    }

    /// Whether the cells mark somebody who leaves.
    pub(super) fn mark_somebody(&self) -> bool {
        self.has_mark || self.has_tick && self.has_blank || self.has_codes()
    }

    /// Whether the cells mark some people as leaving, and others not.
    pub(super) fn mark_only_some(&self) -> bool {
        let has_others = self.has_tick && self.has_blank || self.has_codes();
        has_others || self.has_any_mark && self.has_stayer
    }

    /// Whether all cells are codes, one for people who stay and one for those who leave: `A` and
    /// `T`, or two digits.
    fn has_codes(&self) -> bool {
        /// A code, and those that say the contrary beside it.
        const PAIRS: [(char, &str); 7] = [
            ('a', "ditlsxr"),
            ('c', "d"),
            ('h', "t"),
            ('i', "d"),
            ('j', "l"),
            ('y', "n"),
            ('+', "-−–"),
        ];
        let digits = self.codes.iter().filter(|code| code.is_ascii_digit()).count();
        let is_pair = |(code, others): &(char, &str)| {
            self.codes.contains(code) && others.chars().any(|other| self.codes.contains(&other))
        };
        !self.has_text && (digits > 1 || PAIRS.iter().any(is_pair))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells<'n>(name: &'n str, all: &[&str]) -> LeaverCells<'n> {
        let mut cells = LeaverCells::of(name);
        all.iter().for_each(|cell| cells.add(cell, ["ann@example.com", ""]));
        cells
    }

    #[test]
    fn cells_that_complement_each_other_mark_those_who_leave() {
        for (name, all) in [
            ("Active", &["x", ""][..]),
            ("Active", &["TRUE", ""]),
            ("Aktiv", &["ja", "nein"]),
            ("在籍", &["○", "×"]),
            ("在籍", &["○", ""]),
            ("Enrolled", &["Y", "N"]),
            ("Keep", &["x", ""]),
            ("Adobe", &["yes", ""]),
            ("Approved", &["Yes", "No"]),
            ("Status", &["A", "I"]),
            ("Status", &["1", "0"]),
            ("HR Status", &["A", "T"]),
            ("Enroll_Status", &["0", "2"]),
            ("JML", &["J", "L"]),
            ("Change", &["A", "D"]),
            ("op", &["+", "-"]),
        ] {
            assert!(cells(name, all).mark_somebody(), "{name} {all:?}");
            assert!(cells(name, all).mark_only_some(), "{name} {all:?}");
        }
    }

    #[test]
    fn cells_that_are_alike_or_say_something_else_mark_nobody() {
        for (name, all) in [
            ("Active", &["x", "x"][..]),
            ("Active", &["", ""]),
            ("Approved", &["2026-01-31", ""]),
            ("Status", &["A", "A"]),
            ("Status", &["1", "1", ""]),
            ("Employment status", &["F", "P"]),
            ("Status", &["A", "T", "Tenured"]),
            ("Class", &["A", "D"]),
            ("Class", &["1", "2"]),
            ("Section", &["x", ""]),
        ] {
            assert!(!cells(name, all).mark_somebody(), "{name} {all:?}");
        }
        let mut total = cells("Active", &["x"]);
        total.add("", ["", ""]);
        assert!(!total.mark_somebody());
    }
}
