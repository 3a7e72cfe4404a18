//! What the rows of a run have come to, for whoever compares with a list from before.

use super::ledger::{Ledger, Status};
use super::reading::Reading;
use super::survey::SurveyError;
use crate::change::Deed;
use crate::organization::{Confirmed, Subject, line, touched};
use crate::plan::Plan;
use crate::table::{Block, RowBuffer, each_block};
use std::io::Write;

/// What the rows of a run have come to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct SentRows {
    /// Whom they name.
    pub names: Vec<Subject>,
    /// Whom those of them name of which not every step is confirmed.
    pub uncertain: Vec<Subject>,
}

/// Returns whom the rows name that a run sends.
///
/// # Errors
/// When the file cannot be read.
pub fn sent_names(reading: Reading<'_>, plan: &Plan) -> Result<Vec<Subject>, SurveyError> {
    let mut names = Vec::new();
    each_block(
        reading.table,
        |block: Block| {
            let mut buffer = RowBuffer::default();
            sent(&block, plan).flat_map(|(index, _)| named(&reading, &block, index, &mut buffer)).collect::<Vec<_>>()
        },
        |found| {
            names.extend(found);
            Ok::<_, SurveyError>(())
        },
    )?;
    Ok(sorted(names))
}

/// Writes what is confirmed to `to`, in the order of the rows, and returns whom they name.
///
/// # Errors
/// When the file cannot be read, or `to` cannot be written.
pub fn sent_rows(reading: Reading<'_>, plan: &Plan, ledger: &Ledger, to: &mut (impl Write + Send)) -> Result<SentRows, SurveyError> {
    let mut rows = SentRows::default();
    each_block(
        reading.table,
        |block: Block| {
            let (mut buffer, mut other) = (RowBuffer::default(), RowBuffer::default());
            let (mut lines, mut names, mut uncertain) = (Vec::new(), Vec::new(), Vec::new());
            for (index, row) in sent(&block, plan) {
                let own = named(&reading, &block, index, &mut buffer);
                match confirmed(&reading, ledger, row, (&block, index), &mut other) {
                    Some(line) => lines.extend(line),
                    None => uncertain.extend_from_slice(&own),
                }
                names.extend(own);
            }
            (lines, names, uncertain)
        },
        |(lines, names, uncertain)| {
            rows.names.extend(names);
            rows.uncertain.extend(uncertain);
            to.write_all(&lines).map_err(SurveyError::from)
        },
    )?;
    Ok(SentRows { names: sorted(rows.names), uncertain: sorted(rows.uncertain) })
}

/// The rows of a block that are sent: where they stand in it, and their numbers.
fn sent<'b>(block: &'b Block, plan: &'b Plan) -> impl Iterator<Item = (usize, u32)> + 'b {
    let row = |index: usize| u32::try_from(block.first_row + index as u64).unwrap_or(u32::MAX);
    (0..block.len()).map(move |index| (index, row(index))).filter(|(_, row)| plan.shape(*row).is_sent())
}

/// Whom a row names, whatever a list tells of them.
fn named(reading: &Reading<'_>, block: &Block, index: usize, buffer: &mut RowBuffer) -> Vec<Subject> {
    match reading.intent(block, index, buffer) {
        Some(Ok(change)) => touched(&change),
        _ => Vec::new(),
    }
}

/// The line of a row of which every step is confirmed; `None` for others.
fn confirmed(reading: &Reading<'_>, ledger: &Ledger, row: u32, (block, index): (&Block, usize), buffer: &mut RowBuffer) -> Option<Vec<u8>> {
    let (_, effect, at) = ledger.known(row).filter(|(status, ..)| *status == Status::Ok)?;
    // Steps that were not sent are not confirmed.
    let change = reading.examine(block, index, buffer)?.ok()?;
    let existed = effect.has(Deed::Exists) || effect.has(Deed::GroupExists);
    line(&Confirmed { at, existed, change }).ok()
}

fn sorted(mut names: Vec<Subject>) -> Vec<Subject> {
    names.sort_unstable();
    names.dedup();
    names
}
