//! Made-up users.

use super::directory::Directory;
use super::group::SandboxGroup;
use super::user::{Identity, SandboxUser, UserStatus};

/// Names of one culture, and its countries. The second of each pair is the form for the address.
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
        last: &[
            ("O'Brien", "obrien"),
            ("Smith-Jones", "smith-jones"),
            ("Taylor", "taylor"),
            ("McAllister", "mcallister"),
            ("Lee", "lee"),
        ],
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
        last: &[
            ("Шевченко", "shevchenko"),
            ("Иванов", "ivanov"),
            ("Петровић", "petrovic"),
            ("Бондаренко", "bondarenko"),
        ],
    },
    Culture {
        countries: &["GR", "CY"],
        first: &[("Ελένη", "eleni"), ("Γιώργος", "giorgos"), ("Μαρία", "maria")],
        last: &[
            ("Παπαδόπουλος", "papadopoulos"),
            ("Νικολάου", "nikolaou"),
            ("Γεωργίου", "georgiou"),
        ],
    },
    Culture {
        countries: &["JP", "TW", "KR"],
        first: &[
            ("由紀", "yuki"),
            ("健二", "kenji"),
            ("美咲", "misaki"),
            ("민준", "minjun"),
            ("雅婷", "yating"),
        ],
        last: &[
            ("高橋", "takahashi"),
            ("山本", "yamamoto"),
            ("김", "kim"),
            ("陳", "chen"),
            ("佐藤", "sato"),
        ],
    },
    Culture {
        countries: &["IN", "AE", "IL"],
        first: &[
            ("प्रिया", "priya"),
            ("आरव", "aarav"),
            ("ليلى", "layla"),
            ("يوسف", "yusuf"),
            ("נועה", "noa"),
        ],
        last: &[
            ("शर्मा", "sharma"),
            ("पटेल", "patel"),
            ("حداد", "haddad"),
            ("منصور", "mansour"),
            ("כהן", "cohen"),
        ],
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
    /// Creates an organization with made-up users in user groups, and six product profiles. The
    /// same seed gives the same users.
    ///
    /// The first user is a system administrator, and one in twenty has another role. One in forty
    /// is disabled, and one in ten is an Adobe ID. A third of the profiles has fewer licences than
    /// members, a third has more, and a third has no limit.
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
            directory.add_group(&SandboxGroup::user_group(team));
        }
        for (name, product) in PROFILES {
            directory.add_group(&SandboxGroup {
                product: Some(product.to_owned()),
                ..SandboxGroup::profile(name)
            });
        }
        let mut random = fastrand::Rng::with_seed(seed);
        for number in 1..=users {
            directory.add_user(&person(&mut random, number, &teams));
        }
        if users > 0 {
            for (place, (name, _)) in PROFILES.into_iter().enumerate() {
                directory.license(name, place);
            }
        }
        directory
    }
}

impl Directory {
    /// Gives licences to a profile: too few, enough, or without limit.
    fn license(&mut self, name: &str, place: usize) {
        let (Some(id), Some(profile)) = (self.find_group(name), self.group(name)) else { return };
        let members = u32::try_from(self.holders(id, true).len()).unwrap_or(u32::MAX);
        let quota = match place % 3 {
            0 => Some(members.saturating_sub((members / 10).max(1))),
            1 => Some(members + members / 10 + 5),
            _ => None,
        };
        self.set_group(&SandboxGroup { quota, ..profile });
    }
}

/// Returns the role of one user in twenty.
fn role(number: usize, teams: &[String]) -> Option<String> {
    let turn = number / 20;
    let (profile, product) = PROFILES[turn % PROFILES.len()];
    match (number, number % 20, turn % 5) {
        (1, ..) => Some("_org_admin".to_owned()),
        (_, 2, 0) if !teams.is_empty() => Some(format!("_admin_{}", teams[turn % teams.len()])),
        (_, 2, 0 | 1) => Some("_support_admin".to_owned()),
        (_, 2, 2) => Some(format!("_product_admin_{product}")),
        (_, 2, 3) => Some(format!("_developer_{profile}")),
        (_, 2, _) => Some("_deployment_admin".to_owned()),
        _ => None,
    }
}

fn person(random: &mut fastrand::Rng, number: usize, teams: &[String]) -> SandboxUser {
    let culture = &CULTURES[random.usize(..CULTURES.len())];
    let (first, first_address) = culture.first[random.usize(..culture.first.len())];
    let (last, last_address) = culture.last[random.usize(..culture.last.len())];
    let identity = match random.u8(0..10) {
        _ if number == 1 => Identity::Federated,
        _ if number == 3 => Identity::Adobe,
        0 => Identity::Adobe,
        1 | 2 => Identity::Enterprise,
        _ => Identity::Federated,
    };
    // Adobe IDs have addresses in a domain of their own. The number makes the addresses of
    // namesakes different.
    let domain = if identity == Identity::Adobe { "example.net" } else { "example.com" };
    let mut user = SandboxUser::assumed(
        &format!("{first_address}.{last_address}.{number}@{domain}"),
        None,
        false,
    );
    user.identity = identity;
    if number % 40 == 7 {
        user.status = UserStatus::Disabled;
    }
    user.groups.extend(role(number, teams));
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

    #[test]
    fn made_up_people_include_every_kind_of_account() {
        let directory = Directory::made_up(200, 14, 1);
        let users: Vec<SandboxUser> = directory.users().collect();
        let count =
            |is: &dyn Fn(&SandboxUser) -> bool| users.iter().filter(|user| is(user)).count();
        assert_eq!(count(&|user| user.groups.contains("_org_admin")), 1);
        for role in
            ["_admin_", "_support_admin", "_deployment_admin", "_product_admin_", "_developer_"]
        {
            assert!(
                count(&|user| user.groups.iter().any(|group| group.starts_with(role))) > 0,
                "{role}"
            );
        }
        assert_eq!(count(&|user| user.status == UserStatus::Disabled), 5);
        assert!(count(&|user| user.identity == Identity::Adobe) > 10);
        let few = Directory::made_up(10, 2, 9);
        assert!(
            few.users().any(|user| user.identity == Identity::Adobe)
                && few.users().any(|user| !user.status.is_active())
        );
    }

    #[test]
    fn made_up_licences_are_too_few_enough_or_unlimited() {
        let directory = Directory::made_up(200, 14, 1);
        let over: Vec<bool> = directory
            .groups()
            .filter_map(|group| Some((group.quota?, directory.find_group(&group.name)?)))
            .map(|(quota, id)| directory.holders(id, true).len() > quota as usize)
            .collect();
        assert_eq!(over.iter().filter(|over| **over).count(), 2, "{over:?}");
        assert_eq!(over.len(), 4);
    }
}
