//! Lists of users and groups, page by page.
//!
//! Source: adobe-apiplatform/umapi-documentation, `en/api/getUsersREST.md`, `getUsersByGroup.md`
//! and `group.md`. Pages count from 0. The server decides how many users are on a page. Any
//! property may be missing, which means the same as an empty one.

use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// Which list is requested.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ListQuery {
    /// All users. Adobe allows page 0 once in two hours.
    Users {
        /// Only users of this domain.
        domain: Option<String>,
        /// Only the user's own memberships (`directOnly`), not those through a user group.
        direct: bool,
    },
    /// The members of a user group, a product profile or a role.
    Members {
        /// Its name.
        group: String,
        /// Only users of this domain.
        domain: Option<String>,
        /// Only the user's own memberships.
        direct: bool,
        /// Only members with (`true`) or without a licence.
        active: Option<bool>,
    },
    /// All groups and product profiles. Adobe limits page 0 as for users.
    Groups,
}

/// One page of a list, as the server sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPage {
    /// The number of the page that was requested, from 0.
    pub number: u32,
    /// The number that the server gives to the page. Past the end, it sends the last page.
    pub current: Option<u32>,
    /// The number of pages.
    pub pages: Option<u32>,
    /// The number of users or groups on all pages. This may include technical accounts, which are
    /// not listed.
    pub total: Option<u64>,
    /// The JSON.
    pub body: Vec<u8>,
}

/// Why a page cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// The page is not UTF-8.
    #[error("page {number} cannot be read ({why})")]
    NoText {
        /// The number of the page.
        number: u32,
        /// What is wrong with it.
        why: simdutf8::basic::Utf8Error,
    },
    /// The page is not JSON of such a list.
    #[error("page {number} cannot be read ({why})")]
    NoList {
        /// The number of the page.
        number: u32,
        /// What is wrong with it.
        why: serde_json::Error,
    },
}

impl ListPage {
    /// Parses the users.
    ///
    /// # Errors
    /// When it is not a page of users.
    pub fn users(&self) -> Result<UserPageBody<'_>, PageError> {
        self.read()
    }

    /// Parses the groups.
    ///
    /// # Errors
    /// When it is not a page of groups.
    pub fn groups(&self) -> Result<GroupPage<'_>, PageError> {
        self.read()
    }

    fn read<'a, T: Deserialize<'a>>(&'a self) -> Result<T, PageError> {
        let number = self.number;
        // One check of the whole text is faster than a check of each string.
        let text = simdutf8::basic::from_utf8(&self.body)
            .map_err(|why| PageError::NoText { number, why })?;
        serde_json::from_str(text).map_err(|why| PageError::NoList { number, why })
    }

    /// Returns the page with U+FFFD in place of every escape of half a character; `None` if there
    /// is none. If a server cuts a name in the middle of a character, the whole list would
    /// otherwise be unreadable.
    pub(super) fn repaired(&self) -> Option<Self> {
        let half = |at: usize| {
            let digits = self.body.get(at..at + 6)?.strip_prefix(b"\\u")?;
            u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16)
                .ok()
                .filter(|code| (0xd800..0xe000).contains(code))
        };
        let (mut body, mut at, mut halves) = (Vec::with_capacity(self.body.len()), 0, 0);
        while let Some(found) = memchr::memchr(b'\\', &self.body[at..]) {
            body.extend_from_slice(&self.body[at..at + found]);
            at += found;
            let length = match (half(at), half(at + 6)) {
                (Some(0xd800..=0xdbff), Some(0xdc00..)) => 12,
                (Some(_), _) => {
                    halves += 1;
                    body.extend_from_slice(b"\\ufffd");
                    at += 6;
                    continue;
                }
                _ => 2,
            };
            let end = (at + length).min(self.body.len());
            body.extend_from_slice(&self.body[at..end]);
            at = end;
        }
        body.extend_from_slice(&self.body[at..]);
        (halves > 0).then(|| Self { body, ..self.clone() })
    }
}

