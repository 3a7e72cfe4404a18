//! Pages of lists in, rows out.
