//! Decides whether a row of a table is about a user, or is a total or a remark.
//!
//! In: its filled cells with the meaning of their columns, and for the last row the number of rows
//! above. Out: `true` only if no user can be meant. A row that could be about a user is read as a
//! row, and refused with the reason if something is missing.

use super::column_words::REQUIRED;
use super::field::Field;
use super::total_words::{COUNTS, ENDS, ENDS_OF, REMARKS, SUMS};

/// A filled cell.
#[derive(Debug, Clone, Copy)]
pub(super) struct FilledCell<'a> {
    /// Trimmed.
    pub(super) text: &'a str,
    /// The meaning of its column; `None` if it has none.
    pub(super) field: Option<Field>,
}

/// Whether a row with these filled cells is a total or a remark. `rows_above` is there for the last
/// row, which may be a total also if it is a number alone.
pub(super) fn is_total(filled: &[FilledCell<'_>], rows_above: Option<u64>) -> bool {
    let cell = |wanted: Field| filled.iter().find(|cell| cell.field == Some(wanted));
    let is_domain = |cell: &FilledCell<'_>| !is_amount(cell.text);
    let is_action = |cell: &FilledCell<'_>| filled.len() > 1 && !is_sum(cell.text);
    if filled.iter().any(|cell| cell.text.contains('@'))
        || cell(Field::Action).is_some_and(is_action)
        || cell(Field::Username).is_some() && cell(Field::Domain).is_some_and(is_domain)
    {
        return false;
    }
    if is_drawn(filled) {
        return true;
    }
    match filled {
        [] => false,
        [alone] if rows_above.is_none() && !may_be_label(alone.field) => is_aggregate(alone.text),
        [alone] => is_lone_sum(alone, rows_above) || is_lone_remark(alone),
        [first, others @ ..] => {
            is_sum(first.text) && others.iter().all(|cell| is_amount(cell.text))
        }
    }
}

/// Whether a row above others may have a lone total or remark in a column of this field. A row with
/// only a group or a country has lost its name.
pub(super) fn may_be_label(field: Option<Field>) -> bool {
    matches!(field, None | Some(Field::Email | Field::Firstname | Field::Lastname))
}

/// Whether the cells are a line between others (`----`, `;;;`), or say which columns are required.
fn is_drawn(filled: &[FilledCell<'_>]) -> bool {
    let is_line = |text: &str| {
        text.chars().count() > 1
            && text.chars().all(|c| {
                matches!(
                    c,
                    '-' | '='
                        | '_'
                        | '*'
                        | '~'
                        | '.'
                        | ';'
                        | ','
                        | '|'
                        | '+'
                        | ':'
                        | '\t'
                        | '—'
                        | '–'
                        | '─'
                        | '┼'
                )
            })
    };
    let is_required = |text: &str| {
        let word = text.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        word.len() < text.len() && REQUIRED.contains(&word.as_str())
    };
    let may_be_a_name =
        |cell: &FilledCell<'_>| matches!(cell.field, Some(Field::Username | Field::Group));
    let is_sure = filled.len() > 1 || !filled.iter().any(may_be_a_name);
    is_sure
        && !filled.is_empty()
        && (filled.iter().all(|cell| is_line(cell.text))
            || filled.iter().all(|cell| is_required(cell.text)))
}

/// Whether it is the formula of a sum or a count: `=COUNTA(A2:A3)`.
fn is_aggregate(text: &str) -> bool {
    const NAMES: &[&str] = &[
        "SUM",
        "SUMIF",
        "COUNT",
        "COUNTA",
        "COUNTIF",
        "SUBTOTAL",
        "AGGREGATE",
        "SUMME",
        "ANZAHL",
        "ANZAHL2",
        "TEILERGEBNIS",
        "SOMME",
        "NB",
        "NBVAL",
        "SOUS.TOTAL",
        "SUMA",
        "CONTAR",
        "CONTARA",
        "SUBTOTALES",
        "SOMMA",
        "CONTA",
        "ROWS",
    ];
    let formula = text.trim_start_matches(['\'', '"']).strip_prefix('=');
    formula
        .and_then(|formula| formula.split_once('('))
        .is_some_and(|(name, _)| NAMES.contains(&name.trim().to_uppercase().as_str()))
}

/// Whether it is a sum without other cells: `Total`, `Total: 300`, `(3 rows)`, or the number of
/// rows above.
fn is_lone_sum(cell: &FilledCell<'_>, rows_above: Option<u64>) -> bool {
    if is_count_of_rows(cell.text) || is_aggregate(cell.text) {
        return true;
    }
    // A group may have the name Total, and a user the name 120.
    match cell.field {
        Some(Field::Group) => is_labelled_number(cell.text) || is_page_number(cell.text),
        Some(Field::Username) => is_sum(cell.text),
        _ => {
            is_sum(cell.text) && !may_be_a_name(cell.text)
                || rows_above.is_some() && cell.text.parse().ok() == rows_above
        }
    }
}

/// Whether a text is a number with a label: `Total: 300`.
fn is_labelled_number(text: &str) -> bool {
    text.split_once(':').is_some_and(|(label, number)| is_sum(label) && is_amount(number.trim()))
}

/// Whether a text is a page number: `Page 1 of 1`, `Seite 2 von 3`.
fn is_page_number(text: &str) -> bool {
    const PAGE: &[&str] =
        &["page", "seite", "página", "pagina", "sida", "side", "strona", "strana", "страница"];
    let is_number = |word: &str| word.parse::<u32>().is_ok();
    match text.split_whitespace().collect::<Vec<_>>().as_slice() {
        [page, number, rest @ ..] => {
            PAGE.contains(&page.to_lowercase().as_str())
                && is_number(number)
                && rest.last().is_none_or(|last| is_number(last))
        }
        _ => false,
    }
}

/// Whether a text is a word for a sum before what may be a person's name: `Count Dracula`, `Sum
/// Yi`.
fn may_be_a_name(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let title = words.next().unwrap_or_default().to_lowercase();
    ["count", "sum", "total"].contains(&title.as_str())
        && words.next().is_some_and(|next| {
            next.chars().next().is_some_and(char::is_uppercase)
                && next.chars().all(char::is_alphabetic)
                && !is_counted(next)
        })
}

/// Whether it is an amount: `300`, `1.234,50`, `12 %`, `300 users`.
fn is_amount(text: &str) -> bool {
    let is_digit = |c: char| {
        c.is_ascii_digit()
            || matches!(c, '.' | ',' | '\'' | '’' | ' ' | '\u{a0}' | '\u{202f}' | '%' | '€' | '$')
    };
    let number = text.trim_start_matches(is_digit);
    let has_digits = number.len() < text.len() && text.contains(|c: char| c.is_ascii_digit());
    has_digits && (number.is_empty() || is_counted(number)) || is_aggregate(text)
}

/// Whether it is a number of rows: `(3 rows)`, `(120 rows affected)`, `3 records selected.`,
/// `2 rows in set (0.00 sec)`.
fn is_count_of_rows(text: &str) -> bool {
    let bare = text.trim_start_matches('(');
    let number = bare.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, ',' | '.'));
    if number.len() == bare.len() || !bare.starts_with(|c: char| c.is_ascii_digit()) {
        return false;
    }
    let words: Vec<&str> = number
        .split(|c: char| !c.is_alphabetic() && !matches!(c, '(' | ')'))
        .map(|word| word.trim_matches(['(', ')']))
        .filter(|word| !word.is_empty())
        .collect();
    match words.as_slice() {
        [counted] => is_counted(counted),
        [counted, "in", "set", ..] => is_counted(counted),
        [counted, done] => {
            is_counted(counted)
                && ["affected", "selected", "returned", "exported", "total", "in"]
                    .contains(&done.to_lowercase().as_str())
        }
        _ => false,
    }
}

