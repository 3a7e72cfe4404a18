//! Asks for a confirmation before rows rely on a list that may no longer show who is a member.

use crate::import::baseline::{confirm, objections};
use crate::import::baseline_error::Objection;
use crate::import::config::ImportConfig;
use crate::import::error::ImportError;
use crate::import::file_run::FileRun;
use crate::import::reporter::ImportReporter;

/// Asks for a confirmation before rows rely on an old list. For a run that continues, only what
/// other imports have changed since its first start is new.
pub(crate) fn guard_ages(
    files: &[FileRun],
    config: &ImportConfig,
    reporter: &dyn ImportReporter,
) -> Result<(), ImportError> {
    for FileRun { input, scan, .. } in files.iter().filter(|file| !file.goes_on()) {
        if let Some(known) = input.baseline.as_ref().filter(|known| known.reduces) {
            let all = objections(known, scan.counts.relies_on_absence, config.known.max_age);
            confirm(all, config, reporter)?;
        }
    }
    for FileRun { input, .. } in files.iter().filter(|file| file.goes_on() && file.sends()) {
        if let Some(known) = input.baseline.as_ref().filter(|known| known.managed.is_some())
            && input.changed_rows.are_sent()
        {
            let list = known.organization.name.clone();
            confirm(vec![Objection::ChangedSinceBegin { list }], config, reporter)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::import::config::{ImportConfig, MissingAction};
    use crate::import::exit::Exit;
    use crate::import::missing::case::{Case, FULL, people};
    use std::fs::File;
    use std::time::{Duration, SystemTime};

    /// Rows that change nothing, if Bob is only in Design as the list says, compared with a list of
    /// this age.
    fn compared(case: &Case, hours: u64) -> ImportConfig {
        let rows = "action,email,groups\nremove,bob@example.com,Video\nadd,ann@example.com,Video\n";
        let mut config = case.config(rows, MissingAction::Report);
        (config.missing, config.skip_unchanged) = (None, true);
        case.against(&mut config, FULL);
        let list = File::options().append(true).open(case.path("users.csv")).unwrap();
        let ago = Duration::from_secs(hours * 3600);
        list.set_modified(SystemTime::now() - ago).unwrap();
        config
    }

    #[test]
    fn rows_rely_on_an_old_list_only_after_a_yes() {
        let case = Case::of(&people(0));
        let ended = Case::run(&compared(&case, 3));
        assert!(ended.exit().is_none() && ended.questions.len() == 1, "{ended:?}");
        assert_eq!(case.there(), "ann:0 bob:1 carl:2", "nothing was sent");
        let ended = Case::run(&ImportConfig { yes: true, ..compared(&case, 3) });
        assert!(ended.exit() == Some(Exit::Good) && ended.questions.is_empty(), "{ended:?}");
        assert_eq!(case.there(), "ann:1 bob:1 carl:2");
    }

    #[test]
    fn fresh_list_is_relied_upon_unasked() {
        let case = Case::of(&people(0));
        let ended = Case::run(&compared(&case, 0));
        assert!(ended.exit() == Some(Exit::Good) && ended.questions.is_empty(), "{ended:?}");
    }

    /// It was asked at the first start.
    #[test]
    fn interrupted_import_is_not_asked_about_its_list_again() {
        let case = Case::of(&people(0));
        let confirmed = ImportConfig { yes: true, ..compared(&case, 3) };
        let ended = Case::run_stopping_in(&confirmed, Some(1));
        assert_eq!(case.there(), "ann:0 bob:1 carl:2", "{ended:?}");
        let ended = Case::run(&ImportConfig { yes: false, ..confirmed });
        assert!(ended.exit() == Some(Exit::Good) && ended.questions.is_empty(), "{ended:?}");
        assert_eq!(case.there(), "ann:1 bob:1 carl:2");
    }
}
