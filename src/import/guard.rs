//! The guards of an import: too many deletions, and administrators. They refuse, or ask, before
//! anything is sent.

use crate::execute::{Broken, Guards, Losses, Scan};
use crate::import::administrators::Administrators;
use crate::import::config::{ImportConfig, RecordBefore};
use crate::import::confirmation::Confirmation;
use crate::import::connection::Connection;
use crate::import::error::ImportError;
use crate::import::file_run::FileRun;
use crate::import::guard_error::{CapExcess, DeletesToConfirm, GuardError};
use crate::import::note::Note;
use crate::import::reporter::ImportReporter;
use crate::number::thousands;
use crate::plan::Deletes;

/// What all files of a command remove together. Because the whole files count, sending a file in
/// portions does not avoid a guard.
pub(crate) struct TotalLosses {
    /// Over all rows.
    losses: Losses,
    /// The number of rows that delete and are sent now.
    deletes_now: u64,
    /// The exceeded limit.
    broken: Option<Broken>,
}

impl TotalLosses {
    /// Adds up the files with rows left to send.
    pub(crate) fn of(files: &[&FileRun], config: &ImportConfig) -> Self {
        let (mut losses, mut now) = (Losses::default(), Losses::default());
        for file in files {
            let Scan { counts, plan, .. } = &file.scan;
            losses += counts.losses_of_all_rows();
            now += match file.unfinished() {
                Some(left) => Losses {
                    deletes: left.deletes(plan).rows,
                    removals: left.removals(plan),
                    ..Losses::default()
                },
                None => counts.losses(),
            };
        }
        Self::new(losses, now, config)
    }

    /// Creates the total. `losses` are those of all rows, `now` those of the rows that are sent
    /// now.
    fn new(mut losses: Losses, now: Losses, config: &ImportConfig) -> Self {
        // Rows that remove nothing may be sent, whatever other rows would do.
        if now.deletes == 0 {
            (losses.deletes, losses.account_deletes) = (0, 0);
        }
        if now.removals == 0 {
            losses.removals = 0;
        }
        let guards = Guards { max_deletes: config.max_deletes, max_removals: config.max_removals };
        Self { losses, deletes_now: now.deletes, broken: guards.broken(losses) }
    }

    /// Whether a limit is exceeded. Then the import is refused without a question.
    pub(crate) fn is_refused(&self) -> bool {
        self.broken.is_some()
    }

    /// Returns what the user must confirm; `None` if few rows delete.
    fn question(&self, config: &ImportConfig) -> Option<DeletesToConfirm> {
        let Self { losses, deletes_now: now, .. } = *self;
        (losses.deletes > Guards::UNASKED_DELETES).then(|| DeletesToConfirm {
            all: Deletes { rows: losses.deletes, accounts: losses.account_deletes },
            now,
            is_part: config.read.rows.is_some(),
        })
    }
}

/// The most names above a question.
pub(crate) const NAMED: usize = 10;

/// Refuses the import, or asks for a confirmation, before anything is sent. `names` are those whom
/// the first rows delete.
///
/// # Errors
/// If a limit is exceeded, administrators would lose something that is not allowed, or the
/// confirmation is missing.
pub(crate) fn guard(
    config: &ImportConfig,
    connection: &Connection,
    total: &TotalLosses,
    administrators: &Administrators,
    (work, record): (GuardedWork, RecordBefore),
    names: impl FnOnce() -> Vec<String>,
    reporter: &dyn ImportReporter,
) -> Result<(), ImportError> {
    if let Some(broken) = total.broken {
        let (files, is_part) = (config.files.len(), config.read.rows.is_some());
        return Err(GuardError::TooMany(CapExcess { broken, files, is_part }).into());
    }
    if !config.allow_admins {
        if let Some(risk) = administrators.risk_words() {
            return Err(GuardError::Administrators { risk }.into());
        }
        if let Some((rows, why)) = administrators.unknown.clone() {
            return Err(GuardError::AdministratorsUnknown { rows, why }.into());
        }
    }
    if config.yes || !config.is_real() {
        return Ok(());
    }
    let Connection { organization, host, production, .. } = connection;
    let Some(deletes) = total.question(config) else {
        return confirm_production(connection, work, reporter);
    };
    let words = reporter.words(&Note::Deletes(&deletes));
    let mut above = listed("Administrators among them:", administrators.lines(reporter), 0);
    above.extend(listed("Rows that delete:", names(), deletes.now));
    if record == RecordBefore::NotKept {
        above.push(reporter.words(&Note::NotRecorded));
    }
    let kind = if production.is_some() { "the production organization " } else { "" };
    let question = format!("In {kind}{organization} at {host}, {words}.");
    let rows = total.losses.deletes;
    match reporter.ask_about(&above, Confirmation::Deletes(rows), &question, &rows.to_string())? {
        true => Ok(()),
        false => Err(GuardError::NotConfirmed(deletes).into()),
    }
}

