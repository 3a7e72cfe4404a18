//! What can be wrong with a record, so that it is no row.

use super::limits::MAX_RECORD;
use crate::number::{count, thousands};

/// Why a record cannot be read at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FrameFault {
    /// A quote opens a cell and none closes it.
    UnclosedQuote,
    /// A quoted cell is followed by something else than a delimiter or a line end.
    TextAfterQuote,
    /// More than [`MAX_RECORD`] bytes.
    TooLong,
    /// A line of JSON Lines that is no flat object.
    Json(JsonFault),
}

/// Why a line of JSON Lines is no row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum JsonFault {
    /// Something else than a JSON object.
    #[error(
        "the line is not a JSON object: each line must be a whole one, such as \
         {{\"email\": \"ann@example.com\"}}"
    )]
    NotAnObject,
    /// An object or a list where a cell has no room for one.
    #[error(
        "a value on this line is an object, or a list that contains something other than texts: \
         write texts, numbers, or lists of texts"
    )]
    Nested,
    /// One key twice.
    #[error(
        "two keys of this line name the same field (letter case, spaces, _ and - make no \
         difference): remove one"
    )]
    KeyTwice,
    /// Short enough as JSON, and too long as the CSV that results are.
    #[error("written as CSV, the row is longer than 1 MiB: shorten it")]
    TooWide,
}

/// Why a row has no cells. The text says what is wrong and what to do; `reason` is the short form
/// for codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum RowFault {
    /// Content in a cell that no column of the header names.
    #[error("{}", extra_cells(*.cell, *.columns))]
    ExtraCells {
        /// The cell's number in the row, from 1.
        cell: usize,
        /// Columns of the header, nameless ones included.
        columns: usize,
    },
    /// Switched off with `#`.
    #[error("switched off: its first cell begins with #. Remove the # to send the row")]
    SwitchedOff,
    /// A last row that is no person, such as a total.
    #[error("the last row is a total or a remark, not a person")]
    Total,
    /// A NUL byte.
    #[error("the row contains a NUL byte, which is not text: remove it, or export the file again")]
    Nul,
    /// Longer than a row may be.
    #[error(
        "the row has {} bytes, but {} are allowed: a line break may be missing",
        thousands(*len),
        thousands(*max)
    )]
    TooLong {
        /// Bytes of the row, its line end included.
        len: u64,
        /// Bytes that it may have.
        max: u64,
    },
    /// A quote opens a cell and none closes it.
    #[error("a quote (\") opens a cell on this line, but none closes it: close it, or remove it")]
    UnclosedQuote,
    /// A quoted cell is followed by text.
    #[error(
        "text follows the quote (\") that closes a cell which begins on this line: write a quote \
         inside a cell twice (\"\"), or look for a missing one"
    )]
    TextAfterQuote,
    /// Not UTF-8, or a character that says that text was lost.
    #[error(
        "the row contains bytes or characters that cannot be read (the text is not UTF-8, or was \
         lost in an earlier conversion): save the file as UTF-8, or use --encoding"
    )]
    Encoding,
    /// A line of JSON Lines that is no flat object.
    #[error("{0}")]
    Json(JsonFault),
}

fn extra_cells(cell: usize, columns: usize) -> String {
    if cell > columns {
        format!(
            "cell {cell} has content, but the header has {}: put a cell that holds the delimiter \
             in quotes, or empty the cell",
            count(columns as u64, "column")
        )
    } else {
        format!(
            "cell {cell} has content, but its column has no name in the header: name the column, \
             or empty the cell"
        )
    }
}

impl RowFault {
    /// `extra_cells`, `nul`, `too_long`, `quote`, `encoding` or `json`; for a row that is skipped,
    /// `comment` or `total`.
    pub fn reason(&self) -> &'static str {
        match self {
            RowFault::ExtraCells { .. } => "extra_cells",
            RowFault::SwitchedOff => "comment",
            RowFault::Total => "total",
            RowFault::Nul => "nul",
            RowFault::TooLong { .. } | RowFault::Json(JsonFault::TooWide) => "too_long",
            RowFault::UnclosedQuote | RowFault::TextAfterQuote => "quote",
            RowFault::Encoding => "encoding",
            RowFault::Json(_) => "json",
        }
    }

    /// Is the row no person, and so neither wrong nor sent?
    pub fn is_skipped(&self) -> bool {
        matches!(self, RowFault::SwitchedOff | RowFault::Total)
    }
}

impl FrameFault {
    /// The fault of a row whose record, of `len` bytes, has this one.
    pub(super) fn of_row(self, len: u64) -> RowFault {
        match self {
            FrameFault::UnclosedQuote => RowFault::UnclosedQuote,
            FrameFault::TextAfterQuote => RowFault::TextAfterQuote,
            FrameFault::Json(fault) => RowFault::Json(fault),
            FrameFault::TooLong => RowFault::TooLong { len, max: MAX_RECORD as u64 },
        }
    }

    /// Is the record too long to be copied whole?
    pub(super) fn is_too_long(self) -> bool {
        matches!(self, FrameFault::TooLong | FrameFault::Json(JsonFault::TooWide))
    }
}
