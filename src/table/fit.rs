//! Tells how well a text that was read in some encoding fits to names.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

use super::letters::{Fit, fit_of_characters, fit_of_latin, fit_of_pairs, is_at_home};
use super::regions::Region;

/// The alphabet or script of a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LetterScript {
    Latin,
    /// An alphabet with capital letters: Greek or Cyrillic.
    Cased(u8),
    /// Hebrew, Arabic, Thai.
    Caseless(u8),
    Kana,
    HalfKana,
    Han,
    Hangul,
    FullWidth,
    /// One that none of the encodings has that a file may be in without a mark.
    Other,
}

fn script(c: char) -> Option<LetterScript> {
    Some(match c {
        'ª' | 'º' | 'µ' | 'ƒ' => return None,
        'A'..='Z' | 'a'..='z' | 'À'..='Ö' | 'Ø'..='ö' | 'ø'..='ɏ' | 'Ḁ'..='ỿ' => {
            LetterScript::Latin
        }
        '\u{370}'..='\u{3ff}' if c.is_alphabetic() => LetterScript::Cased(0),
        '\u{400}'..='\u{52f}' if c.is_alphabetic() => LetterScript::Cased(1),
        '\u{5d0}'..='\u{5ea}' => LetterScript::Caseless(0),
        '\u{620}'..='\u{65f}' | '\u{66e}'..='\u{6d3}' => LetterScript::Caseless(1),
        '\u{e01}'..='\u{e3a}' | '\u{e40}'..='\u{e4e}' => LetterScript::Caseless(2),
        '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30ff}' => LetterScript::Kana,
        '\u{ff66}'..='\u{ff9f}' => LetterScript::HalfKana,
        '々'
        | '〆'
        | '\u{3400}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{323af}' => LetterScript::Han,
        '\u{ac00}'..='\u{d7a3}' => LetterScript::Hangul,
        '\u{ff01}'..='\u{ff5e}' => LetterScript::FullWidth,
        _ if c.is_alphabetic() => LetterScript::Other,
        _ => return None,
    })
}

/// Returns how well a cell fits to names: its worst word decides. `region` is that of the
/// encoding.
pub(super) fn fit_of_cell(cell: &str, region: Region) -> Fit {
    let cell = composed(beginning(cell));
    let is_no_text = |c: char| {
        c.is_control() && c != '\t' || matches!(c, '\u{fffd}' | '\u{e000}'..='\u{f8ff}' | '\u{ad}')
    };
    if cell.contains(is_no_text) {
        return Fit::Impossible;
    }
    let is_apart =
        |c: char| c.is_whitespace() || c.is_ascii() && !c.is_ascii_alphabetic() || c == '\u{3000}';
    let pieces = cell.split(is_apart).filter(|piece| !piece.is_ascii());
    pieces.map(|piece| fit_of_piece(piece, region)).min().unwrap_or(Fit::Known)
}

/// Returns the first letters of a long cell: they tell enough, and words without an end take long.
fn beginning(cell: &str) -> &str {
    const LOOKED_AT: usize = 1000;
    &cell[..cell.floor_char_boundary(LOOKED_AT)]
}

/// Returns a text with each letter in one character. Only Vietnamese in Windows-1258 has others.
fn composed(text: &str) -> Cow<'_, str> {
    match text.contains(|c| matches!(c, '\u{300}'..='\u{36f}')) {
        true => text.nfc().collect(),
        false => Cow::Borrowed(text),
    }
}

/// Whether a cell in UTF-8 fits to names in some language.
pub(super) fn fits_in_utf8(cell: &str) -> bool {
    let regions = [Region::Japanese, Region::Chinese, Region::Taiwanese, Region::Korean];
    regions.into_iter().any(|region| fit_of_cell(cell, region) >= Fit::Likely)
}

/// Whether a cell is plainly a name in a language that is usual in the encodings of a region.
pub(super) fn is_name_of(cell: &str, region: Region) -> bool {
    let cell = beginning(cell);
    let letters: Vec<char> = cell.nfc().collect();
    let words = letters.split(|c| script(*c).is_none());
    let is_home = |word: &[char]| {
        word.iter().all(char::is_ascii)
            || script(word[0]) != Some(LetterScript::Latin)
            || is_at_home(word, region)
    };
    !cell.contains(['\u{a0}', '\u{ad}'])
        && fit_of_cell(cell, region) >= Fit::Likely
        && words.filter(|word| !word.is_empty()).all(is_home)
}

