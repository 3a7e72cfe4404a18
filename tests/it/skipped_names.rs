//! People in rows that `where` or `#` skips are not missing, and keep their groups, also if their
//! names are joined, translated, mistyped or lost.

use crate::world::{Run, World, user};
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions, SandboxUser};

/// Joins addresses from names.
const JOINED: &str = r#"[map]
email = "{First}.{Last}@example.com"
firstname = "First"
lastname = "Last"
country = { set = "US" }
groups = "Groups"
where = "Team != 'No'"
"#;
/// Reads addresses as they are.
const PLAIN: &str = "[map]\nwhere = \"Team != 'No'\"\n";
const PLAIN_HEADER: &str = "id,email,firstname,lastname,country,groups,Team\n";

/// Ed Gee and Flo Hay, who are in two groups.
fn world() -> World {
    let mut directory = Directory::default();
    for group in ["Design", "Video"] {
        directory.add_group(&SandboxGroup::user_group(group));
    }
    for (email, first, last) in
        [("ed.gee@example.com", "Ed", "Gee"), ("flo.hay@example.com", "Flo", "Hay")]
    {
        directory.add_user(&SandboxUser {
            firstname: first.into(),
            lastname: last.into(),
            country: "US".into(),
            ..user(email, &["Design", "Video"])
        });
    }
    World::new(directory, SandboxOptions::default())
}

fn import(world: &World, mapping: &str, table: &str, flags: &[&str]) -> Run {
    world.write("m.toml", mapping);
    let ignored: &[&str] = if table.contains("Team") { &["--ignore", "Team"] } else { &[] };
    let all = ["--map-file", "m.toml", "--online", "--yes"];
    world.import("staff.csv", table, &[&all, ignored, flags].concat())
}

fn missing(world: &World, mapping: &str, table: &str, what: &str) -> Run {
    let more = ["--managed-domain", "example.com", "--max-missing", "1"];
    import(
        world,
        mapping,
        table,
        &[&["--missing", what, "--manage-groups", "*"][..], &more].concat(),
    )
}

fn groups_of_flo(world: &World) -> Option<Vec<String>> {
    world.groups_of("flo.hay@example.com")
}

/// Flo stays, because nobody can tell whom the row names.
#[track_caller]
fn refused_for_line_3(run: &Run, world: &World, row: &str) {
    assert_eq!(run.status, 2, "{row}: {run:?}");
    assert!(run.stderr.contains("staff.csv, line 3"), "{row}: {}", run.stderr);
    assert_eq!(groups_of_flo(world).unwrap().len(), 2, "{row}");
    assert_eq!(world.action_requests(), 0, "{row}");
}

#[test]
fn skipped_row_with_a_lost_name_makes_nobody_missing() {
    for row in [
        "Flo,,No,",
        ",Hay,No,",
        "Flo,#N/A,No,",
        "Flo,=A1,No,",
        "Flo,46266,No,",
        ",,No,Video",
        "#Flo,,D,",
    ] {
        let world = world();
        let table = format!("First,Last,Team,Groups\nEd,Gee,D,\n{row}\n");
        refused_for_line_3(&missing(&world, JOINED, &table, "leave"), &world, row);
    }
    for row in [",,Flo,,US,,No", ",#N/A,,,US,,No", ",=A1,,,US,,No", ",,,,US,,No"] {
        let world = world();
        let table = format!("{PLAIN_HEADER},ed.gee@example.com,Ed,Gee,US,,D\n{row}\n");
        for what in ["leave", "remove-groups", "report"] {
            refused_for_line_3(&missing(&world, PLAIN, &table, what), &world, row);
        }
    }
}

#[test]
fn person_in_a_skipped_row_stays_by_joined_or_nearly_the_same_name() {
    for row in
        ["Flo,Hay,No,", "F lo,Hay,No,", "Flo,Hayy,No,", "#Flo,Hayy,D,", "#flo.hay@example.com"]
    {
        let world = world();
        let table = format!("First,Last,Team,Groups\nEd,Gee,D,\n{row}\n");
        let run = missing(&world, JOINED, &table, "leave");
        assert_eq!(run.status, 0, "{row}: {run:?}");
        assert!(groups_of_flo(&world).is_some(), "{row}: {run:?}");
    }
    for row in [",flo.hayy@example.com,,,US,,No", "#,flo.hai@example.com,,,US,,D"] {
        let world = world();
        let table = format!("{PLAIN_HEADER},ed.gee@example.com,Ed,Gee,US,,D\n{row}\n");
        let run = missing(&world, PLAIN, &table, "leave");
        assert_eq!(run.status, 0, "{row}: {run:?}");
        assert!(groups_of_flo(&world).is_some(), "{row}: {run:?}");
    }
}

