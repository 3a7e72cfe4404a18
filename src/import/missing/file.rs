//! Reads and writes `NAME.missing.csv`: the missing users, as rows that can be carried out like any
//! others, or as a plain list.

use super::error::MissingError;
use crate::change::{Change, IdentityType, Leave, Memberships};
use crate::fs::{exclusive_file, keep_dated, read_regular};
use crate::import::config::MissingAction;
use crate::import::error::ImportError;
use crate::import::input_file::InputFile;
use crate::organization::{OrgUser, Organization};
use crate::reconcile::{RemovableGroups, address};
use crate::report::Paths;
use crate::table::GuardedCsv;
use crate::umapi::{AccountKind, UserRef};
use std::io::{self, Write};
use std::path::Path;

/// The columns of a plain list. Without an `action`, it cannot be carried out by mistake.
const LISTED: [&str; 9] =
    ["type", "email", "username", "domain", "firstname", "lastname", "status", "id", "groups"];
/// The columns of rows to carry out. umbulk does not read the last ones: the groups of the user,
/// and the time. If a user is missing again in a later list, the file differs, and is carried out
/// again.
const CARRIED_OUT: [&str; 9] = [
    "action",
    "type",
    "email",
    "username",
    "domain",
    "firstname",
    "lastname",
    "listed_groups",
    "listed_at",
];

/// Returns the table as bytes. The same list gives the same bytes.
pub(crate) fn table<'o>(
    what: MissingAction,
    organization: &'o Organization,
    people: impl Iterator<Item = OrgUser<'o>>,
    taken: &RemovableGroups,
) -> Result<Vec<u8>, ImportError> {
    let mut header: Vec<&str> =
        if what == MissingAction::Report { LISTED.to_vec() } else { CARRIED_OUT.to_vec() };
    if what == MissingAction::RemoveGroups {
        header.push("remove_groups");
    }
    let mut table = GuardedCsv::begin(Vec::new(), header)?;
    let at = organization.at.to_string();
    for person in people {
        let groups = list(&person.group_names().collect::<Vec<_>>())?;
        let names = [person.firstname(), person.lastname()];
        if what == MissingAction::Report {
            let who = [person.identity(), person.email(), person.username(), person.domain()];
            let state = [person.status(), person.id(), groups.as_str()];
            table.row([&who[..], &names, &state].concat())?;
            continue;
        }
        let action = if what == MissingAction::Leave { "delete" } else { "remove" };
        let kind = if IdentityType::from_name(person.identity()).is_some() {
            person.identity()
        } else {
            ""
        };
        // One name is enough, and a second one could contradict it.
        let (email, username, domain) = match address(organization, person) {
            Some((username, Some(domain))) => ("", username, domain),
            Some((email, None)) => (email, "", ""),
            None => continue,
        };
        let mut row =
            [&[action, kind, email, username, domain], &names[..], &[groups.as_str(), &at]]
                .concat();
        let removed = list(&taken.of(person))?;
        if what == MissingAction::RemoveGroups {
            row.push(&removed);
        }
        table.row(row)?;
    }
    Ok(table.end()?)
}

/// Returns a list as JSON, because names may contain commas.
fn list(names: &[&str]) -> Result<String, ImportError> {
    Ok(serde_json::to_string(names)?)
}

/// Writes the file. An earlier one with other users is renamed.
pub(crate) fn write(path: &Path, table: &[u8]) -> Result<(), ImportError> {
    let there = read_regular(path).and_then(io::read_to_string);
    if there.is_ok_and(|there| there.as_bytes() == table) {
        return Ok(());
    }
    keep_dated(&Paths::copies(path, path), path)?;
    let partial = path.with_added_extension("partial");
    let mut file = exclusive_file(&partial)?;
    file.write_all(table)
        .and_then(|()| file.sync_all())
        .and_then(|()| std::fs::rename(&partial, path))
        .map_err(|error| MissingError::NotWritten { path: path.to_owned(), error })?;
    Ok(())
}

/// A user of such a file.
pub(crate) struct Called {
    pub(crate) user: String,
    pub(super) domain: Option<String>,
    pub(super) account: AccountKind,
    /// Groups to remove.
    pub(crate) removed: Vec<String>,
}

impl Called {
    /// Returns the user of the organization.
    pub(crate) fn find<'o>(&self, organization: &'o Organization) -> Option<OrgUser<'o>> {
        organization.user(
            UserRef::own(&self.user).in_domain(self.domain.as_deref()).with_account(self.account),
        )
    }
}

/// Returns the action of an existing file, and its users.
pub(crate) fn read(input: &InputFile) -> Result<(MissingAction, Vec<Called>), ImportError> {
    let mut what = None;
    let mut people = Vec::new();
    input.each_change(|change| {
        if let Ok(Change::User(user)) = change {
            what = Some(if user.leave == Some(Leave::KeepAccount) {
                MissingAction::Leave
            } else {
                MissingAction::RemoveGroups
            });
            let removed = match &user.remove {
                Some(Memberships::Named(names)) => names.iter().map(ToString::to_string).collect(),
                _ => Vec::new(),
            };
            people.push(Called {
                removed,
                user: user.user.to_string(),
                account: user.account(),
                domain: user.domain.map(|domain| domain.to_string()),
            });
        }
    })?;
    let nobody = || MissingError::ListsNobody { file: input.table.name().to_owned() };
    Ok((what.ok_or_else(nobody)?, people))
}
