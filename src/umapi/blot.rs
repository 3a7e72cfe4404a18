//! Secrets that a server gives back are blotted out, in whatever form they come: parts of an
//! answer are shown to people and written down. Pure.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// Shorter ones are no secrets, but would tear holes into every text.
const SHORTEST: usize = 4;
/// Shorter pieces of Base64 occur by chance.
const SHORTEST_BASE64: usize = 8;
const BLOT: &[u8] = b"***";

/// The body with every secret replaced.
///
/// Found are the secret itself, in hexadecimal and in Base64 (also inside of a longer text), each in
/// any letter case and each byte of it also as `%2F`, `\u002f` or `&#47;`, several times over.
pub(super) fn without(secrets: &[&str], body: Vec<u8>) -> Vec<u8> {
    let patterns: Vec<Vec<u8>> = secrets.iter().filter(|secret| secret.len() >= SHORTEST).flat_map(|secret| forms(secret)).collect();
    let mut may_start = [false; 256];
    for pattern in &patterns {
        let first = pattern[0];
        for byte in [first.to_ascii_lowercase(), first.to_ascii_uppercase(), b'%', b'\\', b'&'] {
            may_start[usize::from(byte)] = true;
        }
    }
    let mut clean = Vec::new();
    let (mut from, mut at) = (0, 0);
    while at < body.len() {
        if may_start[usize::from(body[at])]
            && let Some(length) = patterns.iter().find_map(|pattern| length_of(pattern, &body[at..]))
        {
            clean.extend_from_slice(&body[from..at]);
            clean.extend_from_slice(BLOT);
            at += length;
            from = at;
        } else {
            at += 1;
        }
    }
    if from == 0 {
        return body;
    }
    clean.extend_from_slice(&body[from..]);
    clean
}

/// What is searched for. None is empty.
fn forms(secret: &str) -> Vec<Vec<u8>> {
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let mut forms = vec![secret.as_bytes().to_vec(), hex.into_bytes()];
    // In Base64 it looks different after one and after two other bytes.
    for before in 0..3 {
        let bytes = [&[0; 2][..before], secret.as_bytes()].concat();
        let (begin, end) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
        if end - begin < SHORTEST_BASE64 {
            continue;
        }
        for text in [STANDARD_NO_PAD.encode(&bytes), URL_SAFE_NO_PAD.encode(&bytes)] {
            let form = text.as_bytes()[begin..end].to_vec();
            if !forms.contains(&form) {
                forms.push(form);
            }
        }
    }
    forms
}

/// Can the text begin with the pattern? Almost everywhere its first bytes say no; where an escape
/// stands among them, it must be looked at closely.
fn may_begin(pattern: &[u8], text: &[u8]) -> bool {
    const LOOKED_AT: usize = 4;
    for (meant, byte) in pattern.iter().zip(text).take(LOOKED_AT) {
        if matches!(byte, b'%' | b'\\' | b'&') {
            return true;
        }
        if !byte.eq_ignore_ascii_case(meant) {
            return false;
        }
    }
    true
}

/// How many bytes at the beginning of the text mean the pattern.
fn length_of(pattern: &[u8], text: &[u8]) -> Option<usize> {
    if !may_begin(pattern, text) {
        return None;
    }
    // Where the text and the pattern are compared next. An escape may also stand for itself.
    let mut open = vec![(0, 0)];
    while let Some((at, matched)) = open.pop() {
        if matched == pattern.len() {
            return Some(at);
        }
        let Some(first) = text.get(at) else { continue };
        if first.eq_ignore_ascii_case(&pattern[matched]) {
            open.push((at + 1, matched + 1));
        }
        if let Some((meant, length)) = unescaped(&text[at..]) {
            let mut bytes = [0; 4];
            let bytes = match meant {
                Meant::Byte(byte) => {
                    bytes[0] = byte;
                    &bytes[..1]
                }
                Meant::Char(c) => c.encode_utf8(&mut bytes).as_bytes(),
            };
            let rest = &pattern[matched..];
            if rest.len() >= bytes.len() && rest[..bytes.len()].eq_ignore_ascii_case(bytes) {
                open.push((at + length, matched + bytes.len()));
            }
        }
    }
    None
}

/// What an escape stands for.
enum Meant {
    Byte(u8),
    Char(char),
}

