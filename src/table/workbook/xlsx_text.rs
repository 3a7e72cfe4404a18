//! Texts in `.xlsx`: characters that XML cannot hold are written as `_x000D_` (ECMA-376, part 1,
//! 22.9.2.19).

use std::borrow::Cow;

const LEN: usize = "_x0000_".len();

/// Returns a text with the characters that its escapes mean.
pub(super) fn decode_escapes(text: &str) -> Cow<'_, str> {
    let Some(first) = text.find("_x") else { return Cow::Borrowed(text) };
    let (mut decoded, mut rest) = (text[..first].to_owned(), &text[first..]);
    while let Some(at) = rest.find("_x") {
        decoded.push_str(&rest[..at]);
        rest = &rest[at..];
        match escaped(rest) {
            Some(c) => {
                decoded.push(c);
                rest = &rest[LEN..];
            }
            None => {
                decoded.push('_');
                rest = &rest[1..];
            }
        }
    }
    decoded.push_str(rest);
    Cow::Owned(decoded)
}

/// Returns the character at the front of a text that begins with an escape.
fn escaped(text: &str) -> Option<char> {
    let digits = text.get(2..LEN)?.strip_suffix('_')?;
    let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| u32::from_str_radix(digits, 16).ok().and_then(char::from_u32))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_characters() {
        for (text, meant) in [
            ("plain", "plain"),
            ("a_x000D_b", "a\rb"),
            ("_x005F_x000D_", "_x000D_"),
            ("_x", "_x"),
            ("_xzzzz_", "_xzzzz_"),
            ("a_x00é_", "a_x00é_"),
            ("_xD800_", "_xD800_"),
            ("x_x0041__x0042_", "xAB"),
        ] {
            assert_eq!(decode_escapes(text), meant);
        }
    }
}
