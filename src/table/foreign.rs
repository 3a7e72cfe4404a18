//! Recognizes files that are no tables by their first bytes, whatever their names are.
//!
//! In: the first bytes of a file or of its text. Out: what the file is, and how its owner gets a
//! table from it. Zip archives and the container of old Office files are not recognized here.

use memchr::memmem;

const PICTURE: &str = "it is a picture. Text in pictures is not read: ask for the list as CSV or \
                       as a workbook";
const PROGRAM: &str = "it is a program. Check the name of the file";
const ARCHIVE: &str = "it is an archive that is no zip file. Unpack it, and name the file in it \
                       that has the table";
const OLD_WORKBOOK: &str = "it is a workbook of a program before Excel 97. Open it with a \
                            spreadsheet program and save it as .xlsx";
const DATABASE: &str = "it is a file of a database program. Export the table as CSV UTF-8 there";
const STATISTICS: &str =
    "it is a file of a statistics program. Export the table as CSV UTF-8 there";
const ENCRYPTED: &str = "it is encrypted, or a key. Decrypt the file, and name what comes out";
const SHORTCUT: &str = "it is only a shortcut, without the table. Name the file that the shortcut \
                        opens; if it opens a web page, download the table there";
const GOOGLE: &str = "it is only a shortcut to a document of Google. Open it in the browser, \
                      choose File > Download > Microsoft Excel (.xlsx), and name that file";
const COLUMNS_FOR_PROGRAMS: &str = "it is a columnar file for data analysis. Export the table as \
                                    CSV UTF-8 with the program that made it";
const PDF: &str = "it is a PDF document. Save the table as CSV UTF-8 with the program that made it";
const XML: &str = "it is an XML file, not text in columns. Save the table as CSV UTF-8 with the \
                   program that made it";
const XML_WORKBOOK: &str = "it is a workbook in XML. Open it with a spreadsheet program and save \
                            it as .xlsx";
const HTML: &str = "it is an HTML page. Open it with a spreadsheet program and save the table as \
                    CSV UTF-8, or download the file itself";
const HTML_TABLE: &str = "it is an HTML page with a table, which some programs write for Excel. \
                          Open it with a spreadsheet program and save it as .xlsx";
const WEB_ARCHIVE: &str = "it is a web archive. Open it with a spreadsheet program and save the \
                           table as CSV UTF-8";
const EMAIL: &str = "it is an email, or a mailbox. Save the table in it, or its attachment, as a \
                     file of its own";
const SYLK: &str = "it is a SYLK file. Open it with a spreadsheet program and save it as .xlsx";
const LDIF: &str = "it is an LDIF file. Export the people from the directory as CSV";
const DIF: &str = "it is a DIF file. Open it with a spreadsheet program and save it as .xlsx";
const LISTS: &str = "it is JSON, but its elements are no objects. Each element must name its \
                     columns, such as {\"email\": \"ann@example.com\"}";

/// The first bytes of formats, with what to say.
const BEGINNINGS: &[(&[u8], &str)] = &[
    (b"%PDF-", PDF),
    (b"%!PS", "it is a PostScript document. Save the table as CSV UTF-8"),
    (b"\x89PNG", PICTURE),
    (b"\xFF\xD8\xFF", PICTURE),
    (b"GIF87a", PICTURE),
    (b"GIF89a", PICTURE),
    (b"II*\0", PICTURE),
    (b"MM\0*", PICTURE),
    (b"8BPS\0", PICTURE),
    (b"\x7FELF", PROGRAM),
    (b"MZ\x90", PROGRAM),
    (b"\xCF\xFA\xED\xFE", PROGRAM),
    (b"PK\x05\x06", "it is an empty zip archive. Pack the file again"),
    (b"PK\x07\x08", "it is a part of a divided zip archive. Unpack it with all of its parts"),
    (b"7z\xBC\xAF", ARCHIVE),
    (b"Rar!\x1A", ARCHIVE),
    (b"\xFD7zXZ\0", ARCHIVE),
    (b"\x04\x22\x4D\x18", ARCHIVE),
    (b"\x1F\x9D", ARCHIVE),
    (b"MSCF\0", ARCHIVE),
    (b"xar!", ARCHIVE),
    (
        b"SQLite format 3",
        "it is an SQLite database. Export the table as CSV: sqlite3 -header -csv FILE \
         \"SELECT * FROM TABLE\"",
    ),
    (b"\0\x01\0\0Standard ", "it is an Access database. Export the table from Access as .xlsx"),
    (b"PAR1\x15", COLUMNS_FOR_PROGRAMS),
    (b"ARROW1\0", COLUMNS_FOR_PROGRAMS),
    (b"Obj\x01", COLUMNS_FOR_PROGRAMS),
    (b"\x89HDF\r\n", COLUMNS_FOR_PROGRAMS),
    (b"$FL2", STATISTICS),
    (b"$FL3", STATISTICS),
    (b"<stata_dta>", STATISTICS),
    (b"RDX2\n", STATISTICS),
    (b"RDX3\n", STATISTICS),
    (b"\x09\0\x04\0", OLD_WORKBOOK),
    (b"\x09\x02\x06\0", OLD_WORKBOOK),
    (b"\x09\x04\x06\0", OLD_WORKBOOK),
    (b"\0\0\x02\0\x04\x04", OLD_WORKBOOK),
    (b"\0\0\x02\0\x06\x04", OLD_WORKBOOK),
    (b"\0\0\x1A\0", OLD_WORKBOOK),
    (
        b"!BDN",
        "it is a mailbox of Outlook. Save the attachment with the table as a file of its own",
    ),
    (b"bplist00", "it is a property list of macOS. Save the table as CSV UTF-8"),
    (
        b"\0\x05\x16\x07",
        "it is a companion file of macOS, without the table. Name the file without ._ in front",
    ),
    (b"\0\0\0\x01Bud1", "it is a hidden file of macOS. Check the name of the file"),
    (b"L\0\0\0\x01\x14\x02\0", SHORTCUT),
    (b"\x85\x01", ENCRYPTED),
    (b"\x85\x02", ENCRYPTED),
];

