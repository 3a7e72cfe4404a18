//! Recognizes names that were spoiled before they came into the file: bytes of one encoding that a
//! program read as another. `José` of an old Macintosh became `JosŽ` in Windows, `Łukasz` of
//! Central Europe `£ukasz`, `Иван` `Èâàí`, and `太郎` `‘¾˜Y`.
//!
//! Such a text has a sign that no name has ([`misread_sign`](super::misread_sign)).

use super::common_names::common_name_misread;
use super::fit::{fit_of_cell, is_name_of};
use super::letters::Fit;
use super::misread_readers::{LONGEST_NAME, original, western_bytes_of};
use super::misread_sign::{Sign, has_row_of_han, is_of_another_script, is_plain, sign};
use super::nothing_found::NothingFound;
use super::readings::{EncodingCandidate, candidates};
use super::regions::{Region, of_country};
use encoding_rs::{BIG5, EUC_KR, GBK, SHIFT_JIS, WINDOWS_1252};
use std::sync::LazyLock;

/// What a spoiled name probably was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Misread {
    /// The only name that it can be.
    Meant(String),
    /// Nothing certain: these characters do not belong to a name.
    Implausible(Vec<char>),
}

/// Returns what is wrong with a name that was read in a wrong encoding; `None` if it has no sign of
/// that.
pub(crate) fn misread(name: &str) -> Option<Misread> {
    static SOUND: NothingFound = NothingFound::new();
    if name.is_ascii() || name.len() > LONGEST_NAME {
        return None;
    }
    SOUND.check(0, name, || judged(name))
}

/// Judges a name beyond ASCII for the first time.
fn judged(name: &str) -> Option<Misread> {
    if let Some(meant) = read_as_two_bytes(name) {
        return Some(Misread::Meant(meant));
    }
    if let Some(meant) = western_read_as_two_bytes(name) {
        return Some(Misread::Meant(meant));
    }
    let sign = sign(name)?;
    match (original(name), sign) {
        (Some(meant), _) => Some(Misread::Meant(meant)),
        (None, Sign::Certain(chars)) => Some(Misread::Implausible(chars)),
        (None, Sign::Possible) => None,
    }
}

/// Returns what a name of somebody probably was; `country` is empty if unknown. See
/// [`misread_in`] and [`misread_anywhere`].
pub(crate) fn misread_of(country: &str, name: &str) -> Option<String> {
    if name.is_ascii() {
        return None;
    }
    static SOUND: NothingFound = NothingFound::new();
    SOUND.check(seed_of(country), name, || {
        misread_in(country, name).or_else(|| misread_anywhere(country, name))
    })
}

/// Returns the seed that tells the names of a country, by its code, from those of others.
pub(super) fn seed_of(country: &str) -> u64 {
    country.bytes().fold(0, |seed, byte| seed << 8 | u64::from(byte))
}

/// Returns what a name of somebody in any country probably was, if Windows in the West has read a
/// name of another region, and no language has its letters in these places: `Dvoøák` was `Dvořák`,
/// and `Kazlauskienë` `Kazlauskienė`.
fn misread_anywhere(country: &str, name: &str) -> Option<String> {
    if name.is_ascii() || name.len() > LONGEST_NAME || name.chars().all(reads_alike_everywhere) {
        return None;
    }
    let bytes = western_bytes_of(name)?;
    if fit_of_cell(name, Region::Western) > Fit::Strange {
        // Icelandic has most letters that Turkish has lost.
        return common_name_misread(name).filter(|_| !matches!(country, "IS" | "FO"));
    }
    let mut found = USUAL.iter().filter(|usual| usual.is_of_latin_letters()).filter_map(|usual| {
        let (meant, fit) = usual.encoding.name(&bytes)?;
        (fit == Fit::Known && meant != name && is_plain(&meant)).then_some(meant)
    });
    let meant = found.next()?;
    found.all(|other| other == meant).then_some(meant)
}

/// Returns what a name of somebody in this country probably was, if Windows in the West has read
/// it: `Doðan` in Turkey was `Doğan`, and `Kamiñski` in Poland `Kamiński`. In Iceland, `Doðan` may
/// be a name.
fn misread_in(country: &str, name: &str) -> Option<String> {
    if name.is_ascii() || name.len() > LONGEST_NAME {
        return None;
    }
    let region = of_country(country)?;
    let own = USUAL.iter().find(|usual| usual.encoding.region == region)?;
    if name.chars().all(|c| own.reads_alike(c)) {
        return None;
    }
    // Most letters of the country's own languages have no byte in Windows in the West.
    let bytes = western_bytes_of(name)?;
    if is_name_of(name, region) {
        return None;
    }
    let (meant, fit) = own.encoding.name(&bytes)?;
    (fit == Fit::Known && meant != name && is_plain(&meant)).then_some(meant)
}

