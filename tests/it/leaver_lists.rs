//! A list that only names people says nothing of what is to become of them.

use crate::world::{World, user};
use umbulk::sandbox::{Directory, SandboxOptions};

#[test]
fn list_that_only_names_people_is_refused_whatever_else_stands_in_it() {
    for (name, file) in [
        ("umapi_first.csv", "umapi,type,email\n,adobeID,leaver@example.com\n"),
        ("comment.csv", "type,email,domain,umapi,comment\nadobeID,leaver@example.com,,,x\n"),
        ("org.csv", "type,email,domain,umapi,org\nadobeID,leaver@example.com,,,\n"),
        ("description.csv", "email,description\nleaver@example.com,left\n"),
        ("users.csv", "email,type,users\nleaver@example.com,adobeID,\n"),
        ("lines.jsonl", "{\"umapi\":\"\",\"type\":\"adobeID\",\"email\":\"leaver@example.com\"}\n"),
    ] {
        let world = World::with_groups(&[]);
        let run = world.import(name, file, &[]);
        assert_eq!(run.status, 2, "{name}: {run:?}");
        assert!(run.stderr.contains("--action delete"), "{name}: {run:?}");
        assert_eq!(world.sandbox.directory().users().count(), 0, "{name}");
    }
}

/// A column of new addresses says what the list is for, so a removal is not proposed.
#[test]
fn list_with_new_addresses_is_refused_and_said_to_be_an_update() {
    let world = World::with_groups(&[]);
    let file = "email,type,new_email\nleaver@example.com,adobeID,\n";
    let run = world.import("new_email.csv", file, &[]);
    assert!(run.status == 2 && run.stderr.contains("--action update"), "{run:?}");
    assert!(!run.stderr.contains("--action delete"), "{run:?}");
    assert_eq!(world.sandbox.directory().users().count(), 0);
}

#[test]
fn groups_of_whatever_list_are_made_only_when_that_is_said() {
    for file in [
        "Group Name\nNew1\n",
        "groupName,description\nNew1,Of the North\n",
        // Exports: umbulk's own, and umapi-cli's in any order and spelling.
        "type;groupName;memberCount\nUSER_GROUP;New1;3\n",
        "groupId,groupName,type,memberCount,productName,licenseQuota\n1,New1,USER_GROUP,3,,\n",
        "groupName,type,adminGroupName,memberCount\nNew1,USER_GROUP,_admin_New1,3\n",
        "Group Name;Type;Members\nNew1;USER_GROUP;3\n",
        "group_name\ttype\nNew1\tUSER_GROUP\n",
        "id,name,tags\n1,New1,\n",
    ] {
        let world = World::with_groups(&[]);
        let run = world.import("a.csv", file, &[]);
        assert_eq!(run.status, 2, "{run:?}");
        assert!(run.stderr.contains("--action create-group"), "{run:?}");
        assert!(world.sandbox.directory().group("New1").is_none());
        let run = world.umbulk(&["import", "a.csv", "--action", "create-group"]);
        assert_eq!(run.status, 0, "{run:?}");
        assert!(world.sandbox.directory().group("New1").is_some());
    }
}

#[test]
fn name_beside_an_address_is_a_persons() {
    let world = World::with_groups(&[]);
    let run = world.import("a.csv", "Name,Surname,Mail,Country\nAnn,Lee,a@example.com,US\n", &[]);
    assert_eq!(run.status, 2, "{run:?}");
    assert!(
        run.stderr.contains("--map \"lastname=Surname\"") && !run.stderr.contains("its groups"),
        "{run:?}"
    );
}

/// Only user-sync's own header makes a file a list of people to remove. What the advice maps is not
/// that header, and says nothing of what is to become of these people.
#[test]
fn proposed_mapping_typed_as_printed_removes_nobody() {
    for (name, file) in [
        ("mail.csv", "type,mail,domain\nfederatedID,ann@example.com,example.com\n"),
        ("address.csv", "Type,Email address,Domain\nfederatedID,ann@example.com,example.com\n"),
        ("login.csv", "Type,Login,Domain\nfederatedID,ann,example.com\n"),
        ("kind.csv", "Kind,Email,Domain\nfederatedID,ann@example.com,example.com\n"),
        ("typ.csv", "Typ;E-Mail;Domäne\nfederatedID;ann@example.com;example.com\n"),
        ("order.csv", "email,type,domain\nann@example.com,federatedID,example.com\n"),
        (
            "keys.jsonl",
            "{\"type\":\"federatedID\",\"mail\":\"ann@example.com\",\"domain\":\"example.com\"}\n",
        ),
    ] {
        let world = one_person();
        let mut run = world.import(name, file, &[]);
        assert_eq!(run.status, 2, "{name}: {run:?}");
        let advised = maps_advised(&run.stderr);
        if !advised.is_empty() {
            let mut typed = vec!["import", name];
            typed.extend(advised.iter().map(String::as_str));
            run = world.umbulk(&typed);
        }
        assert_eq!(run.status, 2, "{name}: {run:?}");
        assert!(run.stderr.contains("--action delete"), "{name}: {run:?}");
        assert!(world.sandbox.directory().user("ann@example.com").is_some(), "{name}");
    }
}

