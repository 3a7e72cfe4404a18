//! Rows about a user group.

use super::action::Action;
use super::check;
use super::membership::contradictions;
use super::model::{CreateGroup, GroupChange, UpdateGroup};
use super::row::ChangeRow;
use super::text::{nfc, same_word};
use crate::table::{Field, InputDialect};
use std::borrow::Cow;

/// Fields that only rows about users have. A type, or what to do if something exists, may be in
/// every row of a file.
const USER_FIELDS: [Field; 11] = [
    Field::Email,
    Field::Username,
    Field::Domain,
    Field::Firstname,
    Field::Lastname,
    Field::Country,
    Field::Groups,
    Field::AddGroups,
    Field::RemoveGroups,
    Field::NewEmail,
    Field::NewUsername,
];
const MEMBER_FIELDS: [Field; 4] =
    [Field::Users, Field::RemoveUsers, Field::Profiles, Field::RemoveProfiles];

/// Reads a row about a user group. The change counts only if the row has no problems.
pub(super) fn read<'a>(row: &mut ChangeRow<'_, 'a>, action: Action) -> GroupChange<'a> {
    let mut change = GroupChange { group: name(row), ..GroupChange::default() };
    row.refuse(&USER_FIELDS, action);
    match action {
        Action::DeleteGroup => delete(row, &mut change),
        Action::CreateGroup => {
            row.refuse(&[Field::NewName], action);
            let description =
                row.checked(Field::Description, check::description).map(Cow::Borrowed);
            change.create = Some(CreateGroup { description, if_exists: row.if_exists() });
            members(row, &mut change);
        }
        _ => {
            change.update = update(row);
            members(row, &mut change);
            let names = [
                &change.add_users,
                &change.remove_users,
                &change.add_profiles,
                &change.remove_profiles,
            ];
            if change.update.is_none() && names.iter().all(|names| names.is_empty()) {
                row.has_nothing(
                    "the row changes nothing; fill in new_name, description, or a list \
                     of users or profiles",
                );
            }
        }
    }
    change
}

/// Returns the name of the group. umapi-cli's export also lists product profiles and
/// administrators, which are not user groups.
fn name<'a>(row: &mut ChangeRow<'_, 'a>) -> Cow<'a, str> {
    if row.cell(Field::GroupType).is_some_and(|cell| !same_word(cell, "user-group")) {
        row.problem(
            Field::GroupType,
            "not_a_user_group",
            "is not a user group, and the API changes only user groups; remove the row",
        );
        return Cow::default();
    }
    let name = row.required(Field::Group, check::group, "the row names no group; fill in its name");
    nfc(name.unwrap_or_default())
}

fn delete(row: &mut ChangeRow<'_, '_>, change: &mut GroupChange<'_>) {
    row.refuse(&[Field::NewName], Action::DeleteGroup);
    // A list of groups has their descriptions. Nobody expects these to be applied.
    if !matches!(
        row.rules.dialect,
        InputDialect::UmapiCliGroups | InputDialect::UmapiCliGroupsExport
    ) {
        row.refuse(&[Field::Description], Action::DeleteGroup);
    }
    row.refuse(&MEMBER_FIELDS, Action::DeleteGroup);
    change.delete = true;
}

/// Returns the new name and description; `None` if both stay. A name that differs only in letter
/// case is a new name.
fn update<'a>(row: &mut ChangeRow<'_, 'a>) -> Option<UpdateGroup<'a>> {
    let group = row.cell(Field::Group);
    let name = row.checked(Field::NewName, check::group).filter(|&new| Some(new) != group).map(nfc);
    let description = row.checked(Field::Description, check::description).map(Cow::Borrowed);
    (name.is_some() || description.is_some()).then_some(UpdateGroup { name, description })
}

fn members<'a>(row: &mut ChangeRow<'_, 'a>, change: &mut GroupChange<'a>) {
    change.add_users = row.names(Field::Users, check::member);
    change.remove_users = row.names(Field::RemoveUsers, check::member);
    change.add_profiles = row.names(Field::Profiles, check::profile);
    change.remove_profiles = row.names(Field::RemoveProfiles, check::profile);
    contradictions(row, Field::RemoveUsers, &change.add_users, &change.remove_users);
    contradictions(row, Field::RemoveProfiles, &change.add_profiles, &change.remove_profiles);
}

#[cfg(test)]
mod tests {
    use super::super::testing::{codes, codes_by, codes_in, group_in};
    use super::super::{IfExists, Rules};
    use super::*;
    use Field::*;

