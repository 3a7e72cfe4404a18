//! Cells that hold no value are refused, each with its reason; ordinary names never are.

use crate::world::{World, user};
use umbulk::sandbox::{Directory, SandboxGroup, SandboxOptions, SandboxUser};

const HEAD: &str = "type,email,firstname,lastname,country,groups\n";

/// The outcomes of rows under [`HEAD`].
fn outcomes(rows: &str) -> (World, Vec<String>) {
    let world = World::with_groups(&["Design"]);
    world.import("a.csv", format!("{HEAD}{rows}"), &[]);
    let outcomes = world.outcomes("a.results.csv");
    (world, outcomes)
}

#[test]
fn errors_and_formulas_of_a_spreadsheet_are_refused_by_cell() {
    let (world, outcomes) = outcomes(
        "federatedID,er1@example.com,#N/A,Lee,US,\nfederatedID,er2@example.com,Ann,#REF!,US,\n\
         federatedID,er3@example.com,Bob,Ray,#N/A,\n\
         federatedID,er4@example.com,Cy,Poe,US,#VALUE!\nfederatedID,#NAME?,Di,Fay,US,\n\
         federatedID,er6@example.com,NULL,nan,US,NULL\n\
         federatedID,er7@example.com,=A2,\"=VLOOKUP(A2,B:C,2,0)\",US,\n\
         #N/A,er8@example.com,Ed,Fox,US,\nfederatedID,1.2E+05,Flo,Gee,US,\n",
    );
    let expected = [
        "firstname.excel_error",
        "lastname.excel_error",
        "country.excel_error",
        "groups.excel_error",
        "email.excel_error",
        "firstname.placeholder",
        "firstname.formula",
        "type.excel_error",
        "email.scientific",
    ];
    assert_eq!(outcomes, expected.map(|code| format!("invalid invalid.{code}")));
    let message = &world.rows("a.results.csv")[5]["umbulk_message"];
    for part in ["firstname `NULL`", "lastname `nan`", "groups `NULL`"] {
        assert!(message.contains(part), "{part}: {message}");
    }
    assert_eq!(world.action_requests(), 0);
}

#[test]
fn a_formula_that_is_a_text_is_that_text() {
    let (world, outcomes) = outcomes(
        "\"=\"\"federatedID\"\"\",\"=\"\"eq1@example.com\"\"\",\"=\"\"Ann\"\"\",\"=\"\"Lee\"\"\",\
         \"=\"\"US\"\"\",\nfederatedID,eq2@example.com,=\"Bob\",Ray,US,\"=\"\"Design\"\"\"\n",
    );
    assert_eq!(outcomes, ["ok", "ok"]);
    assert_eq!(world.sandbox.directory().user("eq1@example.com").unwrap().firstname, "Ann");
    assert_eq!(world.groups_of("eq2@example.com").unwrap(), ["Design"]);
}

#[test]
fn invisible_characters_are_cut_outside_and_refused_inside() {
    let (world, outcomes) = outcomes(
        "federatedID,\u{200b}inv1@example.com\u{200b},\u{feff}Ann,Lee\u{ad},US,\n\
         federatedID,inv2@exa\u{200b}mple.com,Bob,Ray,US,\n\
         federatedID,\u{2066}inv3@example.com\u{2069},Cy,Poe,US,\u{a0}Design\u{a0}\n\
         federatedID,inv4@example.com,\u{2066}Dee\u{2069},Ma\u{ad}rsh,US,Design\n\
         federatedID,inv5@example.com,Ed,Fox,US,De\u{200b}sign\n\
         federatedID,inv6@exam\u{a0}ple.com,Flo,Gee,US,\nfederatedID,inv7@example.com,Gus,\
         van\u{2067}Dyk,US,\n",
    );
    let invalid = |field: &str| format!("invalid invalid.{field}.invisible");
    assert_eq!(
        outcomes,
        [
            "ok".to_owned(),
            invalid("email"),
            "ok".to_owned(),
            invalid("lastname"),
            invalid("groups"),
            invalid("email"),
            invalid("lastname")
        ]
    );
    let rows = world.rows("a.results.csv");
    for (row, name) in [(1, "U+200B"), (3, "U+00AD"), (4, "U+200B"), (5, "U+00A0"), (6, "U+2067")] {
        assert!(rows[row]["umbulk_message"].contains(name), "{}", rows[row]["umbulk_message"]);
    }
    let directory = world.sandbox.directory();
    let ann = directory.user("inv1@example.com").unwrap();
    assert_eq!((ann.firstname.as_str(), ann.lastname.as_str()), ("Ann", "Lee"));
}

