//! Rows about a user.

use super::check::{self, MAX_NAME, is_domain, text};
use super::console;
use super::list::{fold, same};
use super::model::{CreateUser, IdentityType, IfExists, Leave, Memberships, UpdateUser, UserChange};
use super::problem::Problems;
use super::rules::{Action, Rules};
use crate::table::{Cells, Dialect, Field};
use std::borrow::Cow;

/// What the row means, as far as it can be understood; what is wrong is in `problems`.
pub(super) fn read<'a>(cells: &Cells<'a>, rules: &Rules, action: Action, problems: &mut Problems) -> UserChange<'a> {
    let named_type = named_type(cells, problems);
    let identity = named_type.unwrap_or(if rules.dialect == Dialect::AdminConsole { IdentityType::Adobe } else { rules.default_type });
    let who = Who::read(cells, action, identity, problems);
    let mut change = UserChange {
        user: Cow::Borrowed(who.user),
        domain: who.domain.map(Cow::Borrowed),
        adobe_id: named_type == Some(IdentityType::Adobe) || (action == Action::Create && identity == IdentityType::Adobe),
        ..UserChange::default()
    };
    match action {
        Action::Create => change.create = Some(create(cells, rules, identity, who.email, problems)),
        Action::Update => change.update = update(cells, rules, named_type, &who, problems),
        Action::Delete => change.leave = Some(Leave::KeepAccount),
        Action::DeleteAccount => change.leave = Some(Leave::DeleteAccount),
        _ => {}
    }
    memberships(cells, rules, action, &mut change, problems);
    foreign_fields(cells, action, problems);
    nothing_to_do(action, &change, problems);
    change
}

fn named_type(cells: &Cells<'_>, problems: &mut Problems) -> Option<IdentityType> {
    let cell = text(cells, Field::Type)?;
    let identity = IdentityType::from_name(cell);
    if identity.is_none() {
        problems.add("type", "unknown", cell, "is no identity type: write adobeID, enterpriseID or federatedID");
    }
    identity
}

/// Whom the row is about.
///
/// An existing user is named by email, even when the username differs; only where there is no email, by username and domain. A created user
/// may have a username of its own: then that is the name on the wire, with its domain (the email's, where none is given) unless it is an email
/// address itself. Beside an email address the API refuses a domain, though every exported list has one: it is dropped.
struct Who<'a> {
    user: &'a str,
    domain: Option<&'a str>,
    email: &'a str,
}

impl<'a> Who<'a> {
    fn read(cells: &Cells<'a>, action: Action, identity: IdentityType, problems: &mut Problems) -> Self {
        let (email, username) = (text(cells, Field::Email), text(cells, Field::Username));
        if let Some(email) = email {
            check::email("email", email, problems);
        }
        let by_username = username.filter(|username| match email {
            None => true,
            Some(email) => action == Action::Create && !same(email, username),
        });
        match (email, by_username) {
            (None, None) => {
                problems.add("email", "missing", "", "is missing: the row must say whom it is about");
                Self { user: "", domain: None, email: "" }
            }
            (Some(email), None) => Self { user: email, domain: None, email },
            (email, Some(username)) => {
                if action == Action::Create && email.is_none() && !username.contains('@') {
                    problems.add("email", "missing", "", "is missing: a new user needs one");
                }
                if email.is_some() && identity == IdentityType::Adobe {
                    problems.add("username", "differs", username, "differs from the email, which an Adobe ID's username cannot");
                }
                let domain = Self::domain(cells, email, username, problems);
                Self { user: username, domain, email: email.unwrap_or(username) }
            }
        }
    }

