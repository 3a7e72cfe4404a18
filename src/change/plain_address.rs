//! Recognizes most email addresses in one pass.

/// Whether a text is plainly an email address, as most are: ASCII letters and digits, single marks
/// between them, one `@`, and a dot behind it. `false` proves nothing.
pub(super) fn is_plain_address(text: &str) -> bool {
    /// So long may a label of a domain be, and so none is too long.
    const LONGEST: usize = 63;
    if text.len() > LONGEST {
        return false;
    }
    let (mut is_between, mut has_at, mut has_dot) = (false, false, false);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            is_between = true;
            continue;
        }
        // A mark stands between two letters or digits.
        if !std::mem::take(&mut is_between) {
            return false;
        }
        match byte {
            b'@' if !has_at => (has_at, has_dot) = (true, false),
            b'.' => has_dot = true,
            b'-' => {}
            b'_' if !has_at => {}
            _ => return false,
        }
    }
    is_between && has_at && has_dot
}
