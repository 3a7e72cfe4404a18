//! Whether a question can be asked.

use std::io::{self, IsTerminal};

/// Whether somebody sees a question, and can answer it.
pub(crate) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}