/// Returns how well a piece of text without blanks fits: letters, with marks beside or between
/// them.
fn fit_of_piece(piece: &str, region: Region) -> Fit {
    let chars: Vec<char> = piece.chars().collect();
    let is_letter = |c: &char| script(*c).is_some();
    let Some(first) = chars.iter().position(is_letter) else {
        // A symbol of its own.
        return if chars.iter().all(|c| is_usual_mark(*c)) { Fit::Likely } else { Fit::Strange };
    };
    let last = chars.iter().rposition(is_letter).unwrap_or(first);
    let (front, back) = (&chars[..first], &chars[last + 1..]);
    let at_ends = fit_of_ends(front, &chars[first..=last], back);
    let words = chars[first..=last].split(|c| !is_letter(c));
    let inside = chars[first..=last]
        .iter()
        .enumerate()
        .filter(|(_, c)| !is_letter(c))
        .map(|(at, _)| fit_of_mark(&chars[first..=last], at));
    inside
        .chain(words.filter(|word| !word.is_empty()).map(|word| fit_of_word(word, region)))
        .chain(std::iter::once(at_ends))
        .min()
        .unwrap_or(Fit::Known)
}

/// Returns how well the marks fit that touch a word: quotes in pairs, and `’t Hooft`. Other marks
/// are what another encoding reads in place of a letter: `Gro§`, `…berg`.
fn fit_of_ends(front: &[char], word: &[char], back: &[char]) -> Fit {
    match (front, back) {
        ([], []) => Fit::Known,
        (['“'], ['”']) | (['„'], ['“' | '”']) | (['«'], ['»']) | (['»'], ['«']) => {
            Fit::Known
        }
        (['‘'], ['’']) | (['‚'], ['‘']) | (['‹'], ['›']) | (['「'], ['」']) => {
            Fit::Known
        }
        (['’'], []) if word.len() == 1 => Fit::Known,
        _ if front.iter().chain(back).all(|c| is_usual_mark(*c)) => Fit::Strange,
        _ => Fit::Impossible,
    }
}

/// Whether a mark may stand beside words.
fn is_usual_mark(c: char) -> bool {
    "’‘‚“”„‹›–—…€·«»°§®©™&¿¡£´•ªº½№・、。「」（）".contains(c)
}

/// Returns how well a mark between letters fits: an apostrophe as in `O’Brien`, a dash as in
/// `Nord–Süd`, the dot of Catalan and Japanese.
fn fit_of_mark(word: &[char], at: usize) -> Fit {
    let is_small = |c: Option<&char>| c.is_some_and(|c| c.is_lowercase());
    let before = at.checked_sub(1).and_then(|at| word.get(at));
    let after = word.get(at + 1);
    match word[at] {
        '’' if at <= 2 => Fit::Known,
        '’' if is_small(before) && !is_small(after) => Fit::Likely,
        '’' => Fit::Strange,
        '–' | '—' if is_small(before) && is_small(after) => Fit::Impossible,
        '–' | '—' if is_small(before) || !is_small(after) => Fit::Likely,
        '–' | '—' => Fit::Strange,
        '·' if before.is_some_and(|c| matches!(c, 'l' | 'L')) && after == before => Fit::Known,
        '・' | '＝' => Fit::Known,
        _ => Fit::Impossible,
    }
}