#[test]
fn letters_of_another_script_and_lost_letters_are_refused() {
    let (world, outcomes) = outcomes(
        "federatedID,\u{430}nn@example.com,Ann,Lee,US,\nfederatedID,ann@ex\u{430}mple.com,Ann,Lee,\
         US,\nfederatedID,jos\u{e9}@example.com,Jos\u{e9},Lee,US,\n\
         federatedID,m1@example.com,Ann,M?ller,US,\nfederatedID,m2@example.com,Ann,M\u{fffd}ller,\
         US,\nfederatedID,m3@example.com,Ann,Lee,US,M?nchen\n\
         federatedID,m4@example.com,\"\"\"Ann\"\"\",Lee,US,\n\
         federatedID,m5@example.com,Zo\u{c3}\u{ab},Lee,US,\n",
    );
    let expected = [
        "email.script",
        "email.script",
        "email.non_ascii",
        "lastname.lost_letters",
        "lastname.lost_letters",
        "groups.lost_letters",
        "firstname.quoted",
        "firstname.mojibake",
    ];
    assert_eq!(outcomes, expected.map(|code| format!("invalid invalid.{code}")));
    let rows = world.rows("a.results.csv");
    assert!(
        rows[0]["umbulk_message"].contains("U+0430")
            && rows[7]["umbulk_message"].contains("`Zo\u{eb}`"),
        "{rows:?}"
    );
}

#[test]
fn a_thousand_ordinary_names_are_never_refused() {
    let first = [
        "Ann",
        "Zo\u{eb}",
        "Jos\u{e9}",
        "Nu\u{f1}o",
        "\u{110}\u{1eb7}ng",
        "\u{5c71}\u{7530}",
        "Ann-Marie",
        "A",
        "O\u{2019}Neil",
        "\u{130}pek",
        "\u{418}\u{432}\u{430}\u{43d}",
        "\u{645}\u{62d}\u{645}\u{62f}",
        "\u{928}\u{947}\u{939}\u{93e}",
        "Nan",
        "Nil",
        "Na",
        "'t",
        "J. R.",
        "D'Angelo",
        "\u{de}\u{f3}r",
        "Se\u{e1}n",
        "Tr\u{e2}\u{300}n",
        "M&M",
        "#1",
        "\u{c0}lex",
    ];
    let last = [
        "Lee",
        "O'Brien",
        "Nu\u{f1}ez",
        "Nguy\u{1ec5}n",
        "\u{592a}\u{90ce}",
        "van der Berg",
        "Smith (Jr.)",
        "M\u{fc}ller-L\u{fc}denscheidt",
        "\u{141}ukasiewicz",
        "\u{160}im\u{16f}nek",
        "\u{c5}ngstr\u{f6}m",
        "Stra\u{df}e",
        "\u{41f}\u{435}\u{442}\u{440}\u{43e}\u{432}",
        "\u{631}\u{636}\u{627}",
        "E",
        "X",
        "None-Such",
        "Nullmeier",
        "\u{c6}gir",
        "I\u{f1}\u{e1}rritu",
        "Total",
        "Sum",
        "d\u{2019}Estaing",
        "McDonald",
        "\u{d6}zil",
        "\u{c7}elik",
        "Bj\u{f8}rk",
        "\u{10c}apek",
        "\u{150}ri",
        "\u{218}tefan",
        "Ibn Sina",
        "Ta\u{2bb}ahine",
        "K\u{101}ne",
        "Mbek\u{254}",
        "\u{391}\u{3bd}\u{3b1}\u{3b3}\u{3bd}\u{3c9}\u{3c3}",
        "\u{5db}\u{5d4}\u{5df}",
        "\u{b9c}\u{bc6}",
        "\u{e01}\u{e32}",
        "\u{ae40}",
        "\u{738b}",
    ];
    let mut file = HEAD.to_owned();
    let mut number = 0;
    for first in first {
        for last in last {
            file += &format!("federatedID,u{number}@example.com,{first},{last},US,Design\n");
            number += 1;
        }
    }
    let world = World::with_groups(&["Design"]);
    world.write("a.csv", file);
    let run = world.umbulk(&["validate", "a.csv"]);
    assert_eq!((run.status, number), (0, 1000), "{}", run.stderr);
}

