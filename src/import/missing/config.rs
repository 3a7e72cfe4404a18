//! The files of `--missing`, and how they are carried out.

use super::error::{MissingError, MissingRefusal};
use crate::import::config::{EmptyGroups, ImportConfig, KnownConfig, MissingConfig, ReadConfig};
use crate::import::outputs::output_paths;
use crate::import::places::is_device;
use crate::report::Paths;
use std::path::{Path, PathBuf};

/// Refuses options that contradict each other.
pub(crate) fn check_config(config: &ImportConfig) -> Result<(), MissingError> {
    let Some(MissingConfig { action, scope, .. }) = &config.missing else { return Ok(()) };
    let why = if scope.domains.is_empty() && scope.types.is_empty() {
        MissingRefusal::NoScope
    } else if config.read.rows.is_some() {
        MissingRefusal::SomeRows
    } else if config.sandbox && config.known.against.is_none() {
        MissingRefusal::Rehearsal
    } else {
        return Ok(());
    };
    Err(MissingError::Refused { action: *action, why })
}

/// Returns the file of missing users that is carried out, with the files that are written about it.
pub(crate) fn file(config: &ImportConfig) -> Option<(PathBuf, Paths)> {
    config.missing.as_ref()?;
    let file = place(config);
    let paths = output_paths(&own_config(config, &file), &file);
    Some((file, paths))
}

/// Returns the files that are written about missing users.
pub(crate) fn outputs(config: &ImportConfig) -> Vec<(&'static str, PathBuf)> {
    let Some((file, Paths { results, failed, .. })) = file(config) else { return Vec::new() };
    let failed = failed.map(|failed| ("the missing people to fix", failed));
    [("the missing people", file), ("the results about missing people", results)]
        .into_iter()
        .chain(failed)
        .collect()
}

/// Returns the path of `NAME.missing.csv` beside the results.
pub(super) fn place(config: &ImportConfig) -> PathBuf {
    let first = config.files.first().map_or(Path::new("-"), PathBuf::as_path);
    let results = output_paths(config, first).results;
    let named_path = if first == Path::new("-") { &results } else { first };
    let folder = if is_device(&results) { first.parent() } else { results.parent() };
    let word = match config {
        ImportConfig { test_mode: true, .. } => "missing.test",
        ImportConfig { sandbox: true, .. } => "missing.sandbox",
        _ => "missing",
    };
    Paths::beside(named_path, word, folder.or(Some(Path::new(""))))
}

