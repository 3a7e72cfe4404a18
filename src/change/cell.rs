//! Detects cells that hold no value: a program has left something in place of what a person meant.
//!
//! Spreadsheets write their errors and formulas, databases their empty values, and conversions lose
//! letters. None of these may become a name, a group or an address.

use super::check::ValueFault;
use super::text::{seen_in, trim};
use crate::table::{
    Field, Misread, SevenBitName, begins_as_formula, described_char, holds_signs_of_dos,
    in_seven_bits, invisible_inside, is_excel_error, is_formula, is_reference, may_be_misread,
    may_hold_signs, misread, repair, repaired, without_escapes, without_html_escapes,
};
use std::borrow::Cow;

/// The kind of a field, as far as it determines what cannot be its value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FieldKind {
    /// A first or last name.
    Person,
    /// An address, a username, a domain.
    Identity,
    /// The name of a group, or one name of a list.
    Name,
    /// The names of a list, which are checked one by one.
    List,
    /// One of a few words.
    Word,
    /// Any text.
    Text,
}

fn kind(field: Field) -> FieldKind {
    match field {
        Field::Firstname | Field::Lastname => FieldKind::Person,
        Field::Email | Field::Username | Field::Domain | Field::NewEmail | Field::NewUsername => {
            FieldKind::Identity
        }
        Field::Group | Field::NewName => FieldKind::Name,
        Field::Action
        | Field::Type
        | Field::Country
        | Field::IfExists
        | Field::HardDelete
        | Field::GroupType
        | Field::Umapi => FieldKind::Word,
        Field::Description => FieldKind::Text,
        _ => FieldKind::List,
    }
}

/// Returns why a trimmed cell cannot be the value of a field.
pub(super) fn no_value(field: Field, cell: &str, is_formula: bool) -> Result<(), ValueFault> {
    if is_formula {
        return formula();
    }
    if is_plain(cell) {
        return Ok(());
    }
    if kind(field) != FieldKind::List && is_json_list(cell) {
        return fault("list", "is a list, but this column holds one value: write that value alone");
    }
    check_closely(kind(field), cell)
}

/// Returns why a cell with its margins cannot be the value of a field. What looks like a blank
/// after a name may be the last byte of a letter that was decoded twice (`NicolÃ` and a
/// non-breaking space).
pub(super) fn no_margin(field: Field, cell: &str) -> Result<(), ValueFault> {
    if cell.is_ascii() || !cell.contains(BLANK_BYTES) || kind(field) == FieldKind::Word {
        return Ok(());
    }
    for name in cell.split([',', ';', '"']) {
        let trimmed = trim(name);
        let word = trimmed.rsplit(char::is_whitespace).next().unwrap_or_default();
        // After a word in capital letters, it is likely to be a blank.
        let may_be_cut = word.contains(char::is_lowercase) || word.ends_with('Â');
        let has_blank_byte = name.trim_end_matches(' ').ends_with(BLANK_BYTES);
        if may_be_cut
            && has_blank_byte
            && let Some(meant) = repaired(name)
        {
            return mojibake(name, trim(&meant));
        }
    }
    Ok(())
}

/// The bytes of letters that are read as blanks or as nothing.
const BLANK_BYTES: [char; 3] = ['\u{85}', '\u{a0}', '\u{ad}'];

fn mojibake(cell: &str, meant: &str) -> Result<(), ValueFault> {
    // If several encodings give different texts, no option chooses one.
    let advice = match repair(cell) {
        Cow::Owned(_) => "correct it, or use --repair-mojibake",
        Cow::Borrowed(_) => "correct it",
    };
    fault("mojibake", format!("was decoded twice and is probably `{meant}`: {advice}"))
}

fn formula() -> Result<(), ValueFault> {
    fault(
        "formula",
        "is a formula without its value: paste the value instead, or save the file from the \
         spreadsheet again",
    )
}

/// Returns why one name of a list is not valid.
pub(super) fn no_name(name: &str) -> Result<(), ValueFault> {
    if is_plain(name) { Ok(()) } else { check_closely(FieldKind::Name, name) }
}

/// The class of each byte of a cell: usual (letters, digits and the marks of names and addresses),
/// unusual, or beyond ASCII.
static CLASS: [u8; 256] = classes();
const UNUSUAL: u8 = 1;
const BEYOND_ASCII: u8 = 2;

