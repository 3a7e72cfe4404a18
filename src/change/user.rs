//! Rows about a user.

use super::action::Action;
use super::cell;
use super::check;
use super::membership;
use super::model::{CreateUser, IdentityType, IfExists, Leave, UpdateUser, UserChange};
use super::problem::WaivableProblem;
use super::row::ChangeRow;
use super::text::{nfc, same_name};
use super::user_identity::{UserIdentity, new_username_field, who};
use crate::table::country::{self, CountryReading};
use crate::table::{Field, InputDialect, misread_of};
use std::borrow::Cow;

/// Fields that only rows about groups have.
const GROUP_FIELDS: [Field; 7] = [
    Field::Group,
    Field::NewName,
    Field::Description,
    Field::Users,
    Field::RemoveUsers,
    Field::Profiles,
    Field::RemoveProfiles,
];

/// Reads a row about a user. The change counts only if the row has no problems.
pub(super) fn read<'a>(row: &mut ChangeRow<'_, 'a>, action: Action) -> UserChange<'a> {
    let identity = identity(row, action);
    let UserIdentity { user, domain, other_name } = who(row, action, identity);
    let create = (action == Action::Create).then(|| create(row, identity));
    let update = update(row, action, identity);
    row.refuse(&GROUP_FIELDS, action);
    let moves = membership::read(row, action);
    let before = row.problems.len();
    match action {
        Action::Update if update.is_none() && moves.is_empty() => {
            row.has_nothing(
                "the row changes nothing; fill in firstname, lastname, new_email, \
                 new_username or a list of groups",
            );
        }
        Action::Add | Action::Remove if moves.is_empty() && row.problems.is_empty() => {
            row.problem(
                Field::Groups,
                "missing",
                format!("names no group to {}; name at least one", action.name()),
            );
        }
        _ => {}
    }
    if moves.lists {
        row.waivable_since(before, WaivableProblem::Lists);
    }
    let leave = match action {
        Action::Delete => Some(Leave::KeepAccount),
        Action::DeleteAccount => Some(Leave::DeleteAccount),
        _ => None,
    };
    UserChange {
        user,
        domain,
        other_name,
        adobe_id: identity == Some(IdentityType::Adobe),
        create,
        update,
        remove: moves.remove,
        add: moves.add,
        lists: moves.lists,
        leave,
    }
}

/// Returns the user's identity type; `None` if it is missing (or unknown, which is a problem). The
/// default type is for users who are created. The type of an existing user is only known from the
/// row itself.
fn identity(row: &mut ChangeRow<'_, '_>, action: Action) -> Option<IdentityType> {
    let Some(cell) = row.cell(Field::Type) else {
        return match row.rules.dialect {
            InputDialect::AdminConsole => Some(row.rules.default_type),
            _ => (action == Action::Create).then_some(row.rules.default_type),
        };
    };
    let identity = IdentityType::from_name(cell);
    // The API itself lists some users as `unknown`. Their type is only needed to create them
    // (Adobe's documentation, glossary).
    let may_be_unknown = action != Action::Create && cell.eq_ignore_ascii_case("unknown");
    if identity.is_none() && !may_be_unknown {
        let before = row.problems.len();
        row.problem(
            Field::Type,
            "unknown",
            "is not an identity type; write adobeID, enterpriseID or federatedID",
        );
        if cell.eq_ignore_ascii_case("unknown") {
            row.waivable_since(before, WaivableProblem::NotCreated);
        }
    }
    identity
}

