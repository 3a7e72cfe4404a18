//! Notices when a file that a run relies on has changed since it was read.

use crate::import::reporter::ImportReporter;
use crate::report::Paths;
use crate::table::{Check, FileState, Original, Table};

/// The input and the list that it is compared with, at the end of a run.
pub(crate) struct FilesAtEnd {
    input: (String, FileState),
    list: Option<(String, FileState)>,
}

impl FilesAtEnd {
    /// Checks both files again.
    pub(crate) fn of(table: &Table, list: Option<&Original>) -> Self {
        let list = list.map(|list| (list.path().display().to_string(), list.state(Check::Whole)));
        Self { input: (table.name().to_owned(), table.file_state(Check::Whole)), list }
    }

    /// Whether one of them has changed: then the same command does not continue.
    pub(crate) fn are_changed(&self) -> bool {
        let states = [Some(&self.input), self.list.as_ref()];
        states.into_iter().flatten().any(|(_, state)| *state == FileState::Changed)
    }

    /// Why a run that has sent every row has not ended well.
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
        let (list, _) = self.list.as_ref().filter(|(_, state)| *state == FileState::Changed)?;
        Some(format!(
            "{list} has changed since the rows were compared with it. Every row was sent as it \
             was planned. To compare with {list} as it is now, run the command again"
        ))
    }
}
