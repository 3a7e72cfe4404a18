//! Assigns the cells of a row to fields.

use super::cell_text::trim;
use super::cells::Cells;
use super::columns::is_added;
use super::excel_error::{is_excel_error, is_rule};
use super::fault::RowFault;
use super::field::{Field, is_same_plain};
use super::formula_guard::{begins_as_text, is_formula, is_reference, unguard};
use super::leaver_titles::{begins_with_leavers, is_heading, speaks_of_joiners, speaks_of_leavers};
use super::lookalike::by_name;
use super::mapped_cells::PlacedMapping;
use super::mapped_values::MappedValues;
use super::merged_cells::{MergedCells, MergedColumn};
use super::mojibake::repair;
use super::record::{RepairedCells, TableRow};
use super::spoiled_names::SpoiledNames;
use super::total::{FilledCell, is_total, may_be_label};
use memchr::memchr;
use std::borrow::Cow;

/// Where a row is in its table.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlaceInTable {
    pub(super) rows_above: u64,
    pub(super) is_last: bool,
}

/// What a row without an address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineKind {
    /// A row of a table, or a total, a remark, or a row that is switched off.
    Row,
    /// A cell alone that names nobody: `Page two`.
    Title,
    /// The same, and the people below it may be meant otherwise: `Leavers`.
    Heading,
    /// A remark or a total that says the same: `# Leavers`, `Total joiners: 3`.
    Remark,
    /// The header once more.
    SameHeader,
    /// The header of another table.
    OtherHeader,
}

/// The properties that all rows of a table share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TableLayout {
    pub(super) delimiter: u8,
    /// The number of cells of the header.
    pub(super) width: usize,
    /// The positions of the columns with a meaning.
    pub(super) columns: Vec<(usize, Field)>,
    /// The positions of the columns `id` and `status`, which exported lists have.
    pub(super) read_only: [Option<usize>; 2],
    /// The positions of columns that an earlier run of umbulk has added.
    pub(super) added: Vec<usize>,
    /// The positions of the columns without a name.
    pub(super) nameless: Vec<usize>,
    /// The names of the columns, trimmed.
    pub(super) names: Vec<String>,
    /// Values of every row, whatever its cell says.
    pub(super) overrides: Vec<(Field, String)>,
    /// What becomes of the cells; `None` if they are read as they are.
    pub(super) mapping: Option<PlacedMapping>,
    /// Whether text that was decoded twice is repaired.
    pub(super) repairs: bool,
    /// Whether the rows are lines as people write them, headings included, and no objects.
    pub(super) has_lines: bool,
    /// The columns with a meaning that have merged cells.
    pub(super) merged: Vec<MergedColumn>,
    /// How names of the table were spoiled; `None` if they were not, or if nobody has looked yet.
    pub(super) spoiled: Option<SpoiledNames>,
}

