//! Formats of numbers in spreadsheets: `00000`, `yyyy-mm-dd`, `#,##0.00 €` (ECMA-376, part 1,
//! 18.8.31).
//!
//! In: a number and its format. Out: the text that a person sees in the cell, where that is the
//! same in every language. A separator of decimals or thousands is not: German programs show
//! `1.234,50`.

use std::sync::Arc;

use super::date::{Epoch, ShownTime, push_date};
use super::number::{has_lost_digits, push_general};

/// The most characters of a code, as in Excel.
const LONGEST_CODE: usize = 255;

/// A format of numbers.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) enum NumberFormat {
    /// None, or text.
    #[default]
    General,
    /// A date or time.
    Date(ShownTime),
    /// Digits and text, for numbers above, below and at zero. Many styles of cells may share them.
    Digits(Arc<[FormatSection]>),
    /// What a person sees is not known.
    Unclear,
}

/// A part of a format for positive numbers, negative ones, or zero.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct FormatSection {
    tokens: Vec<FormatToken>,
    /// Whether thousands are separated.
    is_grouped: bool,
}

/// A character of a number format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FormatToken {
    /// A digit, also if it is a leading zero.
    Zero,
    /// A digit, unless it is a leading zero.
    Digit,
    Literal(char),
}

/// Whether the text of a number is what a person sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NumberDisplay {
    Known,
    Unknown,
}

impl NumberFormat {
    /// Reads the code of a format.
    pub(super) fn parse(code: &str) -> Self {
        if code.chars().nth(LONGEST_CODE).is_some() {
            return Self::Unclear;
        }
        let sections: Option<Vec<SectionKind>> = split(code).iter().map(|s| section(s)).collect();
        let Some(sections) = sections else { return Self::Unclear };
        match sections.first() {
            None | Some(SectionKind::General) => return Self::General,
            Some(SectionKind::Date(shown)) => return Self::Date(*shown),
            Some(SectionKind::Digits(_)) => {}
        }
        let digits = sections.into_iter().take(3).map(|kind| match kind {
            SectionKind::Digits(tokens) => Some(tokens),
            SectionKind::General | SectionKind::Date(_) => None,
        });
        match digits.collect() {
            Some(digits) => Self::Digits(digits),
            None => Self::Unclear,
        }
    }

    /// Returns the format of a style of cells. A workbook may have no styles.
    pub(super) fn of_style(formats: &[Self], style: usize) -> &Self {
        static NONE: NumberFormat = NumberFormat::General;
        static UNKNOWN: NumberFormat = NumberFormat::Unclear;
        formats.get(style).unwrap_or(if style == 0 { &NONE } else { &UNKNOWN })
    }

    /// Returns a format of Excel by its number, which has no code in the file.
    pub(super) fn built_in(number: u32) -> Self {
        let code = match number {
            0 | 49 => return Self::General,
            1 => "0",
            2 => "0.00",
            3 => "#,##0",
            37 | 38 => "#,##0_);(#,##0)",
            4 | 39..=44 => "#,##0.00",
            9 => "0%",
            10 => "0.00%",
            11 | 48 => "0.00E+00",
            12 | 13 => "# ?/?",
            14..=17 | 27..=31 | 36 | 50 | 51 | 54 | 57 | 58 => {
                return Self::Date(ShownTime::Date);
            }
            18..=21 | 32 | 33 | 45 | 47 => return Self::Date(ShownTime::Time),
            // Dates in Japanese, times in Chinese (ECMA-376, part 1, 18.8.30).
            34 | 35 | 52 | 53 | 55 | 56 => return Self::Unclear,
            22 => return Self::Date(ShownTime::Both),
            46 => return Self::Date(ShownTime::Elapsed),
            _ => return Self::Unclear,
        };
        Self::parse(code)
    }

    /// Appends a number as a person sees it; or without its format, if that is not known.
    pub(super) fn push(&self, number: f64, epoch: Epoch, text: &mut String) -> NumberDisplay {
        let begin = text.len();
        let shown = match self {
            Self::General => {
                push_general(number, text);
                return NumberDisplay::Known;
            }
            Self::Unclear => None,
            Self::Date(shown) => push_date(number, epoch, *shown, text),
            Self::Digits(_) if !number.is_finite() || has_lost_digits(number) => {
                push_general(number, text);
                return NumberDisplay::Known;
            }
            Self::Digits(sections) => push_digits(number, sections, text),
        };
        match shown {
            Some(()) => NumberDisplay::Known,
            None => {
                text.truncate(begin);
                push_general(number, text);
                NumberDisplay::Unknown
            }
        }
    }
}

/// What a section shows.
enum SectionKind {
    General,
    Date(ShownTime),
    Digits(FormatSection),
}

