//! Tests of probes against an organization in memory.

use super::*;
use crate::umapi::wire::{All, NewGroup};
use crate::umapi::{ClientOptions, Credentials, Endpoints};
use crate::umapi::{OutgoingRequest, PendingResponse, SentAt, Transport};
use ProbeResult::{Done, NobodyLeft, NobodyThere, NotDone, OnlyCreated, OnlyThere, Unclear};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::time::Instant;

/// The users and groups that exist. It records the questions.
#[derive(Default)]
struct World {
    users: Vec<Value>,
    groups: Vec<&'static str>,
    questions: Arc<Mutex<Vec<String>>>,
}

impl World {
    fn of(users: &[Value], groups: &[&'static str]) -> Self {
        Self { users: users.to_vec(), groups: groups.to_vec(), ..Self::default() }
    }

    /// Returns the first user with that name, in that domain if one is given.
    fn user(&self, name: &str, domain: Option<&str>) -> Option<&Value> {
        self.users.iter().find(|user| {
            let is_in = |domain: &str| match domain {
                "AdobeID" => user["type"] == "adobeID",
                _ => user["type"] != "adobeID" && user["domain"] == domain,
            };
            (user["email"] == name || user["username"] == name) && domain.is_none_or(is_in)
        })
    }

    fn answer(&self, request: &OutgoingRequest) -> (u16, Value) {
        let parts: Vec<String> = request
            .url
            .path_segments()
            .unwrap()
            .map(|part| {
                percent_encoding::percent_decode_str(part).decode_utf8().unwrap().into_owned()
            })
            .collect();
        let last = parts.last().unwrap();
        if parts.iter().any(|part| part == "organizations") {
            let domain = request.url.query_pairs().next().map(|(_, domain)| domain.into_owned());
            self.questions.lock().unwrap().push(format!(
                "user {last}{}",
                domain.as_ref().map_or_else(String::new, |domain| format!(" in {domain}"))
            ));
            match self.user(last, domain.as_deref()) {
                Some(user) => (200, json!({"result": "success", "user": user})),
                None => (404, json!({"result": "error.user.nonexistent"})),
            }
        } else if parts.iter().any(|part| part == "users") {
            self.questions.lock().unwrap().push(format!("group {last}"));
            match self.groups.contains(&last.as_str()) {
                true => (200, json!({"result": "success", "users": []})),
                false => (404, json!({"result": "error.group.not_found"})),
            }
        } else {
            (200, json!({"access_token": "token", "expires_in": 86_399}))
        }
    }

    fn client(self) -> Client {
        let credentials = Credentials {
            client_id: "id".to_owned(),
            client_secret: "secret".to_owned().into(),
            org_id: "1@AdobeOrg".to_owned(),
        };
        let host = "http://127.0.0.1:1";
        let api = format!("{host}/v2/usermanagement");
        let endpoints = Endpoints::resolve(Some(host), None, Some(&api)).unwrap();
        Client::over(Box::new(self), credentials, endpoints, &ClientOptions::default())
    }

    async fn asked(self, probe: &Probe, evidence: &Evidence) -> ProbeResult {
        probe.ask(&self.client(), evidence).await.unwrap()
    }
}

impl Transport for World {
    fn send(&self, request: OutgoingRequest, sent: SentAt) -> PendingResponse<'_> {
        let _ = sent.set(Instant::now());
        let (status, body) = self.answer(&request);
        let response = hyper::Response::builder().status(status).body(body.to_string()).unwrap();
        Box::pin(async move { Ok(reqwest::Response::from(response)) })
    }
}

fn person(id: &str, email: &str, groups: &[&str]) -> Value {
    json!({"id": id, "email": email, "username": email, "domain": "x.com", "type": "federatedID",
        "groups": groups})
}

fn adobe_id(id: &str, email: &str) -> Value {
    json!({"id": id, "email": email, "username": email, "type": "adobeID"})
}

fn identified(id: &str) -> Evidence {
    Evidence { identity: Some(format!("id {id}")), seen_absent: false }
}

