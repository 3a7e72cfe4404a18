//! Copies the sheet with the table as CSV.

use std::collections::BTreeMap;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;

use super::archive::most_bytes;
use super::choice::{ChoiceFault, choose};
use super::open::open;
use super::records::SheetRowWriter;
use super::sheet::{CellKind, SheetFacts, SheetRow};
use crate::table::header::Search;
use crate::table::merged_cells::MergedCells;
use crate::table::text::Utf8Text;

/// How a sheet is found and copied.
pub(in crate::table) struct CopySettings<'a> {
    /// The name of the sheet, if the user has given it.
    pub(in crate::table) sheet: Option<&'a str>,
    pub(in crate::table) search: Search<'a>,
    /// The folder for temporary files.
    pub(in crate::table) spool_dir: &'a Path,
}

/// The facts about a copy.
#[derive(Debug)]
pub(in crate::table) struct SheetCopy {
    /// The name of the sheet.
    pub(in crate::table) sheet: String,
    /// The names of the other sheets.
    pub(in crate::table) others: Vec<String>,
    /// The number of rows with content below the header that are hidden, and of columns.
    pub(in crate::table) hidden_rows: u64,
    pub(in crate::table) hidden_columns: u64,
    /// The groups of merged cells that reach below the header.
    pub(in crate::table) merged: Vec<MergedCells>,
    /// The columns with numbers that only the program can show, by their position.
    pub(in crate::table) unclear: BTreeMap<usize, CountedCells>,
    /// The columns with dates, and those with booleans.
    pub(in crate::table) dates: BTreeMap<usize, CountedCells>,
    pub(in crate::table) truths: BTreeMap<usize, CountedCells>,
}

/// The cells of one kind in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::table) struct CountedCells {
    /// The row of the first one, from 1.
    pub(in crate::table) row: u64,
    pub(in crate::table) count: u64,
}

/// Writes the sheet with the table as CSV.
pub(in crate::table) fn copy_sheet(
    text: &Utf8Text,
    settings: &CopySettings<'_>,
    to: impl Write,
) -> Result<SheetCopy, ChoiceFault> {
    let mut workbook = open(text, settings.spool_dir)?;
    workbook.begin_pass();
    let chosen = choose(&mut *workbook, settings.sheet, &settings.search)?;
    let (width, header) = chosen.header.map_or((0, 0), |header| (header.width, header.line));
    let mut names: Vec<String> = workbook.sheets().iter().map(|sheet| sheet.name.clone()).collect();
    let mut copy = SheetCopy {
        sheet: names.remove(chosen.index),
        others: names,
        hidden_rows: 0,
        hidden_columns: 0,
        merged: Vec::new(),
        unclear: BTreeMap::new(),
        dates: BTreeMap::new(),
        truths: BTreeMap::new(),
    };
    let mut records = SheetRowWriter::new(to, width, most_bytes(text.len()));
    workbook.begin_pass();
    let facts = workbook.read(chosen.index, &mut |row| {
        if u64::from(row.number) > header {
            copy.count(row);
        }
        records.write(row)?;
        Ok(ControlFlow::Continue(()))
    })?;
    records.into_inner()?;
    copy.add(&facts, width, header);
    Ok(copy)
}

impl SheetCopy {
    /// Counts what is unusual in a row.
    fn count(&mut self, row: &SheetRow) {
        self.hidden_rows += u64::from(row.is_hidden && !row.cells().is_empty());
        for cell in row.cells() {
            let columns = match cell.kind {
                CellKind::Text | CellKind::Value => continue,
                CellKind::Date => &mut self.dates,
                CellKind::Truth => &mut self.truths,
                CellKind::Unclear => &mut self.unclear,
            };
            let first = CountedCells { row: u64::from(row.number), count: 0 };
            columns.entry(cell.column as usize).or_insert(first).count += 1;
        }
    }

    /// Adds what is known about the whole sheet.
    fn add(&mut self, facts: &SheetFacts, width: usize, header: u64) {
        let is_hidden = |column: usize| {
            let mut hidden = facts.hidden_columns.iter();
            hidden.any(|(from, to)| (*from..=*to).contains(&(column as u32)))
        };
        self.hidden_columns = (0..width).filter(|column| is_hidden(*column)).count() as u64;
        let below = facts.merged.iter().filter(|cells| u64::from(cells.rows.1) > header);
        self.merged = below.copied().collect();
    }
}
