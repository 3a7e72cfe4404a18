//! The screen of `plan` as something to approve: what is created, changed and removed, and what a
//! person should look at first.

use crate::world::{World, user};
use serde_json::{Value, json};
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions};

const HEAD: &str = "action,email,firstname,lastname,country,groups\n";

/// Ann, who is in a group, and Bob.
fn world() -> World {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Design"));
    directory.add_user(&user("ann@example.com", &["Design"]));
    directory.add_user(&user("bob@example.com", &[]));
    let world = World::new(directory, SandboxOptions::default());
    for list in [["users", "users.csv"], ["groups", "groups.csv"]] {
        assert_eq!(world.umbulk(&["export", list[0], "--out", list[1]]).status, 0);
    }
    world
}

fn new_people(number: usize) -> String {
    let row = |number| format!("create,new{number}@example.com,New,One,US,Design\n");
    HEAD.to_owned() + &(0..number).map(row).collect::<String>()
}

fn lines_after<'t>(text: &'t str, line: &str) -> Vec<&'t str> {
    text.lines().skip_while(|other| *other != line).skip(1).collect()
}

#[test]
fn plan_names_twenty_of_a_kind_and_counts_the_others() {
    let world = world();
    world.write("staff.csv", new_people(25));
    let plan = world.umbulk(&["plan", "staff.csv", "--against", "users.csv"]);
    let names = lines_after(&plan.stdout, "+        25  users to create");
    assert_eq!(names[0], "             new0@example.com");
    assert_eq!(names[19], "             new19@example.com");
    assert_eq!(names[20], "             and 5 more (--out writes all)");
    assert_eq!(names[21..23], ["+        25  memberships to add", "             Design: 25"]);
    assert!(!plan.stdout.contains("nothing is compared"), "{}", plan.stdout);
    let json = world.umbulk(&["plan", "staff.csv", "--against", "users.csv", "--json"]);
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    let names = json["differences"]["names"]["created"].as_array().unwrap();
    assert_eq!((names.len(), &names[24]), (25, &json!("new24@example.com")));
    assert_eq!((&json["asked_for"], &json["look_at"]), (&Value::Null, &json!([])));
}

#[test]
fn plan_without_a_list_shows_what_the_rows_ask_for() {
    let world = World::with_groups(&["Design"]);
    let rows = "update,ann@example.com,Anna,,,\nremove,bob@example.com,,,,Design\n\
                delete,eve@example.com,,,,\n";
    world.write("staff.csv", new_people(1) + rows);
    let plan = world.umbulk(&["plan", "staff.csv", "--check-groups", "never"]);
    let text = &plan.stdout;
    assert!(text.contains("below is what the rows ask for; nothing is compared"), "{text}");
    let changes = lines_after(text, "          1  row that deletes");
    assert_eq!(
        changes[..10],
        [
            "+         1  user to create, unless it exists already",
            "             new0@example.com",
            "+         1  membership to add",
            "             Design: 1",
            "~         1  user to update",
            "             ann@example.com: firstname -> `Anna`",
            "-         1  membership to remove",
            "             Design: 1",
            "-         1  user leaves the organization",
            "             eve@example.com",
        ],
        "{text}"
    );
    let json = world.umbulk(&["plan", "staff.csv", "--check-groups", "never", "--json"]);
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["differences"], Value::Null);
    assert_eq!(json["asked_for"]["names"]["removed"], json!(["eve@example.com"]));
}

