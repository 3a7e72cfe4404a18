//! Frames the records of JSON Lines, in their [copy](super::jsonl) as CSV.

use super::csv_framer::CsvFramer;
use super::fault::{FrameFault, JsonFault};
use super::framer::{FramedItem, Framer, Unframed};
use std::sync::Arc;

/// A line that is not a row, and is kept in the copy as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FaultyLine {
    /// Its position in the copy.
    pub(super) place: u64,
    pub(super) fault: JsonFault,
}

/// Frames the copy: each record is one line of the file, whatever its cells contain.
#[derive(Debug)]
pub(super) struct JsonLinesFramer {
    csv: CsvFramer,
    /// In the order of the copy.
    faulty: Arc<[FaultyLine]>,
    /// The number of faulty lines before the front.
    passed: usize,
}

impl JsonLinesFramer {
    pub(super) fn new(delimiter: u8, faulty: Arc<[FaultyLine]>) -> Self {
        Self { csv: CsvFramer::new(delimiter), faulty, passed: 0 }
    }

    /// Returns the fault of the line at a position. Positions must ascend.
    fn fault_at(&mut self, place: u64) -> Option<JsonFault> {
        while self.faulty.get(self.passed).is_some_and(|line| line.place < place) {
            self.passed += 1;
        }
        self.faulty.get(self.passed).filter(|line| line.place == place).map(|line| line.fault)
    }
}

impl Framer for JsonLinesFramer {
    fn next(&mut self, unframed: Unframed<'_>) -> FramedItem {
        if let Some(fault) = self.fault_at(unframed.place) {
            return match unframed.first_line() {
                Ok(end) => unframed.record(end, 1, Some(FrameFault::Json(fault))),
                Err(item) => item,
            };
        }
        match self.csv.record(unframed) {
            FramedItem::Record { len, fault, .. } => FramedItem::Record { len, lines: 1, fault },
            item => item,
        }
    }
}
