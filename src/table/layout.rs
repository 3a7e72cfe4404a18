//! Which cell of a row means what.

use super::defused::as_meant;
use super::record::{Row, RowFault};
use super::{Cells, Field};

/// What the rows of a table have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) delimiter: u8,
    /// The text is a copy of JSON Lines, in which each record is a line of them.
    pub(super) from_json: bool,
    /// Cells of the header, and so of every row.
    pub(super) width: usize,
    /// The positions of the columns that mean something.
    pub(super) columns: Vec<(usize, Field)>,
    /// The positions of the columns `id` and `status`, which exported lists have.
    pub(super) read_only: [Option<usize>; 2],
}

impl Layout {
    /// The cells of a row by their meaning.
    pub(super) fn cells<'b>(&self, row: &Row<'b>) -> Result<Cells<'b>, RowFault> {
        if row.len() != self.width {
            return Err(RowFault::Ragged { expected: self.width, found: row.len() });
        }
        let mut cells = Cells::default();
        for &(position, field) in &self.columns {
            cells.set(field, as_meant(row.get(position)));
        }
        if self.read_only != [None; 2] {
            let [id, status] = self.read_only.map(|position| position.map_or("", |position| as_meant(row.get(position))));
            cells.set_read_only(id, status);
        }
        Ok(cells)
    }
}
