//! Decodes encodings that write all letters in ASCII: UTF-7, HZ and ISO-2022-KR, which old mail
//! programs use.

use std::io::{self, BufRead, BufReader, Read, Write};

use encoding_rs::{EUC_KR, GBK};

use super::fit::{fit_of_cell, fits_in_utf8};
use super::letters::Fit;
use super::limits::MAX_RECORD;
use super::regions::Region;

/// An encoding of ASCII bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SevenBitEncoding {
    /// Letters beyond ASCII in Base64: `Zo+AOs-`.
    Utf7,
    /// Chinese between `~{` and `~}`.
    Hz,
    /// Korean between the control characters SO and SI.
    Iso2022Kr,
}

/// A name in such an encoding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SevenBitName {
    /// The name of the encoding.
    pub(crate) encoding: &'static str,
    /// The name that it means.
    pub(crate) meant: String,
}

/// Returns what a text means that is certainly in UTF-7 or HZ.
pub(crate) fn in_seven_bits(text: &str) -> Option<SevenBitName> {
    if !text.is_ascii() || !text.contains(['+', '~']) {
        return None;
    }
    let name = |(encoding, meant): (SevenBitEncoding, String)| SevenBitName {
        encoding: encoding.name(),
        meant,
    };
    let utf7 = from_utf7(text).map(|meant| (SevenBitEncoding::Utf7, meant));
    utf7.or_else(|| from_hz(text).map(|meant| (SevenBitEncoding::Hz, meant))).map(name)
}

impl SevenBitEncoding {
    /// Returns the encoding with this name, without its hyphens.
    pub(super) fn from_plain_label(label: &str) -> Option<Self> {
        match label {
            "utf7" | "unicode11utf7" => Some(Self::Utf7),
            "hz" | "hzgb2312" => Some(Self::Hz),
            "iso2022kr" => Some(Self::Iso2022Kr),
            _ => None,
        }
    }

    /// Returns the name of the encoding.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Utf7 => "UTF-7",
            Self::Hz => "HZ-GB-2312",
            Self::Iso2022Kr => "ISO-2022-KR",
        }
    }

    /// Decodes a line. Invalid bytes become U+FFFD.
    pub(super) fn line(self, bytes: &[u8]) -> String {
        match self {
            Self::Utf7 => utf7_line(bytes),
            Self::Hz => hz_line(bytes),
            Self::Iso2022Kr => korean_line(bytes),
        }
    }

    /// Decodes bytes to UTF-8, without a byte order mark. Returns whether some are invalid. In all
    /// of these encodings, each line begins in ASCII. An endless line is decoded in pieces: no row
    /// is as long as one of them.
    pub(super) fn decode(self, bytes: impl Read, mut into: impl Write) -> io::Result<bool> {
        let mut bytes = BufReader::with_capacity(1 << 18, bytes);
        let (mut line, mut lossy, mut begins) = (Vec::new(), false, true);
        while (&mut bytes).take(LONGEST_LINE).read_until(b'\n', &mut line)? > 0 {
            let text = self.line(&line);
            let text = text.strip_prefix('\u{feff}').filter(|_| begins).unwrap_or(&text);
            lossy |= text.contains(char::REPLACEMENT_CHARACTER);
            into.write_all(text.as_bytes())?;
            line.clear();
            begins = false;
        }
        into.flush()?;
        Ok(lossy)
    }
}

/// The most bytes of a line that are decoded at once: several times those of the longest row,
/// because letters may become shorter.
const LONGEST_LINE: u64 = 8 * MAX_RECORD as u64;

/// Decodes a line of UTF-7: Base64 of UTF-16 between `+` and the first character that is not
/// Base64, or `-`. `+-` is a plus sign.
fn utf7_line(bytes: &[u8]) -> String {
    let mut text = String::new();
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| *byte == b'+') {
        text.push_str(&ascii(&rest[..at]));
        let encoded = &rest[at + 1..];
        let end = encoded.iter().position(|byte| value(*byte).is_none()).unwrap_or(encoded.len());
        rest = &encoded[end..];
        let is_closed = rest.first() == Some(&b'-');
        match utf16_of(&encoded[..end]) {
            _ if end == 0 && is_closed => text.push('+'),
            Some(units) => text.push_str(&String::from_utf16_lossy(&units)),
            None => text.push(char::REPLACEMENT_CHARACTER),
        }
        rest = &rest[usize::from(is_closed)..];
    }
    text.push_str(&ascii(rest));
    text
}

