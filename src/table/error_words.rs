//! Parts of sentences about the columns and lines of a table.

use super::field::Field;

/// Lists names in quotes: `"Staff", "Notes"`. The first ones are enough.
pub(super) fn quoted(names: &[String]) -> String {
    const SHOWN: usize = 8;
    let mut quoted: Vec<String> =
        names.iter().take(SHOWN).map(|name| format!("{name:?}")).collect();
    if names.len() > SHOWN {
        quoted.push(format!("and {} more", names.len() - SHOWN));
    }
    quoted.join(", ")
}

/// Describes columns with typing errors: `the column "Emial" is not known. If it is email,`.
pub(crate) fn near_miss_words(columns: &[(String, Field)]) -> String {
    if let [(column, field)] = columns {
        return format!("the column {column:?} is not known. If it is {},", field.name());
    }
    let meant: Vec<String> = columns
        .iter()
        .map(|(column, field)| format!("{column:?} may be {}", field.name()))
        .collect();
    format!("these columns are not known: {}. For those that are,", meant.join(", "))
}

/// Describes likely meanings: `"Land" looks like countries, "Vorname" looks like first names`.
pub(super) fn lookalike_words(columns: &[(String, Field)]) -> String {
    let looks: Vec<String> = columns
        .iter()
        .map(|(column, field)| format!("{column:?} looks like {}", looks(*field)))
        .collect();
    looks.join(", ")
}

/// Names columns before a verb: `the column "Leaver" marks`.
pub(super) fn columns_that(columns: &[String], one: &str, several: &str) -> String {
    let quoted: Vec<String> = columns.iter().map(|column| format!("{column:?}")).collect();
    match quoted.split_last() {
        Some((last, others)) if !others.is_empty() => {
            format!("the columns {} and {last} {several}", others.join(", "))
        }
        _ => format!("the column {} {one}", quoted.concat()),
    }
}

/// Describes what a column seems to contain.
pub(crate) fn looks(field: Field) -> &'static str {
    match field {
        Field::Firstname => "first names",
        Field::Lastname => "last names",
        Field::Country => "countries",
        Field::Username => "usernames",
        Field::Domain => "domains",
        Field::Type => "identity types",
        Field::Action => "actions",
        Field::Email => "email addresses",
        Field::NewEmail => "new email addresses",
        Field::NewUsername => "new usernames",
        Field::RemoveGroups => "groups to leave",
        Field::IfExists => "what to do with existing users",
        Field::HardDelete => "whose account is deleted",
        Field::Umapi => "other organizations",
        Field::AdminRoles
        | Field::ConfigurationsAdministered
        | Field::UserGroupsAdministered
        | Field::ProductsAdministered
        | Field::DeveloperAccess => "administrators' roles",
        _ => "groups",
    }
}

/// Lists lines: `line 4`, `lines 4, 5, …`.
pub(crate) fn line_words(lines: &[u64]) -> String {
    let numbers: Vec<String> = lines.iter().map(u64::to_string).collect();
    let more = if lines.len() >= 5 { ", …" } else { "" };
    format!("line{} {}{more}", if lines.len() == 1 { "" } else { "s" }, numbers.join(", "))
}