/// Splits a code at the semicolons between its sections.
fn split(code: &str) -> Vec<&str> {
    let (mut sections, mut from) = (Vec::new(), 0);
    let (mut in_quotes, mut is_escaped) = (false, false);
    for (at, c) in code.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '"' => in_quotes = !in_quotes,
            _ if in_quotes => {}
            '\\' | '_' | '*' => is_escaped = true,
            ';' => {
                sections.push(&code[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    sections.push(&code[from..]);
    sections
}

/// Returns what a section shows; `None` if that depends on the language or the number.
#[expect(clippy::too_many_lines, reason = "one case for each character of a format")]
fn section(code: &str) -> Option<SectionKind> {
    if matches!(&*code.trim().to_lowercase(), "general" | "standard" | "@" | "") {
        // An empty section hides the number.
        return (!code.is_empty()).then_some(SectionKind::General);
    }
    let (mut tokens, mut is_grouped) = (Vec::new(), false);
    let (mut has_date, mut has_time, mut has_m) = (false, false, false);
    let mut is_separated = false;
    let mut rest = code;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '0' => tokens.push(FormatToken::Zero),
            '#' => tokens.push(FormatToken::Digit),
            '"' => {
                let (literal, after) = rest.split_once('"')?;
                tokens.extend(literal.chars().map(FormatToken::Literal));
                rest = after;
            }
            '\\' | '_' | '*' => {
                let next = rest.chars().next()?;
                rest = &rest[next.len_utf8()..];
                if c == '\\' {
                    tokens.push(FormatToken::Literal(next));
                }
            }
            '[' => {
                let (inside, after) = rest.split_once(']')?;
                rest = after;
                match brackets(inside)? {
                    FormatBrackets::Nothing => {}
                    FormatBrackets::Elapsed => return Some(SectionKind::Date(ShownTime::Elapsed)),
                    FormatBrackets::Currency(sign) => {
                        tokens.extend(sign.chars().map(FormatToken::Literal));
                    }
                }
            }
            'y' | 'Y' | 'd' | 'D' | 'g' | 'G' => has_date = true,
            'm' | 'M' => has_m = true,
            'h' | 'H' | 's' | 'S' => has_time = true,
            'A' | 'a' if is_half_day(rest) => {
                has_time = true;
                rest = rest.trim_start_matches(|c: char| c != 'p' && c != 'P');
                rest = rest.trim_start_matches(['p', 'P', 'm', 'M']);
            }
            ',' if rest.starts_with(['0', '#']) && ends_in_digit(&tokens) => is_grouped = true,
            '.' | ',' | '%' | '?' | 'E' | 'e' => is_separated = true,
            '/' => {
                is_separated = true;
                tokens.push(FormatToken::Literal(c));
            }
            c if c.is_ascii_alphanumeric() => return None,
            c => tokens.push(FormatToken::Literal(c)),
        }
    }
    if has_date || has_time || has_m {
        return Some(SectionKind::Date(match (has_date || has_m && !has_time, has_time) {
            (true, true) => ShownTime::Both,
            (true, false) => ShownTime::Date,
            (false, _) => ShownTime::Time,
        }));
    }
    let has_digits = tokens.iter().any(|token| !matches!(token, FormatToken::Literal(_)));
    let is_known = has_digits && !is_separated;
    is_known.then_some(SectionKind::Digits(FormatSection { tokens, is_grouped }))
}

fn ends_in_digit(tokens: &[FormatToken]) -> bool {
    tokens.last().is_some_and(|token| !matches!(token, FormatToken::Literal(_)))
}

/// Whether the rest of `AM/PM` or `A/P` follows.
fn is_half_day(rest: &str) -> bool {
    let rest = rest.to_ascii_lowercase();
    rest.starts_with("m/pm") || rest.starts_with("/p")
}

enum FormatBrackets<'c> {
    Nothing,
    Elapsed,
    Currency(&'c str),
}

/// Reads what is in brackets; `None` if what is shown then depends on more than the number.
fn brackets(inside: &str) -> Option<FormatBrackets<'_>> {
    const COLOURS: [&str; 8] =
        ["black", "blue", "cyan", "green", "magenta", "red", "white", "yellow"];
    if let Some(currency) = inside.strip_prefix('$') {
        let (sign, locale) = currency.split_once('-').unwrap_or((currency, ""));
        return (!chooses_numerals(locale)).then_some(FormatBrackets::Currency(sign));
    }
    let word = inside.to_lowercase();
    let is_of = |letter: char| !word.is_empty() && word.chars().all(|c| c == letter);
    if is_of('h') || is_of('m') || is_of('s') {
        return Some(FormatBrackets::Elapsed);
    }
    let is_colour = COLOURS.contains(&&*word) || word.starts_with("color");
    is_colour.then_some(FormatBrackets::Nothing)
}

/// Whether a locale chooses other numerals or another calendar: with the upper digits of its number
/// (`D000407`), or behind its name (`fa-IR,300`).
fn chooses_numerals(locale: &str) -> bool {
    let is_number = locale.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_number && locale.trim_start_matches('0').len() > 4 || locale.contains(',')
}

/// The first number that has a separator of thousands.
const FIRST_GROUPED: f64 = 1000.0;

