//! The structure of the source, as ARCHITECTURE.md describes it: read from the files themselves.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The folders, each of which knows only those before it.
const FOLDERS: [&str; 16] = [
    "fs",
    "table",
    "umapi",
    "sandbox",
    "change",
    "plan",
    "organization",
    "snapshot",
    "reconcile",
    "inspect",
    "journal",
    "store",
    "execute",
    "export",
    "report",
    "import",
];

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every file below `folder`, with its text.
fn files(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            all.push((path, text));
        }
    }
    all
}

/// The name that a line defines, if it defines a type. Types inside functions and traits are
/// indented and do not count.
fn defined_type(line: &str) -> Option<&str> {
    let mut words =
        line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    let mut word = words.next()?;
    while matches!(word, "pub" | "crate" | "super" | "in" | "self" | "execute") {
        word = words.next()?;
    }
    matches!(word, "struct" | "enum" | "trait" | "type").then(|| words.next()).flatten()
}

#[test]
fn type_names_are_unique_in_the_crate() {
    let mut places: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for (path, text) in files(&source()) {
        for name in
            text.lines().filter(|line| !line.starts_with([' ', '/'])).filter_map(defined_type)
        {
            places.entry(name.to_owned()).or_default().push(path.clone());
        }
    }
    assert!(places.len() > 300, "{}", places.len());
    let doubled: Vec<_> = places.iter().filter(|(_, paths)| paths.len() > 1).collect();
    assert!(doubled.is_empty(), "say what kind of thing each is: {doubled:#?}");
}

#[test]
fn only_the_command_line_knows_clap() {
    let outside: Vec<PathBuf> = files(&source())
        .into_iter()
        .filter(|(path, text)| {
            !path.starts_with(source().join("cli"))
                && text
                    .lines()
                    .any(|line| !line.trim_start().starts_with("//") && line.contains("clap::"))
        })
        .map(|(path, _)| path)
        .collect();
    assert!(outside.is_empty(), "{outside:#?}");
}

