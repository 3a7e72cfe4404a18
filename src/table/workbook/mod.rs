//! Reads workbooks: `.xlsx`, `.xlsm`, `.xlsb`, `.xls` and `.ods`.
//!
//! In: a file of any of these formats. Out: a copy of the sheet with the table, as CSV, in which
//! row n of the sheet is record n. A cell becomes the text that a person sees in it: dates in ISO
//! 8601, leading zeros, results of formulas. Only one row at a time is held in memory, except of
//! `.xls`, whose rows may be in any order.
//!
//! | file | takes | gives |
//! |---|---|---|
//! | `protection`, `open` | the file's bytes | its format, or why it cannot be read |
//! | `archive`, `package`, `xml`, `cfb`, `biff` | the file | its parts |
//! | `xlsx`, `xlsb`, `xls`, `ods` | the parts | sheets, and [`SheetRow`](sheet::SheetRow)s |
//! | `number_format`, `number`, `date` | a number | what a person sees |
//! | `choice` | the first rows of each sheet | the sheet with the table |
//! | `records`, `copy` | rows | the copy |
//!
//! These readers are our own, because a library that gives values alone does not tell what a person
//! sees (`00123`), which rows are hidden, or that a formula has no result.

mod archive;
mod biff;
mod bytes;
mod cfb;
mod choice;
mod copy;
mod date;
mod fault;
mod number;
mod number_format;
mod ods;
mod ods_sheet;
mod open;
mod package;
mod protection;
mod records;
mod sheet;
#[cfg(test)]
mod test_files;
#[cfg(test)]
mod tests;
mod text_store;
mod xls;
mod xlsb;
mod xlsx;
mod xlsx_sheet;
mod xlsx_text;
mod xml;

pub(super) use archive::{SeekText, most_bytes};
pub(super) use choice::ChoiceFault;
pub(super) use copy::{CopySettings, SheetCopy, copy_sheet};
pub(super) use fault::WorkbookFault;
pub(super) use open::is_container;
pub(super) use records::DELIMITER;
