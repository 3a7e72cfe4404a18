//! Names in Base64, as directories export them (`Sm9zw6k=`, RFC 2849), and names in letters of
//! another style (`Ａｎｎ`, `𝐀𝐧𝐧`), which look like a name and are none that anybody finds.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use unicode_normalization::UnicodeNormalization;

/// The shortest text that may be Base64 without a sign of its end.
const SHORTEST: usize = 8;

/// Whether a text of ASCII letters and digits may be Base64: a quick test that most names do not
/// pass.
pub(super) fn may_be_base64(cell: &str) -> bool {
    let bytes = cell.as_bytes();
    let is_inside = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    bytes.len() >= SHORTEST
        && bytes.len().is_multiple_of(4)
        && bytes.iter().all(u8::is_ascii_alphanumeric)
        && bytes[1..].iter().any(is_inside)
        && bytes.iter().any(u8::is_ascii_lowercase)
}

/// Returns the name that a text in Base64 means.
pub(super) fn from_base64(cell: &str) -> Option<String> {
    if !cell.is_ascii() || !(cell.contains(['=', '+', '/']) || may_be_base64(cell)) {
        return None;
    }
    let name = String::from_utf8(STANDARD.decode(cell).ok()?).ok()?;
    let letters = name.chars().filter(|c| c.is_alphabetic()).count();
    let is_of_names = |c: char| c.is_alphabetic() || matches!(c, ' ' | '-' | '\'' | '’' | '.');
    let is_sure = cell.ends_with('=') || !name.is_ascii() && cell.len() >= SHORTEST;
    (is_sure && letters > 1 && name.chars().all(is_of_names)).then_some(name)
}

/// Returns a name in plain letters, if some of its letters are full-width, mathematical, enclosed
/// or joined to one sign. Roman numbers are no letters.
pub(super) fn in_plain_letters(cell: &str) -> Option<String> {
    cell.contains(is_styled).then(|| {
        let mut plain = String::with_capacity(cell.len());
        for c in cell.chars() {
            match is_styled(c) {
                true => plain.extend([c].into_iter().nfkc()),
                false => plain.push(c),
            }
        }
        plain
    })
}

/// Whether a letter or digit has another style than its plain one.
fn is_styled(c: char) -> bool {
    // Before it are letters of languages, as in `Ĳsbrand`.
    const FIRST: char = '\u{1d00}';
    const ROMAN: std::ops::RangeInclusive<char> = '\u{2160}'..='\u{2188}';
    c >= FIRST && !ROMAN.contains(&c) && [c].into_iter().nfkc().all(|c| c.is_ascii_alphanumeric())
}

/// Returns the first picture of a text: an emoji, an arrow, a star.
pub(super) fn picture(cell: &str) -> Option<char> {
    let is_picture = |c: &char| {
        matches!(c,
            '\u{2190}'..='\u{2bff}' | '\u{fe0e}' | '\u{fe0f}' | '\u{1f000}'..='\u{1faff}')
    };
    cell.chars().find(is_picture)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_told_from_names() {
        for name in ["José", "Müller", "Zoë", "Renée", "Ann Lee", "山田", "Łukasz", "Ni"] {
            let encoded = STANDARD.encode(name);
            let expected = (!name.is_ascii() || encoded.ends_with('=')).then(|| name.to_owned());
            assert_eq!(from_base64(&encoded), expected, "{encoded}");
        }
        for name in [
            "McDonald",
            "MacArthur",
            "DeVitoJr",
            "O'Brien",
            "Ann=",
            "Ray/Lee=",
            "Anna2000",
            "VanDyke1",
            "ABCDEFGH",
            "Li+Wu",
            "Christopher1",
        ] {
            assert_eq!(from_base64(name), None, "{name}");
        }
    }

    #[test]
    fn letters_of_another_style_are_made_plain() {
        for (name, plain) in [
            ("Ａｎｎ", "Ann"),
            ("𝐀𝐧𝐧", "Ann"),
            ("𝓛𝓮𝓮-Ray", "Lee-Ray"),
            ("Ⓐnn", "Ann"),
            ("Griﬃn", "Griffin"),
            ("ℍans", "Hans"),
            ("Müller２", "Müller2"),
        ] {
            assert_eq!(in_plain_letters(name).as_deref(), Some(plain), "{name}");
        }
        for name in [
            "Ann",
            "Ĳsbrand",
            "山田",
            "ﾔﾏﾀﾞ",
            "ジャン＝ピエール",
            "Henry Ⅷ",
            "Mª José",
            "ǈubo",
            "Łę",
        ] {
            assert_eq!(in_plain_letters(name), None, "{name}");
        }
    }

    #[test]
    fn pictures_are_no_letters() {
        for name in ["Ann 🎉", "★Lee", "Ann♥", "☕️", "山田→", "👩‍💻 Ann"] {
            assert!(picture(name).is_some(), "{name}");
        }
        for name in ["Ann", "O’Brien", "山田〇子", "葛󠄀城", "𠮷田", "Ⅲ", "Ann–Lee", "々"]
        {
            assert_eq!(picture(name), None, "{name}");
        }
    }
}
