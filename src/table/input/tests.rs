//! Files opened as tables.

use std::io::Write;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;
use crate::table::{Charset, CopiedCells, RowWriter, template};

fn real(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/real").join(name)
}

fn options() -> ReadOptions {
    ReadOptions::new(std::env::temp_dir())
}

fn open_bytes(name: &str, bytes: &[u8], options: &ReadOptions) -> Result<Table, TableError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    Table::open(&path, options)
}

/// Returns each row's line, and the cells of these fields or its fault.
fn rows(table: &Table, fields: &[Field]) -> Vec<(u64, Result<Vec<String>, RowFault>)> {
    let mut buffer = RowBuffer::new();
    let mut again = RowBuffer::new();
    let mut rows = Vec::new();
    for block in table.blocks() {
        let block = block.unwrap();
        for i in 0..block.len() {
            let frame = block.frame(i);
            let pick = |cells: Cells<'_>| {
                fields.iter().map(|&field| cells.get(field).to_owned()).collect::<Vec<_>>()
            };
            let cells = block.cells(i, &mut buffer).map(pick);
            if cells.is_ok() {
                let place = RowLocation { offset: frame.offset, len: frame.len as u32 };
                assert_eq!(table.read_row(place, &mut again).unwrap().map(pick), cells);
            }
            rows.push((frame.line, cells));
        }
    }
    rows
}

fn cells(table: &Table, fields: &[Field]) -> Vec<Vec<String>> {
    rows(table, fields).into_iter().map(|(_, cells)| cells.unwrap()).collect()
}

#[test]
fn threads_share_a_table_and_hand_blocks_over() {
    fn shared<T: Send + Sync>() {}
    fn handed_over<T: Send>() {}
    shared::<Table>();
    handed_over::<(crate::table::Block, RowBuffer)>();
}

const STARTER: [Field; 6] =
    [Field::Type, Field::Email, Field::Firstname, Field::Lastname, Field::Country, Field::Groups];

#[test]
fn the_starters_say_the_same_in_every_form() {
    let expected = Table::open(&real("expected.csv"), &options()).unwrap();
    assert_eq!((expected.dialect(), expected.delimiter()), (InputDialect::Native, b','));
    let expected = cells(&expected, &STARTER);
    assert_eq!(expected.len(), 120);
    for (file, delimiter, warnings) in [
        ("starters-utf8.csv", b',', 0),
        ("starters-utf16-tab.csv", b'\t', 0),
        ("starters-windows1252-semicolon.csv", b';', 1),
        ("starters.xlsx", b',', 0),
        ("starters.xls", b',', 0),
        ("starters.ods", b',', 0),
    ] {
        let table = Table::open(&real(file), &options()).unwrap();
        assert_eq!(
            (table.dialect(), table.delimiter()),
            (InputDialect::UmapiCliUsersCreate, delimiter),
            "{file}"
        );
        assert_eq!(table.warnings().len(), warnings, "{file}: {:?}", table.warnings());
        assert_eq!(cells(&table, &STARTER), expected, "{file}");
    }
    let export = Table::open(&real("umapi-cli-export.csv"), &options()).unwrap();
    assert_eq!(export.ignored_columns(), ["id", "tags"]);
    assert_eq!(cells(&export, &STARTER), expected);
}

#[test]
fn the_windows_1252_file_names_its_first_line() {
    let table = Table::open(&real("starters-windows1252-semicolon.csv"), &options()).unwrap();
    assert!(
        matches!(table.warnings(), [TableWarning::Western { line: 2, .. }]),
        "{:?}",
        table.warnings()
    );
}

#[test]
fn the_admin_consoles_export_opens() {
    let table = Table::open(&real("admin-console.csv"), &options()).unwrap();
    assert_eq!(table.dialect(), InputDialect::AdminConsole);
    assert_eq!(table.ignored_columns(), ["ID", "Auto Assigned Products"]);
    assert_eq!(table.column(Field::UserGroups), Some("User Groups"));
    let rows = cells(&table, &[Field::Type, Field::Lastname, Field::UserGroups]);
    assert_eq!(rows.len(), 120);
    assert_eq!(rows[0], ["Adobe ID", "Smith, Jr.", ""]);
    assert_eq!(rows[2], ["Adobe ID", "Çelik", "Team 05,Team 03,Team 06"]);
}

#[test]
fn umapi_clis_groups_open() {
    let table = Table::open(&real("umapi-cli-groups.csv"), &options()).unwrap();
    assert_eq!(table.dialect(), InputDialect::UmapiCliGroupsExport);
    let rows = cells(&table, &[Field::Group, Field::GroupType]);
    assert_eq!((rows.len(), &rows[3]), (32, &vec!["Team 01".to_owned(), "USER_GROUP".to_owned()]));
}

