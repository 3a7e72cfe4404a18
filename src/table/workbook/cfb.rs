//! Reads the streams of a compound file, the container of old workbooks ([MS-CFB]).

use super::bytes::{ByteReader, utf16};
use super::fault::WorkbookFault;
use crate::table::text::Utf8Text;

const PART: &str = "its list of parts";
const HEADER: usize = 512;
const ENTRY: usize = 128;
/// The number of the first sectors of the table that the header has.
const IN_HEADER: usize = 109;
/// From here on, numbers of sectors have other meanings.
const NO_SECTOR: u32 = 0xFFFF_FFFA;

/// A compound file.
pub(super) struct CompoundFile<'t> {
    text: &'t Utf8Text,
    sector: usize,
    /// The sector after each sector.
    next: Vec<u32>,
    small_sector: usize,
    /// Shorter streams are in the small sectors of the first entry's stream.
    small: u64,
    next_small: Vec<u32>,
    entries: Vec<CompoundEntry>,
}

struct CompoundEntry {
    name: String,
    start: u32,
    len: u64,
}

impl<'t> CompoundFile<'t> {
    pub(super) fn open(text: &'t Utf8Text) -> Result<Self, WorkbookFault> {
        let mut header = vec![0; HEADER];
        let read = text.read_at(&mut header, 0).map_err(WorkbookFault::Read)?;
        header.truncate(read);
        let damaged = || WorkbookFault::Damaged(PART);
        let shifts = number_at(&header, 30).ok_or_else(damaged)?;
        let (shift, small_shift) = (shifts & 0xFFFF, shifts >> 16);
        if !matches!(shift, 9 | 12) || small_shift != 6 {
            return Err(damaged());
        }
        let mut file = Self {
            text,
            sector: 1 << shift,
            next: Vec::new(),
            small_sector: 1 << small_shift,
            small: u64::from(number_at(&header, 56).ok_or_else(damaged)?),
            next_small: Vec::new(),
            entries: Vec::new(),
        };
        file.read_table(&header)?;
        let small = number_at(&header, 60).ok_or_else(damaged)?;
        file.next_small = numbers(&file.chain(small, u64::MAX)?);
        let folder = file.chain(number_at(&header, 48).ok_or_else(damaged)?, u64::MAX)?;
        file.entries = folder.chunks_exact(ENTRY).filter_map(entry).collect();
        Ok(file)
    }

    /// Whether there is a stream or a folder of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.entries.iter().any(|entry| entry.name.eq_ignore_ascii_case(name))
    }

    /// Returns the content of a stream; `None` if there is none of this name.
    pub(super) fn stream(&self, name: &str) -> Result<Option<Vec<u8>>, WorkbookFault> {
        let mut entries = self.entries.iter().skip(1);
        let Some(entry) = entries.find(|entry| entry.name.eq_ignore_ascii_case(name)) else {
            return Ok(None);
        };
        if entry.len >= self.small {
            return self.chain(entry.start, entry.len).map(Some);
        }
        let damaged = || WorkbookFault::Damaged(PART);
        let root = self.entries.first().ok_or_else(damaged)?;
        let all = self.chain(root.start, root.len)?;
        let (mut content, mut at) = (Vec::new(), entry.start);
        while at < NO_SECTOR && (content.len() as u64) < entry.len {
            let from = at as usize * self.small_sector;
            let to = (from + self.small_sector).min(all.len());
            content.extend_from_slice(all.get(from..to).ok_or_else(damaged)?);
            at = *self.next_small.get(at as usize).ok_or_else(damaged)?;
        }
        content.truncate(usize::try_from(entry.len).map_err(|_| damaged())?);
        Ok(Some(content))
    }

    /// Reads which sector follows which. The header has the first sectors of that table, and each
    /// further list of them ends with the number of the next one.
    fn read_table(&mut self, header: &[u8]) -> Result<(), WorkbookFault> {
        let damaged = || WorkbookFault::Damaged(PART);
        let mut sectors = numbers(header.get(76..76 + 4 * IN_HEADER).ok_or_else(damaged)?);
        let mut more = number_at(header, 68).ok_or_else(damaged)?;
        let most = self.most_sectors();
        while more < NO_SECTOR {
            let list = numbers(&self.sector(more)?);
            let (next, list) = list.split_last().ok_or_else(damaged)?;
            sectors.extend_from_slice(list);
            if sectors.len() > most + IN_HEADER {
                return Err(damaged());
            }
            more = *next;
        }
        sectors.retain(|sector| *sector < NO_SECTOR);
        if sectors.len() > most {
            return Err(damaged());
        }
        for sector in sectors {
            self.next.extend(numbers(&self.sector(sector)?));
        }
        Ok(())
    }

    /// Returns the number of sectors that the file may have.
    fn most_sectors(&self) -> usize {
        usize::try_from(self.text.len()).unwrap_or(usize::MAX) / self.sector + 1
    }

    fn sector(&self, number: u32) -> Result<Vec<u8>, WorkbookFault> {
        let mut bytes = vec![0; self.sector];
        let place = (u64::from(number) + 1) * self.sector as u64;
        let read = self.text.read_at(&mut bytes, place).map_err(WorkbookFault::Read)?;
        match read {
            0 => Err(WorkbookFault::Damaged(PART)),
            // The last sector may be cut off.
            _ => Ok(bytes),
        }
    }

    /// Returns the content of the sectors that follow each other, up to a length.
    fn chain(&self, start: u32, len: u64) -> Result<Vec<u8>, WorkbookFault> {
        let (mut content, mut at, mut sectors) = (Vec::new(), start, 0);
        while at < NO_SECTOR && (content.len() as u64) < len {
            content.extend_from_slice(&self.sector(at)?);
            let next = self.next.get(at as usize);
            at = *next.ok_or(WorkbookFault::Damaged(PART))?;
            sectors += 1;
            if sectors > self.most_sectors() {
                return Err(WorkbookFault::Damaged(PART));
            }
        }
        content.truncate(usize::try_from(len).unwrap_or(usize::MAX));
        Ok(content)
    }
}

fn entry(bytes: &[u8]) -> Option<CompoundEntry> {
    let len = ByteReader(bytes.get(64..)?).u16()?;
    let name = bytes.get(..usize::from(len.saturating_sub(2)).min(64))?;
    let mut place = ByteReader(bytes.get(116..)?);
    let start = place.u32()?;
    // The upper half of the length is not reliable in old files.
    Some(CompoundEntry { name: utf16(name), start, len: u64::from(place.u32()?) })
}

fn number_at(bytes: &[u8], at: usize) -> Option<u32> {
    ByteReader(bytes.get(at..)?).u32()
}

fn numbers(bytes: &[u8]) -> Vec<u32> {
    bytes.chunks_exact(4).filter_map(|number| number_at(number, 0)).collect()
}
