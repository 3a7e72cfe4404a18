//! What the text in place of a name in an invalid row may mean. Pure.

use super::cell::{formula, no_value};
use super::check;
use super::skeleton::skeleton;
use super::text::trim;
use crate::table::Field;
use wildmatch::WildMatch;

/// Longer texts are not compared letter by letter.
const LONG: usize = 1000;
/// The least number of letters of a part of a name. A shorter one is a part of too many names.
const PART: usize = 3;
/// The most letters of an address that may be wrong, missing or superfluous.
const SLIPS: usize = 2;

/// The name that a text may mean.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum MeantName {
    /// A name with these letters and digits, or nearly these.
    Like { letters: String, slips: usize },
    /// A name with these letters, with any letters in place of those that were lost.
    Lost(String),
    /// The username with these letters, of any domain.
    Username(String),
    /// One of the names in this text.
    Within(String),
    /// Any name: the text holds no name.
    Any,
}

impl MeantName {
    /// Returns what the cell of an email address, username or group may mean; `None` if it is a
    /// valid name, or empty. `domain` is that of a username.
    pub(crate) fn of(field: Field, cell: &str, domain: Option<&str>) -> Option<Self> {
        let text = trim(cell);
        if text.is_empty() {
            return None;
        }
        let is_group = names_group(field);
        let form = match field {
            _ if is_group => check::group(text),
            Field::Email | Field::NewEmail => check::email(text),
            _ => check::username(text),
        };
        let value = if text.starts_with('=') { formula() } else { no_value(field, text) };
        match value.and(form) {
            Ok(()) if is_group || text.contains('@') => None,
            Ok(()) if domain.is_some_and(|domain| check::domain(trim(domain)).is_ok()) => None,
            Ok(()) => Some(Self::Username(letters(text))),
            Err(fault) if HOLDS_NO_NAME.contains(&fault.reason) => Some(Self::Any),
            Err(_) => Some(Self::like(field, text)),
        }
    }

    /// Returns what a row may mean whose cells cannot be separated.
    pub(crate) fn within(row: &str) -> Self {
        if row.len() > LONG { Self::Any } else { Self::Within(letters(row)) }
    }

    /// Returns what the invalid cell of a field may mean.
    fn like(field: Field, text: &str) -> Self {
        let is_group = names_group(field);
        if is_group && text.contains('?') {
            let known: Vec<String> = text.split('?').map(letters).collect();
            return match known.iter().all(String::is_empty) || text.len() > LONG {
                true => Self::Any,
                false => Self::Lost(known.join("*")),
            };
        }
        let slips = if is_group && text.is_ascii() { 0 } else { SLIPS };
        match letters(text) {
            letters if letters.is_empty() || letters.len() > LONG => Self::Any,
            letters => Self::Like { letters, slips },
        }
    }

    /// Returns the name if the text has all of its letters, with none lost.
    pub(crate) fn without_slips(self) -> Self {
        match self {
            Self::Like { letters, .. } => Self::Like { letters, slips: 0 },
            other => other,
        }
    }

    /// Whether the cell may mean this name. For [`Any`](Self::Any), only other rows can tell.
    pub(crate) fn may_be(&self, name: &NameLetters) -> bool {
        let NameLetters { all: name, local, marks } = name;
        let is_part = |part: &str, of: &str| part.len() >= PART && of.contains(part);
        match self {
            Self::Any => false,
            Self::Lost(pattern) => WildMatch::new(pattern).matches(name),
            Self::Username(own) => own == local,
            Self::Within(row) => is_part(name, row),
            Self::Like { letters: own, slips } => {
                own == name
                    || is_part(own, name)
                    || is_part(name, own)
                    || own.len().min(name.len()) > *slips
                        && own.len().abs_diff(name.len()) <= 2 * slips
                        && may_be_near(letter_marks(own), *marks, *slips)
                        && strsim::osa_distance(own, name) <= *slips
            }
        }
    }
}

/// Whether the cell of a field is the name of a group.
fn names_group(field: Field) -> bool {
    matches!(field, Field::Group | Field::NewName)
}

/// The letters and digits of a name, and those of its part before the `@`.
#[derive(Debug, Clone)]
pub(crate) struct NameLetters {
    all: String,
    local: String,
    /// The letters in it, as bits.
    marks: u64,
}

impl NameLetters {
    /// Returns the letters of a name.
    pub(crate) fn of(name: &str) -> Self {
        let local = name.split_once('@').map_or(name, |(local, _)| local);
        let all = letters(name);
        Self { marks: letter_marks(&all), local: letters(local), all }
    }

    /// Returns the username that a text must have to mean this name.
    pub(crate) fn username(&self) -> MeantName {
        MeantName::Username(self.local.clone())
    }
}

