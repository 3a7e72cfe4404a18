//! Which characters the bytes of a file are, and turning others into UTF-8.

use std::io::{self, Read, Write};

use encoding_rs::{CoderResult, Encoding, UTF_8, WINDOWS_1252};
use memchr::memchr2;

use super::text::Text;

/// Bytes read at a time.
const PIECE: usize = 1 << 20;

/// How the bytes of a file are to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reading {
    /// As they are, after so many bytes of a byte order mark.
    Utf8 { mark: usize },
    /// Decoded first.
    Decode(&'static Encoding),
}

/// What the first bytes and the user say. `None`: nothing; the bytes are to be looked at.
pub(super) fn said(first: &[u8], asked: Option<&'static Encoding>) -> Option<Reading> {
    match (Encoding::for_bom(first), asked) {
        (Some((encoding, mark)), _) if encoding == UTF_8 => Some(Reading::Utf8 { mark }),
        (Some((encoding, _)), _) => Some(Reading::Decode(encoding)),
        (None, Some(encoding)) if encoding == UTF_8 => Some(Reading::Utf8 { mark: 0 }),
        (None, Some(encoding)) => Some(Reading::Decode(encoding)),
        (None, None) => None,
    }
}

/// How bytes without a byte order mark are to be read, and what to tell the user about it. Bytes that are not UTF-8 are Windows-1252 unless
/// as many lines hold good UTF-8 beyond ASCII as bad: then it is UTF-8 in which some rows are broken.
pub(super) fn guess(text: &Text) -> io::Result<(Reading, Option<String>)> {
    if is_utf8(text.reader_from(0))? {
        return Ok((Reading::Utf8 { mark: 0 }, None));
    }
    let census = Census::of(text.reader_from(0))?;
    let first = census.first_bad;
    Ok(if census.bad > census.good {
        let warning = format!("read as Windows-1252: bytes are not UTF-8 (first at line {first}); if names look wrong, say --encoding");
        (Reading::Decode(WINDOWS_1252), Some(warning))
    } else {
        let lines = if census.bad == 1 { "1 line is".to_owned() } else { format!("{} lines are", census.bad) };
        let warning = format!("read as UTF-8, but {lines} not (first at line {first}): rows there are refused");
        (Reading::Utf8 { mark: 0 }, Some(warning))
    })
}

fn is_utf8(bytes: impl Read) -> io::Result<bool> {
    let mut good = true;
    in_pieces(bytes, |piece, last| match std::str::from_utf8(piece) {
        Ok(_) => Some(piece.len()),
        Err(error) if error.error_len().is_none() && !last => Some(error.valid_up_to()),
        Err(_) => {
            good = false;
            None
        }
    })?;
    Ok(good)
}

/// Counts the lines that hold bytes beyond ASCII.
#[derive(Debug, Default)]
struct Census {
    /// Lines with good UTF-8 and none bad.
    good: u64,
    /// Lines with bytes that are not UTF-8.
    bad: u64,
    /// The first of those, from 1.
    first_bad: u64,
    line: Line,
    /// Lines ended so far, and whether the last ended in a CR whose LF may follow.
    lines: u64,
    after_cr: bool,
}

#[derive(Debug, Default, Clone, Copy)]
struct Line {
    beyond_ascii: bool,
    bad: bool,
}

impl Census {
    fn of(bytes: impl Read) -> io::Result<Self> {
        let mut census = Self::default();
        in_pieces(bytes, |piece, last| {
            let mut used = 0;
            for chunk in piece.utf8_chunks() {
                census.text(chunk.valid());
                used += chunk.valid().len();
                let bad = chunk.invalid();
                let cut_off =
                    !last && used + bad.len() == piece.len() && std::str::from_utf8(bad).is_err_and(|error| error.error_len().is_none());
                if cut_off {
                    break;
                }
                census.line.bad |= !bad.is_empty();
                used += bad.len();
            }
            Some(used)
        })?;
        census.end_line();
        Ok(census)
    }

