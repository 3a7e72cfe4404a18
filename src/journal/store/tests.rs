//! What a journal has after it was written, closed, killed or damaged.

use super::*;
use crate::journal::moment::Running;
use crate::journal::run_info::RunIdentity;
use crate::plan::CreateStep;

fn about() -> RunIdentity {
    RunIdentity {
        organization: "1@AdobeOrg".to_owned(),
        host: "host".to_owned(),
        input: (7, 9),
        rows: 40,
        options: BTreeMap::new(),
    }
}

fn outcomes(journal: &Journal) -> Vec<(u32, Outcome)> {
    let mut all = Vec::new();
    journal.outcomes(|row, outcome| all.push((row, outcome))).unwrap();
    all
}

fn at(wall: i64) -> Moment {
    Moment { wall, running: Some(Running { boot: 1, since: wall }) }
}

fn run_info() -> RunInfo {
    RunInfo {
        run_id: "r".to_owned(),
        began: Timestamp::UNIX_EPOCH,
        file: "a.csv".into(),
        results: "a.results.csv".into(),
        failed: None,
        typed: vec!["umbulk".into()],
        config: serde_json::json!({"version": 1}),
        folder: "/".into(),
        process: 1,
        requests: 4,
        to_send: 40,
        without_request: BTreeMap::new(),
        portions: vec![(1, 20)],
        not_compared: vec![(30, 30)],
        has_list: false,
        finds_conflicts: true,
        retried: None,
        with_other_files: false,
    }
}

fn outcome(status: OutcomeStatus, code: &str, message: &str) -> Outcome {
    let reason = Reason { code: code.to_owned(), message: message.to_owned() };
    let effect = "created+joined:2".parse().unwrap();
    Outcome {
        status,
        reason,
        effect,
        attempts: 2,
        request: Some(3),
        finished_at: Timestamp::from_millisecond(1_700_000_000_123).ok(),
    }
}

#[test]
fn a_request_that_brought_no_outcome_counts_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal =
        Journal::begin(&folder.path().join("a.journal"), &about(), &run_info()).unwrap();
    journal.record_sent(7, &[], at(0)).unwrap();
    journal.record_answered(7).unwrap();
    journal.commit().unwrap();
    assert_eq!(journal.recovered().unwrap().requests, 7);
}

#[test]
fn what_was_committed_is_there_again_and_what_was_not_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.journal");
    assert!(Journal::open(&path).unwrap().is_none());
    let mut journal = Journal::begin(&path, &about(), &run_info()).unwrap();
    let fine = outcome(OutcomeStatus::Ok, "", "");
    let failed = outcome(OutcomeStatus::Failed, "error.group.not_found", "Group X was not found");
    journal
        .record_sent(
            3,
            &[SentCommand { rows: vec![5, 9], part: 0, sent: 2, identity: None }],
            Moment::now(),
        )
        .unwrap();
    journal.record_answered(3).unwrap();
    journal.record_outcome(5, &fine).unwrap();
    journal.record_outcome(9, &failed).unwrap();
    journal.late(&[5], at(77)).unwrap();
    let halfway = Halfway {
        create: CreateStep::Done,
        skipped_steps: vec![0, 2],
        done: "created".parse().unwrap(),
        ..Halfway::default()
    };
    journal
        .record_progress(
            11,
            &RowProgress { part: 1, halfway: halfway.clone(), ..RowProgress::default() },
        )
        .unwrap();
    for name in ["Desing", "Team"] {
        journal
            .missing_group(&MissingGroup {
                name: name.to_owned(),
                code: "error.group.not_found".to_owned(),
                row: 9,
                file: None,
            })
            .unwrap();
    }
    journal.found_group("TEAM").unwrap();
    journal
        .record_sent(
            4,
            &[SentCommand { rows: vec![11], part: 1, sent: 1, identity: Some("id 7".to_owned()) }],
            at(55),
        )
        .unwrap();
    journal
        .record_progress(20, &RowProgress { part: 2, sent: 3, ..RowProgress::default() })
        .unwrap();
    journal.commit().unwrap();
    journal.record_outcome(30, &fine).unwrap();
    drop(journal);
    let journal = Journal::open(&path).unwrap().unwrap();
    assert_eq!((journal.about().unwrap(), journal.info().unwrap()), (about(), run_info()));
    let recovered = journal.recovered().unwrap();
    assert_eq!(outcomes(&journal), [(5, fine), (9, failed)]);
    assert_eq!(recovered.requests, 4);
    assert_eq!(recovered.uncertain, [11]);
    let uncertain = Some(at(55));
    let identity = Some("id 7".to_owned());
    assert_eq!(
        recovered.progress[&11],
        RowProgress { part: 1, sent: 1, uncertain, in_flight: true, identity, halfway }
    );
    assert_eq!(recovered.progress[&20], RowProgress { part: 2, sent: 3, ..RowProgress::default() });
    let missing = MissingGroup {
        name: "Desing".to_owned(),
        code: "error.group.not_found".to_owned(),
        row: 9,
        file: None,
    };
    assert_eq!(recovered.missing_groups, [missing]);
    assert_eq!(recovered.late, HashMap::from([(5, at(77))]));
    // A resumed run starts from there. What is found out then counts, not what was open before.
    drop(journal);
    let mut journal = Journal::open(&path).unwrap().unwrap();
    assert_eq!(journal.resume(&run_info()).unwrap().progress[&11].part, 1);
    journal
        .record_progress(11, &RowProgress { part: 2, sent: 1, ..RowProgress::default() })
        .unwrap();
    journal.commit().unwrap();
    let recovered = journal.recovered().unwrap();
    assert_eq!(
        (recovered.progress[&11].part, recovered.uncertain.len(), recovered.requests),
        (2, 0, 4)
    );
}

