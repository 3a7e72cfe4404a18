//! Rows that are not sent because they name a group that does not exist.

use super::found_groups::FoundGroups;
use super::input_rows::InputRows;
use super::outcomes::{OutcomeStatus, Reason};
use crate::change::{Change, Memberships, Problem};
use crate::journal::MissingGroup;
use crate::plan::{Plan, WorkItem};
use crate::table::Field;
use crate::umapi::retry::unknown_group;
use std::io;

/// Returns the outcomes of rows that are not sent because they name a group that does not exist.
/// Rows that were sent before may still be carried out: for them the server decides.
pub(super) fn rows_without_group(
    item: &WorkItem,
    changes: &[(u32, Change<'_>)],
    input_rows: &InputRows<'_>,
    plan: &Plan,
    groups: &FoundGroups,
) -> io::Result<Vec<(u32, OutcomeStatus, Reason)>> {
    let mut refused = Vec::new();
    if item.may_be_carried_out() || groups.misses_nothing() {
        return Ok(refused);
    }
    for (row, change) in changes {
        if let Some(missing) = fail_dependent_rows(change, groups) {
            refused.push((*row, OutcomeStatus::Failed, refused_before(missing)));
        } else if let Some((name, how, missing)) = groups.missing_for_new_person(change) {
            let column = input_rows.column_of_group(plan.place(*row), name, how)?;
            let reason = missing_group_reason(column, name, missing);
            refused.push((*row, OutcomeStatus::Invalid, reason));
        }
    }
    Ok(refused)
}

/// Returns the missing group that makes a change pointless, because the change only asks for
/// memberships of groups that do not exist.
fn fail_dependent_rows<'m>(
    change: &Change<'_>,
    groups: &'m FoundGroups,
) -> Option<&'m MissingGroup> {
    let Change::User(user) = change else { return None };
    if user.create.is_some() || user.update.is_some() || user.leave.is_some() {
        return None;
    }
    let removed: &[_] = match &user.remove {
        None => &[],
        Some(Memberships::Named(groups)) => groups,
        Some(Memberships::All) => return None,
    };
    let mut found = removed.iter().chain(&user.add).map(|group| groups.missing(group));
    let first = found.next()??;
    found.all(|other| other.is_some()).then_some(first)
}

/// Returns why a row is refused because an earlier row was.
fn refused_before(missing: &MissingGroup) -> Reason {
    let MissingGroup { name, code, .. } = missing;
    let why = match unknown_group(code) {
        true => "was refused as not found at",
        false => "could not be created or renamed by",
    };
    let message = format!("not sent: the group `{name}` {why} {}", missing.place());
    Reason { code: missing.code.clone(), message }
}

/// Returns why a row that would create a user is not sent.
fn missing_group_reason(column: Field, name: &str, missing: &MissingGroup) -> Reason {
    let MissingGroup { name: refused, code, .. } = missing;
    let place = missing.place();
    let advice = match unknown_group(code) {
        true => format!(
            "is not a group of the organization: the server refused `{refused}` at {place} \
             ({code}); correct the name, or create the group first"
        ),
        false => format!(
            "does not exist: {place} creates `{refused}` or renames a group to it, and failed \
             ({code}). Fix that row, then import both"
        ),
    };
    let problem = Problem {
        field: column.name(),
        reason: "unknown",
        value: name.to_owned(),
        advice,
        waivable: None,
    };
    Reason { code: problem.code(), message: problem.to_string() }
}
