//! Finds the rows that are left of a run, and whose users or groups other imports from this
//! computer have changed since it began. The list with which the run began shows the state before:
//! these rows are not compared with it. Rows that were begun, and those of finished portions, keep
//! what was decided.

use crate::execute::{RowRange, rows_with_names};
use crate::import::baseline::{LoadedBaseline, with_other_names};
use crate::import::changed_rows::ChangedRows;
use crate::import::config::ImportConfig;
use crate::import::connection::Connection;
use crate::import::error::ImportError;
use crate::import::input_file::InputFile;
use crate::import::journal_place::journal_path;
use crate::import::outputs::output_paths;
use crate::import::portions::finished_portions;
use crate::import::reporter::ImportReporter;
use crate::journal::{Journal, JournalError, RunInfo};
use crate::number::form;
use crate::organization::HashedName;
use crate::visible::visible;
use std::collections::HashSet;
use std::path::Path;

/// Finds these rows for a command that continues a run, and says which of them are sent without a
/// comparison.
///
/// # Errors
/// When a file or a journal cannot be read.
pub(crate) fn find(
    config: &ImportConfig,
    inputs: &mut [InputFile],
    list: &LoadedBaseline,
    reporter: &dyn ImportReporter,
) -> Result<(), ImportError> {
    let (organization, _) = Connection::place(&config.connect.access)?;
    for (path, input) in config.files.iter().zip(inputs) {
        let place = journal_path(path, &output_paths(config, path).results, &organization);
        let earlier_starts = EarlierStarts::read(&place, input)?;
        if list.changed_since.is_empty() && earlier_starts.have_compared_all() {
            continue;
        }
        input.changed_rows = earlier_starts.changed_rows(input, list)?;
        let ChangedRows { sent, .. } = &input.changed_rows;
        if config.compares() && !sent.is_empty() {
            let rows = sent.len() as u64;
            reporter.inform(&format!(
                "note: since this run began, other imports from this computer have changed people \
                 or groups of {} {} of {}: {} not compared with {}, but sent",
                form(rows, "row", "rows"),
                RowRange::of_rows(sent.iter().copied()).in_short(),
                visible(input.table.name()),
                form(rows, "it is", "they are"),
                visible(&list.organization.name)
            ));
        }
    }
    Ok(())
}

/// What earlier starts of a run have done about its rows. A journal may be forged and name any
/// number of rows, so that rows which it does not list one by one stay ranges.
#[derive(Default)]
struct EarlierRows {
    /// Rows, from 0, with an outcome, and those of which something was sent or done.
    begun: HashSet<u32>,
    /// The rows of finished portions.
    finished: RowRange,
    /// The rows that were not compared with the list.
    not_compared: RowRange,
}

impl EarlierRows {
    /// Whether they have decided about a row, from 0.
    fn have_decided(&self, row: u32) -> bool {
        self.begun.contains(&row) || self.finished.contains(u64::from(row) + 1)
    }
}

/// What the journal of a file has about the earlier starts of its run; `None` if there are none.
struct EarlierStarts(Option<(Journal, RunInfo)>);

impl EarlierStarts {
    fn read(place: &Path, input: &InputFile) -> Result<Self, ImportError> {
        // Whatever is wrong with a journal is said when it is opened to be written.
        let Ok(Some(journal)) = Journal::open_read_only(place) else { return Ok(Self(None)) };
        let (Ok(about), Ok(run_info)) = (journal.about(), journal.info()) else {
            return Ok(Self(None));
        };
        let is_same = about.input == input.table.fingerprint()?;
        Ok(Self(is_same.then_some((journal, run_info))))
    }

    /// Whether they have compared all rows that they were about.
    fn have_compared_all(&self) -> bool {
        self.0.as_ref().is_none_or(|(_, run_info)| run_info.not_compared.is_empty())
    }

    /// Returns what they have done about the rows.
    fn rows(&self) -> Result<EarlierRows, JournalError> {
        let Some((journal, run_info)) = &self.0 else { return Ok(EarlierRows::default()) };
        let recovered = journal.recovered()?;
        let mut begun: HashSet<u32> = recovered.begun().collect();
        journal.outcomes(|row, _| _ = begun.insert(row))?;
        let finished = match recovered.has_begun() {
            true => finished_portions(run_info, &recovered),
            false => RowRange::default(),
        };
        let not_compared = RowRange::of(run_info.not_compared.iter().copied());
        Ok(EarlierRows { begun, finished, not_compared })
    }

    fn changed_rows(
        &self,
        input: &InputFile,
        list: &LoadedBaseline,
    ) -> Result<ChangedRows, ImportError> {
        // As above, whatever is wrong with the journal is said later.
        let earlier = self.rows().unwrap_or_default();
        let input_rows = input.input_rows();
        let is_left = |row: u32| input_rows.asks_for(row) && !earlier.have_decided(row);
        let was_found = |row: u32| earlier.not_compared.contains(u64::from(row) + 1);
        let is_changed = |name: &HashedName| list.changed_since.binary_search(name).is_ok();
        let found = rows_with_names(input_rows, |row, names| {
            was_found(row) || is_left(row) && names.iter().any(is_changed)
        })?;
        let mut all = ChangedRows::default();
        for (row, names) in found {
            all.rows.insert(row);
            all.names.extend(names);
            if is_left(row) {
                all.sent.insert(row);
            }
        }
        all.names = with_other_names(all.names, &list.organization);
        Ok(all)
    }
}
