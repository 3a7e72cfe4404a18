//! Decides which rows share a command, and in which order commands follow each other.

use super::dependencies::Dependencies;
use super::footprint::{RowFootprint, list_steps};
use super::group_side_plan::{GroupSidePlan, JoinedRows};
use super::key::Key;
use super::made::Made;
use super::people::{ChainPeople, NamedRow};
use super::places::Places;
use super::repeated_keys::KeyBits;
use super::union_find::UnionFind;
use crate::change::EffectPart;
use crate::umapi::wire::{MAX_LIST, MAX_STEPS};
use rayon::slice::ParallelSliceMut;
use std::collections::HashMap;

/// Collects the rows that a first reading of the table finds.
#[derive(Debug, Default)]
pub struct PlanBuilder {
    /// Where each row begins, in bytes of the table's text.
    places: Places,
    footprints: Vec<RowFootprint>,
    keyed: Vec<KeyedRow>,
    aliases: Vec<(Key, Key)>,
    end: u64,
}

/// A row about a user or group, in twelve bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(Rust, packed(4))]
struct KeyedRow {
    key: Key,
    row: u32,
}

/// What the planner keeps of one row.
#[derive(Debug, Clone)]
pub struct RowEntry {
    /// Where the row begins.
    pub place: u64,
    /// The footprint of its change, or [`RowFootprint::SKIPPED`].
    pub footprint: RowFootprint,
    /// The user or group that it is about, if it is sent.
    pub key: Option<Key>,
    /// Other names that the same user or group has or gets.
    pub aliases: Vec<Key>,
}

impl PlanBuilder {
    /// Reserves memory for about this number of further rows, so that growing does not double the
    /// memory.
    pub fn reserve(&mut self, rows: usize) {
        self.places.reserve(rows);
        self.footprints.reserve_exact(rows);
        self.keyed.reserve_exact(rows);
    }

    /// Returns for how many rows memory is reserved.
    pub fn capacity(&self) -> usize {
        self.places.capacity()
    }

    /// Adds the next row of the table.
    pub fn push(&mut self, seen: RowEntry) {
        let row = row_number(self.places.len());
        self.places.push(seen.place);
        self.footprints.push(seen.footprint);
        if let Some(key) = seen.key {
            self.keyed.push(KeyedRow { key, row });
            self.aliases.extend(seen.aliases.into_iter().map(|alias| (key, alias)));
        }
    }

    /// Records where the last row ends.
    pub fn set_end(&mut self, end: u64) {
        self.end = end;
    }

    /// Returns the number of rows so far.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether no row was added.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The order of all rows: which of them share a command, which command follows which, and which
/// rows wait for which names.
///
/// It takes 20 bytes a row. A command is identified by its first row.
#[derive(Debug)]
pub struct Plan {
    places: Places,
    end: u64,
    footprints: Vec<RowFootprint>,
    /// The next row about the same user or group, or [`NONE`].
    next: Vec<u32>,
    dependencies: Dependencies,
    commands: u64,
    longest_chain: u64,
    people: ChainPeople,
    group_side: GroupSidePlan,
    joined: JoinedRows,
}

const NONE: u32 = u32::MAX;

/// The most names of rows of a group that are sent together, in any order: ten requests.
const MOST_JOINED: u32 = 10_000;
/// The most of these rows.
const MOST_ROWS: usize = 5_000;

impl Plan {
    /// Plans the collected rows. `dependencies` says which rows wait for which names;
    /// [`Dependencies::default`] if no row does.
    pub fn new(builder: PlanBuilder, mut dependencies: Dependencies) -> Self {
        let PlanBuilder { places, mut footprints, mut keyed, aliases, end } = builder;
        for row in dependencies.take_touching() {
            footprints[row as usize].set_touches();
        }
        for row in dependencies.barriers() {
            footprints[*row as usize].set_alone();
        }
        let originals = link_aliases(&mut keyed, &aliases);
        // Most names occur once. Only the others are sorted.
        let like_another = KeyBits::like_another(keyed.iter().map(|one| one.key.digest()));
        keyed.retain(|one| like_another.has(one.key.digest()));
        keyed.shrink_to_fit();
        keyed.par_sort_unstable();
        // At first, every row is a command and a chain of its own, until it is found to follow
        // another row. Most rows do not.
        let commands = footprints.iter().map(|footprint| u64::from(footprint.parts())).sum();
        let longest_chain =
            footprints.iter().map(|footprint| u64::from(footprint.parts())).max().unwrap_or(0);
        let mut plan = Self {
            next: vec![NONE; places.len()],
            places,
            end,
            footprints,
            dependencies,
            commands,
            longest_chain,
            people: ChainPeople::default(),
            group_side: GroupSidePlan::default(),
            joined: JoinedRows::default(),
        };
        let other_names = other_names(&aliases, &originals);
        for chain in
            keyed.chunk_by(|a, b| a.key.digest() == b.key.digest()).filter(|chain| chain.len() > 1)
        {
            plan.link(chain, &originals);
            plan.find_people(chain, &originals, &other_names);
        }
        plan
    }

