//! Countries: the two letters of ISO 3166, and the other exact ways to write a country. These are
//! its names in many languages, its three letters and its three digits. A name that may mean two
//! countries is none.

use rust_iso3166::{ALL, CountryCode};
use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::OnceLock;
use unicode_normalization::UnicodeNormalization;

/// Not a country of ISO 3166: in the API, it says that the country of an Enterprise ID is
/// undefined.
pub(crate) const UNDEFINED: &str = "UD";

/// Whether the cell says that the country is undefined.
pub(crate) fn is_undefined(text: &str) -> bool {
    text.eq_ignore_ascii_case(UNDEFINED)
}

const LETTERS: usize = 26;

type Codes = [Option<&'static str>; LETTERS * LETTERS];

/// The country that a text means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CountryReading {
    /// The one with this code in upper case, as the API needs it.
    Code(&'static str),
    /// One of several, by their codes.
    Ambiguous(&'static [&'static str]),
    /// None that is known.
    Unknown,
}

/// Returns the country that a text means.
pub(crate) fn reading(text: &str) -> CountryReading {
    if let Some(code) = code(text) {
        return CountryReading::Code(code);
    }
    match meaning(text).map(Vec::as_slice) {
        Some([code]) => CountryReading::Code(code),
        Some(codes) => CountryReading::Ambiguous(codes),
        None => CountryReading::Unknown,
    }
}

/// Returns the code of a country in upper case; `None` if it is not certain which country is meant.
pub(crate) fn read(text: &str) -> Option<&'static str> {
    match reading(text) {
        CountryReading::Code(code) => Some(code),
        CountryReading::Ambiguous(_) | CountryReading::Unknown => None,
    }
}

/// Returns the codes of all countries, in order.
pub(crate) fn codes() -> Vec<&'static str> {
    let mut codes: Vec<&str> = ALL.iter().map(|country| country.alpha2).collect();
    codes.sort_unstable();
    codes
}

/// Returns the code if the text is one, in any letter case.
fn code(text: &str) -> Option<&'static str> {
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

/// Says what to write instead of a text that is not certainly a country.
pub(crate) fn advice(text: &str) -> String {
    advice_on(text, reading(text))
}

/// Says the same of a text that was read.
pub(crate) fn advice_on(text: &str, reading: CountryReading) -> String {
    if let CountryReading::Ambiguous(codes) = reading {
        let choices = codes.iter().filter_map(|code| {
            let country = ALL.iter().find(|country| country.alpha2 == *code)?;
            Some(format!("{code} ({})", country.name))
        });
        let choices = choices.collect::<Vec<_>>().join(", ");
        return format!("may mean several countries; write the code of the right one: {choices}");
    }
    if matches!(text.len(), 1 | 2) && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return "is not a country code; write the two letters of ISO 3166, like US, or all three \
                digits, like 036"
            .to_owned();
    }
    if let Some(country) = by_number_plate(text) {
        let CountryCode { name, alpha2, .. } = country;
        return format!("is not a country code; if {name} is meant, write {alpha2}");
    }
    match suggestion(text) {
        Some(code) => format!("is not a country code; write {code}"),
        None => "is not a country code; write the two letters of ISO 3166, like US".to_owned(),
    }
}

/// Returns the country with this letter on number plates, if the letter hardly means another one.
/// It may also be a slip, so it is no way to write a country.
fn by_number_plate(text: &str) -> Option<&'static CountryCode> {
    let code = match text.to_ascii_uppercase().as_str() {
        "A" => "AT",
        "B" => "BE",
        "D" => "DE",
        "E" => "ES",
        "F" => "FR",
        "H" => "HU",
        "I" => "IT",
        "L" => "LU",
        "N" => "NO",
        "P" => "PT",
        "S" => "SE",
        _ => return None,
    };
    ALL.iter().find(|country| country.alpha2 == code)
}

