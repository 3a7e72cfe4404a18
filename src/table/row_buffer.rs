//! The buffers of a thread, kept between rows.

use super::layout::TableLayout;
use super::mapped_values::MappedValues;
use super::record::{Decoder, RepairedCells};
use std::ops::Range;
use std::sync::Arc;

/// The buffers of a thread, kept between rows, so that reading a row allocates nothing.
#[derive(Debug, Default)]
pub struct RowBuffer {
    pub(super) chunk: ReadAhead,
    pub(super) decoder: Decoder,
    pub(super) repaired: RepairedCells,
    pub(super) mapped: MappedValues,
    /// The cells of a row that is read without the `#` that switches it off.
    pub(super) unmarked: Vec<(usize, usize)>,
    /// The record that was last read from a block, if each of its cells is a part of it: its place,
    /// and its number of cells.
    pub(super) in_place: Option<(u64, usize)>,
}

/// The bytes of a row that was read from its place, and of those after it, which are likely to be
/// read next.
#[derive(Debug, Default)]
pub(super) struct ReadAhead {
    /// Identifies the table.
    pub(super) of: Option<Arc<TableLayout>>,
    pub(super) offset: u64,
    pub(super) bytes: Vec<u8>,
}

impl ReadAhead {
    /// Returns where these bytes of that table are, if they are in the buffer.
    pub(super) fn find(
        &self,
        table: &Arc<TableLayout>,
        offset: u64,
        len: usize,
    ) -> Option<Range<usize>> {
        let start = usize::try_from(offset.checked_sub(self.offset)?).ok()?;
        let is_here = self.of.as_ref().is_some_and(|of| Arc::ptr_eq(of, table))
            && start + len <= self.bytes.len();
        is_here.then(|| start..start + len)
    }
}

impl RowBuffer {
    /// Creates an empty buffer.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the number of cells of the record at a place, if it was the last one read and each
    /// cell is a part of it.
    pub(super) fn cells_in_place(&self, offset: u64) -> Option<usize> {
        self.in_place.filter(|(place, _)| *place == offset).map(|(_, cells)| cells)
    }
}
