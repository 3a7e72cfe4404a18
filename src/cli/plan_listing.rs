//! `plan --out`: what is planned, row by row. People open it: what it has from files is neither run
//! by a spreadsheet nor obeyed by a terminal.

use crate::table::guard;
use crate::visible::visible_cell;
use std::fs::File;
use std::io::BufWriter;

/// The file, a row of it for each row and command.
pub(super) struct PlanListing(csv::Writer<BufWriter<File>>);

impl PlanListing {
    /// Begins the file with its header.
    pub(super) fn begin(file: BufWriter<File>) -> csv::Result<Self> {
        let mut writer = csv::Writer::from_writer(file);
        writer.write_record([
            "file", "row", "request", "command", "steps", "status", "user", "changes",
        ])?;
        Ok(Self(writer))
    }

    /// Writes the cells of a row, in the order of the header.
    pub(super) fn write(&mut self, cells: [&str; 8]) -> csv::Result<()> {
        for cell in cells {
            self.0.write_field(&*guard(&visible_cell(cell), true))?;
        }
        self.0.write_record(None::<&[u8]>)
    }

    /// Writes out what is gathered.
    pub(super) fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}
