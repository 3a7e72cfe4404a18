//! Whole workbooks, of every format.

use std::io::Write;
use std::path::Path;

use proptest::prelude::*;
use rust_xlsxwriter::{Format, Workbook};

use super::test_files::package;
use crate::table::{Check, Field, FileState, ReadOptions, RowBuffer, RowFault, Table, TableError};

fn open_bytes(bytes: &[u8]) -> Result<Table, TableError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("staff");
    std::fs::write(&path, bytes).unwrap();
    Table::open(&path, &ReadOptions::new(folder.path()))
}

/// Returns the line of each row, with its cells of these fields or its fault.
fn rows(table: &Table, fields: &[Field]) -> Vec<(u64, Result<Vec<String>, RowFault>)> {
    let (mut buffer, mut rows) = (RowBuffer::new(), Vec::new());
    for block in table.blocks() {
        let block = block.unwrap();
        for i in 0..block.len() {
            let cells = block.cells(i, &mut buffer);
            let cells = cells
                .map(|cells| fields.iter().map(|field| cells.get(*field).to_owned()).collect());
            rows.push((block.frame(i).line, cells));
        }
    }
    rows
}

const FIELDS: [Field; 3] = [Field::Email, Field::Firstname, Field::Lastname];

/// Returns a workbook in XML with this content of its sheet.
fn xlsx(sheet: &str) -> Vec<u8> {
    let relations = |targets: &[(&str, &str, &str)]| {
        let relation = |(id, kind, target): &(&str, &str, &str)| {
            format!(
                "<Relationship Id='{id}' Type='http://x/relationships/{kind}' Target='{target}'/>"
            )
        };
        let all: String = targets.iter().map(relation).collect();
        format!("<Relationships>{all}</Relationships>").into_bytes()
    };
    let book = "<workbook xmlns:r='r'><sheets><sheet name='Staff' r:id='s'/></sheets></workbook>";
    let sheet = format!("<worksheet>{sheet}</worksheet>");
    package(&[
        ("_rels/.rels", &relations(&[("m", "officeDocument", "xl/workbook.xml")])),
        ("xl/_rels/workbook.xml.rels", &relations(&[("s", "worksheet", "worksheets/a.xml")])),
        ("xl/workbook.xml", book.as_bytes()),
        ("xl/worksheets/a.xml", sheet.as_bytes()),
    ])
}

/// Returns a workbook of LibreOffice with this content of its sheet.
fn ods(sheet: &str) -> Vec<u8> {
    let content = format!(
        "<office:document-content xmlns:office='o' xmlns:table='t' xmlns:text='x'><office:body>\
         <office:spreadsheet><table:table table:name='Staff'>{sheet}</table:table>\
         </office:spreadsheet></office:body></office:document-content>"
    );
    package(&[
        ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
        ("content.xml", content.as_bytes()),
    ])
}

const XLSX_HEADER: &str = "<row><c t='str'><v>email</v></c><c t='str'><v>firstname</v></c>\
                           <c t='str'><v>lastname</v></c></row>";

fn sheet_of(rows: &str) -> Vec<u8> {
    xlsx(&format!("<sheetData>{XLSX_HEADER}{rows}</sheetData>"))
}

fn cells_of(bytes: &[u8]) -> Vec<Vec<String>> {
    let table = open_bytes(bytes).unwrap();
    rows(&table, &FIELDS).into_iter().map(|(_, cells)| cells.unwrap()).collect()
}

#[test]
fn formula_without_a_result_is_told_from_an_empty_result() {
    let cells = cells_of(&sheet_of(
        "<row><c><f>A1</f></c><c><f>A1</f><v/></c><c t='str'><f>A1</f><v></v></c></row>\
         <row><c t='str'><f>B1</f></c><c t='shared'/></row>"
            .replace(" t='shared'/", "><f t='shared' si='0'/></c")
            .as_str(),
    ));
    assert_eq!(cells, [["=A1", "=A1", ""], ["=B1", "=(…)", ""]]);
}

