//! A text cut into records, block by block, in file order.
//!
//! In: a [`Utf8Text`] and where its rows begin. Out: [`Block`]s of about 1 MiB of whole records,
//! each record with its place and its line. Every line that is not blank belongs to exactly one
//! record. A record with broken quotes is its first line alone, so that the next line is a row
//! again; what is known to be [unclosed](super::scan::scan) keeps that from becoming quadratic
//! where many lines are broken alike.

use std::io;
use std::sync::Arc;

use memchr::{memchr, memchr2};

use super::block::{Block, Bytes, Frame, FrameFault, MAX_RECORD};
use super::jsonl::marked;
use super::layout::TableLayout;
use super::scan::{ScanState, ScanStop, count_line_ends, line_end_len, scan};
use super::text::Utf8Text;

/// How many bytes of an over-long record are kept for people to see.
const HEAD: usize = 1000;

/// The blocks of a table, in order; an error of the disk ends them.
#[derive(Debug)]
pub struct Blocks<'a> {
    text: &'a Utf8Text,
    layout: Arc<TableLayout>,
    sizes: Sizes,
    /// Bytes read and not yet given out: `start` is their offset in the text, `at` how far they are
    /// framed.
    buffer: Vec<u8>,
    start: u64,
    at: usize,
    /// No bytes follow those in the buffer.
    at_end: bool,
    /// The line at `at`.
    line: u64,
    next_row: u64,
    /// The next quote in the buffer, `usize::MAX` if there is none; stale once it lies before `at`.
    next_quote: Option<usize>,
    known_unclosed: Option<KnownUnclosed>,
    finished: bool,
}

/// How much is read at a time and how long a record may be; smaller in tests.
#[derive(Debug, Clone, Copy)]
struct Sizes {
    block: usize,
    record: usize,
}

/// A stretch in which a scan that is inside quotes at a line end is known to find no end of its
/// record, because an earlier one went the same way.
#[derive(Debug, Clone, Copy)]
struct KnownUnclosed {
    /// Where it ends, in the text.
    until: u64,
    then: ResumeScan,
}

/// How the earlier scan ended.
#[derive(Debug, Clone, Copy)]
enum ResumeScan {
    Fault(FrameFault),
    /// Its record became too long; a later one can go on from here.
    GoOn(ScanState),
}

/// What stands at the front of the bytes not yet framed.
enum FramedItem {
    /// A record of so many bytes that ends so many lines.
    Record { len: usize, lines: u64, fault: Option<FrameFault> },
    /// A line longer than a record may be; its end may not be in the buffer.
    EndlessLine,
    /// More bytes must be read to know.
    Incomplete,
}

impl<'a> Blocks<'a> {
    /// Rows from `offset` of the text, which is on `line`.
    pub(super) fn new(
        text: &'a Utf8Text,
        layout: Arc<TableLayout>,
        offset: u64,
        line: u64,
    ) -> Self {
        Self::with_sizes(text, layout, offset, line, Sizes { block: 1 << 20, record: MAX_RECORD })
    }

    fn with_sizes(
        text: &'a Utf8Text,
        layout: Arc<TableLayout>,
        offset: u64,
        line: u64,
        sizes: Sizes,
    ) -> Self {
        Self {
            text,
            layout,
            sizes,
            buffer: Vec::new(),
            start: offset,
            at: 0,
            at_end: false,
            line,
            next_row: 0,
            next_quote: None,
            known_unclosed: None,
            finished: false,
        }
    }

    fn next_block(&mut self) -> io::Result<Option<Block>> {
        let mut frames = Vec::new();
        self.read_more()?;
        loop {
            self.skip_blank_lines();
            if self.at == self.buffer.len() && self.at_end {
                break;
            }
            match self.find() {
                FramedItem::Record { len, lines, fault } => {
                    if !self.is_empty_row(len, fault) {
                        frames.push(self.frame(len as u64, fault));
                    }
                    self.at += len;
                    self.line += if self.layout.from_json { 1 } else { lines };
                }
                FramedItem::Incomplete if frames.is_empty() => {
                    self.drop_passed();
                    self.read_more()?;
                }
                FramedItem::Incomplete => break,
                FramedItem::EndlessLine => return self.endless_line(frames).map(Some),
            }
        }
        Ok((!frames.is_empty()).then(|| self.cut(frames)))
    }

