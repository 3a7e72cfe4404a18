//! Properties: whatever the cells are, nothing panics, and accepted values keep the API's limits.

use super::check;
use super::text::{folded_name, same_name, trim};
use super::{
    Action, Change, GroupChange, IdentityType, IfExists, Memberships, Rules, UserChange,
    problems_text, read,
};
use crate::table::{Cells, Field, InputDialect};
use proptest::prelude::*;
use std::borrow::Cow;
use std::collections::HashSet;

/// Cells that have a meaning somewhere, so that many rows are nearly right.
const CELLS: [&str; 44] = [
    "create",
    "update",
    "Add",
    "remove",
    "remove-all",
    "delete",
    "delete_account",
    "create group",
    "update-group",
    "delete-group",
    "adobeID",
    "Enterprise ID",
    "federated",
    "unknown",
    "ann@example.com",
    "ANN@example.com",
    " bob@example.com ",
    "ann",
    "AdobeID",
    "example.com",
    "Ann",
    "Łukasz",
    "US",
    "uk",
    "de",
    "A",
    "a,B",
    "B, C,,b",
    "[]",
    r#"["A, B", " C ", ""]"#,
    "[A]",
    "_admin_A",
    "_org_admin",
    "_support_admin",
    "ignore",
    "error",
    "y",
    "n",
    "USER_GROUP",
    "System Administrator",
    "Support Admin",
    "A\nB",
    "\u{feff}x\u{200b}",
    " ",
];

fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        12 => proptest::sample::select(&CELLS[..]).prop_map(str::to_owned),
        2 => any::<String>(),
        1 => proptest::collection::vec(proptest::sample::select(&["A", "b", "ß", "_admin_x",
            "ann@example.com", "Ω"][..]), 0..60).prop_map(|v| v.join(",")),
        1 => (0_usize..300).prop_map(|n| "ü".repeat(n)),
        1 => (0_usize..80).prop_map(|n| format!("{}@example.com", "x".repeat(n))),
    ]
}

pub(super) fn rows() -> impl Strategy<Value = Vec<(usize, String)>> {
    let any_row = proptest::collection::vec((0..Field::COUNT, cell()), 0..8);
    let of = |fields: &'static [Field]| {
        proptest::collection::vec(
            (proptest::sample::select(fields).prop_map(|field| field as usize), cell()),
            0..4,
        )
    };
    let user = of(&[
        Field::Type,
        Field::Groups,
        Field::AddGroups,
        Field::RemoveGroups,
        Field::NewEmail,
        Field::Username,
        Field::NewUsername,
        Field::AdminRoles,
    ]);
    let group = of(&[
        Field::NewName,
        Field::Description,
        Field::Users,
        Field::RemoveUsers,
        Field::Profiles,
        Field::RemoveProfiles,
    ]);
    let start = |cells: &'static [(Field, &'static str)], more: Vec<(usize, String)>| {
        cells.iter().map(|&(field, cell)| (field as usize, cell.to_owned())).chain(more).collect()
    };
    let action = |names: &'static [&'static str]| {
        proptest::sample::select(names).prop_map(|name| (Field::Action as usize, name.to_owned()))
    };
    prop_oneof![
        any_row,
        (
            user,
            action(&[
                "create",
                "update",
                "add",
                "remove",
                "remove-all",
                "delete",
                "delete-account"
            ])
        )
            .prop_map(move |(mut more, action)| {
                more.push(action);
                start(
                    &[
                        (Field::Email, "ann@example.com"),
                        (Field::Firstname, "Ann"),
                        (Field::Lastname, "Lee"),
                        (Field::Country, "us"),
                    ],
                    more,
                )
            }),
        (group, action(&["create-group", "update-group", "delete-group"])).prop_map(
            move |(mut more, action)| {
                more.push(action);
                start(&[(Field::Group, "Design")], more)
            }
        ),
    ]
}

