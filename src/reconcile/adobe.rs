//! Rows that would change an Adobe ID. Its names, email address and username belong to its user,
//! and the API refuses every update of them.
//!
//! In: a change, and the [`Baseline`]. Out: the problem of its row, or the change without an update
//! whose effect holds already. Pure.

use super::baseline::{Baseline, ResolvedUser};
use crate::change::{Problem, UserChange};
use crate::organization::{OrgUser, UserKey};

/// The values that only the user of an Adobe ID can change, in words.
pub(super) const OWN_DATA: &str =
    "an Adobe ID belongs to its user, and only the user can change it";

/// The words for a row that would change such data, and is refused.
const OWN_NAMES: &str =
    "it belongs to its user, and its names, email and username cannot be changed";

/// Whether a message says that a value of an Adobe ID is not applied.
pub(crate) fn is_about_own_data(message: &str) -> bool {
    message.contains(OWN_DATA) || message.contains(OWN_NAMES)
}

impl Baseline {
    /// Returns the Adobe ID that a change would update, if the list shows it.
    pub(crate) fn updated_adobe_id(&self, user: &UserChange<'_>) -> Option<OrgUser<'_>> {
        // A row that names an Adobe ID explicitly is refused when it is read.
        if user.update.is_none() || user.adobe_id || user.leave.is_some() {
            return None;
        }
        let own = UserKey::new(Some(&self.organization), user.user_ref());
        let ResolvedUser::Person(person) = self.meant(user) else { return None };
        let has_conflict = self.conflict_index.has(own)
            || self.conflict_index.has(UserKey::Known(person.number()));
        (person.is_adobe() && !has_conflict).then_some(person)
    }

    /// Returns the problem of a row that would change a value of an Adobe ID.
    pub(crate) fn adobe_problem(&self, user: &UserChange<'_>) -> Option<Problem> {
        let person = self.updated_adobe_id(user)?;
        let mut left = user.clone();
        self.drop_update(&mut left, person);
        left.update.is_some().then(|| self.adobe_update(person))
    }

    /// Returns the problem of a row that would change this Adobe ID.
    pub(super) fn adobe_update(&self, person: OrgUser<'_>) -> Problem {
        let list = self.organization.as_of();
        Problem {
            field: "type",
            reason: "adobe_update",
            value: person.identity().to_owned(),
            advice: format!(
                "`{}` is an Adobe ID according to {list}: {OWN_NAMES}; empty their cells",
                person.email()
            ),
            waivable: None,
        }
    }
}