#[test]
fn text_is_read_in_every_form_that_programs_write() {
    let cells = cells_of(&sheet_of(
        "<row r='3'><c r='A3' t='inlineStr'><is><r><t>Zo</t></r><r><rPr/><t>&#235; &amp; </t></r>\
         <rPh><t>reading</t></rPh><r><t>_x0041_<![CDATA[<b>]]></t></r></is></c>\
         <c r='C3' t='d'><v>2026-09-01</v></c></row>\
         <x:row xmlns:x='y'><x:c t='e'><x:v>#N/A</x:v></x:c><x:c t='b'><x:v>1</x:v></x:c></x:row>",
    ));
    assert_eq!(cells, [["Zoë & A<b>", "", "2026-09-01"], ["#N/A", "TRUE", ""]]);
}

#[test]
fn cells_of_libreoffice_are_what_a_person_sees() {
    let row = |cells: &str| format!("<table:table-row>{cells}</table:table-row>");
    let cell = |attributes: &str, text: &str| {
        format!("<table:table-cell {attributes}>{text}</table:table-cell>")
    };
    let text = |text: &str| cell("office:value-type='string'", &format!("<text:p>{text}</text:p>"));
    let header = ["email", "firstname", "lastname"].map(text).concat();
    let sheet = [
        row("<table:table-cell table:number-columns-repeated='3'/>")
            .replace("<table:table-row>", "<table:table-row table:number-rows-repeated='2'>"),
        row(&header),
        row(&[
            text("a<text:s text:c='2'/>b<text:tab/>c<office:annotation><text:p>note</text:p></office:annotation>"),
            cell("office:value-type='float' office:value='7'", "<text:p>007</text:p>"),
            cell("office:value-type='date' office:date-value='2026-09-01'", "<text:p>1. 9. 26</text:p>"),
        ]
        .concat()),
        row(&[
            cell("office:value-type='float' office:value='12345678901234567890'", "<text:p>12345678901234567890</text:p>"),
            cell("office:value-type='boolean' office:boolean-value='true'", "<text:p>WAHR</text:p>"),
            cell("office:value-type='time' office:time-value='PT08H30M00S'", "<text:p>8:30</text:p>"),
        ]
        .concat()),
        row(&[
            cell("table:formula='of:=VLOOKUP([.A1])'", ""),
            cell("table:formula='of:=1/0' office:value-type='string' office:string-value='' calcext:value-type='error'", "<text:p>#DIV/0!</text:p>"),
            cell("office:value-type='string'", "<text:p>one</text:p><text:p>two</text:p>"),
        ]
        .concat()),
        row(&[text("x"), "<table:covered-table-cell><text:p>hidden</text:p></table:covered-table-cell>".to_owned()].concat())
            .replace("<table:table-row>", "<table:table-row table:number-rows-repeated='2'>"),
        "<table:table-row table:number-rows-repeated='1048000'><table:table-cell/></table:table-row>".to_owned(),
    ]
    .concat();
    let table = open_bytes(&ods(&sheet)).unwrap();
    let found: Vec<(u64, Vec<String>)> =
        rows(&table, &FIELDS).into_iter().map(|(line, cells)| (line, cells.unwrap())).collect();
    let expected: [(u64, [&str; 3]); 5] = [
        (4, ["a  b\tc", "007", "2026-09-01"]),
        (5, ["1.23456789012346E+19", "TRUE", "08:30:00"]),
        (6, ["=VLOOKUP([.A1])", "#DIV/0!", "one\ntwo"]),
        (7, ["x", "", ""]),
        (8, ["x", "", ""]),
    ];
    let found: Vec<(u64, Vec<&str>)> = found
        .iter()
        .map(|(line, cells)| (*line, cells.iter().map(|cell| &**cell).collect()))
        .collect();
    assert_eq!(found, expected.map(|(line, cells)| (line, cells.to_vec())));
}

#[test]
fn damaged_sheets_are_refused() {
    for sheet in [
        "<sheetData><row r='2'/><row r='2'/></sheetData>",
        "<sheetData><row r='2'/><row r='1'/></sheetData>",
        "<sheetData><row r='x'/></sheetData>",
        "<sheetData><row r='1048577'/></sheetData>",
        "<sheetData><row r='1'><c r='A2'><v>1</v></c></row></sheetData>",
        "<sheetData><row r='1'><c r='A1'><v>1</v></c><c r='A1'><v>2</v></c></row></sheetData>",
        "<sheetData><row><c t='s'><v>0</v></c></row></sheetData>",
        "<sheetData><row><c><v>one</v></c></row></sheetData>",
        "<sheetData><row><c t='new'><v>1</v></c></row></sheetData>",
        "<sheetData><row><c t='str'><v>&unknown;</v></c></row></sheetData>",
        "<sheetData><row></sheetData>",
    ] {
        let error = open_bytes(&xlsx(sheet)).unwrap_err();
        assert!(matches!(error, TableError::DamagedWorkbook { .. }), "{sheet}: {error}");
    }
}

