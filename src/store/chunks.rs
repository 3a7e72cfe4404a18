//! Files in parts, each compressed by itself.

use super::error::StoreError;
use crate::fs::in_words;
use std::io::{Read, Write};
use xxhash_rust::xxh3::Xxh3;

/// The most bytes of a file in one part.
const CHUNK: usize = 1 << 20;
/// The level of compression: more takes longer than the network saves.
const LEVEL: i32 = 3;

/// What is known of a file besides its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StoredFile {
    pub(super) parts: i32,
    pub(super) length: i64,
    pub(super) hash: Vec<u8>,
}

/// Cuts a file into parts, and passes each on with its number.
///
/// # Errors
/// When the file cannot be read, or a part not be passed on.
pub(super) fn cut(
    file: &mut dyn Read,
    mut each: impl FnMut(i32, Vec<u8>) -> Result<(), StoreError>,
) -> Result<StoredFile, StoreError> {
    let mut stored = StoredFile { parts: 0, length: 0, hash: Vec::new() };
    let mut hash = Xxh3::new();
    loop {
        let mut chunk = Vec::new();
        let limit = u64::try_from(CHUNK).unwrap_or(u64::MAX);
        Read::take(&mut *file, limit).read_to_end(&mut chunk).map_err(of_file)?;
        if chunk.is_empty() {
            stored.hash = hash.digest128().to_be_bytes().to_vec();
            return Ok(stored);
        }
        hash.update(&chunk);
        each(stored.parts, zstd::bulk::compress(&chunk, LEVEL).map_err(of_file)?)?;
        stored.parts += 1;
        stored.length += i64::try_from(chunk.len()).unwrap_or(i64::MAX);
    }
}

/// Puts a file together from its parts.
///
/// # Errors
/// When a part cannot be fetched, the file cannot be written, or is not the one that was cut.
pub(super) fn join(
    stored: &StoredFile,
    file: &mut dyn Write,
    mut part: impl FnMut(i32) -> Result<Vec<u8>, StoreError>,
) -> Result<(), StoreError> {
    let (mut hash, mut length) = (Xxh3::new(), 0);
    for number in 0..stored.parts {
        let chunk = zstd::bulk::decompress(&part(number)?, CHUNK)
            .map_err(|error| StoreError::Damaged(format!("a part of a file: {error}")))?;
        hash.update(&chunk);
        length += i64::try_from(chunk.len()).unwrap_or(i64::MAX);
        file.write_all(&chunk).map_err(of_file)?;
    }
    match length == stored.length && hash.digest128().to_be_bytes()[..] == stored.hash {
        true => Ok(()),
        false => Err(StoreError::Damaged("a file is not the one that was stored".to_owned())),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is passed to `map_err`")]
fn of_file(error: std::io::Error) -> StoreError {
    StoreError::File(in_words(&error))
}