#[test]
fn folders_import_only_those_before_them() {
    let mut wrong = Vec::new();
    for (place, folder) in FOLDERS.iter().enumerate() {
        let later: Vec<String> = FOLDERS[place + 1..]
            .iter()
            .chain(&["cli"])
            .map(|name| format!("crate::{name}"))
            .collect();
        for (path, text) in files(&source().join(folder)) {
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            for line in code {
                let names = |name: &String| {
                    line.match_indices(name.as_str()).any(|(at, _)| {
                        !line[at + name.len()..]
                            .starts_with(|c: char| c.is_alphanumeric() || c == '_')
                    })
                };
                if later.iter().any(names) {
                    wrong.push(format!("{}: {}", path.display(), line.trim()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Files with messages of rows. Results files and journals are one format for the command line and
/// for programs, and are compared when they are read again: so they name options as they are typed.
const ROW_MESSAGES: [&str; 18] = [
    "table/fault.rs",
    "change/cell.rs",
    "change/facet.rs",
    "change/mod.rs",
    "change/user.rs",
    "change/user_identity.rs",
    "reconcile/applied.rs",
    "reconcile/reduce_group.rs",
    "execute/conflicts.rs",
    "execute/input_rows.rs",
    "execute/near_matches.rs",
    "execute/executor/not_there.rs",
    "execute/executor/removals.rs",
    "report/columns.rs",
    "report/results.rs",
    "import/new_addresses.rs",
    "import/refused_rows.rs",
    "import/stop_words.rs",
];

/// The options that decide what rows mean are keys of the journal: older journals have them too.
const JOURNAL_KEYS: &str = "import/run_options.rs";

/// Commands of the command line, as `umbulk` is followed by them.
const COMMANDS: [&str; 21] = [
    "import",
    "validate",
    "plan",
    "export",
    "usage",
    "diff",
    "submit",
    "worker",
    "runs",
    "cancel",
    "snapshots",
    "status",
    "results",
    "report",
    "undo",
    "sandbox",
    "template",
    "explain",
    "check",
    "profiles",
    "sync",
];

/// Whether a line has a word such as `--max-errors`.
fn names_an_option(line: &str) -> bool {
    line.match_indices("--").any(|(at, _)| {
        !line[..at].ends_with(|c: char| c == '-' || c.is_alphanumeric())
            && line[at + 2..].starts_with(|c: char| c.is_ascii_lowercase())
    })
}

/// Every file of the library, by its path below `src`, with its lines of code: without comments,
/// tests, and the line breaks in texts.
fn library() -> Vec<(String, String)> {
    let is_library = |(path, _): &(PathBuf, String)| {
        let path = path.strip_prefix(source()).unwrap();
        !path.starts_with("cli")
            && !path.iter().any(|part| part == "tests.rs" || part == "simulation")
    };
    let code = |(path, text): (PathBuf, String)| {
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let code = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        let mut joined = String::new();
        for line in code {
            match line.strip_suffix('\\') {
                Some(broken) => joined.push_str(broken.trim_start()),
                None => joined.extend([line.trim_start(), "\n"]),
            }
        }
        (path.strip_prefix(source()).unwrap().display().to_string(), joined)
    };
    files(&source()).into_iter().filter(is_library).map(code).collect()
}

#[test]
fn only_messages_of_rows_name_options() {
    let naming = library().into_iter().filter(|(_, code)| code.lines().any(names_an_option));
    let mut found: Vec<String> = naming.map(|(path, _)| path).collect();
    found.sort();
    let mut allowed: Vec<&str> = ROW_MESSAGES.iter().copied().chain([JOURNAL_KEYS]).collect();
    allowed.sort_unstable();
    assert_eq!(found, allowed, "let `cli/words` put it into words");
}

/// An error is a type that callers can tell apart: a text is made of it where it is shown.
#[test]
fn errors_are_types_and_not_texts() {
    let all = files(&source());
    let test_modules: Vec<&str> = all
        .iter()
        .flat_map(|(_, text)| text.split("#[cfg(test)]\n").skip(1))
        .filter_map(|after| after.lines().next()?.strip_suffix(';')?.rsplit(' ').next())
        .collect();
    let is_text = |signature: &&str| {
        let result = signature.trim_end();
        let words = [", String>", ", &'static str>", ", &str>"];
        result.contains("-> Result<") && words.iter().any(|words| result.ends_with(words))
    };
    let mut texts = Vec::new();
    for (path, text) in &all {
        // Tests compare the words of errors.
        let product = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        let mut parts = path.iter().map(|part| part.to_string_lossy());
        if !parts.any(|part| test_modules.contains(&part.trim_end_matches(".rs"))) {
            let found = signatures(product).filter(is_text);
            texts.extend(found.map(|signature| format!("{}: {signature}", path.display())));
        }
    }
    assert!(texts.is_empty(), "{texts:#?}");
}

#[test]
fn messages_of_the_library_name_no_commands() {
    let mut found = Vec::new();
    for (path, code) in library() {
        for (at, name) in code.match_indices("umbulk ") {
            let next = code[at + name.len()..].split(|c: char| !c.is_ascii_lowercase()).next();
            if next.is_some_and(|word| COMMANDS.contains(&word)) {
                found.push(format!("{path}: umbulk {}", next.unwrap()));
            }
        }
    }
    assert!(found.is_empty(), "let `cli/words` name the command: {found:#?}");
}

/// The text behind the begin of a raw string in a line, and what ends that string.
fn raw_string(line: &str) -> Option<(&str, String)> {
    line.match_indices('r').find_map(|(at, _)| {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let before = line[..at].strip_suffix('b').unwrap_or(&line[..at]);
        let hashes = line[at + 1..].bytes().take_while(|byte| *byte == b'#').count();
        let text = line[at + 1 + hashes..].strip_prefix('"')?;
        (!before.ends_with(is_word)).then(|| (text, format!("\"{}", "#".repeat(hashes))))
    })
}

/// The numbers of the lines above 100 columns. Raw strings, tables in comments, and addresses of
/// pages may be longer.
fn long_lines(text: &str) -> Vec<usize> {
    let mut open: Option<String> = None;
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let is_comment = open.is_none() && line.trim_start().starts_with("//");
        let mut has_raw_string = open.is_some();
        let mut rest = line;
        if !is_comment {
            loop {
                match &open {
                    Some(end) => match rest.split_once(end.as_str()) {
                        Some((_, behind)) => (rest, open) = (behind, None),
                        None => break,
                    },
                    None => match raw_string(rest) {
                        Some((behind, end)) => {
                            (rest, open, has_raw_string) = (behind, Some(end), true);
                        }
                        None => break,
                    },
                }
            }
        }
        let is_exempt = has_raw_string || line.starts_with("//! |") || line.contains("://");
        if line.chars().count() > 100 && !is_exempt {
            found.push(at + 1);
        }
    }
    found
}

/// rustfmt wraps code, but neither comments nor strings.
#[test]
fn lines_have_at_most_100_columns() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut long = Vec::new();
    for folder in ["src", "tests", "benches", "examples", "fuzz/fuzz_targets"] {
        for (path, text) in files(&root.join(folder)) {
            let path = path.strip_prefix(root).unwrap().display().to_string();
            long.extend(long_lines(&text).iter().map(|line| format!("{path}:{line}")));
        }
    }
    assert!(long.is_empty(), "wrap {} lines: {long:#?}", long.len());
}

/// The sandbox stands in for Adobe's service: what reads files or speaks to the service must not
/// decide how the service behaves.
#[test]
fn sandbox_knows_neither_tables_nor_the_client() {
    let wrong: Vec<String> = files(&source().join("sandbox"))
        .into_iter()
        .filter(|(_, text)| ["crate::table", "crate::umapi"].iter().any(|path| text.contains(path)))
        .map(|(path, _)| path.display().to_string())
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn umapi_knows_nothing_of_files() {
    let wrong: Vec<String> = files(&source().join("umapi"))
        .into_iter()
        .filter(|(_, text)| ["std::fs", "crate::fs"].iter().any(|path| text.contains(path)))
        .map(|(path, _)| path.display().to_string())
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn test_files_have_a_line_in_the_index() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/main.rs");
    let main = fs::read_to_string(tests).unwrap();
    let without: Vec<&str> =
        main.lines().filter(|line| line.starts_with("mod ") && !line.contains("; // ")).collect();
    assert!(without.is_empty(), "write `mod name; // What it shows.`: {without:?}");
}

#[test]
fn fields_of_the_executor_are_private() {
    let text = fs::read_to_string(source().join("execute/executor.rs")).unwrap();
    let fields = text.split_once("struct Executor").unwrap().1.split_once("\n}").unwrap().0;
    let public: Vec<&str> = fields.lines().filter(|line| line.contains("pub")).collect();
    assert!(fields.contains("schedule:") && public.is_empty(), "{public:#?}");
}

/// Functions with a boolean argument that a call explains: each call passes a variable, or a field,
/// whose name says what it is. The sandbox is left out: there they are flags of the API's requests
/// (`testOnly`, `useAdobeID`).
const BOOLEAN_ARGUMENTS: [&str; 14] = [
    "cli/import_report.rs wants",
    "cli/words/groups.rs absent_words",
    "inspect/usage.rs add",
    "reconcile/needed_groups.rs need",
    "reconcile/reduce_group.rs is_renamed",
    "table/framer.rs is_cut_off",
    "table/layout.rs remark_kind",
    "table/table_purpose.rs deletes_all",
    "table/wide.rs decode_utf32",
    "table/wide.rs is_utf32",
    "table/workbook/sheet.rs push_bool",
    "table/workbook/xls.rs push_bool_or_error",
    "umapi/listing.rs visit_bool",
    "umapi/sliding_window.rs seen",
];

/// The signatures of the functions in a text.
fn signatures(text: &str) -> impl Iterator<Item = &str> {
    let starts = text.match_indices("fn ").map(|(at, _)| at);
    let end = |at: usize| text[at..].find(['{', ';']).map_or(text.len(), |length| at + length);
    starts.map(move |at| &text[at..end(at)])
}

#[test]
fn functions_take_no_booleans() {
    let mut found = Vec::new();
    for (path, text) in files(&source()) {
        let path = path.strip_prefix(source()).unwrap().display().to_string();
        let is_left_out = path.starts_with("sandbox/") || path.contains("simulation/");
        if is_left_out || path.ends_with("tests.rs") {
            continue;
        }
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let taking = signatures(code).filter(|signature| {
            let arguments = signature.rsplit_once("->").map_or(*signature, |(before, _)| before);
            arguments.contains(": bool")
        });
        let name = |signature: &str| signature[3..].split(['(', '<']).next().unwrap().to_owned();
        found.extend(taking.map(|signature| format!("{path} {}", name(signature))));
    }
    found.sort();
    assert_eq!(found, BOOLEAN_ARGUMENTS, "an enum, two functions or the value that decides");
}

/// Whether a path matches a pattern in which `*` and `**` stand for any text.
fn is_like(path: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('*').filter(|part| !part.is_empty());
    let Some(rest) = path.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let after = parts.try_fold(rest, |rest, part| Some(rest.split_once(part)?.1));
    after.is_some_and(|rest| rest.is_empty() || pattern.ends_with('*'))
}

/// Mutants of a file that was renamed would silently no longer be tested.
#[test]
fn files_of_the_mutation_tests_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let justfile = fs::read_to_string(root.join("justfile")).unwrap();
    let decides = justfile.split_once("decides := \"").unwrap().1.split_once('"').unwrap().0;
    let patterns: Vec<&str> =
        decides.split([' ', '\\', '\n']).filter(|one| !one.is_empty()).collect();
    let all = files(&source());
    let paths: Vec<_> = all
        .iter()
        .map(|(path, _)| path.strip_prefix(root).unwrap().display().to_string())
        .collect();
    let is_there = |pattern: &&&str| !paths.iter().any(|path| is_like(path, pattern));
    let gone: Vec<&&str> = patterns.iter().filter(is_there).collect();
    assert!(patterns.len() > 10 && gone.is_empty(), "{gone:?}");
}