/// The most frequent encoding of a region.
struct UsualEncoding {
    encoding: EncodingCandidate,
    /// For each character up to U+00FF, whether its byte in Windows-1252 is the same character
    /// here.
    alike: [bool; 256],
}

/// The most frequent encoding of each region.
static USUAL: LazyLock<Vec<UsualEncoding>> = LazyLock::new(|| {
    let mut all: Vec<UsualEncoding> = Vec::new();
    for encoding in candidates() {
        if all.iter().all(|usual| usual.encoding.region != encoding.region) {
            let is_alike = |byte: u8| {
                let is_its_own_byte = matches!(byte, 0..0x80 | 0xa0..);
                is_its_own_byte && encoding.charset.text(&[byte]).chars().eq([char::from(byte)])
            };
            let alike = std::array::from_fn(|byte| u8::try_from(byte).is_ok_and(is_alike));
            all.push(UsualEncoding { encoding, alike });
        }
    }
    all
});

/// Whether the byte of a character means the same in the usual encodings of all regions with Latin
/// letters.
fn reads_alike_everywhere(c: char) -> bool {
    let mut latin = USUAL.iter().filter(|usual| usual.is_of_latin_letters());
    latin.all(|usual| usual.reads_alike(c))
}

impl UsualEncoding {
    /// Whether the languages of this region are written in Latin letters, and Windows has another
    /// encoding there than in the West.
    fn is_of_latin_letters(&self) -> bool {
        matches!(self.encoding.region, Region::Central | Region::Baltic | Region::Turkish)
    }

    /// Whether Windows in the West reads the byte of a character as this encoding does.
    fn reads_alike(&self, c: char) -> bool {
        u8::try_from(c).is_ok_and(|byte| self.alike[usize::from(byte)])
    }
}

/// Returns the name whose UTF-8 a program of East Asia has read in its own encoding: `王伟` became
/// `鐜嬩紵`.
fn read_as_two_bytes(name: &str) -> Option<String> {
    if !has_row_of_han(name) {
        return None;
    }
    let east_asian = [
        (GBK, Region::Chinese),
        (BIG5, Region::Taiwanese),
        (SHIFT_JIS, Region::Japanese),
        (EUC_KR, Region::Korean),
    ];
    east_asian.into_iter().find_map(|(encoding, region)| {
        if fit_of_cell(name, region) == Fit::Known {
            return None;
        }
        let (bytes, _, has_gaps) = encoding.encode(name);
        let meant = std::str::from_utf8(&bytes).ok().filter(|_| !has_gaps)?;
        // Texts of two bytes per letter may be valid UTF-8 by chance.
        let is_of_three_bytes = meant.chars().all(|c| c.is_ascii() || c.len_utf8() > 2);
        let is_name = || {
            let mut regions = east_asian.iter().map(|(_, region)| *region);
            regions.any(|region| fit_of_cell(meant, region) == Fit::Known)
        };
        (is_of_three_bytes && is_name()).then(|| meant.to_owned())
    })
}

