//! What earlier rows of a chain have made.

use super::footprint::RowFootprint;

/// Whether earlier rows have made the group of a name, or an account of a user's name: an Adobe ID
/// is another account than one of the organization's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Made {
    own: bool,
    adobe: bool,
}

impl Made {
    /// Is that made which a row is about?
    pub fn has(self, row: RowFootprint) -> bool {
        if row.is_adobe() { self.adobe } else { self.own }
    }

    /// What a row is about is there from now on, or no longer.
    pub fn set(&mut self, row: RowFootprint, is_made: bool) {
        *(if row.is_adobe() { &mut self.adobe } else { &mut self.own }) = is_made;
    }
}
