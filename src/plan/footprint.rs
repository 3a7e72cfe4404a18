//! What the planner must know of a change, without the data of the row.

use super::command::commands;
use crate::change::{
    Change, CreateUser, EffectPart, GroupChange, IfExists, Leave, Memberships, RowEffect,
    UserChange,
};
use crate::umapi::wire::MAX_LIST;
use bitflags::bitflags;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// A change in twelve bytes: enough to decide which rows may share a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RowFootprint {
    /// Equal for equal create steps.
    pub(super) create: u32,
    /// Commands that the row needs when it is alone.
    parts: u16,
    flags: RowFlags,
    /// Names to remove, and to add.
    pub(super) removes: u16,
    pub(super) adds: u16,
}

bitflags! {
    /// Facts about a row, one bit each.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
    struct RowFlags: u16 {
        const SENDS = 1;
        const CREATE = 1 << 1;
        const UPDATE = 1 << 2;
        /// The user or group to create exists, according to a list.
        const EXISTS = 1 << 3;
        const ALONE = 1 << 4;
        const ADOBE = 1 << 5;
        const DELETES_GROUP = 1 << 6;
        /// Uses a name that rows wait for (see [`super::dependencies`]).
        const TOUCHES = 1 << 7;
        /// First row of a command. Every row that is sent has this flag, until it is found to
        /// follow another row.
        const STARTS = 1 << 8;
        /// First row of a chain.
        const HEAD = 1 << 9;
        /// About a user, not a group.
        const USER = 1 << 10;
        const LEAVES = 1 << 11;
        /// Leaves, and loses the account and its files.
        const LOSES_ACCOUNT = 1 << 12;
        const REMOVES_ALL = 1 << 13;
        /// The user or group to create, or the user from whom it only removes something, does not
        /// exist, according to a list.
        const NEW = 1 << 14;
        /// The create step updates the names of a user who exists, according to a list.
        const RENEWS = 1 << 15;
        /// Of a row about a group: adds or removes profiles. No row about a group is about an Adobe
        /// ID, so that they share a bit.
        const PROFILES = 1 << 5;
    }
}

/// Rows with longer lists share a command with no other row: they need several.
const MOST_NAMES: usize = 100;

impl RowFootprint {
    /// A row that is not sent: invalid, or outside `--rows`.
    pub const SKIPPED: Self =
        Self { create: 0, parts: 0, flags: RowFlags::empty(), removes: 0, adds: 0 };

    /// Returns the footprint of a change.
    pub fn of(change: &Change<'_>) -> Self {
        let (mut flags, create, removes, adds) = match change {
            Change::User(user) => user_footprint(user),
            Change::Group(group) => group_footprint(group),
        };
        if removes.max(adds) > MOST_NAMES {
            flags |= RowFlags::ALONE;
        }
        let parts = if !flags.contains(RowFlags::ALONE) {
            1
        } else {
            u16::try_from(commands(&[(0, change)]).len()).unwrap_or(u16::MAX)
        };
        let short = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        Self {
            create,
            parts,
            flags: flags | RowFlags::SENDS | RowFlags::STARTS | RowFlags::HEAD,
            removes: short(removes),
            adds: short(adds),
        }
    }

    /// Returns the footprint of the same row with the create step of another user.
    #[must_use]
    pub(crate) fn creating(self, create: &CreateUser<'_>) -> Self {
        Self { create: create_print(create), ..self }
    }

    /// Returns the footprint with what a list says about the user or group to create.
    #[must_use]
    pub fn knowing(self, effect: RowEffect) -> Self {
        let known = match self.creates() {
            true if effect.has(EffectPart::Exists) || effect.has(EffectPart::GroupExists) => {
                RowFlags::EXISTS
            }
            true if effect.has(EffectPart::Created) || effect.has(EffectPart::GroupCreated) => {
                RowFlags::NEW
            }
            _ => RowFlags::empty(),
        };
        let renews =
            if known == RowFlags::EXISTS && self.is_user() && effect.has(EffectPart::Updated) {
                RowFlags::RENEWS
            } else {
                RowFlags::empty()
            };
        Self { flags: self.flags | known | renews, ..self }
    }

    /// Whether the row is sent at all.
    pub fn is_sent(self) -> bool {
        self.flags.contains(RowFlags::SENDS)
    }

    /// Returns the number of commands that the row needs when it is alone, one after another.
    pub fn parts(self) -> u16 {
        self.parts
    }

