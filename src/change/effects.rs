//! What many rows have done together: the words of their effects, counted. Pure.

use super::Change;
use super::effect::{DEEDS, EffectPart, Facet, JOINED, LEFT, RowEffect};
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// Whose names stay as they were, whatever rows say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KeptNames {
    /// The organization's own users: an import can update them.
    pub of_users: bool,
    /// Adobe IDs: only their users can.
    pub of_adobe_ids: bool,
}

/// How many rows have which effect; of memberships, how many.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EffectCounts {
    /// Rows by their deeds, in the order of [`EffectPart::ALL`].
    deeds: [u64; EffectPart::ALL.len()],
    joined: u64,
    left: u64,
    /// Rows by what of them is not applied, in the order of [`Facet::ALL`].
    differs: [u64; Facet::ALL.len()],
    /// Whose names stay as they were where nobody knows whether users were created or met.
    keep: KeptNames,
    /// Users, and groups, of whom nobody knows whether they were created, or were there and
    /// updated.
    perhaps_updated: [u64; 2],
}

/// A map of the words that rows have, to their numbers.
impl Serialize for EffectCounts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let there = self.words().filter(|(_, number)| *number > 0);
        there.collect::<BTreeMap<_, _>>().serialize(serializer)
    }
}

/// What is said in place of two words of whom nobody knows which of them holds.
pub(crate) const CREATED_OR_UPDATED: &str = "created_or_exists+updated";
/// The same of groups.
pub(crate) const GROUP_CREATED_OR_UPDATED: &str = "group_created_or_exists+group_updated";

/// Words that may stand for either, and what is said then.
const EITHER: [(EffectPart, EffectPart, &str); 2] = [
    (EffectPart::CreatedOrExists, EffectPart::Updated, CREATED_OR_UPDATED),
    (EffectPart::GroupCreatedOrExists, EffectPart::GroupUpdated, GROUP_CREATED_OR_UPDATED),
];

impl EffectCounts {
    /// Takes in the effect of a row with this change.
    pub fn take_change(&mut self, effect: RowEffect, change: &Change<'_>) {
        match change {
            Change::User(user) if user.adobe_id => self.take_of_adobe_id(effect),
            _ => self.take(effect),
        }
    }

    /// Takes in the effect of a row on an Adobe ID: only its user can change the names.
    pub fn take_of_adobe_id(&mut self, effect: RowEffect) {
        self.keep.of_adobe_ids |= effect.has(EffectPart::CreatedOrExists);
        self.take_words(effect);
    }

    /// Takes a row's effect in.
    pub fn take(&mut self, effect: RowEffect) {
        self.keep.of_users |=
            effect.has(EffectPart::CreatedOrExists) && !effect.has(EffectPart::Updated);
        self.take_words(effect);
    }

    fn take_words(&mut self, effect: RowEffect) {
        for ((made, updated, _), rows) in EITHER.iter().zip(&mut self.perhaps_updated) {
            *rows += u64::from(effect.has(*made) && effect.has(*updated));
        }
        for (deed, rows) in DEEDS.iter().zip(&mut self.deeds) {
            *rows += u64::from(effect.has(*deed));
        }
        for (facet, rows) in Facet::ALL.iter().zip(&mut self.differs) {
            *rows += u64::from(effect.differs_in(*facet));
        }
        let (joined, left) = effect.moves();
        self.joined += u64::from(joined);
        self.left += u64::from(left);
    }

    /// Takes a deed of one row back.
    pub fn take_back(&mut self, deed: EffectPart) {
        for (_, rows) in DEEDS.iter().zip(&mut self.deeds).filter(|(other, _)| **other == deed) {
            *rows = rows.saturating_sub(1);
        }
    }

    /// Counts the memberships of a row otherwise than before.
    pub(crate) fn replace_moves(&mut self, before: RowEffect, after: RowEffect) {
        let ((joined, left), (joined_now, left_now)) = (before.moves(), after.moves());
        self.joined = self.joined.saturating_sub(joined.into()) + u64::from(joined_now);
        self.left = self.left.saturating_sub(left.into()) + u64::from(left_now);
    }

    /// Takes those of other rows in.
    pub fn add(&mut self, other: &Self) {
        let add = |numbers: &mut [u64], more: &[u64]| {
            numbers.iter_mut().zip(more).for_each(|(number, more)| *number += more);
        };
        add(&mut self.deeds, &other.deeds);
        add(&mut self.differs, &other.differs);
        add(&mut self.perhaps_updated, &other.perhaps_updated);
        self.joined += other.joined;
        self.left += other.left;
        self.keep.of_users |= other.keep.of_users;
        self.keep.of_adobe_ids |= other.keep.of_adobe_ids;
    }

    /// The number of a word, such as `created` or `joined`.
    pub fn of(&self, word: &str) -> u64 {
        self.words().find(|(other, _)| *other == word).map_or(0, |(_, number)| number)
    }

    /// Every word with its number, in no order that means anything.
    fn words(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let deeds = DEEDS.iter().map(|deed| deed.name()).zip(self.deeds);
        let differs = Facet::ALL.into_iter().map(Facet::word).zip(self.differs);
        deeds.chain([(JOINED, self.joined), (LEFT, self.left)]).chain(differs)
    }

    /// Whose names stay as they were where nobody knows whether users were created or met.
    pub fn kept_names(&self) -> KeptNames {
        self.keep
    }

    /// What was done: words with their numbers, in the order of the cells. Where two words of a row
    /// hold only one instead of the other, [`CREATED_OR_UPDATED`] counts the row, and neither of
    /// them does.
    pub fn done(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let (before, behind) = DEEDS.split_at(EffectPart::BEFORE_MOVES);
        let words = before.iter().map(Some).chain([None]).chain(behind.iter().map(Some));
        let numbers = words.flat_map(|deed| match deed {
            Some(deed) => self.known_of(*deed),
            None => vec![(JOINED, self.joined), (LEFT, self.left)],
        });
        numbers.filter(|(_, number)| *number > 0)
    }

    /// How many rows surely did that, and how many did it or something else.
    fn known_of(&self, deed: EffectPart) -> Vec<(&'static str, u64)> {
        let mut known = vec![(deed.name(), self.of(deed.name()))];
        for ((made, updated, both), rows) in EITHER.into_iter().zip(self.perhaps_updated) {
            if deed == made || deed == updated {
                known[0].1 = known[0].1.saturating_sub(rows);
            }
            if deed == made {
                known.push((both, rows));
            }
        }
        known
    }

    /// What was not applied, and in how many rows.
    pub fn differences(&self) -> impl Iterator<Item = (Facet, u64)> {
        Facet::ALL
            .into_iter()
            .map(|facet| (facet, self.of(facet.word())))
            .filter(|(_, rows)| *rows > 0)
    }
}
