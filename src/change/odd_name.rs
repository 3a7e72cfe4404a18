//! Cells that are no first or last name, though nothing is wrong with them as text: placeholders,
//! numbers, addresses, remarks.
//!
//! An existing user may have such a name, so only rows that give one are checked.

use super::check::ValueFault;
use super::encoded_name::{from_base64, in_plain_letters, may_be_base64, picture};
use super::new_identity::is_template;
use super::text::seen_in;
use crate::table::{speaks_of_leavers, without_escapes};
use std::sync::LazyLock;

/// Words in place of a name that is not known, in any letter case.
const WORDS: &str = "tbd|tba|tbc|t.b.d.|t.b.a.|to be determined|to be confirmed|to be announced|\
                     to follow|\
    unknown|unnamed|not set|not available|not applicable|not known|not provided|not given|\
    not specified|\
    no name|no last name|no surname|no first name|no data|no value|none given|see above|as above|\
    same as above|\
    see below|loading|loading...|loading…|\
    unbekannt|keine angabe|keine angaben|nicht angegeben|nicht bekannt|nicht vorhanden|kein name|\
    kein nachname|siehe oben|wie oben|s. o.|s.o.|\
    inconnu|inconnue|non renseigné|non renseigne|non communiqué|non disponible|sans nom|\
    voir ci-dessus|\
    desconocido|desconocida|sin dato|sin datos|sin apellido|sin apellidos|no consta|no disponible|\
    desconhecido|não informado|nao informado|não consta|sem nome|\
    sconosciuto|non disponibile|non specificato|vedi sopra|\
    onbekend|niet bekend|zie boven|okänd|ukendt|ukjent|nieznane|nieznany|brak danych|neznámý|\
    ismeretlen|bilinmiyor|\
    неизвестно|не указано|не указана|не задано|не известно|нет|н/д|нет данных|отсутствует|невідомо|\
    不明|なし|無し|ナシ|未定|未設定|未登録|未入力|該当なし|同上|〃|无|未知|没有|未填|同上|없음|미정|미상|모름";

/// The same in the one spelling of programs and remarks, where others are names.
const EXACT_WORDS: &str = "missing|MISSING|dito|ditto|idem|brak|nn|xxx|TRUE|FALSE|WAHR|FALSCH|VRAI|\
    FAUX|VERDADERO|FALSO|VERDADEIRO|ИСТИНА|ЛОЖЬ|N.N.|n.n.";

/// A word in place of a name.
struct OddWord {
    text: &'static str,
    in_any_case: bool,
}

/// The words by their first byte.
static BY_FIRST: LazyLock<[Vec<OddWord>; 256]> = LazyLock::new(|| {
    let mut all = std::array::from_fn(|_| Vec::new());
    let mut add = |text: &'static str, first: u8, in_any_case| {
        all[usize::from(first)].push(OddWord { text, in_any_case });
    };
    for text in WORDS.split('|') {
        let first = text.as_bytes()[0];
        add(text, first, true);
        let capital = text.chars().flat_map(char::to_uppercase).next().map(String::from);
        let capital = capital.map_or(first, |capital| capital.as_bytes()[0]);
        if capital != first {
            add(text, capital, true);
        }
    }
    EXACT_WORDS.split('|').for_each(|text| add(text, text.as_bytes()[0], false));
    all
});

/// Letters, digits, blanks and the marks of names, which need no closer look behind a letter.
static CLASS: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let is_usual = (byte as u8).is_ascii_alphanumeric()
            || byte >= 0x80
            || matches!(byte as u8, b' ' | b'-' | b'\'');
        classes[byte] = !is_usual as u8;
        byte += 1;
    }
    classes
}

/// Whether a cell that is plainly a value is a name, as most are.
pub(super) fn is_plain_name(cell: &str) -> bool {
    let bytes = cell.as_bytes();
    let begins_with_letter = bytes.first().is_some_and(u8::is_ascii_alphabetic);
    seen_in(bytes, &CLASS) == 0
        && !is_odd_word(cell)
        && !may_be_base64(cell)
        && (begins_with_letter || has_letter(cell))
}

