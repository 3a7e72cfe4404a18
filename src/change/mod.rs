//! What a row means: one row of a table to a [`Change`], or to every [`Problem`] that it has.
//!
//! Pure functions over values, no I/O. What can be known to be wrong before sending is found here.

mod model;

pub use model::*;