/// How formats of text begin, in any letter case, behind blanks and a byte order mark.
const TEXTS: &[(&[u8], &str)] = &[
    (b"%pdf-", PDF),
    (
        b"{\\rtf",
        "it is a Rich Text document. Save the table as CSV UTF-8 with the program that made it",
    ),
    (b"[internetshortcut]", SHORTCUT),
    (b"[desktop entry]", SHORTCUT),
    (b"-----begin ", ENCRYPTED),
    (b"age-encryption.org/", ENCRYPTED),
    (b"table\r\n0,1\r\n", DIF),
    (b"table\n0,1\n", DIF),
    (b"begin:vcard", "it has business cards (vCard). Export the contacts as CSV"),
    (b"begin:vcalendar", "it is a calendar. Export the list of people as CSV"),
    (b"version: 1\ndn:", LDIF),
    (b"version: 1\r\ndn:", LDIF),
    (b"version: 1\n\ndn:", LDIF),
    (b"version: 1\r\n\r\ndn:", LDIF),
    (b"version: 1\n\n#", LDIF),
    (b"version: 1\r\n\r\n#", LDIF),
    (b"# extended ldif", LDIF),
    (b"dn: ", LDIF),
    (b"dn:: ", LDIF),
    (b"-- mysql dump", DATABASE),
    (b"-- postgresql database dump", DATABASE),
    (b"pragma foreign_keys", DATABASE),
    (b"create table ", DATABASE),
    (b"insert into ", DATABASE),
    (
        b"version https://git-lfs.github.com/",
        "it is only a reference to a file in Git LFS. Fetch the file with git lfs pull",
    ),
    (b"[[", LISTS),
    (b"[\"", LISTS),
];

/// The elements with which HTML pages begin, including those that programs save as `.xls`.
const ELEMENTS: [&[u8]; 22] = [
    b"!doctype html",
    b"html",
    b"head",
    b"body",
    b"table",
    b"thead",
    b"tbody",
    b"tr",
    b"meta",
    b"title",
    b"link",
    b"base",
    b"style",
    b"script",
    b"div",
    b"span",
    b"center",
    b"font",
    b"form",
    b"p",
    b"h1",
    b"br",
];

/// Returns what a file is that begins with these bytes, and what to do; `None` if it may be a
/// table.
pub(super) fn foreign_format(bytes: &[u8]) -> Option<&'static str> {
    let first = &bytes[..bytes.len().min(1024)];
    let begins = BEGINNINGS.iter().find(|(beginning, _)| first.starts_with(beginning));
    if let Some((_, what)) = begins {
        return Some(what);
    }
    if let Some(what) = at_places(first) {
        return Some(what);
    }
    let lower = first
        .strip_prefix(b"\xEF\xBB\xBF")
        .unwrap_or(first)
        .trim_ascii_start()
        .to_ascii_lowercase();
    let text = TEXTS.iter().find(|(beginning, _)| lower.starts_with(beginning));
    text.map(|(_, what)| *what)
        .or_else(|| markup(&lower))
        .or_else(|| is_google_shortcut(&lower).then_some(GOOGLE))
        .or_else(|| is_sylk(&lower).then_some(SYLK))
        .or_else(|| mail(&lower))
}