/// The options `--map "FIELD=COLUMN"` of the advice, as a shell hands them over.
fn maps_advised(screen: &str) -> Vec<String> {
    let quoted = screen.split("--map \"").skip(1).filter_map(|rest| rest.split('"').next());
    quoted.flat_map(|map| ["--map".to_owned(), map.to_owned()]).collect()
}

fn one_person() -> World {
    let mut directory = Directory::default();
    let mut ann = user("ann@example.com", &[]);
    ann.username = "ann".to_owned();
    directory.add_user(&ann);
    World::new(directory, SandboxOptions::default())
}

/// A list that was exported, edited and handed back with a mark for those who leave.
#[test]
fn marks_of_leavers_in_a_list_handed_back_are_not_ignored() {
    for dialect in ["native", "admin-console", "user-sync"] {
        for (column, mark) in [
            ("Delete", "x"),
            ("Leaver", "yes"),
            ("Remove", "X"),
            ("Delete (X)", "x"),
            ("Still employed", "No"),
            ("Enabled", "False"),
        ] {
            let world = two_people();
            let export = ["export", "users", "--out", "list.csv", "--dialect", dialect];
            assert_eq!(world.umbulk(&export).status, 0);
            let list = std::fs::read_to_string(world.path("list.csv")).unwrap();
            let mut lines = list.lines();
            let header = lines.next().unwrap();
            let marked: String = lines
                .map(|line| match line.contains("ann@example.com") {
                    true => format!("{line},{mark}\n"),
                    false => format!("{line},\n"),
                })
                .collect();
            let run = world.import("back.csv", format!("{header},{column}\n{marked}"), &[]);
            assert_eq!(run.status, 2, "{dialect} {column}: {run:?}");
            assert!(run.stderr.contains(&format!("{column:?} seems to mark")), "{run:?}");
            follow_advice(&world, header, &list, &run.stderr);
            let directory = world.sandbox.directory();
            assert!(directory.user("ann@example.com").is_none(), "{dialect} {column}");
            assert!(directory.user("bob@example.com").is_some(), "{dialect} {column}");
        }
    }
}

/// Makes the file of leavers that a message describes, and imports it as it says.
fn follow_advice(world: &World, header: &str, list: &str, message: &str) {
    let said = message.split_once("to a file that has only the column").unwrap().1;
    let said = said.split_once(", and import it").unwrap().0;
    let columns: Vec<&str> = said.split('"').skip(1).step_by(2).collect();
    let header: Vec<&str> = header.trim_start_matches('\u{feff}').split(',').collect();
    let ann: Vec<&str> =
        list.lines().find(|line| line.contains("ann@example.com")).unwrap().split(',').collect();
    let cells: Vec<&str> = columns
        .iter()
        .map(|column| ann[header.iter().position(|name| name == column).unwrap()])
        .collect();
    let file = format!("{}\n{}\n", columns.join(","), cells.join(","));
    let run = world.import("leavers.csv", &file, &["--action", "delete"]);
    assert_eq!(run.status, 0, "{file} {run:?}");
}

fn two_people() -> World {
    let mut directory = Directory::default();
    for name in ["ann", "bob"] {
        let mut one = user(&format!("{name}@example.com"), &[]);
        one.username = format!("{name}@example.com");
        directory.add_user(&one);
    }
    World::new(directory, SandboxOptions::default())
}

#[test]
fn marks_of_leavers_are_known_by_their_words() {
    let file = |column: &str, mark: &str| {
        format!(
            "email,firstname,lastname,country,{column}\nann@example.com,Ann,Lee,US,\n\
             bob@example.com,Bob,Ray,US,{mark}\n"
        )
    };
    for (column, mark) in [
        ("Leaving date", "30/11/2026"),
        ("Date of exit", "2026-11-30"),
        ("Offboarding", "yes"),
        ("Is terminated", "1"),
        ("Deprovision", "x"),
        ("Austrittsdatum", "30.11.2026"),
        ("Former employee", "y"),
        ("Employment end", "2026-11-30"),
        ("Block sign in", "Yes"),
        ("Archived", "1"),
        ("Kündigung", "30.11.2026"),
        ("Contract end date", "2026-11-30"),
        ("Still employed", "No"),
        ("Enabled", "False"),
        ("Active", "0"),
        ("Active", "FALSE"),
        ("Active", "inactive"),
        ("status", "DEPROVISIONED"),
        ("status", "suspended"),
    ] {
        let world = World::with_groups(&[]);
        let run = world.import("a.csv", file(column, mark), &[]);
        assert_eq!((run.status, world.action_requests()), (2, 0), "{column} {mark}: {run:?}");
        assert!(run.stderr.contains("--action delete"), "{run:?}");
        let run = world.umbulk(&["import", "a.csv", "--ignore", column]);
        assert_eq!(run.status, 0, "{column}: {run:?}");
    }
    for (column, cell) in [("Leaving date", ""), ("Active", ""), ("Delete", "no")] {
        let world = World::with_groups(&[]);
        let run = world.import("a.csv", file(column, cell), &[]);
        assert_eq!(run.status, 0, "{column} {cell}: {run:?}");
    }
}

