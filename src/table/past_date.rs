//! Dates in cells, in the usual orders of day, month and year, compared with today.

use jiff::civil::Date;

/// Whether the text is a date that is surely or possibly over. Text that is no date is not over. Of
/// `03/04/2026` nobody knows the day: it is over if one of the two days is.
pub(super) fn may_be_over(text: &str, today: Date) -> bool {
    let numbers = numbers(text);
    let Some((year, others)) = year_and_others(&numbers) else { return false };
    let this_year = today.year();
    if year != this_year {
        return year < this_year;
    }
    match others {
        // A month in letters is not read.
        [] | [_] if text.contains(char::is_alphabetic) => true,
        // A year lasts until its end.
        [] => false,
        [month] => *month < today.month().into(),
        [one, other, ..] => {
            let day = |month: i64, day: i64| {
                let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
                Date::new(year, month, day).ok()
            };
            let days = [day(*one, *other), day(*other, *one)];
            days.iter().flatten().any(|day| *day < today)
        }
    }
}

/// Whether a text is a date in numbers, perhaps with a time of day behind it.
pub(super) fn is_date(text: &str) -> bool {
    let is_of_dates = |c: char| c.is_ascii_digit() || "-./:TZ+ 年月日".contains(c);
    let numbers = numbers(text);
    let is_whole = numbers.len() > 2 || text.contains('月');
    is_whole && text.chars().all(is_of_dates) && year_and_others(&numbers).is_some()
}

/// Returns the numbers of a text in order. Eight digits are a date without signs: `20261031`.
fn numbers(text: &str) -> Vec<i64> {
    // Behind a date may stand the time of day.
    let date = text.split(['T', ' ']).next().unwrap_or_default();
    let date =
        if date.contains(|c: char| c.is_ascii_digit()) && date.len() > 4 { date } else { text };
    let digits = date.split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty());
    let parts = digits.flat_map(|digits| match digits.len() {
        8 => vec![&digits[..4], &digits[4..6], &digits[6..]],
        _ => vec![digits],
    });
    parts.filter_map(|digits| digits.parse().ok()).collect()
}

/// Returns the year of a date, and the numbers beside it. A year of two digits stands last.
fn year_and_others(numbers: &[i64]) -> Option<(i16, &[i64])> {
    let is_year = |number: &i64| (1900..2200).contains(number);
    let (year, others) = match numbers {
        [first, others @ ..] if is_year(first) && others.len() <= 2 => (*first, others),
        [others @ .., last] if is_year(last) && others.len() <= 2 => (*last, others),
        [others @ .., last] if others.len() == 2 && (0..100).contains(last) => {
            (2000 + last, others)
        }
        _ => return None,
    };
    Some((i16::try_from(year).ok()?, others))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn dates_are_compared_in_every_usual_order() {
        for (text, is_over) in [
            ("2026-01-31", true),
            ("2026-12-31", false),
            ("31.01.2026", true),
            ("31.12.2026", false),
            ("01/31/2026", true),
            ("12/31/2026", false),
            ("2/11/26", true),
            ("11/12/2026", true),
            ("12/12/2026", false),
            ("31.12.25", true),
            ("2026-11-28", false),
            ("2026-11-27T10:00:00Z", true),
            ("2026-12-27 10:00", false),
            ("20261031", true),
            ("20270101", false),
            ("2026/10/31", true),
            ("2026年10月31日", true),
            ("2025", true),
            ("2026", false),
            ("2027", false),
            ("31 Oct 2025", true),
            ("31 Oct 2027", false),
            ("31 Oct 2026", true),
            ("10/2026", true),
            ("12/2026", false),
            ("9999-12-31", false),
            ("never", false),
            ("", false),
            ("12", false),
            ("9223372036854775807", false),
        ] {
            assert_eq!(may_be_over(text, date(2026, 11, 28)), is_over, "{text}");
        }
    }
}
