//! The second reading of the files of a run: what rows ask for users and groups that several rows
//! name, and where they conflict.

use super::conflict_index::{CALLED, ConflictIndex, FIRSTNAME, LASTNAME, field_key, membership};
use super::mentions::{RepeatedKeys, member_keys, user_keys};
use crate::change::{
    Change, GroupChange, IfExists, Memberships, UpdateUser, UserChange, same_name,
};
use crate::organization::{
    Coverage, HashedName, OrgUser, Organization, RenamePair, UserKey, hashed_group, who,
};
use crate::umapi::UserRef;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

/// What one row asks for users whom several rows name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Assertions {
    /// Users who are renamed, deleted, or lose everything: nothing about them is certain.
    whole_users: Vec<UserKey>,
    /// A field of a user and its new value, as hashes.
    fields: Vec<(u64, u64)>,
    /// Groups of this row that rows delete or rename.
    groups: Vec<HashedName>,
    group_additions: Vec<(UserKey, String)>,
    /// Users, by number, who get a name that nobody has yet.
    future_names: Vec<(UserKey, u32)>,
    renamed: Vec<Renamed>,
    /// Users who are created, with a hash of first and last name.
    created: Vec<(UserKey, u64)>,
    /// Users who leave or lose groups, but do not exist.
    absent: Vec<UserKey>,
}

/// A rename that seems to be done already.
#[derive(Debug, Clone, Copy)]
struct Renamed {
    /// The user with the old name.
    old: UserKey,
    /// The number of the user who has the new name.
    person: u32,
    /// A hash of that user's first and last name.
    names: u64,
    /// Whether an import from this computer did the rename.
    is_noted: bool,
}

impl Assertions {
    /// Returns what a change asks for users whom several rows name.
    pub(crate) fn of(
        change: &Change<'_>,
        repeated: &RepeatedKeys,
        organization: &Organization,
    ) -> Self {
        let mut asks = Self::default();
        match change {
            Change::User(user) => {
                let removed = match &user.remove {
                    Some(Memberships::Named(groups)) => groups.as_slice(),
                    _ => &[],
                };
                asks.about_groups(user.add.iter().chain(removed).map(|group| &**group), repeated);
                let keys = user_keys(user, organization);
                if keys.iter().any(|key| repeated.has_user(*key)) {
                    asks.about_user(user, removed, &keys, organization);
                }
            }
            Change::Group(group) => {
                let new = group.update.as_ref().and_then(|update| update.name.as_deref());
                asks.about_groups([Some(&*group.group), new].into_iter().flatten(), repeated);
                asks.about_members(group, repeated, organization);
            }
        }
        asks
    }

    fn about_groups<'g>(&mut self, names: impl Iterator<Item = &'g str>, repeated: &RepeatedKeys) {
        self.groups.extend(names.map(hashed_group).filter(|group| repeated.has_group(*group)));
    }

    fn about_members(
        &mut self,
        group: &GroupChange<'_>,
        repeated: &RepeatedKeys,
        organization: &Organization,
    ) {
        for (users, is_member) in [(&group.add_users, 1), (&group.remove_users, 0)] {
            for user in users {
                let keys = member_keys(user, organization).into_iter();
                for key in keys.filter(|key| repeated.has_user(*key)) {
                    if is_member == 1 {
                        self.group_additions.push((key, group.group.to_string()));
                    }
                    self.fields.push((field_key(key, CALLED), who(user, None)));
                    self.fields.push((field_key(key, &membership(&group.group)), is_member));
                }
            }
        }
    }

    fn about_user(
        &mut self,
        user: &UserChange<'_>,
        removed: &[Cow<'_, str>],
        keys: &[UserKey],
        organization: &Organization,
    ) {
        let own = UserKey::new(Some(organization), user.user_ref());
        let person = organization.user(user.user_ref());
        let is_absent = person.is_none() && organization.is_absent(user.user_ref());
        let renamed = user
            .update
            .as_ref()
            .filter(|_| is_absent && user.create.is_none())
            .and_then(|update| renamed_already(update, user, organization));
        self.renamed.extend(renamed.map(|person| Renamed {
            old: own,
            person: person.number(),
            names: names_of(person.firstname(), person.lastname()),
            is_noted: organization.has_noted(RenamePair::of_user(user)),
        }));
        // A user who already has the new name is not renamed.
        let has_it = |update: &UpdateUser<'_>| person.is_some_and(|person| goes_by(update, person));
        let renames = user
            .update
            .as_ref()
            .is_some_and(|update| update.renames() && renamed.is_none() && !has_it(update));
        if let Some(create) = &user.create {
            let (first, last) = create.names();
            let names = names_of(first, last);
            self.created.extend(keys.iter().map(|key| (*key, names)));
        }
        let is_gone = user.only_takes_away() && is_absent;
        self.absent.extend(is_gone.then_some(own));
        if renames || is_whole(user, keys, organization) || user.leave.is_some() && !is_gone {
            self.whole_users.extend(keys);
        }
        if let [UserKey::Known(number), others @ ..] = keys
            && renames
        {
            let unknown = others.iter().filter(|name| name.number().is_none());
            self.future_names.extend(unknown.map(|name| (*name, *number)));
        }
        // If several names are not known to belong to one user, each counts.
        for key in keys {
            self.about_fields(*key, user, removed);
        }
    }

    fn about_fields(&mut self, key: UserKey, user: &UserChange<'_>, removed: &[Cow<'_, str>]) {
        self.fields.push((field_key(key, CALLED), who(&user.user, user.domain.as_deref())));
        for (groups, is_member) in [(user.add.as_slice(), 1), (removed, 0)] {
            self.fields
                .extend(groups.iter().map(|group| (field_key(key, &membership(group)), is_member)));
        }
        self.group_additions.extend(user.add.iter().map(|group| (key, group.to_string())));
        let mut name = |field: &str, value: Option<&str>| {
            if let Some(value) = value {
                self.fields.push((field_key(key, field), xxh3_64(value.as_bytes())));
            }
        };
        if let Some(update) = &user.update {
            name(FIRSTNAME, update.firstname.as_deref());
            name(LASTNAME, update.lastname.as_deref());
        }
        if let Some(create) =
            user.create.as_ref().filter(|create| create.if_exists == IfExists::Update)
        {
            name(FIRSTNAME, create.firstname.as_deref());
            name(LASTNAME, create.lastname.as_deref());
        }
    }
}

