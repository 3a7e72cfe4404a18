//! Spellings that two programs give one name: its words written together, or a Cyrillic or Greek
//! name in Latin letters.

use super::person_name::name_words;
use super::skeleton::plain;
use unicode_normalization::UnicodeNormalization;

/// What a name shares with its other spellings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Respelling {
    /// The words written together, with `Mac` and `Mc` equal.
    together: String,
    /// The approximate sound, in Latin letters.
    sound: String,
    /// Whether it has Cyrillic or Greek letters.
    is_transliterated: bool,
}

impl Respelling {
    /// Returns the spellings of a name that may mean the same person.
    pub(crate) fn of(name: &str) -> Self {
        let together = with_short_mac(&name_words(name).concat());
        let letters = plain(name);
        let is_transliterated = letters.chars().any(|c| latin(c).is_some());
        let sound = sound(if is_transliterated { &letters } else { &together });
        Self { together, sound, is_transliterated }
    }

    /// Whether one of the two is a spelling of the other. Two names of one script are compared by
    /// their letters, not by their sound.
    pub(crate) fn is_of(&self, other: &Self) -> bool {
        self.together == other.together
            || self.is_transliterated != other.is_transliterated && self.sound == other.sound
    }

    /// Returns two keys, of which spellings of one name share at least one.
    pub(crate) fn shared(&self) -> [&str; 2] {
        [&self.together, &self.sound]
    }
}

/// Replaces the `Mac` of `MacDonald` by `Mc`; `Macy` stays.
fn with_short_mac(word: &str) -> String {
    match word.strip_prefix("mac") {
        Some(rest) if rest.chars().count() > 2 => format!("mc{rest}"),
        _ => word.to_owned(),
    }
}

/// Returns approximately how a name sounds: letters that systems write differently become one.
fn sound(name: &str) -> String {
    let name = name.replace("ου", "u").replace("ού", "u");
    let mut letters = String::with_capacity(name.len());
    for c in name.chars() {
        match latin(c) {
            Some(text) => letters.push_str(text),
            None => letters.extend(
                std::iter::once(c).nfd().filter(|c| !('\u{300}'..='\u{36f}').contains(c)).map(base),
            ),
        }
    }
    letters.retain(char::is_alphanumeric);
    let mut letters = letters
        .replace("kh", "h")
        .replace("ph", "f")
        .replace("ou", "u")
        .replace("ts", "c")
        .replace("tz", "c")
        .replace('x', "ks")
        .replace(['y', 'j'], "i")
        .chars()
        .collect::<Vec<char>>();
    letters.dedup();
    letters.into_iter().collect()
}

/// Returns a Greek letter without its mark, as `latin` needs it.
fn base(c: char) -> char {
    latin(c).and_then(|text| text.chars().next()).unwrap_or(c)
}

/// Returns a small Cyrillic or Greek letter in Latin letters.
fn latin(c: char) -> Option<&'static str> {
    Some(match c {
        'а' | 'α' | 'ά' => "a",
        'б' => "b",
        'в' | 'β' => "v",
        'г' | 'ґ' | 'γ' => "g",
        'д' | 'ђ' | 'δ' => "d",
        'е' | 'ё' | 'э' | 'є' | 'ε' | 'έ' => "e",
        'ж' => "zh",
        'з' | 'ζ' => "z",
        'и' | 'і' | 'ї' | 'й' | 'ы' | 'η' | 'ή' | 'ι' | 'ί' | 'ϊ' | 'ΐ' => "i",
        'ј' => "j",
        'к' | 'κ' => "k",
        'л' | 'λ' => "l",
        'љ' => "lj",
        'м' | 'μ' => "m",
        'н' | 'ν' => "n",
        'њ' => "nj",
        'о' | 'ο' | 'ό' | 'ω' | 'ώ' => "o",
        'п' | 'π' => "p",
        'р' | 'ρ' => "r",
        'с' | 'σ' | 'ς' => "s",
        'т' | 'τ' => "t",
        'ћ' => "c",
        'у' | 'ў' => "u",
        'ф' | 'φ' => "f",
        'х' => "kh",
        'ц' => "ts",
        'ч' | 'χ' => "ch",
        'џ' => "dz",
        'ш' => "sh",
        'щ' => "shch",
        'ъ' | 'ь' => "",
        'ю' => "iu",
        'я' => "ia",
        'θ' => "th",
        'ξ' => "x",
        'υ' | 'ύ' | 'ϋ' | 'ΰ' => "y",
        'ψ' => "ps",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn are_spellings(one: &str, other: &str) -> bool {
        let [one, other] = [one, other].map(Respelling::of);
        let is_of = one.is_of(&other);
        assert_eq!(is_of, other.is_of(&one));
        assert!(!is_of || one.shared().iter().zip(other.shared()).any(|(own, its)| *own == its));
        is_of
    }

    #[test]
    fn words_together_and_other_scripts_are_spellings() {
        for (one, other) in [
            ("van der Berg", "Vanderberg"),
            ("De la Cruz", "DelaCruz"),
            ("Ka-Ming", "KaMing"),
            ("MacDonald", "McDonald"),
            ("Mac Donald", "McDonald"),
            ("Иван", "Ivan"),
            ("Сергей", "Sergey"),
            ("Юрий", "Yuriy"),
            ("Наталия", "Nataliya"),
            ("Щукин", "Shchukin"),
            ("Γιώργος", "Giorgos"),
            ("Παπάς", "Papas"),
            ("Παπαδόπουλος", "Papadopoulos"),
        ] {
            assert!(are_spellings(one, other), "{one} {other}");
        }
    }

    #[test]
    fn other_names_are_no_spellings() {
        for (one, other) in [
            ("Иван", "Igor"),
            ("Петров", "Petrova"),
            ("Jan", "Ian"),
            ("Macy", "Mcy"),
            ("Lee", "Le"),
            ("Γιώργος", "Георгий"),
        ] {
            assert!(!are_spellings(one, other), "{one} {other}");
        }
    }
}
