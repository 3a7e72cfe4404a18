//! Cells as CSV: in quotes where they must be.

/// Appends a cell, in quotes where a reader would misread it without them.
pub(crate) fn push_cell(text: &mut Vec<u8>, cell: &str, delimiter: u8) {
    // Looking at all bytes, some at once, is quicker than stopping at the first.
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
pub(super) fn push_cells<'a>(
    text: &mut Vec<u8>,
    cells: impl Iterator<Item = &'a str>,
    delimiter: u8,
) {
    for cell in cells {
        text.push(delimiter);
        push_cell(text, cell, delimiter);
    }
}

/// Appends a cell in quotes, those inside it doubled.
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
