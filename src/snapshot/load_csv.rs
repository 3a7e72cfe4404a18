//! Reads an exported list of users as an organization.

use crate::change::{Action, Problem, Rules, listed_groups};
use crate::organization::{Coverage, ListPart, Organization};
use crate::table::{Block, Cells, Field, InputDialect, RowBuffer, Table, each_block, rows_ahead};
use crate::umapi::ListedUser;
use jiff::Timestamp;
use std::borrow::Cow;
use std::io;

/// For lists without a column of all groups: the columns of each kind of membership.
const KINDS: [(Coverage, &[Field]); 5] = [
    (Coverage::PLAIN, &[Field::ProductConfigurations, Field::UserGroups]),
    (Coverage::ADMINS, &[Field::ConfigurationsAdministered, Field::UserGroupsAdministered]),
    (Coverage::PRODUCT_ADMINS, &[Field::ProductsAdministered]),
    (Coverage::DEVELOPERS, &[Field::DeveloperAccess]),
    (Coverage::OTHER_ROLES, &[Field::AdminRoles]),
];

/// Reads an exported list of users, in any dialect that has one; `at` is when it was written.
///
/// # Errors
/// When it cannot be read, names nobody, or has an invalid row: an incomplete list does not show
/// who is missing.
pub fn read_table(table: &Table, list_separator: char, at: Timestamp) -> io::Result<Organization> {
    check_is_list(table)?;
    let list_separator = if is_own(table) { ',' } else { list_separator };
    let rules = Rules { list_separator, ..Rules::new(table.dialect()) };
    let mut organization = Organization::new(table.name(), at);
    set_coverage(&mut organization.coverage, table);
    let other = ["id", "status"].map(|name| table.position_of(name));
    let part = |block: Block| {
        let mut part = ListPart::new(at);
        read_block(table, &block, &rules, other, |user| part.add(user))?;
        Ok((part, block.end()))
    };
    each_block(table, part, |part: io::Result<(ListPart, u64)>| {
        let (part, end) = part?;
        let is_first = organization.is_empty();
        organization.absorb(&part);
        if is_first {
            let people = organization.len() as usize;
            organization.expect(rows_ahead(people, end, table.len_bytes()));
        }
        Ok::<_, io::Error>(())
    })?;
    if organization.is_empty() {
        return Err(wrong(table, " lists nobody"));
    }
    Ok(organization)
}

fn wrong(table: &Table, what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{}{what}", table.name()))
}

/// Refuses a table without email addresses, and one whose columns say what is to change.
fn check_is_list(table: &Table) -> io::Result<()> {
    const CHANGES: [Field; 5] = [
        Field::AddGroups,
        Field::RemoveGroups,
        Field::NewEmail,
        Field::NewUsername,
        Field::HardDelete,
    ];
    if !table.has(Field::Email) {
        return Err(wrong(
            table,
            " has no column of email addresses, so it is not an exported list of users",
        ));
    }
    match CHANGES.into_iter().find_map(|field| table.column(field)) {
        Some(column) => Err(wrong(
            table,
            &format!(
                " is not an exported list of users: its column {column} says what is to change. \
                 Use an exported list of users"
            ),
        )),
        None => Ok(()),
    }
}

/// Whether umbulk has written the list: no other program writes these columns together. It
/// separates names by commas, whatever the rows of the import use.
fn is_own(table: &Table) -> bool {
    ["action", "id", "status"].into_iter().all(|name| table.position_of(name).is_some())
}

/// Sets what the list shows, by its columns.
fn set_coverage(coverage: &mut Coverage, table: &Table) {
    // Some memberships of such a list come through a user group, and the list does not say which.
    coverage.set(Coverage::DIRECT, table.position_of("indirect").is_none());
    coverage.set(Coverage::EVERYBODY, table.position_of("part").is_none());
    let memberships =
        [Field::Groups, Field::ProductConfigurations, Field::ProductProfiles, Field::UserGroups];
    coverage.set(Coverage::MEMBERSHIPS, memberships.iter().any(|field| table.has(*field)));
    for (kind, fields) in KINDS {
        let is_shown = table.has(Field::Groups) || fields.iter().all(|field| table.has(*field));
        coverage.set(kind, is_shown);
    }
    coverage.set(Coverage::USERNAMES, table.has(Field::Username) && table.has(Field::Domain));
    coverage.set(Coverage::TYPES, table.has(Field::Type));
    coverage.set(Coverage::NAMES, table.has(Field::Firstname) && table.has(Field::Lastname));
    coverage.set(Coverage::STATUS, table.position_of("status").is_some());
}

