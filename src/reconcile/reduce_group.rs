//! Removes from a change of a group the steps whose effect holds already.

use super::baseline::Baseline;
use super::remainder::{Remainder, WhyUnchanged};
use crate::change::{Change, EffectPart, GroupChange, IfExists, RowEffect};
use crate::organization::{Coverage, RenamePair, UserKey};
use crate::umapi::UserRef;
use std::borrow::Cow;

/// Returns a text that says that a description is not applied to an existing group; empty if the
/// row has no description, or applies it.
fn description_kept(group: &GroupChange<'_>) -> String {
    match &group.create {
        Some(create) if create.if_exists == IfExists::Ignore && create.description.is_some() => {
            "the group exists and keeps its description (lists do not show descriptions; \
             --if-exists update sets it)"
                .to_owned()
        }
        _ => String::new(),
    }
}

impl Baseline {
    /// Removes the steps whose effect holds already, and returns the effect of the row.
    pub(super) fn reduce_group<'a>(&self, group: GroupChange<'a>) -> Remainder<'a> {
        let creates = RowEffect::of_group(&group).has(EffectPart::GroupCreatedOrExists);
        let kept = description_kept(&group);
        let is_there = self.organization.group(&group.group).is_some()
            && !self.conflict_index.has_group(&group.group);
        // Steps that change nothing have no effect, even if they are sent.
        let reduced = self.left_of_group(group.clone());
        let effect = reduced.change.as_ref().map_or(RowEffect::NONE, RowEffect::of);
        let left = if self.reduces { reduced } else { whole(group) };
        Remainder {
            effect: match is_there && creates {
                true => effect.met().with(EffectPart::GroupExists),
                false => effect,
            },
            remark: if is_there { kept } else { String::new() },
            ..left
        }
    }

    fn left_of_group<'a>(&self, mut group: GroupChange<'a>) -> Remainder<'a> {
        let all = &self.organization;
        if group.create.as_ref().is_some_and(|create| create.if_exists == IfExists::Error)
            || self.conflict_index.has_group(&group.group)
        {
            return whole(group);
        }
        let is_there = all.group(&group.group).is_some();
        let mut left = Remainder::nothing(Vec::new());
        if group.delete {
            let gone = all.shows(Coverage::ALL_GROUPS) && !is_there;
            return Remainder {
                change: (!gone).then_some(Change::Group(group)),
                relies_on_absence: gone,
                ..Remainder::nothing(Vec::new())
            };
        }
        if is_there
            && group.create.as_ref().is_some_and(|create| {
                create.if_exists == IfExists::Ignore || create.description.is_none()
            })
        {
            group.create = None;
        }
        if self.is_renamed(&group, is_there) {
            // Either everything holds already, or the row is sent as it is, because the old name
            // does not exist.
            let renamed = GroupChange {
                group: Cow::Owned(new_name(&group).to_owned()),
                update: None,
                ..group.clone()
            };
            let left = self.left_of_group(renamed);
            return if left.change.is_some() { whole(group) } else { left };
        }
        self.drop_rename(&mut group);
        if all.shows(Coverage::MEMBERSHIPS | Coverage::DIRECT) {
            self.drop_members(&mut group, &mut left);
        }
        let lists =
            [&group.add_users, &group.remove_users, &group.add_profiles, &group.remove_profiles];
        let nothing = group.create.is_none()
            && group.update.is_none()
            && lists.iter().all(|list| list.is_empty());
        if !nothing {
            left.why = WhyUnchanged::Matches;
        }
        left.change = (!nothing).then_some(Change::Group(group));
        left
    }

    /// Removes from the lists of a change the users to add who are members, and the users to remove
    /// who are not.
    fn drop_members(&self, group: &mut GroupChange<'_>, left: &mut Remainder<'_>) {
        let all = &self.organization;
        let name = group.group.to_string();
        let member =
            |user: &str| all.user(UserRef::own(user)).is_some_and(|person| person.is_in(&name));
        let own = |user: &str| UserKey::new(Some(all), UserRef::own(user));
        let certain = |user: &str| {
            !self.conflict_index.has(own(user))
                && !self.conflict_index.has_membership(own(user), &name)
        };
        let is_absent =
            |user: &str| own(user).number().is_none() && all.is_absent(UserRef::own(user));
        let is_known = |user: &str| own(user).number().is_some() || is_absent(user);
        if only_takes_members(group)
            && group.remove_users.iter().all(|user| is_absent(user) && certain(user))
        {
            left.why = WhyUnchanged::NotThere;
        }
        group.add_users.retain(|user| !(member(user) && certain(user)));
        let before = group.remove_users.len();
        group.remove_users.retain(|user| {
            member(user)
                || !certain(user)
                || !is_known(user)
                || !all.coverage.shows_membership(&name)
        });
        left.relies_on_absence = group.remove_users.len() < before;
    }

    /// Whether there is a group with the new name and none with the old one, because of an import
    /// from this computer. Otherwise the old name may be mistyped, and the new one may be another
    /// group's.
    fn is_renamed(&self, group: &GroupChange<'_>, is_there: bool) -> bool {
        let all = &self.organization;
        let update = group
            .update
            .as_ref()
            .filter(|update| update.description.is_none() && group.create.is_none());
        let new = update.and_then(|update| update.name.as_deref());
        !is_there
            && all.has_noted(RenamePair::of_group(group))
            && all.shows(Coverage::ALL_GROUPS)
            && new
                .is_some_and(|new| all.group(new).is_some() && !self.conflict_index.has_group(new))
    }

    /// Removes the new name if the group already has it.
    fn drop_rename(&self, group: &mut GroupChange<'_>) {
        let all = &self.organization;
        let Some(update) = &mut group.update else { return };
        let Some(new) = update.name.as_deref() else { return };
        // The name may differ from the one in the row by letter case.
        if !self.conflict_index.has_group(new)
            && all.group(&group.group).is_some_and(|listed| listed.name == new)
        {
            update.name = None;
        }
        if update.name.is_none() && update.description.is_none() {
            group.update = None;
        }
    }
}

/// Whether the change only removes members.
pub(crate) fn only_takes_members(group: &GroupChange<'_>) -> bool {
    let GroupChange { create, update, add_users, add_profiles, remove_profiles, .. } = group;
    !group.remove_users.is_empty()
        && create.is_none()
        && update.is_none()
        && [add_users, add_profiles, remove_profiles].iter().all(|list| list.is_empty())
}

fn whole(group: GroupChange<'_>) -> Remainder<'_> {
    Remainder::whole(Change::Group(group), Vec::new())
}

fn new_name<'g>(group: &'g GroupChange<'_>) -> &'g str {
    group.update.as_ref().and_then(|update| update.name.as_deref()).unwrap_or_default()
}
