//! Counts the bytes of a packed stream that were read so far.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

/// The number of bytes that were read from a stream.
#[derive(Debug, Default)]
pub(super) struct PackedBytes(Rc<Cell<u64>>);

impl PackedBytes {
    /// Returns the stream, whose bytes are counted from now on.
    pub(super) fn counted<R: Read>(&self, stream: R) -> impl Read + use<R> {
        CountedStream { stream, read: Rc::clone(&self.0) }
    }

    /// Returns the number of bytes that were read so far.
    pub(super) fn read_so_far(&self) -> u64 {
        self.0.get()
    }
}

struct CountedStream<R> {
    stream: R,
    read: Rc<Cell<u64>>,
}

impl<R: Read> Read for CountedStream<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let read = self.stream.read(to)?;
        self.read.set(self.read.get() + read as u64);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_is_counted() {
        let packed = PackedBytes::default();
        let mut stream = packed.counted(&b"abcdef"[..]);
        let mut four = [0; 4];
        stream.read_exact(&mut four).unwrap();
        assert_eq!((packed.read_so_far(), &four), (4, b"abcd"));
        stream.read_to_end(&mut Vec::new()).unwrap();
        assert_eq!(packed.read_so_far(), 6);
    }
}
