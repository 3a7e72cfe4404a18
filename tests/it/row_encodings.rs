//! A guessed encoding becomes nobody's name unless somebody has confirmed it; what fills up the end
//! of a file is no data.

use crate::world::{World, user};
use encoding_rs::Encoding;
use std::io::Write;
use umbulk::sandbox::{Directory, SandboxOptions, SandboxUser};

fn encoded(label: &str, text: &str) -> Vec<u8> {
    Encoding::for_label(label.as_bytes()).unwrap().encode(text).0.into_owned()
}

const CYRILLIC: &str = "action;type;email;firstname;lastname;country\r\n\
    create;federatedID;c1@example.com;Иван;Петров;BG\r\ncreate;federatedID;c2@example.com;Анна;\
    Орлова;BG\r\n";
const JAPANESE: &str = "action,type,email,firstname,lastname,country\r\n\
                        create,federatedID,s1@example.com,太郎,山田,JP\r\n\
    create,federatedID,s2@example.com,花子,鈴木,JP\r\ncreate,federatedID,s3@example.com,健一,佐藤,JP\r\n";

#[test]
fn detected_encoding_is_shown_and_needs_consent() {
    for (label, text, name, firstname) in [
        ("windows-1251", CYRILLIC, "c1@example.com", "Иван"),
        ("koi8-u", CYRILLIC, "c1@example.com", "Иван"),
        ("shift_jis", JAPANESE, "s1@example.com", "太郎"),
        ("euc-jp", JAPANESE, "s1@example.com", "太郎"),
    ] {
        let world = World::with_groups(&[]);
        let run = world.import("a.csv", encoded(label, text), &[]);
        assert_eq!((run.status, world.action_requests()), (2, 0), "{label}: {run:?}");
        for part in [firstname, &format!("--encoding {label}")] {
            assert!(run.stderr.contains(part), "{label}, {part}: {}", run.stderr);
        }
        assert_eq!(world.umbulk(&["import", "a.csv", "--encoding", label]).status, 0);
        assert_eq!(world.sandbox.directory().user(name).unwrap().firstname, firstname, "{label}");
        let world = World::with_groups(&[]);
        let run = world.import("a.csv", encoded(label, text), &["--encoding", "auto"]);
        assert_eq!(run.status, 0, "{label}: {run:?}");
        assert_eq!(world.sandbox.directory().user(name).unwrap().firstname, firstname, "{label}");
        let run = world.umbulk(&["validate", "a.csv"]);
        assert!(run.status == 0 && run.stderr.contains(firstname), "{label}: {run:?}");
    }
}

#[test]
fn western_names_are_taken_with_a_warning() {
    let world = World::with_groups(&[]);
    let file = "email,firstname,lastname,country\na@example.com,José,Peña,ES\n\
                b@example.com,Jürgen,Groß,DE\n";
    let run = world.import("a.csv", encoded("windows-1252", file), &[]);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(run.stderr.contains("Windows-1252") && run.stderr.contains("José"), "{}", run.stderr);
    assert_eq!(world.sandbox.directory().user("b@example.com").unwrap().lastname, "Groß");
}

#[test]
fn names_of_old_macintoshes_are_not_taken_for_western_ones() {
    let world = World::with_groups(&[]);
    let file = "email,firstname,lastname,country\na@example.com,Renée,Müller,FR\n\
                b@example.com,José,Núñez,ES\n";
    let run = world.import("a.csv", encoded("macintosh", file), &[]);
    assert_eq!((run.status, world.action_requests()), (2, 0), "{run:?}");
}

