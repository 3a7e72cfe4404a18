//! Which rows share a command, and which commands follow one another.

use super::claims::Claims;
use super::key::Key;
use super::shape::{Shape, list_steps};
use crate::change::Deed;
use crate::umapi::wire::{MAX_LIST, MAX_STEPS};
use rayon::slice::ParallelSliceMut;
use std::collections::HashMap;

/// What a first reading of the table has seen, row by row.
#[derive(Debug, Default)]
pub struct Survey {
    /// Where each row begins, in bytes of the table's text.
    places: Vec<u64>,
    shapes: Vec<Shape>,
    keyed: Vec<(Key, u32)>,
    aliases: Vec<(Key, Key)>,
    end: u64,
}

/// What is kept of one row.
#[derive(Debug, Clone, Copy)]
pub struct Sighting {
    /// Where the row begins.
    pub place: u64,
    /// The shape of its change, or [`Shape::UNSENT`].
    pub shape: Shape,
    /// Whom it is about, where it is sent.
    pub key: Option<Key>,
    /// Other names that the same user or group has or gets.
    pub aliases: [Option<Key>; 5],
}

impl Survey {
    /// Makes room for about so many more rows, so that growing does not double the memory.
    pub fn reserve(&mut self, rows: usize) {
        self.places.reserve_exact(rows);
        self.shapes.reserve_exact(rows);
        self.keyed.reserve_exact(rows);
    }

    /// How many rows it has room for without growing.
    pub fn capacity(&self) -> usize {
        self.places.capacity()
    }

    /// Takes the next row of the table.
    pub fn push(&mut self, seen: Sighting) {
        let row = row_number(self.places.len());
        self.places.push(seen.place);
        self.shapes.push(seen.shape);
        if let Some(key) = seen.key {
            self.keyed.push((key, row));
            self.aliases.extend(seen.aliases.into_iter().flatten().map(|alias| (key, alias)));
        }
    }

    /// Says where the last row ends.
    pub fn set_end(&mut self, end: u64) {
        self.end = end;
    }

    /// Rows so far.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Has no row been seen?
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}

/// The order of everything: which rows share a command, which command follows which, which rows wait for which names.
///
/// It takes 24 bytes a row. Commands are known by their first row.
#[derive(Debug)]
pub struct Plan {
    places: Vec<u64>,
    end: u64,
    shapes: Vec<Shape>,
    /// The next row on the same user or group, or [`NONE`].
    next: Vec<u32>,
    claims: Claims,
    commands: u64,
    longest_chain: u64,
}

const NONE: u32 = u32::MAX;

impl Plan {
    /// Plans what has been seen. `claims` says which rows wait for which names; [`Claims::default`] where no row does.
    pub fn new(survey: Survey, mut claims: Claims) -> Self {
        let Survey { places, mut shapes, mut keyed, aliases, end } = survey;
        for row in claims.take_touching() {
            shapes[row as usize].set_touches();
        }
        for row in claims.events() {
            shapes[*row as usize].set_alone();
        }
        let originals = link_aliases(&mut keyed, &aliases);
        keyed.par_sort_unstable();
        // Every row is a command of its own and a chain of its own, until it is found to follow another: most are.
        let commands = shapes.iter().map(|shape| u64::from(shape.parts())).sum();
        let longest_chain = shapes.iter().map(|shape| u64::from(shape.parts())).max().unwrap_or(0);
        let mut plan = Self { next: vec![NONE; places.len()], places, end, shapes, claims, commands, longest_chain };
        for chain in keyed.chunk_by(|a, b| a.0 == b.0).filter(|chain| chain.len() > 1) {
            plan.link(chain, &originals);
        }
        plan
    }

    /// Links the rows of one chain and draws the borders of its commands.
    fn link(&mut self, chain: &[(Key, u32)], originals: &HashMap<u32, Key>) {
        let name = |row: u32| originals.get(&row);
        let mut open: Option<(Growing, u32)> = None;
        let mut length = 0;
        for (place, (_, row)) in chain.iter().enumerate() {
            let index = *row as usize;
            let shape = self.shapes[index];
            let phase = shape.touches().then(|| self.claims.phase(*row));
            let joins = open.as_mut().is_some_and(|(growing, first)| name(*first) == name(*row) && growing.admit(shape, phase));
            if place > 0 {
                self.next[chain[place - 1].1 as usize] = *row;
                self.shapes[index].set_follows(joins);
            }
            if joins {
                self.commands -= u64::from(shape.parts());
            } else {
                length += u64::from(shape.parts());
                open = Some((Growing::new(shape, phase), *row));
            }
        }
        self.longest_chain = self.longest_chain.max(length);
    }

    /// Rows of the table, sent or not.
    pub fn rows(&self) -> u32 {
        row_number(self.places.len())
    }

