//! Rows of one group that are sent in any order, as far as they name different people.
//!
//! Nothing here can wait in a circle. A row waits for rows before it in the file: for those that
//! name the same people, and for those of other commands that change its names. It never waits for
//! all rows of its command. Rows that go by themselves also take turns, but a row asks for its turn
//! only after it has waited for everything else, so that the row that has the turn waits for no
//! other.

use super::footprint::RowFootprint;
use super::halfway::Halfway;
use super::key::Key;
use super::moved::MovedMemberships;
use super::names_since::NamesSince;
use super::planner::CommandBudget;
use super::work_item::WorkItem;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

/// A row of a group that only changes its members.
#[derive(Debug)]
pub(crate) struct RowOfPeople {
    /// Row from 0.
    pub row: u32,
    /// The names of all people in it, ascending.
    pub people: Vec<Key>,
    /// Whether it only repeats what the rows before it do, and no row in between is about its
    /// people.
    pub repeats: bool,
}

/// Rows of one group that are sent in any order, until all of them are completed.
#[derive(Debug)]
pub(super) struct SpreadRows {
    /// What the rows before them have done, and what follows them.
    whole: WorkItem,
    /// What is known of the memberships that rows before them have changed, and those of them that
    /// later ones name again.
    moved: MovedMemberships,
    /// The number of work items that are not completed.
    open: usize,
    /// The people in rows that name the same people as other rows.
    repeating: HashMap<u32, Vec<Key>>,
    /// Rows that wait for earlier ones of these, and for how many.
    waiting: HashMap<u32, usize>,
    /// Those that only repeat what the rows before them do.
    repeats: HashSet<u32>,
    /// The rows that wait for each row.
    behind: HashMap<u32, Vec<u32>>,
    /// Those that go by themselves, one after another: by their rows.
    in_turn: BTreeMap<u32, WorkItem>,
    /// Whether one of those is on its way.
    is_turn_taken: bool,
}

impl SpreadRows {
    /// Begins with the rows of a work item, ascending. Returns also those that wait for no other.
    pub(super) fn new(whole: WorkItem, rows: Vec<RowOfPeople>) -> (Self, Vec<WorkItem>) {
        let mut spread = Self {
            moved: whole.moved.clone(),
            whole,
            open: rows.len(),
            repeating: HashMap::new(),
            waiting: HashMap::new(),
            repeats: rows.iter().filter(|one| one.repeats).map(|one| one.row).collect(),
            behind: HashMap::new(),
            in_turn: BTreeMap::new(),
            is_turn_taken: false,
        };
        let mut now = Vec::new();
        let mut last_with: HashMap<Key, u32> = HashMap::new();
        for RowOfPeople { row, people, .. } in &rows {
            let mut before: Vec<u32> =
                people.iter().filter_map(|person| last_with.insert(*person, *row)).collect();
            before.sort_unstable();
            before.dedup();
            if before.is_empty() {
                now.push(WorkItem { follows: spread.whole.follows, ..spread.item(*row, people) });
                continue;
            }
            for earlier in &before {
                spread.behind.entry(*earlier).or_default().push(*row);
            }
            spread.waiting.insert(*row, before.len());
        }
        let is_repeating =
            |row: &u32| spread.behind.contains_key(row) || spread.waiting.contains_key(row);
        let repeating = rows.into_iter().filter(|one| is_repeating(&one.row));
        spread.repeating = repeating.map(|one| (one.row, one.people)).collect();
        (spread, now)
    }

    /// Returns the work item of a row, with what earlier rows have done to its people.
    fn item(&self, row: u32, people: &[Key]) -> WorkItem {
        let WorkItem { made, freed, end, .. } = &self.whole;
        WorkItem {
            is_spread: true,
            repeats: self.repeats.contains(&row),
            follows: true,
            made: *made,
            freed: freed.clone(),
            moved: self.moved.of_users(people),
            ..WorkItem::new(vec![row], *end, VecDeque::new())
        }
    }

    /// Whether later rows name people of these rows, and wait for them.
    pub(super) fn have_behind(&self, rows: &[u32]) -> bool {
        rows.iter().any(|row| self.behind.contains_key(row))
    }

    /// Whether rows wait for others.
    pub(super) fn has_waiting(&self) -> bool {
        !self.waiting.is_empty() || !self.in_turn.is_empty()
    }

    /// Whether all of them are completed.
    pub(super) fn are_completed(&self) -> bool {
        self.open == 0 && self.in_turn.is_empty()
    }

    /// Lets a row wait for its turn.
    pub(super) fn wait_in_turn(&mut self, item: WorkItem) {
        self.open -= 1;
        self.in_turn.insert(item.first(), item);
    }

