use super::probed::MOST_PROBES;
use super::*;
use crate::change::{EffectPart, RowEffect};
use crate::execute::outcomes::Reason;
use crate::execute::policy::MaxErrors;
use crate::execute::probe::ProbeResult;
use crate::plan::{CreateStep, Expected, NamesSince, PlannedCommand, TracedStep, WorkItem};
use crate::umapi::ApiError;
use crate::umapi::wire::{ExistsOption, NewUser, Removal, Root, UserUpdate, WireMembers, WireStep};
use std::time::Duration;

const TRANSIENT: &str = "error.internal.x";

fn policy() -> Policy {
    Policy {
        concurrency: 4,
        max_attempts: 3,
        retry_wait: Duration::ZERO,
        max_errors: MaxErrors::Off,
        test_mode: false,
        check_groups: true,
        guard_administrators: false,
        verify_deletes: false,
        timeout: Duration::from_secs(180),
        effect_window: Duration::from_secs(180),
        run_id: String::new(),
    }
}

fn groups(names: &[&str]) -> WireMembers {
    let group = names.iter().map(|name| (*name).to_owned()).collect();
    WireMembers { group, ..WireMembers::default() }
}

fn create(option: Option<ExistsOption>) -> WireStep {
    WireStep::CreateFederatedId(NewUser { option, ..NewUser::default() })
}

fn rename() -> WireStep {
    let email = Some("b@x.com".to_owned());
    WireStep::Update(UserUpdate { email, ..UserUpdate::default() })
}

fn leave() -> WireStep {
    WireStep::RemoveFromOrg { delete_account: false }
}

/// Returns a command of row 0 about one user, sent once.
fn command(steps: Vec<WireStep>) -> ReadyCommand {
    command_of(&[0], steps)
}

fn command_of(rows: &[u32], steps: Vec<WireStep>) -> ReadyCommand {
    let root = Root::User { user: "a@x.com".to_owned(), domain: None, use_adobe_id: false };
    let steps = steps.into_iter().map(|step| TracedStep { step, rows: rows.to_vec() }).collect();
    let command = PlannedCommand { root, steps };
    let effect = RowEffect::NONE.with(EffectPart::CreatedOrExists);
    let (remark, created_as) = (String::new(), None);
    let expected = Expected { row: rows[0], effect, remark, not_there: false, created_as };
    let item = WorkItem {
        rows: rows.to_vec(),
        attempts: 1,
        sent: 1,
        expected: vec![expected],
        ..WorkItem::default()
    };
    ReadyCommand::only(item, command)
}

fn refusal(step: Option<usize>, code: &str) -> StepRefusal {
    StepRefusal { step, code: code.to_owned(), message: "no".to_owned() }
}

fn after(prepared: &ReadyCommand, result: CommandResult, company: Company) -> Decision {
    decide(prepared, CommandResponse::Result(result, company), &policy())
}

fn refused(prepared: &ReadyCommand, refusal: StepRefusal) -> Decision {
    decide(prepared, CommandResponse::Refused(refusal, RefusedFor::TheRow), &policy())
}

fn silence(reach: Reach, in_a_row: u32, rows_left: u64) -> Silence {
    Silence {
        cause: "HTTP 504".to_owned(),
        reach,
        patience: 3,
        in_a_row,
        is_partial_outage: false,
        rows_left,
    }
}

fn silent(prepared: &ReadyCommand, silence: Silence, company: Company) -> Decision {
    decide(prepared, CommandResponse::Silence(silence, company), &policy())
}

fn question(otherwise: Otherwise) -> PendingProbe {
    PendingProbe { why: "HTTP 504".to_owned(), otherwise }
}

fn again() -> PendingProbe {
    question(Otherwise::SendAgain)
}

fn reason(code: &str, message: &str) -> Reason {
    Reason { code: code.to_owned(), message: message.to_owned() }
}

fn probed(prepared: &ReadyCommand, question: PendingProbe, result: ProbeResult) -> Decision {
    let response = CommandResponse::Probed(question, Ok(result), ProbeMoment::AfterWindow);
    decide(prepared, response, &policy())
}

fn why() -> String {
    "error.internal.x: no".to_owned()
}

/// Returns the code of the reason with which a command fails, or with which it is probed first.
fn code(next: &Decision) -> Option<&str> {
    match &next.then {
        Then::Fail(reason)
        | Then::GiveUp(reason)
        | Then::Suspect(reason, _)
        | Then::Probe(PendingProbe {
            otherwise: Otherwise::Fail(reason) | Otherwise::FailAnyway(reason),
            ..
        }) => Some(&reason.code),
        _ => None,
    }
}

