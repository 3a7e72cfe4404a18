//! A migration of 300,000 rows on a simulated clock: two days of limits, expiring tokens, pauses of
//! an hour, an outage, and a user who resumes it afterwards.

use crate::change::Rules;
use crate::execute::{
    Ended, Executor, InputRows, MaxErrors, OutcomeStatus, Outcomes, Policy, Protected, Reporter,
    RunProgress, Scan, scan,
};
use crate::journal::{Journal, RecoveredState, RunIdentity, RunInfo};
use crate::sandbox::{Directory, InjectedFault, Limits, Mix, Sandbox, SandboxOptions};
use crate::table::{ReadOptions, Table};
use crate::umapi::{self, Client, Credentials, Endpoints, Rates};
use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::time::Instant;

const ROWS: u32 = 300_000;
const HOUR: Duration = Duration::from_secs(3600);
/// After these numbers of responses the server asks for a pause of an hour.
const PAUSES: [u32; 3] = [4_000, 11_000, 25_000];
/// After this number of responses the server is down.
const OUTAGE: u32 = 18_000;
const OUTAGE_LASTS: Duration = Duration::from_secs(3 * 3600);

/// Causes the disturbances.
struct Fate<'s> {
    sandbox: &'s Sandbox,
    answers: &'s AtomicU32,
}

impl Reporter for Fate<'_> {
    fn on_outcomes(&mut self, _: &mut Outcomes) -> io::Result<()> {
        Ok(())
    }

    fn on_response(&mut self, _: u32, _: usize, _: &str) {
        let answers = self.answers.fetch_add(1, Ordering::Relaxed) + 1;
        if PAUSES.contains(&answers) {
            let headers = vec![("retry-after".to_owned(), HOUR.as_secs().to_string())];
            self.sandbox.faults().next_actions([Some(InjectedFault::Answer {
                status: 429,
                headers,
                body: "{}".to_owned(),
            })]);
        }
        if answers == OUTAGE {
            let mut gone = Mix::default();
            gone.set("503".parse().unwrap_or_else(|error| panic!("{error}")), 1.0);
            self.sandbox.faults().set_mix(gone);
        }
    }

    fn on_progress(&mut self, _: &RunProgress) {}
}

fn client(sandbox: &Sandbox) -> Client {
    let SandboxOptions { client_id, client_secret, org_id, .. } = SandboxOptions::default();
    let endpoints =
        Endpoints::resolve(Some(&sandbox.auth_host()), None, Some(&sandbox.url())).unwrap();
    let options = umapi::ClientOptions {
        token: umapi::SharedToken::default(),
        timeout: Duration::from_secs(180),
        rates: Rates::default(),
        max_wait: 2 * HOUR,
        max_attempts: 6,
        retry_wait: Duration::from_secs(2),
        trusted: umapi::TrustedCertificates::default(),
        shared_quota: None,
        send_gate: None,
        kept_pause: None,
        user_agent: "test".to_owned(),
    };
    Client::new(
        Credentials { client_id, client_secret: client_secret.into(), org_id },
        endpoints,
        &options,
    )
    .unwrap()
}

fn policy() -> Policy {
    Policy {
        guard_administrators: false,
        check_groups: true,
        concurrency: 4,
        max_attempts: 6,
        retry_wait: Duration::from_secs(2),
        max_errors: MaxErrors::InARow(200),
        test_mode: false,
        verify_deletes: false,
        timeout: Duration::from_secs(180),
        effect_window: Duration::from_secs(180),
        run_id: "twodays".to_owned(),
    }
}

