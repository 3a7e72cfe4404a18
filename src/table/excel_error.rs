//! Errors that spreadsheets write into cells, in many languages.

/// Errors without a mark at the end, in lower case: there is no value.
const NO_VALUE: &[&str] = &[
    "na",
    "nv",
    "h.z.",
    "yok",
    "getting_data",
    "hiányzik",
    "nedostupný",
    "není_k_dispozici",
    "puudub",
    "nincs",
    "n/disp",
];

/// Errors that end in `!` or `?`, in lower case. In upper case, any word may be an error.
const NAMES: &[&str] = &[
    // English, and names that most languages share.
    "ref",
    "value",
    "name",
    "div/0",
    "num",
    "null",
    "na",
    "spill",
    "calc",
    "field",
    "blocked",
    "connect",
    "unknown",
    "busy",
    "python",
    "external",
    "error",
    "circ",
    "macro",
    // German, Dutch, Danish, Norwegian, Swedish.
    "bezug",
    "wert",
    "zahl",
    "feld",
    "überlauf",
    "kalk",
    "verw",
    "waarde",
    "naam",
    "getal",
    "leeg",
    "deel/0",
    "overloop",
    "værdi",
    "reference",
    "navn",
    "tal",
    "nul",
    "division/0",
    "verdi",
    "adresse",
    "värdefel",
    "referens",
    "namn",
    "ogiltigt",
    "skärning",
    "saknas",
    "värde",
    // French, Spanish, Italian, Portuguese, Romanian, Catalan.
    "valeur",
    "nom",
    "nombre",
    "propagation",
    "calcul",
    "champ",
    "¡ref",
    "¡valor",
    "¿nombre",
    "¡num",
    "¡núm",
    "¡div/0",
    "¡nulo",
    "¡desbordamiento",
    "¡calc",
    "valor",
    "núm",
    "nulo",
    "rif",
    "valore",
    "nome",
    "nullo",
    "espansione",
    "calcolo",
    "campo",
    "despejar",
    "valoare",
    "nume",
    // Finnish, Estonian, Hungarian, Turkish.
    "arvo",
    "viittaus",
    "nimi",
    "luku",
    "tyhjä",
    "jako/0",
    "puuttuu",
    "väärtus",
    "viide",
    "arv",
    "érték",
    "hiv",
    "név",
    "szám",
    "nulla",
    "zérusosztó",
    "zéróosztó",
    "değer",
    "başv",
    "ad",
    "sayı",
    "sayi",
    "boş",
    "sayı/0",
    "sayi/0",
    // Polish, Czech, Slovak, Slovenian.
    "arg",
    "adr",
    "nazwa",
    "liczba",
    "zero",
    "dziel/0",
    "brak",
    "hodnota",
    "odkaz",
    "název",
    "názov",
    "číslo",
    "prázdný",
    "neplatný",
    "dělení_nulou",
    "delenie_nulou",
    "vrednost",
    "sklic",
    // Russian, Ukrainian, Greek.
    "ссылка",
    "знач",
    "имя",
    "число",
    "пусто",
    "дел/0",
    "посилання",
];

/// Errors that lost the mark at their end, in upper case.
const WITHOUT_THEIR_MARK: [&str; 12] = [
    "REF", "VALUE", "NAME", "DIV/0", "NUM", "NULL", "SPILL", "CALC", "BEZUG", "WERT", "ZAHL",
    "VALEUR",
];

/// How LibreOffice writes the `Err:` of `Err:502`, in lower case.
const NUMBERED: [&str; 15] = [
    "err",
    "erro",
    "errore",
    "erreur",
    "fehler",
    "fel",
    "fejl",
    "feil",
    "fout",
    "hiba",
    "chyba",
    "virhe",
    "hata",
    "błąd",
    "ошибка",
];

