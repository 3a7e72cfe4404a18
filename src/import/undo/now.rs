//! The organization as it is now, as far as an undo needs it.

use super::record::group_key;
use super::recorded_user::RecordedUser;
use super::user_name::UserName;
use crate::organization::{Coverage, HashedName, OrgUser, Organization, who};
use crate::umapi::{AccountKind, GroupMember};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is known about a group now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PresentGroup {
    Absent,
    /// It exists, and nobody has asked who is in it.
    Exists,
    /// It exists, with these members.
    With(Vec<GroupMember>),
}

/// The present state of an organization.
#[derive(Debug, Clone)]
pub(crate) struct PresentState {
    /// The users: of a list, or those who were probed.
    pub(crate) organization: Arc<Organization>,
    /// Users of whom the list may not show the present state, sorted.
    pub(crate) uncertain: Vec<HashedName>,
    /// Those of them who were probed.
    pub(crate) asked: Option<Organization>,
    /// Groups by their folded names.
    pub(crate) groups: BTreeMap<String, PresentGroup>,
}

/// What is known about a user now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PresentUser {
    Found(RecordedUser),
    /// Another account has a name of the user.
    Another(RecordedUser),
    Nobody,
    /// Several users have the name, or it is not known whether somebody has it.
    Unclear,
}

impl PresentState {
    /// Returns the user with this id, or else with one of these names.
    pub(crate) fn find(&self, id: &str, names: &[UserName]) -> PresentUser {
        let Some(all) = self.people(names) else { return PresentUser::Unclear };
        if !id.is_empty()
            && let Some(person) = all.by_id(id)
        {
            return PresentUser::Found(RecordedUser::of(person));
        }
        let mut found: Option<OrgUser<'_>> = None;
        for name in names {
            let user = all.user(name.user_ref());
            match (user.filter(|user| user.account() == name.account), found) {
                (Some(one), Some(other)) if one != other => return PresentUser::Unclear,
                (Some(one), _) => found = Some(one),
                (None, _) => {}
            }
        }
        match found {
            // Another account has the name of a user whose id is known.
            Some(other) if !id.is_empty() && !other.id().is_empty() => {
                PresentUser::Another(RecordedUser::of(other))
            }
            Some(person) => PresentUser::Found(RecordedUser::of(person)),
            None if names.iter().all(|name| self.is_free(name)) => PresentUser::Nobody,
            None => PresentUser::Unclear,
        }
    }

    /// Returns what shows how the user with these names is; `None` if nothing does.
    pub(crate) fn people(&self, names: &[UserName]) -> Option<&Organization> {
        match names.iter().any(|name| self.is_uncertain(name)) {
            true => self.asked.as_ref(),
            false => Some(&self.organization),
        }
    }

    /// Whether the list may not show the present state of this user.
    pub(crate) fn is_uncertain(&self, name: &UserName) -> bool {
        self.uncertain.binary_search(&who(&name.user, name.domain.as_deref())).is_ok()
    }

    /// Whether it is certain that nobody has this name.
    pub(crate) fn is_free(&self, name: &UserName) -> bool {
        let all = self.people(std::slice::from_ref(name));
        all.is_some_and(|all| all.is_absent(name.user_ref().with_account(AccountKind::Own)))
    }

    /// Whether a group exists; `None` if that is not known.
    pub(crate) fn has_group(&self, name: &str) -> Option<bool> {
        match self.groups.get(&group_key(name)) {
            Some(group) => Some(*group != PresentGroup::Absent),
            None if self.organization.group(name).is_some() => Some(true),
            None if self.organization.shows(Coverage::ALL_GROUPS) => Some(false),
            None => None,
        }
    }

    /// Returns the members of a group; `None` if they are not known.
    pub(crate) fn members(&self, name: &str) -> Option<&[GroupMember]> {
        match self.groups.get(&group_key(name))? {
            PresentGroup::With(members) => Some(members),
            PresentGroup::Absent | PresentGroup::Exists => None,
        }
    }
}
