//! Text from files and servers, as a terminal may show it. Pure.
//!
//! A control character can move the cursor, hide what stands before it, or talk to the terminal; a
//! bidirectional one can make a text read as another, and one without width makes two names look
//! the same. They are written as JSON writes them (`\u001b`), so that escaped JSON is still the
//! same JSON.

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::Path;

/// Escapes every control, bidirectional and zero-width character of a text, line breaks included,
/// so that it stays on its line.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    escaped(text, is_hidden)
}

/// Escapes a path in the same way.
pub(crate) fn shown(path: &Path) -> String {
    visible(&path.to_string_lossy()).into_owned()
}

/// Escapes a text of several lines: line breaks and tabs stay.
pub(crate) fn visible_lines(text: &str) -> Cow<'_, str> {
    escaped(text, |c| is_hidden(c) && c != '\n' && c != '\t')
}

/// Escapes a cell of a file that users show in a terminal: tabs stay.
pub(crate) fn visible_cell(text: &str) -> Cow<'_, str> {
    escaped(text, |c| is_hidden(c) && c != '\t')
}

/// Whether a terminal obeys this character, or shows nothing for it. Joiners and variation
/// selectors depend on the character before them ([`is_stray`]).
pub(crate) fn is_hidden(c: char) -> bool {
    // Separators of lines and paragraphs are blanks.
    let is_separator = matches!(c, '\u{2028}' | '\u{2029}');
    c.is_control() || is_separator || is_invisible(c) && !is_joiner(c) && !is_selector(c)
}

/// Whether a character has no width or ink. This includes joiners and variation selectors.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(
        c,
        // Bidirectional marks, embeddings, overrides and isolates (Unicode, annex 9).
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        // Interlinear annotations; tags and the like, with variation selectors.
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
        // Soft hyphen, zero width space, joiners, word joiner, byte order mark, fillers, and the
        // like.
        | '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{2800}'
        | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{1d173}'..='\u{1d17a}'
    )
}

fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

fn is_selector(c: char) -> bool {
    matches!(c, '\u{180b}'..='\u{180d}' | '\u{180f}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{e0100}'..='\u{e01ef}')
}

/// Whether it is a joiner or a variation selector that shapes nothing. They belong after a
/// character of a script that uses them (Persian, Devanagari, Mongolian, Chinese), or after a
/// picture.
fn is_stray(before: Option<char>, c: char) -> bool {
    let shapes = before.is_some_and(|before| {
        // Below are Latin, Greek and Cyrillic letters, and signs that are also pictures (`#`, `1`).
        let is_of_a_script = before >= '\u{600}' && !before.is_whitespace();
        let is_sign = !before.is_ascii_alphabetic()
            && (before.is_ascii_graphic() || matches!(before, '©' | '®'));
        if is_joiner(c) {
            is_of_a_script && !is_joiner(before)
        } else {
            (is_of_a_script || is_sign) && !is_selector(before)
        }
    });
    (is_joiner(c) || is_selector(c)) && !shapes
}

fn escaped(text: &str, is_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    // Most texts are plain, which their bytes show.
    let is_plain = text.bytes().fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~'));
    let with_one_before = || std::iter::once(None).chain(text.chars().map(Some)).zip(text.chars());
    let is_escaped = |before: Option<char>, c: char| is_escaped(c) || is_stray(before, c);
    if is_plain || !with_one_before().any(|(before, c)| is_escaped(before, c)) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for (before, c) in with_one_before() {
        match c {
            c if !is_escaped(before, c) => shown.push(c),
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            c => c
                .encode_utf16(&mut [0; 2])
                .iter()
                .for_each(|unit| shown.push_str(&format!("\\u{unit:04x}"))),
        }
    }
    Cow::Owned(shown)
}

/// Writes data to a terminal, in whole lines, escaped.
#[derive(Debug)]
pub(crate) struct VisibleWriter<W: Write> {
    terminal: W,
    /// The beginning of a line.
    line: Vec<u8>,
}

impl<W: Write> VisibleWriter<W> {
    /// Wraps the terminal.
    pub(crate) fn new(terminal: W) -> Self {
        Self { terminal, line: Vec::new() }
    }

    fn show(&mut self, length: usize) -> io::Result<()> {
        let text: Vec<u8> = self.line.drain(..length).collect();
        // A carriage return before the line feed is only a part of the line break.
        let text = String::from_utf8_lossy(&text).replace("\r\n", "\n");
        self.terminal.write_all(visible_lines(&text).as_bytes())
    }
}

impl<W: Write> Write for VisibleWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let whole = memchr::memrchr(b'\n', bytes).map_or(0, |at| self.line.len() + at + 1);
        self.line.extend_from_slice(bytes);
        self.show(whole)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.show(self.line.len())?;
        self.terminal.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn control_and_bidi_characters_are_escaped() {
        for (text, expected) in [
            ("\u{1b}[31mred\u{7}", "\\u001b[31mred\\u0007"),
            ("a\nb\tc\r", "a\\nb\\tc\\r"),
            ("\u{9b}2J\u{7f}", "\\u009b2J\\u007f"),
            ("ann\u{202e}moc.elpmaxe@", "ann\\u202emoc.elpmaxe@"),
            ("\u{e0041}", "\\udb40\\udc41"),
            ("Zoë Łukasz 東京 עברית 👩‍💻", "Zoë Łukasz 東京 עברית 👩‍💻"),
            ("\u{feff}An\u{200b}n\u{ad}\u{2060}\u{3164}", "\\ufeffAn\\u200bn\\u00ad\\u2060\\u3164"),
            ("An\u{200c}n\u{200d} \u{fe0f}", "An\\u200cn\\u200d \\ufe0f"),
            ("An\u{180b} ᠠ\u{180b}", "An\\u180b ᠠ\u{180b}"),
            ("👩\u{200d}\u{200d}💻 \u{200d}", "👩\u{200d}\\u200d💻 \\u200d"),
            (
                "علی\u{200c}رضا क्\u{200d}ष 葛\u{e0100}城 ❤\u{fe0f} 1\u{fe0f}",
                "علی\u{200c}رضا क्\u{200d}ष 葛\u{e0100}城 ❤\u{fe0f} 1\u{fe0f}",
            ),
        ] {
            assert_eq!(visible(text), expected);
        }
        assert_eq!(visible_lines("a\n\tb\u{1b}\r\n"), "a\n\tb\\u001b\\r\n");
    }

    proptest! {
        #[test]
        fn nothing_hidden_is_left_and_json_stays_the_same(text in "(\\PC|\\p{C}){0,20}") {
            prop_assert!(!visible(&text).chars().any(is_hidden));
            let json = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(serde_json::from_str::<String>(&visible_lines(&json)).unwrap(), text);
        }

        #[test]
        fn a_writer_escapes_as_the_function_does(text in "[a-c\u{1b}\u{202e}é\n]{0,40}",
            cut in 1..9_usize) {
            let mut writer = VisibleWriter::new(Vec::new());
            text.as_bytes().chunks(cut).for_each(|chunk| writer.write_all(chunk).unwrap());
            writer.flush().unwrap();
            let shown = visible_lines(&text);
            prop_assert_eq!(writer.terminal, shown.as_bytes());
        }
    }
}
