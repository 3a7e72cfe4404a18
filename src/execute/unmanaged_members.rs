//! Finds the users who keep managed groups because their row has an empty cell of groups.

use super::input_rows::InputRows;
use crate::change::{Change, Rules};
use crate::table::{Block, RowBuffer, each_block};
use std::collections::HashSet;
use std::io;

/// The users of the rows of one block.
#[derive(Default)]
struct BlockUsers {
    /// Users whose groups a row lists, by number.
    listed: Vec<u32>,
    /// Users in managed groups for whom a row has an empty cell of groups.
    empty: Vec<u32>,
}

/// Counts the users in managed groups who keep them, because no row lists their groups and at least
/// one row has an empty cell of groups.
///
/// # Errors
/// When a file cannot be read.
pub(crate) fn keepers(files: &[InputRows<'_>]) -> io::Result<u64> {
    let (mut listed, mut empty) = (HashSet::new(), HashSet::new());
    for input_rows in files {
        let Some(known) = input_rows.baseline else { continue };
        let rules =
            Rules { no_groups: input_rows.table.group_columns(), ..input_rows.rules.clone() };
        // With these rules, an empty cell means no groups.
        let otherwise = InputRows { rules: &rules, ..*input_rows };
        let visit = |block: Block| {
            let (mut buffer, mut again) = (RowBuffer::default(), RowBuffer::default());
            let mut found = BlockUsers::default();
            for index in 0..block.len() {
                let Some(Ok(Change::User(user))) =
                    input_rows.requested_change(&block, index, &mut buffer)
                else {
                    continue;
                };
                if user.lists {
                    found.listed.extend(known.who(&user));
                } else if let Some(Ok(Change::User(other))) =
                    otherwise.requested_change(&block, index, &mut again)
                    && other.lists
                {
                    found
                        .empty
                        .extend(known.who(&user).filter(|number| known.has_managed(*number)));
                }
            }
            found
        };
        each_block(input_rows.table, visit, |found| {
            listed.extend(found.listed);
            empty.extend(found.empty);
            Ok::<_, io::Error>(())
        })?;
    }
    Ok(empty.difference(&listed).count() as u64)
}
