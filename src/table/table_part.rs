//! Which rows of a block are parts of other tables in its file.

use super::fault::RowFault;

/// What a row has to do with another table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TablePart {
    /// It is the title of the table whose header is on this line.
    Title(u64),
    /// It is below the header on this line.
    Below(u64),
    /// It is a heading between rows.
    Heading,
    /// It is below the heading on this line.
    BelowHeading(u64),
    /// It is a row of the first table.
    First,
}

impl TablePart {
    /// Returns why the row cannot be read; `None` if it can.
    pub(super) fn fault(self) -> Option<RowFault> {
        match self {
            Self::Title(line) => Some(RowFault::TitleOfOther { line }),
            Self::Below(line) => Some(RowFault::BelowOtherHeader { line }),
            Self::Heading => Some(RowFault::Heading),
            Self::BelowHeading(line) => Some(RowFault::BelowHeading { line }),
            Self::First => None,
        }
    }
}

/// From which row of a block on the rows are parts of which table, in order. Rows before the first
/// entry are of the first table.
pub(super) type TableParts = Vec<(usize, TablePart)>;

/// Returns the part that row `i` of a block is.
pub(super) fn part_of(parts: &[(usize, TablePart)], i: usize) -> TablePart {
    match parts.partition_point(|(from, _)| *from <= i) {
        0 => TablePart::First,
        after => parts[after - 1].1,
    }
}
