//! The users whom a row describes in full. Other rows about the same user may give only the email
//! and groups, as in user-sync's files: the rows about one user add up.
//!
//! Only tables without an `action` column describe users. A row that would not be sent describes
//! nobody.

use crate::change::{
    CreateUser, IdentityType, Problem, UserChange, WaivableProblem, name_hash, same_name,
};
use crate::table::{Cells, Field, is_margin};
use std::borrow::Cow;
use std::collections::HashMap;

/// Separates the hashes of emails from other hashes.
const EMAIL: u64 = 31;

/// Returns a hash of the email of a user.
pub(super) fn email_hash(create: &CreateUser<'_>) -> u64 {
    name_hash(&create.email, EMAIL)
}

/// The fields that are needed to create a user.
pub(super) const CREATION_FIELDS: [Field; 3] = [Field::Firstname, Field::Lastname, Field::Country];

/// The users whom a row describes in full, and other rows do not; by email.
#[derive(Debug, Default)]
pub struct DescribedUsers(HashMap<u64, Accounts>);

/// The accounts with one email. An Adobe ID and a user of the organization with the same email are
/// different accounts.
#[derive(Debug, Default)]
struct Accounts {
    adobe: Option<DescribedUser>,
    other: Option<DescribedUser>,
}

/// The identity type that a row gives to a user.
#[derive(Debug, Clone, Copy)]
enum MeantType {
    /// The row states it.
    Stated(IdentityType),
    /// The row states none: the type that such a row creates users with.
    Assumed(IdentityType),
}

/// How a row creates a user.
#[derive(Debug)]
pub(super) struct DescribedUser {
    user: String,
    domain: Option<String>,
    create: CreateUser<'static>,
}

impl DescribedUsers {
    /// Whether no user is described.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a user whom a row describes in full.
    pub(super) fn add(&mut self, user: DescribedUser) {
        let accounts = self.0.entry(email_hash(&user.create)).or_default();
        let account = match user.create.identity {
            IdentityType::Adobe => &mut accounts.adobe,
            IdentityType::Enterprise | IdentityType::Federated => &mut accounts.other,
        };
        // Conflicting rows are not sent.
        account.get_or_insert(user);
    }

    /// Completes a row with what another row says of the same user, if it lacks nothing else.
    /// Returns whether it is complete now.
    pub(super) fn complete(
        &self,
        user: &mut UserChange<'_>,
        cells: &Cells<'_>,
        problems: &[Problem],
    ) -> bool {
        let Some(create) = user.create.as_ref().filter(|_| lacks_only_creation_fields(problems))
        else {
            return false;
        };
        let Some(accounts) = self.0.get(&email_hash(create)) else { return false };
        let meant = match cells.get(Field::Type).trim_matches(is_margin) {
            "" => MeantType::Assumed(create.identity),
            _ => MeantType::Stated(create.identity),
        };
        let is_by_email = same_name(&user.user, &create.email);
        let Some(described) = accounts.of(meant) else { return false };
        if !is_by_email && !described.has_name(user) {
            return false;
        }
        user.user = Cow::Owned(described.user.clone());
        user.domain = described.domain.clone().map(Cow::Owned);
        user.adobe_id = described.create.identity == IdentityType::Adobe;
        user.create = Some(described.create.clone());
        true
    }
}

impl Accounts {
    /// Returns the account that a row with this identity type means. If the row states no type, the
    /// only account.
    fn of(&self, meant: MeantType) -> Option<&DescribedUser> {
        match (&self.adobe, &self.other, meant) {
            (Some(only), None, MeantType::Assumed(_))
            | (None, Some(only), MeantType::Assumed(_)) => Some(only),
            (Some(user), None, MeantType::Stated(identity))
            | (_, Some(user), MeantType::Stated(identity) | MeantType::Assumed(identity)) => {
                Some(user).filter(|user| user.create.identity == identity)
            }
            (None, None, _) => None,
        }
    }
}

