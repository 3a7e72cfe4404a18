//! The rows of an imported file that are to be fixed, and the same rows in the file of rows to fix.

use crate::execute::RowRange;
use crate::journal::RowMarks;
use crate::table::{MERGED_AWAY, Table, TableWarning, is_added, mark_of};
use std::io;
use std::ops::Range;

/// A row of the imported file that is to be fixed.
pub(crate) struct OpenRow {
    /// Its number, from 1.
    pub(crate) number: u64,
    /// Its place in the text, with its line end.
    pub(crate) place: Range<usize>,
    pub(crate) line: u64,
    /// Its cells; `None` if it cannot be read.
    cells: Option<Vec<String>>,
    /// Its marks when it failed, and when an interrupted retry began.
    pub(crate) bases: [u32; 2],
}

/// A row of the file of rows to fix.
pub(crate) struct FixedRow {
    /// The cell of each column of the imported file; `None` in columns that umbulk ignores, because
    /// it has added them to an earlier file.
    cells: Vec<Option<String>>,
    /// The cells beyond the header.
    extra: Vec<String>,
}

/// How certain the letters of a file beyond ASCII are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LetterCertainty {
    /// The file is Unicode.
    Sure,
    /// It looks like Windows-1252: accepted, unless letters that were there before are others now.
    Western,
    /// The encoding is guessed.
    Guessed,
}

impl LetterCertainty {
    pub(crate) fn of(table: &Table) -> Self {
        let is_western = |warning: &TableWarning| matches!(warning, TableWarning::Western { .. });
        match table.unconfirmed_encoding() {
            Some(_) => Self::Guessed,
            None if table.warnings().iter().any(is_western) => Self::Western,
            None => Self::Sure,
        }
    }
}

impl OpenRow {
    /// Returns the mark of its cells.
    pub(crate) fn mark(&self) -> u32 {
        self.cells.as_deref().map_or(self.bases[0], mark_of)
    }

    /// Whether the new cells of this row have letters beyond ASCII that are perhaps read wrongly.
    /// Cells that are as they were are certainly read right.
    pub(crate) fn is_doubtful(&self, cells: &[String], certainty: LetterCertainty) -> bool {
        let old = self.cells.as_deref().unwrap_or_default();
        cells.iter().enumerate().any(|(place, cell)| {
            let was = old.get(place).map(String::as_str).unwrap_or_default();
            was != cell
                && match certainty {
                    LetterCertainty::Sure => false,
                    LetterCertainty::Western => !was.is_ascii() && !cell.is_ascii(),
                    LetterCertainty::Guessed => !cell.is_ascii(),
                }
        })
    }
}

impl FixedRow {
    /// Returns the mark of its cells.
    pub(crate) fn mark(&self) -> u32 {
        let cells: Vec<&str> =
            self.cells.iter().flatten().chain(&self.extra).map(String::as_str).collect();
        mark_of(&cells)
    }

    /// Returns its cells in the columns of the imported file, with those of the row in columns that
    /// umbulk ignores; `None` if the row cannot be read.
    pub(crate) fn beside(&self, row: &OpenRow) -> Option<Vec<String>> {
        let old = row.cells.as_ref()?;
        let as_it_was = |place: usize| old.get(place).cloned().unwrap_or_default();
        // A merged cell has no value of its own.
        let cells = self.cells.iter().enumerate().map(|(place, cell)| match cell {
            Some(cell) if cell != MERGED_AWAY => cell.clone(),
            _ => as_it_was(place),
        });
        Some(cells.chain(self.extra.iter().cloned()).collect())
    }

    /// Whether it is the beginning of a row that is too long to be shown.
    pub(crate) fn is_abbreviated(&self) -> bool {
        self.cells.iter().flatten().next().is_some_and(|cell| cell.ends_with('…'))
    }
}

/// Returns the rows to fix, without what umbulk has added to them; `None` if the columns are not
/// those of the imported file.
pub(crate) fn fixed_rows(table: &Table, header: &[String]) -> io::Result<Option<Vec<FixedRow>>> {
    let there: Vec<usize> =
        (0..table.header().len()).filter(|place| !is_added(&table.header()[*place])).collect();
    let own: Vec<&String> = header.iter().filter(|name| !is_added(name)).collect();
    let has_code = table.header().iter().any(|name| name == "umbulk_code");
    if !has_code || !there.iter().map(|place| &table.header()[*place]).eq(own) {
        return Ok(None);
    }
    let mut rows = Vec::new();
    for block in table.blocks() {
        let block = block?;
        for index in 0..block.len() {
            let found = block.plain_cells(index).unwrap_or_default();
            let mut own = there.iter().map(|place| found.get(*place).cloned().unwrap_or_default());
            let cells = header.iter().map(|name| match is_added(name) {
                true => None,
                false => own.next(),
            });
            let cells: Vec<Option<String>> = cells.collect();
            let extra = found.iter().skip(table.header().len()).cloned();
            let mut extra: Vec<String> = extra.collect();
            let filled = extra.iter().rposition(|cell| !cell.is_empty());
            extra.truncate(filled.map_or(0, |last| last + 1));
            rows.push(FixedRow { cells, extra });
        }
    }
    Ok(Some(rows))
}

/// Returns the rows of the imported file that are to be fixed, with their marks of before.
pub(crate) fn open_rows(
    table: &Table,
    rows: &RowRange,
    (then, marks): (&[u32], &RowMarks),
) -> io::Result<Vec<OpenRow>> {
    let mut open = Vec::new();
    for block in table.blocks() {
        let block = block?;
        for index in 0..block.len() {
            let row = block.first_row + index as u64;
            if !rows.contains(row + 1) {
                continue;
            }
            let frame = block.frame(index);
            let begin = frame.offset as usize;
            let mark = then.get(open.len()).copied().unwrap_or_default();
            let at_begin = usize::try_from(row).ok().and_then(|row| marks.of_row(row));
            open.push(OpenRow {
                number: row + 1,
                place: begin..begin + frame.len as usize,
                line: frame.line,
                cells: block.plain_cells(index),
                bases: [mark, at_begin.unwrap_or(mark)],
            });
        }
    }
    Ok(open)
}
