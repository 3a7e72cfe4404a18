//! Finds the commands of users that only change memberships of user groups, and lets those go as
//! commands of their groups for which that needs fewer requests.

use super::group_side::{is_address_alone, is_role};
use super::input_rows::InputRows;
use super::scan_error::ScanError;
use crate::change::{Change, GroupChange, Memberships as NamedGroups, UserChange};
use crate::plan::sides::{
    CommandWidth, Direction, GroupLoads, ItemMemberships, ItemMembershipsBuilder, Side, bound,
    choose,
};
use crate::plan::{GroupSidePlan, Key, Plan, RowFootprint};
use crate::table::{Block, RowBuffer, each_block};
use crate::umapi::wire::MAX_COMMANDS;
use std::collections::{HashMap, HashSet};

/// A row without a command that could go from the groups' side.
const NONE: u32 = u32::MAX;
/// A row of a group that needs a command of its own.
const OF_A_GROUP: u32 = u32::MAX - 1;
/// A row of a group that only changes its members.
const OF_MEMBERS: u32 = u32::MAX - 2;

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

/// Returns which commands of a plan go as commands of their groups, and which rows of groups share
/// these. `is_closed` says whether it is known that a group takes no commands of its own: it is a
/// profile, for example.
///
/// # Errors
/// When the table cannot be read again.
pub(crate) fn find_group_side(
    input_rows: &InputRows<'_>,
    plan: &Plan,
    GroupSidePolicy { wanted, width }: GroupSidePolicy,
    is_closed: impl Fn(Key) -> bool,
) -> Result<GroupSidePlan, ScanError> {
    let Candidates { firsts, of_rows, item_of } = candidates(plan);
    if firsts.is_empty() && of_rows.is_empty() {
        return Ok(GroupSidePlan { width, ..GroupSidePlan::default() });
    }
    let PlanMemberships { items, own_groups, members, rows_in_order } =
        memberships_of(input_rows, firsts.len(), &item_of)?;
    drop(item_of);
    let mut groups: HashMap<Key, u32> = HashMap::new();
    let (optional, all) = optional_items(firsts.into_iter().zip(items), &mut groups, &is_closed);
    let is_in_order = |first: &u32| {
        !rows_in_order.is_empty()
            && plan.command_rows(*first).iter().any(|row| rows_in_order.contains(row))
    };
    let of_rows = of_rows.into_iter().filter(|first| !is_in_order(first)).collect();
    let rows = RowsOfGroups::new(plan, of_rows, members, &mut groups, &is_closed);
    let loads = rows.loads(|_| true);
    let own: Vec<u32> = own_groups.iter().filter_map(|group| groups.get(group).copied()).collect();
    let mut with_own = GroupLoads::with_commands(&own);
    with_own.add_all(&loads);
    let sides = choose(&all, width, &loads);
    let fewest = match own.is_empty() {
        true => sides.bound(),
        false => bound(&all, width, &with_own),
    };
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
    let items = || (0..all.items()).filter(|item| is_chosen(*item));
    let of_rows = match wanted {
        GroupSideUse::Always => rows.all(),
        GroupSideUse::Auto => rows.worth(plan, &firsts, &all.groups_of(items()), width),
        GroupSideUse::Never => Vec::new(),
    };
    let chosen_rows: HashSet<u32> = of_rows.iter().copied().collect();
    let loads = rows.loads(|first| chosen_rows.contains(&first));
    Ok(GroupSidePlan {
        firsts,
        commands: all.group_commands(items(), width, &loads) - loads.commands(width),
        of_rows_before: rows.commands(&of_rows),
        of_rows_commands: loads.commands(width),
        of_rows,
        replaceable: from_users + rows.commands(&rows.all()),
        fewest: fewest + with_own.commands(width),
        width,
    })
}

