//! Finds the cells of a record whose cells are all parts of it.

use memchr::memchr;

use super::byte_places::{each_place, equal_bytes, in_each_byte};
use super::scan::is_blank;

/// Appends the bounds of the cells of a record without its line end. Returns `false` if a cell is
/// no part of the record: a quote is inside a quoted cell, or a blank may be beside one. Then the
/// bounds mean nothing.
pub(super) fn split_in_place(
    record: &[u8],
    delimiter: u8,
    bounds: &mut Vec<(usize, usize)>,
) -> bool {
    if memchr(b'"', record).is_none() {
        split_unquoted(record, delimiter, bounds);
        return true;
    }
    let delimiters = in_each_byte(delimiter);
    let mut splitter = Splitter::new(record, delimiter, bounds);
    let (words, rest) = record.as_chunks::<8>();
    for (i, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let mut found = equal_bytes(word, delimiters) | equal_bytes(word, QUOTES);
        while found != 0 {
            if !splitter.take(i * 8 + found.trailing_zeros() as usize / 8) {
                return false;
            }
            found &= found - 1;
        }
    }
    for (i, byte) in rest.iter().enumerate() {
        let is_mark = *byte == delimiter || *byte == b'"';
        if is_mark && !splitter.take(words.len() * 8 + i) {
            return false;
        }
    }
    splitter.finish()
}

const QUOTES: u64 = in_each_byte(b'"');

/// Appends the bounds of the cells of a record without quotes.
fn split_unquoted(record: &[u8], delimiter: u8, bounds: &mut Vec<(usize, usize)>) {
    let mut from = 0;
    each_place(record, delimiter, |at| {
        bounds.push((from, at));
        from = at + 1;
        true
    });
    bounds.push((from, record.len()));
}

/// Takes the delimiters and quotes of a record in order.
struct Splitter<'r> {
    record: &'r [u8],
    delimiter: u8,
    bounds: &'r mut Vec<(usize, usize)>,
    /// Where the cell begins.
    from: usize,
    state: CellState,
    has_quote: bool,
    /// Whether an unquoted cell begins with a blank. In a record without a quote it is content.
    has_blank: bool,
}

#[derive(Clone, Copy)]
enum CellState {
    Unquoted,
    Quoted,
    /// Behind the closing quote.
    Closed,
}

impl<'r> Splitter<'r> {
    fn new(record: &'r [u8], delimiter: u8, bounds: &'r mut Vec<(usize, usize)>) -> Self {
        let state = CellState::Unquoted;
        Self { record, delimiter, bounds, from: 0, state, has_quote: false, has_blank: false }
    }

    /// Takes the next delimiter or quote. Returns `false` if something follows a closing quote.
    #[inline]
    fn take(&mut self, at: usize) -> bool {
        let is_quote = self.record[at] == b'"';
        match self.state {
            CellState::Unquoted if is_quote => {
                self.has_quote = true;
                if at == self.from {
                    self.state = CellState::Quoted;
                }
            }
            CellState::Unquoted => {
                self.end_unquoted(at);
                self.from = at + 1;
            }
            CellState::Quoted if is_quote => {
                self.bounds.push((self.from + 1, at));
                self.state = CellState::Closed;
                return self.record.get(at + 1).is_none_or(|byte| *byte == self.delimiter);
            }
            CellState::Quoted => {}
            CellState::Closed => (self.from, self.state) = (at + 1, CellState::Unquoted),
        }
        true
    }

    #[inline]
    fn end_unquoted(&mut self, to: usize) {
        self.has_blank |= to > self.from && is_blank(self.record[self.from]);
        self.bounds.push((self.from, to));
    }

    fn finish(mut self) -> bool {
        match self.state {
            CellState::Unquoted => self.end_unquoted(self.record.len()),
            CellState::Quoted => return false,
            CellState::Closed => {}
        }
        !(self.has_quote && self.has_blank)
    }
}

#[cfg(test)]
mod tests {
    use memchr::memchr;
    use proptest::prelude::*;

    use super::*;

    /// Finds the cells one by one.
    fn by_the_rules(record: &[u8], delimiter: u8) -> Option<Vec<(usize, usize)>> {
        let (mut bounds, mut from) = (Vec::new(), 0);
        let has_quote = record.contains(&b'"');
        loop {
            let (begin, end, next) = match record[from..] {
                [b'"', ref inside @ ..] => {
                    let len = memchr(b'"', inside)?;
                    (from + 1, from + 1 + len, from + len + 2)
                }
                [first, ..] if has_quote && is_blank(first) && first != delimiter => return None,
                ref rest => {
                    let end = from + memchr(delimiter, rest).unwrap_or(rest.len());
                    (from, end, end)
                }
            };
            bounds.push((begin, end));
            match record.get(next) {
                None => return Some(bounds),
                Some(byte) if *byte == delimiter => from = next + 1,
                Some(_) => return None,
            }
        }
    }

    fn record(bytes: &'static [u8]) -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(prop::sample::select(bytes.to_vec()), 0..60)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn cells_of_eight_bytes_at_a_time_are_those_one_by_one(
            record in prop_oneof![
                record(b"\"\",,;\t ab"),
                record(b"\",;\tabcdefgh\0\x80\xac\xa2\x2d\x23\xff"),
                record(b",;\tabcdef\x80\xac\x2d"),
            ],
        ) {
            for delimiter in [b',', b';', b'\t', b'|'] {
                let mut bounds = Vec::new();
                let found = split_in_place(&record, delimiter, &mut bounds).then_some(bounds);
                prop_assert_eq!(found, by_the_rules(&record, delimiter));
            }
        }
    }
}
