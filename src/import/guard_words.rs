//! Why a guard stops an import, in words.

use crate::cli::args::ImportArgs;
use crate::execute::{Broken, CapKind};
use crate::number::{count, form};

/// `12 of 40 rows to send delete, in 2 files together, and --max-deletes allows 10 rows:
/// nothing was sent. …`
pub(crate) fn broken_words(broken: &Broken, args: &ImportArgs) -> String {
    let (what, flag) = match broken.guard {
        CapKind::Deletes => (form(broken.count, "deletes", "delete"), "--max-deletes"),
        CapKind::Removals => (
            form(broken.count, "takes memberships away", "take memberships away"),
            "--max-removals",
        ),
    };
    let scope = match (args.files.len(), args.read.rows.is_some()) {
        (1, false) => String::new(),
        (1, true) => " (all rows of the file count, also those that --rows skips)".to_owned(),
        (files, false) => format!(" in {files} files together"),
        (files, true) => format!(
            " in {files} files together (all their rows count, also those that --rows skips)"
        ),
    };
    let Broken { count: rows, sendable, cap, .. } = broken;
    format!(
        "{rows} of {} to send {what}{scope}, but {flag} allows {cap}: nothing was sent. \
         Check the rows, or raise {flag}",
        count(*sendable, "row")
    )
}
