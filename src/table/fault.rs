//! What is wrong with a record that cannot be read as a row.

use super::field::Field;
use super::limits::MAX_RECORD;
use super::merged_cells::MergedCells;
use crate::number::{count, form, thousands};

/// Why a record cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FrameFault {
    /// A quote opens a cell, and no quote closes it.
    UnclosedQuote,
    /// Text follows the quote that closes a cell, where a delimiter or a line end is expected.
    TextAfterQuote,
    /// More than [`MAX_RECORD`] bytes.
    TooLong,
    /// The line of JSON Lines is not a flat object.
    Json(JsonFault),
}

/// Why a line of JSON Lines, or an element of a JSON array, is not a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum JsonFault {
    /// The line is not a JSON object.
    #[error(
        "it is not a JSON object: each line, or each element of a JSON array, must be a whole one, \
         such as {{\"email\": \"ann@example.com\"}}"
    )]
    NotAnObject,
    /// A value is an object, or a list that contains more than texts.
    #[error(
        "a value is an object, or a list that contains something other than texts: write texts, \
         numbers, or lists of texts"
    )]
    Nested,
    /// Two keys are the same.
    #[error(
        "two keys name the same field (letter case, spaces, _ and - make no \
         difference): remove one"
    )]
    KeyTwice,
    /// The line is short enough as JSON, but too long as the CSV of the results.
    #[error("written as CSV, the row is longer than 1 MiB: shorten it")]
    TooWide,
}