    /// Commands to send, if all goes well.
    pub fn commands(&self) -> u64 {
        self.commands
    }

    /// Commands of the user or group that has most of them: they go one after another.
    pub fn longest_chain(&self) -> u64 {
        self.longest_chain
    }

    /// Returns how many commands hold a row that is left, and how many of them the longest chain has.
    pub fn commands_left(&self, is_left: impl Fn(u32) -> bool) -> (u64, u64) {
        let (mut commands, mut longest) = (0, 0);
        for head in (0..self.rows()).filter(|row| self.shapes[*row as usize].is_head()) {
            let (mut length, mut parts, mut row) = (0, 0, head);
            while row != NONE {
                let shape = self.shapes[row as usize];
                if shape.starts() {
                    parts = u64::from(shape.parts());
                }
                if is_left(row) {
                    // The command is counted once.
                    length += std::mem::take(&mut parts);
                }
                row = self.next[row as usize];
            }
            commands += length;
            longest = longest.max(length);
        }
        (commands, longest)
    }

    /// The commands that hold a row that is left, by their first row and in the order of the file, each
    /// with how many it takes when its rows are alone.
    pub fn commands_in_order(&self, is_left: impl Fn(u32) -> bool) -> impl Iterator<Item = (u32, u64)> {
        (0..self.rows()).filter_map(move |first| {
            let shape = self.shapes[first as usize];
            if !shape.is_sent() || !shape.starts() {
                return None;
            }
            let mut row = first;
            while !is_left(row) {
                row = self.next[row as usize];
                if row == NONE || self.shapes[row as usize].starts() {
                    return None;
                }
            }
            Some((first, u64::from(shape.parts())))
        })
    }

    /// Is no row before it about the same name?
    pub fn is_first_of_its_name(&self, row: u32) -> bool {
        self.shapes[row as usize].is_head()
    }

    /// The effects of create steps of rows after the first one that creates the same user or group: one of them creates, and the others find what is there.
    pub fn repeated_creates(&self) -> impl Iterator<Item = Deed> {
        let heads = (0..self.rows()).filter(|row| self.next[*row as usize] != NONE && self.shapes[*row as usize].is_head());
        heads.flat_map(|head| {
            let mut is_made = false;
            let chain = std::iter::successors(Some(head), |row| self.follower(*row)).map(|row| self.shapes[row as usize]);
            chain.filter_map(move |shape| {
                let again = is_made && shape.creates() && !shape.meets();
                is_made = (is_made || shape.creates()) && !shape.leaves() && !shape.deletes_group();
                again.then(|| match (shape.is_user(), shape.is_new()) {
                    (true, true) => Deed::Created,
                    (true, false) => Deed::CreatedOrExists,
                    (false, true) => Deed::GroupCreated,
                    (false, false) => Deed::GroupCreatedOrExists,
                })
            })
        })
    }

    /// Is the user or group there after these rows of a chain, for one of them, or one before, has created it?
    pub fn makes(&self, rows: &[u32], is_made: bool) -> bool {
        rows.iter()
            .map(|row| self.shape(*row))
            .fold(is_made, |is_made, shape| (is_made || shape.creates()) && !shape.leaves() && !shape.deletes_group())
    }

    /// Where a row begins and how many bytes there are until the next one begins.
    pub fn place(&self, row: u32) -> (u64, u64) {
        let begin = self.places[row as usize];
        let end = self.places.get(row as usize + 1).copied().unwrap_or(self.end);
        (begin, end - begin)
    }

    /// The row's shape.
    pub fn shape(&self, row: u32) -> Shape {
        self.shapes[row as usize]
    }

    /// Do rows wait for rows about groups?
    pub fn has_waits(&self) -> bool {
        !self.claims.events().is_empty()
    }

    /// Which rows wait for which names.
    pub fn claims(&self) -> &Claims {
        &self.claims
    }

    /// The rows of the command that begins with `first`, ascending.
    pub fn command_rows(&self, first: u32) -> Vec<u32> {
        let mut rows = vec![first];
        let mut row = self.next[first as usize];
        while row != NONE && !self.shapes[row as usize].starts() {
            rows.push(row);
            row = self.next[row as usize];
        }
        rows
    }

    /// The first row of the command that follows the one that ends with `last`.
    pub fn follower(&self, last: u32) -> Option<u32> {
        Some(self.next[last as usize]).filter(|next| *next != NONE)
    }
}

/// A command that rows may still join.
struct Growing {
    shape: Shape,
    phase: Option<usize>,
    steps: usize,
    end: End,
    updated: bool,
}

/// What the last step of a command is, and how many names are in the list that it ends with.
#[derive(Clone, Copy, PartialEq)]
enum End {
    Other,
    Remove(usize),
    Add(usize),
}