/// Decodes a line of HZ: `~{` begins characters of two bytes, `~}` ends them, and `~~` is a tilde.
fn hz_line(bytes: &[u8]) -> String {
    let mut text = String::new();
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| *byte == b'~') {
        text.push_str(&ascii(&rest[..at]));
        rest = &rest[at..];
        rest = match rest {
            [b'~', b'~', rest @ ..] => {
                text.push('~');
                rest
            }
            [b'~', b'{', rest @ ..] => {
                let (inside, rest) = split_at_pair(rest, b"~}");
                text.push_str(&GBK.decode_without_bom_handling(&high(inside)).0);
                rest
            }
            [_, rest @ ..] => {
                text.push('~');
                rest
            }
            [] => rest,
        };
    }
    text.push_str(&ascii(rest));
    text
}

/// Decodes a line of ISO-2022-KR. Its first line begins with an escape sequence.
fn korean_line(bytes: &[u8]) -> String {
    const SHIFT_OUT: u8 = 0x0e;
    const SHIFT_IN: u8 = 0x0f;
    let bytes = bytes.strip_prefix(b"\x1b$)C").unwrap_or(bytes);
    let mut text = String::new();
    for (number, part) in bytes.split(|byte| *byte == SHIFT_OUT).enumerate() {
        let mut halves = part.splitn(2, |byte| *byte == SHIFT_IN);
        let (first, second) = (halves.next().unwrap_or_default(), halves.next());
        match number {
            0 => text.push_str(&ascii(first)),
            _ => text.push_str(&EUC_KR.decode_without_bom_handling(&high(first)).0),
        }
        text.push_str(&ascii(second.unwrap_or_default()));
    }
    text
}

/// Splits bytes of two-byte characters before a pair, which is removed.
fn split_at_pair<'b>(bytes: &'b [u8], pair: &[u8; 2]) -> (&'b [u8], &'b [u8]) {
    let end = bytes.chunks(2).position(|chunk| chunk == pair || chunk.contains(&b'\n'));
    let at = end.map_or(bytes.len(), |chunks| chunks * 2);
    let (inside, rest) = bytes.split_at(at);
    (inside, rest.strip_prefix(pair).unwrap_or(rest))
}

/// Returns the bytes with their highest bit set, except those that no character has.
fn high(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|byte| if matches!(byte, 0x21..=0x7e) { byte | 0x80 } else { *byte }).collect()
}

fn ascii(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { '\u{fffd}' }).collect()
}

/// Returns the original of a text that is certainly UTF-7: each `+` begins letters in Base64
/// without a remaining bit. A single letter is closed with `-`, or it makes a name.
fn from_utf7(text: &str) -> Option<String> {
    let (_, mut rest) = text.split_once('+')?;
    let mut needs_name = false;
    loop {
        let end = rest.bytes().position(|byte| value(byte).is_none()).unwrap_or(rest.len());
        let (encoded, behind) = rest.split_at(end);
        let letters = String::from_utf16(&utf16_of(encoded.as_bytes())?).ok()?;
        let is_alphabet = |c: char| {
            matches!(c, '\u{c0}'..='\u{6ff}' | '\u{1e00}'..='\u{1fff}') && c.is_alphabetic()
        };
        let is_mark = |c: char| matches!(c, '’' | '‘' | '–');
        let is_name = !letters.is_empty()
            && (is_of_one_alphabet(&letters)
                || letters.chars().all(|c| is_alphabet(c) || is_mark(c))
                || fits_in_utf8(&letters));
        if !is_name {
            return None;
        }
        needs_name |= letters.chars().count() == 1 && !behind.starts_with('-');
        match behind.split_once('+') {
            Some((_, next)) => rest = next,
            None => break,
        }
    }
    let meant = utf7_line(text.as_bytes());
    (!needs_name || fit_of_cell(&meant, Region::Western) >= Fit::Likely).then_some(meant)
}

/// Whether three letters or more have the same first byte. Base64 that was not meant is so once in
/// 65,536 texts.
fn is_of_one_alphabet(letters: &str) -> bool {
    let mut pages = letters.encode_utf16().map(|unit| unit >> 8);
    let first = pages.next().unwrap_or_default();
    letters.chars().count() > 2 && first > 0 && pages.all(|page| page == first)
}

