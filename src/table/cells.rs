//! The cells of one row, found by what they mean.

use super::Field;

/// Cells of one row by [`Field`]: borrowed, not trimmed, without the `'` that keeps a spreadsheet from running one as a formula, `""` where the column is absent or the cell is empty.
#[derive(Debug, Clone)]
pub struct Cells<'a> {
    cells: [&'a str; Field::COUNT],
    id: &'a str,
    status: &'a str,
}

impl Default for Cells<'_> {
    fn default() -> Self {
        Self { cells: [""; Field::COUNT], id: "", status: "" }
    }
}

impl<'a> Cells<'a> {
    /// The cell of a field.
    pub fn get(&self, field: Field) -> &'a str {
        self.cells[field as usize]
    }

    /// The API's id of a user, which exported lists have; it is read and never imported.
    pub fn id(&self) -> &'a str {
        self.id
    }

    /// The status of an account, likewise.
    pub fn status(&self) -> &'a str {
        self.status
    }

    pub(super) fn set_read_only(&mut self, id: &'a str, status: &'a str) {
        (self.id, self.status) = (id, status);
    }

    /// Sets the cell of a field.
    pub fn set(&mut self, field: Field, cell: &'a str) {
        self.cells[field as usize] = cell;
    }
}
