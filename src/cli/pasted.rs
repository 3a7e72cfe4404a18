//! Words in quotes, as a person pastes them into any shell.

use crate::shell::shell_words;
use crate::visible::is_hidden;

/// Returns a word in quotes that mean the same in every shell, including those of Windows. If there
/// are none, it is quoted for a POSIX shell, which also has escapes for characters that no terminal
/// shows.
pub(crate) fn pasted(word: &str) -> String {
    let is_special = |letter| is_hidden(letter) || "\"$`\\!%".contains(letter);
    match word.contains(is_special) {
        true => shell_words([word]),
        false => format!("\"{word}\""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pasted_word_is_one_argument() {
        assert_eq!(pasted("a b"), "\"a b\"");
        for word in ["a b", "it's", "a$b", "it's \"", "100%", "`a`", "a\\b!"] {
            assert_eq!(shlex::split(&pasted(word)), Some(vec![word.to_owned()]));
        }
    }

    /// In double quotes, a shell would carry out what a file's author wrote.
    #[test]
    fn word_with_hidden_characters_runs_nothing() {
        assert_eq!(pasted("A\u{2028}$(id)`id`"), r"$'A\xe2\x80\xa8$(id)`id`'");
    }
}
