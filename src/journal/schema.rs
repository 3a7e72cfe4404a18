//! The tables of a journal, and the statements by which a run changes them.

/// The version of the tables below. A later version has a higher number.
pub(super) const VERSION: i64 = 4;
/// The earliest version that is understood. It has no decisions.
pub(super) const WITHOUT_DECISIONS: i64 = 2;
/// The last version whose marks of rows are a fact.
pub(super) const MARKS_AS_FACT: i64 = 3;

/// `settled` has the rows that are `ok` without a message, packed; `told` all other outcomes;
/// `texts` their messages and effects, each stored once.
const SCHEMA: &str = "
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE open (request INTEGER PRIMARY KEY, at INTEGER NOT NULL, jobs BLOB NOT NULL);
CREATE TABLE settled (id INTEGER PRIMARY KEY, request INTEGER NOT NULL, at INTEGER NOT NULL, rows \
BLOB NOT NULL);
CREATE TABLE texts (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE told (row INTEGER PRIMARY KEY, status INTEGER NOT NULL, code INTEGER NOT NULL, \
message INTEGER NOT NULL,
    effect INTEGER NOT NULL, attempts INTEGER NOT NULL, request INTEGER NOT NULL, at INTEGER NOT \
    NULL);
CREATE TABLE progress (row INTEGER PRIMARY KEY, part INTEGER NOT NULL, sent INTEGER NOT NULL, \
doubtful INTEGER, identity TEXT, halfway TEXT);
CREATE TABLE missing_groups (name TEXT PRIMARY KEY, code TEXT NOT NULL, row INTEGER NOT NULL) \
WITHOUT ROWID;
CREATE TABLE late (row INTEGER PRIMARY KEY, until INTEGER NOT NULL);
";

/// The decisions of the run about rows that do not follow from their file alone: each decision
/// once, with its rows packed.
const DECIDED: &str = "CREATE TABLE decided (id INTEGER PRIMARY KEY, status INTEGER NOT NULL, code \
TEXT NOT NULL, message TEXT NOT NULL, effect TEXT NOT NULL, rows BLOB NOT NULL)";

/// The marks of the rows. They have a table of their own, because SQLite reads the whole value of a
/// fact to compare its name: with 4 MB of marks among the facts, every commit copied them.
const MARKS: &str = "CREATE TABLE marks (id INTEGER PRIMARY KEY, rows BLOB NOT NULL)";

/// Returns the statements that make the tables of a version.
pub(super) fn tables(version: i64) -> impl Iterator<Item = &'static str> {
    let decided = (version > WITHOUT_DECISIONS).then_some(DECIDED);
    let first = SCHEMA.split(';').map(str::trim).filter(|statement| !statement.is_empty());
    let marks = (version > MARKS_AS_FACT).then_some(MARKS);
    first.chain(decided).chain(marks)
}

/// A statement by which a run changes its journal. No other statement changes one that exists.
///
/// Shared journals consist of these numbers and their values: a number never changes its meaning,
/// and is never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum JournalStatement {
    /// Records a fact as JSON, in place of an earlier value.
    SetFact = 1,
    /// Records a fact as bytes: the marks of rows in a journal of version 3.
    SetBytes = 2,
    /// Forgets that the run has finished or stopped.
    ForgetEnd = 3,
    /// Records a request that is about to be sent.
    Open = 4,
    /// Forgets a request whose result is known, or that was never sent.
    Close = 5,
    /// Forgets all open requests.
    CloseAll = 6,
    /// Records rows that are `ok` without a message.
    Settle = 7,
    /// Gives a text its number.
    AddText = 8,
    /// Records the outcome of a row.
    Tell = 9,
    /// Records the progress of a row.
    SetProgress = 10,
    /// Records that a row is no longer uncertain.
    SetCertain = 11,
    /// Records until when the service may still carry out an earlier request with a row.
    SetLate = 12,
    /// Records a group that does not exist.
    AddMissingGroup = 13,
    /// Forgets it.
    ForgetMissingGroup = 14,
    /// Forgets all of them.
    ForgetMissingGroups = 15,
    /// Forgets the outcomes of consecutive rows.
    ForgetOutcomes = 16,
    /// Forgets the progress of consecutive rows.
    ForgetProgress = 17,
    /// Forgets until when earlier requests with consecutive rows may be carried out.
    ForgetLate = 18,
    /// Forgets all decisions.
    ForgetDecisions = 19,
    /// Records a decision and its rows.
    Decide = 20,
    /// Adds the decisions to a journal of the version before.
    AddDecisions = 21,
    /// Records that the journal is of version 3.
    NoteVersion3 = 22,
    /// Records the marks of the rows, in place of earlier ones.
    SetMarks = 23,
}

/// What a value of a statement may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValueKind {
    /// A number of rows, requests and the like.
    Number,
    /// Milliseconds since 1970.
    Time,
    /// A [`Moment`](super::moment::Moment).
    Moment,
    /// A moment or nothing.
    MaybeMoment,
    /// The name of a fact.
    Name,
    /// A text.
    Text,
    /// A text or nothing.
    MaybeText,
    /// Bytes.
    Bytes,
}

/// What a statement does, and which values it takes.
type StatementForm = (JournalStatement, &'static str, &'static [ValueKind]);

