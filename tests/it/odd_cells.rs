//! Cells and lines that programs of all countries and ages write, and that are no person.

use crate::world::World;

const HEAD: &str = "email,firstname,lastname,country\n";

/// The outcomes of a file, of which nothing that is wrong may be sent.
fn checked(name: &str, file: impl AsRef<[u8]>, more: &[&str]) -> (World, Vec<String>) {
    let world = World::with_groups(&["Design", "Photo"]);
    world.import(name, file, more);
    let stem = name.split('.').next().unwrap_or_default();
    let outcomes = world.outcomes(&format!("{stem}.results.csv"));
    (world, outcomes)
}

#[test]
fn errors_of_spreadsheets_in_any_language_are_no_names() {
    let errors = [
        "#Н/Д",
        "#N/B",
        "#I/T",
        "#YOK",
        "#value!",
        "#Ref!",
        "########",
        "#SAKNAS!",
        "#ДЕЛ/0!",
        "#¡REF!",
        "#AD?",
        "#Δ/Υ",
        "Fel:502",
    ];
    let rows: String =
        errors.iter().map(|error| format!("a@example.com,{error},Lee,US\n")).collect();
    let (world, outcomes) = checked("a.csv", format!("{HEAD}{rows}"), &[]);
    assert_eq!(outcomes, vec!["invalid invalid.firstname.excel_error"; errors.len()]);
    assert_eq!(world.action_requests(), 0);
}

/// The first cell of a row switches it off with `#`, unless it holds an error.
#[test]
fn an_error_in_the_first_cell_is_refused_and_a_remark_is_skipped() {
    let file = format!(
        "{HEAD}#Н/Д,Ann,Lee,US\n########,Ann,Lee,US\n#value!,Ann,Lee,US\n#N/A,\"x\"y\n\
         # left in May,,,\n#jane@x.com,Jane,Lee,US\n##########\n#LEFT,Ann,Lee,US\n\
         b@example.com,Bob,Ray,US\n"
    );
    let (_, outcomes) = checked("a.csv", file, &[]);
    let error = "invalid invalid.email.excel_error";
    let skipped = "skipped skipped.comment";
    let expected = [
        error,
        error,
        error,
        "invalid invalid.row.quote",
        skipped,
        skipped,
        skipped,
        skipped,
        "ok",
    ];
    assert_eq!(outcomes, expected);
}

#[test]
fn numbers_that_programs_have_shortened_are_no_usernames() {
    let names = [
        "1.0012345E7",
        "1.23456789012E11",
        "1.E+05",
        "-1.2E-05",
        "１.２E+15",
        "1E+15",
        "1e5",
        "e7",
        "12e",
    ];
    let rows: String = (0..)
        .zip(names)
        .map(|(at, name)| format!("{name},example.com,u{at}@example.com,Ann,Lee,US\n"))
        .collect();
    let file = format!("username,domain,email,firstname,lastname,country\n{rows}");
    let (_, outcomes) = checked("a.csv", file, &[]);
    let refused = "invalid invalid.username.scientific";
    assert_eq!(outcomes, [[refused; 6].as_slice(), &["ok"; 3]].concat());
}

#[test]
fn json_values_that_are_no_text_are_refused_where_one_value_belongs() {
    let line = |values: &str| {
        format!(
            "{{\"domain\":\"example.com\",\"lastname\":\"Lee\",\"country\":\"US\",\
             \"email\":\"a@example.com\",{values}}}\n"
        )
    };
    let file = [
        line("\"username\":\"u1\",\"firstname\":[\"A\"]"),
        line("\"username\":\"u1\",\"firstname\":[\"A\",\"B\"]"),
        line("\"username\":\"u1\",\"firstname\":[]"),
        line("\"username\":\"u1\",\"firstname\":{\"given\":\"A\"}"),
        line("\"username\":\"u1\",\"firstname\":true"),
        line("\"username\":\"u1\",\"firstname\":null"),
        line("\"username\":1.0012345e7,\"firstname\":\"A\""),
        line("\"username\":1e5,\"firstname\":\"A\""),
    ]
    .concat();
    let (world, outcomes) = checked("a.jsonl", file, &[]);
    let expected = [
        "firstname.list",
        "firstname.list",
        "firstname.list",
        "row.json",
        "firstname.placeholder",
        "firstname.missing",
        "username.scientific",
        "username.scientific",
    ];
    assert_eq!(outcomes, expected.map(|code| format!("invalid invalid.{code}")));
    assert_eq!(world.action_requests(), 0);
    let message = &world.rows("a.results.csv")[0]["umbulk_message"];
    assert!(message.contains("is a list, but this column holds one value"), "{message}");
}

