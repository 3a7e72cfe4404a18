//! What earlier rows of a chain have created.

use super::file_row::FileRow;
use super::footprint::RowFootprint;
use crate::change::{Change, Facet, RowEffect};
use xxhash_rust::xxh3::xxh3_64;

/// Whether earlier rows have created the group with a name, or an account with a user's name. An
/// Adobe ID and an account of the organization are different accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Made {
    own: Option<Maker>,
    adobe: Option<Maker>,
}

/// The row that has created it, with its values for the user; `None` if that is not known any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Maker(Option<(FileRow, CreatedAs)>);

/// The values of a row that creates a user, as hashes; 0 for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CreatedAs {
    firstname: u64,
    lastname: u64,
    country: u64,
}

impl CreatedAs {
    /// Returns the values of a change; `None` if it creates nobody.
    pub(crate) fn of(change: &Change<'_>) -> Option<Self> {
        let Change::User(user) = change else { return None };
        let create = user.create.as_ref()?;
        let hash = |text: Option<&str>| text.map_or(0, |text| xxh3_64(text.as_bytes()));
        Some(Self {
            firstname: hash(create.firstname.as_deref()),
            lastname: hash(create.lastname.as_deref()),
            country: hash(create.country.as_deref()),
        })
    }

    /// Returns the values that are not applied if an earlier row has created the user.
    fn differing(self, earlier: Self) -> impl Iterator<Item = Facet> {
        [
            (Facet::Firstname, self.firstname, earlier.firstname),
            (Facet::Lastname, self.lastname, earlier.lastname),
            (Facet::Country, self.country, earlier.country),
        ]
        .into_iter()
        .filter(|(_, own, earlier)| *own != 0 && own != earlier)
        .map(|(facet, ..)| facet)
    }
}

/// What a row that creates a user does to the names of a user who exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CreatedNames {
    /// It leaves them as they are.
    Kept,
    /// It updates them.
    Updated,
}

impl Made {
    /// Returns who has made the user or group of a row.
    fn of(&mut self, row: RowFootprint) -> &mut Option<Maker> {
        if row.is_adobe() { &mut self.adobe } else { &mut self.own }
    }

    /// Whether the user or group of a row has been made.
    pub(crate) fn has(mut self, row: RowFootprint) -> bool {
        self.of(row).is_some()
    }

    /// Records that the user or group of a row exists from now on.
    pub(crate) fn note(&mut self, row: RowFootprint) {
        self.of(row).get_or_insert_default();
    }

    /// Records that the user or group of a row exists no longer.
    pub(crate) fn forget(&mut self, row: RowFootprint) {
        *self.of(row) = None;
    }

    /// Records that a row has created it, unless an earlier row has.
    pub(crate) fn make(&mut self, row: (FileRow, RowFootprint), created_as: Option<CreatedAs>) {
        let maker = created_as.map(|created_as| (row.0, created_as));
        self.of(row.1).get_or_insert(Maker(maker));
    }

    /// Returns this record, or the other one for accounts that no row has created here.
    pub(crate) fn or(self, other: Self) -> Self {
        Self { own: self.own.or(other.own), adobe: self.adobe.or(other.adobe) }
    }

    /// Returns the record for the files after this one, for which this file has this number.
    pub(crate) fn of_earlier(self, file: u16) -> Self {
        let of = |maker: Option<Maker>| {
            let earlier =
                |(row, created_as): (FileRow, CreatedAs)| (row.of_earlier(file), created_as);
            maker.map(|Maker(known)| Maker(known.map(earlier)))
        };
        Self { own: of(self.own), adobe: of(self.adobe) }
    }

