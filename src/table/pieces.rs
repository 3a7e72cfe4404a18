//! Reads streams of bytes piece by piece.

use std::io::{self, Read};

/// Bytes read at a time.
pub(super) const PIECE: usize = 1 << 20;

/// Passes bytes on piece by piece, with whether a piece is the last. `take` returns how much of it
/// was used, and gets the rest again at the front of the next piece; `None` ends the reading.
pub(super) fn in_pieces(
    mut bytes: impl Read,
    mut take: impl FnMut(&[u8], bool) -> Option<usize>,
) -> io::Result<()> {
    let mut buffer = vec![0; PIECE];
    let mut kept = 0;
    loop {
        let read = bytes.read(&mut buffer[kept..])?;
        let filled = kept + read;
        let last = read == 0;
        let Some(used) = take(&buffer[..filled], last) else { return Ok(()) };
        if last {
            return Ok(());
        }
        buffer.copy_within(used..filled, 0);
        kept = filled - used;
    }
}