/// Returns the code of the country that a name of its part, or an old name, is about.
fn suggestion(text: &str) -> Option<&'static str> {
    let name = folded(text);
    let (_, code) = [
        ("england", "GB"),
        ("scotland", "GB"),
        ("wales", "GB"),
        ("northernireland", "GB"),
        ("america", "US"),
        ("holland", "NL"),
        ("macedonia", "MK"),
        ("burma", "MM"),
        ("ger", "DE"),
        ("sui", "CH"),
        ("ned", "NL"),
    ]
    .into_iter()
    .find(|(known, _)| *known == name)?;
    Some(code)
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

/// The countries that a name may mean, each by its code.
type Meanings = HashMap<Cow<'static, str>, Vec<&'static str>>;

/// Names in many languages, and names of several countries, [`folded`]: folding them at every start
/// would take longer than all else before the first row.
const NAMES: &str = include_str!("country_names.tsv");

/// Other usual ways to write countries.
const USUAL: [(&str, &[&str]); 9] = [
    ("AE", &["UAE"]),
    ("AT", &["Oesterreich"]),
    ("CD", &["DRC", "Democratic Republic of Congo"]),
    ("CN", &["People's Republic of China", "Mainland China"]),
    ("GB", &["UK", "Great Britain", "Britain"]),
    ("GN", &["Republic of Guinea"]),
    ("IE", &["Republic of Ireland"]),
    ("KP", &["DPRK"]),
    ("US", &["U.S.", "U.S.A.", "EE. UU.", "EUA"]),
];

/// A few more than there are names.
const MANY_NAMES: usize = 16_384;

/// No country has a name of more bytes.
const LONGEST_NAME: usize = 400;

/// Written as the three letters of Nigeria are, but for the letter case. No other short name is.
const RUSSIA_IN_VIETNAMESE: &str = "Nga";

/// Returns the codes of the countries that a text may mean, if it is not a code of two letters.
fn meaning(text: &str) -> Option<&'static Vec<&'static str>> {
    if text.len() > LONGEST_NAME {
        return None;
    }
    static MEANINGS: OnceLock<Meanings> = OnceLock::new();
    let meanings = MEANINGS.get_or_init(meanings);
    let name = folded(text);
    // With other characters, digits are a calling code or an amount.
    let is_other_number = name.bytes().all(|byte| byte.is_ascii_digit()) && name != text;
    if text == RUSSIA_IN_VIETNAMESE || is_other_number {
        return None;
    }
    meanings
        .get(name.as_str())
        .or_else(|| meanings.get(name.strip_prefix("the")?))
        .or_else(|| meaning_with_code(text, meanings))
}

/// Returns the meaning of `Germany (DE)`: a name, and the code of the same country.
fn meaning_with_code(
    text: &str,
    meanings: &'static Meanings,
) -> Option<&'static Vec<&'static str>> {
    let (name, in_brackets) = text.strip_suffix(')')?.rsplit_once('(')?;
    let code = code(in_brackets)?;
    meanings.get(folded(name).as_str()).filter(|codes| codes.as_slice() == [code])
}

fn meanings() -> Meanings {
    let mut meanings = Meanings::with_capacity(MANY_NAMES);
    let lines = || NAMES.lines().filter(|line| !line.starts_with('#'));
    for line in lines() {
        let mut cells = line.split('\t');
        let codes: Vec<_> = cells.next().unwrap_or_default().split(' ').filter_map(code).collect();
        for name in cells {
            add(&mut meanings, name.into(), &codes);
        }
    }
    for country in ALL {
        let codes = [country.alpha2];
        add(&mut meanings, country.alpha3.to_lowercase().into(), &codes);
        add(&mut meanings, format!("{:03}", country.numeric).into(), &codes);
        for name in iso_names(country) {
            // A line of the table says that its short name may mean others, too.
            meanings.entry(folded(&name).into()).or_insert_with(|| codes.to_vec());
        }
    }
    for (code, names) in USUAL {
        names.iter().for_each(|name| add(&mut meanings, folded(name).into(), &[code]));
    }
    meanings
}