    /// Finds the people of a chain in which a user is renamed.
    fn find_people(
        &mut self,
        chain: &[KeyedRow],
        originals: &HashMap<u32, Key>,
        other_names: &HashMap<Key, Vec<Key>>,
    ) {
        let named = |&KeyedRow { key, row }: &KeyedRow| NamedRow {
            row,
            name: originals.get(&row).copied().unwrap_or(key),
            footprint: self.footprints[row as usize],
        };
        let rows: Vec<NamedRow> = match chain.first() {
            Some(&KeyedRow { row, .. }) if originals.contains_key(&row) => {
                chain.iter().map(named).collect()
            }
            _ => return,
        };
        self.people.add_chain(&rows, other_names);
    }

    /// Links the rows of one chain and sets the borders of its commands.
    fn link(&mut self, chain: &[KeyedRow], originals: &HashMap<u32, Key>) {
        let name = |row: u32| originals.get(&row);
        let mut open: Option<(CommandBudget, u32)> = None;
        let mut length = 0;
        for (place, &KeyedRow { row, .. }) in chain.iter().enumerate() {
            let index = row as usize;
            let footprint = self.footprints[index];
            let epoch = footprint.touches().then(|| self.dependencies.epoch(row));
            let joins = open.as_mut().is_some_and(|(growing, first)| {
                name(*first) == name(row) && growing.admit(footprint, epoch)
            });
            if place > 0 {
                self.next[chain[place - 1].row as usize] = row;
                match joins {
                    true => self.footprints[index].set_shares(),
                    false => self.footprints[index].set_follows(),
                }
            }
            if joins {
                self.commands -= u64::from(footprint.parts());
            } else {
                length += u64::from(footprint.parts());
                open = Some((CommandBudget::new(footprint, epoch), row));
            }
        }
        self.longest_chain = self.longest_chain.max(length);
    }

    /// Returns the number of rows of the table, sent or not.
    pub fn rows(&self) -> u32 {
        row_number(self.places.len())
    }

    /// Returns the number of commands to send, if every command succeeds at once.
    pub fn commands(&self) -> u64 {
        self.group_side.commands_in_all(self.commands)
    }

    /// Lets the memberships of these commands go as commands of their groups. Rows of one group
    /// that follow each other, and only change its members, become one command.
    pub(crate) fn set_group_side(&mut self, group_side: GroupSidePlan) {
        let mut ends = Vec::new();
        if !group_side.of_rows.is_empty() {
            let heads = (0..self.rows()).filter(|row| self.footprints[*row as usize].is_head());
            for head in heads.collect::<Vec<_>>() {
                self.join_rows_of_group(head, &group_side.of_rows, &mut ends);
            }
            ends.sort_unstable();
        }
        let rows = |first: &u32| self.command_rows(*first).len() as u64;
        let own = group_side.of_rows.iter().filter(|row| self.footprints[**row as usize].starts());
        let rows = group_side.firsts.len() as u64 + own.map(rows).sum::<u64>();
        self.joined = JoinedRows { ends, rows };
        self.group_side = group_side;
        if !self.group_side.of_rows.is_empty() {
            self.longest_chain = self.commands_left(|_| true).1;
        }
    }

