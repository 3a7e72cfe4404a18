//! What the first reading of a file shows about its rows beside their conflicts, so that later
//! readings need no more than the few rows about which more is to be found out.

use crate::organization::Organization;

/// What files are read for the first time for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReadFor {
    /// To compare their rows with a list.
    Comparison,
    /// Also to remove people from groups (`--exact-groups`).
    ExactGroups,
}

/// The rows of a file as the first reading has found them, also those outside `--rows`.
#[derive(Debug)]
pub(crate) struct FirstReading {
    /// Whether a row names a listed user by an address and nobody else, by the user's number.
    listed: Vec<bool>,
    /// The other rows, from 0, ascending.
    others: Vec<u32>,
    /// Whether a row may remove something by what its cells say.
    takes_away: bool,
    /// What matters only if people are removed from groups.
    exact: Option<ReadForExactGroups>,
}

/// What the rows show for `--exact-groups`.
#[derive(Debug, Default)]
pub(crate) struct ReadForExactGroups {
    /// The rows, from 0 and ascending, that have no effect by what is wrong in their cells, or
    /// because nobody has their names.
    pub(crate) without_effect: Vec<u32>,
    /// Whether a row has an empty cell of groups.
    pub(crate) has_empty_cells: bool,
}

/// What is found in some rows of a file.
#[derive(Debug, Default)]
pub(crate) struct RowsFirstRead {
    /// The users, by number, whom rows name by a listed address, and nobody else.
    pub(crate) listed: Vec<u32>,
    /// The other rows, from 0, ascending.
    pub(crate) others: Vec<u32>,
    /// Whether a row may remove something by what its cells say.
    pub(crate) takes_away: bool,
    pub(crate) exact: ReadForExactGroups,
}

impl FirstReading {
    /// Creates what is known before a row is read.
    pub(crate) fn new(organization: &Organization, what_for: ReadFor) -> Self {
        let listed = vec![false; organization.len() as usize];
        let exact = (what_for == ReadFor::ExactGroups).then(ReadForExactGroups::default);
        Self { listed, others: Vec::new(), takes_away: false, exact }
    }

    /// Adds the next rows.
    pub(crate) fn add(&mut self, rows: RowsFirstRead) {
        for number in rows.listed {
            self.listed[number as usize] = true;
        }
        self.others.extend(rows.others);
        self.takes_away |= rows.takes_away;
        if let Some(exact) = &mut self.exact {
            exact.without_effect.extend(rows.exact.without_effect);
            exact.has_empty_cells |= rows.exact.has_empty_cells;
        }
    }

    /// Returns the users, by number, whom rows name by a listed address, and nobody else.
    pub(crate) fn listed(&self) -> impl Iterator<Item = u32> {
        (0..).zip(&self.listed).filter(|(_, is_named)| **is_named).map(|(number, _)| number)
    }

    /// Whether this row, from 0, names a listed user by an address, and nobody else.
    pub(crate) fn is_of_listed(&self, row: u64) -> bool {
        u32::try_from(row).is_ok_and(|row| self.others.binary_search(&row).is_err())
    }

    /// Returns the rows, from 0, that name anybody else, or nobody.
    pub(crate) fn others(&self) -> &[u32] {
        &self.others
    }

    /// Whether a row may remove something by what its cells say.
    pub(crate) fn takes_away(&self) -> bool {
        self.takes_away
    }

    /// Returns what the rows show for `--exact-groups`, if they were read for that.
    pub(crate) fn exact(&self) -> Option<&ReadForExactGroups> {
        self.exact.as_ref()
    }
}
