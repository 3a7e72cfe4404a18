//! Who a command is about.

use crate::organization::Organization;
use crate::plan::WorkItem;

/// The identity of somebody of whom a list or the server has said, before the command was sent,
/// that nobody active goes by that name; also of a group that is not there.
pub(super) const NOBODY: &str = "nobody";

/// What tells a user from all others whatever becomes of the email: the id, and where there is none,
/// the names. `""` where nothing is said. `None` where nothing tells.
pub(super) fn identity_of(id: &str, firstname: &str, lastname: &str) -> Option<String> {
    match (id.is_empty(), firstname.is_empty() || lastname.is_empty()) {
        (false, _) => Some(format!("id {id}")),
        (true, false) => Some(format!("named {firstname} {lastname}")),
        (true, true) => None,
    }
}

/// Returns who goes by this name, if a list tells.
pub(super) fn told_identity(
    organization: &Organization,
    user: &str,
    domain: Option<&str>,
) -> Option<String> {
    match organization.named(user, domain.unwrap_or_default()).as_slice() {
        [person] => identity_of(person.id(), person.firstname(), person.lastname()),
        _ => None,
    }
}

/// Is it known who the command is about? Where nobody was there, somebody may be by the next time.
pub(super) fn is_somebody(item: &WorkItem) -> bool {
    item.identity.as_deref().is_some_and(|identity| identity != NOBODY)
}
