//! The effects of many rows together: the words of their effects, counted. Pure.

use super::effect::{ALL_PARTS, JOINED, LEFT, RowEffect};
use super::effect_part::EffectPart;
use super::facet::Facet;
use super::{Change, IfExists, UserChange};
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// The kinds of users whose names stay unchanged, whatever rows say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NamesNotUpdated {
    /// Whether these are the organization's own users, whom an import can update.
    pub of_users: bool,
    /// Whether these are Adobe IDs, whose names only their users can change.
    pub of_adobe_ids: bool,
}

/// The number of rows with each effect; for memberships, the number of memberships.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EffectCounts {
    /// The number of rows by part of the effect, in the order of [`EffectPart::ALL`].
    parts: [u64; EffectPart::ALL.len()],
    joined: u64,
    left: u64,
    /// The number of rows by the value that is not applied, in the order of [`Facet::ALL`].
    differs: [u64; Facet::ALL.len()],
    /// The kinds of users whose names stay unchanged if it is unknown whether the users were
    /// created.
    keep: NamesNotUpdated,
    /// The numbers of users and of groups for which it is unknown whether they were created, or
    /// existed and were updated.
    perhaps_updated: [u64; 2],
}

/// Serializes the words with a number as a map.
impl Serialize for EffectCounts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let there = self.words().filter(|(_, number)| *number > 0);
        there.collect::<BTreeMap<_, _>>().serialize(serializer)
    }
}

/// The word for users for whom it is unknown which of two words applies.
pub(crate) const CREATED_OR_UPDATED: &str = "created_or_exists+updated";
/// The word for groups for which it is unknown which of two words applies.
pub(crate) const GROUP_CREATED_OR_UPDATED: &str = "group_created_or_exists+group_updated";

/// Pairs of words of which either may apply, each with the word to use in that case.
const EITHER: [(EffectPart, EffectPart, &str); 2] = [
    (EffectPart::CreatedOrExists, EffectPart::Updated, CREATED_OR_UPDATED),
    (EffectPart::GroupCreatedOrExists, EffectPart::GroupUpdated, GROUP_CREATED_OR_UPDATED),
];

impl RowEffect {
    /// Returns the word under which [`EffectCounts::done`] counts a user whom a row creates;
    /// `None` if it creates none.
    pub(crate) fn user_created(self) -> Option<&'static str> {
        self.word_of(EITHER[0], EffectPart::Created)
    }

    /// Does the same for a group.
    pub(crate) fn group_created(self) -> Option<&'static str> {
        self.word_of(EITHER[1], EffectPart::GroupCreated)
    }

    fn word_of(
        self,
        (perhaps, updated, both): (EffectPart, EffectPart, &'static str),
        certainly: EffectPart,
    ) -> Option<&'static str> {
        match (self.has(perhaps), self.has(updated)) {
            (true, true) => Some(both),
            (true, false) => Some(perhaps.name()),
            (false, _) => self.has(certainly).then(|| certainly.name()),
        }
    }
}

impl EffectCounts {
    /// Adds the effect of a row with this change.
    pub fn take_change(&mut self, effect: RowEffect, change: &Change<'_>) {
        match change {
            Change::User(user) if user.adobe_id => self.take_of_adobe_id(effect),
            Change::User(UserChange { create: Some(create), .. })
                if create.if_exists != IfExists::Update =>
            {
                self.take_keeping_names(effect);
            }
            _ => self.take(effect),
        }
    }

    /// Adds the effect of a row on an Adobe ID, whose names only its user can change.
    pub fn take_of_adobe_id(&mut self, effect: RowEffect) {
        self.keep.of_adobe_ids |= effect.has(EffectPart::CreatedOrExists);
        self.take_words(effect);
    }

    /// Adds the effect of a row that changes no names of an existing user, though perhaps the email
    /// or the username.
    pub fn take_keeping_names(&mut self, effect: RowEffect) {
        self.keep.of_users |= effect.has(EffectPart::CreatedOrExists);
        self.take_words(effect);
    }

    /// Adds the effect of a row.
    pub fn take(&mut self, effect: RowEffect) {
        self.keep.of_users |=
            effect.has(EffectPart::CreatedOrExists) && !effect.has(EffectPart::Updated);
        self.take_words(effect);
    }