#[test]
fn what_is_no_journal_is_named_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.journal");
    std::fs::write(
        &path,
        "email,firstname\nthis is somebody's spreadsheet, long enough to be looked at as a \
         database header\n"
            .repeat(40),
    )
    .unwrap();
    let error = Journal::open(&path).unwrap_err().to_string();
    assert!(error.contains("a.journal") && error.contains("start over"), "{error}");
}

#[test]
fn a_journal_of_a_newer_program_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.journal");
    let journal = Journal::begin(&path, &about(), &run_info()).unwrap();
    journal.database.pragma_update(None, "user_version", VERSION + 1).unwrap();
    drop(journal);
    assert!(matches!(Journal::open(&path), Err(JournalError::Newer(_))));
}

#[test]
fn journal_of_an_older_program_is_refused_with_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.journal");
    let journal = Journal::begin(&path, &about(), &run_info()).unwrap();
    journal.database.pragma_update(None, "user_version", 1).unwrap();
    drop(journal);
    let error = Journal::open(&path).unwrap_err();
    assert!(
        matches!(error, JournalError::Older(_)) && error.to_string().contains("start over"),
        "{error}"
    );
}

#[test]
fn it_takes_a_few_bytes_a_row() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.journal");
    let mut journal =
        Journal::begin(&path, &RunIdentity { rows: 20_000, ..about() }, &run_info()).unwrap();
    for request in 0..2_000_u32 {
        let at = Timestamp::from_millisecond(1_700_000_000_000 + i64::from(request)).unwrap();
        journal
            .record_sent(
                request,
                &[SentCommand {
                    rows: (request * 10..request * 10 + 10).collect(),
                    part: 0,
                    sent: 1,
                    identity: None,
                }],
                Moment::now(),
            )
            .unwrap();
        journal.commit().unwrap();
        for row in request * 10..request * 10 + 10 {
            journal
                .record_outcome(
                    row,
                    &Outcome {
                        request: Some(request),
                        finished_at: Some(at),
                        attempts: 1,
                        ..outcome(OutcomeStatus::Ok, "", "")
                    },
                )
                .unwrap();
        }
        journal.record_answered(request).unwrap();
        journal.commit().unwrap();
    }
    journal.finished(Timestamp::now()).unwrap();
    assert_eq!(journal.recovered().unwrap().judged, 20_000);
    drop(journal);
    let bytes = std::fs::metadata(&path).unwrap().len();
    assert!(bytes < 20_000 * 8, "{bytes} bytes for 20,000 rows");
}

#[test]
fn windows_begin_anew_on_another_computer_whatever_its_clock_says() {
    let folder = tempfile::tempdir().unwrap();
    let window = Duration::from_secs(180);
    for (name, shift) in [("ahead", 3_600_000), ("behind", -3_600_000), ("same", 0)] {
        let path = folder.path().join(name);
        let mut journal = Journal::begin(&path, &about(), &run_info()).unwrap();
        let there = Moment { wall: Moment::now().wall + shift, running: at(5).running };
        let in_flight = SentCommand { rows: vec![3], part: 0, sent: 1, identity: None };
        journal.record_sent(1, &[in_flight], there).unwrap();
        let unclear = RowProgress { uncertain: Some(there), ..RowProgress::default() };
        journal.record_progress(5, &unclear).unwrap();
        journal.late(&[7], there.plus(60_000)).unwrap();
        journal.commit().unwrap();
        let before = Moment::now();
        let recovered = journal.take_over(&run_info(), window).unwrap();
        assert!(recovered.is_from_elsewhere);
        drop(journal);
        // A later start on this computer finds the same times.
        let later = Journal::open_read_only(&path).unwrap().unwrap().recovered().unwrap();
        for state in [recovered, later] {
            for row in [3, 5] {
                let since = state.progress[&row].uncertain.unwrap().since(before);
                assert!((0..60_000).contains(&since), "{name}: row {row} {since}");
            }
            let left = state.late[&7].since(before);
            assert!((180_000..240_000).contains(&left), "{name}: {left}");
        }
    }
}
