//! The data rows that a command is to send (`--rows`).

/// A range of rows: `1-20`, `7`, `1-5,9`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct RowRange(Vec<(u64, u64)>);

impl RowRange {
    /// Whether the data row (from 1) is in the range.
    pub fn contains(&self, row: u64) -> bool {
        self.0.iter().any(|(first, last)| (*first..=*last).contains(&row))
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
        parts.map(Self).ok_or_else(|| RowRangeError(text.to_owned()))
    }
}
