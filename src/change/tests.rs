//! Every rule, by what must hold.

use super::*;
use proptest::prelude::*;

use crate::table::Field::{
    Action, AddGroups, AdminRoles, ConfigurationsAdministered, Country, Description, DeveloperAccess, Domain, Email, Firstname, Group,
    GroupType, Groups, HardDelete, Lastname, NewEmail, NewName, NewUsername, ProductConfigurations, ProductsAdministered, Profiles,
    RemoveGroups, RemoveProfiles, RemoveUsers, Type, UserGroups, UserGroupsAdministered, Username, Users,
};

fn cells<'a>(pairs: &[(Field, &'a str)]) -> Cells<'a> {
    let mut cells = Cells::default();
    for (field, cell) in pairs {
        cells.set(*field, cell);
    }
    cells
}

fn row<'a>(pairs: &[(Field, &'a str)]) -> Result<Change<'a>, Vec<Problem>> {
    read(&cells(pairs), &Rules::new(Dialect::Native))
}

fn user<'a>(pairs: &[(Field, &'a str)]) -> UserChange<'a> {
    match row(pairs).unwrap() {
        Change::User(user) => user,
        Change::Group(group) => panic!("a group: {group:?}"),
    }
}

fn codes(pairs: &[(Field, &str)]) -> Vec<String> {
    match row(pairs) {
        Ok(change) => panic!("accepted: {change:?}"),
        Err(problems) => problems.iter().map(Problem::code).collect(),
    }
}

const ANN: [(Field, &str); 4] = [(Email, "ann@example.com"), (Firstname, "Ann"), (Lastname, "Lee"), (Country, "US")];

fn ann<'a>(more: &[(Field, &'a str)]) -> Vec<(Field, &'a str)> {
    ANN.iter().chain(more).copied().collect()
}

#[test]
fn a_plain_row_creates_a_federated_user() {
    let user = user(&ann(&[(Groups, " A , b,,a , ")]));
    assert_eq!((user.user.as_ref(), user.domain.as_deref(), user.adobe_id), ("ann@example.com", None, false));
    let create = user.create.unwrap();
    assert_eq!((create.identity, create.if_exists, create.country.as_deref()), (IdentityType::Federated, IfExists::Ignore, Some("US")));
    assert_eq!(user.add, ["A", "b"]);
}

