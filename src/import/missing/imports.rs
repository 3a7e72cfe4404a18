//! Whole imports with missing users.

use super::case::{ANN, Case, FULL, people, person};
use crate::execute::Cap;
use crate::import::config::{ImportConfig, MissingAction};
use crate::import::exit::Exit;
use crate::sandbox::SandboxUser;

#[test]
fn missing_users_who_are_reported_stay_as_they_are() {
    let case = Case::of(&people(0));
    let ended = case.import(ANN, MissingAction::Report);
    assert_eq!(ended.exit(), Some(Exit::Good), "{ended:?}");
    assert!(
        ended.says("2 of 3 people under management are missing (1 named in the file)"),
        "{ended:?}"
    );
    assert!(ended.says("they will be listed once every row is ok or unchanged"), "{ended:?}");
    assert!(ended.says(": they are listed in ") && !ended.says("continues"), "{ended:?}");
    assert_eq!(case.there(), "ann:1 bob:1 carl:2");
    let facts = &ended.facts;
    assert_eq!((&facts["missing"], &facts["done"]), (&2.into(), &true.into()), "{facts}");
    assert!(facts["file"].as_str().unwrap().ends_with("staff.missing.csv"), "{facts}");
    let list = case.list();
    assert!(list.contains("bob@example.com") && list.contains("carl@example.com"), "{list}");
    assert!(!list.contains("ann@example.com"), "{list}");
}

#[test]
fn missing_users_lose_their_groups() {
    let case = Case::of(&[people(0), vec![person("dora", &[])]].concat());
    let ended = case.import(ANN, MissingAction::RemoveGroups);
    assert_eq!(ended.exit(), Some(Exit::Good), "{ended:?}");
    let words = "2 of 4 people under management are missing (1 named in the file; exempt: 1 \
                 without groups to take away)";
    assert!(ended.says(words) && ended.says(": they have lost their groups"), "{ended:?}");
    assert!(ended.says("they will lose their groups once every row"), "{ended:?}");
    assert_eq!(case.there(), "ann:1 bob:0 carl:0 dora:0");
}

#[test]
fn missing_users_lose_only_the_groups_under_management() {
    let case = Case::of(&people(0));
    let mut config = case.config(ANN, MissingAction::RemoveGroups);
    config.known.manage_groups = vec!["V*".to_owned(), "Nope*".to_owned()];
    let ended = Case::run(&config);
    assert_eq!(ended.exit(), Some(Exit::Good), "{ended:?}");
    assert!(ended.says("Nope*"), "a pattern that matches nothing: {ended:?}");
    assert_eq!(case.there(), "ann:1 bob:1 carl:1");
}

#[test]
fn missing_users_leave_the_organization() {
    let case = Case::of(&people(0));
    let mut config = case.config(ANN, MissingAction::Leave);
    config.known.manage_groups = vec!["Nope*".to_owned()];
    let ended = Case::run(&config);
    assert_eq!(ended.exit(), Some(Exit::Good), "{ended:?}");
    assert!(ended.says(": they have left the organization"), "{ended:?}");
    assert!(ended.says("they will leave the organization once every row"), "{ended:?}");
    assert!(!ended.says("Nope*"), "nobody loses groups: {ended:?}");
    assert_eq!(case.there(), "ann:1");
}

#[test]
fn one_missing_user_is_said_in_the_singular() {
    let case = Case::of(&people(0));
    let rows = format!("{ANN}add,bob@example.com,Design\n");
    let ended = case.import(&rows, MissingAction::Leave);
    assert!(
        ended.says("1 of 3 people under management is missing (2 named in the file)"),
        "{ended:?}"
    );
    assert_eq!(case.there(), "ann:1 bob:1");
}

