//! Names as the API compares them, hashed.

use crate::change::name_hash;

/// What a name is a name of; equal texts of different kinds are different names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub(crate) enum NameKind {
    /// The email of a user of the organization.
    Email = 1,
    /// The email of an Adobe ID, which is another account than a user of the same email.
    AdobeEmail,
    /// A username beside its domain.
    Username,
    /// A username that looks like an email address: it identifies nobody in a command (the API's
    /// documentation of `update`), and is a name all the same.
    Alias,
    /// The API's id.
    Id,
}

/// A name of a user or a group, as a hash.
pub(crate) type HashedName = u64;

/// A hash of a name, folded as the API folds it: letter case does not count.
pub(crate) fn hash(kind: NameKind, name: &str, domain: &str) -> HashedName {
    let seed = if domain.is_empty() { 0 } else { name_hash(domain, 0) };
    name_hash(name, seed.wrapping_mul(31).wrapping_add(kind as u64))
}

/// Everybody whom a command's `user` and `domain` may mean, as hashes: an email may be that of an
/// Adobe ID, which is another account.
pub(crate) fn possible_names(user: &str, domain: Option<&str>) -> impl Iterator<Item = HashedName> {
    let adobe = user.contains('@').then(|| hash(NameKind::AdobeEmail, user, ""));
    std::iter::once(who(user, domain)).chain(adobe)
}

/// Anyone who has a username, in whatever domain, as a hash.
pub(crate) fn by_username_alone(username: &str) -> HashedName {
    hash(NameKind::Username, username, "")
}

/// Whom a command's `user` and `domain` mean, as a hash, no matter who is in the organization.
pub(crate) fn who(user: &str, domain: Option<&str>) -> HashedName {
    match domain {
        Some(domain) if !user.contains('@') => hash(NameKind::Username, user, domain),
        _ => hash(NameKind::Email, user, ""),
    }
}