impl Growing {
    fn new(shape: Shape, phase: Option<usize>) -> Self {
        let mut growing = Self { shape, phase, steps: usize::from(shape.creates()), end: End::Other, updated: shape.updates() };
        (growing.steps, growing.end) = growing.with(shape);
        growing
    }

    /// Takes a row in where that is safe.
    fn admit(&mut self, shape: Shape, phase: Option<usize>) -> bool {
        let fits = !self.shape.is_alone()
            && !shape.is_alone()
            && self.shape.is_adobe() == shape.is_adobe()
            && (self.phase.is_none() || phase.is_none() || self.phase == phase)
            // The same create step again changes nothing, unless names were changed since.
            && (!shape.creates() || (self.shape.creates() && self.shape.create == shape.create && !self.updated));
        let (steps, end) = self.with(shape);
        if !fits || steps > MAX_STEPS {
            return false;
        }
        (self.steps, self.end) = (steps, end);
        self.phase = self.phase.or(phase);
        self.updated |= shape.updates();
        true
    }

    /// Steps and end of the command with this row's steps after its own; never fewer than will be needed.
    fn with(&self, shape: Shape) -> (usize, End) {
        let (mut steps, mut end) = (self.steps, self.end);
        if shape.updates() {
            (steps, end) = (steps + 1, End::Other);
        }
        let removes = usize::from(shape.removes);
        if removes > 0 {
            let open = if let End::Remove(open) = end { open } else { 0 };
            steps += list_steps(open + removes) - list_steps(open);
            end = End::Remove((open + removes) % MAX_LIST);
        }
        let adds = usize::from(shape.adds);
        if adds > 0 {
            let open = if let End::Add(open) = end { open } else { 0 };
            steps += list_steps(open + adds) - list_steps(open);
            end = End::Add((open + adds) % MAX_LIST);
        }
        (steps, end)
    }
}

/// Brings the rows of users and groups with two names under one key, and gives back the keys that such rows had.
///
/// Only names that other rows use matter: most renames link nothing.
fn link_aliases(keyed: &mut [(Key, u32)], aliases: &[(Key, Key)]) -> HashMap<u32, Key> {
    if aliases.is_empty() {
        return HashMap::new();
    }
    let mut uses: Vec<Key> = aliases.iter().map(|(_, alias)| *alias).collect();
    uses.sort_unstable();
    let twice: Vec<Key> = uses.chunk_by(|a, b| a == b).filter(|same| same.len() > 1).map(|same| same[0]).collect();
    uses.dedup();
    let mut met: Vec<Key> = keyed.iter().map(|(key, _)| *key).filter(|key| uses.binary_search(key).is_ok()).chain(twice).collect();
    met.sort_unstable();
    met.dedup();
    let mut union = Union::default();
    for (key, alias) in aliases.iter().filter(|(_, alias)| met.binary_search(alias).is_ok()) {
        union.join(*key, *alias);
    }
    let mut originals = HashMap::new();
    for (key, row) in keyed {
        if let Some(root) = union.root(*key) {
            originals.insert(*row, *key);
            *key = root;
        }
    }
    originals
}

/// Sets of names that are one user's or group's. Whoever looks for a root shortens the way to it, so that chains of
/// renames in any order cost hardly more than their length.
#[derive(Default)]
struct Union(HashMap<Key, Key>);

impl Union {
    /// What stands for all names of a set; `None` for a name in no set.
    fn root(&mut self, mut key: Key) -> Option<Key> {
        let mut above = *self.0.get(&key)?;
        while above != key {
            let next = self.0[&above];
            self.0.insert(key, next);
            key = next;
            above = self.0[&key];
        }
        Some(key)
    }

    fn join(&mut self, a: Key, b: Key) {
        for key in [a, b] {
            self.0.entry(key).or_insert(key);
        }
        if let (Some(a), Some(b)) = (self.root(a), self.root(b)) {
            self.0.insert(a, b);
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the survey refuses tables with more rows")]
fn row_number(row: usize) -> u32 {
    row as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Renames from one name to the next, handed over in any order, are one person's.
    #[test]
    fn a_chain_of_renames_is_one_set_in_any_order() {
        const LENGTH: u32 = 50_000;
        let names: Vec<Key> = (0..=LENGTH).map(|number| Key::user(&format!("a{number}@x.com"), None)).collect();
        let mut orders: [Vec<u32>; 3] = [(0..LENGTH).collect(), (0..LENGTH).rev().collect(), (0..LENGTH).collect()];
        fastrand::Rng::with_seed(1).shuffle(&mut orders[2]);
        for order in orders {
            let mut union = Union::default();
            order.iter().for_each(|at| union.join(names[*at as usize], names[*at as usize + 1]));
            let root = union.root(names[0]);
            assert!(root.is_some() && names.iter().all(|name| union.root(*name) == root));
        }
        assert_eq!(Union::default().root(names[0]), None);
    }
}
