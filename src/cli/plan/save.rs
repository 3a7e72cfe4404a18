//! `plan --save`: keeps what is decided about each row, for `import --plan`.

use crate::cli::error::CliError;
use crate::cli::output::written_words;
use crate::cli::terminal::Terminal;
use crate::clock;
use crate::export::ListReporter;
use crate::import::config::ImportConfig;
use crate::import::saved_plan::{self, SavedPlan};
use crate::shell::shell_words;
use std::ffi::OsStr;

/// Writes the plan, and says how to apply it.
pub(super) fn write(
    plan: SavedPlan,
    config: &ImportConfig,
    terminal: &Terminal,
) -> Result<(), CliError> {
    let place = plan.place.clone();
    // An import knows by this time whether a list is newer than the plan, so it is that of the end.
    let plan = SavedPlan { at: clock::now(), ..plan };
    if let Some(kept) = saved_plan::save(plan, config)? {
        terminal.inform(&kept.to_string());
    }
    terminal.inform(&written_words(&place));
    let apply = shell_words(
        ["umbulk", "import", "--plan"].map(OsStr::new).into_iter().chain([place.as_os_str()]),
    );
    terminal.inform(&format!("To apply exactly this: {apply}"));
    Ok(())
}
