//! Guards cells against being run as formulas, and reads guarded cells.
//!
//! A spreadsheet runs a cell that begins with `=`, `+`, `-`, `@`, TAB or CR (with Asian languages
//! also in full width). So an export puts a `'` before such a cell, and before one that already
//! looks guarded, so that reading it gives the original. In: a cell as it is written. Out: the cell
//! as it is meant; and the inverse.

use super::invisible::is_margin;
use std::borrow::Cow;

/// Characters that spreadsheets treat as the beginning of a formula.
const STARTERS: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];
const EQUALS: [char; 2] = ['=', '＝'];
const SIGNS: [char; 6] = ['+', '-', '@', '＋', '－', '＠'];

/// Returns the cell without the one `'` that an export has put before it: if one or more `'` are
/// followed by the beginning of a formula. If a formula is only a text (`="00123"`), by which
/// programs keep spreadsheets from changing it, returns that text.
pub(crate) fn unguard(cell: &str) -> &str {
    if begins_as_text(cell) {
        return cell;
    }
    match cell.as_bytes() {
        [b'\'', ..] => cell
            .strip_prefix('\'')
            .filter(|meant| {
                let rest = meant.trim_start_matches('\'');
                rest.starts_with(STARTERS) || text_formula(rest).is_some()
            })
            .unwrap_or(cell),
        [b'=', ..] => text_formula(cell).unwrap_or(cell),
        [first, ..] if !first.is_ascii_graphic() => text_formula(cell).unwrap_or(cell),
        _ => cell,
    }
}

/// Whether the cell is empty or begins with a Latin letter or a digit, as most do. No formula
/// begins so, and no cell that is kept from being one. Letters beyond ASCII are told by their first
/// byte.
pub(super) fn begins_as_text(cell: &str) -> bool {
    static BEGINS: [bool; 256] = {
        let mut begins = [false; 256];
        let mut byte = 0;
        while byte < 256 {
            begins[byte] = (byte as u8).is_ascii_alphanumeric() || matches!(byte, 0xc3..=0xcb);
            byte += 1;
        }
        begins
    };
    cell.as_bytes().first().is_none_or(|first| BEGINS[usize::from(*first)])
}

/// Whether the cell, as it is written, is a formula whose value the table does not hold. So is the
/// text in `="=A1"`, and a formula for several cells (`{=A1:B2}`).
pub(crate) fn is_formula(cell: &str) -> bool {
    if begins_as_text(cell) {
        return false;
    }
    let cell = trim_start(cell);
    if let Some(text) = text_formula(cell) {
        return is_formula(text);
    }
    match cell.strip_prefix(EQUALS) {
        Some(rest) => !rest.is_empty(),
        None => is_array_formula(cell) || is_formula_without_equals(cell),
    }
}

/// Whether a text names a cell of another sheet (`Sheet1!A1`, `#REF!$A$1`), or begins as a formula
/// for several cells (`{=A1}@example.com`). It is the result of a formula that a spreadsheet has
/// lost.
pub(crate) fn is_reference(text: &str) -> bool {
    let text = text.trim_matches(is_margin).trim_start_matches('\'');
    if let Some(inside) = text.strip_prefix('{') {
        return trim_start(inside).starts_with(EQUALS) && inside.contains('}');
    }
    text.rsplit_once('!')
        .is_some_and(|(sheet, cells)| !sheet.is_empty() && cells.split(':').all(is_cell_name))
}

/// Whether a cell is a formula for several cells: `{=SUM(A1:B2)}`.
fn is_array_formula(cell: &str) -> bool {
    let inside =
        cell.trim_end_matches(is_margin).strip_prefix('{').and_then(|cell| cell.strip_suffix('}'));
    inside.is_some_and(|inside| trim_start(inside).starts_with(EQUALS))
}

/// Whether a text begins as a formula, and not as a person's name. `-`, `-Anne` and `=Zoë` do not
/// begin as formulas: organizations have such names, and an export guards them.
pub(crate) fn begins_as_formula(text: &str) -> bool {
    if let Some(rest) = text.strip_prefix(EQUALS) {
        let is_of_a_name = |c: char| c.is_alphabetic() || matches!(c, ' ' | '-' | '.' | '\'');
        return rest.is_empty() || !rest.chars().all(is_of_a_name);
    }
    let after_sign = text.trim_start_matches(SIGNS);
    text.starts_with(['+', '@', '＋', '＠'])
        || after_sign.len() < text.len() && after_sign.starts_with(|c: char| c.is_ascii_digit())
        || is_formula(text)
}

