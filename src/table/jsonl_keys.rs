//! The columns of JSON Lines: the keys of all objects.

use super::dialect::InputDialect;
use super::fault::JsonFault;
use super::field::{Field, plain};
use super::formula_guard::{CellReader, guard, is_formula, unguard};
use super::header::HeaderLines;
use super::json_value::{JsonWords, cell};
use super::jsonl_lines::{JsonLine, JsonlError, Lines};
use super::quote::{push_cell, push_cells, push_quoted};
use super::text::Utf8Text;
use memchr::memchr;
use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

/// Keys that come first, in this order. The others follow in the order of the file.
const FIRST: [&str; 12] = [
    "action",
    "id",
    "type",
    "email",
    "username",
    "domain",
    "firstname",
    "lastname",
    "country",
    "groups",
    "tags",
    "status",
];
/// The most different keys of a file, and the most bytes of all of them together.
pub(super) const MOST_KEYS: usize = 200;
const MOST_KEY_BYTES: usize = 1 << 16;

/// The keys of all objects, with their columns.
#[derive(Default)]
pub(super) struct Keys {
    /// The keys in their first spelling.
    names: Vec<String>,
    /// The column of each spelling. Keys that differ only in letter case, blanks, `_` and `-` share
    /// a column.
    columns: HashMap<String, usize>,
    bytes: usize,
}

pub(super) enum LineFault {
    Line(JsonFault),
    /// There is a new key.
    Changed,
}

impl Keys {
    pub(super) fn of(text: &Utf8Text, from: u64) -> Result<Self, JsonlError> {
        let mut keys = Self::default();
        let mut lines = Lines::new(text, from);
        let (mut seen, mut objects, mut returns) = (false, 0_u64, false);
        let mut has_list_of_objects = false;
        loop {
            match lines.next()? {
                JsonLine::End => break,
                JsonLine::Blank => {}
                JsonLine::Whole(line) => {
                    seen = true;
                    returns |= memchr(b'\r', line.trim_ascii()).is_some();
                    if let Some(object) = object(line) {
                        objects += 1;
                        has_list_of_objects |= object.has_list_of_objects();
                        keys.learn(&object)?;
                    }
                }
                JsonLine::Long(beginning) => {
                    seen = true;
                    returns |= memchr(b'\r', beginning.trim_ascii()).is_some();
                    lines.rest(|_| Ok(()))?;
                }
            }
        }
        match (seen, objects) {
            (false, _) => Err(JsonlError::Empty),
            (true, 0) if returns => Err(JsonlError::NotJsonLines(
                "its lines end in CR alone, as on old Macintoshes. Save it with LF or CRLF at the \
                 end of each line",
            )),
            (true, 0) => Err(JsonlError::NotJsonLines(
                "none of its lines is a whole JSON object. Write each object on a line of its own \
                 (jq -c . does it), or all of them in an array: [{…}, {…}]. If the list is inside \
                 an object, save the list alone",
            )),
            (true, 1) if has_list_of_objects => Err(JsonlError::NotJsonLines(
                "it is one JSON object with lists of objects inside. Save the list of people \
                 alone: [{…}, {…}]",
            )),
            (true, _) if keys.names.is_empty() => {
                Err(JsonlError::NotJsonLines("its objects have no keys"))
            }
            (true, _) => Ok(keys.in_order()),
        }
    }

    fn learn(&mut self, object: &Object<'_>) -> Result<(), JsonlError> {
        for (key, _) in &object.0 {
            if self.columns.contains_key(&**key) {
                continue;
            }
            self.bytes += key.len();
            if self.columns.len() == MOST_KEYS || self.bytes > MOST_KEY_BYTES {
                return Err(JsonlError::NotJsonLines(
                    "its objects have more than 200 different keys, or very long ones. Remove the \
                     keys that are not columns",
                ));
            }
            let same = plain(key);
            let column =
                self.names.iter().position(|name| plain(name) == same).unwrap_or(self.names.len());
            if column == self.names.len() {
                self.names.push(key.to_string());
            }
            self.columns.insert(key.to_string(), column);
        }
        Ok(())
    }

