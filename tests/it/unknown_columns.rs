//! Columns that nobody knows: what they seem to hold is said at once for all of them, and nothing
//! that counts is ignored.

use crate::world::World;

fn validate(file: &str, more: &[&str]) -> crate::world::Run {
    let world = World::with_groups(&[]);
    world.write("a.csv", file);
    world.umbulk(&[&["validate", "a.csv"], more].concat())
}

/// The options behind every `--map` of a message.
fn maps(message: &str) -> Vec<String> {
    message
        .split("--map \"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect()
}

#[test]
fn country_column_beside_a_default_country_is_not_ignored() {
    for column in [
        "Ländercode",
        "Country/Region",
        "usageLocation",
        "国コード",
        "Nazione",
        "Staat",
        "Land/Region",
        "C",
        "CC",
        "Region",
    ] {
        let file = format!("email,firstname,lastname,{column}\nn1@example.com,N,One,DE\n");
        let run = validate(&file, &["--default-country", "US"]);
        assert_eq!(run.status, 2, "{column} {run:?}");
        assert!(run.stderr.contains(&format!("--map \"country={column}\"")), "{run:?}");
        assert_eq!(validate(&file, &["--map", &format!("country={column}")]).status, 0);
        assert_eq!(validate(&file, &["--default-country", "US", "--ignore", column]).status, 0);
    }
}

#[test]
fn column_of_other_words_is_ignored() {
    for (column, cell) in [
        ("Department", "IT"),
        ("Region", "North"),
        ("State", "CA"),
        ("Active", "NO"),
        ("Language", "DE"),
    ] {
        let file =
            format!("email,firstname,lastname,country,{column}\nn1@example.com,N,One,US,{cell}\n");
        assert_eq!(validate(&file, &[]).status, 0, "{column}");
        let file = format!("email,firstname,lastname,{column}\nn1@example.com,N,One,{cell}\n");
        assert_eq!(validate(&file, &["--default-country", "US"]).status, 0, "{column}");
    }
}

#[test]
fn group_column_under_another_name_is_not_ignored() {
    for column in [
        "Product Profile(s)",
        "Groups (comma-separated)",
        "Lizenzen",
        "Benutzergruppe",
        "Produktprofile",
        "Apps",
    ] {
        let run = validate(
            &format!("email,firstname,lastname,country,{column}\nn1@example.com,N,One,US,Design\n"),
            &[],
        );
        assert_eq!(run.status, 2, "{column} {run:?}");
        assert_eq!(maps(&run.stderr), [format!("groups={column}")]);
    }
}

#[test]
fn all_columns_that_would_be_ignored_are_named_at_once() {
    let file =
        "email,Vorname,Nachname,Ländercode,Benutzergruppen\np1@example.com,Ann,Lee,DE,Design\n";
    let run = validate(file, &[]);
    assert_eq!(
        maps(&run.stderr),
        ["firstname=Vorname", "lastname=Nachname", "country=Ländercode", "groups=Benutzergruppen"],
        "{run:?}"
    );
}

#[test]
fn proposed_mapping_is_complete_and_works() {
    for file in [
        "E-Mail-Adresse;Vorname;Nachname;Ländercode;Benutzergruppen\np1@example.com;Ann;Lee;DE;Design\n",
        "Posta elettronica;Nome;Cognome;Paese;Gruppo\np1@example.com;Ann;Lee;IT;Design\n",
        "Kontakt;Vorname;Nachname;Sitz;Gruppe\np1@example.com;Ann;Lee;DE;Design\np2@example.com;Bob;Ray;FR;Design\n",
    ] {
        let run = validate(file, &[]);
        let maps = maps(&run.stderr);
        assert!(run.status == 2 && maps.len() == 5, "{run:?}");
        assert!(maps.iter().any(|map| map.starts_with("groups=")), "{run:?}");
        let more: Vec<&str> = maps.iter().flat_map(|map| ["--map", map.as_str()]).collect();
        let run = validate(file, &more);
        assert!(run.status == 0 && !run.stdout.contains("ignored columns"), "{run:?}");
    }
}

#[test]
fn file_without_a_header_gets_no_mapping_of_its_first_row() {
    let run = validate("p1@example.com,Ann,Lee,US\np2@example.com,Bob,Ray,US\n", &[]);
    assert_eq!(run.status, 2);
    assert!(maps(&run.stderr).is_empty() && run.stderr.contains("looks like a row"), "{run:?}");
}

#[test]
fn title_lines_get_no_mapping() {
    let titles: String = (0..25).map(|number| format!("Title {number}\n")).collect();
    let run = validate(&(titles + "email,firstname,lastname,country\np@example.com,A,B,US\n"), &[]);
    assert_eq!(run.status, 2);
    assert!(!run.stderr.contains("Title 0\" looks") && !run.stderr.contains("=Title"), "{run:?}");
    assert!(run.stderr.contains("--header-row"), "{run:?}");
}

#[test]
fn column_that_marks_leavers_is_not_ignored() {
    for (column, cell) in [
        ("delete", "y"),
        ("Remove", "x"),
        ("To delete", "1"),
        ("Löschen", "ja"),
        ("Termination Date", "2026-11-30"),
        ("Operation", "deactivate"),
        ("Vorgang", "löschen"),
        ("Operation", "inactive"),
        ("Status", "inactive"),
        ("Status", "Gelöscht"),
        ("Leaver", "yes"),
        ("Disabled", "TRUE"),
    ] {
        let file = format!(
            "email,firstname,lastname,country,{column}\nann@example.com,Ann,Lee,US,{cell}\nbob@example.com,Bob,Ray,US,\n"
        );
        let run = validate(&file, &[]);
        assert_eq!(run.status, 2, "{column} {cell}: {run:?}");
        assert!(maps(&run.stderr).is_empty(), "no cell is an action: {run:?}");
        assert!(run.stderr.contains("import it with --action delete"), "{run:?}");
        let ignore = [format!("--ignore {column}\n"), format!("--ignore \"{column}\"\n")];
        assert!(ignore.iter().any(|advice| run.stderr.contains(advice)), "{run:?}");
        assert_eq!(validate(&file, &["--ignore", column]).status, 0, "{column}");
    }
    let leavers = "email,firstname,lastname,country\nann@example.com,Ann,Lee,US\n";
    assert_eq!(validate(leavers, &["--action", "delete"]).status, 0);
    for cell in ["delete", "Remove-all", "update"] {
        let file = format!("email,firstname,lastname,Task\nann@example.com,Ann,Lee,{cell}\n");
        let run = validate(&file, &[]);
        assert_eq!(maps(&run.stderr), ["action=Task"], "{run:?}");
        assert_eq!(validate(&file, &["--map", "action=Task"]).status, 0, "{cell}");
    }
    for (column, cell) in [
        ("Status", "active"),
        ("status", "Locked"),
        ("Status", "REMOVED"),
        ("Deleted", "FALSE"),
        ("Leaver", ""),
        ("Termination Date", ""),
        ("Task", "Layout"),
    ] {
        let file = format!(
            "email,firstname,lastname,country,{column}\nann@example.com,Ann,Lee,US,{cell}\n"
        );
        assert_eq!(validate(&file, &[]).status, 0, "{column} {cell}");
    }
}

#[test]
fn column_of_new_or_old_addresses_is_not_ignored() {
    let file = |column: &str| {
        format!(
            "email,firstname,lastname,country,{column}\nann@example.com,Ann,Lee,US,a@example.com\n"
        )
    };
    for column in ["New E-Mail Address", "Email (new)", "Neue E-Mail", "Updated Email"] {
        let run = validate(&file(column), &[]);
        assert_eq!(run.status, 2, "{column}: {run:?}");
        assert_eq!(maps(&run.stderr), [format!("new_email={column}")], "{run:?}");
    }
    for column in ["Old Email", "Previous Email", "Alte E-Mail", "Email (old)"] {
        let run = validate(&file(column), &[]);
        assert_eq!(run.status, 2, "{column}: {run:?}");
        let maps = maps(&run.stderr);
        assert_eq!(maps, [format!("email={column}"), "new_email=email".to_owned()], "{run:?}");
        let more: Vec<&str> = maps.iter().flat_map(|map| ["--map", map.as_str()]).collect();
        let run = validate(&file(column), &more);
        assert!(run.status == 0 && !run.stdout.contains("ignored columns"), "{run:?}");
        assert_eq!(validate(&file(column), &["--ignore", column]).status, 0, "{column}");
    }
}

#[test]
fn column_of_roles_is_not_ignored_where_it_holds_those_of_administrators() {
    let file = |column: &str, cell: &str| {
        format!("email,firstname,lastname,country,{column}\nann@example.com,Ann,Lee,US,{cell}\n")
    };
    for column in ["Role", "Role Name", "Ruolo", "Rolle"] {
        let run = validate(&file(column, "Support Admin"), &[]);
        assert_eq!(run.status, 2, "{column}: {run:?}");
        assert_eq!(maps(&run.stderr), [format!("admin_roles={column}")], "{run:?}");
        assert_eq!(validate(&file(column, "Teacher"), &[]).status, 0, "{column}");
    }
    assert_eq!(validate(&file("Contracts Administered", "Main"), &[]).status, 2);
}

#[test]
fn columns_of_groups_in_any_spelling_are_not_ignored() {
    for column in [
        "Group membership",
        "Groups all",
        "Groups #1",
        "Groups  two",
        "Groups=all",
        "Group's list",
        "groups[0]",
        "Roles",
        "Perfil",
    ] {
        let file = format!(
            "email,firstname,lastname,country,{column}\nann@example.com,Ann,Lee,US,Design\n"
        );
        let run = validate(&file, &[]);
        assert_eq!(run.status, 2, "{column}: {run:?}");
        assert_eq!(maps(&run.stderr), [format!("groups={column}")], "{run:?}");
        assert_eq!(validate(&file, &["--ignore", column]).status, 0, "{column}");
        let map = format!("groups={column}");
        assert_eq!(validate(&file, &["--map", &map]).status, 0, "{column}");
    }
}

#[test]
fn column_of_whole_names_is_not_ignored_where_no_other_has_names() {
    for column in ["Full name", "Name", "Display Name", "Nom complet", "氏名", "cn"] {
        let file = format!("type,email,country,{column}\nadobeID,ann@example.com,US,Ann Lee\n");
        let run = validate(&file, &[]);
        assert_eq!(run.status, 2, "{column}: {run:?}");
        assert!(run.stderr.contains("seems to hold whole names"), "{column}: {run:?}");
        assert!(run.stderr.contains(&format!("--ignore \"{column}\"")), "{column}: {run:?}");
        assert_eq!(validate(&file, &["--ignore", column]).status, 0, "{column}");
    }
    // Who is deleted or updated needs no name.
    let leavers = "email,Name\nann@example.com,Ann Lee\n";
    for (options, status) in [
        (&["--action", "delete"][..], 0),
        (&["--action", "remove-all"], 0),
        (&["--override", "action=delete"], 0),
        (&["--action", "create"], 2),
    ] {
        assert_eq!(validate(leavers, options).status, status, "{options:?}");
    }
    let rows = |action: &str| {
        format!("action,email,Name\ndelete,a@example.com,A\n{action},b@example.com,B\n")
    };
    for (action, status) in [("delete", 0), ("create", 2)] {
        assert_eq!(validate(&rows(action), &[]).status, status, "{action}");
    }
    let file = "email,country,Christian name,Surname\nann@example.com,US,Ann,Lee\n";
    let run = validate(file, &[]);
    assert_eq!(maps(&run.stderr), ["firstname=Christian name", "lastname=Surname"], "{run:?}");
    let file = "email,country,firstname,lastname,Name\nann@example.com,US,Ann,Lee,Ann Lee\n";
    assert_eq!(validate(file, &[]).status, 0);
}