/// Returns the commands of users that may go as commands of their groups, by their first rows, with
/// their memberships.
fn optional_items(
    items: impl Iterator<Item = (u32, RowMemberships)>,
    groups: &mut HashMap<Key, u32>,
    is_closed: impl Fn(Key) -> bool,
) -> (Vec<u32>, ItemMemberships) {
    let mut builder = ItemMembershipsBuilder::default();
    let mut optional = Vec::new();
    for (first, memberships) in items {
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
    (optional, builder.build())
}

/// The commands of rows of groups that only change members.
struct RowsOfGroups {
    commands: Vec<CommandOfGroup>,
    /// The group, direction and command of each membership, each once.
    members: Vec<(u32, Direction, u32)>,
    /// For each group the most rows that change the membership of one person. They are sent one
    /// after another.
    most_in_a_row: HashMap<u32, u64>,
}

/// A command of rows of a group that only change its members.
struct CommandOfGroup {
    first: u32,
    group: u32,
    /// The number of commands that it is in truth.
    parts: u64,
}

impl RowsOfGroups {
    fn new(
        plan: &Plan,
        of_rows: Vec<u32>,
        mut members: Vec<RowMember>,
        groups: &mut HashMap<Key, u32>,
        is_closed: impl Fn(Key) -> bool,
    ) -> Self {
        members.retain(|member| !is_closed(member.group));
        let mut group_of_row: HashMap<u32, u32> = HashMap::new();
        for RowMember { group, row, .. } in &members {
            let next = groups.len() as u32;
            let number = *groups.entry(*group).or_insert(next);
            group_of_row.insert(*row, number);
        }
        let most_in_a_row = most_in_a_row(plan, &mut members, groups);
        // A person whom several rows add counts once.
        members.sort_unstable();
        members.dedup_by_key(|member| (member.group, member.direction, member.user));
        let mut commands = Vec::new();
        let mut command_of_row: HashMap<u32, u32> = HashMap::new();
        for first in of_rows {
            let rows = plan.command_rows(first);
            let group = rows.iter().find_map(|row| group_of_row.get(row)).copied();
            let Some(group) = group else { continue };
            command_of_row.extend(rows.into_iter().map(|row| (row, first)));
            let parts = u64::from(plan.footprint(first).parts());
            commands.push(CommandOfGroup { first, group, parts });
        }
        let place = |member: &RowMember| {
            Some((*groups.get(&member.group)?, member.direction, *command_of_row.get(&member.row)?))
        };
        let members = members.iter().filter_map(place).collect();
        Self { commands, members, most_in_a_row }
    }

    /// Returns the first rows of all commands, ascending.
    fn all(&self) -> Vec<u32> {
        self.commands.iter().map(|command| command.first).collect()
    }

    /// Returns the memberships of those commands whose first row is chosen.
    fn loads(&self, is_chosen: impl Fn(u32) -> bool) -> GroupLoads {
        let mut loads = GroupLoads::default();
        for (group, direction, _) in self.members.iter().filter(|(.., first)| is_chosen(*first)) {
            let is_add = *direction == Direction::Add;
            loads.add(*group, [u32::from(is_add), u32::from(!is_add)]);
        }
        loads
    }

    /// Returns how many commands these are, one after another.
    fn commands(&self, firsts: &[u32]) -> u64 {
        let is_one = |command: &&CommandOfGroup| firsts.binary_search(&command.first).is_ok();
        self.commands.iter().filter(is_one).map(|command| command.parts).sum()
    }

    /// Returns the first rows of the commands that share others of their groups: those of `used`
    /// groups, and whatever needs several commands, if that saves requests. The first request
    /// tries whether the server takes several commands of a group.
    fn worth(
        &self,
        plan: &Plan,
        from_users: &[u32],
        used: &[u32],
        width: CommandWidth,
    ) -> Vec<u32> {
        let mut commands =
            vec![0_u64; self.commands.iter().map(|one| one.group as usize + 1).max().unwrap_or(0)];
        self.commands.iter().for_each(|one| commands[one.group as usize] += one.parts);
        let is_used = |command: &&CommandOfGroup| used.binary_search(&command.group).is_ok();
        let needs_several =
            |command: &&CommandOfGroup| is_used(command) || commands[command.group as usize] > 1;
        let firsts = |of: Vec<&CommandOfGroup>| of.iter().map(|command| command.first).collect();
        let several: Vec<u32> = firsts(self.commands.iter().filter(needs_several).collect());
        let requests =
            |commands: u64, chain: u64| chain.max(commands.div_ceil(MAX_COMMANDS as u64));
        let chosen: HashSet<u32> = several.iter().copied().collect();
        let before = plan.commands() - from_users.len() as u64;
        let after = before - self.commands(&several)
            + self.loads(|first| chosen.contains(&first)).commands(width);
        let in_a_row = self.commands.iter().filter(needs_several);
        let in_a_row = in_a_row.filter_map(|command| self.most_in_a_row.get(&command.group)).max();
        let chain = plan.longest_chain_without(&several).max(in_a_row.copied().unwrap_or(0));
        let trial = u64::from(from_users.is_empty());
        let saves = requests(after, chain) + trial < requests(before, plan.longest_chain());
        match saves {
            true => several,
            false => firsts(self.commands.iter().filter(is_used).collect()),
        }
    }
}

/// Returns for each group the most rows that change the membership of one person, without rows that
/// only add the person again.
fn most_in_a_row(
    plan: &Plan,
    members: &mut [RowMember],
    groups: &HashMap<Key, u32>,
) -> HashMap<u32, u64> {
    members.sort_unstable_by_key(|member| (member.group, member.user, member.row));
    let mut most: HashMap<u32, u64> = HashMap::new();
    let of_one_person = |a: &RowMember, b: &RowMember| (a.group, a.user) == (b.group, b.user);
    for rows in members.chunk_by(of_one_person).filter(|rows| rows.len() > 1) {
        let is_repeated = |a: &RowMember, b: &RowMember| {
            (a.direction, b.direction) == (Direction::Add, Direction::Add)
                && !plan.dependencies().is_used_between(a.user, a.row, b.row)
        };
        let sent = rows.chunk_by(is_repeated).count() as u64;
        let Some(group) = groups.get(&rows[0].group) else { continue };
        let most = most.entry(*group).or_default();
        *most = sent.max(*most);
    }
    most
}

/// A membership that a row of a group changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct RowMember {
    group: Key,
    direction: Direction,
    user: Key,
    row: u32,
}

