//! Whole workbooks, of every format.

use std::io::Write;
use std::path::Path;

use proptest::prelude::*;
use rust_xlsxwriter::{Format, Workbook};

use super::test_files::package;
use crate::table::{
    Check, CopiedCells, Field, FileState, ReadOptions, RowBuffer, RowFault, RowWriter, SheetLayout,
    Table, TableError, WorkbookWriter,
};

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
/// Of which only the first holds names.
const VALUES: [Field; 3] = [Field::Email, Field::Country, Field::Type];

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
         <c t='str'><v>Lee</v></c></row><x:row xmlns:x='y'><x:c \
         t='e'><x:v>#N/A</x:v></x:c></x:row>",
    ));
    assert_eq!(cells, [["Zoë & A<b>", "Lee", ""], ["#N/A", "", ""]]);
}

#[test]
fn dates_and_booleans_are_read_where_no_names_are() {
    let text = |text: &str| format!("<c t='str'><v>{text}</v></c>");
    let header = VALUES.map(|field| text(field.name())).concat();
    let row = "<c t='str'><v>a</v></c><c t='d'><v>2026-09-01</v></c><c t='b'><v>1</v></c>";
    let sheet = format!("<sheetData><row>{header}</row><row>{row}</row></sheetData>");
    let table = open_bytes(&xlsx(&sheet)).unwrap();
    let expected = ["a", "2026-09-01", "TRUE"].map(str::to_owned).to_vec();
    assert_eq!(rows(&table, &VALUES), [(2, Ok(expected))]);
    for cell in ["<c t='d'><v>2026-09-01</v></c>", "<c t='b'><v>1</v></c>"] {
        let error = open_bytes(&sheet_of(&format!("<row>{cell}</row>"))).unwrap_err();
        assert!(matches!(error, TableError::NoNames { .. }), "{error}");
    }
}

