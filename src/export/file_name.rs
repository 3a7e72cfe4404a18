//! The format of a file, by its name.

use super::layout::OutputFormat;
use super::output::Packing;
use crate::table::{UnwrittenEnding, WrittenForm};
use std::path::{Path, PathBuf};

/// A format that is not written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{}: umbulk writes no .{ending} files: use .csv, .tsv, .jsonl or .xlsx",
    path.display()
)]
pub struct UnwrittenKind {
    /// The file.
    pub path: PathBuf,
    /// The ending in lower case.
    pub ending: String,
}

/// Returns the format by the ending of the file's name, if that shows it, and the compression.
///
/// # Errors
/// When the ending is another program's.
pub(crate) fn kind_of(path: &Path) -> (Result<OutputFormat, UnwrittenKind>, Packing) {
    let ending = |path: &Path| {
        path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default()
    };
    let (name, packing) = match &*ending(path) {
        "gz" => (path.with_extension(""), Packing::Gzip),
        "zst" => (path.with_extension(""), Packing::Zstd),
        _ => (path.to_owned(), Packing::Plain),
    };
    if packing == Packing::Plain && WrittenForm::of(&name) == Ok(WrittenForm::Workbook) {
        return (Ok(OutputFormat::Csv { delimiter: b',' }), Packing::Workbook);
    }
    let format = match &*ending(&name) {
        "tsv" | "tab" => Ok(OutputFormat::Csv { delimiter: b'\t' }),
        "jsonl" | "ndjson" => Ok(OutputFormat::JsonLines),
        // A workbook is compressed already.
        "xlsx" => {
            let ending = format!("xlsx.{}", ending(path));
            Err(UnwrittenKind { path: path.to_owned(), ending })
        }
        ending @ "json" => Err(UnwrittenKind { path: path.to_owned(), ending: ending.to_owned() }),
        _ => match WrittenForm::of(&name) {
            Err(UnwrittenEnding(ending)) => Err(UnwrittenKind { path: path.to_owned(), ending }),
            Ok(_) => Ok(OutputFormat::Csv { delimiter: b',' }),
        },
    };
    (format, packing)
}
