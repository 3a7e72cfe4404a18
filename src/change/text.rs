//! Trims and compares the text of cells.

pub(super) use crate::table::trim;
use std::borrow::Cow;
use unicode_normalization::{UnicodeNormalization, is_nfc};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Returns the text with each letter and its marks in one character, as the API's users type it.
pub(super) fn nfc(text: &str) -> Cow<'_, str> {
    if is_ascii(text) || text.chars().all(is_composed) || is_nfc(text) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.nfc().collect())
    }
}

/// Whether a text is in ASCII. For a short text, eight bytes at a time are faster than the standard
/// library, which is made for long ones.
fn is_ascii(text: &str) -> bool {
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    let seen = words.iter().fold(0, |seen, word| seen | u64::from_ne_bytes(*word));
    seen & 0x8080_8080_8080_8080 == 0 && rest.iter().fold(0, |seen, byte| seen | byte) < 0x80
}

/// Whether a character is a letter of its own in NFC, whatever stands beside it. Most letters
/// that people write are.
fn is_composed(c: char) -> bool {
    matches!(c,
        '\0'..='\u{2ff}' | '\u{388}'..='\u{3ce}' | '\u{400}'..='\u{482}' | '\u{48a}'..='\u{52f}'
        | '\u{5d0}'..='\u{5ea}' | '\u{621}'..='\u{64a}'
        | '\u{1e00}'..='\u{1eff}' | '\u{2010}'..='\u{2027}' | '\u{3041}'..='\u{3096}'
        | '\u{30a1}'..='\u{30fc}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
}

/// Whether two texts are the same word. Letter case, blanks, `_` and `-` do not count, as in
/// headers.
pub(super) fn same_word(text: &str, word: &str) -> bool {
    fn letters(text: &str) -> impl Iterator<Item = u8> {
        text.bytes().filter(|b| !matches!(b, b' ' | b'_' | b'-')).map(|b| b.to_ascii_lowercase())
    }
    text.eq_ignore_ascii_case(word) || letters(text).eq(letters(word))
}

/// Whether two names are the same for the API, which ignores letter case when it looks users and
/// groups up. A letter in one character equals the same letter in several.
pub(crate) fn same_name(a: &str, b: &str) -> bool {
    if a == b || a.eq_ignore_ascii_case(b) {
        return true;
    }
    !(a.is_ascii() && b.is_ascii()) && folded_name(a) == folded_name(b)
}

/// Returns a hash of a name as the API compares names: letter case does not count. `seed` separates
/// kinds of names.
pub(crate) fn name_hash(name: &str, seed: u64) -> u64 {
    if is_folded(name.as_bytes()) {
        return xxh3_64_with_seed(name.as_bytes(), seed);
    }
    const SHORT: usize = 64;
    const LONG: usize = 256;
    let of_ascii = match name.len() {
        ..=SHORT => ascii_hash::<SHORT>(name, seed),
        length if length <= LONG => ascii_hash::<LONG>(name, seed),
        _ => None,
    };
    of_ascii.unwrap_or_else(|| xxh3_64_with_seed(folded_name(name).as_bytes(), seed))
}

/// Whether a name is in ASCII without capital letters, as most addresses are: it is hashed as it
/// stands.
fn is_folded(name: &[u8]) -> bool {
    const HIGHEST: u64 = 0x8080_8080_8080_8080;
    const FROM_A: u64 = u64::from_ne_bytes([0x80 - b'A'; 8]);
    const BEYOND_Z: u64 = u64::from_ne_bytes([0x7f - b'Z'; 8]);
    let (words, rest) = name.as_chunks::<8>();
    let seen = words.iter().fold(0, |seen, word| {
        let word = u64::from_ne_bytes(*word);
        let low = word & !HIGHEST;
        seen | word | (low + FROM_A) ^ (low + BEYOND_Z)
    });
    seen & HIGHEST == 0 && rest.iter().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase())
}

/// Returns the hash of a name of at most `N` bytes; `None` if it is not in ASCII.
fn ascii_hash<const N: usize>(name: &str, seed: u64) -> Option<u64> {
    let mut buffer = [0; N];
    buffer[..name.len()].copy_from_slice(name.as_bytes());
    // All of it at once is quicker than its begin alone.
    if !buffer.is_ascii() {
        return None;
    }
    buffer.make_ascii_lowercase();
    Some(xxh3_64_with_seed(&buffer[..name.len()], seed))
}