pub(super) fn rules() -> impl Strategy<Value = Rules> {
    let action = prop_oneof![3 => Just(None), 1 =>
        proptest::sample::select(&Action::ALL[..]).prop_map(Some)];
    let identity = proptest::sample::select(
        &[IdentityType::Adobe, IdentityType::Enterprise, IdentityType::Federated][..],
    );
    let country =
        proptest::sample::select(vec![None, Some("US".to_owned()), Some("England".to_owned())]);
    let separator = proptest::sample::select(&[',', ';', '§'][..]);
    (proptest::sample::select(&InputDialect::ALL[..]), action, identity, country, separator)
        .prop_map(|(dialect, action, default_type, default_country, list_separator)| Rules {
            action,
            default_type,
            default_country,
            if_exists: IfExists::Ignore,
            list_separator,
            ..Rules::new(dialect)
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None,
        ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_accepted_keeps_the_limits(row in rows(), rules in rules()) {
        let mut cells = Cells::default();
        for (field, cell) in &row {
            cells.set(Field::ALL[*field], cell);
        }
        match read(&cells, &rules) {
            Ok(Change::User(user)) => keeps_the_limits_of_users(&user),
            Ok(Change::Group(group)) => keeps_the_limits_of_groups(&group),
            Err(problems) => {
                prop_assert!(!problems.is_empty());
                let (code, message) = problems_text(&problems);
                prop_assert!(code.starts_with("invalid.") && code.split('.').count() == 3, "{}",
                    code);
                prop_assert!(!message.contains(['\n', '\r', '\0']), "{:?}", message);
            }
        }
    }
}

fn keeps_the_limits_of_users(user: &UserChange<'_>) {
    assert_eq!(check::username(&user.user), Ok(()));
    assert_eq!(
        user.domain.is_some(),
        !user.user.contains('@'),
        "a domain goes with a username that is no email address: {user:?}"
    );
    assert!(user.domain.as_deref().is_none_or(|domain| check::domain(domain).is_ok()));
    let mut does_something = user.leave.is_some() || user.remove.is_some() || !user.add.is_empty();
    if let Some(create) = &user.create {
        does_something = true;
        assert!(user.leave.is_none());
        assert_eq!(check::email(&create.email), Ok(()));
        let is_adobe = create.identity == IdentityType::Adobe;
        assert_eq!(user.adobe_id, is_adobe);
        assert!(is_adobe || create.firstname.is_some() && create.lastname.is_some());
        assert!(create.identity != IdentityType::Federated || create.country.is_some());
        assert!(create.country.as_deref().is_none_or(
            |country| country.len() == 2 && country.bytes().all(|b| b.is_ascii_uppercase())
        ));
        assert!(
            [&create.firstname, &create.lastname]
                .into_iter()
                .flatten()
                .all(|name| is_clean(name, 250))
        );
    }
    if let Some(update) = &user.update {
        does_something = true;
        assert!(!user.adobe_id && user.leave.is_none());
        assert!(
            update.renames() || update.firstname.is_some() || update.lastname.is_some(),
            "an empty update is an error of the API"
        );
        assert!(update.email.as_deref().is_none_or(|email| check::email(email).is_ok()));
        let is_unchanged = update
            .email
            .as_deref()
            .is_some_and(|email| user.create.is_none() && same_name(email, &user.user));
        assert!(!is_unchanged, "the letter case of an email cannot change: {user:?}");
        assert!(
            update.username.as_deref().is_none_or(|username| check::username(username).is_ok())
        );
    }
    assert!(does_something, "{user:?}");
    is_folded(&user.add, check::membership);
    if let Some(Memberships::Named(names)) = &user.remove {
        assert!(!names.is_empty());
        is_folded(names, check::membership);
        have_nothing_in_common(&user.add, names);
    }
    assert!(user.leave.is_none() || user.add.is_empty() && user.remove.is_none());
}

fn keeps_the_limits_of_groups(group: &GroupChange<'_>) {
    assert_eq!(check::group(&group.group), Ok(()));
    assert!(is_clean(&group.group, 255));
    let lists =
        [&group.add_users, &group.remove_users, &group.add_profiles, &group.remove_profiles];
    let has_members = lists.iter().any(|names| !names.is_empty());
    assert!(group.create.is_some() || group.update.is_some() || has_members || group.delete);
    assert!(
        !group.delete || group.create.is_none() && group.update.is_none() && !has_members,
        "a deletion comes alone"
    );
    if let Some(update) = &group.update {
        assert!(update.name.is_some() || update.description.is_some());
        assert!(
            update
                .name
                .as_deref()
                .is_none_or(|name| check::group(name).is_ok() && name != group.group)
        );
    }
    is_folded(&group.add_users, check::username);
    is_folded(&group.remove_users, check::username);
    is_folded(&group.add_profiles, check::profile);
    is_folded(&group.remove_profiles, check::profile);
    have_nothing_in_common(&group.add_users, &group.remove_users);
    have_nothing_in_common(&group.add_profiles, &group.remove_profiles);
}

fn is_clean(text: &str, max: usize) -> bool {
    !text.is_empty()
        && trim(text) == text
        && text.chars().count() <= max
        && !text.chars().any(char::is_control)
}

fn is_folded(names: &[Cow<'_, str>], check: fn(&str) -> Result<(), check::ValueFault>) {
    assert!(names.iter().all(|name| is_clean(name, 255) && check(name).is_ok()), "{names:?}");
    assert_eq!(keys(names).len(), names.len(), "{names:?}");
}

fn have_nothing_in_common(a: &[Cow<'_, str>], b: &[Cow<'_, str>]) {
    assert!(keys(a).is_disjoint(&keys(b)), "{a:?} {b:?}");
}

fn keys(names: &[Cow<'_, str>]) -> HashSet<String> {
    names.iter().map(|name| folded_name(name)).collect()
}
