//! Replaces secrets in responses, in whatever form a server returns them, because parts of a
//! response are shown to people and written to files. Pure.

use super::folded_text::FoldedText;
use super::known_fours::KnownFours;
use super::secret_forms::{SHORTEST_BASE64, forms};
use super::secret_pieces::SecretPieces;
use super::unescaped::{EscapeMeaning, unescaped};
use crate::visible::is_invisible;
use std::ops::Range;

/// Shorter texts are not secrets, and would be found everywhere.
const SHORTEST: usize = 4;
const BLOT: &[u8] = b"***";
/// The bytes that start an escape.
const ESCAPES: [u8; 4] = *b"%\\&=";
/// The longest gap between two bytes of a secret, such as a line break.
const LONGEST_GAP: usize = 16;

/// Secrets in every form that is searched for.
///
/// It finds the secret itself, in full width, in hexadecimal, in Base64 (also twice), in Base32 and
/// in Base85, also of its UTF-16, and also inside of a longer text; in decimal, octal and binary
/// numbers; and rotated by half the alphabet (ROT13, ROT47). Each form is found in any letter case,
/// wrapped or with blanks or invisible characters between, and with each byte also as `%2F`,
/// `%u002f`, `\u002f`, `\u{2f}`, `&#47;` or `=2F`, several times over.
///
/// In reverse, only the plain secret and the rotated ones are found. Letters that look like those
/// of ASCII ([`FoldedText`]) are read as those. Of a long secret, the beginning and the end are
/// found as well.
///
/// The limit: a secret that was compressed, encrypted, written in another way, or cut into pieces
/// is not found. XOR with an unknown key is encryption: there are as many forms as keys. A server
/// that hides the secret on purpose has it already; the search is for what services echo by
/// accident. The text that is shown is also [bounded](super::server_words).
pub(super) struct Redactor {
    /// The forms by the byte that starts them, in lower case, the shortest first.
    by_first_byte: [Vec<Vec<u8>>; 256],
    /// The length of the shortest form. No text is shorter than the form that it stands for.
    shortest: usize,
    known_fours: KnownFours,
    pieces: Vec<SecretPieces>,
}

impl Redactor {
    /// Creates a redactor of these secrets. Very short ones are not looked for.
    pub(super) fn new(secrets: &[&str]) -> Self {
        let pieces = secrets.iter().filter_map(|secret| SecretPieces::of(secret)).collect();
        let secrets = secrets.iter().filter(|secret| secret.len() >= SHORTEST);
        let mut all: Vec<Vec<u8>> = secrets.flat_map(|secret| forms(secret)).collect();
        all.sort_by_key(Vec::len);
        let shortest = all.first().map_or(usize::MAX, Vec::len);
        let known_fours = KnownFours::of(all.iter().map(|form| &form[..shortest]));
        let mut by_first_byte = std::array::from_fn(|_| Vec::new());
        for form in all {
            by_first_byte[usize::from(form[0].to_ascii_lowercase())].push(form);
        }
        Self { by_first_byte, shortest, known_fours, pieces }
    }

    /// Returns the text with every secret replaced.
    pub(super) fn without_secrets(&self, text: Vec<u8>) -> Vec<u8> {
        let mut places = self.places(&text);
        if let Some(folded) = FoldedText::of(&text) {
            let read = self.places(&folded.bytes);
            places.extend(read.iter().map(|place| folded.origin(place)));
        }
        blotted_out(text, places)
    }

    /// Returns the ranges of secrets and of their pieces.
    fn places(&self, text: &[u8]) -> Vec<Range<usize>> {
        let mut places: Vec<_> =
            self.pieces.iter().flat_map(|pieces| pieces.places(text)).collect();
        let mut at = 0;
        while text.len() - at >= self.shortest {
            let ahead = self.known_fours.ahead(&text[at..at + self.shortest]);
            if ahead > 0 {
                at += ahead;
            } else if let Some(length) = self.length_at_start(&text[at..]) {
                places.push(at..at + length);
                at += length;
            } else {
                at += 1;
            }
        }
        places
    }

    /// Returns how many bytes at the beginning of the text stand for a secret. The text is not
    /// empty.
    fn length_at_start(&self, text: &[u8]) -> Option<usize> {
        std::iter::once(text[0])
            .chain(unescaped(text).map(|(meant, _)| meant.first_byte()))
            .flat_map(|byte| {
                let forms = &self.by_first_byte[usize::from(byte.to_ascii_lowercase())];
                forms.iter().take_while(|form| form.len() <= text.len())
            })
            .filter_map(|form| length_of(form, text))
            .max()
    }
}