#[test]
fn nobody_missing_leaves_nothing_to_do() {
    let rows = format!("{ANN}add,bob@example.com,Design\nadd,carl@example.com,Design\n");
    let case = Case::of(&people(0));
    let ended = case.import(&rows, MissingAction::Leave);
    assert_eq!(ended.exit(), Some(Exit::Good), "{ended:?}");
    assert!(ended.says("nobody is missing") && ended.says(": nothing to do"), "{ended:?}");
    assert!(ended.facts["done"] == true && ended.facts["file"].is_null(), "{ended:?}");
    assert_eq!((case.there().as_str(), case.list().as_str()), ("ann:1 bob:1 carl:2", ""));
    // A report is written nevertheless.
    let ended = case.import(&rows, MissingAction::Report);
    assert!(ended.says("staff.missing.csv lists nobody") && !case.list().is_empty(), "{ended:?}");
    assert!(ended.facts["file"].is_string(), "{ended:?}");
    // If nobody is missing, a file with that name is from an earlier run.
    let ended = case.import(&rows, MissingAction::Leave);
    assert!(ended.facts["file"].is_null() && !case.list().is_empty(), "{ended:?}");
}

#[test]
fn nobody_is_touched_where_a_row_is_invalid() {
    let case = Case::of(&people(0));
    let ended = case.import(&format!("{ANN}add,nobody,Design\n"), MissingAction::Leave);
    assert!(ended.refusal().contains("1 row is invalid"), "{ended:?}");
    assert!(ended.refusal().starts_with("missing people: "), "{ended:?}");
    assert_eq!(case.there(), "ann:0 bob:1 carl:2");
}

#[test]
fn nobody_is_touched_where_a_row_fails() {
    let case = Case::of(&people(0));
    let rows = format!("{ANN}add,gone@example.com,Design\n");
    let ended = case.import(&rows, MissingAction::Leave);
    assert_eq!(ended.exit(), Some(Exit::SomeRows), "{ended:?}");
    assert!(ended.says("nothing was done about them: not every row is ok"), "{ended:?}");
    assert!(ended.facts["done"] == false && ended.facts["file"].is_null(), "{ended:?}");
    assert_eq!((case.there().as_str(), case.list().as_str()), ("ann:1 bob:1 carl:2", ""));
}

#[test]
fn test_mode_lists_missing_users_and_changes_nothing() {
    let case = Case::of(&people(0));
    let mut config = case.config(ANN, MissingAction::Leave);
    config.test_mode = true;
    let ended = Case::run(&config);
    assert_eq!(ended.exit(), Some(Exit::Good), "{ended:?}");
    assert!(ended.says("they are listed in") && case.path("staff.missing.test.csv").is_file());
    assert_eq!(case.there(), "ann:0 bob:1 carl:2");
}

/// Returns the list without one of its columns.
fn without(column: &str) -> String {
    let place = FULL.lines().next().unwrap().split(',').position(|name| name == column).unwrap();
    let cut = |line: &str| {
        let mut cells: Vec<&str> = line.split(',').collect();
        cells.remove(place);
        cells.join(",") + "\n"
    };
    FULL.lines().map(cut).collect()
}

/// The list must show which accounts are not active, because those are exempt.
#[test]
fn a_list_that_cannot_spare_people_is_refused() {
    let case = Case::of(&people(0));
    let mut config = case.config(ANN, MissingAction::Leave);
    case.against(&mut config, &without("status"));
    assert!(Case::run(&config).refusal().contains("no column `status`"));
    config.missing.as_mut().unwrap().action = MissingAction::RemoveGroups;
    assert!(Case::run(&config).refusal().contains("no column `status`"));
    config.missing.as_mut().unwrap().action = MissingAction::Report;
    assert_eq!(Case::run(&config).exit(), Some(Exit::Good));
    // Ids only matter if the token shows the caller's own id.
    for list in [without("id"), FULL.to_owned()] {
        let case = Case::of(&people(0));
        let mut config = case.config(ANN, MissingAction::Leave);
        case.against(&mut config, &list);
        let ended = Case::run(&config);
        assert_eq!(ended.exit(), Some(Exit::Good), "{ended:?}");
        assert_eq!(case.there(), "ann:1 carl:2", "Carl is in no list");
    }
}

#[test]
fn an_account_that_is_switched_off_stays() {
    let case = Case::of(&people(0));
    let mut config = case.config(ANN, MissingAction::Leave);
    case.against(&mut config, &FULL.replace("active,Pat,bob", "disabled,Pat,bob"));
    let ended = Case::run(&config);
    assert_eq!(ended.exit(), Some(Exit::Good), "{ended:?}");
    assert!(ended.says("exempt: 1 account that is not active"), "{ended:?}");
    assert_eq!(case.there(), "ann:1 bob:1 carl:2");
}

