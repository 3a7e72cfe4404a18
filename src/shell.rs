//! Commands as they can be pasted into a shell.

use crate::visible::is_hidden;
use std::ffi::OsStr;

/// A command as it can be pasted into a shell.
pub(crate) fn shell_words(words: impl IntoIterator<Item = impl AsRef<OsStr>>) -> String {
    let quote = |word: &OsStr| match word.to_str().filter(|word| !word.contains(is_hidden)) {
        Some(word)
            if !word.is_empty()
                && word.chars().all(|c| c.is_alphanumeric() || "-_./=:,%@+".contains(c)) =>
        {
            word.to_owned()
        }
        Some(word) => format!("'{}'", word.replace('\'', "'\\''")),
        // Bytes that no terminal shows, as bash, zsh and ksh read them.
        None => {
            let byte = |byte: &u8| match byte {
                b'\'' | b'\\' => format!("\\{}", char::from(*byte)),
                b' '..=b'~' => char::from(*byte).to_string(),
                _ => format!("\\x{byte:02x}"),
            };
            format!("$'{}'", word.as_encoded_bytes().iter().map(byte).collect::<String>())
        }
    };
    words.into_iter().map(|word| quote(word.as_ref())).collect::<Vec<_>>().join(" ")
}
