//! The text of a cell without what does not count.

use super::invisible::is_margin;
use crate::visible::is_invisible;
use std::borrow::Cow;
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// Returns the text without the blanks around it.
#[inline]
pub(crate) fn trim(text: &str) -> &str {
    // Most begin and end with a visible character of ASCII.
    match text.as_bytes() {
        [b'!'..=b'~', .., b'!'..=b'~'] => text,
        _ => trim_others(text),
    }
}

fn trim_others(text: &str) -> &str {
    let bytes = text.as_bytes();
    // Others mostly begin or end with a Latin letter of two bytes.
    let begins = matches!(bytes, [b'!'..=b'~' | 0xc3..=0xcb, ..]);
    let ends = matches!(bytes, [.., b'!'..=b'~'] | [.., 0xc3..=0xcb, 0x80..=0xbf]);
    if begins && ends { text } else { text.trim_matches(is_margin) }
}

/// Returns the form in which the values of cells are compared: without blanks around them, in lower
/// case, and each letter in one character.
pub(super) fn folded(value: &str) -> String {
    let value = trim(value);
    let composed = match value.is_ascii() || is_nfc(value) {
        true => Cow::Borrowed(value),
        false => Cow::Owned(value.nfc().collect::<String>()),
    };
    composed.to_lowercase()
}

/// Whether a person surely reads the text as it stands.
pub(super) fn is_plainly_read(text: &str) -> bool {
    text.is_ascii() && !text.starts_with('\'') && !text.contains("  ")
}

/// Returns a text as a person reads it: without invisible characters and the apostrophe that marks
/// text, with single blanks, and full-width letters as usual ones.
pub(super) fn as_read(text: &str) -> String {
    let visible: String = text.nfkc().filter(|c| !is_invisible(*c)).collect();
    let words: Vec<&str> = visible.trim().trim_start_matches('\'').split_whitespace().collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_around_a_text_are_removed() {
        let characters =
            ['a', '!', '~', ' ', '\t', '\u{a0}', '\u{ad}', 'é', 'Ł', '山', '\u{feff}', '\u{7f}'];
        for first in characters {
            for last in characters {
                for text in [format!("{first}{last}"), format!("{first}b {last}"), last.to_string()]
                {
                    assert_eq!(trim(&text), text.trim_matches(is_margin), "{text:?}");
                }
            }
        }
        assert_eq!(trim(""), "");
    }

    #[test]
    fn values_are_compared_without_letter_case_and_blanks() {
        assert_eq!(folded(" Éire\u{a0}"), folded("e\u{301}ire"));
        assert_ne!(folded("5a"), folded("5 a"));
    }

    #[test]
    fn characters_that_nobody_sees_are_not_read() {
        for text in ["Video\u{a0}Team", "'Video  Team", "Vid\u{ad}eo Team\u{200b}", "Ｖideo Team"]
        {
            assert_eq!(as_read(text), "Video Team", "{text:?}");
        }
    }
}
