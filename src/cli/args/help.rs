//! The help of the program and of its commands: `-h` shows what most people need and examples,
//! `--help` everything in groups.

use super::command_line::Cli;
use clap::builder::Resettable;
use clap::{Command, CommandFactory};
use std::ffi::OsString;

/// An example: a command, and what it does.
type HelpExample = (&'static str, &'static str);

/// The help of a command.
struct CommandHelp {
    name: &'static str,
    /// The options that `-h` shows, in this order. Empty: all of them.
    needed: &'static [&'static str],
    examples: &'static [HelpExample],
    /// The options about what is printed that change something here.
    printing: &'static [&'static str],
}

/// The options of the program about what is printed. Every command takes them.
const PRINTING: [&str; 3] = ["verbose", "quiet", "color"];
/// What a command that talks to a server prints can be more or less.
const ALL: &[&str] = &["verbose", "quiet", "color"];
const MESSAGES: &[&str] = &["quiet", "color"];
const COLOR: &[&str] = &["color"];

const PROGRAM: &[HelpExample] = &[
    ("umbulk validate staff.csv", "check every row, offline"),
    ("umbulk import staff.csv --sandbox", "rehearse it on this computer"),
    ("umbulk import staff.csv", "import it into your organization"),
];

const COMMANDS: &[CommandHelp] = &[
    CommandHelp {
        name: "import",
        needed: &[
            "sandbox",
            "test-mode",
            "rows",
            "map",
            "action",
            "if-exists",
            "online",
            "skip-unchanged",
            "create-groups",
            "yes",
            "retry-failed",
            "snapshot-before",
            "profile",
            "results",
        ],
        examples: &[
            ("umbulk import staff.csv --sandbox", "rehearse on this computer"),
            ("umbulk import staff.csv --rows 1-20", "the first twenty rows, for real"),
            ("umbulk import leavers.csv --action delete", "remove everybody in the file"),
        ],
        printing: ALL,
    },
    CommandHelp {
        name: "validate",
        needed: &["map", "set", "action", "sheet", "encoding", "groups-file", "results", "json"],
        examples: &[
            ("umbulk validate staff.csv", "writes staff.check.csv"),
            ("umbulk validate hr.xlsx --sheet Staff", "a sheet of a workbook"),
            ("umbulk validate hr.csv --map email=Mail", "a column of your own"),
        ],
        printing: MESSAGES,
    },
    CommandHelp {
        name: "plan",
        needed: &["map", "action", "rows", "against", "online", "out", "save", "requests", "json"],
        examples: &[
            ("umbulk plan staff.csv", "requests, and how long they take"),
            ("umbulk plan staff.csv --online", "what is different in the organization"),
            ("umbulk plan staff.csv --out plan.csv", "row by row, into a file"),
        ],
        printing: ALL,
    },
    CommandHelp {
        name: "export",
        needed: &[
            "out", "dialect", "columns", "excel", "group", "domain", "status", "snapshot",
            "cached", "json",
        ],
        examples: &[
            ("umbulk export users", "writes users.csv"),
            ("umbulk export users --out users.xlsx", "a workbook"),
            ("umbulk export users --group Design", "the members of a group"),
        ],
        printing: ALL,
    },
    CommandHelp {
        name: "usage",
        needed: &["from", "online", "csv", "json", "out"],
        examples: &[
            ("umbulk usage --online", "fetches the lists first"),
            ("umbulk usage --from users.csv", "counts an exported list"),
            ("umbulk usage --out usage.xlsx", "writes a workbook"),
        ],
        printing: ALL,
    },
    CommandHelp {
        name: "diff",
        needed: &[],
        examples: &[
            ("umbulk diff june.csv july.csv", "what changed between two lists"),
            ("umbulk diff 2026-06-01 latest", "the same for snapshots"),
            ("umbulk diff july.csv june.csv --out back.csv", "rows that undo the changes"),
        ],
        printing: MESSAGES,
    },
    CommandHelp {
        name: "submit",
        needed: &[
            "store",
            "profile",
            "map",
            "action",
            "if-exists",
            "rows",
            "online",
            "skip-unchanged",
            "protect",
            "max-deletes",
            "yes",
        ],
        examples: &[
            ("umbulk submit staff.csv --profile production", "with UMBULK_STORE"),
            ("umbulk status 1a2b3c4d", "how far it is, by the printed id"),
            ("umbulk results 1a2b3c4d", "writes its results here"),
        ],
        printing: ALL,
    },
    CommandHelp {
        name: "worker",
        needed: &["store", "profiles", "concurrency", "once", "listen"],
        examples: &[
            ("umbulk worker", "with UMBULK_STORE, for all profiles"),
            ("umbulk worker --profiles north,south", "for these organizations"),
            ("umbulk worker --once", "what is queued now, and no more"),
        ],
        printing: COLOR,
    },
    CommandHelp {
        name: "runs",
        needed: &["store"],
        examples: &[
            ("umbulk runs --store postgres://umbulk@db/umbulk", "the runs of this store"),
            ("umbulk runs resume 1a2b3c4d", "continue this one here"),
            ("umbulk runs prune --older-than 90d", "delete the old ones"),
        ],
        printing: COLOR,
    },
    CommandHelp {
        name: "cancel",
        needed: &["store"],
        examples: &[
            ("umbulk runs --store postgres://umbulk@db/umbulk", "their names"),
            ("umbulk cancel 1a2b3c4d --store postgres://umbulk@db/umbulk", "stop this one"),
            ("umbulk cancel 1a2b3c4d", "with UMBULK_STORE"),
        ],
        printing: COLOR,
    },
    CommandHelp {
        name: "snapshots",
        needed: &[],
        examples: &[
            ("umbulk snapshots", "list the snapshots"),
            ("umbulk snapshots prune --keep 5", "delete all but five of each kind"),
            ("umbulk snapshots prune --older-than 90d", "delete the old ones"),
        ],
        printing: COLOR,
    },
    CommandHelp {
        name: "status",
        needed: &[],
        examples: &[
            ("umbulk status", "every import in this folder"),
            ("umbulk status staff.csv", "one import, with all details"),
            ("umbulk status --json", "the same for a program"),
        ],
        printing: COLOR,
    },
    CommandHelp {
        name: "results",
        needed: &[],
        examples: &[
            ("umbulk results staff.csv", "writes staff.results.csv again"),
            ("umbulk results staff.csv --results staff.xlsx", "as a workbook"),
            ("umbulk results staff.ORGANIZATION.journal", "by the journal"),
        ],
        printing: COLOR,
    },
    CommandHelp {
        name: "sandbox",
        needed: &[
            "users",
            "groups",
            "seed",
            "env-file",
            "state",
            "port",
            "no-throttle",
            "fault",
            "log-file",
        ],
        examples: &[
            ("umbulk sandbox --users 500 --env-file s.env", "500 made-up people"),
            ("umbulk import staff.csv --env-file s.env", "then, in another terminal"),
            ("umbulk sandbox --seed users.csv --fault 429=0.1", "your people, and faults"),
        ],
        printing: COLOR,
    },
    CommandHelp {
        name: "template",
        needed: &[],
        examples: &[
            ("umbulk template", "umbulk's own columns"),
            ("umbulk template admin-console", "those of the Admin Console"),
            ("umbulk template --out staff.xlsx", "a workbook with the allowed values"),
        ],
        printing: MESSAGES,
    },
    CommandHelp {
        name: "check",
        needed: &["profile", "env-file", "org", "ca-file"],
        examples: &[
            ("umbulk check", "those that apply in this folder"),
            ("umbulk check --env-file prod.env", "those of a file"),
            ("umbulk check --org 12345@AdobeOrg", "are they for this organization?"),
        ],
        printing: ALL,
    },
    CommandHelp {
        name: "sync",
        needed: &[],
        examples: &[
            ("umbulk sync weekly.toml", "do what the file describes"),
            ("umbulk sync weekly.toml --test-mode", "let Adobe check it, and change nothing"),
            ("umbulk sync weekly.toml --json", "the summary for a program"),
        ],
        printing: ALL,
    },
    CommandHelp {
        name: "profiles",
        needed: &[],
        examples: &[
            ("umbulk profiles", "all, and the one that applies here"),
            ("umbulk profiles --profile production", "would this one apply?"),
            ("umbulk profiles --json", "the same for a program"),
        ],
        printing: COLOR,
    },
    CommandHelp {
        name: "report",
        needed: &[],
        examples: &[
            ("umbulk report staff.csv", "writes staff.report.html"),
            ("umbulk report staff.csv --out june.html", "under another name"),
            ("umbulk report staff.ORGANIZATION.journal", "by the journal"),
        ],
        printing: MESSAGES,
    },
    CommandHelp {
        name: "explain",
        needed: &[],
        examples: &[
            ("umbulk explain invalid.email.form", "a code of a results file"),
            ("umbulk explain", "all codes"),
            ("umbulk explain invalid.email --json", "codes that begin so, for a program"),
        ],
        printing: COLOR,
    },
    CommandHelp {
        name: "undo",
        needed: &["out", "apply", "yes", "allow-admins", "profile", "env-file", "json"],
        examples: &[
            ("umbulk import staff.csv --snapshot-before", "first: an import that can be undone"),
            ("umbulk undo staff.csv", "what would be taken back, as a plan"),
            ("umbulk undo staff.csv --apply", "take it back"),
        ],
        printing: ALL,
    },
    CommandHelp {
        name: "completions",
        needed: &[],
        examples: &[
            ("umbulk completions bash > umbulk.bash", "then: source umbulk.bash"),
            ("umbulk completions zsh > _umbulk", "into a folder of fpath"),
            ("umbulk completions powershell > umbulk.ps1", "for PowerShell"),
        ],
        printing: COLOR,
    },
    CommandHelp {
        name: "man",
        needed: &[],
        examples: &[
            ("umbulk man --out man1", "a page for each command"),
            ("man ./man1/umbulk-import.1", "read one"),
            ("umbulk man > umbulk.1", "the page of the program"),
        ],
        printing: COLOR,
    },
];

