//! Repairs a text that was decoded twice with one encoding: each run of its characters that is
//! UTF-8 read as that encoding.

use std::borrow::Cow;

/// Returns the byte beyond ASCII that an encoding reads as a character.
pub(super) type ByteOf = fn(char) -> Option<u8>;

/// Repairs a text for one encoding: `byte` returns the byte beyond ASCII that it reads as a
/// character. A run of fewer than `least` characters stays as it is.
pub(super) fn repair_from(text: &str, byte: ByteOf, least: usize) -> Cow<'_, str> {
    if least == usize::MAX || !may_be_twice(text, byte) {
        return Cow::Borrowed(text);
    }
    let mut meant = String::new();
    let (mut copied, mut found) = (0, false);
    let mut run: Vec<u8> = Vec::new();
    let mut run_at = 0;
    let mut close = |run: &mut Vec<u8>, from: usize, to: usize| {
        if let Some(put_right) =
            decoded(run).filter(|text| text.chars().take(least).count() == least)
        {
            meant.push_str(&text[copied..from]);
            meant.push_str(&put_right);
            copied = to;
            found = true;
        }
        run.clear();
    };
    for (at, c) in text.char_indices() {
        match byte(c) {
            Some(byte) => {
                if run.is_empty() {
                    run_at = at;
                }
                run.push(byte);
            }
            None => close(&mut run, run_at, at),
        }
    }
    close(&mut run, run_at, text.len());
    if !found {
        return Cow::Borrowed(text);
    }
    meant.push_str(&text[copied..]);
    Cow::Owned(meant)
}

/// Whether the text has what the first two bytes of a character become. Without these, it was not
/// decoded twice.
fn may_be_twice(text: &str, byte: ByteOf) -> bool {
    let mut after_first = false;
    text.chars().any(|c| {
        let own = byte(c);
        let is_second = after_first && own.is_some_and(|byte| (0x80..=0xbf).contains(&byte));
        after_first = own.is_some_and(|byte| (0xc2..=0xf4).contains(&byte));
        is_second
    })
}

/// Returns the bytes of a run as UTF-8, if that is a plausible text.
fn decoded(run: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(run).ok().filter(|text| !text.is_empty())?;
    let is_written = |c: char| {
        matches!(c,
            '\u{a0}'..='\u{24f}' | '\u{386}'..='\u{3ce}' | '\u{401}'..='\u{45f}'
            | '\u{490}'..='\u{491}' | '\u{5d0}'..='\u{5ea}' | '\u{621}'..='\u{64a}'
            | '\u{1e00}'..='\u{1eff}' | '\u{2010}'..='\u{2026}' | '\u{2030}'..='\u{203a}'
            | '\u{20ac}' | '\u{2122}' | '\u{3041}'..='\u{30ff}'
            | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
    };
    text.chars().all(is_written).then(|| text.to_owned())
}

/// Returns the characters of the bytes beyond ASCII in an encoding.
pub(super) fn upper_half(encoding: &'static encoding_rs::Encoding) -> Vec<char> {
    let bytes: Vec<u8> = (0x80..=0xff).collect();
    encoding.decode_without_bom_handling(&bytes).0.chars().collect()
}

/// Returns the byte that a letter stands for in an alphabet of the upper half.
pub(super) fn place(letters: &[char], c: char) -> Option<u8> {
    if c.is_ascii() {
        return None;
    }
    letters.iter().position(|letter| *letter == c).and_then(|at| u8::try_from(0x80 + at).ok())
}