#[test]
fn all_problems_of_a_row_are_found_at_once_in_the_order_of_its_fields() {
    let problems = row(&[(Type, "wizard"), (Email, "ann"), (Lastname, "Lee"), (Country, "uk"), (Groups, "_org_admin")]).unwrap_err();
    let (code, message) = problems_text(&problems);
    assert_eq!(code, "invalid.type.unknown");
    insta::assert_snapshot!(message.replace("; ", "\n"), @r"
    type `wizard` is no identity type: write adobeID, enterpriseID or federatedID
    email `ann` is no email address: write name@example.com
    firstname is missing: Enterprise and Federated IDs need first and last name
    country `uk` is no ISO 3166 country code: write GB for the United Kingdom
    groups `_org_admin` cannot be set through the API: besides groups and profiles it takes _admin_NAME, _product_admin_NAME, _developer_NAME, _support_admin and _deployment_admin
    ");
}

#[test]
fn identity_types_are_known_in_all_their_spellings() {
    for (spelling, identity) in [
        ("adobeID", IdentityType::Adobe),
        ("Adobe ID", IdentityType::Adobe),
        ("ENTERPRISE_ID", IdentityType::Enterprise),
        ("enterprise-id", IdentityType::Enterprise),
        (" federatedid ", IdentityType::Federated),
        ("Federated ID", IdentityType::Federated),
    ] {
        assert_eq!(user(&ann(&[(Type, spelling)])).create.unwrap().identity, identity, "{spelling}");
    }
}

#[test]
fn what_is_required_depends_on_the_identity_type() {
    assert!(row(&[(Type, "adobeID"), (Email, "ann@example.com")]).is_ok());
    assert_eq!(codes(&[(Type, "enterpriseID"), (Email, "ann@example.com")]), ["invalid.firstname.missing", "invalid.lastname.missing"]);
    let federated = ["invalid.firstname.missing", "invalid.lastname.missing", "invalid.country.missing"];
    assert_eq!(codes(&[(Email, "ann@example.com")]), federated);
    assert!(row(&[(Type, "enterpriseID"), (Email, "a@example.com"), (Firstname, "A"), (Lastname, "B")]).is_ok());
    // An existing user needs nothing of that.
    assert!(row(&[(Action, "add"), (Email, "ann@example.com"), (Groups, "A")]).is_ok());
}

#[test]
fn defaults_fill_what_the_row_leaves_open_and_the_row_wins() {
    let mut rules = Rules::new(Dialect::Native);
    rules.default_country = Some("DE".to_owned());
    rules.default_type = IdentityType::Enterprise;
    rules.if_exists = IfExists::Update;
    let Ok(Change::User(user)) = read(&cells(&ann(&[(Field::IfExists, "Error")])), &rules) else { panic!() };
    let create = user.create.unwrap();
    assert_eq!((create.identity, create.country.as_deref(), create.if_exists), (IdentityType::Enterprise, Some("US"), IfExists::Error));
    let Ok(Change::User(user)) = read(&cells(&ANN[..3]), &rules) else { panic!() };
    assert_eq!(user.create.unwrap().country.as_deref(), Some("DE"));
}

#[test]
fn countries_are_upper_cased_and_unknown_ones_named() {
    assert_eq!(
        user(&[(Email, "a@example.com"), (Firstname, "A"), (Lastname, "B"), (Country, "de")]).create.unwrap().country.as_deref(),
        Some("DE")
    );
    for (wrong, right) in [("UK", "GB"), ("DEU", "DE"), ("Germany", "DE"), ("X1", "two letters"), ("ÖÄ", "two letters")] {
        let problems = row(&[(Email, "a@example.com"), (Firstname, "A"), (Lastname, "B"), (Country, wrong)]).unwrap_err();
        assert!(problems[0].advice.contains(right), "{}", problems[0]);
    }
}

#[test]
fn emails_have_a_form_and_a_length_in_characters() {
    for good in ["a@b.co", "first.last+tag@sub.example.com", "o'brien@example.com", "a_b@ex-ample.org"] {
        assert!(row(&[(Action, "add"), (Email, good), (Groups, "G")]).is_ok(), "{good}");
    }
    for bad in ["ann", "@b.com", "a@", "a@b", "a b@c.com", "a@@b.com", "a@b..com", "a@.com", ".a@b.com", "a@b.com,c@d.com", "a@-b.com"] {
        assert_eq!(codes(&[(Action, "add"), (Email, bad), (Groups, "G")]), ["invalid.email.form"], "{bad}");
    }
    let fits = format!("{}@example.com", "é".repeat(48));
    assert!(row(&[(Action, "add"), (Email, &fits), (Groups, "G")]).is_ok());
    let long = format!("{}@example.com", "é".repeat(49));
    assert_eq!(codes(&[(Action, "add"), (Email, &long), (Groups, "G")]), ["invalid.email.too_long"]);
}

#[test]
fn names_have_a_length_in_characters_and_stand_on_one_line() {
    let fits = "é".repeat(250);
    assert!(row(&[ANN[0], (Firstname, &fits), ANN[2], ANN[3]]).is_ok());
    let long = "é".repeat(251);
    assert_eq!(codes(&[ANN[0], (Firstname, &long), ANN[2], ANN[3]]), ["invalid.firstname.too_long"]);
    assert_eq!(codes(&[ANN[0], (Firstname, "A\nB"), ANN[2], ANN[3]]), ["invalid.firstname.control"]);
    let group = "g".repeat(256);
    assert_eq!(codes(&ann(&[(Groups, &group)])), ["invalid.groups.too_long"]);
}

#[test]
fn a_domain_is_dropped_beside_an_email_user_and_needed_beside_another() {
    assert_eq!(user(&ann(&[(Domain, "example.com")])).domain, None);
    assert_eq!(user(&ann(&[(Username, "ANN@example.com"), (Domain, "AdobeID")])).user, "ann@example.com");
    let named = user(&[(Action, "delete"), (Username, "ann.lee"), (Domain, "example.com")]);
    assert_eq!((named.user.as_ref(), named.domain.as_deref()), ("ann.lee", Some("example.com")));
    assert_eq!(codes(&[(Action, "delete"), (Username, "ann.lee")]), ["invalid.domain.missing"]);
    assert_eq!(codes(&[(Action, "delete"), (Username, "ann.lee"), (Domain, "AdobeID")]), ["invalid.domain.missing"]);
    assert_eq!(codes(&[(Action, "delete"), (Username, "ann.lee"), (Domain, "no domain")]), ["invalid.domain.form"]);
    assert_eq!(codes(&[(Action, "delete")]), ["invalid.email.missing"]);
}

#[test]
fn a_created_user_may_have_a_username_of_its_own_and_an_existing_one_goes_by_email() {
    let created = user(&ann(&[(Username, "alee")]));
    assert_eq!((created.user.as_ref(), created.domain.as_deref()), ("alee", Some("example.com")));
    assert_eq!(created.create.unwrap().email, "ann@example.com");
    let created = user(&ann(&[(Username, "alee@corp.example.com"), (Domain, "example.com")]));
    assert_eq!((created.user.as_ref(), created.domain), ("alee@corp.example.com", None));
    let existing = user(&[(Action, "add"), (Email, "ann@example.com"), (Username, "alee"), (Groups, "G")]);
    assert_eq!((existing.user.as_ref(), existing.domain), ("ann@example.com", None));
    assert_eq!(codes(&ann(&[(Type, "adobeID"), (Username, "alee")])), ["invalid.username.differs"]);
}

#[test]
fn roles_that_the_api_cannot_set_are_named() {
    let roles = "_admin_G, _product_admin_P,_developer_P,_support_admin,_deployment_admin";
    assert_eq!(user(&ann(&[(Groups, roles)])).add.len(), 5);
    assert_eq!(codes(&ann(&[(Groups, "_org_admin,_admin_")])), ["invalid.groups.role", "invalid.groups.role"]);
}

#[test]
fn lists_may_be_json_and_an_empty_one_is_said() {
    assert_eq!(user(&ann(&[(Groups, r#"["Smith, Jr.", " G "]"#)])).add, ["Smith, Jr.", "G"]);
    assert!(user(&ann(&[(Groups, "[]")])).add.is_empty());
    assert_eq!(codes(&ann(&[(Groups, "[oops")])), ["invalid.groups.list"]);
    let mut rules = Rules::new(Dialect::Native);
    rules.list_separator = ';';
    let Ok(Change::User(user)) = read(&cells(&ann(&[(Groups, "A, B;C")])), &rules) else { panic!() };
    assert_eq!(user.add, ["A, B", "C"]);
}

#[test]
fn updates_say_something_new_that_the_api_can_change() {
    let update = user(&[(Action, "update"), (Email, "ann@example.com"), (NewEmail, "lee@example.com"), (Country, "XX")]).update.unwrap();
    assert_eq!(update.email.as_deref(), Some("lee@example.com"));
    let base = |more: &[(Field, &'static str)]| -> Vec<(Field, &'static str)> {
        [(Action, "update"), ANN[0]].iter().chain(more).copied().collect()
    };
    assert_eq!(codes(&base(&[])), ["invalid.row.nothing"]);
    assert_eq!(codes(&base(&[(NewEmail, "ann@example.com")])), ["invalid.row.nothing"]);
    assert_eq!(codes(&base(&[(NewEmail, "Ann@Example.com")])), ["invalid.new_email.case"]);
    assert_eq!(codes(&base(&[(Type, "Adobe ID"), (Firstname, "A")])), ["invalid.type.adobe_update"]);
    assert!(row(&base(&[(Type, "Adobe ID"), (Groups, "G")])).is_ok());
    assert_eq!(codes(&ann(&[(NewEmail, "b@example.com")])), ["invalid.new_email.not_for_this_action"]);
}

#[test]
fn impossible_combinations_are_refused() {
    let base = |action: &'static str, more: &[(Field, &'static str)]| -> Vec<(Field, &'static str)> {
        [(Action, action), ANN[0]].iter().chain(more).copied().collect()
    };
    for action in ["delete", "delete-account", "remove-all"] {
        assert_eq!(codes(&base(action, &[(Groups, "G")])), ["invalid.groups.not_for_this_action"], "{action}");
        assert!(row(&base(action, &[(Groups, "[]")])).is_ok());
    }
    assert_eq!(codes(&base("delete", &[(AddGroups, "G")])), ["invalid.add_groups.not_for_this_action"]);
    assert_eq!(codes(&base("update", &[(AddGroups, "G"), (RemoveGroups, "g")])), ["invalid.groups.contradiction"]);
    assert_eq!(codes(&base("add", &[])), ["invalid.groups.missing"]);
    assert_eq!(codes(&base("remove", &[(Groups, "[]")])), ["invalid.groups.missing"]);
    assert_eq!(codes(&base("fly", &[])), ["invalid.action.unknown"]);
    let all = user(&base("remove_all", &[(AddGroups, "G")]));
    assert_eq!((all.remove, all.add.len()), (Some(Memberships::All), 1));
}

#[test]
fn a_row_may_do_several_things() {
    let both = user(&[(Action, "Update"), ANN[0], (Firstname, "Anna"), (Groups, "A"), (AddGroups, "B"), (RemoveGroups, "C")]);
    assert!(both.update.is_some());
    assert_eq!((both.add.len(), both.remove), (2, Some(Memberships::Named(vec!["C".into()]))));
    let removed = user(&[(Action, "remove"), ANN[0], (Groups, "A"), (AddGroups, "B")]);
    assert_eq!((removed.add.len(), removed.remove), (1, Some(Memberships::Named(vec!["A".into()]))));
}

#[test]
fn adobe_ids_are_marked_on_every_action() {
    for action in ["create", "add", "delete"] {
        let groups = if action == "delete" { "" } else { "G" };
        assert!(user(&[(Action, action), (Type, "adobeID"), ANN[0], (Groups, groups)]).adobe_id, "{action}");
    }
    assert!(!user(&[(Action, "delete"), ANN[0]]).adobe_id);
}

#[test]
fn group_rows_create_change_and_delete_groups() {
    let Ok(Change::Group(group)) = row(&[(Action, "create-group"), (Group, " G "), (Users, "a@example.com,b")]) else { panic!() };
    assert_eq!((group.group.as_ref(), group.add_users.len()), ("G", 2));
    assert_eq!(codes(&[(Action, "create-group"), (Group, "_G")]), ["invalid.group.form"]);
    assert_eq!(codes(&[(Action, "create-group")]), ["invalid.group.missing"]);
    assert_eq!(codes(&[(Action, "update-group"), (Group, "G"), (NewName, "G")]), ["invalid.row.nothing"]);
    assert!(row(&[(Action, "update-group"), (Group, "G"), (NewName, "g")]).is_ok());
    assert_eq!(codes(&[(Action, "update-group"), (Group, "G"), (NewName, "_g")]), ["invalid.new_name.form"]);
    assert_eq!(codes(&[(Action, "delete-group"), (Group, "G"), (Users, "a@example.com")]), ["invalid.users.not_for_this_action"]);
    assert_eq!(
        codes(&[(Action, "update-group"), (Group, "G"), (Users, "a@x.com"), (RemoveUsers, "A@x.com")]),
        ["invalid.users.contradiction"]
    );
    assert_eq!(codes(&[(Action, "create-group"), (Group, "G"), (Email, "a@x.com")]), ["invalid.email.not_for_this_action"]);
    assert_eq!(codes(&[(Action, "add"), ANN[0], (Groups, "A"), (Group, "G")]), ["invalid.group.not_for_this_action"]);
}

#[test]
fn the_dialect_says_what_rows_without_an_action_do() {
    let of = |dialect, pairs: &[(Field, &'static str)]| read(&cells(pairs), &Rules::new(dialect));
    let leave = |cell| match of(Dialect::UmapiCliUsersDelete, &[ANN[0], (HardDelete, cell)]) {
        Ok(Change::User(user)) => user.leave,
        other => panic!("{other:?}"),
    };
    assert_eq!((leave("y"), leave("N"), leave("")), (Some(Leave::DeleteAccount), Some(Leave::KeepAccount), Some(Leave::KeepAccount)));
    assert!(of(Dialect::UmapiCliUsersDelete, &[ANN[0], (HardDelete, "maybe")]).is_err());
    let Ok(Change::User(updated)) = of(Dialect::UmapiCliUsersUpdate, &[ANN[0], (Username, "new.name")]) else { panic!() };
    assert_eq!(updated.update.unwrap().username.as_deref(), Some("new.name"));
    assert!(of(Dialect::UmapiCliGroups, &[(Group, "G")]).is_err());
    assert!(of(Dialect::UmapiCliGroupsExport, &[(Group, "G"), (GroupType, "USER_GROUP")]).is_ok());
    assert!(of(Dialect::UmapiCliGroupsExport, &[(Group, "P"), (GroupType, "PRODUCT_PROFILE")]).is_err());
}

#[test]
fn the_admin_consoles_columns_become_memberships_and_roles() {
    let rules = Rules::new(Dialect::AdminConsole);
    let row = cells(&[
        ANN[0],
        (ProductConfigurations, "P1,P2"),
        (AdminRoles, "Support administrator"),
        (ConfigurationsAdministered, "P1"),
        (UserGroups, "G1"),
        (UserGroupsAdministered, "G1"),
        (ProductsAdministered, "Prod"),
        (DeveloperAccess, "P2"),
    ]);
    let Ok(Change::User(user)) = read(&row, &rules) else { panic!("{:?}", read(&row, &rules)) };
    assert_eq!(user.create.unwrap().identity, IdentityType::Adobe);
    assert_eq!(user.add, ["P1", "P2", "G1", "_admin_P1", "_admin_G1", "_product_admin_Prod", "_developer_P2", "_support_admin"]);
    let problems = read(&cells(&[ANN[0], (AdminRoles, "System administrator")]), &rules).unwrap_err();
    assert_eq!(problems[0].code(), "invalid.admin_roles.role");
}

fn any_cell() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => Just(String::new()),
        2 => prop::sample::select(vec![
            "create", "update", "add", "remove", "remove-all", "delete", "create-group", "update-group", "delete-group", "adobeID", "federatedID",
            "ann@example.com", "Bob@example.com", "ann", "example.com", "US", "uk", "A,B", "b , a,A", "[\"x, y\"]", "[]", "ignore", "y", "_org_admin",
        ]).prop_map(str::to_owned),
        1 => "\\PC{0,12}",
        1 => "[a,;\\[\" _]{0,300}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_is_accepted_keeps_all_limits(texts in prop::collection::vec(any_cell(), Field::COUNT), dialect in 0..10_usize) {
        let dialects = [
            Dialect::Native, Dialect::UmapiCliUsersCreate, Dialect::UmapiCliUsersUpdate, Dialect::UmapiCliUsersDelete, Dialect::UmapiCliGroups,
            Dialect::UmapiCliGroupsUpdate, Dialect::UmapiCliGroupsExport, Dialect::UserSyncRemove, Dialect::AdminConsole, Dialect::UmapiSamples,
        ];
        let fields = [
            Action, Type, Email, Username, Domain, Firstname, Lastname, Country, Groups, AddGroups, RemoveGroups, NewEmail, NewUsername, Field::IfExists,
            HardDelete, Group, NewName, Description, Users, RemoveUsers, Profiles, RemoveProfiles,
        ];
        let mut cells = Cells::default();
        for (field, text) in fields.iter().zip(&texts) {
            cells.set(*field, text);
        }
        match read(&cells, &Rules::new(dialects[dialect])) {
            Err(problems) => prop_assert!(!problems.is_empty()),
            Ok(Change::User(user)) => {
                prop_assert!(!user.user.is_empty());
                prop_assert_eq!(user.domain.is_some(), !user.user.contains('@'));
                let mut names = user.add.clone();
                if let Some(Memberships::Named(removed)) = &user.remove {
                    prop_assert!(!removed.is_empty());
                    names.extend(removed.iter().cloned());
                }
                let folded: std::collections::HashSet<String> = names.iter().map(|name| name.to_lowercase()).collect();
                prop_assert_eq!(folded.len(), names.len());
                prop_assert!(names.iter().all(|name| !name.trim().is_empty() && name.trim() == name && name.chars().count() <= 255));
                prop_assert!(user.leave.is_none() || (user.create.is_none() && user.add.is_empty()));
                prop_assert!(user.create.is_some() || user.update.is_some() || user.remove.is_some() || !user.add.is_empty() || user.leave.is_some());
                if let Some(create) = &user.create {
                    prop_assert!(create.email.contains('@') && create.email.chars().count() <= 250);
                    prop_assert!(create.identity != IdentityType::Federated || create.country.is_some());
                }
            }
            Ok(Change::Group(group)) => {
                prop_assert!(!group.group.is_empty() && !group.group.starts_with('_'));
                prop_assert!(!group.delete || (group.add_users.is_empty() && group.create.is_none()));
            }
        }
    }
}
