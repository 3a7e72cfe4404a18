//! What a table is opened for.

/// What a table is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TablePurpose {
    /// Its rows are carried out: no column that changes their meaning may be ignored.
    Rows,
    /// All its rows are carried out as deletions.
    Deletions,
    /// Its rows are carried out, and those without an action as deletions.
    DefaultDeletions,
    /// It lists an organization: its columns about leavers and earlier names change nothing.
    OrganizationList,
}

impl TablePurpose {
    pub(super) fn has_rows_to_carry_out(self) -> bool {
        self != Self::OrganizationList
    }

    /// Whether all rows of a table with or without a column of actions delete.
    pub(super) fn deletes_all(self, has_action: bool) -> bool {
        match self {
            Self::Deletions => true,
            Self::DefaultDeletions => !has_action,
            Self::Rows | Self::OrganizationList => false,
        }
    }
}
