//! Counts the lines of a text that are not ASCII, and collects their cells.

use std::io::{self, Read};

use memchr::{memchr, memchr2};
use nohash_hasher::IntSet;
use xxhash_rust::xxh3::xxh3_64;

use super::pieces::in_pieces;

/// A cell with bytes beyond ASCII.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RawCell {
    pub(super) bytes: Vec<u8>,
    /// The first line that has it, from 1.
    pub(super) line: u64,
    /// Whether it stands in a line with an address, so that the line is a row.
    pub(super) is_in_row: bool,
}

/// The lines with bytes beyond ASCII.
#[derive(Debug, Default)]
pub(super) struct Census {
    /// The number of lines with valid UTF-8 and no invalid bytes, and the first of them, from 1.
    pub(super) good: u64,
    pub(super) good_lines: Vec<u64>,
    /// The number of lines with bytes that are not UTF-8, and the first of them.
    pub(super) bad: u64,
    pub(super) bad_lines: Vec<u64>,
    /// The first lines beyond ASCII.
    pub(super) samples: Vec<Vec<u8>>,
    /// The first byte that is not UTF-8.
    pub(super) first_bad: Option<TextPlace>,
    /// The cells beyond ASCII of all these lines, each once, up to a limit.
    pub(super) cells: Vec<RawCell>,
    /// The bytes of these cells.
    collected: usize,
    /// The hashes of these cells.
    known: IntSet<u64>,
    /// The current line so far, up to a limit.
    bytes: Vec<u8>,
    line: LineEvidence,
    /// The strongest evidence for UTF-8 in one valid line, in bits.
    evidence: u32,
    /// The number of lines so far, and whether the last one ended in a CR that an LF may follow.
    pub(super) lines: u64,
    after_cr: bool,
}

/// A place in a text: its line, and its character in the line. Both count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextPlace {
    pub line: u64,
    pub column: u64,
}

#[derive(Debug, Default, Clone, Copy)]
struct LineEvidence {
    beyond_ascii: bool,
    bad: bool,
    /// How many characters it has so far.
    characters: u64,
    /// See [`Census::evidence`].
    evidence: u32,
}

/// Returns the evidence for UTF-8 in a text, in bits. In an encoding with two bytes per character,
/// about one pair in five looks like a letter of two bytes, one in sixty like a Western letter,
/// whose first byte is always the same, and one group in fifty like a letter of three bytes.
fn evidence(text: &str) -> u32 {
    let bits = |c: char| match c {
        '\0'..='\x7f' => 0,
        'À'..='ÿ' => 6,
        'Ā'..='ſ' => 5,
        _ if c.len_utf8() == 2 => 2,
        _ => 5,
    };
    text.chars().map(bits).sum()
}

