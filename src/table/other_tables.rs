//! Finds the rows of other tables below the first one of a file.
//!
//! In: the blocks of a table in order. Out: the same blocks, which know which of their rows are
//! below the header of another table, or are its title. The columns of such rows may be others, and
//! a title (`Leavers`) says that the people below it are meant otherwise.

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
}

impl OtherTables {
    /// Marks the rows of a block. A title at the end of the block before it is marked there.
    pub(super) fn mark(&mut self, block: &mut Block, mut before: Option<&mut Block>) {
        block.parts.extend(self.now.map(|part| (0, part)));
        for i in 0..block.len() {
            let after_title = std::mem::take(&mut self.after_title);
            let line = block.frame(i).line;
            let other = match self.kind(block, i) {
                LineKind::Row => continue,
                LineKind::Title => {
                    self.after_title = true;
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
                match (i.checked_sub(1), before.as_deref_mut()) {
                    (Some(title), _) => block.parts.push((title, TablePart::Title(line))),
                    (None, Some(before)) => {
                        before.parts.push((before.len() - 1, TablePart::Title(line)));
                    }
                    (None, None) => {}
                }
            }
            block.parts.push((i, other));
        }
    }

    /// Most rows have an address, and are neither a header nor a title.
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
