//! Marks of rows: they are equal if the cells are equal, however a program has quoted them.

use super::block::Block;
use super::formula_guard::unguard;
use super::record::{Decoder, TableRow, parse, split};
use super::row_buffer::RowBuffer;
use super::scan::without_line_end;
use xxhash_rust::xxh3::xxh3_64;

impl Block {
    /// Returns the mark of record `i`, from 0.
    pub(crate) fn mark(&self, i: usize, buffer: &mut RowBuffer) -> u32 {
        match self.plain_row(i, &mut buffer.decoder) {
            Some(row) => mark_of(row.iter()),
            None => mark_of([&*String::from_utf8_lossy(without_line_end(self.kept(i)))]),
        }
    }

    /// Returns the cells of record `i` as they are in the file; `None` if it cannot be read.
    pub(crate) fn plain_cells(&self, i: usize) -> Option<Vec<String>> {
        let mut decoder = Decoder::default();
        Some(self.plain_row(i, &mut decoder)?.iter().map(str::to_owned).collect())
    }

    fn plain_row<'b>(&'b self, i: usize, decoder: &'b mut Decoder) -> Option<TableRow<'b>> {
        if self.frame(i).fault.is_some() {
            return None;
        }
        match self.text(i) {
            Some(text) => split(text, self.layout.delimiter, decoder).ok(),
            None => parse(self.raw(i), self.layout.delimiter, decoder).ok(),
        }
    }
}

/// Returns the mark of cells. Empty cells at the end do not count, and neither does the sign that
/// protects a cell from being a formula.
pub(crate) fn mark_of(cells: impl IntoIterator<Item = impl AsRef<str>>) -> u32 {
    let (mut marked, mut filled) = (Vec::with_capacity(256), 0);
    for cell in cells {
        let text = unguard(cell.as_ref());
        marked.extend((text.len() as u64).to_le_bytes());
        marked.extend(text.as_bytes());
        if !cell.as_ref().is_empty() {
            filled = marked.len();
        }
    }
    xxh3_64(&marked[..filled]) as u32
}
