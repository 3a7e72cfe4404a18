//! The effect of a user's row, compared with a list: what the row does, and which of its values are
//! not applied to an existing user.
//!
//! In: the change that a row asks for, the values in its cells, and the [`Baseline`]. Out: a
//! [`RowEffect`], and words for the results. Pure.

use super::adobe::OWN_DATA;
use super::baseline::{Baseline, ResolvedUser};
use super::conflict_index::{FIRSTNAME, LASTNAME};
use super::remainder::Remainder;
use crate::change::{
    Change, EffectPart, Facet, IdentityType, IfExists, Memberships, Problem, RowEffect, Stated,
    UpdateUser, UserChange, same_name,
};
use crate::organization::{Coverage, OrgUser, Organization, UserKey, real_domain};
use crate::umapi::UserRef;
use std::borrow::Cow;
use std::fmt::Write;

/// The user of a row, and the values of the row that are not applied. Found before the steps
/// without effect are removed.
pub(super) struct StepFinding<'k> {
    who: AppliedUser<'k>,
    creates: bool,
    /// Whether the create step updates the names if they differ.
    updates_names: bool,
    /// Whether an Adobe ID has the email address and may take the place of the account. Its names
    /// are never updated.
    is_shadowed: bool,
    differs: RowEffect,
    remark: String,
}

enum AppliedUser<'k> {
    Somebody(OrgUser<'k>),
    Nobody,
    /// The list does not show the user.
    Unknown,
}

impl StepFinding<'_> {
    /// Returns the effect of the row once the steps in `left` are confirmed.
    pub(super) fn effect(&self, left: Option<&UserChange<'_>>) -> RowEffect {
        let mut effect = left.map_or(RowEffect::NONE, |left| RowEffect::of_user(left));
        if self.creates {
            effect = match self.who {
                AppliedUser::Somebody(_) => effect.met().with(EffectPart::Exists),
                AppliedUser::Nobody => effect.made(),
                AppliedUser::Unknown => effect,
            };
        }
        let is_so =
            self.creates && !self.updates_names && left.is_none_or(|left| left.update.is_none());
        if is_so && matches!(self.who, AppliedUser::Somebody(_)) || self.creates && self.is_shadowed
        {
            effect = effect.without(EffectPart::Updated);
        }
        effect.and(self.differs)
    }

    /// Returns the effect of the row once its remainder is confirmed.
    pub(super) fn effect_of(&self, left: &Remainder<'_>) -> RowEffect {
        match &left.change {
            Some(Change::User(left)) => self.effect(Some(left)),
            _ => self.effect(None),
        }
    }

    /// Describes the differences and warnings.
    pub(super) fn into_remark(self) -> String {
        self.remark
    }
}

impl Organization {
    /// Returns the warning for a row that creates an account of the organization although this
    /// Adobe ID has the email address.
    pub fn shadow_warning(&self, adobe_id: OrgUser<'_>) -> String {
        format!(
            "warning: according to {}, `{}` is an Adobe ID: the service may create no second \
             account, and give the memberships to the Adobe ID instead; delete the Adobe ID first, \
             or use --allow-shadow if both are meant",
            self.as_of(),
            adobe_id.email()
        )
    }
}

