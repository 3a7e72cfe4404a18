//! Rows that say the same about different people, as most rows of a file do: they have the same
//! groups, type and country, and an address and names in which no rule finds anything. What one of
//! them means shows what the others mean.

use super::check::passes_if_plain;
use super::odd_name::is_plain_name;
use super::plain_address::is_plain_address;
use super::plain_cell::is_plain;
use super::rules::Rules;
use super::sound_name::is_sound_name;
use super::text::trim;
use crate::table::country;
use crate::table::{Cells, Field, NothingFound, misread_of};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// What a row says, and about whom.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowLikeness<'a> {
    /// Equal for rows that say the same about different people: with the same rules, all of them
    /// have problems or none has, and their changes differ only in the names of the person.
    pub(crate) key: u64,
    pub(crate) email: &'a str,
    pub(crate) firstname: Option<&'a str>,
    pub(crate) lastname: Option<&'a str>,
}

/// Returns what a row says and about whom; `None` if its address or names need a closer look.
pub(crate) fn likeness<'a>(cells: &Cells<'a>, rules: &Rules) -> Option<RowLikeness<'a>> {
    const OTHER_NAMES: [Field; 5] =
        [Field::Username, Field::Domain, Field::NewEmail, Field::NewUsername, Field::Group];
    if !cells.are_as_written() || cells.has_any(&OTHER_NAMES) {
        return None;
    }
    let email = Some(cells.get(Field::Email)).filter(|email| is_fine_address(email))?;
    let country = country_code(cells.get(Field::Country), rules)?;
    let name = |field| match cells.get(field) {
        "" => Some(None),
        name => is_fine_name(country, name).then_some(Some(name)),
    };
    let (firstname, lastname) = (name(Field::Firstname)?, name(Field::Lastname)?);
    let key = cells.filled().fold(0, |key, field| match field {
        Field::Email => key,
        Field::Firstname | Field::Lastname => xxh3_64_with_seed(&[field as u8], key),
        _ => xxh3_64_with_seed(cells.get(field).as_bytes(), key ^ field as u64),
    });
    Some(RowLikeness { key, email, firstname, lastname })
}

/// Whether no rule finds anything in an address.
fn is_fine_address(email: &str) -> bool {
    const LONGEST: usize = 60;
    email.len() <= LONGEST
        && email.starts_with(|first: char| first.is_ascii_alphabetic())
        && is_plain_address(email)
}

/// Returns the code of the country of a user, which is empty if there is none; `None` if it is
/// written as another text.
fn country_code(cell: &str, rules: &Rules) -> Option<&'static str> {
    match (cell, &rules.default_country) {
        ("", None) => Some(""),
        ("", Some(default)) => country::read(default),
        _ if cell.len() == 2 && !cell.eq_ignore_ascii_case("uk") => country::read(cell),
        _ => None,
    }
}

/// Whether no rule finds anything in a first or last name of somebody in this country. A file has
/// few of them, and most of them often.
fn is_fine_name(country: &str, name: &str) -> bool {
    static FINE: NothingFound = NothingFound::new();
    let seed = country.bytes().fold(1, |seed, byte| seed << 8 | u64::from(byte));
    FINE.check(seed, name, || (!is_fine_in(country, name)).then_some(())).is_none()
}

fn is_fine_in(country: &str, name: &str) -> bool {
    let is_plain_text = || trim(name) == name && is_plain(name) && is_plain_name(name);
    passes_if_plain(Field::Lastname, name)
        && (is_sound_name(name) || is_plain_text())
        && [country, ""].into_iter().all(|country| misread_of(country, name).is_none())
}

#[cfg(test)]
mod tests {
    use super::super::properties::{rows, rules};
    use super::super::testing::cells;
    use super::super::{Change, read_all};
    use super::*;
    use proptest::prelude::*;
    use std::borrow::Cow;

