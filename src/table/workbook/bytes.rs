//! Reads numbers and texts of binary formats. What is missing is `None`.

/// Bytes that are read from the front.
#[derive(Debug, Clone, Copy)]
pub(super) struct ByteReader<'b>(pub(super) &'b [u8]);

impl<'b> ByteReader<'b> {
    /// Returns the next bytes.
    pub(super) fn take(&mut self, len: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    /// Reads a byte.
    pub(super) fn u8(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    /// Reads a number of two bytes, the lowest first.
    pub(super) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    /// Reads a number of four bytes, the lowest first.
    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    /// Reads a floating-point number, the lowest byte first.
    pub(super) fn f64(&mut self) -> Option<f64> {
        self.array().map(f64::from_le_bytes)
    }

    /// Returns a number in four bytes ([MS-XLS], `RkNumber`).
    pub(super) fn rk(&mut self) -> Option<f64> {
        const HUNDREDTH: u32 = 1;
        const INTEGER: u32 = 2;
        let bits = self.u32()?;
        let number = match bits & INTEGER {
            0 => f64::from_bits(u64::from(bits & !3) << 32),
            _ => f64::from(bits.cast_signed() >> 2),
        };
        Some(if bits & HUNDREDTH == 0 { number } else { number / 100.0 })
    }

    /// Returns a text in UTF-16 whose length comes first, in four bytes.
    pub(super) fn wide_text(&mut self) -> Option<String> {
        let len = self.u32()? as usize;
        self.utf16(len)
    }

    /// Returns so many units of UTF-16 as text.
    pub(super) fn utf16(&mut self, len: usize) -> Option<String> {
        Some(utf16(self.take(len.checked_mul(2)?)?))
    }
}

/// Returns UTF-16, little-endian, as text.
pub(super) fn utf16(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]]));
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_four_bytes_are_whole_or_not() {
        let rk = |bits: u32| ByteReader(&bits.to_le_bytes()).rk().unwrap();
        assert_eq!(rk(5 << 2 | 2), 5.0);
        assert_eq!(rk((-5_i32).cast_unsigned() << 2 | 2), -5.0);
        assert_eq!(rk(1234 << 2 | 3), 12.34);
        assert_eq!(rk((1.5_f64.to_bits() >> 32) as u32), 1.5);
    }

    #[test]
    fn what_is_missing_is_none() {
        assert_eq!(ByteReader(&[1, 0, 0]).u32(), None);
        assert_eq!(ByteReader(&[2, 0, 0, 0, b'a', 0]).wide_text(), None);
        assert_eq!(ByteReader(&[255, 255, 255, 255, b'a', 0]).wide_text(), None);
        assert_eq!(ByteReader(&[1, 0, 0, 0, b'a', 0]).wide_text().as_deref(), Some("a"));
    }
}
