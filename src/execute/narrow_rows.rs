//! Rows of groups where a command takes only ten memberships: Adobe documents ten memberships "a
//! step in one command entry", which can be read for the step or for the whole command. Once the
//! service refuses more, their commands have ten. Pure.

use crate::change::{Change, GroupChange};
use crate::plan::sides::CommandWidth;
use crate::plan::{PlannedCommand, TracedStep};
use crate::umapi::wire::{MAX_LIST, MAX_STEPS, Removal, Root, WireMembers, WireStep};

/// Whether a command of a group has more memberships than the narrow form takes.
pub(super) fn is_wide(command: &PlannedCommand) -> bool {
    command.steps.len() > steps_that_fit(&command.root, &command.steps, CommandWidth::Narrow)
}

/// Returns how many of these steps, from the first, go in one command.
pub(super) fn steps_that_fit(root: &Root, steps: &[TracedStep], width: CommandWidth) -> usize {
    let most = steps.len().min(MAX_STEPS);
    if matches!(root, Root::User { .. }) || width == CommandWidth::Wide {
        return most;
    }
    let mut memberships = 0;
    let fits = |traced_step: &&TracedStep| {
        memberships += memberships_of(&traced_step.step);
        memberships <= MAX_LIST
    };
    steps[..most].iter().take_while(fits).count()
}

/// Splits rows that would share a command of a group, so that each has a command that the service
/// takes, or is alone. `None` if they fit into one.
pub(super) fn rows_apart(
    changes: &[(u32, Change<'_>)],
    width: CommandWidth,
) -> Option<Vec<Vec<u32>>> {
    if width == CommandWidth::Wide {
        return None;
    }
    let (mut apart, mut open): (Vec<Vec<u32>>, _) = (Vec::new(), 0);
    for (row, change) in changes {
        let Change::Group(group) = change else { return None };
        let memberships = memberships_of_row(group);
        match apart.last_mut() {
            Some(rows) if open + memberships <= MAX_LIST => rows.push(*row),
            _ => {
                apart.push(vec![*row]);
                open = 0;
            }
        }
        open += memberships;
    }
    (apart.len() > 1).then_some(apart)
}

/// Returns the users whom a step of a group's command adds or removes.
pub(super) fn users_of(step: &WireStep) -> &[String] {
    match step {
        WireStep::Add(members) | WireStep::Remove(Removal::Members(members)) => &members.user,
        _ => &[],
    }
}

fn memberships_of(step: &WireStep) -> usize {
    match step {
        WireStep::Add(members) | WireStep::Remove(Removal::Members(members)) => {
            let WireMembers { group, user, product_configuration } = members;
            group.len() + user.len() + product_configuration.len()
        }
        _ => 0,
    }
}

fn memberships_of_row(group: &GroupChange<'_>) -> usize {
    let GroupChange { remove_users, remove_profiles, add_users, add_profiles, .. } = group;
    [remove_users, remove_profiles, add_users, add_profiles].iter().map(|list| list.len()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::umapi::wire::NewGroup;

    fn step(step: WireStep) -> TracedStep {
        TracedStep { step, rows: vec![0] }
    }

    fn add(users: usize) -> TracedStep {
        let user = (0..users).map(|n| format!("u{n}@example.com")).collect();
        step(WireStep::Add(WireMembers { user, ..WireMembers::default() }))
    }

    fn remove_profiles(profiles: usize) -> TracedStep {
        let product_configuration = (0..profiles).map(|n| format!("P{n}")).collect();
        let members = WireMembers { product_configuration, ..WireMembers::default() };
        step(WireStep::Remove(Removal::Members(members)))
    }

    fn create() -> TracedStep {
        step(WireStep::CreateUserGroup(NewGroup { description: None, option: None }))
    }

    fn of_group(steps: Vec<TracedStep>) -> PlannedCommand {
        PlannedCommand { root: Root::Group { usergroup: "G".into() }, steps }
    }

    fn fit(steps: Vec<TracedStep>, width: CommandWidth) -> usize {
        let command = of_group(steps);
        steps_that_fit(&command.root, &command.steps, width)
    }

    #[test]
    fn narrow_command_has_ten_memberships_in_all_its_steps() {
        let narrow = |steps| fit(steps, CommandWidth::Narrow);
        assert_eq!(narrow(vec![add(10), add(1)]), 1);
        assert_eq!(narrow(vec![create(), add(10), add(10)]), 2);
        assert_eq!(narrow(vec![remove_profiles(4), add(6), add(1)]), 2);
        assert_eq!(narrow(vec![remove_profiles(4), add(7)]), 1);
        assert_eq!(narrow(vec![create(), add(3)]), 2);
        assert_eq!(fit(vec![add(10); 12], CommandWidth::Wide), 10);
        assert_eq!(narrow(vec![create(); 12]), 10);
    }

    #[test]
    fn command_is_wide_only_if_the_narrow_form_does_not_take_it() {
        assert!(is_wide(&of_group(vec![add(10), add(1)])));
        assert!(!is_wide(&of_group(vec![create(), add(10)])));
        let user = Root::User { user: "ann@example.com".into(), domain: None, use_adobe_id: false };
        assert!(!is_wide(&PlannedCommand { root: user, steps: vec![add(10), add(10)] }));
    }

    fn row(number: u32, add: usize, remove: usize) -> (u32, Change<'static>) {
        let users = |from: usize, count| {
            (from..from + count).map(|n| format!("u{n}@example.com").into()).collect()
        };
        let change = GroupChange {
            group: "G".into(),
            add_users: users(0, add),
            remove_users: users(100, remove),
            ..GroupChange::default()
        };
        (number, Change::Group(change))
    }

    #[test]
    fn rows_share_a_narrow_command_up_to_ten_memberships() {
        let rows = [row(0, 3, 1), row(2, 6, 0), row(4, 1, 0), row(5, 25, 0), row(9, 1, 0)];
        let apart = rows_apart(&rows, CommandWidth::Narrow);
        assert_eq!(apart, Some(vec![vec![0, 2], vec![4], vec![5], vec![9]]));
        assert_eq!(rows_apart(&rows, CommandWidth::Wide), None);
        assert_eq!(rows_apart(&rows[..2], CommandWidth::Narrow), None);
        assert_eq!(rows_apart(&rows[3..4], CommandWidth::Narrow), None);
    }
}
