//! The results of a run's rows, for later comparisons with an older list.

use super::input_rows::InputRows;
use super::outcomes::{OutcomeStatus, Outcomes};
use super::scan_error::ScanError;
use crate::change::EffectPart;
use crate::organization::{HashedName, recently_changed};
use crate::plan::Plan;
use crate::snapshot::{ConfirmedChanges, line};
use crate::table::{Block, RowBuffer, each_block};
use std::io::Write;

/// The results of a run's rows.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct SentRows {
    /// The users and groups that the rows name.
    pub names: Vec<HashedName>,
    /// The users and groups in rows for which not every step is confirmed.
    pub uncertain: Vec<HashedName>,
}

/// Returns the users and groups in the rows that a run sends.
///
/// # Errors
/// When the file cannot be read.
pub(crate) fn sent_names(
    input_rows: InputRows<'_>,
    plan: &Plan,
) -> Result<Vec<HashedName>, ScanError> {
    let mut names = Vec::new();
    each_block(
        input_rows.table,
        |block: Block| {
            let mut buffer = RowBuffer::default();
            sent(&block, plan)
                .flat_map(|(index, _)| named(&input_rows, &block, index, &mut buffer))
                .collect::<Vec<_>>()
        },
        |found| {
            names.extend(found);
            Ok::<_, ScanError>(())
        },
    )?;
    Ok(sorted(names))
}

/// Writes the confirmed changes to `to`, in the order of the rows, and returns the users and groups
/// that the rows name.
///
/// # Errors
/// When the file cannot be read, or `to` cannot be written.
pub(crate) fn sent_rows(
    input_rows: InputRows<'_>,
    plan: &Plan,
    outcomes: &Outcomes,
    to: &mut (impl Write + Send),
) -> Result<SentRows, ScanError> {
    let mut rows = SentRows::default();
    each_block(
        input_rows.table,
        |block: Block| {
            let (mut buffer, mut other) = (RowBuffer::default(), RowBuffer::default());
            let (mut lines, mut names, mut uncertain) = (Vec::new(), Vec::new(), Vec::new());
            for (index, row) in sent(&block, plan) {
                let own = named(&input_rows, &block, index, &mut buffer);
                match confirmed(&input_rows, outcomes, row, (&block, index), &mut other) {
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
            to.write_all(&lines).map_err(ScanError::from)
        },
    )?;
    Ok(SentRows { names: sorted(rows.names), uncertain: sorted(rows.uncertain) })
}

/// Returns the rows of a block that are sent: their indexes in the block, and their numbers.
fn sent<'b>(block: &'b Block, plan: &'b Plan) -> impl Iterator<Item = (usize, u32)> + 'b {
    let row = |index: usize| u32::try_from(block.first_row + index as u64).unwrap_or(u32::MAX);
    (0..block.len())
        .map(move |index| (index, row(index)))
        .filter(|(_, row)| plan.footprint(*row).is_sent())
}

/// Returns the users and groups that a row names, whatever a list says about them.
fn named(
    input_rows: &InputRows<'_>,
    block: &Block,
    index: usize,
    buffer: &mut RowBuffer,
) -> Vec<HashedName> {
    match input_rows.requested_change(block, index, buffer) {
        Some(Ok(change)) => recently_changed(&change),
        _ => Vec::new(),
    }
}

/// Returns the line of a row for which every step is confirmed; `None` for other rows.
fn confirmed(
    input_rows: &InputRows<'_>,
    outcomes: &Outcomes,
    row: u32,
    (block, index): (&Block, usize),
    buffer: &mut RowBuffer,
) -> Option<Vec<u8>> {
    let (_, effect, at) =
        outcomes.known(row).filter(|(status, ..)| *status == OutcomeStatus::Ok)?;
    // Steps that were not sent are not confirmed.
    let change = input_rows.evaluate_detailed(block, index, buffer)?.ok()?;
    let existed = effect.has(EffectPart::Exists) || effect.has(EffectPart::GroupExists);
    line(&ConfirmedChanges { at, existed, change }).ok()
}

fn sorted(mut names: Vec<HashedName>) -> Vec<HashedName> {
    names.sort_unstable();
    names.dedup();
    names
}
