//! Writes cells as CSV, with quotes where they are needed.

/// Appends a cell, in quotes if a reader would misread it without them.
pub(crate) fn push_cell(text: &mut Vec<u8>, cell: &str, delimiter: u8) {
    // Checking all bytes, several at once, is faster than stopping at the first.
    let needs_quotes = cell.bytes().fold(false, |found, byte| {
        found | (byte == delimiter) | (byte == b'"') | (byte == b'\r') | (byte == b'\n')
    });
    if needs_quotes {
        push_quoted(text, cell.as_bytes());
    } else {
        text.extend_from_slice(cell.as_bytes());
    }
}

/// Appends cells, each with a delimiter before it.
pub(super) fn push_cells<C: AsRef<str>>(
    text: &mut Vec<u8>,
    cells: impl Iterator<Item = C>,
    delimiter: u8,
) {
    for cell in cells {
        text.push(delimiter);
        push_cell(text, cell.as_ref(), delimiter);
    }
}

/// Appends a cell in quotes, and doubles the quotes inside it.
pub(super) fn push_quoted(text: &mut Vec<u8>, cell: &[u8]) {
    text.push(b'"');
    for (i, part) in cell.split(|byte| *byte == b'"').enumerate() {
        if i > 0 {
            text.extend_from_slice(b"\"\"");
        }
        text.extend_from_slice(part);
    }
    text.push(b'"');
}