/// Collects what the rows ask.
#[derive(Debug, Default)]
pub(crate) struct ConflictBuilder {
    all: Assertions,
}

impl ConflictBuilder {
    /// Adds what a row asks. Rows come in the order of the file.
    pub(crate) fn add(&mut self, row: Assertions) {
        self.all.whole_users.extend(row.whole_users);
        self.all.fields.extend(row.fields);
        self.all.groups.extend(row.groups);
        self.all.group_additions.extend(row.group_additions);
        self.all.future_names.extend(row.future_names);
        self.all.renamed.extend(row.renamed);
        self.all.created.extend(row.created);
        self.all.absent.extend(row.absent);
    }

    /// Finds the conflicts.
    pub(crate) fn finish(self, repeated: RepeatedKeys) -> ConflictIndex {
        let Assertions {
            whole_users,
            fields,
            groups,
            group_additions,
            future_names,
            renamed,
            created,
            absent,
        } = self.all;
        let mut users: HashSet<UserKey> = whole_users.into_iter().collect();
        let future_names: HashMap<UserKey, u32> = future_names.into_iter().collect();
        let mut created_as: HashMap<UserKey, Vec<u64>> = HashMap::new();
        for (user, names) in created {
            created_as.entry(user).or_default().push(names);
        }
        let mut former_names = HashMap::new();
        for Renamed { old, person, names, is_noted } in renamed {
            // If another row creates or names a user with the old name, the existing user is a
            // different one, unless the rows have created this very user. If no row creates one, an
            // import from this computer must have done the rename.
            let is_made = match created_as.get(&old) {
                Some(all) => all.iter().all(|made| *made == names),
                None => is_noted,
            };
            let is_one = former_names.get(&old).is_none_or(|other| *other == person);
            if is_made && !future_names.contains_key(&old) && is_one {
                former_names.insert(old, person);
            } else {
                former_names.remove(&old);
                users.extend([old, UserKey::Known(person)]);
            }
        }
        let comes =
            |user: &UserKey| created_as.contains_key(user) || future_names.contains_key(user);
        users.extend(absent.into_iter().filter(comes));
        let mut additions: HashMap<UserKey, Vec<String>> = HashMap::new();
        for (user, group) in group_additions {
            additions.entry(user).or_default().push(group);
        }
        ConflictIndex {
            users,
            fields: contradictory(fields),
            groups: named_twice(groups),
            group_additions: additions,
            changed_groups: repeated.into_changed_groups(),
            future_names,
            former_names,
            is_recently_changed: false,
        }
    }
}

/// Returns the fields that rows set to different values.
fn contradictory(mut fields: Vec<(u64, u64)>) -> HashSet<u64> {
    fields.sort_unstable();
    let differs = |asks: &&[(u64, u64)]| asks.iter().any(|(_, value)| *value != asks[0].1);
    fields.chunk_by(|a, b| a.0 == b.0).filter(differs).map(|asks| asks[0].0).collect()
}

fn named_twice(mut groups: Vec<HashedName>) -> HashSet<HashedName> {
    groups.sort_unstable();
    groups.chunk_by(|a, b| a == b).filter(|same| same.len() > 1).map(|same| same[0]).collect()
}

/// Whether nothing about the user is certain if this change is made by another row. This applies to
/// renames and deletions, and to a user who must be new, an account of another type, or a user who
/// loses everything.
fn is_whole(user: &UserChange<'_>, keys: &[UserKey], organization: &Organization) -> bool {
    let must_be_new =
        user.create.as_ref().is_some_and(|create| create.if_exists == IfExists::Error);
    // Beside an Adobe ID, another account with the same address is created, and gets the name.
    let is_other_kind = |key: &UserKey| {
        key.number().is_some_and(|number| organization.person(number).is_adobe() != user.adobe_id)
    };
    let is_second_account = user.create.is_some()
        && (!organization.shows(Coverage::TYPES) || keys.iter().any(is_other_kind));
    must_be_new || is_second_account || user.remove == Some(Memberships::All)
}

/// Returns the user who has the new names of an update, if nobody has the old name.
fn renamed_already<'o>(
    update: &UpdateUser<'_>,
    user: &UserChange<'_>,
    organization: &'o Organization,
) -> Option<OrgUser<'o>> {
    let person =
        organization.user(UserRef::own(update.email.as_deref()?).with_account(user.account()))?;
    (person.is_adobe() == user.adobe_id && goes_by(update, person)).then_some(person)
}

/// Whether the user has the email address and the username that an update sets.
fn goes_by(update: &UpdateUser<'_>, person: OrgUser<'_>) -> bool {
    update.email.as_ref().is_none_or(|email| same_name(email, person.email()))
        && update.username.as_ref().is_none_or(|username| username == person.username())
}

fn names_of(firstname: &str, lastname: &str) -> u64 {
    xxh3_64_with_seed(firstname.as_bytes(), xxh3_64(lastname.as_bytes()))
}