    /// Records that these rows of a work item are completed. Returns the rows that wait for no
    /// other any more.
    pub(super) fn complete(&mut self, item: &WorkItem, rows: &[u32]) -> Vec<WorkItem> {
        let mut ready = Vec::new();
        for row in rows {
            let Some(behind) = self.behind.remove(row) else { continue };
            if let Some(people) = self.repeating.get(row) {
                self.moved.replace_of_users(people, &item.moved);
            }
            for row in behind {
                let Some(rows) = self.waiting.get_mut(&row) else { continue };
                *rows -= 1;
                if *rows == 0 {
                    self.waiting.remove(&row);
                    let people = self.repeating.get(&row).map_or(&[][..], Vec::as_slice);
                    ready.push(self.item(row, people));
                }
            }
        }
        ready
    }

    /// Records that a work item is completed, with all its rows.
    pub(super) fn finish(&mut self, item: &WorkItem) {
        self.open -= 1;
        self.is_turn_taken &= !item.by_itself;
    }

    /// Returns the next rows that go by themselves: as many as share a command, unless a part of
    /// one is carried out or refused.
    pub(super) fn next_in_turn(
        &mut self,
        footprint: impl Fn(u32) -> RowFootprint,
    ) -> Option<WorkItem> {
        if self.is_turn_taken {
            return None;
        }
        let (row, mut next) = self.in_turn.pop_first()?;
        self.is_turn_taken = true;
        next.by_itself = true;
        let mut budget = CommandBudget::new(footprint(row), None);
        // A row that others wait for is completed by itself.
        let is_alone =
            |row: &u32, item: &WorkItem| self.repeating.contains_key(row) || !is_whole(item);
        while !is_alone(&row, &next)
            && let Some(entry) = self.in_turn.first_entry()
        {
            if is_alone(entry.key(), entry.get()) || !budget.take_steps(footprint(*entry.key())) {
                break;
            }
            let other = entry.remove();
            // What is uncertain for one of them is uncertain for all.
            next.uncertain |= other.uncertain;
            next.was_uncertain |= other.was_uncertain;
            next.late_until = next.late_until.max(other.late_until);
            // They may have been sent in different requests.
            next.late_sendings += other.late_sendings;
            next.sent = next.sent.max(other.sent);
            next.was_gathered |= other.was_gathered;
            next.moved.extend(other.moved);
            next.names.extend(other.names);
            next.rows.extend(other.rows);
        }
        self.open += 1;
        Some(next)
    }

    /// Returns the work item that all of them were, to be finished.
    pub(super) fn into_whole(self) -> WorkItem {
        self.whole
    }
}

