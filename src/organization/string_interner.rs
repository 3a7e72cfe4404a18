//! Words that stand in many places, kept once.

use std::collections::HashMap;

/// Words that many people have in common, by number; number 0 is no word.
#[derive(Debug, Clone)]
pub(super) struct StringInterner {
    all: Vec<Box<str>>,
    numbers: HashMap<Box<str>, u32>,
    /// The word that was asked for last: most people have the domain of the one before.
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
