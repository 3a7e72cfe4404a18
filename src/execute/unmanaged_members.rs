//! Who keeps groups under management because the row's cell of groups is empty.

use super::input_rows::InputRows;
use crate::change::{Change, Rules};
use crate::table::{Block, RowBuffer, each_block};
use std::collections::HashSet;
use std::io;

/// Whom the rows of one block are about.
#[derive(Default)]
struct BlockUsers {
    /// Those of whom a row lists the groups, by number.
    listed: Vec<u32>,
    /// Those who are in groups under management, and of whom a row has an empty cell of groups.
    empty: Vec<u32>,
}

/// Counts the people who are in groups under management and keep them, for no row lists their
/// groups and at least one has an empty cell of groups.
///
/// # Errors
/// When a file cannot be read.
pub(crate) fn keepers(files: &[InputRows<'_>]) -> io::Result<u64> {
    let (mut listed, mut empty) = (HashSet::new(), HashSet::new());
    for input_rows in files {
        let Some(known) = input_rows.baseline else { continue };
        let rules =
            Rules { no_groups: input_rows.table.group_columns(), ..input_rows.rules.clone() };
        // Rows would list no groups where they say nothing.
        let otherwise = InputRows { rules: &rules, ..*input_rows };
        let look = |block: Block| {
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
        each_block(input_rows.table, look, |found| {
            listed.extend(found.listed);
            empty.extend(found.empty);
            Ok::<_, io::Error>(())
        })?;
    }
    Ok(empty.difference(&listed).count() as u64)
}
