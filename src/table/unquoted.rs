//! Splits records without quotes, eight bytes at a time: most cells are so short that a search for
//! each delimiter costs more than the bytes.

/// Appends the bounds of the cells of a record without its line end. Returns `false` if it has a
/// quote; then the bounds mean nothing.
pub(super) fn split_unquoted(
    record: &[u8],
    delimiter: u8,
    bounds: &mut Vec<(usize, usize)>,
) -> bool {
    const QUOTES: u64 = in_each_byte(b'"');
    let delimiters = in_each_byte(delimiter);
    let (words, rest) = record.as_chunks::<8>();
    let mut from = 0;
    for (i, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        if equal_bytes(word, QUOTES) != 0 {
            return false;
        }
        let mut found = equal_bytes(word, delimiters);
        while found != 0 {
            let to = i * 8 + found.trailing_zeros() as usize / 8;
            bounds.push((from, to));
            from = to + 1;
            found &= found - 1;
        }
    }
    for (i, byte) in rest.iter().enumerate() {
        let to = record.len() - rest.len() + i;
        if *byte == b'"' {
            return false;
        } else if *byte == delimiter {
            bounds.push((from, to));
            from = to + 1;
        }
    }
    bounds.push((from, record.len()));
    true
}

const fn in_each_byte(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// Returns the highest bit of each byte that is the same in both words.
fn equal_bytes(one: u64, other: u64) -> u64 {
    const LOW: u64 = in_each_byte(0x7f);
    let differing = one ^ other;
    // A byte other than 0 sets its highest bit itself, or by a carry out of its lower bits.
    !(((differing & LOW) + LOW) | differing | LOW)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn cells_are_those_between_delimiters(
            record in prop::collection::vec(prop::sample::select(b"\",;\tab\0\x80\xac\x2d\xff\x22".to_vec()), 0..60),
        ) {
            for delimiter in [b',', b';', b'\t', b'|'] {
                let mut bounds = Vec::new();
                let is_plain = split_unquoted(&record, delimiter, &mut bounds);
                prop_assert_eq!(is_plain, !record.contains(&b'"'));
                if is_plain {
                    let cells: Vec<&[u8]> = bounds.iter().map(|&(from, to)| &record[from..to]).collect();
                    let expected: Vec<&[u8]> = record.split(|byte| *byte == delimiter).collect();
                    prop_assert_eq!(cells, expected);
                }
            }
        }
    }
}