/// Returns the text with these ranges replaced. Ranges that overlap are replaced once.
fn blotted_out(text: Vec<u8>, mut places: Vec<Range<usize>>) -> Vec<u8> {
    if places.is_empty() {
        return text;
    }
    places.sort_unstable_by_key(|place| (place.start, place.end));
    let (mut clean, mut at) = (Vec::with_capacity(text.len()), 0);
    for place in places {
        if place.start >= at {
            clean.extend_from_slice(&text[at..place.start]);
            clean.extend_from_slice(BLOT);
        }
        at = at.max(place.end);
    }
    clean.extend_from_slice(&text[at..]);
    clean
}

/// Returns how many bytes at the beginning of the text stand for the pattern. Almost everywhere,
/// the first bytes already differ.
fn length_of(pattern: &[u8], text: &[u8]) -> Option<usize> {
    let (mut at, mut matched, mut passed) = (0, 0, 0);
    while matched < pattern.len() {
        let byte = *text.get(at)?;
        if ESCAPES.contains(&byte) || !byte.is_ascii() {
            return length_with_escapes(pattern, text);
        }
        if byte.eq_ignore_ascii_case(&pattern[matched]) {
            (at, matched, passed) = (at + 1, matched + 1, 0);
        } else if matched > 0 && pattern.len() >= SHORTEST_BASE64 {
            let length = gap(&text[at..])?;
            (at, passed) = (at + length, passed + length);
            if passed > LONGEST_GAP {
                return None;
            }
        } else {
            return None;
        }
    }
    Some(at)
}

/// Returns that length if some bytes may have another meaning.
fn length_with_escapes(pattern: &[u8], text: &[u8]) -> Option<usize> {
    // The positions in the text and in the pattern that are compared next, and the number of bytes
    // that were skipped between. An escape may also stand for itself.
    let mut open = vec![(0, 0, 0)];
    while let Some((at, matched, passed)) = open.pop() {
        if matched == pattern.len() {
            return Some(at);
        }
        let Some(first) = text.get(at) else { continue };
        if first.eq_ignore_ascii_case(&pattern[matched]) {
            open.push((at + 1, matched + 1, 0));
        } else if let Some(length) = gap(&text[at..])
            && matched > 0
            && pattern.len() >= SHORTEST_BASE64
            && passed + length <= LONGEST_GAP
        {
            open.push((at + length, matched, passed + length));
        }
        if let Some((meant, length)) = unescaped(&text[at..]) {
            let mut bytes = [0; 4];
            let bytes = match meant {
                EscapeMeaning::Byte(byte) => {
                    bytes[0] = byte;
                    &bytes[..1]
                }
                EscapeMeaning::Char(c) => c.encode_utf8(&mut bytes).as_bytes(),
            };
            let rest = &pattern[matched..];
            if rest.len() >= bytes.len() && rest[..bytes.len()].eq_ignore_ascii_case(bytes) {
                open.push((at + length, matched + bytes.len(), 0));
            }
        }
    }
    None
}

