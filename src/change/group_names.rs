//! The groups that a change names: which must exist before it, and which exist or do not exist
//! after it. Pure.

use super::list::{separator_in, split};
use super::model::{Change, GroupChange, Memberships};
use super::rules::Rules;
use super::text::{name_hash, same_name, trim};
use super::{role_subject, same_name as same};
use crate::table::{Cells, Field};

/// How a row uses a group that must exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GroupUse {
    /// A user joins it.
    Joins,
    /// A user leaves it.
    Leaves,
    /// The row changes or deletes it.
    Own,
    /// A user group gets this product profile.
    Gains,
    /// A user group loses this product profile.
    Loses,
}

/// Passes each group that must exist before the change to `each`.
pub(crate) fn each_needed_group<'c>(
    change: &'c Change<'_>,
    mut each: impl FnMut(&'c str, GroupUse),
) {
    match change {
        Change::User(user) => {
            user.add.iter().for_each(|name| each(name, GroupUse::Joins));
            if let Some(Memberships::Named(names)) = &user.remove {
                names.iter().for_each(|name| each(name, GroupUse::Leaves));
            }
        }
        Change::Group(group) => {
            if group.create.is_none() {
                each(&group.group, GroupUse::Own);
            }
            group.add_profiles.iter().for_each(|name| each(name, GroupUse::Gains));
            group.remove_profiles.iter().for_each(|name| each(name, GroupUse::Loses));
        }
    }
}

/// Returns the groups that exist (`true`) or do not exist (`false`) after the change, in this
/// order; none for most changes.
pub(crate) fn group_events<'c>(change: &'c Change<'_>) -> Vec<(&'c str, bool)> {
    match change {
        Change::Group(GroupChange { group, delete: true, .. }) => vec![(group, false)],
        Change::Group(GroupChange { group, create, update, .. }) => {
            let new = update.as_ref().and_then(|update| update.name.as_deref());
            let created = create.iter().map(|_| (&**group, true));
            created
                .chain(new.into_iter().flat_map(|new| [(&**group, false), (new, true)]))
                .collect()
        }
        Change::User(_) => Vec::new(),
    }
}

/// Returns the name to ask the server for, to find out whether a group or role exists; `None` for
/// the roles that every organization has.
///
/// A role on a group exists if the group does. For a role on a product, the role itself is asked
/// for, because a product is not a group.
pub(crate) fn asked_group(name: &str) -> Option<&str> {
    if !name.starts_with('_') {
        return Some(name);
    }
    match role_subject(name) {
        subject if subject.starts_with('_') => None,
        _ if is_product_role(name) => Some(name),
        subject => Some(subject),
    }
}

/// Returns whether a group is the role of an administrator. Developers administer nothing.
pub(crate) fn is_administrative(role: &str) -> bool {
    role.starts_with('_') && !role.to_lowercase().starts_with("_developer_")
}

/// Whether a group of this name can be created as a user group.
pub(crate) fn is_user_group(name: &str) -> bool {
    !is_product_role(name) && !role_subject(name).starts_with('_')
}

fn is_product_role(name: &str) -> bool {
    let begins = |prefix: &str| name.get(..prefix.len()).is_some_and(|start| same(start, prefix));
    begins("_product_admin_") || begins("_developer_")
}

/// Returns a hash of a group's name, as the API compares them.
pub(crate) fn group_hash(name: &str) -> u64 {
    const GROUP: u64 = 7;
    name_hash(name.trim(), GROUP)
}

/// The lists of memberships that a row may have, each with the prefix of its names.
const MEMBERSHIPS: [(Field, &str); 9] = [
    (Field::Groups, ""),
    (Field::AddGroups, ""),
    (Field::ProductConfigurations, ""),
    (Field::ProductProfiles, ""),
    (Field::UserGroups, ""),
    (Field::ConfigurationsAdministered, "_admin_"),
    (Field::UserGroupsAdministered, "_admin_"),
    (Field::ProductsAdministered, "_product_admin_"),
    (Field::DeveloperAccess, "_developer_"),
];

/// Whether a cell lists a group. `prefix` is that of the names of its column.
fn lists(cell: &str, rules: &Rules, prefix: &str, name: &str) -> bool {
    let listed = split(cell, rules.list_separator).ok().flatten().unwrap_or_default();
    listed.iter().any(|listed| {
        same_name(listed, name)
            || (!prefix.is_empty()
                && name.get(..prefix.len()) == Some(prefix)
                && same_name(&name[prefix.len()..], listed))
    })
}

/// Returns the cells of a column, which a table may have several times.
fn cells_of<'c>(cells: &'c Cells<'_>, field: Field) -> impl Iterator<Item = &'c str> {
    std::iter::once(cells.get(field)).chain(cells.more(field))
}

