//! Finds lists by the names that users type: a file, a snapshot by its name or date, or
//! `latest`.

use crate::export::ListKind;
use crate::import::access::{Access, AccessError};
use crate::import::connection::Connection;
use crate::import::error::ImportError;
use crate::import::list_error::{OrgListError, clock};
use crate::organization::{Coverage, Organization};
use crate::snapshot::{
    Snapshot, StoredSnapshot, read_groups, read_snapshot, read_table, stored_snapshots,
};
use crate::table::{Check, FileState, ReadOptions, Table, TablePurpose};
use crate::umapi::ListQuery;
use crate::visible::visible;
use jiff::{SignedDuration, Timestamp};
use std::cell::OnceCell;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The snapshots of one organization, or of all. The state folder is read when a list is needed.
pub(crate) struct Lists {
    place: Result<ListsPlace, AccessError>,
    state: Option<PathBuf>,
    stored: OnceCell<Vec<StoredSnapshot>>,
}

/// The owner of the lists, as far as it is known.
struct ListsPlace {
    organization: Option<String>,
    host: Option<String>,
}

/// A list that was found.
pub(crate) enum FoundList {
    /// A table.
    Table(Box<Table>, Timestamp),
    /// A snapshot.
    Stored(Box<Snapshot>),
}

impl Lists {
    /// Creates the lists of the named organization, or else of the one in the settings, at the host
    /// in the settings; without either, all lists.
    pub(crate) fn new(access: &Access, organization: Option<String>) -> Self {
        let place = Connection::place_if_set(access).map(|set| {
            let (set, host) = set.unzip();
            ListsPlace {
                organization: organization.map(|said| said.trim().to_owned()).or(set),
                host,
            }
        });
        let state = access.state_dir().map(Path::to_owned);
        Self { place, state, stored: OnceCell::new() }
    }

    /// Returns all lists, oldest first.
    pub(crate) fn all(&self) -> Result<&[StoredSnapshot], ImportError> {
        if let Some(found) = self.stored.get() {
            return Ok(found);
        }
        // A user who names files needs no credentials.
        let place = self.place.as_ref().map_err(Clone::clone)?;
        let mut all = self.state.as_deref().map_or_else(|| Ok(Vec::new()), stored_snapshots)?;
        let is =
            |wanted: &Option<String>, own: &str| wanted.as_ref().is_none_or(|wanted| wanted == own);
        all.retain(|list| {
            is(&place.organization, &list.snapshot.organization)
                && is(&place.host, &list.snapshot.host)
        });
        Ok(self.stored.get_or_init(|| all))
    }

    /// Opens the list with this name. A file is preferred to a snapshot of the same name.
    pub(crate) fn open(&self, name: &Path, kind: ListKind) -> Result<FoundList, ImportError> {
        if name == Path::new("-") || name.exists() {
            return open_file(name);
        }
        let text = name.to_string_lossy();
        let what = match kind {
            ListKind::Users => "users",
            ListKind::Groups => "groups",
        };
        let is_latest = text.eq_ignore_ascii_case("latest");
        let is_wanted = |list: &&StoredSnapshot| match kind {
            ListKind::Users => list.snapshot.query != ListQuery::Groups,
            ListKind::Groups => list.snapshot.query == ListQuery::Groups,
        };
        let mut found: Vec<&StoredSnapshot> = if is_latest {
            self.all()?
                .iter()
                .filter(is_wanted)
                .filter(|list| is_full(&list.snapshot.query))
                .collect()
        } else {
            self.all()?
                .iter()
                .filter(|list| list.is_kept && list.is_called(&text))
                .filter(is_wanted)
                .collect()
        };
        if found.iter().any(|list| is_full(&list.snapshot.query)) && found.len() > 1 {
            found.retain(|list| is_full(&list.snapshot.query));
        }
        if let Some(other) =
            found.iter().find(|list| list.snapshot.organization != found[0].snapshot.organization)
        {
            return Err(OrgListError::OfTwoOrganizations {
                name: text.into_owned(),
                one: found[0].snapshot.organization.clone(),
                other: other.snapshot.organization.clone(),
            }
            .into());
        }
        match found.last() {
            Some(list) => Ok(FoundList::Stored(Box::new(list.snapshot.clone()))),
            None if is_latest => Err(OrgListError::NoLatest { what }.into()),
            None => Err(OrgListError::NotFound { name: text.into_owned(), what }.into()),
        }
    }

    /// Returns the list of groups that is closest in time to a list of users.
    pub(crate) fn groups_beside(&self, users: &Snapshot) -> Result<Option<&Snapshot>, ImportError> {
        let same = |list: &&Snapshot| {
            list.query == ListQuery::Groups
                && (&list.organization, &list.host) == (&users.organization, &users.host)
        };
        let lists = self.all()?.iter().map(|list| &list.snapshot).filter(same);
        Ok(lists.min_by_key(|list| list.at.duration_since(users.at).abs()))
    }
}

impl FoundList {
    /// Reads the groups of a list of groups.
    pub(crate) fn groups(&self) -> Result<Organization, ImportError> {
        match self {
            FoundList::Stored(list) => groups_of(list),
            FoundList::Table(table, at) => {
                let mut organization = Organization::new(table.name(), *at);
                read_groups(table, &mut organization)?;
                Ok(organization)
            }
        }
    }

