//! A folder, an organization, and the binary between them.

use crate::grammar::wrong_plural;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use umbulk::sandbox::{Directory, Sandbox, SandboxGroup, SandboxOptions, SandboxUser};

/// A folder of its own for files and state, and an organization of its own.
pub(crate) struct World {
    pub folder: tempfile::TempDir,
    pub sandbox: Sandbox,
    pub(crate) options: SandboxOptions,
}

/// What the program left behind.
#[derive(Debug)]
pub(crate) struct Run {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl World {
    /// An organization with these groups and nobody in it.
    pub(crate) fn with_groups(groups: &[&str]) -> Self {
        let mut directory = Directory::default();
        for group in groups {
            directory.add_group(&SandboxGroup::user_group(group));
        }
        Self::new(directory, SandboxOptions::default())
    }

    pub(crate) fn new(directory: Directory, options: SandboxOptions) -> Self {
        let sandbox = Sandbox::start(options.clone(), directory).unwrap();
        Self { folder: tempfile::tempdir().unwrap(), sandbox, options }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// The binary in this world's folder, pointed at its organization, with no limit, short waits,
    /// and no late effects.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = bare(self.folder.path(), args);
        command
            .env("UMAPI_URL", self.sandbox.url())
            .env("UMAPI_AUTH_HOST", self.sandbox.auth_host())
            .env("UMAPI_CLIENT_ID", &self.options.client_id)
            .env("UMAPI_CLIENT_SECRET", &self.options.client_secret)
            .env("UMAPI_ORG_ID", &self.options.org_id)
            .env("UMBULK_RATE", "off")
            .env("UMBULK_EFFECT_WINDOW", "0")
            .env("UMBULK_RETRY_WAIT", "5ms");
        command
    }

    pub(crate) fn umbulk(&self, args: &[&str]) -> Run {
        run(&mut self.command(args))
    }

    /// Imports a file written under `name`.
    pub(crate) fn import(&self, name: &str, content: impl AsRef<[u8]>, more: &[&str]) -> Run {
        self.write(name, content);
        let mut args = vec!["import", name];
        args.extend(more);
        self.umbulk(&args)
    }

    /// The rows of a results file, by column.
    pub(crate) fn rows(&self, name: &str) -> Vec<BTreeMap<String, String>> {
        rows(&self.path(name))
    }

    /// The statuses in a results file, in order.
    pub(crate) fn statuses(&self, name: &str) -> Vec<String> {
        self.rows(name).into_iter().map(|row| row["umbulk_status"].clone()).collect()
    }

    /// `status code` of each row, in order.
    pub(crate) fn outcomes(&self, name: &str) -> Vec<String> {
        self.rows(name)
            .into_iter()
            .map(|row| format!("{} {}", row["umbulk_status"], row["umbulk_code"]).trim().to_owned())
            .collect()
    }

    /// The groups of a user, sorted; `None` when she is not in the organization.
    pub(crate) fn groups_of(&self, user: &str) -> Option<Vec<String>> {
        let directory = self.sandbox.directory();
        let user = directory.user(user)?;
        let mut groups: Vec<String> = user.groups.iter().cloned().collect();
        groups.sort();
        Some(groups)
    }

    /// The dated copies in `NAME.umbulk`, by name.
    pub(crate) fn dated(&self, name: &str) -> BTreeMap<String, Vec<u8>> {
        let Ok(entries) = std::fs::read_dir(self.path(&format!("{name}.umbulk"))) else {
            return BTreeMap::new();
        };
        // A run may rename a file meanwhile.
        let read = |path: PathBuf| {
            let name = path.file_name()?.to_str()?.to_owned();
            Some((name, std::fs::read(path).ok()?))
        };
        entries.filter_map(|entry| read(entry.unwrap().path())).collect()
    }

    /// Action requests that the server has seen, whatever it answered.
    pub(crate) fn action_requests(&self) -> usize {
        self.sandbox.traffic().iter().filter(|received| received.commands > 0).count()
    }
}

/// The binary in a folder, with nothing of this machine's environment but where programs are.
pub(crate) fn bare(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_umbulk"));
    command.current_dir(folder).args(args).env_clear();
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    command.env("HOME", folder).env("XDG_STATE_HOME", folder.join("state")).env("TZ", "UTC");
    command
}

pub(crate) fn run(command: &mut Command) -> Run {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let run = Run {
        status: status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&stdout).into_owned(),
        stderr: String::from_utf8_lossy(&stderr).into_owned(),
    };
    assert_eq!(
        [&run.stdout, &run.stderr].map(|screen| wrong_plural(screen)),
        [None, None],
        "{command:?}: {run:?}"
    );
    run
}

/// The rows of a delimited file, by column.
pub(crate) fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    let text =
        std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let text = text.trim_start_matches('\u{feff}');
    let header = text.lines().next().unwrap_or_default();
    let delimiter = [b',', b';', b'\t', b'|']
        .into_iter()
        .max_by_key(|d| header.bytes().filter(|b| b == d).count())
        .unwrap_or(b',');
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    reader
        .records()
        .map(|record| {
            header
                .iter()
                .map(ToOwned::to_owned)
                .zip(record.unwrap().iter().map(ToOwned::to_owned))
                .collect()
        })
        .collect()
}

/// A federated user with these groups.
pub(crate) fn user(email: &str, groups: &[&str]) -> SandboxUser {
    let mut user = SandboxUser::assumed(email, None, false);
    user.firstname = "First".to_owned();
    user.lastname = "Last".to_owned();
    user.groups.extend(groups.iter().map(|group| (*group).to_owned()));
    user
}
