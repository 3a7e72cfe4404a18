//! The user or group that a command is about.

use crate::organization::Organization;
use crate::plan::WorkItem;

/// The identity of a name that no active user had before the command was sent, according to a list
/// or the server; also that of a group that does not exist.
pub(super) const NOBODY: &str = "nobody";

/// Returns what identifies a user even if the email address changes: the id, or without one the
/// first and last name. Empty texts are `""`. `None` if nothing identifies the user.
pub(super) fn identity_of(id: &str, firstname: &str, lastname: &str) -> Option<String> {
    match (id.is_empty(), firstname.is_empty() || lastname.is_empty()) {
        (false, _) => Some(format!("id {id}")),
        (true, false) => Some(format!("named {firstname} {lastname}")),
        (true, true) => None,
    }
}

/// Returns the identity of the user with this name, if a list shows an id. Names alone prove
/// nothing, because the server may report the id later.
pub(super) fn told_identity(
    organization: &Organization,
    user: &str,
    domain: Option<&str>,
) -> Option<String> {
    match organization.named(user, domain.unwrap_or_default()).as_slice() {
        [person] if !person.id().is_empty() => identity_of(person.id(), "", ""),
        _ => None,
    }
}

/// Whether a user is identified by an id, and not only by names.
pub(super) fn is_by_id(identity: &str) -> bool {
    identity.starts_with("id ")
}

/// Whether it is known which user the command is about. If nobody had the name, a user may have it
/// at the next attempt.
pub(super) fn is_somebody(item: &WorkItem) -> bool {
    item.identity.as_deref().is_some_and(|identity| identity != NOBODY)
}