    /// Reads the users of a list, with the group kinds in `groups`. In a table, `list_separator`
    /// separates the names in a cell.
    pub(crate) fn read(
        &self,
        groups: Option<&FoundList>,
        list_separator: char,
    ) -> Result<Organization, ImportError> {
        let mut organization = match (self, groups) {
            (FoundList::Stored(users), Some(FoundList::Stored(groups))) => {
                return Ok(read_snapshot(users, Some(groups))?);
            }
            (FoundList::Stored(users), _) => read_snapshot(users, None)?,
            (FoundList::Table(table, at), _) => read_list(table, list_separator, *at)?,
        };
        match groups {
            Some(FoundList::Table(table, _)) => read_groups(table, &mut organization)?,
            Some(FoundList::Stored(list)) => {
                for page in list.pages()? {
                    page?.groups()?.groups.iter().for_each(|group| organization.add_group(group));
                }
                organization.coverage |= Coverage::ALL_GROUPS;
            }
            None => {}
        }
        Ok(organization)
    }

    /// Returns the query of the list; `None` for a file, which does not say.
    pub(crate) fn query(&self) -> Option<&ListQuery> {
        match self {
            FoundList::Stored(list) => Some(&list.query),
            FoundList::Table(..) => None,
        }
    }

    /// Returns the name and the time of the list.
    pub(crate) fn describe(&self) -> String {
        match self {
            FoundList::Table(table, at) => {
                format!("{} of {}", visible(table.name()), clock(*at))
            }
            FoundList::Stored(list) => {
                format!("{} of {}, {}", what(&list.query), list.organization, clock(list.at))
            }
        }
    }
}

/// Refuses a list that is being written while it is read.
fn read_list(
    table: &Table,
    list_separator: char,
    at: Timestamp,
) -> Result<Organization, ImportError> {
    let mut organization = read_table(table, list_separator, at)?;
    organization.content = Some(table.fingerprint()?.1);
    match table.file_state(Check::Quick) {
        FileState::AsRead => Ok(organization),
        FileState::Changed | FileState::Gone => {
            Err(OrgListError::Changed { name: table.name().to_owned() }.into())
        }
    }
}

/// Reads the groups of a snapshot of groups.
pub(crate) fn groups_of(list: &Snapshot) -> Result<Organization, ImportError> {
    if list.query != ListQuery::Groups {
        return Err(OrgListError::NotOfGroups(list.path.clone()).into());
    }
    let name = format!("the snapshot of groups of {}", list.organization);
    let mut organization = Organization::new(name, list.at);
    for page in list.pages()? {
        page?.groups()?.groups.iter().for_each(|group| organization.add_group(group));
    }
    organization.coverage |= Coverage::ALL_GROUPS;
    Ok(organization)
}

/// The clock of a file server may be this much ahead.
const AHEAD: SignedDuration = SignedDuration::from_mins(2);

fn open_file(path: &Path) -> Result<FoundList, ImportError> {
    let mut start = Vec::new();
    if path.is_file() {
        let named = |error| OrgListError::Unreadable { path: path.to_owned(), error };
        File::open(path).map_err(named)?.take(64).read_to_end(&mut start).map_err(named)?;
    }
    if Snapshot::is_one(&start) {
        return Ok(FoundList::Stored(Box::new(Snapshot::open(path)?)));
    }
    let written = path
        .metadata()
        .and_then(|data| data.modified())
        .ok()
        .and_then(|time| Timestamp::try_from(time).ok());
    let now = Timestamp::now();
    if let Some(ahead) = written.filter(|written| written.duration_since(now) > AHEAD) {
        return Err(OrgListError::InTheFuture { path: path.to_owned(), date: ahead }.into());
    }
    let options = ReadOptions {
        private_copy: false,
        purpose: TablePurpose::OrganizationList,
        ..ReadOptions::new(std::env::temp_dir())
    };
    Ok(FoundList::Table(Box::new(Table::open(path, &options)?), written.unwrap_or(now)))
}

fn is_full(query: &ListQuery) -> bool {
    matches!(query, ListQuery::Groups | ListQuery::Users { domain: None, .. })
}

/// Whether a user who is not in such a list may still be in the organization.
pub(crate) fn is_part(query: Option<&ListQuery>) -> bool {
    query.is_some_and(|query| !is_full(query))
}

/// Describes a query: `users of example.com`.
pub(crate) fn what(query: &ListQuery) -> String {
    let (mut text, domain, direct) = match query {
        ListQuery::Groups => return "groups".to_owned(),
        ListQuery::Users { domain, direct } => ("users".to_owned(), domain, direct),
        ListQuery::Members { group, domain, direct, active } => {
            let which = match active {
                Some(true) => "members with a licence",
                Some(false) => "members without a licence",
                None => "members",
            };
            (format!("{which} of {group}"), domain, direct)
        }
    };
    if let Some(domain) = domain {
        text += &format!(" at {domain}");
    }
    if !direct {
        text += ", with memberships through user groups";
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_described_by_what_it_was_asked_for() {
        let members = ListQuery::Members {
            group: "All Apps".to_owned(),
            domain: Some("example.com".to_owned()),
            direct: false,
            active: Some(false),
        };
        assert_eq!(
            what(&members),
            "members without a licence of All Apps at example.com, with memberships through user \
             groups"
        );
        assert!(is_part(Some(&members)) && !is_part(Some(&ListQuery::Groups)) && !is_part(None));
    }
}
