//! The tables of a journal.

/// The version of the tables below. A later version has a higher number.
pub(super) const VERSION: i64 = 3;
/// The earliest version that is understood. It has no decisions.
pub(super) const WITHOUT_DECISIONS: i64 = 2;

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
pub(super) const DECIDED: &str = "CREATE TABLE decided (id INTEGER PRIMARY KEY, status INTEGER NOT \
NULL, code TEXT NOT NULL, message TEXT NOT NULL, effect TEXT NOT NULL, rows BLOB NOT NULL)";

/// Returns the statements that make the tables of a version.
pub(super) fn tables(version: i64) -> impl Iterator<Item = &'static str> {
    let decided = (version > WITHOUT_DECISIONS).then_some(DECIDED);
    let first = SCHEMA.split(';').map(str::trim).filter(|statement| !statement.is_empty());
    first.chain(decided)
}
