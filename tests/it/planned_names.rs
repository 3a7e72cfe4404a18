//! Whom each heading of a plan names: everybody whom it counts, and nobody else. The rows that
//! `--out` writes say the same, with old and new values.

use crate::world::{World, bare, run, user};
use serde_json::{Value, json};
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions};

const HEAD: &str = "action,email,firstname,lastname,country,groups,if_exists\n";

/// The lines of a plan after the numbers of its rows: headings and names.
fn sections(plan: &str) -> Vec<&str> {
    let is_name = |line: &str| line.starts_with("             ");
    let is_heading = |line: &str| line.starts_with(['+', '~', '-', '!']);
    plan.lines().filter(|line| is_heading(line) || is_name(line)).map(str::trim_end).collect()
}

/// A world with the lists of its organization: Ann and Bob, who have nothing.
fn world() -> World {
    let mut directory = Directory::default();
    for name in ["G1", "G2", "G3"] {
        directory.add_group(&SandboxGroup::user_group(name));
    }
    directory.add_group(&SandboxGroup::profile("P"));
    directory.add_user(&user("ann@example.com", &["G1"]));
    directory.add_user(&user("bob@example.com", &[]));
    let world = World::new(directory, SandboxOptions::default());
    for list in ["users", "groups"] {
        let name = format!("{list}.csv");
        assert_eq!(world.umbulk(&["export", list, "--out", &name]).status, 0);
    }
    world
}

#[test]
fn heading_names_those_of_its_own_effect() {
    let world = World::with_groups(&[]);
    let rows = "create,a@example.com,A,A,US,,error\ncreate,b@example.com,B,B,US,,ignore\n\
                create,c@example.com,C,C,US,,update\nupdate,d@example.com,Dora,,,,\n\
                delete,e@example.com,,,,,\ndelete-account,f@example.com,,,,,\n\
                remove-all,g@example.com,,,,,\n";
    world.write("staff.csv", HEAD.to_owned() + rows);
    let plan = world.umbulk(&["plan", "staff.csv", "--check-groups", "never"]);
    let all = sections(&plan.stdout);
    assert_eq!(
        all[..14],
        [
            "+         1  user to create",
            "             a@example.com",
            "+         1  user to create, unless it exists already",
            "             b@example.com",
            "+         1  user to create, or to update",
            "             c@example.com",
            "~         1  user to update",
            "             d@example.com: firstname -> `Dora`",
            "-         1  account to delete with its files",
            "             f@example.com",
            "-         1  user to remove from all groups",
            "             g@example.com",
            "-         1  user leaves the organization",
            "             e@example.com",
        ],
        "{plan:?}"
    );
    let json = world.umbulk(&["plan", "staff.csv", "--check-groups", "never", "--json"]);
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    let asked = &json["asked_for"];
    assert_eq!((&asked["create"], &asked["leave"]), (&json!(3), &json!(1)));
    assert_eq!(asked["delete_accounts"], 1);
    assert_eq!(asked["names"]["account_deleted"], json!(["f@example.com"]));
}

/// With a snapshot, it is known who is there, though nothing is compared.
#[test]
fn heading_by_a_snapshot_names_only_new_people() {
    let world = world();
    let rows = "create,ann@example.com,First,Last,US,G1,\ncreate,new@example.com,N,N,US,G1,\n";
    world.write("staff.csv", HEAD.to_owned() + rows);
    let plan = world.umbulk(&["plan", "staff.csv", "--check-groups", "never"]);
    let all = sections(&plan.stdout);
    let created = all.iter().position(|line| *line == "+         1  user to create").unwrap();
    assert_eq!(all[created + 1], "             new@example.com", "{plan:?}");
    assert_eq!(all[created + 2..][..2], ["+         1  membership to add", "             G1: 1"]);
    assert_eq!(plan.stdout.matches("ann@example.com").count(), 0, "{plan:?}");
}

#[test]
fn deleted_accounts_have_a_heading_and_words_of_their_own() {
    let world = world();
    let rows = "delete,ann@example.com,,,,,\ndelete-account,bob@example.com,,,,,\n";
    world.write("staff.csv", HEAD.to_owned() + rows);
    let plan = |more: &[&str]| {
        world.umbulk(&[&["plan", "staff.csv", "--against", "users.csv"], more].concat())
    };
    let text = plan(&["--out", "plan.csv"]).stdout;
    assert_eq!(
        sections(&text)[..4],
        [
            "-         1  account to delete with its files",
            "             bob@example.com",
            "-         1  user leaves the organization",
            "             ann@example.com",
        ],
        "{text}"
    );
    let rows = world.rows("plan.csv");
    let changes: Vec<&str> = rows.iter().map(|row| row["changes"].as_str()).collect();
    assert_eq!(changes, ["leave the organization", "delete the account and its files"]);
    assert_eq!(plan(&["--out", "plan.html"]).status, 0);
    let page = std::fs::read_to_string(world.path("plan.html")).unwrap();
    assert!(page.contains("account to delete with its files"), "{page}");
    assert!(page.contains("delete the account and its files"), "{page}");
}

