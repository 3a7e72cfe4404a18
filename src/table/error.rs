//! Why a file is no table. Every message names the file and says what to do.

use std::io;
use std::path::PathBuf;

use super::field::Field;
use crate::visible::is_hidden;

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
         are {columns}. {advice}"
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
        /// What the columns seem to hold, and what to do.
        advice: String,
    },
    /// Two columns mean the same.
    #[error(
        "{file}, line {line}: the columns {first:?} and {second:?} both mean {}: remove or rename \
         one, or choose one with --map {}=COLUMN",
        field.name(), field.name()
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
        "{file}, line {line}: {} use {}; {} use {}",
        near_miss_words(columns),
        map_options(columns),
        if columns.len() == 1 { "if not," } else { "for the others," },
        ignore_options(columns)
    )]
    NearMiss {
        /// As it was given.
        file: String,
        /// Where the header begins, from 1.
        line: u64,
        /// As in the file, each with what it may mean.
        columns: Vec<(String, Field)>,
    },
    /// `--map` names a column that is not there.
    #[error("{file}, line {line}: --map {:?}: there is no such column. The columns are: {columns}", format!("{}={column}", field.name()))]
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
    #[error("{file}, line {line}: {}", lookalike_words(columns))]
    LooksLike {
        /// As it was given.
        file: String,
        /// Where the header begins, from 1.
        line: u64,
        /// As in the file, each with what it seems to hold.
        columns: Vec<(String, Field)>,
    },
    /// `--ignore` names a column that is not there.
    #[error(
        "{file}, line {line}: --ignore {column:?}: there is no such column. The columns are: \
         {columns}"
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
         lines come from, and save all of it as UTF-8; or use --encoding utf-8 to refuse the \
         other lines row by row",
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
    /// `--header-row` names no line of the file.
    #[error("{file}: --header-row {row}: line {row} does not exist or is empty")]
    NoHeaderRow {
        /// As it was given.
        file: String,
        /// The line that was asked for.
        row: u64,
    },
    /// `--map` says one field twice.
    #[error("{file}: --map names {} twice: name it once", field.name())]
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

impl TableError {
    /// The message for a command that has no options on how to read a file.
    pub fn without_options(&self) -> String {
        match self {
            Self::UnknownHeader { file, line, columns, needed, .. } => {
                format!(
                    "{file}, line {line}: the table needs at least one of the columns {needed}; \
                     its columns are {columns}. Rename a column"
                )
            }
            Self::NearMiss { file, line, columns } => {
                format!(
                    "{file}, line {line}: {} rename {}",
                    near_miss_words(columns),
                    them(columns)
                )
            }
            Self::LooksLike { file, line, columns } => {
                let looks: Vec<String> = columns
                    .iter()
                    .map(|(column, field)| format!("{column:?} looks like {}", looks(*field)))
                    .collect();
                format!(
                    "{file}, line {line}: these columns would be ignored: {}. Rename or remove \
                     them",
                    looks.join(", ")
                )
            }
            Self::DoubleColumn { file, line, first, second, field } => {
                format!(
                    "{file}, line {line}: the columns {first:?} and {second:?} both mean {}: \
                     remove or rename one",
                    field.name()
                )
            }
            Self::MixedEncodings { file, utf8, others } => format!(
                "{file} mixes two encodings: UTF-8 in {}, another one in {}. Open the file where \
                 these lines come from, and save all of it as UTF-8",
                line_words(utf8),
                line_words(others)
            ),
            other => other.to_string(),
        }
    }
}

/// `--map "email=Work mail"`, as it can be pasted into a shell.
pub(super) fn map_option(field: Field, column: &str) -> String {
    format!("--map {}", pasted(&format!("{}={column}", field.name())))
}

/// A word as any shell takes it. What cannot be typed is shown escaped.
fn pasted(word: &str) -> String {
    match word {
        _ if word.contains(is_hidden) => format!("{word:?}"),
        _ if word.contains(['"', '$', '`', '\\', '!', '%']) => {
            format!("'{}'", word.replace('\'', "'\\''"))
        }
        _ => format!("\"{word}\""),
    }
}

/// `the column "Emial" is not known. If it is email,`
fn near_miss_words(columns: &[(String, Field)]) -> String {
    if let [(column, field)] = columns {
        return format!("the column {column:?} is not known. If it is {},", field.name());
    }
    let meant: Vec<String> = columns
        .iter()
        .map(|(column, field)| format!("{column:?} may be {}", field.name()))
        .collect();
    format!("these columns are not known: {}. For those that are,", meant.join(", "))
}

fn ignore_options(columns: &[(String, Field)]) -> String {
    let options: Vec<String> =
        columns.iter().map(|(column, _)| format!("--ignore {}", pasted(column))).collect();
    options.join(" ")
}

fn map_options(columns: &[(String, Field)]) -> String {
    columns.iter().map(|(column, field)| map_option(*field, column)).collect::<Vec<_>>().join(" ")
}

fn them(columns: &[(String, Field)]) -> &'static str {
    if columns.len() == 1 { "it" } else { "them" }
}

/// `the column "Land" looks like countries and would be ignored. If it is, use …; if not, use …`
fn lookalike_words(columns: &[(String, Field)]) -> String {
    let maps: Vec<String> =
        columns.iter().map(|(column, field)| map_option(*field, column)).collect();
    if let [(column, field)] = columns {
        let looks = looks(*field);
        return format!(
            "the column {column:?} looks like {looks} and would be ignored. If it is, use {}; if \
             not, use {}",
            maps[0],
            ignore_options(columns)
        );
    }
    let looks: Vec<String> = columns
        .iter()
        .map(|(column, field)| format!("{column:?} looks like {}", looks(*field)))
        .collect();
    format!(
        "these columns would be ignored: {}. For those that are, use {}; for the others, use {}",
        looks.join(", "),
        maps.join(" "),
        ignore_options(columns)
    )
}

/// What a column seems to hold, for people.
fn looks(field: Field) -> &'static str {
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
fn line_words(lines: &[u64]) -> String {
    let numbers: Vec<String> = lines.iter().map(u64::to_string).collect();
    let more = if lines.len() >= 5 { ", …" } else { "" };
    format!("line{} {}{more}", if lines.len() == 1 { "" } else { "s" }, numbers.join(", "))
}
