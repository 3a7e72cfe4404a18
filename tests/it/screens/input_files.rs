//! Files that cannot be read, or not without being told how.

use super::Screens;
use crate::hostile::Server;
use crate::world::World;
use std::io::Write;
use std::net::TcpStream;
use std::path::PathBuf;

const HEAD: &str = "email,firstname,lastname,country,groups\n";

/// Shows how each file is validated, in a folder of its own.
fn show(files: &[(&str, &str, &[u8])]) {
    for (name, options, content) in files {
        let folder = tempfile::tempdir().unwrap();
        let screens = Screens::offline("input_files", folder.path());
        screens
            .file("staff.csv", content)
            .show(name, format!("umbulk validate staff.csv {options}").trim());
    }
}

#[test]
fn files_that_are_not_there_or_no_files() {
    let folder = tempfile::tempdir().unwrap();
    let screens = Screens::offline("input_files", folder.path());
    std::fs::create_dir(folder.path().join("lists")).unwrap();
    screens.file("staff.csv", HEAD.to_owned() + "ann@example.com,Ann,Lee,US,\n");
    screens.show_all(&[
        ("missing_for_import", "umbulk import staf.csv"),
        ("missing_for_validate", "umbulk validate staf.csv"),
        ("missing_for_plan", "umbulk plan staf.csv"),
        ("missing_as_json", "umbulk import staf.csv --json"),
        ("folder", "umbulk validate lists"),
        ("same_file_twice", "umbulk validate staff.csv ./staff.csv"),
        ("results_over_the_input", "umbulk validate staff.csv --results staff.csv"),
        ("results_named_like_a_journal", "umbulk validate staff.csv --results a.journal"),
        ("standard_input_without_results", "umbulk validate - < staff.csv"),
        ("standard_input", "umbulk validate - --results checked.csv < staff.csv"),
        ("folder_for_several", "umbulk validate staff.csv lists --results staff.csv"),
    ]);
}