/// What stands for one person says something only beside what stands for the other: a blank beside
/// a tick, one code beside another.
#[test]
fn marks_of_leavers_are_known_beside_those_of_stayers() {
    for (column, stays, leaves, advice) in [
        ("Active", "x", "", "--action delete"),
        ("Active", "TRUE", "", "--action delete"),
        ("Still employed", "yes", "", "--action delete"),
        ("在籍", "○", "×", "--action delete"),
        ("状態", "在職", "退職", "--action delete"),
        ("Estado", "activo", "baja", "--action delete"),
        ("HR Status", "A", "T", "--action delete"),
        ("Enroll_Status", "0", "2", "--action delete"),
        ("JML", "J", "L", "--action delete"),
        ("Request type", "Joiner", "Leaver", "--action delete"),
        ("Uit dienst", "", "31-10-2026", "--action delete"),
        ("Valid until", "2099-01-31", "2020-01-31", "--action delete"),
        ("Comment", "", "left company", "--action delete"),
        ("Task", "New account", "Close account", "--action delete"),
        ("+/-", "+", "-", "--action delete"),
        ("userAccountControl", "512", "514", "--action delete"),
        ("userAccountControl", "66048", "66050", "--action delete"),
        ("To", "", "2020-01-31", "--action delete"),
        ("bis", "31.12.2099", "31.01.2020", "--action delete"),
        ("End", "2099-01-31", "2020-01-31", "--action delete"),
        ("تاريخ انتهاء الخدمة", "", "2020-01-31", "--action delete"),
        ("תאריך עזיבה", "", "2020-01-31", "--action delete"),
        ("Ημερομηνία αποχώρησης", "", "31/01/2020", "--action delete"),
        ("วันที่ลาออก", "", "2020-01-31", "--action delete"),
        ("Data plecării", "", "31.01.2020", "--action delete"),
        ("Datum odlaska", "", "31.01.2020", "--action delete"),
        ("Tanggal keluar", "", "31/01/2020", "--action delete"),
        ("Ngày nghỉ việc", "", "31/01/2020", "--action delete"),
        ("Approved", "Yes", "No", "remove the rows of these people"),
        ("Needs Adobe", "x", "", "remove the rows of these people"),
    ] {
        let world = World::with_groups(&[]);
        let file = |leaves: &str| {
            format!(
                "email,firstname,lastname,country,{column}\nann@example.com,Ann,Lee,US,{stays}\n\
                 bob@example.com,Bob,Ray,US,{leaves}\n"
            )
        };
        let run = world.import("a.csv", file(leaves), &[]);
        assert_eq!((run.status, world.action_requests()), (2, 0), "{column} {leaves}: {run:?}");
        assert!(run.stderr.contains(advice), "{column}: {run:?}");
        let run = world.umbulk(&["import", "a.csv", "--ignore", column]);
        assert_eq!(run.status, 0, "{column}: {run:?}");
        let run = World::with_groups(&[]).import("a.csv", file(stays), &[]);
        assert_eq!(run.status, 0, "{column} {stays}: {run:?}");
    }
}

/// The mark may be in any row, however long the list is.
#[test]
fn mark_far_down_in_a_list_is_found() {
    let rows: String = (0..400)
        .map(|number| {
            let mark = if number == 390 { "x" } else { "" };
            format!("u{number}@example.com,Ann,Lee{number},US,{mark}\n")
        })
        .collect();
    let world = World::with_groups(&[]);
    let run =
        world.import("a.csv", format!("email,firstname,lastname,country,Leaver\n{rows}"), &[]);
    assert_eq!((run.status, world.action_requests()), (2, 0), "{run:?}");
    assert!(run.stderr.contains("\"Leaver\" seems to mark people who leave"), "{run:?}");
}

