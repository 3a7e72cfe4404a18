//! Which commands of users can be sent from the groups' side.

use crate::execute::identity::NOBODY;
use crate::execute::request::ReadyCommand;
use crate::plan::sides::Direction;
use crate::plan::{Key, PlannedCommand};
use crate::umapi::wire::{Removal, Root, WireMembers, WireStep};
use std::collections::{HashMap, HashSet};

/// One membership of a command.
#[derive(Debug, Clone, Copy)]
pub(super) struct GroupMembership<'c> {
    pub(super) direction: Direction,
    pub(super) group: &'c str,
    pub(super) user: &'c str,
    /// The rows that ask for it.
    pub(super) rows: &'c [u32],
}

/// Returns the memberships of a command; `None` if it can only go as a command of its own, also
/// because a part of it is carried out or refused.
pub(super) fn memberships(prepared: &ReadyCommand) -> Option<Vec<GroupMembership<'_>>> {
    let ReadyCommand { item, command, parts, more_steps, .. } = prepared;
    if let Root::Group { usergroup } = &command.root {
        let is_whole = item.part + 1 == *parts
            && *more_steps == 0
            && item.rows.len() == 1
            && !item.by_itself
            && !item.alone
            && item.halfway.is_whole();
        return if is_whole { members_of(usergroup, command) } else { None };
    }
    let is_plain = *parts == 1
        && *more_steps == 0
        && !item.by_itself
        && !item.alone
        && !item.uncertain
        && item.statement.is_empty()
        && item.halfway == crate::plan::Halfway::default()
        && item.identity.as_deref() != Some(NOBODY);
    if is_plain { memberships_of(command) } else { None }
}

/// Whether a user is named by an email address alone, as in the lists of a group's command. An
/// Adobe ID cannot be told from other users there: callers leave it to the user's side.
pub(in crate::execute) fn is_address_alone(user: &str, domain: Option<&str>) -> bool {
    user.contains('@') && domain.is_none()
}

/// Whether a name is that of a role, which takes no commands of its own.
pub(in crate::execute) fn is_role(group: &str) -> bool {
    group.starts_with('_')
}

/// Returns the memberships of a row of a group, if that is all that its command changes.
fn members_of<'c>(group: &'c str, command: &'c PlannedCommand) -> Option<Vec<GroupMembership<'c>>> {
    let (mut found, mut names) = (Vec::new(), HashSet::new());
    for traced_step in &command.steps {
        let (direction, members) = members_in(&traced_step.step)?;
        if !members.group.is_empty() || !members.product_configuration.is_empty() {
            return None;
        }
        for user in &members.user {
            // Who joins and leaves does so in an order.
            if !names.insert(user.to_lowercase()) {
                return None;
            }
            found.push(GroupMembership { direction, group, user, rows: &traced_step.rows });
        }
    }
    (!found.is_empty()).then_some(found)
}

/// Returns the members that a step adds or removes.
fn members_in(step: &WireStep) -> Option<(Direction, &WireMembers)> {
    match step {
        WireStep::Add(members) => Some((Direction::Add, members)),
        WireStep::Remove(Removal::Members(members)) => Some((Direction::Remove, members)),
        _ => None,
    }
}

fn memberships_of(command: &PlannedCommand) -> Option<Vec<GroupMembership<'_>>> {
    let Root::User { user, domain, use_adobe_id } = &command.root else { return None };
    if *use_adobe_id || !is_address_alone(user, domain.as_deref()) {
        return None;
    }
    let mut found: Vec<GroupMembership<'_>> = Vec::new();
    let mut directions: HashMap<Key, Direction> = HashMap::new();
    for traced_step in &command.steps {
        let (direction, members) = members_in(&traced_step.step)?;
        let WireMembers { group: groups, user: users, product_configuration: profiles } = members;
        if !users.is_empty() || !profiles.is_empty() {
            return None;
        }
        for group in groups {
            // Who joins and leaves the same group does so in an order, which separate commands
            // would not keep.
            if is_role(group) || directions.insert(Key::group(group), direction).is_some() {
                return None;
            }
            found.push(GroupMembership { direction, group, user, rows: &traced_step.rows });
        }
    }
    (!found.is_empty()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::TracedStep;

    fn command(user: &str, domain: Option<&str>, steps: &[(Direction, &[&str])]) -> PlannedCommand {
        let step = |(direction, groups): &(Direction, &[&str])| {
            let group = groups.iter().map(|group| (*group).to_owned()).collect();
            let members = WireMembers { group, ..WireMembers::default() };
            let step = match direction {
                Direction::Add => WireStep::Add(members),
                Direction::Remove => WireStep::Remove(Removal::Members(members)),
            };
            TracedStep { step, rows: vec![0] }
        };
        PlannedCommand {
            root: Root::User {
                user: user.to_owned(),
                domain: domain.map(ToOwned::to_owned),
                use_adobe_id: false,
            },
            steps: steps.iter().map(step).collect(),
        }
    }

    #[test]
    fn only_memberships_of_plain_addresses_go_from_the_groups() {
        use Direction::{Add, Remove};
        let count =
            |command: PlannedCommand| memberships_of(&command).map(|memberships| memberships.len());
        let ann = "ann@example.com";
        let both: [(Direction, &[&str]); 2] = [(Remove, &["Old"]), (Add, &["A", "B"])];
        assert_eq!(count(command(ann, None, &both)), Some(3));
        assert_eq!(count(command("ann", Some("example.com"), &both)), None);
        assert_eq!(count(command(ann, None, &[(Add, &["_product_admin_X"])])), None);
        let twice: [(Direction, &[&str]); 2] = [(Remove, &["A"]), (Add, &["a"])];
        assert_eq!(count(command(ann, None, &twice)), None);
        assert_eq!(count(command(ann, None, &[])), None);
    }

    #[test]
    fn username_without_a_domain_is_no_address() {
        assert!(is_address_alone("ann@example.com", None));
        assert!(!is_address_alone("ann", None));
        assert!(!is_address_alone("ann@example.com", Some("example.com")));
    }

    #[test]
    fn step_that_also_names_users_or_profiles_goes_from_its_user() {
        let with = |members: WireMembers| {
            let mut command = command("ann@example.com", None, &[(Direction::Add, &["A"])]);
            let group = vec!["A".to_owned()];
            command.steps[0].step = WireStep::Add(WireMembers { group, ..members });
            memberships_of(&command).is_some()
        };
        assert!(with(WireMembers::default()));
        let names = || vec!["B".to_owned()];
        assert!(!with(WireMembers { user: names(), ..WireMembers::default() }));
        assert!(!with(WireMembers { product_configuration: names(), ..WireMembers::default() }));
    }
}
