//! Tests of who is missing in all rows, and who is exempt.

use super::*;
use crate::reconcile::missing_users::{ExemptReason, Exemptions, MissingUsers, RemovableGroups};
use crate::reconcile::near_users::{Likeness, PerhapsMeant};
use crate::reconcile::{MissingScope, ReferencedUsers};
use std::collections::{BTreeMap, HashSet};

const REASONS: [ExemptReason; 10] = [
    ExemptReason::Administrator,
    ExemptReason::Protected,
    ExemptReason::Own,
    ExemptReason::Technical,
    ExemptReason::NotActive,
    ExemptReason::NamedSince,
    ExemptReason::NearlyNamed,
    ExemptReason::PerhapsRenamed,
    ExemptReason::NotToldApart,
    ExemptReason::NoGroups,
];

#[test]
fn each_reason_has_words_of_its_own() {
    let all = |words: &dyn Fn(ExemptReason) -> String| {
        let said: HashSet<String> = REASONS.iter().map(|reason| words(*reason)).collect();
        assert_eq!(said.len(), REASONS.len(), "{said:?}");
        said
    };
    assert!(all(&|reason| reason.words(1)).iter().all(|words| words.starts_with("1 ")));
    assert!(all(&|reason| reason.words(3)).iter().all(|words| words.starts_with("3 ")));
    all(&|reason| reason.name().to_owned());
    assert_eq!(ExemptReason::Own.words(1), "1 own account");
    assert_eq!(ExemptReason::Own.words(2), "2 own accounts");
    assert_eq!(ExemptReason::Own.name(), "own_account");
}

#[test]
fn groups_that_can_be_taken_away_are_managed_ones_and_never_roles() {
    let mut all = organization();
    all.add(&ListedUser {
        email: "root@x.com".into(),
        groups: ["_admin_Design", "Design", "Video"].map(Cow::from).into(),
        ..ListedUser::default()
    });
    let root = all.person(3);
    assert_eq!(RemovableGroups(None).of(root), ["Design", "Video"]);
    assert_eq!(RemovableGroups(Some(Managed::new(&["V*", "_admin_*"]))).of(root), ["Video"]);
    assert!(RemovableGroups(Some(Managed::new(&["Empty"]))).of(root).is_empty());
}

/// Returns the reasons for which people are exempt, by number, and who is missing.
fn found(
    exemptions: &Exemptions<'_>,
    row: &[(&str, &str)],
) -> (Vec<(u32, ExemptReason)>, MissingUsers) {
    let all = organization();
    let mut named = ReferencedUsers::new(&all);
    let row: Vec<_> =
        row.iter().map(|(name, domain)| ((*name).to_owned(), (*domain).to_owned())).collect();
    named.take(&row);
    let found = MissingUsers::find(&all, &MissingScope::default(), &named, exemptions);
    let why = (0..all.len()).filter_map(|number| Some((number, found.why(number)?))).collect();
    (why, found)
}

#[test]
fn people_are_let_alone_for_the_reason_that_is_told() {
    let (nobody_changed, nobody_meant) = (HashSet::new(), BTreeMap::new());
    let none = || Exemptions {
        protected: &|_| false,
        recently_changed: &nobody_changed,
        perhaps_meant: &nobody_meant,
        own_id: None,
        takes: None,
    };
    let nobody = [("stranger@x.com", "")];
    assert_eq!(found(&none(), &nobody).0, []);
    let ann = Exemptions { protected: &|person| person.id() == "1", ..none() };
    assert_eq!(found(&ann, &nobody).0, [(0, ExemptReason::Protected)]);
    let changed = HashSet::from([1]);
    let changed = Exemptions { recently_changed: &changed, ..none() };
    assert_eq!(found(&changed, &nobody).0, [(1, ExemptReason::NamedSince)]);
    let like = |likeness| PerhapsMeant { called: "x".to_owned(), likeness };
    let perhaps = BTreeMap::from([(0, like(Likeness::Looks)), (2, like(Likeness::SameNames))]);
    let perhaps = Exemptions { perhaps_meant: &perhaps, ..none() };
    let expected = [(0, ExemptReason::NearlyNamed), (2, ExemptReason::PerhapsRenamed)];
    assert_eq!(found(&perhaps, &nobody).0, expected);
    let groups = RemovableGroups(None);
    let groups = Exemptions { takes: Some(&groups), ..none() };
    assert_eq!(found(&groups, &nobody).0, [(1, ExemptReason::NoGroups)]);
}

#[test]
fn people_in_rows_are_counted_as_named() {
    let (nobody_changed, nobody_meant) = (HashSet::new(), BTreeMap::new());
    let exemptions = Exemptions {
        protected: &|_| false,
        recently_changed: &nobody_changed,
        perhaps_meant: &nobody_meant,
        own_id: None,
        takes: None,
    };
    let (_, one) = found(&exemptions, &[("ann@x.com", "")]);
    assert_eq!((one.managed, one.named, one.people), (3, 1, vec![1, 2]));
    let (_, two) = found(&exemptions, &[("ann@x.com", ""), ("bob@x.com", "")]);
    assert_eq!((two.managed, two.named, two.people), (3, 2, vec![2]));
}
