//! Adds a user whom the server has shown since a list was fetched to that list.

use super::people::{NewNames, Organization, Revision};
use crate::change::same_name;
use crate::umapi::ListedUser;

impl Organization {
    /// Adds a user as the server shows the user now: the user with that id gets these names, or a
    /// new user is added. Returns `false` if the list already has the same, or if another user has
    /// one of the names.
    pub fn bring_in_user(&mut self, user: &ListedUser<'_>) -> bool {
        let Some(person) = self.by_id(&user.id) else { return self.add(user) };
        let (number, is_same) = (
            person.number(),
            same_name(person.email(), &user.email) && same_name(person.username(), &user.username),
        );
        if is_same {
            return false;
        }
        let text = |text: &'_ str| {
            Some(text).filter(|text| !text.trim().is_empty()).map(ToOwned::to_owned)
        };
        let [email, username, firstname, lastname] =
            [&user.email, &user.username, &user.firstname, &user.lastname].map(|name| text(name));
        let new = NewNames {
            email: email.as_deref(),
            username: username.as_deref(),
            firstname: firstname.as_deref(),
            lastname: lastname.as_deref(),
        };
        let mut revision = Revision::of(self);
        let is_unique = revision.name(number, new);
        revision.finish();
        is_unique
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn user<'a>(id: &'a str, email: &'a str) -> ListedUser<'a> {
        ListedUser {
            identity: "federatedID".into(),
            id: id.into(),
            email: email.into(),
            username: email.into(),
            domain: "x.com".into(),
            ..ListedUser::default()
        }
    }

    #[test]
    fn person_of_an_id_gets_the_names_that_the_server_shows() {
        let mut all = Organization::new("a list", Timestamp::UNIX_EPOCH);
        all.add(&user("1@x", "ann@x.com"));
        all.add(&user("2@x", "bob@x.com"));
        assert!(all.bring_in_user(&user("1@x", "ann.lee@x.com")));
        assert_eq!((all.len(), all.by_id("1@x").unwrap().email()), (2, "ann.lee@x.com"));
        assert!(all.named("ann@x.com", "").is_empty() && all.named("ann.lee@x.com", "").len() == 1);
        assert!(!all.bring_in_user(&user("2@x", "bob@x.com")), "that is known");
        assert!(all.bring_in_user(&user("3@x", "new@x.com")) && all.len() == 3);
        assert!(!all.bring_in_user(&user("3@x", "bob@x.com")), "a name of two is nobody's");
    }
}
