//! Decides how the changes of one group are taken back.
//!
//! In: the group before, after the rows, and now. Out: the row that takes them back, and what is
//! not taken back. Pure.

use super::done::{ChangedGroup, Origin};
use super::not_undone::{NotUndone, WhyNotUndone};
use super::now::PresentState;
use super::undo_row::UndoRow;
use crate::change::same_name;
use crate::umapi::GroupMember;

/// What is decided about one group.
#[derive(Debug, Default)]
pub(crate) struct GroupDecision {
    pub(crate) row: Option<UndoRow>,
    pub(crate) refused: Vec<NotUndone>,
}

/// The most members who are named.
const NAMED: usize = 10;

/// Decides about a group. `leaves` says whether a member leaves it by the rows about users.
pub(crate) fn decide_group(
    group: &ChangedGroup,
    now: &PresentState,
    leaves: &dyn Fn(&GroupMember) -> bool,
) -> GroupDecision {
    let mut decision = GroupDecision::default();
    match (group.existed, &group.after) {
        (Some(false), None) => {}
        (Some(false), Some(after)) => take_back_creation(group, after, now, leaves, &mut decision),
        (Some(true), None) => take_back_deletion(group, now, &mut decision),
        (Some(true), Some(after)) if !same_name(after, &group.name) => {
            take_back_name(group, after, now, &mut decision);
        }
        (Some(true), Some(_)) => {
            if group.was_deleted {
                decision.refuse(group, &WhyNotUndone::GroupWithoutValues);
            }
        }
        (None, _) => decision.refuse(group, &WhyNotUndone::NotKnownBefore),
    }
    if group.existed == Some(true) && group.after.is_some() && group.has_other_values {
        decision.refuse(group, &WhyNotUndone::GroupValues);
    }
    decision
}

fn take_back_creation(
    group: &ChangedGroup,
    after: &str,
    now: &PresentState,
    leaves: &dyn Fn(&GroupMember) -> bool,
    decision: &mut GroupDecision,
) {
    match group.origin {
        Origin::ByRows => {}
        Origin::Before => return decision.refuse(group, &WhyNotUndone::Existed),
        Origin::Unclear => return decision.refuse(group, &WhyNotUndone::PerhapsExisted),
    }
    match now.has_group(after) {
        Some(false) => {
            return decision.refuse(group, &WhyNotUndone::NoGroup { name: after.to_owned() });
        }
        Some(true) => {}
        None => return decision.refuse(group, &WhyNotUndone::NotKnownNow),
    }
    let Some(members) = now.members(after) else {
        return decision.refuse(group, &WhyNotUndone::NotKnownNow);
    };
    let mut others: Vec<String> = members
        .iter()
        .filter(|member| !leaves(member))
        .map(|member| {
            if member.email.is_empty() { &member.username } else { &member.email }.clone()
        })
        .collect();
    if !others.is_empty() {
        let more = others.len().saturating_sub(NAMED);
        others.truncate(NAMED);
        return decision.refuse(group, &WhyNotUndone::OtherMembers { names: others, more });
    }
    decision.row = Some(UndoRow {
        action: "delete-group",
        group: after.to_owned(),
        of: group.rows.clone(),
        why: "the import created the group, and nobody is left in it; its description and product \
              profiles go with it"
            .to_owned(),
        ..UndoRow::default()
    });
}

fn take_back_deletion(group: &ChangedGroup, now: &PresentState, decision: &mut GroupDecision) {
    match now.has_group(&group.name) {
        Some(false) => {}
        // It was not deleted, or somebody has created it again.
        Some(true) => return,
        None => return decision.refuse(group, &WhyNotUndone::NotKnownNow),
    }
    decision.refuse(group, &WhyNotUndone::GroupWithoutValues);
    decision.row = Some(UndoRow {
        action: "create-group",
        group: group.name.clone(),
        of: group.rows.clone(),
        why: "the import deleted the group".to_owned(),
        ..UndoRow::default()
    });
}

fn take_back_name(
    group: &ChangedGroup,
    after: &str,
    now: &PresentState,
    decision: &mut GroupDecision,
) {
    match (now.has_group(after), now.has_group(&group.name)) {
        (Some(true), Some(false)) => {
            decision.row = Some(UndoRow {
                action: "update-group",
                group: after.to_owned(),
                new_name: group.name.clone(),
                of: group.rows.clone(),
                why: "the name as before".to_owned(),
                ..UndoRow::default()
            });
        }
        (Some(false), Some(true)) => {}
        (Some(false), Some(false)) => {
            decision.refuse(group, &WhyNotUndone::NoGroup { name: after.to_owned() });
        }
        (Some(true), Some(true)) => {
            decision.refuse(group, &WhyNotUndone::GroupNameTaken { name: group.name.clone() });
        }
        (None, _) | (_, None) => decision.refuse(group, &WhyNotUndone::NotKnownNow),
    }
}

impl GroupDecision {
    fn refuse(&mut self, group: &ChangedGroup, why: &WhyNotUndone) {
        self.refused.push(why.about(&group.name, &group.rows));
    }
}
