//! Where the rows of a table begin, in little memory.

use std::collections::BTreeMap;

/// The place of each row, in bytes of the table's text. It takes little more than four bytes a row.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// The place of the first row of each group of rows.
    bases: Vec<u64>,
    /// The distance of each row from the first row of its group, or [`FAR`].
    distances: Vec<u32>,
    /// The places of rows that are far from it, behind very long lines.
    far: BTreeMap<usize, u64>,
}

const GROUP: usize = 256;
const FAR: u32 = u32::MAX;

impl Places {
    /// Reserves memory for this number of further rows.
    pub(super) fn reserve(&mut self, rows: usize) {
        self.distances.reserve_exact(rows);
    }

    /// Returns for how many rows memory is reserved.
    pub(super) fn capacity(&self) -> usize {
        self.distances.capacity()
    }

    /// Adds the place of the next row.
    pub(super) fn push(&mut self, place: u64) {
        let row = self.distances.len();
        if row.is_multiple_of(GROUP) {
            self.bases.push(place);
        }
        let distance = u32::try_from(place - self.bases[row / GROUP]).unwrap_or(FAR);
        if distance == FAR {
            self.far.insert(row, place);
        }
        self.distances.push(distance);
    }

    /// Returns the place of a row; `None` behind the last one.
    pub(super) fn get(&self, row: usize) -> Option<u64> {
        match *self.distances.get(row)? {
            FAR => self.far.get(&row).copied(),
            distance => Some(self.bases[row / GROUP] + u64::from(distance)),
        }
    }

    /// Returns the number of rows.
    pub(super) fn len(&self) -> usize {
        self.distances.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_found_however_long_the_lines_are() {
        let long = u64::from(u32::MAX);
        let lengths = (0..1000_u64).map(|row| match row {
            300 => long,
            301 | 700 => long - 1,
            row => row % 7,
        });
        let expected: Vec<u64> = lengths
            .scan(0, |end, length| {
                let begin = *end;
                *end += length;
                Some(begin)
            })
            .collect();
        let mut places = Places::default();
        expected.iter().for_each(|place| places.push(*place));
        let found: Vec<u64> = (0..places.len()).filter_map(|row| places.get(row)).collect();
        assert_eq!(found, expected);
        assert!(!places.far.is_empty() && places.far.len() < 300);
        assert_eq!(places.get(1000), None);
    }
}