/// Recognizes formats by bytes that are not, or not only, at the beginning.
fn at_places(first: &[u8]) -> Option<&'static str> {
    let has =
        |place: usize, bytes: &[u8]| first.get(place..).is_some_and(|rest| rest.starts_with(bytes));
    if has(0, b"BM") && has(6, b"\0\0\0\0") || has(0, b"RIFF") && has(8, b"WEBP") {
        return Some(PICTURE);
    }
    if has(0, b"\0") && has(4, b"ftyp") {
        return Some("it is a photograph or a film. Ask for the list as CSV or as a workbook");
    }
    if has(257, b"ustar") || has(0, b"BZh") && has(4, b"1AY&SY") {
        return Some(ARCHIVE);
    }
    is_dbase(first).then_some(DATABASE)
}

/// Whether a file begins like a table of dBase: a version, a date, and the lengths of its header
/// and of a row.
fn is_dbase(first: &[u8]) -> bool {
    let [version, _, month, day, _, _, _, _, low, high, ..] = first else { return false };
    matches!(version, 0x03 | 0x30 | 0x31 | 0x83 | 0x8B | 0xF5)
        && (1..=12).contains(month)
        && (1..=31).contains(day)
        && u16::from_le_bytes([*low, *high]) % 32 <= 9
        && first.get(12..16).is_some_and(|zeros| zeros[0] == 0)
}

/// Recognizes XML and HTML. `lower` is in lower case.
fn markup(lower: &[u8]) -> Option<&'static str> {
    let has = |word: &[u8]| memmem::find(lower, word).is_some();
    let text = without_comments(lower);
    let begins = ELEMENTS.iter().any(|element| is_element(text, element));
    let is_markup = text.starts_with(b"<?xml") || is_any_element(text);
    let is_html = begins || is_markup && (has(b"<html") || has(b"<table>") || has(b"<table "));
    match () {
        () if is_html && (has(b"<table") || has(b"office:excel") || has(b"excel.sheet")) => {
            Some(HTML_TABLE)
        }
        () if is_html || text.is_empty() && lower.starts_with(b"<!--") => Some(HTML),
        () if !text.starts_with(b"<?xml") && !is_any_element(text) => None,
        () if text.starts_with(b"<?xml") && has(b"<svg") || is_element(text, b"svg") => {
            Some(PICTURE)
        }
        () if has(b"<plist") && has(b"<key>url</key>") => Some(SHORTCUT),
        () if has(b"excel.sheet") || has(b"office:spreadsheet") || has(b"office:document") => {
            Some(XML_WORKBOOK)
        }
        () => Some(XML),
    }
}

