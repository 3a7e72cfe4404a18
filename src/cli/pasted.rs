//! Words in quotes, as a person pastes them into any shell.

use crate::shell::shell_words;
use crate::visible::is_hidden;

/// Returns a word in quotes that mean the same in every shell, including those of Windows. If there
/// are none, it is quoted for a POSIX shell. Characters that cannot be typed are shown escaped.
pub(crate) fn pasted(word: &str) -> String {
    match word {
        _ if word.contains(is_hidden) => format!("{word:?}"),
        _ if word.contains(['"', '$', '`', '\\', '!', '%']) => shell_words([word]),
        _ => format!("\"{word}\""),
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
}