/// What is counted at the end of a list, in many languages.
#[rustfmt::skip]
const COUNTED: &[&str] = &[
    "row", "rows", "row(s", "record", "records", "user", "users", "person", "persons", "people",
    "entry", "entries", "member", "members", "employee", "employees", "item", "items", "account",
    "accounts", "zeile", "zeilen", "datensatz", "datensätze", "personen", "benutzer", "einträge",
    "mitarbeiter", "ligne", "lignes", "personnes", "utilisateurs", "fila", "filas", "registro",
    "registros", "personas", "usuarios", "riga", "righe", "utenti", "persone", "linhas",
    "pessoas", "usuários", "rijen", "gebruikers", "rader", "rækker", "wierszy", "osób", "řádků",
    "osob", "строк", "строки", "человек", "名", "人", "件", "行", "명", "건",
];

/// Whether the word is something that is counted at the end of a list.
fn is_counted(word: &str) -> bool {
    COUNTED.contains(&word.trim().to_lowercase().as_str())
}

/// Whether a text begins with a word for a sum: `Total users`, `Anzahl: 3`, `合計`.
fn is_sum(text: &str) -> bool {
    let text = text.trim_end_matches(':').trim().to_lowercase();
    begins_with_any(&text, SUMS)
        || begins_with_any(&text, COUNTS) && text.contains(|c: char| c.is_ascii_digit())
}

/// Whether a text begins like a remark about the list: `Printed`, `Exported`, `Page`.
pub(super) fn is_remark(text: &str) -> bool {
    begins_with_any(&text.to_lowercase(), REMARKS)
}

/// Whether a text in lower case begins with one of these words.
fn begins_with_any(text: &str, starts: &[&str]) -> bool {
    starts.iter().any(|start| {
        text.strip_prefix(start).is_some_and(|rest| !rest.starts_with(char::is_alphabetic))
    })
}

