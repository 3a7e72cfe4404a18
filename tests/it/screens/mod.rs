//! Whole screens: the command line as typed, standard error, standard output and the exit status.
//!
//! Each screen is a file `THEME/NAME.snap` beside this one. `INSTA_UPDATE=always cargo test --test
//! it -- screens::` writes them again: read the difference. A theme is a file here; a screen is one
//! line in it.

mod archives;
mod credentials;
mod exports;
mod failures;
mod group_commands;
mod guards;
mod help;
mod imports;
mod input_files;
mod inspections;
mod journals;
mod lists;
mod mappings;
mod missing_people;
mod network;
mod places;
mod plans;
#[cfg(target_os = "linux")]
mod questions;
mod row_faults;
mod row_outcomes;
mod sandbox;
mod settings;
mod undo;
mod usage;
mod while_it_runs;
mod workbooks;

use crate::world::{Run, World, bare, run};
use std::fs::File;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

pub(crate) use while_it_runs::{pass, wait_for};

/// What differs from run to run and from machine to machine, and what stands for it. The folder
/// comes before them.
const REDACTED: &[(&str, &str)] = &[
    (r"127\.0\.0\.1:\d+", "HOST"),
    (r"umbulk \d+\.\d+\.\d+", "umbulk VERSION"),
    // Times, as RFC 3339, as on the clock, and in names.
    (r"\d{4}-\d\d-\d\dT[0-9:.]+Z", "TIME"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?", "TIME"),
    (r"\d{4}-\d\d-\d\d[-_T]\d{2,6}(-\d\d)?(-\d\d)?", "DATE"),
    (r"\d{8}-\d{6}", "DATE"),
    // A second file within a minute, a second list within a second.
    (r"DATE-\d\b", "DATE"),
    (r"DATE-(users|groups)-\d\b", "DATE-$1"),
    (r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d\d? [A-Z][a-z]{2}( \d{4})?( \d\d:\d\d(:\d\d)?)?", "TIME"),
    (r"\b\d\d:\d\d(:\d\d)?\b", "TIME"),
    // How long something takes, and how old it is.
    (r"(in|took) (less than a second|\d+\.\d s)", "$1 TIME"),
    (r"(less than a second|\d+\.\d s|\d+ s) (ago|old)", "TIME $2"),
    (r"\d+ s off the server", "TIME off the server"),
    (r#""(seconds|elapsed|took)":[0-9.]+"#, r#""$1":TIME"#),
    // What a living run writes from time to time.
    (r"the last \d+ entries are lost", "the last N entries are lost"),
    // Made up for each run.
    (r"run           [0-9a-f]{8}", "run           ID"),
    (r#""(run|id|run_id)":"[0-9a-f]{8}""#, r#""$1":"ID""#),
    (r#""process":\d+"#, r#""process":ID"#),
    (r"process \d+", "process ID"),
    (r"kill -CONT \d+", "kill -CONT ID"),
    (r"AdobeOrg-[0-9a-f]{8}", "AdobeOrg-ID"),
    (r"late-[0-9a-f]{16}", "late-ID"),
    (r"\.\w{6}\.partial", ".ID.partial"),
    // Compressed, and so of another size for another time.
    (r" +\d+ (B|kB)  ", "  SIZE  "),
    (r#""bytes":\d+"#, r#""bytes":SIZE"#),
];

/// The settings of a snapshot, with everything redacted that differs from run to run.
pub(crate) fn redacted(folder: &Path) -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let plain = |path: &Path| path.display().to_string().replace('.', r"\.");
    settings.add_filter(&plain(folder), "FOLDER");
    for (differs, stands_for) in REDACTED {
        settings.add_filter(differs, *stands_for);
    }
    settings
}

/// A run as somebody sees it.
pub(crate) fn shown(typed: &str, run: &Run) -> String {
    let part = |name: &str, text: &str| match text {
        "" => String::new(),
        text if text.ends_with('\n') => format!("[{name}]\n{text}"),
        text => format!("[{name}]\n{text}\n"),
    };
    format!(
        "$ {typed}\n{}{}[exit status {}]\n",
        part("stderr", &run.stderr),
        part("stdout", &run.stdout),
        run.status
    )
}

/// The screens of one theme, in one folder.
pub(crate) struct Screens<'w> {
    theme: &'static str,
    folder: &'w Path,
    world: Option<&'w World>,
    /// Another server than the organization's.
    server: Option<String>,
}

impl<'w> Screens<'w> {
    /// In the folder of an organization, with credentials for it.
    pub(crate) fn of(theme: &'static str, world: &'w World) -> Self {
        Self { theme, folder: world.folder.path(), world: Some(world), server: None }
    }

    /// In a folder without an organization and without credentials.
    pub(crate) fn offline(theme: &'static str, folder: &'w Path) -> Self {
        Self { theme, folder, world: None, server: None }
    }

    /// With this server in place of the organization.
    pub(crate) fn at(mut self, server: String) -> Self {
        self.server = Some(server);
        self
    }

    /// Runs the command, and compares its screen with the file of that name.
    #[track_caller]
    pub(crate) fn show(&self, name: &str, typed: &str) -> Run {
        let done = self.run(typed);
        self.compare(name, typed, &done);
        done
    }

    /// Shows several screens, one after another.
    #[track_caller]
    pub(crate) fn show_all(&self, screens: &[(&str, &str)]) {
        for (name, typed) in screens {
            self.show(name, typed);
        }
    }

    /// Runs a command whose screen is no matter of this theme: it makes what the next screens need.
    #[track_caller]
    pub(crate) fn prepare(&self, typed: &str, status: i32) {
        let done = self.run(typed);
        assert_eq!(done.status, status, "{typed}: {done:?}");
    }

    #[track_caller]
    pub(crate) fn compare(&self, name: &str, typed: &str, done: &Run) {
        self.settings().bind(|| insta::assert_snapshot!(name, shown(typed, done)));
    }

    /// Shows what a results file says of each row.
    #[track_caller]
    pub(crate) fn show_rows(&self, name: &str, file: &str) {
        let mut text = format!("[{file}]\n");
        for row in crate::world::rows(&self.folder.join(file)) {
            let cell =
                |column: &str| row.get(&format!("umbulk_{column}")).map_or("", String::as_str);
            text += &format!(
                "row {}  {}  {}  {}\n",
                cell("row"),
                cell("status"),
                cell("code"),
                cell("effect")
            );
            if !cell("message").is_empty() {
                text += &format!("       {}\n", cell("message"));
            }
        }
        self.settings().bind(|| insta::assert_snapshot!(name, text));
    }

    fn settings(&self) -> insta::Settings {
        let mut settings = redacted(self.folder);
        settings.set_snapshot_path(self.theme);
        settings
    }

    fn run(&self, typed: &str) -> Run {
        run(&mut self.command(typed))
    }

    /// The command as typed: `NAME=value umbulk import FILE < INPUT`; `NAME=` takes a variable
    /// away.
    pub(crate) fn command(&self, typed: &str) -> Command {
        let words = words(typed);
        let at = words.iter().position(|word| word == "umbulk").unwrap();
        let end = words.iter().position(|word| word == "<").unwrap_or(words.len());
        let args: Vec<&str> = words[at + 1..end].iter().map(String::as_str).collect();
        let mut command = match self.world {
            Some(world) => world.command(&args),
            None => bare(self.folder, &args),
        };
        if let Some(server) = &self.server {
            command
                .env("UMAPI_URL", format!("{server}/v2/usermanagement"))
                .env("UMAPI_AUTH_HOST", server);
        }
        // How often progress is said depends on the machine.
        command.env("UMBULK_PROGRESS", "none");
        for (name, value) in words[..at].iter().filter_map(|word| word.split_once('=')) {
            if value.is_empty() {
                command.env_remove(name)
            } else {
                command.env(name, value)
            };
        }
        if let Some(input) = words.get(end + 1) {
            command.stdin(File::open(self.folder.join(input)).unwrap());
        }
        command
    }

    /// Dates a file that many minutes back; a negative number dates it ahead.
    pub(crate) fn date(&self, name: &str, minutes: i64) -> &Self {
        let span = Duration::from_secs(60 * minutes.unsigned_abs());
        let at = if minutes < 0 { SystemTime::now() + span } else { SystemTime::now() - span };
        File::options()
            .append(true)
            .open(self.folder.join(name))
            .unwrap()
            .set_modified(at)
            .unwrap();
        self
    }

    /// Writes a file into the folder.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        std::fs::write(self.folder.join(name), content).unwrap();
        self
    }
}

/// The words of a command line, as a shell splits them; quotes keep blanks.
fn words(typed: &str) -> Vec<String> {
    let (mut words, mut quote) = (vec![String::new()], None);
    for letter in typed.chars() {
        match (quote, letter) {
            (None, ' ') => words.push(String::new()),
            (None, '\'' | '"') => quote = Some(letter),
            (Some(open), letter) if open == letter => quote = None,
            _ => words.last_mut().unwrap().push(letter),
        }
    }
    words
}

#[test]
fn quoted_words_stay_together() {
    assert_eq!(
        words("umbulk import 'my staff.csv' --map \"email=E Mail\""),
        ["umbulk", "import", "my staff.csv", "--map", "email=E Mail"]
    );
}
