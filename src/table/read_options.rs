//! What a user may specify about a file.

use super::charset::Charset;
use super::dialect::InputDialect;
use super::field::Field;
use super::mapping::ValueMapping;
use super::table_purpose::TablePurpose;
use std::path::PathBuf;

/// What a user may specify about a file. By default everything is detected.
#[derive(Debug, Clone)]
pub struct ReadOptions {
    /// The encoding of a file without a byte order mark, or with one that is wrong.
    pub encoding: Option<Charset>,
    /// The sheet of a workbook, by name. By default it is the one with known columns.
    pub sheet: Option<String>,
    /// The byte between cells.
    pub delimiter: Option<u8>,
    /// The dialect of the table.
    pub dialect: Option<InputDialect>,
    /// The meaning of columns, by name. It has priority over the header's own meaning.
    pub map: Vec<(Field, String)>,
    /// What becomes of cells.
    pub values: ValueMapping,
    /// The separator of the names in a list.
    pub list_separator: char,
    /// Columns to ignore, by name.
    pub ignore: Vec<String>,
    /// The value of a field in every row, whatever its cell says.
    pub overrides: Vec<(Field, String)>,
    /// The header's line, from 1. By default it is detected.
    pub header_row: Option<u64>,
    /// The purpose of the table.
    pub purpose: TablePurpose,
    /// Whether text that was decoded twice (`ZoÃ«`) is repaired.
    pub repair_mojibake: bool,
    /// The folder for temporary copies. It must exist.
    pub spool_dir: PathBuf,
    /// Whether the file is copied first and only the copy is read, so that several readings agree,
    /// whatever happens to the file.
    pub private_copy: bool,
}

impl ReadOptions {
    /// Creates options that detect everything, and read a private copy in this folder.
    pub fn new(spool_dir: impl Into<PathBuf>) -> Self {
        Self {
            encoding: None,
            sheet: None,
            delimiter: None,
            dialect: None,
            map: Vec::new(),
            values: ValueMapping::default(),
            list_separator: ',',
            ignore: Vec::new(),
            overrides: Vec::new(),
            header_row: None,
            purpose: TablePurpose::Rows,
            repair_mojibake: false,
            spool_dir: spool_dir.into(),
            private_copy: true,
        }
    }
}
