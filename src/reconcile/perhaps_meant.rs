//! Finds similar names in a baseline for a name that no user has.

use super::baseline::Baseline;
use super::not_there::{NearName, not_there_words, perhaps_words};

impl Baseline {
    /// Returns the similar names as the end of a message; empty if there are none.
    pub fn perhaps_meant(&self, name: &str) -> String {
        let mut near = self.organization.near(name, &self.near);
        near.retain(|near| !near.eq_ignore_ascii_case(name));
        perhaps_words(&near)
    }

    /// Returns the name with its similar names; `None` if there are none.
    pub fn near_name(&self, name: &str) -> Option<NearName> {
        NearName::in_words(&not_there_words("", name, &self.perhaps_meant(name), ""))
    }
}
