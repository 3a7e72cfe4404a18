//! The lines of a text in JSON Lines.

use super::limits::MAX_RECORD;
use super::text::{TextReader, Utf8Text};
use memchr::memchr;
use std::io::{self, BufRead, BufReader, Read};

/// Why a text is not JSON Lines, or could not be converted.
pub(super) enum JsonlError {
    /// There are only blank lines.
    Empty,
    /// What was found instead.
    NotJsonLines(&'static str),
    /// The text could not be read.
    Read(io::Error),
    /// The copy could not be written.
    Write(io::Error),
}

/// The lines of a text. At most as many bytes of a line are held as a record may have.
pub(super) struct Lines<'t> {
    text: BufReader<TextReader<'t>>,
    line: Vec<u8>,
}

pub(super) enum JsonLine<'l> {
    End,
    Blank,
    /// A line without its line end.
    Whole(&'l [u8]),
    /// The beginning of a line that is longer than a record may be. [`Lines::rest`] passes on the
    /// rest.
    Long(&'l [u8]),
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t Utf8Text, from: u64) -> Self {
        Self { text: BufReader::with_capacity(1 << 18, text.reader_from(from)), line: Vec::new() }
    }

    pub(super) fn next(&mut self) -> Result<JsonLine<'_>, JsonlError> {
        self.line.clear();
        let most = MAX_RECORD as u64 + 2;
        self.text
            .by_ref()
            .take(most)
            .read_until(b'\n', &mut self.line)
            .map_err(JsonlError::Read)?;
        let ended = self.line.pop_if(|byte| *byte == b'\n').is_some();
        Ok(match &self.line[..] {
            [] if !ended => JsonLine::End,
            line if !ended && line.len() as u64 == most => JsonLine::Long(line),
            line if line.trim_ascii().is_empty() => JsonLine::Blank,
            line => JsonLine::Whole(line),
        })
    }

    /// Passes on the rest of a long line, and skips its line end.
    pub(super) fn rest(
        &mut self,
        mut take: impl FnMut(&[u8]) -> Result<(), JsonlError>,
    ) -> Result<(), JsonlError> {
        loop {
            let piece = self.text.fill_buf().map_err(JsonlError::Read)?;
            let end = memchr(b'\n', piece);
            take(&piece[..end.unwrap_or(piece.len())])?;
            let (used, last) =
                (end.map_or(piece.len(), |end| end + 1), end.is_some() || piece.is_empty());
            self.text.consume(used);
            if last {
                return Ok(());
            }
        }
    }
}