/// Returns why a cell is no name of a person.
pub(super) fn no_new_name(cell: &str) -> Result<(), ValueFault> {
    if is_odd_word(cell) {
        return fault("placeholder", word_advice(cell));
    }
    if is_template(cell) {
        return fault("placeholder", "is a placeholder of a template: write what it stands for");
    }
    if let Some(meant) = cell.contains("_x").then(|| without_escapes(cell)).flatten() {
        return fault(
            "escaped",
            format!("has escapes instead of letters and means `{meant}`: write that"),
        );
    }
    plain_letters(cell)?;
    if is_markup(cell) {
        return fault("html", "has marks of a web page: write the name alone");
    }
    if cell.contains('@') {
        return fault("address", "looks like an address, not a name: write the name");
    }
    if is_date(cell) {
        return fault("date", "is a date, not a name: write the name");
    }
    let is_number_of_somebody =
        cell.strip_prefix('#').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    if !has_letter(cell) && !is_number_of_somebody {
        return fault(
            "no_letter",
            "has no letter, so it is no name: write the name. Who has one name only is usually \
             entered with it as first and last name",
        );
    }
    if has_attribute(cell) {
        return fault("attribute", "has an attribute of a directory: write the name alone");
    }
    if cell.contains(['"', '“', '”', '„', '‟', '«', '»']) && !has_paired_quotes(cell) {
        return fault("quoted", "has a quote without its partner: remove it");
    }
    if let Some(remark) = remark(cell) {
        return fault(
            "remark",
            format!(
                "has the remark `{remark}`: write the name alone, and if this person leaves, move \
                 the row to a file of people to delete"
            ),
        );
    }
    match cell.strip_suffix([',', ';', '|', ':']) {
        Some(_) => fault("delimiter", "ends with a delimiter: remove it"),
        None if has_two_names(cell) => fault(
            "two_names",
            "has a comma between two names: write first and last name each into its own column",
        ),
        None => Ok(()),
    }
}

/// Refuses a name that is not written in letters.
fn plain_letters(cell: &str) -> Result<(), ValueFault> {
    if let Some(meant) = from_base64(cell) {
        return fault("encoded", format!("is Base64 and means `{meant}`: write that"));
    }
    if let Some(meant) = in_plain_letters(cell) {
        return fault(
            "styled",
            format!(
                "has full-width or decorative letters, which nobody finds by typing, and means \
                 `{meant}`: write that"
            ),
        );
    }
    if let Some(c) = picture(cell) {
        return fault(
            "picture",
            format!(
                "contains {c} (U+{:04X}), which is no letter: write the name alone",
                u32::from(c)
            ),
        );
    }
    Ok(())
}

fn word_advice(cell: &str) -> String {
    let mut letters = cell.chars();
    let is_truth = cell.len() > 3 && cell.chars().all(char::is_uppercase);
    let name = match letters.next() {
        Some(first) if is_truth => {
            format!(
                " (for somebody of that name, write `{first}{}`)",
                letters.as_str().to_lowercase()
            )
        }
        _ => String::new(),
    };
    format!("stands in place of a name: write the name{name}, or empty the cell")
}

fn is_odd_word(cell: &str) -> bool {
    let Some(first) = cell.as_bytes().first() else { return false };
    BY_FIRST[usize::from(*first)].iter().any(|word| match word.in_any_case {
        _ if word.text.len() != cell.len() => false,
        true if word.text.is_ascii() => word.text.eq_ignore_ascii_case(cell),
        true => cell.to_lowercase() == word.text,
        false => cell == word.text,
    })
}

/// Whether a text has a letter; a sign of repetition or an ideograph is one.
fn has_letter(cell: &str) -> bool {
    cell.contains(|c: char| c.is_alphabetic() || c == '〇')
}

/// Whether a text has the name of an attribute: `CN=Ray`.
fn has_attribute(cell: &str) -> bool {
    cell.match_indices('=').any(|(at, _)| cell[..at].ends_with(|c: char| c.is_ascii_alphabetic()))
}

/// Whether a text has a tag of a web page: `<b>Ray</b>`, `<Ray>`.
fn is_markup(cell: &str) -> bool {
    cell.find('<').is_some_and(|open| cell[open..].contains('>'))
}