#[test]
fn json_row_that_begins_with_a_number_sign_is_skipped() {
    let file = "{\"email\":\"#a@example.com\",\
                \"firstname\":\"A\",\"lastname\":\"B\",\"country\":\"US\"}\n\
         {\"email\":\"b@example.com\",\"firstname\":\"A\",\"lastname\":\"B\",\"country\":\"US\"}\n\
         {\"email\":\"#N/A\",\"firstname\":\"A\",\"lastname\":\"B\",\"country\":\"US\"}\n";
    let (world, outcomes) = checked("a.jsonl", file, &[]);
    assert_eq!(outcomes, ["skipped skipped.comment", "ok", "invalid invalid.email.excel_error"]);
    assert_eq!(world.sandbox.directory().users().count(), 1);
}

#[test]
fn text_of_dos_code_pages_is_shown_and_repaired_on_demand() {
    let file = format!("{HEAD}a@example.com,J├╝rgen,Gro├ƒ,DE\nb@example.com,╨б╨╡╤А╨│╨╡╨╣,Lee,BG\n");
    let (world, outcomes) = checked("a.csv", &file, &[]);
    assert_eq!(outcomes, ["invalid invalid.firstname.mojibake"; 2]);
    let rows = world.rows("a.results.csv");
    for (row, name) in [(0, "`Jürgen`"), (0, "`Groß`"), (1, "`Сергей`")] {
        assert!(rows[row]["umbulk_message"].contains(name), "{rows:?}");
    }
    assert_eq!(world.umbulk(&["import", "a.csv", "--repair-mojibake", "--fresh"]).status, 0);
    let directory = world.sandbox.directory();
    assert_eq!(directory.user("a@example.com").unwrap().lastname, "Groß");
    assert_eq!(directory.user("b@example.com").unwrap().firstname, "Сергей");
}

/// The last byte of these letters is read as a blank, or as nothing, and is trimmed.
#[test]
fn name_with_a_trimmed_last_byte_is_shown_and_repaired_on_demand() {
    let file = format!(
        "{HEAD}a@example.com,NicolÃ\u{a0},Lee,IT\nb@example.com,JiÅ™Ã\u{ad},Lee,CZ\n\
         c@example.com,Zoë\u{a0},Lee,US\n"
    );
    let (world, outcomes) = checked("a.csv", &file, &[]);
    let mojibake = "invalid invalid.firstname.mojibake";
    assert_eq!(outcomes, [mojibake, mojibake, "ok"]);
    let rows = world.rows("a.results.csv");
    for (row, name) in [(0, "`Nicolà`"), (1, "`Jiří`")] {
        assert!(rows[row]["umbulk_message"].contains(name), "{rows:?}");
    }
    assert_eq!(world.umbulk(&["import", "a.csv", "--repair-mojibake", "--fresh"]).status, 0);
    let directory = world.sandbox.directory();
    assert_eq!(directory.user("a@example.com").unwrap().firstname, "Nicolà");
    assert_eq!(directory.user("b@example.com").unwrap().firstname, "Jiří");
}

/// By ISO-8859-15 it is Jürgen, by Windows-1252 JÌrgen: the option chooses neither.
#[test]
fn text_that_two_code_pages_read_differently_is_not_repaired() {
    let file = format!("{HEAD}a@example.com,JÃŒrgen,Lee,DE\n");
    for options in [&[][..], &["--repair-mojibake"]] {
        let (world, outcomes) = checked("a.csv", &file, options);
        assert_eq!(outcomes, ["invalid invalid.firstname.mojibake"]);
        let message = &world.rows("a.results.csv")[0]["umbulk_message"];
        assert!(message.contains("probably `Jürgen`: correct it"), "{message}");
        assert!(!message.contains("--repair-mojibake"), "{message}");
    }
}

#[test]
fn names_in_utf7_are_refused_and_shown_as_they_are_meant() {
    let file =
        format!("{HEAD}a@example.com,+BCEENQRABDMENQQ5,Lee,BG\nb@example.com,Zo+AOs-,+Lee,US\n");
    let (world, outcomes) = checked("a.csv", file, &[]);
    assert_eq!(outcomes, ["invalid invalid.firstname.mojibake"; 2]);
    assert!(world.rows("a.results.csv")[0]["umbulk_message"].contains("`Сергей`"));
}