/// Adds a name. One that is there for another country means neither for certain.
fn add(meanings: &mut Meanings, name: Cow<'static, str>, codes: &[&'static str]) {
    match meanings.entry(name) {
        Entry::Vacant(place) => {
            place.insert(codes.to_vec());
        }
        Entry::Occupied(mut place) => {
            let known = place.get_mut();
            known.extend(codes);
            known.sort_unstable();
            known.dedup();
        }
    }
}

/// Returns the ways to write a name of ISO 3166: `Korea (Republic of)` is also `Korea (the Republic
/// of)` and `Republic of Korea`.
fn iso_names(country: &CountryCode) -> Vec<String> {
    let mut names = vec![country.name.to_owned()];
    let parts = country.name.strip_suffix(')').and_then(|name| name.split_once(" ("));
    if let Some((base, inner)) = parts.filter(|(_, inner)| !inner.contains(')')) {
        names.push(format!("{base} (the {inner})"));
        if inner.ends_with("of") || inner.ends_with("of the") {
            names.push(format!("{inner} {base}"));
        }
    }
    names
}

/// Returns a name as names are compared: in small letters, without accents, blanks and punctuation.
fn folded(text: &str) -> String {
    if text.is_ascii() { folded_ascii(text) } else { folded_letters(text) }
}

/// Does the same for ASCII, which has no accents.
fn folded_ascii(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => folded.push_str("and"),
            c if c.is_ascii_alphanumeric() => folded.push(c.to_ascii_lowercase()),
            _ => {}
        }
    }
    folded
}