/// Whether a text is a date, or has a time of day: `2026-01-01`, `Mon Jan 05 2026 00:00:00`.
fn is_date(cell: &str) -> bool {
    let has_time = || {
        let digit = |at: usize| cell.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
        cell.match_indices(':').any(|(at, _)| at > 0 && digit(at - 1) && digit(at + 1))
    };
    let is_numeric = || {
        let numbers: Vec<&str> = cell.split(['-', '.', '/']).collect();
        let are_numbers = numbers.iter().all(|number| {
            (1..=4).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit())
        });
        numbers.len() == 3 && are_numbers
    };
    cell.contains(|c: char| c.is_ascii_digit()) && (has_time() || is_numeric())
}

/// Whether every double quote in a text has a partner: `Mary "Molly" Jones`.
fn has_paired_quotes(cell: &str) -> bool {
    cell.chars().filter(|c| matches!(c, '"' | '“' | '”' | '„' | '‟' | '«' | '»')).count() % 2 == 0
}

/// Returns a remark in parentheses that says that somebody leaves: `(left 2026-10)`.
fn remark(cell: &str) -> Option<&str> {
    let open = cell.find(['(', '[', '（'])?;
    let remark = &cell[open..];
    let inside = remark.trim_matches(|c: char| !c.is_alphanumeric());
    let is_left = inside.to_lowercase().split_whitespace().next() == Some("left");
    (is_left || speaks_of_leavers(inside)).then_some(remark)
}

/// Whether a comma stands between two names. Behind it, a suffix belongs to one name: `King, Jr.`.
fn has_two_names(cell: &str) -> bool {
    const SUFFIXES: [&str; 26] = [
        "jr", "sr", "jnr", "snr", "junior", "senior", "ii", "iii", "iv", "v", "phd", "md", "do",
        "dds", "dvm", "esq", "rn", "cpa", "jd", "mba", "msc", "bsc", "ma", "ba", "dr", "mag",
    ];
    let is_suffix = |part: &str| {
        let bare: String = part.chars().filter(|c| c.is_alphanumeric()).collect();
        SUFFIXES.contains(&bare.to_lowercase().as_str())
    };
    cell.split([',', '、', '，']).skip(1).any(|part| has_letter(part) && !is_suffix(part))
}

fn fault(reason: &'static str, advice: impl Into<String>) -> Result<(), ValueFault> {
    Err(ValueFault { reason, advice: advice.into() })
}

#[cfg(test)]
mod tests {
    use super::super::plain_cell::is_plain;
    use super::super::testing::codes;
    use super::*;
    use crate::table::Field::*;

