//! Many rows in few bytes.

use serde::{Deserialize, Serialize};

/// A job as it leaves: which rows, which of their commands, and the how-many-eth time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Departure {
    /// Rows from 0, ascending.
    pub rows: Vec<u32>,
    /// Which of the commands of these rows.
    pub part: usize,
    /// How often they have been sent, this time included.
    pub sent: u32,
}

/// Rows with a number beside each. Rows are written as steps from the one before, so that neighbours take a byte.
pub(super) fn pack(rows: &mut [(u32, u32)]) -> Result<Vec<u8>, postcard::Error> {
    rows.sort_unstable();
    let mut last = 0;
    let steps: Vec<(u32, u32)> = rows
        .iter()
        .map(|(row, number)| {
            let step = row.wrapping_sub(last);
            last = *row;
            (step, *number)
        })
        .collect();
    postcard::to_stdvec(&steps)
}

/// The reverse of [`pack`].
pub(super) fn unpack(bytes: &[u8]) -> Result<Vec<(u32, u32)>, postcard::Error> {
    let steps: Vec<(u32, u32)> = postcard::from_bytes(bytes)?;
    let mut row = 0_u32;
    Ok(steps
        .into_iter()
        .map(|(step, number)| {
            row = row.wrapping_add(step);
            (row, number)
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rows_come_back_as_they_were(rows in prop::collection::btree_map(any::<u32>(), any::<u32>(), 0..50)) {
            let rows: Vec<(u32, u32)> = rows.into_iter().collect();
            prop_assert_eq!(unpack(&pack(&mut rows.clone()).unwrap()).unwrap(), rows);
        }

        #[test]
        fn noise_is_refused_or_read_but_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = unpack(&bytes);
        }
    }

    #[test]
    fn neighbours_take_two_bytes_each() {
        let mut rows: Vec<(u32, u32)> = (1_000_000..1_000_010).map(|row| (row, 1)).collect();
        assert!(pack(&mut rows).unwrap().len() <= 24);
    }
}