fn message(next: &Decision) -> &str {
    match &next.then {
        Then::Fail(reason)
        | Then::GiveUp(reason)
        | Then::Suspect(reason, _)
        | Then::Probe(PendingProbe {
            otherwise: Otherwise::Fail(reason) | Otherwise::FailAnyway(reason),
            ..
        }) => &reason.message,
        then => panic!("{then:?}"),
    }
}

#[test]
fn clear_results_are_applied_as_they_are() {
    let prepared = command(vec![leave()]);
    let then = |result| after(&prepared, result, Company::Together);
    let members = refusal(Some(0), "error.usergroup.user_list.invalid");
    for (result, expected) in [
        (CommandResult::Done { remarks: "r".to_owned() }, Then::Finish("r".to_owned())),
        (CommandResult::AlreadyExists, Then::SendTheRest),
        (CommandResult::StepAlreadyDone(1), Then::SkipStep(1)),
        (CommandResult::ChangedNobody(members.clone()), Then::AskMembers(members)),
    ] {
        assert_eq!(then(result), expected.at_once());
    }
}

#[test]
fn transient_refusal_is_repeated_where_that_is_harmless() {
    let transient = || CommandResult::Transient(refusal(Some(0), TRANSIENT));
    let uncertain = || vec![Learned::Uncertain(why())];
    let harmless = command(vec![leave()]);
    assert_eq!(
        after(&harmless, transient(), Company::Together),
        Then::SendAgain(Turn::AfterWait).after(uncertain())
    );
    for step in [rename(), create(None)] {
        assert_eq!(
            after(&command(vec![step]), transient(), Company::Together),
            ask(why(), Otherwise::SendAgain).after(uncertain())
        );
    }
}

#[test]
fn transient_refusal_behind_the_create_step_repeats_the_rest() {
    let prepared = command(vec![create(None), WireStep::Add(groups(&["G"]))]);
    let next =
        after(&prepared, CommandResult::Transient(refusal(Some(1), TRANSIENT)), Company::Together);
    let learned = vec![Learned::Uncertain(why()), Learned::CreateIsDone];
    assert_eq!(next, Then::SendAgain(Turn::AfterWait).after(learned));
    // For rows that share a command, it is unknown whose create step it was.
    let two = command_of(&[0, 1], vec![create(None), WireStep::Add(groups(&["G"]))]);
    let next =
        after(&two, CommandResult::Transient(refusal(Some(1), TRANSIENT)), Company::Together);
    assert_eq!(next.learned, [Learned::Uncertain(why())]);
}

#[test]
fn transient_refusal_of_the_last_attempt_is_probed_before_it_fails() {
    let mut prepared = command(vec![leave()]);
    prepared.item.attempts = 3;
    let next =
        after(&prepared, CommandResult::Transient(refusal(Some(0), TRANSIENT)), Company::Alone);
    assert_eq!(
        next.learned,
        [Learned::Uncertain(why()), Learned::StillUncertain, Learned::Progress]
    );
    assert_eq!(code(&next), Some(TRANSIENT));
    assert!(message(&next).contains("the server failed at each of 3 attempts"), "{next:?}");
    let mut two = command_of(&[0, 1], vec![WireStep::Add(groups(&["G"]))]);
    two.item.attempts = 3;
    let next = after(&two, CommandResult::Transient(refusal(Some(0), TRANSIENT)), Company::Alone);
    assert_eq!(next.then, Then::Split(vec![vec![0], vec![1]]));
}

#[test]
fn disputed_refusal_is_uncertain_and_probed() {
    let prepared = command(vec![leave()]);
    let next =
        after(&prepared, CommandResult::Disputed(refusal(None, "error.user.x")), Company::Alone);
    let learned = [
        Learned::Uncertain("error.user.x: no".to_owned()),
        Learned::StillUncertain,
        Learned::Progress,
    ];
    assert_eq!((next.learned.as_slice(), code(&next)), (&learned[..], Some("error.user.x")));
    assert!(matches!(next.then, Then::Probe(_)));
}

#[test]
fn contradictory_answer_is_repeated_alone_or_probed() {
    let words = "the response contradicts itself".to_owned();
    let uncertain = || vec![Learned::Uncertain(words.clone())];
    let mut harmless = command(vec![leave()]);
    let ambiguous = || CommandResult::Ambiguous;
    for (company, turn) in [(Company::Alone, Turn::AfterWait), (Company::Together, Turn::Alone)] {
        let next = after(&harmless, ambiguous(), company);
        assert_eq!(next, Then::SendAgain(turn).after(uncertain()));
    }
    let next = after(&command(vec![rename()]), ambiguous(), Company::Together);
    assert_eq!(next, ask(words.clone(), Otherwise::SendAgain).after(uncertain()));
    harmless.item.attempts = 3;
    let next = after(&harmless, ambiguous(), Company::Together);
    assert_eq!((next.learned.as_slice(), code(&next)), (&uncertain()[..], Some("error.no_answer")));
}