#[test]
fn every_template_is_a_table_of_its_dialect() {
    for dialect in InputDialect::ALL {
        let table = open_bytes("template.csv", template(dialect).as_bytes(), &options()).unwrap();
        assert_eq!(table.dialect(), dialect);
        let rows = rows(&table, &[]);
        assert!(
            (3..=6).contains(&rows.len()) && rows.iter().all(|(_, cells)| cells.is_ok()),
            "{dialect:?}: {rows:?}"
        );
    }
}

#[test]
fn compressed_files_open_and_cut_off_ones_say_so() {
    let plain = std::fs::read(real("starters-utf16-tab.csv")).unwrap();
    let gzip = |bytes: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let zstd = |bytes: &[u8]| {
        let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
        encoder.include_checksum(true).unwrap();
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let (first, second) = plain.split_at(5001);
    let two_gz = [gzip(first), gzip(second)].concat();
    let skippable = [&[0x5A, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3][..]].concat();
    let two_zst = [skippable, zstd(first), zstd(second)].concat();
    for (name, bytes) in [("people.csv.gz", two_gz), ("people.csv.zst", two_zst)] {
        let table = open_bytes(name, &bytes, &options()).unwrap();
        assert_eq!(cells(&table, &STARTER).len(), 120);
        let error = open_bytes(name, &bytes[..bytes.len() - 20], &options()).unwrap_err();
        assert!(
            matches!(error, TableError::Compressed { .. }) && error.to_string().contains(name),
            "{error}"
        );
        let mut damaged = bytes;
        // The first byte of the checksum that ends the last frame of each format.
        let place = damaged.len() - if name.ends_with("gz") { 8 } else { 4 };
        damaged[place] ^= 1;
        let error = open_bytes(name, &damaged, &options()).unwrap_err();
        assert!(matches!(error, TableError::Compressed { .. }), "{error}");
    }
}

#[test]
fn utf16_big_endian_and_utf8_with_a_mark_open() {
    let text = "email,firstname\r\na@example.com,Zoë\r\n";
    let utf16: Vec<u8> =
        "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect();
    let utf8 = ["\u{feff}", text].concat();
    for bytes in [&utf16[..], utf8.as_bytes()] {
        let table = open_bytes("people.csv", bytes, &options()).unwrap();
        assert_eq!(table.header(), ["email", "firstname"]);
        assert_eq!(rows(&table, &[Field::Firstname]), [(2, Ok(vec!["Zoë".to_owned()]))]);
    }
}

#[test]
fn an_encoding_that_was_asked_for_is_used() {
    let asked = ReadOptions { encoding: Charset::from_label("shift_jis"), ..options() };
    let table =
        open_bytes("people.csv", b"email,firstname\na@example.com,\x83\x5C\n", &asked).unwrap();
    assert_eq!(cells(&table, &[Field::Firstname]), [["ソ"]]);
    let table =
        open_bytes("people.csv", b"email,firstname\na@example.com,\xFF\nb@example.com,x\n", &asked)
            .unwrap();
    // The row's own cell is refused when its meaning is read: it holds U+FFFD.
    assert_eq!(cells(&table, &[Field::Firstname]), [["\u{fffd}"], ["x"]]);
    assert_eq!(table.warnings().len(), 1);
}

#[test]
fn a_faulty_row_leaves_its_neighbours_alone() {
    let bytes = "email,firstname,lastname\n\
        a@example.com,Zoë,A\n\
        b@example.com,B\n\
        c@example.com,Siân,\"C\n\
        d@example.com,\"D\"x,D\n\
        e@example.com,E,E\0\n\n\
        f@example.com,F,F,F\n\
        g@example.com,Zo";
    let bytes = [bytes.as_bytes(), b"\xEB,G\nh@example.com,H,H"].concat();
    // Unless the user says that it is UTF-8, a file with two encodings is refused as a whole.
    assert!(
        open_bytes("people.csv", &bytes, &options())
            .unwrap_err()
            .to_string()
            .contains("another one in line 9")
    );
    let asked = ReadOptions { encoding: Charset::from_label("utf-8"), ..options() };
    let table = open_bytes("people.csv", &bytes, &asked).unwrap();
    let rows = rows(&table, &[Field::Email]);
    let summary: Vec<(u64, &str)> = rows
        .iter()
        .map(|(line, cells)| (*line, cells.as_ref().err().map_or("", RowFault::reason)))
        .collect();
    assert_eq!(
        summary,
        [
            (2, ""),
            (3, ""),
            (4, "quote"),
            (5, "quote"),
            (6, "nul"),
            (8, "extra_cells"),
            (9, "encoding"),
            (10, "")
        ]
    );
}

#[test]
fn guarded_cells_are_read_without_the_guard() {
    for (delimiter, quoted) in [(",", false), (";", true)] {
        let cell = |cell: &str| if quoted { format!("\"{cell}\"") } else { cell.to_owned() };
        let rows = [["email", "firstname", "groups"], ["'+a@example.com", "''=Zoë", "'t Hooft"]];
        let text: String = rows.map(|row| row.map(cell).join(delimiter) + "\n").concat();
        let table = open_bytes("people.csv", text.as_bytes(), &options()).unwrap();
        assert_eq!(
            cells(&table, &[Field::Email, Field::Firstname, Field::Groups]),
            [["+a@example.com", "'=Zoë", "'t Hooft"]]
        );
        let mut copy =
            RowWriter::new(Vec::new(), &table, &["umbulk_row"], CopiedCells::Verbatim).unwrap();
        for block in table.blocks() {
            copy.write_row(&block.unwrap(), 0, &["1"]).unwrap();
        }
        let copy = String::from_utf8(copy.into_inner().unwrap()).unwrap();
        assert!(
            copy.contains(text.lines().last().unwrap()),
            "the copy keeps it as it is written: {copy}"
        );
    }
}

#[test]
fn lone_carriage_returns_end_lines() {
    let table = open_bytes(
        "people.csv",
        b"email,firstname\ra@example.com,A\r\r\"b@\rexample.com\",B\rc@example.com,C",
        &options(),
    )
    .unwrap();
    let lines: Vec<u64> = rows(&table, &[]).iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [2, 4, 6]);
}

