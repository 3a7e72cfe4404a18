//! Checks whether text that was read as Windows-1252 looks like a language of Western Europe.
//!
//! Bytes of other encodings are also read as letters: Latvian `Bērziņš` as `Bçrziòð`, Cyrillic `Ия`
//! as `Èÿ`, and `Zoë` from an old Macintosh as `Zo‘`. If letters stand where no Western language
//! has them, the encoding is uncertain, and the user must confirm it.

use encoding_rs::{Encoding, WINDOWS_1250, WINDOWS_1251, WINDOWS_1253, WINDOWS_1254, WINDOWS_1257};
use std::borrow::Cow;

/// Whether all lines look like a language of Western Europe.
pub(super) fn reads_as_western<'a>(lines: impl Iterator<Item = Cow<'a, str>>) -> bool {
    let (mut has_thorn, mut is_icelandic) = (false, false);
    for line in lines {
        if !is_western(&line) {
            return false;
        }
        has_thorn |= line.contains(['ð', 'Ð', 'þ', 'Þ', 'ý', 'Ý']);
        is_icelandic |= line.to_lowercase().contains(['á', 'í', 'ó', 'ú', 'æ']);
    }
    // In Turkish and Baltic encodings, the bytes of these letters are much more frequent ones.
    !has_thorn || is_icelandic
}

/// Returns the usual encoding of the countries that most lines name, by a code in a cell or at the
/// end of an address.
pub(super) fn expected<'a>(lines: impl Iterator<Item = Cow<'a, str>>) -> Option<&'static Encoding> {
    let mut found: Vec<(&'static Encoding, usize)> = Vec::new();
    let mut all = 0;
    for line in lines {
        all += 1;
        let Some(encoding) = of_line(&line) else { continue };
        match found.iter_mut().find(|(other, _)| *other == encoding) {
            Some((_, count)) => *count += 1,
            None => found.push((encoding, 1)),
        }
    }
    found.into_iter().find(|(_, count)| count * 2 > all).map(|(encoding, _)| encoding)
}

fn of_line(line: &str) -> Option<&'static Encoding> {
    let cells = line.split([',', ';', '\t', '|']).map(|cell| cell.trim().trim_matches('"'));
    cells.filter(|cell| cell.is_ascii()).find_map(|cell| {
        let code = if cell.contains('@') {
            cell.rsplit_once('.').map_or("", |(_, end)| end)
        } else {
            cell
        };
        usual(&code.to_ascii_uppercase())
    })
}

fn usual(country: &str) -> Option<&'static Encoding> {
    match country {
        "LV" | "LT" | "EE" => Some(WINDOWS_1257),
        "PL" | "CZ" | "SK" | "HU" | "RO" | "HR" | "SI" | "BA" | "ME" => Some(WINDOWS_1250),
        "TR" | "AZ" => Some(WINDOWS_1254),
        "GR" | "CY" => Some(WINDOWS_1253),
        "RU" | "UA" | "BY" | "BG" | "MK" | "RS" | "KZ" => Some(WINDOWS_1251),
        _ => None,
    }
}

fn is_mark(c: char) -> bool {
    "’‘“”–—…€´·ªº«»°§®©™&\u{a0}¿¡".contains(c)
}

fn is_letter(c: char) -> bool {
    matches!(c, 'À'..='Ö' | 'Ø'..='ö' | 'ø'..='ÿ' | 'Š' | 'š' | 'Ž' | 'ž' | 'Œ' | 'œ' | 'Ÿ')
}

/// Whether a line looks like a language of Western Europe. A word has upper case at its beginning
/// or throughout, no symbols between its letters, not only letters with accents, and each letter
/// with an accent where some language has it.
fn is_western(line: &str) -> bool {
    if !line.chars().all(|c| c.is_ascii() || is_letter(c) || is_mark(c))
        || has_sign_for_letter(line)
    {
        return false;
    }
    let apart = |c: char| {
        !(c.is_ascii_alphabetic()
            || is_letter(c)
            || is_mark(c) && !matches!(c, '’' | '‘' | '\u{a0}' | '–' | '—'))
    };
    line.split(apart).all(|word| {
        let letters: Vec<char> = word.chars().filter(|c| c.is_alphabetic()).collect();
        let has_marks_inside = letters.len() > 1 && word.trim_matches(is_mark).chars().any(is_mark);
        let beyond = letters.iter().filter(|c| !c.is_ascii()).count();
        let has_small = letters.iter().any(|c| c.is_lowercase());
        let has_large_inside =
            has_small && letters.iter().skip(1).any(|c| !c.is_ascii() && c.is_uppercase());
        !has_marks_inside
            && !has_large_inside
            && (beyond * 2 <= letters.len() || letters.len() == 1)
            && stands_right(&letters)
    })
}

/// Whether a symbol stands where only a letter can be: a dash or a no-break space between
/// lower-case letters, or an opening quote after a letter.
fn has_sign_for_letter(line: &str) -> bool {
    let chars: Vec<char> = line.chars().collect();
    let is_small =
        |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(|c| c.is_lowercase());
    chars.iter().enumerate().any(|(at, c)| match c {
        '–' | '—' | '\u{a0}' => is_small(at.checked_sub(1)) && is_small(Some(at + 1)),
        '‘' => is_small(at.checked_sub(1)),
        // `O’Brien`, `d’Arc`; not `Mar’a`.
        '’' => {
            is_small(at.checked_sub(1))
                && is_small(Some(at + 1))
                && at.checked_sub(2).is_some_and(|at| chars[at].is_alphabetic())
        }
        _ => false,
    })
}

