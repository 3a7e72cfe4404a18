//! What a program that runs an import is told: it cannot type options, and so none is named.

use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;
use umbulk::sandbox::{
    Directory, InjectedFault, Sandbox, SandboxGroup, SandboxOptions, SandboxUser,
};
use umbulk::{
    Credentials, Import, ImportBuilder, ImportFailure, ImportSummary, Observer, Rates, Stage,
    sandbox_access,
};

/// A folder, an organization with an administrator and a user in it, and what a program is told.
struct Program {
    folder: tempfile::TempDir,
    sandbox: Sandbox,
    told: Told,
}

/// Everything that is said and asked. It says no to every question.
#[derive(Default)]
struct Told(Mutex<Vec<String>>);

impl Told {
    fn add(&self, words: &str) {
        self.0.lock().unwrap().push(words.to_owned());
    }
}

impl Observer for Told {
    fn on_message(&self, line: &str) {
        self.add(line);
    }

    fn confirm(&self, question: &str) -> bool {
        self.add(question);
        false
    }
}

const NEW: &str = "email,firstname,lastname,country\nbob@example.com,Bob,Lee,US\n";
const DELETE_ANN: &str = "action,email\ndelete,ann@example.com\n";

impl Program {
    fn new() -> Self {
        let mut directory = Directory::default();
        directory.add_group(&SandboxGroup::user_group("Design"));
        let user = |email: &str, groups: &[&str]| SandboxUser {
            groups: groups.iter().map(|&group| group.to_owned()).collect(),
            ..SandboxUser::assumed(email, None, false)
        };
        directory.add_user(&user("root@example.com", &["_org_admin"]));
        directory.add_user(&user("ann@example.com", &["Design"]));
        let sandbox = Sandbox::start(SandboxOptions::default(), directory).unwrap();
        Self { folder: tempfile::tempdir().unwrap(), sandbox, told: Told::default() }
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let file = self.folder.path().join(name);
        fs::write(&file, content).unwrap();
        file
    }

    fn import_with(&self, credentials: Option<Credentials>) -> ImportBuilder {
        let (own, endpoints) = sandbox_access(&self.sandbox).unwrap();
        Import::builder(credentials.unwrap_or(own))
            .endpoints(endpoints)
            .rates(Rates::off())
            .state_folder(self.folder.path().join("state"))
    }

    fn import(&self, content: impl AsRef<[u8]>) -> ImportBuilder {
        self.import_with(None).file(self.file("staff.csv", content))
    }

    fn run(&self, import: ImportBuilder) -> Result<ImportSummary, ImportFailure> {
        let ended = import.build().run_with(&self.told);
        match &ended {
            Err(failure) => self.told.add(&failure.message),
            Ok(summary) => {
                let stopped = summary.files.iter().flat_map(|file| &file.stopped);
                summary.failure.iter().chain(stopped).for_each(|words| self.told.add(words));
            }
        }
        ended
    }

    /// It fails at this stage, with these words.
    fn fails(&self, import: ImportBuilder, stage: Stage, words: &str) {
        let failure = self.run(import).unwrap_err();
        assert_eq!(failure.stage, stage, "{failure}");
        assert!(failure.message.contains(words), "{failure}");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let told = self.told.0.lock().unwrap();
            let named: Vec<&String> = told.iter().filter(|line| names_an_option(line)).collect();
            assert!(!told.is_empty() && named.is_empty(), "{named:#?}");
        }
    }
}

/// Whether a line has a word such as `--max-errors`.
fn names_an_option(line: &str) -> bool {
    line.match_indices("--").any(|(at, _)| line[at + 2..].starts_with(char::is_alphabetic))
}

#[test]
fn files_that_cannot_be_read_are_refused_without_options() {
    let program = Program::new();
    let fails = |content: &[u8], words: &str| {
        program.fails(program.import(content), Stage::Input, words);
    };
    fails(b"emial,firstname,lastname,country\nb@x.com,B,L,US\n", "emial");
    fails(b"shoe size\n43\n", "needs at least one of the columns");
    fails(b"email,E-Mail,firstname\nb@x.com,c@x.com,B\n", "both mean");
    fails(b"email\nb@x.com\n", "does not say what to do");
    fails(b"em\0ail,firstname\nb@x.com,B\n", "NUL");
    fails(b"email,firstname\n", "no row below it");
    let windows_1251 =
        b"email,firstname,lastname,country\nb@x.com,\xc8\xe2\xe0\xed,\xcf\xe5\xf2\xf0\xee\xe2,RU\n";
    fails(windows_1251, "not UTF-8");
    let strict = program.import("email,firstname,lastname,country\nb@x.com,B,L,Nowhere\n");
    program.fails(strict.strict(), Stage::Input, "invalid");
    let twice = program.import(NEW).file(program.folder.path().join("./staff.csv"));
    assert!(program.run(twice).is_err());
}

