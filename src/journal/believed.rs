//! Checks whether the content of a journal is plausible, because a journal may be forged.

use super::error::{JournalError, damaged};
use super::outcome::OutcomeStatus;
use super::recovered::RecoveredState;
use super::run_info::{RunIdentity, RunInfo};
use super::store::Journal;
use crate::number::count;

/// The outcomes that rows can have without being sent.
const SKIPPED: [OutcomeStatus; 4] = [
    OutcomeStatus::Invalid,
    OutcomeStatus::Failed,
    OutcomeStatus::Unchanged,
    OutcomeStatus::Skipped,
];

impl Journal {
    /// Returns the run's identity, info and recovered state. Everything that shows or continues a
    /// journal calls this.
    ///
    /// # Errors
    /// When it cannot be read, or its numbers contradict each other.
    pub fn believed(&self) -> Result<(RunIdentity, RunInfo, RecoveredState), JournalError> {
        let (about, run_info, recovered) = (self.about()?, self.info()?, self.recovered()?);
        self.decisions()?;
        let statement = contradiction(about.rows.into(), &run_info, recovered.judged);
        statement.map_or(Ok((about, run_info, recovered)), |why| Err(damaged(&self.path, &why)))
    }
}

/// Returns the contradiction between these numbers, in words.
fn contradiction(rows: u64, run_info: &RunInfo, judged: u64) -> Option<String> {
    let of_rows = count(rows, "row");
    if let Some(name) = run_info
        .without_request
        .keys()
        .find(|name| SKIPPED.iter().all(|status| status.name() != *name))
    {
        return Some(format!("it says that rows end as `{name}` without being sent"));
    }
    let without_request =
        run_info.without_request.values().fold(0, |sum: u64, rows| sum.saturating_add(*rows));
    if run_info.to_send.saturating_add(without_request) > rows {
        return Some(format!(
            "it says that {} rows are to be sent and {without_request} are not, but the file has \
             {of_rows}",
            run_info.to_send
        ));
    }
    let most = run_info.to_send;
    (judged > most).then(|| {
        format!("it has {} of {of_rows}, of which {most} were to be sent", count(judged, "outcome"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_contradict_each_other_are_told() {
        let run_info = |to_send, without_request: &[(&str, u64)]| RunInfo {
            to_send,
            without_request: without_request
                .iter()
                .map(|(name, rows)| ((*name).to_owned(), *rows))
                .collect(),
            ..RunInfo::default()
        };
        for (run_info, judged, statement) in [
            (run_info(2, &[]), 2, None),
            (run_info(1, &[("invalid", 1)]), 1, None),
            (run_info(0, &[("skipped", 2)]), 0, None),
            (
                run_info(3, &[]),
                0,
                Some("3 rows are to be sent and 0 are not, but the file has 2 rows"),
            ),
            (run_info(1, &[("invalid", u64::MAX)]), 0, Some("are not, but the file has 2 rows")),
            (run_info(2, &[("ok", 0)]), 0, Some("`ok`")),
            (run_info(2, &[("\u{1b}[2J", 0)]), 0, Some("without being sent")),
            (run_info(1, &[]), 2, Some("2 outcomes of 2 rows, of which 1 were to be sent")),
        ] {
            let found = contradiction(2, &run_info, judged);
            assert!(
                found.is_some() == statement.is_some()
                    && statement.is_none_or(|statement| found
                        .as_ref()
                        .is_some_and(|found| found.contains(statement))),
                "{found:?}"
            );
        }
    }
}
