//! Each code that a row, a response or `--json` can have is explained, and nothing else is.

use crate::world::{World, bare, run};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Adobe's codes: "Error Conditions" in the documentation of the User Management API.
const DOCUMENTED: &str = "
error.user.not_found error.user.not_in_org error.user.nonexistent
error.user.nonexistent_or_has_conflicting_parameters error.user.already_in_org
error.user.already_invited error.user.must_match_email error.user.type_must_not_be_adobeid
error.user.type_unknown error.user.type_not_available error.user.not_found_or_ambiguous
error.user.name.invalid error.user.user_list.invalid error.user.type.missing
error.user.email.invalid error.user.belongs_to_another_org error.user.type_mismatch
error.user.change_domain_update.no error.user.id_missing error.user.firstname_missing
error.user.lastname_missing error.user.name_in_use error.user.email.name_in_use
error.user.name.contains.email error.user.update_failed error.user.already_exists
error.user.command.missing.arguments error.user.productadmin.group.not_found
error.user.productadmin.add.user.failed error.user.productadmin.remove.admin.failed
error.command.add_remove.list error.command.add_remove.duplicate.user_list
error.command.add_remove.duplicate.product_list error.command.add_remove.duplicate.group_list
error.command.add_remove.duplicate.usergroup_list
error.command.add_remove.duplicate.productadmin_list
error.command.add_remove.invalid.usergroup_list error.command.product.not_found
error.usergroup.already_exists error.command.add_remove.key.unknown
error.command.add_remove.user_usergroup.missing error.command.add_remove.missing_list
error.command.add_remove.list_too_long error.command.add_remove.list_not_array
error.command.add_remove.group_or_product_name_too_long error.command.boolean_expected
error.command.create.object_expected error.command.create.string_expected
error.command.create.more_than_one error.command.create.not_first
error.command.create.key.unknown error.command.update.option.no error.command.domain.missing
error.command.domain.must_be_used_with_nonemail_username error.domain.trust.nonexistent
error.command.domain.string_expected error.command.string.too_long
error.command.string_expected error.command.removefromorg.not_last error.command.illegal_entry
error.command.step.unknown error.command.object_not_empty error.command.malformed
error.command.steps.malformed error.command.user.missing error.command.user_usergroup.missing
error.usergroup.not_found error.usergroup.user_list.invalid error.usergroup.update.failed
error.usergroup.command.missing.arguments error.country.invalid error.organization.invalid_id
error.organization.invalid_name error.organization.migrating error.group.not_found
error.group.invalid_list error.group.invalid_name error.option.illegal error.api.not_available
error.api.user.not.parent.org error.update.no error.update.domain.mismatch
error.update.username.no error.update.country.no_update error.apikey.invalid
error.internal.create_failed error.internal.update_failed error.internal.removefromorg
error.internal.add error.internal.group.remove error.internal.exceptionflys
error.internal.everybody_group.not_found plc.not_found plc.admin.group.not_found
plc.admin.already_added plc.add.admin.error plc.remove.admin.error
error.productadmin.add.user.failed error.productadmin.remove.admin.failed
error.update.adobeid.no error.throttled_by_external_service error.developer.add_user.failed
error.developer.remove_user.failed error.user.domain_enforcement
error.usergroup.exceeds_maximum_member_count";

/// Codes of the service that are not documented: users of Adobe's clients have reported them.
const REPORTED: &str = "
error.usergroup.readonly error.usergroup.readonly.add_user_not_allowed
error.usergroup.readonly.remove_user_not_allowed error.usergroup.readonly.update_not_allowed
error.usergroup.readonly.remove_not_allowed error.usergroup.timeout error.internal
error.internal.timeout error.external";

/// Codes that tests make up, and families that the source names without a code of their own.
const MADE_UP: [&str; 3] = ["error.internally", "error.user.external", "error.external.add"];

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The explanations by code, as the program prints them.
fn explained() -> BTreeMap<String, Value> {
    let folder = tempfile::tempdir().unwrap();
    let printed = run(&mut bare(folder.path(), &["explain", "--json"]));
    let sections: Vec<Value> = serde_json::from_str(&printed.stdout).unwrap();
    let codes = sections.iter().flat_map(|section| section["codes"].as_array().unwrap());
    codes.map(|code| (code["code"].as_str().unwrap().to_owned(), code.clone())).collect()
}

fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path, endings));
        } else if endings.iter().any(|ending| path.extension().is_some_and(|is| is == *ending)) {
            all.push(path);
        }
    }
    all
}

