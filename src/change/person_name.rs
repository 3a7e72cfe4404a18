//! People's names as different systems write them: with or without diacritics, with the usual
//! transliterations, first name or last name first. These forms are only compared, never shown or
//! sent.

use super::skeleton::{look_alikes, plain};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Returns the words of a text in a form that all usual spellings of a name share.
pub(crate) fn name_words(text: &str) -> Vec<String> {
    let text = plain(text);
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return vec![without_digraphs(&text)];
    }
    words_of_any(&text)
}

/// Returns the words of a text that is more than one word of English letters.
fn words_of_any(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for c in text.nfd() {
        match c {
            // Diacritics of Latin, Greek and Cyrillic letters. Those of other scripts make another
            // letter.
            '\u{300}'..='\u{36f}' => {}
            '\'' | '’' | '‘' | 'ʼ' | 'ʻ' | '`' | '´' => {}
            c if c.is_alphanumeric() || is_combining_mark(c) => {
                words.last_mut().into_iter().for_each(|word| push(word, c));
            }
            _ if words.last().is_some_and(String::is_empty) => {}
            _ => words.push(String::new()),
        }
    }
    words.retain(|word| !word.is_empty());
    words.iter().map(|word| without_digraphs(&look_alikes(word))).collect()
}

/// Returns the words of a first and a last name, in any order; `None` if one of them is empty.
pub(crate) fn person_words(first: &str, last: &str) -> Option<String> {
    let (mut words, last) = (name_words(first), name_words(last));
    if words.is_empty() || last.is_empty() {
        return None;
    }
    words.extend(last);
    words.sort_unstable();
    Some(words.join(" "))
}

/// Adds a letter in a form that has only the letters of English.
fn push(word: &mut String, c: char) {
    match c {
        'ß' => word.push_str("ss"),
        'æ' => word.push_str("ae"),
        'œ' => word.push_str("oe"),
        'þ' => word.push_str("th"),
        'ø' => word.push('o'),
        'ł' => word.push('l'),
        'đ' | 'ð' => word.push('d'),
        'ħ' => word.push('h'),
        'ŧ' => word.push('t'),
        'ı' => word.push('i'),
        c => word.push(c),
    }
}

/// Returns a word without digraphs: `Mueller` and `Müller` are also written `Muller`, so the two
/// letters for a letter with a diacritic, or for `ß`, become one.
fn without_digraphs(word: &str) -> String {
    let mut letters = String::with_capacity(word.len());
    let mut rest = word.chars().peekable();
    while let Some(c) = rest.next() {
        letters.push(c);
        let follows = match c {
            'a' => &['e', 'a'][..],
            'o' | 'u' => &['e'],
            's' => &['s'],
            _ => &[],
        };
        rest.next_if(|next| follows.contains(next));
    }
    letters
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn words_of_english_letters_are_those_of_any(text in "[a-zA-Z0-9]{0,12}|[a-z '.-]{0,12}") {
            proptest::prop_assert_eq!(name_words(&text), words_of_any(&plain(&text)));
        }
    }

    #[test]
    fn usual_spellings_of_a_name_are_one() {
        for (one, other) in [
            (("Max", "Müller"), ("max", "Mueller")),
            (("Max", "Müller"), ("Max", "MULLER")),
            (("José", "Gil"), ("Jose", "Gil")),
            (("José", "Gil"), ("Gil", "Jose\u{301}")),
            (("Søren", "Åberg"), ("Soeren", "Aaberg")),
            (("Søren", "Åberg"), ("Soren", "Aberg")),
            (("Paweł", "Strauß"), ("Pawel", "Strauss")),
            (("Đorđe", "Þórsson"), ("Dorde", "Thorsson")),
            (("Pat", "O’Hara"), ("Pat", "OHara")),
            (("Anne-Marie", "Lee"), ("Anne Marie", "Lee")),
            (("Kаte", "Smith\u{a0}"), ("Kate", "Smith")),
            (("İnci", "Yılmaz"), ("Inci", "Yilmaz")),
        ] {
            assert_eq!(
                person_words(one.0, one.1),
                person_words(other.0, other.1),
                "{one:?} {other:?}"
            );
        }
    }

    #[test]
    fn other_names_are_others() {
        for (one, other) in [
            (("Ann", "Lee"), ("Anna", "Lee")),
            (("アンナ", "バ"), ("アンナ", "ハ")),
            (("Ivan", "Petrov"), ("Ivan", "Petrova")),
        ] {
            assert_ne!(
                person_words(one.0, one.1),
                person_words(other.0, other.1),
                "{one:?} {other:?}"
            );
        }
        assert!(person_words("", "Lee").is_none() && person_words("Ann", " - ").is_none());
    }
}
