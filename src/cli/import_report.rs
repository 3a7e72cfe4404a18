//! `import --json`: prints one object on standard output, whatever happens.
//!
//! The thread of the import reports what it knows, and the thread that ends the program prints it.

use super::error::CliError;
use super::notify::{EndNotice, NoticeCommand};
use crate::cli::say::print_out;
use crate::execute::{OutcomeStatus, RowCounts};
use crate::import::reporter::{ImportEvent, Stage};
use crate::import::{Exit, ImportError};
use crate::report::Summary;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Returns the code for an error at a stage.
fn code(stage: Stage) -> &'static str {
    match stage {
        Stage::Usage => "error.usage",
        Stage::Settings => "error.settings",
        Stage::Input => "error.input",
        Stage::List => "error.list",
        Stage::Server => "error.server",
        Stage::Credentials => "error.credentials",
        Stage::Journal => "error.journal",
        Stage::Guard => "error.guard",
        Stage::Run => "error.run",
    }
}

/// What is known about an import so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct ImportReport(Arc<Mutex<KnownOutcomes>>);

#[derive(Debug)]
struct KnownOutcomes {
    /// Whether the object is printed at the end.
    is_wanted: bool,
    stage: Stage,
    began: Timestamp,
    place: Option<(String, String)>,
    /// The part of each file in the object.
    files: Vec<Map<String, Value>>,
    missing: Option<Value>,
    error: Option<String>,
    /// The code of the error, if the stage does not decide it.
    code: Option<&'static str>,
    /// Whether the user interrupted the import.
    is_interrupted: bool,
    /// The summary for people.
    text: String,
    /// The program that is told at the end.
    notify: Option<NoticeCommand>,
}

impl Default for KnownOutcomes {
    fn default() -> Self {
        Self {
            is_wanted: false,
            stage: Stage::default(),
            began: Timestamp::now(),
            place: None,
            files: Vec::new(),
            missing: None,
            error: None,
            code: None,
            is_interrupted: false,
            text: String::new(),
            notify: None,
        }
    }
}

impl ImportReport {
    fn known(&self) -> MutexGuard<'_, KnownOutcomes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets whether the object is printed at the end.
    pub(crate) fn wants(&self, is_wanted: bool) {
        self.known().is_wanted = is_wanted;
    }

    /// Records that clap has ended the command, with its message if that was a mistake. A call for
    /// help gets no object.
    pub(crate) fn is_misused(&self, error: Option<String>) {
        let mut known = self.known();
        known.is_wanted &= error.is_some();
        known.error = error.map(|words| words.trim_start_matches("error: ").trim_end().to_owned());
    }

    /// Records an event of the import.
    pub(crate) fn note(&self, event: ImportEvent<'_>) {
        match event {
            ImportEvent::Files(files) => self.names(files),
            ImportEvent::Stage(stage) => self.known().stage = stage,
            ImportEvent::Planned { place, name, counts } => self.planned(place, name, counts),
            ImportEvent::GoesTo { organization, host } => {
                self.known().place = Some((organization.to_owned(), host.to_owned()));
            }
            ImportEvent::Missing { facts, .. } => self.known().missing = Some(facts),
            ImportEvent::Interrupted => self.known().is_interrupted = true,
            ImportEvent::Fails(error) => self.fails(error),
            ImportEvent::Read(_)
            | ImportEvent::Unread(_)
            | ImportEvent::SendingBegins
            | ImportEvent::Page(_)
            | ImportEvent::Ended { .. } => {}
        }
    }

    /// Records the files to import.
    fn names(&self, files: &[PathBuf]) {
        self.known().files = files
            .iter()
            .map(|file| Map::from_iter([("file".to_owned(), json!(file.to_string_lossy()))]))
            .collect();
    }

    /// Records the outcomes of rows that are not sent, once a file is read.
    fn planned(&self, place: usize, name: &str, counts: &RowCounts) {
        let mut statuses: Map<String, Value> =
            OutcomeStatus::ALL.iter().map(|status| (status.name().to_owned(), json!(0))).collect();
        let judged = [
            (OutcomeStatus::Invalid, counts.invalid),
            (OutcomeStatus::Failed, counts.behind),
            (OutcomeStatus::Unchanged, counts.unchanged),
            (OutcomeStatus::Skipped, counts.skipped),
        ];
        let left = counts.rows - judged.iter().map(|(_, rows)| rows).sum::<u64>();
        for (status, rows) in judged.into_iter().chain([(OutcomeStatus::NotSent, left)]) {
            statuses.insert(status.name().to_owned(), json!(rows));
        }
        if let Some(file) = self.known().files.get_mut(place) {
            file.insert("file".to_owned(), json!(name));
            file.insert("rows".to_owned(), json!(counts.rows));
            file.insert("statuses".to_owned(), Value::Object(statuses));
        }
    }