fn create<'a>(row: &mut ChangeRow<'_, 'a>, identity: Option<IdentityType>) -> CreateUser<'a> {
    let before = row.problems.len();
    let needs_names = matches!(identity, Some(IdentityType::Enterprise | IdentityType::Federated));
    let described_by = [Field::Firstname, Field::Lastname, Field::Country];
    let only_adds = described_by.iter().all(|field| row.cell(*field).is_none())
        && row.cell(Field::Groups).is_some();
    let mut person = |field, advice| {
        let name = if needs_names {
            row.required(field, check::person, advice)
        } else {
            row.checked(field, check::person)
        };
        name.map(|name| row.composed(field, name))
    };
    let firstname_advice = match only_adds {
        true => {
            "a new Enterprise or Federated ID needs a first name; fill it in. If the user exists \
             and only joins groups, import such rows with --action add"
        }
        false => "a new Enterprise or Federated ID needs a first name; fill it in",
    };
    let firstname = person(Field::Firstname, firstname_advice);
    let lastname =
        person(Field::Lastname, "a new Enterprise or Federated ID needs a last name; fill it in");
    let country = country(row, identity);
    refuse_misread_names(row, country);
    let country = country.map(Cow::Borrowed);
    row.waivable_since(before, WaivableProblem::NotCreated);
    CreateUser {
        identity: identity.unwrap_or(row.rules.default_type),
        email: row.composed(Field::Email, row.cell(Field::Email).unwrap_or_default()),
        firstname,
        lastname,
        country,
        // The API changes nothing about an Adobe ID.
        if_exists: match (row.if_exists(), identity) {
            (IfExists::Update, Some(IdentityType::Adobe)) => IfExists::Ignore,
            (if_exists, _) => if_exists,
        },
    }
}

/// Refuses names that were probably read in a wrong encoding, by the row's country and by
/// themselves.
fn refuse_misread_names(row: &mut ChangeRow<'_, '_>, country: Option<&str>) {
    for field in [Field::Firstname, Field::Lastname] {
        let Some(name) = row.cell(field) else { continue };
        if let Some(meant) = misread_of(country.unwrap_or_default(), name) {
            row.fault(field, name, cell::misread_fault(&meant));
        } else if let Some(doubt) = row.doubt(field) {
            row.fault(field, name, cell::doubtful_fault(&doubt));
        }
    }
}

/// Returns the country of a new user: the row's, or else the default.
fn country(row: &mut ChangeRow<'_, '_>, identity: Option<IdentityType>) -> Option<&'static str> {
    let rules = row.rules;
    let Some(text) = row.cell(Field::Country).or(rules.default_country.as_deref()) else {
        if identity == Some(IdentityType::Federated) {
            row.problem(
                Field::Country,
                "missing",
                "a new Federated ID needs a country; write its two letters, like US, or use \
                 --default-country US",
            );
        }
        return None;
    };
    if country::is_undefined(text) {
        // Exports have it for Enterprise IDs, and the API accepts it only for them.
        if identity == Some(IdentityType::Enterprise) {
            return Some(country::UNDEFINED);
        }
        let whose = match identity {
            Some(IdentityType::Adobe) => "an Adobe ID needs a real country or none",
            _ => "a Federated ID needs a real country",
        };
        let advice = format!(
            "means that the country is undefined, which only Enterprise IDs may have; {whose}: \
             write its two letters, like US"
        );
        row.fault(Field::Country, text, check::ValueFault { reason: "undefined", advice });
        return None;
    }
    let reading = country::reading(text);
    let reason = match reading {
        CountryReading::Code(code) => return Some(code),
        CountryReading::Ambiguous(_) => "ambiguous",
        CountryReading::Unknown => "unknown",
    };
    let advice = country::advice_on(text, reading);
    row.fault(Field::Country, text, check::ValueFault { reason, advice });
    None
}

fn update<'a>(
    row: &mut ChangeRow<'_, 'a>,
    action: Action,
    identity: Option<IdentityType>,
) -> Option<UpdateUser<'a>> {
    if !matches!(action, Action::Create | Action::Update) {
        row.refuse(&[Field::NewEmail, Field::NewUsername], action);
        return None;
    }
    let mut update = UpdateUser {
        email: new_email(row),
        username: new_username(row, action, identity),
        ..UpdateUser::default()
    };
    if action == Action::Update {
        update.firstname = row.checked(Field::Firstname, check::person).map(nfc);
        update.lastname = row.checked(Field::Lastname, check::person).map(nfc);
        refuse_misread_names(row, None);
    }
    if update == UpdateUser::default() {
        return None;
    }
    if identity == Some(IdentityType::Adobe) {
        row.problem(
            Field::Type,
            "adobe_update",
            "an Adobe ID belongs to its user, and its names, email and username cannot be \
             changed; empty their cells",
        );
    }
    Some(update)
}

