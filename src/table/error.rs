//! Why a file cannot be read as a table. Every message names the file and says what to do.

use crate::fs::in_words;
use std::io;
use std::path::PathBuf;

use super::error_words::{
    columns_that, line_words, lookalike_words, looks, near_miss_words, quoted,
};
use super::field::Field;
use super::header_hint::HeaderHint;
use crate::number::count;

/// Why a file cannot be read as a table.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// There is no such file.
    #[error("{file}: there is no such file: check the path")]
    Missing {
        /// As it was given.
        file: String,
    },
    /// The path is a folder.
    #[error("{file} is a folder: name a file in it")]
    Folder {
        /// As it was given.
        file: String,
    },
    /// The operating system does not allow reading it.
    #[error("{file} cannot be read: {}", in_words(source))]
    Unreadable {
        /// As it was given.
        file: String,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The file was written to while it was read.
    #[error(
        "{file} was written to while it was read: wait until it is complete, then run the same \
         command again"
    )]
    Written {
        /// As it was given.
        file: String,
    },
    /// The file in an archive is an archive, too.
    #[error(
        "{file} is an archive within an archive: unpack both, and name the file that has the table"
    )]
    InnerArchive {
        /// The archive as it was given, and the file in it.
        file: String,
    },
    /// No file in an archive may be a table.
    #[error(
        "{file} is an archive without a table: {}. Unpack it, and save the table as .xlsx or CSV \
         UTF-8",
        if names.is_empty() { "it is empty".to_owned() } else { format!("it has {}",
            quoted(names)) }
    )]
    NoneInArchive {
        /// As it was given.
        file: String,
        /// The names of the files in it.
        names: Vec<String>,
    },
    /// Several files in an archive may be tables.
    #[error(
        "{file} is an archive with several files that may be tables: {}. Unpack it, and name the \
         right one",
        quoted(names)
    )]
    SeveralInArchive {
        /// As it was given.
        file: String,
        /// The names of these files.
        names: Vec<String>,
    },
    /// An archive is protected by a password.
    #[error(
        "{file} is an archive that is protected by a password: unpack it, and name the file in it \
         that has the table"
    )]
    ProtectedArchive {
        /// As it was given.
        file: String,
    },
    /// A file in an archive is packed by an uncommon method.
    #[error(
        "{file} is packed by an uncommon method, which umbulk cannot read: unpack it, and name the \
         file"
    )]
    PackedOtherwise {
        /// The archive as it was given, and the file in it.
        file: String,
    },
    /// A file in an archive would unpack to far more bytes than tables do.
    #[error(
        "{file} is not read: it would unpack to far more bytes than a table in an archive of this \
         size holds. If it is one nevertheless, unpack it, and name the file"
    )]
    ArchiveTooLarge {
        /// The archive as it was given, and the file in it.
        file: String,
    },
    /// Several sheets of a workbook may be the table.
    #[error(
        "{file}: several sheets of the workbook have columns that umbulk knows: {}. Remove the \
         others, or save the right one as a file of its own",
        quoted(sheets)
    )]
    SeveralSheets {
        /// As it was given.
        file: String,
        /// The names of these sheets.
        sheets: Vec<String>,
    },
    /// No sheet of a workbook has a known header.
    #[error(
        "{file}: no sheet of the workbook has columns that umbulk knows. Its sheets are {}",
        quoted(sheets)
    )]
    NoKnownSheet {
        /// As it was given.
        file: String,
        /// The names of the sheets with content.
        sheets: Vec<String>,
    },
    /// The workbook does not have this sheet.
    #[error("{file}: there is no sheet {sheet:?}. The sheets are {}", quoted(sheets))]
    NoSuchSheet {
        /// As it was given.
        file: String,
        /// The name as typed.
        sheet: String,
        /// The names of the sheets, the most similar one first.
        sheets: Vec<String>,
    },
    /// A sheet is named, but the file is no workbook.
    #[error("{file} is not a workbook, so it has no sheets")]
    NoWorkbook {
        /// As it was given.
        file: String,
    },
    /// A part of a workbook is damaged.
    #[error(
        "{file}: the workbook is damaged: {what} cannot be read. Open it with the program that \
         made it, and save it again"
    )]
    DamagedWorkbook {
        /// As it was given.
        file: String,
        /// The part.
        what: &'static str,
    },
    /// A workbook would unpack to far more bytes than workbooks do.
    #[error(
        "{file} is not read: it would unpack to far more bytes than a workbook of its size holds. \
         Save the table as CSV UTF-8"
    )]
    WorkbookTooLarge {
        /// As it was given.
        file: String,
    },
    /// A column has numbers that only the program of the workbook can show.
    #[error(
        "{file}, {cell}: the column {column:?} has {} in a format that umbulk cannot show as the \
         workbook does (with separators, a currency, a fraction or a condition). Format the column \
         as text or as a plain number, and save the workbook again",
        count(*numbers, "number")
    )]
    UnclearNumbers {
        /// As it was given.
        file: String,
        /// The address of the first one.
        cell: String,
        /// The column.
        column: String,
        /// How many there are.
        numbers: u64,
        /// Whether the mapping joins the column or compares it.
        is_in_mapping: bool,
    },
    /// Names in a sheet are dates or booleans.
    #[error(
        "{file}, {cell}: the column {column:?} holds names, and has {} among them. A spreadsheet \
         makes dates of names such as `1-2`, and truth values of `True` and `False`. Format the \
         column as text, type these names again, and save the workbook",
        count(*cells, what)
    )]
    NoNames {
        /// As it was given.
        file: String,
        /// The address of the first one.
        cell: String,
        /// The column.
        column: String,
        /// How many there are.
        cells: u64,
        /// What they are: `date` or `truth value`.
        what: &'static str,
    },
    /// The file is a workbook that is protected by a password.
    #[error(
        "{file} is protected by a password: open it with the program that made it, and save it \
         without the password, or save the table as CSV UTF-8"
    )]
    Protected {
        /// As it was given.
        file: String,
    },
    /// The file has no bytes, or only blank lines.
    #[error("{file} is empty: its first line must name the columns")]
    Empty {
        /// As it was given.
        file: String,
    },
    /// The file is binary, or one endless line.
    #[error("{file} is not a table: {what}")]
    NotATable {
        /// As it was given.
        file: String,
        /// What was found instead, and what to do.
        what: &'static str,
    },
    /// The first line has NUL bytes.
    #[error(
        "{file} is not a table: its first line contains NUL bytes. If it is text in UTF-16, save \
         it as UTF-8; else save it as CSV"
    )]
    NulBytes {
        /// As it was given.
        file: String,
    },
    /// The file is damaged or cut off.
    #[error(
        "{file} cannot be uncompressed ({format}): {source}. Copy the file again: it may be \
         cut off"
    )]
    Compressed {
        /// As it was given.
        file: String,
        /// `gzip`, `zstd` or `zip`.
        format: &'static str,
        /// The error of the decoder.
        source: io::Error,
    },
    /// A JSON array is damaged or cut off.
    #[error("{file}, line {line}: the JSON array cannot be read: {what}")]
    BrokenJson {
        /// As it was given.
        file: String,
        /// The line, from 1.
        line: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// There is no space for the temporary copy.
    #[error(
        "{file} needs a temporary copy in {}, which cannot be written: {}",
        folder.display(),
        in_words(source)
    )]
    Spool {
        /// As it was given.
        file: String,
        /// The folder of temporary copies.
        folder: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The header line has invalid quotes or bytes.
    #[error("{file}, line {line}: the header cannot be read: {what}")]
    Header {
        /// As it was given.
        file: String,
        /// The line of the header, from 1.
        line: u64,
        /// What is wrong.
        what: String,
    },
    /// No column identifies the user or group of a row.
    #[error(
        "{file}, line {line}: the table needs at least one of the columns {needed}; its columns \
         are {columns}. Rename a column"
    )]
    UnknownHeader {
        /// As it was given.
        file: String,
        /// The line of the header, from 1.
        line: u64,
        /// The columns of the file, for people.
        columns: String,
        /// The missing fields, for people.
        needed: &'static str,
        /// What the line may be.
        hint: HeaderHint,
    },
    /// Lines above the header look like rows, which would be lost.
    #[error(
        "{file}, line {line}: this is the header, but {} above it {} like {}, which would be lost. \
         Move the header above {}",
        line_words(rows),
        if rows.len() == 1 { "looks" } else { "look" },
        if rows.len() == 1 { "a row" } else { "rows" },
        if rows.len() == 1 { "it" } else { "them" }
    )]
    RowsAboveHeader {
        /// As it was given.
        file: String,
        /// The line of the header, from 1.
        line: u64,
        /// The lines that look like rows.
        rows: Vec<u64>,
    },
    /// The rows have another delimiter than their header.
    #[error(
        "{file}, line {line}: the header has {header} between its columns, but the rows below it \
         have {rows}. Write line {line} with {rows}: {written}"
    )]
    RowDelimiter {
        /// As it was given.
        file: String,
        /// The line of the header, from 1.
        line: u64,
        /// What separates the columns of the header.
        header: &'static str,
        /// What separates the cells of the rows.
        rows: &'static str,
        /// The header as it fits the rows.
        written: String,
    },
    /// Two columns have the same meaning.
    #[error(
        "{file}, line {line}: the columns {first:?} and {second:?} both mean {}: remove or rename \
         one",
        field.name()
    )]
    DoubleColumn {
        /// As it was given.
        file: String,
        /// The line of the header, from 1.
        line: u64,
        /// The first of them.
        first: String,
        /// The second.
        second: String,
        /// The meaning.
        field: Field,
    },
    /// Several columns have one name, and one of them is meant.
    #[error(
        "{file}, line {line}: several columns are called {column:?}, so umbulk cannot tell which \
         one counts: rename or remove all but one"
    )]
    SameName {
        /// As it was given.
        file: String,
        /// The line of the header, from 1.
        line: u64,
        /// The name.
        column: String,
    },
    /// Columns with likely typing errors would be ignored.
    #[error(
        "{file}, line {line}: {} rename {}",
        near_miss_words(columns),
        if columns.len() == 1 { "it" } else { "them" }
    )]
    NearMiss {
        /// As it was given.
        file: String,
        /// The line of the header, from 1.
        line: u64,
        /// The names in the file, each with its likely meaning.
        columns: Vec<(String, Field)>,
    },
    /// The column of a mapping does not exist.
    #[error(
        "{file}, line {line}: {} cannot be read from {column:?}: there is no such column. {}The \
         columns are: {columns}",
        field.name(),
        near.as_ref().map_or_else(String::new, |near| format!("Did you mean {near:?}? "))
    )]
    NoSuchColumn {
        /// As it was given.
        file: String,
        /// The line of the header, from 1.
        line: u64,
        /// The field.
        field: Field,
        /// The column that does not exist.
        column: String,
        /// The column with a similar name.
        near: Option<String>,
        /// The columns of the file, for people.
        columns: String,
    },
    /// The mapping names a column that does not exist.
    #[error(
        "{entry} names the column {column:?}, but {file} (line {line}) has no such column. \
         {columns}"
    )]
    NoMappedColumn {
        /// As it was given.
        file: String,
        /// The line of the header, from 1.
        line: u64,
        /// The entry of the mapping, after its place: `hr.toml, line 3: email`.
        entry: String,
        /// The column that does not exist.
        column: String,
        /// The column with a similar name and all columns of the file, in a sentence each.
        columns: String,
    },
    /// The mapping translates a field that no column gives.
    #[error(
        "{}{} has values to translate, but {file} (line {line}) has no column for it: name one \
         with column = \"…\". The columns are: {columns}",
        place.as_ref().map_or_else(String::new, |place| format!("{place}: ")),
        field.name()
    )]
    NothingToTranslate {
        /// As it was given.
        file: String,
        /// The line of the header, from 1.
        line: u64,
        /// Where the entry of the mapping is written.
        place: Option<String>,
        /// The field.
        field: Field,
        /// The columns of the file, for people.
        columns: String,
    },
    /// Columns with a likely meaning would be ignored.
    #[error(
        "{file}, line {line}: these columns would be ignored: {}. Rename or remove them",
        lookalike_words(columns)
    )]
    LooksLike {
        /// As it was given.
        file: String,
        /// The line of the header, from 1.
        line: u64,
        /// The names in the file, each with its likely meaning.
        columns: Vec<(String, Field)>,
    },
    /// A column to ignore does not exist.
    #[error(
        "{file}, line {line}: {column:?} cannot be ignored: there is no such column. The columns \
         are: {columns}"
    )]
    NothingToIgnore {
        /// As it was given.
        file: String,
        /// The line of the header, from 1.
        line: u64,
        /// The column that does not exist.
        column: String,
        /// The columns of the file, for people.
        columns: String,
    },
    /// A column has old names beside one that then has new names.
    #[error(
        "{file}, line {line}: the column {:?} seems to hold the old {} of users, and {:?} the new \
         ones",
        old.0,
        looks(old.1),
        new.0
    )]
    OldNames {
        /// As it was given.
        file: String,
        /// The line of the header, from 1.
        line: u64,
        /// The column of old names, with its field.
        old: (String, Field),
        /// The column of new names, with its field.
        new: (String, Field),
    },
    /// A column of new values would be ignored, beside the one with the values that it changes.
    #[error(
        "{file}, line {line}: the column {new:?} seems to hold new {}, and would be ignored. If it \
         does, write them into the column {known:?} and remove {new:?}",
        looks(*field)
    )]
    NewNames {
        /// As it was given.
        file: String,
        /// The line of the header, from 1.
        line: u64,
        /// The column of new values.
        new: String,
        /// The column whose values they change.
        known: String,
        /// The field.
        field: Field,
    },
    /// A column of whole names would be ignored, and no other column has names.
    #[error(
        "{file}, line {line}: the column {column:?} seems to hold whole names and would be \
         ignored, and no other column has names. Split it into two columns, firstname and lastname"
    )]
    WholeNames {
        /// As it was given.
        file: String,
        /// The line of the header, from 1.
        line: u64,
        /// The column.
        column: String,
    },
    /// Rows about users name the one group that a row creates or deletes.
    #[error(
        "{file}, line {line}: the column {column:?} is read as the group that a row creates, \
         changes or deletes, but the rows are about users"
    )]
    GroupOfUsers {
        /// As it was given.
        file: String,
        /// The line of the header, from 1.
        line: u64,
        /// The column.
        column: String,
    },
    /// The file only shows that a workbook is open.
    #[error(
        "{file} holds no rows: a spreadsheet program makes this file while {of} is open. Choose \
         {of}; what is not saved yet is not in it"
    )]
    LockFile {
        /// As it was given.
        file: String,
        /// The name of the workbook.
        of: String,
    },
    /// Columns that mark people who leave would be ignored.
    #[error(
        "{file}, line {line}: {} to mark people who leave, and would be ignored",
        columns_that(columns, "seems", "seem")
    )]
    LeaverMarks {
        /// As it was given.
        file: String,
        /// The line of the header, from 1.
        line: u64,
        /// The columns.
        columns: Vec<String>,
        /// The columns that name people.
        naming: Vec<String>,
    },
    /// A column with a part of last names would be ignored.
    #[error(
        "{file}, line {line}: {} to have a part of the last names in {main:?}, and would be \
         ignored",
        columns_that(parts, "seems", "seem")
    )]
    HalfNames {
        /// As it was given.
        file: String,
        /// The line of the header, from 1.
        line: u64,
        /// The column of last names.
        main: String,
        /// The columns with other parts of them.
        parts: Vec<String>,
        /// What joins them; `None` if a name of a column cannot stand in a template.
        template: Option<String>,
    },
    /// A title that says that people leave would be ignored.
    #[error(
        "{file}, line {line}: the title {title:?} says that the people below it leave, and would \
         be ignored"
    )]
    TitleOfLeavers {
        /// As it was given.
        file: String,
        /// The line of the header, from 1.
        line: u64,
        /// The title, or the name of the sheet.
        title: String,
    },
    /// A total below the rows that says that their people leave would be ignored.
    #[error(
        "{file}: the row {total:?} at the end says that people above it leave, and would be ignored"
    )]
    TotalOfLeavers {
        /// As it was given.
        file: String,
        /// The filled cells of the row.
        total: String,
    },
    /// Columns that mark people who are not to get an account would be ignored.
    #[error(
        "{file}, line {line}: {} to mark people who are not to be created, and would be ignored",
        columns_that(columns, "seems", "seem")
    )]
    UnwantedMarks {
        /// As it was given.
        file: String,
        /// The line of the header, from 1.
        line: u64,
        /// The columns.
        columns: Vec<String>,
    },
    /// Columns that mark who is to have a group or product would be ignored.
    #[error(
        "{file}, line {line}: {} to mark who is to have that group or product, and would be \
         ignored",
        columns_that(columns, "seems", "seem")
    )]
    TickedGroups {
        /// As it was given.
        file: String,
        /// The line of the header, from 1.
        line: u64,
        /// The columns.
        columns: Vec<String>,
    },
    /// All rows delete, but columns mark only some of the people as leaving.
    #[error(
        "{file}, line {line}: {} only some of the people as leaving, and all of them would be \
         deleted. Remove the others from the file",
        columns_that(columns, "marks", "mark")
    )]
    StayersBeside {
        /// As it was given.
        file: String,
        /// The line of the header, from 1.
        line: u64,
        /// The columns.
        columns: Vec<String>,
    },
    /// The text is not UTF-8, and no encoding reads all of its cells like names.
    #[error(
        "{file}: the file is not UTF-8, and no encoding reads all of its cells as names. Closest \
         is {closest}, but not in {}: {cell:?}. Open the file where it comes from, and save it as \
         CSV UTF-8",
        line_words(lines)
    )]
    NoEncoding {
        /// As it was given.
        file: String,
        /// The encoding that reads most cells like names.
        closest: &'static str,
        /// The first lines with cells that it does not read so, from 1.
        lines: Vec<u64>,
        /// One of these cells.
        cell: String,
    },
    /// The lines have different encodings.
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
        /// The first lines that are not UTF-8.
        others: Vec<u64>,
    },
    /// The file does not have the line that should have the header.
    #[error("{file}: line {row} does not exist or is empty, so it cannot be the header")]
    NoHeaderRow {
        /// As it was given.
        file: String,
        /// The line.
        row: u64,
    },
    /// A field is mapped to two columns.
    #[error("{file}: {} cannot be read from two columns: name one", field.name())]
    MappedTwice {
        /// As it was given.
        file: String,
        /// The field.
        field: Field,
    },
    /// The character cannot be a delimiter.
    #[error(
        "{file}: {delimiter:?} cannot be a delimiter: use a comma, a semicolon, a tab or a pipe"
    )]
    Delimiter {
        /// As it was given.
        file: String,
        /// The character.
        delimiter: char,
    },
}
