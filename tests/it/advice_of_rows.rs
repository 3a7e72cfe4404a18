//! What messages about files and rows advise works when it is typed.

use crate::found_headers::typed;
use crate::world::{Run, World, user};
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions, SandboxUser, UserStatus};

/// Returns what stands in a message between two texts.
fn between<'m>(message: &'m str, before: &str, after: &[&str]) -> &'m str {
    let rest = message.split_once(before).unwrap_or_else(|| panic!("no {before:?}: {message}")).1;
    after.iter().fold(rest, |rest, end| rest.split(end).next().unwrap()).trim()
}

/// Imports a file, and then a copy with the options that the first problem of its rows advises.
fn follow_row(world: &World, file: &[u8], before: &str, after: &[&str]) -> Run {
    let refused = world.import("a.csv", file, &[]);
    assert_eq!((refused.status, world.action_requests()), (1, 0), "{refused:?}");
    let rows = world.rows("a.results.csv");
    let row = rows.iter().find(|row| row["umbulk_message"].contains(before));
    let message = &row.unwrap_or_else(|| panic!("no {before:?}: {rows:?}"))["umbulk_message"];
    let options = between(message, before, after);
    world.write("b.csv", file);
    typed(world, &format!("umbulk import b.csv {options}"))
}

/// Imports a file that is refused, and again with the options that the error advises.
fn follow_error(world: &World, file: &[u8], before: &str, after: &[&str]) -> Run {
    let refused = world.import("a.csv", file, &[]);
    assert_eq!((refused.status, world.action_requests()), (2, 0), "{refused:?}");
    let options = between(&refused.stderr, before, after).to_owned();
    typed(world, &format!("umbulk import a.csv {options}"))
}

