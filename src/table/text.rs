//! The UTF-8 text of a table, readable at any place by any thread.

use std::fs::File;
use std::io;

/// A file of UTF-8 text: the user's own, or a temporary one that goes with this value.
#[derive(Debug)]
pub(super) struct Text {
    file: File,
    len: u64,
}

impl Text {
    pub(super) fn new(file: File) -> io::Result<Self> {
        let len = file.metadata()?.len();
        Ok(Self { file, len })
    }

    /// Bytes of it, when it was opened.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Fills `buffer` from a place; fewer bytes than it holds only at the end of the text.
    pub(super) fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match read_some_at(&self.file, &mut buffer[filled..], offset + filled as u64) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }

    /// The text from a place on, as a stream.
    pub(super) fn reader_from(&self, offset: u64) -> TextReader<'_> {
        TextReader { text: self, offset }
    }
}

/// Reads a [`Text`] from front to back, independent of other readers.
pub(super) struct TextReader<'a> {
    text: &'a Text,
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
