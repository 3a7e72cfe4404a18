//! What the server says about groups that no list shows, and what is left of it beside its list.

use super::checked::CheckedGroups;
use super::list::{GroupList, fresh};
use crate::change::same_name;
use crate::execute::GroupAnswers;
use crate::organization::Organization;
use crate::reconcile::NeededGroup;

/// What the server says about groups that no list shows.
#[derive(Default)]
pub(super) struct ServerGroups<'u> {
    pub(super) absent: Vec<&'u NeededGroup>,
    /// The names of groups that exist, including others.
    pub(super) there: Vec<String>,
}

impl<'u> ServerGroups<'u> {
    /// Finds them in a list that was fetched now.
    pub(super) fn listed(open: &[&'u NeededGroup], list: &Organization) -> Self {
        Self {
            absent: open.iter().copied().filter(|group| !list.shows_group(&group.name)).collect(),
            there: list.groups().iter().map(|group| group.name.clone()).collect(),
        }
    }

    /// Finds them by an answer about each group.
    pub(super) fn answered(
        open: &[&'u NeededGroup],
        answers: GroupAnswers,
        checked: &mut CheckedGroups,
    ) -> Self {
        let is_absent = |group: &&NeededGroup| answers.absent.contains(&group.name);
        let absent = open.iter().copied().filter(is_absent).collect();
        checked.unknown.extend(answers.unknown);
        let asked = "the server";
        checked.by = if checked.by.is_empty() {
            asked.to_owned()
        } else {
            format!("{}, {asked}", checked.by)
        };
        Self { absent, there: answers.there }
    }
}

/// Returns the groups that do not exist according to a list, if the server is not asked. Whether
/// the others exist is unknown.
pub(super) fn unasked<'u>(
    open: &[&'u NeededGroup],
    lists: &[GroupList],
    checked: &mut CheckedGroups,
) -> Vec<&'u NeededGroup> {
    let (absent, unknown): (Vec<_>, Vec<_>) = open
        .iter()
        .copied()
        .partition(|group| fresh(lists).any(|list| list.tells(&group.name) == Some(false)));
    checked.unknown.extend(unknown.into_iter().map(|group| group.name.clone()));
    checked.absent.source =
        fresh(lists).next().map_or_else(String::new, |list| format!("by {}", list.words));
    if checked.why.is_empty() {
        "too many to ask about one by one, and the list of groups was fetched recently"
            .clone_into(&mut checked.why);
    }
    absent
}

/// Leaves groups to the server that it did not find by their names, but that are in the list of
/// groups it returned right after: one of the responses is wrong.
pub(super) fn leave_contradicted(
    checked: &mut CheckedGroups,
    absent: &mut Vec<&NeededGroup>,
    listed: &[String],
) {
    let is_listed =
        |group: &NeededGroup| listed.iter().any(|listed| same_name(listed, &group.name));
    let contradicted: Vec<String> =
        absent.extract_if(.., |group| is_listed(group)).map(|group| group.name.clone()).collect();
    if !contradicted.is_empty() {
        checked.unknown.extend(contradicted);
        "the server does not find them by name, but its list of groups shows them"
            .clone_into(&mut checked.why);
    }
}
