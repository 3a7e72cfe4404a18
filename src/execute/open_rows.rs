//! Rows about users and groups that an earlier request may still change. Until that is over, the
//! server's responses about them prove nothing.

use super::each_row::each_row;
use super::guard::{NameHash, Protected, deletes};
use super::input_rows::InputRows;
use super::late::OpenNames;
use super::losses::row_may_take_away;
use super::referenced_users::links;
use crate::change::{Change, each_needed_group, read_all, role_subject};
use crate::plan::Key;
use crate::reconcile::spellings;
use crate::table::{Cells, Field};
use std::collections::HashMap;
use std::io;
use tokio::time::Instant;

/// The users whom the server is asked about before anything is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AskedUsers {
    /// The users of all rows, because they are compared with a list.
    OfAllRows,
    /// The users from whom a row removes something.
    WhoLose,
}

/// A user or a group of the rows that an earlier request may still change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OpenName {
    key: Key,
    /// The name, as a row has it.
    pub(crate) name: String,
    kind: OpenKind,
}

/// What may still happen to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OpenKind {
    /// It may be changed.
    Changed,
    /// It is a group, and may be created or removed.
    UncertainGroup,
    /// It is a group, and its members may change until this time. Another import may add members
    /// for hours, so umbulk only waits for the requests that are open now.
    Members(Instant),
}

impl OpenName {
    /// Returns the time until which it may still be changed.
    pub(crate) fn until(&self, open: &OpenNames) -> Option<Instant> {
        match self.kind {
            OpenKind::Changed => open.until(self.key),
            OpenKind::UncertainGroup => open.uncertain_until(self.key),
            OpenKind::Members(until) => {
                open.until(self.key).filter(|_| Instant::now() < until).map(|_| until)
            }
        }
    }

    /// Returns the name of a user, if it is open.
    pub(super) fn of_user(name: &str, domain: &str, open: &OpenNames) -> Option<Self> {
        let own = Some(domain).filter(|own| !own.is_empty() && !name.contains('@'));
        let keys = [Some(Key::user(name, own)), Key::bare(name)];
        let key = keys.into_iter().flatten().find(|key| open.until(*key).is_some())?;
        Some(Self { key, name: name.to_owned(), kind: OpenKind::Changed })
    }
}

/// Finds the users and groups on the list of protected names that an earlier request may still
/// change. The user that a row means may depend on them, whatever name the row uses.
pub(crate) fn open_protected(protected: &Protected, open: &OpenNames) -> Vec<OpenName> {
    let group = |name: &str| {
        let key = Key::group(role_subject(name));
        let name = name.to_owned();
        let kind = match (open.uncertain_until(key), open.until(key)) {
            (Some(_), _) => OpenKind::UncertainGroup,
            (None, until) => OpenKind::Members(until?),
        };
        Some(OpenName { key, name, kind })
    };
    let all = protected.names().flat_map(|name| [OpenName::of_user(name, "", open), group(name)]);
    all.flatten().collect()
}

/// Finds the users and groups that the server is asked about and that an earlier request may still
/// change, by all names that the rows give them.
///
/// # Errors
/// When a file cannot be read.
pub(crate) fn open_names(
    files: &[(InputRows<'_>, AskedUsers)],
    open: &OpenNames,
) -> io::Result<Vec<OpenName>> {
    let (mut asked, mut others) = (Vec::new(), Vec::new());
    for (input_rows, users) in files {
        each_row(
            input_rows.table,
            |block, index, buffer, found| {
                let Ok(cells) = block.cells(index, buffer) else { return };
                let is_asked = asks_about(input_rows, *users, &cells);
                let of_row = names_of_row(input_rows, &cells, open);
                found.extend(of_row.map(|(name, hash)| (is_asked, name, hash)));
            },
            |(is_asked, name, hash): (bool, OpenName, Option<NameHash>)| match hash {
                Some(hash) if !is_asked => others.push((name, hash)),
                _ => add(&mut asked, name),
            },
        )?;
    }
    let linked = others.iter().map(|(_, hash)| (*hash, ())).collect();
    if !others.is_empty() && meets_an_asked_user(files, linked)? {
        others.into_iter().for_each(|(name, _)| add(&mut asked, name));
    }
    Ok(asked)
}

fn add(names: &mut Vec<OpenName>, name: OpenName) {
    if !names.contains(&name) {
        names.push(name);
    }
}

/// Whether the server is asked about the users of a row.
fn asks_about(input_rows: &InputRows<'_>, users: AskedUsers, cells: &Cells<'_>) -> bool {
    users == AskedUsers::OfAllRows || row_may_take_away(input_rows, cells)
}

/// Returns the open names in a row: users, each with its hash, and groups.
fn names_of_row(
    input_rows: &InputRows<'_>,
    cells: &Cells<'_>,
    open: &OpenNames,
) -> impl Iterator<Item = (OpenName, Option<NameHash>)> {
    let mut found = Vec::new();
    for (name, domain) in spellings(cells, input_rows.rules).into_iter().flatten() {
        let open_name = OpenName::of_user(&name, &domain, open);
        found.extend(open_name.map(|open_name| (open_name, Some(NameHash::user(&name, &domain)))));
    }
    let change = read_all(cells, input_rows.rules).0;
    for name in change.iter().flat_map(needed_groups) {
        let key = Key::group(&name);
        if open.uncertain_until(key).is_some() {
            found.push((OpenName { key, name, kind: OpenKind::UncertainGroup }, None));
        }
    }
    // The server is also asked about the members of a group that is deleted.
    if change.as_ref().is_some_and(deletes) {
        let name = cells.get(Field::Group).trim().to_owned();
        let key = Key::group(&name);
        if !name.is_empty() && open.until(key).is_some() {
            found.push((OpenName { key, name, kind: OpenKind::Changed }, None));
        }
    }
    found.into_iter()
}

/// Returns the groups that must exist before a change. A role exists if its group does.
fn needed_groups(change: &Change<'_>) -> Vec<String> {
    let mut names = Vec::new();
    each_needed_group(change, |name, _| names.push(role_subject(name).to_owned()));
    names
}

/// Whether these names, with those that rows give to the same users, are names of users who are
/// asked about.
fn meets_an_asked_user(
    files: &[(InputRows<'_>, AskedUsers)],
    mut names: HashMap<NameHash, ()>,
) -> io::Result<bool> {
    let all_input_rows: Vec<_> = files.iter().map(|(input_rows, _)| *input_rows).collect();
    links(&all_input_rows, |_| false)?.spread(&mut names);
    let mut meets = false;
    for (input_rows, users) in files {
        each_row(
            input_rows.table,
            |block, index, buffer, found| {
                let Ok(cells) = block.cells(index, buffer) else { return };
                if asks_about(input_rows, *users, &cells) {
                    let all = spellings(&cells, input_rows.rules);
                    found.extend(
                        all.iter()
                            .flatten()
                            .filter(|(name, domain)| {
                                names.contains_key(&NameHash::user(name, domain))
                            })
                            .map(|_| ()),
                    );
                }
            },
            |()| meets = true,
        )?;
    }
    Ok(meets)
}