/// The escape at the beginning of the text, also one that was escaped again, and its length.
fn unescaped(text: &[u8]) -> Option<(Meant, usize)> {
    match text.first()? {
        b'%' => {
            let mut at = 1;
            // `%` itself is `%25`.
            while text[at..].starts_with(b"25") && hex(&text[at + 2..], 2).is_some() {
                at += 2;
            }
            let byte = u8::try_from(hex(&text[at..], 2)?).ok()?;
            Some((Meant::Byte(byte), at + 2))
        }
        b'\\' => {
            let at = text.iter().take_while(|byte| **byte == b'\\').count();
            match text.get(at) {
                Some(b'u') => {
                    let c = char::from_u32(hex(&text[at + 1..], 4)?)?;
                    Some((Meant::Char(c), at + 5))
                }
                Some(b'x') => {
                    let byte = u8::try_from(hex(&text[at + 1..], 2)?).ok()?;
                    Some((Meant::Byte(byte), at + 3))
                }
                Some(other @ (b'/' | b'"' | b'\'')) => Some((Meant::Byte(*other), at + 1)),
                _ => Some((Meant::Byte(b'\\'), at)),
            }
        }
        b'&' => {
            let mut at = 1;
            while text[at..].starts_with(b"amp;") {
                at += 4;
            }
            let rest = &text[at..];
            let end = rest.iter().take(12).position(|byte| *byte == b';');
            let name = end.and_then(|end| std::str::from_utf8(&rest[..end]).ok()).unwrap_or_default();
            let number = name.strip_prefix('#').and_then(|number| match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16).ok(),
                None => number.parse().ok(),
            });
            let meant = match name {
                "lt" => '<',
                "gt" => '>',
                "quot" => '"',
                "apos" => '\'',
                _ => match number.and_then(char::from_u32) {
                    Some(c) => c,
                    None if at > 1 => return Some((Meant::Byte(b'&'), at)),
                    None => return None,
                },
            };
            Some((Meant::Char(meant), at + end? + 1))
        }
        _ => None,
    }
}

fn hex(text: &[u8], digits: usize) -> Option<u32> {
    let text = text.get(..digits).filter(|text| text.iter().all(u8::is_ascii_hexdigit))?;
    u32::from_str_radix(std::str::from_utf8(text).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    const SECRET: &str = "p8e-Zx/9+q_A=7&k\"é";

    fn blotted(text: &str) -> String {
        String::from_utf8(without(&[SECRET], text.as_bytes().to_vec())).unwrap()
    }

    fn each(one: impl Fn(u8) -> String) -> String {
        SECRET.bytes().map(one).collect()
    }

    #[test]
    fn a_secret_is_blotted_out_in_every_form() {
        let units = |one: fn(u32) -> String| SECRET.chars().map(|c| one(c as u32)).collect::<String>();
        for form in [
            SECRET.to_owned(),
            serde_json::to_string(SECRET).unwrap().trim_matches('"').to_owned(),
            SECRET.to_uppercase().replace('É', "é"),
            each(|byte| format!("%{byte:02x}")),
            each(|byte| format!("%{byte:02X}")),
            each(|byte| format!("%25{byte:02X}")),
            each(|byte| format!("%2525{byte:02X}")),
            each(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02x}") }),
            each(|byte| format!("{byte:02x}")),
            each(|byte| format!("{byte:02X}")),
            units(|c| format!("\\u{c:04x}")),
            units(|c| format!("\\\\u{c:04X}")),
            units(|c| format!("&#{c};")),
            units(|c| format!("&#x{c:X};")),
            units(|c| format!("&amp;#{c};")),
            SECRET.replace('&', "&amp;").replace('"', "&quot;"),
            SECRET.replace('/', "\\/").replace('"', "\\\\\\\""),
        ] {
            assert_eq!(blotted(&format!("<{form}>")), "<***>", "{form}");
        }
    }

    #[test]
    fn a_secret_is_blotted_out_in_base64_at_any_place() {
        for before in ["", "i", "id", "id:", "client-1:"] {
            for after in ["", "x", "xy"] {
                let text = STANDARD.encode(format!("{before}{SECRET}{after}"));
                for text in [text.clone(), text.replace('+', "-").replace('/', "_"), text.replace('/', "\\/").replace('+', "%2B")] {
                    let clean = blotted(&format!("Basic {text}."));
                    assert!(clean.contains("***") && clean.len() < 20 + before.len() * 2, "{text} became {clean}");
                }
            }
        }
    }

    #[test]
    fn other_text_stays_as_it_is() {
        for text in ["", "%", "%2", "\\", "\\u", "\\u00", "&", "&#", "&#x", "&amp;", "100 % of \\ & p8e-Zx/9+q_A", "%70%38%65"] {
            assert_eq!(blotted(text), text);
        }
        // Too short to be a secret.
        assert_eq!(without(&["abc", ""], b"abc".to_vec()), b"abc");
    }

    proptest! {
        #[test]
        fn any_mixture_of_forms_is_blotted_out(secret in "[A-Za-z0-9_+/=-]{4,40}", choice in prop::collection::vec(0..7_u8, 40), around in "[^A-Za-z0-9%\\\\&*]{0,5}") {
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
            let clean = without(&[&secret], format!("{around}{form}{around}").into_bytes());
            prop_assert_eq!(String::from_utf8(clean).unwrap(), format!("{around}***{around}"));
        }
    }
}