    /// Whether the row shares a command with no other row.
    pub fn is_alone(self) -> bool {
        self.flags.contains(RowFlags::ALONE)
    }

    /// Whether the row deletes: a user, a group, or all memberships of a user.
    pub(crate) fn deletes(self) -> bool {
        self.leaves() || self.removes_all() || self.deletes_group()
    }

    /// Whether the row deletes a group. The API fails several deletions in one request.
    pub fn deletes_group(self) -> bool {
        self.flags.contains(RowFlags::DELETES_GROUP)
    }

    /// Whether the row names something that rows wait for.
    pub fn touches(self) -> bool {
        self.flags.contains(RowFlags::TOUCHES)
    }

    /// Whether there is a create step.
    pub fn creates(self) -> bool {
        self.flags.contains(RowFlags::CREATE)
    }

    /// Whether the user or group to create exists, according to a list.
    pub(super) fn meets(self) -> bool {
        self.flags.contains(RowFlags::EXISTS)
    }

    /// Whether the create step updates the names of a user who exists, according to a list.
    pub(super) fn renews(self) -> bool {
        self.flags.contains(RowFlags::RENEWS)
    }

    /// Whether the user or group to create does not exist, or the user who would lose something
    /// does not, according to a list.
    pub(super) fn is_new(self) -> bool {
        self.flags.contains(RowFlags::NEW)
    }

    /// Whether the row has an update step, beside or without a create step.
    pub(crate) fn updates(self) -> bool {
        self.flags.contains(RowFlags::UPDATE)
    }

    /// Whether the row is about a user.
    pub(crate) fn is_user(self) -> bool {
        self.flags.contains(RowFlags::USER)
    }

    /// Whether nobody has that name after this row. A rename counts as well: the user whom earlier
    /// rows created has another name then.
    pub fn ends_name(self) -> bool {
        self.leaves() || self.deletes_group() || (self.is_alone() && self.updates())
    }

    /// Whether possibly nobody has the user's name after this row.
    pub fn frees_name(self) -> bool {
        self.is_user() && self.ends_name()
    }

    /// Whether the row adds or removes memberships of a user. A rename counts as well: the
    /// memberships after it are unknown.
    pub(crate) fn changes_memberships(self) -> bool {
        let names_some = self.adds > 0 || self.removes > 0 || self.removes_all();
        self.is_user() && (names_some || self.ends_name())
    }

    /// Whether the row adds and removes memberships of a user by their groups' names, and does
    /// nothing else.
    pub(crate) fn changes_only_memberships(self) -> bool {
        let others = RowFlags::CREATE
            | RowFlags::UPDATE
            | RowFlags::ALONE
            | RowFlags::ADOBE
            | RowFlags::LEAVES
            | RowFlags::REMOVES_ALL
            | RowFlags::NEW;
        self.is_user()
            && self.is_sent()
            && !self.flags.intersects(others)
            && (self.adds > 0 || self.removes > 0)
    }

    /// Whether the row adds and removes users of a group, and does nothing else.
    pub(crate) fn changes_only_members(self) -> bool {
        let others = RowFlags::CREATE
            | RowFlags::UPDATE
            | RowFlags::DELETES_GROUP
            | RowFlags::PROFILES
            | RowFlags::NEW;
        !self.is_user() && self.is_sent() && !self.flags.intersects(others) && self.names() > 0
    }

    /// Returns the number of names to remove and to add.
    pub(crate) fn names(self) -> u32 {
        u32::from(self.removes) + u32::from(self.adds)
    }

    /// Whether a user leaves the organization.
    pub fn leaves(self) -> bool {
        self.flags.contains(RowFlags::LEAVES)
    }

    /// Whether the user's account is deleted.
    pub(super) fn loses_account(self) -> bool {
        self.flags.contains(RowFlags::LOSES_ACCOUNT)
    }

    /// Whether the user loses all memberships.
    pub(super) fn removes_all(self) -> bool {
        self.flags.contains(RowFlags::REMOVES_ALL)
    }

