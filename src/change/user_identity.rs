//! Which user a row is about.

use super::action::Action;
use super::check;
use super::model::IdentityType;
use super::problem::WaivableProblem;
use super::row::ChangeRow;
use super::text::{nfc, same_name};
use crate::table::{Field, InputDialect};
use std::borrow::Cow;

/// The `user` and `domain` of the command.
#[derive(Default)]
pub(super) struct UserIdentity<'a> {
    pub(super) user: Cow<'a, str>,
    pub(super) domain: Option<Cow<'a, str>>,
    pub(super) other_name: Option<(Cow<'a, str>, Option<Cow<'a, str>>)>,
}

/// Returns the user that a row is about.
///
/// An existing user is the one with this email, even if the username differs: the API finds users
/// by email, and never by a username that looks like another email (Adobe's documentation,
/// ActionsCmds, "Updating Email Policy"). Without an email, it is the one with the username. A new
/// user is named by the username if it differs from the email, as Adobe's own client does it; Adobe
/// and Enterprise IDs have no username other than their email. `domain` belongs to a username that
/// is not an email address, and to nothing else.
pub(super) fn who<'a>(
    row: &mut ChangeRow<'_, 'a>,
    action: Action,
    identity: Option<IdentityType>,
) -> UserIdentity<'a> {
    // user-sync calls its main organization "primary", or leaves the cell empty.
    if row.cell(Field::Umapi).is_some_and(|name| !name.eq_ignore_ascii_case("primary")) {
        let advice = "names another user-sync organization; if this organization is meant, empty \
             the cell";
        row.problem(Field::Umapi, "other_organization", advice);
    }
    let before = row.problems.len();
    let email = row.checked(Field::Email, check::email);
    row.waivable_since(before, WaivableProblem::Known);
    let username = if new_username_field(row, action) == Field::Username {
        None
    } else {
        row.cell(Field::Username)
    };
    // Most usernames are the email address.
    let username = username.filter(|name| email.is_none_or(|email| !same_name(email, name)));
    match (email, username) {
        (None, username) if action == Action::Create => created_without_email(row, username),
        (None, None) if row.rules.dialect == InputDialect::UserSyncRemove => {
            row.problem(Field::Username, "missing", "the row names no person; fill it in");
            UserIdentity::default()
        }
        (None, None) => {
            let advice = if row.cell(Field::Username).is_some() {
                "the row names no person: in this table, username is a new username; fill in an \
                 email address, or add a column action with `update`"
            } else {
                "the row names no person; fill in an email address, or a username with its domain"
            };
            row.problem(Field::Email, "missing", advice);
            UserIdentity::default()
        }
        (Some(email), Some(username)) if action == Action::Create => {
            created_by_username(row, identity, email, username)
        }
        (Some(email), Some(username)) => by_both_names(row, email, username),
        (Some(email), None) => {
            UserIdentity { user: row.composed(Field::Email, email), ..UserIdentity::default() }
        }
        (None, Some(username)) => by_username(row, username, None),
    }
}

/// Returns a new user without an email address, which is a problem of the row.
fn created_without_email<'a>(
    row: &mut ChangeRow<'_, 'a>,
    username: Option<&'a str>,
) -> UserIdentity<'a> {
    let before = row.problems.len();
    let advice = match username {
        Some(username) if username.contains('@') => {
            "a new user needs an email address; fill it in. If the usernames are the addresses, \
             use --map email=COLUMN with that column"
        }
        _ => "a new user needs an email address; fill it in",
    };
    row.problem(Field::Email, "missing", advice);
    row.waivable_since(before, WaivableProblem::NotCreated);
    let domain = row.cell(Field::Domain);
    username.map_or_else(UserIdentity::default, |user| UserIdentity {
        user: nfc(user),
        domain: domain.filter(|_| !user.contains('@')).map(nfc),
        ..UserIdentity::default()
    })
}

/// Returns a new user whose username differs from the email.
fn created_by_username<'a>(
    row: &mut ChangeRow<'_, 'a>,
    identity: Option<IdentityType>,
    email: &'a str,
    username: &'a str,
) -> UserIdentity<'a> {
    if matches!(identity, Some(IdentityType::Adobe | IdentityType::Enterprise)) {
        let before = row.problems.len();
        row.problem(
            Field::Username,
            "differs",
            "differs from the email, which only a Federated ID allows; empty the cell, or repeat \
             the email",
        );
        row.waivable_since(before, WaivableProblem::NotCreated);
        return UserIdentity { user: nfc(email), ..UserIdentity::default() };
    }
    by_username(row, username, email.split_once('@').map(|(_, domain)| domain))
}

/// Returns an existing user whose username differs from the email.
fn by_both_names<'a>(
    row: &mut ChangeRow<'_, 'a>,
    email: &'a str,
    username: &'a str,
) -> UserIdentity<'a> {
    let own = row.cell(Field::Domain).filter(|domain| !domain.eq_ignore_ascii_case("AdobeID"));
    let domain = own
        .or_else(|| email.split_once('@').map(|(_, domain)| domain))
        .filter(|_| !username.contains('@'));
    UserIdentity {
        user: nfc(email),
        domain: None,
        other_name: Some((nfc(username), domain.map(nfc))),
    }
}

/// Returns a user by username, with the row's domain or else the `inferred` one.
fn by_username<'a>(
    row: &mut ChangeRow<'_, 'a>,
    username: &'a str,
    inferred: Option<&'a str>,
) -> UserIdentity<'a> {
    let before = row.problems.len();
    row.checked(Field::Username, check::username);
    row.waivable_since(before, WaivableProblem::Known);
    let user = nfc(username);
    if username.contains('@') {
        return UserIdentity { user, ..UserIdentity::default() };
    }
    // The API lists Adobe IDs with the domain `AdobeID`, which is not a domain.
    let own = row.cell(Field::Domain).filter(|domain| !domain.eq_ignore_ascii_case("AdobeID"));
    if own.is_some() {
        row.checked(Field::Domain, check::domain);
    } else if inferred.is_none() {
        row.problem(
            Field::Domain,
            "missing",
            "a username that is not an email address needs its domain; fill it in, or write the \
             email address",
        );
    }
    UserIdentity { user, domain: own.or(inferred).map(nfc), other_name: None }
}

/// Returns the field with the new username of a user. In umapi-cli's update files this is
/// `username`: there, only the email address identifies the user, and umapi-cli sends every other
/// column as an update.
pub(super) fn new_username_field(row: &ChangeRow<'_, '_>, action: Action) -> Field {
    let is_umapi_cli =
        row.rules.dialect == InputDialect::UmapiCliUsersUpdate && action == Action::Update;
    if is_umapi_cli && row.cell(Field::NewUsername).is_none() {
        Field::Username
    } else {
        Field::NewUsername
    }
}