/// Returns how that file is carried out: options for reading the main files do not apply to it.
pub(super) fn own_config(config: &ImportConfig, file: &Path) -> ImportConfig {
    ImportConfig {
        files: vec![file.to_owned()],
        results: None,
        failed: None,
        strict: false,
        skip_unchanged: false,
        read: ReadConfig { protect: config.read.protect.clone(), ..ReadConfig::default() },
        known: KnownConfig {
            against: None,
            online: false,
            exact_groups: false,
            manage_groups: Vec::new(),
            empty_groups: EmptyGroups::KeepAll,
            ..config.known.clone()
        },
        missing: None,
        ..config.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{Action, IdentityType};
    use crate::import::access::Access;
    use crate::import::config::{ConnectConfig, MissingAction};
    use crate::reconcile::MissingScope;

    /// An import of `in/staff.csv` and of those who are missing in example.com.
    fn config() -> ImportConfig {
        let connect = ConnectConfig::new(Access::made_up("12345@AdobeOrg", None));
        ImportConfig {
            missing: Some(MissingConfig {
                action: MissingAction::Leave,
                scope: MissingScope { domains: vec!["example.com".to_owned()], types: vec![] },
                max_missing: None,
                is_cap_of_these_files: false,
            }),
            ..ImportConfig::new(vec![PathBuf::from("in/staff.csv")], connect)
        }
    }

    fn refusal(config: &ImportConfig) -> String {
        check_config(config).map_or_else(|error| error.to_string(), |()| String::new())
    }

    #[test]
    fn options_that_do_not_tell_who_is_missing_are_refused() {
        assert_eq!(refusal(&config()), "");
        let mut nobody = config();
        nobody.missing.as_mut().unwrap().scope = MissingScope { domains: vec![], types: vec![] };
        assert!(refusal(&nobody).contains("name their domains or their types"));
        nobody.missing.as_mut().unwrap().scope.types = vec![IdentityType::Federated];
        assert_eq!(refusal(&nobody), "", "a type is enough");
        let mut part = config();
        part.read.rows = Some("1-5".parse().unwrap());
        assert!(refusal(&part).contains("only a part of the rows was chosen"));
        part.missing = None;
        assert_eq!(refusal(&part), "", "nobody is looked for");
        let mut rehearsal = ImportConfig { sandbox: true, ..config() };
        assert!(refusal(&rehearsal).contains("name a list with the others"));
        rehearsal.known.against = Some("users.csv".into());
        assert_eq!(refusal(&rehearsal), "");
    }

    #[test]
    fn files_about_missing_people_are_beside_those_of_the_rows() {
        let written = |config: &ImportConfig| {
            let name = |(what, path): (&str, PathBuf)| format!("{what}: {}", path.display());
            outputs(config).into_iter().map(name).collect::<Vec<_>>()
        };
        assert!(written(&ImportConfig { missing: None, ..config() }).is_empty());
        let list = "the missing people: ";
        let results = "the results about missing people: ";
        let failed = "the missing people to fix: ";
        let expected = [
            format!("{list}in/staff.missing.csv"),
            format!("{results}in/staff.missing.results.csv"),
            format!("{failed}in/staff.missing.failed.csv"),
        ];
        assert_eq!(written(&config()), expected);
        // Results elsewhere take them along, but not their names.
        let mut elsewhere = config();
        (elsewhere.results, elsewhere.failed) =
            (Some("out/done.csv".into()), Some("out/again.csv".into()));
        let expected = [
            format!("{list}out/staff.missing.csv"),
            format!("{results}out/staff.missing.results.csv"),
            format!("{failed}out/staff.missing.failed.csv"),
        ];
        assert_eq!(written(&elsewhere), expected);
    }

    #[test]
    fn only_a_real_run_writes_the_list_that_a_real_run_reads() {
        assert_eq!(place(&config()), Path::new("in/staff.missing.csv"));
        let test = ImportConfig { test_mode: true, ..config() };
        assert_eq!(place(&test), Path::new("in/staff.missing.test.csv"));
        let rehearsal = ImportConfig { sandbox: true, ..config() };
        assert_eq!(place(&rehearsal), Path::new("in/staff.missing.sandbox.csv"));
        let mut piped = config();
        (piped.files, piped.results) = (vec!["-".into()], Some("out/done.csv".into()));
        assert_eq!(place(&piped), Path::new("out/done.missing.csv"));
    }

    /// The file of missing people is written by umbulk, and means the same whatever was said about
    /// the rows.
    #[test]
    fn what_was_said_about_the_rows_does_not_hold_for_missing_people() {
        let plain = config();
        let mut config = config();
        (config.results, config.failed) =
            (Some("out/done.csv".into()), Some("out/again.csv".into()));
        (config.strict, config.skip_unchanged) = (true, true);
        (config.yes, config.allow_admins, config.concurrency) = (true, true, 9);
        config.read.action = Some(Action::Delete);
        config.read.protect = Some("protected.txt".into());
        let known = &mut config.known;
        (known.against, known.online) = (Some("users.csv".into()), true);
        (known.exact_groups, known.empty_groups) = (true, EmptyGroups::KeepNone);
        known.manage_groups = vec!["Design".to_owned()];
        known.allow_shadow = true;

        let own = own_config(&config, Path::new("in/staff.missing.csv"));
        assert_eq!(own.files, [Path::new("in/staff.missing.csv")]);
        assert_eq!((&own.results, &own.failed), (&None, &None));
        assert!(!own.strict && !own.compares() && own.missing.is_none());
        let protect = config.read.protect.clone();
        assert_eq!(own.read, ReadConfig { protect, ..plain.read }, "protected people are exempt");
        assert!(own.known.against.is_none() && !own.known.online);
        assert!(own.known.manage_groups.is_empty());
        assert_eq!(own.known.empty_groups, EmptyGroups::KeepAll);
        // What was said about the run holds.
        assert!(own.yes && own.allow_admins && own.known.allow_shadow);
        assert_eq!(own.concurrency, 9);
    }
}
