//! Whole imports with missing users, into an organization in memory.

use crate::execute::Cap;
use crate::export::{ListDisplay, ListReporter, Signal};
use crate::import::access::Access;
use crate::import::config::{ConnectConfig, ImportConfig, MissingAction, MissingConfig};
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
    pub(crate) exit: Result<Exit, String>,
    messages: Vec<String>,
    pub(crate) questions: Vec<String>,
    /// The report to programs about the missing users, at the end.
    facts: Value,
}

impl EndedCase {
    pub(crate) fn says(&self, words: &str) -> bool {
        self.messages.iter().any(|line| line.contains(words))
    }

    fn refusal(&self) -> &str {
        self.exit.as_ref().unwrap_err()
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

    fn ask(&self, question: &str, answer: &str) -> Result<bool, ImportError> {
        self.inner.ask(question, answer)
    }

    fn ask_about(
        &self,
        above: &[String],
        question: &str,
        answer: &str,
    ) -> Result<bool, ImportError> {
        self.inner.ask_about(above, question, answer)
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

fn person(name: &str, groups: &[&str]) -> SandboxUser {
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
    fn run_while(config: &ImportConfig, run: usize, happens: &(dyn Fn() + Sync)) -> EndedCase {
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
        let exit = import(config, &reporter).map_err(|error| error.to_string());
        let facts = reporter.facts.into_inner().unwrap();
        let messages = listener.messages.lock().unwrap().clone();
        let questions = listener.questions.lock().unwrap().clone();
        EndedCase { exit, messages, questions, facts }
    }

    fn import(&self, rows: &str, action: MissingAction) -> EndedCase {
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

    fn list(&self) -> String {
        std::fs::read_to_string(self.path("staff.missing.csv")).unwrap_or_default()
    }
}

#[test]
fn missing_users_who_are_reported_stay_as_they_are() {
    let case = Case::of(&people(0));
    let ended = case.import(ANN, MissingAction::Report);
    assert_eq!(ended.exit, Ok(Exit::Good), "{ended:?}");
    assert!(ended.says("2 of 3 people under management are in no row (1 named)"), "{ended:?}");
    assert!(ended.says("they are listed once every row is ok or unchanged"), "{ended:?}");
    assert!(ended.says(": they are listed in ") && !ended.says("continues"), "{ended:?}");
    assert_eq!(case.there(), "ann:1 bob:1 carl:2");
    let facts = &ended.facts;
    assert_eq!((&facts["missing"], &facts["done"]), (&2.into(), &true.into()), "{facts}");
    assert!(facts["file"].as_str().unwrap().ends_with("staff.missing.csv"), "{facts}");
    let list = case.list();
    assert!(list.contains("bob@example.com") && list.contains("carl@example.com"), "{list}");
    assert!(!list.contains("ann@example.com"), "{list}");
}

#[test]
fn missing_users_lose_their_groups() {
    let case = Case::of(&[people(0), vec![person("dora", &[])]].concat());
    let ended = case.import(ANN, MissingAction::RemoveGroups);
    assert_eq!(ended.exit, Ok(Exit::Good), "{ended:?}");
    let words = "2 of 4 people under management are in no row (1 named; exempt: 1 without groups \
                 to take away)";
    assert!(ended.says(words) && ended.says(": they have lost their groups"), "{ended:?}");
    assert!(ended.says("they lose their groups once every row"), "{ended:?}");
    assert_eq!(case.there(), "ann:1 bob:0 carl:0 dora:0");
}

#[test]
fn missing_users_lose_only_the_groups_under_management() {
    let case = Case::of(&people(0));
    let mut config = case.config(ANN, MissingAction::RemoveGroups);
    config.known.manage_groups = vec!["V*".to_owned(), "Nope*".to_owned()];
    let ended = Case::run(&config);
    assert_eq!(ended.exit, Ok(Exit::Good), "{ended:?}");
    assert!(ended.says("Nope*"), "a pattern that matches nothing: {ended:?}");
    assert_eq!(case.there(), "ann:1 bob:1 carl:1");
}

#[test]
fn missing_users_leave_the_organization() {
    let case = Case::of(&people(0));
    let mut config = case.config(ANN, MissingAction::Leave);
    config.known.manage_groups = vec!["Nope*".to_owned()];
    let ended = Case::run(&config);
    assert_eq!(ended.exit, Ok(Exit::Good), "{ended:?}");
    assert!(ended.says(": they have left the organization"), "{ended:?}");
    assert!(ended.says("they leave the organization once every row"), "{ended:?}");
    assert!(!ended.says("Nope*"), "nobody loses groups: {ended:?}");
    assert_eq!(case.there(), "ann:1");
}

#[test]
fn one_missing_user_is_said_in_the_singular() {
    let case = Case::of(&people(0));
    let rows = format!("{ANN}add,bob@example.com,Design\n");
    let ended = case.import(&rows, MissingAction::Leave);
    assert!(ended.says("1 of 3 people under management is in no row (2 named)"), "{ended:?}");
    assert_eq!(case.there(), "ann:1 bob:1");
}

#[test]
fn nobody_missing_leaves_nothing_to_do() {
    let rows = format!("{ANN}add,bob@example.com,Design\nadd,carl@example.com,Design\n");
    let case = Case::of(&people(0));
    let ended = case.import(&rows, MissingAction::Leave);
    assert_eq!(ended.exit, Ok(Exit::Good), "{ended:?}");
    assert!(ended.says("0 of 3 people") && ended.says(": nothing to do"), "{ended:?}");
    assert!(ended.facts["done"] == true && ended.facts["file"].is_null(), "{ended:?}");
    assert_eq!((case.there().as_str(), case.list().as_str()), ("ann:1 bob:1 carl:2", ""));
    // A report is written nevertheless.
    let ended = case.import(&rows, MissingAction::Report);
    assert!(ended.says(": they are listed in ") && !case.list().is_empty(), "{ended:?}");
    assert!(ended.facts["file"].is_string(), "{ended:?}");
    // If nobody is missing, a file with that name is from an earlier run.
    let ended = case.import(&rows, MissingAction::Leave);
    assert!(ended.facts["file"].is_null() && !case.list().is_empty(), "{ended:?}");
}

#[test]
fn nobody_is_touched_where_a_row_is_invalid() {
    let case = Case::of(&people(0));
    let ended = case.import(&format!("{ANN}add,nobody,Design\n"), MissingAction::Leave);
    assert!(ended.refusal().contains("1 row is invalid"), "{ended:?}");
    assert!(ended.refusal().starts_with("missing users: "), "{ended:?}");
    assert_eq!(case.there(), "ann:0 bob:1 carl:2");
}

#[test]
fn nobody_is_touched_where_a_row_fails() {
    let case = Case::of(&people(0));
    let rows = format!("{ANN}add,gone@example.com,Design\n");
    let ended = case.import(&rows, MissingAction::Leave);
    assert_eq!(ended.exit, Ok(Exit::SomeRows), "{ended:?}");
    assert!(ended.says("nothing was done about them: not every row is ok"), "{ended:?}");
    assert!(ended.facts["done"] == false && ended.facts["file"].is_null(), "{ended:?}");
    assert_eq!((case.there().as_str(), case.list().as_str()), ("ann:1 bob:1 carl:2", ""));
}

#[test]
fn test_mode_lists_missing_users_and_changes_nothing() {
    let case = Case::of(&people(0));
    let mut config = case.config(ANN, MissingAction::Leave);
    config.test_mode = true;
    let ended = Case::run(&config);
    assert_eq!(ended.exit, Ok(Exit::Good), "{ended:?}");
    assert!(ended.says("they are listed in") && case.path("staff.missing.test.csv").is_file());
    assert_eq!(case.there(), "ann:0 bob:1 carl:2");
}

/// A list of Ann, and of Bob in Design.
pub(crate) const FULL: &str = "\
    id,email,username,domain,type,status,firstname,lastname,country,groups\n\
    1,ann@example.com,ann@example.com,example.com,federatedID,active,Pat,ann,US,\n\
    2,bob@example.com,bob@example.com,example.com,federatedID,active,Pat,bob,US,Design\n";

/// Returns the list without one of its columns.
fn without(column: &str) -> String {
    let place = FULL.lines().next().unwrap().split(',').position(|name| name == column).unwrap();
    let cut = |line: &str| {
        let mut cells: Vec<&str> = line.split(',').collect();
        cells.remove(place);
        cells.join(",") + "\n"
    };
    FULL.lines().map(cut).collect()
}

/// The list must show which accounts are not active, because those are exempt.
#[test]
fn a_list_that_cannot_spare_people_is_refused() {
    let case = Case::of(&people(0));
    let mut config = case.config(ANN, MissingAction::Leave);
    case.against(&mut config, &without("status"));
    assert!(Case::run(&config).refusal().contains("no column `status`"));
    config.missing.as_mut().unwrap().action = MissingAction::RemoveGroups;
    assert!(Case::run(&config).refusal().contains("no column `status`"));
    config.missing.as_mut().unwrap().action = MissingAction::Report;
    assert_eq!(Case::run(&config).exit, Ok(Exit::Good));
    // Ids only matter if the token shows the caller's own id.
    for list in [without("id"), FULL.to_owned()] {
        let case = Case::of(&people(0));
        let mut config = case.config(ANN, MissingAction::Leave);
        case.against(&mut config, &list);
        let ended = Case::run(&config);
        assert_eq!(ended.exit, Ok(Exit::Good), "{ended:?}");
        assert_eq!(case.there(), "ann:1 carl:2", "Carl is in no list");
    }
}

#[test]
fn an_account_that_is_switched_off_stays() {
    let case = Case::of(&people(0));
    let mut config = case.config(ANN, MissingAction::Leave);
    case.against(&mut config, &FULL.replace("active,Pat,bob", "disabled,Pat,bob"));
    let ended = Case::run(&config);
    assert_eq!(ended.exit, Ok(Exit::Good), "{ended:?}");
    assert!(ended.says("exempt: 1 account that is not active"), "{ended:?}");
    assert_eq!(case.there(), "ann:1 bob:1 carl:2");
}

/// Ten may be removed without a confirmation, including rows of the files that do the same.
#[test]
fn more_than_a_few_missing_users_need_a_yes() {
    let few = Case::of(&people(8));
    assert_eq!(few.import(ANN, MissingAction::Leave).exit, Ok(Exit::Good));
    assert_eq!(few.there(), "ann:1");
    let many = || Case::of(&people(9));
    let case = many();
    let ended = case.import(ANN, MissingAction::Leave);
    let words = "11 people who are in no row would leave the organization";
    assert!(ended.refusal().contains(words), "{ended:?}");
    assert!(ended.questions[0].contains(words), "{ended:?}");
    assert!(case.there().contains("bob:1"), "{}", case.there());
    let ended = many().import(ANN, MissingAction::RemoveGroups);
    assert!(ended.refusal().contains("11 people who are in no row would lose their groups"));
    let ended = many().import(ANN, MissingAction::Report);
    assert!(ended.exit == Ok(Exit::Good) && ended.questions.is_empty(), "{ended:?}");
    let case = many();
    let config = ImportConfig { yes: true, ..case.config(ANN, MissingAction::Leave) };
    let ended = Case::run(&config);
    assert!(ended.exit == Ok(Exit::Good) && ended.questions.is_empty(), "{ended:?}");
    assert_eq!(case.there(), "ann:1");
    // One user is missing, and ten rows delete.
    let ten: String = (0..9).map(|number| format!("delete,p{number}@example.com,\n")).collect();
    let rows = format!("{ANN}{ten}delete,bob@example.com,\n");
    let case = many();
    let ended = case.import(&rows, MissingAction::Leave);
    assert!(ended.refusal().contains("1 person who is in no row would leave"), "{ended:?}");
    // Nobody is missing: there is no question about the rows' deletions here.
    let case = many();
    let ended = case.import(&format!("{rows}add,carl@example.com,Video\n"), MissingAction::Leave);
    assert_eq!(ended.exit, Ok(Exit::Good), "{ended:?}");
}

#[test]
fn a_file_that_shrank_is_refused() {
    let case = Case::of(&people(5));
    let all: String = (0..5).map(|number| format!("add,p{number}@example.com,Design\n")).collect();
    let rows = format!("{ANN}add,bob@example.com,Design\nadd,carl@example.com,Design\n{all}");
    let shrank = |rows: &str| {
        let mut config = case.config(rows, MissingAction::Leave);
        let missing = config.missing.as_mut().unwrap();
        (missing.is_cap_of_these_files, config.fresh) = (false, true);
        Case::run(&config)
    };
    assert_eq!(shrank(&rows).exit, Ok(Exit::Good));
    let ended = shrank(ANN);
    assert!(ended.exit.is_err(), "{ended:?}");
    assert!(case.there().contains("bob:1"), "{}", case.there());
    // A run in test mode is no reference.
    let case = Case::of(&people(5));
    let config = ImportConfig { test_mode: true, ..case.config(&rows, MissingAction::Leave) };
    assert_eq!(Case::run(&config).exit, Ok(Exit::Good));
    let mut config = case.config(ANN, MissingAction::Leave);
    config.missing.as_mut().unwrap().is_cap_of_these_files = false;
    assert_eq!(Case::run(&config).exit, Ok(Exit::Good));
}

#[test]
fn people_whom_a_row_perhaps_means_stay() {
    let mut people = vec![person("ann", &[])];
    let mut rows = "email,firstname,lastname,country\n".to_owned();
    for number in 0..22 {
        people.push(SandboxUser {
            firstname: format!("Pat{number}x"),
            lastname: format!("Lee{number}x"),
            ..person(&format!("old{number}"), &["Design"])
        });
        rows += &format!("new{number}@example.com,Pat{number}x,Lee{number}x,US\n");
    }
    let case = Case::of(&people);
    let mut config = case.config(&rows, MissingAction::Leave);
    config.known.allow_second_accounts = true;
    let ended = Case::run(&config);
    assert_eq!(ended.exit, Ok(Exit::SomeRows), "{ended:?}");
    let said = "stays: perhaps a new address: old3@example.com -> new3@example.com (write an \
                update row with new_email)";
    assert!(ended.says(said), "{ended:?}");
    assert!(ended.says("stays: and 2 more"), "{ended:?}");
    assert!(ended.says("exempt: 22 with perhaps new addresses"), "{ended:?}");
    assert!(case.there().contains("Lee3x:1"), "{}", case.there());
}

#[test]
fn an_interrupted_removal_of_missing_users_goes_on() {
    let case = Case::of(&people(0));
    let config = case.config(ANN, MissingAction::Leave);
    let ended = Case::run_stopping_in(&config, Some(2));
    assert_eq!(ended.exit, Ok(Exit::Stopped), "{ended:?}");
    assert!(ended.says(": interrupted. The same command continues"), "{ended:?}");
    assert!(ended.facts["done"] == false && ended.facts["file"].is_string(), "{ended:?}");
    let ended = Case::run(&config);
    assert_eq!(ended.exit, Ok(Exit::Good), "{ended:?}");
    assert!(ended.says("staff.missing.csv, which was interrupted"), "{ended:?}");
    assert!(!ended.says("missing since"), "{ended:?}");
    assert_eq!(case.there(), "ann:1");
}

#[test]
fn an_interrupted_removal_goes_on_only_with_its_own_file() {
    let interrupted = || {
        let case = Case::of(&people(0));
        let config = case.config(ANN, MissingAction::Leave);
        let ended = Case::run_stopping_in(&config, Some(2));
        assert_eq!(ended.exit, Ok(Exit::Stopped), "{ended:?}");
        (case, config)
    };
    let (case, config) = interrupted();
    std::fs::write(case.path("staff.missing.csv"), case.list() + "\n").unwrap();
    assert!(Case::run(&config).refusal().contains("that file has changed"));
    std::fs::remove_file(case.path("staff.missing.csv")).unwrap();
    assert!(Case::run(&config).refusal().contains("which is gone"));
    let (case, mut config) = interrupted();
    config.missing.as_mut().unwrap().action = MissingAction::RemoveGroups;
    let ended = Case::run(&config);
    assert!(ended.refusal().contains("for another purpose (leave)"), "{ended:?}");
    config.fresh = true;
    let ended = Case::run(&config);
    assert_eq!(ended.exit, Ok(Exit::Good), "{ended:?}");
    assert_eq!(case.there(), "ann:1 bob:0 carl:0");
}

#[test]
fn removals_of_rows_alone_need_no_yes_for_missing_users() {
    let case = Case::of(&people(9));
    let rows: String =
        (0..9).map(|number| format!("remove,p{number}@example.com,Design\n")).collect();
    let rows =
        format!("{ANN}{rows}remove,bob@example.com,Design\nremove,carl@example.com,Design\n");
    let ended = case.import(&rows, MissingAction::RemoveGroups);
    assert!(ended.exit == Ok(Exit::Good) && ended.questions.is_empty(), "{ended:?}");
    assert!(ended.says("0 of 12 people"), "{ended:?}");
}

/// Where nothing was sent, the import fails; else the rows are done, and the same command does the
/// rest.
#[test]
fn a_list_of_missing_users_that_cannot_be_written_stops_the_import() {
    let blocked = |people: &[SandboxUser]| {
        let case = Case::of(people);
        std::fs::create_dir(case.path("staff.missing.csv.partial")).unwrap();
        let config =
            ImportConfig { skip_unchanged: true, ..case.config(ANN, MissingAction::Leave) };
        let ended = Case::run(&config);
        assert_eq!(case.there(), "ann:1 bob:1 carl:2");
        ended
    };
    let ended = blocked(&people(0));
    assert_eq!(ended.exit, Ok(Exit::Stopped), "{ended:?}");
    assert!(ended.says("staff.missing.csv"), "{ended:?}");
    assert!(ended.facts["done"] == false, "{ended:?}");
    let mut done = people(0);
    done[0].groups.insert("Design".to_owned());
    let ended = blocked(&done);
    assert!(ended.refusal().contains("staff.missing.csv"), "{ended:?}");
}

#[test]
fn results_about_missing_users_have_a_file_of_their_own() {
    let case = Case::of(&people(0));
    let ended = case.import(ANN, MissingAction::Leave);
    assert_eq!(ended.exit, Ok(Exit::Good), "{ended:?}");
    let read = |name: &str| std::fs::read_to_string(case.path(name)).unwrap();
    let [rows, missing] = ["staff.results.csv", "staff.missing.results.csv"].map(read);
    assert!(rows.contains("ann@example.com") && !rows.contains("bob@example.com"), "{rows}");
    assert!(missing.contains("bob@example.com") && missing.contains("carl@"), "{missing}");
    assert!(!missing.contains("ann@example.com"), "{missing}");
}

#[test]
fn interrupted_removal_of_groups_goes_on_with_managed_groups_only() {
    let case = Case::of(&people(0));
    let mut config = case.config(ANN, MissingAction::RemoveGroups);
    config.known.manage_groups = vec!["Design".to_owned()];
    let ended = Case::run_stopping_in(&config, Some(2));
    assert_eq!(ended.exit, Ok(Exit::Stopped), "{ended:?}");
    config.known.manage_groups = vec!["Video".to_owned()];
    let ended = Case::run(&config);
    let words = "which removes `Design` from bob@example.com, but that group is no longer among";
    assert!(ended.refusal().contains(words), "{ended:?}");
    config.known.manage_groups = vec!["Design".to_owned()];
    assert_eq!(Case::run(&config).exit, Ok(Exit::Good));
    assert_eq!(case.there(), "ann:1 bob:0 carl:1");
}

/// A file is not sent in portions that pass a guard one by one.
#[test]
fn what_an_interrupted_import_has_left_is_guarded() {
    let interrupted = |rows: &str| {
        let case = Case::of(&people(0));
        let config = ImportConfig { missing: None, ..case.config(rows, MissingAction::Report) };
        let ended = Case::run_stopping_in(&config, Some(1));
        assert_eq!(ended.exit, Ok(Exit::NothingSent), "{ended:?}");
        (case, config)
    };
    let rows = "action,email,groups\ndelete,bob@example.com,\ndelete,carl@example.com,\n";
    let (case, config) = interrupted(rows);
    let ended = Case::run(&ImportConfig { max_deletes: Some(Cap::Rows(1)), ..config.clone() });
    assert!(ended.refusal().contains("2 of 2 rows to send delete"), "{ended:?}");
    assert_eq!(Case::run(&config).exit, Ok(Exit::Good));
    assert_eq!(case.there(), "ann:0");
    let rows = "action,email,groups\nremove,bob@example.com,Design\n\
                remove,carl@example.com,Design\n";
    let (case, config) = interrupted(rows);
    let ended = Case::run(&ImportConfig { max_removals: Some(Cap::Rows(1)), ..config.clone() });
    assert!(ended.refusal().contains("2 of 2 rows to send take memberships away"), "{ended:?}");
    assert_eq!(Case::run(&config).exit, Ok(Exit::Good));
    assert_eq!(case.there(), "ann:0 bob:0 carl:1");
}

/// Nobody leaves by a file or a list that says something else by now.
#[test]
fn files_that_tell_who_is_missing_must_not_change_while_people_leave() {
    for name in ["staff.csv", "users.csv"] {
        let case = Case::of(&people(0));
        let mut config = case.config(ANN, MissingAction::Leave);
        case.against(&mut config, FULL);
        let change = || {
            let text = std::fs::read_to_string(case.path(name)).unwrap();
            std::fs::write(case.path(name), text + "\n").unwrap();
        };
        let ended = Case::run_while(&config, 2, &change);
        assert_eq!(ended.exit, Ok(Exit::Stopped), "{name}: {ended:?}");
        assert!(ended.says(name) && ended.facts["done"] == false, "{ended:?}");
        assert_eq!(case.there(), "ann:1 bob:1 carl:2", "{name}");
    }
}
