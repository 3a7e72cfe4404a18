//! Command lines that are not understood: what was probably meant. A proposal that is not near is
//! worse than none.

use crate::shell::shell_words;
use crate::visible::visible;
use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::ffi::{OsStr, OsString};
use std::fs::Metadata;
use std::path::Path;
use strsim::damerau_levenshtein;

/// Words of other tools and of German for our commands.
const OTHER_WORDS: &[(&str, &[&str])] = &[
    ("importieren", &["import"]),
    ("einlesen", &["import"]),
    ("upload", &["import"]),
    ("load", &["import"]),
    ("apply", &["import"]),
    ("run", &["import"]),
    ("rollback", &["undo"]),
    ("revert", &["undo"]),
    ("resume", &["import"]),
    ("continue", &["import"]),
    ("fortsetzen", &["import"]),
    ("exportieren", &["export"]),
    ("download", &["export"]),
    ("users", &["export", "users"]),
    ("groups", &["export", "groups"]),
    ("prüfen", &["validate"]),
    ("pruefen", &["validate"]),
    ("validieren", &["validate"]),
    ("verify", &["validate"]),
    ("lint", &["validate"]),
    ("planen", &["plan"]),
    ("preview", &["plan"]),
    ("simulate", &["plan"]),
    ("dry-run", &["plan"]),
    ("vergleichen", &["diff"]),
    ("compare", &["diff"]),
    ("ergebnisse", &["results"]),
    ("fortschritt", &["status"]),
    ("progress", &["status"]),
    ("vorlage", &["template"]),
    ("example", &["template"]),
    ("beispiel", &["template"]),
    ("hilfe", &["--help"]),
    ("version", &["--version"]),
];

/// What rows can do is told by `--action`.
const ACTIONS: [&str; 7] =
    ["create", "add", "update", "remove", "remove-all", "delete", "delete-account"];

/// The endings of files that can be imported.
const ENDINGS: [&str; 13] = [
    "csv", "tsv", "txt", "xlsx", "xlsm", "xlsb", "xls", "ods", "json", "jsonl", "zip", "gz", "zst",
];

/// Other names of a rehearsal.
const DRY_RUN: [&str; 6] =
    ["--dry-run", "--dryrun", "--dry_run", "--simulate", "--what-if", "--no-op"];

/// What was probably meant by a word in the place of a command.
#[derive(Debug, PartialEq, Eq)]
enum Meant<'w> {
    /// These words in its place.
    Words(Vec<&'w str>),
    /// An import in which every row does this.
    Action(&'w str),
    /// An import of a file.
    File,
    /// Nobody knows.
    Nothing,
}

/// Returns the message for a command line with a command or an option that umbulk does not have;
/// `None` if the usual message says it.
pub(crate) fn explain(
    error: &clap::Error,
    typed: &[OsString],
    program: &Command,
) -> Option<String> {
    match error.kind() {
        ErrorKind::InvalidSubcommand => unknown_command(error, typed, program),
        ErrorKind::UnknownArgument => {
            let option = text(error, ContextKind::InvalidArg)?;
            let option = option.split('=').next().unwrap_or(option);
            DRY_RUN.contains(&option).then(|| rehearsals(option, typed, program))
        }
        _ => None,
    }
}

/// Proposes only options that are near, and names only options that were typed.
pub(crate) fn with_near_options(
    error: clap::Error,
    typed: &[OsString],
    program: &Command,
) -> clap::Error {
    match error.kind() {
        ErrorKind::UnknownArgument => with_near_proposals(error, typed, program),
        ErrorKind::ArgumentConflict => with_typed_options(error, typed),
        _ => error,
    }
}

/// Replaces the proposal by the options that begin with what was typed, and drops one that is not
/// near. The usage goes with it: it shows the option that clap has proposed.
fn with_near_proposals(
    mut error: clap::Error,
    typed: &[OsString],
    program: &Command,
) -> clap::Error {
    let plain = |option: &str| option.trim_start_matches('-').to_owned();
    let (Some(option), Some(proposed)) =
        (text(&error, ContextKind::InvalidArg), text(&error, ContextKind::SuggestedArg))
    else {
        return error;
    };
    let option = plain(option);
    let command = typed.iter().skip(1).find_map(|word| program.find_subcommand(word.to_str()?));
    let begin: Vec<String> = command
        .into_iter()
        .flat_map(Command::get_arguments)
        .filter(|arg| !arg.is_hide_set())
        .filter_map(|arg| arg.get_long().filter(|long| long.starts_with(&option)))
        .map(|long| format!("--{long}"))
        .collect();
    match begin.len() > 1 {
        true => {
            let _ = error.remove(ContextKind::Usage);
            let _ = error.insert(ContextKind::SuggestedArg, ContextValue::Strings(begin));
        }
        false if !is_near(&option, &plain(proposed)) => {
            let _ = error.remove(ContextKind::Usage);
            let _ = error.remove(ContextKind::SuggestedArg);
        }
        false => {}
    }
    error
}

/// Of the options that cannot stand together, keeps those that were typed.
fn with_typed_options(mut error: clap::Error, typed: &[OsString]) -> clap::Error {
    let Some(ContextValue::Strings(prior)) = error.get(ContextKind::PriorArg) else {
        return error;
    };
    let is_typed = |option: &&String| {
        let long = option.split([' ', '=']).next().unwrap_or(option);
        let words = typed.iter().filter_map(|word| word.to_str());
        words.into_iter().any(|word| word.split('=').next() == Some(long))
    };
    let mut known: Vec<String> = prior.iter().filter(is_typed).cloned().collect();
    let known = match known.len() {
        0 => return error,
        1 => ContextValue::String(known.remove(0)),
        _ => ContextValue::Strings(known),
    };
    let _ = error.insert(ContextKind::PriorArg, known);
    error
}

fn text(error: &clap::Error, kind: ContextKind) -> Option<&str> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text),
        _ => None,
    }
}

