//! Estimates how many rows a table has, from its first rows.

/// Returns for how many more rows to reserve memory, if this number of rows is read and they end at
/// byte `end` of `len_bytes`. Growing by doubling would need twice the memory.
pub(crate) fn rows_ahead(rows: usize, end: u64, len_bytes: u64) -> usize {
    let bytes_a_row = end / (rows as u64).max(1) + 1;
    let ahead = usize::try_from(len_bytes.saturating_sub(end) / bytes_a_row).unwrap_or(0);
    ahead + ahead / 32 + 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_ahead_are_judged_by_the_rows_that_are_read() {
        assert_eq!(rows_ahead(0, 0, 0), 1024);
        assert_eq!(rows_ahead(100, 9_900, 9_900), 1024);
        assert_eq!(rows_ahead(100, 9_900, 1_009_900), 10_000 + 312 + 1024);
    }
}