    /// Returns what this row or the other does, for counting.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            flags: self.flags | other.flags,
            removes: self.removes.max(other.removes),
            adds: self.adds.max(other.adds),
            ..self
        }
    }

    /// Whether the row is about an Adobe ID.
    pub fn is_adobe(self) -> bool {
        self.flags.contains(RowFlags::ADOBE | RowFlags::USER)
    }

    /// Whether the row starts a command.
    pub(super) fn starts(self) -> bool {
        self.flags.contains(RowFlags::STARTS)
    }

    /// Whether the row is the first of its chain.
    pub(super) fn is_head(self) -> bool {
        self.flags.contains(RowFlags::HEAD)
    }

    /// Records that the row only removes something, from a user who does not exist, according to a
    /// list.
    pub fn set_absent(&mut self) {
        self.flags |= RowFlags::NEW;
    }

    /// Whether the row removes something from a user who does not exist, according to a list.
    pub(super) fn is_of_nobody(self) -> bool {
        self.is_new() && !self.creates()
    }

    /// Records that the row needs names that barriers change.
    pub(super) fn set_touches(&mut self) {
        self.flags |= RowFlags::TOUCHES;
    }

    /// Records that the row shares a command with no other row.
    pub(super) fn set_alone(&mut self) {
        self.flags |= RowFlags::ALONE;
    }

    /// Records that the row follows another one in its chain.
    pub(super) fn set_follows(&mut self) {
        self.flags &= !RowFlags::HEAD;
    }

    /// Records that the row follows another one in its chain and shares its command.
    pub(super) fn set_shares(&mut self) {
        self.flags &= !(RowFlags::STARTS | RowFlags::HEAD);
    }
}

fn user_footprint(user: &UserChange<'_>) -> (RowFlags, u32, usize, usize) {
    let mut flags = RowFlags::USER;
    let mut create = 0;
    if let Some(step) = &user.create {
        flags |= RowFlags::CREATE;
        create = create_print(step);
        if step.if_exists == IfExists::Error {
            flags |= RowFlags::ALONE;
        }
    }
    if let Some(step) = &user.update {
        flags |= RowFlags::UPDATE;
        if step.renames() {
            flags |= RowFlags::ALONE;
        }
    }
    let removes = match &user.remove {
        None => 0,
        Some(Memberships::Named(groups)) => groups.len(),
        Some(Memberships::All) => {
            flags |= RowFlags::ALONE | RowFlags::REMOVES_ALL;
            0
        }
    };
    if user.leave.is_some() {
        // If it were sent once more, the steps before it would find nobody.
        flags |= RowFlags::ALONE | RowFlags::LEAVES;
    }
    if user.leave == Some(Leave::DeleteAccount) {
        flags |= RowFlags::LOSES_ACCOUNT;
    }
    if user.adobe_id {
        flags |= RowFlags::ADOBE;
    }
    (flags, create, removes, user.add.len())
}

fn group_footprint(group: &GroupChange<'_>) -> (RowFlags, u32, usize, usize) {
    let mut flags = RowFlags::empty();
    let mut create = 0;
    if let Some(step) = &group.create {
        flags |= RowFlags::CREATE;
        create = print(step.if_exists as u64, &[step.description.as_deref()]);
        if step.if_exists == IfExists::Error {
            flags |= RowFlags::ALONE;
        }
    }
    if let Some(step) = &group.update {
        flags |= RowFlags::UPDATE;
        if step.name.is_some() {
            flags |= RowFlags::ALONE;
        }
    }
    if group.delete {
        flags |= RowFlags::ALONE | RowFlags::DELETES_GROUP;
    }
    if !group.remove_profiles.is_empty() || !group.add_profiles.is_empty() {
        flags |= RowFlags::PROFILES;
    }
    // A step takes ten memberships of a group, users and profiles together.
    (
        flags,
        create,
        group.remove_users.len() + group.remove_profiles.len(),
        group.add_users.len() + group.add_profiles.len(),
    )
}

fn create_print(create: &CreateUser<'_>) -> u32 {
    let kind = (create.identity as u64) << 2 | create.if_exists as u64;
    print(
        kind,
        &[create.firstname.as_deref(), create.lastname.as_deref(), create.country.as_deref()],
    )
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "half of the hash is enough: equal prints are compared again when the command is made"
)]
fn print(kind: u64, texts: &[Option<&str>]) -> u32 {
    texts.iter().fold(kind, |seed, text| {
        text.map_or(!seed, |text| xxh3_64_with_seed(text.as_bytes(), seed))
    }) as u32
}

/// Returns the number of steps that a list of `names` needs.
pub(super) fn list_steps(names: usize) -> usize {
    names.div_ceil(MAX_LIST)
}
