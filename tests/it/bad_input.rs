//! Bad input: a clear message, the right exit status, and no row without an outcome.

use crate::world::{World, bare, run};
use std::io::Write;

const GOOD: &str = "email,firstname,lastname,country\nann@example.com,A,B,US\n";

/// Imports and expects that nothing was sent; gives what was said.
fn refused(content: impl AsRef<[u8]>) -> String {
    let world = World::with_groups(&[]);
    let run = world.import("a.csv", content, &[]);
    assert_eq!(run.status, 2, "{run:?}");
    assert_eq!(world.action_requests(), 0);
    assert!(!world.path("a.results.csv").exists());
    assert!(run.stderr.contains("a.csv"), "{}", run.stderr);
    run.stderr
}

#[test]
fn what_is_no_table_is_refused_with_a_reason() {
    assert!(refused("").contains("empty"));
    assert!(refused("email,firstname\n").contains("no row"));
    let unknown = refused("Foo,Bar\n1,2\n");
    assert!(
        unknown.contains("Foo") && unknown.contains("Bar") && unknown.contains("--map"),
        "{unknown}"
    );
    let twice = refused("email,E-Mail,firstname\na@example.com,b@example.com,X\n");
    assert!(twice.contains("E-Mail"), "{twice}");
    let near = refused("action,emial,firstname\nadd,a@example.com,X\n");
    assert!(near.contains("emial") && near.contains("email"), "{near}");
    let mut binary = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    binary.extend([0, 159, 146, 150]);
    refused(binary);
    refused("x".repeat(3 << 20));
}

#[test]
fn a_missing_file_and_a_folder_are_named() {
    let world = World::with_groups(&[]);
    for name in ["missing.csv", "."] {
        let run = world.umbulk(&["import", name]);
        assert_eq!(run.status, 2, "{run:?}");
        assert!(run.stderr.contains(name), "{}", run.stderr);
    }
    std::fs::create_dir(world.path("folder")).unwrap();
    assert_eq!(world.umbulk(&["import", "folder"]).status, 2);
}

#[test]
fn a_mapping_to_a_column_that_is_not_there_names_those_that_are() {
    let world = World::with_groups(&[]);
    let run = world.import("a.csv", GOOD, &["--map", "email=Mail"]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("Mail") && run.stderr.contains("firstname"), "{}", run.stderr);
}

#[test]
fn an_unclosed_quote_in_the_middle_costs_one_row() {
    let world = World::with_groups(&[]);
    let mut file = "email,firstname,lastname,country\n".to_owned();
    for number in 0..3000 {
        let quote = if number == 1500 { "\"" } else { "" };
        file += &format!("u{number}@example.com,{quote}Ann,Lee,US\n");
    }
    let run = world.import("a.csv", file, &[]);
    assert_eq!(run.status, 1, "{run:?}");
    let outcomes = world.outcomes("a.results.csv");
    assert_eq!(outcomes.len(), 3000);
    assert_eq!(outcomes.iter().filter(|outcome| *outcome == "ok").count(), 2999);
    assert_eq!(outcomes[1500], "invalid invalid.row.quote");
    assert_eq!(world.sandbox.directory().users().count(), 2999);
    assert!(run.stderr.contains("line 1502"), "{}", run.stderr);
}

#[test]
fn a_long_line_in_the_middle_costs_one_row() {
    let world = World::with_groups(&[]);
    let path = world.path("a.csv");
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    write!(file, "{GOOD}").unwrap();
    for _ in 0..100 {
        file.write_all(&[b'x'; 1 << 20]).unwrap();
    }
    write!(file, "\nbob@example.com,B,C,US\n").unwrap();
    file.into_inner().unwrap();
    let run = world.umbulk(&["import", "a.csv"]);
    assert_eq!(run.status, 1, "{run:?}");
    assert_eq!(world.outcomes("a.results.csv"), ["ok", "invalid invalid.row.too_long", "ok"]);
    assert_eq!(world.sandbox.directory().users().count(), 2);
}

