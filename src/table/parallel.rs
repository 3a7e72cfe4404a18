//! Reads a table on several threads, and passes its blocks on in order.

use super::block::Block;
use super::input::Table;
use rayon::prelude::*;
use std::io;

/// The number of blocks that are processed at once.
const BLOCKS_AT_ONCE: usize = 8;

/// Reads the table's blocks in order, processes several at once, and passes the results on in
/// order.
///
/// # Errors
/// When reading fails, with the table's name, and the errors of `take`.
pub(crate) fn each_block<T: Send, E: From<io::Error> + Send>(
    table: &Table,
    work: impl Fn(Block) -> T + Sync,
    mut take: impl FnMut(T) -> Result<(), E> + Send,
) -> Result<(), E> {
    let mut blocks = table.blocks();
    let mut next = move || {
        let batch = blocks.by_ref().take(BLOCKS_AT_ONCE).collect::<io::Result<Vec<_>>>();
        batch.map_err(|error| {
            E::from(io::Error::new(
                error.kind(),
                format!("{}: reading stopped: {error}", table.name()),
            ))
        })
    };
    let mut batch = next()?;
    let mut done: Vec<T> = Vec::new();
    while !batch.is_empty() {
        // While some blocks are processed, the results before them are passed on and the blocks
        // after them are read.
        let (given, read) = rayon::join(
            || batch.into_par_iter().map(&work).collect::<Vec<T>>(),
            || done.into_iter().try_for_each(&mut take).and_then(|()| next()),
        );
        done = given;
        batch = read?;
    }
    done.into_iter().try_for_each(take)
}