#[test]
fn a_header_alone_is_a_table_without_rows() {
    for bytes in ["email,groups", "email,groups\r\n", "sep=,\nemail,groups\n\n"] {
        let table = open_bytes("people.csv", bytes.as_bytes(), &options()).unwrap();
        assert!(rows(&table, &[]).is_empty() && table.has(Field::Groups));
    }
}

#[test]
fn what_is_no_table_is_said_with_its_name() {
    let error =
        |name: &str, bytes: &[u8]| open_bytes(name, bytes, &options()).unwrap_err().to_string();
    for (name, bytes) in [("a.xlsx", &b"PK\x03\x04"[..]), ("b.csv", b"PK\x03\x04")] {
        let error = error(name, bytes);
        assert!(error.contains(name) && error.contains("the workbook is damaged"), "{error}");
    }
    assert!(error("e.csv", b"").contains("is empty"));
    assert!(error("f.csv", b"\xEF\xBB\xBF\r\n").contains("is empty"));
    assert!(error("g.csv", b"\x7FELF\0\0\0").contains("not a table"));
    let missing = Table::open(Path::new("/nowhere/h.csv"), &options()).unwrap_err();
    assert!(missing.to_string().contains("/nowhere/h.csv: there is no such file"));
    assert!(matches!(
        Table::open(&std::env::temp_dir(), &options()),
        Err(TableError::Folder { .. })
    ));
}

/// Most tables are judged by a quick look at their lines, which must miss no spoiled name.
#[test]
fn spoiled_names_are_found_in_all_forms_of_rows() {
    let head = "email,firstname,lastname,country";
    let row = |at: usize, name: &str| format!("u{at}@example.com,{name},Lee,US");
    let names = ["£ukasz", "Ma³gorzata", "W³adys³aw"];
    let rows = |form: &dyn Fn(&str) -> String, end: &str| {
        let rows: Vec<String> = (0..).zip(names).map(|(at, name)| row(at, &form(name))).collect();
        format!("{head}{end}{}", rows.join(end))
    };
    let as_is = |name: &str| name.to_owned();
    for text in [
        rows(&as_is, "\n"),
        rows(&as_is, "\r\n"),
        rows(&as_is, "\r"),
        rows(&as_is, "\n") + "\n\n\n",
        rows(&|name| format!("\"{name}\""), "\n"),
        rows(&|name| format!(" {name} "), "\n"),
        rows(&as_is, "\n").replace(',', ";"),
        rows(&as_is, "\n") + "\n" + &format!("{}\n", row(9, "Ann")).repeat(70_000),
        format!("{head}\n{}{}", format!("{}\n", row(9, "Zoë")).repeat(70_000), {
            let rows = rows(&as_is, "\n");
            rows[head.len() + 1..].to_owned()
        }),
    ] {
        let table = open_bytes("a.csv", text.as_bytes(), &options()).unwrap();
        let spoiled = table.layout.spoiled.as_ref();
        assert!(spoiled.is_some_and(|names| names.doubt("Mêdrek").is_some()), "{text:.100}");
        let sound = text.replace('£', "L").replace('³', "l");
        let table = open_bytes("a.csv", sound.as_bytes(), &options()).unwrap();
        assert_eq!(table.layout.spoiled, None, "{sound:.100}");
    }
    // A list of an organization without names has none to judge.
    let list = "email,groups\na@example.com,£ukasz\nb@example.com,Ma³gorzata\n";
    assert_eq!(open_bytes("a.csv", list.as_bytes(), &options()).unwrap().layout.spoiled, None);
}
