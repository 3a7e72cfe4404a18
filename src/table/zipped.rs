//! Finds the only table in a zip archive.
//!
//! In: the archive. Out: a copy of the only file in it that may be a table, and its name. Nothing
//! is written under a name from the archive, so a path in it cannot lead anywhere. A few kilobytes
//! can unpack to terabytes, so no more is read than an honest file of that size holds.

use std::io::{self, Read, Write};

use zip::ZipArchive;
use zip::result::ZipError;

use super::text::Utf8Text;
use super::workbook::{SeekText, most_bytes};

/// The endings of tables.
const TABLES: [&str; 12] =
    ["csv", "tsv", "tab", "txt", "jsonl", "ndjson", "json", "xlsx", "xlsm", "xlsb", "xls", "ods"];
/// The most files of an archive.
const MOST_FILES: usize = 10_000;

/// Why no table is read from an archive.
#[derive(Debug)]
pub(super) enum ZipFault {
    /// The archive cannot be read.
    Read(io::Error),
    /// The copy cannot be written.
    Write(io::Error),
    /// Something in it is damaged or cut off.
    Damaged(io::Error),
    /// The table would unpack to far more bytes than a table of that size: its name.
    TooLarge(String),
    /// The table is protected by a password.
    Protected,
    /// The table is packed by an uncommon method: its name.
    Method(String),
    /// No file may be a table: the names of all files.
    None(Vec<String>),
    /// Several files may be the table: their names.
    Several(Vec<String>),
}

/// The file in the archive that was copied.
pub(super) struct ZippedTable {
    pub(super) name: String,
    /// The number of other files.
    pub(super) others: u64,
}

/// Copies the only table of an archive.
pub(super) fn unpack(archive: &Utf8Text, to: impl Write) -> Result<ZippedTable, ZipFault> {
    let mut zip = ZipArchive::new(SeekText::new(archive)).map_err(fault)?;
    let files = files(&zip)?;
    let others = files.len().saturating_sub(1) as u64;
    let (index, name) = only_table(files)?;
    let entry = match zip.by_index(index) {
        Ok(entry) => entry,
        Err(ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED)) => {
            return Err(ZipFault::Protected);
        }
        Err(ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_)) => {
            return Err(ZipFault::Method(name));
        }
        Err(error) => return Err(fault(error)),
    };
    copy(entry, most_bytes(archive.len()), to).map_err(|failure| match failure {
        CopyFailure::TooLarge => ZipFault::TooLarge(name.clone()),
        CopyFailure::Method => ZipFault::Method(name.clone()),
        CopyFailure::Other(fault) => fault,
    })?;
    Ok(ZippedTable { name, others })
}

/// Returns the files that people have packed, with their places.
fn files(zip: &ZipArchive<SeekText<'_>>) -> Result<Vec<(usize, String)>, ZipFault> {
    let mut files = Vec::new();
    for (i, name) in zip.file_names().enumerate() {
        let name = name.map_err(fault)?.replace('\\', "/");
        if !is_of_the_system(&name) {
            files.push((i, name));
        }
        if files.len() > MOST_FILES {
            return Err(ZipFault::Several(names(files)));
        }
    }
    Ok(files)
}

fn names(files: Vec<(usize, String)>) -> Vec<String> {
    files.into_iter().map(|(_, name)| name).collect()
}

/// Returns the only file with the ending of a table, or the only file.
fn only_table(files: Vec<(usize, String)>) -> Result<(usize, String), ZipFault> {
    let (tables, others): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|(_, name)| has_ending_of_table(name));
    let (mut candidates, others) = match (tables.len(), others.len()) {
        (0, 1) => (others, tables),
        _ => (tables, others),
    };
    match (candidates.len(), candidates.pop()) {
        (1, Some(table)) => Ok(table),
        (_, Some(last)) => {
            candidates.push(last);
            Err(ZipFault::Several(names(candidates)))
        }
        (_, None) => Err(ZipFault::None(names(others))),
    }
}

/// Whether a name ends like that of a table, perhaps compressed.
fn has_ending_of_table(name: &str) -> bool {
    let name = name.to_lowercase();
    let name = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(&name);
    name.rsplit_once('.').is_some_and(|(_, ending)| TABLES.contains(&ending))
}

/// Whether an entry is a folder, or a file that the operating system has added.
fn is_of_the_system(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    file.is_empty()
        || file.starts_with('.')
        || name.split('/').any(|folder| folder == "__MACOSX")
        || ["thumbs.db", "desktop.ini"].contains(&file.to_lowercase().as_str())
}