    fn reason(cell: &str) -> &'static str {
        no_new_name(cell).err().map_or("", |fault| fault.reason)
    }

    #[test]
    fn cells_that_are_no_names_are_told_by_what_they_are() {
        for (cells, expected) in [
            (
                &[
                    "{{lastname}}",
                    "${lastname}",
                    "%LASTNAME%",
                    "{lastname}",
                    "TBD",
                    "tbd",
                    "unknown",
                    "Unknown",
                    "UNKNOWN",
                    "missing",
                    "MISSING",
                    "not set",
                    "Not Available",
                    "keine Angabe",
                    "Keine Angaben",
                    "unbekannt",
                    "non renseigné",
                    "desconocido",
                    "onbekend",
                    "不明",
                    "なし",
                    "未定",
                    "无",
                    "нет",
                    "Нет",
                    "НЕИЗВЕСТНО",
                    "dito",
                    "see above",
                    "同上",
                    "Loading...",
                    "TRUE",
                    "FALSE",
                    "WAHR",
                    "ИСТИНА",
                ][..],
                "placeholder",
            ),
            (&["Andr_x00E9_", "_x00C9_va"], "escaped"),
            (&["Sm9zw6k=", "TcO8bGxlcg==", "UmVuw6ll", "Wm/Dqw=="], "encoded"),
            (&["Ａｎｎ", "𝐀𝐧𝐧", "Griﬃn"], "styled"),
            (&["Ann 🎉", "★Lee"], "picture"),
            (&["<b>Ray</b>", "Ray<br>", "<Ray>"], "html"),
            (&["ann.lee@example.com", "Ray@Smith"], "address"),
            (
                &[
                    "2026-01-01",
                    "01.02.2026",
                    "1/2/26",
                    "Mon Jan 05 2026 00:00:00 GMT+0100",
                    "08:30",
                ],
                "date",
            ),
            (
                &[
                    "-",
                    ".",
                    "…",
                    "-----",
                    "___",
                    "0",
                    "45231",
                    "12345.6",
                    "+1 555 0100",
                    "\"",
                    "″",
                    "–",
                    "#",
                ],
                "no_letter",
            ),
            (&["CN=Ray", "Ray=Lee"], "attribute"),
            (&["Ray\"", "\"Ray", "“Ray", "Ray»"], "quoted"),
            (
                &[
                    "Ray (left 2026-10)",
                    "Ray (ausgeschieden)",
                    "山田（退職）",
                    "Ray [to be deleted]",
                ],
                "remark",
            ),
            (&["Ray;", "Ray,", "Ray:"], "delimiter"),
            (&["Ray, Bob", "Ray, Bob Lee", "King, Jr., Martin"], "two_names"),
        ] {
            for cell in cells {
                assert_eq!(reason(cell), expected, "{cell}");
                assert!(!is_plain(cell) || !is_plain_name(cell), "{cell}");
            }
        }
    }

    #[test]
    fn names_of_people_are_names() {
        for name in [
            "Null",
            "None",
            "Na",
            "Nil",
            "An",
            "O",
            "E",
            "X",
            "Missing",
            "Dito",
            "True",
            "Blank",
            "Empty",
            "Test",
            "Same",
            "Void",
            "Brak",
            "Nn",
            "Unger",
            "Notz",
            "Tba-Lee",
            "Loading Lee",
            "Seear",
            "O'Brien",
            "O’Brien",
            "’t Hooft",
            "Smith, Jr.",
            "King, III",
            "Lee, Ph.D.",
            "Mary \"Molly\" Jones",
            "Ann „Nan“ Lee",
            "Ray (extern)",
            "Ann (Annie)",
            "[Ann]",
            "Left",
            "Ray 2",
            "Ray1",
            "Ray Jr.",
            "X Æ A-12",
            "J. R.",
            "M&S",
            "Ray/Smith",
            "山田",
            "山田　太郎",
            "無",
            "梨",
            "김",
            "Иван",
            "Нетесов",
            "Unknowne",
            "Leaver",
            "Exit",
            "1E5",
            "d’Été",
            "〇",
            "ジャン＝ピエール",
            "50 Cent",
            "#1",
            "Ray_Smith",
            "Ray_xavier",
        ] {
            assert_eq!(reason(name), "", "{name}");
        }
    }

    /// The quick test must agree with the rules.
    #[test]
    fn plain_names_are_names() {
        for text in WORDS.split('|').chain(EXACT_WORDS.split('|')) {
            assert!(!is_plain_name(text) && !reason(text).is_empty(), "{text}");
        }
        for name in ["Ann", "Lee", "van der Berg", "O'Brien", "Zoë", "山田", "Nuñez"] {
            assert!(is_plain_name(name), "{name}");
        }
    }

    proptest::proptest! {
        #[test]
        fn plain_names_break_no_rule(cell in "[a-zA-Z '-]{1,8}|[À-ɏЀ-ԯ一-龥ぁ-ヺ a]{1,6}|[nN]o[tn]? \
            ?[a-z]{0,4}") {
            proptest::prop_assume!(cell.trim() == cell);
            proptest::prop_assert!(!is_plain_name(&cell) || reason(&cell).is_empty(), "{}", &cell);
        }
    }

    /// An existing user may have such a name: a row can find the user by it, and remove the user.
    #[test]
    fn names_of_existing_users_are_not_checked() {
        let row = |action, name| {
            codes(&[
                (Action, action),
                (Email, "ann@example.com"),
                (Firstname, "Ann"),
                (Lastname, name),
                (Country, "US"),
                (Groups, if action == "create" || action == "update" { "" } else { "Design" }),
            ])
        };
        for name in ["TBD", "-", "ann@example.com"] {
            assert_eq!(row("create", name).len(), 1, "{name}");
            assert_eq!(row("update", name).len(), 1, "{name}");
            assert_eq!(row("add", name), Vec::<String>::new(), "{name}");
        }
        assert_eq!(row("create", "TBD"), ["invalid.lastname.placeholder"]);
    }
}
