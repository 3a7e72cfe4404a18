//! Tests of the remainder of a user's row.

use super::*;
use crate::change::IdentityType;

const PEOPLE: &str = "email,firstname,lastname,country,groups\n";

#[test]
fn person_who_looks_so_already_leaves_nothing() {
    let found = left(&baseline(), &format!("{PEOPLE}ANN@x.com,Ann,Lee,US,design\n"));
    assert_eq!((found.change.as_str(), found.relies_on_absence), ("", false));
    assert!(!found.is_nobody && found.effect == "exists", "{found:?}");
}

#[test]
fn only_the_missing_memberships_are_left() {
    let found = left(&baseline(), &format!("{PEOPLE}ann@x.com,Ann,Lee,US,\"Design,Empty\"\n"));
    assert_eq!((found.change.as_str(), &*found.effect), ("ann@x.com: +Empty", "exists+joined:1"));
}

#[test]
fn somebody_new_is_left_whole() {
    let found = left(&baseline(), &format!("{PEOPLE}new@x.com,New,One,US,Design\n"));
    assert_eq!(found.change, "new@x.com: create, +Design");
    assert_eq!((&*found.effect, found.relies_on_absence), ("created+joined:1", false));
}

/// Nothing would be created, but the row may mean another country than the one that is listed.
#[test]
fn country_that_does_not_exist_is_a_problem_unless_the_list_has_it() {
    let row = |email: &str, country: &str| {
        left(&baseline(), &format!("{PEOPLE}{email},Ann,Lee,{country},\n")).problems
    };
    assert_eq!(row("ann@x.com", "ZZ"), ["invalid.country.unknown"]);
    assert_eq!(row("new@x.com", "ZZ"), ["invalid.country.unknown"]);
    assert!(row("ann@x.com", "US").is_empty());
}

#[test]
fn create_that_must_not_meet_anybody_is_left_whole() {
    let text = "email,firstname,lastname,country,if_exists\nann@x.com,Ann,Lee,US,error\n";
    assert_eq!(left(&baseline(), text).change, "ann@x.com: create");
}

#[test]
fn create_that_updates_is_left_only_for_other_names() {
    let row = |names: &str| {
        left(
            &baseline(),
            &format!("email,firstname,lastname,country,if_exists\n{names},US,update\n"),
        )
        .change
    };
    assert_eq!(row("ann@x.com,Ann,Lee"), "");
    assert_eq!(row("ann@x.com,Anne,Lee"), "ann@x.com: create");
    assert_eq!(row("ann@x.com,Ann,Leigh"), "ann@x.com: create");
    // Nothing about an Adobe ID changes, and a Federated ID with the same address is a different
    // account.
    let text = "type,email,firstname,lastname,if_exists\nadobeID,ada@y.com,Eve,Day,update\n";
    let found = left(&baseline(), text);
    assert_eq!((found.change.as_str(), &*found.effect), ("", "exists+differs:firstname"));
}

#[test]
fn update_keeps_only_what_differs() {
    let row = |cells: &str| {
        let header = "action,email,firstname,lastname,new_email,new_username\n";
        left(&baseline(), &format!("{header}update,ann@x.com,{cells}\n")).change
    };
    assert_eq!(row("Ann,Lee,,"), "");
    assert_eq!(row("Anne,Lee,,"), "ann@x.com: firstname=Anne");
    assert_eq!(row("Ann,Li,,"), "ann@x.com: lastname=Li");
    // The letter case of an email cannot change, but that of a username can.
    assert_eq!(row(",,ANN@x.com,"), "");
    assert_eq!(row(",,,ANN1"), "ann@x.com: username=ANN1");
    assert_eq!(row(",,,ann1"), "");
    assert_eq!(row(",,ann.lee@x.com,"), "ann@x.com: email=ann.lee@x.com");
}

