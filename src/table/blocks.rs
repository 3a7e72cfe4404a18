//! Splits a text into records, block by block, in file order.
//!
//! In: a [`Utf8Text`], the position of its rows, and the [`Framer`] of its format. Out: [`Block`]s
//! of about 256 KiB of whole records, each record with its place and its line. Every line that is
//! not blank belongs to exactly one record.

use std::io;
use std::sync::Arc;

use memchr::memchr2;

use super::block::{Block, Bytes};
use super::fault::FrameFault;
use super::frame::Frame;
use super::framer::{FramedItem, Framer, Unframed, is_cut_off};
use super::layout::TableLayout;
use super::limits::{MAX_RECORD, SHOWN_OF_LONG};
use super::other_tables::OtherTables;
use super::scan::line_end_len;
use super::text::Utf8Text;

/// The blocks of a table, in order. A read error ends them.
#[derive(Debug)]
pub struct Blocks<'a> {
    text: &'a Utf8Text,
    layout: Arc<TableLayout>,
    framer: Box<dyn Framer>,
    sizes: Sizes,
    /// Bytes that are read and not yet returned. `start` is their offset in the text; they are
    /// framed up to `at`.
    buffer: Vec<u8>,
    start: u64,
    at: usize,
    /// Whether the buffer has the last bytes of the text.
    at_end: bool,
    /// The line at `at`.
    line: u64,
    next_row: u64,
    /// The number of records of the block before, as a guess for the next one.
    usual_len: usize,
    /// The block that is returned next. Whether a record follows it is known only with the block
    /// after it.
    held: Option<Block>,
    others: OtherTables,
    finished: bool,
}

/// The number of bytes that are read at once, and the longest record; smaller in tests.
#[derive(Debug, Clone, Copy)]
struct Sizes {
    block: usize,
    record: usize,
}

impl<'a> Blocks<'a> {
    /// Reads rows from a position of the text, which is on `line`.
    pub(super) fn new(
        text: &'a Utf8Text,
        layout: Arc<TableLayout>,
        framer: Box<dyn Framer>,
        (start, line): (u64, u64),
    ) -> Self {
        Self {
            text,
            layout,
            framer,
            sizes: Sizes { block: 1 << 18, record: MAX_RECORD },
            buffer: Vec::new(),
            start,
            at: 0,
            at_end: false,
            line,
            next_row: 0,
            usual_len: 0,
            held: None,
            others: OtherTables::default(),
            finished: false,
        }
    }