enum CopyFailure {
    TooLarge,
    /// The bytes are packed by an uncommon method.
    Method,
    Other(ZipFault),
}

/// Copies up to so many bytes.
fn copy(mut from: impl Read, most: u64, mut to: impl Write) -> Result<(), CopyFailure> {
    let write = |error| CopyFailure::Other(ZipFault::Write(error));
    let mut piece = vec![0; 1 << 18];
    let mut copied = 0;
    loop {
        let read = match from.read(&mut piece) {
            Ok(0) => return to.flush().map_err(write),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {
                return Err(CopyFailure::Method);
            }
            Err(error) => return Err(CopyFailure::Other(of_read(error))),
        };
        copied += read as u64;
        if copied > most {
            return Err(CopyFailure::TooLarge);
        }
        to.write_all(&piece[..read]).map_err(write)?;
    }
}

fn fault(error: ZipError) -> ZipFault {
    match error {
        ZipError::Io(error) => of_read(error),
        other => ZipFault::Damaged(io::Error::other(other)),
    }
}

/// Returns the error of a failed read. Only an error of the operating system is one of the file.
fn of_read(error: io::Error) -> ZipFault {
    match error.raw_os_error() {
        Some(_) => ZipFault::Read(error),
        None => ZipFault::Damaged(error),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use zip::write::SimpleFileOptions;

    use super::*;

    fn archive(files: &[&str]) -> Utf8Text {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for name in files {
            if name.ends_with('/') {
                zip.add_directory(*name, SimpleFileOptions::default()).unwrap();
            } else {
                zip.start_file(*name, SimpleFileOptions::default()).unwrap();
                zip.write_all(name.as_bytes()).unwrap();
            }
        }
        text(&zip.finish().unwrap().into_inner())
    }

    fn text(bytes: &[u8]) -> Utf8Text {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        Utf8Text::new(file).unwrap()
    }

    /// Returns the table that is found, or the names in the fault.
    fn found(files: &[&str]) -> Result<String, Vec<String>> {
        let mut copy = Vec::new();
        match unpack(&archive(files), &mut copy) {
            Ok(table) => {
                assert_eq!(copy, table.name.as_bytes());
                Ok(table.name)
            }
            Err(ZipFault::Several(names) | ZipFault::None(names)) => Err(names),
            Err(fault) => panic!("{fault:?}"),
        }
    }

    #[test]
    fn only_table_is_found_beside_what_the_system_adds() {
        let ok = |name: &str| Ok(name.to_owned());
        let of_macos = ["a/", "a/staff.csv", "__MACOSX/", "__MACOSX/a/._staff.csv", "a/.DS_Store"];
        assert_eq!(found(&of_macos), ok("a/staff.csv"));
        assert_eq!(found(&["logo.png", "Staff.XLSX", "Thumbs.db"]), ok("Staff.XLSX"));
        assert_eq!(found(&["staff.csv.gz"]), ok("staff.csv.gz"));
        assert_eq!(found(&["export"]), ok("export"));
        assert_eq!(found(&["../../etc/staff.csv"]), ok("../../etc/staff.csv"));
    }

    #[test]
    fn no_file_is_chosen_of_several_or_none() {
        let names = |names: &[&str]| Err(names.iter().map(|name| (*name).to_owned()).collect());
        assert_eq!(found(&["a.csv", "b.txt", "c.png"]), names(&["a.csv", "b.txt"]));
        assert_eq!(found(&["a.png", "b.zip"]), names(&["a.png", "b.zip"]));
        assert_eq!(found(&["a/", ".DS_Store"]), names(&[]));
    }

    #[test]
    fn table_that_unpacks_to_too_much_is_not_copied() {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file("bomb.csv", SimpleFileOptions::default()).unwrap();
        for _ in 0..100 {
            zip.write_all(&vec![b'\n'; 1 << 20]).unwrap();
        }
        let bytes = zip.finish().unwrap().into_inner();
        assert!(bytes.len() < 200_000);
        let fault = unpack(&text(&bytes), io::sink()).err().unwrap();
        assert!(matches!(fault, ZipFault::TooLarge(name) if name == "bomb.csv"));
        let fault = unpack(&text(&bytes[..bytes.len() - 40]), io::sink()).err().unwrap();
        assert!(matches!(fault, ZipFault::Damaged(_)), "{fault:?}");
    }
}
