//! Reads streams of bytes piece by piece.

use super::limits::MAX_RECORD;
use rayon::prelude::*;
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

/// Whether a test holds for any of some pieces of whole lines; a line that is longer than any row
/// may be in parts. Pieces are tested in parallel, while those after them are read.
pub(super) fn any_of_lines(
    mut bytes: impl Read + Send,
    test: impl Fn(&[u8]) -> bool + Sync,
) -> io::Result<bool> {
    const AT_ONCE: usize = 4;
    let mut rest = Vec::new();
    let mut read = || -> io::Result<Vec<Vec<u8>>> {
        let mut pieces = Vec::new();
        while pieces.len() < AT_ONCE {
            let had = rest.len();
            let read = bytes.by_ref().take(PIECE as u64 / 4).read_to_end(&mut rest)?;
            let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
            let end = match rest[had..].iter().rposition(is_end) {
                _ if read == 0 => rest.len(),
                Some(end) => had + end + 1,
                // A longer line is no row: its parts are tested apart.
                None if rest.len() > MAX_RECORD => rest.len(),
                None => continue,
            };
            let after = rest.split_off(end);
            let piece = std::mem::replace(&mut rest, after);
            if piece.is_empty() {
                break;
            }
            pieces.push(piece);
        }
        Ok(pieces)
    };
    let mut pieces = read()?;
    while !pieces.is_empty() {
        let (found, next) = rayon::join(|| pieces.par_iter().any(|piece| test(piece)), &mut read);
        if found {
            return Ok(true);
        }
        pieces = next?;
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[test]
    fn lines_are_tested_whole_and_each_once() {
        let lines: String = (0..400_000).map(|line| format!("line {line}\n")).collect();
        // Each part of it stands at one place only.
        let long_line: String = (0..3 * PIECE / 8).map(|word| format!("{word:7} ")).collect();
        for text in [&*lines, lines.trim_end(), "a", "", "\n", &long_line] {
            let seen = Mutex::new(Vec::new());
            let found = any_of_lines(text.as_bytes(), |piece| {
                seen.lock().unwrap().push(piece.to_vec());
                false
            });
            assert!(!found.unwrap());
            let mut seen = seen.into_inner().unwrap();
            let place = |piece: &Vec<u8>| text.find(std::str::from_utf8(piece).unwrap());
            seen.sort_by_key(place);
            assert_eq!(seen.concat(), text.as_bytes());
            let others = &seen[..seen.len().saturating_sub(1)];
            let is_whole = |piece: &[u8]| piece.ends_with(b"\n");
            assert!(others.iter().all(|piece| is_whole(piece) || piece.len() > MAX_RECORD));
        }
        let has = |wanted: &'static [u8]| {
            any_of_lines(lines.as_bytes(), |piece| piece.windows(wanted.len()).any(|w| w == wanted))
        };
        assert!(has(b"line 399999\n").unwrap() && !has(b"line 400000").unwrap());
    }
}