#[test]
fn refused_row_fails_and_rows_together_go_apart() {
    let prepared = command(vec![rename()]);
    let said = refusal(Some(0), "error.user.email_exists");
    let next = after(&prepared, CommandResult::Refused(said.clone()), Company::Together);
    assert_eq!(next.learned, [Learned::Groups(said.clone()), Learned::DidNothing]);
    assert_eq!(code(&next), Some("error.user.email_exists"));
    assert!(matches!(next.then, Then::Fail(_)));
    let two = command_of(&[0, 1], vec![WireStep::Add(groups(&["G"]))]);
    let next = refused(&two, said.clone());
    assert_eq!(next, Then::Split(vec![vec![0], vec![1]]).after(vec![Learned::Groups(said)]));
}

#[test]
fn row_has_done_nothing_only_if_the_response_shows_it() {
    let learns = |steps, step, code: &str| {
        let next = refused(&command(steps), refusal(step, code));
        assert!(matches!(next.then, Then::Fail(_)), "{next:?}");
        next.learned.contains(&Learned::DidNothing)
    };
    let steps = || vec![create(None), rename()];
    assert!(learns(steps(), Some(0), "error.user.x"));
    assert!(learns(steps(), None, "error.command.x"), "nothing is carried out before the check");
    assert!(learns(vec![rename()], None, "error.user.x"), "there is one step");
    assert!(!learns(steps(), None, "error.user.x"), "the server does not say which step");
    assert!(!learns(steps(), Some(1), "error.user.x"));
}

/// What was sent before, with other rows or in an earlier process, may have been carried out.
#[test]
fn row_has_done_nothing_only_if_no_other_request_had_it() {
    let learns = |change: fn(&mut WorkItem)| {
        let mut prepared = command(vec![rename()]);
        change(&mut prepared.item);
        let next = refused(&prepared, refusal(Some(0), "error.user.x"));
        next.learned.contains(&Learned::DidNothing)
    };
    assert!(learns(|_| ()));
    assert!(!learns(|item| item.sent_together = 1));
    assert!(!learns(|item| item.late_sendings = 1));
    assert!(!learns(|item| item.part = 1));
    assert!(!learns(|item| item.halfway.achieved.push("joined".to_owned())));
}

#[test]
fn steps_before_the_refused_one_are_done() {
    let prepared = command(vec![create(None), rename()]);
    let said = refusal(Some(1), "error.user.x");
    let next = refused(&prepared, said.clone());
    let created = RowEffect::NONE.with(EffectPart::CreatedOrExists);
    assert_eq!(next.learned, [Learned::Groups(said), Learned::Done(created)]);
    assert!(message(&next).contains("; the user now exists"), "{next:?}");
    let mut later = command(vec![WireStep::Add(groups(&["G"]))]);
    later.item.halfway.done = created;
    let next = refused(&later, refusal(Some(0), "error.user.x"));
    assert!(message(&next).contains("; the user now exists"), "by an earlier part: {next:?}");
}

#[test]
fn refusal_without_a_step_asks_to_check_unless_a_probe_follows() {
    let mut prepared = command(vec![create(None), rename()]);
    let words = "does not say whether the user was created";
    assert!(message(&refused(&prepared, refusal(None, "error.user.x"))).contains(words));
    let test_mode = Policy { test_mode: true, ..policy() };
    let response = CommandResponse::Refused(refusal(None, "error.user.x"), RefusedFor::TheRow);
    assert!(!message(&decide(&prepared, response, &test_mode)).contains(words));
    prepared.item.was_uncertain = true;
    let next = refused(&prepared, refusal(None, "error.user.x"));
    assert!(matches!(next.then, Then::Probe(_)) && !message(&next).contains(words), "{next:?}");
    let only_group = command(vec![WireStep::Add(groups(&["G"])), rename()]);
    assert!(!message(&refused(&only_group, refusal(None, "error.user.x"))).contains(words));
}

#[test]
fn uncertain_refusal_keeps_the_create_step_done() {
    let mut prepared = command(vec![create(None), rename()]);
    prepared.item.was_uncertain = true;
    let said = refusal(Some(1), "error.user.x");
    let next = refused(&prepared, said.clone());
    let created = RowEffect::NONE.with(EffectPart::CreatedOrExists);
    assert_eq!(
        next.learned,
        [
            Learned::Groups(said),
            Learned::StillUncertain,
            Learned::CreateIsDone,
            Learned::Done(created)
        ]
    );
}

