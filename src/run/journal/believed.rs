//! Whether what a journal says of a run can be so. A journal is a stranger's file until proven otherwise.

use super::error::damaged;
use super::{About, Face, Journal, JournalError, Past};
use crate::number::count;
use crate::run::Status;
use std::collections::HashMap;

/// Rows can end so without being sent.
const UNSENT: [Status; 3] = [Status::Invalid, Status::Unchanged, Status::Skipped];

impl Journal {
    /// What the run is about, its face, and what is known of it. Whoever shows a journal or goes on with it asks here.
    ///
    /// # Errors
    /// When it cannot be read, or its numbers contradict each other.
    pub fn believed(&self) -> Result<(About, Face, Past), JournalError> {
        let (about, face, past) = (self.about()?, self.face()?, self.past()?);
        let told = contradiction(about.rows.into(), &face, past.judged);
        told.map_or(Ok((about, face, past)), |why| Err(damaged(&self.path, &why)))
    }
}

/// What of these numbers cannot be so, in words.
fn contradiction(rows: u64, face: &Face, judged: u64) -> Option<String> {
    let of_rows = count(rows, "row");
    if let Some(name) = face.unsent.keys().find(|name| UNSENT.iter().all(|status| status.name() != *name)) {
        return Some(format!("it says that rows end as `{name}` without being sent"));
    }
    let unsent = face.unsent.values().fold(0, |sum: u64, rows| sum.saturating_add(*rows));
    if face.to_send.saturating_add(unsent) > rows {
        return Some(format!("it says that {} are to be sent and {unsent} are not, and the file has {of_rows}", face.to_send));
    }
    let most = face.to_send;
    (judged > most).then(|| format!("it has {} of {of_rows}, of which {most} were to be sent", count(judged, "outcome")))
}

/// Rows that have an outcome: a bit for each, in words of 64.
#[derive(Debug, Default)]
pub(super) struct Judged(HashMap<u32, u64>);

impl Judged {
    /// Takes a row in; `false` if it was there.
    pub(super) fn insert(&mut self, row: u32) -> bool {
        let word = self.0.entry(row / u64::BITS).or_default();
        let bit = 1 << (row % u64::BITS);
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_contradict_each_other_are_told() {
        let face = |to_send, unsent: &[(&str, u64)]| Face {
            to_send,
            unsent: unsent.iter().map(|(name, rows)| ((*name).to_owned(), *rows)).collect(),
            ..Face::default()
        };
        for (face, judged, told) in [
            (face(2, &[]), 2, None),
            (face(1, &[("invalid", 1)]), 1, None),
            (face(0, &[("skipped", 2)]), 0, None),
            (face(3, &[]), 0, Some("3 are to be sent and 0 are not, and the file has 2 rows")),
            (face(1, &[("invalid", u64::MAX)]), 0, Some("are not, and the file has 2 rows")),
            (face(2, &[("ok", 0)]), 0, Some("`ok`")),
            (face(2, &[("\u{1b}[2J", 0)]), 0, Some("without being sent")),
            (face(1, &[]), 2, Some("2 outcomes of 2 rows, of which 1 were to be sent")),
        ] {
            let found = contradiction(2, &face, judged);
            assert!(
                found.is_some() == told.is_some() && told.is_none_or(|told| found.as_ref().is_some_and(|found| found.contains(told))),
                "{found:?}"
            );
        }
    }

    #[test]
    fn row_is_taken_in_once() {
        let mut judged = Judged::default();
        assert!([0, 63, 64, u32::MAX].into_iter().all(|row| judged.insert(row)));
        assert!(![0, 63, 64, u32::MAX].into_iter().any(|row| judged.insert(row)));
    }
}
