//! Copies the elements of a JSON array to the lines of JSON Lines.
//!
//! In: a text that is one array. Out: a copy with an element on each line, and the lines of the
//! text on which the elements begin. An element is not understood here: a line that is not an
//! object is the fault of its row. What is around the elements must be right, because a file that
//! was cut off may lack people. Only a piece of the text is held in memory.

use std::io::{self, BufRead, BufReader, Write};

use super::text::Utf8Text;

/// Why an array cannot be read.
#[derive(Debug)]
pub(super) enum ArrayFault {
    /// The text could not be read.
    Read(io::Error),
    /// The copy could not be written.
    Write(io::Error),
    /// There is no element.
    Empty,
    /// Something is not as in JSON: the line, and what.
    Broken(u64, &'static str),
}

/// Whether a text that begins with these bytes is an array of objects, or an empty one.
pub(super) fn begins_as_array(first: &[u8]) -> bool {
    let elements = first.trim_ascii_start().strip_prefix(b"[").map(<[u8]>::trim_ascii_start);
    elements.is_some_and(|elements| matches!(elements.first(), Some(b'{' | b']')))
}

/// The place between two bytes of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ArrayPlace {
    /// Before the opening bracket.
    Before,
    /// Before an element. After a comma, one must follow.
    BeforeElement { after_comma: bool },
    /// In an element, within so many brackets.
    Element { depth: u32 },
    /// In a text in an element.
    Text { depth: u32 },
    /// After a backslash in a text.
    Escape { depth: u32 },
    /// After the closing bracket.
    After,
}

/// Copies the elements of an array, from a position on. Returns their lines.
pub(super) fn to_lines(text: &Utf8Text, from: u64, to: impl Write) -> Result<Vec<u64>, ArrayFault> {
    let mut copy = ElementCopy { to, place: ArrayPlace::Before, line: 1, lines: Vec::new() };
    let mut text = BufReader::with_capacity(1 << 18, text.reader_from(from));
    loop {
        let piece = text.fill_buf().map_err(ArrayFault::Read)?;
        if piece.is_empty() {
            break;
        }
        let len = piece.len();
        copy.push(piece)?;
        text.consume(len);
    }
    copy.finish()
}

struct ElementCopy<W> {
    to: W,
    place: ArrayPlace,
    /// The line of the text, from 1.
    line: u64,
    /// The line of each element.
    lines: Vec<u64>,
}

impl<W: Write> ElementCopy<W> {
    fn push(&mut self, piece: &[u8]) -> Result<(), ArrayFault> {
        let mut written = Vec::with_capacity(piece.len());
        for &byte in piece {
            self.pass(byte, &mut written)?;
            self.line += u64::from(byte == b'\n');
        }
        self.to.write_all(&written).map_err(ArrayFault::Write)
    }

    /// Passes a byte.
    fn pass(&mut self, byte: u8, copy: &mut Vec<u8>) -> Result<(), ArrayFault> {
        let is_blank = matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        let next = match (self.place, byte) {
            (ArrayPlace::Before | ArrayPlace::BeforeElement { .. } | ArrayPlace::After, _)
                if is_blank =>
            {
                return Ok(());
            }
            (ArrayPlace::Before, _) => ArrayPlace::BeforeElement { after_comma: false },
            (ArrayPlace::BeforeElement { after_comma: false }, b']') => ArrayPlace::After,
            (ArrayPlace::BeforeElement { .. }, b',' | b']') => {
                return Err(self.broken("an element is missing beside a comma. Remove the comma"));
            }
            (ArrayPlace::BeforeElement { .. }, _) => {
                self.lines.push(self.line);
                self.in_element(0, byte, copy)
            }
            (ArrayPlace::Element { depth: 0 }, b',' | b']') => {
                copy.push(b'\n');
                match byte {
                    b',' => ArrayPlace::BeforeElement { after_comma: true },
                    _ => ArrayPlace::After,
                }
            }
            (ArrayPlace::Element { depth: 0 }, b'{' | b'[' | b'"') => {
                return Err(self.broken("a comma is missing between two elements. Add it"));
            }
            (ArrayPlace::Element { depth }, _) => self.in_element(depth, byte, copy),
            (ArrayPlace::Text { depth } | ArrayPlace::Escape { depth }, _) => {
                // A line break is not allowed in a text, and neither is the CR that stands for it.
                copy.push(if byte == b'\n' { b'\r' } else { byte });
                match (self.place, byte) {
                    (ArrayPlace::Text { .. }, b'"') => ArrayPlace::Element { depth },
                    (ArrayPlace::Text { .. }, b'\\') => ArrayPlace::Escape { depth },
                    _ => ArrayPlace::Text { depth },
                }
            }
            (ArrayPlace::After, _) => {
                return Err(self
                    .broken("text follows its end. Remove it, or save all elements in one array"));
            }
        };
        self.place = next;
        Ok(())
    }