#[test]
fn refused_group_does_not_take_the_others_with_it() {
    let group = refusal(Some(0), "error.group.not_found");
    let learned = || vec![Learned::Groups(group.clone())];
    let two = command(vec![WireStep::Add(groups(&["A", "B"]))]);
    let next = refused(&two, group.clone());
    assert_eq!(next, Then::SendOneByOne(group.clone()).after(learned()));
    let mut one = command(vec![WireStep::Add(groups(&["A"]))]);
    assert_eq!(code(&refused(&one, group.clone())), Some("error.group.not_found"));
    one.item.halfway.one_by_one = true;
    assert_eq!(refused(&one, group.clone()).then, Then::SendOneByOne(group.clone()));
    // Only if the group is refused, at a step that the server names.
    for other in [refusal(Some(0), "error.user.x"), refusal(None, "error.group.not_found")] {
        assert!(matches!(refused(&two, other).then, Then::Fail(_)));
    }
    let response = CommandResponse::Refused(group.clone(), RefusedFor::TheServer);
    assert!(matches!(decide(&two, response, &policy()).then, Then::Fail(_)));
}

#[test]
fn refused_user_does_not_take_the_others_of_a_group_with_them() {
    let of_group = |users: &[&str]| {
        let root = Root::Group { usergroup: "G".to_owned() };
        let user = users.iter().map(|user| (*user).to_owned()).collect();
        let step = WireStep::Add(WireMembers { user, ..WireMembers::default() });
        let mut prepared = command(vec![step]);
        prepared.command.root = root;
        prepared
    };
    let named = |code: &str| StepRefusal {
        step: Some(0),
        code: code.to_owned(),
        message: "User Id does not exist: Ann@x.com".to_owned(),
    };
    let unknown = named("error.user.nonexistent");
    let next = refused(&of_group(&["bob@x.com", "ann@x.com"]), unknown.clone());
    assert_eq!(next.then, Then::SendWithoutUsers(unknown.clone()));
    let mut last = of_group(&["ann@x.com"]);
    assert!(matches!(refused(&last, unknown.clone()).then, Then::Fail(_)), "there is nobody else");
    last.item.halfway.left_out = vec!["bob@x.com".to_owned()];
    assert_eq!(refused(&last, unknown.clone()).then, Then::SendWithoutUsers(unknown));
    // Not after internal errors: then the server's words are no reason.
    let response = CommandResponse::Refused(named("error.user.nonexistent"), RefusedFor::TheServer);
    let next = decide(&of_group(&["bob@x.com", "ann@x.com"]), response, &policy());
    assert!(matches!(next.then, Then::Fail(_)), "{next:?}");
    // Only a user whom the message names, and not the group.
    let two = || of_group(&["bob@x.com", "joann@x.com"]);
    assert!(matches!(refused(&two(), named("error.user.nonexistent")).then, Then::Fail(_)));
    let group = named("error.usergroup.not_found");
    let both = of_group(&["bob@x.com", "ann@x.com"]);
    assert!(matches!(refused(&both, group).then, Then::Fail(_)));
}

#[test]
fn command_of_a_group_that_is_too_long_goes_again_with_fewer_memberships() {
    let adding = |count: usize| {
        let user = (0..count).map(|number| format!("u{number}@x.com")).collect();
        WireStep::Add(WireMembers { user, ..WireMembers::default() })
    };
    let of_group = |rows: &[u32], steps: Vec<WireStep>| {
        let mut prepared = command_of(rows, steps);
        prepared.command.root = Root::Group { usergroup: "G".to_owned() };
        prepared
    };
    let too_long = |step| refusal(step, "error.command.add_remove.list_too_long");
    let narrow = Then::SendAgain(Turn::AtOnce).after(vec![Learned::GroupsAreNarrow]);
    for rows in [&[0][..], &[0, 1]] {
        let wide = of_group(rows, vec![adding(10), adding(1)]);
        assert_eq!(refused(&wide, too_long(None)), narrow);
    }
    // Fewer than ten are no reason, and lists of users' groups stay as they are.
    let short = of_group(&[0], vec![adding(10)]);
    assert!(matches!(refused(&short, too_long(Some(0))).then, Then::Fail(_)));
    let of_user = command(vec![WireStep::Add(groups(&["A"])), WireStep::Add(groups(&["B"]))]);
    assert!(!matches!(refused(&of_user, too_long(Some(0))).then, Then::SendAgain(_)));
}