/// The body of a page of users.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct UserPageBody<'a> {
    /// Whether no page follows.
    pub last_page: bool,
    /// The users.
    #[serde(borrow, deserialize_with = "listed")]
    pub users: Vec<ListedUser<'a>>,
}

/// The body of a page of groups.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct GroupPage<'a> {
    /// Whether no page follows.
    pub last_page: bool,
    /// The groups.
    #[serde(borrow, deserialize_with = "listed")]
    pub groups: Vec<ListedGroup<'a>>,
}

/// A user of a list; `""` for a property that is missing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct ListedUser<'a> {
    /// The user's id.
    #[serde(borrow, deserialize_with = "text")]
    pub id: Cow<'a, str>,
    /// `adobeID`, `enterpriseID`, `federatedID` or `unknown`.
    #[serde(rename = "type", borrow, deserialize_with = "text")]
    pub identity: Cow<'a, str>,
    /// Email address.
    #[serde(borrow, deserialize_with = "text")]
    pub email: Cow<'a, str>,
    /// Username; usually the email address.
    #[serde(borrow, deserialize_with = "text")]
    pub username: Cow<'a, str>,
    /// Domain.
    #[serde(borrow, deserialize_with = "text")]
    pub domain: Cow<'a, str>,
    /// First name.
    #[serde(borrow, deserialize_with = "text")]
    pub firstname: Cow<'a, str>,
    /// Last name.
    #[serde(borrow, deserialize_with = "text")]
    pub lastname: Cow<'a, str>,
    /// Country code.
    #[serde(borrow, deserialize_with = "text")]
    pub country: Cow<'a, str>,
    /// `active`, `disabled`, `locked`, `removed`.
    #[serde(borrow, deserialize_with = "text")]
    pub status: Cow<'a, str>,
    /// Groups, product profiles and roles.
    #[serde(borrow, deserialize_with = "texts")]
    pub groups: Vec<Cow<'a, str>>,
}

/// A user group, product profile or role of the list of groups; `""` and `None` for a property that
/// is missing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ListedGroup<'a> {
    /// Its name.
    #[serde(rename = "groupName", borrow, deserialize_with = "text")]
    pub name: Cow<'a, str>,
    /// `USER_GROUP`, `PRODUCT_PROFILE`, `SYSADMIN_GROUP`, ….
    #[serde(rename = "type", borrow, deserialize_with = "text")]
    pub kind: Cow<'a, str>,
    /// The role that administers it.
    #[serde(borrow, deserialize_with = "text")]
    pub admin_group_name: Cow<'a, str>,
    /// The number of members.
    #[serde(deserialize_with = "count")]
    pub member_count: Option<u64>,
    /// The product that a profile belongs to.
    #[serde(borrow, deserialize_with = "text")]
    pub product_name: Cow<'a, str>,
    /// Licences of a profile: a number, or `UNLIMITED`.
    #[serde(borrow, deserialize_with = "text")]
    pub license_quota: Cow<'a, str>,
    /// The number of the group.
    #[serde(borrow, deserialize_with = "text")]
    pub group_id: Cow<'a, str>,
    /// The user group that a role administers.
    #[serde(borrow, deserialize_with = "text")]
    pub user_group_name: Cow<'a, str>,
    /// The product profile that a role administers.
    #[serde(borrow, deserialize_with = "text")]
    pub product_profile_name: Cow<'a, str>,
}

/// A text, borrowed if JSON escapes nothing in it. A number is read as its digits, anything else as
/// an empty text.
struct LooseText;

impl<'de> Visitor<'de> for LooseText {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Cow::Owned(number.to_string()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Cow::Owned(number.to_string()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Cow::Owned(number.to_string()))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(""))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(""))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Cow::Borrowed(""))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Cow::Borrowed(""))
    }
}

fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Cow<'de, str>, D::Error> {
    deserializer.deserialize_any(LooseText)
}

fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Ok(text(deserializer)?.trim().parse().ok())
}

/// Reads a list that may be `null` and may contain `null`.
fn listed<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    deserializer.deserialize_any(ListedItems(PhantomData))
}

struct ListedItems<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListedItems<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = list.next_element::<Option<T>>()? {
            entries.extend(entry);
        }
        Ok(entries)
    }
}

/// Reads a list of texts that may be `null`.
fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Cow<'de, str>>, D::Error> {
    #[derive(Deserialize)]
    struct Entry<'a>(#[serde(borrow, deserialize_with = "text")] Cow<'a, str>);
    let entries = Option::<Vec<Entry<'de>>>::deserialize(deserializer)?.unwrap_or_default();
    Ok(entries.into_iter().map(|Entry(text)| text).filter(|text| !text.is_empty()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(body: &str) -> ListPage {
        ListPage {
            number: 0,
            current: None,
            pages: None,
            total: None,
            body: body.as_bytes().to_vec(),
        }
    }

    #[test]
    fn missing_page_fields_are_empty_and_others_borrowed() {
        let page = page(
            r#"{"lastPage":true,"result":"success","users":[{"id":"1@x","email":"ann@example.com","groups":["A, B",null,"\u00d6"],"tags":["x"],"type":"federatedID"},{"username":null,"country":7,"groups":null}]}"#,
        );
        let users = page.users().unwrap();
        assert!(users.last_page);
        assert_eq!(
            (&*users.users[0].email, &*users.users[0].identity, &*users.users[0].firstname),
            ("ann@example.com", "federatedID", "")
        );
        assert!(matches!(users.users[0].email, Cow::Borrowed(_)));
        assert_eq!(users.users[0].groups, ["A, B", "Ö"]);
        assert_eq!(
            (&*users.users[1].username, &*users.users[1].country, users.users[1].groups.len()),
            ("", "7", 0)
        );
    }

    #[test]
    fn a_page_of_groups_has_numbers_as_numbers_or_texts() {
        let page = page(
            r#"{"lastPage":true,"groups":[{"groupId":77,"groupName":"All Apps","type":"PRODUCT_PROFILE","memberCount":"12","productName":"CC","licenseQuota":"UNLIMITED"},{"groupName":"G","licenseQuota":5}]}"#,
        );
        let groups = page.groups().unwrap().groups;
        assert_eq!(
            (&*groups[0].group_id, groups[0].member_count, &*groups[0].license_quota),
            ("77", Some(12), "UNLIMITED")
        );
        assert_eq!((groups[1].member_count, &*groups[1].license_quota), (None, "5"));
    }

    #[test]
    fn nobody_is_listed_where_null_stands() {
        assert!(page(r#"{"users":null}"#).users().unwrap().users.is_empty());
        assert_eq!(page(r#"{"users":[null,{"id":"1"}]}"#).users().unwrap().users.len(), 1);
    }

    #[test]
    fn half_a_character_does_not_keep_a_page_from_being_read() {
        let cut = page(
            r#"{"users":[{"firstname":"A\ud83d \\\\ud83d \ude00\ud83d\ude00\u00d6","lastname":"\ud83d"}]}"#,
        );
        assert!(cut.users().is_err());
        let repaired = cut.repaired().unwrap();
        let users = repaired.users().unwrap().users;
        assert_eq!(
            (&*users[0].firstname, &*users[0].lastname),
            ("A\u{fffd} \\\\ud83d \u{fffd}\u{1f600}\u{d6}", "\u{fffd}")
        );
        assert!(page(r#"{"users":[{"firstname":"\ud83d\ude00\\"}]}"#).repaired().is_none());
        assert!(page("\\").repaired().is_none() && page("\\ud83d").repaired().is_some());
    }

    #[test]
    fn what_is_no_page_is_said() {
        assert!(page("<html>").users().unwrap_err().to_string().contains("page 0"));
        assert!(page(r#"{"users": 3}"#).users().is_err());
    }
}
