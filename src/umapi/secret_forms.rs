//! The forms in which a secret is searched for: as it is, and in encodings. Pure.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// Shorter pieces of Base64 occur by chance.
pub(super) const SHORTEST_BASE64: usize = 8;

/// Returns the forms to search for. None is empty.
pub(super) fn forms(secret: &str) -> Vec<Vec<u8>> {
    let utf16: Vec<u16> = secret.encode_utf16().collect();
    let little: Vec<u8> = utf16.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let big: Vec<u8> = utf16.iter().flat_map(|unit| unit.to_be_bytes()).collect();
    let mut forms =
        vec![secret.as_bytes().to_vec(), secret.chars().rev().collect::<String>().into_bytes()];
    for bytes in [secret.as_bytes(), &little, &big] {
        forms.extend(BASE85.iter().flat_map(|alphabet| base85(bytes, alphabet)));
        forms.push(
            bytes
                .iter()
                .flat_map(|byte| [byte >> 4, byte & 15])
                .map(|digit| b"0123456789abcdef"[usize::from(digit)])
                .collect(),
        );
        let once = base64(bytes);
        if bytes == secret.as_bytes() {
            forms.extend(once.iter().flat_map(|form| base64(form)));
        }
        forms.extend(once);
        forms.extend(aligned(bytes, 5, base32));
    }
    // Separators between the numbers are gaps.
    let numbers =
        |form: fn(u8) -> String| secret.bytes().map(form).collect::<String>().into_bytes();
    forms.extend([numbers(|byte| byte.to_string()), numbers(|byte| format!("{byte:03}"))]);
    forms.extend([
        numbers(|byte| format!("{byte:o}")),
        numbers(|byte| format!("{byte:03o}")),
        numbers(|byte| format!("{byte:08b}")),
    ]);
    for rotated in [rot13, rot47] {
        let letter = |c: char| if c.is_ascii() { char::from(rotated(c as u8)) } else { c };
        let reverse: String = secret.chars().rev().map(letter).collect();
        let form = secret.bytes().map(rotated).collect();
        forms.extend([reverse.into_bytes(), form]);
    }
    forms.sort();
    forms.dedup();
    forms
}

fn base64(bytes: &[u8]) -> Vec<Vec<u8>> {
    let standard = aligned(bytes, 6, |bytes| STANDARD_NO_PAD.encode(bytes).into_bytes());
    [standard, aligned(bytes, 6, |bytes| URL_SAFE_NO_PAD.encode(bytes).into_bytes())].concat()
}

/// Returns the bytes in an encoding with this number of bits a letter, one form for each number of
/// bytes before them, which changes the letters.
fn aligned(secret: &[u8], bits: usize, encode: impl Fn(&[u8]) -> Vec<u8>) -> Vec<Vec<u8>> {
    // Three bytes are four letters of Base64, and five are eight of Base32.
    let period = if bits == 6 { 3 } else { 5 };
    let form = |before: usize| {
        let bytes = [&[0; 4][..before], secret].concat();
        let (begin, end) = ((before * 8).div_ceil(bits), bytes.len() * 8 / bits);
        (end >= begin + SHORTEST_BASE64).then(|| encode(&bytes)[begin..end].to_vec())
    };
    (0..period).filter_map(form).collect()
}

/// Moves a letter by 13 places.
pub(super) fn rot13(byte: u8) -> u8 {
    match byte {
        b'a'..=b'z' => b'a' + (byte - b'a' + 13) % 26,
        b'A'..=b'Z' => b'A' + (byte - b'A' + 13) % 26,
        other => other,
    }
}

/// Moves a visible character of ASCII by 47 places.
pub(super) fn rot47(byte: u8) -> u8 {
    match byte {
        b'!'..=b'~' => b'!' + (byte - b'!' + 47) % 94,
        other => other,
    }
}

/// The letters of Base85: of Adobe, of RFC 1924 and Git, and of ZeroMQ.
pub(super) const BASE85: [&[u8; 85]; 3] = [
    b"!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstu",
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~",
    b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#",
];

/// Returns the bytes in Base85, with four bytes in five letters, one form for each number of bytes
/// before them. For bytes at the beginning of a text, the end of the form is found as well.
pub(super) fn base85(bytes: &[u8], alphabet: &[u8; 85]) -> Vec<Vec<u8>> {
    let group = |group: &[u8]| {
        let mut padded = [0; 4];
        padded[..group.len()].copy_from_slice(group);
        let number = u32::from_be_bytes(padded);
        (0..=group.len())
            .map(move |place| alphabet[(number / 85_u32.pow(4 - place as u32) % 85) as usize])
    };
    let inside = (0..4).map(|before| {
        bytes.get(before..).unwrap_or_default().chunks_exact(4).flat_map(group).collect()
    });
    let whole = std::iter::once(bytes.chunks(4).flat_map(group).collect());
    inside.chain(whole).filter(|form: &Vec<u8>| form.len() >= SHORTEST_BASE64).collect()
}

/// Encodes bytes as base32 (RFC 4648), without padding.
pub(super) fn base32(bytes: &[u8]) -> Vec<u8> {
    let bit = |at: usize| bytes.get(at / 8).map_or(0, |byte| byte >> (7 - at % 8) & 1);
    let letter = |place: usize| (0..5).fold(0, |letter, at| letter << 1 | bit(place * 5 + at));
    (0..(bytes.len() * 8).div_ceil(5))
        .map(|place| b"abcdefghijklmnopqrstuvwxyz234567"[usize::from(letter(place))])
        .collect()
}
