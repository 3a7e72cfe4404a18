//! Whom a name that nobody goes by may mean, as a baseline tells.

use super::baseline::Baseline;
use super::not_there::{NearName, not_there_words, perhaps_words};

impl Baseline {
    /// Whom a name that nobody goes by may mean, as the end of a message; nothing where no name is
    /// near.
    pub fn perhaps_meant(&self, name: &str) -> String {
        let mut near = self.organization.near(name, &self.near);
        near.retain(|near| !near.eq_ignore_ascii_case(name));
        perhaps_words(&near)
    }

    /// The same, with the name; `None` where no name is near.
    pub fn near_name(&self, name: &str) -> Option<NearName> {
        NearName::in_words(&not_there_words("", name, &self.perhaps_meant(name), ""))
    }
}