/// Returns how well a word fits: letters only.
fn fit_of_word(word: &[char], region: Region) -> Fit {
    if word.iter().all(char::is_ascii) {
        return Fit::Known;
    }
    let first = script(word[0]);
    if word.iter().any(|c| script(*c) != first) {
        return fit_of_scripts(word, region);
    }
    if has_too_many_accents(word) {
        return Fit::Impossible;
    }
    match first {
        Some(LetterScript::Latin) => fit_of_case(word).min(fit_of_latin(word)).min(of_length(word)),
        Some(LetterScript::Cased(_)) if has_inner_capital(word) => Fit::Impossible,
        Some(LetterScript::Cased(_) | LetterScript::Caseless(_)) => {
            fit_of_pairs(word).min(of_length(word))
        }
        Some(LetterScript::Kana) if region == Region::Japanese => {
            fit_of_characters(word, region).max(Fit::Likely)
        }
        Some(LetterScript::Kana) => Fit::Strange,
        Some(LetterScript::Han | LetterScript::Hangul) => fit_of_characters(word, region),
        Some(LetterScript::HalfKana | LetterScript::FullWidth) => Fit::Likely,
        Some(LetterScript::Other) | None => Fit::Impossible,
    }
}

/// Whether hardly a letter of a word in Latin letters is ASCII. No language writes so, but Cyrillic
/// that is read as Western looks so: `Èâàí`.
fn has_too_many_accents(word: &[char]) -> bool {
    let is_latin = script(word[0]) == Some(LetterScript::Latin);
    let runs = word.split(char::is_ascii).map(<[char]>::len);
    is_latin && word.len() > 2 && runs.max().is_some_and(|run| run > 3 || run == word.len())
}

/// Returns how well a word fits by its length alone: two letters are no evidence for the places of
/// letters.
fn of_length(word: &[char]) -> Fit {
    if word.len() < 3 { Fit::Likely } else { Fit::Known }
}

/// Returns how well a word of several scripts fits: Japanese is written in two.
fn fit_of_scripts(word: &[char], region: Region) -> Fit {
    let is_japanese = |c: &char| matches!(script(*c), Some(LetterScript::Kana | LetterScript::Han));
    match word.iter().all(is_japanese) && region == Region::Japanese {
        true => fit_of_characters(word, region),
        false => Fit::Impossible,
    }
}

/// Whether a word with small letters has a capital letter that is not its first.
fn has_inner_capital(word: &[char]) -> bool {
    word.iter().any(|c| c.is_lowercase()) && word[1..].iter().any(|c| c.is_uppercase())
}

/// Returns how well the capital letters of a word in Latin letters fit. Capitals beyond ASCII stand
/// at the beginning, except in Irish (`hÓgáin`) and after a prefix (`MacÉibhir`), or all letters
/// are capitals.
fn fit_of_case(word: &[char]) -> Fit {
    if !word.iter().any(|c| c.is_lowercase()) {
        return Fit::Known;
    }
    if word[0].is_lowercase() && !word[0].is_ascii() && word.len() > 1 {
        return Fit::Strange;
    }
    let inner = (1..word.len()).filter(|at| word[*at].is_uppercase());
    inner
        .map(|at| {
            let before: String = word[..at].iter().collect();
            let is_followed = word.get(at + 1).is_some_and(|c| c.is_lowercase());
            let is_beyond = !word[at].is_ascii();
            match before.as_str() {
                _ if is_beyond && !is_followed => Fit::Impossible,
                "h" | "n" | "t" if matches!(word[at], 'Á' | 'É' | 'Í' | 'Ó' | 'Ú') => {
                    Fit::Known
                }
                "Mc" | "Mac" | "Mhic" | "Nic" => Fit::Known,
                _ if before.is_ascii() && !is_beyond => Fit::Known,
                _ if before.chars().filter(|c| c.is_lowercase()).count() > 1 => Fit::Strange,
                _ if !is_beyond => Fit::Strange,
                _ => Fit::Impossible,
            }
        })
        .min()
        .unwrap_or(Fit::Known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_cells_are_judged_by_their_beginning() {
        for (piece, fit) in [("aaÑ", Fit::Strange), ("Zoë ", Fit::Known)] {
            let long = piece.repeat(400_000);
            assert!(fit_of_cell(&long, Region::Western) <= fit, "{piece}");
            assert_eq!(is_name_of(&long, Region::Western), fit == Fit::Known, "{piece}");
        }
        // A letter is never cut in two.
        assert_eq!(
            fit_of_cell(&format!("a{}", "é".repeat(4000)), Region::Western),
            Fit::Impossible
        );
    }
}
