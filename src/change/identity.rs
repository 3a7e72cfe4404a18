//! The spellings of identity types and of `if_exists`.

use super::model::{IdentityType, IfExists};
use super::text::same_word;

impl IdentityType {
    /// Returns the name that files and the API use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Adobe => "adobeID",
            Self::Enterprise => "enterpriseID",
            Self::Federated => "federatedID",
        }
    }

    /// Returns the identity type with this name, in any spelling: `federatedID`, `Federated ID`,
    /// `federated`; `None` if there is none.
    pub fn from_name(name: &str) -> Option<IdentityType> {
        const ALL: [IdentityType; 3] =
            [IdentityType::Federated, IdentityType::Enterprise, IdentityType::Adobe];
        // Most files have the names of the API.
        if let Some(identity) = ALL.into_iter().find(|identity| identity.name() == name) {
            return Some(identity);
        }
        let is = |long, short| same_word(name, long) || same_word(name, short);
        if is("federatedid", "federated") {
            Some(IdentityType::Federated)
        } else if is("enterpriseid", "enterprise") {
            Some(IdentityType::Enterprise)
        } else if is("adobeid", "adobe") {
            Some(IdentityType::Adobe)
        } else {
            None
        }
    }
}

impl IfExists {
    /// Returns the meaning of a word, `ignore`, `update` or `error`, also as the API spells it
    /// (`ignoreIfAlreadyExists`); `None` if it has none.
    pub fn from_name(name: &str) -> Option<IfExists> {
        let is = |short, wire| same_word(name, short) || same_word(name, wire);
        if is("ignore", "ignoreIfAlreadyExists") {
            Some(IfExists::Ignore)
        } else if is("update", "updateIfAlreadyExists") {
            Some(IfExists::Update)
        } else if is("error", "errorIfAlreadyExists") {
            Some(IfExists::Error)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identity_types_are_known_in_all_their_spellings() {
        for (name, identity) in [
            ("adobeID", Some(IdentityType::Adobe)),
            ("Adobe ID", Some(IdentityType::Adobe)),
            ("adobe", Some(IdentityType::Adobe)),
            ("ENTERPRISE_ID", Some(IdentityType::Enterprise)),
            ("Enterprise", Some(IdentityType::Enterprise)),
            ("federated-id", Some(IdentityType::Federated)),
            ("federatedid", Some(IdentityType::Federated)),
            ("Business ID", None),
            ("id", None),
            ("", None),
        ] {
            assert_eq!(IdentityType::from_name(name), identity, "{name}");
        }
    }

    #[test]
    fn if_exists_is_known_in_the_apis_words_too() {
        assert_eq!(IfExists::from_name("Ignore"), Some(IfExists::Ignore));
        assert_eq!(IfExists::from_name("updateIfAlreadyExists"), Some(IfExists::Update));
        assert_eq!(IfExists::from_name("ERROR"), Some(IfExists::Error));
        assert_eq!(IfExists::from_name("overwrite"), None);
    }
}
