//! A folder and an organization in memory, for tests that run whole imports.

use crate::execute::Cap;
use crate::export::{ListDisplay, ListReporter, Signal};
use crate::import::access::Access;
use crate::import::config::{ConnectConfig, ImportConfig, MissingAction, MissingConfig};
use crate::import::confirmation::Confirmation;
use crate::import::error::ImportError;
use crate::import::exit::Exit;
use crate::import::observed::ObservedImport;
use crate::import::pipeline::import;
use crate::import::rehearsal::sandbox_access;
use crate::import::reporter::{ImportEvent, ImportReporter, RunDisplay, WaitDisplay, WayOn};
use crate::observer::Observer;
use crate::reconcile::MissingScope;
use crate::report::Next;
use crate::sandbox::{Directory, Received, Sandbox, SandboxOptions, SandboxUser};
use crate::umapi::Rates;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// A folder and an organization.
pub(crate) struct Case {
    folder: tempfile::TempDir,
    sandbox: Sandbox,
}

/// The results of an import.
#[derive(Debug)]
pub(crate) struct EndedCase {
    exit: Result<Exit, ImportError>,
    messages: Vec<String>,
    pub(crate) questions: Vec<String>,
    /// The report to programs about the missing users, at the end.
    pub(super) facts: Value,
}

impl EndedCase {
    pub(crate) fn says(&self, words: &str) -> bool {
        self.messages.iter().any(|line| line.contains(words))
    }

    /// Returns the exit of an import that was not refused.
    pub(crate) fn exit(&self) -> Option<Exit> {
        self.exit.as_ref().ok().copied()
    }

    pub(super) fn refusal(&self) -> String {
        self.exit.as_ref().unwrap_err().to_string()
    }
}

/// Keeps all reports, and answers every question with no.
#[derive(Default)]
struct Listener {
    messages: Mutex<Vec<String>>,
    questions: Mutex<Vec<String>>,
}

impl Observer for Listener {
    fn on_message(&self, line: &str) {
        self.messages.lock().unwrap().push(line.to_owned());
    }

    fn confirm(&self, question: &str) -> bool {
        self.questions.lock().unwrap().push(question.to_owned());
        false
    }
}

/// Reports to a listener, keeps what is reported to programs, and interrupts a run.
struct StoppingReporter<'o> {
    inner: ObservedImport<'o>,
    facts: Mutex<Value>,
    /// The number of runs so far.
    runs: AtomicUsize,
    stops_in: Option<usize>,
    has_stopped: AtomicBool,
    /// What happens when the run of this number begins.
    meanwhile: Option<(usize, &'o (dyn Fn() + Sync))>,
}

impl<'o> StoppingReporter<'o> {
    fn new(listener: &'o Listener, stops_in: Option<usize>) -> Self {
        Self {
            inner: ObservedImport::new(listener),
            facts: Mutex::default(),
            runs: AtomicUsize::new(0),
            stops_in,
            has_stopped: AtomicBool::new(false),
            meanwhile: None,
        }
    }
}

impl ListReporter for StoppingReporter<'_> {
    fn inform(&self, line: &str) {
        self.inner.inform(line);
    }

    fn show_list(&self, noun: &'static str) -> Box<dyn ListDisplay + '_> {
        self.inner.show_list(noun)
    }

    fn interrupted(&self) -> Signal<'_> {
        Box::pin(std::future::pending())
    }
}

impl ImportReporter for StoppingReporter<'_> {
    fn say(&self, line: &str) {
        self.inner.say(line);
    }

    fn event(&self, event: ImportEvent<'_>) -> Result<(), ImportError> {
        if let ImportEvent::Missing { facts, .. } = &event {
            *self.facts.lock().unwrap() = facts.clone();
        }
        self.inner.event(event)
    }

    fn ask(&self, what: Confirmation, question: &str, answer: &str) -> Result<bool, ImportError> {
        self.inner.ask(what, question, answer)
    }

    fn ask_about(
        &self,
        above: &[String],
        what: Confirmation,
        question: &str,
        answer: &str,
    ) -> Result<bool, ImportError> {
        self.inner.ask_about(above, what, question, answer)
    }

    fn show_run(&self, noun: &'static str) -> Box<dyn RunDisplay + '_> {
        let run = 1 + self.runs.fetch_add(1, Ordering::Relaxed);
        if let Some((_, happens)) = self.meanwhile.filter(|(number, _)| *number == run) {
            happens();
        }
        self.inner.show_run(noun)
    }

    fn show_wait(&self, what: &str) -> Box<dyn WaitDisplay + '_> {
        self.inner.show_wait(what)
    }

    fn run_interrupted(&self) -> Signal<'_> {
        Box::pin(async {
            let is_meant = Some(self.runs.load(Ordering::Relaxed)) == self.stops_in;
            if !is_meant || self.has_stopped.swap(true, Ordering::Relaxed) {
                std::future::pending::<()>().await;
            }
        })
    }

    fn typed(&self) -> String {
        self.inner.typed()
    }

    fn next(&self, file: &Path, way: WayOn) -> Option<Next> {
        self.inner.next(file, way)
    }

    fn import_failed(&self, failed: &Path) -> Option<String> {
        self.inner.import_failed(failed)
    }

    fn retry_failed(&self) -> Option<String> {
        self.inner.retry_failed()
    }
}