#[test]
fn number_in_an_unknown_style_is_not_guessed() {
    let error = open_bytes(&sheet_of("<row><c s='9'><v>1</v></c></row>")).unwrap_err();
    assert!(matches!(error, TableError::UnclearNumbers { .. }), "{error}");
    let cells = cells_of(&sheet_of("<row><c s='0'><v>1</v></c></row>"));
    assert_eq!(cells[0][0], "1");
}

#[test]
fn deep_and_endless_content_is_refused() {
    let sheet = format!("<sheetData>{}", "<a>".repeat(1000));
    let error = open_bytes(&xlsx(&sheet)).unwrap_err();
    assert!(matches!(error, TableError::WorkbookTooLarge { .. }), "{error}");
    let pieces = "<![CDATA[0123456789]]>".repeat(1 << 20);
    let sheet = sheet_of(&format!("<row><c t='str'><v>{pieces}</v></c></row>"));
    let error = open_bytes(&sheet).unwrap_err();
    assert!(matches!(error, TableError::WorkbookTooLarge { .. }), "{error}");
    let sheets = "<table:table table:name='Staff'></table:table>".repeat(1001);
    let error = open_bytes(&ods(&format!("</table:table>{sheets}<table:table table:name='x'>")));
    assert!(error.unwrap_err().to_string().contains("more than 1,000 sheets"));
}

#[test]
fn bombs_are_refused() {
    let blanks = vec![b' '; 100 << 20];
    let many_rows = [&b"<worksheet><sheetData>"[..], &b"<row/>".repeat(20 << 20)].concat();
    for (name, content) in [("xl/worksheets/a.xml", &blanks), ("xl/worksheets/a.xml", &many_rows)] {
        let relation = |kind: &str, target: &str| {
            format!(
                "<Relationships><Relationship Id='s' Type='x/{kind}' Target='{target}'/></Relationships>"
            )
        };
        let book = b"<workbook><sheets><sheet name='S' id='s'/></sheets></workbook>";
        let bytes = package(&[
            ("_rels/.rels", relation("officeDocument", "xl/workbook.xml").as_bytes()),
            ("xl/_rels/workbook.xml.rels", relation("worksheet", "worksheets/a.xml").as_bytes()),
            ("xl/workbook.xml", book),
            (name, content),
        ]);
        assert!(bytes.len() < 1 << 20, "{}", bytes.len());
        let error = open_bytes(&bytes).unwrap_err();
        // A row number beyond the last one is found first.
        assert!(
            matches!(
                error,
                TableError::WorkbookTooLarge { .. } | TableError::DamagedWorkbook { .. }
            ),
            "{error}"
        );
    }
    let repeated = format!(
        "<table:table-row><table:table-cell office:value-type='string'><text:p>email</text:p>\
         </table:table-cell></table:table-row>\
         <table:table-row table:number-rows-repeated='1000000'>\
         <table:table-cell table:number-columns-repeated='16384' office:value-type='string'>\
         <text:p>{}</text:p></table:table-cell></table:table-row>",
        "x".repeat(1000)
    );
    let error = open_bytes(&ods(&repeated)).unwrap_err();
    assert!(matches!(error, TableError::WorkbookTooLarge { .. }), "{error}");
}

#[test]
fn very_long_row_is_refused_alone() {
    let long = "x\r\ny".repeat(400_000);
    let table = open_bytes(&sheet_of(&format!(
        "<row><c t='str'><v>{long}</v></c></row><row><c t='str'><v>b</v></c></row>"
    )))
    .unwrap();
    let found = rows(&table, &FIELDS);
    assert!(matches!(found[0], (2, Err(RowFault::TooLong { .. }))), "{:?}", found[0].0);
    assert_eq!(found[1], (3, Ok(vec!["b".to_owned(), String::new(), String::new()])));
}

#[test]
fn cut_off_workbook_is_never_a_shorter_one() {
    let real = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/real");
    for name in ["starters.xlsx", "starters.ods", "starters.xls"] {
        let bytes = std::fs::read(real.join(name)).unwrap();
        let whole = open_bytes(&bytes).map(|table| rows(&table, &FIELDS)).unwrap();
        for tenth in 1..10 {
            let cut = &bytes[..bytes.len() * tenth / 10];
            if let Ok(table) = open_bytes(cut) {
                assert_eq!(rows(&table, &FIELDS), whole, "{name} {tenth}");
            }
        }
    }
}