    /// Returns the values of a row that differ from those of the earlier row which created the same
    /// user, and that earlier row.
    pub(crate) fn not_applied(
        mut self,
        row: RowFootprint,
        created_as: Option<CreatedAs>,
        names: CreatedNames,
    ) -> Option<(FileRow, RowEffect)> {
        let (first, earlier) = (*self.of(row))?.0?;
        let is_name = |facet: &Facet| matches!(facet, Facet::Firstname | Facet::Lastname);
        let differs = created_as?
            .differing(earlier)
            .filter(|facet| names == CreatedNames::Kept || !is_name(facet))
            .fold(RowEffect::NONE, RowEffect::differing);
        differs.differs().then_some((first, differs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{CreateUser, IdentityType, IfExists, UserChange};

    fn create(identity: IdentityType, first: &str, country: Option<&str>) -> Change<'static> {
        let create = CreateUser {
            identity,
            email: "ann@x.com".into(),
            firstname: Some(first.to_owned().into()),
            lastname: Some("Lee".into()),
            country: country.map(|country| country.to_owned().into()),
            if_exists: IfExists::Ignore,
        };
        Change::User(UserChange {
            user: "ann@x.com".into(),
            adobe_id: identity == IdentityType::Adobe,
            create: Some(create),
            ..UserChange::default()
        })
    }

    #[test]
    fn what_a_later_row_says_otherwise_is_not_applied() {
        let federated = IdentityType::Federated;
        let first = create(federated, "Ann", Some("US"));
        let footprint = RowFootprint::of(&first);
        let mut made = Made::default();
        assert!(!made.has(footprint));
        made.make((FileRow::here(3), footprint), CreatedAs::of(&first));
        made.make((FileRow::here(4), footprint), CreatedAs::of(&create(federated, "Eve", None)));
        let told = |first: &str, country, updates| {
            let later = CreatedAs::of(&create(federated, first, country));
            let names = if updates { CreatedNames::Updated } else { CreatedNames::Kept };
            let found = made.not_applied(footprint, later, names);
            found.map(|(row, effect)| (row.row, effect.to_string()))
        };
        assert_eq!(told("Ann", Some("US"), false), None);
        assert_eq!(told("Ann", None, false), None, "an empty cell says nothing");
        let differs = "differs:firstname+differs:country".to_owned();
        assert_eq!(told("Bob", Some("DE"), false), Some((3, differs)));
        assert_eq!(told("Bob", Some("US"), true), None, "names are brought up to date");
        assert!(told("Bob", Some("DE"), true).unwrap().1.contains("country"));
    }

    #[test]
    fn an_adobe_id_is_another_account() {
        let [own, adobe] = [IdentityType::Federated, IdentityType::Adobe]
            .map(|identity| RowFootprint::of(&create(identity, "Ann", None)));
        let mut made = Made::default();
        made.note(own);
        assert!(made.has(own) && !made.has(adobe));
        made.note(adobe);
        made.forget(own);
        assert!(!made.has(own) && made.has(adobe));
        assert_eq!(made.not_applied(adobe, None, CreatedNames::Kept), None);
    }

    #[test]
    fn what_is_known_from_elsewhere_counts_where_nothing_was_made() {
        let [ann, bob, adobe] = [
            create(IdentityType::Federated, "Ann", None),
            create(IdentityType::Federated, "Bob", None),
            create(IdentityType::Adobe, "Ann", None),
        ];
        let footprint = RowFootprint::of(&ann);
        let made = |row: u32, change: &Change<'_>| {
            let mut made = Made::default();
            made.make((FileRow::here(row), RowFootprint::of(change)), CreatedAs::of(change));
            made
        };
        let [first, second] = [made(3, &ann), made(4, &bob)];
        let beside = made(5, &adobe);
        assert_eq!(first.or(second), first);
        assert_eq!(Made::default().or(second), second);
        let both = first.or(beside);
        assert!(both.has(footprint) && both.has(RowFootprint::of(&adobe)));
        assert_eq!(both, beside.or(first));
    }

    #[test]
    fn what_an_earlier_file_has_made_tells_its_file() {
        let federated = IdentityType::Federated;
        let [ann, bob] = ["Ann", "Bob"].map(|first| create(federated, first, None));
        let footprint = RowFootprint::of(&ann);
        let mut made = Made::default();
        made.make((FileRow::here(3), footprint), CreatedAs::of(&ann));
        let row_that_differs = |made: Made| {
            made.not_applied(footprint, CreatedAs::of(&bob), CreatedNames::Kept).map(|(row, _)| row)
        };
        assert_eq!(row_that_differs(made), Some(FileRow { row: 3, file: 0 }));
        let earlier = made.of_earlier(7);
        assert_eq!(row_that_differs(earlier), Some(FileRow { row: 3, file: 7 }));
        // It stays a row of that file for the files behind.
        assert_eq!(earlier.of_earlier(8), earlier);
    }
}