#[test]
fn groups_show_new_names_profiles_and_members() {
    let world = world();
    let rows = "name,name_new,description,add_users,remove_users,add_profiles,remove_profiles\n\
                G1,,,bob@example.com,ann@example.com,,\nG2,H2,,,,,\nG3,,Text,,,P,\n";
    world.write("groups-update.csv", rows);
    let plan = |more: &[&str]| {
        let options = ["plan", "groups-update.csv", "--dialect", "umapi-cli-groups-update"];
        world.umbulk(&[&options, more].concat())
    };
    let text = plan(&["--against", "users.csv", "--groups-file", "groups.csv"]).stdout;
    let all = sections(&text);
    let changed = all.iter().position(|line| *line == "~         2  groups to change").unwrap();
    let mut names = all[changed + 1..changed + 4].to_vec();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "             G2: name `G2` -> `H2`",
            "             G3: add the profiles `P`",
            "             G3: description -> `Text`",
        ],
        "{text}"
    );
    let text = plan(&["--check-groups", "never", "--out", "plan.csv"]).stdout;
    let all = sections(&text);
    for (heading, name) in [
        ("~         1  group to rename", "             G2: name `G2` -> `H2`"),
        ("~         1  group to update", "             G3: description -> `Text`"),
        ("~         1  group to get product profiles", "             G3: add the profiles `P`"),
    ] {
        let place = all.iter().position(|line| *line == heading);
        assert_eq!(place.map(|place| all[place + 1]), Some(name), "{text}");
    }
    let rows = world.rows("plan.csv");
    let of = |column: &str| -> Vec<&str> { rows.iter().map(|row| row[column].as_str()).collect() };
    assert_eq!(
        of("changes"),
        [
            "remove `ann@example.com`; add `bob@example.com`",
            "name `G2` -> `H2`",
            "description -> `Text`; add the profiles `P`",
        ]
    );
    assert_eq!(of("old"), ["", "name: G2", ""]);
    assert_eq!(of("new"), ["", "name: H2", "description: Text"]);
}

/// Options that make everybody of this domain missing who is in no row.
fn missing(what: &str) -> [&str; 5] {
    ["--online", "--managed-domain", "example.com", "--missing", what]
}

