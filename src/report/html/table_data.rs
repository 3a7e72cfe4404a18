//! The rows of a table as JSON in a script element, which nothing executes.

use crate::visible::visible;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;

/// A cell of a table.
#[derive(Debug, Clone, Copy)]
pub(crate) enum TableCell<'c> {
    /// A number, by which rows are sorted.
    Number(u64),
    /// A text that few rows share.
    Text(&'c str),
    /// A text that many rows share. It is stored once.
    Word(&'c str),
}

/// The rows of a table. Grows row by row, as text.
#[derive(Debug, Default)]
pub(crate) struct TableData {
    /// The rows, without the brackets around them.
    rows: String,
    /// The words of each column, with their numbers.
    words: Vec<HashMap<String, usize>>,
    columns: Vec<&'static str>,
    numbers: Vec<usize>,
    /// The columns in which a cell says something.
    filled: BTreeSet<usize>,
    len: u64,
}

#[derive(Serialize)]
struct Head<'d> {
    columns: &'d [&'static str],
    numbers: &'d [usize],
    /// Columns without any text, which are not shown.
    empty: Vec<usize>,
    words: BTreeMap<usize, Vec<&'d str>>,
}

impl TableData {
    /// Creates a table with these columns and no rows.
    pub(crate) fn new(columns: &[&'static str]) -> Self {
        Self {
            columns: columns.to_vec(),
            words: vec![HashMap::new(); columns.len()],
            ..Self::default()
        }
    }

    /// The number of rows.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// Returns the columns, each with whether it is shown: those without any text are not.
    pub(super) fn columns_shown(&self) -> impl Iterator<Item = (&'static str, bool)> {
        self.columns.iter().enumerate().map(|(at, name)| (*name, self.filled.contains(&at)))
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: &[TableCell<'_>]) {
        if self.len > 0 {
            self.rows.push(',');
        }
        self.rows.push('[');
        for (column, cell) in cells.iter().enumerate() {
            if column > 0 {
                self.rows.push(',');
            }
            if !matches!(cell, TableCell::Text("") | TableCell::Word("")) {
                self.filled.insert(column);
            }
            match cell {
                TableCell::Number(number) => {
                    if !self.numbers.contains(&column) {
                        self.numbers.push(column);
                    }
                    let _ = write!(self.rows, "{number}");
                }
                TableCell::Text(text) => self.rows.push_str(&json(&*visible(text))),
                TableCell::Word(word) => {
                    let words = &mut self.words[column];
                    let next = words.len();
                    let number = *words.entry(visible(word).into_owned()).or_insert(next);
                    let _ = write!(self.rows, "{number}");
                }
            }
        }
        self.rows.push(']');
        self.len += 1;
    }

    /// Returns all as JSON that ends no script element.
    pub(super) fn to_json(&self) -> String {
        let words = self.words.iter().enumerate().filter(|(_, words)| !words.is_empty());
        let words = words.map(|(column, words)| (column, in_order(words))).collect();
        let empty = (0..self.columns.len()).filter(|at| !self.filled.contains(at)).collect();
        let head = json(&Head { columns: &self.columns, numbers: &self.numbers, empty, words });
        let head = head.strip_suffix('}').unwrap_or(&head);
        format!("{head},\"rows\":[{}]}}", self.rows)
    }
}

/// Returns words in the order of their numbers.
fn in_order(words: &HashMap<String, usize>) -> Vec<&str> {
    let mut all: Vec<(&String, &usize)> = words.iter().collect();
    all.sort_by_key(|(_, number)| **number);
    all.into_iter().map(|(word, _)| word.as_str()).collect()
}

/// Returns a value as JSON without the characters that could end a script element or a line.
fn json(value: &(impl Serialize + ?Sized)) -> String {
    let text = serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned());
    if !text.contains(['<', '>', '&', '\u{2028}', '\u{2029}']) {
        return text;
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(safe, "\\u{:04x}", u32::from(c));
            }
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn column_without_any_text_is_not_shown() {
        let mut data = TableData::new(&["Line", "Old value", "Status", "Request"]);
        let no_line = TableCell::Text("");
        data.row(&[no_line, TableCell::Text(""), TableCell::Word("send"), TableCell::Word("")]);
        data.row(&[
            TableCell::Number(0),
            TableCell::Text(""),
            TableCell::Word("send"),
            TableCell::Word(""),
        ]);
        let shown: Vec<_> = data.columns_shown().collect();
        let expected = [("Line", true), ("Old value", false), ("Status", true), ("Request", false)];
        assert_eq!(shown, expected);
        let read: serde_json::Value = serde_json::from_str(&data.to_json()).unwrap();
        assert_eq!(read["empty"], serde_json::json!([1, 3]));
    }

    #[test]
    fn rows_are_json_that_ends_no_script() {
        let mut data = TableData::new(&["Row", "Code", "Who"]);
        let hostile = "</script><!-- & \u{2028}\u{202e}x\0";
        data.row(&[TableCell::Number(7), TableCell::Word("a.b"), TableCell::Text(hostile)]);
        data.row(&[TableCell::Number(8), TableCell::Word("a.b"), TableCell::Text("=1+1")]);
        let text = data.to_json();
        assert!(!text.contains(['<', '>', '&', '\u{2028}', '\u{202e}', '\0']), "{text}");
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["rows"][0][0], 7);
        assert_eq!(read["words"]["1"], serde_json::json!(["a.b"]));
        assert_eq!((&read["rows"][0][1], &read["rows"][1][1]), (&0.into(), &0.into()));
        let shown = r"</script><!-- & \u2028\u202ex\u0000";
        assert_eq!(read["rows"][0][2], shown);
        assert_eq!((read["numbers"].clone(), data.len()), (serde_json::json!([0]), 2));
    }
}
