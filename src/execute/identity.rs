//! Who a command is about.

use crate::organization::Organization;
use crate::plan::WorkItem;

/// The identity of a name that no active user had before the command was sent, by a list or by the
/// server. Also that of a group that does not exist.
pub(super) const NOBODY: &str = "nobody";

/// Identifies a user whatever becomes of the email address: the id, or without one the first and
/// last name. `""` for an empty one. `None` if nothing identifies the user.
pub(super) fn identity_of(id: &str, firstname: &str, lastname: &str) -> Option<String> {
    match (id.is_empty(), firstname.is_empty() || lastname.is_empty()) {
        (false, _) => Some(format!("id {id}")),
        (true, false) => Some(format!("named {firstname} {lastname}")),
        (true, true) => None,
    }
}

/// Returns who has this name, if a list shows an id. Names alone prove nothing: the server may
/// give the id later.
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

/// Whether it is known who the command is about. If nobody had the name, somebody may have it next
/// time.
pub(super) fn is_somebody(item: &WorkItem) -> bool {
    item.identity.as_deref().is_some_and(|identity| identity != NOBODY)
}
