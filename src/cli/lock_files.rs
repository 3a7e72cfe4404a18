//! The small files that spreadsheet programs make beside a workbook while it is open. `*` names
//! them as well.

use super::args::command_line::CliCommand;
use crate::table::locked_by;
use crate::visible::visible;
use std::path::{Path, PathBuf};

/// Removes such files from a command that also names their workbooks. Returns a note for each.
pub(super) fn skip(command: &mut CliCommand) -> Vec<String> {
    match command {
        CliCommand::Import(args) | CliCommand::Submit(args) => skip_among(&mut args.files),
        CliCommand::Validate(args) => skip_among(&mut args.files),
        CliCommand::Plan(args) => skip_among(&mut args.files),
        _ => Vec::new(),
    }
}

fn skip_among(files: &mut Vec<PathBuf>) -> Vec<String> {
    let named = files.clone();
    let mut notes = Vec::new();
    files.retain(|path| match workbook_of(path).filter(|of| named.contains(of)) {
        Some(of) => {
            let (path, of) = (path.display().to_string(), of.display().to_string());
            let (path, of) = (visible(&path), visible(&of));
            notes.push(format!(
                "note: {path} is skipped: it holds no rows, and only shows that {of} is open in a \
                 spreadsheet program. What is not saved yet is not in {of}"
            ));
            false
        }
        None => true,
    });
    notes
}

/// Returns the workbook that is open while this file exists.
fn workbook_of(path: &Path) -> Option<PathBuf> {
    locked_by(path).map(|name| path.with_file_name(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lock_file_beside_its_named_workbook_is_skipped() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["~$a.xlsx", "a.xlsx", "~$b.xlsx"] {
            std::fs::write(path(name), "x").unwrap();
        }
        let mut files = vec![path("a.xlsx"), path("~$a.xlsx"), path("~$b.xlsx")];
        let notes = skip_among(&mut files);
        assert_eq!(files, [path("a.xlsx"), path("~$b.xlsx")]);
        assert!(notes.len() == 1 && notes[0].contains("~$a.xlsx is skipped"), "{notes:?}");
    }
}