#[test]
fn plan_says_what_to_look_at_before_it_is_approved() {
    let world = world();
    let rows = "create,eve@exmaple.com,Eve,Fox,US,Design\nadd,bob@example.com,,,,Desing\n";
    world.write("staff.csv", new_people(3) + rows);
    let arguments = ["plan", "staff.csv", "--against", "users.csv", "--groups-file", "groups.csv"];
    let plan = world.umbulk(&arguments);
    let groups = lines_after(
        &plan.stdout,
        "!         1  group does not exist: rows that need it are invalid",
    );
    assert!(groups[0].starts_with("             `Desing`"), "{}", plan.stdout);
    let line = "!         1  domain has one new user only: perhaps a mistyped address";
    let domains = lines_after(&plan.stdout, line);
    assert_eq!(domains[0], "             exmaple.com: eve@exmaple.com", "{}", plan.stdout);
    let json = world.umbulk(&[&arguments[..], &["--json"]].concat());
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    let kinds: Vec<_> =
        json["look_at"].as_array().unwrap().iter().map(|one| &one["kind"]).collect();
    assert_eq!(kinds, ["groups_unknown", "lone_domains"]);
    assert_eq!(json["look_at"][1]["names"], json!(["exmaple.com: eve@exmaple.com"]));
}

#[test]
fn plan_is_in_colour_only_if_wanted_and_obeys_no_name() {
    let world = world();
    let list =
        "email,firstname,lastname,country,groups\nann@example.com,A\u{1b}[2J,Last,US,Design\n";
    world.write("list.csv", list);
    world.write("staff.csv", HEAD.to_owned() + "update,ann@example.com,Anna,,,\n");
    let arguments = ["plan", "staff.csv", "--against", "list.csv", "--color"];
    let plan = |colour| world.umbulk(&[&arguments[..], &[colour]].concat()).stdout;
    let (coloured, plain) = (plan("always"), plan("never"));
    assert!(coloured.contains("\u{1b}[33m~         1  user to update\u{1b}[0m"), "{coloured}");
    assert!(plain.contains(r"firstname `A\u001b[2J` -> `Anna`"), "{plain}");
    assert!(!plain.contains('\u{1b}') && !coloured.contains("\u{1b}[2J"), "{coloured}");
    assert_eq!(console::strip_ansi_codes(&coloured), plain);
}

/// The words of a screen, whatever its lines are.
fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn plan_shows_who_is_missing_by_the_rules_of_the_import() {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Design"));
    for name in ["ann", "bob", "carl", "dora"] {
        directory.add_user(&user(&format!("{name}@example.com"), &["Design"]));
    }
    directory.add_user(&user("root@example.com", &["_org_admin"]));
    let world = World::new(directory, SandboxOptions::default());
    let named = ["ann", "bob", "carl"].map(|name| format!("add,{name}@example.com,,,,Design\n"));
    world.write("staff.csv", HEAD.to_owned() + &named.concat());
    let missing = ["--online", "--managed-domain", "example.com", "--missing"];
    let plan = |what: &'static str| {
        world.umbulk(&[&["plan", "staff.csv"], &missing[..], &[what]].concat())
    };
    let leave = plan("leave");
    let names = lines_after(&leave.stdout, "-         1  missing person leaves the organization");
    assert_eq!(names[0], "             dora@example.com", "{leave:?}");
    assert_eq!(names[1], "          1  request for them, once every row is ok or unchanged");
    let counts = "1 of 5 people under management is missing (3 named in the file; exempt: 1 \
                  administrator";
    assert!(in_one_line(&leave.stdout).contains(counts), "{leave:?}");
    let groups = plan("remove-groups");
    assert!(groups.stdout.contains("  dora@example.com: Design\n"), "{groups:?}");
    assert_eq!(world.groups_of("dora@example.com").unwrap(), ["Design"], "nothing is sent");
    let report = plan("report").stdout;
    assert!(report.contains("          1  missing person is listed\n"), "{report}");
}