/// Ten may be removed without a confirmation, including rows of the files that do the same.
#[test]
fn more_than_a_few_missing_users_need_a_yes() {
    let few = Case::of(&people(8));
    assert_eq!(few.import(ANN, MissingAction::Leave).exit(), Some(Exit::Good));
    assert_eq!(few.there(), "ann:1");
    let many = || Case::of(&people(9));
    let case = many();
    let ended = case.import(ANN, MissingAction::Leave);
    let words = "11 people are missing and would leave the organization";
    assert!(ended.refusal().contains(words), "{ended:?}");
    assert!(ended.questions[0].contains(words), "{ended:?}");
    assert!(case.there().contains("bob:1"), "{}", case.there());
    let ended = many().import(ANN, MissingAction::RemoveGroups);
    assert!(ended.refusal().contains("11 people are missing and would lose their groups"));
    let ended = many().import(ANN, MissingAction::Report);
    assert!(ended.exit() == Some(Exit::Good) && ended.questions.is_empty(), "{ended:?}");
    let case = many();
    let config = ImportConfig { yes: true, ..case.config(ANN, MissingAction::Leave) };
    let ended = Case::run(&config);
    assert!(ended.exit() == Some(Exit::Good) && ended.questions.is_empty(), "{ended:?}");
    assert_eq!(case.there(), "ann:1");
    // One user is missing, and ten rows delete.
    let ten: String = (0..9).map(|number| format!("delete,p{number}@example.com,\n")).collect();
    let rows = format!("{ANN}{ten}delete,bob@example.com,\n");
    let case = many();
    let ended = case.import(&rows, MissingAction::Leave);
    assert!(ended.refusal().contains("1 person is missing and would leave"), "{ended:?}");
    // Nobody is missing: there is no question about the rows' deletions here.
    let case = many();
    let ended = case.import(&format!("{rows}add,carl@example.com,Video\n"), MissingAction::Leave);
    assert_eq!(ended.exit(), Some(Exit::Good), "{ended:?}");
}

#[test]
fn a_file_that_shrank_is_refused() {
    let case = Case::of(&people(5));
    let all: String = (0..5).map(|number| format!("add,p{number}@example.com,Design\n")).collect();
    let rows = format!("{ANN}add,bob@example.com,Design\nadd,carl@example.com,Design\n{all}");
    let shrank = |rows: &str| {
        let mut config = case.config(rows, MissingAction::Leave);
        let missing = config.missing.as_mut().unwrap();
        (missing.is_cap_of_these_files, config.fresh) = (false, true);
        Case::run(&config)
    };
    assert_eq!(shrank(&rows).exit(), Some(Exit::Good));
    let ended = shrank(ANN);
    assert!(ended.exit().is_none(), "{ended:?}");
    assert!(case.there().contains("bob:1"), "{}", case.there());
    // A run in test mode is no reference.
    let case = Case::of(&people(5));
    let config = ImportConfig { test_mode: true, ..case.config(&rows, MissingAction::Leave) };
    assert_eq!(Case::run(&config).exit(), Some(Exit::Good));
    let mut config = case.config(ANN, MissingAction::Leave);
    config.missing.as_mut().unwrap().is_cap_of_these_files = false;
    assert_eq!(Case::run(&config).exit(), Some(Exit::Good));
}

