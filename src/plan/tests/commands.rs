//! Tests of the commands that rows become.

use super::*;
use crate::umapi::wire::{NewUser, Removal, Root, WireMembers, WireStep};

fn made(rows: &[Change<'static>]) -> Vec<PlannedCommand> {
    let rows: Vec<_> = rows.iter().enumerate().map(|(row, change)| (row as u32, change)).collect();
    commands(&rows)
}

/// Returns the steps of the only command, with their rows.
fn steps(rows: &[Change<'static>]) -> Vec<(WireStep, Vec<u32>)> {
    let mut all = made(rows);
    assert_eq!(all.len(), 1, "{all:?}");
    let steps = all.remove(0).steps.into_iter();
    steps.map(|traced_step| (traced_step.step, traced_step.rows)).collect()
}

fn root(user: &str, domain: Option<&str>) -> Root {
    Root::User { user: user.to_owned(), domain: domain.map(ToOwned::to_owned), use_adobe_id: false }
}

fn numbered(letter: char, numbers: std::ops::Range<usize>) -> Vec<Cow<'static, str>> {
    numbers.map(|number| Cow::Owned(format!("{letter}{number}"))).collect()
}

fn sizes(commands: &[PlannedCommand]) -> Vec<Vec<usize>> {
    let size = |step: &WireStep| match step {
        WireStep::Add(members) | WireStep::Remove(Removal::Members(members)) => {
            members.group.len() + members.user.len() + members.product_configuration.len()
        }
        _ => 0,
    };
    let steps = |command: &PlannedCommand| {
        command.steps.iter().map(|traced_step| size(&traced_step.step)).collect()
    };
    commands.iter().map(steps).collect()
}

#[test]
fn what_follows_a_rename_goes_to_the_new_name() {
    let renamed = |user: &str, domain: Option<&'static str>, update| {
        let change = UserChange {
            domain: domain.map(Into::into),
            update: Some(update),
            add: texts(&["G"]),
            ..super::user(user)
        };
        let commands = made(&[Change::User(change)]);
        assert_eq!(commands.len(), 2);
        assert_eq!(commands[0].root, root(user, domain));
        commands[1].root.clone()
    };
    let both = || UpdateUser { email: Some("b@x.com".into()), ..new_username("bob") };
    assert_eq!(renamed("ann@x.com", None, new_email("b@x.com")), root("b@x.com", None));
    assert_eq!(renamed("ann", Some("x.com"), both()), root("b@x.com", None));
    assert_eq!(renamed("ann", Some("x.com"), new_username("bob")), root("bob", Some("x.com")));
    assert_eq!(renamed("ann", Some("x.com"), new_username("bob@x.com")), root("bob@x.com", None));
    // A user who is identified by an email keeps it, whatever the username.
    assert_eq!(renamed("ann@x.com", None, new_username("bob")), root("ann@x.com", None));
    assert_eq!(renamed("ann@x.com", None, new_username("bob@x.com")), root("ann@x.com", None));
}

#[test]
fn a_step_carries_every_value_of_its_row() {
    let update = UpdateGroup { name: None, description: Some("text".into()) };
    let create = CreateGroup { description: Some("new".into()), if_exists: IfExists::Update };
    let both = GroupChange { create: Some(create), update: Some(update), ..group("G") };
    let json = serde_json::to_value(made(&[Change::Group(both)])[0].to_wire()).unwrap();
    let expected = serde_json::json!([
        {"createUserGroup": {"description": "new", "option": "updateIfAlreadyExists"}},
        {"updateUserGroup": {"description": "text"}},
    ]);
    assert_eq!(json["do"], expected);
    assert_eq!(json["usergroup"], "G");
    let option = |if_exists| {
        let json =
            serde_json::to_value(made(&[Change::User(created("a@x.com", if_exists))])[0].to_wire());
        json.unwrap()["do"][0]["createFederatedID"]["option"].clone()
    };
    assert_eq!(option(IfExists::Ignore), "ignoreIfAlreadyExists");
    assert_eq!(option(IfExists::Update), "updateIfAlreadyExists");
    assert!(option(IfExists::Error).is_null());
    let renamed = group_updated("G", UpdateGroup { name: Some("H".into()), description: None });
    let json = serde_json::to_value(made(&[renamed])[0].to_wire()).unwrap();
    assert_eq!(json["do"], serde_json::json!([{"updateUserGroup": {"name": "H"}}]));
}

#[test]
fn a_deletion_says_whether_the_account_goes() {
    for (leave, delete_account) in [(Leave::KeepAccount, false), (Leave::DeleteAccount, true)] {
        let expected = (WireStep::RemoveFromOrg { delete_account }, vec![0]);
        assert_eq!(steps(&[removal("a@x.com", leave)]), [expected]);
    }
}

