//! Finds names that were certainly read in a wrong encoding, before any row is read.

use std::collections::HashSet;
use std::io;

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

    /// Whether any name may be spoiled: a quick test that most tables do not pass.
    fn may_have_spoiled_names(&self) -> io::Result<bool> {
        let mut may_be = false;
        let rows = self.text.reader_from(self.rows_at());
        in_pieces(rows, |piece, last| {
            // A letter may continue in the next piece.
            let used = piece.len() - usize::from(!last && piece.ends_with(&[0xc3]));
            may_be = may_be_spoiled(&piece[..used]);
            (!may_be).then_some(used)
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
        let country = match reading(cells.get(Field::Country).trim()) {
            CountryReading::Code(code) => code,
            CountryReading::Ambiguous(_) | CountryReading::Unknown => "",
        };
        for field in [Field::Firstname, Field::Lastname] {
            let name = cells.get(field).trim();
            if name.is_ascii() || !seen.insert(name.to_owned()) {
                continue;
            }
            let meant = match misread(name) {
                Some(Misread::Meant(meant)) => Some(meant),
                Some(Misread::Implausible(_)) => None,
                None => misread_of(country, name),
            };
            if let Some(meant) = meant {
                let conversions = conversions(name, &meant);
                found.push(SpoiledName { text: name.to_owned(), line, conversions });
            }
        }
    }
    found
}
