//! Reads a table once, row by row.

use crate::table::{Block, RowBuffer, Table, each_block};
use std::io;

/// Passes what `look` finds in each row of a table to `take`, in the order of the rows. `look` gets
/// a block, the index of a row in it, and the list to add to. Blocks are read in parallel.
///
/// # Errors
/// When the table cannot be read.
pub(super) fn each_row<T: Send>(
    table: &Table,
    visit: impl Fn(&Block, usize, &mut RowBuffer, &mut Vec<T>) + Sync,
    mut take: impl FnMut(T) + Send,
) -> io::Result<()> {
    each_block(
        table,
        |block: Block| {
            let mut buffer = RowBuffer::default();
            let mut found = Vec::new();
            for index in 0..block.len() {
                visit(&block, index, &mut buffer, &mut found);
            }
            found
        },
        |found| {
            found.into_iter().for_each(&mut take);
            Ok(())
        },
    )
}