impl TableLayout {
    /// Returns the cells of a row as they are read. The file keeps its text, and so do the results.
    pub(super) fn readable<'b>(
        &self,
        row: TableRow<'b>,
        repaired: &'b mut RepairedCells,
    ) -> TableRow<'b> {
        if self.repairs { repaired.of(row) } else { row }
    }

    /// Returns the text of a row that may not be one, as its cells are read.
    pub(super) fn readable_text<'t>(&self, text: Cow<'t, str>) -> Cow<'t, str> {
        if !self.repairs || text.is_ascii() {
            return text;
        }
        let delimiter = char::from(self.delimiter);
        text.split_inclusive(delimiter).map(repair).collect::<String>().into()
    }

    /// Returns the cells of a row by field. Cells that are missing at its end are empty.
    pub(super) fn cells<'b>(
        &'b self,
        row: &TableRow<'b>,
        mapped: &'b mut MappedValues,
    ) -> Result<Cells<'b>, RowFault> {
        if let Some((cell, lines)) = self.swallowed(row) {
            return Err(RowFault::SwallowedLines { cell, lines });
        }
        match self.beyond(row) {
            Some(at) => Err(RowFault::ExtraCells { cell: at + 1, columns: self.width }),
            None => Ok(self.by_meaning(row, mapped)),
        }
    }

    /// Returns the first cell with a line break, and how many lines follow, where each of them
    /// looks like a row: it has as many cells as the header, and names somebody.
    fn swallowed(&self, row: &TableRow<'_>) -> Option<(usize, u64)> {
        if !row.has_line_break() {
            return None;
        }
        let is_break = |c: char| matches!(c, '\n' | '\r');
        let cell = (0..row.len()).find(|&i| row.get(i).contains(is_break))?;
        let position = |wanted: Field| {
            self.columns.iter().find(|(_, field)| *field == wanted).map(|(position, _)| *position)
        };
        let delimiter = char::from(self.delimiter);
        let names_somebody = |line: &str| {
            let cells: Vec<&str> = line.split(delimiter).collect();
            let cell = |i: usize| cells.get(i).copied().unwrap_or_default();
            let names = match (position(Field::Email), position(Field::Username)) {
                (Some(email), _) => cells.len() > 1 && cell(email).contains('@'),
                (None, Some(username)) => cells.len() > 2 && !is_empty(cell(username)),
                (None, None) => cells.len() > 1 && self.has_joined_name(|i| !is_empty(cell(i))),
            };
            names && cells.len() >= self.width
        };
        let text = row.iter().collect::<Vec<_>>().join(&delimiter.to_string());
        let lines = text.split(is_break).filter(|line| !is_empty(line)).skip(1);
        let swallowed = lines.clone().count() as u64;
        let are_rows = swallowed > 0 && lines.clone().all(names_somebody);
        are_rows.then_some((cell + 1, swallowed))
    }

    /// Returns the first position with content that no column of the header names.
    fn beyond(&self, row: &TableRow<'_>) -> Option<usize> {
        let mut positions = self.nameless.iter().copied().chain(self.width..row.len());
        positions.find(|position| !is_empty(row.get(*position)))
    }

    fn by_meaning<'b>(&'b self, row: &TableRow<'b>, mapped: &'b mut MappedValues) -> Cells<'b> {
        let mut cells = Cells::default();
        if row.len() < self.width {
            cells.set_short();
        }
        for (at, &(position, field)) in self.columns.iter().enumerate() {
            let cell = row.get(position);
            let adds_up =
                field.adds_up() && self.columns[..at].iter().any(|(_, other)| *other == field);
            if begins_as_text(cell) && !adds_up {
                cells.set(field, cell);
                continue;
            }
            if adds_up {
                cells.add(field, unguard(cell));
            } else {
                cells.set(field, unguard(cell));
            }
            if is_formula(cell) {
                cells.set_formula(field);
            }
        }
        if let Some(mapping) = &self.mapping {
            mapping.apply(&mut cells, row, mapped);
        }
        for (field, text) in &self.overrides {
            cells.replace(*field, text);
        }
        if self.read_only != [None; 2] {
            let [id, status] = self
                .read_only
                .map(|position| position.map_or("", |position| unguard(row.get(position))));
            cells.set_read_only(id, status);
        }
        cells.set_spoiled(self.spoiled.as_ref());
        cells
    }

    /// Returns why a row is skipped: it describes no person because it is switched off with `#`,
    /// repeats the header, or is a total or a remark; or the mapping skips it. Or that it is
    /// another header.
    pub(super) fn skip(&self, row: &TableRow<'_>, place: PlaceInTable) -> Option<RowFault> {
        // Only the last row may be a total although it has an address.
        if !place.is_last && self.is_plainly_person(row) {
            return self.unwanted(row);
        }
        self.skip_closely(row, place)
    }

    fn skip_closely(&self, row: &TableRow<'_>, place: PlaceInTable) -> Option<RowFault> {
        let mut cells = (0..row.len()).map(|position| shown(row.get(position)));
        let first = cells.find(|cell| !cell.is_empty())?;
        if switches_off(first) || self.is_ruler(row, first) {
            return Some(RowFault::SwitchedOff);
        }
        if self.is_any_header(row) {
            return Some(RowFault::HeaderAgain);
        }
        self.no_person(row, place).or_else(|| self.unwanted(row))
    }

    /// Returns whether a row without an address is a header or a title. Only tables of users can
    /// be told from others.
    pub(super) fn line_kind(&self, row: &TableRow<'_>) -> LineKind {
        let mut filled = self.own_cells(row).filter(|cell| !is_empty(cell));
        let Some(first) = filled.next().filter(|_| self.is_of_users()) else {
            return LineKind::Row;
        };
        let second = filled.next();
        let is_alone = second.is_none();
        let may_be_total = second.is_none_or(|cell| cell.starts_with(|c: char| c.is_ascii_digit()));
        if switches_off(shown(first)) || may_be_total && self.is_total(row, None) {
            self.remark_kind(first, is_alone)
        } else if self.is_header(row) || self.names_its_columns(row) {
            LineKind::SameHeader
        } else if is_alone {
            self.lone_kind(row, shown(first))
        } else if self.is_other_header(row) {
            LineKind::OtherHeader
        } else {
            LineKind::Row
        }
    }

    /// Returns what a row with this cell alone is.
    fn lone_kind(&self, row: &TableRow<'_>, cell: &str) -> LineKind {
        if !cell.contains(char::is_alphabetic) || self.names_somebody(row) {
            return LineKind::Row;
        }
        let columns = self.names.iter().filter(|name| !name.is_empty() && !is_added(name)).count();
        let position = (0..row.len()).find(|position| !is_empty(row.get(*position)));
        let field = self.columns.iter().find(|(at, _)| Some(*at) == position);
        // A part of a joined name may be all that a row has.
        let has_joins = self.mapping.iter().any(|mapping| mapping.joined_names().next().is_some());
        let may_be_heading = columns > 1
            && !has_joins
            && may_be_label(field.map(|(_, field)| *field))
            && is_heading(cell);
        let is_heading = may_be_heading || speaks_of_leavers(cell);
        if is_heading && self.has_sections() { LineKind::Heading } else { LineKind::Title }
    }

    /// Returns what a row is that is skipped and begins with this cell.
    fn remark_kind(&self, first: &str, is_alone: bool) -> LineKind {
        let is_of_some = match switches_off(shown(first)) {
            true => is_alone && begins_with_leavers(first),
            false => speaks_of_leavers(first) || speaks_of_joiners(first),
        };
        if is_of_some && self.has_sections() { LineKind::Remark } else { LineKind::Row }
    }

    /// Whether a heading may say what becomes of the users below it: no row says so itself.
    fn has_sections(&self) -> bool {
        self.has_lines && !self.columns.iter().any(|(_, field)| *field == Field::Action)
    }

    /// Returns the cells of a row without those that an earlier run of umbulk has added.
    fn own_cells<'r>(&'r self, row: &'r TableRow<'_>) -> impl Iterator<Item = &'r str> + Clone {
        let own = (0..row.len()).filter(|position| !self.added.contains(position));
        own.map(|position| row.get(position))
    }

    fn has_address(&self, row: &TableRow<'_>) -> bool {
        let mut columns = self.columns.iter();
        columns.any(|&(at, field)| field == Field::Email && row.get(at).contains('@'))
    }

    /// Whether a row is neither switched off nor a header, and names somebody, as most rows: it
    /// begins with a letter or a digit, and the first column of addresses has one, but no `@` in
    /// its own name.
    fn is_plainly_person(&self, row: &TableRow<'_>) -> bool {
        let first = row.get(0);
        if first.is_empty() || !begins_as_text(first) {
            return false;
        }
        let has_at = |text: &str| memchr(b'@', text.as_bytes()).is_some();
        let email = self.columns.iter().find(|(_, field)| *field == Field::Email);
        email.is_some_and(|&(position, _)| {
            has_at(row.get(position)) && self.names.get(position).is_some_and(|name| !has_at(name))
        })
    }

    /// Whether the rows have columns that name users.
    fn is_of_users(&self) -> bool {
        let mut fields = self.columns.iter().map(|(_, field)| *field);
        fields.any(|field| matches!(field, Field::Email | Field::Username))
            || self.mapping.as_ref().is_some_and(|mapping| mapping.joined_names().next().is_some())
    }

    /// Returns that a row is a total, a remark or another header, and not a person.
    fn no_person(&self, row: &TableRow<'_>, place: PlaceInTable) -> Option<RowFault> {
        if !self.has_address(row) && self.is_other_header(row) {
            return Some(RowFault::OtherHeader);
        }
        // Of a total, a mapping may join a name: `Total.300@example.com`.
        let is_filled = || row.iter().filter(|cell| !is_empty(cell)).nth(1).is_some();
        let may_be_total = place.is_last || !self.has_name(row) && is_filled();
        let names_somebody = self.names_somebody(row);
        if names_somebody && !may_be_total {
            return None;
        }
        let rows_above = place.is_last.then_some(place.rows_above);
        self.is_total(row, rows_above).then_some(RowFault::Total)
    }

    /// Returns that the mapping skips a row, or that nobody can tell. It does not skip a
    /// row whose cells may be those of other columns or other rows: such a row is invalid.
    fn unwanted(&self, row: &TableRow<'_>) -> Option<RowFault> {
        let fault = self.mapping.as_ref()?.skipped(row)?;
        let is_sure = self.swallowed(row).is_none() && self.beyond(row).is_none();
        is_sure.then_some(fault)
    }

    /// Returns that the row of a person on this line lacks a value because its cell is merged with
    /// others.
    pub(super) fn merged(&self, row: &TableRow<'_>, line: u64) -> Option<RowFault> {
        let (_, field, cells) = self.cells_without_value(row, line).next()?;
        let is_name = matches!(field, Field::Email | Field::Username | Field::Group);
        (is_name || self.names_somebody(row)).then_some(RowFault::Merged { field, cells })
    }

    /// Returns the positions of the cells of a row on this line that lack a value because they are
    /// merged with others.
    pub(super) fn merged_positions(&self, row: &TableRow<'_>, line: u64) -> Vec<usize> {
        self.cells_without_value(row, line).map(|(position, ..)| position).collect()
    }

    /// Returns the cells of a row on this line that lack a value because they are merged with
    /// others: the position and the field of each, and the merged cells.
    fn cells_without_value(
        &self,
        row: &TableRow<'_>,
        line: u64,
    ) -> impl Iterator<Item = (usize, Field, MergedCells)> {
        let empty = self.merged.iter().filter(|column| is_empty(row.get(column.position)));
        empty.filter_map(move |column| {
            let (position, field) = self.columns.iter().find(|(at, _)| *at == column.position)?;
            Some((*position, *field, column.covering(line)?))
        })
    }

    /// Whether a row has a name of a user or a group, or says what it does.
    fn names_somebody(&self, row: &TableRow<'_>) -> bool {
        self.has_name(row) || self.has_joined_name(|position| !is_empty(row.get(position)))
    }

    /// Whether a cell is the name of a user or group, or an action.
    fn has_name(&self, row: &TableRow<'_>) -> bool {
        self.columns.iter().any(|&(position, field)| match field {
            Field::Email => row.get(position).contains('@'),
            Field::Username | Field::Group | Field::Action => !is_empty(row.get(position)),
            _ => false,
        })
    }

    /// Whether all columns are filled from which the mapping joins a name of a user or a group.
    fn has_joined_name(&self, is_filled: impl Fn(usize) -> bool) -> bool {
        let joined = self.mapping.iter().flat_map(PlacedMapping::joined_names);
        joined.into_iter().any(|columns| columns.into_iter().all(&is_filled))
    }

    /// Whether a row is the header once more, perhaps with other words.
    pub(super) fn is_any_header(&self, row: &TableRow<'_>) -> bool {
        self.is_header(row) || self.names_its_columns(row)
    }

    /// Whether a row is the header once more. A list of groups or users may have a single cell that
    /// is the name of its column.
    fn is_header(&self, row: &TableRow<'_>) -> bool {
        let is_sure = || {
            self.names.iter().filter(|name| !name.is_empty() && !is_added(name)).count() > 1
                || self.columns.iter().any(|(_, field)| *field == Field::Email)
        };
        let mut own = self.names.iter().enumerate().filter(|(i, _)| !self.added.contains(i));
        own.all(|(i, name)| is_same_plain(row.get(i), name))
            && is_sure()
            && self.beyond(row).is_none()
    }

    /// Whether each cell in a column with a meaning is a name of that column, as in a second header
    /// with other words: `USERID,FIRSTNAME,EMAIL` above `User ID,First name,E-mail address`.
    fn names_its_columns(&self, row: &TableRow<'_>) -> bool {
        const FEWEST: usize = 3;
        let cell = |position: usize| trim(row.get(position));
        let is_label = |&(position, field): &(usize, Field)| {
            let own =
                self.names.get(position).is_some_and(|name| is_same_plain(cell(position), name));
            own || by_name(cell(position)) == Some(field)
        };
        let email = self.columns.iter().find(|(_, field)| *field == Field::Email);
        email.is_some_and(|&(position, _)| {
            !cell(position).is_empty() && !cell(position).contains('@')
        }) && self.columns.len() >= FEWEST
            && self.columns.iter().all(is_label)
    }

    /// Whether most filled cells of a row are names of columns, and none names a user or a group.
    fn is_other_header(&self, row: &TableRow<'_>) -> bool {
        if !self.is_of_users() || !self.may_be_labels(row) {
            return false;
        }
        let filled = self.own_cells(row).map(shown).filter(|cell| !cell.is_empty());
        let fields: Vec<Option<Field>> = filled.clone().map(by_name).collect();
        let is_own = |cell: &str| self.names.iter().any(|name| is_same_plain(cell, name));
        let are_own: Vec<bool> = filled.map(is_own).collect();
        let known = fields.iter().zip(&are_own).filter(|(field, own)| field.is_some() || **own);
        let known = known.count();
        let names_somebody = fields
            .iter()
            .flatten()
            .any(|field| matches!(field, Field::Email | Field::Username | Field::Group))
            || are_own.iter().all(|own| *own);
        known > 1 && known * 2 > fields.len() && names_somebody
    }

    /// Whether the cells in the columns of names of users, groups and actions are empty or names of
    /// columns themselves.
    fn may_be_labels(&self, row: &TableRow<'_>) -> bool {
        self.columns.iter().all(|&(position, field)| {
            let cell = shown(row.get(position));
            match field {
                _ if cell.is_empty() => true,
                Field::Username | Field::Group | Field::Action => {
                    let own = self.names.get(position).is_some_and(|own| is_same_plain(cell, own));
                    own || !cell.contains(|c: char| c.is_ascii_digit()) && by_name(cell).is_some()
                }
                _ => true,
            }
        })
    }

    /// Whether a row is a drawn line of `#`. A row from a spreadsheet is not, because a spreadsheet
    /// writes every cell of a row.
    fn is_ruler(&self, row: &TableRow<'_>, first: &str) -> bool {
        is_rule(first) && row.len() == 1 && self.width > 1
    }

    /// Whether a row is a total or a remark. The number of rows above is known of the last row.
    pub(super) fn is_total(&self, row: &TableRow<'_>, rows_above: Option<u64>) -> bool {
        let filled = (0..row.len())
            .map(|position| (position, trim(row.get(position))))
            .filter(|(_, cell)| !cell.is_empty())
            .map(|(position, text)| {
                let mut columns = self.columns.iter();
                let column = columns.find(|(other, _)| *other == position);
                FilledCell { text, field: column.map(|(_, field)| *field) }
            })
            .collect::<Vec<_>>();
        is_total(&filled, rows_above)
    }
}

