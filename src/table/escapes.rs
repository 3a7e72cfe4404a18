//! Letters that a program has written as escapes: of JSON and source code (`M\u00fcller`), of web
//! addresses (`M%C3%BCller`), of mail (`M=C3=BCller`), of rich text
//! (`M\'fcller`).

/// Returns a text with the letters that its escapes mean; `None` if it has no escapes, or if they
/// may be something else. Escapes of ASCII characters alone count only in source code.
pub(crate) fn without_escapes(text: &str) -> Option<String> {
    if text.contains("_x") {
        return of_excel(text);
    }
    match text.bytes().find(|byte| matches!(byte, b'\\' | b'%' | b'='))? {
        b'\\' => of_source(text),
        mark => of_bytes(text, mark),
    }
}

/// Decodes `_x00FC_`, as the parts of a workbook have it.
fn of_excel(text: &str) -> Option<String> {
    let mut pieces = text.split("_x");
    let mut meant = pieces.next()?.to_owned();
    for piece in pieces {
        let (code, rest) = piece.split_at_checked(4)?;
        let c = char::from_u32(u32::from_str_radix(code, 16).ok()?)?;
        meant.push(c);
        meant.push_str(rest.strip_prefix('_')?);
    }
    Some(meant)
}

/// Decodes `\u00fc`, `\xfc` and `\'fc`.
fn of_source(text: &str) -> Option<String> {
    let mut pieces = text.split('\\');
    let mut meant = pieces.next()?.to_owned();
    for piece in pieces {
        let digits = match piece.as_bytes().first()? {
            b'u' => 4,
            b'x' | b'\'' => 2,
            _ => return None,
        };
        let code = piece.get(1..=digits)?;
        let c = char::from_u32(u32::from_str_radix(code, 16).ok()?)?;
        meant.push(c);
        meant.push_str(&piece[1 + digits..]);
    }
    Some(meant).filter(|meant| !meant.contains(char::is_control))
}

/// Decodes bytes in hexadecimal digits, each behind a mark: UTF-8, or else Latin 1.
fn of_bytes(text: &str, mark: u8) -> Option<String> {
    let mut pieces = text.split(char::from(mark));
    let mut bytes = pieces.next()?.as_bytes().to_vec();
    let (mut has_letter, mut may_be_latin) = (false, true);
    for piece in pieces {
        let code = piece.get(..2).filter(|code| !code.contains(|c: char| c.is_ascii_lowercase()));
        let byte = u8::from_str_radix(code?, 16).ok()?;
        has_letter |= byte >= 0x80;
        // `Land=DE` is no letter.
        may_be_latin &= byte >= 0xdf && piece[2..].starts_with(|c: char| c.is_ascii_lowercase());
        bytes.push(byte);
        bytes.extend_from_slice(&piece.as_bytes()[2..]);
    }
    let meant = match String::from_utf8(bytes) {
        Ok(meant) => Some(meant),
        Err(error) => {
            may_be_latin.then(|| error.into_bytes().into_iter().map(char::from).collect())
        }
    };
    let is_text = |c: char| c.is_alphabetic() || c.is_ascii() && !c.is_control();
    meant.filter(|meant| has_letter && text.is_ascii() && meant.chars().all(is_text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_read_from_each_kind_of_escape() {
        for escaped in [
            "M\\u00fcller",
            "M\\u00FCller",
            "M\\xfcller",
            "M\\'fcller",
            "M%C3%BCller",
            "M%FCller",
            "M=C3=BCller",
            "M=FCller",
            "M_x00FC_ller",
        ] {
            assert_eq!(without_escapes(escaped).as_deref(), Some("Müller"), "{escaped}");
        }
        assert_eq!(without_escapes("\\u5c71\\u7530").as_deref(), Some("山田"));
        assert_eq!(without_escapes("M%C3%BCller%20Lee").as_deref(), Some("Müller Lee"));
    }

    #[test]
    fn what_may_be_something_else_is_no_escape() {
        for text in [
            "",
            "Müller",
            "100%",
            "50%DE",
            "Land=DE",
            "Room=E9",
            "A=B",
            "a=AB",
            "=SUM(A1)",
            "C:\\users",
            "\\N",
            "\\u12",
            "\\ud800",
            "%20",
            "x%41y",
            "=41",
            "\\u000a",
            "Team %E2%82%AC",
            "Team=",
            "%c3%bc",
        ] {
            assert_eq!(without_escapes(text), None, "{text}");
        }
    }
}
