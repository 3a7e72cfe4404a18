//! The steps of an import that is connected to the organization.

use crate::execute::{EarlierFiles, ProbeAnswers, shared_users};
use crate::import::administrators::{Administrators, RemovalOfNobody, Sources};
use crate::import::baseline::LoadedBaseline;
use crate::import::earlier_effects::wait_for_found_users;
use crate::import::earlier_run;
use crate::import::error::ImportError;
use crate::import::existing_users::{self, UserLookup};
use crate::import::exit::Exit;
use crate::import::file_run::FileRun;
use crate::import::files_in_use::check_no_run_uses;
use crate::import::first_questions::Inquiry;
use crate::import::groups::{CheckedGroups, GroupCheck, create, earlier_checks};
use crate::import::guard::TotalLosses;
use crate::import::head::RunHeads;
use crate::import::input_file::InputFile;
use crate::import::journal;
use crate::import::known_lists::KnownLists;
use crate::import::known_users::KnownUsers;
use crate::import::outputs::output_paths;
use crate::import::removals_not_listed;
use crate::import::reporter::ImportEvent;
use crate::import::session::ImportSession;
use crate::import::undo::keep::NamedBefore;
use crate::plan::Workload;
use crate::reconcile::NearNames;
use std::collections::{HashSet, VecDeque};
use std::io;
use std::time::Instant;

