//! Finds the users with rows both within `--rows` and outside of it.

use super::each_row::each_row;
use super::input_rows::InputRows;
use crate::change::Change;
use std::io;

/// A user in managed groups with rows both within `--rows` and outside of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SplitUser {
    /// The number in the list.
    pub(crate) number: u32,
    /// All rows about the user, from 0.
    pub(crate) rows: Vec<u32>,
}

/// A row about a user of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct UserRow {
    number: u32,
    row: u32,
    /// Whether it lists all groups of the user.
    lists: bool,
}

/// Finds the users in managed groups whose groups a row within `--rows` lists, while another row
/// about them is outside of it.
///
/// # Errors
/// When the file cannot be read.
pub(crate) fn split_users(input_rows: &InputRows<'_>) -> io::Result<Vec<SplitUser>> {
    let known = input_rows.baseline.filter(|_| input_rows.range.is_some());
    let Some((known, managed)) = known.and_then(|known| Some((known, known.managed.as_ref()?)))
    else {
        return Ok(Vec::new());
    };
    let whole = InputRows { range: None, ..*input_rows };
    let mut rows: Vec<UserRow> = Vec::new();
    each_row(
        whole.table,
        |block, index, buffer, found| {
            let row = u32::try_from(block.first_row + index as u64).unwrap_or(u32::MAX);
            if let Some(Ok(Change::User(user))) = whole.requested_change(block, index, buffer) {
                let lists = user.lists;
                found.extend(known.who(&user).map(|number| UserRow { number, row, lists }));
            }
        },
        |row| rows.push(row),
    )?;
    rows.sort_unstable();
    let is_split = |rows: &&[UserRow]| {
        let person = known.organization.person(rows[0].number);
        rows.iter().any(|user_row| user_row.lists && input_rows.asks_for(user_row.row))
            && rows.iter().any(|user_row| !input_rows.asks_for(user_row.row))
            && person.group_names().any(|name| managed.takes(name))
    };
    let users = rows.chunk_by(|one, other| one.number == other.number).filter(is_split);
    let split = |rows: &[UserRow]| SplitUser {
        number: rows[0].number,
        rows: rows.iter().map(|user_row| user_row.row).collect(),
    };
    Ok(users.map(split).collect())
}
