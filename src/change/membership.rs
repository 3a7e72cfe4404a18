//! The memberships in a row: lists of groups, and the Admin Console's columns.

use super::action::Action;
use super::check::{ValueFault, membership};
use super::list::{common, fold};
use super::model::Memberships;
use super::problem::{Problem, WaivableProblem};
use super::roles::admin_role;
use super::row::ChangeRow;
use super::rules::Rules;
use super::text::same_word;
use crate::table::{Cells, Field, InputDialect};
use std::borrow::Cow;

/// The memberships that a row adds and removes.
#[derive(Default)]
pub(super) struct MembershipChanges<'a> {
    pub(super) remove: Option<Memberships<'a>>,
    pub(super) add: Vec<Cow<'a, str>>,
    /// Whether the row lists the groups that the user is to have.
    pub(super) lists: bool,
}

impl MembershipChanges<'_> {
    /// Whether no membership changes.
    pub(super) fn is_empty(&self) -> bool {
        self.remove.is_none() && self.add.is_empty()
    }
}

/// Reads every list of a row, by its action.
pub(super) fn read<'a>(row: &mut ChangeRow<'_, 'a>, action: Action) -> MembershipChanges<'a> {
    let mut add = Vec::new();
    let mut remove = Vec::new();
    let before = row.problems.len();
    match action {
        Action::Delete | Action::DeleteAccount => {
            refuse_groups(row, action);
            row.refuse(&[Field::AddGroups, Field::RemoveGroups], action);
            return MembershipChanges::default();
        }
        Action::RemoveAll => {
            refuse_groups(row, action);
            row.refuse(&[Field::RemoveGroups], action);
        }
        Action::Remove => groups(row, &mut remove),
        _ => groups(row, &mut add),
    }
    row.names_into(&mut add, Field::AddGroups, membership);
    fold(&mut add);
    if action == Action::RemoveAll {
        return MembershipChanges { remove: Some(Memberships::All), add, lists: false };
    }
    if action != Action::Remove {
        row.waivable_since(before, WaivableProblem::Held);
    }
    row.names_into(&mut remove, Field::RemoveGroups, membership);
    fold(&mut remove);
    contradictions(row, Field::RemoveGroups, &add, &remove);
    let lists = action != Action::Remove && lists(row);
    MembershipChanges {
        remove: (!remove.is_empty()).then_some(Memberships::Named(remove)),
        add,
        lists,
    }
}

/// Whether the row lists the groups that the user is to have. Adobe has two columns, for user
/// groups and for product profiles: one alone says nothing about the other.
fn lists(row: &ChangeRow<'_, '_>) -> bool {
    let has = |fields: &[Field]| {
        fields.iter().any(|field| row.cell(*field).is_some() || row.rules.no_groups.contains(field))
    };
    let both =
        has(&[Field::ProductConfigurations, Field::ProductProfiles]) && has(&[Field::UserGroups]);
    both || row.rules.dialect != InputDialect::AdminConsole && has(&[Field::Groups])
}

/// Returns all memberships in a row of an exported list, including administrators' roles that the
/// API cannot add.
///
/// # Errors
/// When a list of names cannot be read. Otherwise a user who may be in all groups would seem to be
/// in none.
pub(crate) fn listed<'a>(cells: &Cells<'a>, rules: &Rules) -> Result<Vec<Cow<'a, str>>, Problem> {
    let mut row = ChangeRow::new(cells, rules);
    let mut names = Vec::new();
    groups(&mut row, &mut names);
    names.extend(
        row.names(Field::AdminRoles, |_| Ok(()))
            .iter()
            .filter(|role| admin_role(role).is_none())
            .map(|role| Cow::Owned(role_of(role).into_owned())),
    );
    fold(&mut names);
    match row.problems.into_iter().find(|problem| problem.reason == "list") {
        Some(broken) => Err(broken),
        None => Ok(names),
    }
}

/// Returns the API's role for an administrator's role as the Admin Console and people write it,
/// including one that the API only shows. An unknown one is a role as well, because its holder is
/// an administrator.
pub(crate) fn role_of(text: &str) -> Cow<'_, str> {
    let is = |words: [&str; 3]| words.iter().any(|word| same_word(text, word));
    let known = admin_role(text).or_else(|| {
        is(["system admin", "system administrator", "org admin"]).then_some("_org_admin")
    });
    known.map_or_else(|| Cow::Owned(format!("_{text}")), Cow::Borrowed)
}

/// Whether the API can add and remove a membership with that name: a group, a profile, or one of
/// the API's own roles.
pub(crate) fn is_given(name: &str) -> bool {
    membership(name).is_ok()
}

