//! The rows that have an outcome, in little memory.

use std::collections::HashMap;

/// The rows that have an outcome: a bit for each, in words of 64 bits.
#[derive(Debug, Default)]
pub(super) struct DecidedRows(HashMap<u32, u64>);

impl DecidedRows {
    /// Adds a row; returns `false` if it was already there.
    pub(super) fn insert(&mut self, row: u32) -> bool {
        let word = self.0.entry(row / u64::BITS).or_default();
        let bit = 1 << (row % u64::BITS);
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_is_taken_in_once() {
        let mut judged = DecidedRows::default();
        assert!([0, 63, 64, u32::MAX].into_iter().all(|row| judged.insert(row)));
        assert!(![0, 63, 64, u32::MAX].into_iter().any(|row| judged.insert(row)));
    }
}
