//! What a plan decides about each row, as a number: two plans do the same with a row if these are
//! equal. Saved plans hold these numbers.

use crate::change::{Change, RowEffect};
use crate::execute::input_rows::{InputRows, RequestedChange};
use crate::execute::outcomes::OutcomeStatus;
use crate::execute::scan_error::ScanError;
use crate::plan::{PlannedCommand, commands};
use crate::reconcile::steps;
use crate::table::{Block, RowBuffer, each_block, each_chosen_row};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use xxhash_rust::xxh3::Xxh3;

/// The decision about a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum RowDigest {
    /// It is not among the rows that are asked for.
    NotAsked,
    /// It is not sent, and has this status.
    Unsent(OutcomeStatus),
    /// It is sent: a hash of its commands, and of the values that they replace.
    Sent(u64),
}

/// The decision about a row, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RowView {
    pub(crate) line: u64,
    /// The user or group; empty if the row names none.
    pub(crate) user: String,
    /// What is sent, or why nothing is.
    pub(crate) words: String,
}

/// Returns the decision about each row of a file, in order.
///
/// # Errors
/// When the file cannot be read.
pub(crate) fn row_digests(input_rows: &InputRows<'_>) -> Result<Vec<RowDigest>, ScanError> {
    let mut all = Vec::new();
    each_block(
        input_rows.table,
        |block: Block| {
            let mut buffer = RowBuffer::default();
            let digest = |index| digest_of(input_rows, &block, index, &mut buffer);
            (0..block.len()).map(digest).collect::<Result<Vec<_>, ScanError>>()
        },
        |found| {
            all.extend(found?);
            Ok::<_, ScanError>(())
        },
    )?;
    Ok(all)
}

fn digest_of(
    input_rows: &InputRows<'_>,
    block: &Block,
    index: usize,
    buffer: &mut RowBuffer,
) -> Result<RowDigest, ScanError> {
    let RequestedChange { change, effect, .. } = match input_rows.evaluate(block, index, buffer) {
        None => return Ok(RowDigest::NotAsked),
        Some(Err(skip)) => return Ok(RowDigest::Unsent(input_rows.decision(skip).status)),
        Some(Ok(requested)) => requested,
    };
    let mut hash = HashWriter(Xxh3::new());
    for command in commands(&[(0, &change)]) {
        serde_json::to_writer(&mut hash, &command.to_wire()).map_err(std::io::Error::from)?;
    }
    // What people are told is all that may differ. Its order is that of a list.
    let mut words = step_words(input_rows, &change, effect);
    words.sort_unstable();
    words.iter().for_each(|words| hash.0.update(format!("{words};").as_bytes()));
    Ok(RowDigest::Sent(hash.0.digest()))
}

/// Hashes what is written.
struct HashWriter(Xxh3);

impl std::io::Write for HashWriter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Returns the decisions about these rows, from 0, for people.
///
/// # Errors
/// When the file cannot be read.
pub(crate) fn row_views(
    input_rows: &InputRows<'_>,
    rows: &BTreeSet<u32>,
) -> Result<BTreeMap<u32, RowView>, ScanError> {
    let mut views = BTreeMap::new();
    let (mut buffer, mut beside) = (RowBuffer::default(), RowBuffer::default());
    let mut left = rows.iter();
    let numbers = rows.iter().map(|row| u64::from(*row));
    each_chosen_row(input_rows.table, numbers, |block, index, _| {
        let (Some(row), Some(found)) =
            (left.next(), input_rows.evaluate(block, index, &mut buffer))
        else {
            return;
        };
        let (user, words) = match found {
            Ok(requested) => {
                (requested.change.name().to_owned(), sent_words(input_rows, &requested))
            }
            Err(skip) => {
                let decision = input_rows.decision(skip);
                let (status, why) = (decision.status.name(), decision.reason.message);
                let cells = block.cells(index, &mut beside);
                let user = cells.map_or_else(|_| String::new(), |cells| cells.who().to_owned());
                let between = if why.is_empty() { "" } else { ": " };
                (user, format!("{status}{between}{why}"))
            }
        };
        views.insert(*row, RowView { line: block.frame(index).line, user, words });
    })?;
    Ok(views)
}

/// Describes what is sent for a row.
fn sent_words(input_rows: &InputRows<'_>, requested: &RequestedChange<'_>) -> String {
    let RequestedChange { change, effect, .. } = requested;
    let words = step_words(input_rows, change, *effect);
    if words.is_empty() {
        let commands = commands(&[(0, change)]);
        let words: Vec<String> = commands.iter().map(PlannedCommand::describe).collect();
        return words.join("; ");
    }
    words.join("; ")
}

/// Describes the steps of a row.
fn step_words(input_rows: &InputRows<'_>, change: &Change<'_>, effect: RowEffect) -> Vec<String> {
    // A list with which rows are not compared decides nothing about them.
    let known = input_rows.baseline.filter(|known| known.reduces);
    let steps = steps(change, effect, known.map(|known| &*known.organization));
    steps.iter().map(|(_, step)| step.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::Rules;
    use crate::execute::guard::Protected;
    use crate::table::{ReadOptions, Table};

    /// Passes the rows of a file to `look`.
    fn with_rows<T>(rows: &str, look: impl FnOnce(&InputRows<'_>) -> T) -> T {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("staff.csv");
        std::fs::write(&file, format!("action,email,groups,group\n{rows}")).unwrap();
        let table = Table::open(&file, &ReadOptions::new(folder.path())).unwrap();
        let (rules, protected) = (Rules::new(table.dialect()), Protected::default());
        look(&InputRows::new(&table, &rules, &protected))
    }

    fn digests(rows: &str) -> Vec<RowDigest> {
        with_rows(rows, |input_rows| row_digests(input_rows).unwrap())
    }

    #[test]
    fn rows_that_do_the_same_have_the_same_digest() {
        let all = digests(
            "add,ann@x.com,Design,\nadd,ann@x.com,Video,\nremove,ann@x.com,Design,\n\
             add,ANN,Design,\nadd,ann@x.com,Design,\n",
        );
        assert_eq!(all.len(), 5);
        assert_eq!(all[0], all[4], "its place does not matter");
        assert!(all[0] != all[1] && all[0] != all[2] && all[1] != all[2]);
        assert_eq!(all[3], RowDigest::Unsent(OutcomeStatus::Invalid));
    }

    #[test]
    fn rows_are_told_to_people_with_their_line_and_user() {
        let rows = "add,ann@x.com,Design,\n\ndelete,bob@x.com,,\nadd,carl,Design,\n\
                    delete-group,,,Print\nadd,eve@x.com,Video,\n";
        let views = with_rows(rows, |input_rows| {
            row_views(input_rows, &BTreeSet::from([0, 1, 2, 3])).unwrap()
        });
        let users: Vec<_> = views.values().map(|view| (view.line, view.user.as_str())).collect();
        assert_eq!(users, [(2, "ann@x.com"), (4, "bob@x.com"), (5, "carl"), (6, "Print")]);
        assert!(views[&0].words.contains("Design"), "{views:?}");
        assert!(views[&2].words.starts_with("invalid: "), "{views:?}");
    }
}
