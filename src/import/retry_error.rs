//! Why the failed rows of a file are not sent again.

use crate::import::difference::Difference;
use crate::number::count;
use std::path::PathBuf;

/// Why the failed rows cannot be sent again. Nothing was sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RetryError {
    #[error("the failed rows of one file are sent again at a time: name one file")]
    SeveralFiles,
    #[error(
        "the rows of standard input cannot be compared with those of the last import: import the \
         file of rows to fix"
    )]
    StandardInput,
    #[error(
        "missing people are found in a whole file, and this import is about its failed rows: leave \
         that option out"
    )]
    Missing,
    #[error(
        "{file}: there is no finished import of this file, so it has no failed rows. Import the \
         file first"
    )]
    NoRun { file: String },
    #[error(
        "{file}: the last import of this file was interrupted. Finish it first: the same command \
         as then continues it"
    )]
    Unfinished { file: String },
    #[error(
        "{file}: the last import of this file has sent only a part of its rows. Send the others \
         first"
    )]
    InPart { file: String },
    #[error("{file}: no row of the last import is left to fix. Nothing was sent")]
    NothingToFix { file: String },
    #[error(
        "{file}: the last import was made by an earlier version of umbulk, whose journal does not \
         show which rows have changed since. Import the file of rows to fix"
    )]
    NoMarks { file: String },
    #[error(
        "{file} had {} when it was imported, and has {} now{}: it is not certain which are the \
         failed ones. Nothing was sent. Restore the other rows, and correct only the rows to fix \
         (a row that is not wanted any more gets a # before its first cell)",
        count(*then as u64, "row"),
        count(*now as u64, "row"),
        other_row_words(first.as_deref())
    )]
    OtherNumber { file: String, then: usize, now: usize, first: Option<String> },
    #[error(
        "{file}: the header has changed since the file was imported. Nothing was sent. Restore it, \
         and correct only the rows to fix"
    )]
    OtherHeader { file: String },
    #[error(
        "{file}: {} had not failed, and {} changed since the file was imported: {}. Nothing was \
         sent. Restore these rows, and correct only the rows to fix; or import the whole file \
         again",
        count(*rows as u64, "row"),
        if *rows == 1 { "has" } else { "have" },
        places.join(", ")
    )]
    OtherRows { file: String, rows: usize, places: Vec<String> },
    #[error(
        "{file}: the failed rows are sent again with the options of the last import, and now {}. \
         Nothing was sent",
        differences.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    )]
    OtherOptions { file: String, differences: Vec<Difference> },
    #[error(
        "{file}: row {row} had failed, and row {by} about the same user or group was sent after \
         it. Sent now, row {row} could undo what row {by} has done, so nothing was sent. Put the \
         rows that can still be sent into a file of their own"
    )]
    Overtaken { file: String, row: u64, by: u64 },
    #[error(
        "{file}: the last import has applied a saved plan, which is about all rows. Nothing was \
         sent. Correct the rows in {file}, and make a new plan"
    )]
    OfAPlan { file: String },
    #[error("{file}: another process has imported this file in the meantime. Try again")]
    Meanwhile { file: String },
    #[error(
        "{file}: the last import was one of several files, whose rows may be about the same users. \
         Import the file of rows to fix"
    )]
    WithOtherFiles { file: String },
    /// The file of rows to fix, and why it cannot be read.
    #[error(
        "{0}, which may have corrected rows, cannot be read: {1}. Nothing was sent. If the rows \
         are corrected in the file itself, remove {0}"
    )]
    RowsToFixUnread(String, String),
    #[error(
        "{0} does not have the columns of the rows to fix: it is not certain what was corrected \
         there. Nothing was sent. If the rows are corrected in the file itself, remove {0}"
    )]
    OtherRowsToFix(String),
    /// The file of rows to fix, how many rows it had, and how many it has.
    #[error(
        "{0} had {then} to fix, and has {now} now: it is not certain which ones. Nothing was sent. \
         If the rows are corrected in the file itself, remove {0}",
        then = count(*.1 as u64, "row"),
        now = count(*.2 as u64, "row")
    )]
    NumberToFix(String, usize, usize),
    /// The file of rows to fix, and the line in the imported file.
    #[error(
        "the row of line {1} was corrected both in the file and in {0}, and not in the same way. \
         Nothing was sent. Correct it in one of them, or remove {0}"
    )]
    FixedTwice(String, u64),
    #[error(
        "the rows of {0} are in another order than in the imported file: it is not certain which \
         row is which. Nothing was sent. Sort them as they were, or correct the rows in the file \
         itself and remove {0}"
    )]
    OtherOrderToFix(String),
    #[error(
        "the row of line {line} in {file} cannot be read, so its correction in {to_fix} cannot be \
         taken over. Nothing was sent. Correct it in {file} itself, and remove {to_fix}"
    )]
    NotTakenOver { to_fix: String, file: String, line: u64 },
    /// The file of rows to fix, and the line in the imported file.
    #[error(
        "{0} is not UTF-8, and it is not certain how to read the letters of the row that was \
         corrected (line {1} of the imported file). Nothing was sent. Save {0} as CSV UTF-8"
    )]
    GuessedLetters(String, u64),
    #[error(
        "{}: another process is importing this file, so the corrections cannot be written into it \
         now. Nothing was sent. Wait for that process, or stop it",
        .0.display()
    )]
    FileInUse(PathBuf),
    /// The imported file, and the file of rows to fix.
    #[error(
        "{to_fix} was corrected, but {file} is not CSV in UTF-8 or Windows-1252, so the rows \
         cannot be taken over. Nothing was sent. Correct the rows in {file} itself, and \
         remove {to_fix}",
        file = .0.display(),
        to_fix = .1.display()
    )]
    NotText(PathBuf, PathBuf),
    /// The imported file, and the file of rows to fix.
    #[error(
        "{to_fix} has letters that {file} cannot hold, because it is in Windows-1252. Nothing was \
         sent. Save {file} as CSV UTF-8, correct the rows in it, and remove {to_fix}",
        file = .0.display(),
        to_fix = .1.display()
    )]
    LacksLetters(PathBuf, PathBuf),
}

/// Names the place of the first row that is another one.
fn other_row_words(place: Option<&str>) -> String {
    place.map_or_else(String::new, |place| format!(" (the first other row is {place})"))
}