#[test]
fn quotes_of_every_kind_around_a_whole_name_are_refused() {
    let quoted = [
        "‚Ann‘",
        "‹Ann›",
        "「Ann」",
        "´Ann´",
        "″Ann″",
        "＂Ann＂",
        "`Ann`",
        "»Ann«",
        "”Ann”",
        "’Ann’",
        "〝Ann〟",
    ];
    let names = ["O’Brien", "ʻOkina", "’t Hooft", "O`Neil", "Ann (‚Annie‘)"];
    let row = |name: &&str| format!("a@example.com,{name},Lee,US\n");
    let rows: String = quoted.iter().map(row).collect();
    let (_, outcomes) = checked("a.csv", format!("{HEAD}{rows}"), &[]);
    assert_eq!(outcomes, vec!["invalid invalid.firstname.quoted"; quoted.len()]);
    let rows: String =
        (0..).zip(names).map(|(at, name)| format!("n{at}@example.com,{name},Lee,US\n")).collect();
    let (_, outcomes) = checked("b.csv", format!("{HEAD}{rows}"), &[]);
    assert_eq!(outcomes, vec!["ok"; names.len()]);
}

/// The header alone is ASCII; most letters of the rows are not.
#[test]
fn wide_encodings_without_a_mark_are_told_by_their_header() {
    let text = format!(
        "{HEAD}a@example.com,Екатерина,Константинопольская,RU\n\
         b@example.com,Александр,Вознесенский,RU\n\
         c@example.com,Маргарита,Преображенская,RU\n"
    );
    let narrow = |to: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(to).collect::<Vec<u8>>();
    let wide =
        |to: fn(u32) -> [u8; 4]| text.chars().map(u32::from).flat_map(to).collect::<Vec<u8>>();
    let files = [
        narrow(u16::to_le_bytes),
        narrow(u16::to_be_bytes),
        wide(u32::to_le_bytes),
        wide(u32::to_be_bytes),
        // Copied by MS-DOS, which ends a file with one byte.
        [narrow(u16::to_le_bytes), vec![0x1A]].concat(),
        [narrow(u16::to_be_bytes), vec![0x1A]].concat(),
        [wide(u32::to_le_bytes), vec![0x1A]].concat(),
    ];
    for (at, file) in files.iter().enumerate() {
        let (world, outcomes) = checked("a.csv", file, &[]);
        assert_eq!(outcomes, ["ok"; 3], "{at}");
        assert_eq!(
            world.sandbox.directory().user("a@example.com").unwrap().firstname,
            "Екатерина",
            "{at}"
        );
    }
}

/// Other readers take a quote behind a blank for a letter, and would see two rows.
#[test]
fn a_line_break_in_quotes_behind_a_blank_stays_one_row_in_results() {
    let file = format!("{HEAD}a@example.com, \"Bob\nX\",Ray,US\nb@example.com, \"Ann\",Lee,US\n");
    let (world, outcomes) = checked("a.csv", file, &[]);
    assert_eq!(outcomes, ["invalid invalid.firstname.control", "ok"]);
    for name in ["a.results.csv", "a.failed.csv"] {
        assert_eq!(world.rows(name)[0]["firstname"], "Bob\nX", "{name}");
    }
}

#[test]
fn last_rows_that_can_be_no_person_are_skipped() {
    for last in [
        "(3 rows),,,",
        "--- end ---,,,",
        "Ende der Liste,,,",
        "Σ,1,,",
        ",1,,",
        ",,,1",
        "1,,,",
        "Confidential,,,",
        "Somme,1,,",
        "Toplam,1,,",
        "Yhteensä,1,,",
        "총계,1,,",
        "الإجمالي,1,,",
        "Jumlah,1,,",
        "Generated by HRIS 4.2 on 2026-11-27,,,",
        "Printed 26 Nov 2026,,,",
        "END",
        "EOF",
    ] {
        let file = format!("{HEAD}a@example.com,Ann,Lee,US\n{last}\n");
        let (_, outcomes) = checked("a.csv", file, &[]);
        assert_eq!(outcomes, ["ok", "skipped skipped.total"], "{last}");
    }
    let world = World::with_groups(&[]);
    world.import("g.csv", "name,description\nTeamA,x\nTotal,1\n", &["--action", "create-group"]);
    assert_eq!(world.outcomes("g.results.csv"), ["ok", "skipped skipped.total"]);
    assert!(world.sandbox.directory().group("Total").is_none());
    world.write("d.csv", "user,domain\nann.lee,example.com\nTotal,1\n");
    world.umbulk(&["validate", "d.csv"]);
    assert_eq!(world.outcomes("d.check.csv"), ["ok", "skipped skipped.total"]);
}