#[test]
fn removal_refused_for_a_stranger_is_not_there() {
    let prepared = command(vec![leave()]);
    let unknown = |step| refusal(step, "error.user.nonexistent");
    for step in [Some(0), None] {
        let next = refused(&prepared, unknown(step));
        let Then::NotThere(words) = &next.then else { panic!("{next:?}") };
        assert_eq!(words, "error.user.nonexistent: the server does not know");
    }
    let also = command(vec![WireStep::Remove(Removal::Members(groups(&["G"]))), rename()]);
    let next = refused(&also, unknown(Some(0)));
    assert!(matches!(next.then, Then::Fail(_)));
    assert_eq!(next.learned.last(), Some(&Learned::NobodyHasThisName), "later rows rely on it");
    let behind = command(vec![WireStep::Remove(Removal::Members(groups(&["G"]))), leave()]);
    assert!(matches!(refused(&behind, unknown(Some(1))).then, Then::Fail(_)));
}

#[test]
fn silence_is_repeated_within_patience() {
    let uncertain = || vec![Learned::Uncertain("HTTP 504".to_owned())];
    let (harmless, harmful) = (command(vec![leave()]), command(vec![rename()]));
    let lost = || silence(Reach::Perhaps, 1, 50);
    let next = silent(&harmless, lost(), Company::Together);
    assert_eq!(next, Then::SendAgain(Turn::AfterWait).after(uncertain()));
    let next = silent(&harmful, lost(), Company::Together);
    assert_eq!(next, Then::Probe(again()).after(uncertain()));
    // A request that never reached the server is not uncertain, unless an earlier one is.
    let next = silent(&harmful, silence(Reach::Nowhere, 1, 50), Company::Together);
    assert_eq!(next, Then::SendAgain(Turn::AfterWait).at_once());
    let mut earlier = harmful;
    earlier.item.uncertain = true;
    let next = silent(&earlier, silence(Reach::Nowhere, 1, 50), Company::Together);
    assert_eq!(next, Then::Probe(again()).at_once());
}

#[test]
fn silence_without_patience_left_stops_or_finds_the_row() {
    let mut prepared = command(vec![leave()]);
    prepared.item.attempts = 3;
    let then =
        |reach, in_a_row, rows, company| silent(&prepared, silence(reach, in_a_row, rows), company);
    let (alone, together) = (Company::Alone, Company::Together);
    let last = then(Reach::Perhaps, 3, 10, alone);
    assert!(matches!(&last.then, Then::Suspect(_, cause) if cause == "HTTP 504"), "{last:?}");
    for next in [
        then(Reach::Perhaps, 3, 11, alone),
        then(Reach::Perhaps, 3, 10, together),
        then(Reach::Nowhere, 3, 10, alone),
    ] {
        let words = "the server gives no usable response (HTTP 504), after 3 attempts";
        assert_eq!(next.then, Then::StopRun(words.to_owned()));
    }
    assert_eq!(then(Reach::Perhaps, 2, 50, together).then, Then::SendAgain(Turn::Alone));
    let next = then(Reach::Perhaps, 2, 50, alone);
    assert!(matches!(next.then, Then::Probe(_)), "{next:?}");
    assert!(message(&next).contains("no clear response (HTTP 504) in 3 attempts"), "{next:?}");
    let partial = Silence { is_partial_outage: true, ..silence(Reach::Perhaps, 1, 50) };
    let next = silent(&prepared, partial, alone);
    assert!(matches!(next.then, Then::StopRun(_)), "others are answered, rows are not: {next:?}");
    let next = then(Reach::Nowhere, 2, 50, alone);
    assert!(matches!(next.then, Then::Fail(_)), "{next:?}");
    assert_eq!(message(&next), "the row never reached the server (HTTP 504), in 3 attempts");
}

#[test]
fn probe_within_the_window_proves_only_what_is_done() {
    let prepared = command(vec![leave()]);
    let at = |result, moment| {
        decide(&prepared, CommandResponse::Probed(again(), Ok(result), moment), &policy())
    };
    for (result, learned) in [
        (ProbeResult::NotDone, vec![Learned::SeenAbsent]),
        (ProbeResult::NobodyThere, vec![Learned::SeenAbsent]),
        (ProbeResult::OnlyThere, vec![Learned::SeenAbsent]),
        (ProbeResult::OnlyCreated, Vec::new()),
    ] {
        let next = at(result.clone(), ProbeMoment::WithinWindow);
        assert_eq!((next.learned.as_slice(), next.then), (&learned[..], Then::Probe(again())));
        let next = at(result, ProbeMoment::WithinWindowStopping);
        assert_eq!((next.learned, next.then), (learned, Then::LeaveOpen));
    }
    for moment in
        [ProbeMoment::WithinWindow, ProbeMoment::WithinWindowStopping, ProbeMoment::AfterWindow]
    {
        let seen = Then::FinishAsSeen("HTTP 504".to_owned()).at_once();
        assert_eq!(at(ProbeResult::Done, moment), seen);
    }
}

