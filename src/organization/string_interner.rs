//! Stores words that occur in many places only once.

use std::collections::HashMap;

/// Words that many users share, by number. Number 0 is the empty word.
#[derive(Debug, Clone)]
pub(super) struct StringInterner {
    all: Vec<Box<str>>,
    numbers: HashMap<Box<str>, u32>,
    /// The words that were found last: most users have the same domain, country,
    /// type and status as the user before.
    recent: [u32; RECENT],
}

/// The number of words that were found last.
const RECENT: usize = 4;

impl Default for StringInterner {
    fn default() -> Self {
        Self { all: vec!["".into()], numbers: HashMap::from([("".into(), 0)]), recent: [0; RECENT] }
    }
}

impl StringInterner {
    /// Returns the number of a word, which is added if it is new.
    pub(super) fn number(&mut self, word: &str) -> u32 {
        if let Some(number) = self.recent.into_iter().find(|number| self.get(*number) == word) {
            return number;
        }
        let number = match self.numbers.get(word) {
            Some(number) => *number,
            None => {
                let number = u32::try_from(self.all.len()).unwrap_or(0);
                self.all.push(word.into());
                self.numbers.insert(word.into(), number);
                number
            }
        };
        self.recent.rotate_right(1);
        self.recent[0] = number;
        number
    }

    /// Returns all words, in the order of their numbers.
    pub(super) fn all(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(|word| &**word)
    }

    /// Returns a word by its number.
    pub(super) fn get(&self, number: u32) -> &str {
        &self.all[number as usize]
    }
}