fn unknown_command(error: &clap::Error, typed: &[OsString], program: &Command) -> Option<String> {
    let word = text(error, ContextKind::InvalidSubcommand)?;
    let at = typed.iter().position(|typed| typed.to_str() == Some(word))?;
    let (before, rest) = (typed.get(1..at)?, typed.get(at + 1..)?);
    // The commands of a command, such as `snapshots prune`.
    let above = before.iter().find_map(|word| program.find_subcommand(word.to_str()?));
    let commands: Vec<&str> =
        above.unwrap_or(program).get_subcommands().map(Command::get_name).collect();
    let path =
        above.map_or_else(|| "umbulk".to_owned(), |above| format!("umbulk {}", above.get_name()));
    let there = above.map_or_else(|| Path::new(word).metadata().ok(), |_| None);
    let meant = meant(word, &commands, there.as_ref());
    let meant =
        if above.is_some() && !matches!(meant, Meant::Words(_)) { Meant::Nothing } else { meant };
    let shown = visible(word);
    let whole = |words: &[&str], after: &[&str]| {
        let start = std::iter::once(OsStr::new("umbulk")).chain(before.iter().map(OsStr::new));
        let words = words.iter().map(OsStr::new).chain(rest.iter().map(OsStr::new));
        shell_words(start.chain(words).chain(after.iter().map(OsStr::new)))
    };
    Some(match meant {
        Meant::Words(words) => {
            // An import alone is an error, but its help can be asked for.
            let is_alone = rest.is_empty() && !before.iter().any(|word| word == "help");
            let file: &[&str] = if is_alone && words == ["import"] { &["FILE"] } else { &[] };
            format!("`{shown}` is not a command of {path}. Did you mean: {}", whole(&words, file))
        }
        Meant::Action(action) => {
            let file: &[&str] = if rest.is_empty() { &["plan", "FILE"] } else { &["plan"] };
            format!(
                "`{shown}` is not a command, but an action of rows. See what it does: {}",
                whole(file, &["--action", action])
            )
        }
        Meant::File => format!(
            "`{shown}` is a file, not a command. To import it: {}",
            whole(&["import", word], &[])
        ),
        Meant::Nothing => {
            format!("`{shown}` is not a command of {path}. `{path} --help` lists the commands")
        }
    })
}

