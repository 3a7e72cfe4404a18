//! Applies changes that imports from this computer have confirmed to a list that was fetched
//! before.
//!
//! In: an [`Organization`] and confirmed changes in their order. Out: the organization after them.
//! A change is not applied if it does not fit the list: nobody has that name, two users have it, or
//! a user existed whom the list does not show. Then the list is not used for the users of the
//! change. Pure.

use crate::change::{
    Change, CreateUser, GroupChange, IdentityType, IfExists, Memberships, UserChange, same_name,
};
use crate::organization::{
    Coverage, Existence, NewNames, OrgUser, Organization, Presumed, Revision,
};
use crate::umapi::{AccountKind, ListedUser, UserRef};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A change that the server has confirmed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ConfirmedChanges<'a> {
    /// When the last step was confirmed.
    pub at: Timestamp,
    /// Whether the user or group that the change would have created existed before.
    pub existed: bool,
    /// The change, without steps that were not sent.
    pub change: Change<'a>,
}

impl ConfirmedChanges<'_> {
    /// Whether what the change would have created existed before.
    pub(super) fn before(&self) -> Existence {
        if self.existed { Existence::Existed } else { Existence::New }
    }
}

/// The user of a change.
enum ChangeTarget {
    Person(u32),
    /// The user that the change created.
    New,
    /// Nobody: the change had no effect.
    Nobody,
    /// The list does not show it.
    Unclear,
}

impl Revision<'_> {
    /// Applies a change. Returns `false` if it does not fit the list: then the list may be wrong
    /// about the users of the change.
    pub(super) fn bring_in(&mut self, confirmed: &ConfirmedChanges<'_>) -> bool {
        let ConfirmedChanges { at, change, .. } = confirmed;
        self.at(*at);
        let is_explained = match change {
            Change::User(user) => self.user(user, confirmed.before()),
            Change::Group(group) => self.group(group),
        };
        if is_explained {
            self.brought_to(*at);
        }
        is_explained
    }

    fn user(&mut self, user: &UserChange<'_>, before: Existence) -> bool {
        let number = match target(self.all, user, before) {
            ChangeTarget::Person(number) => number,
            ChangeTarget::New => return self.create(user),
            ChangeTarget::Nobody => return true,
            ChangeTarget::Unclear => return false,
        };
        if let Some(create) =
            user.create.as_ref().filter(|create| create.if_exists == IfExists::Update)
        {
            let (firstname, lastname) = (create.firstname.as_deref(), create.lastname.as_deref());
            if !self.all.person(number).is_adobe()
                && !self.name(number, NewNames { firstname, lastname, ..NewNames::default() })
            {
                return false;
            }
        }
        self.steps(number, user)
    }

    fn create(&mut self, user: &UserChange<'_>) -> bool {
        let Some(create) = &user.create else { return false };
        // Lists show only active accounts: a user who existed but is not listed has kept old names
        // and memberships. The names of an Adobe ID belong to its user.
        let presumed = Presumed {
            names: create.if_exists == IfExists::Ignore || create.identity == IdentityType::Adobe,
            groups: create.if_exists != IfExists::Error,
        };
        let number = self.all.len();
        self.enter(&as_listed(user, create), presumed) && self.steps(number, user)
    }

    /// Applies the steps after a create step.
    fn steps(&mut self, number: u32, user: &UserChange<'_>) -> bool {
        if let Some(update) = &user.update {
            let person = self.all.person(number);
            if person.is_adobe() {
                return false;
            }
            let email = update.email.as_deref().filter(|email| !same_name(email, person.email()));
            let new = NewNames {
                email,
                // A new email address also changes the username (documentation, ActionsRef,
                // `update`).
                username: update.username.as_deref().or(email),
                firstname: update.firstname.as_deref(),
                lastname: update.lastname.as_deref(),
            };
            if !self.name(number, new) {
                return false;
            }
        }
        match &user.remove {
            Some(Memberships::All) => self.part_all(number),
            Some(Memberships::Named(names)) => {
                names.iter().for_each(|name| self.part(number, name));
            }
            None => {}
        }
        user.add.iter().for_each(|name| self.join(number, name));
        if user.leave.is_some() {
            self.leave(number);
        }
        true
    }

    /// Applies a change to a list of groups, which has no users.
    pub(super) fn bring_in_groups(
        &mut self,
        ConfirmedChanges { at, change, .. }: &ConfirmedChanges<'_>,
    ) -> bool {
        let Change::Group(group) = change else { return true };
        let is_explained = self.group(&GroupChange {
            add_users: Vec::new(),
            remove_users: Vec::new(),
            ..group.clone()
        });
        if is_explained {
            self.brought_to(*at);
        }
        is_explained
    }

    fn group(&mut self, group: &GroupChange<'_>) -> bool {
        let is_listed = self.all.group(&group.group).is_some();
        if group.create.is_some() {
            self.found(&group.group);
        } else if self.all.shows(Coverage::ALL_GROUPS) && !is_listed {
            return false;
        }
        for (users, joins) in [(&group.remove_users, false), (&group.add_users, true)] {
            for user in users {
                let Some(number) = self.all.user(UserRef::own(user)).map(OrgUser::number) else {
                    return false;
                };
                if joins {
                    self.join(number, &group.group);
                } else {
                    self.part(number, &group.group);
                }
            }
        }
        if let Some(new) = group.update.as_ref().and_then(|update| update.name.as_deref()) {
            if !self.rename_group(&group.group, new) {
                return false;
            }
            self.found(new);
        }
        if group.delete {
            self.dissolve(&group.group);
        }
        true
    }
}