#[test]
fn probe_that_finds_nobody_ends_a_removal() {
    let next = probed(&command(vec![leave()]), again(), ProbeResult::NobodyThere);
    assert_eq!(next.learned, [Learned::NobodyHasThisName]);
    let Then::NotThere(words) = next.then else { panic!() };
    assert_eq!(
        words,
        "no clear response (HTTP 504), and a probe shows that the server has no user"
    );
    let next = probed(&command(vec![rename()]), again(), ProbeResult::NobodyThere);
    assert_eq!(next.then, Then::SendAgain(Turn::AtOnce));
}

#[test]
fn command_that_is_not_done_goes_again_until_it_fails() {
    let not_done = || vec![Learned::SeenAbsent, Learned::NotDone];
    let mut prepared = command(vec![rename()]);
    let next = probed(&prepared, again(), ProbeResult::NotDone);
    let mut learned = not_done();
    learned.push(Learned::Progress);
    assert_eq!(next, Then::SendAgain(Turn::AtOnce).after(learned));
    let fails = question(Otherwise::Fail(reason("c", "m")));
    let next = probed(&prepared, fails, ProbeResult::NotDone);
    assert_eq!(next, Then::Fail(reason("c", "m")).after(not_done()));
    let fails = question(Otherwise::Fail(reason("c", "m")));
    let next = probed(&prepared, fails, ProbeResult::NobodyThere);
    let mut learned = not_done();
    learned.push(Learned::NobodyHasThisName);
    assert_eq!(next, Then::Fail(reason("c", "m")).after(learned), "later rows rely on the probe");
    prepared.item.attempts = 3;
    let next = probed(&prepared, again(), ProbeResult::NotDone);
    let words = "HTTP 504: not done after 3 attempts, as a probe shows";
    assert_eq!(next, Then::Fail(reason("error.no_answer", words)).after(not_done()));
}

/// A group's step removes its users; the server has none of them.
#[test]
fn probe_that_finds_nobody_left_ends_a_removal_from_a_group() {
    let of_group = |users: &[&str]| {
        let user = users.iter().map(|user| (*user).to_owned()).collect();
        let members = WireMembers { user, ..WireMembers::default() };
        let mut prepared = command(vec![WireStep::Remove(Removal::Members(members))]);
        prepared.command.root = Root::Group { usergroup: "G".to_owned() };
        prepared
    };
    let left = |users: &[&str]| {
        ProbeResult::NobodyLeft(users.iter().map(|user| (*user).to_owned()).collect())
    };
    let next = probed(&of_group(&["ann@x.com"]), again(), left(&["ann@x.com"]));
    assert!(matches!(next.then, Then::NotThere(_)), "{next:?}");
    let two = ["ann@x.com", "bob@x.com"];
    let next = probed(&of_group(&two), again(), left(&["bob@x.com"]));
    assert!(matches!(next.then, Then::FinishAsSeen(_)), "one of them is gone from it: {next:?}");
    let mut changed = of_group(&["ann@x.com"]);
    changed.item.names_since = NamesSince::Changed;
    let next = probed(&changed, again(), left(&["ann@x.com"]));
    assert!(matches!(next.then, Then::GiveUp(_)), "perhaps another one is gone: {next:?}");
}

#[test]
fn rows_together_that_are_not_done_go_apart_at_the_end() {
    let mut two = command_of(&[0, 1], vec![WireStep::Add(groups(&["G"]))]);
    let apart = || Then::Split(vec![vec![0], vec![1]]);
    assert_eq!(probed(&two, again(), ProbeResult::NotDone).then, Then::SendAgain(Turn::AtOnce));
    let fails = question(Otherwise::Fail(reason("c", "m")));
    assert_eq!(probed(&two, fails, ProbeResult::NotDone).then, apart());
    two.item.attempts = 3;
    assert_eq!(probed(&two, again(), ProbeResult::NotDone).then, apart());
}

