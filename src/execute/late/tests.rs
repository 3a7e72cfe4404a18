//! Tests of what runs that share their late effects tell each other.

use super::*;
use crate::plan::{PlannedCommand, TracedStep};
use crate::umapi::wire::{Root, UserUpdate, WireMembers, WireStep};

const WINDOW: Duration = Duration::from_secs(60);

fn run(shared: &LateEffects, run_id: &str, effect_window: Duration) -> RunEffects {
    let policy = Policy {
        concurrency: 4,
        max_attempts: 6,
        retry_wait: Duration::ZERO,
        max_errors: crate::execute::MaxErrors::Off,
        test_mode: false,
        check_groups: true,
        guard_administrators: false,
        verify_deletes: false,
        timeout: Duration::from_secs(180),
        effect_window,
        run_id: run_id.to_owned(),
    };
    RunEffects::new(shared, &policy)
}

fn command(root: Root, step: WireStep) -> Footprint {
    Footprint::of(&PlannedCommand { root, steps: vec![TracedStep { step, rows: vec![0] }] })
}

fn user(name: &str, domain: Option<&str>, step: WireStep) -> Footprint {
    command(
        Root::User {
            user: name.to_owned(),
            domain: domain.map(ToOwned::to_owned),
            use_adobe_id: false,
        },
        step,
    )
}

fn group(name: &str, step: WireStep) -> Footprint {
    command(Root::Group { usergroup: name.to_owned() }, step)
}

fn leave() -> WireStep {
    WireStep::RemoveFromOrg { delete_account: false }
}

fn add(group: &str) -> WireStep {
    WireStep::Add(WireMembers { group: vec![group.to_owned()], ..WireMembers::default() })
}

fn runs(shared: &LateEffects) -> [RunEffects; 2] {
    ["one", "two"].map(|id| run(shared, id, WINDOW))
}

fn meets(one: &Footprint, other: &Footprint) -> bool {
    let [first, second] = runs(&LateEffects::default());
    send(&first, 1, &[(&[0][..], one)]);
    second.collision(&[0], other, Waiter::New).is_some()
}

/// Opens a request with these commands and their rows, and says so.
fn send(run: &RunEffects, number: u32, commands: &[(&[u32], &Footprint)]) -> Option<Notice> {
    run.open(number, commands.iter().copied());
    run.sent(number, Moment::now(), commands.iter().map(|(_, footprint)| *footprint))
}

#[test]
fn commands_collide_where_one_changes_what_the_other_names() {
    let rename = WireStep::Update(UserUpdate {
        email: Some("new@x.com".to_owned()),
        ..UserUpdate::default()
    });
    assert!(meets(&user("ann@x.com", None, leave()), &user("Ann@x.com", None, add("A"))));
    assert!(!meets(&user("ann@x.com", None, add("A")), &user("bob@x.com", None, add("A"))));
    assert!(meets(&user("old@x.com", None, rename), &user("new@x.com", None, leave())));
    let (deletion, member) =
        (group("a", WireStep::DeleteUserGroup {}), user("ann@x.com", None, add("A")));
    assert!(meets(&deletion, &member) && meets(&member, &deletion));
}

#[test]
fn username_in_a_groups_list_is_anybody_who_is_called_so() {
    let members = group(
        "G",
        WireStep::Add(WireMembers { user: vec!["ann".to_owned()], ..WireMembers::default() }),
    );
    for domain in ["x.com", "y.com"] {
        let ann = user("ann", Some(domain), leave());
        assert!(meets(&members, &ann) && meets(&ann, &members));
    }
    assert!(!meets(&user("ann", Some("x.com"), leave()), &user("ann", Some("y.com"), leave())));
}

#[tokio::test(start_paused = true)]
async fn uncertain_command_holds_others_back_for_the_window() {
    let [one, two] = runs(&LateEffects::default());
    let ann = user("ann@x.com", None, leave());
    send(&one, 1, &[(&[4][..], &ann), (&[5][..], &user("bob@x.com", None, leave()))]);
    assert_eq!(two.collision(&[4], &ann, Waiter::New), Some(Collision::InFlight));
    one.uncertain(1, &[4]);
    one.answered(1);
    assert_eq!(
        two.collision(&[4], &ann, Waiter::New),
        Some(Collision::OthersEffect(Instant::now() + WINDOW))
    );
    assert_eq!(two.collision(&[4], &user("bob@x.com", None, leave()), Waiter::New), None);
    assert_eq!(
        one.collision(&[7], &ann, Waiter::New),
        None,
        "its own rows wait for one another by the plan"
    );
    tokio::time::advance(WINDOW).await;
    assert_eq!(two.collision(&[4], &ann, Waiter::New), None);
}

