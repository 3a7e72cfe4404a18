//! Rows that are invalid according to a list: rows of an exported list whose id and address do not
//! belong together, removals that may mean another user, and updates of Adobe IDs. They are found
//! before anything is sent.

use super::each_row::each_row;
use super::held_rows::{HeldRow, HeldRows};
use super::input_rows::InputRows;
use super::losses::cells_may_take_away;
use super::scan_error::ScanError;
use crate::change::{self, Action, Change, RowEffect, Stated};
use crate::organization::Organization;
use crate::reconcile::Baseline;
use crate::table::{Block, Cells, Field, InputDialect, RowBuffer, each_block};
use std::sync::Arc;

/// Finds the rows that are not sent for these reasons. This is decided once: every later reading of
/// the file uses the result.
///
/// # Errors
/// When the file cannot be read.
pub(crate) fn edited_rows(input_rows: &InputRows<'_>) -> Result<HeldRows, ScanError> {
    let mut all = HeldRows::new();
    let is_wanted = |known: &&Baseline| {
        input_rows.table.is_exported()
            || may_take_away(input_rows) && takes_away(known)
            || !known.reduces && may_update_adobe_ids(input_rows, &known.organization)
    };
    let known = input_rows.baseline.filter(|known| !known.only_shows);
    let Some(known) = known.filter(is_wanted) else { return Ok(all) };
    each_row(
        input_rows.table,
        |block, index, buffer, found| {
            found.extend(edited(input_rows, known, (block, index), buffer));
        },
        |(row, held)| _ = all.insert(row, held),
    )?;
    Ok(all)
}

/// Whether a row may take away from a user, as far as the rows were read.
fn takes_away(known: &Baseline) -> bool {
    known.first_reading.as_ref().is_none_or(|reading| reading.takes_away())
}

fn edited(
    input_rows: &InputRows<'_>,
    known: &Baseline,
    (block, index): (&Block, usize),
    buffer: &mut RowBuffer,
) -> Option<(u32, HeldRow)> {
    let cells = block.cells(index, buffer).ok()?;
    if known.reduces
        && !input_rows.table.is_exported()
        && !cells_may_take_away(input_rows.rules, &cells)
    {
        return None;
    }
    let stated = Stated::of(&cells, input_rows.table);
    // Other problems of the row are reported instead.
    let (Some(Change::User(user)), problems) = change::read_all(&cells, input_rows.rules) else {
        return None;
    };
    if problems.iter().any(|problem| problem.waivable.is_none()) {
        return None;
    }
    let row = u32::try_from(block.first_row + index as u64).ok()?;
    if let Some((problem, differs)) = known.identity_problem(&user, &stated) {
        let effect = differs.map_or(RowEffect::NONE, |facet| RowEffect::NONE.differing(facet));
        return Some((
            row,
            HeldRow {
                code: problem.code(),
                message: problem.to_string(),
                effect,
                is_unclear: true,
            },
        ));
    }
    let problem = known.adobe_problem(&user).filter(|_| !known.reduces)?;
    let effect = known.reduce(Change::User(user), &stated, Vec::new()).effect.only_differences();
    Some((
        row,
        HeldRow { code: problem.code(), message: problem.to_string(), effect, is_unclear: false },
    ))
}

/// Whether a row of the table may only take away from a user whom it describes by more than an
/// email.
fn may_take_away(input_rows: &InputRows<'_>) -> bool {
    let table = input_rows.table;
    let describes = [Field::Type, Field::Username, Field::Domain].iter().any(|&it| table.has(it));
    let takes = match table.dialect() {
        InputDialect::UserSyncRemove
        | InputDialect::UmapiCliUsersDelete
        | InputDialect::UmapiCliUsersUpdate => true,
        _ => {
            table.has(Field::Action)
                || table.has(Field::RemoveGroups)
                || input_rows.rules.action.is_some_and(|action| action != Action::Create)
        }
    };
    describes && takes
}

/// Whether a row of the table may update a user who is an Adobe ID, according to this list.
fn may_update_adobe_ids(input_rows: &InputRows<'_>, organization: &Organization) -> bool {
    let may_update = input_rows.table.has(Field::Action)
        || matches!(input_rows.rules.action, Some(Action::Update))
        || input_rows.table.dialect() == InputDialect::UmapiCliUsersUpdate;
    may_update && organization.has_adobe_ids()
}

/// Whether a row of the table updates an Adobe ID, according to this list.
///
/// # Errors
/// When the file cannot be read.
pub(crate) fn updates_adobe_ids(
    input_rows: &InputRows<'_>,
    organization: &Arc<Organization>,
) -> Result<bool, ScanError> {
    if !may_update_adobe_ids(input_rows, organization) {
        return Ok(false);
    }
    let known = Baseline { reduces: false, ..Baseline::new(Arc::clone(organization)) };
    let mut found = false;
    let is_one = |cells: &Cells<'_>| match change::read_all(cells, input_rows.rules).0 {
        Some(Change::User(user)) => known.updated_adobe_id(&user).is_some(),
        _ => false,
    };
    each_block(
        input_rows.table,
        |block: Block| {
            let mut buffer = RowBuffer::default();
            (0..block.len())
                .any(|index| block.cells(index, &mut buffer).is_ok_and(|cells| is_one(&cells)))
        },
        |one| {
            found |= one;
            Ok::<_, ScanError>(())
        },
    )?;
    Ok(found)
}