    fn next_block(&mut self) -> io::Result<Option<Block>> {
        let mut frames = Vec::with_capacity(self.usual_len + self.usual_len / 16);
        self.read_more()?;
        loop {
            self.skip_blank_lines();
            if self.at == self.buffer.len() && self.at_end {
                break;
            }
            let unframed = Unframed {
                bytes: &self.buffer[self.at..],
                place: self.start + self.at as u64,
                is_rest: self.at_end,
                max_record: self.sizes.record,
            };
            match self.framer.next(unframed) {
                FramedItem::Record { len, lines, fault } => {
                    frames.push(self.frame(len as u64, fault));
                    self.at += len;
                    self.line += lines;
                }
                FramedItem::Nothing { len, lines } => {
                    self.at += len;
                    self.line += lines;
                }
                FramedItem::Incomplete if frames.is_empty() => {
                    self.drop_passed();
                    self.read_more()?;
                }
                FramedItem::Incomplete => break,
                FramedItem::EndlessLine { lines } => {
                    return self.endless_line(frames, lines).map(Some);
                }
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
        Ok(())
    }

    /// Drops the bytes that were returned.
    fn drop_passed(&mut self) {
        self.buffer.drain(..self.at);
        self.start += self.at as u64;
        self.at = 0;
    }

    fn skip_blank_lines(&mut self) {
        while !is_cut_off(&self.buffer[self.at..], self.at_end) {
            match line_end_len(&self.buffer[self.at..]) {
                0 => break,
                len => self.at += len,
            }
            self.line += 1;
        }
    }

    fn frame(&self, len: u64, fault: Option<FrameFault>) -> Frame {
        Frame { offset: self.start + self.at as u64, len, line: self.line, fault }
    }

    /// Returns the framed records, and keeps the rest for the next block.
    fn cut(&mut self, frames: Vec<Frame>) -> Block {
        let rest = &self.buffer[self.at..];
        let mut buffer = Vec::with_capacity(rest.len() + self.sizes.block);
        buffer.extend_from_slice(rest);
        self.buffer.truncate(self.at);
        let bytes = std::mem::replace(&mut self.buffer, buffer);
        self.block(bytes, frames)
    }

    /// Skips a line that is too long without keeping it. It is the last record of its block.
    fn endless_line(&mut self, mut frames: Vec<Frame>, lines: u64) -> io::Result<Block> {
        let begin = self.start + self.at as u64;
        let end = self.end_of_line_after(begin + self.sizes.record as u64)?;
        frames.push(self.frame(end - begin, Some(FrameFault::TooLong)));
        self.line += lines;
        self.buffer.truncate(self.at + SHOWN_OF_LONG);
        let bytes = std::mem::take(&mut self.buffer);
        let block = self.block(bytes, frames);
        (self.start, self.at_end) = (end, false);
        Ok(block)
    }

    /// Returns where the line at this position of the text ends, including its line end.
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

    fn block(&mut self, bytes: Vec<u8>, frames: Vec<Frame>) -> Block {
        let block = Block {
            first_row: self.next_row,
            layout: Arc::clone(&self.layout),
            start: self.start,
            bytes: Bytes::new(bytes),
            frames,
            ends_table: false,
            parts: Vec::new(),
        };
        self.start += self.at as u64;
        self.at = 0;
        self.next_row += block.len() as u64;
        self.usual_len = block.len();
        block
    }
}

impl Iterator for Blocks<'_> {
    type Item = io::Result<Block>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.finished {
            match self.next_block() {
                Ok(Some(mut block)) => {
                    self.others.mark(&mut block, self.held.as_mut());
                    if let Some(whole) = self.held.replace(block) {
                        return Some(Ok(whole));
                    }
                }
                Ok(None) => self.finished = true,
                Err(error) => {
                    (self.finished, self.held) = (true, None);
                    return Some(Err(error));
                }
            }
        }
        let last = self.held.take()?;
        Some(Ok(Block { ends_table: true, ..last }))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;

    use super::*;
    use crate::table::csv_framer::CsvFramer;
    use crate::table::fault::RowFault;
    use crate::table::field::Field;
    use crate::table::invisible::is_margin;
    use crate::table::record::{Decoder, parse};
    use crate::table::scan::{ScanState, count_line_ends};
    use crate::table::table_part::{TablePart, part_of};

    fn text(bytes: &[u8]) -> Utf8Text {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        Utf8Text::new(file).unwrap()
    }

    fn layout() -> Arc<TableLayout> {
        Arc::new(TableLayout {
            mapping: None,
            delimiter: b',',
            width: 1,
            columns: Vec::new(),
            read_only: [None; 2],
            added: Vec::new(),
            nameless: Vec::new(),
            names: Vec::new(),
            overrides: Vec::new(),
            repairs: false,
            has_lines: true,
            merged: Vec::new(),
            spoiled: None,
        })
    }

    fn blocks(text: &Utf8Text, sizes: Sizes) -> Blocks<'_> {
        let framer = Box::new(CsvFramer::new(b','));
        Blocks { sizes, ..Blocks::new(text, layout(), framer, (0, 1)) }
    }

