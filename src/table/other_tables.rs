//! Finds the rows of other tables below the first one of a file.
//!
//! In: the blocks of a table in order. Out: the same blocks, which know which of their rows are
//! below the header of another table, or are its title, and which are below a heading. The columns
//! of such rows may be others, and a title or a heading (`Leavers`) says that the people below it
//! are meant otherwise.

use memchr::memchr;

use super::block::Block;
use super::layout::{LineKind, TableLayout};
use super::record::{Decoder, RepairedCells, parse};
use super::table_part::TablePart;

/// Finds other tables while the blocks are read.
#[derive(Debug, Default)]
pub(super) struct OtherTables {
    decoder: Decoder,
    repaired: RepairedCells,
    /// What the next row is, unless it begins another table.
    now: Option<TablePart>,
    /// Whether a title stands above the header, so that the same header again does not end it.
    is_titled: bool,
    /// Whether the last row may be a title.
    after_title: bool,
    /// The line of the last row, if it may be a heading of the rows below it.
    heading: Option<u64>,
}

impl OtherTables {
    /// Marks the rows of a block. A title at the end of the block before it is marked there.
    pub(super) fn mark(&mut self, block: &mut Block, mut before: Option<&mut Block>) {
        block.parts.extend(self.now.map(|part| (0, part)));
        for i in 0..block.len() {
            let after_title = std::mem::take(&mut self.after_title);
            let line = block.frame(i).line;
            let kind = self.kind(block, i);
            let is_header = matches!(kind, LineKind::SameHeader | LineKind::OtherHeader);
            if let Some(heading) = self.heading.take()
                && !is_header
            {
                mark_before(block, i, before.as_deref_mut(), TablePart::Heading);
                self.begin_section(block, i, heading);
            }
            let other = match kind {
                LineKind::Row => continue,
                LineKind::Title => {
                    self.after_title = true;
                    continue;
                }
                LineKind::Heading | LineKind::Remark => {
                    (self.after_title, self.heading) = (true, Some(line));
                    continue;
                }
                LineKind::SameHeader if !after_title => {
                    if self.now.is_some() && !self.is_titled {
                        self.now = None;
                        block.parts.push((i, TablePart::First));
                    }
                    continue;
                }
                LineKind::SameHeader | LineKind::OtherHeader => TablePart::Below(line),
            };
            self.is_titled |= after_title;
            self.now = Some(other);
            if after_title {
                mark_before(block, i, before.as_deref_mut(), TablePart::Title(line));
            }
            block.parts.push((i, other));
        }
    }

    /// Records that from row `i` of the block on the rows are below the heading on this line,
    /// whatever repeats the header.
    fn begin_section(&mut self, block: &mut Block, i: usize, heading: u64) {
        let part = TablePart::BelowHeading(heading);
        (self.now, self.is_titled) = (Some(part), true);
        block.parts.push((i, part));
    }

    /// Returns what a row is. Most rows have an address, and are neither a header nor a title.
    fn kind(&mut self, block: &Block, i: usize) -> LineKind {
        if memchr(b'@', block.kept(i)).is_some() || block.frame(i).fault.is_some() {
            return LineKind::Row;
        }
        let layout: &TableLayout = &block.layout;
        match parse(block.raw(i), layout.delimiter, &mut self.decoder) {
            Ok(row) => layout.line_kind(&layout.readable(row, &mut self.repaired)),
            Err(_) => LineKind::Row,
        }
    }
}

/// Marks the row before row `i`, which may be the last one of the block before.
fn mark_before(block: &mut Block, i: usize, before: Option<&mut Block>, part: TablePart) {
    match (i.checked_sub(1), before) {
        (Some(row), _) => block.parts.push((row, part)),
        (None, Some(before)) => before.parts.push((before.len() - 1, part)),
        (None, None) => {}
    }
}
