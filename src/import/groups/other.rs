//! Further checks of groups: a trial in test mode if the server could not be asked, and similar
//! names.

use super::checked::CheckedGroups;
use super::error::NoFetch;
use super::list::{GroupList, has_names};
use super::server::{GroupServer, may_list};
use crate::execute::try_groups;
use crate::import::config::ConnectConfig;
use crate::import::error::ImportError;
use crate::organization::Organization;
use crate::reconcile::{GroupUses, NeededGroup, NewMember};
use crate::umapi::wire::MAX_COMMANDS;
use std::time::Duration;

/// The most groups to try: ten fit into a request.
const MOST_TRIED: usize = 100;
/// The longest wait for a trial, or for a response that is only helpful.
const PATIENCE: Duration = Duration::from_secs(30);

/// Tries groups in test mode, if questions about them got no response and rows create users in
/// them. A group that is refused then does not exist, and no user was created to find that out.
/// Returns these groups. A group that is not refused stays unknown, because the API may check less
/// in test mode.
pub(crate) fn try_out<'u>(
    server: &GroupServer<'_>,
    uses: &'u GroupUses,
    checked: &mut CheckedGroups,
) -> Vec<&'u NeededGroup> {
    if checked.unknown.is_empty() || checked.refused.is_some() {
        return Vec::new();
    }
    let tried: Vec<&NeededGroup> =
        uses.needed().filter(|group| checked.unknown.contains(&group.name)).collect();
    let members: Vec<_> = new_members(tried.iter()).collect();
    if members.is_empty() {
        return Vec::new();
    }
    let refused =
        server.runtime.block_on(try_groups(&server.connection.client, &members, PATIENCE));
    let absent: Vec<&NeededGroup> = tried
        .into_iter()
        .filter(|group| {
            group.new_member.as_ref().is_some_and(|member| refused.contains(&member.group))
        })
        .collect();
    checked.unknown.retain(|name| absent.iter().all(|group| group.name != *name));
    absent
}

/// Returns the names of all groups, to find similar ones for a missing group; nothing if a list has
/// them. `trouble` says why questions got no response.
///
/// # Errors
/// When the names cannot be fetched without a long wait.
pub(crate) fn other_names(
    server: &GroupServer<'_>,
    lists: &[GroupList],
    (max_age, trouble): (Duration, &str),
    fetch: impl FnOnce(&GroupServer<'_>) -> Result<Organization, ImportError>,
) -> Result<Vec<String>, ImportError> {
    if has_names(lists, max_age) {
        return Ok(Vec::new());
    }
    let fetched = match trouble {
        "" => may_list(server).map_err(ImportError::from).and_then(|()| {
            let list = fetch(&GroupServer { connect: &briefly(server.connect), ..*server })?;
            Ok(list.groups().iter().map(|group| group.name.clone()).collect())
        }),
        trouble => Err(NoFetch::Unanswered(trouble.to_owned()).into()),
    };
    // An old list is better than none.
    if has_names(lists, Duration::MAX) { Ok(fetched.unwrap_or_default()) } else { fetched }
}

/// Returns one user to create for each of these groups, for the trial.
fn new_members<'u>(
    groups: impl Iterator<Item = &'u &'u NeededGroup>,
) -> impl Iterator<Item = &'u NewMember> {
    groups.filter_map(|group| group.new_member.as_ref()).take(MOST_TRIED)
}

/// Returns the number of requests that try these groups.
pub(super) fn trials<'u>(groups: impl Iterator<Item = &'u &'u NeededGroup>) -> u64 {
    new_members(groups).count().div_ceil(MAX_COMMANDS) as u64
}

/// Returns a connection with a short wait, for questions that are only helpful.
fn briefly(connect: &ConnectConfig) -> ConnectConfig {
    ConnectConfig {
        timeout: connect.timeout.min(PATIENCE),
        max_wait: connect.max_wait.min(PATIENCE),
        max_attempts: connect.max_attempts.min(2),
        ..connect.clone()
    }
}
