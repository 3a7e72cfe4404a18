//! A text as people read it: letters that look like ASCII are replaced by it (`𝐚`, `ⓐ`, `ᵃ`, `а`),
//! and invisible characters are removed. A secret that is written like this can be read off a
//! screen. Pure.

use crate::visible::is_invisible;
use std::ops::Range;
use unicode_normalization::UnicodeNormalization;
use unicode_security::confusable_detection::skeleton;

/// A text in which such letters are replaced.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FoldedText {
    pub(super) bytes: Vec<u8>,
    /// The characters that were replaced, in their order.
    folds: Vec<Fold>,
}

/// A character that was replaced.
#[derive(Debug, PartialEq, Eq)]
struct Fold {
    /// The position of its replacement.
    folded: Range<usize>,
    /// Its position in the original.
    original: Range<usize>,
}

impl FoldedText {
    /// Returns the folded text, if it has such letters.
    pub(super) fn of(text: &[u8]) -> Option<Self> {
        let may_fold = !text.is_ascii() || memchr::memmem::find(text, b"\\u").is_some();
        if !may_fold {
            return None;
        }
        let mut new = Self { bytes: Vec::new(), folds: Vec::new() };
        let mut at = 0;
        while at < text.len() {
            let (character, length) = character(&text[at..]);
            let original = at..at + length;
            match character.and_then(fold) {
                Some(plain) => {
                    let start = new.bytes.len();
                    new.bytes.extend(plain.bytes());
                    new.folds.push(Fold { folded: start..new.bytes.len(), original });
                }
                None => new.bytes.extend(&text[original]),
            }
            at += length;
        }
        (!new.folds.is_empty()).then_some(new)
    }

    /// Returns the range in the original for a range in this text that is not empty.
    pub(super) fn origin(&self, place: &Range<usize>) -> Range<usize> {
        self.origin_of_byte(place.start).start..self.origin_of_byte(place.end - 1).end
    }

    /// Returns the range in the original of a byte, or of the character that it is a part of.
    fn origin_of_byte(&self, at: usize) -> Range<usize> {
        let before = self.folds.partition_point(|fold| fold.folded.start <= at);
        let Some(fold) = before.checked_sub(1).map(|last| &self.folds[last]) else {
            return at..at + 1;
        };
        match at.checked_sub(fold.folded.end) {
            None => fold.original.clone(),
            Some(behind) => fold.original.end + behind..fold.original.end + behind + 1,
        }
    }
}

/// Returns the character beyond ASCII at the beginning of a text, perhaps as JSON escapes it, and
/// its length. Other bytes are returned one by one.
fn character(text: &[u8]) -> (Option<char>, usize) {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix(b"\\u")?;
        let digits = digits.iter().all(u8::is_ascii_hexdigit).then_some(digits)?;
        u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    if let Some(first) = unit(0) {
        let units = std::iter::once(first).chain(unit(6));
        return match char::decode_utf16(units).next() {
            Some(Ok(c)) => (Some(c), c.len_utf16() * 6),
            _ => (None, 6),
        };
    }
    if text[0].is_ascii() {
        return (None, 1);
    }
    let first = text.get(..4).unwrap_or(text).utf8_chunks().next();
    match first.and_then(|chunk| chunk.valid().chars().next()) {
        Some(c) => (Some(c), c.len_utf8()),
        None => (None, 1),
    }
}

/// Returns what a character beyond ASCII looks like in ASCII; `None` if it looks like nothing
/// there.
fn fold(c: char) -> Option<String> {
    let plain = match c {
        c if c.is_ascii() => return None,
        // Marks above and below letters.
        '\u{300}'..='\u{36f}' => return Some(String::new()),
        '\u{e0021}'..='\u{e007e}' => from_row(c, '\u{e0021}', b'!'),
        // Letters in circles and squares, and those of flags.
        '\u{1f150}'..='\u{1f169}' => from_row(c, '\u{1f150}', b'a'),
        '\u{1f170}'..='\u{1f189}' => from_row(c, '\u{1f170}', b'a'),
        '\u{1f1e6}'..='\u{1f1ff}' => from_row(c, '\u{1f1e6}', b'a'),
        c if is_invisible(c) => return Some(String::new()),
        c => c.nfkc().collect(),
    };
    let plain = if plain.is_ascii() { plain } else { skeleton(&plain).collect() };
    let is_plain = plain.is_ascii() && plain.bytes().any(|byte| byte.is_ascii_graphic());
    match plain.len() {
        1 => is_plain.then_some(plain),
        // `⒜` is `(a)`.
        _ => is_plain.then(|| plain.chars().filter(char::is_ascii_alphanumeric).collect()),
    }
}

/// Returns the character of ASCII at the same place in its row as `c` has.
fn from_row(c: char, first: char, plain: u8) -> String {
    let place = u8::try_from(u32::from(c) - u32::from(first)).unwrap_or(0);
    char::from(plain.saturating_add(place)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_in_disguise_are_read_as_a_person_reads_them() {
        for (text, read) in [
            ("𝐞𝐲𝐉𝟗", "eyJ9"),
            ("ⓔⓨ①", "ey1"),
            ("ᵉʸ⁹", "ey9"),
            ("ｅｙ－", "ey-"),
            ("е\u{301}у", "ey"),
            ("⒠⒴", "ey"),
            ("🅔🆈🇪", "eye"),
            ("\u{e0065}\u{e0079}", "ey"),
            ("e\u{2062}y\u{200e}J\u{fe0f}9", "eyJ9"),
            ("\\ud835\\udc1e\\u24e8 x", "ey x"),
        ] {
            let folded = FoldedText::of(text.as_bytes()).unwrap();
            assert_eq!(String::from_utf8(folded.bytes).unwrap(), read, "{text}");
        }
        for text in ["plain", "Zoë Müller", "東京", "\\ud835 x", "\\n"] {
            assert_eq!(FoldedText::of(text.as_bytes()), None, "{text}");
        }
        assert_eq!(FoldedText::of(b"\xff\xfe a"), None);
    }

    #[test]
    fn places_are_those_of_the_original() {
        let text = "a 𝐞𝐲 b";
        let folded = FoldedText::of(text.as_bytes()).unwrap();
        assert_eq!(folded.bytes, b"a ey b");
        assert_eq!(&text[folded.origin(&(2..4))], "𝐞𝐲");
        assert_eq!(&text[folded.origin(&(0..6))], text);
        let text = "a\u{200e}b\u{fe0f}𝐞\u{2062}\u{2062}c ⒠";
        let folded = FoldedText::of(text.as_bytes()).unwrap();
        assert_eq!(folded.bytes, b"abec e");
        for (place, original) in [
            (0..1, "a"),
            (1..2, "b"),
            (1..3, "b\u{fe0f}𝐞"),
            (2..4, "𝐞\u{2062}\u{2062}c"),
            (4..6, " ⒠"),
        ] {
            assert_eq!(&text[folded.origin(&place)], original, "{place:?}");
        }
    }
}
