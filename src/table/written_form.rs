//! The form of a table that umbulk writes, by the ending of its file name.

use std::path::{Path, PathBuf};

/// The form of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WrittenForm {
    /// Lines of text, such as CSV.
    Text,
    /// A workbook (`.xlsx`).
    Workbook,
}

/// Endings of tables and documents that umbulk does not write.
const UNWRITTEN: [&str; 30] = [
    "xls", "xlsm", "xlsb", "xlt", "xltx", "xltm", "ods", "fods", "ots", "numbers", "dbf",
    "parquet", "sqlite", "db", "pdf", "doc", "docx", "odt", "rtf", "htm", "html", "xml", "ppt",
    "pptx", "gsheet", "zip", "7z", "bz2", "xz", "rar",
];

/// The ending, in lower case, of a form that umbulk does not write.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(".{0} is not written here")]
pub(crate) struct UnwrittenEnding(pub(crate) String);

impl WrittenForm {
    /// Returns the form of a file with this name.
    ///
    /// # Errors
    /// When the ending is that of a form that is not written.
    pub(crate) fn of(path: &Path) -> Result<Self, UnwrittenEnding> {
        match ending(path) {
            ending if ending == "xlsx" => Ok(Self::Workbook),
            ending if UNWRITTEN.contains(&&*ending) => Err(UnwrittenEnding(ending)),
            _ => Ok(Self::Text),
        }
    }
}

/// Whether the name is that of a workbook.
pub(crate) fn is_workbook(path: &Path) -> bool {
    WrittenForm::of(path) == Ok(WrittenForm::Workbook)
}

/// Returns the file with the rows of a table that is not complete. A workbook cannot grow, so its
/// rows are in a CSV file beside it until it is written.
pub(crate) fn growing_file(path: &Path) -> PathBuf {
    if is_workbook(path) { path.with_added_extension("partial.csv") } else { path.to_owned() }
}

fn ending(path: &Path) -> String {
    path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ending_decides_the_form_whatever_its_letters() {
        let form = |name: &str| WrittenForm::of(Path::new(name));
        for name in ["a.xlsx", "a.b.XLSX", "in.xls/a.xlsx"] {
            assert_eq!(form(name), Ok(WrittenForm::Workbook), "{name}");
        }
        for name in ["a.csv", "a", "-", "a.tsv", "a.txt", "a.json", "a.jsonl", "a.xlsx.csv", "xlsx"]
        {
            assert_eq!(form(name), Ok(WrittenForm::Text), "{name}");
        }
        for ending in ["xls", "xlsb", "ods", "numbers", "pdf", "zip"] {
            let refused = Err(UnwrittenEnding(ending.to_owned()));
            assert_eq!(form(&format!("a.{}", ending.to_uppercase())), refused);
        }
    }

    #[test]
    fn rows_of_an_unfinished_workbook_are_in_a_csv_file() {
        assert_eq!(growing_file(Path::new("o/a.xlsx")), Path::new("o/a.xlsx.partial.csv"));
        assert_eq!(growing_file(Path::new("o/a.csv")), Path::new("o/a.csv"));
    }
}
