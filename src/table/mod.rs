//! Bytes to rows, and rows to bytes.
//!
//! In: a file in any of the dialects, encodings, delimiters and compressions that people have.
//! Out: rows whose cells are found by [`Field`], each with its place in the file.

mod cells;
pub mod dialect;
pub mod field;

pub use cells::Cells;
pub use dialect::Dialect;
pub use field::Field;
