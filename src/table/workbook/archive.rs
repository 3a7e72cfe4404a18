//! The parts of a workbook that is a zip archive.
//!
//! A few kilobytes can unpack to terabytes, so every part is read as a stream, and all parts
//! together never beyond what an honest file of that size holds.

use std::collections::HashMap;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

use zip::ZipArchive;
use zip::read::ZipFile;

use super::fault::{TooManyBytes, WorkbookFault};
use crate::table::text::Utf8Text;

/// The most bytes of the parts: this many, and this many for each byte of the file. Sheets are
/// packed to a tenth or a fiftieth of their size, zip bombs to a thousandth.
const FREE: u64 = 64 << 20;
const PACKED: u64 = 200;
/// The most parts of an archive.
const MOST_PARTS: usize = 100_000;

/// Returns the most bytes that may come out of a file of this length.
pub(in crate::table) fn most_bytes(file: u64) -> u64 {
    FREE.saturating_add(file.saturating_mul(PACKED))
}

/// A zip archive.
pub(super) struct Archive<'t> {
    zip: ZipArchive<SeekText<'t>>,
    /// The parts by their names in lower case.
    names: HashMap<String, usize>,
    most: u64,
    /// The number of bytes that may still be unpacked in this pass.
    left: u64,
}

impl<'t> Archive<'t> {
    /// Opens the archive of a workbook.
    pub(super) fn open(text: &'t Utf8Text) -> Result<Self, WorkbookFault> {
        const PART: &str = "its list of parts";
        let damaged = |_| WorkbookFault::Damaged(PART);
        let zip = ZipArchive::new(SeekText::new(text)).map_err(damaged)?;
        if zip.len() > MOST_PARTS {
            return Err(WorkbookFault::TooLarge);
        }
        let (mut names, mut is_twice) = (HashMap::new(), zip.has_duplicate_names());
        for (i, name) in zip.file_names().enumerate() {
            let name = name.map_err(damaged)?.replace('\\', "/").to_lowercase();
            is_twice |= names.insert(name, i).is_some();
        }
        if is_twice {
            // Programs would read different ones.
            return Err(WorkbookFault::Damaged(PART));
        }
        let most = most_bytes(text.len());
        Ok(Self { zip, names, most, left: most })
    }

    /// Begins another pass, in which as many bytes may be unpacked again.
    pub(super) fn begin_pass(&mut self) {
        self.left = self.most;
    }

    /// Whether there is a part of this name, in any letter case.
    pub(super) fn has(&self, name: &str) -> bool {
        self.names.contains_key(&name.to_lowercase())
    }

    /// Whether there is a part whose name begins so.
    pub(super) fn has_folder(&self, folder: &str) -> bool {
        self.names.keys().any(|name| name.starts_with(folder))
    }

    /// Opens a part; `None` if there is none of this name.
    pub(super) fn part(
        &mut self,
        name: &str,
    ) -> Result<Option<ArchivePart<'_, 't>>, WorkbookFault> {
        let Some(&i) = self.names.get(&name.to_lowercase()) else { return Ok(None) };
        let inner = self.zip.by_index(i).map_err(|_| WorkbookFault::Damaged("a part of it"))?;
        let bounded = BoundedReader { inner, left: &mut self.left };
        Ok(Some(BufReader::with_capacity(1 << 16, bounded)))
    }
}

/// A stream of a part.
pub(super) type ArchivePart<'a, 't> = BufReader<BoundedReader<'a, ZipFile<'a, SeekText<'t>>>>;

/// Reads up to a number of bytes. More are an error.
pub(super) struct BoundedReader<'a, R> {
    inner: R,
    left: &'a mut u64,
}

impl<R: Read> Read for BoundedReader<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        *self.left = match self.left.checked_sub(read as u64) {
            Some(left) => left,
            None => return Err(io::Error::other(TooManyBytes)),
        };
        Ok(read)
    }
}

/// Reads a text at any place.
pub(in crate::table) struct SeekText<'t> {
    text: &'t Utf8Text,
    place: u64,
}

impl<'t> SeekText<'t> {
    /// Creates a reader at the start of a text.
    pub(in crate::table) fn new(text: &'t Utf8Text) -> Self {
        Self { text, place: 0 }
    }
}

impl Read for SeekText<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.text.read_at(buffer, self.place)?;
        self.place += read as u64;
        Ok(read)
    }
}

impl Seek for SeekText<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::End(offset) => self.text.len().checked_add_signed(offset),
            SeekFrom::Current(offset) => self.place.checked_add_signed(offset),
        };
        self.place = place.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.place)
    }
}
