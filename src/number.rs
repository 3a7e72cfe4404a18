//! Numbers as people read them: with their nouns, with commas, and as durations. Pure.

use std::time::Duration;

use indicatif::HumanCount;

/// Returns the form of a word for a number: the first for 1.
pub(crate) fn form<'w>(number: u64, one: &'w str, several: &'w str) -> &'w str {
    if number == 1 { one } else { several }
}

/// Returns the noun for a number: `row` for 1, otherwise `rows`.
pub(crate) fn noun(number: u64, one: &str) -> String {
    match one {
        _ if number == 1 => one.to_owned(),
        "person" => "people".to_owned(),
        _ if one.ends_with('s') => format!("{one}es"),
        _ => format!("{one}s"),
    }
}

/// Returns a number with its noun: `1 row`, `2 rows`.
pub(crate) fn count(number: u64, one: &str) -> String {
    format!("{number} {}", noun(number, one))
}

/// Returns a number with commas and its noun: `1 row`, `12,000 rows`.
pub(crate) fn count_thousands(number: u64, one: &str) -> String {
    format!("{} {}", thousands(number), noun(number, one))
}

/// Returns a number with commas: `1,000,000`.
pub(crate) fn thousands(number: u64) -> String {
    HumanCount(number).to_string()
}

/// Returns a duration in words: `12 s`, `7 min`, `3 h 20 min`, `2 days`.
pub(crate) fn minutes(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let both = |large: String, small: u64, unit: &str| match small {
        0 => large,
        small => format!("{large} {small} {unit}"),
    };
    match seconds {
        0 => "less than a second".to_owned(),
        1..=9 => format!("{:.1} s", duration.as_secs_f64()),
        10..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds.div_ceil(60)),
        7200..=172_799 => both(format!("{} h", seconds / 3600), seconds % 3600 / 60, "min"),
        _ => both(count(seconds / 86_400, "day"), seconds % 86_400 / 3600, "h"),
    }
}

/// Returns an approximate duration: `about 9 min`, or `a few seconds` if it is very short.
pub(crate) fn about(time: Duration) -> String {
    if time < Duration::from_secs(10) {
        "a few seconds".to_owned()
    } else {
        format!("about {}", minutes(time))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duration_is_said_without_empty_parts() {
        let said = |seconds| minutes(Duration::from_secs(seconds));
        assert_eq!(said(0), "less than a second");
        assert_eq!([5, 90, 600].map(said), ["5.0 s", "90 s", "10 min"]);
        assert_eq!([7200, 9000, 86_400].map(said), ["2 h", "2 h 30 min", "24 h"]);
        assert_eq!([172_800, 180_000].map(said), ["2 days", "2 days 2 h"]);
    }

    #[test]
    fn large_numbers_can_be_read() {
        assert_eq!([0, 999, 1000, 1_234_567].map(thousands), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn noun_goes_with_its_number() {
        assert_eq!([0, 1, 2].map(|number| count(number, "row")), ["0 rows", "1 row", "2 rows"]);
        assert_eq!(
            [1, 1000].map(|number| count_thousands(number, "person")),
            ["1 person", "1,000 people"]
        );
        assert_eq!(count(2, "new address"), "2 new addresses");
    }
}