    /// The domain of a username that is no email address.
    fn domain(cells: &Cells<'a>, email: Option<&'a str>, username: &'a str, problems: &mut Problems) -> Option<&'a str> {
        if username.contains('@') {
            check::email("username", username, problems);
            return None;
        }
        check::plain("username", username, MAX_NAME, problems);
        // The Admin Console writes `AdobeID` where there is no domain.
        let said = text(cells, Field::Domain).filter(|domain| !domain.eq_ignore_ascii_case("AdobeID"));
        let domain = said.or_else(|| email.and_then(|email| email.split_once('@')).map(|(_, domain)| domain));
        match domain {
            None => problems.add(
                "domain",
                "missing",
                "",
                format!("is missing: the username `{username}` is no email address, so its domain is needed"),
            ),
            Some(domain) if !is_domain(domain) => problems.add("domain", "form", domain, "is no domain: write example.com"),
            Some(_) => {}
        }
        domain
    }
}

fn create<'a>(cells: &Cells<'a>, rules: &Rules, identity: IdentityType, email: &'a str, problems: &mut Problems) -> CreateUser<'a> {
    let name = |field, word: &'static str, problems: &mut Problems| {
        let name = text(cells, field);
        match name {
            Some(name) => check::plain(word, name, MAX_NAME, problems),
            None if identity != IdentityType::Adobe => {
                problems.add(word, "missing", "", "is missing: Enterprise and Federated IDs need first and last name");
            }
            None => {}
        }
        name.map(Cow::Borrowed)
    };
    let firstname = name(Field::Firstname, "firstname", problems);
    let lastname = name(Field::Lastname, "lastname", problems);
    let country = match (text(cells, Field::Country), &rules.default_country) {
        (Some(cell), _) => check::country(cell, problems),
        (None, Some(default)) => {
            if check::country(default, problems).is_some() {
                Some(Cow::Owned(default.clone()))
            } else {
                None
            }
        }
        (None, None) => {
            if identity == IdentityType::Federated {
                problems.add("country", "missing", "", "is missing: a Federated ID needs one (--default-country fills it in)");
            }
            None
        }
    };
    CreateUser { identity, email: Cow::Borrowed(email), firstname, lastname, country, if_exists: if_exists(cells, rules, problems) }
}

/// The row's own word beats the flag's.
pub(super) fn if_exists(cells: &Cells<'_>, rules: &Rules, problems: &mut Problems) -> IfExists {
    let Some(cell) = text(cells, Field::IfExists) else { return rules.if_exists };
    IfExists::from_name(cell).unwrap_or_else(|| {
        problems.add("if_exists", "value", cell, "is none of ignore, update and error");
        rules.if_exists
    })
}

/// Country and type of an existing user are not sent: a column that repeats what a user already has is no error.
fn update<'a>(
    cells: &Cells<'a>,
    rules: &Rules,
    named_type: Option<IdentityType>,
    who: &Who<'_>,
    problems: &mut Problems,
) -> Option<UpdateUser<'a>> {
    let mut update = UpdateUser::default();
    for (field, word, place) in
        [(Field::Firstname, "firstname", &mut update.firstname), (Field::Lastname, "lastname", &mut update.lastname)]
    {
        if let Some(name) = text(cells, field) {
            check::plain(word, name, MAX_NAME, problems);
            *place = Some(Cow::Borrowed(name));
        }
    }
    if let Some(new) = text(cells, Field::NewEmail)
        && new != who.user
    {
        check::email("new_email", new, problems);
        if same(new, who.user) {
            problems.add("new_email", "case", new, "differs from the email in letter case only, which the API cannot change");
        }
        update.email = Some(Cow::Borrowed(new));
    }
    // In umapi-cli's file of updates, `username` is the new one: its users are named by email.
    let username = text(cells, Field::NewUsername)
        .or_else(|| text(cells, Field::Username).filter(|_| rules.dialect == Dialect::UmapiCliUsersUpdate && !who.email.is_empty()));
    if let Some(new) = username.filter(|new| *new != who.user) {
        check::plain("new_username", new, MAX_NAME, problems);
        update.username = Some(Cow::Borrowed(new));
    }
    if update == UpdateUser::default() {
        return None;
    }
    if named_type == Some(IdentityType::Adobe) {
        problems.add(
            "type",
            "adobe_update",
            cells.get(Field::Type).trim(),
            "belongs to its owner: an Adobe ID's names and email cannot be changed",
        );
    }
    Some(update)
}

