//! Memberships as the Admin Console's export writes them.

use super::check;
use super::problem::Problems;
use crate::table::{Cells, Field};
use std::borrow::Cow;

/// Columns of names, and what a name in them is to the API.
const COLUMNS: [(Field, &str, &str); 6] = [
    (Field::ProductConfigurations, "product_configurations", ""),
    (Field::UserGroups, "user_groups", ""),
    (Field::ConfigurationsAdministered, "product_configurations_administered", "_admin_"),
    (Field::UserGroupsAdministered, "user_groups_administered", "_admin_"),
    (Field::ProductsAdministered, "products_administered", "_product_admin_"),
    (Field::DeveloperAccess, "developer_access", "_developer_"),
];

/// Adds the memberships of the export's columns to `add`.
pub(super) fn memberships<'a>(cells: &Cells<'a>, separator: char, add: &mut Vec<Cow<'a, str>>, problems: &mut Problems) {
    for (field, name, prefix) in COLUMNS {
        if cells.get(field).is_empty() {
            continue;
        }
        let names = check::list(cells, field, name, separator, problems).unwrap_or_default();
        if prefix.is_empty() {
            check::memberships(name, &names, problems);
            add.extend(names);
        } else {
            let named: Vec<Cow<'a, str>> = names.iter().map(|name| Cow::Owned(format!("{prefix}{name}"))).collect();
            check::memberships(name, &named, problems);
            add.extend(named);
        }
    }
    if !cells.get(Field::AdminRoles).is_empty() {
        roles(cells, separator, add, problems);
    }
}

/// Two roles can be set through the API; the others are named.
fn roles<'a>(cells: &Cells<'a>, separator: char, add: &mut Vec<Cow<'a, str>>, problems: &mut Problems) {
    for role in check::list(cells, Field::AdminRoles, "admin_roles", separator, problems).unwrap_or_default() {
        let word: String = role.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        match word.trim_end_matches("istrator").trim_end_matches("istrators") {
            "supportadmin" => add.push(Cow::Borrowed("_support_admin")),
            "deploymentadmin" => add.push(Cow::Borrowed("_deployment_admin")),
            _ => problems.add(
                "admin_roles",
                "role",
                &role,
                "cannot be set through the API: only support and deployment administrators can; set this one in the Admin Console",
            ),
        }
    }
}
