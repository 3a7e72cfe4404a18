//! Memberships that several rows of one user name, as a plan counts them: they are added or removed
//! once.

use super::effect::repeated_moves;
use super::input_rows::{InputRows, RequestedChange};
use super::referenced_names::all_referenced_names;
use super::request::{names_with_events, touched};
use crate::change::{Change, EffectCounts};
use crate::plan::{Key, Moved, MovedMemberships, Plan};
use crate::table::RowBuffer;
use std::collections::HashMap;
use std::io;

/// Removes memberships from the counts of a plan if an earlier row of the same user names them as
/// well, or the row of a group does.
///
/// # Errors
/// When a row cannot be read again.
pub(crate) fn count_memberships_once(
    counts: &mut EffectCounts,
    input_rows: &InputRows<'_>,
    plan: &Plan,
) -> io::Result<()> {
    let by_groups = moved_by_groups(input_rows, plan)?;
    // A name that only one row has is counted once as it is.
    let may_repeat = |row: &u32| !by_groups.is_empty() || plan.follower(*row).is_some();
    let firsts = (0..plan.rows()).filter(|row| plan.is_first_of_its_name(*row));
    for first in firsts.filter(may_repeat) {
        let mut moved = moved_before(&by_groups, (input_rows, plan), first)?;
        let mut next = Some(first);
        while let Some(first) = next {
            let rows = plan.command_rows(first);
            next = rows.last().and_then(|last| plan.follower(*last));
            if rows.len() > 1 || next.is_some() || !moved.is_empty() {
                count_once(counts, (input_rows, plan), &rows, &mut moved)?;
            }
        }
    }
    Ok(())
}

/// Returns the memberships that the rows of groups change, by each name of the user in them.
fn moved_by_groups(
    input_rows: &InputRows<'_>,
    plan: &Plan,
) -> io::Result<HashMap<Key, MovedMemberships>> {
    let mut all: HashMap<Key, MovedMemberships> = HashMap::new();
    let is_of_group = |row: &u32| {
        let footprint = plan.footprint(*row);
        footprint.is_sent() && !footprint.is_user()
    };
    let mut buffer = RowBuffer::default();
    for row in (0..plan.rows()).filter(is_of_group) {
        let Change::Group(group) = input_rows.reread(row, plan.place(row), &mut buffer)? else {
            continue;
        };
        for (users, moved) in
            [(&group.remove_users, Moved::TakenAway), (&group.add_users, Moved::Given)]
        {
            for name in users.iter().flat_map(|user| [Some(Key::user(user, None)), Key::bare(user)])
            {
                name.into_iter()
                    .for_each(|name| all.entry(name).or_default().take_group(&group.group, moved));
            }
        }
    }
    Ok(all)
}

/// Returns what the rows of groups change for the user of a row.
fn moved_before(
    by_groups: &HashMap<Key, MovedMemberships>,
    (input_rows, plan): (&InputRows<'_>, &Plan),
    row: u32,
) -> io::Result<MovedMemberships> {
    if by_groups.is_empty() || !plan.footprint(row).is_user() {
        return Ok(MovedMemberships::default());
    }
    let mut buffer = RowBuffer::default();
    let change = input_rows.reread(row, plan.place(row), &mut buffer)?;
    let names = all_referenced_names(&change, input_rows);
    let known = names.iter().find_map(|name| by_groups.get(name));
    Ok(known.cloned().unwrap_or_default())
}

/// Counts the memberships in the rows of a command. `moved` are those of the commands before it,
/// and afterwards also its own.
fn count_once(
    counts: &mut EffectCounts,
    (input_rows, plan): (&InputRows<'_>, &Plan),
    rows: &[u32],
    moved: &mut MovedMemberships,
) -> io::Result<()> {
    let mut buffers: Vec<RowBuffer> = rows.iter().map(|_| RowBuffer::default()).collect();
    let (mut changes, mut effects) = (Vec::new(), Vec::new());
    for (row, buffer) in rows.iter().zip(&mut buffers) {
        let RequestedChange { change, effect, not_there, .. } =
            input_rows.asked(*row, plan.place(*row), buffer)?;
        changes.push((*row, change));
        effects.push(if not_there { effect.only_differences() } else { effect });
    }
    let names = touched(&changes, input_rows, plan);
    moved.forget_groups(names_with_events(&names, plan));
    let repeated = repeated_moves(&changes, moved);
    for (effect, repeated) in effects.into_iter().zip(repeated) {
        counts.replace_moves(effect, effect.without_moves_of(repeated));
    }
    Ok(())
}
