//! Rows about a user group.

use super::check::{self, MAX_GROUP, MAX_NAME, text};
use super::list::same;
use super::model::{CreateGroup, GroupChange, UpdateGroup};
use super::problem::Problems;
use super::rules::{Action, Rules};
use super::user_row::if_exists;
use crate::table::{Cells, Dialect, Field};
use std::borrow::Cow;

/// What the row means, as far as it can be understood; what is wrong is in `problems`.
pub(super) fn read<'a>(cells: &Cells<'a>, rules: &Rules, action: Action, problems: &mut Problems) -> GroupChange<'a> {
    user_groups_only(cells, rules, problems);
    let group = text(cells, Field::Group).unwrap_or_default();
    if group.is_empty() {
        problems.add("group", "missing", "", "is missing: the row must say which group it is about");
    } else {
        check::group_name("group", group, problems);
    }
    let mut change = GroupChange { group: Cow::Borrowed(group), ..GroupChange::default() };
    let description = text(cells, Field::Description).map(Cow::Borrowed);
    match action {
        Action::CreateGroup => change.create = Some(CreateGroup { description, if_exists: if_exists(cells, rules, problems) }),
        Action::UpdateGroup => change.update = update(cells, group, description, problems),
        _ => change.delete = true,
    }
    lists(cells, rules, &mut change, problems);
    foreign_fields(cells, action, problems);
    if action == Action::UpdateGroup
        && change == (GroupChange { group: change.group.clone(), ..GroupChange::default() })
        && problems.is_empty()
    {
        problems.add("row", "nothing", "", "changes nothing: fill in a new value or a list, or take the row out");
    }
    change
}

/// umapi-cli's export lists product profiles and administrators' groups too, which nobody can create.
fn user_groups_only(cells: &Cells<'_>, rules: &Rules, problems: &mut Problems) {
    if rules.dialect == Dialect::UmapiCliGroupsExport
        && let Some(kind) = text(cells, Field::GroupType)
        && !kind.eq_ignore_ascii_case("USER_GROUP")
    {
        problems.add("type", "not_a_user_group", kind, "is no user group: only these can be created, changed or deleted through the API");
    }
}

fn update<'a>(cells: &Cells<'a>, group: &str, description: Option<Cow<'a, str>>, problems: &mut Problems) -> Option<UpdateGroup<'a>> {
    let name = text(cells, Field::NewName).filter(|name| *name != group);
    if let Some(name) = name {
        check::group_name("new_name", name, problems);
    }
    (name.is_some() || description.is_some()).then(|| UpdateGroup { name: name.map(Cow::Borrowed), description })
}

fn lists<'a>(cells: &Cells<'a>, rules: &Rules, change: &mut GroupChange<'a>, problems: &mut Problems) {
    let mut list = |field, name| check::list(cells, field, name, rules.list_separator, problems).unwrap_or_default();
    change.add_users = list(Field::Users, "users");
    change.remove_users = list(Field::RemoveUsers, "remove_users");
    change.add_profiles = list(Field::Profiles, "profiles");
    change.remove_profiles = list(Field::RemoveProfiles, "remove_profiles");
    for (name, users) in [("users", &change.add_users), ("remove_users", &change.remove_users)] {
        for user in users {
            if user.contains('@') { check::email(name, user, problems) } else { check::plain(name, user, MAX_NAME, problems) }
        }
    }
    for (name, profiles) in [("profiles", &change.add_profiles), ("remove_profiles", &change.remove_profiles)] {
        profiles.iter().for_each(|profile| check::plain(name, profile, MAX_GROUP, problems));
    }
    for (name, add, remove) in
        [("users", &change.add_users, &change.remove_users), ("profiles", &change.add_profiles, &change.remove_profiles)]
    {
        for both in add.iter().filter(|add| remove.iter().any(|removed| same(removed, add))) {
            problems.add(name, "contradiction", both, "is both added and removed in this row: take one of them out");
        }
    }
}

/// What would silently be lost is an error.
fn foreign_fields(cells: &Cells<'_>, action: Action, problems: &mut Problems) {
    let mut foreign = |field, name, advice: &str| {
        if let Some(cell) = text(cells, field) {
            problems.add(name, "not_for_this_action", cell, advice.to_owned());
        }
    };
    for (field, name) in [
        (Field::Email, "email"),
        (Field::Username, "username"),
        (Field::Firstname, "firstname"),
        (Field::Lastname, "lastname"),
        (Field::Groups, "groups"),
        (Field::AddGroups, "add_groups"),
        (Field::RemoveGroups, "remove_groups"),
        (Field::NewEmail, "new_email"),
        (Field::NewUsername, "new_username"),
    ] {
        foreign(field, name, "belongs to rows about a user");
    }
    if action != Action::UpdateGroup {
        foreign(Field::NewName, "new_name", "belongs to rows with the action update-group");
    }
    if action == Action::DeleteGroup {
        for (field, name) in [
            (Field::Users, "users"),
            (Field::RemoveUsers, "remove_users"),
            (Field::Profiles, "profiles"),
            (Field::RemoveProfiles, "remove_profiles"),
        ] {
            foreign(field, name, "makes no sense in a row that deletes the group: leave it empty");
        }
    }
}
