//! Recognizes names that were spoiled before they came into the file: bytes of one encoding that a
//! program read as another. `José` of an old Macintosh became `JosŽ` in Windows, `Łukasz` of
//! Central Europe `£ukasz`, `Иван` `Èâàí`, and `太郎` `‘¾˜Y`.
//!
//! Such a text has a sign that no name has: a symbol that touches a letter, a capital letter at the
//! end of a word in small letters, many accents in a row, or two alphabets in one word.

use std::sync::LazyLock;

use encoding_rs::{BIG5, EUC_KR, GBK, MACINTOSH, SHIFT_JIS, WINDOWS_1251, WINDOWS_1252};
use nohash_hasher::IntMap;

use super::charset::Charset;
use super::common_names::common_name_misread;
use super::fit::{fit_of_cell, is_name_of};
use super::letters::Fit;
use super::readings::{EncodingCandidate, candidates};
use super::regions::{Region, of_country};
use super::single_byte::{IBM437, IBM850};
use super::sound_names::SoundNames;

/// What a spoiled name probably was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Misread {
    /// The only name that it can be.
    Meant(String),
    /// Nothing certain: these characters do not belong to a name.
    Implausible(Vec<char>),
}

/// The most bytes of a name that is checked. No user and no group has a longer name, so that such a
/// cell is refused anyway.
const LONGEST_NAME: usize = 1024;

