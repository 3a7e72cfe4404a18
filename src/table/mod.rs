//! Bytes to rows, and rows to bytes.
//!
//! In: a file in any of the dialects, encodings, delimiters and compressions that people have.
//! Out: rows whose cells are found by [`Field`], each with its place in the file.

pub mod field;

pub use field::Field;