    /// Joins those commands of the chain that begins with `head` that go with commands of their
    /// group, by their first rows, and adds the rows with which they end.
    fn join_rows_of_group(&mut self, head: u32, of_rows: &[u32], ends: &mut Vec<u32>) {
        if self.footprints[head as usize].is_user() {
            return;
        }
        let (mut open, mut first) = (None, Some(head));
        while let Some(row) = first {
            let rows = self.command_rows(row);
            let names: u32 = rows.iter().map(|row| self.footprints[*row as usize].names()).sum();
            let last = rows.last().copied().unwrap_or(row);
            first = self.follower(last);
            if of_rows.binary_search(&row).is_err() {
                open = None;
                continue;
            }
            let joined = open.map(|(open_names, open_rows): (u32, usize)| {
                (open_names.saturating_add(names), open_rows + rows.len())
            });
            let fits = |(names, rows): &(u32, usize)| *names <= MOST_JOINED && *rows <= MOST_ROWS;
            if let Some(joined) = joined.filter(fits) {
                self.footprints[row as usize].set_shares();
                ends.pop();
                open = Some(joined);
            } else {
                open = Some((names, rows.len()));
            }
            ends.push(last);
        }
    }

    /// Returns a number of commands that no choice goes below, of memberships that go as commands
    /// of their groups.
    pub(super) fn fewest_commands(&self) -> u64 {
        self.commands - self.group_side.replaceable + self.group_side.fewest
    }

    /// Returns which commands go as commands of their groups.
    pub(crate) fn group_side(&self) -> &GroupSidePlan {
        &self.group_side
    }

    /// Whether the memberships of the command that begins with this row go as commands of their
    /// groups.
    pub(crate) fn is_group_side(&self, first: u32) -> bool {
        self.group_side.has_first(first)
    }

    /// Whether the command of rows of a group that ends with this row goes with commands of its
    /// group, in any order.
    pub(crate) fn is_of_members(&self, end: u32) -> bool {
        self.joined.ends.binary_search(&end).is_ok()
    }

    /// Returns the number of commands that follow one another in the longest chain, if these
    /// commands of rows of groups go with commands of their groups.
    pub(crate) fn longest_chain_without(&self, of_rows: &[u32]) -> u64 {
        self.left(|_| true, |first| of_rows.binary_search(&first).is_ok()).longest
    }

    /// Returns the number of commands of the user or group that has most of them. They are sent one
    /// after another.
    pub fn longest_chain(&self) -> u64 {
        self.longest_chain
    }

    /// Returns how many commands contain a row that is left, and how many of them the longest chain
    /// has.
    pub fn commands_left(&self, is_left: impl Fn(u32) -> bool) -> (u64, u64) {
        let left = self.left(is_left, |first| self.group_side.has_first(first));
        let all = self.group_side.of_groups() * left.rows_from_groups;
        (left.commands + all.div_ceil(self.joined.rows.max(1)), left.longest)
    }

    fn left(
        &self,
        is_left: impl Fn(u32) -> bool,
        goes_from_groups: impl Fn(u32) -> bool,
    ) -> CommandsLeft {
        let mut left = CommandsLeft::default();
        for head in (0..self.rows()).filter(|row| self.footprints[*row as usize].is_head()) {
            let (mut length, mut parts, mut row) = (0, 0, head);
            let (mut is_group_side, mut follows_members) = (false, false);
            while row != NONE {
                let footprint = self.footprints[row as usize];
                if footprint.starts() {
                    parts = u64::from(footprint.parts());
                    is_group_side = goes_from_groups(row);
                }
                if is_left(row) {
                    // The command counts once.
                    let parts = std::mem::take(&mut parts);
                    if is_group_side {
                        left.rows_from_groups += u64::from(parts > 0 || !footprint.is_user());
                        length += u64::from(parts > 0 && !follows_members);
                        follows_members = !footprint.is_user();
                    } else {
                        left.commands += parts;
                        length += parts;
                        follows_members = false;
                    }
                }
                row = self.next[row as usize];
            }
            left.longest = left.longest.max(length);
        }
        left
    }

