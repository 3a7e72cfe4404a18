//! Texts that programs write in place of an empty value.

use super::field_kind::FieldKind;

/// Texts that programs write in place of an empty value, in any letter case.
pub(super) const WORDS: [&str; 9] =
    ["null", "n/a", "n.a.", "n. a.", "none", "undefined", "\\n", "#null", "nan"];

/// None of these words that begin with a letter has fewer bytes.
pub(super) const SHORTEST_WORD: usize = "nan".len();

/// None of these words has more bytes.
pub(super) const LONGEST_WORD: usize = "undefined".len();

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
pub(super) fn is_placeholder(kind: FieldKind, cell: &str) -> bool {
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
pub(super) fn is_type_name(cell: &str) -> bool {
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

/// Whether the cell is a word of a program, perhaps one that is written like a name.
pub(super) fn is_word_of_a_program(cell: &str) -> bool {
    EXACT_WORDS.contains(&cell) || WORDS.iter().any(|word| cell.eq_ignore_ascii_case(word))
}