/// Whether it is a remark without other cells that can mean no user: the end of the list, or who
/// printed it when.
fn is_lone_remark(cell: &FilledCell<'_>) -> bool {
    let is_name = matches!(cell.field, Some(Field::Firstname | Field::Lastname));
    if matches!(cell.field, Some(Field::Username | Field::Group | Field::Domain)) {
        return false;
    }
    let text = cell.text.to_lowercase();
    let words = text.trim_matches(|c: char| !c.is_alphanumeric());
    let begins = |starts: &[&str]| begins_with_any(words, starts);
    let is_framed = words.len() + 2 <= text.len()
        && !text.starts_with(char::is_alphanumeric)
        && !text.ends_with(char::is_alphanumeric);
    let is_end = words == "eof" || ENDS.contains(&words) && (!is_name || is_framed);
    is_end
        || begins(ENDS_OF)
        || text.starts_with('©')
        || begins(REMARKS) && (words.contains(|c: char| c.is_ascii_digit()) || !is_name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Field::*;

    /// Cells below `email,firstname,lastname,country`.
    fn of_people(row: &str) -> bool {
        under(&[Email, Firstname, Lastname, Country], row)
    }

    fn under(fields: &[Field], row: &str) -> bool {
        let cells = row.split('|').zip(fields).filter(|(text, _)| !text.is_empty());
        let filled: Vec<_> =
            cells.map(|(text, field)| FilledCell { text, field: Some(*field) }).collect();
        is_total(&filled, Some(1))
    }

    #[test]
    fn totals_and_remarks_of_all_languages_are_no_person() {
        for row in [
            "Anzahl Personen: 3",
            "(3 rows)",
            "(1 row)",
            "3 row(s)",
            "(120 rows affected)",
            "2 rows in set (0.00 sec)",
            "1 row in set, 1 warning (0.00 sec)",
            "3 records selected.",
            "--- end ---",
            "Ende der Liste",
            "Totaal;",
            "Total:",
            "TOTAL GENERAL|1",
            "Σ|1",
            "Gesamt|||1",
            "|1",
            "|||1",
            "1",
            "Count: 1",
            "Confidential",
            "Total, 1",
            "Grand Total|1|1|1",
            "Subtotal|1",
            "Total users|1",
            "Somme|1",
            "итого|1",
            "Razem|1",
            "Toplam|1",
            "Yhteensä|1",
            "总计|1",
            "총계|1",
            "الإجمالي|1",
            "Jumlah|1",
            "Total|300 users",
            "Total|1 234,50 €",
            "Antal: 3",
            "Generated by HRIS 4.2 on 2026-11-27",
            "Printed 26 Nov 2026",
            "|Printed 26 Nov 2026",
            "END",
            "EOF",
            "*** END OF REPORT ***",
        ] {
            assert!(of_people(row), "{row}");
        }
        for row in [
            "----|-----|----",
            ";;;",
            "(required)|(optional)|",
            "|||=COUNTA(A2:A3)",
            "© 2026 Example Corp",
        ] {
            assert!(of_people(row), "{row}");
        }
        assert!(under(&[Username, Domain], "Total|1"));
        assert!(under(&[Username, Domain], "(3 rows)"));
        assert!(under(&[Action, Email, Firstname], "Total||1"));
        assert!(under(&[Group, Description], "Total|1"));
        assert!(under(&[Group, Description], "(3 rows)"));
    }

    #[test]
    fn a_row_above_others_is_a_total_only_where_it_says_so() {
        let inside = |row: &str| {
            let fields = [Email, Firstname, Lastname, Country];
            let cells = row.split('|').zip(fields).filter(|(text, _)| !text.is_empty());
            let filled: Vec<_> =
                cells.map(|(text, field)| FilledCell { text, field: Some(field) }).collect();
            is_total(&filled, None)
        };
        for row in [
            "Subtotal|2",
            "Total",
            "Total|=SUM(B2:B9)",
            "2 records",
            "----",
            "Printed 2026",
            "|Page 2",
        ] {
            assert!(inside(row), "{row}");
        }
        for row in
            ["1", "|||Total", "|||Report", "Ann", "Department: Sales", "(required)|Ann", "-|-"]
        {
            assert!(!inside(row), "{row}");
        }
    }

    #[test]
    fn a_row_that_could_be_a_person_or_a_group_is_no_total() {
        for row in [
            "total@example.com|Total|Sum|US",
            "Total|Ann|Lee|US",
            "|Sum|Total|US",
            "|Page",
            "|Ende",
            "|Stand",
            "Ann",
            "|Ann|Lee",
            "2",
            "|120",
            "Antal",
            "Total|3com.com",
            "Endeavour",
            "Pageant",
            "3 Musketeers",
            "Generated|Ann",
        ] {
            assert!(!of_people(row), "{row}");
        }
        for row in ["Total|example.com", "fin", "1", "END", "Total|3com.com", "report"] {
            assert!(!under(&[Username, Domain], row), "{row}");
        }
        for row in ["Total", "END", "1", "Report|Sum", "Printed 2026", "Total|Everybody"] {
            assert!(!under(&[Group, Description], row), "{row}");
        }
        assert!(!under(&[Action, Group, Description], "create-group|Total|1"));
        assert!(!of_people(""));
    }
}
