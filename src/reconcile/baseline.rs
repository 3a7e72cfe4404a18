//! What is left of a change where the organization looks so in part already, or all of it.
//!
//! In: a change and what is [`Baseline`]. Out: the change without the steps whose effect holds.
//! Letter case is folded where the API folds it: emails, groups, who is meant; not in people's
//! names. Pure.

use super::conflict_index::ConflictIndex;
use super::managed::Managed;
use super::near::NearBudget;
use super::remainder::Remainder;
use crate::change::{Change, CreateUser, Problem, Stated, UserChange, same_name};
use crate::organization::{Coverage, OrgUser, Organization, UserKey};
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

/// The organization by a list, and what the rows of a file leave of that.
#[derive(Debug, Clone)]
pub struct Baseline {
    /// Who is there.
    pub organization: Arc<Organization>,
    /// Where rows conflict with each other.
    pub conflict_index: Arc<ConflictIndex>,
    /// Groups whose listed members are the whole truth.
    pub managed: Option<Managed>,
    /// The numbers of those of whom rows speak that are not carried out: what they are to have is
    /// not known.
    pub ignored_rows: Arc<HashSet<u32>>,
    /// Steps whose effect holds already are left out. Else every row goes as it is, and the list
    /// only tells what comes of it.
    pub reduces: bool,
    /// The list tells of a row that is sent that nobody was there before.
    pub tells_absence: bool,
    /// An account of the organization's own beside an Adobe ID of the same email is meant
    /// (`--allow-shadow`).
    pub allows_shadow: bool,
    /// How long near names are looked for.
    pub near: Arc<NearBudget>,
    /// Which rows are not sent for whom they mean is decided: the list does not tell that again.
    pub is_decided: bool,
}

/// Whom a change means, as far as the list tells.
pub(super) enum ResolvedUser<'k> {
    Person(OrgUser<'k>),
    Nobody,
    /// Somebody who has the name and cannot be called by it.
    OtherName(OrgUser<'k>),
    /// A name that several have.
    Unclear,
}

impl Baseline {
    /// Everything that a list tells, where no rows conflict.
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
            is_decided: false,
        }
    }

    /// What is left of a change, and of what is wrong with its row.
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

    /// May an import since the list was fetched have changed the user of this name?
    pub fn is_unsure_of(&self, name: &str) -> bool {
        self.conflict_index.is_recently_changed()
            && self.conflict_index.has(UserKey::new(Some(&self.organization), name, None, false))
    }

    /// Returns the number of the person whom a change means.
    pub fn who(&self, user: &UserChange<'_>) -> Option<u32> {
        match self.meant(user) {
            ResolvedUser::Person(person) | ResolvedUser::OtherName(person) => Some(person.number()),
            ResolvedUser::Nobody | ResolvedUser::Unclear => None,
        }
    }

    /// Is the person of that number in a group under management, and may it be taken away?
    pub fn has_managed(&self, number: u32) -> bool {
        let Some(managed) = self.managed.as_ref().filter(|_| !self.ignored_rows.contains(&number))
        else {
            return false;
        };
        self.organization.person(number).group_names().any(|name| managed.takes(name))
    }

    pub(super) fn meant(&self, user: &UserChange<'_>) -> ResolvedUser<'_> {
        let all = &self.organization;
        let domain = user.domain.as_deref();
        let Some(create) = &user.create else {
            return match all.user(&user.user, domain, user.adobe_id) {
                Some(person) => ResolvedUser::Person(person),
                None if all.is_absent(&user.user, domain, user.adobe_id) => ResolvedUser::Nobody,
                None => ResolvedUser::Unclear,
            };
        };
        if !all.shows(Coverage::TYPES) {
            return ResolvedUser::Unclear;
        }
        // An Adobe ID is another account than one of the organization's of the same email.
        let same_kind = |person: &OrgUser<'_>| person.is_adobe() == user.adobe_id;
        let by_root = all.user(&user.user, domain, user.adobe_id).filter(same_kind);
        let by_email = if same_name(&user.user, &create.email) {
            by_root
        } else {
            all.user(&create.email, None, user.adobe_id).filter(same_kind)
        };
        match (by_root, by_email) {
            // A username that is another one's email finds that other one, and is this one's name
            // all the same.
            (Some(one), Some(other)) if one != other && same_name(other.username(), &user.user) => {
                ResolvedUser::Person(other)
            }
            (Some(one), Some(other)) if one != other => ResolvedUser::Unclear,
            (Some(person), _) | (None, Some(person)) => ResolvedUser::Person(person),
            (None, None)
                if all.is_absent(&create.email, None, user.adobe_id) && user.update.is_some() =>
            {
                self.renamed(user).map_or(ResolvedUser::Unclear, ResolvedUser::OtherName)
            }
            (None, None) if create.email.is_empty() => all
                .alias(&user.user)
                .filter(same_kind)
                .map_or(ResolvedUser::Unclear, ResolvedUser::OtherName),
            (None, None) => ResolvedUser::Unclear,
        }
    }

    /// Somebody who has the new name already, where nobody has the old one.
    pub(super) fn renamed(&self, user: &UserChange<'_>) -> Option<OrgUser<'_>> {
        let update = user.update.as_ref()?;
        // A username that changes leaves the email by which the row calls somebody.
        let by_email = user.user.contains('@');
        let domain =
            user.domain.as_deref().or_else(|| user.user.split_once('@').map(|(_, domain)| domain));
        let person = match (&update.email, &update.username) {
            (Some(email), _) => self.organization.user(email, None, user.adobe_id)?,
            (None, Some(username)) if !by_email => {
                self.organization.user(username, domain, user.adobe_id)?
            }
            _ => return None,
        };
        // Who was created and renamed has the names of the row, or is somebody else.
        let same =
            |name: &Option<Cow<'_, str>>, now: &str| name.as_ref().is_some_and(|name| name == now);
        let is_other = |create: &CreateUser<'_>| {
            !(same(&create.firstname, person.firstname())
                && same(&create.lastname, person.lastname()))
        };
        if person.is_adobe() != user.adobe_id || user.create.as_ref().is_some_and(is_other) {
            return None;
        }
        let has_username =
            update.username.as_ref().is_none_or(|username| person.username() == username);
        // By another row, or an import since, somebody may go by the old name all the same.
        let old = UserKey::new(
            Some(&self.organization),
            &user.user,
            user.domain.as_deref(),
            user.adobe_id,
        );
        let has_conflict = [old, UserKey::Known(person.number())]
            .into_iter()
            .any(|subject| self.conflict_index.has(subject));
        (has_username && !has_conflict).then_some(person)
    }
}
