//! Questions at the terminal.

use crate::cli::say::status_line;
use crate::visible::visible;
use std::io::{self, BufRead, IsTerminal, Write};

/// Asks a question, and returns whether the user gave this exact answer. Only a terminal can give
/// it.
pub(crate) fn ask(question: &str, answer: &str) -> io::Result<bool> {
    if !can_ask() {
        return Ok(false);
    }
    let _ = write!(io::stderr(), "{}\nType {} to go on: ", visible(question), visible(answer));
    let mut given = String::new();
    io::stdin().lock().read_line(&mut given)?;
    let given = given.trim();
    if given != answer {
        let given = if given.is_empty() { "nothing".to_owned() } else { format!("`{given}`") };
        status_line(&format!("You typed {given}. To go on, {answer} was to be typed"));
    }
    Ok(given == answer)
}

/// Whether somebody sees a question, and can answer it.
pub(crate) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}
