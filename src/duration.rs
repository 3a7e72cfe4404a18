//! Durations as people write them: `90m`, `1h 30m`, `1500ms`, `12w`. Pure.

use jiff::{SignedDuration, Span, SpanRelativeTo};
use std::time::Duration;

/// A longer duration would overflow when it is added to a time.
const LONGEST: Duration = Duration::from_millis(u64::MAX);
const LONGEST_AGE: SignedDuration = SignedDuration::from_hours(24 * 366 * 1000);

/// Parses a duration of hours and less, in whole milliseconds; a bare number is seconds.
pub(crate) fn parse_duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let duration = match text.parse().map(Duration::from_secs) {
        Ok(seconds) => seconds,
        Err(_) => Duration::try_from(text.parse::<SignedDuration>().ok()?).ok()?,
    };
    let is_whole = duration.subsec_nanos() % 1_000_000 == 0;
    Some(duration).filter(|duration| is_whole && *duration <= LONGEST)
}

/// Parses an age in hours, days or weeks, with 24 hours a day. Minutes are refused, because `3m`
/// may mean months.
pub(crate) fn parse_age(text: &str) -> Option<SignedDuration> {
    let span: Span = text.trim().parse().ok()?;
    let coarse = Span::new()
        .try_weeks(span.get_weeks())
        .and_then(|coarse| coarse.try_days(span.get_days()))
        .and_then(|coarse| coarse.try_hours(span.get_hours()))
        .ok()?;
    if span.fieldwise() != coarse.fieldwise() {
        return None;
    }
    let age = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    Some(age).filter(|age| *age > SignedDuration::ZERO && *age <= LONGEST_AGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_with_and_without_units() {
        for (text, millis) in [
            ("0", 0),
            ("180", 180_000),
            (" 180s ", 180_000),
            ("180 s", 180_000),
            ("0s", 0),
            ("1500ms", 1_500),
            ("90m", 5_400_000),
            ("90min", 5_400_000),
            ("2h", 7_200_000),
            ("1h 30m", 5_400_000),
            ("1h30m", 5_400_000),
            ("2 hours", 7_200_000),
            ("1.5h", 5_400_000),
        ] {
            assert_eq!(parse_duration(text), Some(Duration::from_millis(millis)), "{text}");
        }
        for text in
            ["", "s", "-1", "-1s", "1s ago", "1 y", "ten", "60y", "1us", "99999999999999999999h"]
        {
            assert_eq!(parse_duration(text), None, "{text}");
        }
        for text in ["18446744073709551615", "9223372036854775807s", "5124095576030430h"] {
            assert_eq!(parse_duration(text), None, "{text} is more than a clock can hold");
        }
    }

    #[test]
    fn ages_are_hours_days_or_weeks() {
        for (text, hours) in
            [("36h", 36), ("90d", 90 * 24), (" 2w ", 14 * 24), ("1w 2d", 9 * 24), ("2 weeks", 336)]
        {
            assert_eq!(parse_age(text), Some(SignedDuration::from_hours(hours)), "{text}");
        }
        let long = "99999999999999999999d";
        for text in
            ["", "0d", "90", "-1d", "1d ago", "1y", "3mo", "60m", "3m", "1d 5m", "90s", long]
        {
            assert_eq!(parse_age(text), None, "{text}");
        }
    }
}
