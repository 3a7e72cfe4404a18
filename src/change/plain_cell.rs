//! Recognizes most cells in which nothing is wrong in one pass.

use super::placeholder::{LONGEST_WORD, SHORTEST_WORD, is_type_name, is_word_of_a_program};
use super::text::seen_in;
use crate::table::{holds_signs_of_dos, may_be_misread, may_hold_signs};

/// The class of each byte of a cell: usual (letters, digits and the marks of names and addresses),
/// unusual, or beyond ASCII.
static CLASS: [u8; 256] = classes();
const UNUSUAL: u8 = 1;
const BEYOND_ASCII: u8 = 2;

const fn classes() -> [u8; 256] {
    let marks = b" -.@_,'&";
    let mut classes = [UNUSUAL; 256];
    let mut byte = 0;
    while byte < 256 {
        if byte >= 0x80 {
            classes[byte] = BEYOND_ASCII;
        } else if (byte as u8).is_ascii_alphanumeric() {
            classes[byte] = 0;
        }
        byte += 1;
    }
    let mut mark = 0;
    while mark < marks.len() {
        classes[marks[mark] as usize] = 0;
        mark += 1;
    }
    classes
}

/// Whether a letter beyond ASCII needs no further check: it is one character in NFC, it is not a
/// mark, and it is not what a byte of a character becomes that was decoded twice (as `Œ` may be).
fn is_plain_letter(c: char) -> bool {
    matches!(c,
        '\u{c0}'..='\u{151}' | '\u{154}'..='\u{15f}' | '\u{162}'..='\u{177}'
        | '\u{179}'..='\u{17c}' | '\u{388}'..='\u{3ce}' | '\u{400}'..='\u{481}'
        | '\u{48a}'..='\u{52f}' | '\u{621}'..='\u{64a}' | '\u{1e00}'..='\u{1eff}'
        | '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7a3}')
}

/// Whether the cell is plainly a value, as most cells are: usual characters that begin with a
/// letter, and no word of a program. Whatever field it is in, nothing is wrong with it.
pub(super) fn is_plain(cell: &str) -> bool {
    let bytes = cell.as_bytes();
    let ([first, ..], [.., last]) = (bytes, bytes) else { return false };
    if !(first.is_ascii_alphabetic() || *first >= 0x80) || *last == b'\'' {
        return false;
    }
    if matches!(first, b'n' | b'N' | b'u' | b'U' | b'k' | b't' | b'f')
        && (SHORTEST_WORD..=LONGEST_WORD).contains(&cell.len())
        && is_word_of_a_program(cell)
    {
        return false;
    }
    if is_type_name(cell) {
        return false;
    }
    let found = seen_in(bytes, &CLASS);
    found == 0 || found == BEYOND_ASCII && (has_lone_letters(bytes) || has_plain_letters(cell))
}

/// Whether all that a text has beyond ASCII are letters of Western Europe, none beside another, and
/// a capital one only at the begin of a word: `Zoë`, `Ångström`. Nothing is wrong with such
/// letters. A quick test that most names beyond ASCII pass.
fn has_lone_letters(text: &[u8]) -> bool {
    /// The first byte of these letters, in UTF-8.
    const FIRST: u8 = 0xc3;
    let mut before = b' ';
    let mut bytes = text.iter().copied();
    while let Some(byte) = bytes.next() {
        before = match byte {
            0..0x80 => byte,
            FIRST if before < 0x80 => {
                let Some(second) = bytes.next() else { return false };
                let is_lone = match second {
                    // Þ, þ, × and ÷.
                    0x9e | 0xbe | 0x97 | 0xb7 => false,
                    0x80..0x9e => !before.is_ascii_alphabetic(),
                    _ => true,
                };
                if !is_lone {
                    return false;
                }
                second
            }
            _ => return false,
        };
    }
    true
}

/// Whether no character beyond ASCII needs a further check.
fn has_plain_letters(cell: &str) -> bool {
    cell.chars().all(|c| c.is_ascii() || is_plain_letter(c))
        && !holds_signs_of_dos(cell)
        && !may_hold_signs(cell)
        && !may_be_misread(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The quick test must agree with the rules.
    #[test]
    fn every_word_of_a_program_is_looked_at_closely() {
        for word in crate::change::placeholder::WORDS {
            for spelling in [word.to_owned(), word.to_uppercase()] {
                assert!(!is_plain(&spelling), "{spelling}");
            }
        }
        for cell in ["Nora.Underwood@example.com", "O'Neil", "Zoë", "山田"] {
            assert!(is_plain(cell), "{cell}");
        }
        for cell in ["", "O'", "1.2E+05", "ZoÃ«", "«Zoë»", "De\u{200b}sign", "Zo×", "Èâàí", "Ayþe"]
        {
            assert!(!is_plain(cell), "{cell}");
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { cases: 4096,
            failure_persistence: None, ..Default::default() })]

        #[test]
        fn lone_letters_are_plain(cell in "[a-cX .\\-ÀÃÂÇËÎÞ×ßåéîñô÷þÿŁłšГéα‘¿]{1,8}|[À-ÿ][a-z \
            ][À-ÿ]") {
            proptest::prop_assert!(!has_lone_letters(cell.as_bytes()) || has_plain_letters(&cell),
                "{}", &cell);
        }
    }

    #[test]
    fn every_letter_of_western_europe_that_is_lone_is_plain() {
        for c in '\u{80}'..='\u{24f}' {
            for text in [format!("{c}"), format!("a{c}"), format!("{c}A"), format!(" {c}a")] {
                let is_lone = has_lone_letters(text.as_bytes());
                assert!(!is_lone || has_plain_letters(&text), "{text}");
                let is_western = matches!(c, 'À'..='ÿ') && !"×÷Þþ".contains(c);
                let begins = !text.starts_with('a') || c >= 'ß';
                assert_eq!(is_lone, is_western && begins, "{text}");
            }
        }
    }
}
