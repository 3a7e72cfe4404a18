//! How the countries of new users were written, where a row does not have the two letters.

use crate::change::Change;
use crate::table::{Cells, Field};
use crate::visible::visible;
use std::collections::BTreeMap;

/// The written countries that are not their codes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct CountriesRead {
    /// Each with its code and its number of rows, up to a limit.
    counted: BTreeMap<String, (String, u64)>,
    /// Whether there are more.
    has_more: bool,
}

impl CountriesRead {
    /// The most countries that are shown.
    const SHOWN: usize = 8;
    /// The most countries that are counted. There are fewer ways to write one that are usual.
    const COUNTED: usize = 1000;
    /// The most characters that are kept.
    const LONGEST: usize = 60;

    /// Counts the country of a row, if it creates a user and has no code.
    pub(super) fn take(&mut self, cells: &Cells<'_>, change: &Change<'_>) {
        // Most rows have the code. A name has more letters.
        let is_code = |text: &str| text.len() == 2 && !text.eq_ignore_ascii_case("uk");
        let written = cells.get(Field::Country);
        if is_code(written) {
            return;
        }
        let written = written.trim();
        if written.is_empty() || is_code(written) {
            return;
        }
        let Change::User(user) = change else { return };
        let Some(code) = user.create.as_ref().and_then(|create| create.country.as_deref()) else {
            return;
        };
        match written.char_indices().nth(Self::LONGEST) {
            Some((end, _)) => self.count(&format!("{}…", &written[..end]), code, 1),
            None => self.count(written, code, 1),
        }
    }

    /// Adds those of other rows.
    pub(super) fn add(&mut self, other: Self) {
        self.has_more |= other.has_more;
        for (written, (code, rows)) in other.counted {
            self.count(&written, &code, rows);
        }
    }

    fn count(&mut self, written: &str, code: &str, rows: u64) {
        let is_full = self.counted.len() >= Self::COUNTED;
        match self.counted.get_mut(written) {
            Some((_, counted)) => *counted += rows,
            None if is_full => self.has_more = true,
            None => drop(self.counted.insert(written.to_owned(), (code.to_owned(), rows))),
        }
    }

    /// Says how the countries were read, the most frequent first: `country: "Deutschland" read as
    /// DE (40 rows)`.
    pub(crate) fn words(&self) -> Option<String> {
        let mut all: Vec<_> = self.counted.iter().collect();
        all.sort_by_key(|(_, (_, rows))| std::cmp::Reverse(*rows));
        let shown = all.iter().take(Self::SHOWN).enumerate().map(|(index, (written, known))| {
            let (code, rows) = known;
            let read = if index == 0 { "read as" } else { "as" };
            let noun = crate::number::count(*rows, "row");
            format!("{:?} {read} {code} ({noun})", visible(written))
        });
        let mut words = shown.collect::<Vec<_>>().join(", ");
        if let more @ 1.. = all.len().saturating_sub(Self::SHOWN) {
            let least = if self.has_more { "more than " } else { "" };
            words += &format!(", and {least}{more} more in the same way");
        }
        (!words.is_empty()).then(|| format!("country: {words}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{CreateUser, IdentityType, IfExists, UserChange};

    #[test]
    fn the_most_frequent_countries_are_named_first() {
        let mut read = CountriesRead::default();
        assert_eq!(read.words(), None);
        let of = |written: &str, code: &str, rows| {
            let mut read = CountriesRead::default();
            read.count(written, code, rows);
            read
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

    #[test]
    fn what_is_kept_of_many_long_countries_is_limited() {
        let mut read = CountriesRead::default();
        let create = CreateUser { country: Some("DE".into()), ..create_user() };
        let change = Change::User(UserChange { create: Some(create), ..UserChange::default() });
        for number in 0..2000 {
            let written = format!("{number}{}", " Germany".repeat(20));
            let mut cells = Cells::default();
            cells.set(Field::Country, &written);
            read.take(&cells, &change);
        }
        assert_eq!(read.counted.len(), 1000);
        assert!(read.counted.keys().all(|written| written.chars().count() == 61), "{read:?}");
        let words = read.words().unwrap();
        assert!(words.ends_with("and more than 992 more in the same way"), "{words}");
    }

    fn create_user() -> CreateUser<'static> {
        CreateUser {
            identity: IdentityType::Federated,
            email: "ann@example.com".into(),
            firstname: None,
            lastname: None,
            country: None,
            if_exists: IfExists::Ignore,
        }
    }
}
