//! Messages for removals from users who do not exist, with the similar names in any list.

use super::near::NearBudget;
use crate::organization::Organization;
use serde::Serialize;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// The text after the name if there was nothing to remove.
const NOTHING: &str = ": nothing to remove";
const PERHAPS: &str = ", perhaps `";
const IS_MEANT: &str = "` is meant";
const OR: &str = "` or `";

/// Returns the message for the row. `no_user` says who does not know the name; `perhaps` comes from
/// [`perhaps_words`].
pub(crate) fn not_there_words(no_user: &str, who: &str, perhaps: &str, more: &str) -> String {
    format!("{no_user} `{who}`{NOTHING}{perhaps}{more}")
}

/// Returns the message for a row whose removal was sent because the account may be disabled:
/// something may have been removed.
pub(crate) fn no_active_user_words(no_user: &str, who: &str, perhaps: &str, more: &str) -> String {
    format!("{no_user} `{who}`{perhaps}{more}")
}

/// Returns the similar names for [`not_there_words`]; empty if there are none.
pub(crate) fn perhaps_words(near: &[&str]) -> String {
    if near.is_empty() { String::new() } else { format!("{PERHAPS}{}{IS_MEANT}", near.join(OR)) }
}

/// A name that no user has, and similar names that may be meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NearName {
    /// The name in the row.
    pub user: String,
    /// Similar names, the most similar first.
    pub perhaps: Vec<String>,
}

impl NearName {
    /// Parses the message of a row; `None` if it has no similar name.
    pub fn in_words(message: &str) -> Option<Self> {
        let (before, behind) = message.split_once(PERHAPS)?;
        let before = before.strip_suffix(NOTHING).unwrap_or(before);
        let (_, user) = before.strip_suffix('`')?.rsplit_once('`')?;
        let (perhaps, _) = behind.split_once(IS_MEANT)?;
        Some(Self {
            user: user.to_owned(),
            perhaps: perhaps.split(OR).map(str::to_owned).collect(),
        })
    }
}

impl fmt::Display for NearName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (perhaps `{}`)", self.user, self.perhaps.join(OR))
    }
}

type NameReader = dyn Fn() -> Option<Arc<Organization>> + Send + Sync;

/// A list for similar names. It may be of any age, because it decides nothing. It is loaded when it
/// is first needed.
#[derive(Clone, Default)]
pub(crate) struct NearNames(Option<Arc<NameSource>>);

struct NameSource {
    list: OnceLock<Option<Arc<Organization>>>,
    read: Box<NameReader>,
    budget: NearBudget,
}

impl NearNames {
    /// Takes the list that `read` returns, if there is one.
    pub(crate) fn new(
        read: impl Fn() -> Option<Arc<Organization>> + Send + Sync + 'static,
    ) -> Self {
        Self(Some(Arc::new(NameSource {
            list: OnceLock::new(),
            read: Box::new(read),
            budget: NearBudget::default(),
        })))
    }

    /// Returns the email addresses of users whose email address or username is similar to `name`,
    /// the most similar first.
    pub(crate) fn of(&self, name: &str) -> Vec<&str> {
        let Some(NameSource { list, read, budget }) = self.0.as_deref() else { return Vec::new() };
        let Some(list) = list.get_or_init(read) else { return Vec::new() };
        let mut near = list.near(name, budget);
        // A user with this exact name is in an outdated list, or is disabled by now.
        near.retain(|near| !near.eq_ignore_ascii_case(name));
        near
    }
}

impl fmt::Debug for NearNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NearNames").field(&self.0.is_some()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::umapi::ListedUser;
    use jiff::Timestamp;

    #[test]
    fn near_names_are_read_back_from_the_words() {
        let perhaps = perhaps_words(&["ann.lee@x.com", "ann@x.com"]);
        let words = not_there_words("the server has no user", "anne.lee@x.com", &perhaps, ". More");
        assert_eq!(
            words,
            "the server has no user `anne.lee@x.com`: nothing to remove, perhaps \
             `ann.lee@x.com` or `ann@x.com` is meant. More"
        );
        let found = NearName::in_words(&words).unwrap();
        assert_eq!(
            (found.user.as_str(), found.perhaps.as_slice()),
            ("anne.lee@x.com", &["ann.lee@x.com".to_owned(), "ann@x.com".to_owned()][..])
        );
        let sent = no_active_user_words("no user", "anne.lee@x.com", &perhaps, ". It was sent");
        assert_eq!(NearName::in_words(&sent).as_ref(), Some(&found));
        assert_eq!(found.to_string(), "anne.lee@x.com (perhaps `ann.lee@x.com` or `ann@x.com`)");
        for words in [&*not_there_words("no", "x", "", ""), "", "matches a list"] {
            assert_eq!(NearName::in_words(words), None, "{words}");
        }
    }

    #[test]
    fn list_is_read_once_and_only_when_asked() {
        let reads = Arc::new(std::sync::atomic::AtomicU32::new(0));
        let counter = reads.clone();
        let near = NearNames::new(move || {
            counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let mut all = Organization::new("a list", Timestamp::UNIX_EPOCH);
            all.add(&ListedUser { email: "ann.lee@x.com".into(), ..ListedUser::default() });
            Some(Arc::new(all))
        });
        assert_eq!(reads.load(std::sync::atomic::Ordering::Relaxed), 0);
        assert_eq!(
            (near.of("anne.lee@x.com"), near.clone().of("ann.lee@x.com").len()),
            (vec!["ann.lee@x.com"], 0)
        );
        assert_eq!(reads.load(std::sync::atomic::Ordering::Relaxed), 1);
        assert!(NearNames::default().of("anne.lee@x.com").is_empty());
    }
}
