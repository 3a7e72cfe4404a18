//! Tests of conflicts between rows.

use super::*;

const HEADER: &str = "action,email,firstname,new_email,groups\n";

/// Returns the remainder of each row, with the other rows of the file.
fn changes(rows: &str) -> Vec<String> {
    let text = format!("{HEADER}{rows}");
    every_left(&baseline_of(&text), &text).into_iter().map(|left| left.change).collect()
}

#[test]
fn rows_that_ask_the_same_do_not_conflict() {
    assert_eq!(changes("add,ann@x.com,,,Design\nadd,ann@x.com,,,Design\n"), ["", ""]);
    assert_eq!(
        changes("update,ann@x.com,Ann,,\nadd,ann@x.com,,,Video\nupdate,ann@x.com,Ann,,\n"),
        ["", "", ""]
    );
    let index = conflicts_of(&format!("{HEADER}add,ann@x.com,,,Design\n"), &organization());
    assert_eq!(index, ConflictIndex::default());
}

#[test]
fn membership_that_is_added_and_removed_is_sent_both_times() {
    assert_eq!(
        changes("remove,ann@x.com,,,Design\nadd,ann@x.com,,,\"Design,Video\"\n"),
        ["ann@x.com: -Design", "ann@x.com: +Design"]
    );
    // A row about the group counts as well.
    let text = "action,email,groups,group,users,remove_users\n\
        update-group,,,Design,,ann@x.com\nadd,ann@x.com,Design,,,\n";
    let all: Vec<String> =
        every_left(&baseline_of(text), text).into_iter().map(|left| left.change).collect();
    assert_eq!(all, ["Design: -ann@x.com", "ann@x.com: +Design"]);
}

#[test]
fn two_names_for_one_field_are_sent_both() {
    assert_eq!(
        changes("update,ann@x.com,Eve,,\nupdate,ann@x.com,Ann,,\n"),
        ["ann@x.com: firstname=Eve", "ann@x.com: firstname=Ann"]
    );
}

#[test]
fn deletion_conflicts_with_all_rows_about_the_person() {
    assert_eq!(
        changes("add,ann@x.com,,,Design\ndelete,ann@x.com,,,\nadd,bob@x.com,,,Design\n"),
        ["ann@x.com: +Design", "ann@x.com: leave", "bob@x.com: +Design"]
    );
    assert_eq!(
        changes("remove-all,ann@x.com,,,\nadd,ann@x.com,,,Design\n"),
        ["ann@x.com: -all", "ann@x.com: +Design"]
    );
}

#[test]
fn rename_conflicts_with_the_old_name_and_the_new() {
    assert_eq!(
        changes("update,bob@x.com,,new@x.com,\ndelete,new@x.com,,,\nadd,ann@x.com,,,Design\n"),
        ["bob@x.com: email=new@x.com", "new@x.com: leave", ""]
    );
}

#[test]
fn rename_that_is_done_leaves_rows_under_both_names_to_the_person() {
    // Ann was renamed from old@x.com by an earlier run of this file.
    let rename = "update,old@x.com,,ann@x.com,\n";
    let rows = format!("add,old@x.com,,,Design\n{rename}add,ann@x.com,,,Video\n");
    let text = format!("{HEADER}{rows}");
    let all = organization_after(&format!("{HEADER}{rename}"));
    let conflict_index = Arc::new(conflicts_of(&text, &all));
    let known = Baseline { conflict_index, ..Baseline::new(Arc::new(all)) };
    let left = every_left(&known, &text).into_iter().map(|left| left.change);
    assert_eq!(left.collect::<Vec<_>>(), ["", "", ""]);
    // Without that, the old name may be mistyped, and nothing about Ann is certain.
    assert_eq!(
        changes(&rows),
        ["old@x.com: +Design", "old@x.com: email=ann@x.com", "ann@x.com: +Video"]
    );
    // If another row creates a user with the old name, nothing about it is certain.
    let text = "action,email,firstname,lastname,country,new_email\n\
        create,old@x.com,Old,One,US,\nupdate,old@x.com,,,,ann@x.com\n";
    let all: Vec<String> =
        every_left(&baseline_of(text), text).into_iter().map(|left| left.change).collect();
    assert_eq!(all, ["old@x.com: create", "old@x.com: email=ann@x.com"]);
}

#[test]
fn somebody_whom_a_row_creates_is_not_absent_to_the_others() {
    let text = "action,email,firstname,lastname,country\n\
        create,new@x.com,New,One,US\ndelete,new@x.com,,,\n";
    let all = every_left(&baseline_of(text), text);
    assert_eq!(all[1].change, "new@x.com: leave");
    assert!(!all[1].is_nobody, "{all:?}");
}

#[test]
fn account_beside_an_adobe_id_conflicts_with_its_name() {
    let text = "action,type,email,firstname,lastname,country,groups\n\
        create,federatedID,ada@y.com,Ada,Day,US,\nadd,adobeID,ada@y.com,,,,Design\n";
    let all = every_left(&baseline_of(text), text);
    assert_eq!(all[1].change, "ada@y.com: +Design");
    assert_eq!(left(&baseline(), text).change, "ada@y.com: create");
}

#[test]
fn groups_that_rows_rename_or_delete_are_in_conflict() {
    let text = "action,email,groups,group,new_name\n\
        add,ann@x.com,Design,,\ndelete-group,,,Design,\nadd,ann@x.com,Video,,\n";
    let all: Vec<String> =
        every_left(&baseline_of(text), text).into_iter().map(|left| left.change).collect();
    assert_eq!(all, ["ann@x.com: +Design", "Design: delete", ""]);
    // A role is deleted with its group.
    let text = "action,email,groups,group,new_name\n\
        remove,ann@x.com,_admin_Design,,\nupdate-group,,,Design,New\n";
    let all: Vec<String> =
        every_left(&baseline_of(text), text).into_iter().map(|left| left.change).collect();
    assert_eq!(all[0], "ann@x.com: -_admin_Design");
}

#[test]
fn what_was_sent_since_the_list_conflicts_with_it() {
    let all = organization();
    let names = crate::organization::recently_changed(&Change::User(crate::change::UserChange {
        user: "ann@x.com".into(),
        ..Default::default()
    }));
    let index = ConflictIndex::default().with_recently_changed(&names, &all);
    assert!(index.is_recently_changed());
    let known = Baseline { conflict_index: Arc::new(index), ..baseline() };
    assert!(known.has_conflict("ann@x.com", None) && !known.has_conflict("bob@x.com", None));
    let row = |email: &str| left(&known, &format!("action,email,groups\nadd,{email},Design\n"));
    assert_eq!(row("ann@x.com").change, "ann@x.com: +Design");
    assert_eq!(row("ada@y.com").change, "");
    let none = ConflictIndex::default().with_recently_changed(&[], &all);
    assert!(!none.is_recently_changed());
}

#[test]
fn only_uncompared_rows_have_more_conflicts() {
    let all = organization();
    let names = crate::organization::recently_changed(&Change::User(crate::change::UserChange {
        user: "ann@x.com".into(),
        ..Default::default()
    }));
    let uncertain = UncomparedRows::new([7].into(), &names, &ConflictIndex::default(), &all);
    let known = Baseline { uncompared_rows: Some(Arc::new(uncertain)), ..baseline() };
    assert!(known.is_uncompared(7) && !known.is_uncompared(8));
    let row = |row: u64| left(&known.of_row(row), "action,email,groups\nadd,ann@x.com,Design\n");
    assert_eq!((row(7).change, row(8).change), ("ann@x.com: +Design".to_owned(), String::new()));
}