/// Whether a text begins with an element of this name.
fn is_element(text: &[u8], name: &[u8]) -> bool {
    let behind = text.strip_prefix(b"<").and_then(|text| text.strip_prefix(name));
    behind.is_some_and(|rest| {
        rest.first().is_none_or(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/'))
    })
}

/// Whether a text begins with an element of any name, that is closed. `<email>,<firstname>` is a
/// header.
fn is_any_element(text: &[u8]) -> bool {
    text.first() == Some(&b'<')
        && text.get(1).is_some_and(u8::is_ascii_alphabetic)
        && [&b"</"[..], b"/>"].iter().any(|end| memmem::find(text, end).is_some())
}

/// Returns a text without the comments at its beginning.
fn without_comments(mut text: &[u8]) -> &[u8] {
    while text.starts_with(b"<!--") {
        match memmem::find(text, b"-->") {
            Some(end) => text = text[end + 3..].trim_ascii_start(),
            None => return &[],
        }
    }
    text
}

/// Whether a text begins like a SYLK file: `ID;P`, the name of a program, and on the next line
/// another record of one letter.
fn is_sylk(lower: &[u8]) -> bool {
    let second = lower.split(|byte| *byte == b'\n').nth(1);
    lower.starts_with(b"id;p") && second.is_some_and(|line| line.get(1) == Some(&b';'))
}

/// Whether a text is what Google Drive leaves on a computer in place of a document
/// (`{"doc_id": …}`). The address in it is that of its owner.
fn is_google_shortcut(lower: &[u8]) -> bool {
    let has_any = |words: [&[u8]; 2]| words.iter().any(|word| memmem::find(lower, word).is_some());
    lower.starts_with(b"{")
        && has_any([b"\"doc_id\"", b"\"resource_id\""])
        && has_any([b"\"resource_key\"", b"docs.google.com"])
}

/// Recognizes emails, mailboxes and web archives by their first lines. A table may have a `From:`
/// or `Date:` above it, but none of the lines that programs write.
fn mail(lower: &[u8]) -> Option<&'static str> {
    const BY_PROGRAMS: [&[u8]; 7] = [
        b"received:",
        b"return-path:",
        b"message-id:",
        b"mime-version:",
        b"delivered-to:",
        b"dkim-signature:",
        b"content-type:",
    ];
    let mut lines = lower.split(|byte| *byte == b'\n');
    let first = lines.next()?;
    let is_header = |line: &&[u8]| {
        let name = line.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'-');
        let len = name.count();
        len > 1 && line.get(len) == Some(&b':')
    };
    let is_by_program = |line: &[u8]| BY_PROGRAMS.iter().any(|name| line.starts_with(name));
    if !first.starts_with(b"from ") && !is_header(&first) {
        return None;
    }
    let header = lines.take_while(|line| !line.trim_ascii().is_empty());
    if !is_by_program(first) && !header.into_iter().any(is_by_program) {
        return None;
    }
    Some(match memmem::find(lower, b"multipart/related") {
        Some(_) => WEB_ARCHIVE,
        None => EMAIL,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_other_kinds_are_known_by_their_bytes() {
        let tar = [b"staff.csv".as_slice(), &[0; 248], b"ustar\x0000"].concat();
        for (bytes, what) in [
            (&b"%PDF-1.7\n"[..], PDF),
            (b"\xEF\xBB\xBF\n%PDF-1.7\n", PDF),
            (b"BM\x36\x10\0\0\0\0\0\0\x36\0", PICTURE),
            (b"RIFF\x24\0\0\0WEBPVP8 ", PICTURE),
            (&tar, ARCHIVE),
            (b"\x03\x7E\x0B\x1C\x02\0\0\0\xC1\0\x51\0\0\0\0\0", DATABASE),
            (b"<?xml version='1.0'?><svg xmlns='x'>", PICTURE),
            (b"<?xml version='1.0'?>\n<?mso-application progid=\"Excel.Sheet\"?>", XML_WORKBOOK),
            (b"<?xml version='1.0'?><people/>", XML),
            (b"<?xml version='1.0'?><!DOCTYPE html><html>", HTML),
            (b"<!-- by SAP -->\n<TABLE border=1>", HTML_TABLE),
            (b"<!-- a comment that goes on and on", HTML),
            (b"<tr><td>email</td>", HTML),
            (b"<b>Report</b><table><tr>", HTML_TABLE),
            (b"<people><p email=\"a@example.com\"/></people>", XML),
            (b"<plist><dict><key>URL</key>", SHORTCUT),
            (b"ID;PCALCOOO32\nB;Y121;X6\n", SYLK),
            (b"<html xmlns:x=\"urn:schemas-microsoft-com:office:excel\">", HTML_TABLE),
            (b"{\"url\": \"https://docs.google.com/open?id=1\", \"doc_id\": \"1\"}", GOOGLE),
            (b"From ann@example.com Sat Nov 28\nReturn-Path: <a@b>\n", EMAIL),
            (b"Date: Sat\r\nMIME-Version: 1.0\r\n\r\n", EMAIL),
            (b"MIME-Version: 1.0\nContent-Type: multipart/related;\n", WEB_ARCHIVE),
            (b"[[\"email\"],[\"a@example.com\"]]", LISTS),
        ] {
            assert_eq!(foreign_format(bytes), Some(what), "{}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn tables_that_begin_alike_are_tables() {
        for bytes in [
            &b"Table;Room\n"[..],
            b"<email>,<firstname>\n",
            b"<people>\n",
            b"BM,email\n",
            b"email,firstname\n",
            b"From: HR\nTo: IT\n\nemail,firstname\n",
            b"Date:,2026\nemail\n",
            b"Received,email\nx,a@example.com\n",
            b"[Email],[Name]\n",
            b"{\"email\":\"a@example.com\"}\n",
            b"[{\"email\":\"a@example.com\"}]\n",
            b"{\"doc_id\":\"7\",\"email\":\"a@example.com\"}\n",
            b"BZhNr;email\n",
            b"ORC\n",
            b"PAR1,email\n",
            b"Schaftyp,email\n",
            b"id;phone;email\n",
            b"",
        ] {
            assert_eq!(foreign_format(bytes), None, "{}", String::from_utf8_lossy(bytes));
        }
    }
}
