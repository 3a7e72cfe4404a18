//! The results of a run's rows, for later comparisons with an older list.

use super::input_rows::InputRows;
use super::outcomes::{OutcomeStatus, Outcomes};
use super::scan_error::ScanError;
use crate::change::EffectPart;
use crate::organization::{HashedName, recently_changed};
use crate::plan::Plan;
use crate::snapshot::{ConfirmedChanges, RecordedRow};
use crate::table::{Block, RowBuffer, each_block};
use std::io::{self, Write};

/// Writes the rows that a run sends to `to`, as [lines](RecordedRow::line) in their order: whom they
/// name and, if the server has confirmed all their steps, what they have changed. Before anything is
/// sent, nothing is confirmed: `outcomes` is `None`.
///
/// # Errors
/// When the file cannot be read, or `to` cannot be written.
pub(crate) fn sent_rows(
    input_rows: InputRows<'_>,
    plan: &Plan,
    outcomes: Option<&Outcomes>,
    to: &mut (impl Write + Send),
) -> Result<(), ScanError> {
    each_block(
        input_rows.table,
        |block: Block| {
            let (mut buffer, mut other) = (RowBuffer::default(), RowBuffer::default());
            let mut lines = Vec::new();
            for (index, row) in sent(&block, plan) {
                let names = named(&input_rows, &block, index, &mut buffer);
                let confirmed = outcomes.and_then(|outcomes| {
                    confirmed(&input_rows, outcomes, row, (&block, index), &mut other)
                });
                lines.extend(RecordedRow { row, names, confirmed }.line()?);
            }
            Ok::<_, io::Error>(lines)
        },
        |lines| to.write_all(&lines?).map_err(ScanError::from),
    )
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

/// Returns the changes of a row for which every step is confirmed; `None` for other rows.
fn confirmed<'b>(
    input_rows: &InputRows<'b>,
    outcomes: &Outcomes,
    row: u32,
    (block, index): (&'b Block, usize),
    buffer: &'b mut RowBuffer,
) -> Option<ConfirmedChanges<'b>> {
    let (_, effect, at) =
        outcomes.known(row).filter(|(status, ..)| *status == OutcomeStatus::Ok)?;
    // Steps that were not sent are not confirmed.
    let change = input_rows.evaluate_detailed(block, index, buffer)?.ok()?;
    let existed = effect.has(EffectPart::Exists) || effect.has(EffectPart::GroupExists);
    Some(ConfirmedChanges { at, existed, change })
}
