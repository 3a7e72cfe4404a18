//! Tests of the remainder of a group's row.

use super::*;

const HEADER: &str = "action,group,new_name,description,users,remove_users,if_exists\n";

fn row(cells: &str) -> Left {
    left(&baseline(), &format!("{HEADER}{cells}\n"))
}

#[test]
fn group_that_is_there_is_not_created() {
    let found = row("create-group,empty,,,,,");
    assert_eq!((found.change.as_str(), &*found.effect), ("", "group_exists"));
    let found = row("create-group,New,,,,,");
    assert_eq!((found.change.as_str(), &*found.effect), ("New: create", "group_created_or_exists"));
    // A description is applied to an existing group only if the row asks for an update.
    let found = row("create-group,Empty,,Words,,,");
    assert!(found.change.is_empty() && found.remark.contains("keeps its description"), "{found:?}");
    let found = row("create-group,Empty,,Words,,,update");
    assert!(found.change == "Empty: create" && found.remark.is_empty(), "{found:?}");
    assert_eq!(row("create-group,Empty,,,,,error").change, "Empty: create");
}

#[test]
fn group_that_is_gone_is_not_deleted() {
    let found = row("delete-group,Nothing,,,,,");
    assert_eq!((found.change.as_str(), found.relies_on_absence), ("", true));
    assert_eq!(row("delete-group,Empty,,,,,").change, "Empty: delete");
    let mut all = organization();
    all.coverage -= Coverage::ALL_GROUPS;
    let found = left(&Baseline::new(Arc::new(all)), &format!("{HEADER}delete-group,No,,,,,\n"));
    assert_eq!((found.change.as_str(), found.relies_on_absence), ("No: delete", false));
}

#[test]
fn rename_that_is_done_leaves_nothing() {
    // Only an import from this computer proves that: the old name may be mistyped.
    assert_eq!(row("update-group,Old,Empty,,,,").change, "Old: name=Empty");
    let text = format!("{HEADER}update-group,Old,Empty,,,,\n");
    let known = Baseline::new(Arc::new(organization_after(&text)));
    assert_eq!(left(&known, &text).change, "");
    assert_eq!(row("update-group,Empty,New,,,,").change, "Empty: name=New");
    assert_eq!(row("update-group,Empty,EMPTY,,,,").change, "Empty: name=EMPTY");
    assert_eq!(row("update-group,Empty,Empty,,,,").change, "");
    assert_eq!(row("update-group,Empty,Empty,Words,,,").change, "Empty: text=Words");
    // If more is to be done, the row is sent as it is.
    let found = row("update-group,Old,Empty,,bob@x.com,,");
    assert_eq!(found.change, "Old: name=Empty, +bob@x.com");
}

#[test]
fn members_who_are_there_are_not_added() {
    assert_eq!(row("update-group,Design,,,ann@x.com,,").change, "");
    let found = row("update-group,Design,,,\"ann@x.com,bob@x.com\",,");
    assert_eq!((found.change.as_str(), found.relies_on_absence), ("Design: +bob@x.com", false));
    let found = row("update-group,Design,,,,\"bob@x.com,ann@x.com\",");
    assert_eq!((found.change.as_str(), found.relies_on_absence), ("Design: -ann@x.com", true));
    // A user in no list is sent as in the row.
    assert_eq!(row("update-group,Design,,,,gone@x.com,").change, "");
}

#[test]
fn members_of_a_list_without_memberships_are_all_sent() {
    let mut all = organization();
    all.coverage -= Coverage::DIRECT;
    let known = Baseline::new(Arc::new(all));
    let text = format!("{HEADER}update-group,Design,,,ann@x.com,bob@x.com,\n");
    assert_eq!(left(&known, &text).change, "Design: -bob@x.com, +ann@x.com");
}

#[test]
fn member_who_is_nobody_is_not_there() {
    let found = row("update-group,Design,,,,gone@x.com,");
    assert!(found.is_nobody && found.change.is_empty(), "{found:?}");
    let found = row("update-group,Design,,,,bob@x.com,");
    assert!(!found.is_nobody && found.change.is_empty(), "{found:?}");
    let found = row("update-group,Design,,,ann@x.com,gone@x.com,");
    assert!(!found.is_nobody && found.change.is_empty(), "{found:?}");
    let found = row("update-group,Design,,,,\"gone@x.com,ann@x.com\",");
    assert!(!found.is_nobody && found.change == "Design: -ann@x.com", "{found:?}");
}

