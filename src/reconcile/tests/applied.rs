//! Tests of which values of a row are not applied, and of the messages about them.

use super::*;

const EXPORT: &str =
    "action,type,email,username,domain,firstname,lastname,country,groups,id,status\n";

fn exported(cells: &str) -> Left {
    left(&baseline(), &format!("{EXPORT}create,{cells}\n"))
}

#[test]
fn exported_row_that_nobody_edited_differs_in_nothing() {
    let found = exported("federatedID,ann@x.com,ann1,x.com,Ann,Lee,US,\"Design,Video\",1,active");
    assert_eq!((found.change.as_str(), &*found.effect, &*found.remark), ("", "exists", ""));
}

#[test]
fn each_cell_that_no_step_applies_is_said() {
    for (cells, effect, said) in [
        (
            "federatedID,ann@x.com,ann1,x.com,Anne,Lee,US,\"Design,Video\",1,active",
            "firstname",
            "Anne",
        ),
        ("federatedID,ann@x.com,ann1,x.com,Ann,Li,US,\"Design,Video\",1,active", "lastname", "Li"),
        (
            "federatedID,ann@x.com,ann2,x.com,Ann,Lee,US,\"Design,Video\",1,active",
            "username",
            "ann2",
        ),
        (
            "federatedID,ann@x.com,ann1,y.com,Ann,Lee,US,\"Design,Video\",1,active",
            "domain",
            "y.com",
        ),
        ("federatedID,ann@x.com,ann1,x.com,Ann,Lee,DE,\"Design,Video\",1,active", "country", "DE"),
        ("federatedID,ann@x.com,ann1,x.com,Ann,Lee,US,Design,1,active", "groups", "Video"),
        (
            "federatedID,ann@x.com,ann1,x.com,Ann,Lee,US,\"Design,Video\",1,locked",
            "status",
            "locked",
        ),
    ] {
        let found = exported(cells);
        assert_eq!(found.effect, format!("exists+differs:{effect}"), "{cells}");
        assert!(found.change.is_empty(), "{cells}: {found:?}");
        assert!(
            found.remark.contains(&format!("`{said}`"))
                && found.remark.contains("according to a list"),
            "{cells}: {found:?}"
        );
    }
}

#[test]
fn a_step_that_applies_a_cell_leaves_no_difference() {
    let text = "action,email,firstname,lastname\nupdate,ann@x.com,Anne,Lee\n";
    let found = left(&baseline(), text);
    assert_eq!((&*found.effect, &*found.remark), ("updated", ""));
    let text = "email,firstname,lastname,country,if_exists\nann@x.com,Anne,Lee,US,update\n";
    let found = left(&baseline(), text);
    assert_eq!((&*found.effect, &*found.remark), ("exists+updated", ""));
}

#[test]
fn names_of_an_adobe_id_belong_to_its_user() {
    let found = exported("adobeID,ada@y.com,ada@y.com,,Eve,Day,US,Design,3,active");
    assert_eq!(found.effect, "exists+differs:firstname");
    assert!(super::super::is_about_own_data(&found.remark), "{found:?}");
}

#[test]
fn leavers_differ_in_nothing() {
    let found = left(&baseline(), "action,email,firstname,lastname\ndelete,ann@x.com,Anne,Li\n");
    assert_eq!((&*found.effect, &*found.remark), ("removed", ""));
}

#[test]
fn id_of_somebody_else_is_a_problem() {
    // Bob's id beside Ann's address.
    let found = exported("federatedID,ann@x.com,ann1,x.com,Ann,Lee,US,\"Design,Video\",2,active");
    assert_eq!(
        (found.problems, &*found.effect),
        (vec!["invalid.email.other_id".to_owned()], "differs:email")
    );
    // An address that nobody has.
    let found = exported("federatedID,a.lee@x.com,,,Ann,Lee,US,\"Design,Video\",1,active");
    assert_eq!(found.problems, ["invalid.email.other_id"]);
    // With another type, it is a different account.
    let found = exported("enterpriseID,ada@y.com,ada@y.com,y.com,Ada,Day,US,Design,3,active");
    assert_eq!(
        (found.problems, &*found.effect),
        (vec!["invalid.type.other_id".to_owned()], "differs:type")
    );
}

/// The type is the same: the username is the reason why the row means another user.
#[test]
fn username_of_somebody_else_is_a_problem_of_the_username() {
    let found = exported("federatedID,ann@x.com,bob1,x.com,Ann,Lee,US,\"Design,Video\",1,active");
    assert_eq!(
        (found.problems, &*found.effect),
        (vec!["invalid.username.other_id".to_owned()], "differs:username")
    );
}

#[test]
fn id_that_nobody_has_creates_somebody() {
    let found = exported("federatedID,new@x.com,new1,x.com,New,One,US,,9,active");
    assert!(found.problems.is_empty(), "{found:?}");
    assert_eq!(found.change, "new1 in x.com: create");
    // Unless the list does not show all ids.
    let mut all = organization();
    all.add(&ListedUser { email: "eve@x.com".into(), ..ListedUser::default() });
    let known = Baseline::new(Arc::new(all));
    let row = format!("{EXPORT}create,federatedID,new@x.com,new1,x.com,New,One,US,,9,active\n");
    assert_eq!(left(&known, &row).problems, ["invalid.email.unknown"]);
    // A decision that was made before anything was sent is not reported again.
    let decided = Baseline { is_decided: true, ..known };
    assert!(left(&decided, &row).problems.is_empty());
}

#[test]
fn account_over_an_adobe_id_is_warned_of() {
    let text = "type,email,firstname,lastname,country\nfederatedID,ada@y.com,Ada,Day,US\n";
    let found = left(&baseline(), text);
    assert!(found.remark.starts_with("warning: ") && found.remark.contains("`ada@y.com`"));
    assert_eq!(found.effect, "created_or_exists");
    let meant = Baseline { allows_shadow: true, ..baseline() };
    let found = left(&meant, text);
    assert_eq!((&*found.effect, &*found.remark), ("created", ""));
}

#[test]
fn somebody_new_is_created_only_where_the_list_tells_absence() {
    let text = "email,firstname,lastname,country\nnew@x.com,New,One,US\n";
    assert_eq!(left(&baseline(), text).effect, "created");
    for hidden in [Coverage::EVERYBODY, Coverage::EMAILS, Coverage::TYPES] {
        let mut all = organization();
        all.coverage -= hidden;
        let found = left(&Baseline::new(Arc::new(all)), text);
        assert_eq!(found.effect, "created_or_exists", "{hidden:?}");
    }
}