#[test]
fn cells_beyond_the_header_and_nul_bytes_are_those_rows_errors() {
    let world = World::with_groups(&[]);
    let file = "email,firstname,lastname,country\na@example.com,A,B\nb@example.com,A,B,US,extra\n\
                c@example.com,A\0,B,US\nd@example.com,A,B,US\n";
    let run = world.import("a.csv", file, &[]);
    assert_eq!(run.status, 1);
    assert_eq!(
        world.outcomes("a.results.csv"),
        [
            "invalid invalid.country.missing",
            "invalid invalid.row.extra_cells",
            "invalid invalid.row.nul",
            "ok"
        ]
    );
}

#[test]
fn row_with_several_problems_names_all_and_codes_the_first() {
    let world = World::with_groups(&[]);
    let run = world.import(
        "a.csv",
        "type,email,firstname,lastname,country\nwizardID,not-an-email,,B,XX\n",
        &[],
    );
    assert_eq!(run.status, 1);
    let row = &world.rows("a.results.csv")[0];
    assert_eq!(row["umbulk_code"], "invalid.type.unknown");
    for word in ["wizardID", "not-an-email", "XX"] {
        assert!(row["umbulk_message"].contains(word), "{}", row["umbulk_message"]);
    }
}

#[test]
fn contradictory_rows_run_in_file_order() {
    let world = World::with_groups(&["A"]);
    let file = "action,email,firstname,lastname,country,groups\n\
                create,ann@example.com,A,B,US,A\ncreate,ann@example.com,A,B,US,A\n\
                remove,ann@example.com,,,,A\ncreate,ANN@example.com,Other,B,US,\n";
    let run = world.import("a.csv", file, &[]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.groups_of("ann@example.com").unwrap(), Vec::<String>::new());
    assert_eq!(world.sandbox.directory().user("ann@example.com").unwrap().firstname, "A");
}

#[test]
fn missing_credentials_are_named_and_a_wrong_secret_is_said() {
    let world = World::with_groups(&[]);
    world.write("a.csv", GOOD);
    let none = run(&mut bare(world.folder.path(), &["import", "a.csv"]));
    assert_eq!(none.status, 2);
    assert!(
        none.stderr.contains("UMAPI_CLIENT_ID") && none.stderr.contains("--sandbox"),
        "{}",
        none.stderr
    );
    let wrong =
        run(world.command(&["import", "a.csv"]).env("UMAPI_CLIENT_SECRET", "not-the-secret"));
    assert_eq!(wrong.status, 2, "{wrong:?}");
    assert!(!wrong.stderr.contains("not-the-secret"), "{}", wrong.stderr);
    assert!(wrong.stderr.to_lowercase().contains("secret"), "{}", wrong.stderr);
    let other = run(world.command(&["import", "a.csv"]).env("UMAPI_ORG_ID", "1234@AdobeOrg"));
    assert_eq!(other.status, 2, "{other:?}");
    assert_eq!(world.sandbox.directory().users().count(), 0);
}

#[test]
fn an_unreachable_server_is_said_and_nothing_was_sent() {
    let world = World::with_groups(&[]);
    world.write("a.csv", GOOD);
    let run = run(world.command(&["import", "a.csv"]).env("UMAPI_AUTH_HOST", "http://127.0.0.1:1"));
    assert_eq!(run.status, 2, "{run:?}");
    assert!(run.stderr.contains("127.0.0.1"), "{}", run.stderr);
}