impl<'s> ImportSession<'s> {
    /// Returns how to ask about existing users.
    pub(super) fn lookup(self) -> UserLookup<'s> {
        UserLookup { config: self.config, reporter: self.reporter, questions: self.questions() }
    }

    /// Asks the server about the groups that rows name and, if nothing else shows them, about the
    /// people of exported lists. What an earlier run of a file has found out stays valid.
    pub(super) fn ask_about_rows(
        self,
        inputs: &mut [InputFile],
        check: &GroupCheck<'_>,
        lists: &KnownLists,
    ) -> Result<(CheckedGroups, Option<LoadedBaseline>), ImportError> {
        let config = self.config;
        let anew = config.fresh || config.test_mode;
        for (path, input) in config.files.iter().zip(&mut *inputs).filter(|_| !anew) {
            let results = output_paths(config, path).results;
            let organization = &self.connection.organization;
            let noted = earlier_run::noted(path, &results, input, config, organization);
            let (noted, decided) = noted.unzip();
            (input.noted, input.decided) = (noted, decided.flatten());
        }
        let earlier = earlier_checks(inputs, self.connection);
        let mut all: Vec<&mut InputFile> = inputs.iter_mut().collect();
        let groups = check.online(&self.group_server(), &mut all, &earlier)?;
        let mut fetched = None;
        if lists.asks_about_exported {
            // What is known about a row is found before the row is read for the plan, so that every
            // later reading gives the same result.
            let all = inputs.iter_mut().filter(|input| !input.is_shown());
            fetched = existing_users::ask(all, &self.lookup())?;
        }
        Ok((groups, fetched))
    }

    /// Opens the journal of each file. Neither a rehearsal nor test mode changes what a real run
    /// has recorded.
    pub(super) fn open_journals(
        self,
        files: &mut [FileRun],
        lists: &KnownLists,
    ) -> Result<(), ImportError> {
        let Self { config, connection, reporter, .. } = self;
        let begins_by = lists.loaded.as_ref().filter(|_| config.compares());
        for file in files {
            if config.is_real() {
                let work = journal::open_or_resume(config, file, begins_by, connection, reporter)?;
                file.work = Some(work);
            } else {
                check_no_run_uses(file.paths.outputs(), None)?;
            }
        }
        Ok(())
    }

    /// Finds the administrators among the users from whom rows remove something, unless the import
    /// is refused anyway, or stops. Records in each file the rows that need no further question.
    pub(super) fn ask_about_administrators(
        self,
        files: &mut [FileRun],
        lists: &KnownLists,
        total: &TotalLosses,
    ) -> Result<Administrators, ImportError> {
        let administrators = match total.is_refused() || self.is_held_too_long() {
            true => Administrators::default(),
            false => self.find_administrators(&sent(files), lists)?,
        };
        if self.config.verify_deletes {
            note_rows_known(files, &administrators)?;
        }
        Ok(administrators)
    }

    /// Finds the administrators among the users from whom rows remove something.
    fn find_administrators(
        self,
        sent: &[&FileRun],
        lists: &KnownLists,
    ) -> Result<Administrators, ImportError> {
        let Some(protected) = sent.first().map(|file| &*file.input.protected) else {
            return Ok(Administrators::default());
        };
        let unfinished: Vec<_> = sent.iter().map(|file| file.unfinished()).collect();
        let is_left = |file: usize, row: u64| match unfinished.get(file) {
            Some(Some(left)) => u32::try_from(row - 1).is_ok_and(|row| left.is_left(row)),
            Some(None) | None => true,
        };
        let files = sent.iter().map(|file| &file.input);
        let sources = Sources {
            files: files.map(|input| (input.input_rows(), input.table.name().to_owned())).collect(),
            organization: lists.organization(),
            stored: lists.stored.as_ref().map(|list| &*list.organization),
            server: Some(self.questions()),
            is_left: &is_left,
            is_rehearsal: self.config.sandbox,
        };
        let all_input_rows: Vec<_> =
            sources.files.iter().map(|(input_rows, _)| *input_rows).collect();
        let uncertain =
            lists.loaded.as_ref().map(LoadedBaseline::uncompared_names).unwrap_or_default();
        let inquiry = match sent.iter().any(|file| file.scan.counts.takes_something()) {
            true => Inquiry::about(&all_input_rows, &uncertain, &is_left)?,
            false => Inquiry::default(),
        };
        loop {
            let found = Administrators::find(&inquiry, &sources, protected)?;
            if !wait_for_found_users(self, &found.probed)? {
                return Ok(found);
            }
        }
    }

    /// Prints the head of each file, and who of the users who lose something is an administrator or
    /// does not exist.
    pub(super) fn say_heads(
        self,
        files: &[FileRun],
        before: Workload,
        administrators: &Administrators,
        near: &NearNames,
    ) {
        let Self { config, connection, reporter, .. } = self;
        let asked = administrators.questions;
        let mut heads = RunHeads { config, reporter, connection, asked, before };
        files.iter().for_each(|file| heads.say(file));
        for line in administrators.lines(reporter) {
            reporter.inform(&format!("admins        {line}"));
        }
        let sends =
            if config.verify_deletes { RemovalOfNobody::NotSent } else { RemovalOfNobody::Sent };
        let not_there = match administrators.not_there_words(near, sends) {
            Some(line) => vec![line],
            None => files.iter().filter_map(removals_not_listed::words).collect(),
        };
        for line in not_there {
            reporter.inform(&format!("not there     {line}"));
        }
    }

    /// Fetches the first token, and creates the groups that rows need. If a resumed run keeps a
    /// pause, it waits for its end later, or stops. Returns an exit status if groups could not be
    /// created although something was sent.
    pub(super) fn begin_sending(
        self,
        groups: &mut CheckedGroups,
    ) -> Result<Option<Exit>, ImportError> {
        if let Some(error) = groups.refused.take() {
            return Err(error.into());
        }
        if self.is_held_too_long() || self.is_held() && groups.create.is_empty() {
            return Ok(None);
        }
        let questions = self.questions();
        questions.ask("asking for a token", questions.client.authenticate())?;
        self.begins()?;
        if self.config.is_real()
            && !groups.create.is_empty()
            && let Err(why) =
                create(&groups.create, &self.group_server(), self.policy(), self.reporter)
        {
            return if self.has_sent() {
                Ok(Some(self.stopped_if_wrong(Err(why))))
            } else {
                Err(why)
            };
        }
        Ok(None)
    }

    /// Says that something may be sent from now on.
    ///
    /// # Errors
    /// When the import was given up meanwhile.
    pub(super) fn begins(self) -> Result<(), ImportError> {
        self.reporter.event(ImportEvent::SendingBegins)?;
        if let Some(store) = &self.config.connect.store {
            store.note_begun();
        }
        Ok(())
    }

    /// Sends the files in order, up to one that stops.
    pub(super) fn send_all(
        self,
        files: Vec<FileRun>,
        (lists, mut named): (&KnownLists, NamedBefore),
        administrators: &Administrators,
        near: &NearNames,
        mut began: Instant,
    ) -> Result<Exit, ImportError> {
        let mut exit = Exit::Good;
        let earlier_files = EarlierFiles::default();
        let mut creation_requests = self.connection.client.stats().action_requests;
        let organization = lists.loaded.as_ref().map(|list| list.organization.clone());
        let rows: Vec<_> =
            files.iter().map(|file| (file.input.input_rows(), &file.scan.plan)).collect();
        let mut shared_rows = shared_users(&rows)?.into_iter();
        let mut left: VecDeque<FileRun> = files.into();
        while let Some(mut file) = left.pop_front() {
            let sends = file.sends();
            let probed =
                if sends { administrators.probed.clone() } else { ProbeAnswers::default() };
            let known = KnownUsers {
                organization: organization.clone(),
                list_file: organization.as_ref().and_then(|list| list.file.clone()),
                naming_files: Vec::new(),
                rows_known: std::mem::take::<HashSet<u32>>(&mut file.rows_known),
                probe_answers: probed.with_near_names(near.clone()),
                earlier_files: earlier_files.clone(),
                shared_rows: shared_rows.next().unwrap_or_default(),
                creation_requests: if sends { std::mem::take(&mut creation_requests) } else { 0 },
                began: std::mem::replace(&mut began, Instant::now()),
            };
            exit = exit.and(match self.keep_before(&file, lists.loaded.as_ref(), &mut named) {
                Ok(()) => {
                    file.work.iter().for_each(|work| self.store_record(work));
                    self.send(file, known)?
                }
                Err(error) if !self.has_sent() => return Err(error),
                Err(error) => self.stopped_if_wrong(Err(error)),
            });
            if exit >= Exit::NothingSent {
                break;
            }
        }
        for file in left {
            self.reporter.say(&format!("not begun: {}", file.input.table.name()));
        }
        Ok(exit)
    }
}

/// Records in each file the rows for which it is known whether the user to remove exists.
fn note_rows_known(files: &mut [FileRun], administrators: &Administrators) -> io::Result<()> {
    for file in files {
        let (input_rows, plan) = (file.input.input_rows(), &file.scan.plan);
        file.rows_known = administrators.probed.rows_known(&input_rows, plan)?;
    }
    Ok(())
}

/// Returns the files that still have something to send.
pub(super) fn sent(files: &[FileRun]) -> Vec<&FileRun> {
    files.iter().filter(|file| file.sends()).collect()
}
