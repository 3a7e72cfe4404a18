//! Decodes the escapes of HTML (`M&uuml;ller`), which some programs write into tables.

use unicode_normalization::char::compose;

/// The names of marks on letters: `&uuml;` is `u` with this mark.
const MARKS: [(&str, char); 14] = [
    ("grave", '\u{300}'),
    ("acute", '\u{301}'),
    ("circ", '\u{302}'),
    ("tilde", '\u{303}'),
    ("macr", '\u{304}'),
    ("breve", '\u{306}'),
    ("dot", '\u{307}'),
    ("uml", '\u{308}'),
    ("ring", '\u{30a}'),
    ("dblac", '\u{30b}'),
    ("caron", '\u{30c}'),
    ("cedil", '\u{327}'),
    ("ogon", '\u{328}'),
    ("comma", '\u{326}'),
];
/// The names of other characters.
const OTHERS: [(&str, char); 29] = [
    ("amp", '&'),
    ("AMP", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", '\u{a0}'),
    ("shy", '\u{ad}'),
    ("lsquo", '\u{2018}'),
    ("rsquo", '\u{2019}'),
    ("ldquo", '\u{201c}'),
    ("rdquo", '\u{201d}'),
    ("ndash", '\u{2013}'),
    ("mdash", '\u{2014}'),
    ("middot", '\u{b7}'),
    ("szlig", 'ß'),
    ("aelig", 'æ'),
    ("AElig", 'Æ'),
    ("oelig", 'œ'),
    ("OElig", 'Œ'),
    ("oslash", 'ø'),
    ("Oslash", 'Ø'),
    ("lstrok", 'ł'),
    ("Lstrok", 'Ł'),
    ("eth", 'ð'),
    ("ETH", 'Ð'),
    ("thorn", 'þ'),
    ("THORN", 'Þ'),
    ("imath", 'ı'),
];
/// The longest escape between `&` and `;`.
const LONGEST: usize = 9;
/// How often a text may have been escaped (`&amp;uuml;`).
const MOST_ROUNDS: usize = 4;

/// Returns a text as a browser shows it; `None` if it has no escapes.
pub(crate) fn without_html_escapes(text: &str) -> Option<String> {
    let mut decoded = decode(text)?;
    for _ in 1..MOST_ROUNDS {
        match decode(&decoded) {
            Some(again) => decoded = again,
            None => break,
        }
    }
    Some(decoded)
}

/// Decodes the escapes of a text once.
fn decode(text: &str) -> Option<String> {
    let mut decoded = String::new();
    let mut rest = text;
    while let Some(begin) = rest.find('&') {
        let (before, escape) = rest.split_at(begin);
        decoded.push_str(before);
        let body = escape[1..].split_once(';').map_or("", |(body, _)| body);
        match character(body) {
            Some(c) => {
                decoded.push(c);
                rest = &escape[body.len() + 2..];
            }
            None => {
                decoded.push('&');
                rest = &escape[1..];
            }
        }
    }
    decoded.push_str(rest);
    (decoded != text).then_some(decoded)
}

/// Returns the character of an escape without `&` and `;`.
fn character(escape: &str) -> Option<char> {
    if escape.len() > LONGEST {
        return None;
    }
    if let Some(number) = escape.strip_prefix('#') {
        let number = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16),
            None => number.parse(),
        };
        return char::from_u32(number.ok()?).filter(|c| !c.is_control());
    }
    let other = OTHERS.iter().find(|(name, _)| *name == escape).map(|(_, c)| *c);
    other.or_else(|| {
        let letter = escape.chars().next().filter(char::is_ascii_alphabetic)?;
        let (_, mark) = MARKS.iter().find(|(name, _)| escape[1..] == **name)?;
        compose(letter, *mark)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_shown_as_a_browser_does() {
        for (text, shown) in [
            ("M&uuml;ller", "Müller"),
            ("M&#252;ller", "Müller"),
            ("M&#xFC;ller", "Müller"),
            ("M&amp;uuml;ller", "Müller"),
            ("O&#39;Brien", "O'Brien"),
            ("O&apos;Brien", "O'Brien"),
            ("Wei&szlig; &amp; Co", "Weiß & Co"),
            ("&Scaron;ebek", "Šebek"),
            ("&Ccedil;elik", "Çelik"),
            ("Dvo&rcaron;&aacute;k", "Dvořák"),
            ("&#x5C71;&#x7530;", "山田"),
            ("A & B &eacute;", "A & B é"),
        ] {
            assert_eq!(without_html_escapes(text).as_deref(), Some(shown), "{text}");
        }
    }

    #[test]
    fn what_is_no_escape_stays() {
        for text in [
            "R&D",
            "A & B; C",
            "Q&A;",
            "a&b@example.com",
            "&;",
            "&#;",
            "&#0;",
            "&#xD800;",
            "&quml;",
            "é&",
            "",
        ] {
            assert_eq!(without_html_escapes(text), None, "{text}");
        }
    }
}