fn memberships<'a>(cells: &Cells<'a>, rules: &Rules, action: Action, change: &mut UserChange<'a>, problems: &mut Problems) {
    let mut list = |field, name| {
        let names = check::list(cells, field, name, rules.list_separator, problems).unwrap_or_default();
        check::memberships(name, &names, problems);
        names
    };
    let groups = list(Field::Groups, "groups");
    let mut add = list(Field::AddGroups, "add_groups");
    let mut remove = list(Field::RemoveGroups, "remove_groups");
    let refuse = |field, names: &[Cow<'_, str>], problems: &mut Problems| {
        if let Some(first) = names.first() {
            let what = if action == Action::RemoveAll { "takes all memberships away" } else { "takes the user out of the organization" };
            problems.add(field, "not_for_this_action", first, format!("makes no sense in a row that {what}: leave the list empty"));
        }
    };
    match action {
        Action::Create | Action::Update | Action::Add => extend(&mut add, groups),
        Action::Remove => extend(&mut remove, groups),
        Action::RemoveAll => {
            refuse("groups", &groups, problems);
            refuse("remove_groups", &remove, problems);
        }
        _ => {
            refuse("groups", &groups, problems);
            refuse("add_groups", &add, problems);
            refuse("remove_groups", &remove, problems);
        }
    }
    console::memberships(cells, rules.list_separator, &mut add, problems);
    fold(&mut add);
    fold(&mut remove);
    if !remove.is_empty() {
        for name in add.iter().filter(|name| remove.iter().any(|removed| same(removed, name))) {
            problems.add("groups", "contradiction", name, "is both added and removed in this row: take one of them out");
        }
    }
    change.add = add;
    change.remove = match action {
        Action::RemoveAll => Some(Memberships::All),
        _ => (!remove.is_empty()).then_some(Memberships::Named(remove)),
    };
}

/// Most rows have one list: it is taken as it is.
fn extend<'a>(list: &mut Vec<Cow<'a, str>>, more: Vec<Cow<'a, str>>) {
    if list.is_empty() { *list = more } else { list.extend(more) }
}

/// What would silently be lost is an error.
fn foreign_fields(cells: &Cells<'_>, action: Action, problems: &mut Problems) {
    let mut foreign = |field, name, advice: &str| {
        if let Some(cell) = text(cells, field) {
            problems.add(name, "not_for_this_action", cell, advice.to_owned());
        }
    };
    for (field, name) in [
        (Field::Group, "group"),
        (Field::NewName, "new_name"),
        (Field::Description, "description"),
        (Field::Users, "users"),
        (Field::RemoveUsers, "remove_users"),
        (Field::Profiles, "profiles"),
        (Field::RemoveProfiles, "remove_profiles"),
    ] {
        foreign(field, name, "belongs to rows about a group (create-group, update-group, delete-group)");
    }
    if action != Action::Update {
        foreign(Field::NewEmail, "new_email", "belongs to rows with the action update");
        foreign(Field::NewUsername, "new_username", "belongs to rows with the action update");
    }
}

fn nothing_to_do(action: Action, change: &UserChange<'_>, problems: &mut Problems) {
    let idle =
        change.create.is_none() && change.update.is_none() && change.remove.is_none() && change.add.is_empty() && change.leave.is_none();
    if idle && problems.is_empty() {
        match action {
            Action::Add | Action::Remove => {
                problems.add("groups", "missing", "", format!("is empty: there is nothing to {}", action.name()));
            }
            _ => problems.add("row", "nothing", "", "changes nothing: fill in a new value or a group, or take the row out"),
        }
    }
}
