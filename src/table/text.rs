//! The UTF-8 text of a table, which any thread can read at any position.

use std::fs::File;
use std::io;

/// A file of UTF-8 text: the user's own, or a temporary one that is deleted with this value.
#[derive(Debug)]
pub(super) struct Utf8Text {
    file: File,
    len: u64,
    /// A hash of the bytes, if they were copied.
    hash: Option<u128>,
}

impl Utf8Text {
    /// Returns the text in a file.
    pub(super) fn new(file: File) -> io::Result<Self> {
        let len = file.metadata()?.len();
        Ok(Self { file, len, hash: None })
    }

    /// Returns the text with a known hash.
    pub(super) fn with_hash(self, hash: u128) -> Self {
        Self { hash: Some(hash), ..self }
    }

    /// Returns the hash of the bytes, if it is known.
    pub(super) fn hash(&self) -> Option<u128> {
        self.hash
    }

    /// Returns the length in bytes when it was opened.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Fills `buffer` from a position, with fewer bytes only at the end of the text. Bytes that are
    /// appended to the file meanwhile are not read. A file that was cut off is an error, because no
    /// row may be lost.
    pub(super) fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let there = self.len.saturating_sub(offset);
        let wanted = usize::try_from(there).map_or(buffer.len(), |there| there.min(buffer.len()));
        let mut filled = 0;
        while filled < wanted {
            match read_some_at(&self.file, &mut buffer[filled..wanted], offset + filled as u64) {
                Ok(0) => {
                    return Err(io::Error::new(
                        io::ErrorKind::UnexpectedEof,
                        "the file has become shorter while it was read",
                    ));
                }
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }

    /// Returns the text without the NUL bytes and the Ctrl-Z that some programs leave at its end.
    pub(super) fn without_filler(mut self) -> io::Result<Self> {
        const PIECE: u64 = 1 << 16;
        let mut piece = vec![0; 1 << 16];
        let mut end = self.len;
        let mut cut = None;
        while end > 0 {
            let begin = end.saturating_sub(PIECE);
            let read =
                self.read_at(&mut piece[..usize::try_from(end - begin).unwrap_or(0)], begin)?;
            for (at, byte) in piece[..read].iter().enumerate().rev() {
                match byte {
                    0 | 0x1A => cut = Some(begin + at as u64),
                    b'\r' | b'\n' => {}
                    _ => {
                        self.len = cut.unwrap_or(self.len);
                        return Ok(self);
                    }
                }
            }
            end = begin;
        }
        self.len = cut.unwrap_or(self.len);
        Ok(self)
    }

    /// Returns the text without Ctrl-Z or NUL bytes after its last complete unit of this size: a
    /// copy by MS-DOS ends with one such byte, whatever the encoding.
    pub(super) fn in_units(mut self, unit: u64) -> io::Result<Self> {
        let beyond = self.len % unit;
        let mut rest = vec![0; usize::try_from(beyond).unwrap_or_default()];
        let whole = self.len - beyond;
        self.read_at(&mut rest, whole)?;
        if rest.iter().all(|byte| matches!(byte, 0 | 0x1A)) {
            self.len = whole;
        }
        Ok(self)
    }

    /// Returns a stream of the text from a position on.
    pub(super) fn reader_from(&self, offset: u64) -> TextReader<'_> {
        TextReader { text: self, offset }
    }
}

/// Reads a [`Utf8Text`] from a position to the end, independently of other readers.
pub(super) struct TextReader<'a> {
    text: &'a Utf8Text,
    offset: u64,
}

impl io::Read for TextReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.text.read_at(buffer, self.offset)?;
        self.offset += read as u64;
        Ok(read)
    }
}

#[cfg(unix)]
fn read_some_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_some_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn what_fills_up_the_end_of_a_text_is_no_part_of_it() {
        for (bytes, len) in [
            (&b"a\n\x1a"[..], 2),
            (b"a\n\x1a\r\n", 2),
            (b"a\0\0\n\0", 1),
            (b"a\n\n", 3),
            (b"\x1aa", 2),
            (b"\0\0", 0),
            (b"", 0),
        ] {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(bytes).unwrap();
            assert_eq!(
                Utf8Text::new(file).unwrap().without_filler().unwrap().len(),
                len,
                "{bytes:?}"
            );
        }
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"a\n").unwrap();
        file.write_all(&vec![0; 200_000]).unwrap();
        assert_eq!(Utf8Text::new(file).unwrap().without_filler().unwrap().len(), 2);
    }

    #[test]
    fn ctrl_z_behind_the_last_whole_unit_is_no_part_of_a_text() {
        for (bytes, unit, len) in [
            (&b"a\0\x1a"[..], 2, 2),
            (b"a\0\x1a\0", 2, 4),
            (b"a\0b", 2, 3),
            (b"a\0\0\0\x1a", 4, 4),
            (b"a\0\0\0\x1a\x1a", 4, 4),
            (b"", 2, 0),
        ] {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(bytes).unwrap();
            let text = Utf8Text::new(file).unwrap().in_units(unit).unwrap();
            assert_eq!(text.len(), len, "{bytes:?}");
        }
    }

    #[test]
    fn a_file_that_changes_is_read_as_it_was_or_not_at_all() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"abc").unwrap();
        let text = Utf8Text::new(file.try_clone().unwrap()).unwrap();
        file.write_all(b"def").unwrap();
        let mut buffer = [0; 10];
        assert_eq!(text.read_at(&mut buffer, 1).unwrap(), 2);
        file.set_len(2).unwrap();
        assert!(text.read_at(&mut buffer, 1).unwrap_err().to_string().contains("shorter"));
    }
}