/// What the rows of a plan change.
struct PlanMemberships {
    /// For each command of a user.
    items: Vec<RowMemberships>,
    /// The groups that need a command of their own.
    own_groups: HashSet<Key>,
    /// What rows of groups change that only change members.
    members: Vec<RowMember>,
    /// Those of these rows that keep their place among the rows of their group.
    rows_in_order: HashSet<u32>,
}

/// What a row changes.
enum RowFinding {
    /// The memberships of the command of a user, by its place.
    OfUser(u32, RowMemberships),
    OwnGroup(Key),
    Members(Vec<RowMember>),
    /// Members of a group, some of whom are not named by an email address: other rows may name them
    /// otherwise.
    MembersInOrder(u32, Key),
}

/// Returns the memberships of each of these commands, and what rows of groups change.
fn memberships_of(
    input_rows: &InputRows<'_>,
    commands: usize,
    item_of: &[u32],
) -> Result<PlanMemberships, ScanError> {
    let mut found = PlanMemberships {
        items: vec![Some(Vec::new()); commands],
        own_groups: HashSet::new(),
        members: Vec::new(),
        rows_in_order: HashSet::new(),
    };
    each_block(
        input_rows.table,
        |block| block_memberships(input_rows, item_of, &block),
        |of_block| {
            for finding in of_block {
                match finding {
                    RowFinding::OwnGroup(group) => _ = found.own_groups.insert(group),
                    RowFinding::Members(members) => found.members.extend(members),
                    RowFinding::MembersInOrder(row, group) => {
                        found.own_groups.insert(group);
                        found.rows_in_order.insert(row);
                    }
                    RowFinding::OfUser(item, memberships) => {
                        let all = &mut found.items[item as usize];
                        match (all.as_mut(), memberships) {
                            (Some(all), Some(more)) => all.extend(more),
                            _ => *all = None,
                        }
                    }
                }
            }
            Ok::<_, ScanError>(())
        },
    )?;
    Ok(found)
}

/// Which commands may go from the groups' side.
struct Candidates {
    /// The first rows of the commands that only change memberships of a user, ascending.
    firsts: Vec<u32>,
    /// The first rows of the commands that only change members of a group, ascending.
    of_rows: Vec<u32>,
    /// For each row the place of its command among `firsts`, or what else it is.
    item_of: Vec<u32>,
}

fn candidates(plan: &Plan) -> Candidates {
    let (mut firsts, mut of_rows) = (Vec::new(), Vec::new());
    let mut item_of = vec![NONE; plan.rows() as usize];
    for (first, _) in plan.commands_in_order(|_| true) {
        let rows = plan.command_rows(first);
        let mut footprints = rows.iter().map(|row| plan.footprint(*row));
        let item = if !plan.footprint(first).is_user() {
            match footprints.all(RowFootprint::changes_only_members) {
                true => {
                    of_rows.push(first);
                    OF_MEMBERS
                }
                false => OF_A_GROUP,
            }
        } else if footprints.all(RowFootprint::changes_only_memberships) {
            firsts.push(first);
            firsts.len() as u32 - 1
        } else {
            continue;
        };
        rows.iter().for_each(|row| item_of[*row as usize] = item);
    }
    Candidates { firsts, of_rows, item_of }
}

/// Returns what the rows of a block change.
fn block_memberships(
    input_rows: &InputRows<'_>,
    item_of: &[u32],
    block: &Block,
) -> Vec<RowFinding> {
    let mut buffer = RowBuffer::default();
    let mut found = Vec::new();
    for index in 0..block.len() {
        let row = block.first_row as usize + index;
        let item = item_of.get(row).copied().unwrap_or(NONE);
        if item == NONE {
            continue;
        }
        let change = input_rows.evaluate_detailed(block, index, &mut buffer);
        let change = change.and_then(Result::ok);
        match (&change, item) {
            (Some(change), OF_A_GROUP) => found.push(RowFinding::OwnGroup(Key::of(change))),
            (Some(Change::Group(change)), OF_MEMBERS) => {
                found.push(row_members(row as u32, change));
            }
            (_, OF_A_GROUP | OF_MEMBERS) => {}
            (change, item) => {
                let memberships = change.as_ref().and_then(row_memberships);
                found.push(RowFinding::OfUser(item, memberships));
            }
        }
    }
    found
}

fn row_members(row: u32, change: &GroupChange<'_>) -> RowFinding {
    let group = Key::group(&change.group);
    let lists = [(Direction::Remove, &change.remove_users), (Direction::Add, &change.add_users)];
    if !lists.iter().flat_map(|(_, users)| *users).all(|user| is_address_alone(user, None)) {
        return RowFinding::MembersInOrder(row, group);
    }
    let members = lists.into_iter().flat_map(|(direction, users)| {
        users.iter().map(move |user| (direction, Key::user(user, None)))
    });
    let members = members.map(|(direction, user)| RowMember { group, direction, user, row });
    RowFinding::Members(members.collect())
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
        Some(NamedGroups::Named(groups)) => groups.as_slice(),
        Some(NamedGroups::All) => return None,
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