/// What an apostrophe or `="…"` keeps from being a formula is no name all the same.
#[test]
fn formulas_in_disguise_are_refused() {
    for (cell, code) in [
        ("'=A1", "formula"),
        ("\"=\"\"=A1\"\"\"", "formula"),
        ("'+1", "formula"),
        ("'@x", "formula"),
        ("+1", "formula"),
        ("@x", "formula"),
        ("{=A1}", "formula"),
        ("\"=\"\"#N/A\"\"\"", "excel_error"),
        ("'#N/A", "excel_error"),
        ("#VALUE", "excel_error"),
        ("Fehler:502", "excel_error"),
    ] {
        let rows = format!(
            "federatedID,a@example.com,{cell},Lee,US,\nfederatedID,b@example.com,Bob,{cell},US,\n\
             federatedID,c@example.com,Cy,Poe,{cell},\n"
        );
        let (world, outcomes) = outcomes(&rows);
        let expected = ["firstname", "lastname", "country"]
            .map(|field| format!("invalid invalid.{field}.{code}"));
        assert_eq!(outcomes, expected, "{cell}");
        assert_eq!(world.action_requests(), 0, "{cell}");
    }
    let (_, outcomes) = outcomes(
        "federatedID,'=A1,Ann,Lee,US,\nfederatedID,{=A1},Ann,Lee,US,\n\
         federatedID,c@example.com,\"=\"\"Cy\"\"\",'-,US,\nfederatedID,#REF,Di,Fay,US,\n",
    );
    let expected = [
        "invalid invalid.email.formula",
        "invalid invalid.email.formula",
        "invalid invalid.lastname.no_letter",
        "invalid invalid.email.excel_error",
    ];
    assert_eq!(outcomes, expected);
}

#[test]
fn words_for_nothing_are_refused() {
    for cell in ["N.A.", "n.a.", "nil", "NaT", "<null>", "(null)", "undefined", "(None)", "k.A."] {
        let rows = format!(
            "federatedID,a@example.com,{cell},Lee,US,\nfederatedID,{cell},Bob,Ray,US,\n\
             federatedID,c@example.com,Cy,Poe,{cell},\nfederatedID,d@example.com,Di,Fay,US,{cell}\n"
        );
        let (_, outcomes) = outcomes(&rows);
        let expected = ["firstname", "email", "country", "groups"]
            .map(|field| format!("invalid invalid.{field}.placeholder"));
        assert_eq!(outcomes, expected, "{cell}");
    }
    let (_, outcomes) = outcomes(
        "federatedID,a@example.com,Nil,Null,US,\nfederatedID,b@example.com,Na,True,US,\n\
         federatedID,c@example.com,Nat,NIL,US,\n",
    );
    assert_eq!(outcomes, ["ok"; 3]);
}

#[test]
fn names_are_sent_with_their_marks_composed() {
    let (world, outcomes) = outcomes("federatedID,a@example.com,Jose\u{301},Nun\u{303}ez,US,\n");
    assert_eq!(outcomes, ["ok"]);
    let ann: SandboxUser = world.sandbox.directory().user("a@example.com").unwrap();
    assert_eq!((ann.firstname.as_str(), ann.lastname.as_str()), ("Jos\u{e9}", "Nu\u{f1}ez"));
}

#[test]
fn an_export_of_somebody_named_null_changes_nothing() {
    let mut directory = umbulk::sandbox::Directory::default();
    let mut person = crate::world::user("null@example.com", &[]);
    (person.firstname, person.lastname) = ("Ann".to_owned(), "Null".to_owned());
    directory.add_user(&person);
    let world = World::new(directory, umbulk::sandbox::SandboxOptions::default());
    assert_eq!(world.umbulk(&["export", "users", "--out", "users.csv"]).status, 0);
    let run = world.umbulk(&[
        "import",
        "users.csv",
        "--against",
        "users.csv",
        "--skip-unchanged",
        "--results",
        "r.csv",
    ]);
    assert_eq!((run.status, world.statuses("r.csv")), (0, vec!["unchanged".to_owned()]), "{run:?}");
}

/// Exports hold `UD` for Enterprise IDs, and the API takes it back for them alone.
#[test]
fn an_undefined_country_is_taken_for_enterprise_ids_alone() {
    let (world, outcomes) = outcomes(
        "enterpriseID,ann@example.com,Ann,Lee,UD,Design\nenterpriseID,bob@example.com,Bob,Lee,ud,\n\
         federatedID,cy@example.com,Cy,Poe,UD,\n\
         adobeID,di@example.org,Di,Fay,UD,\nenterpriseID,ed@example.com,Ed,Fox,XX,\n",
    );
    let expected = [
        "ok",
        "ok",
        "invalid invalid.country.undefined",
        "invalid invalid.country.undefined",
        "invalid invalid.country.unknown",
    ];
    assert_eq!(outcomes, expected);
    let message = &world.rows("a.results.csv")[2]["umbulk_message"];
    assert!(message.contains("a Federated ID needs a real country"), "{message}");
    for user in ["ann@example.com", "bob@example.com"] {
        assert_eq!(world.sandbox.directory().user(user).unwrap().country, "UD");
    }
}

