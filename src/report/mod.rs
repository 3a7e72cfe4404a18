//! The reports of a run: a results file with an outcome for every row, a file of the rows to fix, a
//! summary.
//!
//! In: a table, its plan and the outcomes of a run. Out: files beside the input, and a summary.

mod checks;
mod codes;
mod columns;
mod earlier;
mod earlier_outputs;
mod html;
mod last_text;
mod paths;
mod results;
mod results_file;
mod run_rows;
mod summary;

pub use checks::Checks;
pub(crate) use codes::{CodeSection, Explanation, explain, explain_family, nearest, sections};
pub(crate) use columns::ResultColumns;
pub(crate) use earlier::{EarlierResults, earlier_results};
pub(crate) use earlier_outputs::FilesOwner;
pub(crate) use html::{
    ImportPage, PlanPage, PlanPageFile, PlanPageRow, PlanPageRows, PlanPart, PlanPartKind,
    PlanRest, RunPage, diff_page, times, usage_page,
};
pub(crate) use paths::{COPIES, Paths};
pub(crate) use results::{Results, WrittenResults};
pub(crate) use results_file::DeletedResults;
pub(crate) use summary::{FixAdvice, GroupSideSaved, Next, Remaining, Summary, uncertain_words};
