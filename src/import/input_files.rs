//! The input files of a command: what is checked, asked and reported about them.

use crate::execute::{RowCounts, conflicts_between};
use crate::import::config::{EncodingSource, ReadConfig};
use crate::import::confirmation::Confirmation;
use crate::import::error::ImportError;
use crate::import::input_error::{InputError, encoding_words};
use crate::import::input_file::InputFile;
use crate::import::note::Note;
use crate::import::places::is_device;
use crate::import::problem_words::problem_lines;
use crate::import::reporter::ImportReporter;
use crate::number::{count, form};
use crate::table::{Field, Table};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Asks at the terminal to confirm a guessed encoding, unless it was given, before anything is
/// sent. An encoding that may be another one is not taken without a question.
pub(crate) fn confirm_encoding(
    table: &Table,
    config: &ReadConfig,
    reporter: &dyn ImportReporter,
) -> Result<(), ImportError> {
    let Some(unconfirmed) = table.unconfirmed_encoding() else { return Ok(()) };
    let is_right = match config.encoding {
        EncodingSource::Confirmed => {
            let question =
                format!("{}: {}. Are they right?", table.name(), encoding_words(unconfirmed));
            reporter.ask(Confirmation::Encoding, &question, "yes")?
        }
        EncodingSource::Detected => unconfirmed.is_certain,
        EncodingSource::Named(_) => true,
    };
    match is_right {
        true => Ok(()),
        false => Err(InputError::EncodingNotConfirmed {
            file: table.name().to_owned(),
            unconfirmed: Box::new(unconfirmed.clone()),
        }
        .into()),
    }
}

/// Returns a note about the columns of a file that umbulk ignores.
pub(crate) fn ignored_note(table: &Table) -> Option<Note<'_>> {
    let columns = table.ignored_columns();
    let department = table.department();
    (!columns.is_empty()).then_some(Note::IgnoredColumns { columns, department })
}

/// Refuses two names of one file, because its rows would be sent twice.
pub(crate) fn check_inputs(inputs: &[InputFile]) -> Result<(), InputError> {
    for (index, input) in inputs.iter().enumerate() {
        let number = input.table.file_number();
        if let Some(other) = inputs[..index]
            .iter()
            .find(|other| number.is_some() && other.table.file_number() == number)
        {
            return Err(InputError::SameFile {
                one: other.table.name().to_owned(),
                other: input.table.name().to_owned(),
            });
        }
    }
    Ok(())
}

/// Finds the conflicts between rows of all files of a command.
pub(crate) fn find_conflicts(inputs: &mut [InputFile]) -> Result<(), ImportError> {
    if inputs.len() < 2 {
        return Ok(());
    }
    let tables = inputs.iter().map(|input| Arc::clone(&input.table)).collect();
    let found =
        conflicts_between(&inputs.iter().map(InputFile::input_rows).collect::<Vec<_>>(), tables)?;
    inputs.iter_mut().zip(found).for_each(|(input, found)| input.conflicts = Some(found));
    Ok(())
}

/// Returns where the private copy of an input is stored: beside the results, or where there is
/// enough space.
pub(crate) fn spool_folder(input: &Path, results: &Path) -> PathBuf {
    let beside = |path: &Path| {
        path.parent().map(|folder| {
            if folder.as_os_str().is_empty() { Path::new(".") } else { folder }.to_owned()
        })
    };
    let places = [
        beside(results).filter(|_| !is_device(results)),
        beside(input).filter(|_| input != Path::new("-")),
    ];
    let takes_files = |folder: &PathBuf| tempfile::tempfile_in(folder).is_ok();
    places.into_iter().flatten().find(takes_files).unwrap_or_else(std::env::temp_dir)
}

/// Reports the problems of invalid rows: each kind once, with examples.
pub(crate) fn say_problems(counts: &RowCounts, input: &InputFile, reporter: &dyn ImportReporter) {
    let name = input.table.name();
    let column = |field: &str| {
        let column = input.table.column(Field::from_name(field)?)?;
        (!column.eq_ignore_ascii_case(field)).then(|| column.to_owned())
    };
    let lines = problem_lines(name, &counts.problem_kinds, column);
    lines.iter().for_each(|line| reporter.inform(line));
    if counts.behind > 0 {
        reporter.inform(&format!(
            "{name}: {} {} not sent, because {} an invalid row that renames the user or group",
            count(counts.behind, "row"),
            form(counts.behind, "is", "are"),
            form(counts.behind, "it follows", "they follow")
        ));
    }
    if counts.maybe_unchanged > 0 && input.has_ids {
        let number = counts.maybe_unchanged;
        let words = reporter.words(&Note::PerhapsUnchanged { number });
        reporter.inform(&format!("{name}: {words}"));
    }
}