/// Returns the name of the West that a program of East Asia has read in its own encoding, where a
/// letter beyond ASCII and the next one became one character: `Müller` became `M黮ler`.
fn western_read_as_two_bytes(name: &str) -> Option<String> {
    let is_of_east_asia = |c: char| c >= '\u{2e80}' && is_of_another_script(c);
    let mut letters = name.chars().zip(name.chars().skip(1));
    if !letters.any(|(one, next)| one.is_ascii_alphabetic() && is_of_east_asia(next)) {
        return None;
    }
    let mut found = [GBK, SHIFT_JIS, BIG5, EUC_KR].into_iter().filter_map(|encoding| {
        let (bytes, _, has_gaps) = encoding.encode(name);
        let meant = match std::str::from_utf8(&bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => WINDOWS_1252.decode_without_bom_handling(&bytes).0.into_owned(),
        };
        let is_name = !has_gaps && fit_of_cell(&meant, Region::Western) == Fit::Known;
        (is_name && is_plain(&meant)).then_some(meant)
    });
    let meant = found.next()?;
    found.all(|other| other == meant).then_some(meant)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant(name: &str) -> Option<String> {
        match misread(name) {
            Some(Misread::Meant(meant)) => Some(meant),
            _ => None,
        }
    }

    #[test]
    fn names_that_come_again_are_judged_as_before() {
        for _ in 0..2 {
            assert_eq!(misread_of("DE", "Zoë"), None);
            assert_eq!(misread_of("DE", "Dvoøák").as_deref(), Some("Dvořák"));
            assert_eq!(misread_of("IS", "Doðan"), None, "it is judged by its country");
            assert_eq!(misread_of("TR", "Doðan").as_deref(), Some("Doğan"));
        }
    }

    #[test]
    fn names_that_were_read_in_a_wrong_encoding_are_told() {
        for (spoiled, name) in [
            ("JosŽ", "José"),
            ("MŸller", "Müller"),
            ("Fran‡ois", "François"),
            ("Andr‚", "André"),
            ("J¸rgen", "Jürgen"),
            ("£ukasz", "Łukasz"),
            ("W¢jcik", "Wójcik"),
            ("Èâàí", "Иван"),
            ("Ïåòðîâ", "Петров"),
            ("‘¾˜Y", "太郎"),
            ("Ayþe", "Ayşe"),
            ("Mьller", "Müller"),
            ("Mšller", "Möller"),
            ("M‘hle", "Mæhle"),
            ("Zo‘", "Zoë"),
            ("JosÈ", "José"),
            ("OÕBrien", "O’Brien"),
            ("ŽR“c", "山田"),
            ("H‚lŠne", "Hélène"),
            ("Àííà", "Анна"),
            ("Ôàìèëèÿ", "Фамилия"),
            ("鐜嬩紵", "王伟"),
            ("M黮ler", "Müller"),
            ("J鰎g", "Jörg"),
            ("Fran鏾is", "François"),
            ("Andr馥", "Andrée"),
            ("Mﾃｼller", "Müller"),
        ] {
            assert_eq!(meant(spoiled).as_deref(), Some(name), "{spoiled}: {:?}", misread(spoiled));
        }
    }

    #[test]
    fn country_tells_names_that_could_be_those_of_another() {
        for (country, spoiled, name) in [
            ("TR", "Doðan", Some("Doğan")),
            ("TR", "Þahin", Some("Şahin")),
            ("PL", "Kamiñski", Some("Kamiński")),
            ("CZ", "Dvoøák", Some("Dvořák")),
            ("LV", "Bçrziòð", Some("Bērziņš")),
            ("IS", "Doðan", None),
            ("TR", "Þórður", None),
            ("PL", "Muñoz", None),
            ("PL", "José", None),
            ("CZ", "Lefèvre", None),
            ("SK", "Håkon", None),
            ("RO", "João", None),
            ("LT", "Zoë", None),
            ("HR", "Salomè", None),
            ("LV", "Bērziņš", None),
            ("US", "Doðan", Some("Doğan")),
            ("", "Oðuz", Some("Oğuz")),
            ("DE", "Þahin", Some("Şahin")),
            ("US", "Dvoøák", Some("Dvořák")),
            ("IS", "Jiøí", Some("Jiří")),
            ("FR", "Yýldýz", Some("Yıldız")),
            ("GB", "Cãtãlin", Some("Cătălin")),
            ("DE", "Szûcs", Some("Szűcs")),
            ("NO", "Bçrziòð", Some("Bērziņš")),
            ("DE", "Kazlauskienë", Some("Kazlauskienė")),
            ("DE", "Þór", None),
            ("US", "Guðrún", None),
            ("DE", "Søren", None),
            ("DE", "João", None),
            ("DE", "Benoît", None),
            ("DE", "Zoë", None),
            ("DE", "Arbër", None),
            ("DE", "Shpëtim", None),
        ] {
            assert_eq!(misread_of(country, spoiled).as_deref(), name, "{country} {spoiled}");
        }
    }

    #[test]
    fn letters_that_two_encodings_share_are_read_alike() {
        for (region, alike, others) in [
            (Region::Western, "azÀÖØöøÿñðþ", "ŁŠ€\u{81}"),
            (Region::Central, "aéöüßÄ", "ñãðŠ"),
            (Region::Turkish, "aéöüñ", "ðþýÐ"),
            (Region::Japanese, "a", "éü"),
        ] {
            let usual = USUAL.iter().find(|usual| usual.encoding.region == region).unwrap();
            assert!(alike.chars().all(|c| usual.reads_alike(c)), "{region:?}");
            assert!(!others.chars().any(|c| usual.reads_alike(c)), "{region:?}");
        }
    }

    #[test]
    fn cells_longer_than_any_name_are_not_checked() {
        for piece in ["aŠ", "JosŽ ", "Èâàí ", "aaAÑ"] {
            let long = piece.repeat(400_000);
            assert_eq!((misread(&long), misread_of("TR", &long)), (None, None), "{piece}");
        }
        let longest = format!("{}JosŽ", "Ann ".repeat(LONGEST_NAME / 4 - 2));
        assert!(misread(&longest).is_some());
    }

    #[test]
    fn characters_without_a_certain_original_are_named() {
        for (spoiled, chars) in [
            ("Dvoއk", "އ"),
            ("X†z", "†"),
            ("Ann™", "™"),
            ("JЭrgen", "Э"),
            ("Ivаn", "а"),
            ("Mษller", "ษ"),
            ("Jos□", "□"),
        ] {
            let found = misread(spoiled);
            let chars = Misread::Implausible(chars.chars().collect());
            assert!(found == Some(chars), "{spoiled}: {found:?}");
        }
    }
}
