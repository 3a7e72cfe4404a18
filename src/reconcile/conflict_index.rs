//! What the rows of a file contest among themselves: about that, a list from before says nothing,
//! for an earlier row may have changed it.
//!
//! Two rows that ask the same of the same person contest nothing, whatever their order. Rows that
//! rename or delete somebody, or take everything away, contest whatever other rows say of the same
//! person.

use crate::change::{Change, CreateUser, IfExists, Memberships, UpdateUser, UserChange, same_name};
use crate::organization::{
    OrgUser, Organization, Subject, by_username_alone, group_subject, real_domain, subject, who,
};
use std::collections::{HashMap, HashSet};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

/// What is contested.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConflictIndex {
    conflicting_users: HashSet<Subject>,
    conflicting_fields: HashSet<u64>,
    groups: HashSet<Subject>,
    /// Everything that the rows of one person add, where there are several.
    group_additions: HashMap<Subject, Vec<String>>,
    /// Groups that rows delete or rename.
    changed_groups: HashSet<Subject>,
    /// Who gets a name that nobody has yet, by number.
    future_names: HashMap<Subject, u32>,
    /// Whom a name meant that nobody has any more, where rows have given the person another, by
    /// number.
    former_names: HashMap<Subject, u32>,
    /// Rows were sent from here since the list was read.
    is_touched: bool,
}

impl ConflictIndex {
    /// What was sent from here since the list was read contests whatever the list says of these.
    #[must_use]
    pub fn with_recently_changed(mut self, names: &[Subject], organization: &Organization) -> Self {
        self.is_touched |= !names.is_empty();
        self.conflicting_users.extend(organization.numbers_of(names).map(u64::from));
        for name in names {
            self.conflicting_users.insert(name | (1 << 63));
            self.groups.insert(*name);
        }
        self
    }

    /// Has anything been sent from here since the list was read?
    pub fn is_recently_changed(&self) -> bool {
        self.is_touched
    }

    /// Does a row delete or rename this group?
    pub(super) fn is_moved(&self, group: &str) -> bool {
        !self.changed_groups.is_empty() && self.changed_groups.contains(&group_subject(group))
    }

    /// The person who had a name, which nobody has any more, and has been renamed as a row asks
    /// for.
    pub(super) fn was(&self, subject: Subject) -> Option<u32> {
        self.former_names.get(&subject).copied().filter(|_| !self.has(subject))
    }

    /// The person who gets a name, which nobody has yet, by a row that renames.
    pub(super) fn gets(&self, subject: Subject) -> Option<u32> {
        self.future_names.get(&subject).copied()
    }

    /// May somebody have got this username since the list was read, in whatever domain?
    pub(super) fn is_given_away(&self, username: &str) -> bool {
        self.is_touched
            && !username.contains('@')
            && self.conflicting_users.contains(&(by_username_alone(username) | (1 << 63)))
    }

    /// Is anything about this person contested?
    pub(super) fn has(&self, subject: Subject) -> bool {
        self.conflicting_users.contains(&subject)
    }

    pub(super) fn has_membership(&self, subject: Subject, group: &str) -> bool {
        self.has_group(group)
            || (!self.conflicting_fields.is_empty()
                && self.conflicting_fields.contains(&part(subject, &membership(group))))
    }

    pub(super) fn has_group(&self, group: &str) -> bool {
        !self.groups.is_empty() && self.groups.contains(&group_subject(group))
    }

    pub(super) fn has_part(&self, subject: Subject, name: &str) -> bool {
        !self.conflicting_fields.is_empty()
            && self.conflicting_fields.contains(&part(subject, name))
    }

    /// The groups that other rows on the same person add.
    pub(super) fn adds(&self, subject: Subject) -> &[String] {
        self.group_additions.get(&subject).map_or(&[], Vec::as_slice)
    }
}

/// First reading: who is named more than once.
#[derive(Debug, Default)]
pub struct Mentions {
    subjects: Vec<Subject>,
    /// Groups that get another name or none.
    moved: HashSet<Subject>,
}