/// Returns the user of a change, as a list shows it.
fn target(all: &Organization, user: &UserChange<'_>, before: Existence) -> ChangeTarget {
    let Some(create) = &user.create else {
        return match all.user(user.user_ref()) {
            Some(person) => ChangeTarget::Person(person.number()),
            None if all.is_absent(user.user_ref()) && user.only_takes_away() => {
                ChangeTarget::Nobody
            }
            None => ChangeTarget::Unclear,
        };
    };
    if !all.shows(Coverage::TYPES) || create.email.is_empty() {
        return ChangeTarget::Unclear;
    }
    let is_adobe = create.identity == IdentityType::Adobe;
    let has_one_name = same_name(&user.user, &create.email);
    let account = if is_adobe { AccountKind::Adobe } else { AccountKind::Own };
    let by_root = all.user(user.user_ref().with_account(account));
    let by_email = match has_one_name {
        true => by_root,
        false => all.user(UserRef::own(&create.email).with_account(account)),
    };
    let of_other_kind =
        [by_root, by_email].into_iter().flatten().any(|person| person.is_adobe() != is_adobe);
    // If there is an account of the other type, it is unknown which one was changed.
    match (by_root, by_email) {
        _ if of_other_kind => ChangeTarget::Unclear,
        (Some(one), Some(other)) if one == other => ChangeTarget::Person(one.number()),
        (Some(_), Some(_)) => ChangeTarget::Unclear,
        (Some(person), None) | (None, Some(person)) => ChangeTarget::Person(person.number()),
        (None, None) => {
            let is_new = before == Existence::New
                && all.is_absent(UserRef::own(&create.email).with_account(user.account()))
                && (has_one_name || user.user.contains('@') || all.is_absent(user.user_ref()))
                && [&user.user, &create.email].into_iter().all(|name| all.alias(name).is_none());
            if is_new { ChangeTarget::New } else { ChangeTarget::Unclear }
        }
    }
}