#[test]
fn name_that_the_server_told_ties_rows_of_one_run() {
    let [run, _] = runs(&LateEffects::default());
    let mut ann = user("ann", Some("x.com"), leave());
    ann.learns(&[Key::user("a@x.com", None)]);
    send(&run, 1, &[(&[0][..], &ann)]);
    assert_eq!(
        run.collision(&[1], &user("a@x.com", None, add("G")), Waiter::New),
        Some(Collision::InFlight)
    );
    assert_eq!(run.collision(&[0], &ann, Waiter::New), None, "a command does not wait for itself");
    assert_eq!(run.collision(&[1], &user("b@x.com", None, add("G")), Waiter::New), None);
    run.answered(1);
    assert_eq!(run.collision(&[1], &user("a@x.com", None, add("G")), Waiter::New), None);
}

/// Two processes with their own memory, which share the folder.
fn processes(folder: &Path) -> [RunEffects; 2] {
    ["one", "two"].map(|id| run(&LateEffects::in_folder(folder, "1@AdobeOrg", "host"), id, WINDOW))
}

#[test]
fn another_process_knows_what_was_in_flight_and_what_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let [one, two] = processes(folder.path());
    let (ann, bob) = (user("ann@x.com", None, leave()), user("bob@x.com", None, leave()));
    send(&one, 1, &[(&[0][..], &ann), (&[1][..], &bob)]).unwrap().write();
    two.refresh();
    assert!(matches!(two.collision(&[0], &ann, Waiter::New), Some(Collision::OthersEffect(_))));
    one.uncertain(1, &[1]);
    one.answered(1).unwrap().write();
    two.refresh();
    assert!(
        two.collision(&[0], &ann, Waiter::New).is_none()
            && two.collision(&[0], &bob, Waiter::New).is_some()
    );
    one.done(1, &[1]).unwrap().write();
    two.refresh();
    assert!(two.collision(&[0], &bob, Waiter::New).is_none());
    // A resumed run recognizes its own requests from its journal.
    let again = run(&LateEffects::in_folder(folder.path(), "1@AdobeOrg", "host"), "one", WINDOW);
    send(&one, 2, &[(&[0][..], &ann)]).unwrap().write();
    again.refresh();
    assert!(again.collision(&[0], &ann, Waiter::New).is_none());
}

#[tokio::test(start_paused = true)]
async fn open_command_of_a_living_process_holds_others_longer() {
    let _clock = crate::clock::simulated::begin();
    let folder = tempfile::tempdir().unwrap();
    let [one, two] = processes(folder.path());
    let ann = user("ann@x.com", None, leave());
    send(&one, 1, &[(&[0][..], &ann)]).unwrap().write();
    one.uncertain(1, &[0]);
    one.answered(1).unwrap().write();
    assert!(one.hold(|_| true).is_none(), "the window holds others for a long time yet");
    let waits = |waiter| {
        two.refresh();
        two.collision(&[0], &ann, waiter).is_some()
    };
    tokio::time::advance(WINDOW - Duration::from_secs(1)).await;
    one.hold(|rows| rows == [0]).unwrap().write();
    assert!(one.hold(|_| true).is_none(), "it was said just now");
    for _ in 0..3 {
        tokio::time::advance(Duration::from_secs(2)).await;
        assert!(waits(Waiter::New) && !waits(Waiter::Uncertain));
        one.hold(|_| true).unwrap().write();
    }
    assert!(waits(Waiter::New));
    one.hold(|_| false).unwrap().write();
    assert!(!waits(Waiter::New) && one.hold(|_| false).is_none());
    // It is killed.
    one.hold(|_| true).unwrap().write();
    assert!(waits(Waiter::New));
    tokio::time::advance(HOLD).await;
    assert!(!waits(Waiter::New));
}

#[test]
fn groups_that_another_process_may_remove_are_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let [one, mut two] = processes(folder.path());
    let deletion = group("G", WireStep::DeleteUserGroup {});
    let members = group(
        "H",
        WireStep::Add(WireMembers { user: vec!["a@x.com".to_owned()], ..WireMembers::default() }),
    );
    send(&one, 1, &[(&[0][..], &deletion), (&[1][..], &members)]).unwrap().write();
    two.refresh();
    assert_eq!(two.new_uncertain_groups(), [Key::group("g")]);
    assert_eq!(two.new_uncertain_groups(), []);
}

