//! What a row means: the cells of one row to a [`Change`], or to every [`Problem`] that they have.
//!
//! Pure functions over values, no I/O. What can be known to be wrong before sending is found here; the rules are the API's (Adobe's
//! documentation, ActionsCmds and ActionsRef, and what its own clients check).

mod check;
mod console;
mod country;
mod group_row;
mod list;
mod model;
mod problem;
mod rules;
mod user_row;

pub use model::*;
pub use problem::{Problem, problems_text};
pub use rules::{Action, Rules};

use crate::table::{Cells, Dialect, Field};
use problem::Problems;

/// What a row means, or everything that is wrong with it, in the order of its fields; never an empty list.
///
/// # Errors
/// Every problem of the row.
pub fn read<'a>(cells: &Cells<'a>, rules: &Rules) -> Result<Change<'a>, Vec<Problem>> {
    let mut problems = Problems::default();
    let Some(action) = action(cells, rules, &mut problems) else { return Err(problems.into_vec()) };
    let change = if action.is_about_groups() {
        Change::Group(group_row::read(cells, rules, action, &mut problems))
    } else {
        Change::User(user_row::read(cells, rules, action, &mut problems))
    };
    if problems.is_empty() { Ok(change) } else { Err(problems.into_vec()) }
}

/// The row's own action, else the one that was asked for, else the dialect's.
fn action(cells: &Cells<'_>, rules: &Rules, problems: &mut Problems) -> Option<Action> {
    let cell = check::trimmed(cells.get(Field::Action));
    if !cell.is_empty() {
        let action = Action::from_name(cell);
        if action.is_none() {
            problems.add("action", "unknown", cell, format!("is no action: write one of {}", Action::names()));
        }
        return action;
    }
    if let Some(action) = rules.action {
        return Some(action);
    }
    match rules.dialect {
        Dialect::Native | Dialect::UmapiCliUsersCreate | Dialect::AdminConsole | Dialect::UmapiSamples => Some(Action::Create),
        Dialect::UmapiCliUsersUpdate => Some(Action::Update),
        Dialect::UmapiCliUsersDelete => hard_delete(cells, problems),
        Dialect::UserSyncRemove => Some(Action::Delete),
        Dialect::UmapiCliGroupsUpdate => Some(Action::UpdateGroup),
        Dialect::UmapiCliGroupsExport => Some(Action::CreateGroup),
        Dialect::UmapiCliGroups => {
            problems.add("action", "missing", "", "is missing: say --action create-group or --action delete-group");
            None
        }
    }
}

fn hard_delete(cells: &Cells<'_>, problems: &mut Problems) -> Option<Action> {
    let cell = cells.get(Field::HardDelete).trim();
    match cell.to_ascii_lowercase().as_str() {
        "" | "n" | "no" | "false" | "0" => Some(Action::Delete),
        "y" | "yes" | "true" | "1" => Some(Action::DeleteAccount),
        _ => {
            problems.add("hard_delete", "value", cell, "is neither y nor n");
            None
        }
    }
}

#[cfg(test)]
mod tests;