/// The `#` is no part of the key from which the name is made.
#[test]
fn person_stays_whose_key_is_switched_off() {
    let translated = "[map]\ncountry = { set = \"US\" }\nfirstname = \"First\"\nlastname = \
                      \"Last\"\n[map.email]\ncolumn = \"Id\"\nvalues = { \"ed\" = \
                      \"ed.gee@example.com\", \"fl\" = \"flo.hay@example.com\" }\n";
    let joined = "[map]\nemail = \"{Id}.{Dep}@example.com\"\ncountry = { set = \"US\" }\n\
                  firstname = \"First\"\nlastname = \"Last\"\n";
    for (mapping, table) in [
        (translated, "Id,First,Last\ned,Ed,Gee\n#fl,Flo,Haye\n"),
        (translated, "Id,First,Last\ned,Ed,Gee\n\"=\"\"# fl\"\"\",Flo,Haye\n"),
        (translated, "Id,First,Last\ned,Ed,Gee\n#fl,,\n"),
        (joined, "Id,Dep,First,Last\ned,gee,Ed,Gee\n#flo,hay,F,H\n"),
    ] {
        let world = world();
        let run = missing(&world, mapping, table, "leave");
        assert_eq!(run.status, 0, "{table}: {run:?}");
        assert!(groups_of_flo(&world).is_some(), "{table}: {run:?}");
    }
    let world = world();
    let unknown = "Id,First,Last\ned,Ed,Gee\n#fl2,Flo,\n";
    refused_for_line_3(&missing(&world, translated, unknown, "leave"), &world, unknown);
}

#[test]
fn person_stays_whose_id_is_in_a_skipped_row() {
    for row in
        ["ID,,,,,,No", "ID,flo.new@example.com,F,N,US,,No", "#ID,f@example.com,F,N,US,,D", "#ID"]
    {
        let world = world();
        assert_eq!(world.umbulk(&["export", "users", "--out", "users.csv"]).status, 0);
        let listed = world.rows("users.csv");
        let id = &listed.iter().find(|row| row["email"] == "flo.hay@example.com").unwrap()["id"];
        let row = row.replace("ID", id);
        let table = format!("{PLAIN_HEADER},ed.gee@example.com,Ed,Gee,US,,D\n{row}\n");
        let run = missing(&world, PLAIN, &table, "leave");
        assert_eq!(run.status, 0, "{row}: {run:?}");
        assert!(groups_of_flo(&world).is_some(), "{row}: {run:?}");
    }
}

/// The control: such lines name nobody, and people who are missing leave.
#[test]
fn texts_and_totals_name_nobody() {
    for line in [
        "# exported on Monday",
        "# exported on Monday, by Kim",
        "# exported on Monday,,,",
        "#First,Last,Team,Groups",
        "#---,---,---,---",
        "#",
        ",,No,",
    ] {
        let world = world();
        let table = format!("First,Last,Team,Groups\n{line}\nEd,Gee,D,\n");
        let run = missing(&world, JOINED, &table, "leave");
        assert_eq!(run.status, 0, "{line}: {run:?}");
        assert_eq!(groups_of_flo(&world), None, "{line}: {run:?}");
    }
    let whole = world();
    let run = missing(&whole, JOINED, "First,Last,Team,Groups\nEd,Gee,D,\nTotal,1,,\n", "leave");
    assert_eq!((run.status, groups_of_flo(&whole)), (0, None), "{run:?}");
    for line in ["# exported on Monday", "# left,,,,,,", "#email,who,,,,,", "# Stand: 1.11., HR"] {
        let world = world();
        let table = format!("{PLAIN_HEADER}{line}\n,ed.gee@example.com,Ed,Gee,US,,D\n");
        let run = missing(&world, PLAIN, &table, "leave");
        assert_eq!(run.status, 0, "{line}: {run:?}");
        assert_eq!(groups_of_flo(&world), None, "{line}: {run:?}");
    }
}

#[test]
fn exact_groups_keep_those_of_people_in_skipped_rows() {
    let exact = ["--exact-groups", "--manage-groups", "*"];
    let table = |row: &str| format!("First,Last,Team,Groups\nFlo,Hay,D,Design\n{row}\n");
    for row in ["Flo,,No,Video", "Flo,#N/A,No,Video", ",,No,Video", "Flo,,D,Video"] {
        let world = world();
        let run = import(&world, JOINED, &table(row), &exact);
        assert_eq!(run.status, 2, "{row}: {run:?}");
        assert!(run.stderr.contains("--exact-groups: "), "{row}: {}", run.stderr);
        assert!(row.contains(",D,") || run.stderr.contains("staff.csv, line 3"), "{row}: {run:?}");
        assert_eq!(groups_of_flo(&world).unwrap().len(), 2, "{row}");
    }
    let world = world();
    let run = import(&world, JOINED, &table("Flo,Hayy,No,Video"), &exact);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(run.stderr.contains("note: 1 person may be meant by rows"), "{}", run.stderr);
    assert_eq!(groups_of_flo(&world).unwrap().len(), 2);
    let run = import(
        &world,
        JOINED,
        &table("# exported on Monday"),
        &[&exact[..], &["--fresh"]].concat(),
    );
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(groups_of_flo(&world).unwrap(), ["Design"]);
}