#[test]
fn rename_that_is_done_leaves_nothing() {
    let header = "action,email,firstname,new_email\n";
    let text = format!("{header}update,old@x.com,,ann@x.com\n");
    // Only an import from this computer proves that: the old name may be mistyped.
    assert_eq!(left(&baseline(), &text).change, "old@x.com: email=ann@x.com");
    let known = Baseline::new(Arc::new(organization_after(&text)));
    let found = left(&known, &text);
    assert_eq!((found.change.as_str(), found.is_nobody), ("", false));
    // The other steps of the row are sent under the name in the row: all of them, or none.
    let found = left(&known, &format!("{header}update,old@x.com,Anne,ann@x.com\n"));
    assert_eq!(found.change, "old@x.com: email=ann@x.com, firstname=Anne");
}

#[test]
fn update_of_an_adobe_id_is_a_problem() {
    let text = "action,email,firstname\nupdate,ada@y.com,Eve\n";
    assert_eq!(left(&baseline(), text).problems, ["invalid.type.adobe_update"]);
    let everything = Baseline { reduces: false, ..baseline() };
    let found = left(&everything, text);
    assert_eq!(found.problems, ["invalid.type.adobe_update"]);
    assert_eq!(found.change, "ada@y.com: firstname=Eve");
    // A step whose effect holds already is not sent, because the API would refuse it.
    let found = left(&everything, "action,email,firstname\nupdate,ada@y.com,Ada\n");
    assert!(found.problems.is_empty() && found.change.is_empty(), "{found:?}");
}

#[test]
fn removals_rely_on_the_list() {
    let row = |groups: &str| {
        left(&baseline(), &format!("action,email,groups\nremove,ann@x.com,{groups}\n"))
    };
    let found = row("Design");
    assert_eq!((found.change.as_str(), found.relies_on_absence), ("ann@x.com: -Design", false));
    let found = row("Empty");
    assert_eq!((found.change.as_str(), found.relies_on_absence), ("", true));
    let found = row("\"Design,Empty\"");
    assert_eq!((found.change.as_str(), found.relies_on_absence), ("ann@x.com: -Design", true));
    // The server reports a group that does not exist.
    assert_eq!(row("Nothing").change, "ann@x.com: -Nothing");
}

#[test]
fn removal_of_what_a_list_cannot_show_is_left() {
    let mut all = organization();
    all.coverage -= Coverage::DEVELOPERS;
    let known = Baseline::new(Arc::new(all));
    let text = "action,email,groups\nremove,ann@x.com,\"Empty,_developer_Video\"\n";
    assert_eq!(left(&known, text).change, "ann@x.com: -_developer_Video");
}

#[test]
fn inherited_memberships_are_added_all_the_same() {
    let mut all = organization();
    all.coverage -= Coverage::DIRECT;
    let known = Baseline::new(Arc::new(all));
    let text = "action,email,groups\nadd,ann@x.com,Design\n";
    assert_eq!(left(&known, text).change, "ann@x.com: +Design");
    assert_eq!(left(&baseline(), text).change, "");
    let mut all = organization();
    all.coverage -= Coverage::MEMBERSHIPS;
    assert_eq!(left(&Baseline::new(Arc::new(all)), text).change, "ann@x.com: +Design");
}

#[test]
fn removal_of_an_unknown_user_is_not_there() {
    for action in ["delete", "remove-all", "delete-account"] {
        let found = left(&baseline(), &format!("action,email\n{action},gone@x.com\n"));
        assert!(
            found.change.is_empty() && found.is_nobody && found.relies_on_absence,
            "{action}: {found:?}"
        );
        let found = left(&baseline(), &format!("action,email\n{action},ann@x.com\n"));
        assert!(found.change.starts_with("ann@x.com: ") && !found.is_nobody, "{action}: {found:?}");
    }
    // A partial list does not show who is absent.
    let mut all = organization();
    all.coverage -= Coverage::EVERYBODY;
    let found = left(&Baseline::new(Arc::new(all)), "action,email\ndelete,gone@x.com\n");
    assert_eq!((found.change.as_str(), found.is_nobody), ("gone@x.com: leave", false));
}

#[test]
fn remove_all_is_left_where_anything_is_held() {
    let row = |email: &str| left(&baseline(), &format!("action,email\nremove-all,{email}\n"));
    assert_eq!(row("ann@x.com").change, "ann@x.com: -all");
    let found = row("bob@x.com");
    assert_eq!((found.change.as_str(), found.relies_on_absence), ("", true));
    let mut all = organization();
    all.coverage -= Coverage::OTHER_ROLES;
    let found = left(&Baseline::new(Arc::new(all)), "action,email\nremove-all,bob@x.com\n");
    assert_eq!(found.change, "bob@x.com: -all");
}

