//! Lists that show groups.

use crate::import::baseline::FRESH;
use crate::organization::{Coverage, HashedName, OrgGroupKind, Organization, hashed_group};
use crate::plan::Key;
use crate::reconcile::NeededGroup;
use jiff::Timestamp;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

/// A list that shows groups.
pub(crate) struct GroupList {
    pub(crate) organization: Arc<Organization>,
    /// The name and the time of the list.
    pub(super) words: String,
    /// Whether the user named this list.
    pub(super) is_named: bool,
    /// Groups that an import from this computer may have created, renamed or deleted since.
    pub(super) recently_changed: HashSet<HashedName>,
}

impl GroupList {
    /// Returns the age of the list.
    pub(crate) fn age(&self) -> Duration {
        Duration::try_from(Timestamp::now().duration_since(self.organization.at))
            .unwrap_or_default()
    }

    /// Whether the list shows that the group exists; `None` if it does not say.
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

/// Returns the groups that take no commands of their own, by the first list that knows their kind.
pub(super) fn closed_groups<'l>(lists: impl Iterator<Item = &'l Organization>) -> HashSet<Key> {
    let mut kinds = HashMap::new();
    for organization in lists {
        for group in
            organization.groups().iter().filter(|group| group.kind != OrgGroupKind::Unknown)
        {
            kinds.entry(Key::group(&group.name)).or_insert(group.kind);
        }
    }
    let is_closed = |kind: &OrgGroupKind| *kind != OrgGroupKind::UserGroup;
    kinds.into_iter().filter(|(_, kind)| is_closed(kind)).map(|(group, _)| group).collect()
}

/// Whether a recent enough list shows the group.
pub(super) fn shows(lists: &[GroupList], group: &NeededGroup, oldest: Duration) -> bool {
    lists.iter().any(|list| list.age() < oldest && list.tells(&group.name) == Some(true))
}

/// Whether a list shows that the group does not exist: a named one, or a recent enough one.
pub(super) fn tells_absence(lists: &[GroupList], group: &NeededGroup, oldest: Duration) -> bool {
    lists.iter().any(|list| {
        (list.is_named || list.age() <= oldest) && list.tells(&group.name) == Some(false)
    })
}

/// Whether a recent enough list has the names of all groups.
pub(super) fn has_names(lists: &[GroupList], oldest: Duration) -> bool {
    lists.iter().any(|list| list.organization.shows(Coverage::ALL_GROUPS) && list.age() <= oldest)
}

/// Returns the lists that are as good as an answer of the server.
pub(super) fn fresh(lists: &[GroupList]) -> impl Iterator<Item = &GroupList> {
    lists.iter().filter(|list| list.age() < FRESH)
}
