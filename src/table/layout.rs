//! Which cell of a row means what.

use super::cells::Cells;
use super::fault::RowFault;
use super::field::Field;
use super::formula_guard::{is_formula, unguard};
use super::invisible::is_margin;
use super::record::TableRow;

/// What the rows of a table have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TableLayout {
    pub(super) delimiter: u8,
    /// Cells of the header.
    pub(super) width: usize,
    /// The positions of the columns that mean something.
    pub(super) columns: Vec<(usize, Field)>,
    /// The positions of the columns `id` and `status`, which exported lists have.
    pub(super) read_only: [Option<usize>; 2],
    /// The positions of the columns without a name.
    pub(super) nameless: Vec<usize>,
    /// What is said of every row, whatever its cell says.
    pub(super) overrides: Vec<(Field, String)>,
}

impl TableLayout {
    /// The cells of a row by their meaning. Cells that are missing at its end are empty.
    pub(super) fn cells<'b>(&'b self, row: &TableRow<'b>) -> Result<Cells<'b>, RowFault> {
        let beyond = self
            .nameless
            .iter()
            .copied()
            .chain(self.width..row.len())
            .find(|position| !is_empty(row.get(*position)));
        if let Some(position) = beyond {
            return Err(RowFault::ExtraCells { cell: position + 1, columns: self.width });
        }
        let mut cells = Cells::default();
        if row.len() < self.width {
            cells.set_short();
        }
        for &(position, field) in &self.columns {
            let cell = row.get(position);
            cells.set(field, unguard(cell));
            if is_formula(cell) {
                cells.set_formula(field);
            }
        }
        for (field, text) in &self.overrides {
            cells.set(*field, text);
        }
        if self.read_only != [None; 2] {
            let [id, status] = self
                .read_only
                .map(|position| position.map_or("", |position| unguard(row.get(position))));
            cells.set_read_only(id, status);
        }
        Ok(cells)
    }

    /// Is a row no person, and so to be skipped: switched off with `#`, or as the last row a total?
    pub(super) fn skip(&self, row: &TableRow<'_>, is_last: bool) -> Option<RowFault> {
        let first =
            (0..row.len()).map(|position| trim(row.get(position))).find(|cell| !cell.is_empty())?;
        if first.starts_with('#') && !is_excel_error(first) {
            return Some(RowFault::SwitchedOff);
        }
        (is_last && self.is_total(row, first)).then_some(RowFault::Total)
    }

    /// A row that names nobody, and is a sum or a remark: `Total;300;;`.
    fn is_total(&self, row: &TableRow<'_>, first: &str) -> bool {
        let cell = |field: Field| {
            self.columns
                .iter()
                .find(|(_, other)| *other == field)
                .map_or("", |(position, _)| trim(row.get(*position)))
        };
        let has = |field: Field| !cell(field).is_empty();
        let names_somebody = (0..row.len()).any(|position| row.get(position).contains('@'))
            || has(Field::Username) && has(Field::Domain)
            || has(Field::Group);
        if names_somebody {
            return false;
        }
        let first = first.trim_end_matches(':').trim().to_lowercase();
        let is_sum = TOTALS.iter().any(|word| {
            first.strip_prefix(word).is_some_and(|rest| !rest.starts_with(char::is_alphabetic))
        });
        let others = (0..row.len())
            .map(|position| trim(row.get(position)))
            .filter(|cell| !cell.is_empty())
            .skip(1);
        let is_number =
            |cell: &str| cell.bytes().all(|byte| byte.is_ascii_digit() || b".,' ".contains(&byte));
        let mut others = others.peekable();
        is_sum && others.all(is_number)
    }
}

/// How a sum is called.
const TOTALS: [&str; 22] = [
    "total",
    "totals",
    "grand total",
    "subtotal",
    "sum",
    "count",
    "summe",
    "gesamt",
    "gesamtsumme",
    "anzahl",
    "totale",
    "totaal",
    "aantal",
    "suma",
    "razem",
    "totalt",
    "sammanlagt",
    "итого",
    "всего",
    "合計",
    "总计",
    "합계",
];

/// An error of a spreadsheet, in whatever language: `#N/A`, `#REF!`, `#NOM?`, `Err:502`.
pub fn is_excel_error(cell: &str) -> bool {
    const PLAIN: [&str; 6] = ["#N/A", "#NV", "#N/D", "#NA", "#N/DISP", "#GETTING_DATA"];
    // LibreOffice numbers its errors: Err:502.
    if let Some(number) =
        cell.get(..4).filter(|start| start.eq_ignore_ascii_case("err:")).map(|_| &cell[4..])
    {
        return number.len() == 3 && number.bytes().all(|byte| byte.is_ascii_digit());
    }
    let Some(name) = cell.strip_prefix('#') else { return false };
    let is_name = |name: &str| {
        !name.is_empty()
            && name.chars().all(|c| {
                c.is_uppercase()
                    || c.is_ascii_digit()
                    || matches!(c, '/' | '_' | '\u{a1}' | '\u{bf}' | '.' | ' ')
            })
    };
    PLAIN.iter().any(|error| cell.eq_ignore_ascii_case(error))
        || name.strip_suffix(['!', '?']).is_some_and(is_name)
}

fn trim(cell: &str) -> &str {
    if let [b'!'..=b'~'] | [b'!'..=b'~', .., b'!'..=b'~'] = cell.as_bytes() {
        return cell;
    }
    cell.trim_matches(is_margin)
}

fn is_empty(cell: &str) -> bool {
    trim(cell).is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_spreadsheets_are_known_in_every_language() {
        for cell in [
            "#N/A",
            "#n/a",
            "#NV",
            "#REF!",
            "#BEZUG!",
            "#NAME?",
            "#NOM?",
            "#VALEUR!",
            "#DIV/0!",
            "#¿NOMBRE?",
            "#GETTING_DATA",
            "Err:502",
            "err:508",
        ] {
            assert!(is_excel_error(cell), "{cell}");
        }
        for cell in [
            "#1",
            "#cr2@example.com",
            "# REMARK",
            "#",
            "N/A",
            "#Design",
            "#!",
            "Err:",
            "Err:50",
            "Error:502",
        ] {
            assert!(!is_excel_error(cell), "{cell}");
        }
    }
}
