//! Stores many rows in few bytes.

use serde::{Deserialize, Serialize};

/// A work item that is sent: its rows, which of their commands, and how often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SentCommand {
    /// Row numbers from 0, ascending.
    pub rows: Vec<u32>,
    /// The number of the command among those of these rows.
    pub part: usize,
    /// How often the command has been sent, including this time.
    pub sent: u32,
    /// The user of the command, if a probe has shown it.
    pub identity: Option<String>,
}

/// A row that is `ok`: its number, how often it was sent, and the number of its effect's text.
pub(super) type Fine = (u32, u32, i64);

/// Encodes rows as differences to the row before, so that neighbours take few bytes.
pub(super) fn pack(rows: &mut [Fine]) -> Result<Vec<u8>, postcard::Error> {
    rows.sort_unstable();
    let mut last = 0;
    let steps: Vec<Fine> = rows
        .iter()
        .map(|(row, attempts, effect)| {
            let step = row.wrapping_sub(last);
            last = *row;
            (step, *attempts, *effect)
        })
        .collect();
    postcard::to_stdvec(&steps)
}

/// Decodes what [`pack`] returns.
pub(super) fn unpack(bytes: &[u8]) -> Result<Vec<Fine>, postcard::Error> {
    let steps: Vec<Fine> = postcard::from_bytes(bytes)?;
    let mut row = 0_u32;
    Ok(steps
        .into_iter()
        .map(|(step, attempts, effect)| {
            row = row.wrapping_add(step);
            (row, attempts, effect)
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rows_come_back_as_they_were(rows in prop::collection::btree_map(any::<u32>(), (any::<u32>(), any::<i64>()), 0..50)) {
            let rows: Vec<Fine> = rows.into_iter().map(|(row, (attempts, effect))| (row, attempts, effect)).collect();
            prop_assert_eq!(unpack(&pack(&mut rows.clone()).unwrap()).unwrap(), rows);
        }

        #[test]
        fn noise_is_refused_or_read_but_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = unpack(&bytes);
        }
    }

    #[test]
    fn neighbours_take_three_bytes_each() {
        let mut rows: Vec<Fine> = (1_000_000..1_000_010).map(|row| (row, 1, 7)).collect();
        assert!(pack(&mut rows).unwrap().len() <= 34);
    }
}
