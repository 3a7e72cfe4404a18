//! Dates and times of spreadsheets, which are numbers of days, in ISO 8601.

use std::fmt::Write;

use jiff::ToSpan;
use jiff::civil::date;

/// Which parts of a moment a cell shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ShownTime {
    Date,
    Time,
    Both,
    /// Hours that may be more than a day.
    Elapsed,
}

/// From which day a workbook counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Epoch {
    /// Day 1 is 1900-01-01, and there is a 1900-02-29.
    #[default]
    Year1900,
    /// Day 0 is 1904-01-01: Excel on old Macs.
    Year1904,
}

/// The last day that spreadsheets show: 9999-12-31.
const LAST_DAY: f64 = 2_958_465.0;
const DAY_SECS: f64 = 86_400.0;

/// Appends a number of days as a date or time; `None` if a spreadsheet shows none for it.
pub(super) fn push_date(
    days: f64,
    epoch: Epoch,
    shown: ShownTime,
    text: &mut String,
) -> Option<()> {
    if !(0.0..LAST_DAY + 1.0).contains(&days) {
        return None;
    }
    let mut day = days.floor();
    let mut secs = ((days - day) * DAY_SECS).round();
    if secs >= DAY_SECS {
        (day, secs) = (day + 1.0, 0.0);
    }
    let (day, secs) = (day as i32, secs as u32);
    let (minutes, second) = (secs / 60, secs % 60);
    let (hour, minute) = (minutes / 60, minutes % 60);
    if matches!(shown, ShownTime::Date | ShownTime::Both) {
        push_day(day, epoch, text)?;
    }
    // Writing to a text does not fail.
    let _ = match shown {
        ShownTime::Date => Ok(()),
        ShownTime::Time => write!(text, "{hour:02}:{minute:02}:{second:02}"),
        ShownTime::Both => write!(text, "T{hour:02}:{minute:02}:{second:02}"),
        ShownTime::Elapsed => {
            write!(text, "{}:{minute:02}:{second:02}", u64::from(hour) + 24 * day as u64)
        }
    };
    Some(())
}

fn push_day(day: i32, epoch: Epoch, text: &mut String) -> Option<()> {
    let (first, passed) = match epoch {
        Epoch::Year1904 => (date(1904, 1, 1), day),
        Epoch::Year1900 => match day {
            // A day that never was.
            60 => {
                text.push_str("1900-02-29");
                return Some(());
            }
            0..60 => (date(1899, 12, 31), day),
            _ => (date(1899, 12, 30), day),
        },
    };
    let day = first.checked_add(passed.days()).ok()?;
    let _ = write!(text, "{day}");
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_dates_in_iso_8601() {
        use ShownTime::{Both, Date, Elapsed, Time};
        for (days, epoch, shown, expected) in [
            (46_266.0, Epoch::Year1900, Date, "2026-09-01"),
            (46_266.354_166_67, Epoch::Year1900, Date, "2026-09-01"),
            (46_266.354_166_67, Epoch::Year1900, Both, "2026-09-01T08:30:00"),
            (46_266.999_999_99, Epoch::Year1900, Both, "2026-09-02T00:00:00"),
            (0.354_166_67, Epoch::Year1900, Time, "08:30:00"),
            (1.5, Epoch::Year1900, Elapsed, "36:00:00"),
            (1.0, Epoch::Year1900, Date, "1900-01-01"),
            (60.0, Epoch::Year1900, Date, "1900-02-29"),
            (61.0, Epoch::Year1900, Date, "1900-03-01"),
            (44_804.0, Epoch::Year1904, Date, "2026-09-01"),
            (2_958_465.0, Epoch::Year1900, Date, "9999-12-31"),
        ] {
            let mut text = String::new();
            push_date(days, epoch, shown, &mut text).unwrap();
            assert_eq!(text, expected, "{days}");
        }
        for days in [-1.0, 2_958_466.0, f64::NAN, f64::INFINITY] {
            assert_eq!(push_date(days, Epoch::Year1900, Date, &mut String::new()), None, "{days}");
        }
    }
}
