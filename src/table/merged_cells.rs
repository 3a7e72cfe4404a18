//! Finds the rows that have lost a value because cells of a sheet are merged.
//!
//! In: the groups of merged cells of a sheet. Out: for a cell, the group that covers it. A person
//! sees the value of the first cell in all of them, but the file has it only there.

use super::column_letters::column_letters;
use std::fmt;

/// What stands for the missing value in the file of the rows to fix, which has no merged cells. It
/// is refused like an error of a spreadsheet.
pub(crate) const MERGED_AWAY: &str = "#MERGED!";

/// A group of merged cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MergedCells {
    /// Its first and last row, from 1.
    pub(super) rows: (u32, u32),
    /// Its first and last column, from 0.
    pub(super) columns: (u32, u32),
}

impl fmt::Display for MergedCells {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [from, to] = [self.columns.0, self.columns.1].map(|at| column_letters(at as usize));
        write!(f, "{from}{}:{to}{}", self.rows.0, self.rows.1)
    }
}

/// The groups of merged cells in one column of a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MergedColumn {
    pub(super) position: usize,
    /// In the order of their rows.
    cells: Vec<MergedCells>,
}

impl MergedColumn {
    /// Returns the groups that cover a column below the header; `None` if there are none.
    pub(super) fn new(position: usize, all: &[MergedCells], header: u64) -> Option<Self> {
        let column = position as u32;
        let covers = |cells: &&MergedCells| {
            (cells.columns.0..=cells.columns.1).contains(&column)
                && u64::from(cells.rows.1) > header
        };
        let mut cells: Vec<MergedCells> = all.iter().filter(covers).copied().collect();
        cells.sort_unstable();
        (!cells.is_empty()).then_some(Self { position, cells })
    }

    /// Returns the group that covers the cell of this row, from 1, unless the cell is its first
    /// one.
    pub(super) fn covering(&self, row: u64) -> Option<MergedCells> {
        let after = self.cells.partition_point(|cells| u64::from(cells.rows.0) <= row);
        let cells = *self.cells.get(after.checked_sub(1)?)?;
        let is_first = u64::from(cells.rows.0) == row && cells.columns.0 as usize == self.position;
        (row <= u64::from(cells.rows.1) && !is_first).then_some(cells)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_covered_unless_it_is_the_first() {
        let all = [
            MergedCells { rows: (7, 7), columns: (3, 4) },
            MergedCells { rows: (2, 4), columns: (4, 4) },
            MergedCells { rows: (1, 1), columns: (0, 4) },
        ];
        let column = MergedColumn::new(4, &all, 1).unwrap();
        let covering = |row| column.covering(row).map(|cells| cells.to_string());
        let found: Vec<Option<String>> = (1..=8).map(covering).collect();
        let below = || Some("E2:E4".to_owned());
        let beside = || Some("D7:E7".to_owned());
        assert_eq!(found, [None, None, below(), below(), None, None, beside(), None]);
        assert_eq!(MergedColumn::new(2, &all, 1), None);
    }
}
