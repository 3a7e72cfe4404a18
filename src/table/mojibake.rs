//! Repairs text that was decoded twice: UTF-8 read as Windows-1252, so that `Zoë` became `ZoÃ«`; as
//! Windows-1251 (`Анна`: `РђРЅРЅР°`); on old Macintoshes (`Zo√´`); with a code page of MS-DOS
//! (`Zo├½`, `╨б╨╡╤А`); or with another code page (`code_pages`).

use std::borrow::Cow;
use std::sync::LazyLock;

use super::code_pages;
use super::single_byte::{IBM437, IBM850, IBM852};
use super::twice_decoded::{ByteOf, place, repair_from, upper_half};

/// Returns the original of a text that was decoded twice. If several encodings give one, returns
/// the most likely one.
pub(crate) fn repaired(text: &str) -> Option<String> {
    match repair(text) {
        Cow::Owned(meant) => Some(meant),
        Cow::Borrowed(_) => {
            let readings = readings_of_dos(text).into_iter().chain(code_pages::readings(text));
            reading_of_latin_9(text).into_iter().chain(readings).next()
        }
    }
}

/// Whether a text has what the code pages of MS-DOS make of letters in UTF-8: box drawing
/// characters, or a typographic apostrophe or dash (`ΓÇÖ`, `ÔÇÖ`, `тАЩ`).
pub(crate) fn holds_signs_of_dos(text: &str) -> bool {
    let mut before = '\0';
    text.chars().any(|c| {
        let is_mark = matches!((before, c), ('Γ' | 'Ô', 'Ç') | ('т', 'А'));
        before = c;
        is_mark || matches!(c, '\u{2500}'..='\u{259f}')
    })
}

/// Returns the possible originals of a text with characters of MS-DOS, for each code page that
/// gives one.
fn readings_of_dos(text: &str) -> Vec<String> {
    if text.is_ascii() || !holds_signs_of_dos(text) {
        return Vec::new();
    }
    let pages: [ByteOf; 5] = [dos_american, dos_western, dos_central, dos_cyrillic, russian_unix];
    let mut readings = Vec::new();
    for page in pages {
        if let Cow::Owned(meant) = repair_from(text, page, 1)
            && !holds_signs_of_dos(&meant)
            && !readings.contains(&meant)
        {
            readings.push(meant);
        }
    }
    readings
}

/// Repairs a text, also one that was decoded three times or more often.
pub(crate) fn repair(text: &str) -> Cow<'_, str> {
    match repair_once(text) {
        Cow::Owned(meant) if meant.len() < text.len() => Cow::Owned(repair(&meant).into_owned()),
        once => once,
    }
}

/// Repairs each run of characters that is UTF-8 read as another encoding.
fn repair_once(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    // If the code pages disagree, nothing is repaired.
    if let [meant] = readings_of_dos(text).as_slice() {
        return Cow::Owned(meant.clone());
    }
    // One or two Cyrillic letters, and letters with accents side by side, also occur in names.
    let has_signs = text.contains(['√', 'ƒ', '≈', '∆', '¬']) || text.contains("‚Ä");
    // `–°–µ—Ä–≥–µ–π`: dashes between letters also join names.
    let least_old_mac = match (has_signs, text.contains(['–', '—'])) {
        (true, _) => 1,
        (false, true) => 2,
        (false, false) => usize::MAX,
    };
    let ways: [(ByteOf, usize); 3] = [(western, 1), (cyrillic, 2), (macintosh, least_old_mac)];
    if reading_of_latin_9(text).is_some() {
        return Cow::Borrowed(text);
    }
    for (byte, least) in ways {
        if let Cow::Owned(meant) = repair_from(text, byte, least) {
            return Cow::Owned(meant);
        }
    }
    match code_pages::readings(text).as_slice() {
        [meant] => Cow::Owned(meant.clone()),
        _ => Cow::Borrowed(text),
    }
}

/// Returns the original of a text that was read as ISO-8859-15, if Windows-1252 gives another one
/// with a capital letter in the middle of a word: `JÃŒrgen` is `Jürgen` or `JÌrgen`.
fn reading_of_latin_9(text: &str) -> Option<String> {
    if !text.contains(['€', 'Š', 'š', 'Ž', 'ž', 'Œ', 'œ', 'Ÿ']) {
        return None;
    }
    let readings = [western as ByteOf, latin_9].map(|page| repair_from(text, page, 1));
    match readings {
        [Cow::Owned(other), Cow::Owned(meant)] => {
            (has_inner_capital(&other) && !has_inner_capital(&meant)).then_some(meant)
        }
        _ => None,
    }
}

/// Whether a word with small letters has a capital letter beyond ASCII that is not its first
/// letter.
fn has_inner_capital(text: &str) -> bool {
    let is_inner = |c: char| c.is_uppercase() && !c.is_ascii();
    let mut words = text.split(|c: char| !c.is_alphabetic());
    words.any(|word| word.contains(char::is_lowercase) && word.chars().skip(1).any(is_inner))
}

/// Returns the byte beyond ASCII that ISO-8859-15 reads as this character.
fn latin_9(c: char) -> Option<u8> {
    static LETTERS: LazyLock<Vec<char>> = LazyLock::new(|| upper_half(encoding_rs::ISO_8859_15));
    place(&LETTERS, c)
}

/// Returns the byte beyond ASCII that Windows-1252 reads as this character.
fn western(c: char) -> Option<u8> {
    const MARKS: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    match c {
        '\u{80}'..='\u{ff}' => u8::try_from(u32::from(c)).ok(),
        _ => MARKS.iter().position(|mark| *mark == c).and_then(|at| u8::try_from(0x80 + at).ok()),
    }
}

