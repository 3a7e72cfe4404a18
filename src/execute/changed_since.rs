//! What other imports from this computer have done to the users and groups of rows that were sent
//! without a response.

use crate::plan::NamesSince;
use std::collections::{HashMap, HashSet};

/// What the record of other imports says about rows without a known result.
#[derive(Debug, Default)]
pub(crate) struct ChangedSince {
    /// Rows whose users or groups another import has changed, or may have renamed, removed or
    /// created: they are not sent again, because that could undo the other import, or be about
    /// somebody else.
    pub(super) rows: HashSet<u32>,
    /// What the names of rows still prove, if that is less than before.
    names: HashMap<u32, NamesSince>,
}

impl ChangedSince {
    /// Returns the answer that for these rows another import has changed users or groups, or may
    /// have.
    pub(crate) fn of_rows(rows: HashSet<u32>) -> Self {
        Self { rows, ..Self::default() }
    }

    /// Returns the answer that nothing is known of these rows: everything may have been changed.
    pub(crate) fn unknown(rows: HashSet<u32>) -> Self {
        let names = rows.iter().map(|row| (*row, NamesSince::Given)).collect();
        Self { rows, names }
    }

    /// Records what the names of these rows prove at most.
    pub(crate) fn note_names(&mut self, rows: HashSet<u32>, since: NamesSince) {
        for row in rows {
            let known = self.names.entry(row).or_default();
            *known = since.max(*known);
        }
    }

    /// Returns what the names of these rows still prove.
    pub(crate) fn names_of(&self, rows: &[u32]) -> NamesSince {
        rows.iter().filter_map(|row| self.names.get(row)).copied().max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_share_a_command_prove_what_the_least_certain_one_does() {
        let mut since = ChangedSince::default();
        since.note_names([1].into(), NamesSince::Given);
        since.note_names([1, 2].into(), NamesSince::Changed);
        let of = |rows: &[u32]| since.names_of(rows);
        assert_eq!([of(&[0]), of(&[0, 2])], [NamesSince::Kept, NamesSince::Changed]);
        assert_eq!([of(&[1]), of(&[2, 1])], [NamesSince::Given; 2]);
        let unknown = ChangedSince::unknown([3].into());
        assert_eq!((unknown.names_of(&[3]), unknown.rows.len()), (NamesSince::Given, 1));
    }
}
