//! Tables in archives and in JSON arrays, and files of other kinds, which are named with what to
//! do.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;

use crate::world::World;

const HEAD: &str = "email,firstname,lastname,country,groups\n";
const ANN: &str = "ann@example.com,Ann,Lee,US,Design\n";

pub(crate) fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        if name.ends_with('/') {
            zip.add_directory(*name, SimpleFileOptions::default()).unwrap();
        } else {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(content).unwrap();
        }
    }
    zip.finish().unwrap().into_inner()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

/// Asserts that a file is refused with these words, and that nothing is sent.
fn refused(name: &str, bytes: &[u8], words: &[&str]) {
    let world = World::with_groups(&["Design"]);
    let run = world.import(name, bytes, &["--action", "create", "--default-country", "US"]);
    assert_eq!((run.status, world.action_requests()), (2, 0), "{name}: {run:?}");
    for words in words {
        assert!(run.stderr.contains(words), "{name}: {words}: {run:?}");
    }
    assert!(!run.stderr.contains("--map"), "{name}: {run:?}");
    assert_eq!(std::fs::read_dir(world.folder.path()).unwrap().count(), 1, "{name}");
}

#[test]
fn only_table_of_an_archive_is_imported_with_results_beside_it() {
    let file = format!("{HEAD}{ANN}\nbob@example.com,Bob,,US,\n");
    let workbook = include_bytes!("../fixtures/real/starters.xlsx");
    for (files, name, line) in [
        (&[("staff.csv", file.as_bytes())][..], "staff.csv", "4"),
        (
            &[
                ("in/", b"".as_slice()),
                ("in/staff.txt", file.as_bytes()),
                ("__MACOSX/in/._staff.txt", b"\0\x05\x16\x07"),
                ("in/.DS_Store", b"\0\0\0\x01Bud1"),
            ],
            "in/staff.txt",
            "4",
        ),
        (&[("staff.csv.gz", &gzip(file.as_bytes()))], "staff.csv.gz", "4"),
    ] {
        let world = World::with_groups(&["Design"]);
        let run = world.import("june.zip", zip(files), &[]);
        assert_eq!(run.status, 1, "{run:?}");
        let shown = format!("june.zip: {name}, line {line} (row 2): invalid.lastname.missing");
        let screens = format!("{}{}", run.stdout, run.stderr);
        assert!(screens.contains(&format!("june.zip: {name}")), "{run:?}");
        let check = world.umbulk(&["validate", "june.zip"]);
        assert!(check.stderr.contains(&shown) || check.stdout.contains(&shown), "{check:?}");
        assert_eq!(world.outcomes("june.results.csv")[0], "ok");
        assert_eq!(world.rows("june.results.csv")[1]["umbulk_line"], line);
        assert_eq!(world.groups_of("ann@example.com"), Some(vec!["Design".to_owned()]));
        // The rows to fix are a table of their own.
        let fixed = std::fs::read_to_string(world.path("june.failed.csv")).unwrap();
        assert!(fixed.contains("bob@example.com"), "{fixed}");
    }
    let world = World::with_groups(&[]);
    let run = world.import("june.zip", zip(&[("a.xlsx", workbook)]), &["--create-groups"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.sandbox.directory().users().count(), 120);
}

/// An archive that is read again is the same input, and a changed one is another.
#[test]
fn archive_is_the_same_input_for_the_next_command() {
    let world = World::with_groups(&["Design"]);
    let file = format!("{HEAD}{ANN}bob@example.com,Bob,Ray,US,\n");
    let packed = zip(&[("staff.csv", file.as_bytes())]);
    assert_eq!(world.import("a.zip", &packed, &["--rows", "1"]).status, 0);
    assert_eq!(world.umbulk(&["import", "a.zip", "--rows", "2"]).status, 0);
    assert_eq!(world.outcomes("a.results.csv"), ["ok", "ok"]);
    let results = world.umbulk(&["results", "a.zip", "--results", "again.csv"]);
    assert_eq!(results.status, 0, "{results:?}");
    assert_eq!(world.outcomes("again.csv"), ["ok", "ok"]);
    world.write("a.zip", zip(&[("staff.csv", file.replace("Ray", "Roy").as_bytes())]));
    let results = world.umbulk(&["results", "a.zip", "--results", "third.csv"]);
    assert_ne!(results.status, 0, "{results:?}");
}

#[test]
fn archive_without_one_table_is_refused_with_its_names() {
    let file = format!("{HEAD}{ANN}");
    let file = file.as_bytes();
    let one = zip(&[("staff.csv", file)]);
    for (files, words) in [
        (&[("a.csv", file), ("b.txt", file)][..], "\"a.csv\", \"b.txt\". Unpack it"),
        (&[("a.png", b"\x89PNG"), ("b.pdf", b"%PDF-1.7")], "it has \"a.png\", \"b.pdf\""),
        (&[("in/", b"")], "it is empty"),
        (&[("inner.zip", &one)], "a.zip: inner.zip is an archive within an archive"),
        (&[("staff.csv", b"%PDF-1.7\n")], "a.zip: staff.csv is not a table: it is a PDF document"),
        (&[("staff.csv", b"")], "a.zip: staff.csv is empty"),
        (&[("Index/Document.iwa", b"\0")], "Numbers"),
        (&[("a\x1b[31m.csv", b"")], "a.zip: a\\u001b[31m.csv is empty"),
    ] {
        refused("a.zip", &zip(files), &[words]);
    }
    let bomb = vec![b'a'; 100 << 20];
    refused("a.zip", &zip(&[("bomb.csv", &bomb)]), &["bomb.csv is not read", "far more bytes"]);
    refused("a.zip", &one[..one.len() - 30], &["cannot be uncompressed (zip)"]);
    let mut locked = one.clone();
    let listed = locked.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    (locked[6], locked[listed + 8]) = (locked[6] | 1, locked[listed + 8] | 1);
    refused("a.zip", &locked, &["protected by a password: unpack it"]);
    let mut otherwise = one;
    (otherwise[8], otherwise[listed + 10]) = (12, 12);
    refused("a.zip", &otherwise, &["staff.csv is packed by an uncommon method"]);
}

#[test]
fn elements_of_a_json_array_are_rows_on_their_lines() {
    let people = "[\n  {\n    \"email\": \"ann@example.com\",\n    \"firstname\": \"Ann\",\n    \
                  \"lastname\": \"Lee\",\n    \"country\": \"US\",\n    \"groups\": [\"Design\", \
                  \"A, \\\"B\\\"\"]\n  },\n  {\"email\": \"bob@example.com\", \
                  \"firstname\": 7},\n  8\n]\n";
    let utf16: Vec<u8> =
        "\u{feff}".encode_utf16().chain(people.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let marked = format!("\u{feff}{people}");
    let zipped = zip(&[("people.json", people.as_bytes())]);
    for (name, bytes) in [
        ("a.json", people.as_bytes()),
        ("a.csv", marked.as_bytes()),
        ("a.json", &utf16),
        ("a.json.gz", &gzip(people.as_bytes())),
        ("a.zip", &zipped),
    ] {
        let world = World::with_groups(&["Design", "A, \"B\""]);
        let run = world.import(name, bytes, &[]);
        assert_eq!(run.status, 1, "{name}: {run:?}");
        assert_eq!(world.outcomes("a.results.csv")[0], "ok", "{name}: {run:?}");
        assert_eq!(world.outcomes("a.results.csv")[2], "invalid invalid.row.json");
        let lines: Vec<String> =
            world.rows("a.results.csv").iter().map(|row| row["umbulk_line"].clone()).collect();
        assert_eq!(lines, ["2", "9", "10"], "{name}");
        let groups = ["A, \"B\"".to_owned(), "Design".to_owned()];
        assert_eq!(world.groups_of("ann@example.com"), Some(groups.to_vec()));
    }
}

#[test]
fn rows_of_a_json_array_on_one_line_are_told_apart() {
    let world = World::with_groups(&[]);
    let person = |name: &str| {
        format!(
            "{{\"email\":\"a@example.com\",\"firstname\":\"{name}\",\"lastname\":\"Lee\",\
             \"country\":\"US\"}}"
        )
    };
    let run = world.import("a.json", format!("[{},{}]", person("Ann"), person("Bob")), &[]);
    assert_eq!((run.status, world.action_requests()), (1, 0), "{run:?}");
    let rows = world.rows("a.results.csv");
    assert!(rows[0]["umbulk_message"].contains("contradicts row 2 "), "{rows:?}");
    assert!(rows[1]["umbulk_message"].contains("contradicts row 1 "), "{rows:?}");
    assert_eq!([&rows[0]["umbulk_line"], &rows[1]["umbulk_line"]], ["1", "1"]);
}

#[test]
fn json_that_is_not_one_whole_array_of_objects_is_refused() {
    let ann = "{\"email\":\"a@example.com\",\"firstname\":\"Ann\",\"lastname\":\"Lee\"}";
    for (json, words) in [
        (format!("[{ann},\n{ann}"), "line 2: the JSON array cannot be read: it has no end"),
        (format!("[{ann}\n{ann}]"), "line 2: the JSON array cannot be read: a comma is missing"),
        (format!("[{ann},\n]"), "line 2: the JSON array cannot be read: an element is missing"),
        (format!("[{ann}]\n{ann}"), "line 2: the JSON array cannot be read: text follows its end"),
        ("[]".to_owned(), "is empty"),
        ("[[\"email\"],[\"a@example.com\"]]".to_owned(), "its elements are no objects"),
        (format!("{{\"users\":[{ann}]}}"), "lists of objects inside"),
        (format!("{{\n\"users\":\n[{ann}]}}"), "save the list alone"),
    ] {
        refused("a.json", json.as_bytes(), &[words]);
    }
}

/// The address in a shortcut is that of its owner, not that of a row.
#[test]
fn files_of_other_kinds_are_named_with_what_to_do() {
    let outlook = {
        let mut bytes = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
        bytes.resize(4096, 0);
        bytes
    };
    for (name, bytes, words) in [
        ("a.xls", &b"<!-- x --><table><tr><td>email"[..], ["an HTML page with a table", ".xlsx"]),
        ("a.xls", b"<b>Staff</b><table>", ["an HTML page with a table", ".xlsx"]),
        ("a.fods", b"<?xml version='1.0'?><office:document>", ["a workbook in XML", ".xlsx"]),
        ("a.pdf", b"%PDF-1.7\n", ["a PDF document", "CSV UTF-8"]),
        ("a.heic", b"\0\0\0\x24ftypheic", ["a photograph", "as CSV"]),
        ("a.jpg", b"\xFF\xD8\xFF\xE0\0\x10JFIF", ["a picture", "as CSV"]),
        (
            "a.gsheet",
            b"{\"\":\"WARNING!\",\"doc_id\":\"1\",\
             \"resource_key\":\"\",\"email\":\"a@example.com\"}",
            ["a document of Google", "File > Download"],
        ),
        ("a.url", b"[InternetShortcut]\nURL=x\n", ["a shortcut", "Name the file"]),
        ("a.mbox", b"From a@b.c\nReturn-Path: <a@b.c>\n\n", ["an email", "its attachment"]),
        ("a.eml", b"Received: from a\nSubject: b\n\n", ["an email", "its attachment"]),
        ("a.rtf", b"{\\rtf1\\ansi", ["a Rich Text document", "CSV UTF-8"]),
        ("a.db", b"SQLite format 3\0\x10\0", ["an SQLite database", "sqlite3 -header -csv"]),
        (
            "a.tar.gz",
            &gzip(&[&b"a.csv"[..], &[0; 252], b"ustar\0"].concat()),
            ["an archive", "Unpack"],
        ),
        ("._a.csv", b"\0\x05\x16\x07\0\x02\0\0", ["a companion file of macOS", "without ._"]),
        ("a.vcf", b"BEGIN:VCARD\r\nFN:Ann\r\n", ["business cards", "as CSV"]),
        ("a.doc", &outlook, ["damaged", "save it again"]),
    ] {
        refused(name, bytes, &words);
    }
    let world = World::with_groups(&[]);
    std::fs::create_dir(world.path("a.numbers")).unwrap();
    let run = world.umbulk(&["import", "a.numbers"]);
    assert!(run.status == 2 && run.stderr.contains("Export it as Excel or CSV"), "{run:?}");
}

/// Tapes and some devices fill the end of a compressed file with zeros, and `cat` joins members.
#[test]
fn members_of_a_gzip_file_add_up_and_zeros_behind_them_are_nothing() {
    let joined = [gzip(HEAD.as_bytes()), gzip(ANN.as_bytes()), vec![0; 700]].concat();
    let world = World::with_groups(&["Design"]);
    assert_eq!(world.import("a.csv.gz", &joined, &[]).status, 0);
    assert_eq!(world.outcomes("a.results.csv"), ["ok"]);
    refused("a.csv.gz", &[&joined[..], b"x"].concat(), &["other bytes follow"]);
}

/// `import *.xlsx` also names the small file that Excel makes while a workbook is open.
#[test]
fn lock_file_of_a_workbook_names_the_workbook() {
    let world = World::with_groups(&[]);
    for (name, content) in [("~$one.xlsx", &[0_u8; 165][..]), (".~lock.one.xlsx#", b",ann,pc,x;")] {
        let run = world.import(name, content, &[]);
        assert_eq!(run.status, 2, "{run:?}");
        assert!(run.stderr.contains("while one.xlsx is open. Choose one.xlsx"), "{run:?}");
    }
}

#[test]
fn lock_file_beside_its_named_workbook_is_skipped() {
    let world = World::with_groups(&["Design"]);
    world.write("one.csv", format!("{HEAD}{ANN}"));
    world.write("~$one.csv", [0_u8; 165]);
    for command in ["validate", "plan", "import"] {
        let run = world.umbulk(&[command, "one.csv", "~$one.csv"]);
        assert_eq!(run.status, 0, "{command}: {run:?}");
        let note =
            "note: ~$one.csv is skipped: it holds no rows, and only shows that one.csv is open";
        assert!(run.stderr.contains(note), "{command}: {run:?}");
    }
    assert_eq!(world.outcomes("one.results.csv"), ["ok"]);
}

/// Little that unpacks to very much would fill the disk. What tables unpack to is read.
#[test]
fn packed_file_that_unpacks_to_far_more_than_a_table_is_refused() {
    let piece = ANN.repeat((1 << 20) / ANN.len());
    let best = || flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let gzip = |bytes: &str| {
        let mut gzip = best();
        gzip.write_all(bytes.as_bytes()).unwrap();
        gzip.finish().unwrap()
    };
    let zstd = |bytes: &str| zstd::encode_all(bytes.as_bytes(), 3).unwrap();
    for (name, head, piece) in
        [("a.csv.gz", gzip(HEAD), gzip(&piece)), ("a.csv.zst", zstd(HEAD), zstd(&piece))]
    {
        let bomb = [head, piece.repeat(160)].concat();
        refused(name, &bomb, &["it would unpack to far more bytes than a table"]);
    }
}