#[test]
fn exact_groups_take_away_what_is_managed_and_not_listed() {
    let row = |patterns: &[&str], groups: &str| {
        left(&managing(patterns), &format!("{PEOPLE}ann@x.com,Ann,Lee,US,{groups}\n"))
    };
    let found = row(&["*"], "Design");
    assert_eq!((found.change.as_str(), found.relies_on_absence), ("ann@x.com: -Video", true));
    assert_eq!(row(&["Design"], "Design").change, "");
    assert_eq!(row(&["V*"], "[]").change, "ann@x.com: -Video");
    // An empty cell lists nothing, and so changes nothing.
    assert_eq!(row(&["*"], "").change, "");
    // If a row is not carried out, it is unknown which groups its people are to have.
    let known = Baseline { ignored_rows: Arc::new([0].into()), ..managing(&["*"]) };
    assert_eq!(left(&known, &format!("{PEOPLE}ann@x.com,Ann,Lee,US,Design\n")).change, "");
}

#[test]
fn problems_that_the_list_shows_to_be_none_are_waived() {
    // Without names no user can be created, but Ann already exists.
    let text = "email,groups\nann@x.com,Empty\n";
    let found = left(&baseline(), text);
    assert!(found.problems.is_empty(), "{found:?}");
    assert_eq!(found.change, "ann@x.com: +Empty");
    let found = left(&baseline(), "email,groups\nnew@x.com,Empty\n");
    assert!(!found.problems.is_empty(), "{found:?}");
    // A role that the API does not return does no harm to a user who has it.
    let mut all = organization();
    all.add(&crate::umapi::ListedUser {
        email: "eve@x.com".into(),
        identity: IdentityType::Federated.name().into(),
        groups: vec!["_org_admin".into()],
        ..ListedUser::default()
    });
    let text = "action,email,groups\nadd,eve@x.com,_org_admin\nadd,bob@x.com,_org_admin\n";
    let known = Baseline::new(Arc::new(all));
    let found = every_left(&known, text);
    assert!(found[0].problems.is_empty() && found[0].change.is_empty(), "{found:?}");
    assert!(!found[1].problems.is_empty(), "{found:?}");
}

#[test]
fn sending_every_row_keeps_the_row_and_tells_its_effect() {
    let everything = Baseline { reduces: false, ..baseline() };
    let found = left(&everything, &format!("{PEOPLE}ann@x.com,Ann,Lee,US,\"Design,Empty\"\n"));
    assert_eq!(found.change, "ann@x.com: create, +Design, +Empty");
    assert_eq!((&*found.effect, found.relies_on_absence), ("exists+joined:1", false));
    let found = left(&everything, "action,email\ndelete,gone@x.com\n");
    assert!(found.is_nobody && found.change == "gone@x.com: leave", "{found:?}");
}

#[test]
fn usernames_mean_the_same_person() {
    let text = "action,username,domain,groups\nadd,ann1,x.com,Design\nadd,ann1,y.com,Design\n";
    let found = every_left(&baseline(), text);
    assert_eq!(found[0].change, "");
    assert_eq!(found[1].change, "ann1 in y.com: +Design");
}

#[test]
fn adobe_id_that_is_not_there_is_nobody_beside_another_account() {
    let row = |email: &str| format!("action,type,email\ndelete,adobeID,{email}\n");
    let found = left(&baseline(), &row("ann@x.com"));
    assert!(found.is_nobody && found.change.is_empty(), "{found:?}");
    assert_eq!(left(&baseline(), &row("ada@y.com")).change, "ada@y.com: leave");
    // Without identity types, this is unknown.
    let mut all = organization();
    all.coverage -= Coverage::TYPES;
    let found = left(&Baseline::new(Arc::new(all)), &row("ann@x.com"));
    assert!(!found.is_nobody && found.change == "ann@x.com: leave", "{found:?}");
}