    /// Returns the keys with the known ones first.
    fn in_order(self) -> Self {
        let rank = |name: &String| {
            FIRST.iter().position(|first| *first == plain(name)).unwrap_or(FIRST.len())
        };
        let mut order: Vec<usize> = (0..self.names.len()).collect();
        order.sort_by_key(|column| rank(&self.names[*column]));
        let names = order.iter().map(|column| self.names[*column].clone()).collect();
        let place =
            |column: usize| order.iter().position(|other| *other == column).unwrap_or_default();
        let columns =
            self.columns.iter().map(|(key, column)| (key.clone(), place(*column))).collect();
        Self { names, columns, bytes: self.bytes }
    }

    pub(super) fn head(&self) -> HeaderLines {
        let names: Vec<String> =
            self.names.iter().map(|name| name.replace(char::is_control, " ")).collect();
        let mut raw = Vec::new();
        push_cells(&mut raw, names.iter().map(String::as_str), b',');
        raw.remove(0);
        HeaderLines {
            delimiter: b',',
            names,
            line: 1,
            rows_at: raw.len() + 1,
            rows_line: 1,
            raw,
            line_end: "\n",
            leavers: None,
        }
    }

    /// Writes the record of a line.
    pub(super) fn record(&self, line: &[u8], record: &mut Vec<u8>) -> Result<(), LineFault> {
        if std::str::from_utf8(line).is_err() {
            // In the copy, a row whose bytes cannot be read is kept like this as well.
            push_quoted(record, line);
            return Ok(());
        }
        let object = object(line).ok_or(LineFault::Line(JsonFault::NotAnObject))?;
        let mut cells: Vec<Option<Cow<str>>> = vec![None; self.names.len()];
        for (key, value) in &object.0 {
            let column = *self.columns.get(&**key).ok_or(LineFault::Changed)?;
            if cells[column].is_some() {
                return Err(LineFault::Line(JsonFault::KeyTwice));
            }
            cells[column] = Some(cell(value.get()).map_err(LineFault::Line)?);
        }
        for (i, cell) in cells.into_iter().enumerate() {
            if i > 0 {
                record.push(b',');
            }
            let cell = cell.unwrap_or_default();
            if is_left_formula(&cell) && is_about_a_person(&self.names[i]) {
                push_cell(record, &cell, b',');
            } else {
                push_cell(record, &guard(&cell, CellReader::Program), b',');
            }
        }
        if record.is_empty() {
            // Without quotes it would be a blank line.
            record.extend_from_slice(b"\"\"");
        }
        Ok(())
    }
}

/// The keys and values of an object, as they are written.
struct Object<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl Object<'_> {
    fn has_list_of_objects(&self) -> bool {
        let mut values = self.0.iter().map(|(_, value)| value.get());
        values.any(|value| {
            value.strip_prefix('[').is_some_and(|list| list.trim_start().starts_with('{'))
        })
    }
}

fn object(line: &[u8]) -> Option<Object<'_>> {
    serde_json::from_str(std::str::from_utf8(line).ok()?).ok()
}

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Pairs;

        impl<'de> Visitor<'de> for Pairs {
            type Value = Object<'de>;

            fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                to.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut pairs = Vec::new();
                while let Some((JsonWords(key), value)) = map.next_entry()? {
                    pairs.push((key, value));
                }
                Ok(Object(pairs))
            }
        }

        from.deserialize_map(Pairs)
    }
}

/// Whether a cell is a formula, or `="Ann"`, left over from a spreadsheet.
fn is_left_formula(cell: &str) -> bool {
    is_formula(cell) || (!cell.starts_with('\'') && unguard(cell).len() < cell.len())
}

/// Whether a key holds a name, an address or a word about a person. In such a value a formula is
/// left over from a spreadsheet, as in any table. The name of a group may look like a formula.
fn is_about_a_person(key: &str) -> bool {
    !matches!(
        InputDialect::Native.field(&plain(key)),
        None | Some(
            Field::Groups
                | Field::AddGroups
                | Field::RemoveGroups
                | Field::UserGroups
                | Field::ProductConfigurations
                | Field::ProductProfiles
                | Field::Group
                | Field::NewName
                | Field::Description
                | Field::Profiles
                | Field::RemoveProfiles
        )
    )
}
