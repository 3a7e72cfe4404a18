//! Splits the stream of an old workbook into records, and reads their texts ([MS-XLS], 2.1.4).

use super::bytes::{ByteReader, utf16};

/// A record that continues the one before it.
const CONTINUE: u16 = 0x3C;
/// Flags of a text: its characters have two bytes, data about its sounds follows, and its fonts.
const WIDE: u8 = 1;
const SOUNDS: u8 = 4;
const FONTS: u8 = 8;

/// A record of a stream.
pub(super) struct BiffRecord<'s> {
    pub(super) kind: u16,
    pub(super) content: &'s [u8],
    /// The contents of the records that continue it.
    more: Vec<&'s [u8]>,
}

/// The records of a stream from a place on. They end where the stream is cut off.
pub(super) struct BiffRecords<'s>(ByteReader<'s>);

impl<'s> BiffRecords<'s> {
    /// Creates a reader of the records from a place of a stream on.
    pub(super) fn new(stream: &'s [u8], place: usize) -> Self {
        Self(ByteReader(stream.get(place..).unwrap_or_default()))
    }

    /// Returns the next record.
    pub(super) fn next(&mut self) -> Option<BiffRecord<'s>> {
        let (kind, content) = self.part()?;
        let mut more = Vec::new();
        loop {
            let here = self.0;
            match self.part() {
                Some((CONTINUE, content)) => more.push(content),
                _ => {
                    self.0 = here;
                    return Some(BiffRecord { kind, content, more });
                }
            }
        }
    }

    fn part(&mut self) -> Option<(u16, &'s [u8])> {
        let (kind, len) = (self.0.u16()?, self.0.u16()?);
        Some((kind, self.0.take(usize::from(len))?))
    }
}

impl<'s> BiffRecord<'s> {
    /// Returns the only text of the record.
    pub(super) fn text(&self) -> Option<String> {
        self.parts().text()
    }

    /// Returns the texts that cells name by number.
    pub(super) fn shared_texts(&self) -> Option<Vec<String>> {
        let mut parts = self.parts();
        parts.u32()?;
        let count = parts.u32()? as usize;
        let mut texts = Vec::new();
        for _ in 0..count {
            texts.push(parts.text()?);
        }
        Some(texts)
    }

    fn parts(&self) -> BiffParts<'_, 's> {
        BiffParts { here: ByteReader(self.content), more: self.more.iter() }
    }
}

/// The content of a record and of those that continue it.
struct BiffParts<'r, 's> {
    here: ByteReader<'s>,
    more: std::slice::Iter<'r, &'s [u8]>,
}

impl BiffParts<'_, '_> {
    /// Goes to the next part, if this one is at its end.
    fn advance(&mut self) -> Option<bool> {
        if !self.here.0.is_empty() {
            return Some(false);
        }
        self.here = ByteReader(self.more.next()?);
        Some(true)
    }

    fn u8(&mut self) -> Option<u8> {
        while self.here.0.is_empty() {
            self.advance()?;
        }
        self.here.u8()
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from(self.u8()?) | u16::from(self.u8()?) << 8)
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from(self.u16()?) | u32::from(self.u16()?) << 16)
    }

    fn skip(&mut self, mut len: usize) -> Option<()> {
        while len > 0 {
            self.advance()?;
            let here = len.min(self.here.0.len());
            self.here.take(here)?;
            len -= here;
        }
        Some(())
    }

    /// Returns a text with what belongs to it. Its characters may go on in the next part, which
    /// then begins with the flag of their width.
    fn text(&mut self) -> Option<String> {
        let mut left = usize::from(self.u16()?);
        let mut flags = self.u8()?;
        let fonts = if flags & FONTS != 0 { usize::from(self.u16()?) } else { 0 };
        let sounds = if flags & SOUNDS != 0 { self.u32()? as usize } else { 0 };
        let mut units = Vec::new();
        while left > 0 {
            if self.advance()? {
                flags = self.here.u8()?;
            }
            let size = 1 + usize::from(flags & WIDE);
            let len = left.min(self.here.0.len() / size);
            if len == 0 && !self.here.0.is_empty() {
                return None;
            }
            push_units(self.here.take(len * size)?, flags, &mut units);
            left -= len;
        }
        self.skip(fonts.checked_mul(4)?.checked_add(sounds)?)?;
        Some(utf16(&units))
    }
}

/// How the length of a text is written.
#[derive(Clone, Copy)]
pub(super) enum BiffText {
    /// In one byte.
    Short,
    /// In two bytes.
    Long,
}

impl BiffText {
    /// Returns the text at the front of some bytes.
    pub(super) fn read(self, mut bytes: ByteReader<'_>) -> Option<String> {
        let len = match self {
            Self::Short => usize::from(bytes.u8()?),
            Self::Long => usize::from(bytes.u16()?),
        };
        let flags = bytes.u8()?;
        let mut units = Vec::new();
        push_units(bytes.take(len * (1 + usize::from(flags & WIDE)))?, flags, &mut units);
        Some(utf16(&units))
    }
}

/// Appends characters as UTF-16. Those of one byte are the lower half of a unit.
fn push_units(bytes: &[u8], flags: u8, units: &mut Vec<u8>) {
    match flags & WIDE {
        0 => units.extend(bytes.iter().flat_map(|byte| [*byte, 0])),
        _ => units.extend_from_slice(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: u16, content: &[u8]) -> Vec<u8> {
        let len = u16::try_from(content.len()).unwrap();
        [&kind.to_le_bytes()[..], &len.to_le_bytes(), content].concat()
    }

    #[test]
    fn texts_go_on_in_the_next_record() {
        let stream = [
            record(0xFC, b"\x03\0\0\0\x03\0\0\0\x03\0\0abc\x04\0\x08\x01\0ab"),
            record(CONTINUE, b"\x01\x13\x20d\0font\x02\0\x04\x03\0\0\0\xe9!so"),
            record(CONTINUE, b"u"),
            record(1, b""),
        ]
        .concat();
        let mut records = BiffRecords::new(&stream, 0);
        let texts = records.next().unwrap().shared_texts().unwrap();
        assert_eq!(texts, ["abc", "ab\u{2013}d", "é!"]);
        assert_eq!(records.next().unwrap().kind, 1);
        assert!(records.next().is_none());
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read(bytes: Vec<u8>) {
            let mut records = BiffRecords::new(&bytes, 0);
            while let Some(record) = records.next() {
                let _ = (record.text(), record.shared_texts());
            }
        }
    }
}
