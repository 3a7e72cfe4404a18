//! What is said when a file that a run relies on is no longer what was read.

use crate::cli::proposed_command::Typed;
use crate::cli::{shell_words, status_line};
use crate::report::{Next, Paths};
use crate::table::{Check, FileState, Original, Table};
use std::path::Path;

/// The input and the list that it is compared with, as they are at the end of a run.
pub(crate) struct FilesAtEnd {
    input: (String, FileState),
    list: Option<(String, FileState)>,
}

impl FilesAtEnd {
    /// Reads both once more.
    pub(crate) fn of(table: &Table, list: Option<&Original>) -> Self {
        let list = list.map(|list| (list.path().display().to_string(), list.state(Check::Whole)));
        Self { input: (table.name().to_owned(), table.file_state(Check::Whole)), list }
    }

    /// Is one of them another? Then the same command does not go on.
    pub(crate) fn are_changed(&self) -> bool {
        let states = [Some(&self.input), self.list.as_ref()];
        states.into_iter().flatten().any(|(_, state)| *state == FileState::Changed)
    }

    /// Why a run that has sent every row has not ended well all the same.
    pub(crate) fn change_words(&self, paths: &Paths) -> Option<String> {
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
            FileState::Gone => status_line(&format!(
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

/// The command to type after a run that stopped.
pub(crate) fn next(typed: &Typed<'_>, file: &Path, is_changed: bool) -> Next {
    match is_changed {
        true => Next::StartOver(shell_words(typed.to_start_over(file))),
        false if file == Path::new("-") => Next::GoOnWithInput(shell_words(typed.to_go_on())),
        false => Next::GoOn(shell_words(typed.to_go_on())),
    }
}
