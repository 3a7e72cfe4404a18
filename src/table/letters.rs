//! Where letters stand in names of many languages, counted in lists of names (`letters.txt`).
//!
//! A text in a wrong encoding has letters in places where no language has them: `Jānis` in Baltic
//! is `Jânis` in Western Europe, and `Şahin` in Turkish is `Þahin`.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::regions::Region;

/// How well a reading of bytes, or a word of it, fits to names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Fit {
    /// No name: a symbol between letters, or letters of two alphabets in one word.
    Impossible,
    /// No known language has these letters in these places.
    Strange,
    /// Some language has each letter after the one before it, and before the one after it.
    Likely,
    /// Some language has all letters in these places.
    Known,
}

/// A set of languages, one bit for each.
type Languages = u64;

/// The contents of `letters.txt`.
struct Letters {
    /// The languages that have a letter beyond ASCII between two others.
    between: HashMap<[char; 3], Languages>,
    /// The languages that have such a letter after another, and before another.
    after: HashMap<[char; 2], Languages>,
    before: HashMap<[char; 2], Languages>,
    /// The languages that have two letters of another alphabet beside each other.
    pairs: HashMap<[char; 2], Languages>,
    /// The languages that have a character.
    characters: HashMap<char, Languages>,
    /// The languages in the order of their bits.
    languages: Vec<&'static str>,
}

static LETTERS: LazyLock<Letters> = LazyLock::new(|| Letters::parse(include_str!("letters.txt")));

/// The ends of a word.
const BEGIN: char = '^';
const END: char = '$';

impl Letters {
    fn parse(text: &'static str) -> Self {
        let mut letters = Self {
            between: HashMap::new(),
            after: HashMap::new(),
            before: HashMap::new(),
            pairs: HashMap::new(),
            characters: HashMap::new(),
            languages: Vec::new(),
        };
        let mut kind = "";
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            match line.split_once(' ') {
                Some((of, language)) if of.len() > 1 && of.is_ascii() => {
                    kind = of;
                    letters.languages.push(language);
                }
                Some((letter, others)) => letters.add(kind, letter, others),
                None => letters.add(kind, "", line),
            }
        }
        letters
    }

    /// Adds what the last language has.
    fn add(&mut self, kind: &str, letter: &str, others: &str) {
        let bit: Languages = 1 << (self.languages.len() - 1);
        let letter = letter.chars().next();
        // Windows of Central Europe has the Romanian letters with a cedilla.
        match letter {
            Some('ș') => self.add(kind, "ş", others),
            Some('ț') => self.add(kind, "ţ", others),
            _ => {}
        }
        match (kind, letter) {
            ("in", Some(letter)) => {
                for place in others.split(' ') {
                    let mut place = place.chars();
                    let (Some(before), Some(after)) = (place.next(), place.next()) else {
                        continue;
                    };
                    *self.between.entry([before, letter, after]).or_default() |= bit;
                    *self.after.entry([before, letter]).or_default() |= bit;
                    *self.before.entry([letter, after]).or_default() |= bit;
                }
            }
            ("pairs", Some(letter)) => {
                for other in others.chars() {
                    *self.pairs.entry([letter, other]).or_default() |= bit;
                }
            }
            _ => {
                for character in others.chars() {
                    *self.characters.entry(character).or_default() |= bit;
                }
            }
        }
    }

    /// Returns the set of a language.
    fn language(&self, name: &str) -> Languages {
        self.languages.iter().position(|other| *other == name).map_or(0, |at| 1 << at)
    }
}

/// Returns how well the places of the letters of a word fit that is written in Latin letters.
pub(super) fn fit_of_latin(word: &[char]) -> Fit {
    match languages_of_latin(word) {
        (0, 0) => Fit::Strange,
        (0, _) => Fit::Likely,
        _ => Fit::Known,
    }
}

