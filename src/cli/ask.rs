//! Questions at the terminal.

use crate::visible::visible;
use std::io::{self, BufRead, IsTerminal, Write};

/// Asks a question, and returns whether the user gave this exact answer. Only a terminal can give
/// it.
pub(crate) fn ask(question: &str, answer: &str) -> io::Result<bool> {
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return Ok(false);
    }
    let _ = write!(io::stderr(), "{}\nType {} to go on: ", visible(question), visible(answer));
    let mut given = String::new();
    io::stdin().lock().read_line(&mut given)?;
    Ok(given.trim() == answer)
}
