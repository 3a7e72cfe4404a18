//! An import as a library call, with a default for every option.

use crate::execute::Cap;
use crate::fs::state_dir;
use crate::import::access::Access;
use crate::import::config::{ConnectConfig, ImportConfig};
use crate::import::observed::ObservedImport;
use crate::import::pipeline::import;
use crate::import::reporter::Stage;
use crate::import::summary::{ImportFailure, ImportSummary};
use crate::observer::{Observer, Unobserved};
use crate::umapi::{Credentials, Endpoints, Rates};
use std::path::PathBuf;

/// An import of one or several files, ready to run.
///
/// It does what `umbulk import` does with the same files and options: it resumes an interrupted
/// import of these files, and keeps a journal and the results beside them.
#[derive(Debug, Clone)]
pub struct Import {
    config: ImportConfig,
}

impl Import {
    /// Begins an import into the organization of these credentials.
    pub fn builder(credentials: Credentials) -> ImportBuilder {
        let state = state_dir();
        let access = Access::given(credentials.clone(), None, state.clone());
        let config = ImportConfig::new(Vec::new(), ConnectConfig::new(access));
        ImportBuilder { config, credentials, endpoints: None, state }
    }

    /// Runs the import without an observer. Refuses everything that a user would have to confirm,
    /// such as more than a few deletions.
    ///
    /// # Errors
    /// As [`run_with`](Self::run_with).
    pub fn run(&self) -> Result<ImportSummary, ImportFailure> {
        self.run_with(&Unobserved)
    }

    /// Runs the import and reports its progress to an observer. Blocks until the import has
    /// finished or stopped: an asynchronous program calls it on a thread of its own.
    ///
    /// # Errors
    /// When nothing was sent, with the reason. Errors after that are in the summary.
    pub fn run_with(&self, observer: &dyn Observer) -> Result<ImportSummary, ImportFailure> {
        if self.config.files.is_empty() {
            let message = "no file is named: there is nothing to import".to_owned();
            return Err(ImportFailure { stage: Stage::Usage, message });
        }
        let reporter = ObservedImport::new(observer);
        let ended = import(&self.config, &reporter);
        let kept = reporter.into_kept();
        match ended {
            Ok(exit) => Ok(ImportSummary { exit, files: kept.files, failure: kept.failure }),
            Err(error) => Err(ImportFailure { stage: kept.stage, message: error.to_string() }),
        }
    }
}

/// The options of an import; each has a default.
#[derive(Debug, Clone)]
pub struct ImportBuilder {
    config: ImportConfig,
    credentials: Credentials,
    endpoints: Option<Endpoints>,
    state: Option<PathBuf>,
}

impl ImportBuilder {
    /// Adds a file. At least one is needed; files are imported in this order.
    #[must_use]
    pub fn file(mut self, path: impl Into<PathBuf>) -> Self {
        self.config.files.push(path.into());
        self
    }

    /// Uses other endpoints than Adobe's.
    #[must_use]
    pub fn endpoints(mut self, endpoints: Endpoints) -> Self {
        self.endpoints = Some(endpoints);
        self
    }

    /// Keeps other limits than those that Adobe documents.
    #[must_use]
    pub fn rates(mut self, rates: Rates) -> Self {
        self.config.connect.rates = rates;
        self
    }

