//! What is left of a row about a group.

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
    // A description reaches an existing group only where that is asked for.
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
    assert_eq!(row("update-group,Old,Empty,,,,").change, "");
    assert_eq!(row("update-group,Empty,New,,,,").change, "Empty: name=New");
    assert_eq!(row("update-group,Empty,EMPTY,,,,").change, "Empty: name=EMPTY");
    assert_eq!(row("update-group,Empty,Empty,,,,").change, "");
    assert_eq!(row("update-group,Empty,Empty,Words,,,").change, "Empty: text=Words");
    // With more to do, the row goes as it is.
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
    // Somebody who is in no list goes as the row says.
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
