//! Whom the rows of the files name.

use super::survey::Reading;
use crate::organization::{Named, Organization, spellings};
use crate::table::{Block, RowBuffer, each_block};
use std::io;

/// Reads every row of the files, whatever it does and whether it is asked for or not.
///
/// # Errors
/// When a file cannot be read.
pub fn named<'o>(files: &[Reading<'_>], organization: &'o Organization) -> io::Result<Named<'o>> {
    let mut named = Named::new(organization);
    for reading in files {
        each_block(
            reading.table,
            |block: Block| {
                let mut buffer = RowBuffer::default();
                let mut found = Vec::with_capacity(block.len());
                for index in 0..block.len() {
                    if let Ok(cells) = block.cells(index, &mut buffer) {
                        found.extend(spellings(&cells, reading.rules));
                    }
                }
                found
            },
            |found| {
                found.iter().for_each(|person| named.take(person));
                Ok::<_, io::Error>(())
            },
        )?;
    }
    Ok(named)
}