    fn frames(bytes: &[u8], sizes: Sizes) -> Vec<Frame> {
        let text = text(bytes);
        let (mut frames, mut ended) = (Vec::new(), false);
        for block in blocks(&text, sizes) {
            let block = block.unwrap();
            assert_eq!(block.first_row, frames.len() as u64);
            assert!(!ended, "a block follows the one that ends the table");
            ended = block.ends_table;
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
        assert_eq!(ended, !frames.is_empty(), "the block with the last record ends the table");
        frames
    }

    /// Applies the rules in their simplest form, over bytes in memory.
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

    /// Whether there are only empty cells, line ends and invisible characters.
    fn has_no_content(bytes: &[u8]) -> bool {
        let is_nothing = |c: char| "\r\n,\" \t".contains(c) || is_margin(c);
        std::str::from_utf8(bytes).is_ok_and(|text| text.chars().all(is_nothing))
    }

    #[test]
    fn record_of_invisible_characters_alone_is_no_row() {
        let bytes = "a\n\u{a0},\u{200b}\nb\n".as_bytes();
        let frames = frames(bytes, Sizes { block: 4, record: 80 });
        let lines: Vec<_> = frames.iter().map(|frame| frame.line).collect();
        assert_eq!(lines, [1, 3]);
    }

    fn soup() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(prop::sample::select(b"\"\"\",,\r\n\nab ".to_vec()), 0..200)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn frames_follow_the_rules_whatever_the_sizes(bytes in soup(), block in 1_usize..40,
            record in 1_usize..60) {
            prop_assert_eq!(frames(&bytes, Sizes { block, record }),
                frames_by_the_rules(&bytes, record));
        }

        #[test]
        fn sound_records_are_those_of_the_csv_crate(mut bytes in soup()) {
            bytes.retain(|byte| *byte != b' ');
            let mut frames = frames(&bytes, Sizes { block: 50, record: MAX_RECORD });
            let sound = frames.iter().take_while(|frame| frame.fault.is_none()).count();
            let bytes = &bytes[..frames.get(sound).map_or(bytes.len(),
                |frame| frame.offset as usize)];
            frames.truncate(sound);
            let mut decoder = Decoder::default();
            let ours: Vec<Vec<String>> = frames
                .iter()
                .map(|frame| {
                    let record = &bytes[frame.offset as usize..(frame.offset + frame.len) as usize];
                    parse(record, b',', &mut decoder).unwrap().iter().map(str::to_owned).collect()
                })
                .collect();
            let mut reader =
                csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
            let theirs = reader.records().map(|record|
                record.unwrap().iter().map(str::to_owned).collect::<Vec<String>>());
            let theirs: Vec<Vec<String>> =
                theirs.filter(|cells| cells.iter().any(|cell| cell.contains(|c| c != '\r' && c !=
                    '\n' && c != ','  && c != '"'))).collect();
            let ours: Vec<Vec<String>> =
                ours.into_iter().filter(|cells| cells.iter().any(|cell| cell.contains(|c| c != '\r'
                    && c != '\n' && c != ',' && c != '"'))).collect();
            prop_assert_eq!(ours, theirs);
        }

        #[test]
        fn every_byte_that_is_no_line_end_is_in_exactly_one_frame(bytes in
            prop::collection::vec(any::<u8>(), 0..300), block in 1_usize..40) {
            let mut at = 0;
            for frame in frames(&bytes, Sizes { block, record: 80 }) {
                let begin = frame.offset as usize;
                prop_assert!(begin >= at && frame.len > 0);
                prop_assert!(has_no_content(&bytes[at..begin]));
                at = begin + frame.len as usize;
            }
            prop_assert!(has_no_content(&bytes[at..]));
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
        // From any line on, its second quote opens a cell, and the quotes of the next line close it
        // and open another one, and so on.
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

    /// Returns the parts of a text with the columns `email` and `firstname`.
    fn parts(bytes: &[u8], block: usize) -> Vec<TablePart> {
        let columns = vec![(0, Field::Email), (1, Field::Firstname)];
        let names = vec!["email".to_owned(), "firstname".to_owned()];
        let layout = Arc::new(TableLayout { width: 2, columns, names, ..(*layout()).clone() });
        let text = text(bytes);
        let framer = Box::new(CsvFramer::new(b','));
        let sizes = Sizes { block, record: 60 };
        let blocks = Blocks { sizes, ..Blocks::new(&text, layout, framer, (0, 1)) };
        let of_block = |block: Block| (0..block.len()).map(|i| part_of(&block.parts, i)).collect();
        blocks.flat_map(|block| -> Vec<TablePart> { of_block(block.unwrap()) }).collect()
    }

    #[test]
    fn rows_of_other_tables_are_known_whatever_the_sizes() {
        let bytes = b"a@x.co,A\nLeavers,\nemail,firstname\nb@x.co,B\nc@x.co,C\nfirstname,email\n\
            D,d@x.co\nemail,firstname\nE,e@x.co\n";
        for block in 10..200 {
            let below = |line, rows| vec![TablePart::Below(line); rows];
            let all = [vec![TablePart::First, TablePart::Title(3)], below(3, 3), below(6, 4)];
            assert_eq!(parts(bytes, block), all.concat(), "{block}");
        }
    }

    #[test]
    fn rows_below_headings_are_known_whatever_the_sizes() {
        let bytes =
            b"a@x.co,A\nLeavers,\nb@x.co,B\nSales,\nc@x.co,C\n# Leavers,\nemail,firstname\n\
            d@x.co,D\n";
        for block in 10..200 {
            let (heading, below) = (TablePart::Heading, TablePart::BelowHeading);
            let below_other = TablePart::Below(7);
            let rows = [below(2), heading, below(4), TablePart::Title(7), below_other, below_other];
            let all = [&[TablePart::First, heading], &rows[..]].concat();
            assert_eq!(parts(bytes, block), all, "{block}");
        }
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
        let blocks: Vec<Block> =
            Blocks::new(&text, layout(), Box::new(CsvFramer::new(b',')), (0, 1))
                .map(Result::unwrap)
                .collect();
        let [first, long, last] = &blocks[..] else { panic!("{} blocks", blocks.len()) };
        assert_eq!((first.len(), long.len(), last.len()), (1, 1, 1));
        assert_eq!(
            (long.frame(0).len, long.frame(0).fault),
            ((100 << 20) + 2, Some(FrameFault::TooLong))
        );
        assert_eq!(long.kept(0).len(), SHOWN_OF_LONG);
        assert_eq!((last.frame(0).line, last.raw(0)), (3, &b"b\n"[..]));
        let mut buffer = crate::table::RowBuffer::new();
        let fault = long.cells(0, &mut buffer).unwrap_err();
        assert_eq!(fault, RowFault::TooLong { len: (100 << 20) + 2, max: 1 << 20 });
    }
}