impl Baseline {
    /// Finds the values of a row that are not applied to its user.
    pub(super) fn met<'k>(
        &'k self,
        user: &UserChange<'_>,
        meant: ResolvedUser<'k>,
        stated: &Stated<'_>,
    ) -> StepFinding<'k> {
        // In most files no rows contradict each other, and nobody needs to be looked up.
        let has_conflict =
            self.conflict_index.has_users() && self.conflict_index.has(self.key(user));
        let who = match meant {
            _ if has_conflict => AppliedUser::Unknown,
            ResolvedUser::Person(person) | ResolvedUser::OtherName(person)
                if self.conflict_index.has(UserKey::Known(person.number())) =>
            {
                AppliedUser::Unknown
            }
            ResolvedUser::Person(person) | ResolvedUser::OtherName(person) => {
                AppliedUser::Somebody(person)
            }
            ResolvedUser::Nobody => AppliedUser::Nobody,
            ResolvedUser::Unclear if self.is_new(user) => AppliedUser::Nobody,
            ResolvedUser::Unclear => AppliedUser::Unknown,
        };
        let mut met = StepFinding {
            who,
            creates: user.create.is_some(),
            updates_names: false,
            is_shadowed: false,
            differs: RowEffect::NONE,
            remark: String::new(),
        };
        match met.who {
            AppliedUser::Somebody(person) => {
                let updates = user
                    .create
                    .as_ref()
                    .filter(|create| create.if_exists == IfExists::Update && !person.is_adobe());
                met.updates_names = updates.is_some_and(|create| !self.has_names(create, person));
                met.differs = self.differing(user, person, stated);
                met.remark = self.differences_in_words(user, person, stated, met.differs);
            }
            AppliedUser::Nobody | AppliedUser::Unknown => {
                met.remark = self.shadow(user).unwrap_or_default();
                met.is_shadowed = !met.remark.is_empty();
            }
        }
        if !met.remark.is_empty() && met.creates && matches!(met.who, AppliedUser::Nobody) {
            // The service may have applied everything to the Adobe ID, so it is unknown whether a
            // user was created.
            met.who = AppliedUser::Unknown;
        }
        met
    }

    /// Whether the create step creates a user whose names nobody has yet.
    fn is_new(&self, user: &UserChange<'_>) -> bool {
        let all = &self.organization;
        let Some(create) = &user.create else { return false };
        let absent = |name: &str, domain: Option<&str>| {
            let named = UserRef { name, domain, account: user.account() };
            !self.conflict_index.has(UserKey::new(Some(all), named)) && all.is_absent(named)
        };
        // The command's name may be a username, for which the list has no column.
        let root = same_name(&user.user, &create.email)
            || user.user.contains('@')
            || !all.shows(Coverage::USERNAMES)
            || absent(&user.user, user.domain.as_deref());
        let other_kind = all
            .user(UserRef::own(&create.email).with_account(user.account().other()))
            .is_some_and(|person| person.is_adobe() != user.adobe_id);
        root && !create.email.is_empty()
            && all.shows(Coverage::TYPES)
            && (absent(&create.email, None) || other_kind)
    }

    /// Returns the values of the row that the user does not have and that no step changes.
    fn differing(
        &self,
        user: &UserChange<'_>,
        person: OrgUser<'_>,
        stated: &Stated<'_>,
    ) -> RowEffect {
        let all = &*self.organization;
        let applies =
            user.create.is_some() || user.update.is_some() || !user.add.is_empty() || user.lists;
        if !applies || user.leave.is_some() || user.remove == Some(Memberships::All) {
            return RowEffect::NONE;
        }
        let mut effect = RowEffect::NONE;
        let mut differ = |facet, differs: bool| {
            if differs {
                effect = effect.differing(facet);
            }
        };
        let update = user.update.as_ref().filter(|_| !person.is_adobe());
        let sent = |name: fn(&UpdateUser<'_>) -> bool| update.is_some_and(name);
        let name = |cell: &str, now: &str, is_sent: bool, part: &str| {
            self.keeps_name(user, person, part) && !is_sent && !cell.is_empty() && cell != now
        };
        let is_sent = sent(|update| update.firstname.is_some());
        let differs = name(stated.firstname, person.firstname(), is_sent, FIRSTNAME);
        differ(Facet::Firstname, differs);
        let is_sent = sent(|update| update.lastname.is_some());
        let differs = name(stated.lastname, person.lastname(), is_sent, LASTNAME);
        differ(Facet::Lastname, differs);
        // If one side has no value, they do not differ.
        let other =
            |cell: &str, now: &str| !cell.is_empty() && !now.is_empty() && !same_name(cell, now);
        let keeps_email = !sent(|update| update.email.is_some());
        differ(Facet::Email, keeps_email && other(stated.email, person.email()));
        let keeps_username = !sent(|update| update.username.is_some() || update.email.is_some());
        differ(Facet::Username, keeps_username && other(stated.username, person.username()));
        differ(Facet::Domain, other(real_domain(stated.domain), real_domain(person.domain())));
        differ(Facet::Country, other(stated.country.unwrap_or_default(), person.country()));
        let now = IdentityType::from_name(person.identity());
        differ(
            Facet::Type,
            all.shows(Coverage::TYPES)
                && stated.identity.zip(now).is_some_and(|(said, now)| said != now),
        );
        differ(Facet::Status, all.shows(Coverage::STATUS) && other(stated.status, person.status()));
        differ(Facet::Groups, self.dropped(user, person, stated).next().is_some());
        effect
    }

    /// Whether the list shows this first or last name of the user, and no create step or other row
    /// changes it.
    fn keeps_name(&self, user: &UserChange<'_>, person: OrgUser<'_>, part: &str) -> bool {
        let is_updated =
            user.create.as_ref().is_some_and(|create| create.if_exists == IfExists::Update)
                && !person.is_adobe();
        self.organization.shows(Coverage::NAMES)
            && !is_updated
            && !self.conflict_index.has_field(UserKey::Known(person.number()), part)
    }

    /// Returns the user's groups that no step removes and that the row does not list, if it is a
    /// row of an exported list, also in user-sync's form.
    fn dropped<'k>(
        &'k self,
        user: &'k UserChange<'_>,
        person: OrgUser<'k>,
        stated: &Stated<'_>,
    ) -> impl Iterator<Item = &'k str> {
        let all = &*self.organization;
        let own = UserKey::Known(person.number());
        let is_told = stated.lists_all_groups
            && user.create.is_some()
            && all.shows(Coverage::DIRECT | Coverage::MEMBERSHIPS);
        let managed = self.managed.as_ref().filter(|_| user.lists);
        let others = self.conflict_index.adds(own);
        let is_listed = move |name: &str| {
            let removed = match &user.remove {
                Some(Memberships::Named(names)) => names.as_slice(),
                _ => &[],
            };
            user.add.iter().chain(removed).any(|add| same_name(add, name))
                || others.iter().any(|add| same_name(add, name))
        };
        person.group_names().filter(move |name| {
            is_told
                && *name != "_org_admin"
                && !is_listed(name)
                && managed.is_none_or(|managed| !managed.takes(name))
                && !self.conflict_index.has_membership(own, name)
        })
    }

    fn differences_in_words(
        &self,
        user: &UserChange<'_>,
        person: OrgUser<'_>,
        stated: &Stated<'_>,
        differs: RowEffect,
    ) -> String {
        let mut text = String::new();
        for facet in Facet::ALL.into_iter().filter(|facet| differs.differs_in(*facet)) {
            let (now, said) = match facet {
                Facet::Groups => {
                    let dropped: Vec<&str> = self.dropped(user, person, stated).collect();
                    (Cow::Owned(dropped.join(", ")), "")
                }
                facet => {
                    let (now, said) = values(facet, person, stated);
                    (Cow::Borrowed(now), said)
                }
            };
            let advice = if person.is_adobe()
                && matches!(
                    facet,
                    Facet::Firstname | Facet::Lastname | Facet::Email | Facet::Username
                ) {
                OWN_DATA
            } else {
                facet.advice()
            };
            let _ = if facet == Facet::Groups {
                write!(
                    text,
                    "{}groups: the user stays in `{now}`, which the row does not list ({advice})",
                    separator(&text)
                )
            } else {
                write!(
                    text,
                    "{}{} is `{now}`, the row says `{said}` ({advice})",
                    separator(&text),
                    facet.column()
                )
            };
        }
        if !text.is_empty() {
            text = format!("not applied, according to {}: {text}", self.organization.as_of());
        }
        let is_stated = user.create.is_some()
            && !(stated.firstname.is_empty()
                && stated.lastname.is_empty()
                && stated.country.is_none());
        if is_stated && self.organization.has_presumed_names(person.number()) {
            let _ = write!(text, "{}{PRESUMED}", separator(&text));
        }
        text
    }

    /// Describes the problem of a create step for an account of the organization if an Adobe ID has
    /// that email address.
    fn shadow(&self, user: &UserChange<'_>) -> Option<String> {
        let all = &self.organization;
        let create = user
            .create
            .as_ref()
            .filter(|_| !user.adobe_id && !self.allows_shadow && all.shows(Coverage::TYPES))?;
        Some(all.shadow_warning(all.user(UserRef::adobe(&create.email))?))
    }

    /// Returns the problem of a removal that may mean another user than the row describes, or of a
    /// row of an exported list whose id and address do not belong together, with the values of the
    /// row that are not applied. After an edited address, the row would create a second account or
    /// change another user.
    pub(crate) fn identity_problem(
        &self,
        user: &UserChange<'_>,
        stated: &Stated<'_>,
    ) -> Option<(Problem, Option<Facet>)> {
        if self.is_decided || self.only_shows {
            return None;
        }
        if let Some(problem) = self.removal_problem(user, stated) {
            return Some((problem, None));
        }
        if !stated.is_exported() {
            return None;
        }
        self.other_id(user, stated)
            .map(|(problem, facet)| (problem, Some(facet)))
            .or_else(|| Some((self.unknown_address(user, stated)?, None)))
    }

    /// Returns the problem of a row that has other names or another type than the user with its id.
    /// It is unknown whether another user is meant.
    fn other_id(&self, user: &UserChange<'_>, stated: &Stated<'_>) -> Option<(Problem, Facet)> {
        let person = self
            .organization
            .by_id(stated.id)
            .filter(|person| !self.conflict_index.has(UserKey::Known(person.number())))?;
        let meant = match self.meant(user) {
            ResolvedUser::Person(meant) | ResolvedUser::OtherName(meant) => Some(meant),
            ResolvedUser::Nobody | ResolvedUser::Unclear if user.create.is_some() => None,
            ResolvedUser::Nobody | ResolvedUser::Unclear => return None,
        };
        if meant == Some(person) {
            return None;
        }
        let list = self.organization.as_of();
        let has_email = same_name(stated.email, person.email())
            || (stated.email.is_empty() && same_name(stated.username, person.username()));
        let kind = stated.identity.or(user.create.as_ref().map(|create| create.identity));
        let has_type = kind
            .map_or(person.is_adobe() == user.adobe_id, |kind| kind.name() == person.identity());
        let (field, facet, value, advice) = if has_email && has_type {
            self.other_username(person, stated)
        } else if has_email {
            let now = person.identity();
            let advice = match kind {
                Some(_) => format!(
                    "the user with this id has the type `{now}` according to {list}, and the API \
                     cannot change a type: use the Admin Console; for a second account, empty the \
                     cell id"
                ),
                None => format!(
                    "the user with this id has the type `{now}` according to {list}, and another \
                     user has the same email: for the user with this id, write `{now}` in a \
                     column type; for the other one, empty the cell id"
                ),
            };
            ("type", Facet::Type, stated.identity.map_or("", IdentityType::name), advice)
        } else {
            let whose = person.email();
            let advice = if person.is_adobe() {
                format!(
                    "this id belongs to `{whose}` ({list}), an Adobe ID, and only its user can \
                     change its address. Write `{whose}` again; for another person, empty the \
                     cell id"
                )
            } else {
                format!(
                    "this id belongs to `{whose}` ({list}). To change that person's address, \
                     write an update row with email and new_email; for another person, empty the \
                     cell id"
                )
            };
            ("email", Facet::Email, stated.email, advice)
        };
        Some((
            Problem { field, reason: "other_id", value: value.to_owned(), advice, waivable: None },
            facet,
        ))
    }

    /// Returns the column that makes a row with the email address and the type of `person` mean
    /// another user, its value, and what to do.
    fn other_username<'s>(
        &self,
        person: OrgUser<'_>,
        stated: &Stated<'s>,
    ) -> (&'static str, Facet, &'s str, String) {
        let named = self.organization.named(stated.username, stated.domain);
        let is_of = match named.into_iter().find(|owner| *owner != person) {
            Some(owner) => format!("this is the username of `{}`", owner.email()),
            None => "the user with this id has another username".to_owned(),
        };
        let list = self.organization.as_of();
        let (field, facet, value, now) = if same_name(stated.username, person.username()) {
            ("domain", Facet::Domain, stated.domain, person.domain())
        } else {
            ("username", Facet::Username, stated.username, person.username())
        };
        let (has, remedy) = match now {
            "" => (format!("no {field}"), "Empty the cell".to_owned()),
            now => (format!("the {field} `{now}`"), format!("Write `{now}` here")),
        };
        let advice = format!(
            "{is_of}, but the id in the row belongs to `{}`, who has {has} ({list}). {remedy}; to \
             change a username, write an update row with email and new_username",
            person.email()
        );
        (field, facet, value, advice)
    }

    /// Returns the problem of a row that would create a user with an unknown address, although it
    /// has the id of a user: the address may have been edited. If a complete list has no user with
    /// that id, the row comes from another organization, or is about a user who has left. Then no
    /// second account is possible.
    fn unknown_address(&self, user: &UserChange<'_>, stated: &Stated<'_>) -> Option<Problem> {
        let create = user.create.as_ref()?;
        let all = &*self.organization;
        if all.has_all_ids()
            && !self.conflict_index.is_recently_changed()
            && all.by_id(stated.id).is_none()
        {
            return None;
        }
        // An earlier row may give a user that name.
        let has_conflict = self.conflict_index.has(UserKey::new(Some(all), user.user_ref()));
        if has_conflict && !self.conflict_index.is_recently_changed() {
            return None;
        }
        let domain = user.domain.as_deref().unwrap_or_default();
        let mut names = vec![(&*create.email, ""), (&*user.user, domain)];
        names.retain(|(name, _)| !name.is_empty());
        let is_absent = |(name, domain): &(&str, &str)| {
            let is_told =
                name.contains('@') || all.shows(Coverage::USERNAMES) || create.email.is_empty();
            let domain = Some(*domain).filter(|domain| !domain.is_empty());
            !is_told || all.is_absent(UserRef { name, domain, account: user.account() })
        };
        let is_nobody = names.iter().all(|(name, domain)| all.named(name, domain).is_empty())
            && names.iter().all(is_absent);
        let (field, value) = if create.email.is_empty() {
            ("username", &user.user)
        } else {
            ("email", &create.email)
        };
        is_nobody.then(|| Problem {
            field,
            reason: "unknown",
            value: value.to_string(),
            advice: format!(
                "belongs to no user (according to {}), but the row has the id of a user. If the \
                 address was edited, {}; to create somebody new, empty the cell id",
                all.as_of(),
                if user.adobe_id {
                    "write the old one again: only its user can change the address of an \
                     Adobe ID"
                } else {
                    "write an update row with the old email and new_email"
                }
            ),
            waivable: None,
        })
    }
}

/// Returns the value of a user and the value in the row, except groups.
fn values<'v>(facet: Facet, person: OrgUser<'v>, stated: &Stated<'v>) -> (&'v str, &'v str) {
    match facet {
        Facet::Firstname => (person.firstname(), stated.firstname),
        Facet::Lastname => (person.lastname(), stated.lastname),
        Facet::Email => (person.email(), stated.email),
        Facet::Username => (person.username(), stated.username),
        Facet::Domain => (person.domain(), stated.domain),
        Facet::Country => (person.country(), stated.country.unwrap_or_default()),
        Facet::Type => (person.identity(), stated.identity.map_or("", IdentityType::name)),
        Facet::Status => (person.status(), stated.status),
        Facet::Groups => ("", ""),
    }
}

/// The remark after a create step for a user whom the list did not show: the names are not
/// confirmed.
const PRESUMED: &str = "names and country are those that an import from this computer sent. They \
                        are not confirmed: an account that the list did not show keeps its own \
                        (--if-exists update sets the names)";

fn separator(text: &str) -> &'static str {
    if text.is_empty() { "" } else { "; " }
}