#[test]
fn user_who_is_there_is_said_of_a_row_that_fails() {
    let prepared = command(vec![create(Some(ExistsOption::Ignore)), WireStep::Add(groups(&["G"]))]);
    let created = RowEffect::NONE.with(EffectPart::CreatedOrExists);
    let fails = || question(Otherwise::Fail(reason("c", "m")));
    let next = probed(&prepared, fails(), ProbeResult::OnlyThere);
    assert_eq!(next.learned, [Learned::SeenAbsent, Learned::Done(created), Learned::NotDone]);
    assert!(message(&next).starts_with("m; the user now exists"), "{next:?}");
    let next = probed(&prepared, again(), ProbeResult::OnlyThere);
    assert_eq!(next.then, Then::SendAgain(Turn::AtOnce));
    let test_mode = Policy { test_mode: true, ..policy() };
    let response =
        CommandResponse::Probed(fails(), Ok(ProbeResult::OnlyThere), ProbeMoment::AfterWindow);
    let next = decide(&prepared, response, &test_mode);
    assert_eq!(next.learned, [Learned::SeenAbsent, Learned::NotDone]);
    assert_eq!(message(&next), "m");
}

#[test]
fn half_done_and_unclear_commands() {
    let prepared = command(vec![create(None), WireStep::Add(groups(&["G"]))]);
    assert_eq!(prepared.item.halfway.create, CreateStep::Open);
    let next = probed(&prepared, again(), ProbeResult::OnlyCreated);
    assert_eq!(next, Then::GoOnAsCreated.at_once());
    let next = probed(&prepared, again(), ProbeResult::Unclear("check".to_owned()));
    let reason = reason("unknown.no_answer", "no clear response (HTTP 504); check");
    assert_eq!(next, Then::GiveUp(reason).at_once());
}

/// What it did may have been undone by the other import, and a repeat could undo that one.
#[test]
fn command_whose_user_another_import_has_changed_is_not_repeated() {
    let question = || question(Otherwise::LeaveUnknown);
    let prepared = command(vec![WireStep::Add(groups(&["G"]))]);
    for result in [
        ProbeResult::NotDone,
        ProbeResult::NobodyThere,
        ProbeResult::OnlyCreated,
        ProbeResult::OnlyThere,
    ] {
        let next = probed(&prepared, question(), result);
        assert_eq!((code(&next), next.learned.len()), (Some("unknown.no_answer"), 0), "{next:?}");
        assert!(message(&next).contains("not sent again"), "{next:?}");
    }
    let next = probed(&prepared, question(), ProbeResult::Done);
    assert!(matches!(next.then, Then::FinishAsSeen(_)), "{next:?}");
    let removal = command(vec![leave()]);
    let next = probed(&removal, question(), ProbeResult::NobodyThere);
    assert!(matches!(next.then, Then::NotThere(_)), "{next:?}");
}

/// Another import has renamed, removed or created somebody with the name, so that nobody, or
/// another one, goes by it now.
#[test]
fn name_that_another_import_has_changed_proves_nothing() {
    let with = |steps, names_since| {
        let mut prepared = command(steps);
        prepared.item.names_since = names_since;
        prepared
    };
    let removal = || with(vec![leave()], NamesSince::Changed);
    for result in [ProbeResult::Done, ProbeResult::NobodyThere] {
        for otherwise in [Otherwise::LeaveUnknown, Otherwise::SendAgain] {
            let next = probed(&removal(), question(otherwise), result.clone());
            assert_eq!((code(&next), next.learned.len()), (Some("unknown.no_answer"), 0));
            assert!(message(&next).contains("another import has renamed"), "{next:?}");
        }
        let at = |moment| {
            let response = CommandResponse::Probed(again(), Ok(result.clone()), moment);
            decide(&removal(), response, &policy()).then
        };
        assert_eq!(at(ProbeMoment::WithinWindow), Then::Probe(again()));
        assert_eq!(at(ProbeMoment::WithinWindowStopping), Then::LeaveOpen);
    }
    let is_seen = |steps, names_since, identity: Option<&str>| {
        let mut prepared = with(steps, names_since);
        prepared.item.identity = identity.map(ToOwned::to_owned);
        let next = probed(&prepared, again(), ProbeResult::Done);
        matches!(next.then, Then::FinishAsSeen(_))
    };
    let part = || vec![WireStep::Remove(Removal::Members(groups(&["G"])))];
    assert!(is_seen(part(), NamesSince::Kept, None));
    assert!(!is_seen(part(), NamesSince::Changed, None), "perhaps somebody else is not in it");
    let add = || vec![WireStep::Add(groups(&["G"]))];
    assert!(is_seen(add(), NamesSince::Changed, None), "somebody with the name is in the group");
    assert!(!is_seen(add(), NamesSince::Given, None), "but perhaps somebody else");
    for names in [NamesSince::Changed, NamesSince::Given] {
        assert!(is_seen(vec![rename()], names, Some("id 7")), "it is the same person");
        assert!(!is_seen(vec![create(None)], names, None), "the other import may have created it");
    }
}

