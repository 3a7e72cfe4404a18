//! Counts the problems of invalid rows by their kind, so that the same problem of many rows is
//! reported once. Pure.

use crate::change::Problem;
use std::collections::BTreeMap;

/// One problem of an invalid row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowProblem {
    /// The code of this problem.
    pub code: String,
    /// What is wrong and what would be right, in words.
    pub message: String,
    /// The column, as a field; `row` for the row as a whole.
    pub field: String,
    /// The wrong value as a message shows it; empty if there is none.
    pub value: String,
    /// The address of the cell in a workbook.
    pub cell: Option<String>,
    /// The message without values and numbers.
    kind: String,
}

impl RowProblem {
    /// Describes a problem of a cell or a row.
    pub(super) fn new(problem: &Problem) -> Self {
        Self {
            code: problem.code(),
            message: problem.to_string(),
            field: problem.field.to_owned(),
            value: problem.shown_value(),
            cell: None,
            kind: without_values(&problem.advice),
        }
    }

    /// Describes the problem of a row of which only the code and the message are known.
    pub(super) fn of_row(code: &str, message: &str) -> Self {
        Self {
            code: code.to_owned(),
            message: message.to_owned(),
            field: "row".to_owned(),
            value: String::new(),
            cell: None,
            kind: without_values(message),
        }
    }
}

/// A problem and the row that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProblemExample {
    /// Data row, from 1.
    pub row: u64,
    /// Line in the file where it begins, from 1.
    pub line: u64,
    /// The place of the problem among those of the row, from 0.
    pub place: usize,
    /// The problem.
    pub problem: RowProblem,
}

/// The same problem in one row or many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProblemKind {
    /// The rows that have it.
    pub rows: u64,
    /// The first few of them; at least one.
    pub examples: Vec<ProblemExample>,
}

/// The problems of invalid rows by code and kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProblemKinds {
    kinds: BTreeMap<(String, String), ProblemKind>,
    rows_by_code: BTreeMap<String, u64>,
}

impl ProblemKinds {
    /// The most rows of each kind that are kept.
    pub const EXAMPLES: usize = 3;

    /// The most kinds that are told apart by their messages; beyond them the code alone counts.
    const KINDS: usize = 100;

    /// Counts the problems of one row. A kind counts once for a row.
    pub(super) fn add_row(&mut self, row: u64, line: u64, problems: Vec<RowProblem>) {
        let mut seen: Vec<(String, String)> = Vec::with_capacity(problems.len());
        for (place, problem) in problems.into_iter().enumerate() {
            let kind = self.known((problem.code.clone(), problem.kind.clone()));
            if seen.contains(&kind) {
                continue;
            }
            if !seen.iter().any(|(code, _)| *code == kind.0) {
                *self.rows_by_code.entry(kind.0.clone()).or_default() += 1;
            }
            seen.push(kind.clone());
            let examples = vec![ProblemExample { row, line, place, problem }];
            self.add_kind(kind, ProblemKind { rows: 1, examples });
        }
    }

    /// Adds the counts of later rows.
    pub(super) fn add(&mut self, later: Self) {
        for (kind, more) in later.kinds {
            let kind = self.known(kind);
            self.add_kind(kind, more);
        }
        for (code, rows) in later.rows_by_code {
            *self.rows_by_code.entry(code).or_default() += rows;
        }
    }

    fn add_kind(&mut self, kind: (String, String), more: ProblemKind) {
        let known = self.kinds.entry(kind).or_insert(ProblemKind { rows: 0, examples: Vec::new() });
        known.rows += more.rows;
        let room = Self::EXAMPLES - known.examples.len();
        known.examples.extend(more.examples.into_iter().take(room));
    }

    /// Returns the kind under which a problem counts.
    fn known(&self, kind: (String, String)) -> (String, String) {
        if self.kinds.len() < Self::KINDS || self.kinds.contains_key(&kind) {
            kind
        } else {
            (kind.0, String::new())
        }
    }

    /// Returns how many rows have a problem with each code.
    pub(super) fn rows_by_code(&self) -> &BTreeMap<String, u64> {
        &self.rows_by_code
    }

    /// Returns the kinds: those of most rows first, and the one that appears first in the file
    /// before another of as many rows.
    pub fn by_rows(&self) -> Vec<&ProblemKind> {
        let mut kinds: Vec<&ProblemKind> = self.kinds.values().collect();
        kinds.sort_by_key(|kind| {
            let first = kind.examples.first().map(|example| (example.row, example.place));
            (std::cmp::Reverse(kind.rows), first)
        });
        kinds
    }
}

/// Returns a message without what stands in backticks, and without numbers.
fn without_values(message: &str) -> String {
    let mut kind = String::with_capacity(message.len());
    for (i, part) in message.split('`').enumerate() {
        if i % 2 == 1 {
            kind.push('`');
            continue;
        }
        kind.extend(part.chars().filter(|c| !c.is_numeric()));
    }
    kind
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(field: &'static str, value: &str, advice: &str) -> RowProblem {
        let (value, advice) = (value.to_owned(), advice.to_owned());
        RowProblem::new(&Problem { field, reason: "wrong", value, advice, waivable: None })
    }

    fn counted(rows: &[&[RowProblem]]) -> ProblemKinds {
        let mut kinds = ProblemKinds::default();
        for (row, problems) in (1..).zip(rows) {
            kinds.add_row(row, row + 1, problems.to_vec());
        }
        kinds
    }

    #[test]
    fn values_and_numbers_make_no_kind_and_fields_and_words_do() {
        let kinds = counted(&[
            &[problem("email", "a", "has 61 characters; `a` is right")],
            &[problem("email", "b", "has 70 characters; `bc` is right")],
            &[problem("email", "c", "has no @")],
            &[problem("users", "d", "has no @")],
        ]);
        let rows: Vec<u64> = kinds.by_rows().iter().map(|kind| kind.rows).collect();
        assert_eq!(rows, [2, 1, 1]);
    }

    #[test]
    fn problem_of_all_rows_comes_first_wherever_it_stands() {
        let country = || problem("country", "X", "is no country");
        let email = problem("email", "a", "has no @");
        let kinds = counted(&[&[email, country()], &[country()], &[country(), country()]]);
        let first = kinds.by_rows()[0];
        assert_eq!((first.rows, first.examples.len()), (3, 3));
        assert_eq!(first.examples[0].problem.code, "invalid.country.wrong");
    }

    #[test]
    fn three_examples_are_kept_and_later_rows_are_counted() {
        let one = || problem("country", "X", "is no country");
        let mut kinds = counted(&[&[one()], &[one()]]);
        kinds.add(counted(&[&[one()], &[one()], &[one()]]));
        let kind = kinds.by_rows()[0];
        assert_eq!((kind.rows, kind.examples.len()), (5, 3));
    }

    #[test]
    fn messages_without_end_count_by_their_codes() {
        let mut kinds = ProblemKinds::default();
        for row in 1..=1_000_u64 {
            let advice = "x".repeat(usize::try_from(row).unwrap());
            kinds.add_row(row, row, vec![problem("email", "a", &advice)]);
        }
        assert_eq!(kinds.by_rows().len(), ProblemKinds::KINDS + 1);
        assert_eq!(kinds.by_rows()[0].rows, 900);
    }
}
