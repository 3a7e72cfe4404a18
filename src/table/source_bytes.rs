//! Gets the bytes of a source: those of the file, of a private copy, or of an uncompressed one.

use super::error::TableError;
use super::members::GzipMembers;
use super::original::{CopyError, Original};
use super::packed_bytes::PackedBytes;
use super::source::{SourceOpener, has_ending};
use super::text::Utf8Text;
use super::workbook::most_bytes;
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;
use std::sync::Arc;

impl SourceOpener<'_> {
    /// Returns the bytes of the file, or of a copy if they are compressed or from a pipe.
    pub(super) fn uncompressed(
        &self,
        path: &Path,
    ) -> Result<(Utf8Text, Option<Arc<Original>>), TableError> {
        if path == Path::new("-") {
            return Ok((self.copied(io::stdin().lock())?, None));
        }
        let metadata = std::fs::metadata(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => TableError::Missing { file: self.file.to_owned() },
            _ => self.unreadable(error),
        })?;
        if metadata.is_dir() && has_ending(path, &[".numbers", ".pages", ".key"]) {
            let what = "it is a document of Numbers, Pages or Keynote. Export it as Excel or CSV";
            return Err(TableError::NotATable { file: self.file.to_owned(), what });
        }
        if metadata.is_dir() {
            return Err(TableError::Folder { file: self.file.to_owned() });
        }
        let file = File::open(path).map_err(|error| self.unreadable(error))?;
        if !metadata.is_file() {
            return Ok((self.copied(file)?, None));
        }
        let (text, original) = self.original(path, file)?;
        let original = Arc::new(original);
        match self.is_compressed(&text)? {
            true => Ok((self.copied(text.reader_from(0))?, Some(original))),
            false => Ok((text, Some(original))),
        }
    }

    /// Whether the bytes are those of a compression that [`Self::copied`] removes.
    pub(super) fn is_compressed(&self, bytes: &Utf8Text) -> Result<bool, TableError> {
        let mut magic = [0; 4];
        let len = bytes.read_at(&mut magic, 0).map_err(|error| self.unreadable(error))?;
        Ok(!matches!(SourceFormat::of(&magic[..len]), SourceFormat::Plain))
    }

    /// Returns the bytes of a file, or of a private copy, and the file to watch.
    fn original(&self, path: &Path, file: File) -> Result<(Utf8Text, Original), TableError> {
        if !self.private_copy {
            let original = Original::watch(path, &file).map_err(|error| self.unreadable(error))?;
            return Ok((self.text(file)?, original));
        }
        let mut copy = self.temporary()?;
        let copied = Original::copy(path, &file, &mut copy).map_err(|error| match error {
            CopyError::Read(error) => self.unreadable(error),
            CopyError::Write(error) => self.spool(error),
        })?;
        let (original, hash) =
            copied.ok_or_else(|| TableError::Written { file: self.file.to_owned() })?;
        Ok((self.text(copy)?.with_hash(hash), original))
    }

    /// Copies a stream, uncompressed.
    pub(super) fn copied(&self, mut stream: impl Read) -> Result<Utf8Text, TableError> {
        let mut magic = Vec::new();
        stream.by_ref().take(4).read_to_end(&mut magic).map_err(|error| self.unreadable(error))?;
        let format = SourceFormat::of(&magic);
        let packed = PackedBytes::default();
        let stream = packed.counted(io::Cursor::new(magic).chain(stream));
        let stream = BufReader::with_capacity(1 << 16, stream);
        match format {
            SourceFormat::Plain => self.copy(stream, &packed, |error| self.unreadable(error)),
            SourceFormat::Gzip => {
                let members = GzipMembers::new(stream);
                self.copy(members, &packed, |source| self.damaged("gzip", source))
            }
            SourceFormat::Zstd => {
                let frames = zstd::stream::read::Decoder::with_buffer(stream)
                    .map_err(|source| self.damaged("zstd", source))?;
                self.copy(frames, &packed, |source| self.damaged("zstd", source))
            }
        }
    }

    /// Copies a stream, as long as it is not far longer than what it is unpacked from: a few
    /// megabytes can unpack to more than a disk holds.
    fn copy(
        &self,
        mut from: impl Read,
        packed: &PackedBytes,
        on_read_error: impl Fn(io::Error) -> TableError,
    ) -> Result<Utf8Text, TableError> {
        let mut copy = self.temporary()?;
        let mut piece = vec![0; 1 << 18];
        let mut copied = 0;
        loop {
            match from.read(&mut piece) {
                Ok(0) => return self.text(copy),
                Ok(read) => {
                    copied += read as u64;
                    if copied > most_bytes(packed.read_so_far()) {
                        return Err(TableError::ArchiveTooLarge { file: self.file.to_owned() });
                    }
                    copy.write_all(&piece[..read]).map_err(|error| self.spool(error))?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(on_read_error(error)),
            }
        }
    }
}

enum SourceFormat {
    Plain,
    Gzip,
    Zstd,
}

impl SourceFormat {
    /// Recognizes a compression by the first four bytes. A Zstandard file may begin with skippable
    /// frames (RFC 8878, 3.1.2).
    fn of(magic: &[u8]) -> Self {
        match magic {
            [0x1F, 0x8B, ..] => SourceFormat::Gzip,
            [0x28, 0xB5, 0x2F, 0xFD, ..] | [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..] => {
                SourceFormat::Zstd
            }
            _ => SourceFormat::Plain,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::header;
    use crate::table::mapping::ValueMapping;
    use crate::table::source::SourceContainer;
    use std::sync::LazyLock;

    static AS_THEY_ARE: LazyLock<ValueMapping> = LazyLock::new(ValueMapping::default);

    fn opening(spool_dir: &Path) -> SourceOpener<'_> {
        let file = "standard input";
        SourceOpener {
            file,
            encoding: None,
            sheet: None,
            search: header::Search {
                file,
                delimiter: None,
                row: None,
                map: &[],
                values: &AS_THEY_ARE,
                dialect: None,
                counts: header::LineCount::Records,
            },
            spool_dir,
            private_copy: true,
            container: SourceContainer::File,
        }
    }

    #[test]
    fn a_stream_is_copied_and_uncompressed_and_its_copy_has_no_name() {
        let folder = tempfile::tempdir().unwrap();
        let opening = opening(folder.path());
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(b"email\na\n").unwrap();
        for stream in [b"email\na\n".to_vec(), gzip.finish().unwrap()] {
            let text = opening.copied(&stream[..]).unwrap();
            let mut bytes = Vec::new();
            text.reader_from(0).read_to_end(&mut bytes).unwrap();
            assert_eq!(bytes, b"email\na\n");
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        }
    }

    #[test]
    fn a_folder_without_room_for_copies_is_named() {
        let opening = opening(Path::new("/nowhere/at/all"));
        let error = opening.copied(&b"email\n"[..]).unwrap_err().to_string();
        assert!(error.contains("standard input") && error.contains("/nowhere/at/all"), "{error}");
    }
}