    /// Records the summary of a file that is carried out in this run.
    pub(crate) fn ended(
        &self,
        summary: &Summary,
        run: &str,
        began: Timestamp,
    ) -> Result<(), CliError> {
        let Value::Object(mut file) = serde_json::to_value(summary)? else { return Ok(()) };
        file.insert("run".to_owned(), json!(run));
        file.insert("began".to_owned(), json!(began));
        file.insert("ended".to_owned(), json!(Timestamp::now()));
        let mut known = self.known();
        // The rows for missing users are in a file that the user has not named.
        match known
            .files
            .iter_mut()
            .find(|other| other.get("file") == file.get("file") && !other.contains_key("run"))
        {
            Some(planned) => *planned = file,
            None => known.files.push(file),
        }
        Ok(())
    }

    /// Adds a part of the summary for people.
    pub(crate) fn adds(&self, text: &str) {
        self.known().text += text;
    }

    /// Sets the program that is told at the end.
    pub(crate) fn notifies(&self, notify: Option<NoticeCommand>) {
        self.known().notify = notify;
    }

    /// Returns what the program is told, if there is one.
    pub(crate) fn notice(&self, exit: Exit) -> Option<EndNotice> {
        let known = self.known();
        let command = known.notify.clone()?;
        let facts = known.object(exit);
        let summary = match known.is_wanted {
            true => format!("{}\n", Value::Object(facts.clone())),
            false => match &known.error {
                Some(error) => format!("{}error: {error}\n", known.text),
                None => known.text.clone(),
            },
        };
        Some(EndNotice { command, facts, summary })
    }

    /// Returns the status of a command that ends with an error. If requests were sent, the same
    /// command goes on, or shows what was done.
    pub(crate) fn exit_of_error(&self) -> Exit {
        let sent = |file: &Map<String, Value>| file.get("requests").and_then(Value::as_u64);
        match self.known().files.iter().filter_map(sent).any(|requests| requests > 0) {
            true => Exit::Stopped,
            false => Exit::NothingSent,
        }
    }

    /// Records an error. Only the first one is kept.
    pub(crate) fn fails(&self, error: &str) {
        self.known().error.get_or_insert_with(|| error.to_owned());
    }

    /// Records the code of an error that has one of its own.
    pub(crate) fn note_code(&self, error: &ImportError) {
        if let ImportError::Store(error) = error {
            self.known().code = Some(error.code());
        }
    }

    /// Returns the object.
    pub(crate) fn object(&self, exit: Exit) -> Map<String, Value> {
        self.known().object(exit)
    }

    /// Prints the object, if it is wanted.
    pub(crate) fn print(&self, exit: Exit) -> Result<(), CliError> {
        let known = self.known();
        if known.is_wanted {
            print_out(&format!("{}\n", Value::Object(known.object(exit))))
        } else {
            Ok(())
        }
    }
}

impl KnownOutcomes {
    fn object(&self, exit: Exit) -> Map<String, Value> {
        let mut all = match self.files.as_slice() {
            // With one file, its part is the object itself.
            [file] => file.clone(),
            files => together(files),
        };
        let stopped = all.get("stopped").and_then(Value::as_str);
        let error = self
            .error
            .as_deref()
            .or(stopped)
            .filter(|_| exit >= Exit::NothingSent)
            .map(ToOwned::to_owned);
        let code = error.as_deref().map(|_| match self.is_interrupted {
            true => "error.interrupted",
            false => self.code.unwrap_or_else(|| code(self.stage)),
        });
        let ran = self.files.iter().find_map(|file| file.get("run").cloned());
        for (name, absent) in [
            ("rows", json!(0)),
            ("requests", json!(0)),
            ("statuses", json!({})),
            ("effects", json!({})),
        ] {
            all.entry(name).or_insert(absent);
        }
        if let Some((organization, host)) = &self.place {
            all.insert("organization".to_owned(), json!(organization));
            all.insert("host".to_owned(), json!(host));
        }
        let whole = [
            ("exit", json!(exit as u8)),
            ("error", json!(error)),
            ("code", json!(code)),
            ("run", json!(ran)),
            ("began", json!(self.began)),
            ("ended", json!(Timestamp::now())),
            ("files", json!(self.files)),
            ("missing", json!(self.missing)),
        ];
        all.extend(whole.map(|(name, value)| (name.to_owned(), value)));
        all
    }
}