/// All statements, by their numbers from 1.
const FORMS: [StatementForm; 23] = {
    use ValueKind::{Bytes, MaybeMoment, MaybeText, Moment, Name, Number, Text, Time};
    [
        (JournalStatement::SetFact, "INSERT OR REPLACE INTO facts VALUES (?1, ?2)", &[Name, Text]),
        (
            JournalStatement::SetBytes,
            "INSERT OR REPLACE INTO facts VALUES (?1, ?2)",
            &[Name, Bytes],
        ),
        (
            JournalStatement::ForgetEnd,
            "DELETE FROM facts WHERE name IN ('finished', 'stopped')",
            &[],
        ),
        (
            JournalStatement::Open,
            "INSERT OR REPLACE INTO open VALUES (?1, ?2, ?3)",
            &[Number, Moment, Bytes],
        ),
        (JournalStatement::Close, "DELETE FROM open WHERE request = ?1", &[Number]),
        (JournalStatement::CloseAll, "DELETE FROM open", &[]),
        (
            JournalStatement::Settle,
            "INSERT INTO settled (request, at, rows) VALUES (?1, ?2, ?3)",
            &[Number, Time, Bytes],
        ),
        (JournalStatement::AddText, "INSERT OR IGNORE INTO texts (text) VALUES (?1)", &[Text]),
        (
            JournalStatement::Tell,
            "INSERT OR REPLACE INTO told VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            &[Number, Number, Number, Number, Number, Number, Number, Time],
        ),
        (
            JournalStatement::SetProgress,
            "INSERT OR REPLACE INTO progress VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            &[Number, Number, Number, MaybeMoment, MaybeText, MaybeText],
        ),
        (
            JournalStatement::SetCertain,
            "UPDATE progress SET doubtful = NULL WHERE row = ?1",
            &[Number],
        ),
        (
            JournalStatement::SetLate,
            "INSERT OR REPLACE INTO late VALUES (?1, ?2)",
            &[Number, Moment],
        ),
        (
            JournalStatement::AddMissingGroup,
            "INSERT OR REPLACE INTO missing_groups VALUES (?1, ?2, ?3)",
            &[Text, Text, Number],
        ),
        (
            JournalStatement::ForgetMissingGroup,
            "DELETE FROM missing_groups WHERE name = ?1",
            &[Text],
        ),
        (JournalStatement::ForgetMissingGroups, "DELETE FROM missing_groups", &[]),
        (
            JournalStatement::ForgetOutcomes,
            "DELETE FROM told WHERE row BETWEEN ?1 AND ?2",
            &[Number, Number],
        ),
        (
            JournalStatement::ForgetProgress,
            "DELETE FROM progress WHERE row BETWEEN ?1 AND ?2",
            &[Number, Number],
        ),
        (
            JournalStatement::ForgetLate,
            "DELETE FROM late WHERE row BETWEEN ?1 AND ?2",
            &[Number, Number],
        ),
        (JournalStatement::ForgetDecisions, "DELETE FROM decided", &[]),
        (
            JournalStatement::Decide,
            "INSERT INTO decided (status, code, message, effect, rows) VALUES (?1, ?2, ?3, ?4, ?5)",
            &[Number, Text, Text, Text, Bytes],
        ),
        (JournalStatement::AddDecisions, DECIDED, &[]),
        (JournalStatement::NoteVersion3, "PRAGMA user_version = 3", &[]),
        (JournalStatement::SetMarks, "INSERT OR REPLACE INTO marks VALUES (1, ?1)", &[Bytes]),
    ]
};

impl JournalStatement {
    /// Returns the statement with a number; `None` if there is none.
    pub(super) fn of(number: u8) -> Option<Self> {
        let place = usize::from(number).checked_sub(1)?;
        FORMS.get(place).map(|(statement, ..)| *statement)
    }

    fn form(self) -> &'static StatementForm {
        &FORMS[self as usize - 1]
    }

    /// Returns the text for the database.
    pub(super) fn sql(self) -> &'static str {
        self.form().1
    }

    /// Returns which values it takes.
    pub(super) fn takes(self) -> &'static [ValueKind] {
        self.form().2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statement_is_found_by_its_number_and_takes_as_many_values_as_it_names() {
        let database = rusqlite::Connection::open_in_memory().unwrap();
        tables(WITHOUT_DECISIONS).for_each(|table| database.execute_batch(table).unwrap());
        database.execute_batch(MARKS).unwrap();
        for number in 1..=23 {
            let statement = JournalStatement::of(number).unwrap();
            assert_eq!(statement as u8, number);
            if number == JournalStatement::ForgetDecisions as u8 {
                database.execute_batch(JournalStatement::AddDecisions.sql()).unwrap();
            }
            if statement != JournalStatement::AddDecisions {
                let prepared = database.prepare(statement.sql()).unwrap();
                assert_eq!(prepared.parameter_count(), statement.takes().len(), "{statement:?}");
            }
        }
        assert_eq!((JournalStatement::of(0), JournalStatement::of(24)), (None, None));
        assert!(JournalStatement::NoteVersion3.sql().ends_with(&MARKS_AS_FACT.to_string()));
    }
}
