//! Lists that tell of groups.

use crate::organization::{Coverage, HashedName, Organization, hashed_group};
use crate::reconcile::NeededGroup;
use jiff::Timestamp;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

/// A list that tells of groups.
pub(crate) struct GroupList {
    pub(crate) organization: Arc<Organization>,
    /// As people call it, with its time.
    pub(super) words: String,
    /// Somebody named this very list.
    pub(super) is_named: bool,
    /// Groups that an import from here has perhaps created, renamed or deleted since.
    pub(super) recently_changed: HashSet<HashedName>,
}

impl GroupList {
    pub(crate) fn age(&self) -> Duration {
        Duration::try_from(Timestamp::now().duration_since(self.organization.at))
            .unwrap_or_default()
    }

    /// Is the group there by this list? `None`: it does not tell.
    pub(super) fn tells(&self, name: &str) -> Option<bool> {
        if self.recently_changed.contains(&hashed_group(name)) {
            return None;
        }
        if self.organization.shows_group(name) {
            Some(true)
        } else {
            self.organization.shows(Coverage::ALL_GROUPS).then_some(false)
        }
    }
}

/// Does a list that is not older show the group?
pub(super) fn shows(lists: &[GroupList], group: &NeededGroup, oldest: Duration) -> bool {
    lists.iter().any(|list| list.age() < oldest && list.tells(&group.name) == Some(true))
}

/// Does a list say that the group is not there: one that is named, or is not older?
pub(super) fn tells_absence(lists: &[GroupList], group: &NeededGroup, oldest: Duration) -> bool {
    lists.iter().any(|list| {
        (list.is_named || list.age() <= oldest) && list.tells(&group.name) == Some(false)
    })
}

/// Does a list that is not older have the names of all groups?
pub(super) fn has_names(lists: &[GroupList], oldest: Duration) -> bool {
    lists.iter().any(|list| list.organization.shows(Coverage::ALL_GROUPS) && list.age() <= oldest)
}
