//! Numbers as spreadsheets write them in place of what was typed.

/// Whether the cell is a number such as `1.00E+05`. A spreadsheet writes the sign of the exponent,
/// other programs at least a point (`1.0012345E7`). `1E5` may be a username.
pub(super) fn is_scientific(cell: &str) -> bool {
    let narrow = |c: char| match c {
        // A character in full width.
        '\u{ff01}'..='\u{ff5e}' => {
            char::from_u32(u32::from(c) - 0xfee0).unwrap_or(char::REPLACEMENT_CHARACTER)
        }
        '\u{2212}' => '-',
        c => c,
    };
    if !cell.chars().next().is_some_and(|c| matches!(narrow(c), '0'..='9' | '+' | '-' | '.' | ','))
    {
        return false;
    }
    let cell: String = cell.chars().map(narrow).collect();
    let Some((number, exponent)) = cell.split_once(['E', 'e']) else { return false };
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let number = number.trim_start_matches(['+', '-']);
    let (whole, part) = number.split_once(['.', ',']).unwrap_or((number, ""));
    let has_point = whole.len() < number.len();
    let exponent = exponent.trim_start();
    let digits = exponent.strip_prefix(['+', '-']);
    (has_point || digits.is_some())
        && !(whole.is_empty() && part.is_empty())
        && is_digits(whole)
        && is_digits(part)
        && !digits.unwrap_or(exponent).is_empty()
        && is_digits(digits.unwrap_or(exponent))
}

/// Whether the cell is a whole number with decimals: `10045.0`.
pub(super) fn is_decimal(cell: &str) -> bool {
    cell.split_once(['.', ',']).is_some_and(|(whole, part)| {
        !whole.is_empty()
            && whole.bytes().all(|byte| byte.is_ascii_digit())
            && !part.is_empty()
            && part.bytes().all(|byte| byte == b'0')
    })
}