    /// Passes a byte of an element outside of texts.
    fn in_element(&self, depth: u32, byte: u8, copy: &mut Vec<u8>) -> ArrayPlace {
        copy.push(if matches!(byte, b'\r' | b'\n') { b' ' } else { byte });
        match byte {
            b'"' => ArrayPlace::Text { depth },
            b'{' | b'[' => ArrayPlace::Element { depth: depth.saturating_add(1) },
            b'}' | b']' => ArrayPlace::Element { depth: depth.saturating_sub(1) },
            _ => ArrayPlace::Element { depth },
        }
    }

    fn finish(mut self) -> Result<Vec<u64>, ArrayFault> {
        self.to.flush().map_err(ArrayFault::Write)?;
        match (self.place, self.lines.last()) {
            (ArrayPlace::After, Some(_)) => Ok(self.lines),
            (ArrayPlace::After, None) => Err(ArrayFault::Empty),
            (_, last) => Err(ArrayFault::Broken(
                last.copied().unwrap_or(self.line),
                "it has no end after the element that begins here. Get the whole file again if it \
                 is cut off; else add the bracket or quote that this element lacks",
            )),
        }
    }

    fn broken(&self, what: &'static str) -> ArrayFault {
        ArrayFault::Broken(self.line, what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Returns the copy with its lines, or the line of what is broken.
    fn copied(array: &str) -> Result<(String, Vec<u64>), u64> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(array.as_bytes()).unwrap();
        let text = Utf8Text::new(file).unwrap();
        let mut copy = Vec::new();
        match to_lines(&text, 0, &mut copy) {
            Ok(lines) => Ok((String::from_utf8(copy).unwrap(), lines)),
            Err(ArrayFault::Broken(line, _)) => Err(line),
            Err(ArrayFault::Empty) => Err(0),
            Err(fault) => panic!("{fault:?}"),
        }
    }

    #[test]
    fn elements_become_lines_and_keep_their_line() {
        let pretty = "[\r\n  {\r\n    \"a\": \"x,]\\\"}\"\r\n  },\r\n  {\"a\": [1,\n2]}, 7\n]\n\n";
        let copy = "{     \"a\": \"x,]\\\"}\"   }\n{\"a\": [1, 2]}\n7\n";
        let (lines, numbers) = copied(pretty).unwrap();
        assert_eq!(numbers, [2, 5, 6]);
        let without_blanks = |text: &str| text.replace(' ', "");
        assert_eq!(without_blanks(&lines), without_blanks(copy));
        assert_eq!(copied("[{},{}]").unwrap(), ("{}\n{}\n".to_owned(), vec![1, 1]));
        // A line break in a text stays a fault of that element.
        assert_eq!(copied("[{\"a\":\"x\ny\"}]").unwrap().0, "{\"a\":\"x\ry\"}\n");
    }

    #[test]
    fn array_that_is_not_whole_is_broken() {
        for (array, line) in [
            ("[{},\n{\"a\":1}", 2),
            ("[{},\n{\"a\":\"1}]", 2),
            ("[{},\n{\"a\":[1}]", 2),
            ("[{}\n{}]", 2),
            ("[{},\n]", 2),
            ("[{},\n\n,{}]", 3),
            ("[{}]\n[{}]", 2),
            ("[{},{}]]", 1),
            ("[", 1),
            ("[ ]\n", 0),
        ] {
            assert_eq!(copied(array), Err(line), "{array}");
        }
    }

    proptest! {
        #[test]
        fn any_array_of_json_is_taken_apart(
            values in proptest::collection::vec("[^\u{0}]{0,9}", 1..9),
            pretty: bool,
        ) {
            let elements: Vec<serde_json::Value> =
                values.iter().map(|value| serde_json::json!({
                    value.as_str(): [value, 1, null] })).collect();
            let array = match pretty {
                true => serde_json::to_string_pretty(&elements).unwrap(),
                false => serde_json::to_string(&elements).unwrap(),
            };
            let (copy, lines) = copied(&array).unwrap();
            let read: Vec<serde_json::Value> =
                copy.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            prop_assert_eq!(read, elements);
            for (i, line) in lines.iter().enumerate() {
                let expected = if pretty { 2 + 7 * i as u64 } else { 1 };
                prop_assert_eq!(*line, expected);
            }
        }
    }
}