/// Decides what was meant by a word in the place of one of these commands. `there` is the file or
/// folder of that name.
fn meant<'w>(word: &'w str, commands: &[&'w str], there: Option<&Metadata>) -> Meant<'w> {
    let plain = word.to_lowercase();
    if commands.contains(&"import") {
        let ending = Path::new(word).extension().and_then(OsStr::to_str).unwrap_or_default();
        let is_job = ending.eq_ignore_ascii_case("toml");
        if there.is_some_and(Metadata::is_file) && !is_job
            || ENDINGS.contains(&&*ending.to_ascii_lowercase())
        {
            return Meant::File;
        }
        if is_job && commands.contains(&"sync") {
            return Meant::Words(vec!["sync", word]);
        }
        if let Some(action) = ACTIONS.into_iter().find(|action| *action == plain) {
            return Meant::Action(action);
        }
        if let Some((_, words)) = OTHER_WORDS.iter().find(|(other, _)| *other == plain) {
            return Meant::Words(words.to_vec());
        }
    }
    let mut near: Vec<(usize, &str)> = commands
        .iter()
        .filter(|command| is_near(&plain, command))
        .map(|command| (damerau_levenshtein(&plain, command), *command))
        .collect();
    near.sort_unstable();
    match near[..] {
        [(_, command)] => Meant::Words(vec![command]),
        [(first, command), (second, _), ..] if first < second => Meant::Words(vec![command]),
        _ => Meant::Nothing,
    }
}

/// Whether one mistake makes one word of the other: a letter too many, too few, another one, or two
/// that are exchanged; two mistakes in long words, or behind a beginning that is right. The
/// beginning of a word is near as well.
fn is_near(typed: &str, meant: &str) -> bool {
    let same = typed.chars().zip(meant.chars()).take_while(|(a, b)| a == b).count();
    let length = typed.chars().count();
    if length >= 3 && same == length {
        return true;
    }
    let allowed = match (meant.chars().count(), same) {
        (5.., 3..) | (7.., 1..) => 2,
        _ => 1,
    };
    length >= 3 && damerau_levenshtein(typed, meant) <= allowed
}

/// Says which commands change nothing, instead of the option that other tools have for it.
fn rehearsals(option: &str, typed: &[OsString], program: &Command) -> String {
    let command = typed.iter().skip(1).find_map(|word| program.find_subcommand(word.to_str()?));
    let words: Vec<&OsString> =
        typed.iter().skip(1).filter(|word| !word.to_string_lossy().starts_with(option)).collect();
    let command = command.map_or("", Command::get_name);
    let typed = |before: &[&str], words: &[&OsString], after: &[&str]| {
        let all = before.iter().map(OsStr::new).chain(words.iter().map(|word| word.as_os_str()));
        shell_words(all.chain(after.iter().map(OsStr::new)))
    };
    if command != "import" {
        return match command {
            "sync" => format!(
                "umbulk has no {option}; nothing was sent. {} lets Adobe check the requests and \
                 changes nothing",
                typed(&["umbulk"], &words, &["--test-mode"])
            ),
            "undo" => format!(
                "umbulk has no {option}; nothing was sent. `umbulk undo` sends nothing without \
                 --apply: {}",
                shell_words(std::iter::once(OsStr::new("umbulk")).chain(
                    words.iter().map(|word| word.as_os_str()).filter(|word| *word != "--apply")
                ))
            ),
            "" | "help" | "sandbox" => format!(
                "umbulk has no {option}; nothing was sent. `umbulk plan FILE` shows what an \
                 import would send, and `umbulk import FILE --sandbox` rehearses it"
            ),
            command => format!(
                "`umbulk {command}` changes nothing in the organization: type it without {option}"
            ),
        };
    }
    let of_plan = program.find_subcommand("plan").is_some_and(|plan| {
        words.iter().filter_map(|word| word.to_str()?.strip_prefix("--")).all(|long| {
            let long = long.split('=').next().unwrap_or(long);
            plan.get_arguments().any(|arg| arg.get_long() == Some(long))
        })
    });
    let rest: Vec<&OsString> =
        words.iter().copied().skip_while(|word| *word != "import").skip(1).collect();
    let plan = if of_plan {
        typed(&["umbulk", "plan"], &rest, &[])
    } else {
        "umbulk plan FILE".to_owned()
    };
    format!(
        "umbulk has no {option}; nothing was sent. Three commands change nothing in the \
         organization:\n  {plan}\n    shows what would be sent, and how long it takes\n  {}\n    \
         rehearses it against an organization on this computer\n  {}\n    lets Adobe check every \
         row",
        typed(&["umbulk"], &words, &["--sandbox"]),
        typed(&["umbulk"], &words, &["--test-mode"])
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::command_line::Cli;
    use clap::CommandFactory;

    fn proposed(word: &str) -> Option<String> {
        let program = Cli::command();
        let commands: Vec<&str> = program.get_subcommands().map(Command::get_name).collect();
        match meant(word, &commands, None) {
            Meant::Words(words) => Some(words.join(" ")),
            Meant::Action(action) => Some(format!("import --action {action}")),
            Meant::File => Some("import".to_owned()),
            Meant::Nothing => None,
        }
    }

    #[test]
    fn near_misses_propose_the_command() {
        for (typed, meant) in [
            ("imprt", "import"),
            ("improt", "import"),
            ("Import", "import"),
            ("imports", "import"),
            ("imprto", "import"),
            ("imp", "import"),
            ("exprot", "export"),
            ("validte", "validate"),
            ("valiadte", "validate"),
            ("val", "validate"),
            ("plna", "plan"),
            ("stats", "status"),
            ("stauts", "status"),
            ("result", "results"),
            ("snapshot", "snapshots"),
            ("sandobx", "sandbox"),
            ("templates", "template"),
            ("chekc", "check"),
            ("dif", "diff"),
        ] {
            assert_eq!(proposed(typed).as_deref(), Some(meant), "{typed}");
        }
    }

    #[test]
    fn words_that_mean_something_else_propose_nothing() {
        for word in [
            "banana",
            "hello",
            "foo",
            "bar",
            "x",
            "go",
            "login",
            "auth",
            "insults",
            "vampire",
            "wander",
            "house",
            "plasma",
            "expensive",
            "important",
            "start",
            "stop",
            "user",
            "passwd",
            "Anna",
            "Mitarbeiter",
            "starten",
            "weiter",
            "Liste",
            "nutzer",
            "tabelle",
            "löschen",
            "hinzufügen",
            "abbrechen",
            "gruppen",
            "datei",
            "ja",
            "nein",
            "用户",
            "импорт",
            "",
            "-",
            "123",
        ] {
            assert_eq!(proposed(word), None, "{word}");
        }
    }

    #[test]
    fn other_words_for_a_command_propose_it() {
        for (typed, meant) in [
            ("importieren", "import"),
            ("Hilfe", "--help"),
            ("PRÜFEN", "validate"),
            ("users", "export users"),
            ("delete", "import --action delete"),
            ("staff.csv", "import"),
            ("Neue Leute.XLSX", "import"),
            ("staff.csv.gz", "import"),
            ("weekly.toml", "sync weekly.toml"),
        ] {
            assert_eq!(proposed(typed).as_deref(), Some(meant), "{typed}");
        }
    }

    /// No word of a random sample is near a command.
    #[test]
    fn random_words_propose_nothing() {
        let mut random = fastrand::Rng::with_seed(7);
        let proposed: Vec<String> = (0..5_000)
            .map(|_| (0..random.usize(4..10)).map(|_| random.lowercase()).collect::<String>())
            .filter(|word| proposed(word).is_some())
            .collect();
        assert!(proposed.len() < 5, "{proposed:?}");
    }

    /// Returns the message for mistyped words.
    fn message(words: &[&str]) -> String {
        let typed: Vec<OsString> = words.iter().map(OsString::from).collect();
        let program = crate::cli::args::help::command(&typed);
        let error = program.clone().try_get_matches_from(&typed).unwrap_err();
        with_near_options(error, &typed, &program).to_string()
    }

    #[test]
    fn beginning_of_several_options_names_all_of_them() {
        let text = message(&["umbulk", "import", "x.csv", "--retry"]);
        assert!(text.contains("'--retry-failed', '--retry-wait'"), "{text}");
        assert!(!text.contains("Usage"), "{text}");
        let text = message(&["umbulk", "import", "x.csv", "--retry-fai"]);
        assert!(text.contains("exists: '--retry-failed'"), "{text}");
    }

    #[test]
    fn option_that_a_command_refuses_is_not_proposed() {
        let text = message(&["umbulk", "submit", "x.csv", "--re"]);
        assert!(!text.contains("--retry-failed") && !text.contains("--results"), "{text}");
    }

    #[test]
    fn option_that_is_far_shows_no_usage_with_another_one() {
        for option in ["--continue", "--no-color"] {
            let text = message(&["umbulk", "import", "x.csv", option]);
            assert!(!text.contains("Usage") && !text.contains("similar"), "{text}");
        }
    }

    #[test]
    fn conflict_names_the_options_that_were_typed() {
        let words = ["umbulk", "import", "--plan", "q.plan", "--action", "delete", "--yes"];
        let text = message(&words);
        assert!(text.contains("--action"), "{text}");
        assert!(!text.contains("--default-type") && text.lines().count() < 8, "{text}");
    }

    #[test]
    fn options_that_are_far_are_not_proposed() {
        assert!(is_near("stricter", "strict"));
        assert!(is_near("max-delete", "max-deletes"));
        assert!(!is_near("verbosity", "verify-deletes"));
        assert!(!is_near("user", "rows"));
    }
}