const SETTINGS: &str = "Every long option can also stand in the environment \
    (UMBULK_MAX_DELETES=5), in a .env file of the working folder, or in umbulk.toml \
    (max-deletes = 5); the command line wins.";

const EXIT_STATUS: &str = "Exit status: 0 every row succeeded or needed nothing; 1 finished, some \
    rows failed or are invalid; 2 nothing was sent; 3 stopped after sending began.";

/// How much help is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HelpLength {
    /// What most people need (`-h`).
    Short,
    /// Everything.
    Long,
}

/// Options of `import` that `submit` refuses.
const NOT_OF_SUBMIT: [&str; 14] = crate::cli::queued_options::NOT_WITH_A_WORKER;

/// Returns the command line of the program, with help for the words that were typed.
pub(crate) fn command(typed: &[OsString]) -> Command {
    let length = match typed.iter().any(|word| word == "-h") {
        true => HelpLength::Short,
        false => HelpLength::Long,
    };
    let program = Cli::command()
        .after_help(format!(
            "{}\n\n`umbulk COMMAND -h` shows what a command needs, `umbulk COMMAND --help` all of \
             it.",
            shown(PROGRAM)
        ))
        .after_long_help(format!("{}\n\n{SETTINGS}\n\n{EXIT_STATUS}", shown(PROGRAM)));
    let program = program.mut_subcommand("submit", |submit| {
        let submit = submit.override_usage("umbulk submit [OPTIONS] <FILE>...");
        submit.mut_args(|arg| match arg.get_long() {
            None => arg.help("The files to import: each one is a run of its own, in this order"),
            Some("store") => arg.help(
                "The PostgreSQL database with the queue (postgres://USER@HOST/DATABASE). The \
                 password is in ~/.pgpass, PGPASSFILE or PGPASSWORD",
            ),
            Some(long) if NOT_OF_SUBMIT.contains(&long) => arg.hide(true),
            Some(_) => arg,
        })
    });
    let printing: Vec<clap::Arg> = program
        .get_arguments()
        .filter(|arg| PRINTING.contains(&arg.get_id().as_str()))
        .cloned()
        .collect();
    COMMANDS.iter().fold(program, |program, help| {
        program.mut_subcommand(help.name, |sub| {
            // The program's option stands back where the command has its own of that name.
            let hidden = printing
                .iter()
                .filter(|arg| !help.printing.contains(&arg.get_id().as_str()))
                .map(|arg| arg.clone().hide(true));
            with_help(sub.args(hidden), help, length)
        })
    })
}