#[test]
fn files_without_a_table() {
    show(&[
        ("empty", "", b""),
        ("blank_lines", "", b"\n\n\n"),
        ("header_only", "", b"email,firstname,lastname,country\n"),
        (
            "only_switched_off",
            "",
            b"email,firstname,lastname,country\n#ann@example.com,Ann,Lee,US\n",
        ),
        ("pdf", "", b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n1 0 obj\n"),
        (
            "html",
            "",
            b"<!DOCTYPE html>\n<html><body><table><tr><td>email</td></tr></table></body></html>\n",
        ),
        ("png", "", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\x9f\x92\x96"),
        ("xlsx", "", b"PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0[Content_Types].xml"),
        ("xls", "", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\0\0\0\0\0\0\0\0"),
        ("gzip_cut_off", "", b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x4b\xcd\x4d\xcc"),
        ("zstd_cut_off", "", b"\x28\xb5\x2f\xfd\x24\x10\x81"),
        ("header_with_open_quote", "", b"email,\"firstname,lastname\n"),
    ]);
    let endless = "x".repeat(3 << 20);
    show(&[("endless_line", "", endless.as_bytes())]);
}

#[test]
fn files_of_other_encodings() {
    show(&[
        (
            "encoding_western",
            "",
            b"email;firstname;lastname;country\n\
                                  ann@example.com;Zo\xEB;M\xFCller;DE\n",
        ),
        (
            "encoding_cyrillic",
            "",
            b"email;firstname;lastname;country\n\
                                   c1@example.com;\xC8\xE2\xE0\xED;\xCF\xE5\xF2\xF0\xEE\xE2;RU\n",
        ),
        (
            "encoding_cyrillic_auto",
            "--encoding auto",
            b"email;firstname;lastname;country\nc1@example.com;\xC8\xE2\xE0\xED;\
             \xCF\xE5\xF2\xF0\xEE\xE2;RU\n",
        ),
        (
            "encoding_mixed",
            "",
            b"email,firstname,lastname,country\n\
                                a@example.com,Zo\xC3\xAB,Lee,US\nb@example.com,Zo\xEB,Lee,US\n",
        ),
        (
            "encoding_behind_a_mark",
            "",
            b"\xEF\xBB\xBFemail,firstname,lastname,country\n\
              a@example.com,Ann,Lee,US\nb@example.com,Zo\xEB,Lee,US\n",
        ),
        (
            "encoding_named_wrong",
            "--encoding utf-16le",
            b"email,firstname,lastname,country\n\
            a@example.com,Ann,Lee,US\n",
        ),
    ]);
    let twice = "email,firstname,lastname,country\nann@example.com,ZoÃ«,Lee,US\n";
    show(&[("mojibake_repaired", "--repair-mojibake", twice.as_bytes())]);
}

#[test]
fn headers_that_do_not_fit() {
    show(&[
        ("header_unknown", "", b"Foo,Bar\n1,2\n"),
        (
            "header_in_german",
            "",
            b"Mailadresse;Vorname;Nachname;Land\n\
                                  ann@example.com;Ann;Lee;DE\n",
        ),
        ("header_double", "", b"email,E-Mail,firstname\na@example.com,b@example.com,X\n"),
        ("header_nearly", "", b"action,emial,firstname\nadd,a@example.com,X\n"),
        ("header_nearly_two", "", b"action,email,frstname,contry\nadd,a@example.com,X,US\n"),
        (
            "header_looks_like_groups",
            "",
            b"email,firstname,lastname,country,Teams\n\
            ann@example.com,Ann,Lee,US,\"Design, Video\"\n",
        ),
        (
            "header_looks_like_several",
            "",
            b"email,Given,Family,Nation\nann@example.com,Ann,Lee,US\nbob@example.com,Bob,Ray,DE\n\
             carl@example.com,Carl,Day,FR\n",
        ),
        (
            "header_below_titles",
            "",
            b"Staff list\n# printed today\n\n\
                                     email,firstname,lastname,country\n\
                                     ann@example.com,Ann,Lee,US\n",
        ),
        (
            "header_ignored_columns",
            "",
            b"email,firstname,lastname,country,Room,Start date\n\
                                        ann@example.com,Ann,Lee,US,12,2026-01-01\n",
        ),
        (
            "header_row_beyond_the_end",
            "--header-row 9",
            b"email,firstname,lastname,country\n\
            ann@example.com,Ann,Lee,US\n",
        ),
        (
            "map_to_no_column",
            "--map email=Mail",
            b"email,firstname,lastname,country\n\
            ann@example.com,Ann,Lee,US\n",
        ),
        (
            "map_twice",
            "--map email=A --map email=B",
            b"A,B,firstname,lastname,country\n\
            ann@example.com,,Ann,Lee,US\n",
        ),
        (
            "map_good",
            "--map email=Mail",
            b"Mail,firstname,lastname,country\n\
            ann@example.com,Ann,Lee,US\n",
        ),
        (
            "ignore_no_column",
            "--ignore Room",
            b"email,firstname,lastname,country\n\
            ann@example.com,Ann,Lee,US\n",
        ),
        (
            "delimiter_wrong",
            "--delimiter tab",
            b"email,firstname,lastname,country\n\
            ann@example.com,Ann,Lee,US\n",
        ),
    ]);
}

#[test]
fn tables_that_do_not_say_what_to_do() {
    show(&[
        ("ambiguous_people", "", b"email\nann@example.com\n"),
        ("ambiguous_usernames", "", b"type,username,domain\nfederatedID,ann,example.com\n"),
        ("ambiguous_groups", "", b"name,description\nDesign,The designers\n"),
        (
            "action_beside_actions",
            "--action delete",
            b"action,email,groups\n\
            add,ann@example.com,Design\nremove,bob@example.com,Design\n",
        ),
        (
            "override_of_actions",
            "--override action=delete",
            b"action,email,groups\n\
            add,ann@example.com,\nremove,bob@example.com,\n",
        ),
        (
            "rows_that_are_not_there",
            "--rows 5-9",
            b"email,firstname,lastname,country\n\
            ann@example.com,Ann,Lee,US\n",
        ),
        (
            "exported_with_indirect",
            "",
            b"type,email,firstname,lastname,country,groups,indirect\n\
                                        ,ann@example.com,Ann,Lee,US,Design,yes\n",
        ),
    ]);
}

#[test]
fn lists_of_protected_people_that_cannot_be_read() {
    for (name, list) in [
        ("protect_pattern", "boss@example.com\n*@example.com\n"),
        ("protect_without_names", "# nobody yet\n\n"),
        ("protect_members_of_nothing", "members:\n"),
        ("protect_word", "group: Design\n"),
        ("protect_windows_name", "CORP\\boss\n"),
        ("protect_spelled_address", "boss (at) example.com\n"),
        ("protect_domain", "@example.com\n"),
        ("protect_two_names", "boss@example.com, ann@example.com\n"),
        ("protect_half_a_domain", "boss@example\n"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let screens = Screens::offline("input_files", folder.path());
        screens
            .file("staff.csv", HEAD.to_owned() + "ann@example.com,Ann,Lee,US,\n")
            .file("protect.txt", list);
        screens.show(name, "umbulk validate staff.csv --protect protect.txt");
    }
    let folder = tempfile::tempdir().unwrap();
    let screens = Screens::offline("input_files", folder.path());
    screens.file("staff.csv", HEAD.to_owned() + "ann@example.com,Ann,Lee,US,\n");
    screens.show("protect_missing", "umbulk validate staff.csv --protect protect.txt");
}

#[test]
fn headers_that_are_none() {
    show(&[
        ("header_is_a_row", "", b"ann@example.com,Ann,Lee,US\nbob@example.com,Bob,Ray,US\n"),
        (
            "header_with_nul_bytes",
            "",
            b"ema\0il,firstname,lastname,country\nann@example.com,Ann,Lee,US\n",
        ),
        (
            "header_in_utf_16",
            "",
            b"e\0m\0a\0i\0l\0,\0c\0o\0u\0n\0t\0r\0y\0\n\0a\0@\0x\0.\0c\0o\0m\0,\0U\0S\0\n\0",
        ),
        ("delimiter_of_two_letters", "--delimiter ;;", b"email;;country\nann@example.com;;US\n"),
    ]);
}

#[test]
fn folders_in_place_of_files() {
    let folder = tempfile::tempdir().unwrap();
    let screens = Screens::offline("input_files", folder.path());
    std::fs::create_dir(folder.path().join("lists")).unwrap();
    screens.file("staff.csv", HEAD.to_owned() + "ann@example.com,Ann,Lee,US,\n");
    screens.show_all(&[
        ("folder_to_protect", "umbulk validate staff.csv --protect lists"),
        ("folder_of_settings", "umbulk validate staff.csv --config lists"),
        ("folder_of_credentials", "umbulk check --env-file lists"),
        ("folder_of_results", "umbulk validate staff.csv --results lists"),
        ("folder_below_a_file", "umbulk validate staff.csv --results staff.csv/checked.csv"),
    ]);
}

#[test]
fn files_with_too_many_groups() {
    let rows = (0..100_001).map(|number| format!("u@example.com,U,Lee,US,Group {number}\n"));
    let world = World::with_groups(&[]);
    let screens = Screens::of("input_files", &world);
    screens.file("staff.csv", HEAD.to_owned() + &rows.collect::<String>());
    screens.show("too_many_groups", "umbulk import staff.csv");
}

/// The server holds the token back until the test has changed the file.
#[test]
fn files_that_change_before_they_are_sent() {
    for (name, is_removed) in
        [("changed_since_it_was_read", false), ("gone_since_it_was_read", true)]
    {
        let world = World::with_groups(&["Design"]);
        let path = world.path("staff.csv");
        let server = Server::start(move |stream: &mut TcpStream| {
            match is_removed {
                true => drop(std::fs::remove_file(&path)),
                false => std::fs::write(&path, HEAD).unwrap(),
            }
            let body = r#"{"result":"success","users":[],"groups":[],"lastPage":true}"#;
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\
                 content-length: {}\r\n\r\n{body}",
                body.len()
            );
        });
        let screens =
            Screens::of("input_files", &world).at(format!("http://127.0.0.1:{}", server.port));
        screens.file("staff.csv", HEAD.to_owned() + "ann@example.com,Ann,Lee,US,Design\n");
        screens.show(name, "umbulk import staff.csv");
    }
}

#[test]
fn headers_that_hold_more_than_is_read() {
    show(&[
        (
            "header_old_emails",
            "",
            b"action,Old Email,email,firstname\nupdate,ann@example.com,anna@example.com,Anna\n",
        ),
        ("header_whole_names", "", b"email,Full name,country\nann@example.com,Ann Lee,US\n"),
        (
            "header_new_names",
            "",
            b"type,email,firstname,lastname,country,New Last Name\n\
             federatedID,ann@example.com,Ann,Lee,US,Ray\n",
        ),
        (
            "header_of_leavers",
            "",
            b"email,firstname,lastname,country,Leaver\nann@example.com,Ann,Lee,US,no\n\
             bob@example.com,Bob,Ray,US,yes\n",
        ),
        (
            "header_of_several_groups",
            "",
            b"email,firstname,lastname,country,Group 1,Group 2,Group 3,Group 4,Group 5,Group 6\n\
             ann@example.com,Ann,Lee,US,A,B,C,D,E,F\n",
        ),
        ("header_same_name", "", b"email,firstname,email\na@example.com,Ann,b@example.com\n"),
        (
            "encoding_lost_bytes",
            "--encoding shift_jis",
            b"email,firstname,lastname,country\n\
            ann@example.com,Zo\xEB\xFF,Lee,US\n",
        ),
        (
            "encoding_of_two",
            "",
            b"email;firstname;lastname;country\nc1@example.com;\xD0\xCF\xCC;\
             \xE9\xD7\xC1\xCE\xCF\xD7;RU\nc2@example.com;\xE1\xCE\xCE\xC1;\
             \xF0\xC5\xD4\xD2\xCF\xD7\xC1;RU\n",
        ),
    ]);
}

/// Answers everything, and changes the file as soon as rows are sent.
fn changing(path: PathBuf, is_removed: bool) -> Server {
    Server::answering(move |stream, request| {
        let body = match request.contains("\"do\":") {
            false => r#"{"result":"success","users":[],"groups":[],"lastPage":true}"#,
            true if is_removed => {
                std::fs::remove_file(&path).unwrap();
                r#"{"result":"success","completed":1,"notCompleted":0}"#
            }
            true => {
                std::fs::write(&path, HEAD).unwrap();
                r#"{"result":"success","completed":1,"notCompleted":0}"#
            }
        };
        let _ = write!(
            stream,
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
    })
}

#[test]
fn files_that_change_while_rows_are_sent() {
    for (name, file, is_removed) in [
        ("changed_while_it_was_sent", "staff.csv", false),
        ("gone_while_it_was_sent", "staff.csv", true),
        ("list_changed_while_rows_were_sent", "users.csv", false),
    ] {
        let world = World::with_groups(&[]);
        let server = changing(world.path(file), is_removed);
        let screens =
            Screens::of("input_files", &world).at(format!("http://127.0.0.1:{}", server.port));
        screens
            .file("staff.csv", HEAD.to_owned() + "ann@example.com,Ann,Lee,US,\n")
            .file("users.csv", HEAD.to_owned() + "bob@example.com,Bob,Ray,US,\n");
        screens.show(name, "umbulk import staff.csv --against users.csv");
    }
}
