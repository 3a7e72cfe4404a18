//! The names of a user of a list, as the keys of an index.

use crate::change::{IdentityType, same_name};
use crate::organization::names::{HashedName, NameKind, NameKinds, hash};
use crate::umapi::{AccountKind, ListedUser};

/// The names of a user.
#[derive(Debug)]
pub(super) struct UserNames {
    /// The keys of email address, username and id.
    pub(super) keys: [Option<HashedName>; 3],
    pub(super) kinds: NameKinds,
    pub(super) account: AccountKind,
}

impl UserNames {
    /// Returns the names of a user of a list.
    pub(super) fn of(user: &ListedUser<'_>) -> Self {
        let account = account_of(&user.identity);
        let keys = keys(user, account);
        let [email, username] = [&user.email, &user.username].map(|text| trim(text));
        Self { keys, kinds: NameKinds::of(keys, (email, username), account), account }
    }
}

/// Returns the keys of a user: email address, username, id.
pub(super) fn keys(user: &ListedUser<'_>, account: AccountKind) -> [Option<HashedName>; 3] {
    let [email, username, id] = [&user.email, &user.username, &user.id].map(|text| trim(text));
    let domain = real_domain(&user.domain);
    let by_email = (!email.is_empty()).then(|| hash(NameKind::of_email(account), email, ""));
    let by_username = if username.contains('@') {
        (!same_name(username, email)).then(|| hash(NameKind::Alias, username, ""))
    } else {
        (!username.is_empty()).then(|| hash(NameKind::Username, username, domain))
    };
    [by_email, by_username, (!id.is_empty()).then(|| hash(NameKind::Id, id, ""))]
}

/// Returns the kind of account of a type, as lists write it.
pub(super) fn account_of(identity: &str) -> AccountKind {
    match IdentityType::from_name(identity) {
        Some(IdentityType::Adobe) => AccountKind::Adobe,
        _ => AccountKind::Own,
    }
}

/// Returns the domain without `AdobeID`, which the API gives to Adobe IDs and which is not a
/// domain.
pub(crate) fn real_domain(domain: &str) -> &str {
    let domain = trim(domain);
    if domain.eq_ignore_ascii_case("AdobeID") { "" } else { domain }
}

/// Returns the text without the blanks around it.
pub(super) fn trim(text: &str) -> &str {
    let bytes = text.as_bytes();
    // Most begin and end with a visible character of ASCII, or with a Latin letter of two bytes.
    let begins = matches!(bytes, [b'!'..=b'~' | 0xc3..=0xcb, ..]);
    let ends = matches!(bytes, [.., b'!'..=b'~'] | [.., 0xc3..=0xcb, 0x80..=0xbf]);
    if begins && ends { text } else { text.trim() }
}