    #[test]
    fn a_group_is_created_with_its_members() {
        let row = [
            (Action, "create-group"),
            (Group, " Design "),
            (Description, "All"),
            (Users, "a@b.co,jdoe,A@B.CO"),
            (Profiles, "All Apps"),
        ];
        let change = group_in(InputDialect::Native, &row);
        assert_eq!((change.group.as_ref(), change.update, change.delete), ("Design", None, false));
        let create = change.create.unwrap();
        assert_eq!(
            (create.description.as_deref(), create.if_exists),
            (Some("All"), IfExists::Ignore)
        );
        assert_eq!(
            (change.add_users, change.add_profiles),
            (vec!["a@b.co".into(), "jdoe".into()], vec!["All Apps".into()])
        );
    }

    #[test]
    fn a_group_is_renamed_even_if_only_in_letter_case() {
        let update = |new| {
            group_in(
                InputDialect::Native,
                &[(Action, "update-group"), (Group, "Design"), (NewName, new), (Description, "x")],
            )
            .update
            .unwrap()
        };
        assert_eq!(update("DESIGN").name.as_deref(), Some("DESIGN"));
        assert_eq!(update("Design").name, None);
    }

    #[test]
    fn what_a_group_row_lacks_or_has_too_much_is_a_problem() {
        for (row, code) in [
            (&[(Action, "create-group")][..], "invalid.group.missing"),
            (&[(Action, "create-group"), (Group, "_admin_A")], "invalid.group.underscore"),
            (
                &[(Action, "create-group"), (Group, "A"), (NewName, "B")],
                "invalid.new_name.not_for_this_action",
            ),
            (
                &[(Action, "create-group"), (Group, "A"), (Email, "a@b.co")],
                "invalid.email.not_for_this_action",
            ),
            (
                &[(Action, "create-group"), (Group, "A"), (Groups, "B")],
                "invalid.groups.not_for_this_action",
            ),
            (
                &[(Action, "create-group"), (Group, "A"), (Field::IfExists, "x")],
                "invalid.if_exists.unknown",
            ),
            (
                &[(Action, "create-group"), (Group, "A"), (Description, "\u{1}x")],
                "invalid.description.control",
            ),
            (&[(Action, "update-group"), (Group, "A")], "invalid.row.nothing"),
            (
                &[(Action, "update-group"), (Group, "A"), (NewName, "A"), (Users, "[]")],
                "invalid.row.nothing",
            ),
            (
                &[(Action, "update-group"), (Group, "A"), (NewName, "_A")],
                "invalid.new_name.underscore",
            ),
            (&[(Action, "update-group"), (Group, "A"), (Users, "a@b")], "invalid.users.form"),
            (
                &[
                    (Action, "update-group"),
                    (Group, "A"),
                    (Users, "a@b.co"),
                    (RemoveUsers, "A@b.co"),
                ],
                "invalid.remove_users.contradiction",
            ),
            (
                &[(Action, "update-group"), (Group, "A"), (Profiles, "P"), (RemoveProfiles, "p")],
                "invalid.remove_profiles.contradiction",
            ),
            (
                &[(Action, "update-group"), (Group, "A"), (Profiles, "_admin_P")],
                "invalid.profiles.role",
            ),
            (
                &[(Action, "delete-group"), (Group, "A"), (Description, "x")],
                "invalid.description.not_for_this_action",
            ),
            (
                &[(Action, "delete-group"), (Group, "A"), (Users, "a@b.co")],
                "invalid.users.not_for_this_action",
            ),
        ] {
            assert_eq!(codes(row), [code], "{row:?}");
        }
    }

    #[test]
    fn a_list_of_groups_must_be_said_to_create_or_to_delete() {
        let row = [(Group, "A"), (Description, "x")];
        assert_eq!(codes_in(InputDialect::UmapiCliGroups, &row), ["invalid.action.missing"]);
        for action in [super::Action::CreateGroup, super::Action::DeleteGroup] {
            let rules = Rules { action: Some(action), ..Rules::new(InputDialect::UmapiCliGroups) };
            assert_eq!(codes_by(&rules, &row), Vec::<String>::new(), "{action:?}");
        }
        assert!(group_in(InputDialect::UmapiCliGroupsUpdate, &row).update.is_some());
    }

    #[test]
    fn exported_groups_create_user_groups_only() {
        let rules = Rules {
            action: Some(super::super::Action::CreateGroup),
            ..Rules::new(InputDialect::UmapiCliGroupsExport)
        };
        assert_eq!(codes_by(&rules, &[(Group, "A"), (GroupType, "USER_GROUP")]), [""; 0]);
        for kind in ["PRODUCT_PROFILE", "SYSADMIN_GROUP"] {
            assert_eq!(
                codes_by(&rules, &[(Group, "_org_admin"), (GroupType, kind)]),
                ["invalid.type.not_a_user_group"]
            );
        }
    }

    #[test]
    fn listed_groups_show_no_action() {
        for dialect in [InputDialect::UmapiCliGroups, InputDialect::UmapiCliGroupsExport] {
            let row = [(Group, "A"), (GroupType, "USER_GROUP")];
            assert_eq!(codes_in(dialect, &row), ["invalid.action.missing"], "{dialect:?}");
        }
    }
}