/// Returns a cell as a spreadsheet shows it.
pub(super) fn shown(cell: &str) -> &str {
    trim(unguard(trim(cell)).trim_start_matches('\''))
}

/// Whether the first cell of a row that [shows](shown) something switches the row off.
pub(super) fn switches_off(first: &str) -> bool {
    first.starts_with('#') && !is_excel_error(first) && !is_reference(first)
}

/// Whether a cell is blank.
pub(super) fn is_empty(cell: &str) -> bool {
    trim(cell).is_empty()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::table::record::{Decoder, split};

    fn layout(names: &[&str], email: usize) -> TableLayout {
        TableLayout {
            delimiter: b',',
            width: names.len(),
            columns: vec![(email, Field::Email), ((email + 1) % 3, Field::Firstname)],
            read_only: [None; 2],
            added: Vec::new(),
            nameless: Vec::new(),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            overrides: Vec::new(),
            mapping: None,
            repairs: false,
            has_lines: true,
            merged: Vec::new(),
            spoiled: None,
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn rows_that_are_plainly_persons_are_never_skipped(
            names in prop::collection::vec(prop::sample::select(NAMES.to_vec()), 3),
            cells in prop::collection::vec(prop::sample::select(CELLS.to_vec()), 1..5),
            email in 0_usize..3,
            rows_above in 0_u64..3,
        ) {
            let (record, mut decoder) = (cells.join(","), Decoder::default());
            let row = split(&record, b',', &mut decoder).unwrap();
            let (layout, is_last) = (layout(&names, email), false);
            let place = PlaceInTable { rows_above, is_last };
            prop_assert_eq!(layout.skip(&row, place), layout.skip_closely(&row, place));
        }
    }

    const NAMES: [&str; 7] = ["email", "@", "a@b.co", "First name", "", "E-Mail", "Ann"];

    const CELLS: [&str; 20] = [
        "",
        "email",
        "E-Mail",
        "a@b.co",
        "@",
        "A@B.CO",
        "#",
        "##",
        "'#x",
        "#N/A",
        "Total",
        "2 rows",
        "First name",
        "Ann",
        "Zo\u{eb}",
        "\u{c5}sa",
        "\u{a0}#",
        "\u{200b}a@b.co",
        "'",
        " - ",
    ];
}