/// Whether a cell is an error of a spreadsheet, in any language: `#N/A`, `#REF!`, `#NOM?`,
/// `Err:502`, or the `####` of a column that is too narrow.
pub(crate) fn is_excel_error(cell: &str) -> bool {
    let Some(name) = cell.strip_prefix(['#', '＃']) else { return is_numbered(cell) };
    is_rule(cell) || is_without_mark(name) || name.strip_suffix(['!', '?']).is_some_and(is_name)
}

/// Whether a cell has only `#`, at least two.
pub(super) fn is_rule(cell: &str) -> bool {
    cell.len() > 1 && cell.bytes().all(|byte| byte == b'#')
}

/// Whether it is `N/A` in any language (`Н/Д`, `I/T`), letters on both sides of a slash, or a known
/// word.
fn is_without_mark(name: &str) -> bool {
    // Some programs of banks add the reason: `#N/A Field Not Applicable`.
    if name.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("n/a ")) {
        return true;
    }
    let is_letters = |text: &str, most: usize| {
        (1..=most).contains(&text.chars().count()) && text.chars().all(char::is_alphabetic)
    };
    name.split_once('/').is_some_and(|(one, other)| is_letters(one, 2) && is_letters(other, 2))
        || NO_VALUE.contains(&name.to_lowercase().as_str())
        || WITHOUT_THEIR_MARK.contains(&name)
}

/// Whether it is the name of an error that ends in a mark: a known one, or any in upper case.
fn is_name(name: &str) -> bool {
    // French: `#NOM ?`
    let name = name.trim_end();
    let is_large = |c: char| {
        c.is_uppercase()
            || c.is_ascii_digit()
            || matches!(c, '/' | '_' | '.' | '\'' | '’' | '\u{a1}' | '\u{bf}')
    };
    !name.is_empty()
        && (name.chars().all(is_large)
            || is_without_mark(name)
            || NAMES.contains(&name.to_lowercase().as_str()))
}

fn is_numbered(cell: &str) -> bool {
    let Some((word, number)) = cell.split_once(':') else { return false };
    let number = number.trim_start();
    number.len() == 3
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && NUMBERED.contains(&word.trim_end().to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_spreadsheets_are_known_in_every_language() {
        for cell in "#N/A|#n/a|#NV|#N/D|#REF!|#BEZUG!|#NAME?|#NOM?|#NOM ?|#VALEUR!|#DIV/0!|\
             #¿NOMBRE?|#¡REF!|#GETTING_DATA|Err:502|err:508|Err :502|Fel:502|Ошибка:504|#Н/Д|#н/д|\
             #N/B|#I/T|#YOK|#value!|#Ref!|#Name?|##|###|########|#NOME?|#WERT!|#Wert!|#ДЕЛ/0!|\
             #ЗНАЧ!|#знач!|#ССЫЛКА!|#ИМЯ?|#PRÁZDNÝ!|#SAKNAS!|#VERDI!|#ADRESSE!|#HODNOTA!|#ARG!|\
             #ADR!|#NAZWA?|#DZIEL/0!|#H.Z.|#SAYI/0!|#DEĞER!|#BAŞV!|#AD?|#ad?|#Δ/Υ|#E/E|#HIÁNYZIK|\
             #PUUTTUU!|#N/A N/A|#N/A Field Not Applicable|#N/D!|#SPILL!|#ÜBERLAUF!|#ERROR!|#ІМ'Я?|\
             ＃N/A|#NULL!|#TALL!|#N/DISP|#VALUE|#REF|#NAME|#DIV/0|#WERT|Fehler:502|Erreur:502"
            .split('|')
        {
            assert!(is_excel_error(cell), "{cell}");
        }
        for cell in "#1|#cr2@example.com|# REMARK|#|N/A|#Design|#!|Err:|Err:50|Error:502|\
             # left in May|#jane@x.com|# LEFT IN MAY!|#left!|#really?|#Ann|# DO NOT SEND!|\
             #-------|## Sales|#ann,lee|#a/b/c|#and/or|Fel:5021|Note:502|#Value|#Name"
            .split('|')
        {
            assert!(!is_excel_error(cell), "{cell}");
        }
    }
}