#[test]
fn country_of_all_rows_is_set_as_advised() {
    let world = World::with_groups(&[]);
    let file = b"email,firstname,lastname\nann@example.com,Ann,Lee\n";
    let run = follow_row(&world, file, "or use ", &[" |", ";"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.sandbox.directory().user("ann@example.com").unwrap().country, "US");
}

/// The rows to fix are imported with the same option, too.
#[test]
fn country_of_the_failed_rows_is_set_as_advised() {
    let world = World::with_groups(&[]);
    let file = "email,firstname,lastname\nann@example.com,Ann,Lee\n";
    assert_eq!(world.import("a.csv", file, &[]).status, 1);
    let run = typed(&world, "umbulk import a.failed.csv --default-country US");
    assert_eq!(run.status, 0, "{run:?}");
    let run = typed(&world, "umbulk import a.csv --default-country US");
    assert_ne!(run.status, 1, "the advice is not followed: {run:?}");
}

#[test]
fn usernames_that_are_addresses_are_read_as_advised() {
    let world = World::with_groups(&[]);
    let file = b"username,firstname,lastname,country\nann@example.com,Ann,Lee,US\n";
    world.write("a.csv", file);
    let refused = world.umbulk(&["import", "a.csv"]);
    let said = match refused.status {
        1 => world.rows("a.results.csv")[0]["umbulk_message"].clone(),
        _ => refused.stderr.clone(),
    };
    let options = between(&said, "--map ", &[" with", ";", "\n"]).replace("COLUMN", "username");
    world.write("b.csv", file);
    let run = typed(&world, &format!("umbulk import b.csv --map {options}"));
    assert_eq!(run.status, 0, "{run:?}");
    assert!(world.sandbox.directory().user("ann@example.com").is_some());
}

#[test]
fn names_decoded_twice_are_repaired_as_advised() {
    let world = World::with_groups(&[]);
    let file = "email,firstname,lastname,country\nzoe@example.com,Zoë,Lee,US\n".replace('ë', "Ã«");
    let run = follow_row(&world, file.as_bytes(), "or use ", &[" |", ";"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.sandbox.directory().user("zoe@example.com").unwrap().firstname, "Zoë");
}

#[test]
fn names_in_seven_bits_are_read_as_advised() {
    let world = World::with_groups(&[]);
    let file = b"email,firstname,lastname,country\njo@example.com,Jos+AOk,Lee,US\n";
    let run = follow_row(&world, file, "or use ", &[" |", ";"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.sandbox.directory().user("jo@example.com").unwrap().firstname, "José");
}

#[test]
fn last_row_about_a_person_is_taken_as_advised() {
    let world = World::with_groups(&[]);
    let file = b"email,firstname,lastname,country\nann@example.com,Ann,Lee,US\n\
                ann@example.com,Ann,Ray,US\n";
    let run = follow_row(&world, file, "take the last row (", &[")"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.sandbox.directory().user("ann@example.com").unwrap().lastname, "Ray");
}

#[test]
fn names_that_differ_are_changed_as_advised() {
    let mut directory = Directory::default();
    directory.add_user(&user("ann@example.com", &[]));
    let world = World::new(directory, SandboxOptions::default());
    let file = "email,firstname,lastname,country\nann@example.com,Anna,Leeds,US\n";
    let first = world.import("a.csv", file, &["--online", "--skip-unchanged"]);
    let message = &world.rows("a.results.csv")[0]["umbulk_message"];
    let options = between(message, "use --if", &[",", ";"]);
    world.write("b.csv", file);
    let run = typed(&world, &format!("umbulk import b.csv --if{options}"));
    assert_eq!(run.status, 0, "{first:?} {run:?}");
    assert_eq!(world.sandbox.directory().user("ann@example.com").unwrap().firstname, "Anna");
}

#[test]
fn groups_that_do_not_exist_are_created_as_advised() {
    let world = World::with_groups(&["Design"]);
    let file = b"email,firstname,lastname,country,groups\nann@example.com,Ann,Lee,US,Photo\n";
    let refused = world.import("a.csv", file, &[]);
    assert_eq!((refused.status, world.action_requests()), (1, 0), "{refused:?}");
    let options = between(&refused.stderr, "`umbulk import FILE ", &["`"]).to_owned();
    world.write("b.csv", file);
    let run = typed(&world, &format!("umbulk import b.csv {options}"));
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.groups_of("ann@example.com"), Some(vec!["Photo".to_owned()]));
}

#[test]
fn list_of_groups_is_created_or_deleted_as_advised() {
    let world = World::with_groups(&["Design"]);
    let file = b"name,description\nDesign,Designers\n";
    let run = follow_error(&world, file, "create-group or ", &["\n"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(world.sandbox.directory().group("Design").is_none(), "{run:?}");
    let world = World::with_groups(&["Design"]);
    let file = b"name,description\nPhoto,Photographers\n";
    let run = follow_error(&world, file, "use ", &[" or", "\n"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(world.sandbox.directory().group("Photo").is_some(), "{run:?}");
}

#[test]
fn actions_of_a_file_are_replaced_as_advised() {
    let mut directory = Directory::default();
    directory.add_user(&user("ann@example.com", &[]));
    let world = World::new(directory, SandboxOptions::default());
    world.write("a.csv", "action,email\nremove-all,ann@example.com\n");
    let refused = world.umbulk(&["import", "a.csv", "--action", "delete"]);
    assert_eq!((refused.status, world.action_requests()), (2, 0), "{refused:?}");
    let options = between(&refused.stderr, "or type ", &[" to replace"]);
    let run = typed(&world, &format!("umbulk import a.csv {options}"));
    assert_eq!(run.status, 0, "{run:?}");
    assert!(world.sandbox.directory().user("ann@example.com").is_none());
}

#[test]
fn users_without_names_are_created_as_advised() {
    for name in ["Full name", "Name, Vorname", "氏名"] {
        let world = World::with_groups(&[]);
        let file = format!("email;{name};country\nann@example.com;Ann Lee;US\n");
        let run = follow_error(&world, file.as_bytes(), "which only Adobe IDs can be: ", &["\n"]);
        assert_eq!(run.status, 0, "{name}: {run:?}");
        assert!(world.sandbox.directory().user("ann@example.com").is_some(), "{name}");
    }
}

#[test]
fn column_in_two_forms_is_chosen_as_advised() {
    let world = World::with_groups(&[]);
    let file = b"email,firstname,lastname,country,E-Mail\nann@example.com,Ann,Lee,US,a@x.example\n";
    let refused = world.import("a.csv", file, &[]);
    assert_eq!((refused.status, world.action_requests()), (2, 0), "{refused:?}");
    let options = between(&refused.stderr, "choose one with ", &["\n", ";"]);
    let options = options.replace("COLUMN", "E-Mail");
    let run = typed(&world, &format!("umbulk import a.csv {options}"));
    assert_eq!(run.status, 0, "{run:?}");
    assert!(world.sandbox.directory().user("a@x.example").is_some());
}

#[test]
fn lines_of_another_encoding_are_refused_one_by_one_as_advised() {
    let world = World::with_groups(&[]);
    let mut file =
        "email,firstname,lastname,country\na@example.com,Zoë,Müller,DE\n".as_bytes().to_vec();
    file.extend(b"b@example.com,Jos\xe9,N\xfa\xf1ez,ES\n");
    let run = follow_error(&world, &file, "or use ", &[" to refuse"]);
    assert_eq!(run.status, 1, "{run:?}");
    assert_eq!(world.statuses("a.results.csv"), ["ok", "invalid"]);
}

/// The delimiter stands in every line, but quotes around the lines hide it.
#[test]
fn lines_in_quotes_are_named_and_read_without_them() {
    let world = World::with_groups(&[]);
    let file = "\"email,firstname,lastname,country\"\n\"ann@example.com,Ann,Lee,US\"\n";
    let refused = world.import("a.csv", file, &[]);
    assert_eq!((refused.status, world.action_requests()), (2, 0), "{refused:?}");
    assert!(
        refused.stderr.contains("The whole line is in quotes") && !refused.stderr.contains("--map"),
        "{refused:?}"
    );
    assert_eq!(world.import("a.csv", file.replace('"', ""), &[]).status, 0);
}

#[test]
fn columns_of_fixed_width_are_named() {
    let world = World::with_groups(&[]);
    let file = "EMAIL               FIRSTNAME  LASTNAME   CO\n\
                ann@example.com     Ann        Lee        DE\n";
    let refused = world.import("a.csv", file, &[]);
    assert_eq!((refused.status, world.action_requests()), (2, 0), "{refused:?}");
    assert!(
        refused.stderr.contains("fixed width") && !refused.stderr.contains("--map"),
        "{refused:?}"
    );
}

/// Names of columns with every mark that a shell or a path could take for its own.
#[test]
fn joins_of_columns_are_typed_as_advised() {
    let world = World::with_groups(&[]);
    let file = "E.Mail,First-Name,Last'Name,Middle name (2.),country\n\
                ann,Ann,O'Neil,Mary,US\nbob,Bob,Ray,,US\n";
    world.write("a.csv", file);
    let refused =
        typed(&world, "umbulk import a.csv --set 'firstname={First-Name} {Last'\\''Name}'");
    assert_eq!((refused.status, world.action_requests()), (2, 0), "{refused:?}");
    let advice = between(&refused.stderr, "to read or join columns, use ", &["\n"]);
    let run = typed(
        &world,
        &format!(
            "umbulk import a.csv {advice} --map 'email={{E.Mail}}@example.com' --map \
             'lastname={{Middle name (2.)}} {{Last'\\''Name}}'"
        ),
    );
    assert_eq!(run.status, 1, "a part of a join is empty: {run:?}");
    let ann = world.sandbox.directory().user("ann@example.com").unwrap();
    assert_eq!((ann.firstname.as_str(), ann.lastname.as_str()), ("Ann O'Neil", "Mary O'Neil"));
    assert_eq!(world.statuses("a.results.csv"), ["ok", "invalid"]);
    let refused = typed(&world, "umbulk import a.csv --override 'lastname={Last-Name}'");
    assert!(
        refused.status == 2 && refused.stderr.contains("to read or join columns, use --map"),
        "{refused:?}"
    );
    let refused = typed(&world, "umbulk import a.csv --set 'lastname={Middle name (2.)}'");
    let advice = between(&refused.stderr, "to read or join columns, use ", &["\n"]);
    assert_eq!(advice, "--map \"lastname=Middle name (2.)\"");
    for wrong in ["email={E.Mail@example.com", "email=x{}@example.com", "email={Emial}@x.com"] {
        let refused = world.umbulk(&["import", "a.csv", "--fresh", "--map", wrong]);
        assert_eq!(refused.status, 2, "{wrong}: {refused:?}");
    }
}

/// What an option says of a field holds, whatever the mapping and the cells say.
#[test]
fn override_replaces_joins_formulas_and_further_columns() {
    let world = World::with_groups(&["Design", "Photo", "Video"]);
    let file = "A.1,B-2,lastname,email,country,groups,User Groups\n\
                Ann,,=B7,ann@example.com,US,Design,Photo\n";
    let map = ["--map", "firstname={A.1} {B-2}"];
    let refused = world.import("a.csv", file, &map);
    assert_eq!((refused.status, world.action_requests()), (1, 0), "{refused:?}");
    let options = ["--override", "firstname=Zed", "--override", "lastname=Lee", "--override"];
    let run = world.import("b.csv", file, &[&map[..], &options, &["groups=Video"]].concat());
    assert_eq!(run.status, 0, "{run:?}");
    let ann = world.sandbox.directory().user("ann@example.com").unwrap();
    assert_eq!((ann.firstname.as_str(), ann.lastname.as_str()), ("Zed", "Lee"));
    let groups = world.groups_of("ann@example.com").unwrap();
    assert!(groups.contains(&"Video".to_owned()) && !groups.contains(&"Design".to_owned()));
}

/// An apostrophe that a spreadsheet puts before text, and marks that switch a row off in programs.
#[test]
fn addresses_with_a_mark_in_front_are_no_users() {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Design"));
    let world = World::new(directory, SandboxOptions::default());
    let marks = ["'", "--", "//", "*", "%", "# "];
    let row = |mark: &str| format!("{mark}ann@example.com,Ann,Lee,US\n");
    let rows: String = marks.into_iter().map(row).collect();
    let run = world.import("a.csv", format!("email,firstname,lastname,country\n{rows}"), &[]);
    assert_eq!((run.status, world.action_requests()), (1, 0), "{run:?}");
    assert_eq!(
        world.statuses("a.results.csv"),
        ["invalid", "invalid", "invalid", "invalid", "invalid", "skipped"]
    );
    let run = world.import(
        "b.csv",
        "email,firstname,lastname,country\no'neil@example.com,Ann,O'Neil,US\n",
        &[],
    );
    assert_eq!(run.status, 0, "{run:?}");
}

/// What PowerShell writes for a list, lines between rows, and rows of blanks that only look empty.
#[test]
fn what_tools_write_between_rows_is_no_person() {
    let world = World::with_groups(&["Design"]);
    let run = world.import(
        "a.csv",
        "email,firstname,lastname,country,groups\nann@example.com,Ann,Lee,US,System.Object[]\n\
         bob@example.com,Bob,Ray,US,\
         Microsoft.ActiveDirectory.Management.ADPropertyValueCollection\n",
        &[],
    );
    assert_eq!((run.status, world.action_requests()), (1, 0), "{run:?}");
    assert!(
        world
            .rows("a.results.csv")
            .iter()
            .all(|row| row["umbulk_code"] == "invalid.groups.placeholder"),
        "{run:?}"
    );
    let table = "     email       | firstname | lastname | country\n\
                 -----------------+-----------+----------+---------\n \
                 ann@example.com | Ann       | Lee      | US\n(1 row)\n";
    let run = world.import("b.csv", table, &[]);
    assert_eq!(run.status, 0, "{run:?}");
    let blanks = "email,firstname,lastname,country\n\u{a0},\u{a0},\u{3000},\u{200b}\n\
                  carl@example.com,Carl,Lee,US\n\u{feff},,,\n";
    let run = world.import("c.csv", blanks, &[]);
    assert_eq!((run.status, world.statuses("c.results.csv").len()), (0, 1), "{run:?}");
}

#[test]
fn list_that_is_not_stored_is_given_as_advised() {
    let file = "email,firstname,lastname,country\nann@example.com,Ann,Lee,US\n";
    for (asked, advised) in [
        ("--skip-unchanged", &["umbulk plan a.csv --skip-unchanged --online"][..]),
        ("--skip-unchanged", &["umbulk export users", "umbulk plan a.csv --skip-unchanged"]),
        (
            "--skip-unchanged",
            &[
                "umbulk export users --out u.csv",
                "umbulk plan a.csv --skip-unchanged --against u.csv",
            ],
        ),
        ("--against latest", &["umbulk export users", "umbulk plan a.csv --against latest"]),
    ] {
        let mut directory = Directory::default();
        directory.add_user(&user("ann@example.com", &[]));
        let world = World::new(directory, SandboxOptions::default());
        world.write("a.csv", file);
        let refused = typed(&world, &format!("umbulk plan a.csv {asked}"));
        assert_eq!(refused.status, 2, "{asked}: {refused:?}");
        assert!(refused.stderr.contains("`umbulk export users`"), "{refused:?}");
        if asked == "--skip-unchanged" {
            for part in ["use --online", "use --against FILE"] {
                assert!(refused.stderr.contains(part), "{refused:?}");
            }
        }
        for command in advised {
            let run = typed(&world, command);
            assert_eq!(run.status, 0, "{command}: {run:?}");
        }
    }
}

#[test]
fn file_that_protects_nobody_is_omitted_as_advised() {
    let world = World::with_groups(&[]);
    world.write("p.txt", "# nobody yet\n");
    let file = "email,firstname,lastname,country\nann@example.com,Ann,Lee,US\n";
    let refused = world.import("a.csv", file, &["--protect", "p.txt"]);
    assert_eq!((refused.status, world.action_requests()), (2, 0), "{refused:?}");
    assert!(refused.stderr.contains("or omit --protect"), "{refused:?}");
    assert_eq!(typed(&world, "umbulk import a.csv").status, 0);
}

/// Lists do not show disabled accounts, and the API removes them.
#[test]
fn leaver_whom_no_list_shows_is_removed_as_advised() {
    let mut directory = Directory::default();
    directory
        .add_user(&SandboxUser { status: UserStatus::Disabled, ..user("off@example.com", &[]) });
    directory.add_user(&user("ann@example.com", &[]));
    let world = World::new(directory, SandboxOptions::default());
    let file = "action,email\ndelete,off@example.com\n";
    let first = world.import("a.csv", file, &["--online", "--skip-unchanged"]);
    assert_eq!((first.status, world.action_requests()), (0, 0), "{first:?}");
    let message = &world.rows("a.results.csv")[0]["umbulk_message"];
    assert!(message.contains("without --skip-unchanged the removal is sent"), "{message}");
    world.write("b.csv", file);
    let run = typed(&world, "umbulk import b.csv");
    assert_eq!((run.status, world.sandbox.directory().users().count()), (0, 1), "{run:?}");
}
