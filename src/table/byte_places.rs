//! Finds bytes in short texts, eight bytes at a time: most cells are so short that a search for
//! each delimiter costs more than the bytes.

/// Returns a word that has this byte in each of its bytes.
pub(super) const fn in_each_byte(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// Returns the highest bit of each byte that is the same in both words.
#[inline]
pub(super) const fn equal_bytes(one: u64, other: u64) -> u64 {
    const LOW: u64 = in_each_byte(0x7f);
    let differing = one ^ other;
    // A byte other than 0 sets its highest bit itself, or by a carry out of its lower bits.
    !(((differing & LOW) + LOW) | differing | LOW)
}

/// Passes the places of a byte to `each` in order, as long as that returns `true`. Returns whether
/// it always did.
#[inline]
pub(super) fn each_place(bytes: &[u8], byte: u8, mut each: impl FnMut(usize) -> bool) -> bool {
    let wanted = in_each_byte(byte);
    let (words, rest) = bytes.as_chunks::<8>();
    for (i, word) in words.iter().enumerate() {
        let mut found = equal_bytes(u64::from_le_bytes(*word), wanted);
        while found != 0 {
            if !each(i * 8 + found.trailing_zeros() as usize / 8) {
                return false;
            }
            found &= found - 1;
        }
    }
    let before = words.len() * 8;
    rest.iter().enumerate().all(|(i, other)| *other != byte || each(before + i))
}

/// Returns the place of the first byte beyond ASCII.
pub(super) fn first_beyond_ascii(bytes: &[u8]) -> Option<usize> {
    const HIGHEST: u64 = in_each_byte(0x80);
    let (words, rest) = bytes.as_chunks::<8>();
    for (i, word) in words.iter().enumerate() {
        let found = u64::from_le_bytes(*word) & HIGHEST;
        if found != 0 {
            return Some(i * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    rest.iter().position(|byte| !byte.is_ascii()).map(|at| words.len() * 8 + at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BYTES: &[u8] = b",-\x2c\xac\x80\0a\x7f";

    proptest! {
        #[test]
        fn places_of_eight_bytes_at_a_time_are_those_one_by_one(
            bytes in prop::collection::vec(prop::sample::select(BYTES.to_vec()), 0..40),
            most in 0_usize..20,
        ) {
            for byte in *b",-\0\xac" {
                let is_one = |at: &usize| bytes[*at] == byte;
                let by_rules: Vec<usize> = (0..bytes.len()).filter(is_one).collect();
                let mut places = Vec::new();
                let all = each_place(&bytes, byte, |at| {
                    places.push(at);
                    places.len() < most
                });
                prop_assert_eq!(&places[..], &by_rules[..by_rules.len().min(most.max(1))]);
                prop_assert_eq!(all, by_rules.len() < most || by_rules.is_empty());
            }
            let beyond = bytes.iter().position(|byte| !byte.is_ascii());
            prop_assert_eq!(first_beyond_ascii(&bytes), beyond);
        }
    }
}
