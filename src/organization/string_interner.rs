//! Stores words that occur in many places only once.

use std::collections::HashMap;

/// Words that many users share, by number. Number 0 is the empty word.
#[derive(Debug, Clone)]
pub(super) struct StringInterner {
    all: Vec<Box<str>>,
    numbers: HashMap<Box<str>, u32>,
    /// The last word that was looked up: most users have the same domain as the user before.
    last: u32,
}

impl Default for StringInterner {
    fn default() -> Self {
        Self { all: vec!["".into()], numbers: HashMap::from([("".into(), 0)]), last: 0 }
    }
}

impl StringInterner {
    pub(super) fn number(&mut self, word: &str) -> u32 {
        if self.get(self.last) == word {
            return self.last;
        }
        self.last = match self.numbers.get(word) {
            Some(number) => *number,
            None => {
                let number = u32::try_from(self.all.len()).unwrap_or(0);
                self.all.push(word.into());
                self.numbers.insert(word.into(), number);
                number
            }
        };
        self.last
    }

    pub(super) fn get(&self, number: u32) -> &str {
        &self.all[number as usize]
    }
}
