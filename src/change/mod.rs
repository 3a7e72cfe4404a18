//! The meaning of a row: converts one row of a table to a [`Change`], or to every [`Problem`] that
//! it has.
//!
//! In: the [`Cells`] of a row and the [`Rules`] of its table. Out: a change whose values are
//! trimmed, checked and ready for the wire. Pure functions over values, no I/O. Everything that can
//! be recognized as wrong before sending is found here. Only what would be sent is checked, so a
//! column that repeats what a user already has does no harm.

mod action;
mod allowed_values;
mod cell;
mod check;
mod effect;
mod effect_part;
mod effects;
mod encoded_name;
mod facet;
mod field_kind;
mod group;
mod group_names;
mod identity;
mod likeness;
mod list;
#[cfg(test)]
mod mapped_rows;
mod meant_name;
mod membership;
mod model;
mod new_identity;
mod odd_name;
mod person;
mod person_name;
mod placeholder;
mod plain_address;
mod plain_cell;
mod problem;
#[cfg(test)]
mod properties;
mod respelling;
mod roles;
mod row;
mod rules;
mod sheet_number;
mod skeleton;
mod sound_name;
mod stated;
#[cfg(test)]
mod testing;
mod text;
mod user;
mod user_identity;
#[cfg(test)]
mod written_forms;

pub(crate) use crate::table::country::{advice as country_advice, read as country_code};
pub(crate) use action::Action;
pub(crate) use allowed_values::allowed_values;
pub(crate) use effect::RowEffect;
pub(crate) use effect_part::EffectPart;
#[cfg(test)]
pub(crate) use effects::effect_words;
pub(crate) use effects::{
    CREATED_OR_UPDATED, EffectCounts, GROUP_CREATED_OR_UPDATED, NamesNotUpdated,
};
pub(crate) use facet::Facet;
pub(crate) use group_names::{
    GroupUse, asked_group, each_needed_group, group_column, group_events, group_hash,
    is_administrative, is_user_group, perhaps_separator,
};
pub(crate) use likeness::{RowLikeness, likeness};
pub(crate) use list::holds_separator;
pub(crate) use meant_name::{MeantName, NameLetters};
pub(crate) use membership::{is_given, listed as listed_groups, role_of};
pub(crate) use model::*;
pub(crate) use person::{ATTRIBUTES, Naming, attribute, row_action};
pub(crate) use person_name::{name_words, person_words};
pub(crate) use problem::{PROBLEM_SEPARATOR, Problem, WaivableProblem, problems_text};
pub(crate) use respelling::Respelling;
pub(crate) use roles::{ROLES_ON, role_subject};
pub use rules::Rules;
pub(crate) use skeleton::{skeleton, skeleton_hash};
pub(crate) use stated::Stated;
pub(crate) use text::{folded_name, name_hash, same_name};

use crate::table::{Cells, Field, InputDialect};
use row::ChangeRow;

/// Returns the meaning of a row. Values borrow from the cells if they can be used as they are.
///
/// # Errors
/// All problems of the row, starting with the user or group that it is about; never empty.
pub fn read<'a>(cells: &Cells<'a>, rules: &Rules) -> Result<Change<'a>, Vec<Problem>> {
    match read_all(cells, rules) {
        (Some(change), problems) if problems.is_empty() => Ok(change),
        (_, problems) => Err(problems),
    }
}

/// Returns the problems that an import would report of a row in umbulk's own columns.
pub(crate) fn problems_of<'a>(row: impl IntoIterator<Item = (Field, &'a str)>) -> Vec<Problem> {
    let mut cells = Cells::default();
    row.into_iter().for_each(|(field, cell)| cells.set(field, cell));
    read(&cells, &Rules::new(InputDialect::Native)).err().unwrap_or_default()
}

/// Returns the meaning of a row, and its problems. For a caller that knows the organization, there
/// may be a change with problems, some of which may be [waivable](Problem::waivable) there. Without
/// a change, none is.
#[inline]
pub(crate) fn read_all<'a>(cells: &Cells<'a>, rules: &Rules) -> (Option<Change<'a>>, Vec<Problem>) {
    let mut row = ChangeRow::new(cells, rules);
    row.refuse_unmapped();
    let Some(action) = action(&mut row) else {
        row.checked(Field::Email, check::email);
        return (None, row.problems);
    };
    row.refuse_what_is_no_value(action);
    let change = if action.is_about_a_group() {
        Change::Group(group::read(&mut row, action))
    } else {
        Change::User(user::read(&mut row, action))
    };
    // Spreadsheets leave such rows below the last one: one problem is enough.
    if !row.problems.is_empty() && row.is_empty() {
        return (
            None,
            vec![Problem::new(
                "row",
                "empty",
                "",
                "has no content in the known columns; delete it, or fill it in",
            )],
        );
    }
    (Some(change), row.problems)
}

/// Returns what the row is to do: its own action, or the one in the rules. `None` is a problem.
fn action(row: &mut ChangeRow<'_, '_>) -> Option<Action> {
    let said = match row.cell(Field::Action) {
        Some(name) => {
            let action = Action::from_name(name);
            if action.is_none() {
                let names = Action::ALL.map(Action::name).join(", ");
                row.problem(
                    Field::Action,
                    "unknown",
                    format!("is not known; write one of {names}"),
                );
            }
            action
        }
        None => {
            let action = row.rules.unsaid_action();
            if action.is_none() {
                let advice = if row.rules.needs_action {
                    "the row names a person, but no action; fill in the action, or use --action \
                     for such rows"
                } else {
                    "the row does not show whether the group is to be created or deleted; use \
                     --action create-group or --action delete-group"
                };
                row.problem(Field::Action, "missing", advice);
            }
            action
        }
    };
    Some(hard_delete(row, said?))
}