/// Returns the original of a text that is certainly HZ.
fn from_hz(text: &str) -> Option<String> {
    let is_hz = text.contains("~{") && text.contains("~}");
    let meant = hz_line(text.as_bytes());
    (is_hz && !meant.is_ascii() && !meant.contains(char::REPLACEMENT_CHARACTER)).then_some(meant)
}

/// Returns UTF-16 from Base64; `None` if bits remain.
fn utf16_of(encoded: &[u8]) -> Option<Vec<u16>> {
    let (mut bits, mut count, mut units) = (0_u32, 0, Vec::new());
    for byte in encoded {
        bits = bits << 6 | value(*byte)?;
        count += 6;
        if count >= 16 {
            count -= 16;
            units.push(u16::try_from(bits >> count).ok()?);
            bits &= (1 << count) - 1;
        }
    }
    (bits == 0 && count < 6).then_some(units)
}

fn value(byte: u8) -> Option<u32> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    LETTERS.iter().position(|letter| *letter == byte).and_then(|at| u32::try_from(at).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_utf7_are_known_and_others_left() {
        for (text, name) in [
            ("+BCEENQRABDMENQQ5", "Сергей"),
            ("+BBoEQwQ3BD0ENQRGBD4EMg", "Кузнецов"),
            ("+BCEEPAQ4BEAEPQQ+BDIEMA", "Смирнова"),
            ("Zo+AOs-", "Zoë"),
            ("J+APw-rgen Gro+AN8-", "Jürgen Groß"),
            // A delimiter closes the Base64, too.
            ("Zo+AOs", "Zoë"),
            ("Jos+AOk", "José"),
            ("O+IBk-Brien", "O’Brien"),
            ("+XHF1MFkqkM4-", "山田太郎"),
        ] {
            let found = in_seven_bits(text).map(|name| name.meant);
            assert_eq!(found.as_deref(), Some(name), "{text}");
        }
        for text in [
            "+Lee",
            "+Anne-Marie",
            "+49 30",
            "A+B",
            "C++",
            "Design+Print",
            "+Design-",
            "+",
            "+-",
            "A+-B",
            "Ann",
            "+AAAA",
            "Zoë+AOs-",
            "R+D-Team",
            "+ABC-",
            "Sales+Dev",
            "~{~}",
            "~user",
        ] {
            assert_eq!(in_seven_bits(text), None, "{text}");
        }
    }

    #[test]
    fn names_in_hz_are_known() {
        let name = in_seven_bits("~{MuN0~}").unwrap();
        assert_eq!((name.encoding, name.meant.as_str()), ("HZ-GB-2312", "王伟"));
    }

    #[test]
    fn endless_line_is_decoded_in_pieces() {
        /// Refuses more than the bytes of one piece.
        struct Full;
        impl Write for Full {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                assert!(bytes.len() as u64 <= LONGEST_LINE, "{}", bytes.len());
                Err(io::Error::other("full"))
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let endless = io::repeat(b'a').take(100 * LONGEST_LINE);
        let error = SevenBitEncoding::Utf7.decode(endless, Full).unwrap_err();
        assert_eq!(error.to_string(), "full");
        let mut decoded = Vec::new();
        let long = io::repeat(b'a').take(LONGEST_LINE + 5).chain(&b"\nJos+AOk\n"[..]);
        assert!(!SevenBitEncoding::Utf7.decode(long, &mut decoded).unwrap());
        assert!(decoded.ends_with("aaaaaa\nJosé\n".as_bytes()));
        assert_eq!(decoded.len() as u64, LONGEST_LINE + 5 + 7);
    }

    #[test]
    fn lines_are_decoded() {
        for (encoding, bytes, text) in [
            (
                SevenBitEncoding::Utf7,
                &b"+/v8-a,Jos+AOk,Zo+AOs-,1+-1\nb\n"[..],
                "a,José,Zoë,1+1\nb\n",
            ),
            (SevenBitEncoding::Hz, b"a,~{MuN0~},~~x\n", "a,王伟,~x\n"),
            (SevenBitEncoding::Iso2022Kr, b"\x1b$)Ca,\x0e1h\x0f,b\n", "a,김,b\n"),
        ] {
            let mut decoded = Vec::new();
            let lossy = encoding.decode(bytes, &mut decoded).unwrap();
            assert_eq!((String::from_utf8(decoded).unwrap().as_str(), lossy), (text, false));
        }
    }
}
