//! The problems of invalid rows in words: what one row has, by its row; what several have, once.
//! Pure.

use crate::execute::{ProblemExample, ProblemKind, ProblemKinds};
use crate::number::{count, form, noun};
use crate::visible::visible;
use std::collections::BTreeMap;

/// The most lines about problems.
const LINES: usize = 10;

/// Returns a line for each kind of problem that several rows have, those of most rows first, and
/// then a line for each row with problems of its own. `column` returns the column of a field if it
/// has another name.
pub(super) fn problem_lines(
    file: &str,
    kinds: &ProblemKinds,
    column: impl Fn(&str) -> Option<String>,
) -> Vec<String> {
    let kinds = kinds.by_rows();
    let (several, single): (Vec<_>, Vec<_>) = kinds.into_iter().partition(|kind| kind.rows > 1);
    let mut rows: BTreeMap<u64, Vec<&ProblemExample>> = BTreeMap::new();
    for example in single.iter().filter_map(|kind| kind.examples.first()) {
        rows.entry(example.row).or_default().push(example);
    }
    let of_kinds = several.iter().filter_map(|kind| of_several_rows(file, kind, &column));
    let of_rows = rows.values().filter_map(|problems| of_one_row(file, problems));
    let lines = several.len() + rows.len();
    let mut shown: Vec<String> = of_kinds.chain(of_rows).take(LINES).collect();
    if let Some(more) = lines.checked_sub(LINES).filter(|more| *more > 0) {
        let other = form(more as u64, "another problem", "other problems");
        let number = if more == 1 { String::new() } else { format!("{more} ") };
        shown.push(format!("{file}: and {number}{other}"));
    }
    shown.iter().map(|line| visible(line).into_owned()).collect()
}

/// Returns the line about the problems of a single row: `staff.csv, line 3 (row 2): CODE: …`.
fn of_one_row(file: &str, problems: &[&ProblemExample]) -> Option<String> {
    let ProblemExample { row, line, problem, .. } = problems.first()?;
    let cell = problem.cell.as_ref().map(|cell| format!("{cell}: ")).unwrap_or_default();
    let messages: Vec<&str> =
        problems.iter().map(|example| example.problem.message.as_str()).collect();
    let (code, messages) = (&problem.code, messages.join(" | "));
    Some(format!("{file}, line {line} (row {row}): {code}: {cell}{messages}"))
}

/// Returns the line about a problem of several rows, with examples: `staff.csv, 300 rows: CODE: …
/// (line 2; also `x` in line 3, `y` in line 4, and 297 more rows)`.
fn of_several_rows(
    file: &str,
    kind: &ProblemKind,
    column: &impl Fn(&str) -> Option<String>,
) -> Option<String> {
    let (first, others) = kind.examples.split_first()?;
    let problem = &first.problem;
    let column = column(&problem.field).map(|name| format!("column {name}, ")).unwrap_or_default();
    let more = kind.rows - kind.examples.len() as u64;
    let more = match more {
        0 => String::new(),
        more => format!(" and {more} more {}", noun(more, "row")),
    };
    let is_same = others.iter().all(|other| other.problem.value == problem.value);
    let others: Vec<String> = match is_same {
        true => others.iter().map(place).collect(),
        false => others
            .iter()
            .map(|other| format!("`{}` in {}", other.problem.value, place(other)))
            .collect(),
    };
    let also = if is_same { "also in" } else { "also" };
    let examples = format!("{}; {also} {}{more}", place(first), others.join(", "));
    let rows = count(kind.rows, "row");
    Some(format!("{file}, {rows}: {}: {} ({column}{examples})", problem.code, problem.message))
}

/// Returns where the problem stands: `line 7`, or the address of a cell in a workbook.
fn place(example: &ProblemExample) -> String {
    example.problem.cell.clone().unwrap_or_else(|| format!("line {}", example.line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::execute::RowCounts;

    /// The lines about rows with these codes and messages.
    fn lines(rows: &[(&str, &str)]) -> Vec<String> {
        let mut counts = RowCounts::default();
        for (row, (code, message)) in (1..).zip(rows) {
            counts.add_invalid(row, row + 1, code, message);
        }
        problem_lines("a.csv", &counts.problem_kinds, |_| None)
    }

    #[test]
    fn problem_of_several_rows_is_one_line_and_of_one_row_another() {
        let missing = ("invalid.email.missing", "email is empty");
        let rows = [("invalid.row.nul", "a NUL byte"), missing, missing, missing, missing];
        assert_eq!(
            lines(&rows),
            [
                "a.csv, 4 rows: invalid.email.missing: email is empty (line 3; also in line 4, \
                 line 5 and 1 more row)",
                "a.csv, line 2 (row 1): invalid.row.nul: a NUL byte"
            ]
        );
        assert_eq!(lines(&[]), [""; 0]);
    }

    #[test]
    fn lines_are_few_and_the_rest_is_counted() {
        let codes: Vec<String> = (0..30).map(|i| format!("invalid.email.{i}")).collect();
        let rows: Vec<(&str, &str)> = codes.iter().map(|code| (code.as_str(), "x")).collect();
        let lines = lines(&rows);
        assert_eq!(lines.len(), LINES + 1);
        assert_eq!(lines[LINES], "a.csv: and 20 other problems");
    }
}
