//! The commands that umbulk proposes. They are built from the typed words, so that they work when
//! pasted.

use crate::cli::args::command_line::Cli;
use clap::{ArgAction, CommandFactory};
use std::ffi::{OsStr, OsString};
use std::path::Path;

/// A command of umbulk, in parts.
pub(crate) struct Typed<'w>(Vec<Part<'w>>);

/// An argument with its words: an option and its value stay together.
#[derive(Clone)]
enum Part<'w> {
    /// The program and the command.
    Name(&'w OsStr),
    /// An option by its long name, with the words as typed.
    Option { long: String, words: Vec<&'w OsStr> },
    /// A file.
    File(&'w OsStr),
}

/// Options of an import that do not apply to the file of rows to fix: they are for other rows,
/// another header or other files, or were typed to allow this one command.
const NOT_FOR_FAILED_ROWS: [&str; 11] = [
    "fresh",
    "retry-failed",
    "save-map",
    "rows",
    "results",
    "failed",
    "report",
    "header-row",
    "sheet",
    "encoding",
    "yes",
];

/// Options of an import that do not apply when its failed rows are sent again.
const NOT_FOR_RETRY: [&str; 6] = ["fresh", "retry-failed", "save-map", "rows", "report", "yes"];

/// Options with which a file must have every row about a user, or every user.
const NEED_EVERY_ROW: [&str; 3] = ["missing", "exact-groups", "plan"];

impl<'w> Typed<'w> {
    /// Parses the words of a command; `None` if it is not a command of umbulk.
    pub(crate) fn new(words: &'w [OsString]) -> Option<Self> {
        let command = Cli::command();
        let (program, mut rest) =
            words.split_first().filter(|(program, _)| *program == "umbulk")?;
        let mut parts = vec![Part::Name(program)];
        // The program, its command, and the command of that.
        let mut commands = vec![&command];
        let mut only_files = false;
        while let Some((word, after)) = rest.split_first() {
            rest = after;
            let text = word.to_string_lossy();
            match text.strip_prefix("--") {
                Some("") if !only_files => only_files = true,
                Some(option) if !only_files => {
                    let (long, value) = option
                        .split_once('=')
                        .map_or((option, None), |(long, value)| (long, Some(value)));
                    let known = commands.iter().flat_map(|command| command.get_arguments());
                    let takes_value = known
                        .filter(|arg| arg.get_long() == Some(long))
                        .any(|arg| matches!(arg.get_action(), ArgAction::Set | ArgAction::Append));
                    let mut words = vec![word.as_os_str()];
                    if takes_value && value.is_none() {
                        let (value, after) = rest.split_first()?;
                        words.push(value);
                        rest = after;
                    }
                    parts.push(Part::Option { long: long.to_owned(), words });
                }
                None if !only_files && text.len() > 1 && text.starts_with('-') => {
                    parts.push(Part::Option { long: String::new(), words: vec![word] });
                }
                _ => match commands[commands.len() - 1].find_subcommand(&*text) {
                    Some(subcommand) => {
                        commands.push(subcommand);
                        parts.push(Part::Name(word));
                    }
                    None if commands.len() == 1 => return None,
                    None => parts.push(Part::File(word)),
                },
            }
        }
        (commands.len() > 1).then_some(Self(parts))
    }

    /// Whether it is `umbulk import`.
    pub(crate) fn is_import(&self) -> bool {
        self.is_command("import")
    }

    /// Whether it carries out an import, also one that a job or a run of a store describes.
    pub(crate) fn imports(&self) -> bool {
        self.is_import() || self.is_command("sync") || self.resumes()
    }

    /// Whether it is `umbulk runs resume`. The options of that import about its rows are in the
    /// store.
    pub(crate) fn resumes(&self) -> bool {
        self.is_command("runs") && self.names().nth(2).is_some_and(|name| name == "resume")
    }

    fn is_command(&self, wanted: &str) -> bool {
        self.names().nth(1).is_some_and(|name| name == wanted)
    }

    /// Returns the program, its command, and the command of that.
    fn names(&self) -> impl Iterator<Item = &OsStr> {
        self.0
            .iter()
            .filter_map(|part| if let Part::Name(name) = part { Some(*name) } else { None })
    }

    /// Returns the command that continues what this one has begun.
    pub(crate) fn to_go_on(&self) -> Vec<OsString> {
        self.with(&["fresh", "save-map"], None)
    }

    /// Returns the command that starts over with a file and the files after it; `None` if it
    /// applies a saved plan, which is that of the files as they were, or continues a run by its id.
    pub(crate) fn to_start_over(&self, file: &Path) -> Option<Vec<OsString>> {
        if self.has_option(&["plan"]) || self.resumes() {
            return None;
        }
        let mut words =
            self.with(&["fresh", "retry-failed", "save-map"], Some(&self.files_from(file)));
        words.push("--fresh".into());
        Some(words)
    }

    /// Returns the command that writes the mapping of its options, or the one that it proposes, to
    /// a file; `None` if it writes none.
    pub(crate) fn to_save_map(&self, path: &Path) -> Option<Vec<OsString>> {
        self.with_map_option("--save-map", path)
    }

    /// Returns the command that reads its files with a mapping that it has written.
    pub(crate) fn to_use_map(&self, path: &Path) -> Option<Vec<OsString>> {
        self.with_map_option("--map-file", path)
    }

    fn with_map_option(&self, option: &str, path: &Path) -> Option<Vec<OsString>> {
        /// What the written mapping has already.
        const IN_MAPPING: [&str; 3] = ["save-map", "map-file", "map"];
        let reads_tables = ["import", "validate", "plan"].iter().any(|one| self.is_command(one));
        let without = if option == "--map-file" { &IN_MAPPING[..] } else { &IN_MAPPING[..1] };
        reads_tables.then(|| {
            let mut words = self.with(without, None);
            words.extend([option.into(), path.into()]);
            words
        })
    }

    /// Returns the command that imports the rows to fix, once they are fixed; `None` if they cannot
    /// be imported separately.
    pub(crate) fn to_import_failed(&self, failed: &Path) -> Option<Vec<OsString>> {
        (!self.needs_every_row())
            .then(|| self.with(&NOT_FOR_FAILED_ROWS, Some(&[failed.as_os_str()])))
    }

    /// Returns the command that sends the failed rows again, once they are fixed; `None` if all
    /// rows are needed.
    pub(crate) fn to_retry_failed(&self) -> Option<Vec<OsString>> {
        (!self.needs_every_row()).then(|| {
            let mut words = self.with(&NOT_FOR_RETRY, None);
            words.push("--retry-failed".into());
            words
        })
    }

    fn needs_every_row(&self) -> bool {
        self.has_option(&NEED_EVERY_ROW)
    }

    /// Whether it has one of these options.
    fn has_option(&self, options: &[&str]) -> bool {
        self.0.iter().any(|part| match part {
            Part::Option { long, .. } => options.contains(&long.as_str()),
            Part::Name(_) | Part::File(_) => false,
        })
    }

    /// Returns the command that sends the rows of this `umbulk undo`.
    pub(crate) fn to_apply(&self) -> Vec<OsString> {
        let mut words = self.with(&["json"], None);
        words.push("--apply".into());
        words
    }

    /// Returns the import of the rows that this `umbulk undo` has written.
    pub(crate) fn to_import_undo(&self, rows: &Path) -> Vec<OsString> {
        let import = self.named("undo", "import");
        import.with(&["out", "apply", "json"], Some(&[rows.as_os_str()]))
    }

    /// Returns the command that writes all rows of this `umbulk plan` with what becomes of them.
    pub(crate) fn to_list_rows(&self) -> Vec<OsString> {
        let mut words = self.with(&["out", "save", "json"], None);
        words.extend(["--out".into(), "FILE".into()]);
        words
    }

    /// Returns the command that checks a file of this `umbulk plan`, with the options that say how
    /// the file is read.
    pub(crate) fn to_validate(&self, file: &str) -> Vec<OsString> {
        let command = Cli::command();
        let validate = command.find_subcommand("validate");
        let known: Vec<&str> = validate
            .into_iter()
            .chain([&command])
            .flat_map(clap::Command::get_arguments)
            .filter_map(clap::Arg::get_long)
            .filter(|long| *long != "json")
            .collect();
        let others: Vec<&str> = self
            .0
            .iter()
            .filter_map(
                |part| if let Part::Option { long, .. } = part { Some(&**long) } else { None },
            )
            .filter(|long| !long.is_empty() && !known.contains(long))
            .collect();
        self.named("plan", "validate").with(&others, Some(&[OsStr::new(file)]))
    }

    /// Returns it as another command.
    fn named(&self, command: &str, other: &'static str) -> Self {
        let renamed = self.0.iter().map(|part| match part {
            Part::Name(name) if *name == command => Part::Name(OsStr::new(other)),
            part => part.clone(),
        });
        Self(renamed.collect())
    }

    /// Returns the import of a file that this `umbulk runs resume` becomes.
    pub(crate) fn to_import_resumed(&self, file: &Path) -> Vec<OsString> {
        let import = self.0.iter().filter_map(|part| match part {
            Part::Name(name) if *name == "runs" => Some(Part::Name(OsStr::new("import"))),
            Part::Name(name) if *name == "resume" => None,
            Part::File(_) => Some(Part::File(file.as_os_str())),
            part => Some(part.clone()),
        });
        Typed(import.collect()).with(&[], None)
    }

    /// Returns the files from this one on.
    fn files_from(&self, file: &Path) -> Vec<&OsStr> {
        let mut files: Vec<&OsStr> = self
            .0
            .iter()
            .filter_map(|part| if let Part::File(word) = part { Some(*word) } else { None })
            .collect();
        let done = files.iter().position(|word| *word == file.as_os_str()).unwrap_or(0);
        files.drain(..done);
        files
    }

    /// Returns the command without these options, and with other files. A program that is told at
    /// the end is never part of it: a journal may be forged, and its command is made to be pasted.
    fn with(&self, without: &[&str], files: Option<&[&OsStr]>) -> Vec<OsString> {
        let mut words: Vec<OsString> = Vec::new();
        let mut files = files.map(<[&OsStr]>::to_vec);
        for part in &self.0 {
            match part {
                Part::Name(word) => words.push(word.into()),
                Part::Option { long, .. }
                    if long == "notify-cmd" || without.contains(&long.as_str()) => {}
                Part::Option { words: option, .. } => {
                    words.extend(option.iter().map(OsString::from));
                }
                Part::File(word) => match &mut files {
                    None => words.push(plain(word)),
                    // All files take the place of the first one.
                    Some(files) => words.extend(files.drain(..).map(plain)),
                },
            }
        }
        words
    }
}

/// Returns the words of a command as a journal keeps them.
pub(crate) fn kept(words: Vec<OsString>) -> Vec<OsString> {
    Typed::new(&words).map(|typed| typed.with(&[], None)).unwrap_or(words)
}

/// Returns a file as a word. A name that looks like an option gets its folder before it.
fn plain(file: &OsStr) -> OsString {
    if file.len() > 1 && file.as_encoded_bytes().starts_with(b"-") {
        Path::new(".").join(file).into()
    } else {
        file.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::reporter::WayOn;
    use crate::report::Next;

    fn words(command: &str) -> Vec<OsString> {
        command.split(' ').map(OsString::from).collect()
    }

    fn text(words: &[OsString]) -> String {
        words.iter().map(|word| word.to_str().unwrap()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn command_that_goes_on_does_not_start_over() {
        let typed = words("umbulk -q import --fresh a.csv --map email=Mail --yes");
        assert_eq!(
            text(&Typed::new(&typed).unwrap().to_go_on()),
            "umbulk -q import a.csv --map email=Mail --yes"
        );
    }

    #[test]
    fn undo_is_applied_and_its_rows_are_imported_with_the_same_credentials() {
        let typed = words("umbulk -q undo a.csv --env-file undo.env --json --out b.csv");
        let typed = Typed::new(&typed).unwrap();
        let applied = "umbulk -q undo a.csv --env-file undo.env --out b.csv --apply";
        assert_eq!(text(&typed.to_apply()), applied);
        let imported = "umbulk -q import b.csv --env-file undo.env";
        assert_eq!(text(&typed.to_import_undo(Path::new("b.csv"))), imported);
    }

    #[test]
    fn check_of_a_planned_file_reads_it_in_the_same_way() {
        let typed =
            words("umbulk --config c.toml plan plan --sheet Staff --online --map email=Mail");
        let typed = Typed::new(&typed).unwrap();
        let checked = "umbulk --config c.toml validate plan --sheet Staff --map email=Mail";
        assert_eq!(text(&typed.to_validate("plan")), checked);
        let listed =
            "umbulk --config c.toml plan plan --sheet Staff --online --map email=Mail --out FILE";
        assert_eq!(text(&typed.to_list_rows()), listed);
    }

    /// A journal may come from anybody.
    #[test]
    fn no_proposed_command_runs_a_program() {
        for typed in ["umbulk import a.csv --notify-cmd x", "umbulk import --notify-cmd=x a.csv"] {
            let typed = words(typed);
            assert_eq!(text(&kept(typed.clone())), "umbulk import a.csv");
            assert_eq!(text(&Typed::new(&typed).unwrap().to_go_on()), "umbulk import a.csv");
        }
    }

    #[test]
    fn starting_over_leaves_earlier_files_alone() {
        let typed = words("umbulk import a.csv b.csv c.csv --results out --config=x.toml");
        let typed = Typed::new(&typed).unwrap();
        let over = text(&typed.to_start_over(Path::new("b.csv")).unwrap());
        assert_eq!(over, "umbulk import b.csv c.csv --results out --config=x.toml --fresh");
    }

    /// The file of a plan has changed: the plan would be refused.
    #[test]
    fn saved_plan_does_not_start_over_with_other_files() {
        for typed in ["umbulk import --plan weekly.plan", "umbulk import --plan=weekly.plan --yes"]
        {
            let typed = words(typed);
            let typed = Typed::new(&typed).unwrap();
            assert_eq!(typed.to_start_over(Path::new("b.csv")), None);
            let next = crate::cli::terminal::next(&typed, Path::new("b.csv"), WayOn::StartOver);
            assert_eq!(next, Some(Next::PlanAgain));
            assert!(text(&typed.to_go_on()).contains("weekly.plan"));
        }
    }

    #[test]
    fn failed_rows_are_imported_with_the_options_that_read_them() {
        let typed = words(
            "umbulk import a.csv -v --map email=Mail --rows 1-20 --results=r.csv --fresh \
             --report run.html \
             --encoding cp1252 --sheet Staff --list-separator ;",
        );
        let failed =
            Typed::new(&typed).unwrap().to_import_failed(Path::new("a.failed.csv")).unwrap();
        assert_eq!(
            text(&failed),
            "umbulk import a.failed.csv -v --map email=Mail --list-separator ;"
        );
        assert_eq!(
            text(&Typed::new(&typed).unwrap().to_retry_failed().unwrap()),
            "umbulk import a.csv -v --map email=Mail --results=r.csv --encoding cp1252 --sheet \
             Staff --list-separator ; --retry-failed"
        );
        for option in ["--missing leave", "--exact-groups"] {
            let typed = words(&format!("umbulk import a.csv {option}"));
            let typed = Typed::new(&typed).unwrap();
            assert!(typed.to_import_failed(Path::new("a.failed.csv")).is_none());
            assert!(typed.to_retry_failed().is_none());
        }
    }

    #[test]
    fn file_that_looks_like_an_option_is_named_by_its_folder() {
        let typed = words("umbulk import -- -a.csv");
        assert_eq!(text(&Typed::new(&typed).unwrap().to_go_on()), "umbulk import ./-a.csv");
        let stdin = words("umbulk import - --results r.csv");
        assert_eq!(
            text(&Typed::new(&stdin).unwrap().to_go_on()),
            "umbulk import - --results r.csv"
        );
    }

    /// A value of an option is neither a command nor the run.
    #[test]
    fn resumed_run_becomes_the_import_of_its_file() {
        let typed = words("umbulk --config runs runs --json resume --profile 1a2b 1a2b --yes");
        let typed = Typed::new(&typed).unwrap();
        let file = Path::new("./a.csv");
        assert_eq!(
            text(&typed.to_import_resumed(file)),
            "umbulk --config runs import --json --profile 1a2b ./a.csv --yes"
        );
        assert!(typed.imports() && !typed.is_import());
        // The options about its rows are in the store: no command starts over with them.
        assert_eq!(typed.to_start_over(file), None);
        assert_eq!(crate::cli::terminal::next(&typed, file, WayOn::StartOver), None);
    }

    #[test]
    fn other_commands_are_none() {
        assert!(Typed::new(&words("umbulk rm -rf import")).is_none());
        assert!(!Typed::new(&words("umbulk export users import")).unwrap().is_import());
        assert!(Typed::new(&[]).is_none());
    }
}
