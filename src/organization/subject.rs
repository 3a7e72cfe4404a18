//! Whom and what rows speak of, as one number each.

use super::names::{by_username_alone, possible_names, who};
use super::people::Organization;
use crate::change::{Change, name_hash, role_subject, same_name};

/// Somebody, or a group, that rows speak of: by number where they are known, else by a hash of the
/// name.
pub type Subject = u64;

/// The names of everybody, and of the groups that get another name or none, whom a change speaks
/// of: hashes, no matter who is in the organization.
pub fn recently_changed(change: &Change<'_>) -> Vec<Subject> {
    match change {
        Change::User(user) => {
            let own = user.user.split_once('@').map(|(_, domain)| domain);
            let mut names: Vec<Subject> =
                possible_names(&user.user, user.domain.as_deref()).collect();
            if let Some(create) =
                user.create.as_ref().filter(|create| !same_name(&create.email, &user.user))
            {
                names.extend(possible_names(&create.email, None));
            }
            if let Some(update) = &user.update {
                names.extend(update.email.iter().flat_map(|email| possible_names(email, None)));
                names.extend(
                    update
                        .username
                        .iter()
                        .flat_map(|name| possible_names(name, user.domain.as_deref().or(own))),
                );
                // The domain may be another one that only the organization knows.
                names.extend(update.username.iter().map(|name| by_username_alone(name)));
            }
            names
        }
        Change::Group(group) => {
            let new = group.update.as_ref().and_then(|update| update.name.as_deref());
            let members = group
                .add_users
                .iter()
                .chain(&group.remove_users)
                .flat_map(|user| possible_names(user, None));
            [Some(&*group.group), new]
                .into_iter()
                .flatten()
                .map(group_subject)
                .chain(members)
                .collect()
        }
    }
}

/// Somebody by number, or by a hash of the name; always that where nothing is known of the
/// organization.
pub(crate) fn subject_in(
    organization: Option<&Organization>,
    user: &str,
    domain: Option<&str>,
    adobe: bool,
) -> Subject {
    organization.map_or_else(
        || unknown(user, domain),
        |organization| subject(organization, user, domain, adobe),
    )
}

fn unknown(user: &str, domain: Option<&str>) -> Subject {
    who(user, domain) | (1 << 63)
}

/// Somebody by number, or by a hash of the name.
pub(crate) fn subject(
    organization: &Organization,
    user: &str,
    domain: Option<&str>,
    adobe: bool,
) -> Subject {
    match organization.user(user, domain, adobe) {
        Some(person) => u64::from(person.number()),
        None => unknown(user, domain),
    }
}

/// A role is taken for the group that it is about: it goes with it.
pub fn group_subject(name: &str) -> Subject {
    name_hash(role_subject(name), GROUP)
}

const GROUP: u64 = 0x6772_6f75_7073;