/// The source of the program without tests and comments.
fn source() -> Vec<(PathBuf, String)> {
    let is_test = |path: &Path| {
        path.iter().any(|part| ["tests.rs", "tests", "simulation"].iter().any(|name| part == *name))
            || path.ends_with("testing.rs")
    };
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        let code: String = lines.flat_map(|line| [line, "\n"]).collect();
        // Without them, each quote begins or ends a literal.
        (path, ["\\\\", "\\\"", "'\"'"].iter().fold(code, |code, escape| code.replace(escape, "")))
    };
    files(&project().join("src"), &["rs"])
        .into_iter()
        .filter(|path| !is_test(path))
        .map(read)
        .collect()
}

/// The text literals of a piece of source that are single words in small letters.
fn words(code: &str) -> Vec<&str> {
    let parts = code.split('"').skip(1).step_by(2);
    let is_word = |text: &&str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    parts.filter(is_word).collect()
}

/// The arguments of a call that begins with `open`, up to its closing bracket.
fn arguments(code: &str) -> &str {
    let mut depth = 1;
    let end = code.char_indices().find(|(_, c)| {
        depth += i32::from(matches!(c, '(' | '{' | '[')) - i32::from(matches!(c, ')' | '}' | ']'));
        depth == 0
    });
    &code[..end.map_or(code.len(), |(at, _)| at)]
}

/// The reasons in codes `invalid.FIELD.REASON` that the source can give.
fn reasons_of_the_source() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut take = |word: &str, place: &Path| {
        let place = place.strip_prefix(project()).unwrap().display().to_string();
        found.entry(word.to_owned()).or_insert(place);
    };
    for (path, code) in source() {
        if path.starts_with(project().join("src/report/codes")) {
            continue;
        }
        if path.ends_with("table/fault.rs") {
            let (_, reasons) = code.split_once("fn reason(&self)").unwrap();
            let reasons = reasons.split("fn place").next().unwrap();
            words(reasons).iter().for_each(|word| take(word, &path));
            continue;
        }
        if !["src/change", "src/execute", "src/reconcile"]
            .iter()
            .any(|folder| path.starts_with(project().join(folder)))
        {
            continue;
        }
        for call in ["fault(", ".problem(", " problem(", "Problem::new(", "Problem::of_user("] {
            for (at, _) in code.match_indices(call) {
                let all = arguments(&code[at + call.len()..]);
                // The first word that is no field is the reason.
                if let Some(word) = words(all).into_iter().find(|word| !is_field(word)) {
                    take(word, &path);
                }
            }
        }
        for code in code.split('"').skip(1).step_by(2).flat_map(codes_in) {
            if let Some((_, word)) =
                code.strip_prefix("invalid.").and_then(|code| code.split_once('.'))
            {
                take(word, &path);
            }
        }
        for (at, call) in code.match_indices("reason: \"") {
            let rest = &code[at + call.len()..];
            let word = &rest[..rest.find('"').unwrap()];
            words(&format!("\"{word}\"")).iter().for_each(|word| take(word, &path));
        }
        for call in ["let reason = match", "let (reason, "] {
            for (at, _) in code.match_indices(call) {
                let rest = &code[at..];
                let statement = &rest[..rest.find(';').unwrap()];
                let words = words(statement);
                words.into_iter().filter(|word| !is_field(word)).for_each(|word| take(word, &path));
            }
        }
    }
    // They say why a row is skipped, not that it is invalid.
    for skipped in ["comment", "total", "header"] {
        found.remove(skipped);
    }
    found
}

fn is_field(word: &str) -> bool {
    let fields = include_str!("../../src/report/codes/fields.toml");
    fields.lines().any(|line| line.trim_matches(['[', ']']) == word && line.starts_with('['))
}

/// The whole codes in a text: those that begin like one of umbulk's or Adobe's.
fn codes_in(text: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '.';
    let words = text.split(|c: char| !is_part(c)).map(|word| word.trim_matches('.'));
    let is_code = |word: &&str| {
        let parts: Vec<&str> = word.split('.').collect();
        parts.iter().all(|part| !part.is_empty())
            && match parts[0] {
                "invalid" => parts.len() == 3,
                "unchanged" | "skipped" | "unknown" => parts.len() == 2,
                "error" | "plc" => parts.len() > 1,
                _ => false,
            }
    };
    words.filter(is_code).map(ToOwned::to_owned).collect()
}

