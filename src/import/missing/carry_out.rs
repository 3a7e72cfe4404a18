//! Carries out the decision about missing users, after the last row.

use super::config::own_config;
use super::decision::{EarlierMissing, MissingDecision};
use super::error::MissingError;
use super::file;
use super::list::too_old;
use super::words::count_people;
use crate::execute::{Guards, InvalidRenames};
use crate::import::config::MissingAction;
use crate::import::confirmation::Confirmation;
use crate::import::connection::Connection;
use crate::import::error::ImportError;
use crate::import::exit::Exit;
use crate::import::file_run::FileRun;
use crate::import::input_file::{FileAccess, InputFile};
use crate::import::journal;
use crate::import::known_users::KnownUsers;
use crate::import::note::Note;
use crate::import::reporter::Silent;
use crate::import::session::ImportSession;
use crate::number::form;
use crate::organization::{OrgUser, Organization};

/// The most missing users for whom no confirmation is needed.
const UNASKED: u64 = Guards::UNASKED_DELETES;

impl MissingDecision {
    /// Asks for a confirmation before anything is sent, if there are more than a few missing users.
    pub(crate) fn ask(&self, session: ImportSession<'_>) -> Result<(), ImportError> {
        let ImportSession { config, connection, reporter, .. } = session;
        let asks = self.people > 0 && self.people + self.beside > UNASKED;
        if self.what == MissingAction::Report || !asks || config.yes || config.sandbox {
            return Ok(());
        }
        let will = if self.what == MissingAction::Leave {
            "leave the organization"
        } else {
            "lose their groups"
        };
        let words = format!(
            "{} {} missing and would {will}",
            count_people(self.people),
            form(self.people, "is", "are")
        );
        let Connection { organization, host, .. } = connection;
        let question = format!("In {organization} at {host}, {words}.");
        match reporter.ask(Confirmation::Missing, &question, &self.people.to_string())? {
            true => Ok(()),
            false => Err(MissingError::NotConfirmed { words }.into()),
        }
    }

    /// Carries it out if all rows succeeded, and reports the result. Returns the exit status of
    /// rows and missing users together.
    pub(crate) fn carry_out(
        self,
        session: ImportSession<'_>,
        rows: Exit,
    ) -> Result<Exit, ImportError> {
        let ImportSession { config, reporter, .. } = session;
        let old = match self.is_applied() {
            true => None,
            false => outdated(self.what, &self.organization),
        };
        let (exit, why) = match objection(rows, old) {
            Some(why) => (exit_without(rows, session.requests_sent()), Some(why)),
            None => match self.act(session) {
                Ok(exit) => (exit, None),
                Err(error) if !session.has_sent() => return Err(error),
                // The rows were sent, and perhaps a part of this: the same command continues.
                Err(error) => (Exit::Stopped, Some(reporter.words(&Note::Error(&error)))),
            },
        };
        self.say_end(exit, why.as_deref(), reporter)?;
        if is_complete(rows, exit)
            && config.is_real()
            && let Err(error) = self.history.note(self.record)
        {
            reporter.say(&reporter.words(&Note::NoHistory { why: &error }));
        }
        Ok(exit)
    }

    /// Returns the missing users.
    fn people(&self) -> impl Iterator<Item = OrgUser<'_>> {
        self.found.people.iter().map(|number| self.organization.person(*number))
    }

    fn act(&self, session: ImportSession<'_>) -> Result<Exit, ImportError> {
        let ImportSession { config, connection, reporter, .. } = session;
        if self.earlier == Some(EarlierMissing::NothingLeft) {
            return Ok(Exit::Good);
        }
        if self.earlier.is_none() && (self.people > 0 || self.what == MissingAction::Report) {
            let table = file::table(self.what, &self.organization, self.people(), &self.taken)?;
            file::write(&self.file, &table)?;
        }
        if self.what == MissingAction::Report || (self.people == 0 && self.earlier.is_none()) {
            return Ok(Exit::Good);
        }
        let own = own_config(config, &self.file);
        let spool = tempfile::tempdir()?;
        let mut input =
            InputFile::open(&self.file, &own.read, FileAccess::PrivateCopy(spool.path()), &Silent)?;
        let scan = input.scan_behind(&mut InvalidRenames::default(), None)?;
        let mut run = FileRun::plan(&own, &self.file, (input, scan), reporter)?;
        if config.is_real() {
            let work = journal::open_or_resume(&own, &run, None, connection, reporter)?;
            run.work = Some(work);
            session.keep_before_of(&run, &self.organization);
        }
        let known = KnownUsers {
            organization: Some(self.organization.clone()),
            list_file: self.organization.file.clone(),
            naming_files: self.naming_files.clone(),
            ..KnownUsers::default()
        };
        session.send(run, known)
    }
}

