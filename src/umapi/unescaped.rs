//! Decodes the escapes of URLs, JSON, source code, HTML and mail, including escapes of escapes.
//! Pure.

/// The meaning of an escape.
pub(super) enum EscapeMeaning {
    Byte(u8),
    Char(char),
}

impl EscapeMeaning {
    /// Returns its first byte.
    pub(super) fn first_byte(&self) -> u8 {
        match self {
            Self::Byte(byte) => *byte,
            Self::Char(c) => c.encode_utf8(&mut [0; 4]).as_bytes()[0],
        }
    }
}

/// Decodes the escape at the beginning of the text, including one that was escaped again, and
/// returns its length.
pub(super) fn unescaped(text: &[u8]) -> Option<(EscapeMeaning, usize)> {
    match text.first()? {
        b'%' => unescaped_percent(text),
        b'=' => Some((EscapeMeaning::Byte(u8::try_from(hex(&text[1..], 2)?).ok()?), 3)),
        // A letter in full width.
        0xef => {
            let wide = std::str::from_utf8(text.get(..3)?).ok()?.chars().next()?;
            let plain = u32::from(wide).checked_sub(0xff01).filter(|place| *place < 0x5e)?;
            Some((EscapeMeaning::Byte(u8::try_from(plain + 0x21).ok()?), 3))
        }
        b'\\' => unescaped_backslash(text),
        b'&' => unescaped_entity(text),
        _ => None,
    }
}

/// Decodes `%2F`, `%252F` or `%u002f`, as in a URL.
fn unescaped_percent(text: &[u8]) -> Option<(EscapeMeaning, usize)> {
    let mut at = 1;
    // `%` itself is escaped as `%25`.
    while text[at..].starts_with(b"25") && hex(&text[at + 2..], 2).is_some() {
        at += 2;
    }
    if let Some(b'u' | b'U') = text.get(at) {
        return Some((EscapeMeaning::Char(char::from_u32(hex(&text[at + 1..], 4)?)?), at + 5));
    }
    let byte = u8::try_from(hex(&text[at..], 2)?).ok()?;
    Some((EscapeMeaning::Byte(byte), at + 2))
}

/// Decodes `\u002f`, `\u{2f}`, `\x2f` or `\/`, as in JSON and in source code.
fn unescaped_backslash(text: &[u8]) -> Option<(EscapeMeaning, usize)> {
    let at = text.iter().take_while(|byte| **byte == b'\\').count();
    let character = |digits| char::from_u32(hex(&text[at + 1..], digits)?).map(EscapeMeaning::Char);
    match text.get(at) {
        Some(b'u') if text.get(at + 1) == Some(&b'{') => {
            let digits = text[at + 2..].iter().take(7).position(|byte| *byte == b'}')?;
            let character = char::from_u32(hex(&text[at + 2..], digits)?)?;
            Some((EscapeMeaning::Char(character), at + digits + 3))
        }
        Some(b'U') => Some((character(8)?, at + 9)),
        Some(b'u') => Some((character(4)?, at + 5)),
        Some(b'x') => {
            let byte = u8::try_from(hex(&text[at + 1..], 2)?).ok()?;
            Some((EscapeMeaning::Byte(byte), at + 3))
        }
        Some(other @ (b'/' | b'"' | b'\'')) => Some((EscapeMeaning::Byte(*other), at + 1)),
        _ => Some((EscapeMeaning::Byte(b'\\'), at)),
    }
}

/// Decodes `&#47;`, `&#x2f;` or `&lt;`, as in HTML.
fn unescaped_entity(text: &[u8]) -> Option<(EscapeMeaning, usize)> {
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
            None if at > 1 => return Some((EscapeMeaning::Byte(b'&'), at)),
            None => return None,
        },
    };
    Some((EscapeMeaning::Char(meant), at + end? + 1))
}

fn hex(text: &[u8], digits: usize) -> Option<u32> {
    let text = text
        .get(..digits)
        .filter(|text| !text.is_empty())
        .filter(|text| text.iter().all(u8::is_ascii_hexdigit))?;
    u32::from_str_radix(std::str::from_utf8(text).ok()?, 16).ok()
}
