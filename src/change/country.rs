//! Country codes: ISO 3166, two letters.

use std::borrow::Cow;
use std::sync::OnceLock;

/// One bit for each pair of letters that is a country's code.
fn known() -> &'static [bool; 26 * 26] {
    static KNOWN: OnceLock<[bool; 26 * 26]> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let mut known = [false; 26 * 26];
        for country in rust_iso3166::ALL {
            if let [a, b] = country.alpha2.as_bytes() {
                known[place(*a, *b)] = true;
            }
        }
        known
    })
}

fn place(a: u8, b: u8) -> usize {
    usize::from(a - b'A') * 26 + usize::from(b - b'A')
}

/// The code in upper case; `None` when it is not a country's.
pub(super) fn country(cell: &str) -> Option<Cow<'_, str>> {
    let [a, b] = cell.as_bytes() else { return None };
    let (a, b) = (a.to_ascii_uppercase(), b.to_ascii_uppercase());
    if !(a.is_ascii_uppercase() && b.is_ascii_uppercase() && known()[place(a, b)]) {
        return None;
    }
    Some(if cell.bytes().all(|byte| byte.is_ascii_uppercase()) { Cow::Borrowed(cell) } else { Cow::Owned(cell.to_ascii_uppercase()) })
}

/// What would be right instead of a code that is none.
pub(super) fn advice(cell: &str) -> String {
    match cell.to_ascii_uppercase().as_str() {
        "UK" => "is no ISO 3166 country code: write GB for the United Kingdom".to_owned(),
        "EL" => "is no ISO 3166 country code: write GR for Greece".to_owned(),
        upper => match rust_iso3166::from_alpha3(upper) {
            Some(country) => format!("has three letters: write {}", country.alpha2),
            None => match rust_iso3166::ALL.iter().find(|country| country.name.eq_ignore_ascii_case(cell)) {
                Some(country) => format!("is a name: write its code, {}", country.alpha2),
                None => "is no ISO 3166 country code: write two letters, such as US or DE".to_owned(),
            },
        },
    }
}