/// Applies umapi-cli's `hard_delete` (`y` or `n`), with which a deletion includes the account.
fn hard_delete(row: &mut ChangeRow<'_, '_>, action: Action) -> Action {
    let Some(cell) = row.cell(Field::HardDelete) else { return action };
    let is = |words: [&str; 4]| words.iter().any(|word| cell.eq_ignore_ascii_case(word));
    let (yes, no) = (is(["y", "yes", "true", "1"]), is(["n", "no", "false", "0"]));
    match action {
        Action::Delete | Action::DeleteAccount if yes => return Action::DeleteAccount,
        Action::DeleteAccount if no => {
            row.problem(
                Field::HardDelete,
                "contradiction",
                "contradicts the action delete-account; write y, or use the action delete",
            );
        }
        _ if no => {}
        Action::Delete | Action::DeleteAccount => {
            row.problem(
                Field::HardDelete,
                "value",
                "is neither yes nor no; write y to delete the account too, or n to keep it",
            );
        }
        _ => row.refuse(&[Field::HardDelete], action),
    }
    action
}

#[cfg(test)]
mod tests {
    use super::testing::{codes, codes_by, codes_in, read_in, user_in};
    use super::*;
    use crate::table::InputDialect;
    use Field::*;

    const ANN: (Field, &str) = (Email, "ann@example.com");

    #[test]
    fn every_dialect_has_its_own_unsaid_action() {
        let new = [ANN, (Firstname, "Ann"), (Lastname, "Lee"), (Country, "US")];
        for dialect in [
            InputDialect::Native,
            InputDialect::UmapiCliUsersCreate,
            InputDialect::AdminConsole,
            InputDialect::UmapiSamples,
        ] {
            assert!(user_in(dialect, &new).create.is_some(), "{dialect:?}");
        }
        assert!(user_in(InputDialect::UmapiCliUsersUpdate, &new).update.is_some());
        assert_eq!(
            user_in(InputDialect::UmapiCliUsersDelete, &[ANN]).leave,
            Some(Leave::KeepAccount)
        );
        let row = [(Type, "federatedID"), (Username, "alee"), (Domain, "example.com")];
        assert_eq!(user_in(InputDialect::UserSyncRemove, &row).leave, Some(Leave::KeepAccount));
    }

    #[test]
    fn a_rows_own_action_beats_that_of_the_rules() {
        let rules =
            Rules { action: Some(super::Action::Delete), ..Rules::new(InputDialect::Native) };
        assert_eq!(codes_by(&rules, &[ANN]), Vec::<String>::new());
        assert_eq!(codes_by(&rules, &[(Field::Action, "add"), ANN]), ["invalid.groups.missing"]);
        assert_eq!(
            codes(&[(Field::Action, "erase"), (Email, "ann")]),
            ["invalid.action.unknown", "invalid.email.form"]
        );
    }

    #[test]
    fn hard_delete_takes_the_account_too() {
        let leave =
            |cell| user_in(InputDialect::UmapiCliUsersDelete, &[ANN, (HardDelete, cell)]).leave;
        for cell in ["y", "Y", " yes ", "TRUE", "1"] {
            assert_eq!(leave(cell), Some(Leave::DeleteAccount), "{cell}");
        }
        for cell in ["n", "No", "false", "0", ""] {
            assert_eq!(leave(cell), Some(Leave::KeepAccount), "{cell}");
        }
        assert_eq!(
            codes_in(InputDialect::UmapiCliUsersDelete, &[ANN, (HardDelete, "maybe")]),
            ["invalid.hard_delete.value"]
        );
        assert_eq!(
            codes(&[(Field::Action, "delete-account"), ANN, (HardDelete, "n")]),
            ["invalid.hard_delete.contradiction"]
        );
        let row = [(Field::Action, "add"), ANN, (Groups, "A"), (HardDelete, "y")];
        assert_eq!(codes(&row), ["invalid.hard_delete.not_for_this_action"]);
    }

    #[test]
    fn all_problems_of_a_row_are_found_at_once() {
        let row = [
            (Type, "wizardID"),
            (Email, "ann.example.com"),
            (Firstname, "Ann\nLee"),
            (Country, "England"),
            (Groups, "Design,_org_admin"),
            (RemoveGroups, "design"),
            (Description, "x"),
        ];
        let (code, message) = problems_text(&read_in(InputDialect::Native, &row).unwrap_err());
        assert_eq!(code, "invalid.type.unknown");
        insta::assert_snapshot!(message.replace(" | ", "\n"), @r"
        type `wizardID` is not an identity type; write adobeID, enterpriseID or federatedID
        email `ann.example.com` has no @; write it like ann@example.com
        firstname `Ann\nLee` contains a line break or another control character; remove it
        country `England` is not a country code; write GB
        description `x` does not apply to the action create; empty the cell, or change the action
        groups `_org_admin` cannot be given or taken through the API; roles are _admin_GROUP, _product_admin_PRODUCT, _developer_PROFILE, _support_admin and _deployment_admin, others are set in the Admin Console
        remove_groups `Design` is both added and removed in this row; remove it from one of the lists
        ");
    }
}