    /// Returns a change with the names of somebody else.
    fn renamed<'a>(change: &Change<'a>, to: &RowLikeness<'a>) -> Change<'a> {
        let Change::User(user) = change else { panic!("{change:?}") };
        let mut user = user.clone();
        user.user = Cow::Borrowed(to.email);
        if let Some(create) = &mut user.create {
            create.email = Cow::Borrowed(to.email);
            create.firstname = to.firstname.map(Cow::Borrowed);
            create.lastname = to.lastname.map(Cow::Borrowed);
        }
        if let Some(update) = &mut user.update {
            update.firstname = to.firstname.map(Cow::Borrowed);
            update.lastname = to.lastname.map(Cow::Borrowed);
        }
        Change::User(user)
    }

    const PEOPLE: [[&str; 3]; 14] = [
        ["ann@example.com", "Ann", "Lee"],
        ["Bob.Ray-1@mail.example.com", "Zoë", "Ångström"],
        ["cy_x@example.co", "", "O'Neil"],
        ["dee@example.com", "Łukasz", ""],
        ["eve@example.com", "Kamiñski", "Doðan"],
        ["fay@example.com", "Ann ", "N/A"],
        ["gus@example.com", "山田", "tbd"],
        ["hal@example.com", "=Ann", "Zoe\u{308}"],
        ["ida@example.com", "£ukasz", "nan"],
        ["joe@example", "Joe", "Ray"],
        ["1ann@example.com", "Ann", "(left)"],
        ["none@example.com", "None", "System.String[]"],
        ["", "Ann", "Lee"],
        ["Ann@Example.COM", "JosŽ", "Иван"],
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(6000))]

        #[test]
        fn rows_that_are_alike_mean_the_same_for_different_people(
            others in rows(),
            rules in rules(),
            one in prop::sample::select(&PEOPLE[..]),
            other in prop::sample::select(&PEOPLE[..]),
        ) {
            let row = |person: [&'static str; 3]| {
                let fields = [Field::Email, Field::Firstname, Field::Lastname];
                let mut row = cells(&[]);
                others.iter().for_each(|(field, cell)| row.set(Field::ALL[*field], cell));
                fields.into_iter().zip(person).for_each(|(field, cell)| row.set(field, cell));
                row
            };
            let [one, other] = [row(one), row(other)];
            let (Some(like_one), Some(like_other)) =
                (likeness(&one, &rules), likeness(&other, &rules)) else { return Ok(()) };
            prop_assume!(like_one.key == like_other.key);
            let (change, problems) = read_all(&one, &rules);
            let (other_change, other_problems) = read_all(&other, &rules);
            prop_assert_eq!(problems.is_empty(), other_problems.is_empty());
            if let (Some(change), true) = (change, problems.is_empty()) {
                prop_assert_eq!(Some(renamed(&change, &like_other)), other_change);
            }
        }
    }

    #[test]
    fn usual_rows_are_alike_and_others_are_looked_at() {
        let native = Rules::new(crate::table::InputDialect::Native);
        let row = |email: &'static str, first: &'static str, country: &'static str| {
            cells(&[
                (Field::Email, email),
                (Field::Firstname, first),
                (Field::Lastname, "Lee"),
                (Field::Country, country),
                (Field::Groups, "A, B"),
            ])
        };
        let key = |cells: &Cells<'_>| likeness(cells, &native).map(|alike| alike.key);
        let ann = key(&row("ann@example.com", "Ann", "US"));
        assert!(ann.is_some());
        assert_eq!(ann, key(&row("Zoe@mail.example.com", "Zoë", "US")));
        assert_ne!(ann, key(&row("ann@example.com", "Ann", "DE")));
        assert_ne!(ann, key(&row("ann@example.com", "", "US")));
        for (email, first, country) in [
            ("ann@example", "Ann", "US"),
            ("1ann@example.com", "Ann", "US"),
            ("ann@example.com", "tbd", "US"),
            ("ann@example.com", "Ann ", "US"),
            ("ann@example.com", "Kamiñski", "PL"),
            ("ann@example.com", "Ann", "uk"),
            ("ann@example.com", "Ann", "Germany"),
            ("ann@example.com", "Ann", "XX"),
        ] {
            assert_eq!(key(&row(email, first, country)), None, "{email} {first} {country}");
        }
        let sound = key(&row("ann@example.com", "Kamiñski", "US"));
        assert!(sound.is_none(), "no language has this name");
    }
}