/// Returns the created user, as a list will show it.
fn as_listed<'c>(user: &'c UserChange<'_>, create: &'c CreateUser<'_>) -> ListedUser<'c> {
    let email_domain = create.email.split_once('@').map_or("", |(_, domain)| domain);
    ListedUser {
        id: "".into(),
        identity: create.identity.name().into(),
        email: (&*create.email).into(),
        username: (&*user.user).into(),
        domain: if create.identity == IdentityType::Adobe {
            "AdobeID"
        } else {
            user.domain.as_deref().unwrap_or(email_domain)
        }
        .into(),
        firstname: create.firstname.as_deref().unwrap_or_default().into(),
        lastname: create.lastname.as_deref().unwrap_or_default().into(),
        country: create.country.as_deref().unwrap_or_default().into(),
        // An account that existed but was not listed is not active.
        status: "".into(),
        groups: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{CreateGroup, Leave, UpdateGroup, UpdateUser};

    fn listed<'a>(
        identity: &'a str,
        email: &'a str,
        username: &'a str,
        groups: &[&'a str],
    ) -> ListedUser<'a> {
        ListedUser {
            identity: identity.into(),
            email: email.into(),
            username: username.into(),
            domain: "x.com".into(),
            firstname: "First".into(),
            groups: groups.iter().map(|group| (*group).into()).collect(),
            ..ListedUser::default()
        }
    }

    fn list() -> Organization {
        let mut all = Organization::new("a list", Timestamp::UNIX_EPOCH);
        for user in [
            listed(
                "federatedID",
                "ann@x.com",
                "ann@x.com",
                &["Design", "_admin_Design", "_org_admin"],
            ),
            listed("federatedID", "bob@x.com", "bobby", &["Video"]),
            listed("adobeID", "carl@x.com", "carl@x.com", &["Design"]),
        ] {
            all.add(&user);
        }
        all
    }

    fn bring(all: &mut Organization, changes: Vec<Change<'_>>) -> Vec<bool> {
        let mut revision = Revision::of(all);
        let explained = changes
            .into_iter()
            .map(|change| {
                revision.bring_in(&ConfirmedChanges {
                    at: Timestamp::from_second(9).unwrap(),
                    existed: false,
                    change,
                })
            })
            .collect();
        revision.finish();
        explained
    }

    fn about(user: &str) -> UserChange<'_> {
        UserChange { user: user.into(), ..UserChange::default() }
    }

    fn create(email: &str, if_exists: IfExists) -> UserChange<'_> {
        let create = CreateUser {
            identity: IdentityType::Federated,
            email: email.into(),
            firstname: Some("New".into()),
            lastname: Some("User".into()),
            country: Some("US".into()),
            if_exists,
        };
        UserChange { create: Some(create), add: vec!["Video".into()], ..about(email) }
    }

    fn groups(all: &Organization, email: &str) -> Vec<String> {
        all.user(UserRef::own(email)).unwrap().group_names().map(str::to_owned).collect()
    }

    #[test]
    fn created_users_are_there_with_names_that_may_be_others() {
        let mut all = list();
        let changes = [IfExists::Ignore, IfExists::Error].map(|if_exists| match if_exists {
            IfExists::Ignore => Change::User(create("new@x.com", if_exists)),
            _ => Change::User(create("sure@x.com", if_exists)),
        });
        assert_eq!(bring(&mut all, changes.into()), [true, true]);
        let [new, sure] =
            ["new@x.com", "sure@x.com"].map(|email| all.user(UserRef::own(email)).unwrap());
        assert_eq!(
            (new.firstname(), new.country(), new.identity(), groups(&all, "new@x.com")),
            ("New", "US", "federatedID", vec!["Video".into()])
        );
        assert!(all.has_presumed_names(new.number()) && !all.has_presumed_names(sure.number()));
        assert!(all.has_presumed_groups(new.number()) && !all.has_presumed_groups(sure.number()));
        assert!(
            all.shows(Coverage::USERNAMES | Coverage::EMAILS),
            "of others as much is known as before"
        );
        // A later update makes the names certain.
        let names = UpdateUser {
            firstname: Some("A".into()),
            lastname: Some("B".into()),
            ..UpdateUser::default()
        };
        bring(
            &mut all,
            vec![Change::User(UserChange { update: Some(names), ..about("new@x.com") })],
        );
        let new = all.user(UserRef::own("new@x.com")).unwrap();
        assert!(new.firstname() == "A" && !all.has_presumed_names(new.number()));
    }

    #[test]
    fn create_that_the_list_does_not_explain_changes_nothing() {
        let mut all = list();
        // Beside an Adobe ID, and for a user who existed but was not listed.
        assert_eq!(
            bring(&mut all, vec![Change::User(create("carl@x.com", IfExists::Ignore))]),
            [false]
        );
        let mut revision = Revision::of(&mut all);
        let change = Change::User(create("new@x.com", IfExists::Ignore));
        assert!(!revision.bring_in(&ConfirmedChanges {
            at: Timestamp::UNIX_EPOCH,
            existed: true,
            change
        }));
        revision.finish();
        assert_eq!(
            (all.len(), groups(&all, "carl@x.com"), all.brought_to()),
            (3, vec!["Design".to_owned()], None)
        );
    }

    #[test]
    fn who_leaves_is_gone_and_the_others_keep_all_their_names() {
        let mut all = list();
        let leave =
            |user| Change::User(UserChange { leave: Some(Leave::KeepAccount), ..about(user) });
        let changes = vec![
            Change::User(create("new@x.com", IfExists::Ignore)),
            leave("ann@x.com"),
            leave("nobody@x.com"),
        ];
        assert_eq!(bring(&mut all, changes), [true, true, true]);
        assert!(all.is_absent(UserRef::own("ann@x.com")) && all.len() == 3);
        let bob = all.user(UserRef::own("bobby").in_domain(Some("x.com"))).unwrap();
        assert_eq!(
            (bob.email(), bob.number(), groups(&all, "bob@x.com")),
            ("bob@x.com", 0, vec!["Video".to_owned()])
        );
        let new = all.user(UserRef::own("new@x.com")).unwrap();
        assert!(
            all.has_presumed_names(new.number())
                && all.user(UserRef::adobe("carl@x.com")).is_some()
        );
    }

    #[test]
    fn rename_moves_the_names_unless_somebody_has_the_new_one() {
        let rename = |user, email| {
            let update = UpdateUser { email: Some(email), ..UpdateUser::default() };
            Change::User(UserChange { update: Some(update), ..about(user) })
        };
        let mut all = list();
        assert_eq!(bring(&mut all, vec![rename("bob@x.com", "rob@x.com".into())]), [true]);
        let rob = all.user(UserRef::own("rob@x.com")).unwrap();
        assert_eq!(
            (rob.username(), rob.firstname()),
            ("rob@x.com", "First"),
            "a changed email changes the username with it"
        );
        assert!(
            all.is_absent(UserRef::own("bob@x.com"))
                && all.is_absent(UserRef::own("bobby").in_domain(Some("x.com")))
        );
        assert_eq!(
            bring(
                &mut all,
                vec![
                    rename("rob@x.com", "ann@x.com".into()),
                    rename("carl@x.com", "c@x.com".into())
                ]
            ),
            [false, false]
        );
        assert!(
            all.user(UserRef::own("ann@x.com")).is_none()
                && !all.is_absent(UserRef::own("ann@x.com")),
            "a name of two is nobody's"
        );
    }

    #[test]
    fn memberships_follow_the_steps_and_the_groups() {
        let mut all = list();
        all.coverage |= Coverage::ALL_GROUPS;
        let all_out = UserChange {
            remove: Some(Memberships::All),
            add: vec!["Video".into()],
            ..about("ann@x.com")
        };
        let one_out = UserChange {
            remove: Some(Memberships::Named(vec!["video".into()])),
            ..about("bob@x.com")
        };
        let new_name = UpdateGroup { name: Some("Drawing".into()), description: None };
        let rename = GroupChange {
            group: "design".into(),
            update: Some(new_name),
            add_users: vec!["bob@x.com".into()],
            ..GroupChange::default()
        };
        let changes = vec![Change::User(all_out), Change::User(one_out), Change::Group(rename)];
        assert_eq!(bring(&mut all, changes), [true; 3]);
        assert_eq!(
            (groups(&all, "ann@x.com"), groups(&all, "bob@x.com")),
            (vec!["_org_admin".into(), "Video".into()], vec!["Drawing".to_owned()])
        );
        assert!(
            all.group("Design").is_none()
                && all.group("_admin_drawing").is_some()
                && groups(&all, "carl@x.com") == ["Drawing"]
        );
        let delete =
            GroupChange { group: "Drawing".into(), delete: true, ..GroupChange::default() };
        let again = GroupChange {
            group: "Drawing".into(),
            create: Some(CreateGroup::default()),
            ..GroupChange::default()
        };
        assert_eq!(
            bring(&mut all, vec![Change::Group(delete.clone()), Change::Group(again)]),
            [true; 2]
        );
        assert!(
            groups(&all, "bob@x.com").is_empty()
                && all.group("drawing").is_some()
                && all.group("_admin_Drawing").is_none()
        );
        let gone = GroupChange { group: "Nowhere".into(), ..delete };
        assert_eq!(bring(&mut all, vec![Change::Group(gone)]), [false]);
        assert_eq!(groups(&all, "ann@x.com"), ["_org_admin", "Video"]);
    }

    #[test]
    fn members_are_counted_where_the_list_of_groups_is_from_before() {
        let join =
            || vec![Change::User(UserChange { add: vec!["Video".into()], ..about("ann@x.com") })];
        for (listed_at, members) in [(5, 8), (10, 7)] {
            let mut all = list();
            all.add_group(&crate::umapi::ListedGroup {
                name: "Video".into(),
                member_count: Some(7),
                ..Default::default()
            });
            all.groups_at = Timestamp::from_second(listed_at).ok();
            bring(&mut all, join());
            bring(&mut all, join());
            assert_eq!(all.group("Video").unwrap().members, Some(members));
        }
    }
}