impl DescribedUser {
    /// Returns what a row that creates a user says.
    pub(super) fn of(user: &UserChange<'_>, create: &CreateUser<'_>) -> Self {
        let owned =
            |text: &Option<Cow<'_, str>>| text.as_deref().map(|text| Cow::Owned(text.to_owned()));
        Self {
            user: user.user.to_string(),
            domain: user.domain.as_deref().map(ToOwned::to_owned),
            create: CreateUser {
                identity: create.identity,
                email: Cow::Owned(create.email.to_string()),
                firstname: owned(&create.firstname),
                lastname: owned(&create.lastname),
                country: owned(&create.country),
                if_exists: create.if_exists,
            },
        }
    }

    /// Whether the row names the user by the same username.
    fn has_name(&self, user: &UserChange<'_>) -> bool {
        let domain = user.domain.as_deref().unwrap_or_default();
        same_name(&user.user, &self.user)
            && same_name(domain, self.domain.as_deref().unwrap_or_default())
    }
}

/// Whether a row lacks only fields that are needed to create a user.
pub(super) fn lacks_only_creation_fields(problems: &[Problem]) -> bool {
    !problems.is_empty()
        && problems.iter().all(|problem| {
            problem.reason == "missing"
                && problem.waivable == Some(WaivableProblem::NotCreated)
                && CREATION_FIELDS.iter().any(|field| field.name() == problem.field)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{Change, Rules, read_all};
    use crate::table::InputDialect;
    use Field::{Country, Domain, Email, Firstname, Groups, Lastname, Type, Username};

    fn cells<'a>(written: &[(Field, &'a str)]) -> Cells<'a> {
        let mut cells = Cells::default();
        written.iter().for_each(|(field, cell)| cells.set(*field, cell));
        cells
    }

    fn user<'a>(cells: &Cells<'a>) -> (UserChange<'a>, Vec<Problem>) {
        match read_all(cells, &Rules::new(InputDialect::Native)) {
            (Some(Change::User(user)), problems) => (user, problems),
            other => panic!("{other:?}"),
        }
    }

    fn described(rows: &[&[(Field, &str)]]) -> DescribedUsers {
        let mut described = DescribedUsers::default();
        for row in rows {
            let cells = cells(row);
            let (user, problems) = user(&cells);
            assert!(problems.is_empty(), "{problems:?}");
            described.add(DescribedUser::of(&user, user.create.as_ref().unwrap()));
        }
        described
    }

    const ANN: [(Field, &str); 4] =
        [(Email, "Ann@x.com"), (Firstname, "Ann"), (Lastname, "Lee"), (Country, "US")];

    #[test]
    fn row_takes_what_it_lacks_from_the_account_that_it_means() {
        let federated: &[_] =
            &[&ANN[..], &[(Username, "ann"), (Domain, "x.com"), (Type, "federatedID")]].concat();
        let enterprise: &[_] = &[&ANN[..], &[(Type, "enterpriseID")]].concat();
        let adobe: &[_] = &[(Email, "ann@x.com"), (Type, "adobeID")];
        let row: [(Field, &str); 2] = [(Email, "ann@x.com"), (Groups, "Design")];
        let with = |more: &[(Field, &'static str)]| [&row[..], more].concat();
        for (rows, written, completed) in [
            (&[federated][..], with(&[]), true),
            (&[enterprise], with(&[]), true),
            (&[federated, adobe], with(&[]), true),
            (&[federated], with(&[(Type, "federatedID")]), true),
            (&[federated], with(&[(Username, "ann"), (Domain, "x.com")]), true),
            (&[federated], with(&[(Username, "bob"), (Domain, "x.com")]), false),
            (&[enterprise], with(&[(Type, "federatedID")]), false),
            (&[adobe], with(&[(Type, "federatedID")]), false),
            (&[federated], with(&[(Country, "XX")]), false),
            (&[federated], vec![(Email, "bob@x.com")], false),
        ] {
            let cells = cells(&written);
            let (mut user, problems) = user(&cells);
            let is_completed = described(rows).complete(&mut user, &cells, &problems);
            assert_eq!(is_completed, completed, "{rows:?} {written:?}");
            if is_completed {
                let names = user.create.as_ref().map(CreateUser::names);
                assert_eq!(names, Some(("Ann", "Lee")), "{written:?}");
                assert_eq!(user.add, ["Design"]);
                let is_federated = rows[0] == federated;
                assert_eq!(user.user, if is_federated { "ann" } else { "Ann@x.com" });
            }
        }
    }
}