/// Whether no part of it is carried out or refused, as far as known.
fn is_whole(item: &WorkItem) -> bool {
    !item.probe_first
        && !item.alone
        && item.part == 0
        && item.statement.is_empty()
        && item.names_since == NamesSince::default()
        && item.halfway == Halfway::default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{Change, GroupChange, RowEffect};

    fn adding(users: usize) -> RowFootprint {
        let add_users = (0..users).map(|number| format!("u{number}@x.com").into()).collect();
        let change = GroupChange { group: "G".into(), add_users, ..GroupChange::default() };
        RowFootprint::of(&Change::Group(change))
    }

    fn row(number: u32) -> WorkItem {
        WorkItem { is_spread: true, ..WorkItem::new(vec![number], 9, VecDeque::new()) }
    }

    fn key(name: &str) -> Key {
        Key::user(name, None)
    }

    /// Begins with rows, in their order, that name these people.
    fn naming(people: &[&[&str]]) -> (SpreadRows, Vec<WorkItem>) {
        let rows = (0..).zip(people).map(|(row, names)| {
            let mut people: Vec<Key> = names.iter().map(|name| key(name)).collect();
            people.sort_unstable();
            RowOfPeople { row, people, repeats: false }
        });
        let whole = WorkItem::new((0..people.len() as u32).collect(), 9, VecDeque::new());
        SpreadRows::new(whole, rows.collect())
    }

    fn of_different_people(rows: usize) -> SpreadRows {
        const NAMES: [&[&str]; 6] = [&["a"], &["b"], &["c"], &["d"], &["e"], &["f"]];
        naming(&NAMES[..rows]).0
    }

    fn numbers(items: &[WorkItem]) -> Vec<u32> {
        items.iter().map(WorkItem::first).collect()
    }

    #[test]
    fn row_waits_only_for_earlier_rows_with_its_people() {
        let (mut rows, now) = naming(&[&["a"], &["a", "b"], &["b", "c"], &["c"], &["d"]]);
        assert_eq!((numbers(&now), now[0].follows), (vec![0, 4], false));
        assert!(rows.have_behind(&[0]) && !rows.have_behind(&[4, 3]));
        assert_eq!(rows.complete(&row(4), &[4]), []);
        for (done, next) in [(0, 1), (1, 2), (2, 3)] {
            let ready = rows.complete(&row(done), &[done]);
            assert_eq!((numbers(&ready), ready[0].follows), (vec![next], true));
            assert_eq!(rows.complete(&row(done), &[done]), [], "it is completed once");
            rows.finish(&row(done));
        }
        rows.finish(&row(3));
        assert!(!rows.are_completed());
        rows.finish(&row(4));
        assert!(rows.are_completed());
    }

    #[test]
    fn row_waits_for_all_earlier_rows_with_its_people() {
        let (mut rows, now) = naming(&[&["a"], &["b"], &["a", "b", "c"]]);
        assert_eq!(numbers(&now), [0, 1]);
        assert_eq!(rows.complete(&row(1), &[1]), []);
        assert_eq!(numbers(&rows.complete(&row(0), &[0])), [2]);
    }

    #[test]
    fn row_knows_what_earlier_ones_have_done_to_its_people() {
        let (mut rows, _) = naming(&[&["a", "c"], &["a", "b"], &["a"], &["c"]]);
        let users = ["a", "b", "c"].map(Into::into).to_vec();
        let change = GroupChange { group: "G".into(), add_users: users, ..GroupChange::default() };
        let change = Change::Group(change);
        let adding = |name: &'static str| {
            let mut moved = MovedMemberships::default();
            moved.take(&Change::Group(GroupChange {
                add_users: vec![name.into()],
                ..GroupChange::default()
            }));
            moved
        };
        let ready = rows.complete(&WorkItem { moved: adding("c"), ..row(0) }, &[0]);
        let repeated: Vec<RowEffect> =
            ready.iter().map(|item| item.moved.repeated_in(&change)).collect();
        assert_eq!(numbers(&ready), [1, 3]);
        assert_eq!(repeated, [RowEffect::NONE, RowEffect::NONE.joined(1)]);
        let ready = rows.complete(&WorkItem { moved: adding("a"), ..row(1) }, &[1]);
        assert_eq!(ready[0].moved.repeated_in(&change), RowEffect::NONE.joined(1));
        // What a later row has done with an unknown or partial result is not known.
        let (mut rows, _) = naming(&[&["a"], &["a"], &["a"]]);
        rows.complete(&WorkItem { moved: adding("a"), ..row(0) }, &[0]);
        let ready = rows.complete(&row(1), &[1]);
        assert_eq!(ready[0].moved.repeated_in(&change), RowEffect::NONE);
    }

    #[test]
    fn rows_that_go_by_themselves_go_one_after_another() {
        let mut rows = of_different_people(3);
        rows.wait_in_turn(row(2));
        let next = rows.next_in_turn(|_| adding(1)).unwrap();
        assert!(next.by_itself && next.is_spread);
        assert_eq!(next.rows, [2]);
        rows.wait_in_turn(row(1));
        assert!(rows.next_in_turn(|_| adding(1)).is_none(), "row 2 is on its way");
        rows.finish(&next);
        let next = rows.next_in_turn(|_| adding(1)).unwrap();
        rows.finish(&row(0));
        assert!(!rows.are_completed());
        rows.finish(&next);
        assert!(rows.are_completed());
        assert_eq!(rows.into_whole().end, 9);
    }

    #[test]
    fn rows_in_turn_share_commands_unless_a_part_is_done() {
        let mut rows = of_different_people(6);
        for number in [5, 4, 3, 1, 0] {
            rows.wait_in_turn(row(number));
        }
        let mut done = row(2);
        done.halfway.moved.push("u0@x.com".to_owned());
        rows.wait_in_turn(done);
        let mut packs = Vec::new();
        while let Some(next) = rows.next_in_turn(|_| adding(35)) {
            packs.push(next.rows.clone());
            rows.finish(&next);
        }
        assert_eq!(packs, [vec![0, 1], vec![2], vec![3, 4], vec![5]], "at most 100 users");
    }

    #[test]
    fn row_that_others_wait_for_shares_no_command() {
        let (mut rows, _) = naming(&[&["a"], &["b"], &["c"], &["b"]]);
        for number in 0..3 {
            rows.wait_in_turn(row(number));
        }
        let mut packs = Vec::new();
        while let Some(next) = rows.next_in_turn(|_| adding(1)) {
            packs.push(next.rows.clone());
            rows.complete(&next, &next.rows).into_iter().for_each(|item| rows.wait_in_turn(item));
            rows.finish(&next);
        }
        assert_eq!(packs, [vec![0], vec![1], vec![2], vec![3]]);
        assert!(rows.are_completed());
    }

    #[test]
    fn what_is_uncertain_for_one_row_is_so_for_its_company() {
        let mut rows = of_different_people(2);
        rows.wait_in_turn(row(0));
        let first = rows.in_turn.get_mut(&0).unwrap();
        (first.late_sendings, first.was_gathered) = (1, true);
        let unclear = WorkItem { uncertain: true, was_uncertain: true, ..row(1) };
        rows.wait_in_turn(WorkItem { late_sendings: 2, sent: 2, ..unclear });
        let next = rows.next_in_turn(|_| adding(1)).unwrap();
        assert_eq!((next.rows, next.uncertain, next.sent), (vec![0, 1], true, 2));
        assert_eq!((next.late_sendings, next.was_gathered), (3, true));
    }
}