const fn classes() -> [u8; 256] {
    let marks = b" -.@_,'&";
    let mut classes = [UNUSUAL; 256];
    let mut byte = 0;
    while byte < 256 {
        if byte >= 0x80 {
            classes[byte] = BEYOND_ASCII;
        } else if (byte as u8).is_ascii_alphanumeric() {
            classes[byte] = 0;
        }
        byte += 1;
    }
    let mut mark = 0;
    while mark < marks.len() {
        classes[marks[mark] as usize] = 0;
        mark += 1;
    }
    classes
}

/// Whether a letter beyond ASCII needs no further check: it is one character in NFC, it is not a
/// mark, and it is not what a byte of a character becomes that was decoded twice (as `Œ` may be).
fn is_plain_letter(c: char) -> bool {
    matches!(c,
        '\u{c0}'..='\u{151}' | '\u{154}'..='\u{15f}' | '\u{162}'..='\u{177}' | '\u{179}'..='\u{17c}' | '\u{388}'..='\u{3ce}' | '\u{400}'..='\u{481}'
        | '\u{48a}'..='\u{52f}' | '\u{621}'..='\u{64a}' | '\u{1e00}'..='\u{1eff}' | '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7a3}')
}

/// Whether the cell is plainly a value, as most cells are: usual characters that begin with a
/// letter, and no word of a program. Whatever field it is in, nothing is wrong with it.
pub(super) fn is_plain(cell: &str) -> bool {
    let bytes = cell.as_bytes();
    let ([first, ..], [.., last]) = (bytes, bytes) else { return false };
    if !(first.is_ascii_alphabetic() || *first >= 0x80) || *last == b'\'' {
        return false;
    }
    if matches!(first, b'n' | b'N' | b'u' | b'U' | b'k' | b't' | b'f')
        && (SHORTEST_WORD..=LONGEST_WORD).contains(&cell.len())
        && is_word_of_a_program(cell)
    {
        return false;
    }
    if is_type_name(cell) {
        return false;
    }
    let found = seen_in(bytes, &CLASS);
    found == 0 || found == BEYOND_ASCII && (has_lone_letters(bytes) || has_plain_letters(cell))
}

/// Whether all that a text has beyond ASCII are letters of Western Europe, none beside another, and
/// a capital one only at the begin of a word: `Zoë`, `Ångström`. Nothing is wrong with such letters.
/// A quick test that most names beyond ASCII pass.
fn has_lone_letters(text: &[u8]) -> bool {
    /// The first byte of these letters, in UTF-8.
    const FIRST: u8 = 0xc3;
    let mut before = b' ';
    let mut bytes = text.iter().copied();
    while let Some(byte) = bytes.next() {
        before = match byte {
            0..0x80 => byte,
            FIRST if before < 0x80 => {
                let Some(second) = bytes.next() else { return false };
                let is_lone = match second {
                    // Þ, þ, × and ÷.
                    0x9e | 0xbe | 0x97 | 0xb7 => false,
                    0x80..0x9e => !before.is_ascii_alphabetic(),
                    _ => true,
                };
                if !is_lone {
                    return false;
                }
                second
            }
            _ => return false,
        };
    }
    true
}

/// Whether no character beyond ASCII needs a further check.
fn has_plain_letters(cell: &str) -> bool {
    cell.chars().all(|c| c.is_ascii() || is_plain_letter(c))
        && !holds_signs_of_dos(cell)
        && !may_hold_signs(cell)
        && !may_be_misread(cell)
}

/// Whether the cell is a word of a program, perhaps one that is written like a name.
fn is_word_of_a_program(cell: &str) -> bool {
    EXACT_WORDS.contains(&cell) || WORDS.iter().any(|word| cell.eq_ignore_ascii_case(word))
}