#[test]
fn the_same_create_step_goes_once_for_all_its_rows() {
    let spelled = |email: &str| {
        let mut change = created("ann@x.com", IfExists::Ignore);
        change.create.as_mut().unwrap().email = email.to_owned().into();
        Change::User(change)
    };
    let steps_of = |rows: &[Change<'static>]| {
        steps(rows).into_iter().map(|(_, rows)| rows).collect::<Vec<_>>()
    };
    assert_eq!(steps_of(&[spelled("ann@x.com"), spelled("ANN@x.com")]), [[0, 1]]);
    let mut other = created("ann@x.com", IfExists::Ignore);
    other.create.as_mut().unwrap().firstname = Some("Bob".into());
    assert_eq!(steps_of(&[spelled("ann@x.com"), Change::User(other)]), [[0], [1]]);
    assert_eq!(steps_of(&[spelled("ann@x.com"), spelled("bob@x.com")]), [[0], [1]]);
    let mut enterprise = created("ann@x.com", IfExists::Ignore);
    enterprise.create.as_mut().unwrap().identity = IdentityType::Enterprise;
    assert_eq!(steps_of(&[spelled("ann@x.com"), Change::User(enterprise)]), [[0], [1]]);
    assert_eq!(steps_of(&[group_created("G"), group_created("G")]), [[0, 1]]);
    // The first spelling is sent.
    let first = steps(&[spelled("Ann@x.com"), spelled("ANN@x.com")]).remove(0).0;
    let WireStep::CreateFederatedId(NewUser { email, .. }) = first else { panic!("{first:?}") };
    assert_eq!(email, "Ann@x.com");
}

#[test]
fn lists_are_cut_after_ten_names_and_commands_after_ten_steps() {
    let adds =
        |number| Change::User(UserChange { add: numbered('G', 0..number), ..user("a@x.com") });
    assert_eq!(sizes(&made(&[adds(10)])), [vec![10]]);
    assert_eq!(sizes(&made(&[adds(11)])), [vec![10, 1]]);
    assert_eq!(sizes(&made(&[adds(100)])), [vec![10; 10]]);
    assert_eq!(sizes(&made(&[adds(112)])), [vec![10; 10], vec![10, 2]]);
    let with_create =
        UserChange { add: numbered('G', 0..95), ..created("a@x.com", IfExists::Ignore) };
    let mut first = vec![0];
    first.extend([10; 9]);
    assert_eq!(sizes(&made(&[Change::User(with_create)])), [first, vec![5]]);
    // All kinds of members of a group count together.
    let members = GroupChange {
        add_users: numbered('u', 0..6),
        add_profiles: numbered('p', 0..6),
        ..group("G")
    };
    assert_eq!(sizes(&made(&[Change::Group(members)])), [vec![10, 2]]);
    let groups = |name: &'static str| joining("a@x.com", &[name]);
    assert_eq!(sizes(&made(&[adds(9), groups("H1"), groups("H2")])), [vec![10, 1]]);
}

/// The API refuses a list with a name twice.
#[test]
fn a_name_stands_once_among_the_steps_of_a_kind() {
    let names = |rows: &[Change<'static>]| {
        let said = steps(rows).into_iter().map(|(step, rows)| match step {
            WireStep::Add(WireMembers { group, .. }) => (format!("+{}", group.join(" ")), rows),
            WireStep::Remove(Removal::Members(WireMembers { group, .. })) => {
                (format!("-{}", group.join(" ")), rows)
            }
            other => panic!("{other:?}"),
        });
        said.collect::<Vec<_>>()
    };
    let add = |groups: &[&str]| joining("a@x.com", groups);
    let remove = |groups: &[&str]| leaving("a@x.com", groups);
    let said = |text: &str, rows: &[u32]| (text.to_owned(), rows.to_vec());
    assert_eq!(names(&[add(&["G"]), add(&["g", "H"])]), [said("+G H", &[0, 1])]);
    assert_eq!(
        names(&[add(&["G"]), remove(&["G"]), add(&["G"])]),
        [said("+G", &[0]), said("-G", &[1]), said("+G", &[2])]
    );
    assert_eq!(
        names(&[add(&["G"]), remove(&["G"]), add(&["H", "G"])]),
        [said("+G", &[0]), said("-G", &[1]), said("+H G", &[2])]
    );
    // A row occurs once at a step, however many of its names the step has.
    assert_eq!(names(&[add(&["G", "H"])]), [said("+G H", &[0])]);
    let twelve = numbered('G', 0..12);
    let twelve: Vec<&str> = twelve.iter().map(AsRef::as_ref).collect();
    let all = names(&[add(&twelve), add(&["G0", "G11"])]);
    assert_eq!(all[0], said(&format!("+{}", twelve[..10].join(" ")), &[0, 1]));
    assert_eq!(all[1], said("+G10 G11", &[0, 1]));
}

#[test]
fn a_command_says_its_steps_in_words() {
    let words = |change| {
        let commands = made(&[change]);
        commands.iter().map(PlannedCommand::describe).collect::<Vec<_>>().join("; ")
    };
    let joins = UserChange { add: texts(&["G", "H"]), ..created("a@x.com", IfExists::Ignore) };
    assert_eq!(words(Change::User(joins)), "create, add 2 names");
    let moves = UserChange {
        add: texts(&["G"]),
        remove: Some(Memberships::Named(texts(&["H"]))),
        ..user("a@x.com")
    };
    assert_eq!(words(Change::User(moves)), "remove `H`, add `G`");
    assert_eq!(words(losing_all("a@x.com")), "remove all");
    assert_eq!(words(updated("a@x.com", first_name())), "update");
    let leaves = removal("a@x.com", Leave::KeepAccount);
    assert_eq!(words(leaves), "removal from the organization");
    assert_eq!(words(group_created("G")), "create");
    assert_eq!(words(group_updated("G", UpdateGroup::default())), "update");
    assert_eq!(words(group_deleted("G")), "delete");
    let users = GroupChange { add_users: texts(&["a@x.com"]), ..group("G") };
    assert_eq!(words(Change::Group(users)), "add `a@x.com`");
    let profiles = GroupChange { add_profiles: texts(&["P"]), ..group("G") };
    assert_eq!(words(Change::Group(profiles)), "add `P`");
}
