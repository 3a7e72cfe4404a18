//! Finds names that were certainly read in a wrong encoding, before any row is read.

use std::collections::HashSet;
use std::io;

use memchr::{memchr, memchr_iter, memchr2_iter};

use super::Table;
use crate::table::block::Block;
use crate::table::country::{CountryReading, reading};
use crate::table::error::TableError;
use crate::table::field::Field;
use crate::table::misread::{Misread, conversions, misread, misread_of};
use crate::table::parallel::each_block;
use crate::table::pieces::in_pieces;
use crate::table::row_buffer::RowBuffer;
use crate::table::spoiled_names::{SpoiledName, SpoiledNames, may_be_spoiled};

/// The most different spoiled names that are looked at: so many have shown how they were spoiled.
const MOST_NAMES: usize = 1000;

impl Table {
    /// Finds how names of the table were spoiled.
    pub(super) fn spoiled_names(&self) -> Result<Option<SpoiledNames>, TableError> {
        let found = match self.may_have_spoiled_names() {
            Ok(false) => return Ok(None),
            Ok(true) => self.all_spoiled_names(),
            Err(error) => Err(error),
        };
        let names = found.map_err(|source| {
            let file = self.name.clone();
            TableError::Unreadable { file, source }
        })?;
        Ok(SpoiledNames::of(&names))
    }

    /// Whether any name may be spoiled: a quick test that most tables do not pass. It may find more
    /// names than there are.
    fn may_have_spoiled_names(&self) -> io::Result<bool> {
        let Some(look) = QuickLook::at(self) else { return Ok(false) };
        let mut may_be = false;
        let rows = self.text.reader_from(self.rows_at());
        in_pieces(rows, |piece, last| {
            let end = match piece.iter().rposition(|byte| matches!(byte, b'\n' | b'\r')) {
                Some(end) if !last => end + 1,
                _ => piece.len(),
            };
            may_be = look.may_find_spoiled_names(&piece[..end]);
            (!may_be).then_some(end)
        })?;
        Ok(may_be)
    }

    /// Returns the names that are certainly spoiled, each once.
    fn all_spoiled_names(&self) -> io::Result<Vec<SpoiledName>> {
        let mut names: Vec<SpoiledName> = Vec::new();
        each_block(
            self,
            |block| spoiled_in(&block),
            |found| {
                for name in found {
                    let is_new = names.iter().all(|known| known.text != name.text);
                    if is_new && names.len() < MOST_NAMES {
                        names.push(name);
                    }
                }
                Ok::<_, io::Error>(())
            },
        )?;
        Ok(names)
    }
}

/// Where lines without quotes have names and countries.
struct QuickLook {
    delimiter: u8,
    /// The positions of names, and of the country; `None` if a mapping makes them of other cells.
    positions: Option<([Option<usize>; 2], Option<usize>)>,
}

/// A country as it was written last, with its code: most lists have few.
#[derive(Default)]
struct LastCountry<'t> {
    cell: &'t str,
    code: &'static str,
}

impl<'t> LastCountry<'t> {
    /// Returns the code of a country.
    fn code_of(&mut self, cell: &'t str) -> &'static str {
        if cell != self.cell {
            *self = Self { cell, code: code_of(cell) };
        }
        self.code
    }
}

impl QuickLook {
    /// Returns how to look at the lines of a table; `None` if it has no names of people.
    fn at(table: &Table) -> Option<Self> {
        if !table.has(Field::Firstname) && !table.has(Field::Lastname) {
            return None;
        }
        let layout = &table.layout;
        let is_as_written = layout.mapping.is_none() && layout.overrides.is_empty();
        let positions = (is_as_written && !layout.repairs).then(|| {
            let position = |wanted| {
                layout.columns.iter().find(|(_, field)| *field == wanted).map(|(at, _)| *at)
            };
            ([Field::Firstname, Field::Lastname].map(position), position(Field::Country))
        });
        Some(Self { delimiter: layout.delimiter, positions })
    }

    /// Whether any of some whole lines may have a name that is certainly spoiled.
    fn may_find_spoiled_names(&self, lines: &[u8]) -> bool {
        if !may_be_spoiled(lines) {
            return false;
        }
        let Ok(lines) = simdutf8::basic::from_utf8(lines) else { return true };
        let ends = memchr2_iter(b'\n', b'\r', lines.as_bytes()).chain([lines.len()]);
        let (mut from, mut country) = (0, LastCountry::default());
        { ends }.any(|end| {
            let line = lines.get(from..end).unwrap_or_default();
            from = end + 1;
            self.may_find_in(line, &mut country)
        })
    }

    fn may_find_in<'t>(&self, line: &'t str, last: &mut LastCountry<'t>) -> bool {
        if line.is_ascii() {
            return false;
        }
        let Some((names, country)) = self.positions else { return may_be_spoiled(line.as_bytes()) };
        if memchr(b'"', line.as_bytes()).is_some() {
            return may_be_spoiled(line.as_bytes());
        }
        let [mut first, mut second, mut code] = [""; 3];
        let ends = memchr_iter(self.delimiter, line.as_bytes()).chain([line.len()]);
        let mut from = 0;
        for (at, end) in ends.enumerate() {
            let here = Some(at);
            for (wanted, place) in
                [(names[0], &mut first), (names[1], &mut second), (country, &mut code)]
            {
                if wanted == here {
                    *place = line.get(from..end).unwrap_or_default();
                }
            }
            from = end + 1;
        }
        [first, second].into_iter().any(|cell| {
            may_be_spoiled(cell.as_bytes()) && {
                let name = cell.trim();
                // It may be the guard of a formula.
                name.starts_with('\'') || meant_by(last.code_of(code), name).is_some()
            }
        })
    }
}

/// Returns the code of a country; empty if the cell has none.
fn code_of(cell: &str) -> &'static str {
    match reading(cell.trim()) {
        CountryReading::Code(code) => code,
        CountryReading::Ambiguous(_) | CountryReading::Unknown => "",
    }
}

/// Returns what a name was that is certainly spoiled.
fn meant_by(country: &str, name: &str) -> Option<String> {
    match misread(name) {
        Some(Misread::Meant(meant)) => Some(meant),
        Some(Misread::Implausible(_)) => None,
        None => misread_of(country, name),
    }
}

/// Returns the names of a block that are certainly spoiled, each once.
fn spoiled_in(block: &Block) -> Vec<SpoiledName> {
    let mut buffer = RowBuffer::default();
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for index in 0..block.len() {
        if !may_be_spoiled(block.raw(index)) {
            continue;
        }
        let line = block.frame(index).line;
        let Ok(cells) = block.cells(index, &mut buffer) else { continue };
        let country = code_of(cells.get(Field::Country));
        for field in [Field::Firstname, Field::Lastname] {
            let name = cells.get(field).trim();
            if !may_be_spoiled(name.as_bytes()) {
                continue;
            }
            if let Some(meant) = meant_by(country, name)
                && seen.insert(name.to_owned())
            {
                let conversions = conversions(name, &meant);
                found.push(SpoiledName { text: name.to_owned(), line, conversions });
            }
        }
    }
    found
}
