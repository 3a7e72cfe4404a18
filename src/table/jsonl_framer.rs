//! Frames the records of JSON Lines, and of JSON arrays, in their [copy](super::jsonl) as CSV.

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

/// The lines of the file, as against those of the copy.
#[derive(Debug, Clone)]
pub(super) enum JsonLineCount {
    /// Each line of the copy is one of the file.
    OneByOne,
    /// The number of lines from the beginning of each row to that of the next one. Elements of an
    /// array may share a line, and may have several.
    Steps(Arc<[u32]>),
}

impl JsonLineCount {
    /// Counts by the lines on which the elements of an array begin.
    pub(super) fn of_elements(lines: &[u64]) -> Self {
        let steps =
            lines.windows(2).map(|pair| u32::try_from(pair[1] - pair[0]).unwrap_or(u32::MAX));
        Self::Steps(steps.collect())
    }

    /// Whether several rows begin on one line.
    pub(super) fn has_shared_lines(&self) -> bool {
        matches!(self, Self::Steps(steps) if steps.contains(&0))
    }
}

/// Frames the copy: each record is one line of the copy, whatever its cells contain.
#[derive(Debug)]
pub(super) struct JsonLinesFramer {
    csv: CsvFramer,
    /// In the order of the copy.
    faulty: Arc<[FaultyLine]>,
    /// The number of faulty lines before the front.
    passed: usize,
    lines: JsonLineCount,
    /// The number of records before the front.
    records: usize,
}

impl JsonLinesFramer {
    /// Creates a framer of a copy of JSON Lines.
    pub(super) fn new(delimiter: u8, faulty: Arc<[FaultyLine]>, lines: JsonLineCount) -> Self {
        Self { csv: CsvFramer::new(delimiter), faulty, passed: 0, lines, records: 0 }
    }

    /// Returns the fault of the line at a position. Positions must ascend.
    fn fault_at(&mut self, place: u64) -> Option<JsonFault> {
        while self.faulty.get(self.passed).is_some_and(|line| line.place < place) {
            self.passed += 1;
        }
        self.faulty.get(self.passed).filter(|line| line.place == place).map(|line| line.fault)
    }

    /// Returns the number of lines from the record at the front to the next one, and passes it.
    fn step(&mut self) -> u64 {
        self.records += 1;
        match &self.lines {
            JsonLineCount::OneByOne => 1,
            JsonLineCount::Steps(steps) => steps.get(self.records - 1).map_or(1, |n| u64::from(*n)),
        }
    }

    fn item(&mut self, unframed: Unframed<'_>) -> FramedItem {
        match self.fault_at(unframed.place) {
            Some(fault) => match unframed.first_line() {
                Ok(end) => unframed.record(end, 1, Some(FrameFault::Json(fault))),
                Err(item) => item,
            },
            None => self.csv.record(unframed),
        }
    }
}

impl Framer for JsonLinesFramer {
    fn next(&mut self, unframed: Unframed<'_>) -> FramedItem {
        match self.item(unframed) {
            FramedItem::Record { len, fault, .. } => {
                FramedItem::Record { len, lines: self.step(), fault }
            }
            FramedItem::Nothing { len, .. } => FramedItem::Nothing { len, lines: self.step() },
            FramedItem::EndlessLine { .. } => FramedItem::EndlessLine { lines: self.step() },
            FramedItem::Incomplete => FramedItem::Incomplete,
        }
    }
}
