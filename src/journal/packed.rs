//! Stores many rows in few bytes.

use super::decisions::RowSpan;
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

/// Encodes spans of rows as differences to the span before.
pub(super) fn pack_spans(spans: &[RowSpan]) -> Result<Vec<u8>, postcard::Error> {
    let mut next = 0;
    let steps: Vec<(u32, u32)> = spans
        .iter()
        .map(|(first, last)| {
            let step = (first.wrapping_sub(next), last - first);
            next = last.wrapping_add(1);
            step
        })
        .collect();
    postcard::to_stdvec(&steps)
}

/// Decodes what [`pack_spans`] returns; `None` if it is no such thing.
pub(super) fn unpack_spans(bytes: &[u8]) -> Option<Vec<RowSpan>> {
    let steps: Vec<(u32, u32)> = postcard::from_bytes(bytes).ok()?;
    let mut next = 0_u32;
    let mut spans = Vec::with_capacity(steps.len());
    for (gap, more) in steps {
        let first = next.checked_add(gap)?;
        let last = first.checked_add(more)?;
        spans.push((first, last));
        next = last.checked_add(1)?;
    }
    Some(spans)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rows_come_back_as_they_were(rows in prop::collection::btree_map(any::<u32>(),
            (any::<u32>(), any::<i64>()), 0..50)) {
            let rows: Vec<Fine> = rows.into_iter().map(|(row, (attempts, effect))| (row, attempts,
                effect)).collect();
            prop_assert_eq!(unpack(&pack(&mut rows.clone()).unwrap()).unwrap(), rows);
        }

        #[test]
        fn noise_is_refused_or_read_but_never_panics(bytes in prop::collection::vec(any::<u8>(),
            0..200)) {
            let _ = (unpack(&bytes), unpack_spans(&bytes));
        }
    }

    #[test]
    fn spans_come_back_and_take_two_bytes_each() {
        let spans = [(0, 0), (2, 9), (10, 10), (4_000_000, 4_000_050)];
        let packed = pack_spans(&spans).unwrap();
        assert!(packed.len() <= 1 + 2 * spans.len() + 3, "{}", packed.len());
        assert_eq!(unpack_spans(&packed).unwrap(), spans);
    }

    #[test]
    fn neighbours_take_three_bytes_each() {
        let mut rows: Vec<Fine> = (1_000_000..1_000_010).map(|row| (row, 1, 7)).collect();
        assert!(pack(&mut rows).unwrap().len() <= 34);
    }
}
