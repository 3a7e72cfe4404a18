//! Finds the commands of users that only change memberships of user groups, and lets those go as
//! commands of their groups for which that needs fewer requests.

use super::group_side::{is_address_alone, is_role};
use super::input_rows::InputRows;
use super::scan_error::ScanError;
use crate::change::{Change, Memberships, UserChange};
use crate::plan::sides::{CommandWidth, Direction, ItemMembershipsBuilder, Side, bound, choose};
use crate::plan::{GroupSidePlan, Key, Plan};
use crate::table::{Block, RowBuffer, each_block};
use crate::umapi::wire::MAX_COMMANDS;
use std::collections::{HashMap, HashSet};

/// A row without a command that could go from the groups' side.
const NONE: u32 = u32::MAX;
/// A row of a group: the group has a command of its own.
const OF_A_GROUP: u32 = u32::MAX - 1;

/// The memberships that a row changes, if nothing else in it needs a command of its user.
type RowMemberships = Option<Vec<(Key, Direction)>>;

/// When memberships go as commands of their groups (`--group-side`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum GroupSideUse {
    /// Where that saves requests.
    #[default]
    Auto,
    /// Wherever it is possible.
    Always,
    /// Never.
    Never,
}

/// When memberships go as commands of their groups, and how many of them such a command holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GroupSidePolicy {
    pub(crate) wanted: GroupSideUse,
    pub(crate) width: CommandWidth,
}

/// Returns which commands of a plan go as commands of their groups. `is_closed` says whether it is
/// known that a group takes no commands of its own: it is a profile, for example.
///
/// # Errors
/// When the table cannot be read again.
pub(crate) fn find_group_side(
    input_rows: &InputRows<'_>,
    plan: &Plan,
    GroupSidePolicy { wanted, width }: GroupSidePolicy,
    is_closed: impl Fn(Key) -> bool,
) -> Result<GroupSidePlan, ScanError> {
    let (firsts, item_of) = candidates(plan);
    if firsts.is_empty() {
        return Ok(GroupSidePlan { width, ..GroupSidePlan::default() });
    }
    let (items, own_groups) = memberships_of(input_rows, firsts.len(), &item_of)?;
    drop(item_of);
    let mut builder = ItemMembershipsBuilder::default();
    let mut groups: HashMap<Key, u32> = HashMap::new();
    let mut optional = Vec::new();
    for (first, memberships) in firsts.into_iter().zip(items) {
        let Some(memberships) = memberships.and_then(in_no_order) else { continue };
        if memberships.iter().any(|(group, _)| is_closed(*group)) {
            continue;
        }
        let numbered = memberships.into_iter().map(|(group, direction)| {
            let next = groups.len() as u32;
            (*groups.entry(group).or_insert(next), direction)
        });
        builder.item(numbered);
        optional.push(first);
    }
    let all = builder.build();
    let sides = choose(&all, width);
    let own: Vec<u32> = own_groups.iter().filter_map(|group| groups.get(group).copied()).collect();
    let fewest = if own.is_empty() { sides.bound() } else { bound(&all, width, &own) };
    let from_users = optional.len() as u64;
    let saved = from_users - sides.commands();
    let is_chosen = |item: u32| match wanted {
        GroupSideUse::Always => true,
        // The first requests try what the server takes, which must be worth it.
        GroupSideUse::Auto => saved > MAX_COMMANDS as u64 && sides.of(item) == Side::Group,
        GroupSideUse::Never => false,
    };
    let chosen = (0..).zip(&optional).filter(|(item, _)| is_chosen(*item));
    let firsts: Vec<u32> = chosen.map(|(_, first)| *first).collect();
    let items = (0..all.items()).filter(|item| is_chosen(*item));
    let commands = all.group_commands(items, width);
    Ok(GroupSidePlan { firsts, commands, most_saved: from_users - fewest, width })
}

/// Returns the memberships of each of these commands, and the groups that rows change themselves.
fn memberships_of(
    input_rows: &InputRows<'_>,
    commands: usize,
    item_of: &[u32],
) -> Result<(Vec<RowMemberships>, HashSet<Key>), ScanError> {
    let mut own_groups = HashSet::new();
    let mut items: Vec<RowMemberships> = vec![Some(Vec::new()); commands];
    each_block(
        input_rows.table,
        |block| block_memberships(input_rows, item_of, &block),
        |found| {
            for (item, memberships) in found {
                if item == OF_A_GROUP {
                    let names = memberships.into_iter().flatten().map(|(group, _)| group);
                    own_groups.extend(names);
                    continue;
                }
                let all = &mut items[item as usize];
                match (all.as_mut(), memberships) {
                    (Some(all), Some(more)) => all.extend(more),
                    _ => *all = None,
                }
            }
            Ok::<_, ScanError>(())
        },
    )?;
    Ok((items, own_groups))
}

/// Returns the first rows of the commands that only change memberships, ascending, and for each row
/// the place of its command among them.
fn candidates(plan: &Plan) -> (Vec<u32>, Vec<u32>) {
    let mut firsts = Vec::new();
    let mut item_of = vec![NONE; plan.rows() as usize];
    for (first, _) in plan.commands_in_order(|_| true) {
        let rows = plan.command_rows(first);
        if !plan.footprint(first).is_user() {
            rows.iter().for_each(|row| item_of[*row as usize] = OF_A_GROUP);
        }
        if rows.iter().all(|row| plan.footprint(*row).changes_only_memberships()) {
            rows.iter().for_each(|row| item_of[*row as usize] = firsts.len() as u32);
            firsts.push(first);
        }
    }
    (firsts, item_of)
}

/// Returns the memberships that the rows of a block change, with the place of their command.
fn block_memberships(
    input_rows: &InputRows<'_>,
    item_of: &[u32],
    block: &Block,
) -> Vec<(u32, RowMemberships)> {
    let mut buffer = RowBuffer::default();
    let mut found = Vec::new();
    for index in 0..block.len() {
        let item = item_of.get(block.first_row as usize + index).copied().unwrap_or(NONE);
        if item == NONE {
            continue;
        }
        let change = input_rows.evaluate_detailed(block, index, &mut buffer);
        let change = change.and_then(Result::ok);
        let memberships = match (&change, item) {
            (Some(change), OF_A_GROUP) => Some(vec![(Key::of(change), Direction::Add)]),
            (change, _) => change.as_ref().and_then(row_memberships),
        };
        found.push((item, memberships));
    }
    found
}

fn row_memberships(change: &Change<'_>) -> RowMemberships {
    let Change::User(UserChange { user, domain, adobe_id, remove, add, .. }) = change else {
        return None;
    };
    if *adobe_id || !is_address_alone(user, domain.as_deref()) {
        return None;
    }
    let removed = match remove {
        None => [].as_slice(),
        Some(Memberships::Named(groups)) => groups.as_slice(),
        Some(Memberships::All) => return None,
    };
    if removed.iter().chain(add).any(|group| is_role(group)) {
        return None;
    }
    let removals = removed.iter().map(|group| (Key::group(group), Direction::Remove));
    Some(removals.chain(add.iter().map(|group| (Key::group(group), Direction::Add))).collect())
}

/// Returns the memberships of a command, each once; `None` if the user joins and leaves the same
/// group, which has an order that separate commands would not keep.
fn in_no_order(mut memberships: Vec<(Key, Direction)>) -> RowMemberships {
    memberships.sort_unstable();
    memberships.dedup();
    let has_both = memberships.windows(2).any(|two| two[0].0 == two[1].0);
    (!has_both && !memberships.is_empty()).then_some(memberships)
}