#[test]
fn http_is_for_loopback_only() {
    let world = World::with_groups(&[]);
    world.write("a.csv", GOOD);
    let run = run(world
        .command(&["import", "a.csv"])
        .env("UMAPI_URL", "http://192.0.2.1/v2/usermanagement"));
    assert_eq!(run.status, 2, "{run:?}");
    assert!(run.stderr.contains("https"), "{}", run.stderr);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_before_anything_is_sent_or_stops_the_run() {
    let world = World::with_groups(&[]);
    let mut file = "email,firstname,lastname,country\n".to_owned();
    for number in 0..500 {
        file += &format!("u{number}@example.com,A,B,US\n");
    }
    let run = world.import("a.csv", file, &["--results", "/dev/full"]);
    assert!(run.status == 2 || run.status == 3, "{run:?}");
    assert!(
        run.stderr.contains("no space left on device: make room first")
            && !format!("{run:?}").contains("os error"),
        "{run:?}"
    );
    assert!(world.sandbox.directory().users().count() < 500);
}

/// "2" would say that nothing was sent.
#[cfg(target_os = "linux")]
#[test]
fn summary_that_cannot_be_printed_does_not_hide_what_was_sent() {
    let world = World::with_groups(&[]);
    world.write("a.csv", "email,firstname,lastname,country\na@example.com,A,B,US\n");
    for options in [&[][..], &["--json", "--fresh"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command = world.command(&[&["import", "a.csv"], options].concat());
        let done = command.stdout(full).output().unwrap();
        let stderr = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(3), "{stderr}");
        assert!(
            stderr.contains("standard output: no space left on device: make room first"),
            "{stderr}"
        );
    }
    assert_eq!(world.sandbox.directory().users().count(), 1);
    let again = run(&mut world.command(&["import", "a.csv"]));
    assert_eq!(again.status, 0, "{again:?}");
}

#[test]
fn pictures_and_documents_are_no_tables() {
    let world = World::with_groups(&[]);
    for (bytes, what) in [
        (&b"\x89PNG\r\n\x1a\n rest"[..], "a picture"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "a PDF document"),
        (b"\xEF\xBB\xBF <!DOCTYPE HTML>\n<html>\n", "an HTML page"),
        (b"<html><body>Sign in</body></html>\n", "an HTML page"),
        (
            b"<?xml version=\"1.0\"?>\n<?mso-application progid=\"Excel.Sheet\"?>\n",
            "a workbook in XML",
        ),
        (b"\x7fELF\x02\x01\x01 rest", "a program"),
        (b"\x01\x02\x03\x04\x05\x06\x07,\x0e\x0f\n", "a binary file"),
    ] {
        let run = world.import("a.csv", bytes, &[]);
        assert!(
            run.status == 2 && run.stderr.contains(what) && !run.stderr.contains("--map"),
            "{run:?}"
        );
    }
}

#[test]
fn pages_and_documents_that_are_called_workbooks_are_said() {
    let mut locked = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
    locked.resize(1024, 0);
    locked.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
    let utf16 = |text: &str| -> Vec<u8> {
        std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
    };
    let returns = b"{\"email\":\"a@x.com\"}\r{\"email\":\"b@x.com\"}\r".to_vec();
    for (name, bytes, what) in [
        ("a.xls", b"<table><tr><th>email</th></tr></table>".to_vec(), "an HTML page"),
        ("a.xls", b"\n\n<html><table>".to_vec(), "an HTML page"),
        (
            "a.xls",
            utf16("<html xmlns:x=\"urn:schemas-microsoft-com:office:excel\">"),
            "an HTML page",
        ),
        (
            "a.xls",
            b"MIME-Version: 1.0\nContent-Type: multipart/related\n".to_vec(),
            "a web archive",
        ),
        ("a.csv", b"\xEF\xBB\xBF%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec(), "a PDF document"),
        ("a.csv", b"{\\rtf1\\ansi email}".to_vec(), "a Rich Text document"),
        ("a.xlsx", locked, "protected by a password"),
        ("a.xlsx", b"PK\x03\x04".to_vec(), "the workbook is damaged"),
        ("a.jsonl", returns, "end in CR alone"),
    ] {
        let world = World::with_groups(&[]);
        let run = world.import(name, bytes, &[]);
        assert!(
            run.status == 2 && run.stderr.contains(what) && !run.stderr.contains("--map"),
            "{name} {what}: {run:?}"
        );
    }
    // A table is one whatever it is called.
    let world = World::with_groups(&[]);
    let file = "email\tfirstname\tlastname\tcountry\nann@example.com\tAnn\tLee\tUS\n";
    assert_eq!(world.import("a.xls", file, &[]).status, 0);
}

#[test]
fn rows_of_empty_cells_are_passed_over_like_blank_lines() {
    let world = World::with_groups(&[]);
    let file = "email,firstname,lastname,country,notes\nann@example.com,Ann,Lee,US,\n,,\"\",,\n , \
         ,,,\nbob@example.com,Bob,,US,\n,,,,see above\n,,,,\n";
    let run = world.import("a.csv", file, &[]);
    assert_eq!(run.status, 1, "{run:?}");
    assert_eq!(
        world.outcomes("a.results.csv"),
        ["ok", "invalid invalid.lastname.missing", "invalid invalid.row.empty"]
    );
    assert_eq!(world.rows("a.results.csv")[1]["umbulk_line"], "5");
}

#[test]
fn empty_row_range_and_unknown_country_are_refused() {
    let world = World::with_groups(&[]);
    let file = "email,firstname,lastname\nann@example.com,Ann,Lee\n";
    let beyond = world.import("a.csv", file, &["--rows", "5-9", "--default-country", "US"]);
    assert!(
        beyond.status == 2 && beyond.stderr.contains("--rows") && beyond.stderr.contains("1 row"),
        "{beyond:?}"
    );
    let nowhere = world.import("a.csv", file, &["--default-country", "ZZ"]);
    assert!(nowhere.status == 2 && nowhere.stderr.contains("ZZ"), "{nowhere:?}");
    assert_eq!(world.action_requests(), 0);
}

/// A program has read the byte order mark as letters, and perhaps the names as well.
#[test]
fn misread_byte_order_mark_is_no_part_of_the_header() {
    let world = World::with_groups(&[]);
    let rows = "email;firstname;lastname;country\r\nann@example.com;Jürgen;Müller;DE\r\n";
    let run = world.import("misread.csv", format!("ï»¿{rows}"), &[]);
    assert_eq!(run.status, 0, "{run:?}");
    let directory = world.sandbox.directory();
    let ann = directory.user("ann@example.com").unwrap();
    assert_eq!((&*ann.firstname, &*ann.lastname), ("Jürgen", "Müller"));
    let names = rows.replace("Jürgen", "JÃ¼rgen");
    let run = world.import("names.csv", format!("ï»¿{names}"), &[]);
    assert_eq!(run.status, 1, "{run:?}");
    assert_eq!(world.outcomes("names.results.csv"), ["invalid invalid.firstname.mojibake"]);
}

/// The folder takes no file, so another place is named.
#[cfg(target_os = "linux")]
#[test]
fn folder_that_takes_no_file_is_said_with_the_option_for_another() {
    let world = World::with_groups(&[]);
    world.write("a.csv", "email,firstname,lastname,country\nann@example.com,Ann,Lee,US\n");
    // Nobody can create a file there, not even root.
    for (args, option) in [
        (&["export", "users", "--out", "/sys/users.csv"][..], "--out"),
        (&["validate", "a.csv", "--results", "/sys/a.check.csv"], "--results"),
        (&["import", "a.csv", "--sandbox", "--results", "/sys/a.results.csv"], "--results"),
    ] {
        let run = world.umbulk(args);
        let said =
            format!(": no file can be created in this folder. {option} FILE names another place");
        assert!(run.status == 2 && run.stderr.contains(&said), "{args:?}: {run:?}");
        assert!(!run.stderr.contains("os error"), "{run:?}");
    }
    let run =
        world.umbulk(&["validate", "a.csv", "--map", "email=email", "--save-map", "/sys/m.toml"]);
    assert!(run.status == 2 && !run.stderr.contains("os error"), "{run:?}");
}
