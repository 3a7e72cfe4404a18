//! Counts the users and groups that a plan changes, and puts them into words.

use super::footprint::RowFootprint;
use super::planner::Plan;
use serde::Serialize;
use std::collections::BTreeMap;

/// The number of users and groups that the rows change. A user in several rows counts once. A user
/// who is created and joins groups counts as created.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Headcount {
    /// Users who are created, if they do not exist.
    pub created: u64,
    /// Those of them who may exist already, because there is no list.
    pub perhaps_there: u64,
    /// Users whom a row would create, and who exist according to a list.
    pub exist: u64,
    /// Users who get another name, email address or username.
    pub updated: u64,
    /// Users who join groups and are not created.
    pub join: u64,
    /// Users who leave groups.
    pub leave_groups: u64,
    /// Users who lose all memberships.
    pub lose_all: u64,
    /// Users who leave the organization and keep their accounts.
    pub leave: u64,
    /// Users who leave and lose account and files.
    pub lose_account: u64,
    /// Users who lose something and do not exist, according to a list.
    pub not_there: u64,
    /// User groups that are created, if they do not exist.
    pub groups_created: u64,
    /// Those of them that may exist already.
    pub groups_perhaps_there: u64,
    /// User groups that get another name, description or members.
    pub groups_changed: u64,
    /// User groups that are deleted.
    pub groups_deleted: u64,
}

impl Headcount {
    /// Counts the rows of a plan.
    pub(crate) fn of(plan: &Plan) -> Self {
        Self::of_rest(plan, |_| true)
    }

    /// Counts the rows of a plan that are left.
    pub(crate) fn of_rest(plan: &Plan, is_left: impl Fn(u32) -> bool) -> Self {
        let mut count = Self::default();
        for first in (0..plan.rows())
            .filter(|row| plan.footprint(*row).is_sent() && plan.footprint(*row).is_head())
        {
            if plan.follower(first).is_none() && is_left(first) {
                count.take(plan.footprint(first));
                continue;
            }
            let rows = std::iter::successors(Some(first), |row| plan.follower(*row))
                .filter(|row| is_left(*row));
            if plan.person(first).is_none() {
                count.take_person(rows.map(|row| plan.footprint(row)));
                continue;
            }
            let mut people: BTreeMap<Option<u32>, Vec<RowFootprint>> = BTreeMap::new();
            for row in rows {
                people.entry(plan.person(row)).or_default().push(plan.footprint(row));
            }
            people.into_values().for_each(|rows| count.take_person(rows.into_iter()));
        }
        count
    }

    /// Counts the rows about one person or group. An Adobe ID and a user of the organization are
    /// different accounts.
    fn take_person(&mut self, rows: impl Iterator<Item = RowFootprint>) {
        let mut kinds = [None, None];
        for row in rows {
            let kind: &mut Option<RowFootprint> = &mut kinds[usize::from(row.is_adobe())];
            *kind = Some(kind.map_or(row, |whole| whole.or(row)));
        }
        let is_one = kinds.iter().flatten().any(|kind| !kind.creates());
        let whole = kinds.into_iter().flatten().reduce(RowFootprint::or);
        let counted = if is_one { [whole, None] } else { kinds };
        counted.into_iter().flatten().for_each(|whole| self.take(whole));
    }

    fn take(&mut self, whole: RowFootprint) {
        let one = u64::from;
        if !whole.is_user() {
            self.groups_deleted += one(whole.deletes_group());
            self.groups_created += one(whole.creates() && !whole.meets());
            self.groups_perhaps_there += one(whole.creates() && !whole.meets() && !whole.is_new());
            self.groups_changed +=
                one(!whole.creates() && (whole.updates() || whole.adds > 0 || whole.removes > 0));
            return;
        }
        if whole.is_of_nobody() {
            self.not_there += 1;
            return;
        }
        self.created += one(whole.creates() && !whole.meets());
        self.perhaps_there += one(whole.creates() && !whole.meets() && !whole.is_new());
        self.exist += one(whole.meets() && !whole.renews());
        self.updated += one(whole.updates() || whole.renews());
        self.join += one(whole.adds > 0 && !whole.creates());
        self.leave_groups += one(whole.removes > 0);
        self.lose_all += one(whole.removes_all());
        self.leave += one(whole.leaves() && !whole.loses_account());
        self.lose_account += one(whole.loses_account());
    }

    /// Describes the counts: `298 users are created (unless they exist already), 12 users join
    /// groups`; empty if nothing is done.
    pub(crate) fn words(&self) -> String {
        self.count_words(|(one, several, _)| (one.to_owned(), several.to_owned()))
    }