impl Census {
    /// Counts what the bytes of a text show about its encoding.
    pub(super) fn of(bytes: impl Read) -> io::Result<Self> {
        let mut census = Self::default();
        in_pieces(bytes, |piece, last| {
            let mut used = 0;
            for chunk in piece.utf8_chunks() {
                census.text(chunk.valid());
                used += chunk.valid().len();
                let bad = chunk.invalid();
                let cut_off = !last
                    && used + bad.len() == piece.len()
                    && std::str::from_utf8(bad).is_err_and(|error| error.error_len().is_none());
                if cut_off {
                    break;
                }
                if !bad.is_empty() {
                    census.see_bad(bad);
                }
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
            self.see(line);
            self.end_line();
            self.after_cr = tail == "\r";
            rest = tail.strip_prefix("\r\n").unwrap_or(&tail[1..]);
        }
        self.see(rest);
    }

    fn see_bad(&mut self, bytes: &[u8]) {
        let place = TextPlace { line: self.lines + 1, column: self.line.characters + 1 };
        self.first_bad.get_or_insert(place);
        self.line.bad = true;
        self.keep(bytes);
    }

    fn see(&mut self, text: &str) {
        self.line.characters += text.chars().count() as u64;
        if !text.is_ascii() {
            self.line.beyond_ascii = true;
            self.line.evidence += evidence(text);
        }
        self.keep(text.as_bytes());
    }

    /// Whether all valid lines may be valid by chance.
    pub(super) fn may_be_chance(&self) -> bool {
        // A line is valid by chance with a probability of one in 2^evidence. This requires less
        // than one chance line in a hundred such files.
        let lines = self.good + self.bad;
        self.evidence < 64 - lines.leading_zeros() + 7
    }

    /// Keeps the bytes of the line.
    fn keep(&mut self, bytes: &[u8]) {
        const BYTES: usize = 4000;
        if !self.is_full() {
            self.bytes.extend_from_slice(
                &bytes[..bytes.len().min(BYTES.saturating_sub(self.bytes.len()))],
            );
        }
    }

    /// Whether no further cells are collected.
    fn is_full(&self) -> bool {
        self.cells.len() >= CELLS || self.collected >= BYTES_OF_CELLS
    }

    fn end_line(&mut self) {
        const NAMED: usize = 5;
        self.lines += 1;
        let bytes = std::mem::take(&mut self.bytes);
        let line = std::mem::take(&mut self.line);
        let (count, named) = match line {
            LineEvidence { bad: true, .. } => (&mut self.bad, &mut self.bad_lines),
            LineEvidence { beyond_ascii: true, .. } => (&mut self.good, &mut self.good_lines),
            LineEvidence { .. } => return,
        };
        *count += 1;
        if named.len() < NAMED {
            named.push(self.lines);
        }
        if !line.bad {
            self.evidence = self.evidence.max(line.evidence);
        }
        self.collect(bytes);
    }

    /// Collects the cells of a line beyond ASCII.
    fn collect(&mut self, line: Vec<u8>) {
        const LINES: usize = 1000;
        let is_in_row = memchr(b'@', &line).is_some();
        // No encoding has these bytes as the second one of a character.
        for cell in line.split(|byte| matches!(byte, b',' | b';' | b'\t' | b'"')) {
            let cell = cell.trim_ascii();
            if cell.is_ascii() || self.is_full() || !self.known.insert(xxh3_64(cell)) {
                continue;
            }
            self.collected += cell.len();
            self.cells.push(RawCell { bytes: cell.to_vec(), line: self.lines, is_in_row });
        }
        if self.samples.len() < LINES && !line.is_empty() {
            self.samples.push(line);
        }
    }
}

/// The most cells that are collected.
const CELLS: usize = 50_000;

/// No further cells are collected after this number of bytes. Names need much less.
const BYTES_OF_CELLS: usize = 4 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::pieces::PIECE;

    #[test]
    fn characters_and_line_ends_across_pieces_are_whole() {
        for shift in 0..4 {
            let mut bytes = vec![b'x'; PIECE - 2 - shift];
            bytes.extend("\r\n€€\n".as_bytes());
            let census = Census::of(&bytes[..]).unwrap();
            assert_eq!((census.good, census.bad, census.lines), (1, 0, 3), "{shift}");
        }
    }

    #[test]
    fn long_cells_are_collected_up_to_a_number_of_bytes() {
        let mut bytes = Vec::new();
        for number in 0..3000 {
            bytes.extend(format!("{number} ").bytes());
            bytes.extend([b'\xEB'; 3900]);
            bytes.push(b'\n');
        }
        let census = Census::of(&bytes[..]).unwrap();
        let collected: usize = census.cells.iter().map(|cell| cell.bytes.len()).sum();
        assert!((BYTES_OF_CELLS..BYTES_OF_CELLS + 4000).contains(&collected), "{collected}");
        assert_eq!((census.bad, census.samples.len()), (3000, 1000));
    }

    #[test]
    fn cells_beyond_ascii_are_collected_once_with_their_lines() {
        let census = Census::of(&b"n\xE1me\na@x.com,\"Zo\xEB\",Lee\nb@x.com;Zo\xEB"[..]).unwrap();
        let cells: Vec<_> =
            census.cells.iter().map(|cell| (&cell.bytes[..], cell.line, cell.is_in_row)).collect();
        assert_eq!(cells, [(&b"n\xE1me"[..], 1, false), (b"Zo\xEB", 2, true)]);
    }
}
