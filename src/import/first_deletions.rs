//! Whom the first rows that delete are about, for the question about deletions.

use crate::change::Change;
use crate::import::file_run::FileRun;
use crate::table::RowBuffer;

/// Returns the users and groups of the first rows that delete and are left, at most `most`.
pub(crate) fn first_deletions(files: &[&FileRun], most: usize) -> Vec<String> {
    let mut names = Vec::new();
    let mut buffer = RowBuffer::default();
    for file in files {
        let (input_rows, plan) = (file.input.input_rows(), &file.scan.plan);
        let is_left = |row: &u32| file.unfinished().is_none_or(|left| left.is_left(*row));
        let deletes = |row: &u32| plan.footprint(*row).deletes();
        for row in (0..plan.rows()).filter(deletes).filter(is_left) {
            if names.len() == most {
                return names;
            }
            // A row that cannot be read again is refused before it is sent: here it has no name.
            match input_rows.reread(row, plan.place(row), &mut buffer) {
                Ok(Change::User(user)) => names.push(user.user.to_string()),
                Ok(Change::Group(group)) => names.push(format!("group {}", group.group)),
                Err(_) => {}
            }
        }
    }
    names
}