/// Whether each letter of a word stands where some Western language has it.
fn stands_right(word: &[char]) -> bool {
    let small: Vec<char> = word.iter().flat_map(|c| c.to_lowercase()).collect();
    if small.iter().all(char::is_ascii) {
        return true;
    }
    let is_vowel =
        |c: Option<char>| c.is_some_and(|c| "aeiouyáàâãäåæéèêëíìîïóòôõöøúùûüýÿœ".contains(c));
    let is_consonant = |c: Option<char>| c.is_some_and(|c| !is_vowel(Some(c)));
    let is_thorny = small.iter().any(|c| matches!(c, 'ð' | 'þ' | 'ý'));
    if is_thorny && !small.iter().all(|c| "abdefghijklmnoprstuvxyáéíóúýæöðþ".contains(*c))
    {
        return false;
    }
    small.iter().enumerate().all(|(at, c)| {
        let before = at.checked_sub(1).map(|at| small[at]);
        let after = small.get(at + 1).copied();
        match c {
            // Conceição, François, Feliç, Çelik; not Bçrziòð.
            'ç' => !is_consonant(after) || after == Some('h'),
            // Simões, Simoes; not Erdõs.
            'õ' => after == Some('e'),
            // Zoë, Noël, Citroën; not Kazlauskaitë.
            'ë' => !is_consonant(before) || after.is_some(),
            // Hélène, Antònia, Niccolò; not Stankevièius, Kalniòð.
            'è' | 'ò' => !(is_vowel(after) || *c == 'ò' && is_vowel(before)),
            // Forlì, Corfù.
            'ì' | 'ù' => after.is_none(),
            // Muñoz, Español; not Kamiñski.
            'ñ' => !is_consonant(after),
            // Kjær, Ærø; not Babiæ.
            'æ' | 'ø' | 'œ' => !is_vowel(before) || before == Some('y'),
            'š' => !(is_consonant(before) && is_consonant(after)),
            'þ' => at == 0,
            'ð' => at > 0,
            _ => true,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::{MACINTOSH, WINDOWS_1252};

    fn misread(encoding: &'static Encoding, text: &str) -> String {
        WINDOWS_1252.decode_without_bom_handling(&encoding.encode(text).0).0.into_owned()
    }

    fn reads(line: &str) -> bool {
        reads_as_western(std::iter::once(Cow::Borrowed(line)))
    }

    #[test]
    fn western_names_read_well() {
        for name in [
            "José Peña",
            "Renée Noël",
            "Jürgen Groß",
            "Åsa Öberg",
            "Søren Bjørn",
            "FRANÇOIS LEFÈVRE",
            "Seán Ó Briain",
            "Conceição",
            "O’Brien",
            "Håkon",
            "Kjær",
            "Hélène",
            "Thérèse",
            "Niccolò",
            "Antònia",
            "Forlì",
            "Simões",
            "João",
            "Citroën",
            "Zoë",
            "Guðrún Þórsdóttir",
            "Davíð Ægisson",
            "L’Oréal",
            "Muñoz",
            "MUÑOZ",
            "Benoît",
            "Høeg",
            "Bøe",
            "Sæther",
            "Lœtitia",
            "Dušan",
            "Zuñiga",
            "Noè",
            "à",
        ] {
            assert!(reads(name), "{name}");
        }
    }

    #[test]
    fn names_of_other_encodings_do_not_read_well() {
        for (encoding, names) in [
            (
                WINDOWS_1257,
                "Bērziņš|Kalniņš|Pēteris|Žukas|Šimkus|Kazlauskaitė|Stankevičius|Eglė|Tõnu|Põder",
            ),
            (WINDOWS_1251, "Ия|Ли|Иван|Анна"),
            (WINDOWS_1250, "Erdős|Dvořák|Jiří|Kovačić|Gdańsk"),
            (WINDOWS_1254, "Yıldız|Ayşe|Oğuz|Sarı"),
            (MACINTOSH, "Zoë|Noël|Muñoz|Jörg|Köln|María|León|Renée"),
        ] {
            for name in names.split('|') {
                let misread = misread(encoding, name);
                assert!(!reads(&misread), "{name}: {misread}");
            }
        }
    }

    #[test]
    fn country_of_a_row_tells_the_usual_encoding() {
        let of = |line: &str| expected(std::iter::once(Cow::Borrowed(line)));
        assert_eq!(of("a@example.com,Jânis,Ozols,LV"), Some(WINDOWS_1257));
        assert_eq!(of("a@example.hu;Lászl;Nagy;"), Some(WINDOWS_1250));
        assert_eq!(of("a@example.com,José,Peña,ES"), None);
        let lines = ["a,Zoë,PL", "b,Renée,DE"].map(Cow::Borrowed);
        assert_eq!(expected(lines.into_iter()), None);
    }
}