/// Whether a cell is a formula such as `+A1`, `-$B$2*3` or `@SUM(A1)`: the name of a cell or a
/// function after a sign. `+49 30` and `-` are not formulas.
fn is_formula_without_equals(cell: &str) -> bool {
    let Some(rest) = cell.strip_prefix(SIGNS) else { return false };
    let rest = rest.trim_start_matches(SIGNS);
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '$' | '.' | '_');
    let (word, behind) = rest.split_at(rest.find(|c| !is_part(c)).unwrap_or(rest.len()));
    let starts_with_letter = word.starts_with(|c: char| c.is_ascii_alphabetic());
    match behind.chars().next() {
        Some('(') => starts_with_letter,
        None | Some('+' | '-' | '*' | '/' | '^' | '&' | '=' | '<' | '>' | '!' | '%' | ':') => {
            is_cell_name(word)
        }
        Some(_) => false,
    }
}

/// Whether a word is the name of a cell: `A1`, `$XFD$1048576`.
fn is_cell_name(word: &str) -> bool {
    let word = word.strip_prefix('$').unwrap_or(word);
    let (column, row) =
        word.split_at(word.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(word.len()));
    let row = row.strip_prefix('$').unwrap_or(row);
    (1..=3).contains(&column.len())
        && (1..=7).contains(&row.len())
        && row.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns the text of `="text"`, whatever invisible characters are around it.
fn text_formula(cell: &str) -> Option<&str> {
    trim_start(cell)
        .trim_end_matches(is_margin)
        .strip_prefix("=\"")?
        .strip_suffix('"')
        .filter(|text| !text.contains('"'))
}

fn trim_start(cell: &str) -> &str {
    cell.trim_start_matches(is_margin)
}

/// What reads the cells that are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CellReader {
    /// A spreadsheet: no cell may be a formula.
    Spreadsheet,
    /// A program: only a cell that umbulk would misread gets a `'`.
    Program,
}