    /// Returns the commands that contain a row that is left, by their first row and in the order of
    /// the file, each with the number of commands that it needs when its rows are alone.
    pub fn commands_in_order(
        &self,
        is_left: impl Fn(u32) -> bool,
    ) -> impl Iterator<Item = (u32, u64)> {
        (0..self.rows()).filter_map(move |first| {
            let footprint = self.footprints[first as usize];
            if !footprint.is_sent() || !footprint.starts() {
                return None;
            }
            let mut row = first;
            while !is_left(row) {
                row = self.next[row as usize];
                if row == NONE || self.footprints[row as usize].starts() {
                    return None;
                }
            }
            Some((first, u64::from(footprint.parts())))
        })
    }

    /// Whether no earlier row is about the same name.
    pub fn is_first_of_its_name(&self, row: u32) -> bool {
        self.footprints[row as usize].is_head()
    }

    /// Returns the effects of create steps of rows after the first one that creates the same user
    /// or group: one of them creates it, and the others find it.
    pub fn repeated_creates(&self) -> impl Iterator<Item = EffectPart> {
        let heads = (0..self.rows()).filter(|row| {
            self.next[*row as usize] != NONE && self.footprints[*row as usize].is_head()
        });
        heads.flat_map(|head| {
            let mut made = Made::default();
            let chain = std::iter::successors(Some(head), |row| self.follower(*row))
                .map(|row| self.footprints[row as usize]);
            chain.filter_map(move |footprint| {
                let is_made = made.has(footprint);
                let again = is_made && footprint.creates() && !footprint.meets();
                if footprint.ends_name() {
                    made.forget(footprint);
                } else if footprint.creates() {
                    made.note(footprint);
                }
                again.then(|| match (footprint.is_user(), footprint.is_new()) {
                    (true, true) => EffectPart::Created,
                    (true, false) => EffectPart::CreatedOrExists,
                    (false, true) => EffectPart::GroupCreated,
                    (false, false) => EffectPart::GroupCreatedOrExists,
                })
            })
        })
    }

    /// Returns the first row about the person of this row, if its chain is about several people.
    pub(super) fn person(&self, row: u32) -> Option<u32> {
        self.people.person(row)
    }

    /// Returns where a row begins, and the number of bytes until the next one begins.
    pub fn place(&self, row: u32) -> (u64, u64) {
        let begin = self.places.get(row as usize).unwrap_or(self.end);
        let end = self.places.get(row as usize + 1).unwrap_or(self.end);
        (begin, end - begin)
    }

    /// Returns the footprint of a row.
    pub fn footprint(&self, row: u32) -> RowFootprint {
        self.footprints[row as usize]
    }

    /// Whether rows wait for rows about groups.
    pub fn has_waits(&self) -> bool {
        !self.dependencies.barriers().is_empty()
    }

    /// Returns which rows wait for which names.
    pub fn dependencies(&self) -> &Dependencies {
        &self.dependencies
    }

    /// Returns the rows of the command that begins with `first`, ascending.
    pub fn command_rows(&self, first: u32) -> Vec<u32> {
        let mut rows = vec![first];
        let mut row = self.next[first as usize];
        while row != NONE && !self.footprints[row as usize].starts() {
            rows.push(row);
            row = self.next[row as usize];
        }
        rows
    }

    /// Returns the first row of the command that follows the one that ends with `last`.
    pub fn follower(&self, last: u32) -> Option<u32> {
        Some(self.next[last as usize]).filter(|next| *next != NONE)
    }
}

/// What is left of a plan.
#[derive(Debug, Default)]
struct CommandsLeft {
    /// Without those that go as commands of their groups.
    commands: u64,
    /// The most commands that follow one another.
    longest: u64,
    /// The commands of users, and rows of groups, that go as commands of their groups.
    rows_from_groups: u64,
}

/// A command that rows may still join.
pub(super) struct CommandBudget {
    footprint: RowFootprint,
    epoch: Option<usize>,
    steps: usize,
    end: CommandEnd,
    updated: bool,
}

/// The kind of the last step of a command, with the number of names in its list.
#[derive(Clone, Copy, PartialEq)]
enum CommandEnd {
    Other,
    Remove(usize),
    Add(usize),
}

impl CommandBudget {
    pub(super) fn new(footprint: RowFootprint, epoch: Option<usize>) -> Self {
        let mut growing = Self {
            footprint,
            epoch,
            steps: usize::from(footprint.creates()),
            end: CommandEnd::Other,
            updated: footprint.updates(),
        };
        (growing.steps, growing.end) = growing.with(footprint);
        growing
    }