#[test]
fn plan_says_why_an_import_would_refuse_missing_people() {
    let world = world();
    world.write("staff.csv", new_people(1));
    let options = ["--online", "--managed-domain", "example.com", "--missing", "leave"];
    let plan = world.umbulk(&[&["plan", "staff.csv"], &options[..]].concat());
    assert_eq!(plan.status, 1, "{plan:?}");
    let words = in_one_line(&plan.stdout);
    let refused = "! refused by an import: --missing leave: 2 of 2 people under management are \
                   missing, more than half.";
    assert!(words.contains(refused), "{plan:?}");
    assert!(plan.stdout.contains("-         2  missing people leave the organization\n"));
    let json = world.umbulk(&[&["plan", "staff.csv", "--json"], &options[..]].concat());
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(
        (&json["missing"]["number"], &json["missing"]["action"]),
        (&json!(2), &json!("leave"))
    );
    let names = json["missing"]["names"].as_array().unwrap();
    assert!(names.contains(&json!({"user": "ann@example.com", "groups": []})), "{json}");
    // Who is under management must be said, as in an import.
    let without = world.umbulk(&["plan", "staff.csv", "--online", "--missing", "leave"]);
    assert!(without.status == 2 && without.stderr.contains("--managed-domain"), "{without:?}");
    assert_eq!(world.groups_of("ann@example.com").unwrap(), ["Design"], "nothing is sent");
}

#[test]
fn plan_as_a_page_and_as_a_table_has_old_and_new_values() {
    let world = world();
    world.write("staff.csv", new_people(1) + "update,ann@example.com,Anna,,,\n");
    let plan = |out: &'static str| {
        let plan = world.umbulk(&["plan", "staff.csv", "--against", "users.csv", "--out", out]);
        assert!(plan.status == 0 && plan.stderr.contains(out), "{plan:?}");
    };
    plan("plan.csv");
    let rows = world.rows("plan.csv");
    assert_eq!(
        (rows[1]["old"].as_str(), rows[1]["new"].as_str()),
        ("firstname: First", "firstname: Anna",)
    );
    plan("plan.html");
    let page = std::fs::read_to_string(world.path("plan.html")).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("Content-Security-Policy"));
    for words in ["Plan of an import", "user to create", "new0@example.com", "firstname: Anna"] {
        assert!(page.contains(words), "{words}");
    }
}

/// Names of very many rows would take as long as the plan itself.
#[test]
fn very_many_rows_without_a_list_are_shown_as_numbers() {
    let world = World::with_groups(&[]);
    let mut rows = "email,firstname,lastname,country\n".to_owned();
    for number in 0..20_001 {
        rows += &format!("u{number}@example.com,A,B,US\n");
    }
    world.write("staff.csv", &rows);
    let plan = world.umbulk(&["plan", "staff.csv", "--check-groups", "never"]);
    assert_eq!(plan.status, 0, "{plan:?}");
    assert!(plan.stdout.contains("--out FILE has the names of so many rows"), "{plan:?}");
    assert!(plan.stdout.contains("20001  users to create"), "{plan:?}");
    assert!(!plan.stdout.contains("u0@example.com"), "{plan:?}");
    // The advice.
    let advised = world.umbulk(&["plan", "staff.csv", "--check-groups", "never", "--out", "p.csv"]);
    assert_eq!(advised.status, 0, "{advised:?}");
    assert!(std::fs::read_to_string(world.path("p.csv")).unwrap().contains("u20000@example.com"));
}

/// The head of the plan and its lists must not say two things about the same person.
#[test]
fn person_whom_an_import_has_perhaps_changed_is_not_compared() {
    let world = world();
    // The second row is refused, so it is not certain what was done.
    let changed = "action,email,groups,new_email\nadd,ann@example.com,Design,\n\
                   update,ann@example.com,,bob@example.com\n";
    assert_eq!(world.import("made.csv", changed, &[]).status, 1);
    world.write("staff.csv", format!("{HEAD}create,ann@example.com,Annie,Lee,US,Design\n"));
    let flags = ["--skip-unchanged", "--if-exists", "update"];
    let plan = world.umbulk(&[&["plan", "staff.csv"][..], &flags].concat());
    let text = &plan.stdout;
    assert!(text.contains("1 user is created (unless it exists already)"), "{text}");
    assert!(text.contains("user to create, or to update"), "{text}");
    assert!(!text.contains("-> Annie"), "{text}");
}