#[test]
fn letters_that_nobody_sees_and_twice_decoded_names_are_refused() {
    let world = World::with_groups(&[]);
    let names = [
        "A\u{2800}nn",
        "A\u{3164}nn",
        "A\u{34f}nn",
        "An\u{fe0f}n",
        "A\u{e0041}nn",
        "Err:502",
        "РђРЅРЅР°",
        "Zo√´",
    ];
    let rows: String = names
        .iter()
        .enumerate()
        .map(|(at, name)| format!("u{at}@example.com,{name},Lee,US\n"))
        .collect();
    world.write("a.csv", format!("email,firstname,lastname,country\n{rows}"));
    assert_eq!(world.umbulk(&["validate", "a.csv"]).status, 1);
    let invisible = "invalid invalid.firstname.invisible";
    let mojibake = "invalid invalid.firstname.mojibake";
    assert_eq!(
        world.outcomes("a.check.csv"),
        [
            invisible,
            invisible,
            invisible,
            invisible,
            invisible,
            "invalid invalid.firstname.excel_error",
            mojibake,
            mojibake
        ]
    );
    let messages = world.rows("a.check.csv");
    assert!(
        messages[6]["umbulk_message"].contains("Анна")
            && messages[7]["umbulk_message"].contains("Zoë"),
        "{messages:?}"
    );
}

/// A quote that nobody closes swallows the rows below it: to remove the line breaks, as a cell with
/// a line break is told to, would lose these people.
#[test]
fn quote_that_is_not_closed_is_named_with_the_lines_that_it_swallows() {
    for row in [
        "f@x.com,New,\"One,US,\ng@x.com,New,Two,US,\nh@x.com,New,Three\",US,\n",
        "f@x.com,\"New,One,US,\ng@x.com,New,Two,US,\nh@x.com,New\",Three,US,\n",
    ] {
        let world = World::with_groups(&[]);
        let file = format!("email,firstname,lastname,country,groups\n{row}i@x.com,New,Four,US,\n");
        let run = world.import("a.csv", file, &[]);
        assert_eq!(run.status, 1, "{run:?}");
        let rows = world.rows("a.results.csv");
        assert_eq!(rows[0]["umbulk_code"], "invalid.row.quote", "{rows:?}");
        let message = &rows[0]["umbulk_message"];
        assert!(message.contains("the next 2 lines are read as a part of this row"), "{message}");
        assert_eq!(world.sandbox.directory().users().count(), 1);
    }
    // A line break inside a cell is another thing.
    let world = World::with_groups(&[]);
    let file = "email,firstname,lastname,country\nf@x.com,New,\"One\nTwo\",US\n";
    world.import("a.csv", file, &[]);
    assert_eq!(world.rows("a.results.csv")[0]["umbulk_code"], "invalid.lastname.control");
}

#[test]
fn numbers_that_a_program_has_changed_are_no_usernames() {
    for (cells, code) in [
        ("1.23457E+11@example.com,,", "invalid.email.scientific"),
        ("1.2E+5@example.com,,", "invalid.email.scientific"),
        ("10045.0@example.com,,", "invalid.email.decimal"),
        ("ann@example.com,10045.0,example.com", "invalid.username.decimal"),
        ("ann@example.com,\"10045,00\",example.com", "invalid.username.decimal"),
    ] {
        let world = World::with_groups(&[]);
        let file =
            format!("email,username,domain,firstname,lastname,country\n{cells},Ann,Lee,US\n");
        let run = world.import("a.csv", file, &[]);
        assert_eq!((run.status, world.action_requests()), (1, 0), "{cells}: {run:?}");
        assert_eq!(world.rows("a.results.csv")[0]["umbulk_code"], code, "{cells}");
    }
}

/// Beside `remove_groups`, a username without an action is a new username.
#[test]
fn row_that_only_names_a_new_username_is_told_what_is_missing() {
    let mut directory = Directory::default();
    directory.add_user(&SandboxUser {
        username: "ann".into(),
        domain: "example.com".into(),
        ..user("ann.lee@example.com", &["Design"])
    });
    directory.add_group(&SandboxGroup::user_group("Design"));
    let world = World::new(directory, SandboxOptions::default());
    let run = world.import("a.csv", "username,domain,remove_groups\nann,example.com,Design\n", &[]);
    assert_eq!(run.status, 1, "{run:?}");
    let message = &world.rows("a.results.csv")[0]["umbulk_message"];
    assert!(message.contains("add a column action with `update`"), "{message}");
    let file = "action,username,domain,remove_groups\nupdate,ann,example.com,Design\n";
    let run = world.import("b.csv", file, &[]);
    assert_eq!((run.status, world.groups_of("ann.lee@example.com")), (0, Some(vec![])), "{run:?}");
}

