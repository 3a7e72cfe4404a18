//! `--notify-cmd`: runs a program at the end of an import, which tells somebody about it. Whatever
//! the program does, the exit status of the import stays.

use super::environment::NOTIFIED;
use super::error::CliError;
use serde_json::{Map, Value};
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How long the program may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is asked whether it has ended.
const STEP: Duration = Duration::from_millis(20);

/// The program, and what it must not know.
#[derive(Debug, Clone)]
pub(crate) struct NoticeCommand {
    /// The program with its arguments, as a shell splits words.
    pub(crate) command: String,
    /// The job that the import was for.
    pub(crate) job: Option<PathBuf>,
    /// The variables with the secrets of profiles, whichever applies.
    pub(crate) secrets: Vec<String>,
}

/// What the program is told.
#[derive(Debug)]
pub(crate) struct EndNotice {
    pub(crate) command: NoticeCommand,
    /// The object that `--json` prints.
    pub(crate) facts: Map<String, Value>,
    /// What comes on its standard input.
    pub(crate) summary: String,
}

impl EndNotice {
    /// Runs the program.
    ///
    /// # Errors
    /// When it cannot be run, fails, or does not end, in words.
    pub(crate) fn give(&self) -> Result<(), CliError> {
        let wrong = |why: String| CliError(format!("--notify-cmd {}: {why}", self.command.command));
        let words = words(&self.command.command)
            .ok_or_else(|| wrong("a quote is not closed".to_owned()))?;
        let (program, args) =
            words.split_first().ok_or_else(|| wrong("it names no program".to_owned()))?;
        let mut command = Command::new(program);
        command.args(args).envs(self.variables());
        for name in self.hidden() {
            command.env_remove(name);
        }
        // Standard output is for the data of umbulk.
        command.stdin(Stdio::piped()).stdout(std::io::stderr());
        let child = command.spawn().map_err(|error| wrong(crate::fs::in_words(&error)))?;
        match self.wait_for(child).map_err(|error| wrong(crate::fs::in_words(&error)))? {
            Some(status) if status.success() => Ok(()),
            Some(status) => Err(wrong(format!("it failed ({status})"))),
            None => Err(wrong("it did not end within a minute, and was stopped".to_owned())),
        }
    }

    /// Gives the summary to the program, and waits for its end. Returns `None` if it had to be
    /// stopped.
    #[expect(
        clippy::disallowed_methods,
        reason = "another program is waited for, and no clock of ours moves it"
    )]
    fn wait_for(&self, mut child: Child) -> std::io::Result<Option<ExitStatus>> {
        let input = child.stdin.take();
        let summary = self.summary.clone();
        // The program need not read it, so its end is not waited for.
        std::thread::spawn(move || input.map(|mut input| input.write_all(summary.as_bytes())));
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(Some(status));
            }
            if Instant::now() >= until {
                child.kill()?;
                child.wait()?;
                return Ok(None);
            }
            std::thread::sleep(STEP);
        }
    }

    /// Returns the variables about the import.
    fn variables(&self) -> Vec<(&'static str, OsString)> {
        let text = |value: Option<&Value>| match value {
            None | Some(Value::Null) => OsString::new(),
            Some(Value::String(text)) => text.into(),
            Some(other) => other.to_string().into(),
        };
        let file = |name: &str| {
            let path = self.facts.get(name).and_then(Value::as_str).map(Path::new);
            let path = path.and_then(|path| std::path::absolute(path).ok());
            path.map(PathBuf::into_os_string).unwrap_or_default()
        };
        let one = |name: &'static str| {
            let value = match name {
                "UMBULK_JOB" => self.command.job.clone().unwrap_or_default().into_os_string(),
                "UMBULK_RESULTS_FILE" => file("results"),
                "UMBULK_FAILED_FILE" => file("failed"),
                "UMBULK_ERROR_CODE" => text(self.facts.get("code")),
                "UMBULK_COUNT_ROWS" => text(self.facts.get("rows")),
                _ => match name.strip_prefix("UMBULK_COUNT_") {
                    Some(status) => {
                        let statuses = self.facts.get("statuses");
                        let number = statuses.and_then(|all| all.get(status.to_lowercase()));
                        text(Some(number.unwrap_or(&Value::from(0))))
                    }
                    None => text(self.facts.get(&name["UMBULK_".len()..].to_lowercase())),
                },
            };
            (name, value)
        };
        NOTIFIED.into_iter().map(one).collect()
    }

    /// Returns the variables that the program does not get: credentials, and this very option.
    fn hidden(&self) -> Vec<OsString> {
        let is_hidden = |name: &OsString| {
            let name = name.to_string_lossy();
            name.starts_with("UMAPI_")
                || ["UMBULK_SANDBOX_TOKEN", "UMBULK_NOTIFY_CMD"].contains(&&*name)
                || self.command.secrets.iter().any(|secret| is_same_variable(secret, &name))
        };
        std::env::vars_os().map(|(name, _)| name).filter(is_hidden).collect()
    }
}

/// Whether two names are those of one variable of the environment.
fn is_same_variable(one: &str, other: &str) -> bool {
    match cfg!(windows) {
        true => one.eq_ignore_ascii_case(other),
        false => one == other,
    }
}

/// Splits a command into words as a shell does, without anything else that a shell does. On
/// Windows, `\` is a part of paths.
fn words(command: &str) -> Option<Vec<String>> {
    if cfg!(windows) { shlex::split(&command.replace('\\', "\\\\")) } else { shlex::split(command) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn notice(command: &str, facts: &Value) -> EndNotice {
        EndNotice {
            command: NoticeCommand { command: command.to_owned(), job: None, secrets: Vec::new() },
            facts: facts.as_object().cloned().unwrap(),
            summary: "the summary\n".to_owned(),
        }
    }

    #[test]
    fn variables_have_the_outcome_and_every_count() {
        let facts = json!({
            "exit": 1, "run": "0a1b", "code": null, "rows": 5, "organization": "1@AdobeOrg",
            "host": "h", "statuses": {"ok": 3, "failed": 2, "not_sent": 0}, "results": "r.csv"
        });
        let variables = notice("true", &facts).variables();
        let of = |name: &str| {
            let found = variables.iter().find(|(other, _)| *other == name);
            found.unwrap().1.to_string_lossy().into_owned()
        };
        for (name, value) in [
            ("UMBULK_EXIT", "1"),
            ("UMBULK_RUN", "0a1b"),
            ("UMBULK_ERROR_CODE", ""),
            ("UMBULK_COUNT_ROWS", "5"),
            ("UMBULK_COUNT_OK", "3"),
            ("UMBULK_COUNT_FAILED", "2"),
            ("UMBULK_COUNT_UNKNOWN", "0"),
            ("UMBULK_FAILED_FILE", ""),
        ] {
            assert_eq!(of(name), value, "{name}");
        }
        assert!(Path::new(&of("UMBULK_RESULTS_FILE")).is_absolute());
    }

    #[test]
    fn program_that_cannot_run_is_said() {
        for (command, words) in [
            ("", "it names no program"),
            ("echo 'x", "a quote is not closed"),
            ("/nowhere/program", "there is no such file"),
        ] {
            let CliError(why) = notice(command, &json!({})).give().unwrap_err();
            assert!(why.starts_with("--notify-cmd ") && why.contains(words), "{why}");
        }
    }
}