/// Returns the name in small letters and in NFC, as names are compared.
pub(crate) fn folded_name(name: &str) -> String {
    nfc(name).to_lowercase()
}

/// What a byte of a text tells of control characters.
static CONTROL: [u8; 256] = control();
const FOUND: u8 = 1;
const MAY_BE: u8 = 2;

const fn control() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte {
            0..0x20 | 0x7f => FOUND,
            0xc2 | 0xe2 => MAY_BE,
            _ => 0,
        };
        byte += 1;
    }
    classes
}

/// Returns what some of the bytes tell, each by its place in `classes`.
pub(super) fn seen_in(bytes: &[u8], classes: &[u8; 256]) -> u8 {
    let (words, rest) = bytes.as_chunks::<8>();
    let of_word = |word: &[u8; 8]| word.iter().fold(0, |seen, b| seen | classes[usize::from(*b)]);
    let seen = words.iter().fold(0, |seen, word| seen | of_word(word));
    rest.iter().fold(seen, |seen, byte| seen | classes[usize::from(*byte)])
}

/// Whether a text holds a control character or a line break.
pub(super) fn holds_control(text: &str) -> bool {
    // Beyond ASCII, all of them begin with one of two bytes.
    let seen = seen_in(text.as_bytes(), &CONTROL);
    seen & FOUND != 0
        || seen & MAY_BE != 0
            && text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_surrounds_a_value_goes_even_if_nobody_sees_it() {
        for text in ["G2", " G2", "\tG2\r\n", "\u{a0}G2\u{a0}", "\u{feff}G2", "G2\u{200b} "] {
            assert_eq!(trim(text), "G2", "{text:?}");
        }
        assert_eq!(trim(" Größe "), "Größe");
        assert_eq!(trim("x"), "x");
        assert_eq!(trim(" \u{feff} "), "");
        assert_eq!(trim("a b"), "a b");
    }

    #[test]
    fn letters_of_their_own_need_no_composing() {
        for c in (0..=0x0010_ffff).filter_map(char::from_u32).filter(|c| is_composed(*c)) {
            let answer = unicode_normalization::is_nfc_quick(std::iter::once(c));
            assert_eq!(answer, unicode_normalization::IsNormalized::Yes, "{c:?}");
            assert_eq!(unicode_normalization::char::canonical_combining_class(c), 0, "{c:?}");
        }
    }

    #[test]
    fn names_are_the_same_whatever_their_letter_case() {
        assert!(same_name("ANN@example.com", "ann@EXAMPLE.com"));
        assert!(same_name("GRÖßE", "größe"));
        assert!(same_name("M\u{fc}ller", "MU\u{308}LLER"));
        assert_eq!(name_hash("M\u{fc}ller", 1), name_hash("mu\u{308}ller", 1));
        assert!(!same_name("a", "ab"));
        assert!(!same_name("Größe", "Grösse"));
    }

    #[test]
    fn only_names_that_folding_keeps_are_folded() {
        for byte in 0..=u8::MAX {
            for place in 0..10 {
                let mut name = *b"[a.z-{0@\x7f`";
                name[place] = byte;
                let kept = byte.is_ascii() && !byte.is_ascii_uppercase();
                assert_eq!(is_folded(&name), kept, "{byte} at {place}");
            }
        }
    }

    #[test]
    fn names_as_they_stand_have_the_hash_of_their_folded_form() {
        for name in
            ["ann@example.com", "Ann@example.COM", "a", "", "zo\u{eb}", "team 01 of the studio"]
        {
            let folded = xxh3_64_with_seed(folded_name(name).as_bytes(), 7);
            assert_eq!(name_hash(name, 7), folded, "{name}");
        }
    }

    #[test]
    fn words_are_the_same_in_all_their_spellings() {
        for text in ["remove-all", "Remove_All", "REMOVE ALL", "removeAll"] {
            assert!(same_word(text, "remove-all"), "{text}");
        }
        assert!(!same_word("remove", "remove-all"));
    }

    #[test]
    fn control_characters_and_all_line_breaks_are_seen() {
        for text in ["a\nb", "a\u{7f}", "\0", "é\n", "é\u{85}", "a\u{2028}b"] {
            assert!(holds_control(text), "{text:?}");
        }
        assert!(!holds_control("Zoë O'Neill-Łukasz"));
    }
}