    /// Appends the next piece of the text to the buffer.
    fn read_more(&mut self) -> io::Result<()> {
        if self.at_end {
            return Ok(());
        }
        let had = self.buffer.len();
        self.buffer.resize(had + self.sizes.block, 0);
        let read = self.text.read_at(&mut self.buffer[had..], self.start + had as u64)?;
        self.buffer.truncate(had + read);
        self.at_end = self.start + self.buffer.len() as u64 >= self.text.len();
        self.next_quote = None;
        Ok(())
    }

    /// Lets go of what has been passed over.
    fn drop_passed(&mut self) {
        self.buffer.drain(..self.at);
        self.start += self.at as u64;
        self.at = 0;
        self.next_quote = None;
    }

    fn skip_blank_lines(&mut self) {
        while !self.line_end_is_cut_off(self.at) {
            match line_end_len(&self.buffer[self.at..]) {
                0 => break,
                len => self.at += len,
            }
            self.line += 1;
        }
    }

    /// Is the record at the front nothing but empty cells? Such rows are passed over like blank
    /// lines.
    fn is_empty_row(&self, len: usize, fault: Option<FrameFault>) -> bool {
        let delimiter = self.layout.delimiter;
        let is_nothing =
            |byte: &u8| *byte == delimiter || matches!(byte, b' ' | b'\t' | b'"' | b'\r' | b'\n');
        let record = &self.buffer[self.at..self.at + len];
        fault.is_none()
            && !self.layout.from_json
            && record.first().is_some_and(is_nothing)
            && record.iter().all(is_nothing)
    }

    /// Is this the last byte of the buffer and a CR whose LF may follow?
    fn line_end_is_cut_off(&self, at: usize) -> bool {
        !self.at_end && self.buffer[at..] == *b"\r"
    }

    /// What stands at the front, which is no blank line.
    fn find(&mut self) -> FramedItem {
        let next_quote = self.next_quote();
        let rest = &self.buffer[self.at..];
        let too_long = rest.len() > self.sizes.record;
        let within = rest.len().min(self.sizes.record);
        match memchr2(b'\n', b'\r', &rest[..within]) {
            Some(end)
                if self.layout.from_json
                    && let Some((fault, _)) = marked(&rest[..end]) =>
            {
                self.record(end, 1, Some(FrameFault::Json(fault)))
            }
            Some(end) if self.at + end <= next_quote => self.record(end, 1, None),
            Some(end) => self.find_quoted(within, too_long, end),
            None if too_long => FramedItem::EndlessLine,
            None if !self.at_end => FramedItem::Incomplete,
            None => self.find_quoted(within, too_long, within),
        }
    }

    /// The same for a record that holds a quote on its first line, which ends after `first_line`
    /// bytes; it ends `within` so many.
    fn find_quoted(&mut self, within: usize, too_long: bool, first_line: usize) -> FramedItem {
        let bytes = &self.buffer[self.at..self.at + within];
        let place = |at: usize| self.start + (self.at + at) as u64;
        let (mut from, mut state) = (0, ScanState::FieldStart);
        let fault = loop {
            let unclosed_until = self
                .known_unclosed
                .map_or(0, |known_unclosed| known_unclosed.until.saturating_sub(place(0)) as usize);
            match scan(bytes, from, state, self.layout.delimiter, unclosed_until) {
                ScanStop::LineEnd(end) => {
                    return self.record(end, 1 + count_line_ends(&bytes[..end]), None);
                }
                ScanStop::TextAfterQuote(at) => {
                    let fault = FrameFault::TextAfterQuote;
                    self.known_unclosed =
                        Some(KnownUnclosed { until: place(at), then: ResumeScan::Fault(fault) });
                    break fault;
                }
                ScanStop::OutOfBytes(state) if too_long => {
                    self.known_unclosed =
                        Some(KnownUnclosed { until: place(within), then: ResumeScan::GoOn(state) });
                    break FrameFault::UnclosedQuote;
                }
                ScanStop::OutOfBytes(_) if !self.at_end => return FramedItem::Incomplete,
                ScanStop::OutOfBytes(ScanState::Quoted) => {
                    let fault = FrameFault::UnclosedQuote;
                    self.known_unclosed = Some(KnownUnclosed {
                        until: place(within),
                        then: ResumeScan::Fault(fault),
                    });
                    break fault;
                }
                ScanStop::OutOfBytes(_) => {
                    return self.record(within, count_line_ends(bytes), None);
                }
                ScanStop::KnownUnclosed => {
                    match self.known_unclosed.map(|known_unclosed| known_unclosed.then) {
                        Some(ResumeScan::GoOn(then)) if unclosed_until <= within => {
                            (from, state) = (unclosed_until, then);
                        }
                        Some(ResumeScan::GoOn(_)) | None => return FramedItem::Incomplete,
                        Some(ResumeScan::Fault(fault)) => break fault,
                    }
                }
            }
        };
        self.record(first_line, 1, Some(fault))
    }

