//! Writes records whose cells come from files and servers, as CSV or as a workbook.

use super::guarded_csv::GuardedCsv;
use super::workbook_writer::{SheetLayout, WorkbookWriter};
use std::io::{self, Write};
use std::path::Path;

/// How records are written.
#[derive(Debug, Clone, Copy)]
pub(crate) enum RecordForm<'p> {
    /// As CSV.
    Csv,
    /// As the workbook that will be at this path.
    Workbook(&'p Path),
}

/// A table that is being written, record by record. No spreadsheet runs one of its cells.
pub(crate) enum RecordWriter<W: Write> {
    /// With formula guards.
    Csv(Box<GuardedCsv<W>>),
    /// With cells that are text.
    Workbook(Box<WorkbookWriter<W>>),
}

impl<W: Write> RecordWriter<W> {
    /// Begins a table with its header. `layout` is that of a workbook.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn begin<C: AsRef<str>>(
        to: W,
        form: RecordForm<'_>,
        layout: SheetLayout,
        header: impl IntoIterator<Item = C>,
    ) -> io::Result<Self> {
        match form {
            RecordForm::Csv => Ok(Self::Csv(Box::new(GuardedCsv::begin(to, header)?))),
            RecordForm::Workbook(path) => {
                let mut workbook = WorkbookWriter::new(to, path, layout)?;
                workbook.row(header)?;
                Ok(Self::Workbook(Box::new(workbook)))
            }
        }
    }

    /// Writes a row.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn row<C: AsRef<str>>(
        &mut self,
        cells: impl IntoIterator<Item = C>,
    ) -> io::Result<()> {
        match self {
            Self::Csv(table) => Ok(table.row(cells)?),
            Self::Workbook(table) => table.row(cells),
        }
    }

    /// Completes the table, and returns the writer.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn end(self) -> io::Result<W> {
        match self {
            Self::Csv(table) => table.end(),
            Self::Workbook(table) => table.end(),
        }
    }
}
