//! Detects cells that hold no value: a program has left something in place of what a person meant.
//!
//! Spreadsheets write their errors and formulas, databases their empty values, and conversions lose
//! letters. None of these may become a name, a group or an address.

use super::check::ValueFault;
use super::field_kind::{FieldKind, kind};
use super::placeholder::is_placeholder;
use super::plain_cell::is_plain;
use super::sheet_number::{is_decimal, is_scientific};
use super::text::trim;
use crate::table::{
    DoubtfulName, Field, MERGED_AWAY, Misread, SevenBitName, begins_as_formula, described_char,
    in_seven_bits, invisible_inside, is_excel_error, is_formula, is_reference, misread, repair,
    repaired, without_escapes, without_html_escapes,
};
use std::borrow::Cow;

/// Returns why a trimmed cell that is no formula cannot be the value of a field.
pub(super) fn no_value(field: Field, cell: &str) -> Result<(), ValueFault> {
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

/// Refuses a formula, which is no value.
pub(super) fn formula() -> Result<(), ValueFault> {
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

#[cold]
#[expect(
    clippy::too_many_lines,
    reason = "one check after the other, in the order in which they explain most"
)]
fn check_closely(kind: FieldKind, cell: &str) -> Result<(), ValueFault> {
    if cell == MERGED_AWAY {
        return fault(
            "merged",
            "is in place of a value that the row lacks, because its cell was merged with others: \
             write the value, or empty the cell if the row has none",
        );
    }
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
        "was read in a wrong encoding and is probably `{meant}`: correct it, or save the file \
         again from the program that it comes from"
    );
    ValueFault { reason: "mojibake", advice }
}

/// Returns the fault of a name that may be right, in a file with names that are certainly spoiled.
pub(super) fn doubtful_fault(doubt: &DoubtfulName<'_>) -> ValueFault {
    let DoubtfulName { meant, example, line } = doubt;
    let advice = format!(
        "may have been read in a wrong encoding, as `{example}` in line {line} certainly was, and \
         be `{meant}`: correct it, or save the file again from the program that it comes from; if \
         it is right, correct the others, and it is taken as it is"
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
mod tests;
