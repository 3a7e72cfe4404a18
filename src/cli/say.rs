//! Prints messages for users, and data for programs.

use super::colours;
use super::error::CliError;
use crate::visible::{visible, visible_lines};
use std::ffi::OsString;
use std::io::Write;

/// Prints a line for the user on standard error. Control characters are escaped, and so are line
/// breaks, so that one in a name begins no line.
pub(crate) fn status_line(text: &str) {
    let (text, error) = (visible(text), "error:");
    let _ = match text.strip_prefix(error) {
        Some(rest) => writeln!(std::io::stderr().lock(), "{}{rest}", colours::error(error)),
        None => writeln!(std::io::stderr().lock(), "{text}"),
    };
}

/// Prints several lines with the program's own line breaks.
pub(crate) fn status_lines(text: &str) {
    text.lines().for_each(status_line);
}

/// Prints data or the summary on standard output. It is not an error if the reader has closed it.
pub(crate) fn print_out(text: &str) -> Result<(), CliError> {
    print_painted(&visible_lines(text))
}

/// Prints a text with colours, whose parts from files and servers are escaped already.
pub(crate) fn print_painted(text: &str) -> Result<(), CliError> {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(CliError(format!("standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Returns the words of this process's command line.
pub(crate) fn typed_words() -> impl Iterator<Item = OsString> {
    std::iter::once(OsString::from("umbulk")).chain(std::env::args_os().skip(1))
}
