//! The renames of imports from this computer: a user who was protected under the old name still is.
//! If it is not known whether a rename was done, its user is protected under both names.

use crate::change::{Change, UpdateUser, UserChange};
use crate::execute::{Links, Protected, ProtectedName};
use crate::import::access::Access;
use crate::import::connection::Connection;
use crate::import::error::ImportError;
use crate::reconcile::UserSpelling;
use crate::snapshot::{RecordedChange, SnapshotStore, each_change};

/// These renames, and the addresses that their users may have.
#[derive(Debug, Default)]
pub(super) struct EarlierRenames {
    links: Links,
    addresses: Vec<String>,
}

impl EarlierRenames {
    /// Reads the renames that all imports about the configured organization are recorded to have
    /// confirmed, or may have done, whatever the clock says: it may have been set back since.
    pub(super) fn read(access: Option<&Access>) -> Result<Self, ImportError> {
        let mut all = Self::default();
        if let Some(store) = access.and_then(records) {
            each_change(&store, |change| all.take(change))?;
        }
        Ok(all)
    }

    fn take(&mut self, change: RecordedChange<'_>) {
        let (change, is_confirmed) = match change {
            RecordedChange::Confirmed(change) => (change, true),
            RecordedChange::UnconfirmedRename(change) => (change, false),
        };
        match change {
            Change::User(user) => {
                let Some(update) = &user.update else { return };
                let domain = user.domain.as_deref().unwrap_or_default();
                let old = (user.user.to_string(), domain.to_owned());
                for new in new_names(user, update) {
                    self.links.renamed(&old, &new);
                    if !is_confirmed {
                        self.links.renamed(&new, &old);
                    }
                }
                self.addresses.extend(update.email.iter().map(ToString::to_string));
                let is_address = !is_confirmed && user.user.contains('@');
                self.addresses.extend(is_address.then(|| user.user.to_string()));
            }
            Change::Group(group) => {
                let new = group.update.as_ref().and_then(|update| update.name.as_deref());
                let Some(new) = new else { return };
                self.links.renamed_group(&group.group, new);
                if !is_confirmed {
                    self.links.renamed_group(new, &group.group);
                }
            }
        }
    }

    /// Returns the names that the rows give to one user, and those that the renames have given.
    pub(super) fn beside(&mut self, mut rows: Links) -> Links {
        rows.add(std::mem::take(&mut self.links));
        rows.finish()
    }

    /// Returns the addresses that protected people have by them, or may have, and that are not on
    /// the list themselves.
    pub(super) fn addresses_of(&self, protected: &Protected) -> Vec<ProtectedName> {
        let (listed, _) = protected.lines_by_kind();
        let mut given: Vec<ProtectedName> = Vec::new();
        for address in &self.addresses {
            let is_known = |known: &ProtectedName| known.name.eq_ignore_ascii_case(address);
            let line = protected.user(address, "");
            if let Some(line) = line.filter(|_| !listed.iter().chain(&given).any(is_known)) {
                given.push(ProtectedName { line, name: address.clone() });
            }
        }
        given
    }
}

/// Returns the records of imports from this computer about the configured organization.
fn records(access: &Access) -> Option<SnapshotStore> {
    let (organization, host) = Connection::place_if_set(access).ok()??;
    Some(SnapshotStore::open(access.state_dir()?, &organization, &host))
}

/// Returns the new names of a user. If a row does not give the domain of the username, it may be
/// that of the old or the new address.
fn new_names(user: &UserChange<'_>, update: &UpdateUser<'_>) -> Vec<UserSpelling> {
    let email = update.email.as_deref();
    let of_address = |name: &'_ str| name.rsplit_once('@').map(|(_, domain)| domain.to_owned());
    let own = user.domain.as_deref().filter(|domain| !domain.is_empty()).map(str::to_owned);
    let own = own.or_else(|| of_address(&user.user)).unwrap_or_default();
    let of_email = email.and_then(of_address).filter(|_| user.domain.is_none());
    let usernames = update.username.iter().flat_map(|username| {
        let domains = std::iter::once(own.clone()).chain(of_email.clone());
        domains.map(|domain| (username.to_string(), domain))
    });
    email.map(|email| (email.to_owned(), String::new())).into_iter().chain(usernames).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{GroupChange, UpdateGroup};
    use crate::execute::NameHash;
    use std::collections::HashMap;

    /// Somebody else may have the old name by now, unless it is not known whether it was given up.
    #[test]
    fn only_unconfirmed_rename_leads_back_to_the_old_name() {
        let update = UpdateUser { email: Some("new@x.com".into()), ..UpdateUser::default() };
        let user = Change::User(UserChange {
            user: "old@x.com".into(),
            update: Some(update),
            ..UserChange::default()
        });
        let group = Change::Group(GroupChange {
            group: "Old".into(),
            update: Some(UpdateGroup { name: Some("New".into()), description: None }),
            ..GroupChange::default()
        });
        let [old, new] = ["old@x.com", "new@x.com"].map(|name| NameHash::user(name, ""));
        let [old_group, new_group] = ["Old", "New"].map(NameHash::group);
        for (from, to, both_ways) in [
            (old, new, [true, true]),
            (new, old, [false, true]),
            (old_group, new_group, [true, true]),
            (new_group, old_group, [false, true]),
        ] {
            let leads = |of: fn(&Change<'_>, &mut EarlierRenames)| {
                let mut all = EarlierRenames::default();
                [&user, &group].into_iter().for_each(|change| of(change, &mut all));
                let mut marks = HashMap::from([(from, 1)]);
                all.beside(Links::default()).spread(&mut marks);
                marks.contains_key(&to)
            };
            let confirmed = leads(|change, all| all.take(RecordedChange::Confirmed(change)));
            let open = leads(|change, all| all.take(RecordedChange::UnconfirmedRename(change)));
            assert_eq!([confirmed, open], both_ways);
        }
    }

    #[test]
    fn new_username_has_the_domain_of_the_row_or_of_an_address() {
        for (user, domain, email, username, expected) in [
            ("a@x.com", None, Some("b@y.com"), None, "b@y.com/"),
            ("a@x.com", None, Some("b@y.com"), Some("n"), "b@y.com/ n/x.com n/y.com"),
            ("a@x.com", None, None, Some("n"), "n/x.com"),
            ("m", Some("z.com"), Some("b@y.com"), Some("n"), "b@y.com/ n/z.com"),
            ("m", None, None, Some("n"), "n/"),
        ] {
            let change = UserChange {
                user: user.into(),
                domain: domain.map(Into::into),
                ..UserChange::default()
            };
            let update = UpdateUser {
                email: email.map(Into::into),
                username: username.map(Into::into),
                ..UpdateUser::default()
            };
            let names = new_names(&change, &update);
            let names: Vec<String> =
                names.iter().map(|(name, domain)| format!("{name}/{domain}")).collect();
            assert_eq!(names.join(" "), expected);
        }
    }
}