    /// A record whose line end begins after `end` bytes.
    fn record(&self, end: usize, lines: u64, fault: Option<FrameFault>) -> FramedItem {
        if self.line_end_is_cut_off(self.at + end) {
            return FramedItem::Incomplete;
        }
        FramedItem::Record { len: end + line_end_len(&self.buffer[self.at + end..]), lines, fault }
    }

    fn next_quote(&mut self) -> usize {
        match self.next_quote {
            Some(quote) if quote >= self.at => quote,
            _ => {
                let quote = memchr(b'"', &self.buffer[self.at..])
                    .map_or(usize::MAX, |quote| self.at + quote);
                *self.next_quote.insert(quote)
            }
        }
    }

    fn frame(&self, len: u64, fault: Option<FrameFault>) -> Frame {
        Frame { offset: self.start + self.at as u64, len, line: self.line, fault }
    }

    /// Gives out what is framed, and keeps the rest for the next block.
    fn cut(&mut self, frames: Vec<Frame>) -> Block {
        let rest = &self.buffer[self.at..];
        let ends_table = self.at_end && rest.is_empty();
        let mut buffer = Vec::with_capacity(rest.len() + self.sizes.block);
        buffer.extend_from_slice(rest);
        self.buffer.truncate(self.at);
        let bytes = std::mem::replace(&mut self.buffer, buffer);
        self.block(bytes, frames, ends_table)
    }

    /// Passes over a line that is too long without holding it; it is the last record of its block.
    fn endless_line(&mut self, mut frames: Vec<Frame>) -> io::Result<Block> {
        let begin = self.start + self.at as u64;
        let end = self.end_of_line_after(begin + self.sizes.record as u64)?;
        frames.push(self.frame(end - begin, Some(FrameFault::TooLong)));
        self.line += 1;
        self.buffer.truncate(self.at + HEAD);
        let bytes = std::mem::take(&mut self.buffer);
        let block = self.block(bytes, frames, false);
        (self.start, self.at_end) = (end, false);
        Ok(block)
    }

    /// Where the line that goes on at this place of the text ends, its line end included.
    fn end_of_line_after(&self, mut place: u64) -> io::Result<u64> {
        let mut piece = vec![0; self.sizes.block];
        loop {
            let read = self.text.read_at(&mut piece, place)?;
            if let Some(end) = memchr2(b'\n', b'\r', &piece[..read]) {
                let end = place + end as u64;
                let mut line_end = [0; 2];
                let read = self.text.read_at(&mut line_end, end)?;
                return Ok(end + line_end_len(&line_end[..read]) as u64);
            }
            place += read as u64;
            if read < piece.len() {
                return Ok(place);
            }
        }
    }

    fn block(&mut self, bytes: Vec<u8>, frames: Vec<Frame>, ends_table: bool) -> Block {
        let block = Block {
            first_row: self.next_row,
            layout: Arc::clone(&self.layout),
            start: self.start,
            bytes: Bytes::new(bytes),
            frames,
            ends_table,
        };
        self.start += self.at as u64;
        self.at = 0;
        self.next_quote = None;
        self.next_row += block.len() as u64;
        block
    }
}

