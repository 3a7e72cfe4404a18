//! Signs that a name was read in a wrong encoding, which no name has: a symbol that touches a
//! letter, a capital letter at the end of a word in small letters, many accents in a row, or two
//! alphabets in one word.

use super::fit::fit_of_cell;
use super::letters::Fit;
use super::regions::Region;

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

/// Whether a letter is of a script that has no small Latin letters beside it in one word.
pub(super) fn is_of_another_script(c: char) -> bool {
    matches!(c,
        '\u{370}'..='\u{8ff}' | '\u{e00}'..='\u{e7f}' | '\u{3041}'..='\u{30ff}'
        | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{ff66}'..='\u{ff9f}')
}

/// Whether a name has three Chinese characters in a row: one that was read so has three for two.
pub(super) fn has_row_of_han(name: &str) -> bool {
    let mut row = 0;
    name.chars().any(|c| {
        row = if matches!(c, '\u{3400}'..='\u{9fff}') { row + 1 } else { 0 };
        row > 2
    })
}

/// How sure it is that a name was read in a wrong encoding.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// No name has these characters where they stand.
    Certain(Vec<char>),
    /// Names may look so. Only an original that is plainly a name makes it certain.
    Possible,
}

/// Returns the strongest sign in a name.
pub(super) fn sign(name: &str) -> Option<Sign> {
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

/// Whether a text has letters beyond ASCII and no sign of a wrong encoding. `O’Brien` is plain,
/// `W’jcik` is not.
pub(super) fn is_plain(name: &str) -> bool {
    let mut behind_apostrophes = name.split('’').skip(1);
    !name.is_ascii()
        && sign(name).is_none()
        && behind_apostrophes.all(|part| part.starts_with(char::is_uppercase))
}
