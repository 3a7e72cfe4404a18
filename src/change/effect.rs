//! The effect of a row, as far as it is known, and which of its values were not applied.
//!
//! In: a [`Change`], and later what a list or the server shows. Out: a [`RowEffect`] of eight
//! bytes, and its text for the results (`created+joined:2+differs:country`). Pure.

use super::effect_part::EffectPart;
use super::facet::Facet;
use super::model::{Change, GroupChange, IfExists, Memberships, UserChange};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// The effect of a row, with the values that were not applied. Its text is the cell of the results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct RowEffect {
    parts: u16,
    differs: u16,
    joined: u16,
    left: u16,
}

impl RowEffect {
    /// Nothing was done, and nothing differs.
    pub const NONE: Self = Self { parts: 0, differs: 0, joined: 0, left: 0 };

    /// Returns the effect of a change if every step is confirmed and nothing else is known.
    pub fn of(change: &Change<'_>) -> Self {
        match change {
            Change::User(user) => Self::of_user(user),
            Change::Group(group) => Self::of_group(group),
        }
    }

    /// Returns the effect of a change of a user.
    pub(crate) fn of_user(user: &UserChange<'_>) -> Self {
        let mut effect = Self::NONE;
        match user.create.as_ref().map(|create| create.if_exists) {
            Some(IfExists::Error) => effect = effect.with(EffectPart::Created),
            Some(IfExists::Ignore) => effect = effect.with(EffectPart::CreatedOrExists),
            // Whether the user was created or existed before, the names are as in the row.
            Some(IfExists::Update) => {
                effect = effect.with(EffectPart::CreatedOrExists).with(EffectPart::Updated);
            }
            None => {}
        }
        if user.update.is_some() {
            effect = effect.with(EffectPart::Updated);
        }
        match &user.remove {
            Some(Memberships::All) => effect = effect.with(EffectPart::LeftAll),
            Some(Memberships::Named(groups)) => effect = effect.left(groups.len()),
            None => {}
        }
        effect = effect.joined(user.add.len());
        match user.leave {
            Some(super::Leave::KeepAccount) => effect.with(EffectPart::Removed),
            Some(super::Leave::DeleteAccount) => {
                effect.with(EffectPart::Removed).with(EffectPart::AccountDeleted)
            }
            None => effect,
        }
    }

    /// Returns the effect of a change of a group.
    pub(crate) fn of_group(group: &GroupChange<'_>) -> Self {
        let mut effect = Self::NONE;
        match group.create.as_ref().map(|create| create.if_exists) {
            Some(IfExists::Error) => effect = effect.with(EffectPart::GroupCreated),
            Some(IfExists::Ignore) => effect = effect.with(EffectPart::GroupCreatedOrExists),
            Some(IfExists::Update) => {
                effect =
                    effect.with(EffectPart::GroupCreatedOrExists).with(EffectPart::GroupUpdated);
            }
            None => {}
        }
        if let Some(update) = &group.update {
            if update.name.is_some() {
                effect = effect.with(EffectPart::GroupRenamed);
            }
            if update.description.is_some() {
                effect = effect.with(EffectPart::GroupUpdated);
            }
        }
        if !group.add_profiles.is_empty() {
            effect = effect.with(EffectPart::ProfilesAdded);
        }
        if !group.remove_profiles.is_empty() {
            effect = effect.with(EffectPart::ProfilesRemoved);
        }
        if group.delete {
            effect = effect.with(EffectPart::GroupDeleted);
        }
        effect.joined(group.add_users.len()).left(group.remove_users.len())
    }

    /// Returns the effect with this part added.
    #[must_use]
    pub fn with(self, part: EffectPart) -> Self {
        Self { parts: self.parts | part as u16, ..self }
    }

    /// Returns the effect without this part.
    #[must_use]
    pub fn without(self, part: EffectPart) -> Self {
        Self { parts: self.parts & !(part as u16), ..self }
    }

    /// Returns the effect with this value marked as not applied.
    #[must_use]
    pub fn differing(self, facet: Facet) -> Self {
        Self { differs: self.differs | facet as u16, ..self }
    }

    /// Returns only the values that are not applied and that only the user of an Adobe ID can
    /// change.
    #[must_use]
    pub fn only_personal_differences(self) -> Self {
        let personal = Facet::PERSONAL.into_iter().fold(0, |all, facet| all | facet as u16);
        Self { differs: self.differs & personal, ..Self::NONE }
    }

    /// Returns the effect with more memberships added.
    #[must_use]
    pub fn joined(self, groups: usize) -> Self {
        Self { joined: self.joined.saturating_add(narrow(groups)), ..self }
    }

    /// Returns the effect with more memberships removed.
    #[must_use]
    pub fn left(self, groups: usize) -> Self {
        Self { left: self.left.saturating_add(narrow(groups)), ..self }
    }

    /// Returns the number of memberships that were added or removed.
    pub fn memberships(self) -> u64 {
        u64::from(self.joined) + u64::from(self.left)
    }