    /// Adds a row if that is safe. Returns whether it was added.
    fn admit(&mut self, footprint: RowFootprint, epoch: Option<usize>) -> bool {
        let fits = !self.footprint.is_alone()
            && !footprint.is_alone()
            && self.footprint.is_adobe() == footprint.is_adobe()
            && (self.epoch.is_none() || epoch.is_none() || self.epoch == epoch)
            // The same create step again changes nothing, unless names were changed in between.
            && (!footprint.creates() || (self.footprint.creates() && self.footprint.create ==
                footprint.create && !self.updated));
        if !fits || !self.take_steps(footprint) {
            return false;
        }
        self.epoch = self.epoch.or(epoch);
        self.updated |= footprint.updates();
        true
    }

    /// Adds the steps of a row if they fit. Returns whether they were added.
    pub(super) fn take_steps(&mut self, footprint: RowFootprint) -> bool {
        let (steps, end) = self.with(footprint);
        if steps <= MAX_STEPS {
            (self.steps, self.end) = (steps, end);
        }
        steps <= MAX_STEPS
    }

    /// Returns the number of steps and the end of the command after this row's steps are added. The
    /// number is never less than needed.
    fn with(&self, footprint: RowFootprint) -> (usize, CommandEnd) {
        let (mut steps, mut end) = (self.steps, self.end);
        if footprint.updates() {
            (steps, end) = (steps + 1, CommandEnd::Other);
        }
        let removes = usize::from(footprint.removes);
        if removes > 0 {
            let open = if let CommandEnd::Remove(open) = end { open } else { 0 };
            steps += list_steps(open + removes) - list_steps(open);
            end = CommandEnd::Remove((open + removes) % MAX_LIST);
        }
        let adds = usize::from(footprint.adds);
        if adds > 0 {
            let open = if let CommandEnd::Add(open) = end { open } else { 0 };
            steps += list_steps(open + adds) - list_steps(open);
            end = CommandEnd::Add((open + adds) % MAX_LIST);
        }
        (steps, end)
    }
}

/// Groups the rows of users and groups with two names under one key. Returns the original keys of
/// these rows.
///
/// Only names that other rows use matter: most renames link no rows.
fn link_aliases(keyed: &mut [KeyedRow], aliases: &[(Key, Key)]) -> HashMap<u32, Key> {
    if aliases.is_empty() {
        return HashMap::new();
    }
    let mut uses: Vec<Key> = aliases.iter().map(|(_, alias)| *alias).collect();
    uses.sort_unstable();
    let twice: Vec<Key> =
        uses.chunk_by(|a, b| a == b).filter(|same| same.len() > 1).map(|same| same[0]).collect();
    uses.dedup();
    let mut met: Vec<Key> = keyed
        .iter()
        .map(|one| one.key)
        .filter(|key| uses.binary_search(key).is_ok())
        .chain(twice)
        .collect();
    met.sort_unstable();
    met.dedup();
    let mut union = UnionFind::default();
    for (key, alias) in aliases.iter().filter(|(_, alias)| met.binary_search(alias).is_ok()) {
        union.join(*key, *alias);
    }
    let mut originals = HashMap::new();
    for one in keyed {
        let KeyedRow { key, row } = *one;
        if let Some(root) = union.root(key) {
            originals.insert(row, key);
            one.key = root;
        }
    }
    originals
}

/// Returns the other names that rows give to the names in linked chains.
fn other_names(aliases: &[(Key, Key)], originals: &HashMap<u32, Key>) -> HashMap<Key, Vec<Key>> {
    let mut all: HashMap<Key, Vec<Key>> =
        originals.values().map(|name| (*name, Vec::new())).collect();
    for (name, other) in aliases {
        if let Some(others) = all.get_mut(name)
            && !others.contains(other)
        {
            others.push(*other);
        }
    }
    all
}

#[expect(clippy::cast_possible_truncation, reason = "the scan refuses tables with more rows")]
fn row_number(row: usize) -> u32 {
    row as u32
}
