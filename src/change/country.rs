//! Country codes: the two letters of ISO 3166, found in a table of all pairs of letters.

use super::text::same_word;
use rust_iso3166::ALL;
use std::sync::OnceLock;

/// Not a country of ISO 3166: in the API, it says that the country of an Enterprise ID is
/// undefined.
pub(super) const UNDEFINED: &str = "UD";

/// Whether the cell says that the country is undefined.
pub(super) fn is_undefined(text: &str) -> bool {
    text.eq_ignore_ascii_case(UNDEFINED)
}

const LETTERS: usize = 26;

type Codes = [Option<&'static str>; LETTERS * LETTERS];

/// Returns the code in upper case, as the API needs it; `None` if it is not a country.
pub(crate) fn code(text: &str) -> Option<&'static str> {
    static CODES: OnceLock<Codes> = OnceLock::new();
    let codes = CODES.get_or_init(|| {
        let mut codes = [None; LETTERS * LETTERS];
        for country in ALL {
            if let Some(place) = place(country.alpha2) {
                codes[place] = Some(country.alpha2);
            }
        }
        codes
    });
    codes[place(text)?]
}

/// Returns the code for another way to write a country: three letters, its name, or `UK`.
pub(super) fn suggestion(text: &str) -> Option<&'static str> {
    if ["UK", "England", "Scotland", "Wales", "Great Britain", "United Kingdom"]
        .iter()
        .any(|name| same_word(text, name))
    {
        return Some("GB");
    }
    if ["USA", "United States"].iter().any(|name| same_word(text, name)) {
        return Some("US");
    }
    ALL.iter()
        .find(|country| same_word(text, country.alpha3) || same_word(text, country.name))
        .map(|country| country.alpha2)
}

fn place(text: &str) -> Option<usize> {
    let letter = |byte: u8| {
        byte.is_ascii_alphabetic().then(|| usize::from(byte.to_ascii_uppercase() - b'A'))
    };
    match *text.as_bytes() {
        [first, second] => Some(letter(first)? * LETTERS + letter(second)?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn country_code_in_any_letter_case_is_known() {
        assert_eq!((code("us"), code("De"), code("GB")), (Some("US"), Some("DE"), Some("GB")));
        for text in ["UK", "XX", "UD", "", "U", "USA", "ü", "1A", "Ü"] {
            assert_eq!(code(text), None, "{text}");
        }
        let known = (b'A'..=b'Z')
            .flat_map(|a| (b'A'..=b'Z').map(move |b| String::from_utf8(vec![a, b]).unwrap()))
            .filter(|c| code(c).is_some());
        assert_eq!(known.count(), 249, "ISO 3166-1 has 249 officially assigned codes");
    }

    #[test]
    fn another_way_to_write_a_country_suggests_its_code() {
        for (text, code) in
            [("UK", "GB"), ("DEU", "DE"), ("germany", "DE"), ("USA", "US"), ("France", "FR")]
        {
            assert_eq!(suggestion(text), Some(code), "{text}");
        }
        assert_eq!(suggestion("Atlantis"), None);
    }
}