/// Returns the languages that have all letters of a word in these places, and those that have each
/// letter after the one before it, and before the one after it.
fn languages_of_latin(word: &[char]) -> (Languages, Languages) {
    let at = |place: usize| word.get(place).map_or(END, |c| small(*c));
    let (mut known, mut likely) = (Languages::MAX, Languages::MAX);
    for (place, letter) in word.iter().enumerate().filter(|(_, letter)| !letter.is_ascii()) {
        let (before, letter, after) =
            (place.checked_sub(1).map_or(BEGIN, at), small(*letter), at(place + 1));
        known &= LETTERS.between.get(&[before, letter, after]).copied().unwrap_or(0);
        likely &= LETTERS.after.get(&[before, letter]).copied().unwrap_or(0)
            & LETTERS.before.get(&[letter, after]).copied().unwrap_or(0);
    }
    (known, likely)
}

/// Whether a language that is usually written in the encodings of a region has all letters of a
/// word in these places.
pub(super) fn is_at_home(word: &[char], region: Region) -> bool {
    let home = HOMES.iter().find(|(other, _)| *other == region);
    home.is_some_and(|(_, languages)| languages_of_latin(word).0 & languages != 0)
}

/// The languages in Latin letters that are usually written in the encodings of a region.
static HOMES: LazyLock<[(Region, Languages); 5]> = LazyLock::new(|| {
    let of = |region: Region, names: &[&str]| {
        (region, names.iter().fold(0, |languages, name| languages | LETTERS.language(name)))
    };
    [
        of(
            Region::Western,
            &[
                "ca", "cy", "da", "de", "es", "fi", "fo", "fr", "ga", "is", "it", "nl", "no", "pt",
                "sq", "sv",
            ],
        ),
        of(Region::Central, &["cs", "hr", "hu", "pl", "ro", "sk", "sl"]),
        of(Region::Baltic, &["et", "lt", "lv"]),
        of(Region::Turkish, &["az", "tr"]),
        of(Region::Vietnamese, &["vi"]),
    ]
});

/// Returns how well the pairs of letters of a word fit that is written in another alphabet.
pub(super) fn fit_of_pairs(word: &[char]) -> Fit {
    let small: Vec<char> = word.iter().map(|c| small(*c)).collect();
    let mut unknown = vec![0; LETTERS.languages.len()];
    let all = small.len() + 1;
    let befores = std::iter::once(BEGIN).chain(small.iter().copied());
    let afters = small.iter().copied().chain(std::iter::once(END));
    for pair in befores.zip(afters) {
        let languages = LETTERS.pairs.get(&[pair.0, pair.1]).copied().unwrap_or(0);
        for (language, unknown) in unknown.iter_mut().enumerate() {
            *unknown += usize::from(languages & (1 << language) == 0);
        }
    }
    match unknown.into_iter().min() {
        Some(0) => Fit::Known,
        Some(unknown) if unknown * 4 <= all => Fit::Likely,
        _ => Fit::Strange,
    }
}

/// Returns how well characters fit that each mean a syllable or a word.
pub(super) fn fit_of_characters(word: &[char], region: Region) -> Fit {
    let language = match region {
        Region::Japanese => LETTERS.language("ja"),
        Region::Chinese => LETTERS.language("zh"),
        Region::Taiwanese => LETTERS.language("tw"),
        Region::Korean => LETTERS.language("ko"),
        _ => return Fit::Strange,
    };
    let is_known =
        |c: &&char| LETTERS.characters.get(c).is_some_and(|others| others & language != 0);
    match word.iter().filter(is_known).count() {
        known if known == word.len() => Fit::Known,
        known if known * 2 >= word.len() => Fit::Likely,
        _ => Fit::Strange,
    }
}

/// Returns the small letter of a capital one. The dotted capital I of Turkish stays as it is,
/// because its small letter is no sign of Turkish.
fn small(c: char) -> char {
    if c == 'İ' { c } else { c.to_lowercase().next().unwrap_or(c) }
}
