//! Repairs text that was decoded twice with a code page whose letters also occur side by side in
//! names: UTF-8 read as Windows-1250 (`ZoĂ«`), ISO-8859-2, Windows-1251 (`ZoГ«`), 1253, 1254 or
//! 1257.
//!
//! Such a text has a sign: a symbol after a letter, or a capital letter in the middle of a word in
//! small letters (`MĂĽller`).

use std::borrow::Cow;
use std::sync::LazyLock;

use super::twice_decoded::{ByteOf, place, repair_from, upper_half};

/// Returns the possible originals of a text, for each code page that gives one.
pub(super) fn readings(text: &str) -> Vec<String> {
    let pages: [ByteOf; 6] = [central_european, latin_2, cyrillic, greek, turkish, baltic];
    let mut readings = Vec::new();
    if !may_hold_signs(text) {
        return readings;
    }
    for page in pages {
        if holds_sign(text, page)
            && let Cow::Owned(meant) = repair_from(text, page, 1)
            && !readings.contains(&meant)
        {
            readings.push(meant);
        }
    }
    if readings.iter().any(|reading| !is_unlikely(reading)) {
        readings.retain(|reading| !is_unlikely(reading));
    }
    readings
}

/// Whether a text has a letter that hardly any name has, or a capital letter beyond ASCII after a
/// small one.
fn is_unlikely(text: &str) -> bool {
    let mut before = ' ';
    text.chars().any(|c| {
        let is_inner = before.is_lowercase() && c.is_uppercase() && !c.is_ascii();
        before = c;
        is_inner || matches!(c, '\u{180}'..='\u{217}' | '\u{21c}'..='\u{24f}')
    })
}

/// Whether a text may hold such a sign. A quick test that most texts do not pass.
pub(crate) fn may_hold_signs(text: &str) -> bool {
    let mut before = ' ';
    text.chars().any(|c| {
        let is_pair = !before.is_ascii()
            && !c.is_ascii()
            && (before.is_uppercase() || matches!(c, 'Ђ' | '€'));
        before = c;
        is_pair
    })
}

/// Whether a text holds a letter that is a first byte in a code page, before a second byte that is
/// not a letter there, or in the middle of a word in small letters.
fn holds_sign(text: &str, page: ByteOf) -> bool {
    let quotes = text.chars().filter(|c| is_quote(*c)).count();
    text.split(|c: char| c.is_whitespace() || c == '-').any(|word| {
        let has_small_letter = word.contains(char::is_lowercase);
        let (mut before, mut first) = (' ', ' ');
        word.chars().any(|c| {
            let bytes = (page(first).unwrap_or_default(), page(c).unwrap_or_default());
            let is_sign = match bytes {
                // Apostrophes, quotes and dashes.
                (0xe2, 0x80) => true,
                (0xc2..=0xf4, 0x80..=0xbf) if !first.is_uppercase() => false,
                (0xc2..=0xf4, 0x80..=0xbf) if c.is_lowercase() || c.is_uppercase() => {
                    has_small_letter && before.is_alphabetic()
                }
                (0xc2..=0xf4, 0x80..=0xbf) => !is_dash(c) && (!is_quote(c) || quotes == 1),
                _ => false,
            };
            (before, first) = (first, c);
            is_sign
        })
    })
}

/// Whether a character is a mark that occurs after words in any text.
fn is_dash(c: char) -> bool {
    matches!(c, '–' | '—' | '…' | '\u{a0}' | '\u{ad}' | '·' | '®' | '™')
}

fn is_quote(c: char) -> bool {
    matches!(c, '‘' | '’' | '‚' | '“' | '”' | '„' | '«' | '»' | '‹' | '›')
}

/// Declares the byte beyond ASCII that an encoding reads as a character.
macro_rules! page {
    ($name:ident, $encoding:ident) => {
        fn $name(c: char) -> Option<u8> {
            static LETTERS: LazyLock<Vec<char>> =
                LazyLock::new(|| upper_half(encoding_rs::$encoding));
            place(&LETTERS, c)
        }
    };
}

page!(central_european, WINDOWS_1250);
page!(latin_2, ISO_8859_2);
page!(cyrillic, WINDOWS_1251);
page!(greek, WINDOWS_1253);
page!(turkish, WINDOWS_1254);
page!(baltic, WINDOWS_1257);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_decoded_twice_by_a_code_page_is_known_by_a_sign() {
        for (twice, once) in [
            ("ZoĂ«", "Zoë"),
            ("MĂĽller", "Müller"),
            ("JosĂ©", "José"),
            ("DvoĹ™Ăˇk", "Dvořák"),
            ("BjĂ¶rn", "Björn"),
            ("BjĂśrn", "Björn"),
            ("ZoГ«", "Zoë"),
            ("MГјller", "Müller"),
            ("OвЂ™Brien", "O’Brien"),
            ("JosΓ©", "José"),
            ("MΓΌller", "Müller"),
            ("SĆøren", "Søren"),
            ("ZoĆ«", "Zoë"),
            ("JosĆ©", "José"),
            ("ĐˇĐµŃ€ĐłĐµĐą", "Сергей"),
        ] {
            assert_eq!(readings(twice).first().map(String::as_str), Some(once), "{twice}");
            assert!(readings(once).is_empty(), "{once}");
        }
    }

    #[test]
    fn names_and_titles_hold_no_sign() {
        for text in [
            "„POZNAŃ”",
            "POZNAŃ–KRAKÓW",
            "POZNAŃ…",
            "RĂŞINARI",
            "Grupa BRĂŞOV",
            "Răşinari",
            "Đà",
            "ĎÁBEL",
            "ŁÓDŹ",
            "İSTANBUL",
            "ÎLE",
            "ĞÜL",
            "Şahin",
            "Ştefăniță",
            "ΑΝΔΡΕΑΣ",
            "Ανδρέας",
            "СІРКО",
            "Сірко",
            "Їжак",
            "Нгуен",
            "Ђорђе",
            "«ГРУППА»",
            "Ñandú",
            "ŠIMŮNEK",
            "Kovač-Ćosić",
            "ĆĄ",
        ] {
            assert_eq!(readings(text), [""; 0], "{text}");
        }
    }
}
