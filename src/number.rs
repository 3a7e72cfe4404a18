//! Numbers as people read them: with their nouns, and with commas. Pure.

/// The form that goes with the number: the first for 1.
pub fn form<'w>(number: u64, one: &'w str, several: &'w str) -> &'w str {
    if number == 1 { one } else { several }
}

/// The noun beside a number: `row` for 1, else `rows`.
pub fn noun(number: u64, one: &str) -> String {
    match one {
        _ if number == 1 => one.to_owned(),
        "person" => "people".to_owned(),
        "address" => "addresses".to_owned(),
        _ => format!("{one}s"),
    }
}

/// `1 row`, `2 rows`
pub fn count(number: u64, one: &str) -> String {
    format!("{number} {}", noun(number, one))
}

/// `1 row`, `12,000 rows`
pub fn count_thousands(number: u64, one: &str) -> String {
    format!("{} {}", thousands(number), noun(number, one))
}

/// `1,000,000`
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

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
    }
}