/// Returns one bit for each letter of a name. A few letters share a bit.
fn letter_marks(letters: &str) -> u64 {
    letters.chars().fold(0, |marks, letter| marks | 1 << (u32::from(letter) % 64))
}

/// Whether names with these letters may differ by at most this number of slips. A quick test before
/// the exact one.
fn may_be_near(one: u64, other: u64, slips: usize) -> bool {
    let most = u32::try_from(slips).unwrap_or(u32::MAX);
    (one & !other).count_ones() <= most && (other & !one).count_ones() <= most
}

/// The faults of a cell that contains no letter of a name.
const HOLDS_NO_NAME: [&str; 5] = ["excel_error", "formula", "merged", "placeholder", "scientific"];

/// Returns the letters and digits of a name, as a person reads them.
fn letters(name: &str) -> String {
    skeleton(name).chars().filter(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn email(cell: &str) -> Option<MeantName> {
        MeantName::of(Field::NewEmail, cell, None)
    }

    #[test]
    fn address_that_is_none_may_mean_one_of_nearly_its_letters() {
        for text in [
            "lou@@corp.test",
            "lou @corp.test",
            "loucorp.test",
            "lou@corp",
            "lou@",
            "@corp.test",
            "lou(at)corp.test",
            "lou2corp.test",
            "lou@corp..test",
            "<lou@corp.test>",
            "mailto:lou@corp.test",
            "lou@corp.test; mia@corp.test",
            "l?u@corp.test",
            "l\u{f6}u@corp.test",
            "l\u{43e}u@corp.test",
            "[\"lou@corp.test\"]",
        ] {
            let meant = email(text).unwrap_or_else(|| panic!("{text} is a name"));
            assert!(meant.may_be(&NameLetters::of("Lou@Corp.test")), "{text}: {meant:?}");
            assert!(!meant.may_be(&NameLetters::of("annabel@other.test")), "{text}: {meant:?}");
            assert!(!meant.may_be(&NameLetters::of("mx")), "{text}: {meant:?}");
        }
    }

    #[test]
    fn text_without_a_letter_of_a_name_may_mean_any() {
        for text in ["#N/A", "#REF!", "=A1", "NULL", "n/a", "1.2E+11", "@", "??"] {
            assert_eq!(email(text), Some(MeantName::Any), "{text}");
        }
        assert_eq!(MeantName::within(&"x".repeat(LONG + 1)), MeantName::Any);
    }

    #[test]
    fn name_as_it_stands_means_itself() {
        for text in ["", " ", "lou@corp.test"] {
            assert_eq!(email(text), None, "{text:?}");
        }
        let username = |name, domain| MeantName::of(Field::NewUsername, name, domain);
        assert_eq!(username("ky", Some("corp.test")), None);
        assert_eq!(username("ky@corp.test", None), None);
        assert_eq!(MeantName::of(Field::NewName, "Gr\u{f6}\u{df}e 2", None), None);
    }

    /// It is compared as a whole: `ky` is a part of too many names.
    #[test]
    fn username_without_a_domain_is_that_of_any_domain() {
        for domain in [None, Some("corp")] {
            let meant = MeantName::of(Field::NewUsername, "ky", domain).unwrap();
            assert!(
                meant.may_be(&NameLetters::of("KY"))
                    && meant.may_be(&NameLetters::of("ky@corp.test")),
                "{domain:?}"
            );
            assert!(
                !meant.may_be(&NameLetters::of("kyle"))
                    && !meant.may_be(&NameLetters::of("kyle@corp.test")),
                "{domain:?}"
            );
        }
    }

    /// Groups are often numbered: another number is another group.
    #[test]
    fn group_that_is_none_may_mean_one_of_its_letters() {
        let meant = |text| MeantName::of(Field::NewName, text, None).unwrap();
        assert!(
            meant("_Team 1").may_be(&NameLetters::of("Team 1"))
                && !meant("_Team 1").may_be(&NameLetters::of("Team 2"))
        );
        assert!(
            meant("_H").may_be(&NameLetters::of("H"))
                && !meant("_H").may_be(&NameLetters::of("Heads"))
        );
        assert!(meant("Gr??e").may_be(&NameLetters::of("Gr\u{f6}\u{df}e")));
    }

    #[test]
    fn row_that_cannot_be_split_may_mean_each_name_in_it() {
        let meant = MeantName::within("update,kim@x.com,\"Kim,lou@x.com\r\n");
        assert!(
            meant.may_be(&NameLetters::of("kim@x.com"))
                && meant.may_be(&NameLetters::of("lou@x.com"))
        );
        assert!(
            !meant.may_be(&NameLetters::of("mia@x.com")) && !meant.may_be(&NameLetters::of("k"))
        );
    }
}
