//! What is unusual about a file that is read nevertheless.

use crate::number::{count, form};

/// Something unusual about a file that is read nevertheless.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableWarning {
    /// It is not UTF-8, and its names look right in the code page of Western Europe.
    #[error("not UTF-8 (first at line {line}), read as Windows-1252: {samples}")]
    Western {
        /// The first line with such bytes.
        line: u64,
        /// Words with such bytes.
        samples: String,
    },
    /// Some bytes are invalid in the encoding.
    #[error("some bytes are not {0}: cells with such bytes are refused")]
    LostBytes(&'static str),
    /// An archive has other files beside the table.
    #[error("{} in the archive {} not read", count(*.0, "other file"), form(*.0, "is", "are"))]
    OtherFiles(u64),
    /// Rows or columns of a sheet are hidden.
    #[error("{} hidden in the sheet, and read like the others", hidden_words(*rows, *columns))]
    Hidden {
        /// How many rows with content.
        rows: u64,
        /// How many columns of the table.
        columns: u64,
    },
    /// Cells of a sheet are merged.
    #[error("{}", merged_words(cells, *more))]
    Merged {
        /// The address of the first group of them (`Staff!E2:E4`).
        cells: String,
        /// How many further groups there are.
        more: u64,
    },
}

/// Describes merged cells: the first group of them, and how many more there are.
fn merged_words(cells: &str, more: u64) -> String {
    let others = match more {
        0 => String::new(),
        _ => format!(" ({} as well)", count(more, "further merged range")),
    };
    format!(
        "{cells} is one merged cell{others}: only its first row and column have the value, and \
         nothing is there in the others"
    )
}

/// Describes what is hidden: `2 rows and 1 column are`.
fn hidden_words(rows: u64, columns: u64) -> String {
    let is = form(rows + columns, "is", "are");
    match (rows, columns) {
        (rows, 0) => format!("{} {is}", count(rows, "row")),
        (0, columns) => format!("{} {is}", count(columns, "column")),
        (rows, columns) => format!("{} and {} {is}", count(rows, "row"), count(columns, "column")),
    }
}