/// Says that the list has grown too old, unless it only serves for a report.
fn outdated(what: MissingAction, organization: &Organization) -> Option<String> {
    too_old(organization).filter(|_| what != MissingAction::Report)
}

/// Returns why nothing may be done about missing users after rows with this exit status. `old` says
/// that the list is too old by now.
fn objection(rows: Exit, old: Option<String>) -> Option<String> {
    match rows {
        Exit::Good => old.map(|old| {
            format!(
                "{old}, because the rows took that long. Run the same command with a newer list"
            )
        }),
        Exit::SomeRows => Some("not every row is ok or unchanged. Fix those rows first".to_owned()),
        Exit::NothingSent | Exit::Stopped => {
            Some("the run stopped earlier. The same command continues it".to_owned())
        }
    }
}

/// Returns the exit status after this number of requests if nothing was done about missing users.
/// If every row succeeded, the same command does the rest.
fn exit_without(rows: Exit, requests_sent: u64) -> Exit {
    match (rows, requests_sent) {
        (Exit::Good, 0) => Exit::NothingSent,
        (Exit::Good, _) => Exit::Stopped,
        _ => rows,
    }
}

/// Whether later runs may compare their numbers with this run: it read every row and found all
/// missing users.
fn is_complete(rows: Exit, exit: Exit) -> bool {
    rows == Exit::Good && exit <= Exit::SomeRows
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::{SignedDuration, Timestamp};

    const ALL: [Exit; 4] = [Exit::Good, Exit::SomeRows, Exit::NothingSent, Exit::Stopped];

    #[test]
    fn missing_users_are_left_alone_unless_every_row_is_done() {
        let begins = [None, Some("not every row is ok"), Some("the run stopped"), Some("the run")];
        for (rows, begin) in ALL.into_iter().zip(begins) {
            let why = objection(rows, None);
            assert_eq!(why.is_some(), begin.is_some(), "{rows:?}");
            assert!(why.unwrap_or_default().starts_with(begin.unwrap_or_default()), "{rows:?}");
        }
    }

    #[test]
    fn list_that_grew_too_old_meanwhile_ends_it() {
        let why = objection(Exit::Good, Some("the list is 3 h old".to_owned())).unwrap();
        assert!(why.starts_with("the list is 3 h old, because the rows took that long"), "{why}");
        // Other problems are reported first.
        let why = objection(Exit::SomeRows, Some("the list is 3 h old".to_owned())).unwrap();
        assert!(why.starts_with("not every row is ok"), "{why}");
    }

    #[test]
    fn import_that_leaves_missing_users_alone_is_not_good() {
        let without = |requests_sent| ALL.map(|rows| exit_without(rows, requests_sent));
        let [_, others @ ..] = ALL;
        assert_eq!(without(1)[0], Exit::Stopped);
        assert_eq!(without(0)[0], Exit::NothingSent);
        assert_eq!((&without(1)[1..], &without(0)[1..]), (&others[..], &others[..]));
    }

    #[test]
    fn only_a_complete_run_is_a_measure_for_the_next() {
        for rows in ALL {
            for exit in ALL {
                let is_measure = rows == Exit::Good && matches!(exit, Exit::Good | Exit::SomeRows);
                assert_eq!(is_complete(rows, exit), is_measure, "{rows:?} {exit:?}");
            }
        }
    }

    #[test]
    fn report_needs_no_list_that_is_still_fresh() {
        let old = |what, minutes| {
            let at = Timestamp::now() - SignedDuration::from_mins(minutes);
            outdated(what, &Organization::new("users.csv", at))
        };
        for what in [MissingAction::Leave, MissingAction::RemoveGroups] {
            assert!(old(what, 120).unwrap().starts_with("users.csv is 2 h old"));
            assert_eq!(old(what, 60), None);
        }
        assert_eq!(old(MissingAction::Report, 120), None);
    }
}