#[test]
fn changed_workbook_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("staff.xlsx");
    std::fs::write(&path, sheet_of("<row><c t='str'><v>a</v></c></row>")).unwrap();
    let table = Table::open(&path, &ReadOptions::new(folder.path())).unwrap();
    assert_eq!(table.file_state(Check::Whole), FileState::AsRead);
    std::fs::write(&path, sheet_of("<row><c t='str'><v>b</v></c></row>")).unwrap();
    assert_eq!(table.file_state(Check::Whole), FileState::Changed);
    assert_eq!(rows(&table, &FIELDS)[0].1.as_ref().unwrap()[0], "a");
}

/// A cell as it is written to a workbook, and to CSV.
#[derive(Debug, Clone)]
enum TypedCell {
    Text(String),
    Number(u32),
    Padded(u32),
}

fn typed() -> impl Strategy<Value = TypedCell> {
    prop_oneof![
        4 => "[A-Za-zéß@.,\"; \n-]{0,8}".prop_map(TypedCell::Text),
        1 => any::<u32>().prop_map(TypedCell::Number),
        1 => (0..100_000_u32).prop_map(TypedCell::Padded),
    ]
}

impl TypedCell {
    fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Padded(number) => format!("{number:05}"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn workbook_is_read_as_its_csv(table in prop::collection::vec(prop::collection::vec(typed(), 3), 1..12)) {
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet();
        let padded = Format::new().set_num_format("00000");
        let header = ["email", "firstname", "lastname"];
        (0..).zip(header).for_each(|(column, name)| _ = sheet.write(0, column, name).unwrap());
        let mut csv = csv::Writer::from_writer(Vec::new());
        csv.write_record(header).unwrap();
        for (row, cells) in (1..).zip(&table) {
            for (column, cell) in (0..).zip(cells) {
                match cell {
                    TypedCell::Text(text) => _ = sheet.write(row, column, text).unwrap(),
                    TypedCell::Number(number) => _ = sheet.write(row, column, *number).unwrap(),
                    TypedCell::Padded(number) => {
                        _ = sheet.write_with_format(row, column, *number, &padded).unwrap();
                    }
                }
            }
            csv.write_record(cells.iter().map(TypedCell::text)).unwrap();
        }
        let sheet = open_bytes(&workbook.save_to_buffer().unwrap()).unwrap();
        let text = open_bytes(&csv.into_inner().unwrap()).unwrap();
        let cells = |table: &Table| {
            rows(table, &FIELDS).into_iter().map(|(_, cells)| cells).collect::<Vec<_>>()
        };
        prop_assert_eq!(cells(&sheet), cells(&text));
    }

    #[test]
    fn any_content_of_a_sheet_is_read_or_refused(noise in prop::collection::vec(prop::sample::select(vec![
        "<row>", "</row>", "<row r='3'>", "<c>", "</c>", "<c r='B3'>", "<c t='str'>", "<v>", "</v>", "1", "x", "&lt;",
        "<f>", "</f>", "<is>", "</is>", "<t>", "</t>", "<rPh>", "</rPh>", "<col min='1' max='2' hidden='1'/>",
        "</sheetData>", "<sheetData>", "<mergeCell ref='A1:B9'/>", "<c s='9'><v>1</v></c>",
    ]), 0..40)) {
        let _ = open_bytes(&sheet_of(&noise.concat()));
        let _ = open_bytes(&ods(&noise.concat().replace("row", "table:table-row").replace("<c", "<table:table-cell").replace("</c", "</table:table-cell").replace("<t>", "<text:p>").replace("</t>", "</text:p>")));
    }

    #[test]
    fn changed_bytes_of_a_workbook_are_read_or_refused(at: prop::sample::Index, byte: u8) {
        let real = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/real");
        for name in ["starters.xls", "starters.xlsx"] {
            let mut bytes = std::fs::read(real.join(name)).unwrap();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(&bytes).unwrap();
            if let Ok(table) = Table::open(file.path(), &ReadOptions::new(std::env::temp_dir())) {
                let _ = rows(&table, &FIELDS);
            }
        }
    }
}
