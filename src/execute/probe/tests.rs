//! Tests of what the responses to a probe prove.

use super::*;
use crate::plan::TracedStep;
use crate::umapi::wire::{ExistsOption, NewGroup, NewUser};
use ProbeResult::{Done, NotDone, Unclear};

fn user(id: &str, email: &str) -> ApiUser {
    ApiUser { id: Some(id.to_owned()), email: Some(email.to_owned()), ..ApiUser::default() }
}

fn known(id: &str) -> Evidence {
    Evidence { identity: Some(format!("id {id}")), seen_absent: false }
}

fn probe(root: Root, step: WireStep) -> Probe {
    let traced_step = TracedStep { step, rows: vec![0] };
    Probe::of(&PlannedCommand { root, steps: vec![traced_step] })
}

fn ann(use_adobe_id: bool) -> Root {
    Root::User { user: "ann".to_owned(), domain: Some("x.com".to_owned()), use_adobe_id }
}

/// What could do harm when it is carried out twice is probed before that.
#[test]
fn commands_that_do_harm_twice_are_probed_first() {
    let new = |option| NewUser { email: "ann@x.com".to_owned(), option, ..NewUser::default() };
    let update = |email: Option<&str>, firstname: Option<&str>| {
        WireStep::Update(UserUpdate {
            email: email.map(str::to_owned),
            firstname: firstname.map(str::to_owned),
            ..UserUpdate::default()
        })
    };
    let user = |step| probe(ann(false), step).comes_before_a_repeat();
    assert!(user(WireStep::CreateFederatedId(new(None))));
    assert!(!user(WireStep::CreateFederatedId(new(Some(ExistsOption::Ignore)))));
    assert!(user(update(Some("b@x.com"), None)) && !user(update(None, Some("Ann"))));
    assert!(!user(WireStep::RemoveFromOrg { delete_account: false }));
    let group =
        |step| probe(Root::Group { usergroup: "G".to_owned() }, step).comes_before_a_repeat();
    let named = |name: Option<&str>| {
        WireStep::UpdateUserGroup(GroupUpdate {
            name: name.map(str::to_owned),
            description: Some("text".to_owned()),
        })
    };
    assert!(group(named(Some("H"))) && !group(named(None)));
    assert!(group(WireStep::DeleteUserGroup {}));
    let create = |option| WireStep::CreateUserGroup(NewGroup { description: None, option });
    assert!(group(create(None)) && !group(create(Some(ExistsOption::Ignore))));
}

#[test]
fn an_adobe_id_is_asked_for_in_its_own_domain() {
    let step = || WireStep::RemoveFromOrg { delete_account: false };
    let domain_of = |use_adobe_id| match probe(ann(use_adobe_id), step()) {
        Probe::UserState { domain, .. } => domain,
        other => panic!("{other:?}"),
    };
    assert_eq!(domain_of(true).as_deref(), Some("AdobeID"));
    assert_eq!(domain_of(false).as_deref(), Some("x.com"));
}

#[test]
fn only_renames_are_proven_by_whom_they_found() {
    let wanted = UserUpdate { username: Some("b".to_owned()), ..UserUpdate::default() };
    let renamed = probe(ann(false), WireStep::Update(wanted));
    assert!(renamed.needs_identity() && renamed.comes_before_a_repeat());
    let leaves = probe(ann(false), WireStep::RemoveFromOrg { delete_account: true });
    assert!(!leaves.needs_identity());
}

#[test]
fn a_rename_is_proven_by_the_person_alone() {
    let wanted = UserUpdate { email: Some("new@example.com".into()), ..UserUpdate::default() };
    let (old, new) = (user("1", "old@example.com"), user("1", "new@example.com"));
    let ask = |before: Option<&ApiUser>, after: Option<&ApiUser>, evidence: &Evidence| {
        renamed("old@example.com", &wanted, before, after, evidence)
    };
    assert_eq!(ask(None, Some(&new), &known("1")), Done);
    assert_eq!(ask(None, Some(&new), &known("2")), NotDone, "somebody else has the new name");
    assert!(matches!(ask(None, Some(&new), &Evidence::default()), Unclear(_)));
    assert_eq!(ask(Some(&old), None, &known("1")), NotDone);
    assert_eq!(ask(Some(&old), Some(&new), &known("1")), NotDone, "the old name still answers");
    assert_eq!(
        ask(Some(&new), None, &Evidence::default()),
        Done,
        "the old name finds who has the new one"
    );
}

#[test]
fn nobody_is_renamed_where_nobody_was_before() {
    let wanted = UserUpdate { email: Some("new@example.com".to_owned()), ..UserUpdate::default() };
    let there = user("7", "new@example.com");
    let nobody = Evidence { identity: Some(NOBODY.to_owned()), seen_absent: false };
    let result = renamed("old@example.com", &wanted, None, Some(&there), &nobody);
    assert_eq!(result, ProbeResult::NotDone);
}

