//! Recognizes encodings with two and four bytes per unit, and decodes UTF-32.

use std::io::{self, Read, Write};

use encoding_rs::{UTF_16BE, UTF_16LE};

use super::charset::{Charset, EncodingChoice};
use super::pieces::in_pieces;

/// Recognizes UTF-16 and UTF-32 by their zero bytes, and UTF-32 by its byte order mark, which
/// begins like that of UTF-16.
pub(super) fn wide(first: &[u8]) -> Option<EncodingChoice> {
    match first {
        [0xFF, 0xFE, 0, 0, ..] => return Some(EncodingChoice::Utf32 { big_endian: false }),
        [0, 0, 0xFE, 0xFF, ..] => return Some(EncodingChoice::Utf32 { big_endian: true }),
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => return None,
        _ => {}
    }
    if let Some(big_endian) = [false, true].into_iter().find(|big| is_utf32(first, *big)) {
        return Some(EncodingChoice::Utf32 { big_endian });
    }
    let (little, big) = (u16::from_le_bytes, u16::from_be_bytes);
    if is_utf16(first, little) {
        Some(EncodingChoice::decode(Charset::Standard(UTF_16LE)))
    } else if is_utf16(first, big) {
        Some(EncodingChoice::decode(Charset::Standard(UTF_16BE)))
    } else {
        None
    }
}

/// Whether the first line is UTF-32. At least half of its bytes are zero, whatever its letters are.
fn is_utf32(first: &[u8], big_endian: bool) -> bool {
    let code = |unit: &[u8; 4]| {
        if big_endian { u32::from_be_bytes(*unit) } else { u32::from_le_bytes(*unit) }
    };
    let (units, _) = first.as_chunks::<4>();
    let line = || units.iter().map(code).take_while(|code| !matches!(code, 0 | 10 | 13));
    line().count() > 1 && line().all(|code| char::from_u32(code).is_some())
}

/// Whether it is UTF-16. In one of the first lines, usually the header, many letters are ASCII:
/// every other byte is zero, and no other byte up to there.
fn is_utf16(first: &[u8], unit: fn([u8; 2]) -> u16) -> bool {
    let (units, _) = first.as_chunks::<2>();
    let (mut ascii, mut all) = (0, 0);
    let has_ascii = |ascii: usize, all: usize| ascii > 2 && ascii * 4 >= all;
    for code in units.iter().map(|bytes| unit(*bytes)) {
        match code {
            10 | 13 if has_ascii(ascii, all) => return true,
            10 | 13 => (ascii, all) = (0, 0),
            9 | 32..=126 => (ascii, all) = (ascii + 1, all + 1),
            // A letter of another script. With a zero byte, it is not a letter.
            code if code & 0xFF != 0 && (code >> 8 != 0 || code > 0x9F) => all += 1,
            _ => return has_ascii(ascii, all) && code == 0,
        }
    }
    has_ascii(ascii, all)
}

/// Decodes UTF-32 to UTF-8. Units that are not characters become U+FFFD. Returns whether there were
/// any.
pub(super) fn decode_utf32(
    bytes: impl Read,
    big_endian: bool,
    mut into: impl Write,
) -> io::Result<bool> {
    let (mut lossy, mut begins) = (false, true);
    let mut failed = Ok(());
    in_pieces(bytes, |piece, last| {
        let mut text = String::with_capacity(piece.len());
        let (units, rest) = piece.as_chunks::<4>();
        for unit in units {
            let code =
                if big_endian { u32::from_be_bytes(*unit) } else { u32::from_le_bytes(*unit) };
            let c = char::from_u32(code);
            lossy |= c.is_none();
            if !(std::mem::take(&mut begins) && c == Some('\u{feff}')) {
                text.push(c.unwrap_or(char::REPLACEMENT_CHARACTER));
            }
        }
        if last && !rest.is_empty() {
            lossy = true;
            text.push(char::REPLACEMENT_CHARACTER);
        }
        failed = into.write_all(text.as_bytes());
        failed.is_ok().then_some(if last { piece.len() } else { piece.len() - rest.len() })
    })?;
    failed.and_then(|()| into.flush()).map(|()| lossy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_encodings_are_known_by_their_zero_bytes() {
        let text = "email,firstname\nann@example.com,Zoë\n";
        let units = |big: bool, wide: bool| -> Vec<u8> {
            let narrow = |c: char| {
                if big {
                    u16::try_from(u32::from(c)).unwrap().to_be_bytes()
                } else {
                    u16::try_from(u32::from(c)).unwrap().to_le_bytes()
                }
            };
            let long =
                |c: char| if big { u32::from(c).to_be_bytes() } else { u32::from(c).to_le_bytes() };
            text.chars()
                .flat_map(|c| if wide { long(c).to_vec() } else { narrow(c).to_vec() })
                .collect()
        };
        assert_eq!(
            wide(&units(false, false)),
            Some(EncodingChoice::decode(Charset::Standard(UTF_16LE)))
        );
        assert_eq!(
            wide(&units(true, false)),
            Some(EncodingChoice::decode(Charset::Standard(UTF_16BE)))
        );
        for big_endian in [false, true] {
            let bytes = units(big_endian, true);
            assert_eq!(wide(&bytes), Some(EncodingChoice::Utf32 { big_endian }));
            let mut decoded = Vec::new();
            assert!(!decode_utf32(&bytes[..], big_endian, &mut decoded).unwrap());
            assert_eq!(decoded, text.as_bytes());
        }
        assert_eq!(wide(text.as_bytes()), None);
    }

    /// In such files most cells are beyond ASCII, but the header is not.
    #[test]
    fn header_alone_tells_a_wide_encoding() {
        let rows = "ivanova@example.com,Екатерина,Константинопольская,RU\r\n\
             petrov@example.com,Āдам,Ā,LV\r\n";
        for head in [
            "email,firstname,lastname,country\r\n",
            "email;Имя;Фамилия\r\n",
            "Список сотрудников\r\nemail,firstname\r\n",
            "email\n",
        ] {
            let text = format!("{head}{}", rows.repeat(30));
            let units: Vec<u16> = text.encode_utf16().collect();
            let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
            let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
            let first = |bytes: &[u8]| wide(&bytes[..bytes.len().min(1024)]);
            let utf16 = |charset| Some(EncodingChoice::decode(Charset::Standard(charset)));
            assert_eq!(first(&little), utf16(UTF_16LE), "{head}");
            assert_eq!(first(&big), utf16(UTF_16BE), "{head}");
            for big_endian in [false, true] {
                let bytes = |c: char| match big_endian {
                    true => u32::from(c).to_be_bytes(),
                    false => u32::from(c).to_le_bytes(),
                };
                let wide: Vec<u8> = text.chars().flat_map(bytes).collect();
                assert_eq!(first(&wide), Some(EncodingChoice::Utf32 { big_endian }), "{head}");
            }
        }
        for other in [
            &b"email,firstname\na@example.com,A\0nn\n"[..],
            b"e\0mail\n",
            b"\0\0\0\0\0\0\0\0\0\0\0\0",
            "Список сотрудников\nemail\n".as_bytes(),
            "名簿\n".as_bytes(),
            b"",
        ] {
            assert_eq!(wide(other), None, "{other:?}");
        }
    }
}
