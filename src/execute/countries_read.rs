//! How the countries of new users were written, where a row does not have the two letters.

use crate::change::Change;
use crate::table::{Cells, Field};
use crate::visible::visible;
use std::collections::BTreeMap;

/// The written countries that are not their codes, each with its code and its number of rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct CountriesRead(BTreeMap<String, (String, u64)>);

impl CountriesRead {
    /// The most countries that are shown.
    const SHOWN: usize = 8;

    /// Counts the country of a row, if it creates a user and has no code.
    pub(super) fn take(&mut self, cells: &Cells<'_>, change: &Change<'_>) {
        let written = cells.get(Field::Country).trim();
        // Most rows have the code. A name has more letters.
        if written.is_empty() || written.len() == 2 && !written.eq_ignore_ascii_case("uk") {
            return;
        }
        let Change::User(user) = change else { return };
        let Some(code) = user.create.as_ref().and_then(|create| create.country.as_deref()) else {
            return;
        };
        match self.0.get_mut(written) {
            Some((_, rows)) => *rows += 1,
            None => drop(self.0.insert(written.to_owned(), (code.to_owned(), 1))),
        }
    }

    /// Adds those of other rows.
    pub(super) fn add(&mut self, other: Self) {
        for (written, (code, rows)) in other.0 {
            self.0.entry(written).or_insert((code, 0)).1 += rows;
        }
    }

    /// Says how the countries were read, the most frequent first: `country: "Deutschland" read as
    /// DE (40 rows)`.
    pub(crate) fn words(&self) -> Option<String> {
        let mut all: Vec<_> = self.0.iter().collect();
        all.sort_by_key(|(_, (_, rows))| std::cmp::Reverse(*rows));
        let shown = all.iter().take(Self::SHOWN).enumerate().map(|(index, (written, known))| {
            let (code, rows) = known;
            let read = if index == 0 { "read as" } else { "as" };
            let noun = crate::number::count(*rows, "row");
            format!("{:?} {read} {code} ({noun})", visible(written))
        });
        let mut words = shown.collect::<Vec<_>>().join(", ");
        if let more @ 1.. = all.len().saturating_sub(Self::SHOWN) {
            words += &format!(", and {more} more in the same way");
        }
        (!words.is_empty()).then(|| format!("country: {words}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_countries_are_named_first() {
        let mut read = CountriesRead::default();
        assert_eq!(read.words(), None);
        let of = |written: &str, code: &str, rows| {
            CountriesRead(BTreeMap::from([(written.to_owned(), (code.to_owned(), rows))]))
        };
        read.add(of("Austria", "AT", 1));
        read.add(of("Deutschland", "DE", 39));
        read.add(of("Deutschland", "DE", 1));
        assert_eq!(
            read.words().unwrap(),
            r#"country: "Deutschland" read as DE (40 rows), "Austria" as AT (1 row)"#
        );
        for number in 0..9 {
            read.add(of(&format!("name {number}"), "US", 2));
        }
        assert!(read.words().unwrap().ends_with("and 3 more in the same way"), "{read:?}");
    }
}
