//! Finds the decisions of a run about rows that do not follow from the file alone, so that its
//! journal can repeat them.

use super::each_row::each_row;
use super::input_rows::InputRows;
use crate::journal::{DecisionGatherer, RowDecision, RunDecisions};
use crate::plan::Plan;
use crate::table::{Block, RowBuffer};
use std::io;

/// Finds the rows for which a run decides differently than their file `alone` implies. `plan` is
/// the plan of the run.
///
/// # Errors
/// When the file cannot be read.
pub(crate) fn decisions(
    input_rows: &InputRows<'_>,
    alone: &InputRows<'_>,
    plan: &Plan,
) -> io::Result<RunDecisions> {
    // A list can make rows valid. Everything else can only stop rows from being sent.
    let may_allow = input_rows.baseline.is_some_and(|known| known.reduces);
    let mut gatherer = DecisionGatherer::default();
    each_row(
        input_rows.table,
        |block, index, buffer, found| {
            let row = u32::try_from(block.first_row + index as u64).unwrap_or(u32::MAX);
            let is_sent = plan.footprint(row).is_sent();
            if is_sent && !may_allow {
                return;
            }
            let decided = match is_sent {
                true => Some(RowDecision::to_send()),
                false => decision(input_rows, block, index, buffer),
            };
            if let Some(decided) = decided
                && decision(alone, block, index, buffer).as_ref() != Some(&decided)
            {
                found.push((row, decided));
            }
        },
        |(row, decided)| gatherer.push(row, decided),
    )?;
    Ok(gatherer.finish())
}

/// Returns the decision about a row; `None` if the row is outside `--rows`.
fn decision(
    input_rows: &InputRows<'_>,
    block: &Block,
    index: usize,
    buffer: &mut RowBuffer,
) -> Option<RowDecision> {
    let change = input_rows.evaluate_detailed(block, index, buffer)?;
    Some(change.map_or_else(|skip| input_rows.decision(skip), |_| RowDecision::to_send()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::Rules;
    use crate::execute::{Protected, scan};
    use crate::journal::OutcomeStatus;
    use crate::organization::Organization;
    use crate::reconcile::Baseline;
    use crate::table::{ReadOptions, Table};
    use crate::umapi::ListedUser;
    use jiff::Timestamp;
    use std::sync::Arc;

    const FILE: &str = "email,firstname,lastname,country\n\
        ann@example.com,Ann,Lee,US\nbob@example.com,,,XX\nno address,A,B,US\nbob@example.com,,,\n\
        new@example.com,New,User,US\n";

    fn listed() -> Baseline {
        let mut organization = Organization::new("users.csv", Timestamp::UNIX_EPOCH);
        for email in ["ann@example.com", "bob@example.com"] {
            organization.add(&ListedUser {
                email: email.into(),
                firstname: "Ann".into(),
                lastname: "Lee".into(),
                country: "US".into(),
                ..ListedUser::default()
            });
        }
        Baseline::new(Arc::new(organization))
    }

    /// Rows that the list does not affect, and rows that the file alone makes invalid, are not
    /// recorded.
    #[test]
    fn only_what_the_file_does_not_say_is_decided() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, FILE).unwrap();
        let table = Table::open(&path, &ReadOptions::new(folder.path().to_owned())).unwrap();
        let (rules, protected, known) =
            (Rules::new(table.dialect()), Protected::default(), listed());
        let alone = InputRows::new(&table, &rules, &protected);
        let input_rows = InputRows { baseline: Some(&known), ..alone };
        let plan = scan(&input_rows).unwrap().plan;
        let found = decisions(&input_rows, &alone, &plan).unwrap();
        let status = |row| found.about(row).map(|decision| decision.status);
        assert_eq!(status(0), Some(OutcomeStatus::Unchanged));
        assert_eq!((status(2), status(4)), (None, None));
        assert_eq!(status(3), Some(OutcomeStatus::Unchanged));
        // With these decisions, the file gives the same result without the list.
        let again = InputRows { decided: Some(&found), ..alone };
        let counts = [input_rows, again].map(|rows| {
            let counts = scan(&rows).unwrap().counts;
            (counts.sendable, counts.unchanged, counts.invalid, counts.skipped)
        });
        assert_eq!(counts[0], counts[1]);
        let code = found.about(0).map(|decision| decision.reason.code.as_str());
        assert_eq!(code, Some("unchanged.snapshot"));
    }
}
