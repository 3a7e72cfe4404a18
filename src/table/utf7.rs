//! Decodes names in UTF-7, which some old exports write: `+BCEENQRABDMENQQ5` is `Сергей`.

/// Returns the original of a text that is certainly UTF-7: each `+` begins letters in Base64
/// without a remaining bit. The letters are Latin, Greek, Cyrillic, Hebrew or Arabic, and they are
/// closed with `-`, or there is more than one.
pub(crate) fn from_utf7(text: &str) -> Option<String> {
    let (before, mut rest) = text.split_once('+').filter(|_| text.is_ascii())?;
    let mut meant = before.to_owned();
    loop {
        let end = rest.find(|c: char| value(c).is_none()).unwrap_or(rest.len());
        let (encoded, behind) = rest.split_at(end);
        let letters = letters(encoded)?;
        let behind = match behind.strip_prefix('-') {
            Some(behind) => behind,
            None if letters.chars().count() > 1 => behind,
            None => return None,
        };
        meant.push_str(&letters);
        match behind.split_once('+') {
            Some((plain, next)) => {
                meant.push_str(plain);
                rest = next;
            }
            None => {
                meant.push_str(behind);
                return Some(meant);
            }
        }
    }
}

/// Decodes UTF-16 in Base64.
fn letters(encoded: &str) -> Option<String> {
    let (mut bits, mut count, mut units) = (0_u32, 0, Vec::new());
    for c in encoded.chars() {
        bits = bits << 6 | value(c)?;
        count += 6;
        if count >= 16 {
            count -= 16;
            units.push(u16::try_from(bits >> count).ok()?);
            bits &= (1 << count) - 1;
        }
    }
    let is_letter = |c: char| matches!(c, '\u{c0}'..='\u{6ff}' | '\u{1e00}'..='\u{1fff}');
    let text = String::from_utf16(&units).ok()?;
    let is_sure = bits == 0 && count < 6 && !text.is_empty();
    (is_sure && text.chars().all(|c| is_letter(c) && c.is_alphabetic())).then_some(text)
}

fn value(c: char) -> Option<u32> {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    LETTERS.find(c).and_then(|at| u32::try_from(at).ok())
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
        ] {
            assert_eq!(from_utf7(text).as_deref(), Some(name), "{text}");
        }
        for text in [
            "+Lee",
            "+Anne-Marie",
            "+49 30",
            "A+B",
            "C++",
            "Zo+AOs",
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
        ] {
            assert_eq!(from_utf7(text), None, "{text}");
        }
    }
}
