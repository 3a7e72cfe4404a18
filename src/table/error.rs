//! Why a file is no table. Every message names the file and says what to do.

use std::io;
use std::path::PathBuf;

use super::field::Field;

/// Why a file cannot be read as a table.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// No such file.
    #[error("{file}: there is no such file: check the path")]
    Missing {
        /// As it was given.
        file: String,
    },
    /// A folder.
    #[error("{file} is a folder: name a file in it")]
    Folder {
        /// As it was given.
        file: String,
    },
    /// The system does not let it be read.
    #[error("{file} cannot be read: {source}")]
    Unreadable {
        /// As it was given.
        file: String,
        /// What the system says.
        source: io::Error,
    },
    /// Somebody writes to it.
    #[error(
        "{file} was written to while it was read: wait until it is complete, then run the same \
         command again"
    )]
    Written {
        /// As it was given.
        file: String,
    },
    /// Workbooks.
    #[error(
        "{file} is a workbook or an archive, which umbulk cannot read: save the table as CSV \
         UTF-8"
    )]
    Later {
        /// As it was given.
        file: String,
    },
    /// No bytes, or only blank lines.
    #[error(
        "{file} is empty: its first line must name the columns (`umbulk template native` prints \
         an example)"
    )]
    Empty {
        /// As it was given.
        file: String,
    },
    /// Binary, or one endless line.
    #[error("{file} is not a table: {what}")]
    NotATable {
        /// As it was given.
        file: String,
        /// What was found instead, and what to do.
        what: &'static str,
    },
    /// Its first line holds NUL bytes.
    #[error(
        "{file} is not a table: its first line contains NUL bytes. If it is text in UTF-16, save \
         it as UTF-8; else save it as CSV"
    )]
    NulBytes {
        /// As it was given.
        file: String,
    },
    /// Damaged or cut off.
    #[error(
        "{file} cannot be uncompressed ({format}): {source}. Copy the file again: it may be \
         cut off"
    )]
    Compressed {
        /// As it was given.
        file: String,
        /// `gzip` or `zstd`.
        format: &'static str,
        /// What the decoder says.
        source: io::Error,
    },
    /// No room for the temporary copy.
    #[error("{file} needs a temporary copy in {}, which cannot be written: {source}", folder.display())]
    Spool {
        /// As it was given.
        file: String,
        /// The folder of temporary copies.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The header line has broken quotes or bytes.
    #[error("{file}, line {line}: the header cannot be read: {what}")]
    Header {
        /// As it was given.
        file: String,
        /// Where the header begins, from 1.
        line: u64,
        /// What is wrong.
        what: String,
    },
    /// No column says who the rows are about.
    #[error(
        "{file}, line {line}: the table needs at least one of the columns {needed}; its columns \
         are {columns}. Rename a column"
    )]
    UnknownHeader {
        /// As it was given.
        file: String,
        /// Where the header begins, from 1.
        line: u64,
        /// Those found, for people.
        columns: String,
        /// The fields missing, for people.
        needed: &'static str,
        /// What the line may be.
        hint: HeaderHint,
    },
    /// Two columns mean the same.
    #[error(
        "{file}, line {line}: the columns {first:?} and {second:?} both mean {}: remove or rename \
         one",
        field.name()
    )]
    DoubleColumn {
        /// As it was given.
        file: String,
        /// Where the header begins, from 1.
        line: u64,
        /// The first of them.
        first: String,
        /// The second.
        second: String,
        /// What both mean.
        field: Field,
    },
    /// Columns that look like mistyped ones, and would be ignored.
    #[error(
        "{file}, line {line}: {} rename {}",
        near_miss_words(columns),
        if columns.len() == 1 { "it" } else { "them" }
    )]
    NearMiss {
        /// As it was given.
        file: String,
        /// Where the header begins, from 1.
        line: u64,
        /// As in the file, each with what it may mean.
        columns: Vec<(String, Field)>,
    },
    /// A field is to be read from a column that is not there.
    #[error(
        "{file}, line {line}: {} cannot be read from {column:?}: there is no such column. The \
         columns are: {columns}",
        field.name()
    )]
    NoSuchColumn {
        /// As it was given.
        file: String,
        /// Where the header begins, from 1.
        line: u64,
        /// What was asked for.
        field: Field,
        /// Where it was to be.
        column: String,
        /// Those found, for people.
        columns: String,
    },
    /// Columns that hold what the rows would lose.
    #[error(
        "{file}, line {line}: these columns would be ignored: {}. Rename or remove them",
        lookalike_words(columns)
    )]
    LooksLike {
        /// As it was given.
        file: String,
        /// Where the header begins, from 1.
        line: u64,
        /// As in the file, each with what it seems to hold.
        columns: Vec<(String, Field)>,
    },
    /// A column is to be ignored that is not there.
    #[error(
        "{file}, line {line}: {column:?} cannot be ignored: there is no such column. The columns \
         are: {columns}"
    )]
    NothingToIgnore {
        /// As it was given.
        file: String,
        /// Where the header begins, from 1.
        line: u64,
        /// What was to be ignored.
        column: String,
        /// Those found, for people.
        columns: String,
    },
    /// Lines of two encodings.
    #[error(
        "{file} mixes two encodings: UTF-8 in {}, another one in {}. Open the file where these \
         lines come from, and save all of it as UTF-8",
        line_words(utf8),
        line_words(others)
    )]
    MixedEncodings {
        /// As it was given.
        file: String,
        /// The first lines that are UTF-8 beyond ASCII.
        utf8: Vec<u64>,
        /// The first lines that are not.
        others: Vec<u64>,
    },
    /// The header is to be in a line that the file does not have.
    #[error("{file}: line {row} does not exist or is empty, so it cannot be the header")]
    NoHeaderRow {
        /// As it was given.
        file: String,
        /// The line that was asked for.
        row: u64,
    },
    /// A field is to be read from two columns.
    #[error("{file}: {} cannot be read from two columns: name one", field.name())]
    MappedTwice {
        /// As it was given.
        file: String,
        /// The field.
        field: Field,
    },
    /// Not a delimiter.
    #[error(
        "{file}: {delimiter:?} cannot be a delimiter: use a comma, a semicolon, a tab or a pipe"
    )]
    Delimiter {
        /// As it was given.
        file: String,
        /// What was asked for.
        delimiter: char,
    },
}

