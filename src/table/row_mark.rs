//! Marks of rows: they are equal if the cells are equal, however a program has quoted them.

use super::block::Block;
use super::formula_guard::unguard;
use super::record::{Decoder, parse};
use super::scan::without_line_end;
use xxhash_rust::xxh3::Xxh3;

impl Block {
    /// Returns the mark of record `i`, from 0.
    pub(crate) fn mark(&self, i: usize) -> u32 {
        match self.plain_cells(i) {
            Some(cells) => mark_of(&cells),
            None => mark_of(&[String::from_utf8_lossy(without_line_end(self.kept(i)))]),
        }
    }

    /// Returns the cells of record `i` as they are in the file; `None` if it cannot be read.
    pub(crate) fn plain_cells(&self, i: usize) -> Option<Vec<String>> {
        let mut decoder = Decoder::default();
        let is_sound = self.frame(i).fault.is_none();
        let row = parse(self.raw(i), self.layout.delimiter, &mut decoder).ok();
        let row = row.filter(|_| is_sound)?;
        Some((0..row.len()).map(|place| row.get(place).to_owned()).collect())
    }
}

/// Returns the mark of cells. Empty cells at the end do not count, and neither does the sign that
/// protects a cell from being a formula.
pub(crate) fn mark_of(cells: &[impl AsRef<str>]) -> u32 {
    let filled = cells.iter().rposition(|cell| !cell.as_ref().is_empty());
    let mut hash = Xxh3::new();
    for cell in &cells[..filled.map_or(0, |last| last + 1)] {
        let cell = unguard(cell.as_ref());
        hash.update(&(cell.len() as u64).to_le_bytes());
        hash.update(cell.as_bytes());
    }
    hash.digest() as u32
}