    fn take_words(&mut self, effect: RowEffect) {
        for ((made, updated, _), rows) in EITHER.iter().zip(&mut self.perhaps_updated) {
            *rows += u64::from(effect.has(*made) && effect.has(*updated));
        }
        for (part, rows) in ALL_PARTS.iter().zip(&mut self.parts) {
            *rows += u64::from(effect.has(*part));
        }
        for (facet, rows) in Facet::ALL.iter().zip(&mut self.differs) {
            *rows += u64::from(effect.differs_in(*facet));
        }
        let (joined, left) = effect.moves();
        self.joined += u64::from(joined);
        self.left += u64::from(left);
    }

    /// Removes one part of the effect of one row.
    pub fn take_back(&mut self, part: EffectPart) {
        for (_, rows) in ALL_PARTS.iter().zip(&mut self.parts).filter(|(other, _)| **other == part)
        {
            *rows = rows.saturating_sub(1);
        }
    }

    /// Replaces the numbers of memberships of a row.
    pub(crate) fn replace_moves(&mut self, before: RowEffect, after: RowEffect) {
        let ((joined, left), (joined_now, left_now)) = (before.moves(), after.moves());
        self.joined = self.joined.saturating_sub(joined.into()) + u64::from(joined_now);
        self.left = self.left.saturating_sub(left.into()) + u64::from(left_now);
    }

    /// Adds the counts of other rows.
    pub fn add(&mut self, other: &Self) {
        let add = |numbers: &mut [u64], more: &[u64]| {
            numbers.iter_mut().zip(more).for_each(|(number, more)| *number += more);
        };
        add(&mut self.parts, &other.parts);
        add(&mut self.differs, &other.differs);
        add(&mut self.perhaps_updated, &other.perhaps_updated);
        self.joined += other.joined;
        self.left += other.left;
        self.keep.of_users |= other.keep.of_users;
        self.keep.of_adobe_ids |= other.keep.of_adobe_ids;
    }

    /// Returns the counts of this number of rows that are all like the counted one.
    #[must_use]
    pub(crate) fn times(mut self, rows: u64) -> Self {
        let numbers = [&mut self.joined, &mut self.left].into_iter();
        let numbers = numbers.chain(&mut self.parts).chain(&mut self.differs);
        numbers.chain(&mut self.perhaps_updated).for_each(|number| *number *= rows);
        self
    }

    /// Returns the number for a word, such as `created` or `joined`.
    pub fn of(&self, word: &str) -> u64 {
        self.words().find(|(other, _)| *other == word).map_or(0, |(_, number)| number)
    }

    /// Returns every word with its number, in no particular order.
    fn words(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let parts = ALL_PARTS.iter().map(|part| part.name()).zip(self.parts);
        let differs = Facet::ALL.into_iter().map(Facet::word).zip(self.differs);
        parts.chain([(JOINED, self.joined), (LEFT, self.left)]).chain(differs)
    }

    /// Returns the kinds of users whose names stay unchanged if it is unknown whether the users
    /// were created.
    pub fn names_not_updated(&self) -> NamesNotUpdated {
        self.keep
    }

    /// Returns what was done: words with their numbers, in the order of the cells. If only one of
    /// two words applies to a row, [`CREATED_OR_UPDATED`] counts the row in place of both.
    pub fn done(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let (before, behind) = ALL_PARTS.split_at(EffectPart::BEFORE_MOVES);
        let words = before.iter().map(Some).chain([None]).chain(behind.iter().map(Some));
        let numbers = words.flat_map(|part| match part {
            Some(part) => self.known_of(*part),
            None => vec![(JOINED, self.joined), (LEFT, self.left)],
        });
        numbers.filter(|(_, number)| *number > 0)
    }

    /// Returns how many rows certainly did that, and how many did it or something else.
    fn known_of(&self, part: EffectPart) -> Vec<(&'static str, u64)> {
        let mut known = vec![(part.name(), self.of(part.name()))];
        for ((made, updated, both), rows) in EITHER.into_iter().zip(self.perhaps_updated) {
            if part == made || part == updated {
                known[0].1 = known[0].1.saturating_sub(rows);
            }
            if part == made {
                known.push((both, rows));
            }
        }
        known
    }

    /// Returns the values that were not applied, each with the number of rows.
    pub fn differences(&self) -> impl Iterator<Item = (Facet, u64)> {
        Facet::ALL
            .into_iter()
            .map(|facet| (facet, self.of(facet.word())))
            .filter(|(_, rows)| *rows > 0)
    }
}
/// Returns the words of all effects.
#[cfg(test)]
pub(crate) fn effect_words() -> impl Iterator<Item = &'static str> {
    let parts = ALL_PARTS.iter().map(|part| part.name());
    parts.chain(EITHER.map(|(_, _, both)| both)).chain([JOINED, LEFT])
}
