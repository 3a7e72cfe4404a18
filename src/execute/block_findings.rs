//! Reads the rows of a block one after another, and collects what is found in them beside what is
//! sent for each.

use super::alike_rows::{AlikeRow, AlikeRows};
use super::conflicts::Names;
use super::countries_read::CountriesRead;
use super::input_rows::{InputRows, RequestedChange};
use super::skip::Skip;
use crate::table::{Block, Cells, RowFault};

/// What is found in the rows of a block beside what is sent for each of them.
#[derive(Debug, Default)]
pub(crate) struct BlockFindings {
    pub(crate) names: Names,
    pub(crate) countries: CountriesRead,
    pub(crate) alike: AlikeRows,
}

impl InputRows<'_> {
    /// Collects the names of the people in a row, from 0, unless the conflicts between rows are
    /// already known. Returns the row if it asks for what an earlier row of its block asks for.
    pub(crate) fn meet<'b, 'f>(
        &self,
        row: u64,
        cells: &Result<Cells<'b>, RowFault>,
        found: &'f mut BlockFindings,
    ) -> Option<AlikeRow<'f, 'b>> {
        let cells = cells.as_ref().ok()?;
        if self.conflicts.is_none() {
            found.names.take(cells, self.rules);
        }
        if self.asks_for(row) { found.alike.take(self, cells) } else { None }
    }

    /// Evaluates row `index` of a block, which is [like no earlier one](Self::meet), and collects
    /// how countries are written. `None`: the row is outside `--rows`.
    pub(crate) fn evaluate_met<'b>(
        &self,
        (block, index): (&Block, usize),
        cells: &Result<Cells<'b>, RowFault>,
        found: &mut BlockFindings,
    ) -> Option<Result<RequestedChange<'b>, Skip>> {
        if !self.asks_for(block.first_row + index as u64) {
            return None;
        }
        let decided = match cells {
            Ok(cells) => self.decide_at((block, index), cells),
            Err(fault) => Err(self.faulty(fault, block.frame(index).line)),
        };
        if let (Ok(cells), Ok(asked)) = (cells, &decided) {
            found.countries.take(cells, &asked.change);
            found.alike.learn(asked);
        }
        Some(decided)
    }
}