#[tokio::test(start_paused = true)]
async fn large_import_takes_the_time_of_the_limits() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("staff.csv");
    let mut text = "email,firstname,lastname,country\n".to_owned();
    (0..ROWS).for_each(|number| text += &format!("u{number}@example.com,Ann,Lee,US\n"));
    std::fs::write(&file, text).unwrap();
    let table = Table::open(&file, &ReadOptions::new(folder.path())).unwrap();
    let (rules, protected) = (Rules::new(table.dialect()), Protected::default());
    let reading = InputRows::new(&table, &rules, &protected);
    let Scan { plan, .. } = scan(&reading).unwrap();

    let day = Duration::from_secs(86_400);
    let sandbox = Sandbox::start_within(
        SandboxOptions {
            limits: Limits::documented(),
            token_life: day,
            latency: Duration::from_millis(700),
            ..SandboxOptions::default()
        },
        Directory::default(),
    )
    .unwrap();
    let began = jiff::Timestamp::now();
    let about = RunIdentity {
        organization: "org".to_owned(),
        host: "host".to_owned(),
        input: table.fingerprint().unwrap(),
        rows: ROWS,
        options: std::collections::BTreeMap::default(),
    };
    let run_info = RunInfo {
        run_id: "twodays".to_owned(),
        began,
        file: "staff.csv".into(),
        results: file.clone().into(),
        failed: None,
        typed: Vec::new(),
        config: serde_json::Value::Null,
        folder: folder.path().into(),
        process: 0,
        requests: 0,
        to_send: ROWS.into(),
        without_request: std::collections::BTreeMap::default(),
        portions: Vec::new(),
        not_compared: Vec::new(),
        has_list: false,
        finds_conflicts: true,
        retried: None,
        with_other_files: false,
    };
    let place = folder.path().join("staff.journal");
    let answers = AtomicU32::new(0);
    let start = Instant::now();

    let first = Executor::new(
        reading,
        &plan,
        client(&sandbox),
        policy(),
        Fate { sandbox: &sandbox, answers: &answers },
    );
    let first = first
        .with_journal(
            Journal::begin(&place, &about, &run_info).unwrap(),
            RecoveredState::default(),
            began,
        )
        .unwrap();
    let (ended, outcomes, _) = first.finish(std::future::pending).await;
    assert!(
        matches!(&ended, Ended::Stopped(stop) if format!("{:?}", stop.why).contains("gives no \
            usable response")),
        "{ended:?}"
    );
    let gone_since = start.elapsed();
    assert_eq!(outcomes.count(OutcomeStatus::Failed), 0);

    // The outage ends, and the same command continues.
    tokio::time::sleep(OUTAGE_LASTS).await;
    sandbox.faults().set_mix(Mix::default());
    let mut journal = Journal::open(&place).unwrap().unwrap();
    let mut recovered = journal.resume(&run_info).unwrap();
    // The journal stores pauses as times of day, which do not follow this test's clock: this pause
    // was over long ago.
    recovered.pause = None;
    let again = Executor::new(
        reading,
        &plan,
        client(&sandbox),
        policy(),
        Fate { sandbox: &sandbox, answers: &answers },
    );
    let (ended, outcomes, _) =
        again.with_journal(journal, recovered, began).unwrap().finish(std::future::pending).await;
    assert_eq!(ended, Ended::Finished);
    assert_eq!(outcomes.count(OutcomeStatus::Ok), u64::from(ROWS));
    assert_eq!(sandbox.with_directory(|directory| directory.users().count()), ROWS as usize);

    let traffic = sandbox.traffic();
    let refused = traffic
        .iter()
        .filter(|received| received.class == "action" && received.status == 429)
        .count();
    let tokens = traffic.iter().filter(|received| received.class == "token").count();
    let took = start.elapsed();
    // Ten requests a minute, the first ten at once, and the pauses of the server.
    let allowed = Duration::from_secs(60) * (ROWS / 100 - 1) + 3 * HOUR + OUTAGE_LASTS;
    let ratio = took.as_secs_f64() / allowed.as_secs_f64();
    println!(
        "{:.2} h, {ratio:.4} of what the limits allow; outage noticed after {:.2} h; {refused} \
         requests refused; {tokens} tokens",
        took.as_secs_f64() / 3600.0,
        gone_since.as_secs_f64() / 3600.0
    );
    assert!(ratio <= 1.03, "{took:?} instead of {allowed:?}");
    assert_eq!(refused, PAUSES.len(), "only the pauses that were asked for");
    assert_eq!(tokens, 3, "a token lives a day: two for the first run, one for the second");
}