impl Iterator for Blocks<'_> {
    type Item = io::Result<Block>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.finished {
            return None;
        }
        let next = self.next_block().transpose();
        self.finished = !matches!(next, Some(Ok(_)));
        next
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;

    use super::*;
    use crate::table::RowFault;
    use crate::table::record::{Decoder, parse};

    fn text(bytes: &[u8]) -> Utf8Text {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        Utf8Text::new(file).unwrap()
    }

    fn layout() -> Arc<TableLayout> {
        Arc::new(TableLayout {
            delimiter: b',',
            from_json: false,
            width: 1,
            columns: Vec::new(),
            read_only: [None; 2],
            nameless: Vec::new(),
            overrides: Vec::new(),
        })
    }

    fn frames(bytes: &[u8], sizes: Sizes) -> Vec<Frame> {
        let text = text(bytes);
        let mut frames = Vec::new();
        for block in Blocks::with_sizes(&text, layout(), 0, 1, sizes) {
            let block = block.unwrap();
            assert_eq!(block.first_row, frames.len() as u64);
            for i in 0..block.len() {
                let frame = block.frame(i);
                let begin = frame.offset as usize;
                if frame.fault != Some(FrameFault::TooLong) {
                    assert_eq!(block.raw(i), &bytes[begin..begin + frame.len as usize]);
                } else {
                    assert!(bytes[begin..].starts_with(block.kept(i)) && block.raw(i).is_empty());
                }
                frames.push(frame);
            }
        }
        frames
    }

    /// The rules in their plainest form, over bytes in memory.
    fn frames_by_the_rules(bytes: &[u8], max_record: usize) -> Vec<Frame> {
        let (mut frames, mut at, mut line) = (Vec::new(), 0, 1);
        while at < bytes.len() {
            let rest = &bytes[at..];
            let blank = line_end_len(rest);
            if blank > 0 {
                (at, line) = (at + blank, line + 1);
                continue;
            }
            let first_line = rest.iter().position(|b| b"\r\n".contains(b)).unwrap_or(rest.len());
            let too_long = rest.len() > max_record;
            let within = &rest[..rest.len().min(max_record)];
            let (end, fault) = if too_long && first_line >= max_record {
                (first_line, Some(FrameFault::TooLong))
            } else {
                match end_by_the_rules(within, too_long) {
                    Ok(end) => (end, None),
                    Err(fault) => (first_line, Some(fault)),
                }
            };
            let len = end + line_end_len(&rest[end..]);
            if fault.is_none() && rest[..len].iter().all(|b| b"\"\r\n, ".contains(b)) {
                (at, line) = (at + len, line + count_line_ends(&rest[..len]));
                continue;
            }
            frames.push(Frame { offset: at as u64, len: len as u64, line, fault });
            (at, line) = (at + len, line + count_line_ends(&rest[..len]));
        }
        frames
    }

    fn end_by_the_rules(bytes: &[u8], cut_off: bool) -> Result<usize, FrameFault> {
        let mut state = ScanState::FieldStart;
        for (i, &byte) in bytes.iter().enumerate() {
            state = match (state, byte) {
                (ScanState::FieldStart, b'"') | (ScanState::QuoteInQuoted, b'"') => {
                    ScanState::Quoted
                }
                (ScanState::FieldStart, b' ') => ScanState::FieldStart,
                (ScanState::QuoteInQuoted | ScanState::AfterQuoted, b' ') => ScanState::AfterQuoted,
                (ScanState::Quoted, b'"') => ScanState::QuoteInQuoted,
                (ScanState::Quoted, _) => ScanState::Quoted,
                (_, b'\r' | b'\n') => return Ok(i),
                (_, b',') => ScanState::FieldStart,
                (ScanState::QuoteInQuoted | ScanState::AfterQuoted, _) => {
                    return Err(FrameFault::TextAfterQuote);
                }
                _ => ScanState::Unquoted,
            };
        }
        if cut_off || state == ScanState::Quoted {
            Err(FrameFault::UnclosedQuote)
        } else {
            Ok(bytes.len())
        }
    }

    fn soup() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(prop::sample::select(b"\"\"\",,\r\n\nab ".to_vec()), 0..200)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn frames_follow_the_rules_whatever_the_sizes(bytes in soup(), block in 1_usize..40, record in 1_usize..60) {
            prop_assert_eq!(frames(&bytes, Sizes { block, record }), frames_by_the_rules(&bytes, record));
        }

        #[test]
        fn sound_records_are_those_of_the_csv_crate(mut bytes in soup()) {
            bytes.retain(|byte| *byte != b' ');
            let mut frames = frames(&bytes, Sizes { block: 50, record: MAX_RECORD });
            let sound = frames.iter().take_while(|frame| frame.fault.is_none()).count();
            let bytes = &bytes[..frames.get(sound).map_or(bytes.len(), |frame| frame.offset as usize)];
            frames.truncate(sound);
            let mut decoder = Decoder::default();
            let ours: Vec<Vec<String>> = frames
                .iter()
                .map(|frame| {
                    let record = &bytes[frame.offset as usize..(frame.offset + frame.len) as usize];
                    parse(record, b',', &mut decoder).unwrap().iter().map(str::to_owned).collect()
                })
                .collect();
            let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
            let theirs = reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect::<Vec<String>>());
            let theirs: Vec<Vec<String>> = theirs.filter(|cells| cells.iter().any(|cell| cell.contains(|c| c != '\r' && c != '\n' && c != ','  && c != '"'))).collect();
            let ours: Vec<Vec<String>> = ours.into_iter().filter(|cells| cells.iter().any(|cell| cell.contains(|c| c != '\r' && c != '\n' && c != ',' && c != '"'))).collect();
            prop_assert_eq!(ours, theirs);
        }

        #[test]
        fn every_byte_that_is_no_line_end_is_in_exactly_one_frame(bytes in prop::collection::vec(any::<u8>(), 0..300), block in 1_usize..40) {
            let mut at = 0;
            for frame in frames(&bytes, Sizes { block, record: 80 }) {
                let begin = frame.offset as usize;
                prop_assert!(begin >= at && frame.len > 0);
                prop_assert!(bytes[at..begin].iter().all(|byte| b"\r\n,\" \t".contains(byte)));
                at = begin + frame.len as usize;
            }
            prop_assert!(bytes[at..].iter().all(|byte| b"\r\n,\" \t".contains(byte)));
        }
    }

    #[test]
    fn an_unclosed_quote_among_many_rows_costs_one_row() {
        let mut bytes = Vec::new();
        for i in 0..50_000 {
            writeln!(bytes, "{i},{}x,y", if i == 20_000 { "\"" } else { "" }).unwrap();
        }
        let frames = frames(&bytes, Sizes { block: 1 << 20, record: MAX_RECORD });
        assert_eq!(frames.len(), 50_000);
        let faulty: Vec<_> = frames.iter().filter(|frame| frame.fault.is_some()).collect();
        assert_eq!((faulty.len(), faulty[0].line), (1, 20_001));
    }

    #[test]
    fn many_lines_broken_alike_do_not_take_forever() {
        // Read from any line, its second quote opens a cell and the next line's quotes close it and
        // open another, for ever.
        let bytes = b"a\",\"b\n".repeat(400_000);
        let frames = frames(&bytes, Sizes { block: 1 << 20, record: MAX_RECORD });
        assert_eq!(frames.len(), 400_000);
        assert!(frames.iter().all(|frame| frame.fault == Some(FrameFault::UnclosedQuote)));
    }

    #[test]
    fn lines_are_counted_as_an_editor_does() {
        let frames = frames(
            b"a\n\n\"b\nb\",\"\r\n\r\"\nc\r\rd\r\n\r\ne",
            Sizes { block: 1 << 20, record: MAX_RECORD },
        );
        let lines: Vec<u64> = frames.iter().map(|frame| frame.line).collect();
        assert_eq!(lines, [1, 3, 7, 9, 11]);
    }

    #[test]
    fn a_hundred_megabytes_without_a_line_break_are_one_row() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"a\n").unwrap();
        let piece = vec![b'x'; 1 << 20];
        for _ in 0..100 {
            file.write_all(&piece).unwrap();
        }
        file.write_all(b"\r\nb\n").unwrap();
        let text = Utf8Text::new(file).unwrap();
        let blocks: Vec<Block> = Blocks::new(&text, layout(), 0, 1).map(Result::unwrap).collect();
        let [first, long, last] = &blocks[..] else { panic!("{} blocks", blocks.len()) };
        assert_eq!((first.len(), long.len(), last.len()), (1, 1, 1));
        assert_eq!(
            (long.frame(0).len, long.frame(0).fault),
            ((100 << 20) + 2, Some(FrameFault::TooLong))
        );
        assert_eq!(long.kept(0).len(), HEAD);
        assert_eq!((last.frame(0).line, last.raw(0)), (3, &b"b\n"[..]));
        let mut buffer = crate::table::RowBuffer::new();
        let fault = long.cells(0, &mut buffer).unwrap_err();
        assert_eq!(fault, RowFault::TooLong { len: (100 << 20) + 2, max: 1 << 20 });
    }
}
