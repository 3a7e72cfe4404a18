//! Bytes to rows, and rows to bytes.
//!
//! In: a file in any of the dialects, encodings, delimiters and compressions that people have. Out:
//! rows whose cells are found by [`Field`], each with its place in the file; and copies of them
//! with columns added.
//!
//! The stages, in the order in which bytes pass them:
//!
//! | file | takes | gives |
//! |---|---|---|
//! | `source`, `encoding`, `wide`, `jsonl` | a path | its UTF-8 `text`, readable at any place |
//! | `original` | the file | whether it still is what was read |
//! | `header`, `columns`, [`dialect`], [`field`] | the first lines | delimiter, names, and what each column means |
//! | `blocks` with a `framer` (`csv_framer`, `jsonl_framer`) | the text | [`Block`]s of whole records, each with its [`Frame`] |
//! | `record`, `layout`, `formula_guard`, `total` | a record | its [`Cells`], or a [`RowFault`] |
//! | `write`, `quote` | records | a copy of the table with columns added |

mod block;
mod blocks;
mod cells;
mod charset;
mod columns;
mod csv_framer;
pub mod dialect;
mod encoding;
mod error;
mod excel_error;
mod fault;
pub mod field;
mod formula_guard;
mod frame;
mod framer;
mod header;
mod input;
mod invisible;
mod json_value;
mod jsonl;
mod jsonl_framer;
mod layout;
mod limits;
mod lookalike;
mod members;
mod mojibake;
mod original;
mod parallel;
mod pieces;
mod quote;
mod record;
mod row_buffer;
mod scan;
mod source;
mod template;
mod text;
mod total;
mod utf7;
mod western;
mod wide;
mod write;

pub use block::Block;
pub use blocks::Blocks;
pub use cells::Cells;
pub use charset::Charset;
pub use dialect::InputDialect;
pub use encoding::EncodingDoubt;
pub use error::TableError;
pub use excel_error::is_excel_error;
pub use fault::{FrameFault, JsonFault, RowFault};
pub use field::Field;
pub use formula_guard::{guard, unguard};
pub use frame::Frame;
pub use input::{ReadOptions, RowLocation, Table};
pub use invisible::{
    described as described_char, inside as invisible_inside, is_invisible, is_margin,
};
pub use limits::MAX_RECORD;
pub use mojibake::{holds_signs_of_dos, repaired};
pub use original::{Check, FileState, Original};
pub use parallel::each_block;
pub use quote::push_cell;
pub use row_buffer::RowBuffer;
pub use template::template;
pub use utf7::from_utf7;
pub use write::RowWriter;