/// Returns the byte beyond ASCII that Windows-1251 reads as this character.
fn cyrillic(c: char) -> Option<u8> {
    static LETTERS: LazyLock<Vec<char>> = LazyLock::new(|| upper_half(encoding_rs::WINDOWS_1251));
    place(&LETTERS, c)
}

/// Returns the byte beyond ASCII that old Macintoshes read as this character.
fn macintosh(c: char) -> Option<u8> {
    static LETTERS: LazyLock<Vec<char>> = LazyLock::new(|| upper_half(encoding_rs::MACINTOSH));
    place(&LETTERS, c)
}

/// Returns the byte beyond ASCII that code page 437, of the United States, reads as this character.
fn dos_american(c: char) -> Option<u8> {
    static LETTERS: LazyLock<Vec<char>> = LazyLock::new(|| IBM437.upper.chars().collect());
    place(&LETTERS, c)
}

/// Returns the byte that code page 850, of Western Europe, reads as this character.
fn dos_western(c: char) -> Option<u8> {
    static LETTERS: LazyLock<Vec<char>> = LazyLock::new(|| IBM850.upper.chars().collect());
    place(&LETTERS, c)
}

/// Returns the byte that code page 852, of Central Europe, reads as this character.
fn dos_central(c: char) -> Option<u8> {
    static LETTERS: LazyLock<Vec<char>> = LazyLock::new(|| IBM852.upper.chars().collect());
    place(&LETTERS, c)
}

/// Returns the byte that code page 866, of Russia, reads as this character.
fn dos_cyrillic(c: char) -> Option<u8> {
    static LETTERS: LazyLock<Vec<char>> = LazyLock::new(|| upper_half(encoding_rs::IBM866));
    place(&LETTERS, c)
}

/// Returns the byte beyond ASCII that KOI8-R reads as this character.
fn russian_unix(c: char) -> Option<u8> {
    static LETTERS: LazyLock<Vec<char>> = LazyLock::new(|| upper_half(encoding_rs::KOI8_R));
    place(&LETTERS, c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_was_decoded_three_times_is_repaired_wholly() {
        for text in ["ZoÃ«", "ZoÃƒÂ«", "ZoÃƒÆ’Ã‚Â«"] {
            assert_eq!(repair(text), "Zoë", "{text}");
        }
        assert_eq!(repaired("ZoÃƒÂ«").as_deref(), Some("Zoë"));
    }

    #[test]
    fn text_that_was_decoded_twice_is_put_right() {
        for (twice, once) in [
            ("ZoÃ«", "Zoë"),
            ("Ã…sa", "Åsa"),
            ("Oâ€™Brien", "O’Brien"),
            ("GroÃŸ MÃ¼ller", "Groß Müller"),
            ("Ð˜Ð²Ð°Ð½", "Иван"),
            ("å±±ç”°", "山田"),
            ("NguyÃªn", "Nguyên"),
            ("Ã\u{a0} la", "à la"),
            ("РђРЅРЅР°", "Анна"),
            ("Zo√´", "Zoë"),
            ("M√ºller", "Müller"),
            ("Jos√©", "José"),
            ("J├╝rgen", "Jürgen"),
            ("Gro├ƒ", "Groß"),
            ("Ren├⌐e", "Renée"),
            ("Ren├®e", "Renée"),
            ("╨б╨╡╤А╨│╨╡╨╣", "Сергей"),
            ("┼üukasz", "Łukasz"),
            ("Dvo┼Ö├ík", "Dvořák"),
            ("σ▒▒τö░", "山田"),
            ("OΓÇÖBrien", "O’Brien"),
            ("OÔÇÖBrien", "O’Brien"),
            ("OтАЩBrien", "O’Brien"),
            ("ZoĂ«", "Zoë"),
            ("ZoГ«", "Zoë"),
            ("Zoц╚", "Zoë"),
            ("O‚ÄôBrien", "O’Brien"),
            ("–°–µ—Ä–≥–µ–π", "Сергей"),
        ] {
            assert_eq!(repaired(twice).as_deref(), Some(once), "{twice}");
            assert_eq!(repaired(once), None, "{once}");
        }
        for text in [
            "«MENÜ»",
            "PHOTO®",
            "Ünal",
            "AÇÃO",
            "Šimůnek",
            "ÅÄÖ",
            "Ærøskøbing",
            "Ÿ",
            "Анна",
            "Сірко",
            "Їжак",
            "Київ",
            "Ђорђе",
            "Ріна",
            "Кіт",
            "√",
            "Ωmega",
            "Ærø",
            "│",
            "Team ─ Nord",
            "ÇAĞRI",
            "Müller–Özil",
            "„POZNAŃ”",
        ] {
            assert_eq!(repaired(text), None, "{text}");
        }
    }

    /// `┼¢` is ś in code page 437, and Ž in 850: the message proposes one, and it is never repaired
    /// without a request.
    #[test]
    fn text_that_code_pages_read_differently_is_not_put_right() {
        assert_eq!(repair("┼¢liwa"), "┼¢liwa");
        assert!(repaired("┼¢liwa").is_some());
        for (twice, once) in [("JÃŒrgen", "Jürgen"), ("RenÃš MÃŒller", "Renè Müller")] {
            assert_eq!(repair(twice), twice);
            assert_eq!(repaired(twice).as_deref(), Some(once));
        }
        for (twice, once) in [("Ãœnal", "Ünal"), ("GroÃŸ", "Groß"), ("D'ÃŠlia", "D'Êlia")]
        {
            assert_eq!(repair(twice), once);
        }
    }
}
