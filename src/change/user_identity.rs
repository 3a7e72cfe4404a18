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

#[cfg(test)]
mod tests {
    use super::super::testing::{codes, codes_by, codes_in, user, user_in};
    use super::super::{Rules, UserChange};
    use super::*;
    use Field::*;

    /// Returns a valid row with some cells replaced.
    fn ann<'a>(more: &[(Field, &'a str)]) -> Vec<(Field, &'a str)> {
        let valid =
            [(Email, "ann@example.com"), (Firstname, "Ann"), (Lastname, "Lee"), (Country, "US")];
        valid.iter().chain(more).copied().collect()
    }

    fn wire(user: &UserChange<'_>) -> (String, Option<String>, bool) {
        (user.user.to_string(), user.domain.as_ref().map(ToString::to_string), user.adobe_id)
    }

    #[test]
    fn the_email_names_an_existing_user_and_the_username_a_new_one() {
        let who = |more: &[(Field, &str)]| wire(&user(&ann(more)));
        let named =
            |user: &str, domain: Option<&str>| (user.to_owned(), domain.map(str::to_owned), false);
        assert_eq!(
            who(&[(Username, "ANN@example.com"), (Domain, "example.com")]),
            named("ann@example.com", None)
        );
        assert_eq!(
            who(&[(Username, "alee@example.com"), (Domain, "example.com")]),
            named("alee@example.com", None)
        );
        assert_eq!(
            who(&[(Username, "alee"), (Domain, "corp.local")]),
            named("alee", Some("corp.local"))
        );
        assert_eq!(who(&[(Username, "alee")]), named("alee", Some("example.com")));
        assert_eq!(
            who(&[(Username, "alee"), (Domain, "AdobeID")]),
            named("alee", Some("example.com"))
        );
        for action in ["update", "delete"] {
            assert_eq!(
                who(&[(Action, action), (Username, "alee"), (Domain, "corp.local")]),
                named("ann@example.com", None)
            );
        }
        assert_eq!(
            wire(&user(&[(Action, "delete"), (Username, "alee"), (Domain, "corp.local")])),
            named("alee", Some("corp.local"))
        );
        assert_eq!(
            wire(&user(&[(Action, "delete"), (Username, "alee@example.com"), (Domain, "x")])),
            named("alee@example.com", None)
        );
    }

    #[test]
    fn a_user_who_cannot_be_found_is_a_problem() {
        for (row, code) in [
            (&[(Action, "delete")][..], "invalid.email.missing"),
            (&[(Action, "delete"), (Username, "alee")], "invalid.domain.missing"),
            (
                &[(Action, "delete"), (Username, "alee"), (Domain, "AdobeID")],
                "invalid.domain.missing",
            ),
            (&[(Action, "delete"), (Username, "alee"), (Domain, "corp")], "invalid.domain.form"),
            (&[(Action, "delete"), (Username, "a@b")], "invalid.username.form"),
            (&[(Action, "delete"), (Email, "ann")], "invalid.email.form"),
            (&ann(&[(Email, ""), (Username, "ann@example.com")]), "invalid.email.missing"),
            (&ann(&[(Type, "adobeID"), (Username, "alee")]), "invalid.username.differs"),
            (
                &ann(&[(Type, "enterpriseID"), (Username, "alee@example.com")]),
                "invalid.username.differs",
            ),
        ] {
            assert_eq!(codes(row), [code], "{row:?}");
        }
        assert_eq!(
            codes_in(InputDialect::UserSyncRemove, &[(Type, "federatedID")]),
            ["invalid.username.missing"]
        );
    }

    #[test]
    fn umapi_clis_username_is_the_new_one_in_its_update_files() {
        let row = [(Email, "ann@example.com"), (Username, "alee@example.com")];
        let update = user_in(InputDialect::UmapiCliUsersUpdate, &row).update.unwrap();
        assert_eq!((update.username.as_deref(), update.email), (Some("alee@example.com"), None));
        let renamed = [
            (Email, "ann@example.com"),
            (Username, "Ann@example.com"),
            (NewEmail, "lee@example.com"),
        ];
        assert_eq!(
            user_in(InputDialect::UmapiCliUsersUpdate, &renamed).update.unwrap().username,
            None,
            "it only repeats the email"
        );
        assert_eq!(
            codes_in(InputDialect::UmapiCliUsersUpdate, &[(Username, "alee@example.com")]),
            ["invalid.email.missing"]
        );
        let rules = Rules {
            action: Some(super::Action::Delete),
            ..Rules::new(InputDialect::UmapiCliUsersUpdate)
        };
        assert_eq!(codes_by(&rules, &row), Vec::<String>::new());
    }
}