#[cold]
fn check_closely(kind: FieldKind, cell: &str) -> Result<(), ValueFault> {
    if is_excel_error(cell.trim_start_matches('\'')) {
        return fault(
            "excel_error",
            "is a spreadsheet error, not a value: correct the cell's formula, or type the value",
        );
    }
    if kind != FieldKind::Text && is_placeholder(kind, cell) {
        let advice = match kind {
            FieldKind::Person => {
                "is what programs write for an empty value: empty the cell, or write the name. \
                 For somebody of that name, create the user in the Admin Console"
            }
            _ => "is what programs write for an empty value: empty the cell, or write the value",
        };
        return fault("placeholder", advice);
    }
    if kind != FieldKind::Text
        && let Some(meant) = without_escapes(cell)
    {
        let advice = format!("has escapes instead of letters and means `{meant}`: write that");
        return fault("escaped", advice);
    }
    // Programs make addresses of usernames.
    let number = match kind {
        FieldKind::Identity => cell.split('@').next().unwrap_or_default(),
        _ => cell,
    };
    if kind == FieldKind::Identity && is_decimal(number) {
        return fault(
            "decimal",
            "is a whole number that a program has saved with decimals: write it without them, and \
             format the column as text",
        );
    }
    if kind != FieldKind::Text && is_scientific(number) {
        return fault(
            "scientific",
            "is a number that the spreadsheet has shortened, so digits are lost: format the \
             column as text, and type the number again",
        );
    }
    if cell.contains(char::REPLACEMENT_CHARACTER) || lost_letters(kind, cell) {
        return fault(
            "lost_letters",
            "has lost letters: a mark is in their place. Excel's plain CSV format cannot store \
             these letters: save as CSV UTF-8",
        );
    }
    if matches!(kind, FieldKind::Person | FieldKind::Name) && is_quoted(cell) {
        return fault("quoted", "is in quotes: remove them");
    }
    if matches!(kind, FieldKind::Person | FieldKind::Name)
        && let Some(SevenBitName { encoding, meant }) = in_seven_bits(cell)
    {
        return fault(
            "mojibake",
            format!(
                "is text in {encoding} and means `{meant}`: write that, or use --encoding {}",
                encoding.to_lowercase()
            ),
        );
    }
    if !matches!(kind, FieldKind::Text | FieldKind::List)
        && let Some(meant) = without_html_escapes(cell)
    {
        return fault(
            "html",
            format!("has an escape of a web page and means `{meant}`: write that"),
        );
    }
    // A spreadsheet keeps a typed `=A1` as a text with an apostrophe. A group may have such a name.
    let is_in_disguise = match kind {
        FieldKind::Person | FieldKind::Word => begins_as_formula(cell) || is_reference(cell),
        FieldKind::Identity => is_formula(cell) || is_reference(cell),
        FieldKind::Name | FieldKind::List | FieldKind::Text => false,
    };
    if is_in_disguise {
        return formula();
    }
    if cell.is_ascii() || kind == FieldKind::List { Ok(()) } else { check_letters(kind, cell) }
}

/// Checks the letters beyond ASCII.
fn check_letters(kind: FieldKind, cell: &str) -> Result<(), ValueFault> {
    if let Some(meant) = repaired(cell) {
        return mojibake(cell, &meant);
    }
    if kind != FieldKind::Text
        && let Some(c) = invisible_inside(cell)
    {
        return fault(
            "invisible",
            format!(
                "contains {}, which is invisible: type the value again instead of copying it",
                described_char(c)
            ),
        );
    }
    let may_be_name = match kind {
        FieldKind::Person => true,
        FieldKind::Name => !cell.contains(MARKS_OF_GROUPS),
        FieldKind::Identity | FieldKind::List | FieldKind::Word | FieldKind::Text => false,
    };
    if !may_be_name {
        return Ok(());
    }
    match misread(cell) {
        Some(Misread::Meant(meant)) => Err(misread_fault(&meant)),
        Some(Misread::Implausible(chars)) if kind == FieldKind::Person => implausible(&chars),
        Some(Misread::Implausible(_)) | None => Ok(()),
    }
}

/// Returns the fault of a name that a program has read in a wrong encoding.
pub(super) fn misread_fault(meant: &str) -> ValueFault {
    let advice = format!(
        "was read in a wrong encoding and is probably `{meant}`: correct it, or save the file again \
         from the program that it comes from"
    );
    ValueFault { reason: "mojibake", advice }
}

/// Symbols that names of groups may have, unlike those of people.
const MARKS_OF_GROUPS: [char; 13] =
    ['™', '®', '©', '°', '²', '³', '½', '«', '»', '•', '€', '£', '±'];

/// Refuses a name with characters that do not belong to a name.
fn implausible(chars: &[char]) -> Result<(), ValueFault> {
    let mut named: Vec<String> =
        chars.iter().map(|c| format!("U+{:04X}{}", u32::from(*c), shown(*c))).collect();
    named.dedup();
    fault(
        "implausible",
        format!(
            "contains {}, which no name has in this place, so it was probably read in a wrong \
             encoding: correct it",
            named.join(", ")
        ),
    )
}

/// Returns a character in parentheses, if it is visible.
fn shown(c: char) -> String {
    if c.is_control() { String::new() } else { format!(" ({c})") }
}

fn fault(reason: &'static str, advice: impl Into<String>) -> Result<(), ValueFault> {
    Err(ValueFault { reason, advice: advice.into() })
}

/// Texts that programs write in place of an empty value, in any letter case.
const WORDS: [&str; 9] =
    ["null", "n/a", "n.a.", "n. a.", "none", "undefined", "\\n", "#null", "nan"];

