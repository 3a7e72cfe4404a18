//! Prints messages for users, and data for programs.

use super::colours;
use super::error::CliError;
use super::wrap::for_terminal;
use crate::fs::in_words;
use crate::import::Exit;
use crate::visible::{visible, visible_lines};
use console::Term;
use serde_json::json;
use std::borrow::Cow;
use std::io::Write;

/// Prints a line for the user on standard error. Control characters are escaped, and so are line
/// breaks, so that one in a name begins no line. A terminal gets it wrapped between words.
pub(crate) fn status_line(text: &str) {
    let (text, error) = (wrapped(visible(text), &Term::stderr()), "error:");
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

/// Prints what has prevented a command as an object for programs, which get one whatever happens.
pub(crate) fn print_error_object(CliError(why): &CliError) {
    // The error is on standard error as well, if nobody reads standard output.
    let _ = print_out(&format!("{}\n", json!({ "error": why, "exit": Exit::NothingSent as u8 })));
}

/// Prints words for the user on standard output. A terminal gets them wrapped between words.
pub(crate) fn print_words(text: &str) -> Result<(), CliError> {
    print_painted(&wrapped(visible_lines(text), &Term::stdout()))
}

/// Prints words with colours, as [`print_words`]. Their parts from files and servers are escaped
/// already.
pub(crate) fn print_painted_words(text: &str) -> Result<(), CliError> {
    print_painted(&wrapped(Cow::Borrowed(text), &Term::stdout()))
}

/// Wraps a text if it goes to a terminal.
fn wrapped<'t>(text: Cow<'t, str>, terminal: &Term) -> Cow<'t, str> {
    /// In fewer columns, words are better broken than alone on a line.
    const FEWEST: usize = 40;
    match terminal.size_checked().filter(|_| terminal.is_term()) {
        Some((_, columns)) if usize::from(columns) >= FEWEST => {
            Cow::Owned(for_terminal(&text, usize::from(columns)))
        }
        _ => text,
    }
}

/// Prints a text with colours, whose parts from files and servers are escaped already.
fn print_painted(text: &str) -> Result<(), CliError> {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(CliError(format!("standard output: {}", in_words(&error))))
        }
        _ => Ok(()),
    }
}
