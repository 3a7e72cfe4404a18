//! Turns a path into the UTF-8 text of its table.
//!
//! In: a path, or `-` for standard input. Out: a [`Utf8Text`]: a private copy of the file, or the
//! file itself if it is plain UTF-8 and no copy is wanted. The copy of a compressed file, or of the
//! only table in a zip archive, is uncompressed, that of a file in another encoding is decoded, and
//! that of JSON or of the sheet of a workbook is CSV. No other user can read or change a copy, and
//! it is deleted with the text. The text is not held in memory.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;
use std::sync::Arc;

use super::charset::{Charset, EncodingChoice};
use super::encoding::{self, Guess, UnconfirmedEncoding};
use super::error::TableError;
use super::foreign::foreign_format;
use super::header;
use super::json_array::{ArrayFault, begins_as_array, to_lines};
use super::jsonl::{self, JsonCopy};
use super::jsonl_framer::JsonLineCount;
use super::jsonl_lines::JsonlError;
use super::original::Original;
use super::text::Utf8Text;
use super::warning::TableWarning;
use super::wide::decode_utf32;
use super::workbook::{
    ChoiceFault, CopySettings, SheetCopy, WorkbookFault, copy_sheet, is_container,
};
use super::zipped::{ZipFault, unpack};
use crate::visible::visible;

/// The text of a table, with its origin.
#[derive(Debug)]
pub(super) struct InputSource {
    pub(super) text: Utf8Text,
    /// The length of a byte order mark at the front of the text.
    pub(super) mark: usize,
    /// Whether the input had a byte order mark or was not UTF-8.
    pub(super) wants_mark: bool,
    pub(super) warnings: Vec<TableWarning>,
    /// A guessed encoding, which the user should confirm.
    pub(super) unconfirmed: Option<UnconfirmedEncoding>,
    pub(super) form: SourceForm,
    /// The file; `None` for a pipe.
    pub(super) original: Option<Arc<Original>>,
    /// The name of the file for messages, if it is in an archive.
    pub(super) name: Option<String>,
}

/// What the text was in the file, with the facts about a copy.
#[derive(Debug)]
pub(super) enum SourceForm {
    /// The same text.
    Text,
    Json(JsonCopy),
    /// A sheet of a workbook.
    Sheet(SheetCopy),
}

/// The settings for opening a source.
pub(super) struct SourceOpener<'a> {
    /// For messages.
    pub(super) file: &'a str,
    pub(super) encoding: Option<Charset>,
    /// The sheet of a workbook that the user has named.
    pub(super) sheet: Option<&'a str>,
    /// How the header is found, to tell which sheet has the table.
    pub(super) search: header::Search<'a>,
    /// The folder for temporary copies.
    pub(super) spool_dir: &'a Path,
    /// Whether a file is copied before anything is read from it.
    pub(super) private_copy: bool,
    /// What the bytes come from.
    pub(super) container: SourceContainer,
}

/// What the bytes of a table come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SourceContainer {
    /// The file that the user has named.
    File,
    /// A file in a zip archive.
    Zip,
}

/// The most bytes of a file that only shows that another one is open: Excel writes 165.
const MOST_LOCK_BYTES: u64 = 1024;

/// Returns the name of the file that a spreadsheet has open while this small one exists: `~$a.xlsx`
/// beside `a.xlsx`.
pub(crate) fn locked_by(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let of = name
        .strip_prefix("~$")
        .or_else(|| name.strip_prefix(".~lock.").and_then(|name| name.strip_suffix('#')))?;
    let is_small = path.metadata().is_ok_and(|file| file.len() <= MOST_LOCK_BYTES);
    is_small.then(|| of.to_owned())
}

