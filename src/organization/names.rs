//! Hashes of names, as the API compares names.

use crate::change::{name_hash, role_subject};
use crate::umapi::AccountKind;
use nohash_hasher::IsEnabled;
use std::hash::{Hash, Hasher};

/// The kind of a name. Equal texts of different kinds are different names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub(crate) enum NameKind {
    /// The email address of a user of the organization.
    Email = 1,
    /// The email address of an Adobe ID, which is another account than a user with the same
    /// address.
    AdobeEmail,
    /// A username with its domain.
    Username,
    /// A username that looks like an email address. A command cannot identify a user by it (the
    /// API's documentation of `update`).
    Alias,
    /// The API's id.
    Id,
}

impl NameKind {
    /// Returns the kind of the email addresses of such accounts.
    pub(super) fn of_email(account: AccountKind) -> Self {
        match account {
            AccountKind::Own => Self::Email,
            AccountKind::Adobe => Self::AdobeEmail,
        }
    }
}

/// Some kinds of names of users.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct NameKinds(u8);

/// An email address without `@`.
const BARE_EMAIL: u8 = 1 << 7;

impl NameKinds {
    /// Returns the kinds of a user's keys: email address, username, id.
    pub(super) fn of(
        keys: [Option<HashedName>; 3],
        (email, username): (&str, &str),
        account: AccountKind,
    ) -> Self {
        let is_bare = !email.is_empty() && !email.contains('@');
        let bare = if is_bare { BARE_EMAIL } else { 0 };
        let address = NameKind::of_email(account);
        let name = if username.contains('@') { NameKind::Alias } else { NameKind::Username };
        let kinds = [address, name, NameKind::Id].into_iter().zip(keys);
        let has = kinds.filter(|(_, key)| key.is_some());
        Self(has.fold(bare, |all, (kind, _)| all | 1 << kind as u8))
    }

    /// Adds these kinds.
    pub(super) fn add(&mut self, others: Self) {
        self.0 |= others.0;
    }

    /// Whether a user may have this name, of this kind.
    pub(super) fn may_have(self, kind: NameKind, name: &str) -> bool {
        self.0 & 1 << kind as u8 != 0
            && match kind {
                NameKind::Email | NameKind::AdobeEmail => {
                    self.0 & BARE_EMAIL != 0 || name.contains('@')
                }
                NameKind::Alias => name.contains('@'),
                NameKind::Username => !name.contains('@'),
                NameKind::Id => true,
            }
    }
}

/// A name of a user or a group, as a hash.
pub(crate) type HashedName = u64;

/// A hashed name as the key of an index, in two halves: so an entry with the number of a user takes
/// twelve bytes instead of sixteen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NameKey([u32; 2]);

impl From<HashedName> for NameKey {
    #[expect(clippy::cast_possible_truncation, reason = "the halves of the hash")]
    fn from(name: HashedName) -> Self {
        Self([name as u32, (name >> 32) as u32])
    }
}

impl Hash for NameKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let [low, high] = self.0.map(u64::from);
        state.write_u64(high << 32 | low);
    }
}

impl IsEnabled for NameKey {}

/// Returns the hash of a name. Letter case does not matter, as in the API.
pub(crate) fn hash(kind: NameKind, name: &str, domain: &str) -> HashedName {
    let seed = if domain.is_empty() { 0 } else { name_hash(domain, 0) };
    name_hash(name, seed.wrapping_mul(31).wrapping_add(kind as u64))
}

/// Returns the hashes of all users whom a command's `user` and `domain` may mean: an email address
/// may also be that of an Adobe ID, which is a different account.
pub(crate) fn possible_names(user: &str, domain: Option<&str>) -> impl Iterator<Item = HashedName> {
    let adobe = user.contains('@').then(|| hash(NameKind::AdobeEmail, user, ""));
    std::iter::once(who(user, domain)).chain(adobe)
}

/// Returns the hash of a username in any domain.
pub(crate) fn by_username_alone(username: &str) -> HashedName {
    hash(NameKind::Username, username, "")
}

/// Returns the hash of the user whom a command's `user` and `domain` mean, without knowledge of the
/// organization.
pub(crate) fn who(user: &str, domain: Option<&str>) -> HashedName {
    match domain {
        Some(domain) if !user.contains('@') => hash(NameKind::Username, user, domain),
        _ => hash(NameKind::Email, user, ""),
    }
}

/// Returns the hash of a group's name. A role has the hash of the group that it is about, because
/// it is deleted with it.
pub(crate) fn hashed_group(name: &str) -> HashedName {
    name_hash(role_subject(name), GROUP)
}

const GROUP: u64 = 0x6772_6f75_7073;
