//! Keeps the texts of a workbook, which its cells name by number.
//!
//! The first texts stay in memory, further ones go to a temporary file. In memory is then only
//! where each of them ends.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::fault::WorkbookFault;
use crate::table::text::Utf8Text;

/// The most texts.
const MOST: usize = 1 << 26;
/// The number of bytes that stay in memory.
const IN_MEMORY: usize = 32 << 20;
/// The size and number of the pages of the file that are held.
const PAGE: usize = 4 << 10;
const PAGES: usize = 2 << 10;

/// Texts by their number, while they are read.
pub(super) struct TextStoreBuilder<'s> {
    spool_dir: &'s Path,
    in_memory: Vec<u8>,
    rest: Option<BufWriter<File>>,
    ends: Vec<u32>,
    len: u64,
}

impl<'s> TextStoreBuilder<'s> {
    /// Creates an empty store; texts that do not fit into memory go to a file in this folder.
    pub(super) fn new(spool_dir: &'s Path) -> Self {
        Self { spool_dir, in_memory: Vec::new(), rest: None, ends: Vec::new(), len: 0 }
    }

    /// Adds the next text.
    pub(super) fn push(&mut self, text: &str) -> Result<(), WorkbookFault> {
        if self.ends.len() == MOST {
            return Err(WorkbookFault::TooLarge);
        }
        self.len += text.len() as u64;
        self.ends.push(u32::try_from(self.len).map_err(|_| WorkbookFault::TooLarge)?);
        if self.rest.is_none() && self.in_memory.len() + text.len() <= IN_MEMORY {
            self.in_memory.extend_from_slice(text.as_bytes());
            return Ok(());
        }
        let rest = match &mut self.rest {
            Some(rest) => rest,
            None => {
                let file = tempfile::tempfile_in(self.spool_dir).map_err(WorkbookFault::Write)?;
                self.rest.insert(BufWriter::with_capacity(1 << 18, file))
            }
        };
        rest.write_all(text.as_bytes()).map_err(WorkbookFault::Write)
    }

    /// Returns the texts.
    pub(super) fn build(self) -> Result<TextStore, WorkbookFault> {
        let finished = |rest: BufWriter<File>| {
            let file = rest.into_inner().map_err(io::IntoInnerError::into_error)?;
            Utf8Text::new(file)
        };
        let rest = self.rest.map(finished).transpose().map_err(WorkbookFault::Write)?;
        let pages = if rest.is_some() { vec![None; PAGES] } else { Vec::new() };
        Ok(TextStore { in_memory: self.in_memory, rest, ends: self.ends, pages })
    }
}

/// Texts by their number.
pub(super) struct TextStore {
    in_memory: Vec<u8>,
    rest: Option<Utf8Text>,
    ends: Vec<u32>,
    /// Pages of the rest, each at its number modulo their count.
    pages: Vec<Option<(u64, Vec<u8>)>>,
}

impl TextStore {
    /// Appends a text by its number, from 0; `None` if there is none.
    pub(super) fn push(
        &mut self,
        number: usize,
        text: &mut String,
    ) -> Result<Option<()>, WorkbookFault> {
        let Some(&to) = self.ends.get(number) else { return Ok(None) };
        let from = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        let (from, to) = (from as usize, to as usize);
        if let Some(bytes) = self.in_memory.get(from..to) {
            text.push_str(&String::from_utf8_lossy(bytes));
            return Ok(Some(()));
        }
        let mut bytes = Vec::with_capacity(to - from);
        let mut place = from - self.in_memory.len();
        let end = to - self.in_memory.len();
        while place < end {
            let page = self.page((place / PAGE) as u64).map_err(WorkbookFault::Write)?;
            let within = place % PAGE;
            let len = (end - place).min(PAGE - within);
            let Some(part) = page.get(within..within + len) else { return Ok(None) };
            bytes.extend_from_slice(part);
            place += len;
        }
        text.push_str(&String::from_utf8_lossy(&bytes));
        Ok(Some(()))
    }

    fn page(&mut self, number: u64) -> io::Result<&[u8]> {
        let Some(rest) = &self.rest else { return Ok(&[]) };
        let slot = &mut self.pages[(number % PAGES as u64) as usize];
        if slot.as_ref().is_none_or(|(held, _)| *held != number) {
            let mut bytes = vec![0; PAGE];
            let read = rest.read_at(&mut bytes, number * PAGE as u64)?;
            bytes.truncate(read);
            *slot = Some((number, bytes));
        }
        Ok(slot.as_ref().map_or(&[], |(_, bytes)| bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_texts_come_back_from_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let mut builder = TextStoreBuilder::new(folder.path());
        let text = |i: usize| format!("{i}:{}", "é".repeat(i % 7000));
        let count = 9000;
        for i in 0..count {
            builder.push(&text(i)).unwrap();
        }
        let mut store = builder.build().unwrap();
        assert!(store.rest.is_some());
        for i in (0..count).chain((0..count).rev().step_by(17)) {
            let mut found = String::new();
            store.push(i, &mut found).unwrap().unwrap();
            assert_eq!(found, text(i));
        }
        assert!(store.push(count, &mut String::new()).unwrap().is_none());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