/// The words of a screen, whatever its lines are.
fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn rest_of_a_heading_is_where_the_plan_says() {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("G1"));
    for number in 0..60 {
        directory.add_user(&user(&format!("u{number}@example.com"), &["G1"]));
    }
    let world = World::new(directory, SandboxOptions::default());
    let row = |number| format!("add,u{number}@example.com,,,,\"G1,New{number}\",\n");
    world.write("staff.csv", HEAD.to_owned() + &(0..37).map(row).collect::<String>());
    let plan = |more: &[&str]| {
        let options = ["plan", "staff.csv", "--check-groups", "never"];
        world.umbulk(&[&options, &missing("remove-groups")[..], more].concat())
    };
    let text = plan(&["--out", "plan.csv"]).stdout;
    let all = sections(&text);
    let after = |heading: &str| {
        let place = all.iter().position(|line| *line == heading);
        all[place.unwrap_or_else(|| panic!("{heading}: {text}")) + 21]
    };
    // Groups with their numbers are in no row.
    let rest = after("+        37  memberships to add");
    assert_eq!(rest, "             and 17 more (--json has all)");
    let json: Value = serde_json::from_str(&plan(&["--json"]).stdout).unwrap();
    assert_eq!(json["differences"]["groups"].as_object().unwrap().len(), 37);
    let rest = after("-        23  missing people lose groups");
    assert_eq!(rest, "             and 3 more (--out writes all)");
    let rows = world.rows("plan.csv");
    let gone: Vec<_> = rows.iter().filter(|row| row["status"] == "missing").collect();
    assert_eq!((rows.len(), gone.len()), (60, 23));
    assert!(gone.iter().all(|row| row["changes"] == "remove from `G1`"), "{gone:?}");
    assert!(gone.iter().any(|row| row["user"] == "u59@example.com"), "{gone:?}");
    assert_eq!(plan(&["--out", "plan.html"]).status, 0);
    let page = std::fs::read_to_string(world.path("plan.html")).unwrap();
    assert!(page.contains(r#""missing""#) && page.contains("remove from `G1`"), "{page}");
    assert_eq!(world.groups_of("u59@example.com").unwrap(), ["G1"], "nothing is sent");
}

/// A heading counts all values, though only the first thousand are kept.
#[test]
fn heading_of_many_new_values_counts_all_of_them() {
    let world = World::with_groups(&[]);
    let rows = (0..1_025).map(|number| format!("update,u{number}@example.com,Ann,,,,\n"));
    world.write("staff.csv", HEAD.to_owned() + &rows.collect::<String>());
    let plan = world.umbulk(&["plan", "staff.csv", "--check-groups", "never"]);
    let all = sections(&plan.stdout);
    let heading = all.iter().position(|line| *line == "~      1025  users to update").unwrap();
    assert_eq!(all[heading + 21], "             and 1005 more (--out writes all)", "{plan:?}");
}

/// An import refuses these rows. The plan says so, and shows what else there is to approve.
#[test]
fn plan_that_an_import_refuses_for_an_invalid_row_is_shown() {
    let world = world();
    let rows = "create,new@example.com,New,One,US,G1,\ncreate,no address,Bo,Ek,SE,,\n";
    world.write("staff.csv", HEAD.to_owned() + rows);
    let plan = |more: &[&str]| {
        world.umbulk(&[&["plan", "staff.csv"], &missing("leave")[..], more].concat())
    };
    let shown = plan(&[]);
    assert_eq!(shown.status, 1, "{shown:?}");
    assert!(shown.stdout.contains("+         1  user to create\n"), "{shown:?}");
    let words = in_one_line(&shown.stdout);
    let refused = "! refused by an import: --missing leave: staff.csv: 1 row is invalid, and \
                   nobody counts as missing until it is fixed";
    assert!(words.contains(refused), "{shown:?}");
    assert!(!words.contains("in no row"), "{shown:?}");
    let json: Value = serde_json::from_str(&plan(&["--json"]).stdout).unwrap();
    let missing = &json["missing"];
    assert_eq!((&missing["number"], &missing["counts"]), (&Value::Null, &Value::Null));
    assert!(missing["refused"].as_str().unwrap().contains("1 row is invalid"), "{missing}");
}

#[test]
fn plan_says_why_it_does_not_know_the_account_of_the_credentials() {
    let world = world();
    let rows = "add,ann@example.com,,,,G2,\n";
    world.write("staff.csv", HEAD.to_owned() + rows);
    let plan = |more: &[&str]| {
        let options = ["plan", "staff.csv", "--managed-domain", "example.com", "--missing"];
        in_one_line(&world.umbulk(&[&options, more].concat()).stdout)
    };
    let own = "! your own account (that of the credentials) also stays, but";
    let offline = plan(&["leave", "--against", "users.csv"]);
    assert!(
        offline.contains(&format!("{own} only --online and --save show which one it is")),
        "{offline}"
    );
    // The tokens of the sandbox name nobody.
    let online = plan(&["leave", "--online"]);
    assert!(online.contains(&format!("{own} the token does not say which one it is")), "{online}");
}

/// The names below a heading, in the plan of each file.
fn named<'t>(plans: &[&'t str], heading: &str) -> Vec<Vec<&'t str>> {
    let of = |plan: &&'t str| {
        let below = sections(plan).into_iter().skip_while(|line| !line.ends_with(heading)).skip(1);
        below.take_while(|line| line.starts_with("   ")).map(str::trim).collect()
    };
    plans.iter().map(of).collect()
}

#[test]
fn each_file_lists_its_own_groups() {
    let world = world();
    let row = |user: &str, group: &str| format!("add,{user}@example.com,,,,{group},\n");
    world.write("a.csv", HEAD.to_owned() + &row("ann", "Nope A") + &row("ann", "Nope"));
    world.write("b.csv", HEAD.to_owned() + &row("bob", "Nope B") + &row("bob", "Nope"));
    let plan = |more: &[&str]| {
        world.umbulk(&[&["plan", "a.csv", "b.csv", "--against", "users.csv"], more].concat()).stdout
    };
    let split = |text: &str| text.find("b.csv (native)").unwrap();
    let text = plan(&["--groups-file", "groups.csv"]);
    let (a, b) = text.split_at(split(&text));
    let absent = "groups do not exist: rows that need them are invalid";
    assert_eq!(named(&[a, b], absent), [["`Nope`", "`Nope A`"], ["`Nope`", "`Nope B`"]], "{text}");
    // Without a list of groups, nobody knows.
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.csv", "b.csv"] {
        std::fs::copy(world.path(name), folder.path().join(name)).unwrap();
    }
    let offline = run(&mut bare(folder.path(), &["plan", "a.csv", "b.csv"]));
    let (a, b) = offline.stdout.split_at(split(&offline.stdout));
    let unchecked = "groups are not checked: the server decides";
    assert_eq!(named(&[a, b], unchecked), [["`Nope A`", "`Nope`"], ["`Nope B`", "`Nope`"]]);
}