#[test]
fn lines_of_two_encodings_send_nothing_and_are_named() {
    let world = World::with_groups(&[]);
    let head = "action,type,email,firstname,lastname,country\n";
    let mut file = format!(
        "{head}create,federatedID,g1@example.com,Zoë,Åberg,SE\n\
                 create,federatedID,g2@example.com,Siân,Pugh,GB\n"
    )
    .into_bytes();
    file.extend(encoded(
        "windows-1252",
        "create,federatedID,x1@example.com,José,Peña,ES\ncreate,federatedID,x2@example.com,Renée,\
         Noël,FR\n",
    ));
    file.extend(encoded("windows-1252", "create,federatedID,x3@example.com,Jürgen,Groß,DE\n"));
    let run = world.import("a.csv", &file, &[]);
    assert_eq!((run.status, world.action_requests()), (2, 0), "{run:?}");
    assert!(
        run.stderr.contains("UTF-8 in lines 2, 3")
            && run.stderr.contains("another one in lines 4, 5, 6"),
        "{}",
        run.stderr
    );
    // Somebody who says so has the others refused row by row.
    let run = world.import("a.csv", &file, &["--encoding", "utf-8"]);
    assert_eq!(run.status, 1, "{run:?}");
    let bad = "invalid invalid.row.encoding";
    assert_eq!(world.outcomes("a.results.csv"), ["ok", "ok", bad, bad, bad]);
}

/// Such files come from programs that add the mark to a text of another one.
#[test]
fn mark_of_utf8_before_other_text_sends_nothing_until_the_encoding_is_named() {
    for (mark, (label, rows, firstname, place)) in [
        (
            "windows-1252",
            "a@example.com,Ann,Lee,SE\nx@example.com,Zoë,Peña,ES\n",
            "Zoë",
            "line 3, column 17",
        ),
        (
            "windows-1251",
            "x@example.com,Иван,Петров,BG\na@example.com,Анна,Орлова,BG\n",
            "Иван",
            "line 2, column 15",
        ),
    ]
    .into_iter()
    .flat_map(|case| [("\u{feff}", case), ("ï»¿", case)])
    {
        let world = World::with_groups(&[]);
        let mut file = mark.as_bytes().to_vec();
        file.extend(encoded(label, &format!("email,firstname,lastname,country\n{rows}")));
        for options in [&[][..], &["--encoding", "auto"]] {
            let run = world.import("a.csv", &file, options);
            assert_eq!((run.status, world.action_requests()), (2, 0), "{run:?}");
            for words in [place, firstname, &format!("--encoding {label}")] {
                assert!(run.stderr.contains(words), "{words}: {}", run.stderr);
            }
        }
        let run = world.import("a.csv", &file, &["--encoding", label]);
        assert_eq!(run.status, 0, "{run:?}");
        assert_eq!(world.sandbox.directory().user("x@example.com").unwrap().firstname, firstname);
    }
}

