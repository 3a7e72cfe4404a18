//! Reads a table on several threads, and passes its blocks on in order, or only chosen rows.

use super::block::Block;
use super::input::Table;
use rayon::prelude::*;
use std::io;

/// The number of blocks that are processed at once.
const BLOCKS_AT_ONCE: usize = 8;

/// Passes these rows, from 0 and in order, on: the block of each, its index there, and its number.
/// Reads no further than to the last of them.
///
/// # Errors
/// When reading fails, with the table's name.
pub(crate) fn each_chosen_row(
    table: &Table,
    rows: impl IntoIterator<Item = u64>,
    mut take: impl FnMut(&Block, usize, u64),
) -> io::Result<()> {
    let mut rows = rows.into_iter().peekable();
    for block in table.blocks() {
        if rows.peek().is_none() {
            break;
        }
        let block = block?;
        let end = block.first_row + block.len() as u64;
        while let Some(row) = rows.next_if(|row| *row < end) {
            take(&block, (row - block.first_row) as usize, row);
        }
    }
    Ok(())
}

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
