//! What is said about a file when it is opened.

use crate::import::input_error::encoding_words;
use crate::import::mapping_words::mapping_words;
use crate::import::note::Note;
use crate::import::reporter::ImportReporter;
use crate::number::count;
use crate::table::{Table, ValueMapping};

/// Prints the warnings about a table.
pub(super) fn say_warnings(table: &Table, reporter: &dyn ImportReporter) {
    for warning in table.warnings() {
        let warning = reporter.words(&Note::Table(warning));
        reporter.inform(&format!("warning: {}: {warning}", table.name()));
    }
}

/// Prints where its rows were found, and what becomes of their cells.
pub(super) fn say_notes(table: &Table, values: &ValueMapping, reporter: &dyn ImportReporter) {
    let above = table.header_line() - 1;
    if above > 0 {
        reporter.inform(&format!(
            "note: {}: header found in line {}; skipped {} above it",
            table.name(),
            above + 1,
            count(above, "line")
        ));
    }
    if let Some((sheet, others)) = table.sheet().filter(|(_, others)| !others.is_empty()) {
        reporter.inform(&format!(
            "note: {}: sheet {sheet:?} is read; {} not",
            table.name(),
            match others {
                [other] => format!("{other:?} is"),
                others => format!("{} are", count(others.len() as u64, "other sheet")),
            }
        ));
    }
    if table.position_of("indirect").is_some() {
        reporter.inform(&reporter.words(&Note::IndirectMemberships { file: table.name() }));
    }
    if let Some(words) = mapping_words(values) {
        reporter.inform(&format!("note: {}: mapping: {words}", table.name()));
    }
}

/// Warns that the encoding of a table is guessed.
pub(super) fn warn_of_guessed_encoding(table: &Table, reporter: &dyn ImportReporter) {
    if let Some(unconfirmed) = table.unconfirmed_encoding() {
        reporter.inform(&format!("warning: {}: {}", table.name(), encoding_words(unconfirmed)));
    }
}