#[test]
fn names_that_others_have_changed_meanwhile_are_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let [one, mut two] = processes(folder.path());
    let send = |request, name| {
        let command = user(name, None, leave());
        send(&one, request, &[(&[0][..], &command)]).unwrap().write();
        one.answered(request).unwrap().write();
    };
    send(1, "ann@x.com");
    two.refresh();
    assert_eq!(two.newly_changed(), [], "it was over before anything was asked");
    send(2, "bob@x.com");
    two.refresh();
    assert!(two.newly_changed().contains(&Key::user("bob@x.com", None)));
    assert_eq!(two.newly_changed(), []);
}

#[test]
fn open_names_are_those_of_others_until_their_time() {
    let folder = tempfile::tempdir().unwrap();
    let [one, two] = processes(folder.path());
    assert!(two.shared.open_names(WINDOW).is_empty());
    let ann = user("ann@x.com", None, leave());
    send(&one, 1, &[(&[0][..], &ann)]).unwrap().write();
    let open = two.shared.open_names(WINDOW);
    assert!(open.until(Key::user("ann@x.com", None)).is_some());
    assert!(open.until(Key::user("bob@x.com", None)).is_none());
    one.answered(1).unwrap().write();
    assert!(two.shared.open_names(WINDOW).is_empty());
}

#[test]
fn clock_that_was_set_back_makes_no_wait_longer_than_the_window() {
    let folder = tempfile::tempdir().unwrap();
    let [one, two] = processes(folder.path());
    let ann = user("ann@x.com", None, leave());
    let ahead = Moment::now().plus(864_000_000);
    let sending = SentEffect { run: one.run, request: 1, place: 0 };
    Notice { effects: one.shared.clone(), lines: vec![EffectLine::new(sending, ahead, 0, &ann)] }
        .write();
    two.refresh();
    let Some(Collision::OthersEffect(until)) = two.collision(&[0], &ann, Waiter::New) else {
        panic!()
    };
    assert!(until <= Instant::now() + WINDOW);
}

#[test]
fn zero_window_writes_and_reads_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let shared = LateEffects::in_folder(folder.path(), "1@AdobeOrg", "host");
    let run = run(&shared, "one", Duration::ZERO);
    assert!(send(&run, 1, &[(&[0][..], &user("ann@x.com", None, leave()))]).is_none());
    assert!(run.answered(1).is_none());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// The names that a run gives are told to others even if no effect is late.
#[test]
fn names_given_by_other_commands_are_known_without_a_window() {
    let folder = tempfile::tempdir().unwrap();
    let start = |id| {
        let shared = LateEffects::in_folder(folder.path(), "1@AdobeOrg", "host");
        run(&shared, id, Duration::ZERO)
    };
    let (one, mut two, again) = (start("one"), start("two"), start("one"));
    [&two, &again].into_iter().for_each(RunEffects::refresh);
    let rename = WireStep::Update(UserUpdate {
        email: Some("new@x.com".to_owned()),
        ..UserUpdate::default()
    });
    let renamed = user("old@x.com", None, rename);
    send(&one, 1, &[(&[0][..], &renamed)]).unwrap().write();
    one.answered(1).unwrap().write();
    assert!(send(&one, 2, &[(&[1][..], &user("ann@x.com", None, leave()))]).is_none());
    assert!(one.answered(2).is_none());
    [&two, &again].into_iter().for_each(RunEffects::refresh);
    let [old, new] = ["old@x.com", "New@x.com"].map(|name| Key::user(name, None));
    assert!(two.is_given_by_others(new) && !two.is_given_by_others(old));
    assert_eq!(two.newly_changed(), [new]);
    assert_eq!(two.collision(&[0], &renamed, Waiter::New), None);
    assert!(!again.is_given_by_others(new), "it is another start of the same run");
}

/// A request of commands of groups has as many work items as memberships. The eleventh was in
/// flight for ever, and its late effect was not known.
#[test]
fn request_with_many_work_items_is_over_for_each() {
    let names: Vec<String> = (0..25).map(|number| format!("u{number}@x.com")).collect();
    let commands: Vec<Footprint> = names.iter().map(|name| user(name, None, add("A"))).collect();
    let rows: Vec<[u32; 1]> = (0..25).map(|row| [row]).collect();
    let sent: Vec<(&[u32], &Footprint)> =
        rows.iter().map(<[u32; 1]>::as_slice).zip(&commands).collect();
    let [first, second] = runs(&LateEffects::default());
    let collides = |row: usize| second.collision(&[0], &commands[row], Waiter::New);
    send(&first, 1, &sent);
    first.answered(1);
    assert!((0..25).all(|row| collides(row).is_none()));
    send(&first, 2, &sent);
    first.uncertain(2, &rows[20]);
    first.answered(2);
    assert!(matches!(collides(20), Some(Collision::OthersEffect(_))));
    first.done(2, &rows[20]);
    assert_eq!(collides(20), None);
}
