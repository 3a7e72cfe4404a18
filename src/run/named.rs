//! Whom the rows of the files name.

use super::survey::Reading;
use crate::organization::{Named, Organization, Person, Spelling, spellings};
use crate::table::{Block, RowBuffer, each_block};
use std::collections::HashSet;
use std::io;

/// Reads every row of the files, whatever it does and whether it is asked for or not.
///
/// # Errors
/// When a file cannot be read.
pub fn named<'o>(files: &[Reading<'_>], organization: &'o Organization) -> io::Result<Named<'o>> {
    let mut named = Named::new(organization);
    each_named(files, |_, _, _| true, |row| named.take(row.unwrap_or_default()))?;
    Ok(named)
}

/// Whom rows name that are wrong or not asked for: what such a row says besides is not heard.
#[derive(Debug, Default)]
pub struct Unheard {
    /// Their numbers.
    pub people: HashSet<u32>,
    /// Rows that cannot be read at all, and may name anybody.
    pub unreadable: u64,
}

/// Looks for the rows that are not heard.
///
/// # Errors
/// When a file cannot be read.
pub fn unheard(files: &[Reading<'_>], organization: &Organization) -> io::Result<Unheard> {
    let (mut named, mut unreadable) = (Named::new(organization), 0);
    let is_unheard = |reading: &Reading<'_>, block: &Block, index: usize| {
        !matches!(reading.intent(block, index, &mut RowBuffer::default()), Some(Ok(_)))
    };
    each_named(files, is_unheard, |row| match row {
        Some(person) => named.take(person),
        None => unreadable += 1,
    })?;
    let people = organization.people().filter(|person| named.has(*person)).map(Person::number).collect();
    Ok(Unheard { people, unreadable })
}

/// Hands the names of each person in the rows that are `wanted` to `take`; `None` for a row that cannot be read.
fn each_named(
    files: &[Reading<'_>],
    wanted: impl Fn(&Reading<'_>, &Block, usize) -> bool + Sync,
    mut take: impl FnMut(Option<&[Spelling]>) + Send,
) -> io::Result<()> {
    for reading in files {
        each_block(
            reading.table,
            |block: Block| {
                let mut buffer = RowBuffer::default();
                let (mut found, mut unreadable) = (Vec::with_capacity(block.len()), 0);
                for index in (0..block.len()).filter(|index| wanted(reading, &block, *index)) {
                    match block.cells(index, &mut buffer) {
                        Ok(cells) => found.extend(spellings(&cells, reading.rules)),
                        Err(_) => unreadable += 1,
                    }
                }
                (found, unreadable)
            },
            |(found, unreadable)| {
                found.iter().for_each(|person| take(Some(person)));
                (0..unreadable).for_each(|_| take(None));
                Ok::<_, io::Error>(())
            },
        )?;
    }
    Ok(())
}
