//! The users from whom the rows of the files remove something that may be an administrator's role.

use super::each_row::each_row;
use super::guard::{Loss, NameHash};
use super::input_rows::InputRows;
use crate::change::{Action, Rules, row_action};
use crate::reconcile::{UserSpelling, spellings};
use crate::table::{Block, Cells, Field, RowBuffer, each_block};
use std::collections::HashMap;
use std::io;

/// A loss, and the row that causes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RowLoss {
    /// The index of the file in the command.
    pub(crate) file: usize,
    /// The data row, from 1.
    pub(crate) row: u64,
    /// The line of the row.
    pub(crate) line: u64,
    /// What it removes.
    pub(crate) loss: Loss,
}

/// Whether a row of the table may remove something. If its columns and the rules exclude that, the
/// rows need not be read.
fn may_take_away(input_rows: &InputRows<'_>) -> bool {
    let InputRows { table, rules, baseline: known, .. } = input_rows;
    let says = [Field::Action, Field::RemoveGroups]
        .into_iter()
        .any(|field| table.has(field) || table.overrides(field));
    let adds = [Action::Create, Action::Update, Action::Add]
        .map(Some)
        .contains(&row_action(&Cells::default(), rules));
    says || !adds || rules.is_overridden || known.is_some_and(|known| known.managed.is_some())
}

/// Whether this row may remove something.
pub(super) fn row_may_take_away(input_rows: &InputRows<'_>, cells: &Cells<'_>) -> bool {
    cells_may_take_away(input_rows.rules, cells)
        || input_rows.baseline.is_some_and(|known| known.managed.is_some())
}

/// Whether a row may remove something by what its cells say.
pub(super) fn cells_may_take_away(rules: &Rules, cells: &Cells<'_>) -> bool {
    let adds =
        [Action::Create, Action::Update, Action::Add, Action::CreateGroup, Action::UpdateGroup]
            .map(Some);
    !adds.contains(&row_action(cells, rules)) || !cells.get(Field::RemoveGroups).is_empty()
}

/// Passes every loss in rows that would be sent to `take`, in order.
///
/// # Errors
/// When a file cannot be read.
pub(crate) fn each_loss(
    files: &[InputRows<'_>],
    mut take: impl FnMut(RowLoss) + Send,
) -> io::Result<()> {
    for (file, input_rows) in
        files.iter().enumerate().filter(|(_, input_rows)| may_take_away(input_rows))
    {
        each_row(
            input_rows.table,
            |block, index, buffer, found| {
                let may = block
                    .cells(index, buffer)
                    .is_ok_and(|cells| row_may_take_away(input_rows, &cells));
                if !may {
                    return;
                }
                let Some(Ok(change)) = input_rows.evaluate_detailed(block, index, buffer) else {
                    return;
                };
                let row = block.first_row + index as u64 + 1;
                let line = block.frame(index).line;
                found.extend(Loss::of(&change).map(|loss| RowLoss { file, row, line, loss }));
            },
            &mut take,
        )?;
    }
    Ok(())
}

/// Returns the user names in the files that belong to `wanted` ones, as they are written: at most
/// `most`, each once.
///
/// # Errors
/// When a file cannot be read.
pub(crate) fn spelled(
    files: &[InputRows<'_>],
    wanted: &HashMap<NameHash, ()>,
    most: usize,
) -> io::Result<Vec<UserSpelling>> {
    let mut all: Vec<UserSpelling> = Vec::new();
    for input_rows in files {
        each_block(
            input_rows.table,
            |block: Block| {
                let mut buffer = RowBuffer::default();
                let mut found = Vec::new();
                for index in 0..block.len() {
                    let Ok(cells) = block.cells(index, &mut buffer) else { continue };
                    let names = spellings(&cells, input_rows.rules).into_iter().flatten();
                    found.extend(names.filter(|(name, domain)| {
                        wanted.contains_key(&NameHash::user(name, domain))
                    }));
                }
                found
            },
            |found| {
                for name in found {
                    if all.len() < most && !all.contains(&name) {
                        all.push(name);
                    }
                }
                Ok::<_, io::Error>(())
            },
        )?;
    }
    Ok(all)
}