#[test]
fn people_whom_a_row_perhaps_means_stay() {
    let mut people = vec![person("ann", &[])];
    let mut rows = "email,firstname,lastname,country\n".to_owned();
    for number in 0..22 {
        people.push(SandboxUser {
            firstname: format!("Pat{number}x"),
            lastname: format!("Lee{number}x"),
            ..person(&format!("old{number}"), &["Design"])
        });
        rows += &format!("new{number}@example.com,Pat{number}x,Lee{number}x,US\n");
    }
    let case = Case::of(&people);
    let mut config = case.config(&rows, MissingAction::Leave);
    config.known.allow_second_accounts = true;
    let ended = Case::run(&config);
    assert_eq!(ended.exit(), Some(Exit::SomeRows), "{ended:?}");
    let said = "stays: perhaps a new address: old3@example.com -> new3@example.com (write an \
                update row with new_email)";
    assert!(ended.says(said), "{ended:?}");
    assert!(ended.says("stays: and 2 more"), "{ended:?}");
    assert!(ended.says("exempt: 22 with perhaps new addresses"), "{ended:?}");
    assert!(case.there().contains("Lee3x:1"), "{}", case.there());
}

#[test]
fn an_interrupted_removal_of_missing_users_goes_on() {
    let case = Case::of(&people(0));
    let config = case.config(ANN, MissingAction::Leave);
    let ended = Case::run_stopping_in(&config, Some(2));
    assert_eq!(ended.exit(), Some(Exit::Stopped), "{ended:?}");
    assert!(ended.says(": interrupted. The same command continues"), "{ended:?}");
    assert!(ended.facts["done"] == false && ended.facts["file"].is_string(), "{ended:?}");
    let ended = Case::run(&config);
    assert_eq!(ended.exit(), Some(Exit::Good), "{ended:?}");
    assert!(ended.says("staff.missing.csv, which was interrupted"), "{ended:?}");
    assert!(!ended.says("missing since"), "{ended:?}");
    assert_eq!(case.there(), "ann:1");
}

#[test]
fn an_interrupted_removal_goes_on_only_with_its_own_file() {
    let interrupted = || {
        let case = Case::of(&people(0));
        let config = case.config(ANN, MissingAction::Leave);
        let ended = Case::run_stopping_in(&config, Some(2));
        assert_eq!(ended.exit(), Some(Exit::Stopped), "{ended:?}");
        (case, config)
    };
    let (case, config) = interrupted();
    std::fs::write(case.path("staff.missing.csv"), case.list() + "\n").unwrap();
    assert!(Case::run(&config).refusal().contains("that file has changed"));
    std::fs::remove_file(case.path("staff.missing.csv")).unwrap();
    assert!(Case::run(&config).refusal().contains("which is gone"));
    let (case, mut config) = interrupted();
    config.missing.as_mut().unwrap().action = MissingAction::RemoveGroups;
    let ended = Case::run(&config);
    assert!(ended.refusal().contains("for another purpose (leave)"), "{ended:?}");
    config.fresh = true;
    let ended = Case::run(&config);
    assert_eq!(ended.exit(), Some(Exit::Good), "{ended:?}");
    assert_eq!(case.there(), "ann:1 bob:0 carl:0");
}

#[test]
fn removals_of_rows_alone_need_no_yes_for_missing_users() {
    let case = Case::of(&people(9));
    let rows: String =
        (0..9).map(|number| format!("remove,p{number}@example.com,Design\n")).collect();
    let rows =
        format!("{ANN}{rows}remove,bob@example.com,Design\nremove,carl@example.com,Design\n");
    let ended = case.import(&rows, MissingAction::RemoveGroups);
    assert!(ended.exit() == Some(Exit::Good) && ended.questions.is_empty(), "{ended:?}");
    assert!(ended.says("nobody is missing"), "{ended:?}");
}

/// Where nothing was sent, the import fails; else the rows are done, and the same command does the
/// rest.
#[test]
fn a_list_of_missing_users_that_cannot_be_written_stops_the_import() {
    let blocked = |people: &[SandboxUser]| {
        let case = Case::of(people);
        std::fs::create_dir(case.path("staff.missing.csv.partial")).unwrap();
        let config =
            ImportConfig { skip_unchanged: true, ..case.config(ANN, MissingAction::Leave) };
        let ended = Case::run(&config);
        assert_eq!(case.there(), "ann:1 bob:1 carl:2");
        ended
    };
    let ended = blocked(&people(0));
    assert_eq!(ended.exit(), Some(Exit::Stopped), "{ended:?}");
    assert!(ended.says("staff.missing.csv"), "{ended:?}");
    assert!(ended.facts["done"] == false, "{ended:?}");
    let mut done = people(0);
    done[0].groups.insert("Design".to_owned());
    let ended = blocked(&done);
    assert!(ended.refusal().contains("staff.missing.csv"), "{ended:?}");
}