    /// Returns the effect without the number of memberships in `other`, because they held before.
    #[must_use]
    pub fn without_moves_of(self, other: Self) -> Self {
        Self {
            joined: self.joined.saturating_sub(other.joined),
            left: self.left.saturating_sub(other.left),
            ..self
        }
    }

    /// Whether a user joins a group.
    pub fn has_joined(self) -> bool {
        self.joined > 0
    }

    /// Whether a user leaves a group.
    pub fn has_left(self) -> bool {
        self.left > 0
    }

    /// Returns the effect after the server or a list has shown that the user or the group existed
    /// before.
    #[must_use]
    pub fn met(self) -> Self {
        let met = |effect: Self, parts: [EffectPart; 2], exists| {
            let created = parts.into_iter().any(|part| effect.has(part));
            if created { effect.without(parts[0]).without(parts[1]).with(exists) } else { effect }
        };
        let effect =
            met(self, [EffectPart::Created, EffectPart::CreatedOrExists], EffectPart::Exists);
        met(
            effect,
            [EffectPart::GroupCreated, EffectPart::GroupCreatedOrExists],
            EffectPart::GroupExists,
        )
    }

    /// Returns the effect if nobody had that name before: a create step creates, and there are no
    /// names to update.
    #[must_use]
    pub fn made(self) -> Self {
        let effect = if self.has(EffectPart::CreatedOrExists) {
            self.without(EffectPart::CreatedOrExists)
                .without(EffectPart::Updated)
                .with(EffectPart::Created)
        } else {
            self
        };
        if effect.has(EffectPart::GroupCreatedOrExists) {
            effect
                .without(EffectPart::GroupCreatedOrExists)
                .without(EffectPart::GroupUpdated)
                .with(EffectPart::GroupCreated)
        } else {
            effect
        }
    }

    /// Whether a user or group was created, or perhaps was.
    pub fn creates(self) -> bool {
        CREATES.into_iter().any(|part| self.has(part))
    }

    /// Returns the effect of a row after another one that has created the same user or group.
    #[must_use]
    pub fn behind_its_creation(self) -> Self {
        CREATES.into_iter().fold(self, Self::without)
    }

    /// Returns only the values that were not applied, without what was done.
    #[must_use]
    pub fn only_differences(self) -> Self {
        Self { differs: self.differs, ..Self::NONE }
    }

    /// Returns both effects together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            parts: self.parts | other.parts,
            differs: self.differs | other.differs,
            joined: self.joined.saturating_add(other.joined),
            left: self.left.saturating_add(other.left),
        }
    }

    /// Whether the row did this part.
    pub fn has(self, part: EffectPart) -> bool {
        self.parts & part as u16 != 0
    }

    /// Whether the value of this facet is not applied.
    pub fn differs_in(self, facet: Facet) -> bool {
        self.differs & facet as u16 != 0
    }

    /// Whether any value is not applied.
    pub fn differs(self) -> bool {
        self.differs != 0
    }

    /// Returns the numbers of memberships that were added and removed.
    pub(crate) fn moves(self) -> (u16, u16) {
        (self.joined, self.left)
    }

    /// Returns its words, each with a number: that of memberships, or 1.
    pub(super) fn words(self) -> impl Iterator<Item = (&'static str, u16)> {
        let (before, behind) = ALL_PARTS.split_at(EffectPart::BEFORE_MOVES);
        let parts = move |parts: &'static [EffectPart]| {
            parts.iter().filter(move |part| self.has(**part)).map(|part| (part.name(), 1))
        };
        let moves = [(JOINED, self.joined), (LEFT, self.left)]
            .into_iter()
            .filter(|(_, number)| *number > 0);
        let differs = Facet::ALL
            .into_iter()
            .filter(move |facet| self.differs_in(*facet))
            .map(|facet| (facet.word(), 1));
        parts(before).chain(moves).chain(parts(behind)).chain(differs)
    }
}

impl Serialize for RowEffect {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RowEffect {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// [`EffectPart::ALL`] in a static, so that parts of it can be borrowed for `'static`.
pub(super) static ALL_PARTS: [EffectPart; 15] = EffectPart::ALL;
const CREATES: [EffectPart; 4] = [
    EffectPart::Created,
    EffectPart::CreatedOrExists,
    EffectPart::GroupCreated,
    EffectPart::GroupCreatedOrExists,
];
/// The name of the number of added memberships in results and journals.
pub(super) const JOINED: &str = "joined";
/// The name of the number of removed memberships in results and journals.
pub(super) const LEFT: &str = "left";
const NOTHING: &str = "none";

fn narrow(number: usize) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

impl fmt::Display for RowEffect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut begun = false;
        for (word, number) in self.words() {
            if std::mem::replace(&mut begun, true) {
                f.write_str("+")?;
            }
            f.write_str(word)?;
            if word == JOINED || word == LEFT {
                write!(f, ":{number}")?;
            }
        }
        if begun { Ok(()) } else { f.write_str(NOTHING) }
    }
}

/// A text that is not an effect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no effect")]
pub struct EffectError(String);

