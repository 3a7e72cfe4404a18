//! Detects at the end of a run whether a file that it relies on has changed since it was read.

use crate::import::reporter::{ImportReporter, WayOn};
use crate::report::Paths;
use crate::table::{Check, FileState, Original, Table};
use std::sync::Arc;

/// The files at the end of a run: the input, the list that it was compared with, and for a run
/// about missing users the files that name the other users.
pub(crate) struct FilesAtEnd {
    input: (String, FileState),
    list: Option<(String, FileState)>,
    naming: Vec<(String, FileState)>,
}

impl FilesAtEnd {
    /// Checks all files again.
    pub(crate) fn of(table: &Table, list: Option<&Original>, naming: &[Arc<Original>]) -> Self {
        let state = |file: &Original| (file.path().display().to_string(), file.state(Check::Whole));
        Self {
            input: (table.name().to_owned(), table.file_state(Check::Whole)),
            list: list.map(state),
            naming: naming.iter().map(|file| state(file)).collect(),
        }
    }

    /// Returns how an import continues: with a new start if one of them has changed, otherwise with
    /// the same command.
    pub(crate) fn way_on(&self) -> WayOn {
        let mut states = [&self.input].into_iter().chain(&self.list).chain(&self.naming);
        match states.any(|(_, state)| *state == FileState::Changed) {
            true => WayOn::StartOver,
            false => WayOn::Resume,
        }
    }

    /// Returns why a run that has sent every row has not ended well.
    pub(crate) fn change_words(
        &self,
        paths: &Paths,
        reporter: &dyn ImportReporter,
    ) -> Option<String> {
        let results = paths.results.display();
        let (name, state) = &self.input;
        match state {
            FileState::AsRead => {}
            FileState::Changed => {
                return Some(format!(
                    "{name} has changed since it was planned. Every row was sent as it was \
                     planned, and {results} shows these rows. To send what {name} says now, run \
                     the command again"
                ));
            }
            FileState::Gone => reporter.say(&format!(
                "note: {name} is gone. Every row was sent as it was planned, and {results} shows \
                 these rows"
            )),
        }
        let is_changed = |file: &&(String, FileState)| file.1 == FileState::Changed;
        if let Some((name, _)) = self.naming.iter().find(is_changed) {
            return Some(format!(
                "{name} has changed since umbulk compared it with the list. Everything was done \
                 as planned. To use {name} as it is now, run the command again"
            ));
        }
        let (list, _) = self.list.as_ref().filter(is_changed)?;
        Some(format!(
            "{list} has changed since the rows were compared with it. Every row was sent as it \
             was planned. To compare with {list} as it is now, run the command again"
        ))
    }
}
