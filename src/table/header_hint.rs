//! What a line may be that has none of the columns that a table needs.

use super::field::Field;

/// What a line may be if it has none of the columns that a table needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeaderHint {
    /// A row: no line names the columns.
    Row,
    /// A header that another delimiter splits into known names: `comma`, `semicolon`, `tab` or
    /// `pipe`.
    Delimiter(&'static str),
    /// A header in quotes as a whole, so that it is one cell of known names.
    Quoted,
    /// A header with this quote around each name, which belongs to the names.
    EachQuoted(char),
    /// A name with its value: each line has one value of a person.
    OneValue,
    /// Addresses as mail programs write them.
    Mail,
    /// A header that a character splits into known names which is no delimiter.
    Unusual(char),
    /// A header whose columns may have these meanings.
    Meant {
        /// The columns that alone seem to have their meaning.
        sure: Vec<(String, Field)>,
        /// The columns that may have one meaning, of which only one can.
        choices: Vec<(Field, Vec<String>)>,
    },
}