#[test]
fn cells_of_libreoffice_are_what_a_person_sees() {
    let row = |cells: &str| format!("<table:table-row>{cells}</table:table-row>");
    let cell = |attributes: &str, text: &str| {
        format!("<table:table-cell {attributes}>{text}</table:table-cell>")
    };
    let text = |text: &str| cell("office:value-type='string'", &format!("<text:p>{text}</text:p>"));
    let header = VALUES.map(|field| text(field.name())).concat();
    let sheet = [
        row("<table:table-cell table:number-columns-repeated='3'/>")
            .replace("<table:table-row>", "<table:table-row table:number-rows-repeated='2'>"),
        row(&header),
        row(&[
            text(
                "a<text:s text:c='2'/>b<text:tab/>c<office:annotation><text:p>note</text:p></\
                  office:annotation>",
            ),
            cell("office:value-type='float' office:value='7'", "<text:p>007</text:p>"),
            cell(
                "office:value-type='date' office:date-value='2026-09-01'",
                "<text:p>1. 9. \
                26</text:p>",
            ),
        ]
        .concat()),
        row(&[
            cell(
                "office:value-type='float' office:value='12345678901234567890'",
                "<text:\
                p>12345678901234567890</text:p>",
            ),
            cell(
                "office:value-type='boolean' office:boolean-value='true'",
                "<text:p>WAHR</text:\
                p>",
            ),
            cell(
                "office:value-type='time' office:time-value='PT08H30M00S'",
                "<text:p>8:30</text:\
                p>",
            ),
        ]
        .concat()),
        row(&[
            cell("table:formula='of:=VLOOKUP([.A1])'", ""),
            cell(
                "table:formula='of:=1/0' office:value-type='string' office:string-value='' \
                  calcext:value-type='error'",
                "<text:p>#DIV/0!</text:p>",
            ),
            cell("office:value-type='string'", "<text:p>one</text:p><text:p>two</text:p>"),
        ]
        .concat()),
        row(&[
            text("x"),
            "<table:covered-table-cell><text:p>hidden</text:p></table:\
                          covered-table-cell>"
                .to_owned(),
        ]
        .concat())
        .replace("<table:table-row>", "<table:table-row table:number-rows-repeated='2'>"),
        "<table:table-row table:number-rows-repeated='1048000'><table:table-cell/></table:\
         table-row>"
            .to_owned(),
    ]
    .concat();
    let table = open_bytes(&ods(&sheet)).unwrap();
    let found: Vec<(u64, Vec<String>)> =
        rows(&table, &VALUES).into_iter().map(|(line, cells)| (line, cells.unwrap())).collect();
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

/// Date, page and document fields are part of what a person sees; notes and drawings are not.
#[test]
fn fields_of_libreoffice_are_text() {
    let cell = |text: &str| {
        format!(
            "<table:table-cell office:value-type='string'><text:p>{text}</text:p></table:\
             table-cell>"
        )
    };
    let row = |cells: [&str; 3]| {
        format!("<table:table-row>{}</table:table-row>", cells.map(cell).concat())
    };
    let sheet = [
        row(FIELDS.map(Field::name)),
        row([
            "<text:sheet-name>Staff</text:sheet-name>@x.com",
            "<text:title>Zo<text:span>ë</text:span></text:title> <text:date>1. 9. 26</text:date>",
            "A<text:bookmark/>b<draw:frame><draw:text-box><text:p>box</text:p></draw:text-box>\
             </draw:frame><draw:custom-shape><text:p>shape</text:p></draw:custom-shape><text:ruby>\
             <text:ruby-base>c</text:ruby-base><text:ruby-text>read</text:ruby-text></text:ruby>",
        ]),
    ]
    .concat();
    assert_eq!(cells_of(&ods(&sheet)), [["Staff@x.com", "Zoë 1. 9. 26", "Abc"]]);
}

#[test]
fn rows_below_the_last_one_are_not_lost() {
    let row = |count: u32, text: &str| {
        let cell = match text {
            "" => "<table:table-cell/>".to_owned(),
            _ => format!(
                "<table:table-cell office:value-type='string'><text:p>{text}</text:p>\
                 </table:table-cell>"
            ),
        };
        format!("<table:table-row table:number-rows-repeated='{count}'>{cell}</table:table-row>")
    };
    for rows in [
        [row(1, "email"), row((1 << 20) - 1, ""), row(1, "a@x.com")],
        [row(1, "email"), row((1 << 20) - 2, ""), row(2, "a@x.com")],
    ] {
        let error = open_bytes(&ods(&rows.concat())).unwrap_err();
        assert!(matches!(error, TableError::WorkbookTooLarge { .. }), "{error}");
    }
    let rows = [row(1, "email"), row(1, "a@x.com"), row(1 << 24, "")].concat();
    assert_eq!(cells_of(&ods(&rows))[0][0], "a@x.com");
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
        "<sheetData><row r=2/></sheetData>",
        "<sheetData><row r='1'><c r='A1' t=str><v>1</v></c></row></sheetData>",
        "<cols><col min='1' max=2 hidden='1'/></cols><sheetData/>",
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
    let comment = format!("<!-- {} -->", "<>".repeat(5 << 20));
    let error = open_bytes(&sheet_of(&comment)).unwrap_err();
    assert!(matches!(error, TableError::WorkbookTooLarge { .. }), "{error}");
    let sheets = "<table:table table:name='Staff'></table:table>".repeat(1001);
    let error = open_bytes(&ods(&format!("</table:table>{sheets}<table:table table:name='x'>")));
    assert!(error.unwrap_err().to_string().contains("more than 1,000 sheets"));
}

/// Returns a workbook in XML with these sheets and parts. A sheet has a name, and the part that its
/// relationship names.
fn book(sheets: &[(&str, &str)], parts: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut list, mut relations) = (String::new(), String::new());
    for (i, (name, part)) in sheets.iter().enumerate() {
        list += &format!("<sheet name='{name}' r:id='s{i}'/>");
        relations += &format!("<Relationship Id='s{i}' Type='x/worksheet' Target='{part}'/>");
    }
    let list = format!("<workbook xmlns:r='r'><sheets>{list}</sheets></workbook>");
    let relations = format!("<Relationships>{relations}</Relationships>");
    let main = "<Relationships><Relationship Id='m' Type='x/officeDocument' \
                Target='workbook.xml'/></Relationships>";
    let own = [
        ("_rels/.rels", main.as_bytes()),
        ("_rels/workbook.xml.rels", relations.as_bytes()),
        ("workbook.xml", list.as_bytes()),
    ];
    package(&[&own, parts].concat())
}

