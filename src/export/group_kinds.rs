//! Distinguishes product profiles from other groups.

use crate::umapi::ListedGroup;
use std::collections::HashSet;

/// The names of product profiles, from a list of groups; empty without such a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupKinds {
    profiles: HashSet<String>,
}

impl GroupKinds {
    /// Adds the product profiles of a page of groups.
    pub fn learn(&mut self, groups: &[ListedGroup<'_>]) {
        let profiles =
            groups.iter().filter(|group| group.kind.eq_ignore_ascii_case("PRODUCT_PROFILE"));
        self.profiles.extend(profiles.map(|group| group.name.to_lowercase()));
    }

    /// Whether a group is known to be a product profile.
    pub(super) fn is_profile(&self, name: &str) -> bool {
        !self.profiles.is_empty() && self.profiles.contains(&name.to_lowercase())
    }
}
