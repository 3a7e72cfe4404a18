//! Counts consecutive rows that are refused with the same code.

/// The last code that rows were refused with, and the number of consecutive rows.
#[derive(Debug, Default)]
pub(super) struct RefusalStreak {
    code: String,
    rows: u32,
}

impl RefusalStreak {
    /// Counts a refused row.
    pub(super) fn refused(&mut self, code: &str) {
        if self.code == code {
            self.rows += 1;
        } else {
            *self = Self { code: code.to_owned(), rows: 1 };
        }
    }

    /// Returns the number of consecutive rows that were refused with the last code.
    pub(super) fn rows(&self) -> u32 {
        self.rows
    }

    /// Ends the streak, because a row was not refused.
    pub(super) fn end(&mut self) {
        self.rows = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streak_ends_with_another_code_and_with_a_row_that_is_fine() {
        let mut streak = RefusalStreak::default();
        let mut count = |code| {
            streak.refused(code);
            streak.rows()
        };
        assert_eq!(["a", "a", "b"].map(&mut count), [1, 2, 1]);
        streak.end();
        streak.refused("b");
        assert_eq!(streak.rows(), 1);
    }
}