/// What a line may be that names none of the columns that a table needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeaderHint {
    /// A row: no line names the columns.
    Row,
    /// A header whose columns may mean these fields; nothing where that is not sure of any.
    Meant(Vec<(String, Field)>),
}

/// Something odd about a file that is read all the same.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableWarning {
    /// It is not UTF-8, and reads well in the code page of Western Europe.
    #[error("not UTF-8 (first at line {line}), read as Windows-1252: {samples}")]
    Western {
        /// The first line that shows it.
        line: u64,
        /// Words that show it.
        samples: String,
    },
    /// Bytes have no meaning in the encoding.
    #[error("some bytes are not {0}: cells with such bytes are refused")]
    LostBytes(&'static str),
}

/// `the column "Emial" is not known. If it is email,`
pub(crate) fn near_miss_words(columns: &[(String, Field)]) -> String {
    if let [(column, field)] = columns {
        return format!("the column {column:?} is not known. If it is {},", field.name());
    }
    let meant: Vec<String> = columns
        .iter()
        .map(|(column, field)| format!("{column:?} may be {}", field.name()))
        .collect();
    format!("these columns are not known: {}. For those that are,", meant.join(", "))
}

/// `"Land" looks like countries, "Vorname" looks like first names`
fn lookalike_words(columns: &[(String, Field)]) -> String {
    let looks: Vec<String> = columns
        .iter()
        .map(|(column, field)| format!("{column:?} looks like {}", looks(*field)))
        .collect();
    looks.join(", ")
}

/// What a column seems to hold, for people.
pub(crate) fn looks(field: Field) -> &'static str {
    match field {
        Field::Firstname => "first names",
        Field::Lastname => "last names",
        Field::Country => "countries",
        Field::Type => "identity types",
        Field::Action => "actions",
        Field::NewEmail => "new email addresses",
        Field::NewUsername => "new usernames",
        Field::IfExists => "what to do with existing users",
        Field::HardDelete => "whose account is deleted",
        Field::Umapi => "other organizations",
        Field::AdminRoles
        | Field::ConfigurationsAdministered
        | Field::UserGroupsAdministered
        | Field::ProductsAdministered
        | Field::DeveloperAccess => "administrators' roles",
        _ => "groups",
    }
}

/// `line 4`, `lines 4, 5, …`
pub(crate) fn line_words(lines: &[u64]) -> String {
    let numbers: Vec<String> = lines.iter().map(u64::to_string).collect();
    let more = if lines.len() >= 5 { ", …" } else { "" };
    format!("line{} {}{more}", if lines.len() == 1 { "" } else { "s" }, numbers.join(", "))
}