/// None of these words that begin with a letter has fewer bytes.
const SHORTEST_WORD: usize = "nan".len();

/// None of these words has more bytes.
const LONGEST_WORD: usize = "undefined".len();

/// The same in the one spelling of a program, where others are names (`Nil`, `Nat`, `True`), or
/// letters of names (`K.A.`).
const EXACT_WORDS: [&str; 6] = ["nil", "NaT", "k.A.", "k. A.", "true", "false"];

/// Those that are values if one of a few words is expected.
const TRUTHS: [&str; 2] = ["true", "false"];

/// Texts in parentheses or brackets in place of an empty value.
const BRACKETED: [&str; 13] = [
    "null",
    "nil",
    "none",
    "undefined",
    "na",
    "n/a",
    "nan",
    "blank",
    "empty",
    "missing",
    "leer",
    "vide",
    "object object",
];

/// Whether the cell is a text that programs write in place of an empty value.
fn is_placeholder(kind: FieldKind, cell: &str) -> bool {
    const LONGEST: usize = 15;
    if is_type_name(cell) {
        return true;
    }
    if cell.len() > LONGEST {
        return false;
    }
    if EXACT_WORDS.contains(&cell) {
        return kind != FieldKind::Word || !TRUTHS.contains(&cell);
    }
    let is_one_of =
        |words: &[&str], text: &str| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if in_brackets(cell).is_some_and(|inside| is_one_of(&BRACKETED, inside)) {
        return true;
    }
    // Nan and Null are also names.
    let is_name = kind == FieldKind::Person
        && (cell.eq_ignore_ascii_case("nan") && cell != "nan" && cell != "NaN" || cell == "Null");
    is_one_of(&WORDS, cell) && !is_name
}

/// Whether the cell is the name of a type of .NET, which PowerShell writes in place of a list:
/// `System.Object[]`, `Microsoft.ActiveDirectory.Management.ADPropertyValueCollection`.
fn is_type_name(cell: &str) -> bool {
    const SHORTEST: usize = "System.Byte[]".len();
    cell.len() >= SHORTEST
        && matches!(cell.as_bytes()[0], b'S' | b'M' | b'D')
        && ["System.", "Microsoft.", "Deserialized."].iter().any(|start| cell.starts_with(start))
        && (cell.ends_with("[]") || cell.ends_with("Collection") || cell.contains("Collections."))
        && !cell.contains(' ')
}

/// Returns the text inside one pair of parentheses or brackets.
fn in_brackets(cell: &str) -> Option<&str> {
    [('(', ')'), ('<', '>'), ('[', ']'), ('{', '}')]
        .into_iter()
        .find_map(|(open, close)| cell.strip_prefix(open)?.strip_suffix(close))
        .map(str::trim)
}

/// Whether the cell is a number such as `1.00E+05`. A spreadsheet writes the sign of the exponent,
/// other programs at least a point (`1.0012345E7`). `1E5` may be a username.
fn is_scientific(cell: &str) -> bool {
    let narrow = |c: char| match c {
        // A character in full width.
        '\u{ff01}'..='\u{ff5e}' => {
            char::from_u32(u32::from(c) - 0xfee0).unwrap_or(char::REPLACEMENT_CHARACTER)
        }
        '\u{2212}' => '-',
        c => c,
    };
    if !cell.chars().next().is_some_and(|c| matches!(narrow(c), '0'..='9' | '+' | '-' | '.' | ','))
    {
        return false;
    }
    let cell: String = cell.chars().map(narrow).collect();
    let Some((number, exponent)) = cell.split_once(['E', 'e']) else { return false };
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let number = number.trim_start_matches(['+', '-']);
    let (whole, part) = number.split_once(['.', ',']).unwrap_or((number, ""));
    let has_point = whole.len() < number.len();
    let exponent = exponent.trim_start();
    let digits = exponent.strip_prefix(['+', '-']);
    (has_point || digits.is_some())
        && !(whole.is_empty() && part.is_empty())
        && is_digits(whole)
        && is_digits(part)
        && !digits.unwrap_or(exponent).is_empty()
        && is_digits(digits.unwrap_or(exponent))
}

/// Whether the cell is a whole number with decimals: `10045.0`.
fn is_decimal(cell: &str) -> bool {
    cell.split_once(['.', ',']).is_some_and(|(whole, part)| {
        !whole.is_empty()
            && whole.bytes().all(|byte| byte.is_ascii_digit())
            && !part.is_empty()
            && part.bytes().all(|byte| byte == b'0')
    })
}

