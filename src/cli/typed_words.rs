//! The command line of this process, as words.

use std::ffi::OsString;

/// Returns the words of this process's command line.
pub(crate) fn typed_words() -> impl Iterator<Item = OsString> {
    std::iter::once(OsString::from("umbulk")).chain(std::env::args_os().skip(1))
}
