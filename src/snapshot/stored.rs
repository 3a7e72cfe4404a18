//! A snapshot: the pages as the server sent them, one after the other in one compressed file.
//!
//! The file is a Zstandard file that other programs can read. Each page is a frame, which unpacks
//! to the server's JSON. A skippable frame (RFC 8878, 3.1.2) before each page has a line of JSON
//! with the page's number and length. The first such line describes the list, and the last says
//! that it is complete. So a truncated file has no last line, and all its pages up to the cut are
//! readable.

use crate::fs::{private_file, read_file};
use crate::umapi::{ListPage, ListQuery};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use zstd::bulk::Compressor;

/// An open snapshot: the positions of its pages. The pages themselves stay in the file.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The file.
    pub path: PathBuf,
    /// The organization, `12345@AdobeOrg`.
    pub organization: String,
    /// The API's host.
    pub host: String,
    /// The query of the list.
    pub query: ListQuery,
    /// When page 0 was requested.
    pub at: Timestamp,
    /// When the last page had come; `None` if the list is not complete.
    pub finished: Option<Timestamp>,
    places: BTreeMap<u32, PageLocation>,
    /// The number of bytes that could be parsed.
    sound: u64,
}

/// The content of the first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotHeader {
    /// The organization.
    pub organization: String,
    /// The API's host.
    pub host: String,
    /// The query of the list.
    pub query: ListQuery,
    /// When page 0 was requested.
    pub at: Timestamp,
}

/// The position of a page in the file, and the facts in the line before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageLocation {
    #[serde(rename = "page")]
    number: u32,
    current: Option<u32>,
    pages: Option<u32>,
    total: Option<u64>,
    at: Timestamp,
    /// The compressed length.
    bytes: u64,
    /// The uncompressed length.
    length: u64,
    #[serde(skip)]
    offset: u64,
}

/// A line before, between and after the pages.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum SnapshotLine {
    Facts {
        umbulk: String,
        form: u32,
        #[serde(flatten)]
        facts: SnapshotHeader,
    },
    Page(PageLocation),
    End {
        complete: Timestamp,
    },
}

/// One of the sixteen magic numbers of skippable frames.
const MAGIC: [u8; 4] = [0x5a, 0x2a, 0x4d, 0x18];
const KIND: &str = "list";
const FORM: u32 = 1;
/// The longest line.
const LONGEST_HEAD: u32 = 64 << 10;
/// The longest page, compressed or not.
const LONGEST_PAGE: u64 = 64 << 20;
/// A fast level, because a list is compressed while it is fetched.
const LEVEL: i32 = -7;

impl Snapshot {
    /// Opens a complete list.
    ///
    /// # Errors
    /// When it cannot be read, is not a snapshot, or is not complete.
    pub fn open(path: &Path) -> io::Result<Self> {
        let snapshot = Self::read(path)?;
        if snapshot.finished.is_none() {
            return Err(named(path, "this list was interrupted and is not complete"));
        }
        Ok(snapshot)
    }

    /// Whether a file that starts with these bytes is a snapshot.
    pub fn is_one(start: &[u8]) -> bool {
        start.starts_with(&MAGIC)
            && start.get(8..).is_some_and(|line| line.starts_with(b"{\"umbulk\":\"list\""))
    }

    /// Opens a list up to the first damage.
    pub(super) fn read(path: &Path) -> io::Result<Self> {
        let file = read_file(path).map_err(|error| named(path, &error.to_string()))?;
        let size = file.metadata()?.len();
        let mut source = BufReader::with_capacity(4 << 10, file);
        let Some((SnapshotLine::Facts { umbulk, form: FORM, facts }, mut sound)) =
            read_head(&mut source)?
        else {
            return Err(named(path, "this is not a snapshot"));
        };
        if umbulk != KIND {
            return Err(named(path, "this is not a snapshot"));
        }
        let SnapshotHeader { organization, host, query, at } = facts;
        let mut snapshot = Self {
            path: path.to_owned(),
            organization,
            host,
            query,
            at,
            finished: None,
            places: BTreeMap::new(),
            sound,
        };
        while let Some((head, length)) = read_head(&mut source)? {
            match head {
                SnapshotLine::Page(mut place) => {
                    place.offset = sound + length;
                    let Some(end) =
                        place.offset.checked_add(place.bytes).filter(|end| *end <= size)
                    else {
                        break;
                    };
                    let Ok(skip) = i64::try_from(place.bytes) else { break };
                    source.seek_relative(skip)?;
                    sound = end;
                    // A page that was damaged has been fetched again later.
                    snapshot.places.insert(place.number, place);
                }
                SnapshotLine::End { complete } => {
                    snapshot.finished = Some(complete);
                    sound += length;
                    break;
                }
                SnapshotLine::Facts { .. } => break,
            }
        }
        snapshot.sound = sound;
        Ok(snapshot)
    }

