//! What people get: a results file with an outcome on every row, a file of the rows to fix, a
//! summary.
//!
//! In: a table, its plan and the ledger of a run. Out: files beside the input, and words.

mod checks;
mod columns;
mod earlier;
mod paths;
mod results;
mod summary;

pub use checks::Checks;
pub use earlier::{EarlierResults, earlier_results};
pub use paths::Paths;
pub use results::{KeptRows, Results, WrittenResults};
pub use summary::{
    Next, Remaining, Summary, differences_in_words, effect_in_words, kept_in_words, near_in_words,
    uncertain_words,
};
