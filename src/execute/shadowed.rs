//! Rows that create an account of the organization although an Adobe ID with that address is a
//! member.

use super::input_rows::InputRows;
use super::scan_error::ScanError;
use crate::change::{Change, UserChange};
use crate::organization::{Coverage, OrgUser, Organization};
use crate::table::{RowBuffer, each_block};
use crate::umapi::UserRef;
use std::collections::{BTreeMap, HashSet};

/// Finds these rows of each file, by row from 0, each with the number of the Adobe ID. For users in
/// `changed` the list is outdated.
///
/// # Errors
/// When a file cannot be read.
pub(crate) fn shadowed(
    files: &[InputRows<'_>],
    organization: &Organization,
    changed: &HashSet<u32>,
) -> Result<Vec<BTreeMap<u32, u32>>, ScanError> {
    if !organization.shows(Coverage::TYPES) || !organization.people().any(OrgUser::is_adobe) {
        return Ok(vec![BTreeMap::new(); files.len()]);
    }
    let of_file = |input_rows: &InputRows<'_>| {
        let mut rows = BTreeMap::new();
        each_block(
            input_rows.table,
            |block| {
                let mut buffer = RowBuffer::default();
                let mut found = Vec::new();
                for index in 0..block.len() {
                    let Some(Ok(Change::User(user))) =
                        input_rows.evaluate_detailed(&block, index, &mut buffer)
                    else {
                        continue;
                    };
                    if let Some(number) =
                        adobe_id_of(&user, organization).filter(|number| !changed.contains(number))
                    {
                        found.push((
                            u32::try_from(block.first_row + index as u64).unwrap_or(u32::MAX),
                            number,
                        ));
                    }
                }
                found
            },
            |found| {
                rows.extend(found);
                Ok::<_, ScanError>(())
            },
        )?;
        Ok(rows)
    };
    files.iter().map(of_file).collect()
}

/// Returns the Adobe ID beside which a row would create another account; `None` if the organization
/// has an account of its own with one of the row's names.
fn adobe_id_of(user: &UserChange<'_>, organization: &Organization) -> Option<u32> {
    let create = user.create.as_ref().filter(|_| !user.adobe_id)?;
    let adobe = organization.user(UserRef::adobe(&create.email))?;
    let names = [(create.email.as_ref(), None), (user.user.as_ref(), user.domain.as_deref())];
    let has_own = names.iter().any(|(name, domain)| {
        organization
            .user(UserRef::own(name).in_domain(*domain))
            .is_some_and(|person| !person.is_adobe())
    });
    (!has_own).then(|| adobe.number())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{CreateUser, IdentityType, IfExists};
    use crate::umapi::ListedUser;
    use IdentityType::{Adobe, Federated};
    use jiff::Timestamp;

    fn creates<'a>(email: &'a str, user: &'a str, identity: IdentityType) -> UserChange<'a> {
        let adobe_id = identity == IdentityType::Adobe;
        let create = CreateUser {
            identity,
            email: email.into(),
            firstname: None,
            lastname: None,
            country: None,
            if_exists: IfExists::Ignore,
        };
        UserChange { user: user.into(), adobe_id, create: Some(create), ..UserChange::default() }
    }

    #[test]
    fn only_new_accounts_over_an_adobe_id_are_found() {
        let mut all = Organization::new("a list", Timestamp::UNIX_EPOCH);
        for (identity, email) in [
            ("adobeID", "own@x.com"),
            ("adobeID", "both@x.com"),
            ("federatedID", "both@x.com"),
            ("federatedID", "fed@x.com"),
        ] {
            all.add(&ListedUser {
                identity: identity.into(),
                id: format!("{identity} {email}").into(),
                email: email.into(),
                ..ListedUser::default()
            });
        }
        let number = |email: &str| all.user(UserRef::adobe(email)).map(OrgUser::number);
        assert_eq!(
            adobe_id_of(&creates("Own@x.com", "Own@x.com", Federated), &all),
            number("own@x.com")
        );
        for (email, user, identity) in [
            ("own@x.com", "own@x.com", Adobe),
            ("both@x.com", "both@x.com", Federated),
            ("fed@x.com", "fed@x.com", Federated),
            ("new@x.com", "new@x.com", Federated),
        ] {
            assert_eq!(adobe_id_of(&creates(email, user, identity), &all), None, "{email}");
        }
        let adds = UserChange { create: None, ..creates("own@x.com", "own@x.com", Federated) };
        assert_eq!(adobe_id_of(&adds, &all), None);
    }
}
