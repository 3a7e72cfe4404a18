//! Removes from a change what holds already.
//!
//! In: a change and the [`Baseline`]. Out: the change without the steps whose effect holds. Letter
//! case is ignored where the API ignores it: in email addresses, groups and the names that identify
//! users, but not in people's first and last names. Pure.

use super::conflict_index::ConflictIndex;
use super::first_reading::FirstReading;
use super::managed::Managed;
use super::near::NearBudget;
use super::remainder::Remainder;
use crate::change::{Change, CreateUser, Problem, Stated, UserChange, same_name};
use crate::organization::{Coverage, HashedName, OrgUser, Organization, RenamePair, UserKey};
use crate::umapi::{AccountKind, UserRef};
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

/// The organization according to a list, with the uncertainty that the rows of a file add.
#[derive(Debug, Clone)]
pub struct Baseline {
    /// The users and groups.
    pub organization: Arc<Organization>,
    /// Where rows conflict with each other.
    pub conflict_index: Arc<ConflictIndex>,
    /// Groups whose members are to be exactly the users of the rows.
    pub managed: Option<Managed>,
    /// The numbers of users whose rows are not carried out, so that their memberships are unknown.
    pub ignored_rows: Arc<HashSet<u32>>,
    /// Whether steps whose effect holds are removed. Otherwise every row is sent as it is, and the
    /// list only shows the result.
    pub reduces: bool,
    /// Whether the list shows, for a row that is sent, that a user did not exist before.
    pub tells_absence: bool,
    /// Whether an account of the organization beside an Adobe ID of the same address is allowed
    /// (`--allow-shadow`).
    pub allows_shadow: bool,
    /// The budget for the search for similar names.
    pub near: Arc<NearBudget>,
    /// Rows for which more is uncertain than for the others. `None`: there are none.
    pub(crate) uncompared_rows: Option<Arc<UncomparedRows>>,
    /// What the first reading of the file shows about its rows. `None`: it was not read with this
    /// organization.
    pub(crate) first_reading: Option<Arc<FirstReading>>,
    /// Whether it is already decided which rows are not sent because of the users whom they mean.
    /// Then the list does not decide it again.
    pub is_decided: bool,
    /// Whether it only shows what rows change, because an import does not compare them with it.
    /// Then it makes no row invalid.
    pub(crate) only_shows: bool,
}

/// Rows about users and groups that other imports have changed since their run began. The list of
/// the run proves nothing about what these rows name.
#[derive(Debug)]
pub(crate) struct UncomparedRows {
    /// The rows, from 0.
    rows: HashSet<u32>,
    /// With these rows, nothing that they name is certain.
    conflict_index: Arc<ConflictIndex>,
}

impl UncomparedRows {
    /// Creates the rows. `names` are those of everything in them.
    pub(crate) fn new(
        rows: HashSet<u32>,
        names: &[HashedName],
        conflict_index: &ConflictIndex,
        organization: &Organization,
    ) -> Self {
        let conflict_index = conflict_index.clone().with_recently_changed(names, organization);
        Self { rows, conflict_index: Arc::new(conflict_index) }
    }

    fn contains(&self, row: u64) -> bool {
        u32::try_from(row).is_ok_and(|row| self.rows.contains(&row))
    }
}

