//! Frames the rows of a sheet, in their [copy](super::workbook) as CSV.

use super::csv_framer::CsvFramer;
use super::framer::{FramedItem, Framer, Unframed};

/// Frames the copy: each record is one row of the sheet, whatever its cells contain.
#[derive(Debug)]
pub(super) struct SheetFramer(CsvFramer);

impl SheetFramer {
    /// Creates a framer of a copy of a sheet.
    pub(super) fn new(delimiter: u8) -> Self {
        Self(CsvFramer::new(delimiter))
    }
}

impl Framer for SheetFramer {
    fn next(&mut self, unframed: Unframed<'_>) -> FramedItem {
        match self.0.next(unframed) {
            FramedItem::Record { len, fault, .. } => FramedItem::Record { len, lines: 1, fault },
            FramedItem::Nothing { len, .. } => FramedItem::Nothing { len, lines: 1 },
            item => item,
        }
    }
}