#[test]
fn guards_refuse_without_options() {
    let program = Program::new();
    let deletes: String = (0..11).map(|n| format!("delete,p{n}@example.com\n")).collect();
    let deletes = program.import(format!("action,email\n{deletes}"));
    program.fails(deletes, Stage::Guard, "nothing was sent");
    let capped = || program.import(DELETE_ANN).yes().max_deletes(0);
    program.fails(capped(), Stage::Guard, "but the limit is 0 rows");
    let removal = program.import("action,email,groups\nremove,ann@example.com,Design\n");
    program.fails(removal.max_removals(0), Stage::Guard, "but the limit is 0 rows");
    let root = program.import("action,email\ndelete,root@example.com\n").yes();
    program.fails(root, Stage::Guard, "_org_admin");
    assert!(program.sandbox.directory().user("root@example.com").is_some());
}

#[test]
fn places_and_lists_are_refused_without_options() {
    let program = Program::new();
    let several = program.import(NEW).file(program.file("more.csv", DELETE_ANN));
    let done = program.folder.path().join("done.csv");
    program.fails(several.results(done), Stage::Usage, "must be a folder");
    let against = |list: &str| program.import(NEW).only_changes_against(list);
    program.fails(against("latest"), Stage::List, "there is no snapshot of users");
    program.fails(against("nowhere"), Stage::List, "neither a file nor a snapshot");
    let credentials = Credentials::new("id", "wrong", "ORG@AdobeOrg");
    let refused = program.import_with(Some(credentials)).file(program.file("new.csv", NEW));
    assert!(program.run(refused).is_err());
}

#[test]
fn list_that_nobody_confirms_is_refused_without_options() {
    let program = Program::new();
    let list = program.file(
        "users.csv",
        "type,email,username,domain,firstname,lastname,country,status,groups\n\
         federatedID,ann@example.com,ann@example.com,example.com,Ann,Lee,US,active,Design\n",
    );
    let days_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(3 * 86_400);
    fs::File::options().write(true).open(&list).unwrap().set_modified(days_ago).unwrap();
    let import = program.import(NEW).only_changes_against(&list);
    assert!(program.run(import).unwrap_err().message.contains("old"));
}

#[test]
fn damaged_journal_is_refused_without_options() {
    let program = Program::new();
    let organization = SandboxOptions::default().org_id;
    let plain: String = organization.chars().filter(char::is_ascii_alphanumeric).collect();
    program.file(&format!("staff.{plain}.journal"), "this is no journal");
    program.fails(program.import(NEW), Stage::Journal, "start over");
}

#[test]
fn stopped_run_and_what_follows_name_no_options() {
    let program = Program::new();
    let rows: String = (0..11).map(|n| format!("p{n}@example.com,P,Lee,US,Desing\n")).collect();
    let rows = format!("email,firstname,lastname,country,groups\n{rows}ann@example.com,A,L,US,\n");
    let rows = rows.replace("Desing", "Design");
    let pause = InjectedFault::Answer {
        status: 429,
        headers: vec![("Retry-After".to_owned(), "86400".to_owned())],
        body: String::new(),
    };
    program.sandbox.faults().next_actions([None, Some(pause)]);
    let stopped = program.run(program.import(&rows)).unwrap();
    let why = stopped.files[0].stopped.clone().unwrap_or_default();
    assert!(why.contains("longer than allowed"), "{why}");
    // Another file of that name does not go on with it.
    program.fails(program.import(NEW), Stage::Journal, "the file has changed");
    // Nor does anything without the journal.
    for entry in fs::read_dir(program.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.to_string_lossy().contains(".journal") {
            fs::remove_file(path).unwrap();
        }
    }
    program.fails(program.import(&rows), Stage::Journal, "its journal");
}

#[test]
fn heads_of_runs_name_no_options() {
    let program = Program::new();
    let rows = "email,firstname,lastname,country,groups\nbob@example.com,Bob,Lee,US,Desing\n";
    program.run(program.import(rows)).unwrap();
    program.run(program.import(NEW)).unwrap();
    // It has finished: its outcomes are shown.
    program.run(program.import(NEW)).unwrap();
    let told = program.told.0.lock().unwrap().join("\n");
    assert!(told.contains("Desing") && told.contains("finished  "), "{told}");
}
