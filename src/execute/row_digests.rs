//! What a plan decides about each row, as a number: two plans do the same with a row if these are
//! equal. Saved plans hold these numbers.

use crate::change::Change;
use crate::execute::input_rows::{InputRows, RequestedChange};
use crate::execute::outcomes::OutcomeStatus;
use crate::execute::scan_error::ScanError;
use crate::plan::{PlannedCommand, commands};
use crate::reconcile::steps;
use crate::table::{Block, Field, RowBuffer, each_block};
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
    // A list with which rows are not compared decides nothing about them.
    if let Some(known) = input_rows.baseline.filter(|known| known.reduces) {
        for (_, step) in steps(&change, effect, Some(&known.organization)) {
            hash.0.update(format!("{step:?};").as_bytes());
        }
    }
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
    let mut rows = rows.iter().copied().peekable();
    for block in input_rows.table.blocks() {
        let block = block?;
        let end = block.first_row + block.len() as u64;
        while let Some(row) = rows.next_if(|row| u64::from(*row) < end) {
            let index = (u64::from(row) - block.first_row) as usize;
            let line = block.frame(index).line;
            let (user, words) = match input_rows.evaluate(&block, index, &mut buffer) {
                None => continue,
                Some(Ok(requested)) => {
                    (subject(&requested.change), sent_words(input_rows, &requested))
                }
                Some(Err(skip)) => {
                    let decision = input_rows.decision(skip);
                    let (status, why) = (decision.status.name(), decision.reason.message);
                    let user = named_in(&block, index, &mut beside);
                    let between = if why.is_empty() { "" } else { ": " };
                    (user, format!("{status}{between}{why}"))
                }
            };
            views.insert(row, RowView { line, user, words });
        }
    }
    Ok(views)
}

/// Describes what is sent for a row.
fn sent_words(input_rows: &InputRows<'_>, requested: &RequestedChange<'_>) -> String {
    let RequestedChange { change, effect, .. } = requested;
    let known = input_rows.baseline.filter(|known| known.reduces);
    let steps = steps(change, *effect, known.map(|known| &*known.organization));
    let words: Vec<String> = steps.iter().map(|(_, step)| step.to_string()).collect();
    if words.is_empty() {
        let commands = commands(&[(0, change)]);
        let words: Vec<String> = commands.iter().map(PlannedCommand::describe).collect();
        return words.join("; ");
    }
    words.join("; ")
}

/// Returns the user or group of a change.
fn subject(change: &Change<'_>) -> String {
    match change {
        Change::User(user) => user.user.to_string(),
        Change::Group(group) => group.group.to_string(),
    }
}

/// Returns the user or group of a row that is not sent.
fn named_in(block: &Block, index: usize, buffer: &mut RowBuffer) -> String {
    let Ok(cells) = block.cells(index, buffer) else { return String::new() };
    let names = [Field::Email, Field::Username, Field::Group].map(|field| cells.get(field).trim());
    names.into_iter().find(|name| !name.is_empty()).unwrap_or_default().to_owned()
}