impl Mentions {
    /// Whom a change speaks of.
    pub fn of(change: &Change<'_>, organization: &Organization) -> (Vec<Subject>, Vec<Subject>) {
        match change {
            Change::User(user) => (subjects(user, organization), Vec::new()),
            Change::Group(group) => {
                let mut spoken: Vec<Subject> = group
                    .add_users
                    .iter()
                    .chain(&group.remove_users)
                    .map(|user| subject(organization, user, None, false))
                    .collect();
                let own = group_subject(&group.group);
                let new = group
                    .update
                    .as_ref()
                    .and_then(|update| update.name.as_deref())
                    .map(group_subject);
                let is_there = |name: &str| organization.group(name).is_some();
                let is_done = organization.all_groups
                    && !is_there(&group.group)
                    && group
                        .update
                        .as_ref()
                        .and_then(|update| update.name.as_deref())
                        .is_some_and(is_there);
                let moved = if group.delete || new.is_some() && !is_done {
                    [Some(own), new].into_iter().flatten().collect()
                } else {
                    Vec::new()
                };
                spoken.push(own);
                (spoken, moved)
            }
        }
    }

    /// Takes them in.
    pub fn add(&mut self, (subjects, moved): (Vec<Subject>, Vec<Subject>)) {
        self.subjects.extend(subjects);
        self.moved.extend(moved);
    }

    /// Those who are named in several rows, and the groups that change under others; nobody,
    /// where nothing can be contested.
    pub fn several(mut self) -> RepeatedKeys {
        self.subjects.sort_unstable();
        let twice = self
            .subjects
            .chunk_by(|a, b| a == b)
            .filter(|same| same.len() > 1)
            .map(|same| same[0])
            .collect();
        RepeatedKeys { twice, moved: self.moved }
    }
}

/// Who is named in several rows.
#[derive(Debug, Clone, Default)]
pub struct RepeatedKeys {
    twice: HashSet<Subject>,
    moved: HashSet<Subject>,
}

/// What one row asks of those who are named in several.
#[derive(Debug, Clone, Default)]
pub struct Assertions {
    whole: Vec<Subject>,
    /// What about whom, and what of it.
    parts: Vec<(u64, u64)>,
    moved: Vec<Subject>,
    adds: Vec<(Subject, String)>,
    gets: Vec<(Subject, u32)>,
    /// Renames that seem to be done: the old name, who has the new one, and that person's names.
    done: Vec<(Subject, u32, u64)>,
    /// Who is created, and with which names.
    created: Vec<(Subject, u64)>,
    /// Who is to leave, or to lose groups, and is not there.
    gone: Vec<Subject>,
}

impl RepeatedKeys {
    /// Is there nobody?
    pub fn is_empty(&self) -> bool {
        self.twice.is_empty() && self.moved.is_empty()
    }

    /// Second reading: what a change asks of them.
    pub fn asserts(&self, change: &Change<'_>, organization: &Organization) -> Assertions {
        let mut asks = Assertions::default();
        match change {
            Change::User(user) => {
                let named = match &user.remove {
                    Some(Memberships::Named(groups)) => groups.as_slice(),
                    _ => &[],
                };
                asks.moved.extend(
                    user.add
                        .iter()
                        .chain(named)
                        .map(|group| group_subject(group))
                        .filter(|group| self.moved.contains(group)),
                );
                let subjects = subjects(user, organization);
                if subjects.iter().any(|subject| self.twice.contains(subject)) {
                    asks.user(user, named, &subjects, organization);
                }
            }
            Change::Group(group) => {
                let new = group.update.as_ref().and_then(|update| update.name.as_deref());
                asks.moved.extend(
                    [Some(&*group.group), new]
                        .into_iter()
                        .flatten()
                        .map(group_subject)
                        .filter(|own| self.moved.contains(own)),
                );
                for (users, adds) in [(&group.add_users, 1), (&group.remove_users, 0)] {
                    for user in users {
                        let subject = subject(organization, user, None, false);
                        if self.twice.contains(&subject) {
                            if adds == 1 {
                                asks.adds.push((subject, group.group.to_string()));
                            }
                            asks.parts.push((part(subject, CALLED), who(user, None)));
                            asks.parts.push((part(subject, &membership(&group.group)), adds));
                        }
                    }
                }
            }
        }
        asks
    }
}