#[test]
fn mark_of_utf8_that_is_right_outweighs_a_named_encoding() {
    let world = World::with_groups(&[]);
    let file = "\u{feff}email,firstname,lastname,country\nann@example.com,Zoë,Lee,SE\n";
    let run = world.import("a.csv", file, &["--encoding", "windows-1252"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.sandbox.directory().user("ann@example.com").unwrap().firstname, "Zoë");
}

#[test]
fn mark_of_utf8_before_lines_of_two_encodings_names_the_lines() {
    let world = World::with_groups(&[]);
    let head = "\u{feff}email,firstname,lastname,country\ng1@example.com,Åsa,Lee,SE\n";
    let mut file = head.as_bytes().to_vec();
    file.extend(encoded("windows-1252", "x1@example.com,José,Peña,ES\n"));
    let run = world.import("a.csv", &file, &[]);
    assert_eq!((run.status, world.action_requests()), (2, 0), "{run:?}");
    assert!(run.stderr.contains("UTF-8 in line 2") && run.stderr.contains("line 3"), "{run:?}");
}

/// Lines of UTF-8 beside lines that a two-byte encoding could also decode.
#[test]
fn utf8_beside_an_encoding_of_two_bytes_sends_nothing() {
    let head = "email,firstname,lastname,country\n";
    let utf8 =
        "u1@example.com,太郎,山田,JP\nu2@example.com,花子,佐藤,JP\nu3@example.com,一郎,鈴木,JP\n";
    let cyrillic = "u1@example.com,Сергей,Иванов,RU\nu2@example.com,Ольга,Петрова,RU\n";
    let japanese: String = (0..40).map(|n| format!("j{n}@example.com,次郎,高橋,JP\n")).collect();
    for (utf8, label, others) in [
        (utf8, "shift_jis", japanese.as_str()),
        (utf8, "euc-jp", &japanese),
        (
            cyrillic,
            "windows-1251",
            "x1@example.com,Анна,Орлова,RU\nx2@example.com,Иван,Смирнов,RU\n",
        ),
        (cyrillic, "koi8-r", "x1@example.com,Анна,Орлова,RU\nx2@example.com,Иван,Смирнов,RU\n"),
    ] {
        let world = World::with_groups(&[]);
        let mut file = format!("{head}{utf8}").into_bytes();
        file.extend(encoded(label, others));
        let run = world.import("a.csv", &file, &["--encoding", "auto"]);
        assert_eq!((run.status, world.action_requests()), (2, 0), "{label}: {run:?}");
        assert!(run.stderr.contains("UTF-8 in lines 2, 3"), "{label}: {run:?}");
    }
}

#[test]
fn text_decoded_twice_is_repaired_on_request() {
    let world = World::with_groups(&[]);
    let file = "email,firstname,lastname,country\na@example.com,ZoÃ«,Oâ€™Brien,US\n\
                b@example.com,Ünal,Šimůnek,US\n";
    let run = world.import("a.csv", file, &["--repair-mojibake"]);
    assert_eq!(run.status, 0, "{run:?}");
    let directory = world.sandbox.directory();
    let ann = directory.user("a@example.com").unwrap();
    assert_eq!((ann.firstname.as_str(), ann.lastname.as_str()), ("Zoë", "O’Brien"));
    assert_eq!(directory.user("b@example.com").unwrap().firstname, "Ünal");
}

/// The input's own columns stay as they are, in the results and among the rows to fix.
#[test]
fn repaired_text_is_sent_and_the_file_is_copied_as_it_is() {
    let world = World::with_groups(&[]);
    let file = "email,PrÃ©nom,lastname,country,Ort\na@example.com,ZoÃ«,Lee,US,KÃ¶ln\n\
                b@example.com,JosÃ©,Ray,XX,MÃ¼nchen\n";
    let options = ["--repair-mojibake", "--map", "firstname=Prénom"];
    let run = world.import("a.csv", file, &options);
    assert_eq!(run.status, 1, "{run:?}");
    assert_eq!(world.sandbox.directory().user("a@example.com").unwrap().firstname, "Zoë");
    let results = std::fs::read_to_string(world.path("a.results.csv")).unwrap();
    for line in file.lines() {
        assert!(results.contains(line), "{line}: {results}");
    }
    let failed = std::fs::read_to_string(world.path("a.failed.csv")).unwrap();
    assert!(failed.contains("b@example.com,JosÃ©,Ray,XX,MÃ¼nchen,"), "{failed}");
}

#[test]
fn text_decoded_twice_by_other_encodings_is_refused_and_shown_repaired() {
    let mut file = "email,firstname,lastname,country\n".to_owned();
    let names = [
        ("Zo√´", "Zoë"),
        ("Zo├½", "Zoë"),
        ("Р—РѕРµ", "Зое"),
        ("ZoГ«", "Zoë"),
        ("ZoĂ«", "Zoë"),
        ("MĂĽller", "Müller"),
        ("JosΓ©", "José"),
    ];
    for (number, (name, _)) in names.iter().enumerate() {
        file += &format!("u{number}@example.com,{name},Lee,US\n");
    }
    let world = World::with_groups(&[]);
    world.import("a.csv", &file, &[]);
    let rows = world.rows("a.results.csv");
    for (row, (name, meant)) in rows.iter().zip(names) {
        assert_eq!(row["umbulk_code"], "invalid.firstname.mojibake", "{name}");
        assert!(row["umbulk_message"].contains(&format!("`{meant}`")), "{row:?}");
    }
    // By another code page `MĂĽller` is Måller: it is not repaired.
    assert_eq!(world.umbulk(&["import", "a.csv", "--repair-mojibake", "--fresh"]).status, 1);
    for (number, (name, meant)) in names.iter().enumerate() {
        let directory = world.sandbox.directory();
        let user = directory.user(&format!("u{number}@example.com"));
        let expected = Some(*meant).filter(|_| *name != "MĂĽller");
        assert_eq!(user.map(|user| user.firstname.clone()).as_deref(), expected, "{name}");
    }
}

#[test]
fn what_fills_up_the_end_of_a_file_is_no_data() {
    let plain =
        "type,email,firstname,lastname,country,groups\nfederatedID,cz1@example.com,Ann,Lee,US,\n";
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(plain.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    for (name, bytes) in [
        ("a.csv", [plain.as_bytes(), b"\x1a"].concat()),
        ("a.csv", [plain.as_bytes(), b"\x1a\r\n"].concat()),
        ("a.csv", [plain.trim_end().as_bytes(), &[0; 100][..]].concat()),
        ("a.csv.gz", [&gzip[..], &[0; 512][..]].concat()),
    ] {
        let world = World::with_groups(&[]);
        let run = world.import(name, bytes, &["--results", "r.csv"]);
        assert_eq!(
            (run.status, world.statuses("r.csv")),
            (0, vec!["ok".to_owned()]),
            "{name}: {run:?}"
        );
    }
    let world = World::with_groups(&[]);
    let run = world.import("a.csv.gz", [&gzip[..], b"more"].concat(), &[]);
    assert_eq!((run.status, world.action_requests()), (2, 0), "{run:?}");
    assert!(run.stderr.contains("other bytes follow"), "{}", run.stderr);
}

#[test]
fn wide_encodings_without_a_mark_are_read() {
    let file = "email,firstname,lastname,country\na@example.com,Zoë,Лис,US\n";
    for bytes in [
        file.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>(),
        file.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        file.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect(),
        "\u{feff}".chars().chain(file.chars()).flat_map(|c| u32::from(c).to_be_bytes()).collect(),
    ] {
        let world = World::with_groups(&[]);
        let run = world.import("a.csv", bytes, &[]);
        assert_eq!(run.status, 0, "{run:?}");
        assert_eq!(world.sandbox.directory().user("a@example.com").unwrap().lastname, "Лис");
    }
}

#[test]
fn names_of_other_countries_are_not_taken_for_western_ones() {
    for (label, names) in [
        ("windows-1257", "Jānis,Bērziņš,LV"),
        ("windows-1257", "Kārlis,Kalniņš,US"),
        ("windows-1257", "Rūta,Kazlauskaitė,US"),
        ("windows-1257", "Jūratė,Žukas,US"),
        ("windows-1257", "Jānis,Ozols,LV"),
        ("windows-1251", "Ия,Ли,US"),
        ("macintosh", "Zoë,Lee,US"),
    ] {
        let world = World::with_groups(&[]);
        let file = format!("email,firstname,lastname,country\na@example.com,{names}\n");
        let run = world.import("a.csv", encoded(label, &file), &[]);
        assert_eq!((run.status, world.action_requests()), (2, 0), "{label} {names}: {run:?}");
        assert_eq!(world.umbulk(&["import", "a.csv", "--encoding", label]).status, 0);
        assert_eq!(
            world.sandbox.directory().user("a@example.com").unwrap().firstname,
            names.split(',').next().unwrap()
        );
    }
}

#[test]
fn encoding_names_of_other_programs_work() {
    for (label, name) in [
        ("macintosh", "mac_roman"),
        ("macintosh", "macroman"),
        ("shift_jis", "cp932"),
        ("windows-1257", "cp1257"),
    ] {
        let world = World::with_groups(&[]);
        let first = if label == "shift_jis" { "太郎" } else { "Zoe" };
        world.write(
            "a.csv",
            encoded(
                label,
                &format!("email,firstname,lastname,country\na@example.com,{first},Lee,US\n"),
            ),
        );
        assert_eq!(world.umbulk(&["validate", "a.csv", "--encoding", name]).status, 0, "{name}");
    }
}

/// A row that is switched off keeps its person also where its text was decoded twice.
#[test]
fn repaired_text_of_a_row_that_is_switched_off_keeps_its_person() {
    for (row, options, stays) in [
        ("#ZoÃ« MÃ¼ller on leave,,,\n", &["--repair-mojibake"][..], true),
        ("#,ZoÃ«,MÃ¼ller,US\n", &["--repair-mojibake"], true),
        ("#\"ZoÃ«,MÃ¼ller,US\n", &["--repair-mojibake"], true),
        ("#ZoÃ« MÃ¼ller on leave,,,\n", &[], false),
    ] {
        let mut directory = Directory::default();
        for number in 0..6 {
            directory.add_user(&user(&format!("u{number}@example.com"), &[]));
        }
        directory.add_user(&SandboxUser {
            firstname: "Zoë".into(),
            lastname: "Müller".into(),
            ..user("z1@example.com", &[])
        });
        let world = World::new(directory, SandboxOptions::default());
        assert_eq!(world.umbulk(&["export", "users", "--out", "users.csv"]).status, 0);
        let people: String = (0..6).map(|n| format!("u{n}@example.com,First,Last,US\n")).collect();
        let file = format!("email,firstname,lastname,country\n{row}{people}");
        let missing = ["--missing", "leave", "--managed-domain", "example.com", "--yes"];
        let run = world.import("a.csv", file, &[&missing, options].concat());
        let is_there = world.sandbox.directory().user("z1@example.com").is_some();
        assert_eq!(is_there, stays, "{row}: {run:?}");
    }
}

/// `Lillý` in Western Europe is `Lillı` in Turkish. Nothing but the person can decide.
#[test]
fn encoding_that_may_be_another_is_not_taken_by_auto() {
    let file = "email,firstname,lastname,country\na@example.com,Lillý,Berg,US\n";
    let file = encoded("windows-1252", file);
    for options in [&[][..], &["--encoding", "auto"]] {
        let world = World::with_groups(&[]);
        let run = world.import("a.csv", &file, options);
        assert_eq!((run.status, world.action_requests()), (2, 0), "{run:?}");
        assert!(
            run.stderr.contains("windows-1252, its cells are: Lillý; or as windows-1254: Lillı"),
            "{run:?}"
        );
        assert_eq!(world.umbulk(&["import", "a.csv", "--encoding", "windows-1252"]).status, 0);
        assert_eq!(world.sandbox.directory().user("a@example.com").unwrap().firstname, "Lillý");
    }
}

/// `Eglė` of the Baltic states is `Eglë` in Western Europe, where few names end so, and `Aydın` is
/// `Aydýn`. People of these names live in all countries.
#[test]
fn names_of_other_regions_are_shown_in_both_encodings() {
    for (label, name, western) in
        [("windows-1257", "Eglė", "Eglë"), ("windows-1254", "Aydın", "Aydýn")]
    {
        for country in ["DE", "FR", "NL", "GB", "SE", "ES"] {
            let world = World::with_groups(&[]);
            let rows = format!(
                "email,firstname,lastname,country\na@example.com,{name},Lee,{country}\n\
                 b@example.com,Peter,Smith,{country}\n"
            );
            for options in [&[][..], &["--encoding", "auto"]] {
                let run = world.import("a.csv", encoded(label, &rows), options);
                assert_eq!((run.status, world.action_requests()), (2, 0), "{country}: {run:?}");
                for part in [name, western, label] {
                    assert!(run.stderr.contains(part), "{part} {country}: {run:?}");
                }
            }
            assert_eq!(world.umbulk(&["import", "a.csv", "--encoding", label]).status, 0);
            let directory = world.sandbox.directory();
            assert_eq!(directory.user("a@example.com").unwrap().firstname, name);
        }
    }
}

/// Cells of two encodings: Windows has `Zoë`, MS-DOS `Renée`.
#[test]
fn no_encoding_is_proposed_if_none_reads_all_cells() {
    let mut file = encoded(
        "windows-1252",
        "email,firstname,lastname,country\na@example.com,Zoë,Müller,US\n\
         b@example.com,André,Groß,US\n",
    );
    file.extend_from_slice(b"c@example.com,Fran\x87ois,Ren\x82e,US\n");
    let world = World::with_groups(&[]);
    let run = world.import("a.csv", &file, &["--encoding", "auto"]);
    assert_eq!((run.status, world.action_requests()), (2, 0), "{run:?}");
    for part in ["no encoding reads all of its cells as names", "line 4", "--encoding"] {
        assert!(run.stderr.contains(part), "{part}: {run:?}");
    }
    assert!(!run.stderr.contains("--encoding windows"), "{run:?}");
    // Somebody who names an encoding has the spoiled names refused.
    let run = world.umbulk(&["import", "a.csv", "--encoding", "windows-1252"]);
    assert_eq!(run.status, 1, "{run:?}");
    let bad = "invalid invalid.firstname.mojibake";
    assert_eq!(world.outcomes("a.results.csv")[2], bad, "{run:?}");
}

/// Mail programs write Japanese and Korean in ASCII with escape sequences.
#[test]
fn encodings_of_mail_programs_are_named_and_work() {
    let korean = b"email,firstname,lastname,country\r\n\x1b$)C\r\n\
                  a@example.com,\x0e9N<v\x0f,\x0e1h\x0f,KR\r\n";
    let japanese =
        encoded("iso-2022-jp", "email,firstname,lastname,country\na@example.com,太郎,山田,JP\n");
    for (label, file, first) in
        [("iso-2022-jp", &japanese[..], "太郎"), ("iso-2022-kr", &korean[..], "민수")]
    {
        let world = World::with_groups(&[]);
        let run = world.import("a.csv", file, &[]);
        assert_eq!((run.status, world.action_requests()), (2, 0), "{label}: {run:?}");
        assert!(
            run.stderr.contains(first) && run.stderr.contains(&format!("--encoding {label}")),
            "{run:?}"
        );
        let run = world.umbulk(&["import", "a.csv", "--encoding", label]);
        assert_eq!(run.status, 0, "{label}: {run:?}");
        assert_eq!(world.sandbox.directory().user("a@example.com").unwrap().firstname, first);
    }
}

#[test]
fn byte_order_marks_of_gb18030_and_utf_7_are_known() {
    let text = "email,firstname,lastname,country\na@example.com,𠮷田,王,CN\n";
    let utf7 = b"+/v8-email,firstname,lastname,country\na@example.com,+2ELft3Uw,+c4s,CN\n";
    for file in [encoded("gb18030", &format!("\u{feff}{text}")), utf7.to_vec()] {
        let world = World::with_groups(&[]);
        let run = world.import("a.csv", file, &[]);
        assert_eq!(run.status, 0, "{run:?}");
        let directory = world.sandbox.directory();
        assert_eq!(directory.user("a@example.com").unwrap().firstname, "𠮷田");
    }
}

/// In the encoding of Central Europe on old Macintoshes, `Dvořák` is valid UTF-8 by chance.
#[test]
fn line_that_is_utf8_by_chance_is_no_second_encoding() {
    let head = b"email,firstname,lastname,country\n";
    let dvorak = b"a@example.com,Ann,Dvo\xde\x87k,CZ\n";
    let jiri = b"b@example.com,Ji\xde\x92,Vav\xdeinec,CZ\n";
    let world = World::with_groups(&[]);
    let run = world.import("a.csv", [&head[..], dvorak].concat(), &[]);
    assert_eq!(run.status, 1, "{run:?}");
    assert_eq!(world.outcomes("a.results.csv"), ["invalid invalid.lastname.implausible"]);
    let world = World::with_groups(&[]);
    let run = world.import("a.csv", [&head[..], dvorak, jiri].concat(), &[]);
    assert_eq!((run.status, world.action_requests()), (2, 0), "{run:?}");
    assert!(!run.stderr.contains("--encoding utf-8"), "{run:?}");
}

/// The letters stand where no language has them, or the whole name is a common one elsewhere.
#[test]
fn names_read_in_a_wrong_encoding_are_refused_in_every_country() {
    let spoiled = [
        "Dvoøák",
        "Jiøí",
        "Køíž",
        "Kovaèiè",
        "Yýldýz",
        "Þahin",
        "Oðuz",
        "Cãtãlin",
        "Szûcs",
        "Bçrziòð",
        "Kazlauskienë",
    ];
    let sound = [
        "Søren",
        "Þór",
        "Guðrún",
        "João",
        "Conceição",
        "Benoît",
        "Noël",
        "Müller",
        "Özgür",
        "Dvořák",
        "Şahin",
        "Jānis",
        "Ødegård",
        "Peña",
        "Arbër",
    ];
    for country in ["US", "DE", "FR", "GB", "AT", "NO", "PT", "JP"] {
        let mut file = "email,firstname,lastname,country\n".to_owned();
        for (number, name) in spoiled.iter().chain(&sound).enumerate() {
            file += &format!("u{number}@example.com,Ann,{name},{country}\n");
        }
        let world = World::with_groups(&[]);
        assert_eq!(world.import("a.csv", &file, &[]).status, 1);
        let outcomes = world.outcomes("a.results.csv");
        let (refused, taken) = outcomes.split_at(spoiled.len());
        for (name, outcome) in spoiled.iter().zip(refused) {
            assert_eq!(outcome, "invalid invalid.lastname.mojibake", "{name} {country}");
        }
        for (name, outcome) in sound.iter().zip(taken) {
            assert_eq!(outcome, "ok", "{name} {country}");
        }
    }
}

/// Names that were spoiled before they came into a file that is UTF-8.
#[test]
fn names_read_in_a_wrong_encoding_are_refused_and_shown_as_they_were() {
    let names = [
        ("JosŽ", "US", "invalid.lastname.mojibake", "`José`"),
        ("MŸller", "DE", "invalid.lastname.mojibake", "`Müller`"),
        ("J¸rgen", "DE", "invalid.lastname.mojibake", "`Jürgen`"),
        ("‘¾˜Y", "JP", "invalid.lastname.mojibake", "`太郎`"),
        ("Èâàí", "RU", "invalid.lastname.mojibake", "`Иван`"),
        ("£ukasz", "PL", "invalid.lastname.mojibake", "`Łukasz`"),
        ("Doðan", "TR", "invalid.lastname.mojibake", "`Doğan`"),
        ("Dvoøák", "CZ", "invalid.lastname.mojibake", "`Dvořák`"),
        ("Jos+AOk", "US", "invalid.lastname.mojibake", "`José`"),
        ("~{MuN0~}", "CN", "invalid.lastname.mojibake", "`王伟`"),
        ("Gro§", "DE", "invalid.lastname.implausible", "U+00A7 (§)"),
        ("JЭrgen", "DE", "invalid.lastname.implausible", "U+042D (Э)"),
        ("鐜嬩紵", "CN", "invalid.lastname.mojibake", "`王伟`"),
        ("Doðan", "DE", "invalid.lastname.mojibake", "`Doğan`"),
    ];
    let mut file = "email,firstname,lastname,country\n".to_owned();
    for (number, (name, country, ..)) in names.iter().enumerate() {
        file += &format!("u{number}@example.com,Ann,{name},{country}\n");
    }
    let world = World::with_groups(&[]);
    assert_eq!(world.import("a.csv", &file, &[]).status, 1);
    for (row, (name, _, code, shown)) in world.rows("a.results.csv").iter().zip(names) {
        assert_eq!(row["umbulk_code"], code, "{name}: {row:?}");
        assert!(row["umbulk_message"].contains(shown), "{name}: {row:?}");
    }
    // Beside these, they are doubtful.
    let sound = "email,firstname,lastname,country\n\
        a@example.com,Ann,Doðan,IS\nb@example.com,Ann,Muñoz,PL\n";
    assert_eq!(world.import("b.csv", sound, &[]).status, 0);
}