#[test]
fn last_rows_that_could_be_meant_are_not_skipped() {
    for last in ["2,,,", ",Page,,", ",,Ende,", "Bob,,,", "Total,Ann,Lee,US"] {
        let world = World::with_groups(&[]);
        world.write("a.csv", format!("{HEAD}a@example.com,Ann,Lee,US\n{last}\n"));
        world.umbulk(&["validate", "a.csv"]);
        assert_eq!(world.statuses("a.check.csv"), ["ok", "invalid"], "{last}");
    }
    let world = World::with_groups(&[]);
    world.write("g.csv", "name,description\nTeamA,x\nEnd,\n");
    world.umbulk(&["validate", "g.csv", "--action", "create-group"]);
    assert_eq!(world.statuses("g.check.csv"), ["ok", "ok"]);
}

#[test]
fn several_columns_of_one_kind_of_groups_add_up() {
    let head = "email,firstname,lastname,country,User Groups,User Groups\n";
    let rows = "a@example.com,Ann,Lee,US,Design,Photo\nb@example.com,Bob,Ray,US,,Photo\n\
                c@example.com,Cy,Poe,US,[],\"[\"\"Design\"\"]\"\n\
         d@example.com,Di,Fay,US,Design,Foto\ne@example.com,Ed,Fox,US,Design,#REF!\n";
    let (world, outcomes) = checked("a.csv", format!("{head}{rows}"), &[]);
    assert_eq!(outcomes[..3], ["ok", "ok", "ok"], "{:?}", world.rows("a.results.csv"));
    assert!(outcomes[3].starts_with("invalid ") || outcomes[3].starts_with("failed "));
    assert_eq!(outcomes[4], "invalid invalid.user_groups.excel_error");
    assert_eq!(world.groups_of("a@example.com").unwrap(), ["Design", "Photo"]);
    assert_eq!(world.groups_of("b@example.com").unwrap(), ["Photo"]);
    assert_eq!(world.groups_of("c@example.com").unwrap(), ["Design"]);
}

#[test]
fn a_surname_is_proposed_as_a_last_name_and_a_user_as_a_username() {
    let world = World::with_groups(&[]);
    let rows = "email,firstname,Surname,country,Team Products\na@example.com,Ann,Lee,US,Design\n";
    let run = world.import("a.csv", rows, &[]);
    assert!(run.status == 2 && run.stderr.contains("--map \"lastname=Surname\""), "{run:?}");
    let run = world.import("a.csv", rows, &["--map", "lastname=Surname"]);
    assert!(run.status == 2 && run.stderr.contains("--map \"groups=Team Products\""), "{run:?}");
    let run = world.import("b.csv", "user,domain,groups\nann,example.com,Design\n", &[]);
    assert!(run.status == 2 && run.stderr.contains("--map \"username=user\""), "{run:?}");
}

/// Web forms and old exports write letters as a page of HTML does.
#[test]
fn escapes_of_web_pages_are_no_names() {
    let file = format!(
        "{HEAD}a@example.com,Ann,M&uuml;ller,US\na@example.com,O&#39;Neil,Lee,US\n\
         a&amp;b@example.com,Ann,Lee,US\nc@example.com,Ann,M&amp;uuml;ller,US\n\
         d@example.com,Ann & Bob,Lee;Ray,US\n"
    );
    let (world, outcomes) = checked("a.csv", file, &[]);
    let html = |field: &str| format!("invalid invalid.{field}.html");
    let expected = ["lastname", "firstname", "email", "lastname"].map(html);
    assert_eq!(outcomes[..4], expected);
    assert_eq!(outcomes[4], "ok");
    for (row, meant) in
        [(0, "`Müller`"), (1, "`O'Neil`"), (2, "`a&b@example.com`"), (3, "`Müller`")]
    {
        let message = &world.rows("a.results.csv")[row]["umbulk_message"];
        assert!(message.contains(meant), "{message}");
    }
}

/// A column of names is not ignored because its own name is spoiled.
#[test]
fn columns_with_spoiled_names_are_proposed() {
    for column in ["PrÃ©nom", "Pr&eacute;nom"] {
        let world = World::with_groups(&[]);
        let file = format!("email,{column},lastname,country\na@example.com,Ann,Lee,US\n");
        let run = world.import("a.csv", file, &[]);
        assert_eq!((run.status, world.action_requests()), (2, 0), "{run:?}");
        let option = format!("--map \"firstname={column}\"");
        assert!(run.stderr.contains(&option), "{run:?}");
        let map = format!("firstname={column}");
        assert_eq!(world.umbulk(&["import", "a.csv", "--map", &map]).status, 0);
        assert_eq!(world.sandbox.directory().user("a@example.com").unwrap().firstname, "Ann");
    }
}
