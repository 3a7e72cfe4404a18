//! Questions at the terminal.

use crate::import::ImportError;
use crate::visible::visible;
use std::io::{self, BufRead, IsTerminal, Write};

/// Asks a question and demands this very answer. Another answer, or no terminal, gives the refusal.
pub(crate) fn ask(question: &str, answer: &str, refusal: String) -> Result<(), ImportError> {
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return Err(ImportError(refusal));
    }
    let _ = write!(io::stderr(), "{}\nType {} to go on: ", visible(question), visible(answer));
    let mut given = String::new();
    io::stdin().lock().read_line(&mut given)?;
    if given.trim() == answer { Ok(()) } else { Err(ImportError(refusal)) }
}