/// Appends a number in digits and literals.
fn push_digits(number: f64, sections: &[FormatSection], text: &mut String) -> Option<()> {
    // Half a one is rounded away from zero, as programs do.
    let whole = number.abs().round();
    let (section, has_sign) = match sections {
        [_, _, zero] if number == 0.0 => (zero, false),
        [_, negative, ..] if number < 0.0 => (negative, false),
        [positive, ..] => (positive, number < 0.0 && whole != 0.0),
        [] => return None,
    };
    if section.is_grouped && whole >= FIRST_GROUPED {
        return None;
    }
    let digits = if whole == 0.0 { String::new() } else { format!("{}", whole as u64) };
    let mut left = digits.chars().rev();
    let first = section.tokens.iter().position(|token| !matches!(token, FormatToken::Literal(_)));
    let mut shown = Vec::new();
    for (i, token) in section.tokens.iter().enumerate().rev() {
        match token {
            FormatToken::Literal(c) => shown.push(*c),
            FormatToken::Zero => shown.push(left.next().unwrap_or('0')),
            FormatToken::Digit => shown.extend(left.next()),
        }
        if Some(i) == first {
            shown.extend(left.by_ref());
        }
    }
    if has_sign {
        text.push('-');
    }
    text.extend(shown.into_iter().rev());
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(code: &str, number: f64) -> Option<String> {
        let mut text = String::new();
        let display = NumberFormat::parse(code).push(number, Epoch::Year1900, &mut text);
        (display == NumberDisplay::Known).then_some(text)
    }

    #[test]
    fn numbers_are_shown_as_a_person_sees_them() {
        for (code, number, expected) in [
            ("General", 123.0, "123"),
            ("@", 123.0, "123"),
            ("0", 12.5, "13"),
            ("00000", 123.0, "00123"),
            ("00000", 1_234_567.0, "1234567"),
            ("#", 0.0, ""),
            ("000\\-00\\-0000", 12_345_678.0, "012-34-5678"),
            ("\"EMP-\"0000", 17.0, "EMP-0017"),
            ("[$-407]00000", 7.0, "00007"),
            ("[Red]00", 7.0, "07"),
            ("0 [$€-407]", 7.0, "7 €"),
            ("0;-00;\"none\"0", 0.0, "none0"),
            ("0;(00)", -7.0, "(07)"),
            ("000", -7.0, "-007"),
            ("yyyy-mm-dd", 46_266.0, "2026-09-01"),
            ("[$-407]d. mmmm yyyy;@", 46_266.0, "2026-09-01"),
            ("dd/mm/yyyy hh:mm", 46_266.5, "2026-09-01T12:00:00"),
            ("h:mm AM/PM", 0.5, "12:00:00"),
            ("mm:ss.0", 0.5, "12:00:00"),
            ("mmm-yy", 46_266.0, "2026-09-01"),
            ("[h]:mm:ss", 1.5, "36:00:00"),
            ("00000", 1_234_567_890_123_450_000.0, "1.23456789012345E+18"),
            ("#,##0", 999.0, "999"),
            ("[$-en-US]00000", 7.0, "00007"),
            ("[$€-de-DE] 0", 7.0, "€ 7"),
            ("[$-0000407]00", 7.0, "07"),
        ] {
            assert_eq!(shown(code, number).as_deref(), Some(expected), "{code}");
        }
    }

    #[test]
    fn what_depends_on_the_language_is_not_known() {
        for code in [
            "#,##0.00",
            "0,",
            "0.00",
            "0%",
            "# ?/?",
            "0.00E+00",
            "[<=9999999]###-####;(###) ###-####",
            "[DBNum1]0",
            "[$-D000000]0",
            "[$-fa-IR,300]0",
            "0;;",
            ";;;",
            "\"x",
            "0x",
            "_(* #,##0.00_);_(* (#,##0.00);_(* \"-\"??_);_(@_)",
        ] {
            assert_eq!(shown(code, 5.0), None, "{code}");
        }
        assert_eq!(shown("yyyy", -1.0), None);
        assert_eq!(shown(&"0".repeat(LONGEST_CODE + 1), 5.0), None);
        assert_eq!(shown("#,##0", 1000.0), None);
    }

    #[test]
    fn formats_of_excel_have_numbers() {
        assert_eq!(NumberFormat::built_in(0), NumberFormat::General);
        assert_eq!(NumberFormat::built_in(14), NumberFormat::Date(ShownTime::Date));
        let zero = FormatSection { tokens: vec![FormatToken::Zero], is_grouped: false };
        assert_eq!(NumberFormat::built_in(1), NumberFormat::Digits([zero].into()));
        assert_eq!(NumberFormat::built_in(4), NumberFormat::Unclear);
        for of_language in [34, 35, 52, 53, 55, 56, 99] {
            assert_eq!(NumberFormat::built_in(of_language), NumberFormat::Unclear);
        }
        for bracketed in [37, 38] {
            let mut text = String::new();
            let display = NumberFormat::built_in(bracketed).push(-7.0, Epoch::Year1900, &mut text);
            assert_eq!((display, &*text), (NumberDisplay::Known, "(7)"));
        }
    }

    proptest::proptest! {
        #[test]
        fn any_code_is_read(code in "[0#;.,\"\\\\\\[\\]$hmsydAMP/E%?_*@é ]{0,12}", number: f64) {
            let _ = shown(&code, number);
        }
    }
}
