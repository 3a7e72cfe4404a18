//! Invisible characters.
//!
//! Web pages, mail programs and spreadsheets leave them around and inside values. They make names
//! different that look the same. A joiner may belong in a word: [`inside`] decides by its
//! neighbours.

use crate::visible::is_invisible;

/// Whether it is an invisible character that spreadsheets and web pages leave around a value.
pub(crate) fn is_margin(c: char) -> bool {
    c.is_whitespace() || is_invisible(c)
}

/// Whether the character selects the shape of the one before it, as in East Asian names and in
/// pictures.
fn is_variation(before: Option<char>, c: char) -> bool {
    let is_ideograph = |c: char| {
        matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}')
    };
    let is_picture = |c: char| {
        matches!(c, '#' | '*' | '0'..='9' | '\u{a9}' | '\u{ae}'
        | '\u{2000}'..='\u{2bff}' | '\u{3000}'..='\u{33ff}' | '\u{1f000}'..='\u{1faff}')
    };
    let is_mongolian = |c: char| matches!(c, '\u{1820}'..='\u{18aa}');
    match c {
        '\u{e0100}'..='\u{e01ef}' | '\u{fe00}'..='\u{fe02}' => before.is_some_and(is_ideograph),
        '\u{fe0e}' | '\u{fe0f}' => before.is_some_and(is_picture),
        '\u{180b}'..='\u{180d}' => before.is_some_and(is_mongolian),
        _ => false,
    }
}

/// Whether it is a space that looks like an ordinary one but is another character. The wide space
/// of East Asian text is not.
fn is_odd_space(c: char) -> bool {
    matches!(c, '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}')
}

/// Returns the first character inside a trimmed text that is invisible or looks like a space. A
/// joiner belongs to the text between two characters of a script that uses joiners (Persian,
/// Devanagari), or of an emoji.
pub(crate) fn inside(text: &str) -> Option<char> {
    if text.is_ascii() {
        return None;
    }
    let mut before = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let is_joined = matches!(c, '\u{200c}' | '\u{200d}')
            && [before, chars.peek().copied()].into_iter().all(|c| c.is_some_and(joins));
        if (is_invisible(c) && !is_joined && !is_variation(before, c)) || is_odd_space(c) {
            return Some(c);
        }
        before = Some(c);
    }
    None
}

/// Whether it is of a script, or a picture, that uses joiners.
fn joins(c: char) -> bool {
    matches!(c, '\u{600}'..='\u{10ff}' | '\u{2190}'..='\u{2bff}' | '\u{fb50}'..='\u{fdff}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{fe70}'..='\u{fefc}' | '\u{1f000}'..='\u{1faff}')
}

/// Describes a character: `U+200B (zero width space)`.
pub(crate) fn described(c: char) -> String {
    let name = match c {
        '\u{a0}' | '\u{202f}' => " (non-breaking space)",
        '\u{ad}' => " (soft hyphen)",
        '\u{34f}' => " (combining grapheme joiner)",
        '\u{2800}' => " (empty Braille pattern)",
        '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' => " (Hangul filler)",
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => " (variation selector)",
        '\u{e0000}'..='\u{e007f}' => " (tag character)",
        '\u{200b}' => " (zero width space)",
        '\u{200c}' => " (zero width non-joiner)",
        '\u{200d}' => " (zero width joiner)",
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{61c}' => " (text direction mark)",
        '\u{2060}' => " (word joiner)",
        '\u{2066}'..='\u{2069}' => " (text direction isolate)",
        '\u{feff}' => " (byte order mark)",
        _ => "",
    };
    format!("U+{:04X}{name}", u32::from(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invisible_characters_inside_a_word_are_found() {
        for (text, found) in [
            ("De\u{200b}sign", Some('\u{200b}')),
            ("Ma\u{ad}rsh", Some('\u{ad}')),
            ("De\u{2066}sign", Some('\u{2066}')),
            ("a\u{a0}b", Some('\u{a0}')),
            ("An\u{200d}n", Some('\u{200d}')),
            ("A\u{2800}nn", Some('\u{2800}')),
            ("L\u{3164}ee", Some('\u{3164}')),
            ("A\u{34f}nn", Some('\u{34f}')),
            ("An\u{fe0f}n", Some('\u{fe0f}')),
            ("A\u{e0041}nn", Some('\u{e0041}')),
            ("葛\u{e0100}城", None),
            ("❤\u{fe0f}", None),
            ("علی\u{200c}رضا", None),
            ("क्\u{200d}ष", None),
            ("👩\u{200d}💻", None),
            ("山田\u{3000}太郎", None),
            ("Zoë O’Brien", None),
        ] {
            assert_eq!(inside(text), found, "{text:?}");
        }
    }
}
