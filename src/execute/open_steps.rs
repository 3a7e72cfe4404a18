//! Finds the steps of a work item's commands that are still to be sent.

use super::narrow_rows::{steps_that_fit, users_of};
use crate::plan::sides::CommandWidth;
use crate::plan::{Halfway, Plan, PlannedCommand, TracedStep, WorkItem};
use crate::umapi::wire::{Removal, WireMembers, WireStep};
use std::collections::HashSet;

/// Keeps in the commands of a work item what is still to be sent, and moves the work item to the
/// first command with such a step. Returns the number of its steps that do not fit into it.
pub(super) fn keep_open_steps(
    item: &mut WorkItem,
    commands: &mut Vec<PlannedCommand>,
    plan: &Plan,
    width: CommandWidth,
) -> usize {
    leave_out(commands, &item.halfway);
    match goes_from_its_group(item, plan) && join_rest(commands, item.part) {
        true => 0,
        false => skip_done_steps(item, commands, width),
    }
}

/// Leaves these users out of the lists. A step with nobody left keeps its place.
fn leave_out(commands: &mut [PlannedCommand], halfway: &Halfway) {
    let left_out: HashSet<&String> = halfway.not_sent_again().collect();
    if left_out.is_empty() {
        return;
    }
    for step in commands.iter_mut().flat_map(|command| &mut command.steps) {
        if let WireStep::Add(members) | WireStep::Remove(Removal::Members(members)) = &mut step.step
        {
            members.user.retain(|user| !left_out.contains(user));
        }
    }
}

/// Whether the rest of a row of a group goes with commands of its group.
fn goes_from_its_group(item: &WorkItem, plan: &Plan) -> bool {
    let is_one = item.rows.len() == 1 && plan.is_of_members(item.end);
    is_one && !item.by_itself && !item.alone && item.halfway.is_whole()
}

/// Joins the commands from this one on if they only change members of a group, so that they can go
/// with commands of the group. Steps whose users were all left out are gone. Returns whether they
/// do, and anything is left.
fn join_rest(commands: &mut Vec<PlannedCommand>, part: usize) -> bool {
    let steps = || commands[part.min(commands.len())..].iter().flat_map(|command| &command.steps);
    let has_users = |traced_step: &TracedStep| !users_of(&traced_step.step).is_empty();
    let is_left = |traced_step: &&TracedStep| !is_emptied(&traced_step.step);
    if !steps().any(has_users) || !steps().filter(is_left).all(has_users) {
        return false;
    }
    let rest = commands.split_off(part + 1);
    let steps = &mut commands[part].steps;
    steps.extend(rest.into_iter().flat_map(|command| command.steps));
    steps.retain(|traced_step| !is_emptied(&traced_step.step));
    true
}

/// Moves a work item to its first command with a step that is not done, and keeps as many steps as
/// fit into one command. Returns the number of the other steps.
fn skip_done_steps(
    item: &mut WorkItem,
    commands: &mut [PlannedCommand],
    width: CommandWidth,
) -> usize {
    let mut more_steps = 0;
    while let Some(command) = commands.get_mut(item.part) {
        let steps = std::mem::take(&mut command.steps);
        let steps = if item.halfway.one_by_one { one_by_one(steps) } else { steps };
        skip_emptied(&mut item.halfway, &steps);
        let is_open = |place: &usize| !item.halfway.skipped_steps.contains(place);
        command.steps = steps
            .into_iter()
            .enumerate()
            .filter_map(|(place, step)| is_open(&place).then_some(step))
            .collect();
        let fitting = steps_that_fit(&command.root, &command.steps, width);
        more_steps = command.steps.len() - fitting;
        command.steps.truncate(fitting);
        if !command.steps.is_empty() {
            break;
        }
        item.next_part();
    }
    more_steps
}

/// Skips the steps whose users were all left out.
fn skip_emptied(halfway: &mut Halfway, steps: &[TracedStep]) {
    if halfway.not_sent_again().next().is_none() {
        return;
    }
    for (place, TracedStep { step, .. }) in steps.iter().enumerate() {
        if is_emptied(step) && !halfway.skipped_steps.contains(&place) {
            halfway.skipped_steps.push(place);
        }
    }
}

/// Whether a step has nobody left.
fn is_emptied(step: &WireStep) -> bool {
    match step {
        WireStep::Add(members) | WireStep::Remove(Removal::Members(members)) => {
            *members == WireMembers::default()
        }
        _ => false,
    }
}

/// Makes each name of a user's lists of groups a step of its own, so that a refused one does not
/// affect the others.
pub(super) fn one_by_one(steps: Vec<TracedStep>) -> Vec<TracedStep> {
    let mut apart = Vec::with_capacity(steps.len());
    for TracedStep { step, rows } in steps {
        let single = |name: String| WireMembers { group: vec![name], ..WireMembers::default() };
        match step {
            WireStep::Add(WireMembers { group, user, product_configuration })
                if user.is_empty() && product_configuration.is_empty() =>
            {
                apart.extend(group.into_iter().map(|name| TracedStep {
                    step: WireStep::Add(single(name)),
                    rows: rows.clone(),
                }));
            }
            WireStep::Remove(Removal::Members(WireMembers {
                group,
                user,
                product_configuration,
            })) if user.is_empty() && product_configuration.is_empty() => {
                let step = |name| WireStep::Remove(Removal::Members(single(name)));
                apart.extend(
                    group
                        .into_iter()
                        .map(|name| TracedStep { step: step(name), rows: rows.clone() }),
                );
            }
            step => apart.push(TracedStep { step, rows }),
        }
    }
    apart
}