/// Refuses names that are both added and removed, as a problem of `field`, the column of those to
/// remove.
pub(super) fn contradictions(
    row: &mut ChangeRow<'_, '_>,
    field: Field,
    add: &[Cow<'_, str>],
    remove: &[Cow<'_, str>],
) {
    if add.is_empty() || remove.is_empty() {
        return;
    }
    for name in common(add, remove) {
        let advice =
            "is both added and removed in this row; remove it from one of the lists".to_owned();
        row.fault(field, name, ValueFault { reason: "contradiction", advice });
    }
}

/// Refuses `groups` with a deletion, because they would be ignored. Only for an action in the file
/// itself: with `--action delete`, or `--override action=delete`, an export lists the groups of its
/// users.
fn refuse_groups(row: &mut ChangeRow<'_, '_>, action: Action) {
    let is_own_action = match row.rules.dialect {
        InputDialect::Native => true,
        InputDialect::UmapiCliUsersDelete => row.rules.action.is_none(),
        _ => false,
    };
    if is_own_action && !row.rules.is_overridden {
        row.refuse(
            &[
                Field::Groups,
                Field::ProductConfigurations,
                Field::ProductProfiles,
                Field::UserGroups,
            ],
            action,
        );
    }
}

/// The columns of memberships beside `groups`, which few tables have.
const FURTHER: [Field; 8] = [
    Field::ProductConfigurations,
    Field::ProductProfiles,
    Field::UserGroups,
    Field::AdminRoles,
    Field::ConfigurationsAdministered,
    Field::UserGroupsAdministered,
    Field::ProductsAdministered,
    Field::DeveloperAccess,
];

/// Reads the memberships that the action itself adds or removes.
fn groups<'a>(row: &mut ChangeRow<'_, 'a>, names: &mut Vec<Cow<'a, str>>) {
    row.names_into(names, Field::Groups, membership);
    if !row.has_any(&FURTHER) {
        return;
    }
    row.names_into(names, Field::ProductConfigurations, membership);
    row.names_into(names, Field::ProductProfiles, membership);
    row.names_into(names, Field::UserGroups, membership);
    admin_roles(row, names);
    for (field, prefix) in [
        (Field::ConfigurationsAdministered, "_admin_"),
        (Field::UserGroupsAdministered, "_admin_"),
        (Field::ProductsAdministered, "_product_admin_"),
        (Field::DeveloperAccess, "_developer_"),
    ] {
        if row.cell(field).is_some() {
            administered(row, names, field, prefix);
        }
    }
}

/// Reads roles of the whole organization.
fn admin_roles<'a>(row: &mut ChangeRow<'_, 'a>, names: &mut Vec<Cow<'a, str>>) {
    if row.cell(Field::AdminRoles).is_none() {
        return;
    }
    for role in row.names(Field::AdminRoles, |_| Ok(())) {
        match admin_role(&role) {
            Some(name) => names.push(Cow::Borrowed(name)),
            None => {
                let advice = "cannot be given or taken through the API, which knows support and \
                     deployment administrators only; set it in the Admin Console";
                row.fault(
                    Field::AdminRoles,
                    &role,
                    ValueFault { reason: "role", advice: advice.to_owned() },
                );
                // Only the organization shows whether the user has it.
                names.push(Cow::Owned(role_of(&role).into_owned()));
            }
        }
    }
}

