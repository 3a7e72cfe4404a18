//! Names the columns of a sheet.

/// Returns the name of a column, from 0: `A`, `Z`, `AA`.
pub(super) fn column_letters(column: usize) -> String {
    let (mut letters, mut left) = (Vec::new(), column + 1);
    while left > 0 {
        left -= 1;
        letters.push(b'A' + (left % 26) as u8);
        left /= 26;
    }
    letters.iter().rev().map(|letter| char::from(*letter)).collect()
}
