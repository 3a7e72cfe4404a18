//! Made-up people.

use super::directory::Directory;
use super::group::Group;
use super::user::{Identity, User};

/// A script, with names as they go together and a country where they are at home. The second of each pair is for the address.
struct Culture {
    countries: &'static [&'static str],
    first: &'static [(&'static str, &'static str)],
    last: &'static [(&'static str, &'static str)],
}

const CULTURES: [Culture; 6] = [
    Culture {
        countries: &["US", "GB", "IE", "AU"],
        first: &[
            ("Grace", "grace"),
            ("James", "james"),
            ("Olivia", "olivia"),
            ("Noah", "noah"),
            ("Siobhán", "siobhan"),
            ("Mary Ann", "maryann"),
        ],
        last: &[("O'Brien", "obrien"), ("Smith-Jones", "smith-jones"), ("Taylor", "taylor"), ("McAllister", "mcallister"), ("Lee", "lee")],
    },
    Culture {
        countries: &["DE", "FR", "SE", "ES", "PL", "CZ"],
        first: &[
            ("Björn", "bjoern"),
            ("Chloé", "chloe"),
            ("François", "francois"),
            ("Łukasz", "lukasz"),
            ("Mária", "maria"),
            ("Søren", "soeren"),
        ],
        last: &[
            ("Ångström", "angstrom"),
            ("Dvořák", "dvorak"),
            ("Fernández", "fernandez"),
            ("Grünwald", "gruenwald"),
            ("Wójcik", "wojcik"),
            ("de la Cruz", "delacruz"),
        ],
    },
    Culture {
        countries: &["BG", "RS", "UA"],
        first: &[("Дмитро", "dmytro"), ("Олена", "olena"), ("Иван", "ivan"), ("Милица", "milica")],
        last: &[("Шевченко", "shevchenko"), ("Иванов", "ivanov"), ("Петровић", "petrovic"), ("Бондаренко", "bondarenko")],
    },
    Culture {
        countries: &["GR", "CY"],
        first: &[("Ελένη", "eleni"), ("Γιώργος", "giorgos"), ("Μαρία", "maria")],
        last: &[("Παπαδόπουλος", "papadopoulos"), ("Νικολάου", "nikolaou"), ("Γεωργίου", "georgiou")],
    },
    Culture {
        countries: &["JP", "TW", "KR"],
        first: &[("由紀", "yuki"), ("健二", "kenji"), ("美咲", "misaki"), ("민준", "minjun"), ("雅婷", "yating")],
        last: &[("高橋", "takahashi"), ("山本", "yamamoto"), ("김", "kim"), ("陳", "chen"), ("佐藤", "sato")],
    },
    Culture {
        countries: &["IN", "AE", "IL"],
        first: &[("प्रिया", "priya"), ("आरव", "aarav"), ("ليلى", "layla"), ("يوسف", "yusuf"), ("נועה", "noa")],
        last: &[("शर्मा", "sharma"), ("पटेल", "patel"), ("حداد", "haddad"), ("منصور", "mansour"), ("כהן", "cohen")],
    },
];

const TEAMS: [&str; 12] = [
    "Design",
    "Marketing",
    "Sales EMEA",
    "Finance",
    "Ventes & Marketing",
    "Größe XL",
    "Engineering",
    "People, Places & Culture",
    "Support",
    "Video",
    "開発",
    "Legal",
];
const PROFILES: [(&str, &str); 6] = [
    ("All Apps - Pro", "Creative Cloud All Apps"),
    ("All Apps - Default", "Creative Cloud All Apps"),
    ("Photoshop Users", "Photoshop"),
    ("Illustrator Users", "Illustrator"),
    ("Acrobat Pro DC", "Acrobat Pro"),
    ("Premiere Pro Users", "Premiere Pro"),
];

impl Directory {
    /// An organization with so many users in so many user groups, and six product profiles. The same seed makes the same people.
    pub fn made_up(users: usize, groups: usize, seed: u64) -> Self {
        let mut directory = Self::default();
        if users == 0 && groups == 0 {
            return directory;
        }
        let teams: Vec<String> = (0..groups)
            .map(|number| match number / TEAMS.len() {
                0 => TEAMS[number].to_owned(),
                again => format!("{} {}", TEAMS[number % TEAMS.len()], again + 1),
            })
            .collect();
        for team in &teams {
            directory.add_group(&Group::user_group(team));
        }
        for (name, product) in PROFILES {
            directory.add_group(&Group { product: Some(product.to_owned()), ..Group::profile(name) });
        }
        let mut random = fastrand::Rng::with_seed(seed);
        for number in 1..=users {
            directory.add_user(&person(&mut random, number, &teams));
        }
        directory
    }
}

fn person(random: &mut fastrand::Rng, number: usize, teams: &[String]) -> User {
    let culture = &CULTURES[random.usize(..CULTURES.len())];
    let (first, first_address) = culture.first[random.usize(..culture.first.len())];
    let (last, last_address) = culture.last[random.usize(..culture.last.len())];
    // The number keeps people of one name apart.
    let email = format!("{first_address}.{last_address}.{number}@example.com");
    let mut user = User::assumed(&email, None, false);
    user.identity = match random.u8(0..10) {
        0 => Identity::Adobe,
        1 | 2 => Identity::Enterprise,
        _ => Identity::Federated,
    };
    first.clone_into(&mut user.firstname);
    last.clone_into(&mut user.lastname);
    culture.countries[random.usize(..culture.countries.len())].clone_into(&mut user.country);
    if !teams.is_empty() {
        for _ in 0..random.usize(0..3) {
            user.groups.insert(teams[random.usize(..teams.len())].clone());
        }
    }
    if random.bool() {
        user.groups.insert(PROFILES[random.usize(..PROFILES.len())].0.to_owned());
    }
    user
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_people_and_another_makes_others() {
        let dump = |seed| {
            let mut bytes = Vec::new();
            Directory::made_up(200, 14, seed).dump(&mut bytes).unwrap();
            bytes
        };
        assert_eq!(dump(1), dump(1));
        assert_ne!(dump(1), dump(2));
        let directory = Directory::made_up(200, 14, 1);
        assert_eq!((directory.user_count(), directory.groups().count()), (200, 20));
    }
}