    /// Keeps state that outlives a run (the record of sent requests, the snapshots) in this
    /// folder, instead of the user's state folder, which all programs share. Programs with one
    /// client id share its limits only through the same folder.
    #[must_use]
    pub fn state_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.state = Some(folder.into());
        self
    }

    /// Writes the results to this file, or with several inputs into this folder. The default is the
    /// folder of the input. A file whose name ends in `.xlsx` is a workbook.
    #[must_use]
    pub fn results(mut self, path: impl Into<PathBuf>) -> Self {
        self.config.results = Some(path.into());
        self
    }

    /// Lets the API check the rows and change nothing.
    #[must_use]
    pub fn test_mode(mut self) -> Self {
        self.config.test_mode = true;
        self
    }

    /// Sends nothing if any row is invalid.
    #[must_use]
    pub fn strict(mut self) -> Self {
        self.config.strict = true;
        self
    }

    /// Refuses files with more rows that delete than this, even if they are confirmed.
    #[must_use]
    pub fn max_deletes(mut self, rows: u64) -> Self {
        self.config.max_deletes = Some(Cap::Rows(rows));
        self
    }

    /// Refuses files with more rows that remove memberships than this.
    #[must_use]
    pub fn max_removals(mut self, rows: u64) -> Self {
        self.config.max_removals = Some(Cap::Rows(rows));
        self
    }

    /// Confirms deletions and old lists, so that there is no question about them.
    #[must_use]
    pub fn yes(mut self) -> Self {
        self.config.yes = true;
        self
    }

    /// Allows rows that delete administrators or remove their roles.
    #[must_use]
    pub fn allow_admins(mut self) -> Self {
        self.config.allow_admins = true;
        self
    }

    /// Compares the rows with an exported list of the organization, and sends only those that
    /// change something.
    #[must_use]
    pub fn only_changes_against(mut self, list: impl Into<PathBuf>) -> Self {
        self.config.skip_unchanged = true;
        self.config.known.against = Some(list.into());
        self
    }

    /// Ignores earlier runs of these files, and sends everything.
    #[must_use]
    pub fn fresh(mut self) -> Self {
        self.config.fresh = true;
        self
    }

    /// Returns the import. Nothing is read or sent yet.
    #[must_use]
    pub fn build(self) -> Import {
        let Self { mut config, credentials, endpoints, state } = self;
        config.connect.access = Access::given(credentials, endpoints, state);
        Import { config }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::execute::{Guards, OutcomeStatus};
    use crate::import::exit::Exit;
    use crate::import::rehearsal::sandbox_access;
    use crate::observer::Progress;
    use crate::sandbox::{Directory, Sandbox, SandboxOptions, SandboxUser};
    use std::sync::Mutex;

    /// A folder, an organization of Ann, and an import of one file.
    struct Case {
        folder: tempfile::TempDir,
        sandbox: Sandbox,
    }

    impl Case {
        fn new() -> Self {
            let mut directory = Directory::default();
            directory.add_user(&SandboxUser::assumed("ann@example.com", None, false));
            let sandbox = Sandbox::start(SandboxOptions::default(), directory).unwrap();
            Self { folder: tempfile::tempdir().unwrap(), sandbox }
        }

        fn import(&self, rows: &str) -> ImportBuilder {
            let file = self.folder.path().join("staff.csv");
            std::fs::write(&file, rows).unwrap();
            let (credentials, endpoints) = sandbox_access(&self.sandbox).unwrap();
            let state = self.folder.path().join("state");
            Import::builder(credentials)
                .endpoints(endpoints)
                .rates(Rates::off())
                .state_folder(state)
                .file(file)
        }

        fn has(&self, user: &str) -> bool {
            self.sandbox.directory().user(user).is_some()
        }
    }

    const BOB: &str = "email,firstname,lastname,country\nbob@example.com,Bob,Lee,US\n";
    const DELETE_ANN: &str = "action,email\ndelete,ann@example.com\n";

    /// Returns rows with more deletions than allowed without a confirmation, including Ann's.
    fn many_deletes() -> String {
        let more = (0..Guards::UNASKED_DELETES).map(|n| format!("delete,p{n}@example.com\n"));
        std::iter::once(DELETE_ANN.to_owned()).chain(more).collect()
    }

    /// Keeps all reports, and answers yes or no.
    #[derive(Default)]
    struct Listener {
        says_yes: bool,
        stops: bool,
        questions: Mutex<Vec<String>>,
        messages: Mutex<Vec<String>>,
        last: Mutex<Option<Progress>>,
    }

    impl Observer for Listener {
        fn on_message(&self, line: &str) {
            self.messages.lock().unwrap().push(line.to_owned());
        }

        fn on_progress(&self, progress: &Progress) {
            *self.last.lock().unwrap() = Some(progress.clone());
        }

        fn confirm(&self, question: &str) -> bool {
            self.questions.lock().unwrap().push(question.to_owned());
            self.says_yes
        }

        fn wants_to_stop(&self) -> bool {
            self.stops
        }
    }

    #[test]
    fn import_gives_outcomes_and_the_results_file() {
        let case = Case::new();
        let summary = case.import(BOB).build().run().unwrap();
        assert_eq!((summary.exit, summary.rows_with(OutcomeStatus::Ok)), (Exit::Good, 1));
        let results = summary.files[0].results.as_deref().unwrap();
        assert_eq!(results, case.folder.path().join("staff.results.csv"));
        assert!(results.is_file() && case.has("bob@example.com"));
        assert!(case.folder.path().join("state").is_dir());
    }

    #[test]
    fn ending_of_the_results_decides_their_form() {
        let case = Case::new();
        let results = |name: &str| case.import(BOB).results(case.folder.path().join(name)).build();
        for name in ["done.xls", "done.ods"] {
            let failure = results(name).run().unwrap_err();
            assert_eq!(failure.stage, Stage::Usage, "{failure}");
            assert!(failure.to_string().contains("ends in .csv or .xlsx"), "{failure}");
        }
        assert!(!case.has("bob@example.com"));
        let summary = results("done.xlsx").run().unwrap();
        let begin = std::fs::read(summary.files[0].results.as_ref().unwrap()).unwrap();
        assert!(case.has("bob@example.com") && begin.starts_with(b"PK"));
    }

    #[test]
    fn deletions_that_nobody_confirms_are_not_sent() {
        let case = Case::new();
        let failure = case.import(&many_deletes()).build().run().unwrap_err();
        assert_eq!(failure.stage, Stage::Guard, "{failure}");
        let listener = Listener::default();
        case.import(&many_deletes()).build().run_with(&listener).unwrap_err();
        let questions = listener.questions.into_inner().unwrap();
        assert!(questions.len() == 1 && questions[0].contains("delete"), "{questions:?}");
        assert!(case.has("ann@example.com"));
    }

    #[test]
    fn deletions_that_are_confirmed_are_sent() {
        for says_yes in [true, false] {
            let case = Case::new();
            let listener = Listener { says_yes, ..Listener::default() };
            let import = case.import(&many_deletes());
            let import = if says_yes { import } else { import.yes() };
            let summary = import.build().run_with(&listener).unwrap();
            assert_eq!(summary.exit, Exit::Good);
            assert!(!case.has("ann@example.com"));
        }
    }

    #[test]
    fn too_many_deletions_are_refused_though_confirmed() {
        let case = Case::new();
        let failure = case.import(DELETE_ANN).yes().max_deletes(0).build().run().unwrap_err();
        assert_eq!(failure.stage, Stage::Guard, "{failure}");
        assert!(case.has("ann@example.com"));
    }

    #[test]
    fn test_mode_changes_nothing() {
        let case = Case::new();
        let summary = case.import(BOB).test_mode().build().run().unwrap();
        assert_eq!(summary.files[0].results, Some(case.folder.path().join("staff.test.csv")));
        assert!(!case.has("bob@example.com"));
    }

    #[test]
    fn observer_hears_messages_and_progress() {
        let case = Case::new();
        let listener = Listener::default();
        case.import(BOB).build().run_with(&listener).unwrap();
        let messages = listener.messages.into_inner().unwrap();
        assert!(messages.iter().any(|line| line.starts_with("organization")), "{messages:?}");
        let last = listener.last.into_inner().unwrap().unwrap();
        assert_eq!((last.noun, last.done, last.total), ("row", 1, Some(1)));
    }

    #[test]
    fn observer_that_stops_at_once_keeps_rows_unsent() {
        let case = Case::new();
        let rows: String = (0..200).map(|n| format!("p{n}@example.com,P{n},Lee,US\n")).collect();
        let import = case.import(&format!("email,firstname,lastname,country\n{rows}")).build();
        let summary = import.run_with(&Listener { stops: true, ..Listener::default() }).unwrap();
        assert!(summary.exit >= Exit::NothingSent, "{summary:?}");
        assert!(summary.files[0].stopped.as_deref().is_some_and(|why| why.contains("interrupted")));
    }

    #[test]
    fn failure_names_what_is_wrong() {
        let case = Case::new();
        let stage = |builder: ImportBuilder| builder.build().run().unwrap_err().stage;
        assert_eq!(stage(case.import("shoe size\n43\n")), Stage::Input);
        assert_eq!(stage(case.import(BOB).file("there-is-no-such.csv")), Stage::Input);
        assert_eq!(stage(Import::builder(Credentials::new("id", "secret", "org"))), Stage::Usage);
        let wrong = case.import(BOB);
        let wrong = ImportBuilder { credentials: Credentials::new("id", "no", "org"), ..wrong };
        assert_eq!(stage(wrong), Stage::Credentials);
    }
}