/// Returns the number of bytes at the beginning of the text that have no meaning: a blank, a line
/// break, an invisible character, the other half of a letter of UTF-16, or a separator between
/// hexadecimal bytes.
fn gap(text: &[u8]) -> Option<usize> {
    const SOFT_LINE_ENDS: [&[u8]; 4] = [b"=\r\n", b"=\n", b"=\\r\\n", b"=\\n"];
    let says_nothing = |c: char| c == '\0' || c.is_whitespace() || is_invisible(c);
    match text.first()? {
        b':' | b'-' | b',' | b';' | b'.' | b'|' | b'_' | b'/' | b'+' => return Some(1),
        b'0' if matches!(text.get(1), Some(b'x' | b'X')) => return Some(2),
        b'=' => {
            return SOFT_LINE_ENDS
                .iter()
                .find(|soft| text.starts_with(soft))
                .map(|soft| soft.len());
        }
        b'\\' => {
            let at = text.iter().take_while(|byte| **byte == b'\\').count();
            match text.get(at) {
                Some(b'n' | b'r' | b't') => return Some(at + 1),
                // A byte in octal.
                Some(b'0'..=b'7') => return Some(at),
                _ => {}
            }
        }
        byte if byte.is_ascii_graphic() && !ESCAPES.contains(byte) => return None,
        _ => {}
    }
    let (c, length) = match unescaped(text) {
        Some((EscapeMeaning::Char(c), length)) => (c, length),
        Some((EscapeMeaning::Byte(byte), length)) => (char::from(byte), length),
        None => {
            let c = text.get(..4).unwrap_or(text).utf8_chunks().next()?.valid().chars().next()?;
            (c, c.len_utf8())
        }
    };
    says_nothing(c).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::umapi::secret_forms::{BASE85, base32, base85, rot13, rot47};
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    const SECRET: &str = "p8e-Zx/9+q_A=7&k\"é";

    fn blotted(text: &str) -> String {
        let text = text.as_bytes().to_vec();
        String::from_utf8(Redactor::new(&[SECRET]).without_secrets(text)).unwrap()
    }

    fn each(one: impl Fn(u8) -> String) -> String {
        SECRET.bytes().map(one).collect()
    }

    #[test]
    fn a_secret_is_blotted_out_in_every_form() {
        let units =
            |one: fn(u32) -> String| SECRET.chars().map(|c| one(c as u32)).collect::<String>();
        for form in [
            SECRET.to_owned(),
            serde_json::to_string(SECRET).unwrap().trim_matches('"').to_owned(),
            SECRET.to_uppercase().replace('É', "é"),
            each(|byte| format!("%{byte:02x}")),
            each(|byte| format!("%{byte:02X}")),
            each(|byte| format!("%25{byte:02X}")),
            each(|byte| format!("%2525{byte:02X}")),
            each(|byte| {
                if byte.is_ascii_alphanumeric() {
                    char::from(byte).to_string()
                } else {
                    format!("%{byte:02x}")
                }
            }),
            each(|byte| format!("{byte:02x}")),
            each(|byte| format!("{byte:02X}")),
            units(|c| format!("\\u{c:04x}")),
            units(|c| format!("\\\\u{c:04X}")),
            units(|c| format!("\\u{{{c:x}}}")),
            units(|c| format!("\\U{c:08x}")),
            units(|c| format!("%u{c:04x}")),
            each(|byte| format!("={byte:02X}")),
            units(|c| format!("&#{c};")),
            units(|c| format!("&#x{c:X};")),
            units(|c| format!("&amp;#{c};")),
            SECRET.replace('&', "&amp;").replace('"', "&quot;"),
            SECRET.replace('/', "\\/").replace('"', "\\\\\\\""),
            SECRET.chars().rev().collect(),
        ] {
            assert_eq!(blotted(&format!("<{form}>")), "<***>", "{form}");
        }
    }

    proptest! {
        #[test]
        fn bytes_without_escapes_mean_what_they_mean_among_them(
            pattern in "[aA0+.]{8}", text in "[aA0x+.: \\n\u{200b}&%=2-]{0,24}"
        ) {
            prop_assert_eq!(
                length_of(pattern.as_bytes(), text.as_bytes()),
                length_with_escapes(pattern.as_bytes(), text.as_bytes())
            );
        }
    }

    #[test]
    fn a_secret_is_blotted_out_in_base64_at_any_place() {
        for before in ["", "i", "id", "id:", "client-1:"] {
            for after in ["", "x", "xy"] {
                let text = STANDARD.encode(format!("{before}{SECRET}{after}"));
                for text in [
                    text.clone(),
                    text.replace('+', "-").replace('/', "_"),
                    text.replace('/', "\\/").replace('+', "%2B"),
                ] {
                    let clean = blotted(&format!("Basic {text}."));
                    assert!(
                        clean.contains("***") && clean.len() < 20 + before.len() * 2,
                        "{text} became {clean}"
                    );
                }
            }
        }
    }

    #[test]
    fn secret_in_look_alike_letters_and_its_pieces_are_blotted_out() {
        const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpZCI6IjE3In0.c2lnbmF0dXJlX3ZlcnlfbG9uZw";
        let moved = |to: [u32; 2]| {
            let letter = |c: char| match c {
                'A'..='Z' => char::from_u32(to[0] + u32::from(c) - 65).unwrap(),
                'a'..='z' => char::from_u32(to[1] + u32::from(c) - 97).unwrap(),
                other => other,
            };
            TOKEN.chars().map(letter).collect::<String>()
        };
        let redactor = Redactor::new(&[TOKEN]);
        let shown =
            |text: String| String::from_utf8(redactor.without_secrets(text.into_bytes())).unwrap();
        for form in [
            moved([0x1d400, 0x1d41a]),
            moved([0x24b6, 0x24d0]),
            moved([0xff21, 0xff41]),
            moved([0x1d670, 0x1d68a]),
            TOKEN.chars().flat_map(|c| [c, '\u{301}']).collect::<String>(),
            TOKEN.chars().take(16).collect(),
            TOKEN.chars().skip(TOKEN.len() - 12).collect(),
        ] {
            let clean = shown(format!("Zoë said {form} here"));
            assert_eq!(clean.replace('\u{301}', ""), "Zoë said *** here", "{form}");
        }
        let halves = format!("{} and {}", &TOKEN[..30], &TOKEN[30..]);
        assert_eq!(shown(halves), "*** and ***");
        assert_eq!(shown("Анна Zoë 東京".to_owned()), "Анна Zoë 東京");
    }

    #[test]
    fn secret_with_gaps_is_blotted_out() {
        let between = |gap: &str, text: &str| {
            text.chars()
                .map(|c| format!("{c}{gap}"))
                .collect::<String>()
                .trim_end_matches(gap)
                .to_owned()
        };
        let hex: Vec<String> = SECRET.bytes().map(|byte| format!("{byte:02x}")).collect();
        let base64 = STANDARD.encode(SECRET);
        for form in [
            between(" ", SECRET),
            between("\u{200b}", SECRET),
            between("\u{2062}", SECRET),
            between("\u{200e}\u{fe0f}", SECRET),
            between(&"\u{fe0f}".repeat(9), SECRET),
            between("\\u2062", SECRET),
            between("\0", SECRET),
            between("\\u200b", SECRET),
            between("\\u0000", SECRET),
            between("%20", SECRET),
            hex.join(" 0x"),
            hex.join(":"),
            hex.join(" "),
            hex.join("-"),
            SECRET.replace('x', "x\r\n"),
            format!("{}=\r\n{}", &SECRET[..5], &SECRET[5..]),
        ] {
            assert_eq!(blotted(&format!("<{form}>")), "<***>", "{form}");
        }
        for form in [
            format!("{}\n{}", &base64[..9], &base64[9..]),
            format!("{}\\r\\n  {}", &base64[..9], &base64[9..]),
        ] {
            assert!(blotted(&form).len() < 9, "{form}");
        }
    }

    #[test]
    fn secret_in_other_encodings_is_blotted_out() {
        let units: Vec<u16> = SECRET.encode_utf16().collect();
        let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        let base32 = |bytes: &[u8]| String::from_utf8(base32(bytes)).unwrap().to_uppercase();
        for before in 0..5 {
            let with = |bytes: &[u8]| [&b"12345"[..before], bytes].concat();
            for form in [
                STANDARD.encode(with(&little)),
                STANDARD.encode(with(&big)),
                STANDARD.encode(STANDARD.encode(with(SECRET.as_bytes()))),
                base32(&with(SECRET.as_bytes())),
                base32(&with(&little)),
            ] {
                let clean = blotted(&form);
                assert!(
                    clean.contains("***") && clean.len() < 24,
                    "{before}, {form} became {clean}"
                );
            }
        }
        let hex: String = little.iter().map(|byte| format!("{byte:02X}")).collect();
        assert_eq!(blotted(&hex), "***");
        assert_eq!(base32(b"foobar"), "MZXW6YTBOI");
        let rotated = |rotate: fn(u8) -> u8| {
            let letter = |c: char| u8::try_from(c).map_or(c, |byte| char::from(rotate(byte)));
            SECRET.chars().map(letter).collect::<String>()
        };
        let numbers = |between: &str, form: fn(u8) -> String| {
            SECRET.bytes().map(form).collect::<Vec<_>>().join(between)
        };
        for form in [
            numbers(" ", |byte| byte.to_string()),
            numbers(", ", |byte| byte.to_string()),
            numbers(".", |byte| format!("{byte:03}")),
            numbers("\\", |byte| format!("{byte:03o}")),
            numbers(" ", |byte| format!("{byte:08b}")),
            rotated(rot13),
            rotated(rot47),
            rotated(rot13).chars().rev().collect(),
            rotated(rot47).chars().rev().collect(),
            SECRET
                .chars()
                .map(|c| if c.is_ascii() { char::from_u32(c as u32 + 0xfee0).unwrap() } else { c })
                .collect(),
        ] {
            assert_eq!(blotted(&format!("<{form}>")), "<***>", "{form}");
        }
    }

    #[test]
    fn secret_in_base85_is_blotted_out() {
        let base85 = |bytes: &[u8], alphabet| {
            String::from_utf8(base85(bytes, alphabet).pop().unwrap()).unwrap()
        };
        // As Python's standard library writes them.
        assert_eq!(base85(b"client secret", BASE85[0]), "@r,jjDKI\"BARfalF8");
        assert_eq!(base85(b"client secret", BASE85[1]), "V{B<<Zge1XWn*$>bN");
        for alphabet in BASE85 {
            for before in 0..4 {
                let form = base85(&[&b"123"[..before], SECRET.as_bytes()].concat(), alphabet);
                let clean = blotted(&form);
                assert!(
                    clean.contains("***") && clean.len() < 14,
                    "{before}, {form} became {clean}"
                );
            }
        }
    }

    #[test]
    fn other_text_stays_as_it_is() {
        for text in [
            "",
            "%",
            "%2",
            "\\",
            "\\u",
            "\\u00",
            "&",
            "&#",
            "&#x",
            "&amp;",
            "100 % of \\ & p8e-Zx/9+q_A",
            "%70%38%65",
        ] {
            assert_eq!(blotted(text), text);
        }
        // Too short to be a secret.
        assert_eq!(Redactor::new(&["abc", ""]).without_secrets(b"abc".to_vec()), b"abc");
    }

    proptest! {
        /// No secret begins in the bytes that are skipped.
        #[test]
        fn bytes_passed_over_begin_no_secret(
            secret in "[abA0x+.\"-]{4,9}", places in prop::collection::vec((0..8_u8, 0..99_usize),
                0..9),
            between in "([abA0x+., \n\u{200b}&%=2\\\\\"-]|team|user|name){0,12}"
        ) {
            let redactor = Redactor::new(&[&secret]);
            let all = forms(&secret);
            let mut text = between.clone().into_bytes();
            for (escapes, form) in places {
                text.extend(all[form % all.len()].iter().flat_map(|byte| match byte % 8 == escapes {
                    true => format!("\\u{byte:04x}").into_bytes(),
                    false => vec![*byte],
                }));
                text.extend(between.bytes());
            }
            let mut at = 0;
            while text.len() - at >= redactor.shortest {
                let ahead = redactor.known_fours.ahead(&text[at..at + redactor.shortest]);
                for passed in at..at + ahead {
                    prop_assert_eq!(redactor.length_at_start(&text[passed..]), None);
                }
                at += ahead.max(1);
            }
            // The rest at the end is too short.
            for rest in at..text.len() {
                prop_assert_eq!(redactor.length_at_start(&text[rest..]), None);
            }
        }

        #[test]
        fn no_text_is_shorter_than_the_form_it_means(
            form in "[aA\\\\&%=é\"]{4,9}", text in "(\\\\u00e9|\\\\u0041|&#233;|%C3%A9|&amp;|=41|a|\
                A|é|%|&|\"){0,12}"
        ) {
            if let Some(length) = length_of(form.as_bytes(), text.as_bytes()) {
                prop_assert!(length >= form.len());
            }
        }
    }

    proptest! {
        /// The text around a secret contains none of its characters: a `-` before a secret that
        /// begins with `-` may be replaced with it.
        #[test]
        fn any_mixture_of_forms_is_blotted_out(secret in "[A-Za-z0-9_+/=-]{4,40}",
            choice in prop::collection::vec(0..7_u8, 40), around in "[^A-Za-z0-9%\\\\&*_+/\
                =-]{0,5}") {
            let form: String = secret.chars().zip(choice).map(|(c, choice)| {
                let code = c as u32;
                match choice {
                    0 => format!("%{code:02x}"),
                    1 => format!("%25{code:02X}"),
                    2 => format!("\\u{code:04x}"),
                    3 => format!("\\\\u{code:04X}"),
                    4 => format!("&#{code};"),
                    5 => format!("&amp;#x{code:x};"),
                    _ => c.to_string(),
                }
            }).collect();
            let text = format!("{around}{form}{around}").into_bytes();
            let clean = Redactor::new(&[&secret]).without_secrets(text);
            prop_assert_eq!(String::from_utf8(clean).unwrap(), format!("{around}***{around}"));
        }
    }
}
