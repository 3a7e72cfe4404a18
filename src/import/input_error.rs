//! Why the rows of a file are not sent, other than that it cannot be read as a table.

use crate::fs::in_words;
use crate::number::{count, form};
use crate::table::{TextPlace, UnconfirmedEncoding, WorkbookLimit};
use std::io;

/// Why the rows of a file are not sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InputError {
    #[error(
        "{file}: the action {action} was given for rows without an action, but {said}: nothing was \
         sent"
    )]
    OtherActions { file: String, action: &'static str, said: String },
    #[error("{}. Write in a column `action` what the rows do", no_action_words(file, columns))]
    NoAction {
        file: String,
        columns: String,
        /// The command as it was typed.
        typed: String,
        /// Whether a column has new addresses or usernames.
        renames: bool,
    },
    #[error("{file} does not show whether its groups are to be created or deleted")]
    NoGroupAction { file: String },
    #[error("the list of protected names: {}", in_words(.0))]
    ProtectUnreadable(io::Error),
    #[error(
        "{file}, line {number}: `{text}` {flaw}, so it protects nobody: nothing was sent. {advice}"
    )]
    ProtectLine {
        file: String,
        number: usize,
        text: String,
        flaw: &'static str,
        advice: &'static str,
    },
    #[error(
        "{file} names nobody, so it protects nobody: nothing was sent. Write one email address, \
         username or group on each line"
    )]
    ProtectsNobody { file: String },
    #[error("{file}: the file has changed since it was read: run the same command again")]
    Changed { file: String },
    #[error("{file}: the file was removed after it was read: restore it")]
    Gone { file: String },
    #[error(
        "{file}: {}. Save the file as CSV UTF-8. Nothing was sent",
        encoding_words(unconfirmed)
    )]
    EncodingNotConfirmed { file: String, unconfirmed: Box<UnconfirmedEncoding> },
    #[error("{one} and {other} are the same file: nothing was sent. Name it once")]
    SameFile { one: String, other: String },
    #[error(
        "the rows name more than {most} groups, so another column may have been read as groups: \
         nothing was sent"
    )]
    TooManyGroups { most: usize },
    #[error(
        "{place}: `{name}` is the name of no known group, and it holds `{separator}`, which may \
         separate groups: nothing was sent"
    )]
    ListSeparator {
        /// The file with the cell or the line: `staff.xlsx, Staff!E5`.
        place: String,
        name: String,
        separator: char,
    },
    #[error(
        "{file}: {limit}: nothing was sent. Write the results as .csv, or do not name a .xlsx file \
         for the rows to fix"
    )]
    NotForWorkbook { file: String, limit: WorkbookLimit },
    #[error("{file} has a header, but no row below it: there is nothing to send")]
    NoRows { file: String },
    #[error(
        "{file}: none of its {} was chosen: there is nothing to send",
        count(*rows, "row")
    )]
    NoneChosen { file: String, rows: u64 },
    #[error(
        "{file}: {} {} invalid, so nothing was sent: no row may be invalid",
        count(*rows, "row"),
        form(*rows, "is", "are")
    )]
    Invalid { file: String, rows: u64 },
}

/// Describes a file that names people, and says nothing else about them.
pub(crate) fn no_action_words(file: &str, columns: &str) -> String {
    format!(
        "{file} names people ({columns}), but has no names, countries or groups, and does not say \
         what to do with these people: nothing was sent"
    )
}

/// Describes an encoding to confirm, with some cells as they read in it.
pub(crate) fn encoding_words(unconfirmed: &UnconfirmedEncoding) -> String {
    let or = unconfirmed.or.as_ref().map_or_else(String::new, |(encoding, samples)| {
        format!("; or as {encoding}: {}", samples.join(", "))
    });
    let fact = match unconfirmed.broken_claim {
        Some(TextPlace { line, column }) => format!(
            "the file begins with the byte order mark of UTF-8, but line {line}, column {column} \
             is not UTF-8"
        ),
        None => "the file is not UTF-8".to_owned(),
    };
    format!(
        "{fact}. Read as {}, its cells are: {}{or}",
        unconfirmed.encoding,
        unconfirmed.samples.join(", ")
    )
}
