//! Users whom several files of a command change: what one file does to them affects the files after
//! it.

use super::each_row::each_row;
use super::input_rows::InputRows;
use super::referenced_names::listed_names;
use crate::plan::{Key, Plan, RowFootprint, UnionFind};
use std::collections::HashSet;
use std::io;

/// Finds the rows of these users, from 0, in each file.
///
/// # Errors
/// When a file cannot be read.
pub(crate) fn shared_users(files: &[(InputRows<'_>, &Plan)]) -> io::Result<Vec<HashSet<u32>>> {
    let mut shared = vec![HashSet::new(); files.len()];
    let leaves_something = |(_, plan): &(InputRows<'_>, &Plan)| {
        (0..plan.rows()).any(|row| counts_later(plan.footprint(row)))
    };
    let earlier = files.len().saturating_sub(1);
    if !files[..earlier].iter().any(leaves_something) {
        return Ok(shared);
    }
    let mut entries: Vec<(Key, u16, u32)> = Vec::new();
    let mut names = UnionFind::default();
    for (file, (input_rows, plan)) in (0..).zip(files) {
        each_row(
            input_rows.table,
            |block, index, buffer, found| {
                let row = u32::try_from(block.first_row + index as u64).unwrap_or(u32::MAX);
                if !changes_user(plan.footprint(row)) {
                    return;
                }
                if let Some(Ok(change)) = input_rows.evaluate_detailed(block, index, buffer) {
                    let others = Key::aliases(&change).into_iter().flatten();
                    let listed = listed_names(&change, input_rows).into_iter().flatten();
                    found.push((row, Key::of(&change), others.chain(listed).collect::<Vec<_>>()));
                }
            },
            |(row, name, others)| {
                entries.push((name, file, row));
                others.into_iter().for_each(|other| names.join(name, other));
            },
        )?;
    }
    for (name, ..) in &mut entries {
        *name = names.root(*name).unwrap_or(*name);
    }
    entries.sort_unstable();
    for user in entries.chunk_by(|one, next| one.0 == next.0) {
        if user.iter().any(|(_, file, _)| *file != user[0].1) {
            user.iter().for_each(|(_, file, row)| _ = shared[usize::from(*file)].insert(*row));
        }
    }
    Ok(shared)
}

/// Whether a row changes a user.
fn changes_user(footprint: RowFootprint) -> bool {
    footprint.is_user() && footprint.is_sent()
}

/// Whether a row changes what the later files must know of a user: whether a user has the name, and
/// the memberships. A row that frees a name ends its memberships.
fn counts_later(footprint: RowFootprint) -> bool {
    changes_user(footprint) && (footprint.creates() || footprint.changes_memberships())
}