    /// Returns the pages, in order.
    ///
    /// # Errors
    /// When the file cannot be opened. Each page has an error of its own, for example when it is
    /// damaged.
    pub fn pages(&self) -> io::Result<impl Iterator<Item = io::Result<ListPage>> + use<>> {
        let file = read_file(&self.path).map_err(|error| named(&self.path, &error.to_string()))?;
        let path = self.path.clone();
        Ok(self
            .places
            .clone()
            .into_values()
            .map(move |place| place.page(&file).map_err(|error| named(&path, &error.to_string()))))
    }

    /// Returns how many users or groups there are, according to the last page with a count.
    pub fn total(&self) -> Option<u64> {
        self.places.values().rev().find_map(|place| place.total)
    }

    /// Returns the number of stored pages.
    pub fn page_count(&self) -> usize {
        self.places.len()
    }

    /// Returns the position of a page; `None` if it is not stored.
    pub fn place(&self, number: u32) -> Option<PageLocation> {
        self.places.get(&number).copied()
    }
}

impl PageLocation {
    /// Reads the page from the list's file.
    ///
    /// # Errors
    /// When it cannot be read, or is damaged.
    pub fn page(&self, file: &File) -> io::Result<ListPage> {
        let damaged = || {
            io::Error::new(io::ErrorKind::InvalidData, format!("page {} is damaged", self.number))
        };
        let mut file = file;
        file.seek(SeekFrom::Start(self.offset))?;
        let mut body = Vec::with_capacity(usize::try_from(self.length.min(8 << 20)).unwrap_or(0));
        let packed = BufReader::with_capacity(64 << 10, file.take(self.bytes));
        let frame = zstd::stream::read::Decoder::with_buffer(packed)?.single_frame();
        frame.take(LONGEST_PAGE).read_to_end(&mut body).map_err(|_| damaged())?;
        if body.len() as u64 != self.length {
            return Err(damaged());
        }
        Ok(ListPage {
            number: self.number,
            current: self.current,
            pages: self.pages,
            total: self.total,
            body,
        })
    }
}

/// Writes a list.
pub struct SnapshotWriter {
    file: File,
    path: PathBuf,
    packer: Compressor<'static>,
}

impl SnapshotWriter {
    /// Begins a list in a new file that only its owner can read.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin(path: &Path, facts: &SnapshotHeader) -> io::Result<Self> {
        let mut file = private_file(path)?;
        file.write_all(&head(&SnapshotLine::Facts {
            umbulk: KIND.to_owned(),
            form: FORM,
            facts: facts.clone(),
        })?)?;
        Ok(Self { file, path: path.to_owned(), packer: packer()? })
    }

    /// Resumes a list, after removing an incomplete page at its end.
    pub(super) fn go_on(snapshot: &Snapshot) -> io::Result<Self> {
        let mut file = File::options().read(true).write(true).open(&snapshot.path)?;
        file.set_len(snapshot.sound)?;
        file.seek(SeekFrom::End(0))?;
        Ok(Self { file, path: snapshot.path.clone(), packer: packer()? })
    }

    /// Adds a page that came at this time.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn append(&mut self, page: &ListPage, at: Timestamp) -> io::Result<()> {
        let packed = self.packer.compress(&page.body)?;
        let place = PageLocation {
            number: page.number,
            current: page.current,
            pages: page.pages,
            total: page.total,
            at,
            bytes: packed.len() as u64,
            length: page.body.len() as u64,
            offset: 0,
        };
        self.write(&head(&SnapshotLine::Page(place))?)?;
        self.write(&packed)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes).map_err(|error| named(&self.path, &error.to_string()))
    }

    /// Makes sure that what was written is on disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// Marks the list as complete and moves it to its place.
    pub(super) fn finish(mut self, at: Timestamp, place: &Path) -> io::Result<Snapshot> {
        self.write(&head(&SnapshotLine::End { complete: at })?)?;
        self.file.sync_all()?;
        std::fs::rename(&self.path, place)?;
        Snapshot::open(place)
    }
}

fn packer() -> io::Result<Compressor<'static>> {
    let mut packer = Compressor::new(LEVEL)?;
    // A checksum allows to detect damage.
    packer.include_checksum(true)?;
    Ok(packer)
}

fn head(head: &SnapshotLine) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(head)?;
    line.push(b'\n');
    let length = u32::try_from(line.len()).map_err(io::Error::other)?;
    let mut frame = MAGIC.to_vec();
    frame.extend_from_slice(&length.to_le_bytes());
    frame.append(&mut line);
    Ok(frame)
}

