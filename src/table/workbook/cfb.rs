//! Reads the streams of a compound file, the container of old workbooks ([MS-CFB]).

use super::bytes::{ByteReader, utf16};
use super::fault::WorkbookFault;
use crate::table::text::Utf8Text;

const PART: &str = "its list of parts";
const HEADER: usize = 512;
const ENTRY: usize = 128;
/// The number of the first sectors of the table that the header has.
const IN_HEADER: usize = 109;
const SMALL_SECTOR: usize = 1 << SMALL_SHIFT;
const SMALL_SHIFT: u32 = 6;
/// Shorter streams are in the small sectors of the first entry's stream ([MS-CFB], 2.2).
const CUTOFF: u32 = 4096;
/// The most bytes of a stream, which are held in memory. A workbook of Excel 97 to 2003 is smaller.
const MOST_BYTES: u64 = 512 << 20;
/// From here on, numbers of sectors have other meanings.
const NO_SECTOR: u32 = 0xFFFF_FFFA;

/// A compound file.
pub(super) struct CompoundFile<'t> {
    text: &'t Utf8Text,
    sector: usize,
    /// The sector after each sector.
    next: Vec<u32>,
    next_small: Vec<u32>,
    entries: Vec<CompoundEntry>,
}

struct CompoundEntry {
    name: String,
    start: u32,
    len: u64,
}

impl<'t> CompoundFile<'t> {
    /// Opens a compound file.
    pub(super) fn open(text: &'t Utf8Text) -> Result<Self, WorkbookFault> {
        let mut header = vec![0; HEADER];
        let read = text.read_at(&mut header, 0).map_err(WorkbookFault::Read)?;
        header.truncate(read);
        let damaged = || WorkbookFault::Damaged(PART);
        let shifts = number_at(&header, 30).ok_or_else(damaged)?;
        let (shift, small_shift) = (shifts & 0xFFFF, shifts >> 16);
        let is_known = matches!(shift, 9 | 12) && small_shift == SMALL_SHIFT;
        if !is_known || number_at(&header, 56) != Some(CUTOFF) {
            return Err(damaged());
        }
        let mut file = Self {
            text,
            sector: 1 << shift,
            next: Vec::new(),
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
        if entry.len > MOST_BYTES {
            return Err(WorkbookFault::TooLarge);
        }
        match entry.len < u64::from(CUTOFF) {
            true => self.small_chain(entry).map(Some),
            false => self.chain(entry.start, entry.len).map(Some),
        }
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
        if (sectors.len() * self.sector) as u64 > MOST_BYTES {
            return Err(WorkbookFault::TooLarge);
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
            if content.len() as u64 > MOST_BYTES {
                return Err(WorkbookFault::TooLarge);
            }
        }
        content.truncate(usize::try_from(len).unwrap_or(usize::MAX));
        Ok(content)
    }

    /// Returns the content of a stream in small sectors.
    fn small_chain(&self, entry: &CompoundEntry) -> Result<Vec<u8>, WorkbookFault> {
        let damaged = || WorkbookFault::Damaged(PART);
        let root = self.entries.first().ok_or_else(damaged)?;
        let all = self.chain(root.start, root.len)?;
        let (mut content, mut at, mut sectors) = (Vec::new(), entry.start, 0);
        while at < NO_SECTOR && (content.len() as u64) < entry.len {
            let from = at as usize * SMALL_SECTOR;
            let to = (from + SMALL_SECTOR).min(all.len());
            content.extend_from_slice(all.get(from..to).ok_or_else(damaged)?);
            at = *self.next_small.get(at as usize).ok_or_else(damaged)?;
            sectors += 1;
            if sectors > all.len().div_ceil(SMALL_SECTOR) {
                return Err(damaged());
            }
        }
        content.truncate(usize::try_from(entry.len).map_err(|_| damaged())?);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::workbook::test_files::text_file;

    const END: u32 = 0xFFFF_FFFE;

    /// Returns a file with one stream of this length in small sectors, of which there are eight.
    fn file(cutoff: u32, len: u32, next_small: &[u32]) -> Vec<u8> {
        let sector = |numbers: &[u32]| {
            let mut bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
            bytes.resize(HEADER, 0xFF);
            bytes
        };
        let entry = |name: &str, start: u32, len: u32| {
            let mut bytes: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let name_len = bytes.len() as u8 + 2;
            bytes.resize(ENTRY, 0);
            bytes[64] = name_len;
            bytes[116..120].copy_from_slice(&start.to_le_bytes());
            bytes[120..124].copy_from_slice(&len.to_le_bytes());
            bytes
        };
        let mut header = vec![0; HEADER];
        for (at, number) in [(48, 1), (56, cutoff), (60, 2), (68, END), (76, 0)] {
            header[at..at + 4].copy_from_slice(&number.to_le_bytes());
        }
        (header[30], header[32]) = (9, 6);
        header[80..].fill(0xFF);
        let mut folder = [entry("Root Entry", 3, 512), entry("Workbook", 0, len)].concat();
        folder.resize(HEADER, 0);
        [header, sector(&[0xFFFF_FFFD, END, END, END]), folder, sector(next_small), vec![b'x'; 512]]
            .concat()
    }

    fn stream(bytes: &[u8]) -> Result<Vec<u8>, WorkbookFault> {
        let text = text_file(bytes);
        CompoundFile::open(&text)?.stream("workbook").map(Option::unwrap)
    }

    #[test]
    fn small_stream_is_read_from_small_sectors() {
        assert_eq!(stream(&file(4096, 100, &[1, END])).unwrap(), [b'x'; 100]);
    }

    /// The size of a sector is a power of two, given by its exponent.
    #[test]
    fn size_of_small_sectors_that_is_not_known_is_damage() {
        for exponent in [0, 5, 7, 31, 32, 38, 64, 255] {
            let mut bytes = file(4096, 100, &[1, END]);
            bytes[32] = exponent;
            assert!(matches!(stream(&bytes), Err(WorkbookFault::Damaged(_))), "{exponent}");
        }
    }

    /// A few kilobytes could fill the memory.
    #[test]
    fn stream_is_never_longer_than_its_file() {
        for bytes in [
            file(u32::MAX, 100 << 20, &[0]),
            file(0, 100, &[1, END]),
            file(4096, 4000, &[0]),
            file(4096, 4000, &[1, 2, 0]),
        ] {
            assert!(matches!(stream(&bytes), Err(WorkbookFault::Damaged(_))));
        }
        let endless = stream(&file(4096, 1 << 30, &[END]));
        assert!(matches!(endless, Err(WorkbookFault::TooLarge)));
    }
}