/// The user of a change, as far as the list shows.
#[derive(Clone, Copy)]
pub(super) enum ResolvedUser<'k> {
    Person(OrgUser<'k>),
    Nobody,
    /// A user who has the name, but whom a command cannot identify by it.
    OtherName(OrgUser<'k>),
    /// Several users have the name.
    Unclear,
}

impl Baseline {
    /// Creates a baseline from everything that a list shows, without conflicts between rows.
    pub fn new(organization: Arc<Organization>) -> Self {
        Self {
            organization,
            conflict_index: Arc::default(),
            managed: None,
            ignored_rows: Arc::default(),
            reduces: true,
            tells_absence: true,
            allows_shadow: false,
            near: Arc::default(),
            uncompared_rows: None,
            first_reading: None,
            is_decided: false,
            only_shows: false,
        }
    }

    /// Returns the baseline for a row, from 0.
    pub(crate) fn of_row(&self, row: u64) -> Cow<'_, Self> {
        match self.uncompared_rows.as_ref().filter(|uncertain| uncertain.contains(row)) {
            Some(uncertain) => Cow::Owned(Self {
                conflict_index: Arc::clone(&uncertain.conflict_index),
                ..self.clone()
            }),
            None => Cow::Borrowed(self),
        }
    }

    /// Whether what the list shows about a row, from 0, is uncertain.
    pub(crate) fn is_uncompared(&self, row: u32) -> bool {
        self.uncompared_rows.as_ref().is_some_and(|uncertain| uncertain.contains(row.into()))
    }

    /// Removes what holds already from a change, and from the problems of its row.
    pub fn reduce<'a>(
        &self,
        change: Change<'a>,
        stated: &Stated<'_>,
        problems: Vec<Problem>,
    ) -> Remainder<'a> {
        match change {
            Change::User(user) => self.reduce_user(user, stated, problems),
            Change::Group(group) => Remainder { problems, ..self.reduce_group(group) },
        }
    }

    /// Whether a row, or an import since the list was fetched, may have changed who has this name.
    pub(crate) fn has_conflict(&self, name: &str, domain: Option<&str>) -> bool {
        AccountKind::ALL.into_iter().any(|account| {
            let user = UserRef { name, domain, account };
            self.conflict_index.has(UserKey::new(Some(&self.organization), user))
        })
    }

    /// Returns the number of the user of a change.
    pub fn who(&self, user: &UserChange<'_>) -> Option<u32> {
        match self.meant(user) {
            ResolvedUser::Person(person) | ResolvedUser::OtherName(person) => Some(person.number()),
            ResolvedUser::Nobody | ResolvedUser::Unclear => None,
        }
    }

    /// Whether the user with that number is in a managed group that may be removed.
    pub fn has_managed(&self, number: u32) -> bool {
        let Some(managed) = self.managed.as_ref().filter(|_| !self.ignored_rows.contains(&number))
        else {
            return false;
        };
        self.organization.person(number).group_names().any(|name| managed.takes(name))
    }

    /// Returns whom a change means.
    pub(super) fn meant(&self, user: &UserChange<'_>) -> ResolvedUser<'_> {
        let all = &self.organization;
        let Some(create) = &user.create else {
            return match all.user(user.user_ref()) {
                Some(person) => ResolvedUser::Person(person),
                None if all.is_absent(user.user_ref()) => ResolvedUser::Nobody,
                None => ResolvedUser::Unclear,
            };
        };
        if !all.shows(Coverage::TYPES) {
            return ResolvedUser::Unclear;
        }
        // An Adobe ID and a user of the organization with the same address are different accounts.
        let same_kind = |person: &OrgUser<'_>| person.is_adobe() == user.adobe_id;
        let by_root = all.user(user.user_ref()).filter(same_kind);
        let by_email = if same_name(&user.user, &create.email) {
            by_root
        } else {
            all.user(UserRef::own(&create.email).with_account(user.account())).filter(same_kind)
        };
        match (by_root, by_email) {
            // A username that is another user's email address identifies that other user in a
            // command.
            (Some(one), Some(other)) if one != other && same_name(other.username(), &user.user) => {
                ResolvedUser::Person(other)
            }
            (Some(one), Some(other)) if one != other => ResolvedUser::Unclear,
            (Some(person), _) | (None, Some(person)) => ResolvedUser::Person(person),
            (None, None)
                if all.is_absent(UserRef::own(&create.email).with_account(user.account()))
                    && user.update.is_some() =>
            {
                self.renamed(user, "").map_or(ResolvedUser::Unclear, ResolvedUser::OtherName)
            }
            (None, None) if create.email.is_empty() => all
                .alias(&user.user)
                .filter(same_kind)
                .map_or(ResolvedUser::Unclear, ResolvedUser::OtherName),
            (None, None) => ResolvedUser::Unclear,
        }
    }

    /// Returns the user who already has the new name, if nobody has the old one and there is proof
    /// that the row means that user: an import from this computer did the rename, the row has the
    /// user's `id`, or it creates a user with these names. Otherwise the old name may be mistyped,
    /// and the new one may belong to another user.
    pub(super) fn renamed(&self, user: &UserChange<'_>, id: &str) -> Option<OrgUser<'_>> {
        let update = user.update.as_ref()?;
        // If only the username changes, the email address that identifies the user in the row
        // stays.
        let by_email = user.user.contains('@');
        let domain =
            user.domain.as_deref().or_else(|| user.user.split_once('@').map(|(_, domain)| domain));
        let person = match (&update.email, &update.username) {
            (Some(email), _) => {
                self.organization.user(UserRef::own(email).with_account(user.account()))?
            }
            (None, Some(username)) if !by_email => self
                .organization
                .user(UserRef::own(username).in_domain(domain).with_account(user.account()))?,
            _ => return None,
        };
        // A user who was created and then renamed has the names in the row. Otherwise it is another
        // user.
        let same =
            |name: &Option<Cow<'_, str>>, now: &str| name.as_ref().is_some_and(|name| name == now);
        let is_other = |create: &CreateUser<'_>| {
            !(same(&create.firstname, person.firstname())
                && same(&create.lastname, person.lastname()))
        };
        if person.is_adobe() != user.adobe_id || user.create.as_ref().is_some_and(is_other) {
            return None;
        }
        let has_id = !id.is_empty() && person.id() == id;
        let is_noted = || self.organization.has_noted(RenamePair::of_user(user));
        if !(user.create.is_some() || has_id || is_noted()) {
            return None;
        }
        let has_username =
            update.username.as_ref().is_none_or(|username| person.username() == username);
        // A user may have got the old name from another row, or from an import since.
        let old = UserKey::new(Some(&self.organization), user.user_ref());
        let has_conflict = [old, UserKey::Known(person.number())]
            .into_iter()
            .any(|subject| self.conflict_index.has(subject));
        (has_username && !has_conflict).then_some(person)
    }
}
