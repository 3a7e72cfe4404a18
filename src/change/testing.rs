//! Helpers to write rows in the tests of this module.

use super::{Change, GroupChange, Problem, Rules, UserChange, read};
use crate::table::{Cells, Field, InputDialect};

/// Returns the cells of a row.
pub(super) fn cells<'a>(written: &[(Field, &'a str)]) -> Cells<'a> {
    let mut cells = Cells::default();
    for &(field, cell) in written {
        cells.set(field, cell);
    }
    cells
}

/// Reads a row in a dialect.
pub(super) fn read_in<'a>(
    dialect: InputDialect,
    written: &[(Field, &'a str)],
) -> Result<Change<'a>, Vec<Problem>> {
    read(&cells(written), &Rules::new(dialect))
}

/// Returns the user of a valid row.
pub(super) fn user_in<'a>(dialect: InputDialect, written: &[(Field, &'a str)]) -> UserChange<'a> {
    match read_in(dialect, written) {
        Ok(Change::User(user)) => user,
        other => panic!("{written:?} is {other:?}"),
    }
}

/// Returns the user of a valid row of the native dialect.
pub(super) fn user<'a>(written: &[(Field, &'a str)]) -> UserChange<'a> {
    user_in(InputDialect::Native, written)
}

/// Returns the group of a valid row.
pub(super) fn group_in<'a>(dialect: InputDialect, written: &[(Field, &'a str)]) -> GroupChange<'a> {
    match read_in(dialect, written) {
        Ok(Change::Group(group)) => group,
        other => panic!("{written:?} is {other:?}"),
    }
}

/// Returns the codes of a row's problems; none if it is valid.
pub(super) fn codes_by(rules: &Rules, written: &[(Field, &str)]) -> Vec<String> {
    read(&cells(written), rules).err().unwrap_or_default().iter().map(Problem::code).collect()
}

/// Returns the codes of the problems of a row in a dialect.
pub(super) fn codes_in(dialect: InputDialect, written: &[(Field, &str)]) -> Vec<String> {
    codes_by(&Rules::new(dialect), written)
}

/// Returns the codes of the problems of a row of the native dialect.
pub(super) fn codes(written: &[(Field, &str)]) -> Vec<String> {
    codes_in(InputDialect::Native, written)
}
