//! The rows of `NAME.undo.csv`.

use super::done_row::DoneRow;
use crate::change::{problems_of, problems_text};
use crate::table::Field;
use std::collections::BTreeSet;

/// A row that takes something back, in umbulk's own columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct UndoRow {
    pub(crate) action: &'static str,
    pub(crate) identity: String,
    pub(crate) email: String,
    pub(crate) username: String,
    pub(crate) domain: String,
    pub(crate) firstname: String,
    pub(crate) lastname: String,
    pub(crate) country: String,
    pub(crate) groups: Vec<String>,
    pub(crate) new_email: String,
    pub(crate) new_username: String,
    pub(crate) add_groups: Vec<String>,
    pub(crate) remove_groups: Vec<String>,
    pub(crate) group: String,
    pub(crate) new_name: String,
    /// The rows that it takes back.
    pub(crate) of: Vec<DoneRow>,
    /// What it takes back, in words.
    pub(crate) why: String,
}

/// The columns that umbulk reads.
const READ: [Field; 15] = [
    Field::Action,
    Field::Type,
    Field::Email,
    Field::Username,
    Field::Domain,
    Field::Firstname,
    Field::Lastname,
    Field::Country,
    Field::Groups,
    Field::NewEmail,
    Field::NewUsername,
    Field::AddGroups,
    Field::RemoveGroups,
    Field::Group,
    Field::NewName,
];

/// The columns for people, which an import ignores.
pub(crate) const EXPLAINED: [&str; 3] = ["undoes_file", "undoes_rows", "undoes"];

/// The columns of an update row that change names.
pub(super) const VALUES: [&str; 4] = ["new_email", "new_username", "firstname", "lastname"];

impl UndoRow {
    /// Returns the header.
    pub(crate) fn columns() -> impl Iterator<Item = &'static str> {
        READ.into_iter().map(Field::name).chain(EXPLAINED)
    }

    fn read_cells(&self) -> [String; 15] {
        [
            self.action.to_owned(),
            self.identity.clone(),
            self.email.clone(),
            self.username.clone(),
            self.domain.clone(),
            self.firstname.clone(),
            self.lastname.clone(),
            self.country.clone(),
            list(&self.groups),
            self.new_email.clone(),
            self.new_username.clone(),
            list(&self.add_groups),
            list(&self.remove_groups),
            self.group.clone(),
            self.new_name.clone(),
        ]
    }

    /// Returns the cells. `files` are the names of the files that were imported.
    pub(crate) fn cells(&self, files: &[String]) -> Vec<String> {
        let mut named: Vec<&str> =
            self.of.iter().filter_map(|row| Some(files.get(row.file)?.as_str())).collect();
        named.dedup();
        let mut rows: Vec<String> = self.of.iter().map(|row| row.row.to_string()).collect();
        rows.dedup();
        let explained = [named.join(", "), rows.join(", "), self.why.clone()];
        self.read_cells().into_iter().chain(explained).collect()
    }

    /// Whether it changes names of its user.
    pub(crate) fn changes_names(&self) -> bool {
        let names = [&self.new_email, &self.new_username, &self.firstname, &self.lastname];
        names.into_iter().any(|name| !name.is_empty())
    }

    /// Returns the name of the user or group, for people.
    pub(crate) fn who(&self) -> &str {
        [&self.group, &self.email, &self.username]
            .into_iter()
            .find(|name| !name.is_empty())
            .map_or("", String::as_str)
    }

    /// Returns the problems that an import would report, in words.
    pub(crate) fn problems(&self) -> Option<String> {
        let written = self.read_cells();
        let problems = problems_of(READ.into_iter().zip(written.iter().map(String::as_str)));
        (!problems.is_empty()).then(|| problems_text(&problems).1)
    }

    /// Returns the row without everything but names that are in none of these columns; `None` if it
    /// changes no others.
    pub(super) fn names_beside(&self, values: &BTreeSet<String>) -> Option<Self> {
        let only = |[name, cell]: [&str; 2]| match values.contains(name) {
            true => String::new(),
            false => cell.to_owned(),
        };
        let row = Self {
            new_email: only(["new_email", &self.new_email]),
            new_username: only(["new_username", &self.new_username]),
            firstname: only(["firstname", &self.firstname]),
            lastname: only(["lastname", &self.lastname]),
            add_groups: Vec::new(),
            remove_groups: Vec::new(),
            why: "names as before".to_owned(),
            ..self.clone()
        };
        (row.action == "update" && row.changes()).then_some(row)
    }

    /// Whether the row changes anything.
    pub(crate) fn changes(&self) -> bool {
        self.action != "update"
            || [&self.new_email, &self.new_username, &self.firstname, &self.lastname]
                .iter()
                .any(|cell| !cell.is_empty())
            || self.moves()
    }

    /// Whether the row changes memberships.
    pub(super) fn moves(&self) -> bool {
        !self.add_groups.is_empty() || !self.remove_groups.is_empty()
    }
}

/// Names in one cell: separated by commas, or as JSON if a name contains a comma.
fn list(names: &[String]) -> String {
    let must_be_json = names.iter().any(|name| name.contains(','))
        || names.first().is_some_and(|name| name.starts_with('['));
    if must_be_json { serde_json::to_string(names).unwrap_or_default() } else { names.join(",") }
}
