//! Renames in rows that are not sent, for something is wrong with them: rows behind them mean a name
//! that nobody gets, or that somebody keeps.

use super::each_row::each_row;
use super::input_rows::InputRows;
use super::skip::Skip;
use super::unconfirmed_renames::{RenameEnd, UnconfirmedRename, UnconfirmedRenames};
use crate::plan::{Key, Plan};
use crate::table::{Cells, Field, RowBuffer};
use std::io;

/// Finds them.
///
/// # Errors
/// When the file cannot be read.
pub(super) fn invalid_renames(
    input_rows: &InputRows<'_>,
    plan: &Plan,
) -> io::Result<UnconfirmedRenames> {
    let mut all = UnconfirmedRenames::default();
    let may_rename = [Field::NewEmail, Field::NewUsername, Field::NewName]
        .into_iter()
        .any(|field| input_rows.table.has(field) || input_rows.table.overrides(field));
    if !may_rename {
        return Ok(all);
    }
    each_row(
        input_rows.table,
        |block, index, buffer, found| {
            let row = u32::try_from(block.first_row + index as u64).unwrap_or(u32::MAX);
            if plan.footprint(row).is_sent()
                || !matches!(
                    input_rows.evaluate_detailed(block, index, buffer),
                    Some(Err(Skip::Invalid { .. }))
                )
            {
                return;
            }
            let mut buffer = RowBuffer::default();
            let Ok(cells) = block.cells(index, &mut buffer) else { return };
            let (is_group, names) = names_in(&cells);
            if !names.is_empty() {
                let end = RenameEnd::Invalid;
                found.push((names, UnconfirmedRename { row, file: None, is_group, end }));
            }
        },
        |(names, rename)| all.add(names, &rename),
    )?;
    Ok(all)
}

/// The names of a row that has a new one, and whether they are a group's; none, where it has none.
/// The action does not matter: it may be what is wrong.
fn names_in(cells: &Cells<'_>) -> (bool, Vec<Key>) {
    let text = |field| Some(cells.get(field).trim()).filter(|text| !text.is_empty());
    if let Some(new) = text(Field::NewName) {
        let names = [text(Field::Group), Some(new)].into_iter().flatten();
        return (true, Key::groups_and_roles(names));
    }
    let (email, domain) = (text(Field::Email), text(Field::Domain));
    let new = [text(Field::NewEmail), text(Field::NewUsername)];
    if new == [None; 2] {
        return (false, Vec::new());
    }
    let of_email = || email.and_then(|email| email.split_once('@')).map(|(_, domain)| domain);
    let domain = domain.or_else(of_email);
    let all = [email, text(Field::Username)].into_iter().chain(new).flatten();
    let keys = all.flat_map(|name| {
        let own = Key::user(name, domain.filter(|_| !name.contains('@')));
        [Some(own), Key::bare(name)].into_iter().flatten()
    });
    (false, keys.collect())
}
