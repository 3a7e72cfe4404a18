//! Reads the members of a gzip stream, one after another, and what may follow them.
//!
//! `MultiGzDecoder` treats zeros at the end of a stream, as tapes and some devices write them, as a
//! damaged member.

use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;

/// Uncompresses all members of a stream, and ignores zeros at its end.
pub(super) struct GzipMembers<R: BufRead>(Option<MemberState<R>>);

enum MemberState<R: BufRead> {
    Member(Box<GzDecoder<R>>),
    Between(R),
}

impl<R: BufRead> GzipMembers<R> {
    /// Creates a reader of all members of a gzip stream.
    pub(super) fn new(stream: R) -> Self {
        Self(Some(MemberState::Member(Box::new(GzDecoder::new(stream)))))
    }
}

impl<R: BufRead> Read for GzipMembers<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            match self.0.take() {
                None => return Ok(0),
                Some(MemberState::Member(mut member)) => {
                    let read = member.read(buffer)?;
                    if read > 0 {
                        self.0 = Some(MemberState::Member(member));
                        return Ok(read);
                    }
                    self.0 = Some(MemberState::Between(member.into_inner()));
                }
                Some(MemberState::Between(mut stream)) => {
                    self.0 = next(&mut stream)?
                        .then(|| MemberState::Member(Box::new(GzDecoder::new(stream))));
                }
            }
        }
    }
}

/// Whether another member follows. Skips zeros up to the end of the stream.
fn next(stream: &mut impl BufRead) -> io::Result<bool> {
    let mut zeros = false;
    loop {
        let bytes = stream.fill_buf()?;
        match bytes.iter().position(|byte| *byte != 0) {
            _ if bytes.is_empty() => return Ok(false),
            None => {
                zeros = true;
                let len = bytes.len();
                stream.consume(len);
            }
            Some(0) if !zeros && bytes[0] == 0x1F => return Ok(true),
            Some(_) => {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "other bytes follow the end of the compressed data",
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn gzip(text: &str) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    fn read(bytes: &[u8]) -> io::Result<String> {
        let mut text = String::new();
        GzipMembers::new(io::BufReader::with_capacity(7, bytes))
            .read_to_string(&mut text)
            .map(|_| text)
    }

    #[test]
    fn members_add_up_and_zeros_at_the_end_are_nothing() {
        assert_eq!(read(&[gzip("a\n"), gzip("b\n")].concat()).unwrap(), "a\nb\n");
        assert_eq!(read(&[gzip("a\n"), vec![0; 500]].concat()).unwrap(), "a\n");
        for junk in [&b"junk"[..], b"\0\0junk"] {
            assert!(
                read(&[&gzip("a\n")[..], junk].concat())
                    .unwrap_err()
                    .to_string()
                    .contains("other bytes follow")
            );
        }
        assert!(read(&gzip("a\n")[..12]).is_err());
    }
}
