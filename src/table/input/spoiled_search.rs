//! Finds names that were certainly read in a wrong encoding, before any row is read.

use std::collections::HashSet;
use std::io;

use memchr::{memchr, memchr2, memrchr2};

use super::Table;
use crate::table::block::Block;
use crate::table::country::{CountryReading, reading};
use crate::table::error::TableError;
use crate::table::field::Field;
use crate::table::misread::{Misread, misread, misread_of, seed_of};
use crate::table::misread_readers::conversions;
use crate::table::nothing_found::NothingFound;
use crate::table::parallel::each_block;
use crate::table::pieces::any_of_lines;
use crate::table::row_buffer::RowBuffer;
use crate::table::spoiled_names::{SpoiledName, SpoiledNames, first_spoiled, may_be_spoiled};

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
        let rows = self.text.reader_from(self.rows_at());
        any_of_lines(rows, |lines| look.may_find_spoiled_names(lines))
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
        let Some(first) = first_spoiled(lines) else { return false };
        let Ok(text) = simdutf8::basic::from_utf8(lines) else { return true };
        let (mut from, mut found, mut country) = (0, Some(first), LastCountry::default());
        while let Some(at) = found {
            let begin = memrchr2(b'\n', b'\r', &lines[from..at]).map_or(from, |end| from + end + 1);
            let end = memchr2(b'\n', b'\r', &lines[at..]).map_or(lines.len(), |end| at + end);
            let line = text.get(begin..end).unwrap_or_default();
            if self.may_find_in(line, &mut country) {
                return true;
            }
            found = first_spoiled(&lines[end..]).map(|at| end + at);
            from = end;
        }
        false
    }

    /// Whether a line may have a name that is certainly spoiled. It has characters of such a name.
    fn may_find_in<'t>(&self, line: &'t str, last: &mut LastCountry<'t>) -> bool {
        let Some((names, country)) = self.positions else { return true };
        if memchr(b'"', line.as_bytes()).is_some() {
            return true;
        }
        let wanted = [names[0], names[1], country];
        let cells = cells_at(line, self.delimiter, wanted);
        cells[..2].iter().any(|cell| {
            may_be_spoiled(cell.as_bytes()) && {
                let name = cell.trim();
                // It may be the guard of a formula.
                name.starts_with('\'') || meant_by(last.code_of(cells[2]), name).is_some()
            }
        })
    }
}

/// Returns the cells at some positions of a line without quotes; `""` if there is none.
fn cells_at<const N: usize>(line: &str, delimiter: u8, wanted: [Option<usize>; N]) -> [&str; N] {
    let mut cells = [""; N];
    let last = wanted.into_iter().flatten().max().unwrap_or_default();
    let (mut from, mut position) = (0, 0);
    while position <= last {
        let rest = &line.as_bytes()[from..];
        // Most cells are short.
        let end = rest.iter().position(|byte| *byte == delimiter);
        let to = end.map_or(line.len(), |end| from + end);
        for (cell, _) in
            cells.iter_mut().zip(wanted).filter(|(_, wanted)| *wanted == Some(position))
        {
            *cell = line.get(from..to).unwrap_or_default();
        }
        if end.is_none() {
            break;
        }
        (from, position) = (to + 1, position + 1);
    }
    cells
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
    static SOUND: NothingFound = NothingFound::new();
    SOUND.check(seed_of(country), name, || judged(country, name))
}

fn judged(country: &str, name: &str) -> Option<String> {
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