#[test]
fn sheets_with_one_part_or_none_are_damaged() {
    let sheet = format!("<worksheet><sheetData>{XLSX_HEADER}</sheetData></worksheet>");
    let part = |name| (name, sheet.as_bytes());
    for (sheets, parts) in [
        ([("Staff", "a.xml"), ("Other", "a.xml")], [part("a.xml"), part("b.xml")]),
        ([("Staff", "a.xml"), ("Other", "A.xml")], [part("a.xml"), part("b.xml")]),
        ([("Staff", "a.xml"), ("Other", "c.xml")], [part("a.xml"), part("b.xml")]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("staff.xlsx");
        std::fs::write(&path, book(&sheets, &parts)).unwrap();
        let options =
            ReadOptions { sheet: Some("Staff".to_owned()), ..ReadOptions::new(folder.path()) };
        let error = Table::open(&path, &options).unwrap_err();
        assert!(matches!(error, TableError::DamagedWorkbook { .. }), "{sheets:?}: {error}");
    }
}

/// Each sheet alone would be small enough.
#[test]
fn sheets_that_are_too_large_together_are_refused() {
    let blanks = " ".repeat(6 << 20);
    let sheet = format!("<worksheet>{blanks}<sheetData/></worksheet>");
    let names: Vec<String> = (0..14).map(|i| format!("s{i}.xml")).collect();
    let parts: Vec<(&str, &[u8])> = names.iter().map(|name| (&**name, sheet.as_bytes())).collect();
    let sheets: Vec<(&str, &str)> = names.iter().map(|name| (&**name, &**name)).collect();
    let error = open_bytes(&book(&sheets, &parts)).unwrap_err();
    assert!(matches!(error, TableError::WorkbookTooLarge { .. }), "{error}");
}

/// All sheets of LibreOffice are in one part: it is not read again for each.
#[test]
fn last_of_many_sheets_of_libreoffice_is_found() {
    let row = |text: &str| {
        format!(
            "<table:table-row-group><table:table-row><table:table-cell \
             office:value-type='string'><text:p>{text}</text:p></table:table-cell>\
             </table:table-row></table:table-row-group>"
        )
    };
    let other = format!(
        "{}<table:table-row/></table:table><table:table table:name='x'>{}",
        row("note").repeat(30),
        " ".repeat(2 << 20)
    );
    let sheet = [other.repeat(15), row("email"), row("a@x.com")].concat();
    assert_eq!(cells_of(&ods(&sheet))[0][0], "a@x.com");
}

/// Programs would take different parts.
#[test]
fn parts_that_are_named_twice_are_damaged() {
    let sheet = format!("<worksheet><sheetData>{XLSX_HEADER}</sheetData></worksheet>");
    let texts = "<sst><si><t>a</t></si></sst>";
    let parts =
        [("a.xml", sheet.as_bytes()), ("b.xml", sheet.as_bytes()), ("t.xml", texts.as_bytes())];
    let relation =
        |id: &str, kind: &str| format!("<Relationship Id='{id}' Type='x/{kind}' Target='t.xml'/>");
    let main = "<Relationships><Relationship Id='m' Type='x/officeDocument' Target='w.xml'/>";
    let list = "<workbook><sheets><sheet name='Staff' id='s'/></sheets></workbook>";
    let staff = "<Relationship Id='s' Type='x/worksheet' Target='a.xml'/>";
    let open = |more_main: &str, more: &str| {
        let main = format!("{main}{more_main}</Relationships>");
        let relations = format!("<Relationships>{staff}{more}</Relationships>");
        let own = [
            ("_rels/.rels", main.as_bytes()),
            ("_rels/w.xml.rels", relations.as_bytes()),
            ("w.xml", list.as_bytes()),
        ];
        open_bytes(&package(&[&own[..], &parts].concat()))
    };
    open("", &relation("t", "sharedStrings")).unwrap();
    for (more_main, more) in [
        (relation("n", "officeDocument"), String::new()),
        (String::new(), [relation("t", "sharedStrings"), relation("u", "sharedStrings")].concat()),
        (String::new(), [relation("t", "styles"), relation("u", "styles")].concat()),
        (String::new(), relation("s", "theme")),
    ] {
        let error = open(&more_main, &more).unwrap_err();
        assert!(matches!(error, TableError::DamagedWorkbook { .. }), "{more_main}{more}: {error}");
    }
    let mut bytes = book(&[("Staff", "a.xml")], &parts);
    for at in 0..bytes.len() - 5 {
        if &bytes[at..at + 5] == b"b.xml" {
            bytes[at] = b'a';
        }
    }
    let error = open_bytes(&bytes).unwrap_err();
    assert!(matches!(error, TableError::DamagedWorkbook { .. }), "{error}");
}

#[test]
fn bombs_are_refused() {
    let blanks = vec![b' '; 100 << 20];
    let many_rows = [&b"<worksheet><sheetData>"[..], &b"<row/>".repeat(20 << 20)].concat();
    for (name, content) in [("xl/worksheets/a.xml", &blanks), ("xl/worksheets/a.xml", &many_rows)] {
        let relation = |kind: &str, target: &str| {
            format!(
                "<Relationships><Relationship Id='s' Type='x/{kind}' \
                 Target='{target}'/></Relationships>"
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

/// A sheet whose header cannot be read is not an empty one.
#[test]
fn sheet_without_a_readable_header_is_not_called_empty() {
    let long = "x".repeat(2 << 20);
    let sheet = format!("<sheetData><row><c t='str'><v>{long}</v></c></row></sheetData>");
    let error = open_bytes(&xlsx(&sheet)).unwrap_err();
    assert!(!matches!(error, TableError::Empty { .. }), "{error}");
}

#[test]
fn sheet_with_all_columns_of_the_mapping_is_chosen() {
    let mut workbook = Workbook::new();
    for (name, header) in [("Old", ["email", "firstname"]), ("New", ["Contact", "Room"])] {
        let sheet = workbook.add_worksheet();
        sheet.set_name(name).unwrap();
        (0..).zip(header).for_each(|(column, cell)| _ = sheet.write(0, column, cell).unwrap());
        sheet.write(1, 0, format!("{name}@x.com")).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("staff.xlsx");
    workbook.save(&path).unwrap();
    let map = vec![(Field::Email, "Contact".to_owned())];
    let table = Table::open(&path, &ReadOptions { map, ..ReadOptions::new(folder.path()) });
    assert_eq!(rows(&table.unwrap(), &FIELDS[..1])[0].1, Ok(vec!["New@x.com".to_owned()]));
}

/// What umbulk writes as text is the same text when it is read.
#[test]
fn written_texts_come_back_whatever_they_look_like() {
    let texts = [
        "=Team",
        "+Team",
        "-Team",
        "@Team",
        "=1+1",
        "007",
        "2026-09-01",
        "1-2",
        "08:30",
        "TRUE",
        "False",
        "1e5",
        "1.5",
        "#N/A",
        "_x0041_",
        "_x000D_",
        "'t Hooft",
        "\"quoted\"",
        "a,b;c\td",
        "one\ntwo",
        "Zoë 山田 😀",
        "<b>&amp;",
        "0",
    ];
    let layout = SheetLayout { name: "Staff", status: "", sentences: &[] };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("staff.xlsx");
    let mut workbook = WorkbookWriter::new(Vec::new(), &path, layout).unwrap();
    workbook.row(["email", "firstname", "lastname"]).unwrap();
    texts.iter().for_each(|text| workbook.row(["a@x.com", text, text]).unwrap());
    let found = cells_of(&workbook.end().unwrap());
    for (text, cells) in texts.iter().zip(&found) {
        assert_eq!([&*cells[1], &*cells[2]], [*text; 2]);
    }
    assert_eq!(found.len(), texts.len());
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
    for name in ["starters.xlsx", "starters.ods", "starters.xls", "starters.xlsb"] {
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
    fn workbook_is_read_as_its_csv(table in prop::collection::vec(prop::collection::vec(typed(),
        3), 1..12)) {
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
        // Lines differ where a cell has a line break.
        let cells = |table: &Table| {
            let rows = rows(table, &FIELDS).into_iter();
            rows.map(|(_, cells)| cells.map_err(|fault| fault.reason())).collect::<Vec<_>>()
        };
        prop_assert_eq!(cells(&sheet), cells(&text));
    }

    #[test]
    fn any_content_of_a_sheet_is_read_or_refused(noise in
        prop::collection::vec(prop::sample::select(vec![
        "<row>", "</row>", "<row r='3'>", "<c>", "</c>", "<c r='B3'>", "<c t='str'>", "<v>",
            "</v>", "1", "x", "&lt;",
        "<f>", "</f>", "<is>", "</is>", "<t>", "</t>", "<rPh>", "</rPh>", "<col min='1' max='2' \
            hidden='1'/>",
        "</sheetData>", "<sheetData>", "<mergeCell ref='A1:B9'/>", "<c s='9'><v>1</v></c>",
    ]), 0..40)) {
        let _ = open_bytes(&sheet_of(&noise.concat()));
        let _ = open_bytes(&ods(&noise.concat().replace("row", "table:table-row").replace("<c",
            "<table:table-cell").replace("</c", "</table:table-cell").replace("<t>",
                "<text:p>").replace("</t>", "</text:p>")));
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

/// The rows of a copy have other places, so a formula would compute a value of somebody else.
#[test]
fn formula_without_its_value_is_no_formula_in_a_copy() {
    let rows = "<row><c><f>LOWER(B2)</f></c><c t='str'><v>Ann</v></c><c \
                t='str'><v>=cmd</v></c></row>\
                <row><c t='str'><v>a@b.co</v></c><c t='str'><v>Bob</v></c><c \
                t='str'><v>Ray</v></c></row>";
    let table = open_bytes(&sheet_of(rows)).unwrap();
    for copied in [CopiedCells::Verbatim, CopiedCells::Rewritten] {
        let mut writer = RowWriter::new(Vec::new(), &table, &["code"], copied).unwrap();
        for block in table.blocks().map(Result::unwrap) {
            for i in 0..block.len() {
                writer.write_row(&block, i, &["x"]).unwrap();
            }
        }
        let copy = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        let lines: Vec<&str> = copy.lines().skip(1).collect();
        assert_eq!(lines, ["'=LOWER(B2),Ann,'=cmd,x", "a@b.co,Bob,Ray,x"]);
    }
}