/// Returns a cell as it is to be written.
pub(crate) fn guard(cell: &str, reader: CellReader) -> Cow<'_, str> {
    if begins_as_text(cell) {
        return Cow::Borrowed(cell);
    }
    let rest = cell.trim_start_matches('\'');
    let needs_it = || {
        reader == CellReader::Spreadsheet
            || rest.len() < cell.len()
            || rest.starts_with(EQUALS)
            || is_formula_without_equals(rest)
    };
    if rest.starts_with(STARTERS) && needs_it() || text_formula(rest).is_some() {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

/// Returns a cell of a workbook's copy as it is to be written. There, a text has its guard already,
/// and a formula without a stored value has none.
pub(super) fn guard_formula(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(STARTERS) && text_formula(cell).is_none() {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

/// Whether a cell of a record may begin as a formula.
pub(super) fn may_hold_formula(record: &str, delimiter: u8) -> bool {
    let begins = |byte: u8| {
        matches!(byte, b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r') && byte != delimiter
            || byte == 0xef
    };
    let bytes = record.as_bytes();
    bytes.first().is_some_and(|first| begins(*first))
        || bytes.windows(2).any(|pair| (pair[0] == delimiter || pair[0] == b'"') && begins(pair[1]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_of_a_workbook_are_guarded_once() {
        for (cell, written) in [
            ("=LOWER(B3)", "'=LOWER(B3)"),
            ("+49 30", "'+49 30"),
            ("＝A1", "'＝A1"),
            ("'=A1", "'=A1"),
            ("=\"007\"", "=\"007\""),
            ("Ann", "Ann"),
        ] {
            assert_eq!(guard_formula(cell), written);
        }
        assert!(may_hold_formula("a,\"=B\"", b','));
        assert!(!may_hold_formula("a@b.co,Ann-Lee,a=b", b','));
    }

    #[test]
    fn letters_and_digits_begin_no_formula() {
        for text in ["", "A", "z1", "0", "Zoë", "Ärm", "Łukasz"] {
            assert!(begins_as_text(text), "{text}");
        }
        for text in ["=A1", "+1", "-", "@", "'A", " A", "山", "＝A", "\u{a0}A", "[", "`", "{"] {
            assert!(!begins_as_text(text), "{text}");
        }
    }
    use proptest::prelude::*;

    #[test]
    fn one_quote_is_taken_off_before_a_formula_and_none_elsewhere() {
        for (written, meant) in [
            ("'=1+1", "=1+1"),
            ("'+49", "+49"),
            ("'-", "-"),
            ("'@home", "@home"),
            ("'\tx", "\tx"),
            ("'\rx", "\rx"),
            ("'＝1+1", "＝1+1"),
            ("'＠home", "＠home"),
            ("''=1", "'=1"),
            ("'''@", "''@"),
            ("=1", "=1"),
            ("'", "'"),
            ("''", "''"),
            ("", ""),
            ("'t Hooft", "'t Hooft"),
            ("O'-Neil", "O'-Neil"),
            ("'\n=", "'\n="),
            (" '=1", " '=1"),
            ("=\"Ann\"", "Ann"),
            ("=\"\"", ""),
            (" =\"Ann\"", "Ann"),
            ("\u{a0}\u{200b}=\"Ann\"\u{200b} ", "Ann"),
            (" =A1", " =A1"),
            ("'\n=\"\"", "\n=\"\""),
            ("'' =\"Ann\"", "' =\"Ann\""),
            ("=\"A\"&\"B\"", "=\"A\"&\"B\""),
        ] {
            assert_eq!(unguard(written), meant, "{written:?}");
        }
    }

    #[test]
    fn formula_without_an_equals_sign_is_a_cell_or_a_function() {
        for cell in [
            "=A1",
            "+A1",
            " +A1",
            "-$B$2*3",
            "@SUM(A1)",
            "+-C3",
            "+VLOOKUP(A1,B:C,2)",
            "+a1",
            "-XFD1048576",
            "@A1:B2",
            "＝A1",
            "＋A1",
            "＠SUM(A1)",
            "－+C3",
        ] {
            assert!(is_formula(cell), "{cell}");
            assert_eq!(unguard(&guard(cell.trim_start(), CellReader::Program)), cell.trim_start());
            assert!(
                !is_formula(&guard(cell.trim_start(), CellReader::Program)),
                "{cell}: what is kept from being one is none"
            );
        }
        for cell in [
            "A1",
            "+49 30",
            "-",
            "+",
            "@",
            "+Lee",
            "-Anne",
            "@home",
            "'+A1",
            "+A1@x.com",
            "+A1 Team",
            "- A1",
            "+ABCD1",
            "=",
            "＝",
            "＋49 30",
        ] {
            assert!(!is_formula(cell), "{cell}");
        }
    }

    #[test]
    fn formula_in_a_text_or_in_braces_is_one() {
        for cell in ["=\"=A1\"", "=\"+A1\"", " =\"=SUM(A1)\" ", "{=A1}", "{=SUM(A1:B2)} ", "{＝A1}"]
        {
            assert!(is_formula(cell), "{cell}");
        }
        for cell in ["=\"Ann\"", "=\"-\"", "{A1}", "{}", "{=A1", "=\"\""] {
            assert!(!is_formula(cell), "{cell}");
        }
    }

    #[test]
    fn no_name_of_a_person_begins_as_a_formula() {
        for text in ["=A1", "=", "+1", "+49 30", "@x", "@home", "-1", "-A1", "＋1", "{=A1}"] {
            assert!(begins_as_formula(text), "{text}");
        }
        for text in ["-", "--", "-Anne", "=Zoë", "Ann", "'t Hooft", "{Ann}", "", "A+B"] {
            assert!(!begins_as_formula(text), "{text}");
        }
    }

    #[test]
    fn names_of_cells_of_other_sheets_are_no_values() {
        for text in [
            "#REF!$A$1",
            "#REF!A1",
            "Sheet1!A1",
            "'My sheet'!$B$2:$C$3",
            "{=A1}",
            "{ =A1}@example.com",
        ] {
            assert!(is_reference(text), "{text}");
        }
        for text in ["A1", "Wham!", "!A1", "Hello! Ann", "{Ann}", "{=A1", "ann@example.com"] {
            assert!(!is_reference(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_an_export_has_written_is_read_as_it_was(cell in "['=+@＝＋－＠\t\ra-]{0,6}.{0,3}|['\n \
            ]{0,2}=\"a?\" ?", for_excel: bool) {
            let reader = if for_excel { CellReader::Spreadsheet } else { CellReader::Program };
            let written = guard(&cell, reader);
            prop_assert_eq!(unguard(&written), &cell);
        }
    }
}
