//! What a thread keeps between rows.

use super::layout::TableLayout;
use super::record::{Decoder, RepairedCells};
use std::ops::Range;
use std::sync::Arc;

/// What a thread keeps between rows, so that reading one allocates nothing.
#[derive(Debug, Default)]
pub struct RowBuffer {
    pub(super) chunk: ReadAhead,
    pub(super) decoder: Decoder,
    pub(super) repaired: RepairedCells,
    /// The record that was read last from a block, where each of its cells is a part of it: its
    /// place, and how many cells it has.
    pub(super) in_place: Option<(u64, usize)>,
}

/// The bytes of a row that was read from its place, and of those behind it: they are likely to be
/// asked for next.
#[derive(Debug, Default)]
pub(super) struct ReadAhead {
    /// Tells the table from others.
    pub(super) of: Option<Arc<TableLayout>>,
    pub(super) offset: u64,
    pub(super) bytes: Vec<u8>,
}

impl ReadAhead {
    /// Where these bytes of that table are, if they are here.
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
    /// An empty buffer.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many cells the record at a place has, where it was read last and each is a part of it.
    pub(super) fn cells_in_place(&self, offset: u64) -> Option<usize> {
        self.in_place.filter(|(place, _)| *place == offset).map(|(_, cells)| cells)
    }
}