/// Whether `?` stands in place of letters. In the name of a group, a `?` at the end may belong to a
/// question.
fn lost_letters(kind: FieldKind, cell: &str) -> bool {
    match kind {
        FieldKind::Person | FieldKind::Identity => cell.contains('?'),
        FieldKind::Name => {
            cell.split('?').skip(1).any(|after| after.starts_with(char::is_alphanumeric))
                || cell.contains("??")
        }
        FieldKind::List | FieldKind::Word | FieldKind::Text => false,
    }
}

/// Whether the whole value stands in quotes. Any two quotes of one kind are a pair, because
/// languages and keyboards differ in which of them opens and which closes. The letters ʻ and ʼ are
/// not quotes.
fn is_quoted(cell: &str) -> bool {
    const DOUBLE: &str = "\"“”„‟″＂〝〞〟❝❞«»";
    const SINGLE: &str = "'‘’‚‛`´′＇❛❜‹›";
    const CORNERS: &str = "「」『』｢｣﹁﹂﹃﹄";
    let mut chars = cell.chars();
    let (Some(first), Some(last)) = (chars.next(), chars.next_back()) else { return false };
    [DOUBLE, SINGLE, CORNERS].iter().any(|kind| kind.contains(first) && kind.contains(last))
}

/// Whether the cell is a JSON list, which a field of one value cannot hold.
fn is_json_list(cell: &str) -> bool {
    cell.starts_with('[')
        && cell.ends_with(']')
        && serde_json::from_str::<Vec<serde::de::IgnoredAny>>(cell).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::check;

    fn reason(field: Field, cell: &str) -> &'static str {
        no_value(field, cell, false).err().map_or("", |fault| fault.reason)
    }

    #[test]
    fn letter_whose_last_byte_looks_like_a_blank_is_no_margin() {
        for (cell, meant) in [
            ("NicolÃ\u{a0}", "Nicolà"),
            ("JiÅ™Ã\u{ad}", "Jiří"),
            (" NicolÃ\u{a0} ", "Nicolà"),
            ("AnnÂ\u{a0}", "Ann"),
            ("ANNÂ\u{a0}", "ANN"),
            ("Design,NicolÃ\u{a0},Video", "Nicolà"),
        ] {
            let advice = no_margin(Field::Groups, cell).unwrap_err().advice;
            assert!(advice.contains(&format!("`{meant}`")), "{cell}: {advice}");
        }
        for cell in [
            "Ann\u{a0}",
            "Zoë\u{a0}",
            "ROMÃ\u{a0}",
            "Weiß\u{a0}",
            "Анна\u{a0}",
            "\u{a0}",
            "山田\u{a0}",
        ] {
            assert!(no_margin(Field::Lastname, cell).is_ok(), "{cell}");
        }
    }

    #[test]
    fn what_programs_leave_in_cells_is_no_name() {
        for (cell, expected) in [
            ("#N/A", "excel_error"),
            ("#BEZUG!", "excel_error"),
            ("#VALUE", "excel_error"),
            ("'#N/A", "excel_error"),
            ("Fehler:502", "excel_error"),
            ("N.A.", "placeholder"),
            ("n.a.", "placeholder"),
            ("nil", "placeholder"),
            ("NaT", "placeholder"),
            ("k.A.", "placeholder"),
            ("<null>", "placeholder"),
            ("(null)", "placeholder"),
            ("(None)", "placeholder"),
            ("<nil>", "placeholder"),
            ("[object Object]", "placeholder"),
            ("M\\u00fcller", "escaped"),
            ("M%C3%BCller", "escaped"),
            ("M=C3=BCller", "escaped"),
            ("System.Object[]", "placeholder"),
            ("System.Collections.Generic.List`1[System.String]", "placeholder"),
            ("Microsoft.ActiveDirectory.Management.ADPropertyValueCollection", "placeholder"),
            ("=A1", "formula"),
            ("+1", "formula"),
            ("@x", "formula"),
            ("{=A1}", "formula"),
            ("{=A1}@x.com", "formula"),
            ("#REF!$A$1", "formula"),
            ("#REF!A1", "formula"),
            ("Sheet1!A1", "formula"),
            ("Err:502", "excel_error"),
            ("РђРЅРЅР°", "mojibake"),
            ("Zo√´", "mojibake"),
            ("J├╝rgen", "mojibake"),
            ("╨б╨╡╤А╨│╨╡╨╣", "mojibake"),
            ("OΓÇÖBrien", "mojibake"),
            ("OÔÇÖBrien", "mojibake"),
            ("┼¢liwa", "mojibake"),
            ("ZoĂ«", "mojibake"),
            ("MĂĽller", "mojibake"),
            ("MГјller", "mojibake"),
            ("+BCEENQRABDMENQQ5", "mojibake"),
            ("Jos+AOk", "mojibake"),
            ("Jos+AOk-", "mojibake"),
            ("~{MuN0~}", "mojibake"),
            ("JosŽ", "mojibake"),
            ("MŸller", "mojibake"),
            ("J¸rgen", "mojibake"),
            ("‘¾˜Y", "mojibake"),
            ("ŽR“c", "mojibake"),
            ("Andr‚", "mojibake"),
            ("H‚lŠne", "mojibake"),
            ("Fran‡ois", "mojibake"),
            ("£ukasz", "mojibake"),
            ("W¢jcik", "mojibake"),
            ("Èâàí", "mojibake"),
            ("Ïåòðîâ", "mojibake"),
            ("Ayþe", "mojibake"),
            ("Mьller", "mojibake"),
            ("Mšller", "mojibake"),
            ("M‘hle", "mojibake"),
            ("Gro§", "implausible"),
            ("…berg", "mojibake"),
            ("Dvoއk", "implausible"),
            ("C™tŽ", "mojibake"),
            ("A\u{2800}nn", "invisible"),
            ("NULL", "placeholder"),
            ("nan", "placeholder"),
            ("N/A", "placeholder"),
            ("None", "placeholder"),
            ("1.23E+05", "scientific"),
            ("1,23E+05", "scientific"),
            ("1.0012345E7", "scientific"),
            ("1.23456789012E11", "scientific"),
            ("1.0012345e7", "scientific"),
            ("1.E+05", "scientific"),
            ("1E+15", "scientific"),
            ("-1.2E-05", "scientific"),
            ("−1.2E-05", "scientific"),
            (".5E+3", "scientific"),
            ("１.２E+15", "scientific"),
            ("１．２Ｅ＋１５", "scientific"),
            ("1.23E 15", "scientific"),
            ("#Н/Д", "excel_error"),
            ("########", "excel_error"),
            ("true", "placeholder"),
            ("[\"A\"]", "list"),
            ("[\"A\", \"B\"]", "list"),
            ("[]", "list"),
            ("M?ller", "lost_letters"),
            ("M\u{fffd}ller", "lost_letters"),
            ("\"Ann\"", "quoted"),
            ("“Ann”", "quoted"),
            ("'Ann'", "quoted"),
            ("‚Ann‘", "quoted"),
            ("‹Ann›", "quoted"),
            ("»Ann«", "quoted"),
            ("»Ann»", "quoted"),
            ("”Ann”", "quoted"),
            ("’Ann’", "quoted"),
            ("「Ann」", "quoted"),
            ("『Ann』", "quoted"),
            ("´Ann´", "quoted"),
            ("`Ann´", "quoted"),
            ("`Ann`", "quoted"),
            ("``Ann''", "quoted"),
            ("″Ann″", "quoted"),
            ("＂Ann＂", "quoted"),
            ("〝Ann〟", "quoted"),
            ("M&uuml;ller", "html"),
            ("ZoÃ«", "mojibake"),
            ("Oâ€™Brien", "mojibake"),
            ("Ma\u{ad}rsh", "invisible"),
            ("van\u{a0}Dyk", "invisible"),
        ] {
            assert_eq!(reason(Field::Lastname, cell), expected, "{cell}");
        }
    }

    #[test]
    fn what_does_not_belong_to_a_name_is_shown() {
        for (name, shown) in [
            ("JosŽ", "is probably `José`"),
            ("‘¾˜Y", "is probably `太郎`"),
            ("Dvoއk", "contains U+0787 (އ), which no name has in this place"),
            ("Gro§", "contains U+00A7 (§)"),
            ("Jos+AOk", "means `José`: write that, or use --encoding utf-7"),
        ] {
            let advice = no_value(Field::Lastname, name, false).unwrap_err().advice;
            assert!(advice.contains(shown), "{name}: {advice}");
        }
        for group in ["Photoshop™", "M²", "Größe «A»", "Team • Nord", "50€", "Straße®"]
        {
            assert_eq!(no_name(group), Ok(()), "{group}");
        }
    }

    #[test]
    fn names_of_many_languages_are_not_refused() {
        for names in [
            "Žiga Žižek Šarec Čeferin Urška Špela Žnidaršič Boštjan",
            "L’Haÿ Louÿs L'Haÿ-les-Roses Croÿ Aÿ Œuvrard Lœtitia Lecœur Noël",
            "Groß Weiß Mößner Strauß Schröder Öztürk Ägidius Übel Jäger-Höß",
            "Søren Kjær Mæhle Ødegård Åse Færch Ærø Blåbjerg",
            "Þór Ægir Guðrún Dufþakur Sigþór Bergþóra Steinþór Ísþór Alþýða Þórður",
            "Ó hÓgáin hÉigeartaigh Máirín MacÉibhir Ní Dhónaill",
            "Łukasz Źródłowski Święcicka Żółć Małgorzata Ąk Ćwik",
            "Dvořák Šťovíček Žďárský Řehoř Ďáblice Ťuhýk Ňouma Všetečka Mšeno Pšenička",
            "Ľubomír Škvarenina Kňažko Ôsma Mĺkvy Vŕba",
            "Szűcs Erdős Őri Űrhajós Győző Fűrész",
            "Ștefănescu Şerban Țiriac Ţurcanu Brâncuși Înger Ioniță",
            "Đorđe Đoković Ćosić Žarko Šćepanović Hadžić",
            "Jānis Mekšs Šķēle Ģirts Ķēniņš Ļaudams Ņikita Bērziņš",
            "Šarūnas Žydrūnas Čiurlionis Ąžuolas Kęstutis Jūratė",
            "Õnne Ülle Tõnu Põder Öpik Žanna Õõrd Jõõrd Äär",
            "Ayşe İbrahim Işık Müşerref Çağrı Öğüt Ağaoğlu Şükrü Kâmil",
            "Əliyev Günəş Çiçək İlqar Şəhla",
            "Nguyễn Đặng Ấn Ưng Phượng Trương Ỷ Đỗ",
            "Siân Tŵm Llŷr Gwenllïan",
            "Íñigo Ñáñez Güell Núñez Muñiz Óscar Mª",
            "João Conceição Ângela Íris Ônix",
            "Núria Àngel Marcel·lí Gal·la Lluïsa",
            "Çelë Gëzim Përparim Hëna",
            "Иван Щукин Ёлкин Їжак Ґалаґан Ђорђе Ќулафковска",
            "Ελένη Γιώργος Ύδρα Άγγελος",
            "אברהם שרה מרים",
            "محمد فاطمة خديجة",
            "สมชาย ยิ่งลักษณ์",
            "नेहा अंकित",
            "გიორგი ნინო",
            "Արամ Անի",
            "山田 さくら ケンジ 佐々木",
            "김민수 박지훈",
            "王伟 𠮷田 陳大文",
            "Ọ̀ṣọ́ Ṣẹ́gun Adébáyọ̀",
            "O’Brien D’Angelo ’t Hooft Hawai‘i Ulug‘bek Hawaiʻi Kaʻiulani Sant’Anna",
            "Mary Jane",
            "Jean–Luc",
            "DeÁngelis",
            "Zoë2",
        ] {
            for name in names.split(' ') {
                assert_eq!(reason(Field::Lastname, name), "", "{name}");
            }
            assert_eq!(reason(Field::Firstname, names), "", "{names}");
        }
    }

    /// The quick test must agree with the rules.
    #[test]
    fn every_word_of_a_program_is_looked_at_closely() {
        for word in WORDS {
            for spelling in [word.to_owned(), word.to_uppercase()] {
                assert!(!is_plain(&spelling), "{spelling}");
            }
        }
        for cell in ["Nora.Underwood@example.com", "O'Neil", "Zoë", "山田"] {
            assert!(is_plain(cell), "{cell}");
        }
        for cell in ["", "O'", "1.2E+05", "ZoÃ«", "«Zoë»", "De\u{200b}sign", "Zo×", "Èâàí", "Ayþe"]
        {
            assert!(!is_plain(cell), "{cell}");
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { cases: 2048, failure_persistence: None, ..Default::default() })]

        #[test]
        fn plain_cells_break_no_rule(
            cell in "[a-zA-ZnuNU \
                 .@',&0-9À-ɏΆ-ώЀ-ԯء-يḀ-ỿぁ-ヺ一-龥가-힣«»“‘¿€\u{ad}\u{200b}\u{a0}\u{301}?#\"]{1,8}"
        ) {
            if is_plain(&cell) {
                for kind in [FieldKind::Person, FieldKind::Identity, FieldKind::Name, FieldKind::List, FieldKind::Word, FieldKind::Text] {
                    let closely = check_closely(kind, &cell).map_err(|fault| fault.reason);
                    proptest::prop_assert_eq!(closely, Ok(()), "{}", &cell);
                }
                proptest::prop_assert!(unicode_normalization::is_nfc(&cell), "{}", &cell);
                proptest::prop_assert_eq!(no_margin(Field::Lastname, &cell), Ok(()), "{}", &cell);
                for check in [check::person, check::group, check::description, check::membership, check::profile] {
                    proptest::prop_assert_eq!(check(&cell), Ok(()), "{}", &cell);
                }
            }
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { cases: 4096, failure_persistence: None, ..Default::default() })]

        #[test]
        fn lone_letters_are_plain(cell in "[a-cX .\\-ÀÃÂÇËÎÞ×ßåéîñô÷þÿŁłšГéα‘¿]{1,8}|[À-ÿ][a-z ][À-ÿ]") {
            proptest::prop_assert!(!has_lone_letters(cell.as_bytes()) || has_plain_letters(&cell), "{}", &cell);
        }
    }

    #[test]
    fn every_letter_of_western_europe_that_is_lone_is_plain() {
        for c in '\u{80}'..='\u{24f}' {
            for text in [format!("{c}"), format!("a{c}"), format!("{c}A"), format!(" {c}a")] {
                let is_lone = has_lone_letters(text.as_bytes());
                assert!(!is_lone || has_plain_letters(&text), "{text}");
                let is_western = matches!(c, 'À'..='ÿ') && !"×÷Þþ".contains(c);
                let begins = !text.starts_with('a') || c >= 'ß';
                assert_eq!(is_lone, is_western && begins, "{text}");
            }
        }
    }

    #[test]
    fn names_of_people_everywhere_are_names() {
        for name in [
            "O'Brien",
            "O’Brien",
            "Nuñez",
            "Đặng",
            "山田",
            "山田　太郎",
            "Ann-Marie",
            "A",
            "X Æ A-12",
            "D'Angelo",
            "'t Hooft",
            "van der Berg",
            "Nan",
            "NAN",
            "Nil",
            "NIL",
            "Nat",
            "Na",
            "Null",
            "Null-Meyer",
            "K.A.",
            "Smith, Jr.",
            "Müller",
            "Łukasz",
            "Šimůnek",
            "Ångström",
            "Ünal",
            "İpek",
            "Þór",
            "Ægir",
            "Çelik",
            "ÇAĞRI",
            "AÇÃO",
            "Ñandú",
            "Ærø",
            "Ÿ",
            "Иван",
            "Ґалаґан",
            "Ελένη",
            "محمد",
            "علی\u{200c}رضا",
            "नेहा",
            "กานต์",
            "김",
            "Nguyễn Thị",
            "Mary \"Molly\" Jones",
            "#1",
            "E",
            "1E5",
            "12e",
            "e7",
            "True",
            "TRUE",
            "[Ann]",
            "’t Hooft",
            "ʻAlaʻ",
            "O`Neil",
            "Tr\u{0061}\u{0302}\u{0300}n",
            "ʻOkina",
            "Nguye\u{0302}\u{0303}n",
            "Siân",
            "Zoë",
            "François",
            "Ã",
            "PÉREZ",
            "ÅŸe",
            "Renée",
            "Håkon",
            "Ömer",
            "Ďuro",
            "Đà",
            "Hồ",
            "Strauß",
            "d’Été",
            "-",
            ".",
            "Ann (Annie)",
            "M&S",
            "Jean‑Luc",
        ] {
            if name == "ÅŸe" {
                continue;
            }
            assert_eq!(reason(Field::Lastname, name), "", "{name}");
        }
    }

    #[test]
    fn groups_may_ask_a_question_and_must_not_have_lost_letters() {
        for (name, expected) in [
            ("Questions?", ""),
            ("Who? What?", ""),
            ("M?nchen", "lost_letters"),
            ("????", "lost_letters"),
            ("N/A", "placeholder"),
            ("\"Design\"", "quoted"),
            ("De\u{200b}sign", "invisible"),
        ] {
            assert_eq!(no_name(name).err().map_or("", |fault| fault.reason), expected, "{name}");
        }
        assert_eq!(reason(Field::Description, "N/A"), "");
        for name in ["1E5", "e7", "12e", "1e5", "2e3f", "1.2e", "1.2e5x"] {
            assert_eq!(reason(Field::Username, name), "", "{name}");
        }
        assert_eq!(reason(Field::HardDelete, "true"), "");
        assert_eq!(reason(Field::Groups, "[\"A\"]"), "");
        assert_eq!(no_value(Field::Firstname, "=A2", true).unwrap_err().reason, "formula");
    }
}