impl SourceOpener<'_> {
    /// Opens a path as the text of a table.
    pub(super) fn open(&self, path: &Path) -> Result<InputSource, TableError> {
        if let Some(of) = locked_by(path) {
            return Err(TableError::LockFile { file: self.file.to_owned(), of });
        }
        let (bytes, original) = self.uncompressed(path)?;
        self.opened(bytes, original, path)
    }

    /// Opens uncompressed bytes. `path` tells the format if they do not.
    fn opened(
        &self,
        bytes: Utf8Text,
        original: Option<Arc<Original>>,
        path: &Path,
    ) -> Result<InputSource, TableError> {
        let mut first = [0; 1024];
        let len = bytes.read_at(&mut first, 0).map_err(|error| self.unreadable(error))?;
        if is_container(&first[..len]) {
            return match self.workbook(&bytes, original.clone()) {
                Err(ChoiceFault::Workbook(WorkbookFault::Archive)) => self.zipped(&bytes, original),
                Err(ChoiceFault::Workbook(WorkbookFault::Damaged(_)))
                    if has_ending(path, &[".zip"]) =>
                {
                    Err(self.damaged("zip", io::Error::other("its list of files is damaged")))
                }
                source => source.map_err(|fault| self.choice_error(fault)),
            };
        }
        self.check_format(&first[..len])?;
        if self.sheet.is_some() {
            return Err(TableError::NoWorkbook { file: self.file.to_owned() });
        }
        let mut source = self.decoded(bytes, original)?;
        source.text = source.text.without_filler().map_err(|error| self.unreadable(error))?;
        let len = source
            .text
            .read_at(&mut first, source.mark as u64)
            .map_err(|error| self.unreadable(error))?;
        if begins_as_array(&first[..len]) {
            return self.json_array(source);
        }
        if jsonl::begins_with_object(&first[..len]) || has_ending(path, &[".jsonl", ".ndjson"]) {
            self.check_format(&first[..len])?;
            return self.json_lines(source);
        }
        Ok(source)
    }

    /// Refuses a file that is no table.
    fn check_format(&self, first: &[u8]) -> Result<(), TableError> {
        match foreign_format(first) {
            Some(what) => Err(TableError::NotATable { file: self.file.to_owned(), what }),
            None => Ok(()),
        }
    }

    /// Opens the only table in an archive.
    fn zipped(
        &self,
        archive: &Utf8Text,
        original: Option<Arc<Original>>,
    ) -> Result<InputSource, TableError> {
        if self.container == SourceContainer::Zip {
            return Err(TableError::InnerArchive { file: self.file.to_owned() });
        }
        let mut copy = self.temporary()?;
        let table = unpack(archive, BufWriter::with_capacity(1 << 18, &mut copy))
            .map_err(|fault| self.zip_error(fault))?;
        let file = self.name_in_archive(&table.name);
        let opener = SourceOpener {
            file: &file,
            search: header::Search { file: &file, ..self.search },
            container: SourceContainer::Zip,
            ..*self
        };
        let bytes = opener.text(copy)?;
        let bytes = match opener.is_compressed(&bytes)? {
            true => opener.copied(bytes.reader_from(0))?,
            false => bytes,
        };
        let mut source = opener.opened(bytes, original, Path::new(&table.name))?;
        if table.others > 0 {
            source.warnings.push(TableWarning::OtherFiles(table.others));
        }
        Ok(InputSource { name: Some(file), ..source })
    }

    /// Returns the name of a file in the archive: `staff.zip: staff.csv`.
    fn name_in_archive(&self, name: &str) -> String {
        format!("{}: {}", self.file, visible(name))
    }

    fn zip_error(&self, fault: ZipFault) -> TableError {
        let file = self.file.to_owned();
        match fault {
            ZipFault::Read(error) => self.unreadable(error),
            ZipFault::Write(error) => self.spool(error),
            ZipFault::Damaged(error) => self.damaged("zip", error),
            ZipFault::TooLarge(name) => {
                TableError::ArchiveTooLarge { file: self.name_in_archive(&name) }
            }
            ZipFault::Protected => TableError::ProtectedArchive { file },
            ZipFault::Method(name) => {
                TableError::PackedOtherwise { file: self.name_in_archive(&name) }
            }
            ZipFault::None(names) => TableError::NoneInArchive { file, names },
            ZipFault::Several(names) => TableError::SeveralInArchive { file, names },
        }
    }

    /// Copies the elements of a JSON array as CSV.
    fn json_array(&self, source: InputSource) -> Result<InputSource, TableError> {
        let file = || self.file.to_owned();
        let mut copy = self.temporary()?;
        let to = BufWriter::with_capacity(1 << 18, &mut copy);
        let lines = to_lines(&source.text, source.mark as u64, to);
        let lines = lines.map_err(|fault| match fault {
            ArrayFault::Empty => TableError::Empty { file: file() },
            ArrayFault::Broken(line, what) => TableError::BrokenJson { file: file(), line, what },
            ArrayFault::Read(error) => self.unreadable(error),
            ArrayFault::Write(error) => self.spool(error),
        })?;
        let elements = InputSource { text: self.text(copy)?, mark: 0, ..source };
        let mut source = self.json_lines(elements)?;
        if let SourceForm::Json(json) = &mut source.form {
            json.head.rows_line = lines.first().copied().unwrap_or(1);
            json.lines = JsonLineCount::of_elements(&lines);
        }
        Ok(source)
    }

    /// Copies JSON Lines as CSV.
    fn json_lines(&self, source: InputSource) -> Result<InputSource, TableError> {
        let mut copy = self.temporary()?;
        let converted = jsonl::convert(
            &source.text,
            source.mark as u64,
            BufWriter::with_capacity(1 << 18, &mut copy),
        );
        let converted = converted.map_err(|failure| match failure {
            JsonlError::Empty => TableError::Empty { file: self.file.to_owned() },
            JsonlError::NotJsonLines(what) => {
                TableError::NotATable { file: self.file.to_owned(), what }
            }
            JsonlError::Read(error) => self.unreadable(error),
            JsonlError::Write(error) => self.spool(error),
        })?;
        let form = SourceForm::Json(converted);
        Ok(InputSource { text: self.text(copy)?, mark: 0, form, ..source })
    }

    /// Copies the sheet of a workbook that has the table.
    fn workbook(
        &self,
        bytes: &Utf8Text,
        original: Option<Arc<Original>>,
    ) -> Result<InputSource, ChoiceFault> {
        let other = |error| ChoiceFault::Workbook(WorkbookFault::Write(error));
        let mut copy = tempfile::tempfile_in(self.spool_dir).map_err(other)?;
        let settings =
            CopySettings { sheet: self.sheet, search: self.search, spool_dir: self.spool_dir };
        let to = BufWriter::with_capacity(1 << 18, &mut copy);
        let sheet = copy_sheet(bytes, &settings, to)?;
        let text = Utf8Text::new(copy);
        Ok(InputSource {
            text: text.map_err(|error| ChoiceFault::Workbook(WorkbookFault::Read(error)))?,
            mark: 0,
            wants_mark: true,
            warnings: Vec::new(),
            unconfirmed: None,
            form: SourceForm::Sheet(sheet),
            original,
            name: None,
        })
    }

    fn choice_error(&self, fault: ChoiceFault) -> TableError {
        let file = self.file.to_owned();
        match fault {
            ChoiceFault::Workbook(fault) => self.workbook_error(fault),
            ChoiceFault::Empty => TableError::Empty { file },
            ChoiceFault::Several(sheets) => TableError::SeveralSheets { file, sheets },
            ChoiceFault::NoneKnown(sheets) => TableError::NoKnownSheet { file, sheets },
            ChoiceFault::Unknown(sheets) => TableError::NoSuchSheet {
                file,
                sheet: self.sheet.unwrap_or_default().to_owned(),
                sheets,
            },
        }
    }

    fn workbook_error(&self, fault: WorkbookFault) -> TableError {
        let file = self.file.to_owned();
        match fault {
            WorkbookFault::Read(error) => self.unreadable(error),
            WorkbookFault::Write(error) => self.spool(error),
            WorkbookFault::Damaged(what) => TableError::DamagedWorkbook { file, what },
            WorkbookFault::TooLarge => TableError::WorkbookTooLarge { file },
            WorkbookFault::Protected => TableError::Protected { file },
            WorkbookFault::Archive => TableError::InnerArchive { file },
            WorkbookFault::Other(what) => TableError::NotATable { file, what },
        }
    }

    /// Decodes bytes to text.
    fn decoded(
        &self,
        bytes: Utf8Text,
        original: Option<Arc<Original>>,
    ) -> Result<InputSource, TableError> {
        let mut first = [0; 1024];
        let len = bytes.read_at(&mut first, 0).map_err(|error| self.unreadable(error))?;
        let first = &first[..len];
        let (reading, warning, unconfirmed) = self.encoding_of(&bytes, first)?;
        let mut warnings: Vec<_> = warning.into_iter().collect();
        let bytes = match reading.unit() {
            1 => bytes,
            unit => bytes.in_units(unit).map_err(|error| self.unreadable(error))?,
        };
        let mut copy;
        let (lossy, name) = match reading {
            EncodingChoice::Utf8 { mark } => {
                return Ok(InputSource {
                    text: bytes,
                    mark,
                    wants_mark: mark > 0,
                    warnings,
                    unconfirmed,
                    form: SourceForm::Text,
                    original,
                    name: None,
                });
            }
            EncodingChoice::Decode { charset, mark } => {
                copy = self.temporary()?;
                (charset.decode(bytes.reader_from(mark as u64), &mut copy), charset.name())
            }
            EncodingChoice::Utf32 { big_endian } => {
                copy = self.temporary()?;
                (decode_utf32(bytes.reader_from(0), big_endian, &mut copy), "UTF-32")
            }
        };
        if lossy.map_err(|error| self.spool(error))? {
            warnings.push(TableWarning::LostBytes(name));
        }
        Ok(InputSource {
            text: self.text(copy)?,
            mark: 0,
            wants_mark: true,
            warnings,
            unconfirmed,
            form: SourceForm::Text,
            original,
            name: None,
        })
    }

    /// Returns the encoding of some bytes, with what is unusual or uncertain about it. `first` are
    /// the first bytes.
    fn encoding_of(
        &self,
        bytes: &Utf8Text,
        first: &[u8],
    ) -> Result<(EncodingChoice, Option<TableWarning>, Option<UnconfirmedEncoding>), TableError>
    {
        let western = Charset::Standard(encoding_rs::WINDOWS_1252);
        let unreadable = |error| self.unreadable(error);
        let (guess, mark) = match (encoding::declared(first, self.encoding), self.encoding) {
            (Some(EncodingChoice::Utf8 { mark }), None) => {
                header::check_first_bytes(self.file, &first[mark..])?;
                (encoding::detect_marked(bytes, mark).map_err(unreadable)?, mark)
            }
            // Who names an encoding is believed rather than a mark that is wrong.
            (Some(EncodingChoice::Utf8 { mark }), Some(charset))
                if charset.name() != encoding_rs::UTF_8.name()
                    && !encoding::is_utf8_behind(mark, bytes).map_err(unreadable)? =>
            {
                return Ok((EncodingChoice::Decode { charset, mark }, None, None));
            }
            (Some(choice), _) => return Ok((choice, None, None)),
            (None, _) => {
                header::check_first_bytes(self.file, first)?;
                (encoding::detect(bytes).map_err(unreadable)?, 0)
            }
        };
        match guess {
            Guess::Utf8 => Ok((EncodingChoice::Utf8 { mark }, None, None)),
            Guess::Western { line, samples } => {
                let warning = TableWarning::Western { line, samples: samples.join(", ") };
                Ok((EncodingChoice::Decode { charset: western, mark }, Some(warning), None))
            }
            Guess::Other(charset, unconfirmed) => {
                Ok((EncodingChoice::Decode { charset, mark }, None, Some(unconfirmed)))
            }
            Guess::Mixed { utf8, others } => {
                Err(TableError::MixedEncodings { file: self.file.to_owned(), utf8, others })
            }
            Guess::None(misfit) => Err(TableError::NoEncoding {
                file: self.file.to_owned(),
                closest: misfit.encoding,
                lines: misfit.lines,
                cell: misfit.cell,
            }),
        }
    }

    /// Creates a file without a name, which the operating system deletes with this process.
    pub(super) fn temporary(&self) -> Result<File, TableError> {
        tempfile::tempfile_in(self.spool_dir).map_err(|error| self.spool(error))
    }

    pub(super) fn text(&self, file: File) -> Result<Utf8Text, TableError> {
        Utf8Text::new(file).map_err(|error| self.unreadable(error))
    }

    pub(super) fn unreadable(&self, source: io::Error) -> TableError {
        TableError::Unreadable { file: self.file.to_owned(), source }
    }

    pub(super) fn spool(&self, source: io::Error) -> TableError {
        TableError::Spool { file: self.file.to_owned(), folder: self.spool_dir.to_owned(), source }
    }

    pub(super) fn damaged(&self, format: &'static str, source: io::Error) -> TableError {
        TableError::Compressed { file: self.file.to_owned(), format, source }
    }
}

/// Whether the name has one of these endings, before that of a compression.
pub(super) fn has_ending(path: &Path, endings: &[&str]) -> bool {
    let name = path.to_string_lossy().to_lowercase();
    let name = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(&name);
    endings.iter().any(|ending| name.ends_with(ending))
}
