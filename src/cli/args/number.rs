//! Parses numbers on the command line, with errors in words.

use super::value_error::ValueError;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// Reads a whole number.
///
/// # Errors
/// When the text is not a number, or too large.
pub(super) fn number<T: FromStr>(text: &str) -> Result<T, ValueError> {
    text.trim().parse().map_err(|_| "write a whole number, such as 12".into())
}

/// Returns a parser of whole numbers in `range`.
pub(super) fn number_in<T>(
    range: RangeInclusive<T>,
) -> impl Fn(&str) -> Result<T, ValueError> + Clone + Send + Sync + 'static
where
    T: FromStr + PartialOrd + Display + Clone + Send + Sync + 'static,
{
    move |text| {
        text.trim().parse().ok().filter(|number| range.contains(number)).ok_or_else(|| {
            format!("write a whole number from {} to {}", range.start(), range.end()).into()
        })
    }
}

/// Reads the number of a line of a file.
///
/// # Errors
/// When the text is not a number, or 0.
pub(super) fn line_number(text: &str) -> Result<u64, ValueError> {
    let number = text.trim().parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| "write a line number; lines count from 1".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_outside_its_range_is_refused_with_the_range() {
        assert_eq!(number_in(1..=64_u16)("64"), Ok(64));
        for wrong in ["0", "65", "many", "", "-1", "99999999999"] {
            let message = number_in(1..=64_u16)(wrong).unwrap_err().to_string();
            assert_eq!(message, "write a whole number from 1 to 64");
        }
        assert_eq!(number::<usize>("0"), Ok(0));
        assert!(number::<usize>("few").is_err());
        assert_eq!(line_number("1"), Ok(1));
        assert!(line_number("0").is_err());
    }
}