impl FromStr for RowEffect {
    type Err = EffectError;

    fn from_str(text: &str) -> Result<Self, EffectError> {
        let wrong = || EffectError(text.to_owned());
        let mut effect = Self::NONE;
        for word in text.split('+').filter(|word| *word != NOTHING) {
            let number = |digits: &str| digits.parse().map_err(|_| wrong());
            if let Some(part) = EffectPart::ALL.into_iter().find(|part| part.name() == word) {
                effect = effect.with(part);
            } else if let Some(facet) = Facet::ALL.into_iter().find(|facet| facet.word() == word) {
                effect = effect.differing(facet);
            } else {
                match word.split_once(':') {
                    Some((JOINED, digits)) => effect.joined = number(digits)?,
                    Some((LEFT, digits)) => effect.left = number(digits)?,
                    _ => return Err(wrong()),
                }
            }
        }
        Ok(effect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::EffectCounts;
    use crate::change::{CreateGroup, CreateUser, IdentityType, Leave, UpdateGroup, UpdateUser};
    use proptest::prelude::*;

    fn user(if_exists: Option<IfExists>) -> UserChange<'static> {
        let create = if_exists.map(|if_exists| CreateUser {
            identity: IdentityType::Federated,
            email: "ann@example.com".into(),
            firstname: None,
            lastname: None,
            country: None,
            if_exists,
        });
        UserChange { user: "ann@example.com".into(), create, ..UserChange::default() }
    }

    fn text(change: &Change<'_>) -> String {
        RowEffect::of(change).to_string()
    }

    #[test]
    fn effect_of_user_change_names_every_step() {
        for (if_exists, expected) in [
            (IfExists::Error, "created"),
            (IfExists::Ignore, "created_or_exists"),
            (IfExists::Update, "created_or_exists+updated"),
        ] {
            assert_eq!(text(&Change::User(user(Some(if_exists)))), expected);
        }
        let moved = UserChange {
            update: Some(UpdateUser { firstname: Some("A".into()), ..UpdateUser::default() }),
            remove: Some(Memberships::Named(vec!["A".into()])),
            add: vec!["B".into(), "C".into()],
            ..user(None)
        };
        assert_eq!(text(&Change::User(moved)), "updated+joined:2+left:1");
        assert_eq!(
            text(&Change::User(UserChange { remove: Some(Memberships::All), ..user(None) })),
            "left_all"
        );
        assert_eq!(
            text(&Change::User(UserChange { leave: Some(Leave::KeepAccount), ..user(None) })),
            "removed"
        );
        assert_eq!(
            text(&Change::User(UserChange { leave: Some(Leave::DeleteAccount), ..user(None) })),
            "removed+account_deleted"
        );
        assert_eq!(text(&Change::User(user(None))), "none");
    }

    #[test]
    fn effect_of_group_change_names_every_step() {
        let group = GroupChange { group: "G".into(), ..GroupChange::default() };
        let create = CreateGroup { description: None, if_exists: IfExists::Ignore };
        let all = GroupChange {
            create: Some(create),
            add_users: vec!["a@example.com".into()],
            ..group.clone()
        };
        assert_eq!(text(&Change::Group(all)), "group_created_or_exists+joined:1");
        let update = UpdateGroup { name: Some("H".into()), description: Some("d".into()) };
        assert_eq!(
            text(&Change::Group(GroupChange { update: Some(update), ..group.clone() })),
            "group_updated+group_renamed"
        );
        assert_eq!(text(&Change::Group(GroupChange { delete: true, ..group })), "group_deleted");
    }

    #[test]
    fn effect_of_create_depends_on_what_was_there_before() {
        let effect = RowEffect::of(&Change::User(user(Some(IfExists::Update)))).joined(1);
        assert_eq!(effect.met().to_string(), "exists+updated+joined:1");
        assert_eq!(effect.made().to_string(), "created+joined:1");
        assert_eq!(RowEffect::NONE.met(), RowEffect::NONE);
    }

    #[test]
    fn effects_count_rows_and_memberships() {
        let mut effects = EffectCounts::default();
        effects.take("created+joined:2".parse().unwrap());
        effects.take("created+joined:1+differs:country".parse().unwrap());
        effects.take(RowEffect::NONE);
        assert_eq!(
            serde_json::to_string(&effects).unwrap(),
            r#"{"created":2,"differs:country":1,"joined":3}"#
        );
        assert_eq!(effects.differences().collect::<Vec<_>>(), [(Facet::Country, 1)]);
    }

    proptest! {
        #[test]
        fn effect_comes_back_from_its_text(parts in 0..1_u16 << 15, differs in 0..1_u16 << 9,
            joined: u16, left: u16) {
            let effect = RowEffect { parts, differs, joined, left };
            prop_assert_eq!(effect.to_string().parse::<RowEffect>(), Ok(effect));
        }

        #[test]
        fn noise_is_refused_as_an_effect_without_a_panic(text in ".{0,30}") {
            let _ = text.parse::<RowEffect>();
        }
    }
}