#[test]
fn results_about_missing_users_have_a_file_of_their_own() {
    let case = Case::of(&people(0));
    let ended = case.import(ANN, MissingAction::Leave);
    assert_eq!(ended.exit(), Some(Exit::Good), "{ended:?}");
    let read = |name: &str| std::fs::read_to_string(case.path(name)).unwrap();
    let [rows, missing] = ["staff.results.csv", "staff.missing.results.csv"].map(read);
    assert!(rows.contains("ann@example.com") && !rows.contains("bob@example.com"), "{rows}");
    assert!(missing.contains("bob@example.com") && missing.contains("carl@"), "{missing}");
    assert!(!missing.contains("ann@example.com"), "{missing}");
}

#[test]
fn interrupted_removal_of_groups_goes_on_with_managed_groups_only() {
    let case = Case::of(&people(0));
    let mut config = case.config(ANN, MissingAction::RemoveGroups);
    config.known.manage_groups = vec!["Design".to_owned()];
    let ended = Case::run_stopping_in(&config, Some(2));
    assert_eq!(ended.exit(), Some(Exit::Stopped), "{ended:?}");
    config.known.manage_groups = vec!["Video".to_owned()];
    let ended = Case::run(&config);
    let words = "which removes `Design` from bob@example.com, but that group is no longer among";
    assert!(ended.refusal().contains(words), "{ended:?}");
    config.known.manage_groups = vec!["Design".to_owned()];
    assert_eq!(Case::run(&config).exit(), Some(Exit::Good));
    assert_eq!(case.there(), "ann:1 bob:0 carl:1");
}

/// A file is not sent in portions that pass a guard one by one.
#[test]
fn what_an_interrupted_import_has_left_is_guarded() {
    let interrupted = |rows: &str| {
        let case = Case::of(&people(0));
        let config = ImportConfig { missing: None, ..case.config(rows, MissingAction::Report) };
        let ended = Case::run_stopping_in(&config, Some(1));
        assert_eq!(ended.exit(), Some(Exit::NothingSent), "{ended:?}");
        (case, config)
    };
    let rows = "action,email,groups\ndelete,bob@example.com,\ndelete,carl@example.com,\n";
    let (case, config) = interrupted(rows);
    let ended = Case::run(&ImportConfig { max_deletes: Some(Cap::Rows(1)), ..config.clone() });
    assert!(ended.refusal().contains("2 of 2 rows to send delete"), "{ended:?}");
    assert_eq!(Case::run(&config).exit(), Some(Exit::Good));
    assert_eq!(case.there(), "ann:0");
    let rows = "action,email,groups\nremove,bob@example.com,Design\n\
                remove,carl@example.com,Design\n";
    let (case, config) = interrupted(rows);
    let ended = Case::run(&ImportConfig { max_removals: Some(Cap::Rows(1)), ..config.clone() });
    assert!(ended.refusal().contains("2 of 2 rows to send take memberships away"), "{ended:?}");
    assert_eq!(Case::run(&config).exit(), Some(Exit::Good));
    assert_eq!(case.there(), "ann:0 bob:0 carl:1");
}

/// Nobody leaves by a file or a list that says something else by now.
#[test]
fn files_that_tell_who_is_missing_must_not_change_while_people_leave() {
    for name in ["staff.csv", "users.csv"] {
        let case = Case::of(&people(0));
        let mut config = case.config(ANN, MissingAction::Leave);
        case.against(&mut config, FULL);
        let change = || {
            let text = std::fs::read_to_string(case.path(name)).unwrap();
            std::fs::write(case.path(name), text + "\n").unwrap();
        };
        let ended = Case::run_while(&config, 2, &change);
        assert_eq!(ended.exit(), Some(Exit::Stopped), "{name}: {ended:?}");
        assert!(ended.says(name) && ended.facts["done"] == false, "{ended:?}");
        assert_eq!(case.there(), "ann:1 bob:1 carl:2", "{name}");
    }
}