#[test]
fn probe_without_an_answer_is_asked_again_until_it_is_hopeless() {
    let mut prepared = command(vec![rename()]);
    let no_answer = || Err(ApiError::NoAnswer("cut".to_owned()));
    let at = |prepared: &ReadyCommand, result, moment| {
        decide(prepared, CommandResponse::Probed(again(), result, moment), &policy())
    };
    prepared.item.probes = MOST_PROBES - 1;
    let next = at(&prepared, no_answer(), ProbeMoment::AfterWindow);
    assert_eq!(next, Then::Probe(again()).at_once());
    prepared.item.probes = MOST_PROBES;
    let next = at(&prepared, no_answer(), ProbeMoment::WithinWindow);
    assert_eq!(next, Then::Probe(again()).at_once());
    let next = at(&prepared, no_answer(), ProbeMoment::AfterWindow);
    assert_eq!((code(&next), next.learned.len()), (Some("unknown.no_answer"), 0));
    assert!(message(&next).contains("the probe failed (cut)"), "{next:?}");
    assert!(message(&next).contains("check the user in"), "{next:?}");
    prepared.command.root = Root::Group { usergroup: "G".to_owned() };
    let next = at(&prepared, no_answer(), ProbeMoment::AfterWindow);
    assert!(message(&next).contains("check the group in"), "{next:?}");
    for moment in [ProbeMoment::AfterWindowStopping, ProbeMoment::WithinWindowStopping] {
        assert_eq!(at(&prepared, no_answer(), moment), Then::LeaveOpen.at_once());
        let refused = Err(ApiError::Credentials("no".to_owned()));
        assert_eq!(at(&prepared, refused, moment), Then::LeaveOpen.at_once());
    }
    let refused = Err(ApiError::Credentials("no".to_owned()));
    let next = at(&prepared, refused, ProbeMoment::AfterWindow);
    assert_eq!(next.then, Then::StopRun("the server refuses this run: no".to_owned()));
}

#[test]
fn a_request_of_one_command_is_that_commands_alone() {
    assert_eq!([1, 2, 10].map(Company::of), [Company::Alone, Company::Together, Company::Together]);
}

/// The server's word that nobody has the name counts also where no probe says anything.
#[test]
fn repeat_refused_for_an_unknown_user_fails_whatever_the_probe_says() {
    let otherwise = |steps: Vec<WireStep>| {
        let mut prepared = command(steps);
        prepared.item.was_uncertain = true;
        prepared.item.probes = MOST_PROBES;
        match refused(&prepared, refusal(Some(0), "error.user.not_found")).then {
            Then::Probe(question) => (prepared, question),
            other => panic!("{other:?}"),
        }
    };
    let without_answer = |prepared: &ReadyCommand, question: PendingProbe| {
        let error = ApiError::NoAnswer("HTTP 503".to_owned());
        let response = CommandResponse::Probed(question, Err(error), ProbeMoment::AfterWindow);
        decide(prepared, response, &policy())
    };
    let (prepared, question) = otherwise(vec![WireStep::Add(groups(&["A"]))]);
    let next = without_answer(&prepared, question);
    assert_eq!(next.learned, [Learned::NotDone]);
    assert_eq!(code(&next), Some("error.user.not_found"));
    let mut joins = command(vec![WireStep::Add(WireMembers {
        user: vec!["a@x.com".to_owned()],
        ..WireMembers::default()
    })]);
    joins.command.root = Root::Group { usergroup: "G".to_owned() };
    joins.item.was_uncertain = true;
    let next = refused(&joins, refusal(Some(0), "error.user.not_found"));
    assert!(
        matches!(&next.then, Then::Probe(question)
            if matches!(question.otherwise, Otherwise::FailAnyway(_))),
        "{next:?}"
    );
    // These may be done although the name is nobody's.
    let removes = || WireStep::Remove(Removal::Members(groups(&["A"])));
    for steps in [vec![rename()], vec![create(None)], vec![removes()], vec![leave()]] {
        let (prepared, question) = otherwise(steps);
        assert_eq!(
            code(&without_answer(&prepared, question)),
            Some("unknown.no_answer"),
            "{prepared:?}"
        );
    }
}

#[test]
fn refusal_that_names_no_command_proves_nothing_about_its_user() {
    let mut prepared = command(vec![WireStep::Add(groups(&["A"]))]);
    prepared.item.was_uncertain = true;
    let disputed = CommandResult::Disputed(refusal(None, "error.user.not_found"));
    let Then::Probe(question) = after(&prepared, disputed, Company::Alone).then else {
        panic!("no probe")
    };
    assert!(matches!(question.otherwise, Otherwise::Fail(_)), "{question:?}");
}