fn folded_letters(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.nfkd().filter(|c| !matches!(c, '\u{300}'..='\u{36f}')) {
        match c {
            'ß' | 'ẞ' => folded.push_str("ss"),
            'ø' | 'Ø' => folded.push('o'),
            'ł' | 'Ł' => folded.push('l'),
            'đ' | 'Đ' => folded.push('d'),
            'ı' => folded.push('i'),
            'æ' | 'Æ' => folded.push_str("ae"),
            'œ' | 'Œ' => folded.push_str("oe"),
            '&' => folded.push_str("and"),
            c if c.is_alphanumeric() => folded.extend(c.to_lowercase()),
            _ => {}
        }
    }
    folded.nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_table_are_folded() {
        let lines = NAMES.lines().filter(|line| !line.starts_with('#'));
        for name in lines.flat_map(|line| line.split('\t').skip(1)) {
            assert_eq!(folded(name), name);
        }
        assert!((MANY_NAMES / 2..MANY_NAMES).contains(&meanings().len()));
    }

    #[test]
    fn ascii_is_folded_like_all_letters() {
        for text in ["Bosnia & Herzegovina", "U.S.A.", "Cote d'Ivoire", "Korea (the Republic of)"] {
            assert_eq!(folded_ascii(text), folded_letters(text), "{text}");
        }
        for byte in 0..0x80_u8 {
            let text = format!("a{}b", char::from(byte));
            assert_eq!(folded_ascii(&text), folded_letters(&text), "{text:?}");
        }
    }

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
    fn a_country_is_read_by_its_names_and_codes() {
        for (code, texts) in [
            (
                "DE",
                "Germany|Deutschland|DEUTSCHLAND|DEU|276|Allemagne|Alemania|ドイツ|Германия|\
                 Germany (DE)",
            ),
            (
                "KR",
                "South Korea|Korea, Republic of|Korea (the Republic of)|Republic of Korea|Südkorea|\
                 KOR|한국",
            ),
            (
                "US",
                "USA|U.S.A.|U.S.|United States|United States of America|840|Vereinigte Staaten|\
                 États-Unis|EE. UU.",
            ),
            ("GB", "UK|Great Britain|United Kingdom|GBR"),
            ("CH", "Schweiz|Suisse|Svizzera|Switzerland"),
            ("AT", "Österreich|Osterreich|Oesterreich|AUT"),
            ("AU", "Australia|036"),
            ("ES", "España|Espana|Spain"),
            ("IT", "Italia|Italy"),
            ("NL", "Nederland|Netherlands|The Netherlands|Niederlande"),
            ("JP", "日本|Japan|JPN|392"),
            ("RU", "Россия|Russia|Russian Federation"),
            ("TR", "Turkey|Türkiye|Turkiye"),
            ("TW", "Taiwan|台灣"),
            ("IR", "Iran|Iran, Islamic Republic of"),
            ("CZ", "Czech Republic|Czechia|Česko|Cesko"),
            ("AE", "UAE|United Arab Emirates"),
            ("HK", "Hong Kong"),
            ("CI", "Côte d'Ivoire|Cote d’Ivoire|Ivory Coast|Elfenbeinküste"),
            ("CD", "COD|Democratic Republic of the Congo|Congo-Kinshasa|DR Kongo|DRC"),
            ("CG", "COG|Congo-Brazzaville|République du Congo"),
            ("GE", "Georgien|Gruzja|საქართველო|GEO"),
            ("GN", "GIN|Republic of Guinea"),
            ("GW", "Guinea-Bissau|Guinée-Bissau"),
            ("FM", "Federated States of Micronesia|Micronesia, Federated States of|FSM"),
        ] {
            for text in texts.split('|') {
                assert_eq!(read(text), Some(code), "{text}");
            }
        }
    }

    #[test]
    fn a_country_is_never_guessed() {
        for text in [
            "Georgia",
            "Géorgie",
            "Guinea",
            "GUINÉE",
            "Congo",
            "Kongo",
            "Korea",
            "Corée",
            "코리아",
            "Micronesia",
            "Saint-Martin",
            "Virgin Islands",
            "Guiana",
            "Atlantis",
            "Germny",
            "Germany, France",
            "Germany (FR)",
            "Germany or Austria",
            "Berlin",
            "49",
            "36",
            "8",
            "999",
            "+380",
            "+356",
            "8.40",
            "27,6",
            "QQQ",
            "UD",
            "Nga",
            "Man",
            "-",
            "",
            "the",
            "Europe",
            "EU",
            "N/A",
            "England",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn long_text_is_no_country() {
        let spaced = |blanks: usize| format!("Ger{}many", " ".repeat(blanks));
        assert_eq!(reading(&spaced(100)), CountryReading::Code("DE"));
        assert_eq!(reading(&spaced(1000)), CountryReading::Unknown);
    }

    #[test]
    fn the_advice_names_the_choices() {
        assert_eq!(
            advice("Korea"),
            "may mean several countries; write the code of the right one: KP (Korea (Democratic \
             People's Republic of)), KR (Korea (Republic of))"
        );
        assert!(advice("Georgia").contains("GE (Georgia), US ("), "{}", advice("Georgia"));
        assert!(advice("congo").contains("CD (") && advice("congo").contains("CG ("));
        assert_eq!(advice("England"), "is not a country code; write GB");
        assert!(advice("36").contains("036"), "{}", advice("36"));
        assert!(advice("Atlantis").ends_with("like US"));
        assert_eq!(advice("D"), "is not a country code; if Germany is meant, write DE");
        assert!(advice("s").ends_with("if Sweden is meant, write SE"), "{}", advice("s"));
        assert!(advice("X").ends_with("like US"), "{}", advice("X"));
    }

    #[test]
    fn every_line_of_the_table_is_read_as_it_stands() {
        let mut codes_seen = 0;
        for line in NAMES.lines().filter(|line| !line.starts_with('#')) {
            let (codes, names) = line.split_once('\t').unwrap();
            let codes: Vec<_> = codes.split(' ').collect();
            codes_seen += usize::from(codes.len() == 1);
            for name in names.split('\t') {
                assert_eq!(meaning(name).unwrap(), &codes, "{name}");
            }
        }
        assert!(codes_seen > 240);
        for country in ALL.iter().filter(|country| !["CG", "GE", "GN"].contains(&country.alpha2)) {
            for text in [country.name, country.alpha3, &format!("{:03}", country.numeric)] {
                assert_eq!(read(text), Some(country.alpha2), "{text}");
            }
        }
    }
}