/// Names that programs write in place of a username, or before it.
#[test]
fn usernames_that_nobody_gives_on_purpose_create_nobody() {
    let world = World::with_groups(&[]);
    let file = "username,email,firstname,lastname,country\n\
                EXAMPLE\\ann,ann@example.com,Ann,Lee,US\n\
                EXAMPLE/bob,bob@example.com,Bob,Ray,US\n\
                \"CN=cy,DC=x\",cy@example.com,Cy,Poe,US\n\
                -,di@example.com,Di,Fay,US\n\
                {{user.login}},ed@example.com,Ed,Fox,US\n\
                12345678901234500000,flo@example.com,Flo,Gee,US\n\
                ,gus_gmail.com#EXT#@example.onmicrosoft.com,Gus,Hay,US\n";
    let run = world.import("a.csv", file, &[]);
    assert_eq!((run.status, world.action_requests()), (1, 0), "{run:?}");
    let codes: Vec<String> =
        world.rows("a.results.csv").iter().map(|row| row["umbulk_code"].clone()).collect();
    let expected = [
        "invalid.username.domain_in_front",
        "invalid.username.domain_in_front",
        "invalid.username.distinguished_name",
        "invalid.username.placeholder",
        "invalid.username.placeholder",
        "invalid.username.scientific",
        "invalid.email.guest",
    ];
    assert_eq!(codes, expected);
    // As the messages say.
    let file = "username,domain,email,firstname,lastname,country\n\
                ann,example.com,ann@example.com,Ann,Lee,US\n,,gus@gmail.com,Gus,Hay,US\n";
    assert_eq!(world.import("b.csv", file, &[]).status, 0);
}

/// Placeholders, numbers, addresses and remarks in place of a name.
#[test]
fn cells_that_are_no_names_create_nobody() {
    let world = World::with_groups(&[]);
    for (cell, reason) in [
        ("{{lastname}}", "placeholder"),
        ("%LASTNAME%", "placeholder"),
        ("TBD", "placeholder"),
        ("keine Angabe", "placeholder"),
        ("不明", "placeholder"),
        ("see above", "placeholder"),
        ("TRUE", "placeholder"),
        ("<b>Ray</b>", "html"),
        ("M\\'fcller", "escaped"),
        ("ann.lee@example.com", "address"),
        ("45231", "no_letter"),
        ("0", "no_letter"),
        ("-", "no_letter"),
        ("…", "no_letter"),
        ("2026-01-01", "date"),
        ("CN=Ray", "attribute"),
        ("Ray\"\"", "quoted"),
        ("Ray (left 2026-10)", "remark"),
    ] {
        let file = format!("email,firstname,lastname,country\na@x.com,Pat,\"{cell}\",US\n");
        let run = world.import("a.csv", file, &[]);
        assert_eq!((run.status, world.action_requests()), (1, 0), "{cell} {run:?}");
        let code = &world.rows("a.results.csv")[0]["umbulk_code"];
        assert_eq!(code, &format!("invalid.lastname.{reason}"), "{cell}");
    }
    let people = ["Null", "Missing", "True", "Dito", "\"King, Jr.\"", "O’Brien", "無"];
    let rows: Vec<String> =
        (1..).zip(people).map(|(i, name)| format!("p{i}@x.com,Pat,{name},US\n")).collect();
    let file = format!("email,firstname,lastname,country\n{}", rows.concat());
    assert_eq!(world.import("b.csv", file, &[]).status, 0);
}

/// An existing user keeps such a name, and loses nothing by a row that repeats it.
#[test]
fn users_who_have_such_a_name_are_found() {
    let mut directory = Directory::default();
    let mut ann = user("ann@example.com", &[]);
    ann.lastname = "-".to_owned();
    directory.add_user(&ann);
    let world = World::new(directory, SandboxOptions::default());
    assert_eq!(world.umbulk(&["export", "users"]).status, 0);
    let file = "email,firstname,lastname,country\nann@example.com,Ann,-,US\n";
    let run = world.import("a.csv", file, &["--skip-unchanged"]);
    assert_eq!(run.status, 0, "{run:?}");
    let run = world.import("b.csv", file, &["--action", "delete"]);
    assert_eq!((run.status, world.sandbox.directory().users().count()), (0, 0), "{run:?}");
}