/// Why a row has no cells. The text says what is wrong and what to do; `reason` is the short form
/// for codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum RowFault {
    /// A cell has content, but the header has no such column.
    #[error("{}", extra_cells(*.cell, *.columns))]
    ExtraCells {
        /// The number of the cell in the row, from 1.
        cell: usize,
        /// The number of columns of the header, including those without a name.
        columns: usize,
    },
    /// The row is switched off with `#`.
    #[error("switched off: its first cell begins with #. Remove the # to send the row")]
    SwitchedOff,
    /// The row is not about a user, for example a total.
    #[error("the row is a total or a remark, not a person")]
    Total,
    /// The row repeats the header.
    #[error("the row repeats the header")]
    HeaderAgain,
    /// The row looks like the header of another table.
    #[error(
        "the row looks like a header, and the rows below it may have other columns: move it and \
         them to a file of their own"
    )]
    OtherHeader,
    /// The row is below the header of another table.
    #[error(
        "the row is below another header, in line {line}, so its columns may be others: move that \
         header and the rows below it to a file of their own (if it is the same table, remove what \
         stands between its rows)"
    )]
    BelowOtherHeader {
        /// The line of that header.
        line: u64,
    },
    /// The row is the title of another table.
    #[error(
        "the row is the title of another table, whose header is in line {line}: move it and the \
         rows below it to a file of their own (if it is the same table, remove this row)"
    )]
    TitleOfOther {
        /// The line of that header.
        line: u64,
    },
    /// The row is a heading between others.
    #[error(
        "the row looks like a heading, and the people below it may need another action: move them \
         to a file of their own, or remove this row if they need the same"
    )]
    Heading,
    /// The row is below a heading between rows.
    #[error(
        "the row is below a heading, in line {line}, so it may need another action: move the rows \
         below it to a file of their own, or remove the heading if they need the same"
    )]
    BelowHeading {
        /// The line of the heading.
        line: u64,
    },
    /// A cell of the row is merged with others, and has no value.
    #[error(
        "{} is empty here, because {cells} is one merged cell with its value in the first one: \
         unmerge it, and fill in each row",
        field.name()
    )]
    Merged {
        /// The field of the cell.
        field: Field,
        /// The merged cells.
        cells: MergedCells,
    },
    /// The mapping leaves the row out.
    #[error("skipped: the condition `where` of the mapping does not hold for the row")]
    Filtered,
    /// Nobody can tell whether the mapping leaves the row out.
    #[error(
        "cell {cell} holds a formula or an error and no value, or characters that nobody sees, so \
         nobody can tell whether the condition `where` of the mapping holds for the row: write the \
         value into the cell"
    )]
    UnclearCondition {
        /// The number of the cell in the row, from 1.
        cell: usize,
    },
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
        /// The length of the row in bytes, with its line end.
        len: u64,
        /// The allowed length in bytes.
        max: u64,
    },
    /// A quote opens a cell, and no quote closes it.
    #[error("a quote (\") opens a cell on this line, but none closes it: close it, or remove it")]
    UnclosedQuote,
    /// A quote is probably not closed where it should be: further lines that look like rows are in
    /// the cell.
    #[error(
        "a quote (\") opens cell {cell} and is not closed on its line, so the next {} {} read as a \
         part of this row: close the quote, or remove it and the one that follows",
        count(*.lines, "line"),
        form(*.lines, "is", "are")
    )]
    SwallowedLines {
        /// The number of the cell in the row, from 1.
        cell: usize,
        /// How many lines are in the row besides its own.
        lines: u64,
    },
    /// Text follows the quote that closes a cell.
    #[error(
        "text follows the quote (\") that closes a cell which begins on this line: write a quote \
         inside a cell twice (\"\"), or look for a missing one"
    )]
    TextAfterQuote,
    /// The row is not UTF-8, or has a character that stands for lost text.
    #[error(
        "the row contains bytes or characters that cannot be read (the text is not UTF-8, or was \
         lost in an earlier conversion): save the file as UTF-8, or use --encoding"
    )]
    Encoding,
    /// The line of JSON Lines is not a flat object.
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
    /// Returns `extra_cells`, `other_header`, `heading`, `merged`, `where`, `nul`, `too_long`,
    /// `quote`, `encoding` or `json`; for a row that is skipped, `comment`, `total`, `header` or
    /// `where`.
    pub fn reason(&self) -> &'static str {
        match self {
            RowFault::ExtraCells { .. } => "extra_cells",
            RowFault::SwitchedOff => "comment",
            RowFault::Total => "total",
            RowFault::HeaderAgain => "header",
            RowFault::OtherHeader
            | RowFault::BelowOtherHeader { .. }
            | RowFault::TitleOfOther { .. } => "other_header",
            RowFault::Heading | RowFault::BelowHeading { .. } => "heading",
            RowFault::Merged { .. } => "merged",
            RowFault::Filtered | RowFault::UnclearCondition { .. } => "where",
            RowFault::Nul => "nul",
            RowFault::TooLong { .. } | RowFault::Json(JsonFault::TooWide) => "too_long",
            RowFault::UnclosedQuote
            | RowFault::SwallowedLines { .. }
            | RowFault::TextAfterQuote => "quote",
            RowFault::Encoding => "encoding",
            RowFault::Json(_) => "json",
        }
    }

    /// Returns the column that is at fault; `row` for the row as a whole.
    pub fn place(&self) -> &'static str {
        match self {
            RowFault::Merged { field, .. } => field.name(),
            _ => "row",
        }
    }

    /// Whether the row says what the rows below it are, so that they are refused.
    pub(super) fn names_a_section(&self) -> bool {
        matches!(self, RowFault::TitleOfOther { .. } | RowFault::Heading)
    }

    /// Whether the row is skipped: neither invalid nor sent.
    pub fn is_skipped(&self) -> bool {
        self.skip_code().is_some()
    }

    /// Returns the code of a row that is skipped, as in the results file; `None` if it is invalid.
    pub fn skip_code(&self) -> Option<&'static str> {
        match self {
            RowFault::SwitchedOff => Some("skipped.comment"),
            RowFault::Total => Some("skipped.total"),
            RowFault::HeaderAgain => Some("skipped.header"),
            RowFault::Filtered => Some("skipped.where"),
            RowFault::ExtraCells { .. }
            | RowFault::OtherHeader
            | RowFault::BelowOtherHeader { .. }
            | RowFault::TitleOfOther { .. }
            | RowFault::Heading
            | RowFault::BelowHeading { .. }
            | RowFault::Merged { .. }
            | RowFault::UnclearCondition { .. }
            | RowFault::Nul
            | RowFault::TooLong { .. }
            | RowFault::UnclosedQuote
            | RowFault::SwallowedLines { .. }
            | RowFault::TextAfterQuote
            | RowFault::Encoding
            | RowFault::Json(_) => None,
        }
    }
}

impl FrameFault {
    /// Returns the fault of a row whose record has this fault and a length of `len` bytes.
    pub(super) fn of_row(self, len: u64) -> RowFault {
        match self {
            FrameFault::UnclosedQuote => RowFault::UnclosedQuote,
            FrameFault::TextAfterQuote => RowFault::TextAfterQuote,
            FrameFault::Json(fault) => RowFault::Json(fault),
            FrameFault::TooLong => RowFault::TooLong { len, max: MAX_RECORD as u64 },
        }
    }

    /// Whether the record is too long to be copied completely.
    pub(super) fn is_too_long(self) -> bool {
        matches!(self, FrameFault::TooLong | FrameFault::Json(JsonFault::TooWide))
    }
}