impl Assertions {
    fn user(
        &mut self,
        user: &UserChange<'_>,
        removed: &[std::borrow::Cow<'_, str>],
        subjects: &[Subject],
        organization: &Organization,
    ) {
        let own = subject(organization, &user.user, user.domain.as_deref(), user.adobe_id);
        let person = organization.user(&user.user, user.domain.as_deref(), user.adobe_id);
        let is_absent =
            person.is_none() && organization.is_absent(&user.user, user.domain.as_deref());
        let done = user
            .update
            .as_ref()
            .filter(|_| is_absent && user.create.is_none())
            .and_then(|update| renamed_already(update, user, organization));
        self.done.extend(
            done.map(|person| {
                (own, person.number(), names_of(person.firstname(), person.lastname()))
            }),
        );
        // Anyone who goes by the new name already is not renamed.
        let has_it = |update: &UpdateUser<'_>| person.is_some_and(|person| goes_by(update, person));
        let renames = user
            .update
            .as_ref()
            .is_some_and(|update| update.renames() && done.is_none() && !has_it(update));
        let names = |create: &CreateUser<'_>| {
            let (first, last) = create.names();
            names_of(first, last)
        };
        self.created.extend(
            user.create
                .iter()
                .flat_map(|create| subjects.iter().map(move |subject| (*subject, names(create)))),
        );
        let is_gone = user.only_takes_away() && is_absent;
        self.gone.extend(is_gone.then_some(own));
        let must_be_new =
            user.create.as_ref().is_some_and(|create| create.if_exists == IfExists::Error);
        // Beside an Adobe ID comes another account of the same email, and takes the name over.
        let other_kind = |subject: &Subject| {
            u32::try_from(*subject)
                .is_ok_and(|number| organization.person(number).is_adobe() != user.adobe_id)
        };
        let is_twin =
            user.create.is_some() && (!organization.has_types || subjects.iter().any(other_kind));
        if renames
            || must_be_new
            || is_twin
            || user.leave.is_some() && !is_gone
            || user.remove == Some(Memberships::All)
        {
            self.whole.extend(subjects);
        }
        if let [baseline, rest @ ..] = subjects
            && renames
            && let Ok(number) = u32::try_from(*baseline)
        {
            self.gets.extend(
                rest.iter()
                    .filter(|name| u32::try_from(**name).is_err())
                    .map(|name| (*name, number)),
            );
        }
        // Where nobody knows that several names are one person's, each speaks for her.
        for subject in subjects {
            self.of(*subject, user, removed);
        }
    }

