//! Reads a row that is skipped or invalid as if it were sent: the people in it are not missing.
//!
//! In: a record, and why it is skipped. Out: its cells, and whether it is about a person at all.

use super::block::Block;
use super::cells::Cells;
use super::excel_error::is_excel_error;
use super::fault::RowFault;
use super::field::Field;
use super::layout::{TableLayout, is_empty, shown};
use super::mapped_cells::PlacedMapping;
use super::record::{self, TableRow};
use super::row_buffer::RowBuffer;

/// A row that is not sent, as if it were.
#[derive(Debug)]
pub(crate) struct SkippedRow<'b> {
    pub(crate) cells: Cells<'b>,
    pub(crate) content: RowContent,
}

/// What a row that is not sent is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowContent {
    /// A person or a group.
    Entry,
    /// Nobody, unless it has an address: a total, the header, or a text behind `#`.
    Remark,
    /// Nobody: it has no content in columns that are read, but for those that `where` compares.
    Nothing,
}

/// The fewest filled cells of a row that is switched off with `#`. Fewer are a text.
const FEWEST_CELLS: usize = 2;
/// Says that no row is the last one, whose number alone may be a total.
const MANY_ROWS: u64 = u64::MAX;

impl Block {
    /// Returns record `i` as if it were sent: without the `#` that switches it off, whatever the
    /// condition `where` says. `skip` is why it is skipped. `None` if it has no cells.
    pub(crate) fn skipped<'b>(
        &'b self,
        i: usize,
        skip: Option<RowFault>,
        buffer: &'b mut RowBuffer,
    ) -> Option<SkippedRow<'b>> {
        let RowBuffer { decoder, repaired, mapped, unmarked, .. } = buffer;
        let row = record::parse(self.raw(i), self.layout.delimiter, decoder).ok()?;
        let row = self.layout.readable(row, repaired);
        let is_switched_off = skip == Some(RowFault::SwitchedOff);
        let row = if is_switched_off { without_mark(row, unmarked) } else { row };
        let mut cells = self.layout.cells(&row, mapped).ok()?;
        if is_switched_off {
            for field in Field::ALL {
                let cell = cells.get(field);
                if !is_excel_error(cell) {
                    cells.set(field, cell.trim_start_matches(['#', ' ']));
                }
            }
        }
        Some(SkippedRow { cells, content: self.layout.content(&row, skip) })
    }
}

/// Returns a row that is switched off without its `#`.
fn without_mark<'b>(row: TableRow<'b>, bounds: &'b mut Vec<(usize, usize)>) -> TableRow<'b> {
    let Some(first) = (0..row.len()).find(|i| !shown(row.get(*i)).is_empty()) else { return row };
    row.with_part(first, shown(row.get(first)).trim_start_matches(['#', ' ']), bounds)
}

impl TableLayout {
    fn content(&self, row: &TableRow<'_>, skip: Option<RowFault>) -> RowContent {
        let filled = row.iter().filter(|cell| !is_empty(cell)).count();
        let is_text = skip == Some(RowFault::SwitchedOff)
            && (filled < FEWEST_CELLS || row.len() < self.width);
        if is_text
            || matches!(skip, Some(RowFault::Total | RowFault::HeaderAgain))
            || self.is_any_header(row)
            || self.is_total(row, Some(MANY_ROWS))
        {
            return RowContent::Remark;
        }
        let mapping = self.mapping.as_ref();
        let is_compared = |position: usize| {
            mapping
                .is_some_and(|mapping| mapping.conditions.iter().any(|(own, _)| *own == position))
        };
        let joined = mapping.into_iter().flat_map(PlacedMapping::joined_columns);
        let mut read = self.columns.iter().map(|(position, _)| *position).chain(joined);
        match read.any(|position| !is_compared(position) && !is_empty(row.get(position))) {
            true => RowContent::Entry,
            false => RowContent::Nothing,
        }
    }
}