#[test]
fn each_reason_of_the_source_is_explained_and_no_other() {
    let explained = explained();
    let reasons: BTreeSet<&str> = explained
        .keys()
        .filter_map(|code| code.strip_prefix("invalid.")?.split_once('.'))
        .map(|(_, reason)| reason)
        .collect();
    let found = reasons_of_the_source();
    assert!(found.len() > 60, "{found:#?}");
    let without: Vec<_> = found.iter().filter(|(word, _)| !reasons.contains(&***word)).collect();
    assert!(without.is_empty(), "src/report/codes/reasons.toml lacks {without:#?}");
    let gone: Vec<_> = reasons.iter().filter(|word| !found.contains_key(**word)).collect();
    assert!(gone.is_empty(), "src/report/codes/reasons.toml explains what is no reason: {gone:?}");
}

#[test]
fn each_code_of_the_source_the_screens_and_the_docs_is_explained() {
    let explained = explained();
    let is_explained = |code: &String| {
        // Variables and files in the source may look like codes.
        let is_word = ["unknown.", "skipped.", "unchanged."]
            .iter()
            .any(|kind| code.starts_with(kind))
            && !code.contains('_')
            && !["unchanged.snapshot", "unchanged.differs", "skipped.comment"].contains(&&**code);
        explained.contains_key(code) || is_word || MADE_UP.contains(&&**code)
    };
    let mut without = BTreeMap::new();
    for (path, code) in source() {
        let literals: Vec<&str> = code.split('"').skip(1).step_by(2).collect();
        for found in literals.iter().flat_map(|literal| codes_in(literal)) {
            let is_family = literals.iter().any(|literal| *literal == format!("{found}."));
            if !is_explained(&found) && !is_family {
                without.insert(found, path.clone());
            }
        }
    }
    let mut texts = files(&project().join("tests"), &["snap", "rs"]);
    texts.extend(files(&project().join("docs"), &["md"]));
    texts.push(project().join("README.md"));
    let is_own = |path: &Path| path.ends_with("explained_codes.rs");
    for path in texts.into_iter().filter(|path| !is_own(path)) {
        let text = std::fs::read_to_string(&path).unwrap();
        // Tests make up codes of the server; those of rows are umbulk's own.
        let own = codes_in(&text).into_iter().filter(|code| code.starts_with("invalid."));
        for code in own.filter(|code| !code.ends_with(".contains")) {
            if !is_explained(&code) {
                without.insert(code, path.clone());
            }
        }
    }
    // A name in the source of a test.
    without.remove("invalid.rename.row");
    assert!(without.is_empty(), "{without:#?}");
}

#[test]
fn each_code_of_adobe_is_explained_and_no_invented_one() {
    let explained = explained();
    let known: BTreeSet<&str> =
        DOCUMENTED.split_whitespace().chain(REPORTED.split_whitespace()).collect();
    assert!(known.len() > 100, "{}", known.len());
    let without: Vec<_> = known.iter().filter(|code| !explained.contains_key(**code)).collect();
    assert!(without.is_empty(), "{without:?}");
    let literals: BTreeSet<String> = source()
        .iter()
        .flat_map(|(_, code)| {
            code.split('"').skip(1).step_by(2).map(ToOwned::to_owned).collect::<Vec<_>>()
        })
        .collect();
    let is_invented = |code: &&String| {
        !code.starts_with("invalid.")
            && !known.contains(&***code)
            && *code != "http.STATUS"
            && !literals.contains(*code)
    };
    let invented: Vec<_> = explained.keys().filter(is_invented).collect();
    assert!(invented.is_empty(), "{invented:?}");
}

/// Examples that are whole tables get their code from `validate`.
#[test]
fn examples_in_form_of_tables_get_their_codes() {
    let world = World::with_groups(&[]);
    let mut tried = 0;
    for (code, explanation) in explained() {
        let example = explanation["example"].as_str().unwrap();
        if !code.starts_with("invalid.") || !example.contains('\n') {
            continue;
        }
        world.write("example.csv", format!("{example}\n"));
        let checked = world.umbulk(&["validate", "example.csv", "--check-groups", "never"]);
        tried += 1;
        if code == "invalid.action.missing" {
            // A table that only names people is refused as a whole.
            assert!(checked.stderr.contains("--action"), "{checked:?}");
            continue;
        }
        let codes: Vec<String> =
            world.rows("example.check.csv").iter().map(|row| row["umbulk_code"].clone()).collect();
        assert!(codes.contains(&code), "{code}: {codes:?} {example}");
        std::fs::remove_file(world.path("example.check.csv")).unwrap();
    }
    assert!(tried > 15, "{tried}");
}