pub(super) fn person(name: &str, groups: &[&str]) -> SandboxUser {
    let groups = groups.iter().map(|group| (*group).to_owned()).collect::<BTreeSet<_>>();
    SandboxUser {
        firstname: "Pat".to_owned(),
        lastname: name.to_owned(),
        country: "US".to_owned(),
        groups,
        ..SandboxUser::assumed(&format!("{name}@example.com"), None, false)
    }
}

/// Returns Ann, Bob and Carl in Design, and this number of further people in Design.
pub(crate) fn people(more: usize) -> Vec<SandboxUser> {
    let mut people =
        vec![person("ann", &[]), person("bob", &["Design"]), person("carl", &["Design", "Video"])];
    people.extend((0..more).map(|number| person(&format!("p{number}"), &["Design"])));
    people
}

/// A row about Ann, so that Bob and Carl are missing.
pub(crate) const ANN: &str = "action,email,groups\nadd,ann@example.com,Design\n";

/// A list of Ann, and of Bob in Design.
pub(crate) const FULL: &str = "\
    id,email,username,domain,type,status,firstname,lastname,country,groups\n\
    1,ann@example.com,ann@example.com,example.com,federatedID,active,Pat,ann,US,\n\
    2,bob@example.com,bob@example.com,example.com,federatedID,active,Pat,bob,US,Design\n";

impl Case {
    pub(crate) fn of(people: &[SandboxUser]) -> Self {
        let mut directory = Directory::default();
        people.iter().for_each(|person| directory.add_user(person));
        let sandbox = Sandbox::start(SandboxOptions::default(), directory).unwrap();
        Self { folder: tempfile::tempdir().unwrap(), sandbox }
    }

    /// Returns the calls that the server got.
    pub(crate) fn traffic(&self) -> Vec<Received> {
        self.sandbox.traffic()
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn config(&self, rows: &str, action: MissingAction) -> ImportConfig {
        let file = self.path("staff.csv");
        std::fs::write(&file, rows).unwrap();
        let (credentials, endpoints) = sandbox_access(&self.sandbox).unwrap();
        let access = Access::given(credentials, Some(endpoints), Some(self.path("state")));
        let connect = ConnectConfig { rates: Rates::off(), ..ConnectConfig::new(access) };
        let mut config = ImportConfig::new(vec![file], connect);
        config.known.online = true;
        config.missing = Some(MissingConfig {
            action,
            scope: MissingScope { domains: vec!["example.com".to_owned()], types: vec![] },
            max_missing: Some(Cap::Percent(100.0)),
            is_cap_of_these_files: true,
        });
        config
    }

    /// Compares with this list instead of the current organization.
    pub(crate) fn against(&self, config: &mut ImportConfig, list: &str) {
        let path = self.path("users.csv");
        std::fs::write(&path, list).unwrap();
        config.known.online = false;
        config.known.against = Some(path);
    }

    pub(crate) fn run(config: &ImportConfig) -> EndedCase {
        Self::run_stopping_in(config, None)
    }

    /// Runs an import. The run with this number, from 1, is interrupted at its beginning; the rows
    /// are the first run.
    pub(crate) fn run_stopping_in(config: &ImportConfig, run: Option<usize>) -> EndedCase {
        let listener = Listener::default();
        Self::run_telling(config, &listener, StoppingReporter::new(&listener, run))
    }

    /// The same; something happens when the run of this number begins.
    pub(super) fn run_while(
        config: &ImportConfig,
        run: usize,
        happens: &(dyn Fn() + Sync),
    ) -> EndedCase {
        let listener = Listener::default();
        let reporter = StoppingReporter::new(&listener, None);
        let reporter = StoppingReporter { meanwhile: Some((run, happens)), ..reporter };
        Self::run_telling(config, &listener, reporter)
    }

    fn run_telling(
        config: &ImportConfig,
        listener: &Listener,
        reporter: StoppingReporter<'_>,
    ) -> EndedCase {
        let exit = import(config, &reporter);
        let facts = reporter.facts.into_inner().unwrap();
        let messages = listener.messages.lock().unwrap().clone();
        let questions = listener.questions.lock().unwrap().clone();
        EndedCase { exit, messages, questions, facts }
    }

    pub(super) fn import(&self, rows: &str, action: MissingAction) -> EndedCase {
        Self::run(&self.config(rows, action))
    }

    /// Returns the names of existing users, each with the number of groups.
    pub(crate) fn there(&self) -> String {
        let mut people: Vec<String> = self
            .sandbox
            .directory()
            .users()
            .map(|user| format!("{}:{}", user.lastname, user.groups.len()))
            .collect();
        people.sort();
        people.join(" ")
    }

    pub(super) fn list(&self) -> String {
        std::fs::read_to_string(self.path("staff.missing.csv")).unwrap_or_default()
    }
}
