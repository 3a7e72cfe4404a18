//! Texts that many consecutive rows have in common.

/// The text of the last row, which the next row mostly has as well.
#[derive(Debug)]
pub(super) struct LastText<K> {
    of: Option<K>,
    text: String,
}

impl<K> Default for LastText<K> {
    fn default() -> Self {
        Self { of: None, text: String::new() }
    }
}

impl<K: PartialEq + Copy> LastText<K> {
    /// Returns the text of a value; `write` makes it, unless the last row had the same value.
    pub(super) fn of(&mut self, value: K, write: impl FnOnce(K) -> String) -> &str {
        if self.of != Some(value) {
            (self.of, self.text) = (Some(value), write(value));
        }
        &self.text
    }
}