/// Adds the examples, and hides from `-h` what few people need.
fn with_help(command: Command, help: &CommandHelp, length: HelpLength) -> Command {
    let examples = shown(help.examples);
    let command = if help.needed.is_empty() {
        command.after_help(examples)
    } else {
        let name = help.name;
        let more = format!("`umbulk {name} --help` explains all options.");
        command.after_help(format!("{examples}\n\n{more}")).after_long_help(examples)
    };
    command.mut_args(|arg| {
        if arg.is_positional() || help.needed.is_empty() {
            return arg;
        }
        let place = help.needed.iter().position(|long| arg.get_long() == Some(long));
        match place {
            None => arg.hide_short_help(true),
            Some(place) if length == HelpLength::Short => {
                arg.help_heading(Resettable::Reset).display_order(place)
            }
            Some(_) => arg,
        }
    })
}

/// Returns the examples as lines, what they do one below the other.
fn shown(examples: &[HelpExample]) -> String {
    let width = examples.iter().map(|(command, _)| command.len()).max().unwrap_or_default();
    let lines = examples.iter().map(|(command, what)| format!("\n  {command:width$}  {what}"));
    format!("Examples:{}", lines.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_line_is_consistent() {
        command(&[]).debug_assert();
        command(&["-h".into()]).debug_assert();
    }

    /// An option that is renamed would vanish from the short help.
    #[test]
    fn options_of_the_short_help_exist() {
        let program = Cli::command();
        for command in program.get_subcommands().map(Command::get_name) {
            assert!(COMMANDS.iter().any(|help| help.name == command), "{command} has no examples");
        }
        for help in COMMANDS {
            let command = program.find_subcommand(help.name).unwrap();
            for long in help.needed {
                let has = |arg: &clap::Arg| arg.get_long() == Some(long);
                assert!(command.get_arguments().any(has), "{}: --{long}", help.name);
            }
            assert!(help.needed.len() <= 14, "{}", help.name);
        }
    }

    /// Somebody pastes an example.
    #[test]
    fn examples_are_commands_in_two_columns_of_a_narrow_terminal() {
        for (typed, what) in COMMANDS.iter().flat_map(|help| help.examples).chain(PROGRAM) {
            let words = typed.split(" > ").next().unwrap().split(' ');
            let is_ours = typed.starts_with("umbulk ");
            assert!(!is_ours || command(&[]).try_get_matches_from(words).is_ok(), "{typed}");
            assert!(what.len() < 40, "{what}");
        }
        for help in COMMANDS {
            assert_eq!(help.examples.len(), 3, "{}", help.name);
            assert!(shown(help.examples).lines().all(|line| line.len() <= 80), "{}", help.name);
        }
    }
}