    fn text(&mut self, text: &str) {
        let mut rest = text;
        if self.after_cr && !rest.is_empty() {
            rest = rest.strip_prefix('\n').unwrap_or(rest);
            self.after_cr = false;
        }
        while let Some(end) = memchr2(b'\n', b'\r', rest.as_bytes()) {
            let (line, tail) = rest.split_at(end);
            self.line.beyond_ascii |= !line.is_ascii();
            self.end_line();
            self.after_cr = tail == "\r";
            rest = tail.strip_prefix("\r\n").unwrap_or(&tail[1..]);
        }
        self.line.beyond_ascii |= !rest.is_ascii();
    }

    fn end_line(&mut self) {
        self.lines += 1;
        match std::mem::take(&mut self.line) {
            Line { bad: true, .. } => {
                self.bad += 1;
                if self.bad == 1 {
                    self.first_bad = self.lines;
                }
            }
            Line { beyond_ascii: true, .. } => self.good += 1,
            Line { .. } => {}
        }
    }
}

/// Hands over bytes piece by piece and whether a piece is the last. `take` says how much of it was used, and sees the rest again at
/// the front of the next piece; `None` ends the reading.
fn in_pieces(mut bytes: impl Read, mut take: impl FnMut(&[u8], bool) -> Option<usize>) -> io::Result<()> {
    let mut buffer = vec![0; PIECE];
    let mut kept = 0;
    loop {
        let read = bytes.read(&mut buffer[kept..])?;
        let filled = kept + read;
        let last = read == 0;
        let Some(used) = take(&buffer[..filled], last) else { return Ok(()) };
        if last {
            return Ok(());
        }
        buffer.copy_within(used..filled, 0);
        kept = filled - used;
    }
}

/// Writes bytes as UTF-8. What cannot be decoded becomes U+FFFD; says whether there was such.
pub(super) fn decode(bytes: impl Read, encoding: &'static Encoding, mut into: impl Write) -> io::Result<bool> {
    let mut decoder = encoding.new_decoder_with_bom_removal();
    let mut text = vec![0; PIECE];
    let mut lossy = false;
    let mut failed = Ok(());
    in_pieces(bytes, |mut piece, last| {
        let len = piece.len();
        loop {
            let (result, read, written, errors) = decoder.decode_to_utf8(piece, &mut text, last);
            lossy |= errors;
            failed = into.write_all(&text[..written]);
            piece = &piece[read..];
            if failed.is_err() {
                return None;
            }
            if result == CoderResult::InputEmpty {
                return Some(len);
            }
        }
    })?;
    failed.and_then(|()| into.flush()).map(|()| lossy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guessed(bytes: &[u8]) -> (Reading, Option<String>) {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        guess(&Text::new(file).unwrap()).unwrap()
    }

    #[test]
    fn bytes_that_are_not_utf8_are_windows_1252() {
        let (reading, warning) = guessed(b"email\r\na\r\n\r\nZo\xEB\r\n");
        assert_eq!(reading, Reading::Decode(WINDOWS_1252));
        assert!(warning.unwrap().contains("first at line 4"));
    }

    #[test]
    fn one_bad_line_among_good_ones_stays_a_bad_line() {
        let (reading, warning) = guessed("Zoë\rÅsa\rSiân\r".as_bytes());
        assert_eq!((reading, warning), (Reading::Utf8 { mark: 0 }, None));
        let (reading, warning) = guessed(b"Zo\xC3\xAB\rZo\xC3\xAB\rZo\xEB\r");
        assert_eq!(reading, Reading::Utf8 { mark: 0 });
        assert!(warning.unwrap().contains("1 line is not (first at line 3)"));
    }

    #[test]
    fn characters_and_line_ends_across_pieces_are_whole() {
        for shift in 0..4 {
            let mut bytes = vec![b'x'; PIECE - 2 - shift];
            bytes.extend("\r\n€€\n".as_bytes());
            assert!(is_utf8(&bytes[..]).unwrap());
            let census = Census::of(&bytes[..]).unwrap();
            assert_eq!((census.good, census.bad, census.lines), (1, 0, 3), "{shift}");
        }
    }
}