/// Returns the new email address of the user; `None` if it stays.
fn new_email<'a>(row: &mut ChangeRow<'_, 'a>) -> Option<Cow<'a, str>> {
    let new = row.checked(Field::NewEmail, check::email)?;
    // A username that is an email address finds the user with that email address.
    let email = row.cell(Field::Email).or(row.cell(Field::Username)).unwrap_or_default();
    if nfc(new) == nfc(email) {
        return None;
    }
    if same_name(new, email) {
        // Adobe's documentation, ActionsCmds, "Updating Email Policy".
        row.problem(
            Field::NewEmail,
            "case",
            "differs from the email in letter case only, and \
             that cannot be changed; empty the cell",
        );
    }
    Some(nfc(new))
}

/// Returns the new username of the user; `None` if it stays.
fn new_username<'a>(
    row: &mut ChangeRow<'_, 'a>,
    action: Action,
    identity: Option<IdentityType>,
) -> Option<Cow<'a, str>> {
    let field = new_username_field(row, action);
    let new = row.checked(field, check::username)?;
    let is_unchanged = match field {
        // Most usernames are the email address, and a file made from an export repeats them. If it
        // were sent with a new email address, the old name would stay.
        Field::Username => row.cell(Field::Email).is_some_and(|email| same_name(new, email)),
        _ => row.cell(Field::Username).is_some_and(|username| nfc(username) == nfc(new)),
    };
    if is_unchanged {
        return None;
    }
    let email = row.cell(Field::NewEmail).or(row.cell(Field::Email));
    if identity == Some(IdentityType::Enterprise)
        && email.is_some_and(|email| !same_name(new, email))
    {
        row.problem(
            field,
            "differs",
            "differs from the email, which only a Federated ID allows; empty the cell",
        );
    }
    Some(nfc(new))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{codes, codes_by, user, user_in};
    use super::super::{IfExists, Memberships, Rules};
    use super::*;
    use Field::*;

    const ANN: [(Field, &str); 4] =
        [(Email, "ann@example.com"), (Firstname, "Ann"), (Lastname, "Lee"), (Country, "US")];

    /// Returns a valid row with some cells replaced.
    fn ann<'a>(more: &[(Field, &'a str)]) -> Vec<(Field, &'a str)> {
        ANN.iter().chain(more).copied().collect()
    }

    #[test]
    fn a_row_without_an_action_creates_a_federated_user() {
        let user = user(&ann(&[(Country, " us "), (Groups, "Design, Video")]));
        let create = user.create.unwrap();
        assert_eq!(
            (create.identity, create.email.as_ref(), create.country.as_deref()),
            (IdentityType::Federated, "ann@example.com", Some("US"))
        );
        assert_eq!(
            (create.firstname.as_deref(), create.lastname.as_deref(), create.if_exists),
            (Some("Ann"), Some("Lee"), IfExists::Ignore)
        );
        assert_eq!(user.add, ["Design", "Video"]);
        assert!(
            user.update.is_none()
                && user.remove.is_none()
                && user.leave.is_none()
                && !user.adobe_id
                && user.domain.is_none()
        );
    }

    #[test]
    fn values_borrow_from_the_cells() {
        let user = user(&ann(&[(Groups, " Design ,Video"), (Country, "us")]));
        let create = user.create.as_ref().unwrap();
        for value in [
            &user.user,
            &create.email,
            create.firstname.as_ref().unwrap(),
            create.country.as_ref().unwrap(),
            &user.add[0],
        ] {
            assert!(matches!(value, Cow::Borrowed(_)), "{value}");
        }
    }

    #[test]
    fn what_a_new_user_needs_depends_on_the_identity_type() {
        let missing = |identity| codes(&[(Type, identity), (Email, "ann@example.com")]);
        assert_eq!(
            missing("federatedID"),
            ["invalid.firstname.missing", "invalid.lastname.missing", "invalid.country.missing"]
        );
        assert_eq!(missing(""), missing("federatedID"));
        assert_eq!(
            missing("enterpriseID"),
            ["invalid.firstname.missing", "invalid.lastname.missing"]
        );
        assert_eq!(missing("Adobe ID"), Vec::<String>::new());
        assert_eq!(missing("wizardID"), ["invalid.type.unknown"]);
        assert_eq!(missing("unknown"), ["invalid.type.unknown"]);
    }

    #[test]
    fn a_default_type_and_country_fill_empty_cells_of_new_users() {
        let mut rules = Rules::new(InputDialect::Native);
        rules.default_country = Some("de".to_owned());
        assert_eq!(codes_by(&rules, &ann(&[(Country, "")])), Vec::<String>::new());
        assert_eq!(codes_by(&rules, &ann(&[(Country, "England")])), ["invalid.country.unknown"]);
        rules.default_type = IdentityType::Adobe;
        assert_eq!(codes_by(&rules, &[(Email, "ann@example.com")]), Vec::<String>::new());
        rules.default_country = Some("England".to_owned());
        assert_eq!(codes_by(&rules, &[(Email, "ann@example.com")]), ["invalid.country.unknown"]);
    }

    #[test]
    fn an_adobe_id_is_said_on_every_action() {
        for action in ["create", "add", "remove", "delete"] {
            let groups = if action == "delete" { "" } else { "Design" };
            let row =
                [(Action, action), (Type, "AdobeID"), (Email, "ann@example.com"), (Groups, groups)];
            assert!(user(&row).adobe_id, "{action}");
        }
        assert!(!user(&[(Action, "delete"), (Email, "ann@example.com")]).adobe_id);
        assert!(
            user_in(InputDialect::AdminConsole, &[(Email, "ann@example.com")]).adobe_id,
            "the console leaves the type of Adobe IDs empty"
        );
    }

    #[test]
    fn an_existing_user_of_unknown_type_is_no_error() {
        assert!(
            !user(&[(Action, "delete"), (Type, "unknown"), (Email, "ann@example.com")]).adobe_id
        );
        assert_eq!(
            codes(&[(Action, "delete"), (Type, "adobidd"), (Email, "ann@example.com")]),
            ["invalid.type.unknown"]
        );
    }

    #[test]
    fn an_update_sends_what_is_filled_and_differs() {
        let change = user(&ann(&[
            (Action, "update"),
            (NewEmail, "lee@example.com"),
            (Type, "federated"),
            (Groups, "Design"),
        ]));
        let update = change.update.unwrap();
        assert_eq!(
            (update.email.as_deref(), update.username.as_deref()),
            (Some("lee@example.com"), None)
        );
        assert_eq!(
            (update.firstname.as_deref(), update.lastname.as_deref()),
            (Some("Ann"), Some("Lee"))
        );
        assert!(change.create.is_none());
        assert_eq!(change.add, ["Design"]);

        let same = [
            (Action, "update"),
            (Email, "ann@example.com"),
            (NewEmail, "ann@example.com"),
            (Username, "alee"),
            (NewUsername, "alee"),
        ];
        assert_eq!(codes(&same), ["invalid.row.nothing"]);
        assert_eq!(
            codes(&[
                (Action, "update"),
                (Email, "ann@example.com"),
                (Groups, "[]"),
                (Country, "XX")
            ]),
            ["invalid.row.nothing"]
        );
        assert_eq!(
            codes(&[(Action, "update"), (Email, "ann@example.com"), (NewEmail, "Ann@example.com")]),
            ["invalid.new_email.case"]
        );
    }

    #[test]
    fn adobe_ids_cannot_be_updated_but_their_memberships_can() {
        assert_eq!(
            codes(&ann(&[(Action, "update"), (Type, "adobeID")])),
            ["invalid.type.adobe_update"]
        );
        assert_eq!(
            codes(&ann(&[(Type, "adobeID"), (NewUsername, "lee@example.com")])),
            ["invalid.type.adobe_update"]
        );
        assert!(
            user(&[
                (Action, "update"),
                (Type, "adobeID"),
                (Email, "ann@example.com"),
                (Groups, "A")
            ])
            .update
            .is_none()
        );
    }

    #[test]
    fn a_new_username_is_for_federated_ids() {
        let row =
            |identity, name| ann(&[(Action, "update"), (Type, identity), (NewUsername, name)]);
        assert_eq!(user(&row("", "alee")).update.unwrap().username.as_deref(), Some("alee"));
        assert_eq!(codes(&row("enterpriseID", "alee")), ["invalid.new_username.differs"]);
        assert_eq!(codes(&row("enterpriseID", "ANN@example.com")), Vec::<String>::new());
        assert_eq!(codes(&row("", "a@b")), ["invalid.new_username.form"]);
    }

    #[test]
    fn a_new_user_may_be_renamed_in_the_same_row() {
        let change = user(&ann(&[(NewUsername, "alee@corp.example.com")]));
        assert!(change.create.is_some());
        assert_eq!(change.update.unwrap().username.as_deref(), Some("alee@corp.example.com"));
    }

    #[test]
    fn columns_that_repeat_what_a_user_has_are_not_judged() {
        let broken = [(Country, "Neverland"), (Firstname, "A\nB"), (Domain, "x"), (IfExists, "?")];
        for action in ["add", "remove"] {
            let row: Vec<_> = broken
                .iter()
                .copied()
                .chain([(Action, action), (Email, "ann@example.com"), (Groups, "A")])
                .collect();
            assert_eq!(codes(&row), Vec::<String>::new());
        }
    }

    #[test]
    fn cells_that_would_be_lost_are_refused() {
        for (field, action) in [
            (NewEmail, "add"),
            (NewUsername, "delete"),
            (Group, "create"),
            (NewName, "update"),
            (Description, "create"),
            (Users, "create"),
            (RemoveProfiles, "add"),
        ] {
            let row = ann(&[
                (Action, action),
                (Groups, if action == "delete" { "" } else { "A" }),
                (field, "x@example.com"),
            ]);
            assert_eq!(
                codes(&row),
                [format!("invalid.{}.not_for_this_action", super::super::problem::name(field))]
            );
        }
    }

    #[test]
    fn if_exists_of_the_row_beats_that_of_the_rules() {
        let mut rules = Rules::new(InputDialect::Native);
        rules.if_exists = IfExists::Error;
        let read = |written: &[(Field, &str)], rules: &Rules| match super::super::read(
            &super::super::testing::cells(written),
            rules,
        ) {
            Ok(super::super::Change::User(user)) => user.create.unwrap().if_exists,
            other => panic!("{other:?}"),
        };
        assert_eq!(read(&ANN, &rules), IfExists::Error);
        assert_eq!(read(&ann(&[(Field::IfExists, "Update")]), &rules), IfExists::Update);
        assert_eq!(codes(&ann(&[(Field::IfExists, "sometimes")])), ["invalid.if_exists.unknown"]);
    }

    #[test]
    fn a_user_leaves_with_or_without_the_account() {
        let leave = |action| user(&[(Action, action), (Email, "ann@example.com")]).leave;
        assert_eq!(
            (leave("delete"), leave("Delete Account")),
            (Some(Leave::KeepAccount), Some(Leave::DeleteAccount))
        );
        assert_eq!(
            user(&[(Action, "remove_all"), (Email, "ann@example.com"), (AddGroups, "A")]).remove,
            Some(Memberships::All)
        );
    }
}
