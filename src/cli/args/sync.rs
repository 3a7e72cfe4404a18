//! The options of `umbulk sync`.

use super::shared::{AccessArgs, ProgressArg};
use super::value_error::ValueError;
use crate::execute::Cap;
use clap::{Args, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;

/// The arguments of `umbulk sync`.
#[derive(Debug, Args, Clone)]
pub(crate) struct SyncArgs {
    /// The file that describes the job: `input`, and options of `umbulk import`
    #[arg(value_name = "JOB.toml")]
    pub(crate) job: PathBuf,
    /// Refuse a list with so many fewer rows than the last time; off lifts it [default: as the job
    /// says, else 20%]
    #[arg(long, value_name = "N|P%|off", value_parser = max_shrink, help_heading = "Guards")]
    pub(crate) max_shrink: Option<MaxShrinkArg>,
    /// Refuse when more people are missing than this. A number that is typed also allows a file
    /// that names far fewer people than the last time [default: as the job says]
    #[arg(long, value_name = "N|P%", help_heading = "Guards")]
    pub(crate) max_missing: Option<String>,
    /// Send rows that delete administrators or remove their roles
    #[arg(long, help_heading = "Guards")]
    pub(crate) allow_admins: bool,
    /// Answer every question with yes: deletions, missing people, old lists, the production
    /// organization
    #[arg(long, help_heading = "Guards")]
    pub(crate) yes: bool,
    /// The API checks and changes nothing
    #[arg(long)]
    pub(crate) test_mode: bool,
    /// Send everything, whatever an earlier run did
    #[arg(long)]
    pub(crate) fresh: bool,
    #[command(flatten)]
    pub(crate) access: AccessArgs,
    /// How to show progress
    #[arg(long, value_enum, help_heading = "Output")]
    pub(crate) progress: Option<ProgressArg>,
    /// Write each request and each wait, with the reason, to this file: a JSON object on each line
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) log_file: Option<PathBuf>,
    /// Print the summary as JSON
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,
    /// Run this program at the end, with the summary on its standard input (as JSON with --json)
    /// and in its environment (UMBULK_EXIT, UMBULK_COUNT_FAILED, …)
    #[arg(long, value_name = "COMMAND", help_heading = "Output")]
    pub(crate) notify_cmd: Option<String>,
}

/// `--max-shrink` as typed, or as a job says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum MaxShrinkArg {
    Cap(Cap),
    Off,
}

impl MaxShrinkArg {
    /// What is allowed without a word.
    pub(crate) const DEFAULT: Self = Self::Cap(Cap::Percent(20.0));

    /// Returns the limit, if there is one.
    pub(crate) fn cap(self) -> Option<Cap> {
        match self {
            Self::Cap(cap) => Some(cap),
            Self::Off => None,
        }
    }
}

/// Parses `--max-shrink`.
pub(crate) fn max_shrink(text: &str) -> Result<MaxShrinkArg, ValueError> {
    if text.trim().eq_ignore_ascii_case("off") {
        Ok(MaxShrinkArg::Off)
    } else {
        text.parse().map(MaxShrinkArg::Cap).map_err(|_| {
            format!("`{text}` is neither a number of rows (25) nor a percentage (20%) nor off")
                .into()
        })
    }
}

impl SyncArgs {
    /// Returns the typed options as those of the import.
    pub(crate) fn words_of_the_import(&self) -> Vec<OsString> {
        let mut words: Vec<OsString> = Vec::new();
        for (is_typed, flag) in [
            (self.yes, "--yes"),
            (self.allow_admins, "--allow-admins"),
            (self.test_mode, "--test-mode"),
            (self.fresh, "--fresh"),
            (self.json, "--json"),
        ] {
            words.extend(is_typed.then(|| flag.into()));
        }
        let mut value = |name: &str, value: Option<OsString>| {
            if let Some(value) = value {
                let mut word = OsString::from(format!("--{name}="));
                word.push(value);
                words.push(word);
            }
        };
        value("notify-cmd", self.notify_cmd.clone().map(OsString::from));
        value("max-missing", self.max_missing.clone().map(OsString::from));
        let progress = self.progress.as_ref().and_then(ValueEnum::to_possible_value);
        value("progress", progress.map(|word| word.get_name().into()));
        value("log-file", self.log_file.as_ref().map(|path| absolute(path).into()));
        value("env-file", self.access.env_file.as_ref().map(|path| absolute(path).into()));
        value("profile", self.access.profile.clone().map(OsString::from));
        words
    }
}

/// Returns a path that is the same in the folder of the job.
fn absolute(path: &std::path::Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shrinking_is_a_number_a_share_or_off() {
        assert_eq!(max_shrink("25"), Ok(MaxShrinkArg::Cap(Cap::Rows(25))));
        assert_eq!(max_shrink("20 %"), Ok(MaxShrinkArg::Cap(Cap::Percent(20.0))));
        assert_eq!(max_shrink(" OFF").map(MaxShrinkArg::cap), Ok(None));
        assert!(max_shrink("a lot").is_err());
    }
}