/// Adds several files: all numbers, including those in the maps of statuses, effects and codes. Of
/// the reasons why files stopped, the last one is kept.
fn together(files: &[Map<String, Value>]) -> Map<String, Value> {
    let mut all = Map::new();
    for (name, value) in files.iter().flatten().filter(|(name, _)| *name != "exit") {
        match (all.get_mut(name), value) {
            (Some(Value::Number(sum)), Value::Number(value)) => *sum = add(sum, value),
            (Some(Value::Object(sums)), Value::Object(values)) if name != "left" => {
                for (word, value) in values {
                    let sum = sums.entry(word).or_insert(json!(0));
                    if let (Value::Number(sum), Value::Number(value)) = (sum, value) {
                        *sum = add(sum, value);
                    }
                }
            }
            (_, Value::Number(_) | Value::Object(_)) => {
                drop(all.insert(name.clone(), value.clone()));
            }
            (_, _) if matches!(name.as_str(), "stopped" | "next" | "organization" | "host") => {
                all.insert(name.clone(), value.clone());
            }
            (_, _) => {}
        }
    }
    all
}

fn add(one: &serde_json::Number, other: &serde_json::Number) -> serde_json::Number {
    match (one.as_u64(), other.as_u64()) {
        (Some(one), Some(other)) => (one + other).into(),
        _ => serde_json::Number::from_f64(
            one.as_f64().unwrap_or_default() + other.as_f64().unwrap_or_default(),
        )
        .unwrap_or(0.into()),
    }
}

/// Whether a command line or the environment may ask for the object. This is decided before they
/// are parsed, so that programs are also told about mistakes. Any word may be the command, because
/// the word before it may be the value of an option.
pub(crate) fn is_wanted(typed: &[OsString]) -> bool {
    let has = |wanted: &str| {
        typed.iter().skip(1).take_while(|word| *word != "--").any(|word| word == wanted)
    };
    let by_environment = || {
        std::env::var("UMBULK_JSON").is_ok_and(|value| {
            ["1", "true", "yes", "on"].contains(&value.trim().to_ascii_lowercase().as_str())
        })
    };
    let is_import = has("import") || has("sync") || has("runs") && has("resume");
    is_import && (has("--json") || by_environment())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(value: &Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    fn object(known: &KnownOutcomes, exit: Exit) -> Value {
        Value::Object(known.object(exit))
    }

    #[test]
    fn error_before_anything_is_read_has_every_key() {
        let known = KnownOutcomes {
            error: Some("no such file".to_owned()),
            stage: Stage::Input,
            ..KnownOutcomes::default()
        };
        let object = object(&known, Exit::NothingSent);
        assert_eq!(
            (&object["exit"], &object["error"], &object["code"]),
            (&2.into(), &"no such file".into(), &"error.input".into())
        );
        for key in ["run", "began", "ended", "statuses", "effects", "requests", "files", "missing"]
        {
            assert!(object.get(key).is_some(), "{key}: {object}");
        }
    }

    #[test]
    fn files_are_added_up() {
        let files = vec![
            file(
                &json!({"file": "a.csv", "rows": 3, "seconds": 0.5, "statuses": {"ok": 2, "failed":
                    1}, "stopped": null, "run": "r1", "exit": 1}),
            ),
            file(&json!({"file": "b.csv", "rows": 2, "seconds": 1.0, "statuses": {"ok": 2},
                    "effects": {"created": 2}, "stopped": "outage"})),
        ];
        let object = object(
            &KnownOutcomes { files, stage: Stage::Run, ..KnownOutcomes::default() },
            Exit::Stopped,
        );
        assert_eq!(
            (&object["rows"], &object["seconds"], &object["run"]),
            (&5.into(), &1.5.into(), &"r1".into())
        );
        assert_eq!(object["statuses"], json!({"ok": 4, "failed": 1}));
        assert_eq!(object["effects"], json!({"created": 2}));
        assert_eq!(
            (&object["error"], &object["code"], &object["exit"]),
            (&"outage".into(), &"error.run".into(), &3.into())
        );
        assert_eq!(object["files"].as_array().unwrap().len(), 2);
        assert!(object.get("file").is_none(), "{object}");
    }

    #[test]
    fn run_that_ends_well_has_no_error() {
        let files = vec![file(&json!({"file": "a.csv", "rows": 1, "stopped": null}))];
        let object = object(&KnownOutcomes { files, ..KnownOutcomes::default() }, Exit::Good);
        assert_eq!(
            (&object["error"], &object["code"], &object["file"]),
            (&Value::Null, &Value::Null, &"a.csv".into())
        );
    }
}