    fn of(
        &mut self,
        subject: Subject,
        user: &UserChange<'_>,
        removed: &[std::borrow::Cow<'_, str>],
    ) {
        self.parts.push((part(subject, CALLED), who(&user.user, user.domain.as_deref())));
        for (groups, adds) in [(user.add.as_slice(), 1), (removed, 0)] {
            self.parts.extend(groups.iter().map(|group| (part(subject, &membership(group)), adds)));
        }
        self.adds.extend(user.add.iter().map(|group| (subject, group.to_string())));
        let mut name = |name: &str, value: Option<&str>| {
            if let Some(value) = value {
                self.parts.push((part(subject, name), xxh3_64(value.as_bytes())));
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

/// Gathers what the rows ask.
#[derive(Debug, Default)]
pub struct ConflictBuilder {
    assertions: Assertions,
}

impl ConflictBuilder {
    /// Takes a row's asks in; rows come in the file's order.
    pub fn add(&mut self, asks: Assertions) {
        self.assertions.whole.extend(asks.whole);
        self.assertions.parts.extend(asks.parts);
        self.assertions.moved.extend(asks.moved);
        self.assertions.adds.extend(asks.adds);
        self.assertions.gets.extend(asks.gets);
        self.assertions.done.extend(asks.done);
        self.assertions.created.extend(asks.created);
        self.assertions.gone.extend(asks.gone);
    }

    /// What is contested.
    pub fn finish(self, several: RepeatedKeys) -> ConflictIndex {
        let Assertions { whole, mut parts, mut moved, adds: all, gets, done, created, gone } =
            self.assertions;
        let mut whole: HashSet<Subject> = whole.into_iter().collect();
        let gets: HashMap<Subject, u32> = gets.into_iter().collect();
        let mut created_as: HashMap<Subject, Vec<u64>> = HashMap::new();
        created
            .into_iter()
            .for_each(|(subject, names)| created_as.entry(subject).or_default().push(names));
        let mut was = HashMap::new();
        for (old, number, names) in done {
            // Another row makes or names somebody so: what is there is somebody else, unless it is
            // this one whom the rows have made.
            let is_made =
                created_as.get(&old).is_none_or(|all| all.iter().all(|made| *made == names));
            if is_made
                && !gets.contains_key(&old)
                && was.get(&old).is_none_or(|other| *other == number)
            {
                was.insert(old, number);
            } else {
                was.remove(&old);
                whole.extend([old, u64::from(number)]);
            }
        }
        whole.extend(
            gone.into_iter()
                .filter(|subject| created_as.contains_key(subject) || gets.contains_key(subject)),
        );
        parts.sort_unstable();
        let differs = |asks: &&[(u64, u64)]| asks.iter().any(|(_, what)| *what != asks[0].1);
        let parts =
            parts.chunk_by(|a, b| a.0 == b.0).filter(differs).map(|asks| asks[0].0).collect();
        moved.sort_unstable();
        let groups = moved
            .chunk_by(|a, b| a == b)
            .filter(|same| same.len() > 1)
            .map(|same| same[0])
            .collect();
        let mut adds: HashMap<Subject, Vec<String>> = HashMap::new();
        for (subject, group) in all {
            adds.entry(subject).or_default().push(group);
        }
        ConflictIndex {
            conflicting_users: whole,
            conflicting_fields: parts,
            groups,
            group_additions: adds,
            changed_groups: several.moved,
            future_names: gets,
            former_names: was,
            is_touched: false,
        }
    }
}

/// Who has the new names that an update gives to somebody who is not there by the old one.
fn renamed_already<'o>(
    update: &UpdateUser<'_>,
    user: &UserChange<'_>,
    organization: &'o Organization,
) -> Option<OrgUser<'o>> {
    let person = organization.user(update.email.as_deref()?, None, user.adobe_id)?;
    (person.is_adobe() == user.adobe_id && goes_by(update, person)).then_some(person)
}

/// Has the person the email and the username that an update gives?
fn goes_by(update: &UpdateUser<'_>, person: OrgUser<'_>) -> bool {
    update.email.as_ref().is_none_or(|email| same_name(email, person.email()))
        && update.username.as_ref().is_none_or(|username| username == person.username())
}

fn names_of(firstname: &str, lastname: &str) -> u64 {
    xxh3_64_with_seed(firstname.as_bytes(), xxh3_64(lastname.as_bytes()))
}

/// By which name rows call somebody.
pub(super) const CALLED: &str = "called";
pub(super) const FIRSTNAME: &str = "firstname";
pub(super) const LASTNAME: &str = "lastname";

/// Whom a user's change speaks of: the user, and those who get or have the other names in it.
/// Those who are known come first.
fn subjects(user: &UserChange<'_>, organization: &Organization) -> Vec<Subject> {
    let adobe = user.adobe_id;
    let mut subjects = vec![subject(organization, &user.user, user.domain.as_deref(), adobe)];
    let mut more = |name: &str, domain: Option<&str>| {
        let other = subject(organization, name, domain, adobe);
        if !subjects.contains(&other) {
            subjects.push(other);
        }
    };
    if let Some(create) =
        user.create.as_ref().filter(|create| !same_name(&create.email, &user.user))
    {
        more(&create.email, None);
    }
    if let Some(update) = &user.update {
        update.email.iter().for_each(|email| more(email, None));
        let baseline = organization
            .user(&user.user, user.domain.as_deref(), adobe)
            .map(|person| real_domain(person.domain()));
        let own = user.user.split_once('@').map(|(_, domain)| domain);
        let domain =
            baseline.filter(|domain| !domain.is_empty()).or(user.domain.as_deref()).or(own);
        update.username.iter().for_each(|name| more(name, domain));
    }
    // A create may name a username by which nobody is found: a user who is known comes first.
    subjects.sort_unstable();
    subjects
}

fn membership(group: &str) -> String {
    format!("in {}", group.to_lowercase())
}

fn part(subject: Subject, name: &str) -> u64 {
    xxh3_64_with_seed(name.as_bytes(), subject)
}