fn seen_absent() -> Evidence {
    Evidence { identity: None, seen_absent: true }
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn add_to(groups: &[&str]) -> WireStep {
    WireStep::Add(WireMembers { group: names(groups), ..WireMembers::default() })
}

fn remove_from(groups: &[&str]) -> WireStep {
    WireStep::Remove(Removal::Members(WireMembers {
        group: names(groups),
        ..WireMembers::default()
    }))
}

fn add_users(users: &[&str]) -> WireStep {
    WireStep::Add(WireMembers { user: names(users), ..WireMembers::default() })
}

fn remove_users(users: &[&str]) -> WireStep {
    WireStep::Remove(Removal::Members(WireMembers { user: names(users), ..WireMembers::default() }))
}

fn of_profiles() -> WireMembers {
    WireMembers { product_configuration: names(&["Photoshop"]), ..WireMembers::default() }
}

fn create_group() -> WireStep {
    WireStep::CreateUserGroup(NewGroup { description: None, option: None })
}

fn to_new_email() -> Probe {
    Probe::Renamed {
        user: "old@x.com".to_owned(),
        domain: None,
        wanted: UserUpdate { email: Some("new@x.com".to_owned()), ..UserUpdate::default() },
    }
}

fn group_renamed() -> Probe {
    Probe::GroupRenamed { group: "Old".to_owned(), wanted: "New".to_owned() }
}

fn created(then: Vec<WireStep>) -> Probe {
    let (user, email) = ("ann@x.com".to_owned(), "ann@x.com".to_owned());
    Probe::Created { user, domain: None, email, then }
}

fn group_created(then: Vec<WireStep>) -> Probe {
    Probe::GroupCreated { group: "G".to_owned(), then }
}

fn state_of_ann(steps: Vec<WireStep>) -> Probe {
    Probe::UserState { user: "ann@x.com".to_owned(), domain: None, steps }
}

fn state_of_group(steps: Vec<WireStep>) -> Probe {
    Probe::GroupState { group: "G".to_owned(), steps }
}

#[tokio::test]
async fn the_user_before_a_rename_is_found_with_all_names() {
    let world = World::of(&[person("1", "old@x.com", &[])], &[]);
    let found = to_new_email().find(&world.client()).await.unwrap().unwrap();
    assert_eq!(found.identity.as_deref(), Some("id 1"));
    assert_eq!(found.keys(), [Key::user("old@x.com", None), Key::user("old@x.com", None)]);
    assert_eq!(to_new_email().find(&World::default().client()).await.unwrap(), None);
}

#[tokio::test]
async fn the_group_before_a_rename_is_found_by_its_name() {
    let found = group_renamed().find(&World::of(&[], &["Old"]).client()).await.unwrap().unwrap();
    assert!(found.identity.is_some() && found.names.is_empty());
    assert_eq!(group_renamed().find(&World::of(&[], &["New"]).client()).await.unwrap(), None);
}

#[tokio::test]
async fn a_command_that_renames_nobody_asks_nothing_beforehand() {
    let world = World::of(&[person("1", "ann@x.com", &[])], &["G"]);
    let questions = Arc::clone(&world.questions);
    let client = world.client();
    assert_eq!(state_of_ann(vec![add_to(&["G"])]).find(&client).await.unwrap(), None);
    assert_eq!(group_created(Vec::new()).find(&client).await.unwrap(), None);
    assert!(questions.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_rename_is_done_when_the_person_has_the_new_name() {
    let after = |id| World::of(&[person(id, "new@x.com", &[])], &[]);
    assert_eq!(after("1").asked(&to_new_email(), &identified("1")).await, Done);
    assert_eq!(after("2").asked(&to_new_email(), &identified("1")).await, NotDone);
    let both = World::of(&[person("1", "old@x.com", &[]), person("2", "new@x.com", &[])], &[]);
    assert_eq!(both.asked(&to_new_email(), &identified("1")).await, NotDone);
}

/// A username that is not an email address is asked for in the domain of the user, an email is not.
#[tokio::test]
async fn a_new_name_is_asked_for_where_it_will_be() {
    let renamed = |email: Option<&str>, username: Option<&str>| Probe::Renamed {
        user: "old".to_owned(),
        domain: Some("x.com".to_owned()),
        wanted: UserUpdate {
            email: email.map(ToOwned::to_owned),
            username: username.map(ToOwned::to_owned),
            ..UserUpdate::default()
        },
    };
    for (email, username, first) in [
        (None, Some("new"), "user new in x.com"),
        (Some("new@x.com"), None, "user new@x.com"),
        (None, Some("new@x.com"), "user new@x.com"),
        (Some("new@x.com"), Some("new"), "user new@x.com"),
    ] {
        let world = World::default();
        let questions = Arc::clone(&world.questions);
        assert_eq!(world.asked(&renamed(email, username), &identified("1")).await, NotDone);
        assert_eq!(*questions.lock().unwrap(), [first, "user old in x.com"]);
    }
}

/// An Adobe ID with the same email comes first in the response; the domain distinguishes them.
#[tokio::test]
async fn the_organizations_own_account_comes_before_an_adobe_id() {
    let found = async |user: &str, domain: Option<&str>, users: &[Value]| {
        let world = World::of(users, &[]);
        let questions = Arc::clone(&world.questions);
        let found = meant(&world.client(), user, domain).await.unwrap();
        let asked = questions.lock().unwrap().len();
        (found.and_then(|user| user.id), asked)
    };
    let (adobe, own) = (adobe_id("A", "ann@x.com"), person("1", "ann@x.com", &[]));
    let id = |id: &str| Some(id.to_owned());
    let both = [adobe.clone(), own.clone()];
    assert_eq!(found("ann@x.com", None, &both).await, (id("1"), 2));
    assert_eq!(found("ann@x.com", None, &[adobe]).await, (id("A"), 2));
    assert_eq!(found("ann@x.com", None, &[own]).await, (id("1"), 1));
    assert_eq!(found("ann@x.com", Some("AdobeID"), &both).await, (id("A"), 1));
    assert_eq!(found("ann@x.com", None, &[]).await, (None, 1));
}

#[tokio::test]
async fn a_created_user_is_told_from_one_who_was_there() {
    let probe = created(vec![add_to(&["G"])]);
    let world = |groups: &[&str]| World::of(&[person("1", "ann@x.com", groups)], &[]);
    assert_eq!(World::default().asked(&probe, &seen_absent()).await, NotDone);
    assert_eq!(world(&["G"]).asked(&probe, &seen_absent()).await, Done);
    assert_eq!(world(&[]).asked(&probe, &seen_absent()).await, OnlyCreated);
    for groups in [&["G"][..], &[]] {
        let result = world(groups).asked(&probe, &Evidence::default()).await;
        assert!(matches!(result, Unclear(_)), "{result:?}");
    }
}

#[tokio::test]
async fn a_group_rename_needs_a_group_that_was_there() {
    let world = |groups: &[&'static str]| World::of(&[], groups);
    let was =
        |identity: &str| Evidence { identity: Some(identity.to_owned()), ..Evidence::default() };
    let probe = group_renamed();
    assert_eq!(world(&["New"]).asked(&probe, &was("group")).await, Done);
    assert_eq!(world(&["New"]).asked(&probe, &was(NOBODY)).await, NotDone);
    let unknown = world(&["New"]).asked(&probe, &Evidence::default()).await;
    assert!(matches!(unknown, Unclear(_)), "{unknown:?}");
    for groups in [&["Old"][..], &["Old", "New"], &[]] {
        assert_eq!(world(groups).asked(&probe, &was("group")).await, NotDone, "{groups:?}");
    }
}

#[tokio::test]
async fn a_created_group_is_told_from_one_that_was_there() {
    let probe = group_created(vec![add_users(&["ann@x.com"])]);
    let world = |groups: &[&str]| World::of(&[person("1", "ann@x.com", groups)], &["G"]);
    let nothing = World::of(&[person("1", "ann@x.com", &[])], &[]);
    assert_eq!(nothing.asked(&probe, &seen_absent()).await, NotDone);
    assert_eq!(world(&["G"]).asked(&probe, &seen_absent()).await, Done);
    assert_eq!(world(&[]).asked(&probe, &seen_absent()).await, OnlyCreated);
    let unknown = world(&["G"]).asked(&probe, &Evidence::default()).await;
    assert!(matches!(unknown, Unclear(_)), "{unknown:?}");
}

#[tokio::test]
async fn a_deleted_group_is_gone() {
    let probe = Probe::GroupDeleted { group: "G".to_owned() };
    assert_eq!(World::of(&[], &["G"]).asked(&probe, &Evidence::default()).await, NotDone);
    assert_eq!(World::of(&[], &["H"]).asked(&probe, &Evidence::default()).await, Done);
}

#[tokio::test]
async fn the_state_of_a_user_shows_what_holds() {
    let world = |groups: &[&str]| World::of(&[person("1", "ann@x.com", groups)], &["G"]);
    let ask =
        async |world: World, steps| world.asked(&state_of_ann(steps), &Evidence::default()).await;
    assert_eq!(ask(world(&["G"]), vec![add_to(&["G"])]).await, Done);
    assert_eq!(ask(world(&[]), vec![add_to(&["G"])]).await, NotDone);
    assert_eq!(ask(World::default(), vec![add_to(&["G"])]).await, NobodyThere);
    let create = WireStep::CreateFederatedId(NewUser {
        email: "ann@x.com".to_owned(),
        option: Some(ExistsOption::Ignore),
        ..NewUser::default()
    });
    assert_eq!(ask(world(&[]), vec![create, add_to(&["G"])]).await, OnlyThere);
    let leave = || vec![WireStep::RemoveFromOrg { delete_account: false }];
    assert_eq!(ask(World::default(), leave()).await, Done);
    assert_eq!(ask(world(&[]), leave()).await, NotDone);
}

/// Nobody is in a group that does not exist: that the user is not in it proves no removal.
#[tokio::test]
async fn a_removal_is_done_only_from_a_group_that_is_there() {
    let ask = async |groups: &[&'static str], steps: Vec<WireStep>| {
        let world = World::of(&[person("1", "ann@x.com", &["H"])], groups);
        let questions = Arc::clone(&world.questions);
        let result = world.asked(&state_of_ann(steps), &Evidence::default()).await;
        let asked: Vec<String> = questions.lock().unwrap().iter().skip(1).cloned().collect();
        (result, asked)
    };
    let question = |name: &str| format!("group {name}");
    let steps = || vec![remove_from(&["G"])];
    assert_eq!(ask(&["G"], steps()).await, (Done, vec![question("G")]));
    assert_eq!(ask(&[], steps()).await, (NotDone, vec![question("G")]));
    // The user is in the group, so the group exists.
    let (removed_and_added, nothing) = (vec![remove_from(&["H"]), add_to(&["H"])], Vec::new());
    assert_eq!(ask(&[], removed_and_added).await, (Done, nothing.clone()));
    assert_eq!(
        ask(&[], vec![WireStep::Remove(Removal::All(All::All)), add_to(&["H"])]).await,
        (Done, nothing)
    );
    let many: Vec<String> = (0..30).map(|number| format!("g{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let (_, asked) = ask(&[], vec![remove_from(&many)]).await;
    assert_eq!(asked.len(), 1, "the first group that is not there decides");
}

#[tokio::test]
async fn the_members_of_a_group_are_asked_about_one_by_one() {
    let world = || {
        let users = [person("1", "ann@x.com", &["G"]), person("2", "bob@x.com", &[" g "])];
        World::of(&[&users[..], &[person("3", "cy@x.com", &["H"])]].concat(), &["G"])
    };
    let ask = async |steps| world().asked(&state_of_group(steps), &Evidence::default()).await;
    assert_eq!(ask(vec![add_users(&["ann@x.com", "bob@x.com"])]).await, Done);
    assert_eq!(ask(vec![add_users(&["ann@x.com", "cy@x.com"])]).await, NotDone);
    assert_eq!(ask(vec![add_users(&["dee@x.com"])]).await, NotDone);
    assert_eq!(ask(vec![remove_users(&["cy@x.com"])]).await, Done);
    let nobody = NobodyLeft(vec!["dee@x.com".to_owned()]);
    assert_eq!(ask(vec![remove_users(&["cy@x.com", "dee@x.com"])]).await, nobody);
    assert_eq!(ask(vec![remove_users(&["ann@x.com"])]).await, NotDone);
    assert_eq!(ask(vec![create_group(), add_users(&["cy@x.com"])]).await, OnlyThere);
    assert_eq!(ask(vec![create_group(), add_users(&["ann@x.com"])]).await, Done);
    let gone = World::of(&[person("1", "ann@x.com", &["G"])], &[]);
    let steps = vec![remove_users(&["dee@x.com"])];
    assert_eq!(gone.asked(&state_of_group(steps), &Evidence::default()).await, NotDone);
}

/// The API shows neither descriptions nor profiles of a group, and a large number of questions is
/// too many.
#[tokio::test]
async fn what_cannot_be_read_of_a_group_is_unclear() {
    let ask = async |steps: Vec<WireStep>| {
        let world = World::of(&[], &["G"]);
        let questions = Arc::clone(&world.questions);
        let result = world.asked(&state_of_group(steps), &Evidence::default()).await;
        let asked = questions.lock().unwrap().len();
        match result {
            Unclear(why) => {
                assert_eq!(asked, 0, "{why}");
                why
            }
            other => panic!("{other:?}"),
        }
    };
    let described =
        WireStep::UpdateUserGroup(GroupUpdate { name: None, description: Some("text".to_owned()) });
    assert!(ask(vec![described]).await.starts_with("the description of the group `G`"));
    for step in [WireStep::Add(of_profiles()), WireStep::Remove(Removal::Members(of_profiles()))] {
        assert!(ask(vec![step]).await.starts_with("the product profiles of the group `G`"));
    }
    let users: Vec<String> = (0..=MOST_MEMBERS).map(|number| format!("u{number}@x.com")).collect();
    let users: Vec<&str> = users.iter().map(String::as_str).collect();
    let (first, rest) = users.split_at(1);
    let why = ask(vec![add_users(first), remove_users(rest)]).await;
    assert!(why.starts_with("so many members of the group `G`"), "{why}");
    // With one member fewer, they are probed.
    let world = World::of(&[], &["G"]);
    let steps = vec![remove_users(&users[1..])];
    let result = world.asked(&state_of_group(steps), &Evidence::default()).await;
    assert!(matches!(&result, NobodyLeft(names) if names.len() == MOST_MEMBERS), "{result:?}");
}