/// Returns the character in the name of a group that may separate several names; `None` if the row
/// shows that it is one name: it stands alone, or in a JSON array.
pub(crate) fn perhaps_separator(
    cells: &Cells<'_>,
    rules: &Rules,
    name: &str,
    how: GroupUse,
) -> Option<char> {
    let separator = separator_in(name)?;
    let columns: &[(Field, &str)] = match how {
        GroupUse::Own => &[],
        GroupUse::Gains => &[(Field::Profiles, "")],
        GroupUse::Loses => &[(Field::RemoveProfiles, "")],
        GroupUse::Leaves if !cells.get(Field::RemoveGroups).is_empty() => {
            &[(Field::RemoveGroups, "")]
        }
        GroupUse::Joins | GroupUse::Leaves => &MEMBERSHIPS,
    };
    let is_in_plain_list = |(field, prefix): &(Field, &str)| {
        cells_of(cells, *field)
            .any(|cell| !trim(cell).starts_with('[') && lists(cell, rules, prefix, name))
    };
    columns.iter().any(is_in_plain_list).then_some(separator)
}

/// Returns the column in which a row names a group.
pub(crate) fn group_column(cells: &Cells<'_>, rules: &Rules, name: &str, how: GroupUse) -> Field {
    let names = |field: Field, prefix: &str| {
        cells_of(cells, field).any(|cell| lists(cell, rules, prefix, name))
    };
    match how {
        GroupUse::Own => Field::Group,
        GroupUse::Gains => Field::Profiles,
        GroupUse::Loses => Field::RemoveProfiles,
        GroupUse::Leaves if names(Field::RemoveGroups, "") => Field::RemoveGroups,
        GroupUse::Joins | GroupUse::Leaves => MEMBERSHIPS
            .into_iter()
            .find(|(field, prefix)| names(*field, prefix))
            .map_or(Field::Groups, |(field, _)| field),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{cells, group_in, read_in, user};
    use super::*;
    use crate::table::InputDialect;
    use Field::*;

    fn group<'a>(row: &[(Field, &'a str)]) -> GroupChange<'a> {
        group_in(InputDialect::Native, row)
    }

    fn needed(change: &Change<'_>) -> Vec<(String, GroupUse)> {
        let mut all = Vec::new();
        each_needed_group(change, |name, how| all.push((name.to_owned(), how)));
        all
    }

    #[test]
    fn a_row_needs_the_groups_that_it_names_and_does_not_create() {
        let change = user(&[
            (Action, "update"),
            (Email, "ann@example.com"),
            (AddGroups, "A,_admin_B"),
            (RemoveGroups, "C"),
        ]);
        let uses = [("A", GroupUse::Joins), ("_admin_B", GroupUse::Joins), ("C", GroupUse::Leaves)];
        assert_eq!(needed(&Change::User(change)), uses.map(|(name, how)| (name.to_owned(), how)));
        let change = group(&[(Action, "create-group"), (Group, "New"), (Profiles, "P")]);
        assert_eq!(needed(&Change::Group(change)), [("P".to_owned(), GroupUse::Gains)]);
    }

    #[test]
    fn name_may_be_a_list_only_where_a_plain_list_has_it() {
        let separators = |row: &[(Field, &str)]| {
            let cells = cells(row);
            let rules = Rules::new(InputDialect::Native);
            let change = read_in(InputDialect::Native, row).unwrap();
            let mut found = Vec::new();
            each_needed_group(&change, |name, how| {
                found.push(perhaps_separator(&cells, &rules, name, how));
            });
            found
        };
        let user = |groups| [(Action, "add"), (Email, "ann@example.com"), (Groups, groups)];
        assert_eq!(separators(&user("A;B,C | D,E")), [Some(';'), Some('|'), None]);
        assert_eq!(separators(&user(r#"["A;B"]"#)), [None]);
        assert_eq!(separators(&[(Action, "delete-group"), (Group, "A;B")]), [None]);
        let profiles = [(Action, "update-group"), (Group, "A|B"), (Profiles, "P;Q")];
        assert_eq!(separators(&profiles), [None, Some(';')]);
    }

    #[test]
    fn events_are_creations_renamings_and_deletions() {
        for (row, events) in [
            (&[(Action, "create-group"), (Group, "A")][..], &[("A", true)][..]),
            (
                &[(Action, "update-group"), (Group, "A"), (NewName, "B")],
                &[("A", false), ("B", true)],
            ),
            (&[(Action, "update-group"), (Group, "A"), (Description, "x")], &[]),
            (&[(Action, "delete-group"), (Group, "A")], &[("A", false)]),
        ] {
            let change = Change::Group(group(row));
            assert_eq!(group_events(&change), events, "{row:?}");
        }
    }

    #[test]
    fn a_role_is_asked_for_by_its_group_or_else_by_itself() {
        for (name, asked) in [
            ("Design", Some("Design")),
            ("_admin_Design", Some("Design")),
            ("_Product_Admin_Photoshop", Some("_Product_Admin_Photoshop")),
            ("_developer_API", Some("_developer_API")),
            ("_support_admin", None),
        ] {
            assert_eq!(asked_group(name), asked, "{name}");
        }
        assert!(
            is_user_group("_admin_Design")
                && !is_user_group("_developer_API")
                && !is_user_group("_support_admin")
        );
    }
}
