//! The cells of one row, found by what they mean.

use super::field::Field;

/// Cells of one row by [`Field`]: borrowed, not trimmed, without the `'` that keeps a spreadsheet
/// from running one as a formula, `""` where the column is absent or the cell is empty.
#[derive(Debug, Clone)]
pub struct Cells<'a> {
    cells: [&'a str; Field::COUNT],
    id: &'a str,
    status: &'a str,
    /// A bit for each field whose cell is not empty.
    filled: u32,
    /// A bit for each field whose cell is written as a formula.
    formulas: u32,
    is_short: bool,
}

const _: () = assert!(Field::COUNT <= 32);

impl Default for Cells<'_> {
    fn default() -> Self {
        Self {
            cells: [""; Field::COUNT],
            id: "",
            status: "",
            filled: 0,
            formulas: 0,
            is_short: false,
        }
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

    /// The fields whose cells are not empty, in their order.
    pub fn filled(&self) -> impl Iterator<Item = Field> + use<> {
        let mut left = self.filled;
        std::iter::from_fn(move || {
            let place = left.trailing_zeros() as usize;
            left &= left.wrapping_sub(1);
            Field::ALL.get(place).copied()
        })
    }

    /// Is the cell of a field written as a formula?
    pub fn is_formula(&self, field: Field) -> bool {
        self.formulas & (1 << field as u32) != 0
    }

    /// Does the row end before the header does?
    pub fn is_short(&self) -> bool {
        self.is_short
    }

    pub(super) fn set_formula(&mut self, field: Field) {
        self.formulas |= 1 << field as u32;
    }

    pub(super) fn set_short(&mut self) {
        self.is_short = true;
    }

    /// Sets the cell of a field.
    pub fn set(&mut self, field: Field, cell: &'a str) {
        self.cells[field as usize] = cell;
        let bit = 1 << field as u32;
        self.filled = if cell.is_empty() { self.filled & !bit } else { self.filled | bit };
    }
}
