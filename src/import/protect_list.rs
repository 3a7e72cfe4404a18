//! Reads the list of protected names (`--protect`).

use crate::execute::{Protected, UnreadableLine};
use crate::fs::read_text;
use crate::import::input_error::InputError;
use std::path::Path;

/// Returns the text of a list, and whom it protects.
///
/// # Errors
/// When it cannot be read, a line cannot name anybody, or no line does: then it would protect fewer
/// people than its author thinks.
pub(super) fn read(path: &Path) -> Result<(String, Protected), InputError> {
    let text = read_text(path).map_err(InputError::ProtectUnreadable)?;
    let file = || path.display().to_string();
    if let Some(UnreadableLine { number, text, flaw, advice }) = Protected::unreadable_line(&text) {
        let text = text.to_owned();
        return Err(InputError::ProtectLine { file: file(), number, text, flaw, advice });
    }
    let protected = Protected::parse(&text);
    match protected.is_empty() {
        true => Err(InputError::ProtectsNobody { file: file() }),
        false => Ok((text, protected)),
    }
}
