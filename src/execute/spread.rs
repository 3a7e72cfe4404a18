//! Rows of one group that are sent in any order, because they add and remove different people.
//! Their memberships share commands of the group (`group_side`).

use super::input_rows::InputRows;
use super::referenced_names::{all_referenced_names, listed_names_of_members};
use super::request::reread_rows;
use crate::change::Change;
use crate::plan::{Key, MovedMemberships, Plan, RowOfPeople, Schedule, WorkItem};
use crate::table::RowBuffer;
use std::collections::HashMap;
use std::io;

/// Reads the rows of a work item about a group again, and releases them to be sent in any order.
///
/// # Errors
/// When a row cannot be read again.
pub(super) fn spread(
    item: WorkItem,
    input_rows: &InputRows<'_>,
    plan: &Plan,
    schedule: &mut Schedule<'_>,
    buffers: &mut Vec<RowBuffer>,
) -> io::Result<()> {
    let changes = reread_rows(&item, input_rows, plan, buffers)?.0;
    let (mut moved, mut last_with) = (MovedMemberships::default(), HashMap::new());
    let rows = changes.iter().map(|(row, change)| {
        let people = people_in(change, input_rows);
        let is_last = |name: &Key| {
            let last = last_with.get(name);
            last.is_some_and(|last| !plan.dependencies().is_used_between(*name, *last, *row))
        };
        // Of a removal, the row before may have shown that the user does not exist.
        let only_adds = matches!(change, Change::Group(group) if group.remove_users.is_empty());
        let repeats = only_adds && moved.repeats_all_in(change) && people.iter().all(is_last);
        moved.forget_users(&people);
        moved.take(change);
        last_with.extend(people.iter().map(|name| (*name, *row)));
        RowOfPeople { row: *row, people, repeats }
    });
    let rows = rows.collect();
    schedule.spread(item, rows);
    Ok(())
}

/// Returns the names of all people in the row of a group, ascending.
fn people_in(change: &Change<'_>, input_rows: &InputRows<'_>) -> Vec<Key> {
    let group = Key::of(change);
    let mut people = all_referenced_names(change, input_rows);
    people.retain(|name| *name != group);
    // One row may name a person by the email address, and another one by the username.
    people.extend(listed_names_of_members(change, input_rows));
    people.sort_unstable();
    people.dedup();
    people
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::Rules;
    use crate::execute::{GroupSidePolicy, GroupSideUse, Protected, find_group_side, scan};
    use crate::organization::Organization;
    use crate::plan::sides::CommandWidth;
    use crate::reconcile::Baseline;
    use crate::table::{ReadOptions, Table};
    use crate::umapi::ListedUser;
    use jiff::Timestamp;
    use std::sync::Arc;

    /// Returns the commands of rows of groups that go with commands of their groups, and the rows
    /// that are sent at once. A list shows Ann by two names.
    fn spread_at_once(rows: &str) -> (usize, Vec<u32>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, format!("action,group,users,remove_users\n{rows}")).unwrap();
        let table = Table::open(&path, &ReadOptions::new(folder.path())).unwrap();
        let mut organization = Organization::new("users.csv", Timestamp::UNIX_EPOCH);
        organization.add(&ListedUser {
            email: "ann@example.com".into(),
            username: "ann@login.example".into(),
            ..ListedUser::default()
        });
        let known = Baseline { reduces: false, ..Baseline::new(Arc::new(organization)) };
        let (rules, protected) = (Rules::new(table.dialect()), Protected::default());
        let input_rows =
            InputRows { baseline: Some(&known), ..InputRows::new(&table, &rules, &protected) };
        let mut plan = scan(&input_rows).unwrap().plan;
        let policy = GroupSidePolicy { wanted: GroupSideUse::Always, width: CommandWidth::Wide };
        let sides = find_group_side(&input_rows, &plan, policy, |_| false).unwrap();
        let of_rows = sides.of_rows.len();
        plan.set_group_side(sides);
        let mut schedule = Schedule::new(&plan);
        let item = schedule.take_when_idle().unwrap();
        if !schedule.may_spread(&item) {
            return (of_rows, Vec::new());
        }
        spread(item, &input_rows, &plan, &mut schedule, &mut Vec::new()).unwrap();
        let at_once = std::iter::from_fn(|| schedule.take_when_idle());
        (of_rows, at_once.map(|item| item.first()).collect())
    }

    #[test]
    fn rows_that_name_a_person_by_two_listed_names_keep_their_order() {
        let rows = "update-group,Design,ann@example.com,\nupdate-group,Design,bob@example.com,\n\
                    update-group,Design,,ann@login.example\n";
        assert_eq!(spread_at_once(rows), (1, vec![0, 1]));
    }

    /// Nobody knows whether another row names the same person by the email address.
    #[test]
    fn row_that_names_a_person_without_an_address_keeps_its_place() {
        let rows = "update-group,Design,ann@example.com,\nupdate-group,Design,,ann\n";
        assert_eq!(spread_at_once(rows), (0, Vec::new()));
    }
}
