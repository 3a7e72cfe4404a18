//! The data rows that a command is to send (`--rows`).

/// A range of rows: `1-20`, `7`, `1-5,9`. Its parts are in order, and rows are between them.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(from = "Vec<(u64, u64)>")]
pub struct RowRange(Vec<(u64, u64)>);

/// The number of parts that a short form names.
const SHOWN: usize = 5;

impl From<Vec<(u64, u64)>> for RowRange {
    fn from(parts: Vec<(u64, u64)>) -> Self {
        Self::of(parts)
    }
}

impl RowRange {
    /// Returns the range with these parts, each a first and a last row, in order and joined where
    /// they meet.
    pub(crate) fn of(parts: impl IntoIterator<Item = (u64, u64)>) -> Self {
        let mut parts: Vec<(u64, u64)> = parts.into_iter().collect();
        parts.sort_unstable();
        let mut joined: Vec<(u64, u64)> = Vec::new();
        for (first, last) in parts {
            match joined.last_mut() {
                Some(end) if first <= end.1.saturating_add(1) => end.1 = end.1.max(last),
                _ => joined.push((first, last)),
            }
        }
        Self(joined)
    }

    /// Returns the range of these rows, which count from 0.
    pub(crate) fn of_rows(rows: impl IntoIterator<Item = u32>) -> Self {
        Self::of(rows.into_iter().map(|row| (u64::from(row) + 1, u64::from(row) + 1)))
    }

    /// Returns the range with all rows before it and between its parts.
    pub(crate) fn with_rows_before(&self) -> Self {
        Self::of(self.0.iter().map(|(_, last)| (1, *last)))
    }

    /// Returns all rows.
    pub(crate) fn all() -> Self {
        Self(vec![(1, u64::MAX)])
    }

    /// Returns the first and the last row of each part.
    pub(crate) fn parts(&self) -> &[(u64, u64)] {
        &self.0
    }

    /// Whether the data row (from 1) is in the range.
    pub fn contains(&self, row: u64) -> bool {
        let after = self.0.partition_point(|(first, _)| *first <= row);
        self.0[..after].last().is_some_and(|(_, last)| row <= *last)
    }

    /// Whether all of the first `rows` rows are in the range.
    pub(crate) fn covers(&self, rows: u64) -> bool {
        rows == 0 || self.0.first().is_some_and(|(first, last)| *first == 1 && *last >= rows)
    }

    /// Describes the range in a line of a message: `1-3, 7 and 40 more`.
    pub(crate) fn in_short(&self) -> String {
        let (shown, others) = self.0.split_at(self.0.len().min(SHOWN));
        let shown: Vec<String> = shown.iter().map(part_words).collect();
        let others = others.iter().map(|(first, last)| (last - first).saturating_add(1));
        match others.fold(0, u64::saturating_add) {
            0 => shown.join(", "),
            more => format!("{} and {more} more", shown.join(", ")),
        }
    }
}

/// The range as it is typed.
impl std::fmt::Display for RowRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (place, part) in self.0.iter().enumerate() {
            let comma = if place == 0 { "" } else { "," };
            write!(f, "{comma}{}", part_words(part))?;
        }
        Ok(())
    }
}

/// Returns a part of a range as it is typed.
fn part_words((first, last): &(u64, u64)) -> String {
    match *last {
        u64::MAX => format!("{first}-"),
        last if last == *first => first.to_string(),
        last => format!("{first}-{last}"),
    }
}

/// A text that is not a range of rows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no rows: write 1-20, or 7, or 1-5,9; rows count from 1")]
pub struct RowRangeError(String);

impl std::str::FromStr for RowRange {
    type Err = RowRangeError;

    fn from_str(text: &str) -> Result<Self, RowRangeError> {
        let part = |part: &str| {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let first = first.trim().parse::<u64>().ok()?;
            let last = if last.trim().is_empty() { u64::MAX } else { last.trim().parse().ok()? };
            (first >= 1 && first <= last).then_some((first, last))
        };
        let parts: Option<Vec<_>> = text.split(',').map(part).collect();
        parts.map(Self::of).ok_or_else(|| RowRangeError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_meet_are_joined_and_typed_as_one() {
        let range = RowRange::of([(9, 9), (3, 5), (1, 2), (4, 7), (12, u64::MAX)]);
        assert_eq!(range.to_string(), "1-7,9,12-");
        assert_eq!(range.to_string().parse(), Ok(range.clone()));
        assert_eq!(RowRange::of([(3, 5), (9, 9)]).with_rows_before().to_string(), "1-9");
        assert!(range.covers(7) && !range.covers(8) && !RowRange::of([(2, 9)]).covers(9));
        assert!(RowRange::all().covers(1 << 40) && RowRange::of([]).covers(0));
    }

    #[test]
    fn typed_and_stored_parts_are_put_in_order() {
        let typed: RowRange = "9,3-5,1-2,7".parse().unwrap();
        let stored: RowRange = serde_json::from_str("[[9,9],[3,5],[1,2],[7,7]]").unwrap();
        assert_eq!((typed.to_string(), &typed), ("1-5,7,9".to_owned(), &stored));
        let contained: Vec<u64> = (0..12).filter(|row| typed.contains(*row)).collect();
        assert_eq!(contained, [1, 2, 3, 4, 5, 7, 9]);
        assert!(RowRange::all().contains(u64::MAX) && !RowRange::default().contains(1));
    }

    #[test]
    fn short_form_counts_what_it_does_not_name() {
        assert_eq!(RowRange::of_rows([0, 1, 2, 6]).in_short(), "1-3, 7");
        let long = RowRange::of_rows((0..90).step_by(2));
        assert_eq!(long.in_short(), "1, 3, 5, 7, 9 and 40 more");
    }
}
