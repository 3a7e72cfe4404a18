//! How things are said to people, and data is given to programs.

use super::error::CliError;
use crate::visible::visible_lines;
use std::ffi::OsString;
use std::io::Write;

/// Says something to the person at the terminal: standard error. Whatever the words come from, the
/// terminal obeys none of them.
pub(crate) fn status_line(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", visible_lines(text));
}

/// Gives data or the summary: standard output. A reader that went away is no error of ours.
pub(crate) fn print_out(text: &str) -> Result<(), CliError> {
    match std::io::stdout().lock().write_all(visible_lines(text).as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(CliError(format!("standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// The words of this process's command line, as a person would type them.
pub(crate) fn typed_words() -> impl Iterator<Item = OsString> {
    std::iter::once(OsString::from("umbulk")).chain(std::env::args_os().skip(1))
}