/// Reads roles that are named after their subject: `_admin_NAME` for a group or profile (Adobe's
/// documentation, ActionsCmds).
fn administered<'a>(
    row: &mut ChangeRow<'_, 'a>,
    names: &mut Vec<Cow<'a, str>>,
    field: Field,
    prefix: &str,
) {
    for name in row.names(field, |_| Ok(())) {
        let role =
            if name.starts_with('_') { name.into_owned() } else { format!("{prefix}{name}") };
        if let Err(fault) = membership(&role) {
            row.fault(field, &role, fault);
        }
        names.push(Cow::Owned(role));
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{codes, codes_by, codes_in, user, user_in};
    use super::super::{Action as Does, Memberships, Rules};
    use super::*;
    use Field::*;

    const ANN: (Field, &str) = (Email, "ann@example.com");

    fn named<'a>(names: &[&'a str]) -> Option<Memberships<'a>> {
        Some(Memberships::Named(names.iter().map(|&name| Cow::Borrowed(name)).collect()))
    }

    #[test]
    fn groups_are_added_or_removed_as_the_action_says() {
        let lists = [ANN, (Groups, "A"), (AddGroups, "B"), (RemoveGroups, "C")];
        for action in ["create", "update", "add"] {
            let row = [&lists[..], &[(Action, action), (Type, "adobeID")]].concat();
            let change = user(&row);
            assert_eq!(
                (change.add, change.remove),
                (vec!["A".into(), "B".into()], named(&["C"])),
                "{action}"
            );
        }
        let row = [&lists[..], &[(Action, "remove")]].concat();
        let change = user(&row);
        assert_eq!((change.add, change.remove), (vec!["B".into()], named(&["A", "C"])));
    }

    #[test]
    fn a_name_in_two_columns_is_one_membership() {
        assert_eq!(
            user(&[(Action, "add"), ANN, (Groups, "A,B"), (AddGroups, "b,C,a")]).add,
            ["A", "B", "C"]
        );
    }

    #[test]
    fn a_row_that_names_no_group_to_add_or_remove_is_a_problem() {
        for action in ["add", "remove"] {
            for groups in ["", " , ", "[]", "[\"\"]"] {
                assert_eq!(
                    codes(&[(Action, action), ANN, (Groups, groups)]),
                    ["invalid.groups.missing"],
                    "{action} {groups}"
                );
            }
        }
        assert_eq!(codes(&[(Action, "add"), ANN, (RemoveGroups, "A")]), Vec::<String>::new());
    }

    #[test]
    fn a_group_both_added_and_removed_is_a_problem() {
        let row = [(Action, "update"), ANN, (Groups, "A,B"), (RemoveGroups, "a,C,b")];
        assert_eq!(
            codes(&row),
            ["invalid.remove_groups.contradiction", "invalid.remove_groups.contradiction"]
        );
        assert_eq!(
            codes(&[(Action, "remove"), ANN, (Groups, "A"), (AddGroups, "A")]),
            ["invalid.remove_groups.contradiction"]
        );
    }

    #[test]
    fn lists_beside_a_deletion_would_be_lost() {
        for action in ["delete", "delete-account"] {
            for field in [Groups, AddGroups, RemoveGroups] {
                assert_eq!(codes(&[(Action, action), ANN, (field, "A")]).len(), 1, "{action}");
                assert_eq!(codes(&[(Action, action), ANN, (field, "[]")]), Vec::<String>::new());
            }
        }
        assert_eq!(
            codes(&[(Action, "remove-all"), ANN, (Groups, "A")]),
            ["invalid.groups.not_for_this_action"]
        );
        assert_eq!(
            codes(&[(Action, "remove-all"), ANN, (RemoveGroups, "A")]),
            ["invalid.remove_groups.not_for_this_action"]
        );
        let change = user(&[(Action, "remove-all"), ANN, (AddGroups, "A")]);
        assert_eq!((change.remove, change.add), (Some(Memberships::All), vec!["A".into()]));
    }

    #[test]
    fn users_of_an_export_can_be_deleted_whatever_they_belong_to() {
        let rules =
            Rules { action: Some(Does::Delete), ..Rules::new(InputDialect::UmapiCliUsersCreate) };
        assert_eq!(
            codes_by(&rules, &[ANN, (Groups, "A,_org_admin"), (Domain, "example.com")]),
            Vec::<String>::new()
        );
        let rules =
            Rules { action: Some(Does::RemoveAll), ..Rules::new(InputDialect::AdminConsole) };
        assert_eq!(
            codes_by(&rules, &[ANN, (AdminRoles, "System Administrator"), (UserGroups, "A")]),
            Vec::<String>::new()
        );
    }

    #[test]
    fn the_admin_consoles_columns_become_memberships() {
        let row = [
            ANN,
            (ProductConfigurations, "All Apps"),
            (UserGroups, "Design,all apps"),
            (AdminRoles, "Support Administrator, Deployment Admin"),
            (ConfigurationsAdministered, "All Apps"),
            (UserGroupsAdministered, "Design,ALL apps"),
            (ProductsAdministered, "Photoshop"),
            (DeveloperAccess, "API"),
        ];
        assert_eq!(
            user_in(InputDialect::AdminConsole, &row).add,
            [
                "All Apps",
                "Design",
                "_support_admin",
                "_deployment_admin",
                "_admin_All Apps",
                "_admin_Design",
                "_product_admin_Photoshop",
                "_developer_API"
            ]
        );
        let rules = Rules { action: Some(Does::Remove), ..Rules::new(InputDialect::AdminConsole) };
        assert_eq!(codes_by(&rules, &row), Vec::<String>::new());
    }

    #[test]
    fn a_role_that_the_api_does_not_give_is_named() {
        let problems = super::super::testing::read_in(
            InputDialect::AdminConsole,
            &[ANN, (AdminRoles, "Support Administrator,System Administrator")],
        );
        let problems = problems.unwrap_err();
        assert_eq!(
            (problems[0].code().as_str(), problems[0].value.as_str()),
            ("invalid.admin_roles.role", "System Administrator")
        );
        for action in ["create", "add", "remove"] {
            assert_eq!(
                codes(&[(Action, action), (Type, "adobeID"), ANN, (Groups, "A,_org_admin")]),
                ["invalid.groups.role"]
            );
        }
        assert_eq!(
            codes_in(InputDialect::AdminConsole, &[ANN, (UserGroupsAdministered, "_org_admin")]),
            ["invalid.user_groups_administered.role"]
        );
    }

    #[test]
    fn a_list_that_cannot_be_read_is_the_only_problem() {
        assert_eq!(codes(&[(Action, "add"), ANN, (Groups, "[A]")]), ["invalid.groups.list"]);
        assert_eq!(codes(&[(Action, "add"), ANN, (Groups, "A\nB")]), ["invalid.groups.control"]);
    }
}
