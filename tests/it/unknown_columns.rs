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
        ("Answer", "NO"),
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
        "E-Mail-Adresse;Vorname;Nachname;Ländercode;Benutzergruppen\n\
         p1@example.com;Ann;Lee;DE;Design\n",
        "Posta elettronica;Nome;Cognome;Paese;Gruppo\np1@example.com;Ann;Lee;IT;Design\n",
        "Kontakt;Vorname;Nachname;Sitz;Gruppe\np1@example.com;Ann;Lee;DE;Design\n\
         p2@example.com;Bob;Ray;FR;Design\n",
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
            "email,firstname,lastname,country,{column}\nann@example.com,Ann,Lee,US,{cell}\n\
             bob@example.com,Bob,Ray,US,\n"
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
fn column_with_roles_of_administrators_is_not_ignored() {
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

/// What somebody is to leave must not become what they join.
#[test]
fn column_of_groups_to_remove_is_proposed_as_such() {
    for column in [
        "Groups to remove",
        "Remove from groups",
        "Remove from group",
        "Product Profiles to remove",
        "Groups removed",
        "Groups (to remove)",
        "Old groups",
        "Gruppen entfernen",
        "Licence to withdraw",
        "Excluded groups",
        "groupstoremove",
        "removegroupsfrom",
        "Apps to remove",
        "Leave groups",
        "No longer in groups",
        "Products to cancel",
        "Gruppen austragen",
    ] {
        let file = format!("email,{column}\nann@example.com,Design\n");
        let run = validate(&file, &[]);
        assert_eq!(run.status, 2, "{column}: {run:?}");
        let advised = maps(&run.stderr);
        assert_eq!(advised, [format!("remove_groups={column}")], "{run:?}");
        assert_eq!(validate(&file, &["--map", &advised[0]]).status, 0, "{column}");
        assert_eq!(
            validate(
                &format!("email,firstname,lastname,country,{column}\na@x.com,A,B,US,\n"),
                &["--ignore", column]
            )
            .status,
            0,
            "{column}"
        );
    }
}

#[test]
fn groups_to_add_and_to_remove_go_each_their_own_way() {
    let world = World::with_groups(&["Design", "Video"]);
    world.import(
        "in.csv",
        "email,firstname,lastname,country,groups\nann@example.com,Ann,Lee,US,Video\n",
        &[],
    );
    let file = "email,Groups to add,Groups to remove\nann@example.com,Design,Video\n";
    let run = world.import("a.csv", file, &[]);
    assert_eq!(run.status, 2, "{run:?}");
    let advised = maps(&run.stderr);
    let mut words = vec!["import", "a.csv"];
    words.extend(advised.iter().flat_map(|map| ["--map", map.as_str()]));
    let run = world.umbulk(&words);
    assert_eq!(run.status, 0, "{run:?}");
    let groups = world.groups_of("ann@example.com");
    assert_eq!(groups, Some(vec!["Design".to_owned()]), "{words:?} {run:?}");
}

#[test]
fn column_of_groups_in_words_is_not_ignored() {
    let file = |column: &str, more: &str| {
        format!(
            "email,firstname,lastname,country,{column}{more}\nann@example.com,Ann,Lee,US,Design\n"
        )
    };
    for column in [
        "Add to group",
        "Group to add",
        "Adobe Product",
        "Product name",
        "Assigned product",
        "Product access",
        "Adobe Team",
    ] {
        let run = validate(&file(column, ""), &[]);
        assert_eq!(run.status, 2, "{column}: {run:?}");
        assert_eq!(maps(&run.stderr), [format!("groups={column}")], "{run:?}");
        assert_eq!(validate(&file(column, ""), &["--ignore", column]).status, 0, "{column}");
    }
    for (column, map) in [
        ("Team Memberships", "user_groups=Team Memberships"),
        ("Groups to remove", "remove_groups=Groups to remove"),
    ] {
        let run = validate(&file(column, ",groups"), &[]);
        assert_eq!(run.status, 2, "{column}: {run:?}");
        assert_eq!(maps(&run.stderr), [map], "{run:?}");
        assert_eq!(validate(&file(column, ",groups"), &["--map", map]).status, 0, "{column}");
        assert_eq!(validate(&file(column, ",groups"), &["--ignore", column]).status, 0);
    }
}

#[test]
fn more_columns_of_groups_than_are_read_get_advice_that_works() {
    let names: Vec<String> = (1..=6).map(|number| format!("Group {number}")).collect();
    let file =
        format!("email,Vorname,lastname,country,{}\na@x.com,A,B,US,C,D,E,F,G,H\n", names.join(","));
    let run = validate(&file, &[]);
    assert_eq!(run.status, 2, "{run:?}");
    assert_eq!(maps(&run.stderr), ["firstname=Vorname"], "{run:?}");
    assert!(run.stderr.contains("into one column groups, separated by commas"), "{run:?}");
    let mut options = vec!["--map", "firstname=Vorname"];
    options.extend(names.iter().flat_map(|name| ["--ignore", name.as_str()]));
    assert_eq!(validate(&file, &options).status, 0);
    let joined = "email,firstname,lastname,country,groups\na@x.com,A,B,US,\"C,D,E,F,G,H\"\n";
    assert_eq!(validate(joined, &[]).status, 0);
}

/// None of two columns with one name can be chosen.
#[test]
fn columns_of_one_name_are_not_chosen_from() {
    for (file, options) in [
        ("email,groups,groups\na@x.com,Design,Video\n", &[][..]),
        ("email,groups,groups\na@x.com,Design,Video\n", &["--map", "groups=groups"]),
        ("email,email,groups\na@x.com,b@x.com,Video\n", &[]),
        ("email,Gruppe,Gruppe\na@x.com,Design,Video\n", &[]),
        ("email,gruops,gruops\na@x.com,Design,Video\n", &[]),
        ("email,Gruppe,Gruppe\na@x.com,Design,Video\n", &["--map", "groups=gruppe"]),
        ("Mail,Mail,groups\na@x.com,b@x.com,Video\n", &["--map", "email=Mail"]),
    ] {
        let run = validate(file, options);
        assert_eq!(run.status, 2, "{file} {run:?}");
        assert!(run.stderr.contains("several columns are called"), "{file} {run:?}");
        assert!(!run.stderr.contains("--map"), "{file} {run:?}");
    }
    let run = validate("Mail,Mail,firstname\na@x.com,b@x.com,A\n", &[]);
    assert!(run.status == 2 && maps(&run.stderr).is_empty(), "{run:?}");
    let run = validate(
        "email,E-Mail,firstname,lastname,country\na@x.com,b@x.com,A,B,US\n",
        &["--map", "email=E-Mail"],
    );
    assert_eq!(run.status, 0, "{run:?}");
}

#[test]
fn column_of_new_names_is_not_ignored() {
    for (header, cell, new, known) in [
        (
            "Identity Type,Email,First Name,Last Name,Country Code,New First Name",
            "Zoe",
            "New First Name",
            "First Name",
        ),
        (
            "Identity Type,Email,First Name,Last Name,Country Code,New Last Name",
            "Zoe",
            "New Last Name",
            "Last Name",
        ),
        (
            "Identity Type,Email,First Name,Last Name,Country Code,New Country Code",
            "DE",
            "New Country Code",
            "Country Code",
        ),
        ("type,email,firstname,lastname,country,New Last Name", "Zoe", "New Last Name", "lastname"),
    ] {
        let file = |cell: &str| format!("{header}\nFederated ID,a@x.com,Ann,Lee,US,{cell}\n");
        let run = validate(&file(cell), &[]);
        assert_eq!(run.status, 2, "{header}: {run:?}");
        let advice = format!("write them into the column {known:?}");
        assert!(run.stderr.contains(&advice), "{run:?}");
        assert_eq!(validate(&file(cell), &["--ignore", new]).status, 0, "{header}");
    }
    let run = validate("action,email,New Last Name\nupdate,a@x.com,Zoe\n", &[]);
    assert_eq!(maps(&run.stderr), ["lastname=New Last Name"], "{run:?}");
}

/// A tick is the name of no group, so no mapping is proposed that makes a group of it.
#[test]
fn ticks_for_groups_are_not_ignored_or_taken_for_names() {
    for (columns, cells) in [
        ("Creative Cloud,Acrobat", ["x,", ",x"]),
        ("Adobe Photoshop,Adobe Acrobat", ["yes,no", "no,yes"]),
        ("Group Design,Group Photo", ["1,0", "0,1"]),
    ] {
        let file = |more: [&str; 3]| {
            format!(
                "email,firstname,lastname,country,{columns}{}\na@example.com,Ann,Lee,US,{}{}\n\
                 b@example.com,Bob,Ray,US,{}{}\n",
                more[0], cells[0], more[1], cells[1], more[2]
            )
        };
        let world = World::with_groups(&["Design", "Photo"]);
        let run = world.import("a.csv", file([""; 3]), &[]);
        assert_eq!((run.status, world.action_requests()), (2, 0), "{columns}: {run:?}");
        assert!(!run.stderr.contains("--map"), "{run:?}");
        let (_, options) = run.stderr.split_once("or if not, use ").unwrap();
        let options = options.lines().next().unwrap().replace("--ignore ", "");
        let names: Vec<&str> = options.split('"').filter(|name| !name.trim().is_empty()).collect();
        let ignore: Vec<&str> = names.iter().flat_map(|name| ["--ignore", name]).collect();
        let run = world.import("b.csv", file([",groups", ",Design", ",Photo"]), &ignore);
        assert_eq!(run.status, 0, "{columns}: {run:?}");
        assert_eq!(world.groups_of("b@example.com"), Some(vec!["Photo".to_owned()]));
    }
}

/// Adobe has no departments, so such a column is ignored; but groups are often called like them.
#[test]
fn ignored_departments_may_be_groups() {
    let people = |column: &str, more: &str| {
        format!(
            "email,firstname,lastname,country,{column}{more}\na@example.com,A,B,DE,Design{more}\n"
        )
    };
    for column in ["Abteilung", "Department", "部門"] {
        let run = validate(&people(column, ""), &[]);
        let said = format!(
            "ignored columns: {column}. No column gives groups: `{column}` may name them (--map \
             'groups={column}')"
        );
        assert!(run.status == 0 && run.stdout.contains(&said), "{run:?}");
        let mapped = validate(&people(column, ""), &["--map", &format!("groups={column}")]);
        assert!(mapped.status == 0 && !mapped.stdout.contains("ignored columns"), "{mapped:?}");
    }
    let run = validate(&people("Abteilung", ",groups"), &[]);
    assert!(run.stdout.contains("ignored columns: Abteilung\n"), "{run:?}");
}
