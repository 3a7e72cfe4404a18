//! Writes tables whose cells come from files and servers, so that no spreadsheet runs one of them.

use super::formula_guard::{CellReader, guard};
use std::io::{self, Write};

/// A CSV file in which a cell that a spreadsheet would run gets a `'`. umbulk reads the original
/// cells from it.
pub(crate) struct GuardedCsv<W: Write>(csv::Writer<W>);

impl<W: Write> GuardedCsv<W> {
    /// Begins a table with its header.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn begin<C: AsRef<str>>(
        to: W,
        header: impl IntoIterator<Item = C>,
    ) -> csv::Result<Self> {
        let mut table = Self(csv::Writer::from_writer(to));
        table.row(header)?;
        Ok(table)
    }

    /// Writes a row.
    ///
    /// # Errors
    /// When it cannot be written, or has another number of cells than the header.
    pub(crate) fn row<C: AsRef<str>>(
        &mut self,
        cells: impl IntoIterator<Item = C>,
    ) -> csv::Result<()> {
        for cell in cells {
            self.0.write_field(&*guard(cell.as_ref(), CellReader::Spreadsheet))?;
        }
        self.0.write_record(None::<&[u8]>)
    }

    /// Writes the buffered bytes, and returns the writer.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn end(self) -> io::Result<W> {
        self.0.into_inner().map_err(csv::IntoInnerError::into_error)
    }
}
