//! The cells of one row, found by what they mean.

use super::Field;

/// Cells of one row by [`Field`]: borrowed, not trimmed, without the `'` that keeps a spreadsheet from running one as a formula, `""` where the column is absent or the cell is empty.
#[derive(Debug, Clone)]
pub struct Cells<'a> {
    cells: [&'a str; Field::COUNT],
}

impl Default for Cells<'_> {
    fn default() -> Self {
        Self { cells: [""; Field::COUNT] }
    }
}

impl<'a> Cells<'a> {
    /// The cell of a field.
    pub fn get(&self, field: Field) -> &'a str {
        self.cells[field as usize]
    }

    /// Sets the cell of a field.
    pub fn set(&mut self, field: Field, cell: &'a str) {
        self.cells[field as usize] = cell;
    }
}
