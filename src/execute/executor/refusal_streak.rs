//! Rows that are refused one after the other with the same code.

/// The code that rows were refused with last, and how many in a row.
#[derive(Debug, Default)]
pub(super) struct RefusalStreak {
    code: String,
    rows: u32,
}

impl RefusalStreak {
    /// A row was refused. Returns how many rows in a row were refused with this code.
    pub(super) fn refused(&mut self, code: &str) -> u32 {
        if self.code == code {
            self.rows += 1;
        } else {
            *self = Self { code: code.to_owned(), rows: 1 };
        }
        self.rows
    }

    /// A row was not refused.
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
        assert_eq!(["a", "a", "b"].map(|code| streak.refused(code)), [1, 2, 1]);
        streak.end();
        assert_eq!(["b", "b"].map(|code| streak.refused(code)), [1, 2]);
    }
}