/// Reads the next line and its length in bytes; `None` at the end of the file or at damage.
fn read_head(source: &mut impl Read) -> io::Result<Option<(SnapshotLine, u64)>> {
    let mut start = [0; 8];
    if !fill(source, &mut start)? {
        return Ok(None);
    }
    let [a, b, c, d, length @ ..] = start;
    let length = u32::from_le_bytes(length);
    if [a, b, c, d] != MAGIC || length > LONGEST_HEAD {
        return Ok(None);
    }
    let mut line = vec![0; length as usize];
    if !fill(source, &mut line)? {
        return Ok(None);
    }
    Ok(serde_json::from_slice(&line).ok().map(|head| (head, 8 + u64::from(length))))
}

/// Fills a buffer; returns `false` if the file ends before.
fn fill(source: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match source.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

fn named(path: &Path, what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{}: {what}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> SnapshotHeader {
        SnapshotHeader {
            organization: "1@AdobeOrg".to_owned(),
            host: "host".to_owned(),
            query: ListQuery::Users { domain: None, direct: true },
            at: Timestamp::UNIX_EPOCH,
        }
    }

    fn page(number: u32, body: &str) -> ListPage {
        ListPage {
            number,
            current: Some(number),
            pages: Some(3),
            total: Some(9),
            body: body.as_bytes().to_vec(),
        }
    }

    fn put(record: &mut SnapshotWriter, page: &ListPage) {
        record.append(page, Timestamp::UNIX_EPOCH).unwrap();
    }

    #[test]
    fn snapshot_pages_are_plain_zstandard() {
        let folder = tempfile::tempdir().unwrap();
        let (draft, place) = (folder.path().join("draft"), folder.path().join("list"));
        let mut record = SnapshotWriter::begin(&draft, &facts()).unwrap();
        put(&mut record, &page(0, "{\"users\":[]}\n"));
        put(&mut record, &page(1, "second"));
        assert!(Snapshot::open(&draft).unwrap_err().to_string().contains("not complete"));
        let snapshot = record.finish(Timestamp::UNIX_EPOCH, &place).unwrap();
        assert_eq!(
            (snapshot.page_count(), snapshot.total(), &snapshot.query),
            (2, Some(9), &facts().query)
        );
        let pages: Vec<ListPage> = snapshot.pages().unwrap().collect::<io::Result<_>>().unwrap();
        assert_eq!(pages, [page(0, "{\"users\":[]}\n"), page(1, "second")]);
        let whole = std::fs::read(&place).unwrap();
        assert!(Snapshot::is_one(&whole) && !Snapshot::is_one(b"email,country\n"));
        assert_eq!(zstd::decode_all(&whole[..]).unwrap(), b"{\"users\":[]}\nsecond");
    }

    #[test]
    fn cut_snapshot_keeps_whole_pages_and_continues() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("draft");
        let mut record = SnapshotWriter::begin(&path, &facts()).unwrap();
        let start = std::fs::metadata(&path).unwrap().len();
        put(&mut record, &page(0, "first"));
        let first = std::fs::metadata(&path).unwrap().len();
        put(&mut record, &page(1, "second"));
        let whole = std::fs::read(&path).unwrap();
        for cut in 0..=whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let read = Snapshot::read(&path);
            if (cut as u64) < start {
                assert!(read.is_err());
                continue;
            }
            let mut record = SnapshotWriter::go_on(&read.unwrap()).unwrap();
            put(&mut record, &page(2, "third"));
            let kept: Vec<u32> = Snapshot::read(&path)
                .unwrap()
                .pages()
                .unwrap()
                .map(|page| page.unwrap().number)
                .collect();
            let expected: &[u32] = if cut == whole.len() {
                &[0, 1, 2]
            } else if cut as u64 >= first {
                &[0, 2]
            } else {
                &[2]
            };
            assert_eq!(kept, expected, "{cut}");
        }
    }

    #[test]
    fn damaged_page_is_replaced_by_a_later_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("draft");
        let mut record = SnapshotWriter::begin(&path, &facts()).unwrap();
        put(&mut record, &page(0, "a page that is damaged"));
        let mut bytes = std::fs::read(&path).unwrap();
        let last = bytes.len() - 6;
        bytes[last] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        let snapshot = Snapshot::read(&path).unwrap();
        assert!(
            snapshot
                .pages()
                .unwrap()
                .next()
                .unwrap()
                .unwrap_err()
                .to_string()
                .contains("page 0 is damaged")
        );
        put(&mut SnapshotWriter::go_on(&snapshot).unwrap(), &page(0, "sound"));
        assert_eq!(
            Snapshot::read(&path).unwrap().pages().unwrap().next().unwrap().unwrap().body,
            b"sound"
        );
    }
}