/// Whether an import has something to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GuardedWork {
    /// Rows are sent, or missing users are removed.
    Something,
    /// No row is left to send.
    Nothing,
}

/// Asks before a production organization is changed.
fn confirm_production(
    Connection { organization, host, production, .. }: &Connection,
    work: GuardedWork,
    reporter: &dyn ImportReporter,
) -> Result<(), ImportError> {
    let Some(profile) = production.as_deref().filter(|_| work == GuardedWork::Something) else {
        return Ok(());
    };
    let question =
        format!("{organization} at {host} is a production organization (profile {profile}).");
    match reporter.ask(Confirmation::Production, &question, profile)? {
        true => Ok(()),
        false => Err(GuardError::ProductionNotConfirmed { profile: profile.to_owned() }.into()),
    }
}

/// Returns a heading and the lines below it; `all` is the number of which these are the first.
/// Nothing for no lines.
fn listed(heading: &str, lines: Vec<String>, all: u64) -> Vec<String> {
    if lines.is_empty() {
        return lines;
    }
    let more = all.saturating_sub(lines.len() as u64);
    let more = (more > 0).then(|| format!("  and {} more", thousands(more)));
    let lines = lines.into_iter().map(|line| format!("  {line}"));
    std::iter::once(heading.to_owned()).chain(lines).chain(more).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::execute::Cap;
    use crate::import::access::Access;
    use crate::import::config::ConnectConfig;
    use crate::import::known_roles::RolesUnanswered;
    use crate::import::observed::ObservedImport;
    use crate::import::reporter::Silent;
    use crate::observer::Observer;
    use std::sync::Mutex;

    /// Keeps what it is asked, and gives always the same answer.
    struct Answering {
        yes: bool,
        questions: Mutex<Vec<String>>,
    }

    impl Observer for Answering {
        fn confirm(&self, question: &str) -> bool {
            self.questions.lock().unwrap().push(question.to_owned());
            self.yes
        }
    }

    fn config() -> ImportConfig {
        let connect = ConnectConfig::new(Access::made_up("12345@AdobeOrg", None));
        ImportConfig::new(vec!["staff.csv".into()], connect)
    }

    fn losses(deletes: u64, removals: u64) -> Losses {
        Losses { sendable: 20, deletes, account_deletes: 0, removals }
    }

    /// What the guards say, and what they have asked before.
    fn guarded(
        config: &ImportConfig,
        all: Losses,
        administrators: &Administrators,
        yes: bool,
    ) -> (Result<(), String>, Vec<String>) {
        let connection = Connection::prepare(&config.connect, &Silent).unwrap();
        let total = TotalLosses::new(all, all, config);
        let observer = Answering { yes, questions: Mutex::default() };
        let reporter = ObservedImport::new(&observer);
        let work = (GuardedWork::Something, RecordBefore::Kept);
        let names = Vec::new;
        let come_of_it = guard(config, &connection, &total, administrators, work, names, &reporter);
        assert_eq!(total.is_refused(), total.broken.is_some());
        (come_of_it.map_err(|error| error.to_string()), observer.questions.into_inner().unwrap())
    }

    /// The same without an answer that helps, and without known administrators.
    fn refusal(config: &ImportConfig, all: Losses) -> String {
        guarded(config, all, &Administrators::default(), false).0.err().unwrap_or_default()
    }

    #[test]
    fn more_than_a_few_deletions_need_a_yes() {
        let few = losses(Guards::UNASKED_DELETES, 20);
        let nobody = Administrators::default();
        assert_eq!(guarded(&config(), few, &nobody, false), (Ok(()), vec![]));
        let many = losses(Guards::UNASKED_DELETES + 1, 0);
        let (come_of_it, questions) = guarded(&config(), many, &nobody, false);
        let words =
            "11 rows remove users from the organization or from all groups, or delete groups";
        assert_eq!(come_of_it, Err(format!("{words}: nothing was sent")));
        assert_eq!(questions.len(), 1);
        assert!(questions[0].starts_with("In 12345@AdobeOrg at "), "{questions:?}");
        assert!(questions[0].ends_with(&format!("{words}.")), "{questions:?}");
        assert_eq!(guarded(&config(), many, &nobody, true), (Ok(()), questions));
        for unasked in [
            ImportConfig { yes: true, ..config() },
            ImportConfig { test_mode: true, ..config() },
            ImportConfig { sandbox: true, ..config() },
        ] {
            assert_eq!(guarded(&unasked, many, &nobody, false), (Ok(()), vec![]));
        }
    }

    /// A list of people who left is imported without a list: afterwards it is too late.
    #[test]
    fn question_says_if_deletions_cannot_be_taken_back() {
        let connection = Connection::prepare(&config().connect, &Silent).unwrap();
        let many = losses(Guards::UNASKED_DELETES + 1, 0);
        let total = TotalLosses::new(many, many, &config());
        for (record, is_said) in [(RecordBefore::Kept, false), (RecordBefore::NotKept, true)] {
            let observer = Answering { yes: true, questions: Mutex::default() };
            let reporter = ObservedImport::new(&observer);
            let (nobody, work) = (Administrators::default(), (GuardedWork::Something, record));
            guard(&config(), &connection, &total, &nobody, work, Vec::new, &reporter).unwrap();
            let questions = observer.questions.into_inner().unwrap();
            assert_eq!(questions[0].contains("cannot be taken back"), is_said, "{questions:?}");
        }
    }

    #[test]
    fn production_is_asked_about_unless_nothing_is_sent() {
        let mut connection = Connection::prepare(&config().connect, &Silent).unwrap();
        let asked = |connection: &Connection, work, yes| {
            let observer = Answering { yes, questions: Mutex::default() };
            let reporter = ObservedImport::new(&observer);
            let come_of_it = confirm_production(connection, work, &reporter);
            (come_of_it.is_ok(), observer.questions.into_inner().unwrap())
        };
        assert_eq!(asked(&connection, GuardedWork::Something, false), (true, vec![]));
        connection.production = Some("acme".to_owned());
        assert_eq!(asked(&connection, GuardedWork::Nothing, false), (true, vec![]));
        for yes in [true, false] {
            let (is_allowed, questions) = asked(&connection, GuardedWork::Something, yes);
            assert_eq!(is_allowed, yes);
            assert!(questions[0].ends_with("is a production organization (profile acme)."));
        }
    }

    #[test]
    fn broken_cap_is_refused_without_a_question() {
        let mut config = ImportConfig { max_deletes: Some(Cap::Rows(11)), ..config() };
        let nobody = Administrators::default();
        assert_eq!(guarded(&config, losses(11, 0), &nobody, true).0, Ok(()));
        let (come_of_it, questions) = guarded(&config, losses(12, 0), &nobody, true);
        let why = come_of_it.unwrap_err();
        assert!(why.contains("12 of 20 rows to send delete, but the limit is 11 rows"), "{why}");
        assert!(questions.is_empty(), "{questions:?}");
        // A yes that was given before does not lift a limit.
        config.yes = true;
        assert!(refusal(&config, losses(12, 0)).contains("the limit is 11 rows"));
        config.max_removals = Some(Cap::Percent(50.0));
        assert_eq!(refusal(&config, losses(0, 10)), "");
        assert!(refusal(&config, losses(0, 11)).contains("11 of 20 rows to send take memberships"));
        let total = |deletes| TotalLosses::new(losses(deletes, 0), losses(deletes, 0), &config);
        assert!(total(12).is_refused() && !total(11).is_refused());
    }

    #[test]
    fn rows_that_take_nothing_away_pass_whatever_others_did() {
        let config = ImportConfig {
            max_deletes: Some(Cap::Rows(1)),
            max_removals: Some(Cap::Rows(1)),
            ..config()
        };
        let is_refused = |now| TotalLosses::new(losses(12, 12), now, &config).is_refused();
        assert!(!is_refused(losses(0, 0)));
        assert!(is_refused(losses(1, 0)) && is_refused(losses(0, 1)));
    }

    #[test]
    fn rows_about_perhaps_administrators_are_refused_unless_allowed() {
        let mut unknown = Administrators::default();
        unknown.unknown = Some((3, RolesUnanswered::NotSaid));
        let (come_of_it, questions) = guarded(&config(), losses(11, 0), &unknown, true);
        let why = come_of_it.unwrap_err();
        let words = "3 rows take access away from people who may be administrators";
        assert!(why.starts_with(words), "{why}");
        assert!(questions.is_empty(), "{questions:?}");
        // A yes to deletions is none to administrators.
        let config = ImportConfig { yes: true, ..config() };
        assert!(guarded(&config, losses(0, 1), &unknown, true).0.is_err());
        let config = ImportConfig { allow_admins: true, yes: false, ..config };
        let (come_of_it, questions) = guarded(&config, losses(11, 0), &unknown, true);
        assert_eq!(come_of_it, Ok(()));
        let words = " Administrators among them: not known for 3 rows";
        assert!(questions[0].contains(words), "{questions:?}");
    }

    #[test]
    fn names_above_a_question_are_counted() {
        let names = || ["ann@x.com", "bob@x.com"].map(ToOwned::to_owned).to_vec();
        assert_eq!(
            listed("Rows that delete:", names(), 1_002),
            ["Rows that delete:", "  ann@x.com", "  bob@x.com", "  and 1,000 more"]
        );
        assert_eq!(listed("Rows that delete:", names(), 2).len(), 3);
        assert!(listed("Rows that delete:", Vec::new(), 12).is_empty());
    }
}
