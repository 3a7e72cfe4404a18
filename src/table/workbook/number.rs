//! Numbers of spreadsheets as text.

use std::fmt::Write;

/// Spreadsheets keep fifteen digits of a number, so the others of a longer one are lost.
pub(super) const FIRST_INEXACT: f64 = 1e15;
const DIGITS: i32 = 15;
/// A smaller number is written with an exponent.
const SMALLEST: f64 = 1e-9;

/// Whether a number has lost digits.
pub(super) fn has_lost_digits(number: f64) -> bool {
    number.abs().round() >= FIRST_INEXACT
}

/// Appends a number without a format. A whole number that has lost digits is written with an
/// exponent, and so is refused as an identifier.
pub(super) fn push_general(number: f64, text: &mut String) {
    // Writing to a text does not fail.
    let _ = if !number.is_finite() {
        write!(text, "#NUM!")
    } else if has_lost_digits(number) || number != 0.0 && number.abs() < SMALLEST {
        push_scientific(number, text);
        Ok(())
    } else if number.fract() == 0.0 {
        write!(text, "{}", number as i64)
    } else {
        let before = number.abs().log10().floor() as i32 + 1;
        let decimals = (DIGITS - before).clamp(0, 2 * DIGITS) as usize;
        let written = format!("{number:.decimals$}");
        text.push_str(trim_decimals(&written));
        Ok(())
    };
}

/// Returns a number without the zeros at the end of its decimals.
fn trim_decimals(written: &str) -> &str {
    match written.contains('.') {
        true => written.trim_end_matches('0').trim_end_matches('.'),
        false => written,
    }
}

/// Appends a number with an exponent, as spreadsheets do: `1.5E+20`.
pub(super) fn push_scientific(number: f64, text: &mut String) {
    let written = format!("{number:.14E}");
    let (digits, exponent) = written.split_once('E').unwrap_or((&written, "0"));
    let digits = trim_decimals(digits);
    let (sign, exponent) = match exponent.strip_prefix('-') {
        Some(exponent) => ('-', exponent),
        None => ('+', exponent),
    };
    let _ = write!(text, "{digits}E{sign}{exponent:0>2}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_they_were_typed() {
        for (number, expected) in [
            (0.0, "0"),
            (-0.0, "0"),
            (123.0, "123"),
            (-7.0, "-7"),
            (4_915_112_345_678.0, "4915112345678"),
            (999_999_999_999_999.0, "999999999999999"),
            (0.1 + 0.2, "0.3"),
            (1234.5, "1234.5"),
            (1.0 / 3.0, "0.333333333333333"),
            (1_234_567_890_123_450_000.0, "1.23456789012345E+18"),
            (1e15, "1E+15"),
            (1e-10, "1E-10"),
            (0.000_01, "0.00001"),
            (123_456_789_012_340.4, "123456789012340"),
            (-100_000_000_000_000.4, "-100000000000000"),
            (999_999_999_999_999.9, "1E+15"),
            (99_999_999_999_999.96, "100000000000000"),
            (f64::NAN, "#NUM!"),
        ] {
            let mut text = String::new();
            push_general(number, &mut text);
            assert_eq!(text, expected);
        }
    }
}