/// A page is read without the screen.
#[test]
fn page_has_what_the_screen_says_beside_the_numbers() {
    let world = world();
    let rows = "email,firstname,lastname,country,groups,shoe size\n\
                ann@example.com,Anna,Last,US,G1,42\nnew@example.com,New,One,Deutschland,G1,43\n";
    world.write("staff.csv", rows);
    let page = |more: &[&str]| {
        let options = ["plan", "staff.csv", "--ignore", "shoe size", "--out", "plan.html"];
        let plan = world.umbulk(&[&options, more].concat());
        (plan.stdout, std::fs::read_to_string(world.path("plan.html")).unwrap())
    };
    let (screen, compared) = page(&["--against", "users.csv"]);
    for words in [
        "what it does: ",
        "ignored columns: shoe size",
        "read as DE (1 row)",
        "row differs in firstname, which is not changed",
    ] {
        assert!(screen.contains(words), "{words}: {screen}");
        assert!(compared.contains(words.trim_start_matches("what it does: ")), "{words}");
    }
    let (screen, alone) = page(&["--check-groups", "never"]);
    assert!(
        screen.contains("the import sends every valid row. Below is only what would change"),
        "{screen}"
    );
    assert!(
        alone.contains("the import sends every valid row. Below is only what would change"),
        "{alone}"
    );
    world.write("staff.csv", "email,firstname,lastname,country,shoe size\n");
    let (screen, empty) = page(&["--check-groups", "never"]);
    assert!(!screen.contains("what it does"), "{screen}");
    assert!(!empty.contains("What it does") && empty.contains("staff.csv"), "{empty}");
}

#[test]
fn users_of_all_files_share_a_domain_by_their_addresses() {
    let world = world();
    let head = "email,username,domain,firstname,lastname,country,type\n";
    let row = |name: &str, domain: &str| {
        format!("{name}@{domain},{name}1,example.com,A,B,US,federatedID\n")
    };
    world.write("a.csv", head.to_owned() + &row("eve", "exmaple.com") + &row("cid", "new.com"));
    world.write("b.csv", head.to_owned() + &row("dan", "new.com"));
    let plan = |files: &[&str]| {
        world.umbulk(&[&["plan", "--against", "users.csv"], files].concat()).stdout
    };
    let one = "domain has one new user only: perhaps a mistyped address";
    let text = plan(&["a.csv", "b.csv"]);
    let (a, b) = text.split_at(text.find("b.csv (native)").unwrap());
    assert_eq!(named(&[a], one), [["exmaple.com: eve1"]], "{text}");
    assert!(!b.contains("mistyped"), "{b}");
    // One file alone does not have the other user.
    assert_eq!(named(&[&plan(&["b.csv"])], one), [["new.com: dan1"]]);
}

/// The requests for missing people come after those of the rows, and are counted apart.
#[test]
fn requests_for_missing_people_are_not_those_of_the_rows() {
    let world = world();
    world.write("staff.csv", HEAD.to_owned() + "add,ann@example.com,,,,G1,\n");
    let plan = world.umbulk(&[&["plan", "staff.csv"], &missing("leave")[..]].concat());
    assert!(plan.stdout.contains("1  request for them, once every row is ok"), "{plan:?}");
    assert!(plan.stdout.contains("0  requests for the rows, no waiting"), "{plan:?}");
    world.write("leavers.csv", "action,email\ndelete,ann@example.com\n");
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(world.path("leavers.csv"), folder.path().join("leavers.csv")).unwrap();
    let plan = run(&mut bare(folder.path(), &["plan", "leavers.csv"]));
    let words = "! administrators are not checked offline: use --against FILE or --online";
    assert!(in_one_line(&plan.stdout).contains(words), "{plan:?}");
}

/// Only the first thousand administrators are kept.
#[test]
fn heading_of_many_administrators_counts_all_of_them() {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("G1"));
    let name = |number: u32| format!("u{number}@example.com");
    (0..1_003).for_each(|number| directory.add_user(&user(&name(number), &["_admin_G1"])));
    let world = World::new(directory, SandboxOptions::default());
    assert_eq!(world.umbulk(&["export", "users", "--out", "users.csv"]).status, 0);
    let rows = (0..1_003).map(|number| format!("delete,{},,,,,\n", name(number)));
    world.write("staff.csv", HEAD.to_owned() + &rows.collect::<String>());
    let plan = world.umbulk(&["plan", "staff.csv", "--against", "users.csv"]);
    let all = sections(&plan.stdout);
    let heading = "!      1003  rows take roles from administrators";
    let place = all.iter().position(|line| *line == heading);
    let behind = &all[place.unwrap_or_else(|| panic!("{plan:?}"))..];
    let rest = behind.iter().find(|line| line.starts_with("             and "));
    assert_eq!(*rest.unwrap(), "             and 983 more (--json has the first thousand)");
}