/// Passes the users of a block to `take`. `other` are the columns of id and status.
fn read_block(
    table: &Table,
    block: &Block,
    rules: &Rules,
    other: [Option<usize>; 2],
    mut take: impl FnMut(&ListedUser<'_>),
) -> io::Result<()> {
    let mut buffer = RowBuffer::default();
    for index in 0..block.len() {
        let line = block.frame(index).line;
        let (cells, other) = match block.all_cells(index, &mut buffer, other) {
            Ok(found) => found,
            Err(fault) if fault.is_skipped() => continue,
            Err(fault) => return Err(wrong(table, &format!(", line {line}: {fault}"))),
        };
        if cells.is_short() {
            return Err(wrong(
                table,
                &format!(
                    ", line {line}: the row has fewer cells than the header: the file may be cut \
                     off"
                ),
            ));
        }
        let action = cells.get(Field::Action).trim();
        if !(action.is_empty() || Action::from_name(action) == Some(Action::Create)) {
            return Err(wrong(
                table,
                &format!(
                    " is not an exported list of users: the action on line {line} is {action}, \
                     not create. Use an exported list of users"
                ),
            ));
        }
        let mut user = listed_user(&cells, rules)
            .map_err(|problem| wrong(table, &format!(", line {line}: {problem}")))?;
        [user.id, user.status] = other.map(Cow::Borrowed);
        if !(user.email.is_empty() && user.username.is_empty()) {
            take(&user);
        }
    }
    Ok(())
}

/// Returns a row of an exported list, as the API would list the user.
fn listed_user<'a>(cells: &Cells<'a>, rules: &Rules) -> Result<ListedUser<'a>, Problem> {
    let text = |field| Cow::Borrowed(cells.get(field).trim());
    let mut user = ListedUser {
        identity: text(Field::Type),
        email: text(Field::Email),
        username: text(Field::Username),
        domain: text(Field::Domain),
        firstname: text(Field::Firstname),
        lastname: text(Field::Lastname),
        country: text(Field::Country),
        groups: listed_groups(cells, rules)?,
        ..ListedUser::default()
    };
    // In the Admin Console's list, the type of Adobe IDs is empty.
    if user.identity.is_empty() && rules.dialect == InputDialect::AdminConsole {
        user.identity = Cow::Borrowed("adobeID");
    }
    Ok(user)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::ReadOptions;
    use crate::umapi::UserRef;

    fn read(text: &str) -> io::Result<Organization> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users.csv");
        std::fs::write(&path, text).unwrap();
        read_table(
            &Table::open(&path, &ReadOptions::new(folder.path())).unwrap(),
            ',',
            Timestamp::UNIX_EPOCH,
        )
    }

    #[test]
    fn every_dialect_of_users_tells_who_is_there() {
        for text in [
            "action,type,email,username,domain,firstname,lastname,country,groups,id,status\n\
             create,federatedID,ann@example.com,ann@example.com,example.com,Ann,Lee,US,\"[\"\"A, \
             B\"\",\"\"_org_admin\"\"]\",1@x,active\n",
            "Identity Type,Username,Domain,Email,First Name,Last Name,Country Code,ID,Product \
             Configurations,Admin Roles,User Groups\nFederated \
             ID,ann@example.com,example.com,ann@example.com,Ann,Lee,US,1@x,\"[\"\"A, \
             B\"\"]\",System Administrator,\n",
        ] {
            let all = read(text).unwrap();
            let ann = all.user(UserRef::own("ANN@example.com")).unwrap();
            assert_eq!(
                (ann.firstname(), ann.lastname(), ann.country(), ann.id()),
                ("Ann", "Lee", "US", "1@x")
            );
            assert_eq!(ann.group_names().collect::<Vec<_>>(), ["A, B", "_org_admin"]);
            assert!(
                all.shows(Coverage::DIRECT | Coverage::MEMBERSHIPS)
                    && !all.shows(Coverage::ALL_GROUPS)
            );
        }
    }

    #[test]
    fn a_list_with_inherited_memberships_says_so() {
        assert!(
            !read("type,email,groups,indirect\nfederatedID,ann@example.com,A,yes\n")
                .unwrap()
                .shows(Coverage::DIRECT)
        );
        assert!(
            !read("email,firstname\nann@example.com,Ann\n").unwrap().shows(Coverage::MEMBERSHIPS)
        );
    }

    #[test]
    fn half_a_list_is_none() {
        assert!(
            read("type,email,groups\nfederatedID\n").unwrap_err().to_string().contains("line 2")
        );
        assert!(read("type,email,groups\n").is_err());
        let cut =
            read("type,email,groups\nfederatedID,ann@example.com,\"[\"\"A\"\", \"\"B\"\"\"\n")
                .unwrap_err()
                .to_string();
        assert!(cut.contains("line 2") && cut.contains("groups"), "{cut}");
        assert!(read("name,description\na,b\n").is_err());
    }
}
