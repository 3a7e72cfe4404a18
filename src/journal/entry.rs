//! What one commit writes, as bytes that another computer can apply to its copy of the journal.
//!
//! A part begins with the version of this format and its number; then come its entries: the number
//! of a statement and its values, one entry after the other. A part comes from a store, and may be
//! anybody's: what umbulk never writes is refused.

use super::local_facts::LOCAL_FACTS;
use super::schema::{JournalStatement, ValueKind};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ToSql};
use serde::{Deserialize, Serialize};

/// The version of the format.
const FORMAT: u8 = 1;
/// The most bytes of a part: the marks of 50 million rows.
pub(super) const MOST_BYTES: usize = 256 << 20;
/// The most bytes of the name of a fact.
const MOST_OF_NAME: usize = 64;
/// The most bytes of a moment.
const MOST_OF_MOMENT: usize = 64;

/// A value, as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum EntryValue<'a> {
    Nothing,
    Number(i64),
    #[serde(borrow)]
    Text(&'a str),
    #[serde(borrow)]
    Bytes(&'a [u8]),
}

/// Whether a value is of this kind.
fn is_of_kind(kind: ValueKind, value: EntryValue<'_>) -> bool {
    use ValueKind::{Bytes, MaybeMoment, MaybeText, Moment, Name, Number, Text, Time};
    match (kind, value) {
        (Number, EntryValue::Number(number)) => u32::try_from(number).is_ok(),
        (Time | Moment | MaybeMoment, EntryValue::Number(_))
        | (MaybeMoment | MaybeText, EntryValue::Nothing)
        | (Text | MaybeText, EntryValue::Text(_))
        | (Bytes, EntryValue::Bytes(_)) => true,
        (Moment | MaybeMoment, EntryValue::Text(text)) => text.len() <= MOST_OF_MOMENT,
        (Name, EntryValue::Text(name)) => {
            name.len() <= MOST_OF_NAME && !LOCAL_FACTS.contains(&name)
        }
        _ => false,
    }
}

impl<'a> EntryValue<'a> {
    /// Returns a value of the database; `None` for a kind that umbulk never writes.
    fn of(value: ValueRef<'a>) -> Option<Self> {
        Some(match value {
            ValueRef::Null => Self::Nothing,
            ValueRef::Integer(number) => Self::Number(number),
            ValueRef::Text(text) => Self::Text(std::str::from_utf8(text).ok()?),
            ValueRef::Blob(bytes) => Self::Bytes(bytes),
            ValueRef::Real(_) => return None,
        })
    }
}

impl ToSql for EntryValue<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Nothing => ValueRef::Null,
            Self::Number(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// Why something cannot be a part.
#[derive(Debug, thiserror::Error)]
pub(super) enum PartError {
    /// A newer umbulk wrote it.
    #[error("a newer umbulk wrote it")]
    Newer,
    /// It is none.
    #[error("{0}")]
    Invalid(String),
    /// The database refuses it.
    #[error(transparent)]
    Database(#[from] rusqlite::Error),
}

fn invalid(why: &impl ToString) -> PartError {
    PartError::Invalid(why.to_string())
}

/// The entries of a part, as they are stored.
#[derive(Debug, Default)]
pub(super) struct Entries(Vec<u8>);

impl Entries {
    /// Adds an entry.
    pub(super) fn add(
        &mut self,
        statement: JournalStatement,
        values: &[&dyn ToSql],
    ) -> Result<(), PartError> {
        let owned: Vec<ToSqlOutput<'_>> =
            values.iter().map(ToSql::to_sql).collect::<Result<_, _>>()?;
        let mut stored = Vec::with_capacity(owned.len());
        for value in &owned {
            let value = match value {
                ToSqlOutput::Borrowed(value) => EntryValue::of(*value),
                ToSqlOutput::Owned(value) => EntryValue::of(ValueRef::from(value)),
                _ => None,
            };
            stored.push(value.ok_or_else(|| invalid(&"a value of an unknown kind"))?);
        }
        check(statement, &stored)?;
        let entry = (statement as u8, stored);
        self.0 = postcard::to_extend(&entry, std::mem::take(&mut self.0))
            .map_err(|error| invalid(&error))?;
        match self.0.len() > MOST_BYTES {
            true => Err(invalid(&"it is too long")),
            false => Ok(()),
        }
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Drops all entries.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Takes the entries as the part with this number.
    pub(super) fn take_part(&mut self, number: u64) -> Result<Vec<u8>, PartError> {
        let head = postcard::to_stdvec(&(FORMAT, number)).map_err(|error| invalid(&error))?;
        let part = [head.as_slice(), &self.0].concat();
        self.clear();
        Ok(part)
    }
}

/// Applies a part to a journal, if it is the one with this number.
pub(super) fn apply(database: &Connection, number: u64, part: &[u8]) -> Result<(), PartError> {
    match part.first() {
        Some(format) if *format > FORMAT => return Err(PartError::Newer),
        Some(&FORMAT) if part.len() <= MOST_BYTES + 16 => {}
        _ => return Err(invalid(&"it is no part of a journal")),
    }
    let ((_, own), mut rest): ((u8, u64), &[u8]) =
        postcard::take_from_bytes(part).map_err(|error| invalid(&error))?;
    if own != number {
        return Err(invalid(&format!("part {number} is missing")));
    }
    while !rest.is_empty() {
        let ((statement, values), next): ((u8, Vec<EntryValue<'_>>), &[u8]) =
            postcard::take_from_bytes(rest).map_err(|error| invalid(&error))?;
        let statement = JournalStatement::of(statement)
            .ok_or_else(|| invalid(&format!("there is no statement {statement}")))?;
        check(statement, &values)?;
        let values = rusqlite::params_from_iter(values);
        database.prepare_cached(statement.sql())?.execute(values)?;
        rest = next;
    }
    Ok(())
}

/// Refuses values that the statement does not take.
fn check(statement: JournalStatement, values: &[EntryValue<'_>]) -> Result<(), PartError> {
    let takes = statement.takes();
    let fit = takes.iter().zip(values).all(|(kind, value)| is_of_kind(*kind, *value));
    match fit && takes.len() == values.len() {
        true => Ok(()),
        false => Err(invalid(&format!("values that {statement:?} does not take"))),
    }
}