    /// Describes the counts for a run that carries out nothing: `298 users would be created (unless
    /// they exist already), 12 users would join groups`.
    pub(crate) fn words_of_a_test(&self) -> String {
        let noun = |words: &str| words.split(' ').next().unwrap_or_default().to_owned();
        self.count_words(|(one, several, would)| match would {
            "" => (one.to_owned(), several.to_owned()),
            would => (format!("{} {would}", noun(one)), format!("{} {would}", noun(several))),
        })
    }

    /// Describes what is done, each with its number. `forms` returns the singular and plural words.
    fn count_words(&self, forms: impl Fn((&str, &str, &str)) -> (String, String)) -> String {
        let parts = [
            (self.created, ("user is created", CREATED, "would be created")),
            (self.exist, ("user exists already", "users exist already", "")),
            (self.updated, ("user is updated", "users are updated", "would be updated")),
            (self.join, ("user joins groups", "users join groups", "would join groups")),
            (self.leave_groups, ("user leaves groups", "users leave groups", "would leave groups")),
            (
                self.lose_all,
                ("user loses all groups", "users lose all groups", "would lose all groups"),
            ),
            (
                self.leave,
                (
                    "user leaves the organization",
                    "users leave the organization",
                    "would leave the organization",
                ),
            ),
            (
                self.lose_account,
                (
                    "user is deleted with account and files",
                    "users are deleted with accounts and files",
                    "would be deleted with accounts and files",
                ),
            ),
            (self.not_there, ("removal of an unknown user", "removals of unknown users", "")),
            (self.groups_created, ("group is created", GROUPS_CREATED, "would be created")),
            (self.groups_changed, ("group is changed", "groups are changed", "would be changed")),
            (self.groups_deleted, ("group is deleted", "groups are deleted", "would be deleted")),
        ];
        let said = parts.into_iter().filter(|(number, _)| *number > 0).map(|(number, words)| {
            let unless = match words.1 {
                CREATED => unless_there(number, self.perhaps_there),
                GROUPS_CREATED => unless_there(number, self.groups_perhaps_there),
                _ => String::new(),
            };
            let (one, several) = forms(words);
            format!("{number} {}{unless}", if number == 1 { one } else { several })
        });
        said.collect::<Vec<_>>().join(", ")
    }
}

const CREATED: &str = "users are created";
const GROUPS_CREATED: &str = "groups are created";

/// Describes how many of those to create may exist already.
fn unless_there(all: u64, perhaps: u64) -> String {
    let unless =
        if perhaps == 1 { "unless it exists already" } else { "unless they exist already" };
    match (all, perhaps) {
        (_, 0) => String::new(),
        (all, perhaps) if all == perhaps => format!(" ({unless})"),
        (_, perhaps) => format!(" ({perhaps} of them {unless})"),
    }
}

/// Rows that delete a user, a group, or all memberships of a user.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Deletes {
    /// The number of these rows.
    pub rows: u64,
    /// Those of them that delete an account with its files.
    pub accounts: u64,
}

impl Deletes {
    /// Counts these rows among the rows of a plan that are left.
    pub(crate) fn of_rest(plan: &Plan, is_left: impl Fn(u32) -> bool) -> Self {
        let mut all = Self::default();
        for footprint in (0..plan.rows()).filter(|row| is_left(*row)).map(|row| plan.footprint(row))
        {
            all.rows += u64::from(footprint.deletes());
            all.accounts += u64::from(footprint.loses_account());
        }
        all
    }
}

impl Plan {
    /// Returns the number of rows left that remove memberships.
    pub fn removals_of_rest(&self, is_left: impl Fn(u32) -> bool) -> u64 {
        let takes_away = |footprint: RowFootprint| footprint.removes > 0 || footprint.removes_all();
        (0..self.rows()).filter(|row| is_left(*row) && takes_away(self.footprint(*row))).count()
            as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_test_say_what_would_be_done() {
        let count =
            Headcount { created: 2, join: 1, groups_deleted: 1, exist: 3, ..Headcount::default() };
        let unsure = Headcount {
            created: 3,
            perhaps_there: 2,
            groups_created: 1,
            groups_perhaps_there: 1,
            ..Headcount::default()
        };
        let words = "3 users are created (2 of them unless they exist already), 1 group is created \
                     (unless it exists already)";
        assert_eq!(unsure.words(), words);
        assert!(unsure.words_of_a_test().starts_with("3 users would be created (2 of them unless"));
        assert_eq!(
            count.words(),
            "2 users are created, 3 users exist already, 1 user joins groups, 1 group is deleted"
        );
        assert_eq!(
            count.words_of_a_test(),
            "2 users would be created, 3 users exist already, 1 user would join groups, 1 group \
             would be deleted"
        );
    }
}
