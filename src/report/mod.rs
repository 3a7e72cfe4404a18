//! The reports of a run: a results file with an outcome for every row, a file of the rows to fix, a
//! summary.
//!
//! In: a table, its plan and the outcomes of a run. Out: files beside the input, and a summary.

mod checks;
mod columns;
mod earlier;
mod paths;
mod results;
mod results_file;
mod summary;

pub use checks::Checks;
pub(crate) use earlier::{EarlierResults, earlier_results};
pub(crate) use paths::Paths;
pub(crate) use results::{KeptRows, Results, WrittenResults};
pub(crate) use results_file::{DeletedResults, added_columns};
pub(crate) use summary::{GroupSideSaved, Next, Remaining, Summary, uncertain_words};