#[test]
fn names_in_the_row_prove_nobody() {
    let names = |first: &str| ApiUser {
        firstname: Some(first.to_owned()),
        lastname: Some("Lee".to_owned()),
        ..user("1", "new@example.com")
    };
    let wanted = UserUpdate {
        email: Some("new@example.com".into()),
        firstname: Some("Ann".into()),
        lastname: Some("Lee".into()),
        ..UserUpdate::default()
    };
    for first in ["Ann", "Bob"] {
        assert!(
            matches!(
                renamed("old", &wanted, None, Some(&names(first)), &Evidence::default()),
                Unclear(_)
            ),
            "a namesake"
        );
    }
}

#[test]
fn a_users_state_shows_whether_steps_hold() {
    let groups = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let add = |names: &[&str]| {
        WireStep::Add(WireMembers { group: groups(names), ..WireMembers::default() })
    };
    let remove = |names: &[&str]| {
        WireStep::Remove(Removal::Members(WireMembers {
            group: groups(names),
            ..WireMembers::default()
        }))
    };
    let ann = ApiUser { groups: groups(&["Design"]), ..user("1", "ann@example.com") };
    let leave = WireStep::RemoveFromOrg { delete_account: false };
    assert!(user_is_as_wanted(Some(&ann), &[add(&["design"])]));
    assert!(!user_is_as_wanted(Some(&ann), &[add(&["Design", "Video"])]));
    assert!(user_is_as_wanted(Some(&ann), &[remove(&["Video"])]));
    assert!(!user_is_as_wanted(Some(&ann), &[remove(&["Design"])]));
    assert!(user_is_as_wanted(
        Some(&ann),
        &[WireStep::Remove(Removal::All(crate::umapi::wire::All::All)), add(&["Design"])]
    ));
    assert!(!user_is_as_wanted(Some(&ann), std::slice::from_ref(&leave)));
    assert!(user_is_as_wanted(None, &[leave]));
    assert!(!user_is_as_wanted(None, &[add(&["Design"])]));
}

fn new_user(option: Option<ExistsOption>) -> NewUser {
    NewUser {
        email: "ann@x.com".to_owned(),
        firstname: Some("Ann".to_owned()),
        lastname: Some("Lee".to_owned()),
        option,
        ..NewUser::default()
    }
}

#[test]
fn a_created_users_names_count_only_when_they_are_to_be_updated() {
    let called = |first: &str| ApiUser {
        firstname: Some(first.to_owned()),
        lastname: Some("Lee".to_owned()),
        ..user("1", "ann@x.com")
    };
    let other_last = ApiUser { lastname: Some("Ray".to_owned()), ..called("Ann") };
    let (update, ignore) = (Some(ExistsOption::Update), Some(ExistsOption::Ignore));
    for create in [WireStep::CreateEnterpriseId, WireStep::CreateFederatedId] {
        let holds = |first: &str, option| {
            user_is_as_wanted(Some(&called(first)), &[create(new_user(option))])
        };
        assert!(holds("Ann", update) && !holds("Bob", update));
        assert!(!user_is_as_wanted(Some(&other_last), &[create(new_user(update))]));
        assert!(holds("Bob", ignore) && holds("Bob", None));
    }
    let adobe = WireStep::AddAdobeId(new_user(None));
    assert!(user_is_as_wanted(Some(&called("Bob")), &[adobe]));
}

#[test]
fn an_update_holds_when_each_named_field_is_as_wanted() {
    let ann = ApiUser {
        username: Some("ann".to_owned()),
        firstname: Some("Ann".to_owned()),
        lastname: Some("Lee".to_owned()),
        ..user("1", "ann@x.com")
    };
    let text = |text: &str| Some(text.to_owned());
    let holds = |wanted: UserUpdate| user_is_as_wanted(Some(&ann), &[WireStep::Update(wanted)]);
    let none = UserUpdate::default;
    assert!(holds(none()));
    assert!(holds(UserUpdate { email: text("ANN@x.com"), username: text("Ann"), ..none() }));
    assert!(!holds(UserUpdate { email: text("bob@x.com"), ..none() }));
    assert!(!holds(UserUpdate { username: text("bob"), ..none() }));
    assert!(holds(UserUpdate { firstname: text("Ann"), lastname: text("Lee"), ..none() }));
    // A change of letter case in a name counts: the update is not done until the case matches.
    assert!(!holds(UserUpdate { firstname: text("ANN"), ..none() }));
    assert!(!holds(UserUpdate { lastname: text("LEE"), ..none() }));
    let unnamed = ApiUser { email: None, ..user("1", "") };
    let update = WireStep::Update(UserUpdate { email: text("ann@x.com"), ..none() });
    assert!(!user_is_as_wanted(Some(&unnamed), &[update]));
}