#[test]
fn rename_is_not_done_because_a_group_has_the_new_name() {
    assert_eq!(row("update-group,Old,Design,,ann@x.com,,").change, "Old: name=Design, +ann@x.com");
    assert_eq!(row("update-group,Old,design,,,,").change, "Old: name=design");
    // The list spells the group as the row does.
    assert_eq!(row("update-group,EMPTY,Empty,,,,").change, "");
    // It is unknown whether the new name was the old group's.
    assert_eq!(row("update-group,Old,Nothing,,,,").change, "Old: name=Nothing");
    assert_eq!(row("update-group,Old,Empty,Words,,,").change, "Old: name=Empty, text=Words");
    let mut all = organization();
    all.coverage -= Coverage::ALL_GROUPS;
    let known = Baseline::new(Arc::new(all));
    let found = left(&known, &format!("{HEADER}update-group,Old,Design,,,,\n"));
    assert_eq!(found.change, "Old: name=Design");
}

#[test]
fn renames_that_rows_disagree_about_are_sent() {
    let text = format!(
        "{HEADER}update-group,Old,Empty,,,,\nupdate-group,Empty,New,,,,\n\
         update-group,DESIGN,Design,,,,\ndelete-group,Design,,,,,\n"
    );
    let found = every_left(&baseline_of(&text), &text);
    let changes: Vec<&str> = found.iter().map(|left| left.change.as_str()).collect();
    let expected = ["Old: name=Empty", "Empty: name=New", "DESIGN: name=Design", "Design: delete"];
    assert_eq!(changes, expected);
}

#[test]
fn members_whom_rows_disagree_about_are_sent() {
    let header = "action,group,users,remove_users,email,groups\n";
    let of = |rows: &str| {
        let text = format!("{header}{rows}");
        every_left(&baseline_of(&text), &text).swap_remove(0).change
    };
    assert_eq!(
        of("update-group,Design,ann@x.com,,,\nremove,,,,ann@x.com,Design\n"),
        "Design: +ann@x.com"
    );
    assert_eq!(
        of("update-group,Design,,bob@x.com,,\nadd,,,,bob@x.com,Design\n"),
        "Design: -bob@x.com"
    );
    assert_eq!(
        of("update-group,Design,ann@x.com,,,\ndelete,,,,ann@x.com,\n"),
        "Design: +ann@x.com"
    );
    assert_eq!(
        of("update-group,Design,,bob@x.com,,\ndelete,,,,bob@x.com,\n"),
        "Design: -bob@x.com"
    );
    assert_eq!(of("update-group,Design,ann@x.com,,,\nremove,,,,bob@x.com,Design\n"), "");
}

#[test]
fn members_whom_the_list_cannot_show_are_taken_out() {
    let removes = |known: &Baseline, user: &str| {
        let text = format!("{HEADER}update-group,Design,,,,{user},\n");
        let found = left(known, &text);
        (found.change, found.is_nobody)
    };
    let known = baseline();
    assert_eq!(removes(&known, "gone@x.com"), (String::new(), true));
    // A username without its domain may be any user's.
    assert_eq!(removes(&known, "bob1"), ("Design: -bob1".to_owned(), false));
    let mut all = organization();
    all.coverage -= Coverage::EVERYBODY;
    let some = Baseline::new(Arc::new(all));
    assert_eq!(removes(&some, "gone@x.com"), ("Design: -gone@x.com".to_owned(), false));
    assert_eq!(removes(&some, "bob@x.com"), (String::new(), false));
    let mut all = organization();
    all.coverage -= Coverage::PLAIN;
    let roles_only = Baseline::new(Arc::new(all));
    assert_eq!(removes(&roles_only, "bob@x.com"), ("Design: -bob@x.com".to_owned(), false));
}

/// What is left of a row where an import from this computer has done the rename in it.
fn left_of_done(cells: &str) -> String {
    let text = format!("{HEADER}{cells}\n");
    left(&Baseline::new(Arc::new(organization_after(&text))), &text).change
}

#[test]
fn what_a_renamed_group_has_already_is_found_under_the_new_name() {
    assert_eq!(left_of_done("update-group,Old,Design,,ann@x.com,,"), "");
    assert_eq!(left_of_done("update-group,Old,Design,,,bob@x.com,"), "");
    // The list spells the new name differently: the old one is gone all the same.
    assert_eq!(left_of_done("update-group,Old,DESIGN,,,,"), "");
    let found = left_of_done("update-group,Old,Design,,bob@x.com,,");
    assert_eq!(found, "Old: name=Design, +bob@x.com");
}

#[test]
fn rename_that_is_noted_is_done_only_where_the_list_shows_all_of_it() {
    // No list shows descriptions.
    let found = left_of_done("update-group,Old,Empty,Words,,,");
    assert_eq!(found, "Old: name=Empty, text=Words");
    // No group has the new name: the list is older, or somebody else has renamed the group since.
    assert_eq!(left_of_done("update-group,Old,Nothing,,,,"), "Old: name=Nothing");
}
