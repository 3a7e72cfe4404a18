//! Formats commands so that they can be pasted into a shell.

use crate::visible::is_hidden;
use std::ffi::OsStr;

/// Formats a command so that it can be pasted into a shell.
pub(crate) fn shell_words(words: impl IntoIterator<Item = impl AsRef<OsStr>>) -> String {
    words.into_iter().map(|word| shell_word(word.as_ref())).collect::<Vec<_>>().join(" ")
}

fn shell_word(word: &OsStr) -> String {
    let visible = word.to_str().filter(|word| !word.contains(is_hidden));
    if let Some(quoted) = visible.and_then(|word| shlex::try_quote(word).ok()) {
        return quoted.into_owned();
    }
    // Bytes that no terminal shows, in the notation of bash, zsh and ksh.
    let byte = |byte: &u8| match byte {
        b'\'' | b'\\' => format!("\\{}", char::from(*byte)),
        b' '..=b'~' => char::from(*byte).to_string(),
        _ => format!("\\x{byte:02x}"),
    };
    format!("$'{}'", word.as_encoded_bytes().iter().map(byte).collect::<String>())
}