/// Returns what is wrong with a name that was read in a wrong encoding; `None` if it has no sign of
/// that.
pub(crate) fn misread(name: &str) -> Option<Misread> {
    static SOUND: SoundNames = SoundNames::new();
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
    static SOUND: SoundNames = SoundNames::new();
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
    let bytes = READERS.first()?.bytes_of(name)?;
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
    let bytes = READERS.first()?.bytes_of(name)?;
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

/// Whether a text that has only letters may have such a sign. A quick test that most names do not
/// pass.
pub(crate) fn may_be_misread(text: &str) -> bool {
    let (mut accents, mut before) = (0, ' ');
    let (mut has_latin, mut has_other) = (false, false);
    text.chars().any(|c| {
        if !c.is_alphabetic() {
            (has_latin, has_other) = (false, false);
        }
        accents = if is_western_letter(c) { accents + 1 } else { 0 };
        has_latin |= c.is_ascii_alphabetic() || is_western_letter(c);
        has_other |= is_of_another_script(c) && c.is_alphabetic();
        let is_inner = before.is_alphabetic() && (matches!(c, 'þ' | 'Þ') || is_capital(c));
        before = c;
        is_inner || accents > 2 || has_latin && has_other || is_symbol(c)
    }) || has_row_of_han(text)
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

/// Whether a letter is of a script that has no small Latin letters beside it in one word.
fn is_of_another_script(c: char) -> bool {
    matches!(c,
        '\u{370}'..='\u{8ff}' | '\u{e00}'..='\u{e7f}' | '\u{3041}'..='\u{30ff}'
        | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{ff66}'..='\u{ff9f}')
}

/// Whether a name has three Chinese characters in a row: one that was read so has three for two.
fn has_row_of_han(name: &str) -> bool {
    let mut row = 0;
    name.chars().any(|c| {
        row = if matches!(c, '\u{3400}'..='\u{9fff}') { row + 1 } else { 0 };
        row > 2
    })
}

/// How sure it is that a name was read in a wrong encoding.
#[derive(Debug, PartialEq, Eq)]
enum Sign {
    /// No name has these characters where they stand.
    Certain(Vec<char>),
    /// Names may look so. Only an original that is plainly a name makes it certain.
    Possible,
}

/// Returns the strongest sign in a name.
fn sign(name: &str) -> Option<Sign> {
    let is_apart = |c: char| {
        c.is_whitespace() || c.is_ascii() && !c.is_ascii_alphanumeric() || c == '\u{3000}'
    };
    let mut possible = None;
    for piece in name.split(is_apart).filter(|piece| !piece.is_ascii()) {
        let chars: Vec<char> = piece.chars().collect();
        match sign_of_piece(without_quotes(&chars)) {
            Some(Sign::Certain(chars)) => return Some(Sign::Certain(chars)),
            Some(Sign::Possible) => possible = Some(Sign::Possible),
            None => {}
        }
    }
    possible
}

/// Removes one pair of quotes around a word, such as those of a nickname.
fn without_quotes(piece: &[char]) -> &[char] {
    match piece {
        ['“' | '„' | '”', word @ .., '“' | '”']
        | ['«' | '»', word @ .., '«' | '»']
        | ['‘' | '‚', word @ .., '‘' | '’']
        | ['‹' | '›', word @ .., '‹' | '›'] => word,
        // The second of several words in quotes, and the first.
        ['“' | '„' | '«' | '»', word @ ..] if word.iter().all(|c| c.is_alphabetic()) => word,
        [word @ .., '“' | '”' | '«' | '»'] if word.iter().all(|c| c.is_alphabetic()) => word,
        _ => piece,
    }
}

fn sign_of_piece(piece: &[char]) -> Option<Sign> {
    let has_letter = piece.iter().any(|c| c.is_alphabetic());
    let symbols: Vec<char> = piece.iter().copied().filter(|c| is_symbol(*c)).collect();
    if has_letter && !symbols.is_empty() {
        return Some(Sign::Certain(symbols));
    }
    let mut possible = has_quote_for_vowel(piece);
    for word in piece.split(|c| !c.is_alphabetic()).filter(|word| word.len() > 1) {
        let capitals = capitals_in_wrong_places(word);
        if !capitals.is_empty() {
            return Some(Sign::Certain(capitals));
        }
        if has_row_of_accents(word) {
            return Some(Sign::Certain(word.to_vec()));
        }
        let is_latin = word.iter().any(|c| c.is_ascii() || is_western_letter(*c));
        let others: Vec<char> = word
            .iter()
            .copied()
            .filter(|c| matches!(c, '\u{370}'..='\u{8ff}' | '\u{e00}'..='\u{e7f}'))
            .collect();
        if is_latin && !others.is_empty() {
            return Some(Sign::Certain(others));
        }
        let is_odd = word[1..].iter().any(|c| matches!(c, 'þ' | 'Þ') || is_capital(*c))
            && word.iter().any(|c| c.is_lowercase())
            || has_consonants_around(word);
        possible |=
            is_odd && fit_of_cell(&word.iter().collect::<String>(), Region::Western) < Fit::Known;
    }
    possible.then_some(Sign::Possible)
}

/// Whether a character is a symbol that encodings of one byte have in the place of a letter of
/// others. Apostrophes, dashes and the dot of Catalan occur in names.
fn is_symbol(c: char) -> bool {
    match c {
        '\u{ad}' => false,
        '\u{80}'..='\u{9f}'
        | '¡'..='©'
        | '«'..='³'
        | 'µ'
        | '¶'
        | '¸'
        | '¹'
        | '»'..='¿'
        | '×'
        | '÷'
        | '\u{2500}'..='\u{25ab}' => true,
        '‚' | '„' | '“' | '”' | '‡' | '†' | '•' | '‰' | '‹' | '›' | '™' | '€' | 'ˆ' | '˜' | '…'
        | '˘' | '˙' | '˚' | '˝' | '˛' | 'ˇ' | '√' | '∞' | '≤' | '≥' | '∂' | '∑' | '∏' | '∫'
        | 'Ω' | '≈' | '∆' | '◊' | '⁄' => true,
        _ => false,
    }
}

/// Returns the letters Š, Ž, Œ and Ÿ that follow other letters of a word in small letters. Windows
/// has them where old Macintoshes and MS-DOS have small letters.
fn capitals_in_wrong_places(word: &[char]) -> Vec<char> {
    if !word.iter().any(|c| c.is_lowercase()) {
        return Vec::new();
    }
    let is_hump = |at: usize| {
        let is_followed = word.get(at + 1).is_some_and(|c| c.is_lowercase());
        is_followed && word[..at].iter().filter(|c| c.is_lowercase()).count() > 1
    };
    (1..word.len())
        .filter(|at| matches!(word[*at], 'Š' | 'Ž' | 'Œ' | 'Ÿ') && !is_hump(*at))
        .map(|at| word[at])
        .collect()
}

/// Whether a word of three letters or more has only letters with accents, or four of them in a row.
fn has_row_of_accents(word: &[char]) -> bool {
    let rows = word.split(|c| !is_western_letter(*c)).map(<[char]>::len);
    word.len() > 2 && rows.max().is_some_and(|row| row > 3 || row == word.len())
}

/// Whether an opening quote stands where old Macintoshes and MS-DOS have a vowel: after a
/// consonant, or at the end (`M‘hle`, `Zo‘`). In `Hawai‘i` and `Ulug‘bek`, it is a letter.
fn has_quote_for_vowel(piece: &[char]) -> bool {
    let is_consonant = |c: char| c.is_ascii_alphabetic() && !"aeiouygAEIOUYG".contains(c);
    (1..piece.len())
        .any(|at| piece[at] == '‘' && (is_consonant(piece[at - 1]) || at + 1 == piece.len()))
}

/// Whether a letter that old Macintoshes have in place of a vowel stands between consonants:
/// `Mšller`.
fn has_consonants_around(word: &[char]) -> bool {
    let is_consonant = |c: Option<&char>| {
        c.is_some_and(|c| c.is_ascii_alphabetic() && !"aeiouyAEIOUY".contains(*c))
    };
    (1..word.len()).any(|at| {
        matches!(word[at], 'š' | 'ž')
            && is_consonant(word.get(at - 1))
            && is_consonant(word.get(at + 1))
    })
}

fn is_capital(c: char) -> bool {
    matches!(c, '\u{c0}'..='\u{24f}') && c.is_uppercase()
}

fn is_western_letter(c: char) -> bool {
    matches!(c, 'À'..='Ö' | 'Ø'..='ö' | 'ø'..='ÿ')
}

/// An encoding that programs read foreign bytes in.
struct Reader {
    /// The byte of each character by its number.
    bytes: IntMap<u32, u8>,
    /// The encodings that the bytes may be in.
    originals: Vec<EncodingCandidate>,
}

/// The readers, the most frequent first. Windows in the West has read files of all countries;
/// others have mostly read those of Windows in the West.
static READERS: LazyLock<Vec<Reader>> = LazyLock::new(|| {
    let western = Charset::Standard(WINDOWS_1252);
    let others = [
        Charset::Standard(MACINTOSH),
        Charset::Standard(WINDOWS_1251),
        Charset::Page(&IBM850),
        Charset::Page(&IBM437),
    ];
    let bytes = |charset: Charset| {
        let byte_of = |byte| Some((u32::from(charset.text(&[byte]).chars().next()?), byte));
        (0x80..=0xff).filter_map(byte_of).collect()
    };
    let reader = |charset: Charset, originals: Vec<EncodingCandidate>| Reader {
        bytes: bytes(charset),
        originals,
    };
    let (windows, rest) = candidates().partition(|original| original.charset.is_of_windows());
    let others = others.into_iter().map(|charset| {
        let of_west = candidates().filter(|original| original.charset == western).collect();
        reader(charset, of_west)
    });
    [reader(western, windows), reader(western, rest)].into_iter().chain(others).collect()
});

/// Returns the only name that the bytes of a text are in another encoding, if it is plainly one.
fn original(text: &str) -> Option<String> {
    let found =
        READERS.iter().map(|reader| reader.originals(text)).find(|found| !found.is_empty())?;
    let best = found.iter().map(|(_, fit)| *fit).max()?;
    let mut names = found.into_iter().filter(|(_, fit)| *fit == best).map(|(name, _)| name);
    names.next().filter(|_| names.next().is_none())
}

/// A program that reads bytes of one encoding as another: positions in [`READERS`] and of the
/// original encoding there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Conversion {
    reader: usize,
    original: usize,
}

/// Returns the conversions that make a spoiled name of another one.
pub(super) fn conversions(spoiled: &str, meant: &str) -> Vec<Conversion> {
    let all = READERS.iter().enumerate().flat_map(|(reader, conversion)| {
        (0..conversion.originals.len()).map(move |original| Conversion { reader, original })
    });
    all.filter(|conversion| conversion.read(spoiled).is_some_and(|(name, _)| name == meant))
        .collect()
}

impl Conversion {
    /// Returns the name that this conversion has spoiled, if a text may be such a name.
    pub(super) fn meant(self, text: &str) -> Option<String> {
        if text.is_ascii() || text.len() > LONGEST_NAME {
            return None;
        }
        let reader = READERS.get(self.reader)?;
        let original = reader.originals.get(self.original)?;
        let name = original.charset.text(&reader.bytes_of(text)?).into_owned();
        // Dashes and apostrophes occur in names.
        let has_letters = || text.chars().all(char::is_alphabetic);
        let is_name = || is_name_of(&name, original.region);
        let is_likely = match fit_of_cell(&name, original.region) {
            Fit::Known => is_name(),
            fit @ (Fit::Likely | Fit::Strange) => {
                let is_odd = || fit_of_cell(text, Region::Western) < Fit::Known;
                has_letters() && (fit == Fit::Likely && is_name() || is_odd())
            }
            Fit::Impossible => false,
        };
        (is_likely && name != text && is_plain(&name)).then_some(name)
    }

    fn read(self, text: &str) -> Option<(String, Fit)> {
        let reader = READERS.get(self.reader)?;
        reader.originals.get(self.original)?.name(&reader.bytes_of(text)?)
    }
}

impl Reader {
    /// Returns the bytes that this program has read as a text.
    fn bytes_of(&self, text: &str) -> Option<Vec<u8>> {
        let byte = |c: char| match c.is_ascii() {
            true => u8::try_from(c).ok(),
            false => self.bytes.get(&u32::from(c)).copied(),
        };
        text.chars().map(byte).collect()
    }

    /// Returns the names that the bytes of a text are, if this program has read them, each with how
    /// well it fits.
    fn originals(&self, text: &str) -> Vec<(String, Fit)> {
        let Some(bytes) = self.bytes_of(text) else { return Vec::new() };
        let mut found: Vec<(String, Fit)> = Vec::new();
        for (name, fit) in self.originals.iter().filter_map(|original| original.name(&bytes)) {
            if name != text && is_plain(&name) && found.iter().all(|(other, _)| *other != name) {
                found.push((name, fit));
            }
        }
        found
    }
}

/// Whether a text has letters beyond ASCII and no sign of a wrong encoding. `O’Brien` is plain,
/// `W’jcik` is not.
fn is_plain(name: &str) -> bool {
    let mut behind_apostrophes = name.split('’').skip(1);
    !name.is_ascii()
        && sign(name).is_none()
        && behind_apostrophes.all(|part| part.starts_with(char::is_uppercase))
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