/// A username that is also the email of somebody else, and rows that describe another account than
/// the list.
#[test]
fn removal_that_may_mean_another_user_is_not_sent() {
    let world = || {
        let mut directory = Directory::default();
        for (email, username) in [
            ("one@example.com", "shared@example.com"),
            ("shared@example.com", "two@example.com"),
            ("di@example.com", "di@example.com"),
        ] {
            let mut person = user(email, &[]);
            person.username = username.to_owned();
            person.domain = "example.com".to_owned();
            directory.add_user(&person);
        }
        let world = World::new(directory, SandboxOptions::default());
        assert_eq!(world.umbulk(&["export", "users"]).status, 0);
        world
    };
    for (file, code) in [
        (
            "type,username,domain\nfederatedID,shared@example.com,example.com\n",
            "invalid.username.two_users",
        ),
        (
            "action,type,username,domain\ndelete,federatedID,di@example.com,example.org\n",
            "invalid.domain.differs",
        ),
        (
            "action,type,username,domain\ndelete,enterpriseID,di@example.com,example.com\n",
            "invalid.type.differs",
        ),
        ("type,email,domain\nenterpriseID,di@example.com,\n", "invalid.type.differs"),
    ] {
        let world = world();
        let run = world.import("a.csv", file, &["--skip-unchanged", "--yes"]);
        assert_eq!((run.status, world.action_requests()), (1, 0), "{file} {run:?}");
        let rows = world.rows("a.results.csv");
        assert_eq!(rows[0]["umbulk_code"], code, "{rows:?}");
        let message = &rows[0]["umbulk_message"];
        let is_named =
            message.contains("`one@example.com`") || message.contains("`di@example.com`");
        assert!(is_named, "{message}");
    }
    // As the messages say.
    for (file, gone) in [
        ("type,email,domain\nfederatedID,one@example.com,\n", "one@example.com"),
        (
            "action,type,username,domain\ndelete,federatedID,di@example.com,example.com\n",
            "di@example.com",
        ),
    ] {
        let world = world();
        let run = world.import("a.csv", file, &["--skip-unchanged", "--yes"]);
        assert_eq!(run.status, 0, "{file} {run:?}");
        assert!(world.sandbox.directory().user(gone).is_none());
        assert_eq!(world.sandbox.directory().users().count(), 2, "{file}");
    }
}

/// All people of the file leave: what marks them is no obstacle, and all such columns are named at
/// once where it is one.
#[test]
fn marks_of_leavers_are_no_obstacle_where_all_rows_delete() {
    const FILE: &str = "email,Exit date,Last day,Reason\n\
                        ann@example.com,2026-11-30,30.11.2026,left\n\
                        bob@example.com,2026-11-30,30.11.2026,retired\n";
    for typed in [
        ["--action", "delete"],
        ["--override", "action=delete"],
        ["--set", "action=delete"],
        ["--action", "delete-account"],
    ] {
        let world = two_people();
        let run = world.import("a.csv", FILE, &typed);
        assert_eq!(run.status, 0, "{run:?}");
        assert_eq!(world.sandbox.directory().users().count(), 0, "{run:?}");
    }
    let world = two_people();
    let file = FILE.replace("email", "email,firstname,lastname,country");
    let file = file.replace(".com,", ".com,Ann,Lee,US,");
    let run = world.import("a.csv", file, &[]);
    assert_eq!(run.status, 2, "{run:?}");
    assert!(
        run.stderr.contains("the columns \"Exit date\", \"Last day\" and \"Reason\" seem to"),
        "{run:?}"
    );
}

/// With `--action delete`, a whole staff list would delete those who stay, too.
#[test]
fn people_who_stay_are_not_deleted_beside_those_who_leave() {
    for (column, leaves, stays) in
        [("Last day", "30.11.2026", ""), ("Leaver", "x", "no"), ("Still employed", "No", "Yes")]
    {
        let file = format!("email,{column}\nann@example.com,{leaves}\nbob@example.com,{stays}\n");
        let world = two_people();
        for typed in [["--action", "delete"], ["--set", "action=delete"]] {
            let run = world.import("a.csv", &file, &typed);
            assert_eq!((run.status, world.action_requests()), (2, 0), "{run:?}");
            assert!(run.stderr.contains("marks only some of the people as leaving"), "{run:?}");
        }
        let run = world.umbulk(&["import", "a.csv", "--action", "delete", "--ignore", column]);
        assert_eq!(run.status, 0, "{run:?}");
    }
}

/// `--set` gives an action to rows that have none: beside a column of actions, not all rows delete.
#[test]
fn marks_of_leavers_are_not_ignored_with_a_default_action() {
    let world = two_people();
    let file = "email,action,Leaver\nann@example.com,delete,x\nbob@example.com,remove-all,x\n";
    let run = world.import("a.csv", file, &["--set", "action=delete"]);
    assert_eq!((run.status, world.action_requests()), (2, 0), "{run:?}");
    assert!(run.stderr.contains("to mark people who leave, and would be ignored"), "{run:?}");
}