#[test]
fn unknown_code_is_answered_with_the_nearest_ones() {
    let folder = tempfile::tempdir().unwrap();
    let explain = |args: &[&str]| run(&mut bare(folder.path(), &[&["explain"], args].concat()));
    let found = explain(&["invalid.email.form"]);
    assert_eq!((found.status, found.stderr.as_str()), (0, ""));
    assert!(found.stdout.contains("Example  email: ann@example — right: ann@example.com"));
    let near = explain(&["invalid.email.froms"]);
    assert_eq!(near.status, 2);
    assert!(near.stderr.contains("Did you mean invalid.email.form"), "{}", near.stderr);
    let of_server = explain(&["error.user.something_new", "--json"]);
    assert_eq!(of_server.status, 2);
    assert!(of_server.stderr.contains("umbulk_request_id"), "{}", of_server.stderr);
    let json: Value = serde_json::from_str(&of_server.stdout).unwrap();
    assert_eq!(
        (&json["known"], &json["code"]),
        (&false.into(), &"error.user.something_new".into())
    );
    for row in ["invalid.row", "Invalid.Row"] {
        let below = explain(&[row]);
        let expected = format!("Codes below {row}\n  invalid.row.conflict\n");
        assert!(below.stdout.starts_with(&expected), "{below:?}");
    }
    let json: Value = serde_json::from_str(&explain(&["http.403", "--json"]).stdout).unwrap();
    assert_eq!(json["code"], "http.403");
}

/// The column stands after the message, in both files, and is ignored when it is read again.
#[test]
fn explanations_stand_in_results_and_failed_rows() {
    let world = World::with_groups(&["Design"]);
    let rows = "email,firstname,lastname,country\nann@example.com,Ann,Lee,US\n\
                bob@example,Bob,Ray,US\n";
    let first = world.import("staff.csv", rows, &["--explain", "--yes"]);
    assert_eq!(first.status, 1, "{first:?}");
    let header = |name: &str| {
        std::fs::read_to_string(world.path(name)).unwrap().lines().next().unwrap().to_owned()
    };
    let columns = "umbulk_status,umbulk_code,umbulk_message,umbulk_explanation,umbulk_attempts";
    assert!(header("staff.results.csv").contains(columns), "{}", header("staff.results.csv"));
    assert!(header("staff.failed.csv").ends_with("umbulk_code,umbulk_message,umbulk_explanation"));
    let rows = world.rows("staff.results.csv");
    assert_eq!(rows[0]["umbulk_explanation"], "");
    assert!(rows[1]["umbulk_explanation"].contains("form of an email address"), "{rows:?}");
    assert!(rows[1]["umbulk_explanation"].contains("What to do: "), "{rows:?}");
    // The rows to fix are imported again as they are.
    let again = world.umbulk(&["import", "staff.failed.csv", "--explain", "--yes"]);
    assert_eq!(again.status, 1, "{again:?}");
    assert!(!again.stderr.contains("umbulk_explanation"), "{again:?}");
    let again = header("staff.failed.results.csv");
    assert_eq!(again.matches("umbulk_explanation").count(), 1, "{again}");
    // `results` writes them again, with the column or without.
    let plain = world.umbulk(&["results", "staff.csv", "--results", "plain.csv"]);
    assert_eq!(plain.status, 0, "{plain:?}");
    assert!(!header("plain.csv").contains("umbulk_explanation"));
    let explained = world.umbulk(&["results", "staff.csv", "--results", "x.csv", "--explain"]);
    assert_eq!(explained.status, 0, "{explained:?}");
    assert_eq!(world.rows("x.csv"), world.rows("staff.results.csv"));
}

/// A file of either kind shows how far a run was whose journal is gone.
#[test]
fn results_with_explanations_show_how_far_a_run_was() {
    let world = World::with_groups(&[]);
    let rows = "email,firstname,lastname,country\nann@example.com,Ann,Lee,US\n";
    world.import("staff.csv", rows, &["--explain", "--yes"]);
    let journal = std::fs::read_dir(world.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|ending| ending == "journal"))
        .unwrap();
    std::fs::remove_file(journal).unwrap();
    let results = world.path("staff.results.csv");
    let text = std::fs::read_to_string(&results).unwrap();
    std::fs::write(&results, text.replace(",ok,", ",not_sent,")).unwrap();
    let again = world.umbulk(&["import", "staff.csv", "--yes"]);
    assert_eq!(again.status, 2, "{again:?}");
    assert!(again.stderr.contains("journal"), "{again:?}");
}
