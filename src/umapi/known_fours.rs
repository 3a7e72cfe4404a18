//! Finds bytes of a text that can be skipped because no secret begins there: most of every text.
//! Pure.

use memchr::{memchr, memchr3};

/// The groups of four consecutive bytes in the first bytes of a secret.
pub(super) struct KnownFours {
    /// By their [`slot`].
    slots: Vec<bool>,
}

impl KnownFours {
    /// Returns the groups in the first bytes of all secrets.
    pub(super) fn of<'a>(beginnings: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut slots = vec![false; SLOTS];
        for beginning in beginnings {
            beginning.windows(4).for_each(|four| slots[slot(four)] = true);
        }
        Self { slots }
    }

    /// Returns at how many of the next bytes no secret begins. `next` has as many bytes as the
    /// shortest form, so a secret that begins among them has all bytes after its beginning. If four
    /// of them are together in no form, no secret begins there or before.
    pub(super) fn ahead(&self, next: &[u8]) -> usize {
        // The bytes of an escape have another meaning.
        let escape = memchr3(b'%', b'\\', b'&', next).unwrap_or(next.len());
        let plain = &next[..memchr(b'=', &next[..escape]).unwrap_or(escape)];
        let is_foreign = |four: &[u8]| {
            four.iter().all(|byte| STANDS_FOR_ITSELF[usize::from(*byte)]) && !self.slots[slot(four)]
        };
        plain.windows(4).rposition(is_foreign).map_or(0, |at| at + 1)
    }
}

/// Bytes that are neither gaps nor parts of one, and start no escape.
static STANDS_FOR_ITSELF: [bool; 256] = {
    let mut all = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        all[byte] = (byte as u8).is_ascii_graphic();
        byte += 1;
    }
    let others = *b"%\\&=:-,;.|_/+0xX";
    let mut place = 0;
    while place < others.len() {
        all[others[place] as usize] = false;
        place += 1;
    }
    all
};

const SLOTS: usize = 1 << 17;

/// Returns a number for four bytes, independent of their letter case. Others may share it.
fn slot(four: &[u8]) -> usize {
    let [one, two, three, four] = four else { return 0 };
    let bytes = u32::from_le_bytes([*one, *two, *three, *four]) | 0x2020_2020;
    (bytes.wrapping_mul(0x9e37_79b1) >> 15) as usize
}
