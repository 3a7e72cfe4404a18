//! Who is missing, and what happens to them: decided before anything is sent, carried out after
//! the last row.

use super::config::{own_config, place};
use super::error::{MissingError, MissingRefusal, UnfinishedProblem};
use super::file;
use super::guard::MissingTotal;
use super::history::RunHistory;
use super::list::{MissingList, check_list, too_old};
use super::run_record::RunRecord;
use crate::change::same_name;
use crate::execute::{Guards, InvalidRenames, referenced_users};
use crate::import::baseline::{self};
use crate::import::config::{ImportConfig, MissingAction, MissingConfig};
use crate::import::connection::Connection;
use crate::import::earlier_run::{self, Interrupted};
use crate::import::error::ImportError;
use crate::import::exit::Exit;
use crate::import::file_run::FileRun;
use crate::import::input_file::{FileAccess, InputFile};
use crate::import::journal;
use crate::import::known_users::KnownUsers;
use crate::import::managed::unmatched_patterns;
use crate::import::note::Note;
use crate::import::outputs::output_paths;
use crate::import::reporter::{ImportEvent, ImportReporter, Silent};
use crate::import::session::ImportSession;
use crate::number::{count, form};
use crate::organization::{Coverage, OrgUser, Organization};
use crate::reconcile::{
    ExemptReason, Exemptions, Likeness, Managed, MissingUsers, PerhapsMeant, RemovableGroups,
};
use crate::table::Original;

use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// So many of those who stay are named one by one.
const SHOWN: usize = 20;
/// Somebody who is missing may be asked for without a yes, up to so many.
const UNASKED: u64 = Guards::UNASKED_DELETES;

/// What is to happen about people who are missing.
pub(crate) struct MissingDecision {
    what: MissingAction,
    organization: Arc<Organization>,
    found: MissingUsers,
    /// Those to whom something is still to happen.
    people: u64,
    /// Groups that are taken away.
    taken: RemovableGroups,
    file: PathBuf,
    /// An earlier run has begun with that file: it goes on. So many more are missing since.
    goes_on: Option<u64>,
    record: RunRecord,
    history: RunHistory,
    /// Rows of the files that do the like: they count together.
    beside: u64,
    /// Those who are perhaps meant by a row that names somebody else.
    perhaps_meant: BTreeMap<u32, PerhapsMeant>,
    /// The files that name everybody who is not missing.
    naming_files: Vec<Arc<Original>>,
}

/// Finds out who is missing, and refuses where that cannot be known, or where too many are.
pub(crate) fn decide(
    session: ImportSession<'_>,
    files: &[FileRun],
    MissingList { organization, recently_changed: spoken_of, .. }: MissingList,
    perhaps_meant: BTreeMap<u32, PerhapsMeant>,
) -> Result<Option<MissingDecision>, ImportError> {
    let ImportSession { config, connection, runtime, reporter } = session;
    let Some(MissingConfig { action: asked, scope, .. }) = &config.missing else {
        return Ok(None);
    };
    let asked = *asked;
    let refuse = |why| ImportError::from(MissingError::Refused { action: asked, why });
    check_list(&organization).map_err(refuse)?;
    // Who is meant by a row that is held back is known: that person stays.
    let known =
        |one: &FileRun| one.input.held.values().filter(|held| !held.is_unclear).count() as u64;
    let unclear = |one: &FileRun| one.scan.counts.invalid.saturating_sub(known(one));
    if let Some((one, invalid)) =
        files.iter().map(|one| (one, unclear(one))).find(|(_, invalid)| *invalid > 0)
    {
        let file = one.input.table.name().to_owned();
        return Err(refuse(MissingRefusal::InvalidRows { file, rows: invalid }));
    }
    let own_id = runtime.block_on(connection.client.own_id())?;
    let managed_groups = &config.known.manage_groups;
    if asked == MissingAction::RemoveGroups && !config.known.exact_groups {
        let all_input_rows: Vec<_> = files.iter().map(|one| one.input.input_rows()).collect();
        unmatched_patterns(managed_groups, &organization, &all_input_rows)?
            .iter()
            .for_each(|unmatched| reporter.say(&reporter.words(&Note::Unmatched(unmatched))));
    }
    let taken = RemovableGroups((!managed_groups.is_empty()).then(|| Managed::new(managed_groups)));
    let referenced = referenced_users(
        &files.iter().map(|one| one.input.input_rows()).collect::<Vec<_>>(),
        &organization,
    )?;
    let list = || organization.name.clone();
    if referenced.is_unclear() {
        return Err(refuse(MissingRefusal::NoUsernames { list: list() }));
    }
    if asked != MissingAction::Report && !organization.shows(Coverage::STATUS) {
        return Err(refuse(MissingRefusal::NoStatus { list: list() }));
    }
    if asked != MissingAction::Report
        && own_id.is_some()
        && organization.people().all(|person| person.id().is_empty())
    {
        return Err(refuse(MissingRefusal::NoId { list: list() }));
    }
    let in_files = referenced.count();
    let protected = |person: OrgUser<'_>| files.iter().any(|one| one.input.protected.has(person));
    let exemptions = Exemptions {
        protected: &protected,
        recently_changed: &spoken_of,
        perhaps_meant: &perhaps_meant,
        own_id: own_id.as_deref(),
        takes: (asked == MissingAction::RemoveGroups).then_some(&taken),
    };
    let found = MissingUsers::find(&organization, scope, &referenced, &exemptions);
    let file = place(config);
    let results =
        output_paths(config, config.files.first().map_or(Path::new("-"), PathBuf::as_path)).results;
    let mut decided = MissingDecision {
        what: if config.test_mode { MissingAction::Report } else { asked },
        people: found.people.len() as u64,
        found,
        taken,
        file,
        goes_on: None,
        record: RunRecord::new(&config.files, &results, scope, in_files),
        history: RunHistory::load(connection)?,
        organization,
        beside: files
            .iter()
            .map(|one| {
                if asked == MissingAction::Leave {
                    one.scan.counts.deletes
                } else {
                    one.scan.counts.removals
                }
            })
            .sum(),
        perhaps_meant,
        naming_files: files.iter().filter_map(|file| file.input.table.original()).collect(),
    };
    if config.is_real() && !config.fresh {
        decided
            .find_unfinished(config, connection)
            .map_err(|error| ImportError::OfMissing { action: asked, error: Box::new(error) })?;
    }
    if let Some(too_many) = decided.total(config, asked).refusal() {
        return Err(refuse(too_many.into()));
    }
    Ok(Some(decided))
}

impl MissingDecision {
    /// The missing users.
    fn people(&self) -> impl Iterator<Item = OrgUser<'_>> {
        self.found.people.iter().map(|number| self.organization.person(*number))
    }

    /// An earlier run may have been interrupted while it was at it: then its file is what is
    /// carried out, as far as that is still right.
    fn find_unfinished(
        &mut self,
        config: &ImportConfig,
        connection: &Connection,
    ) -> Result<(), ImportError> {
        let own = own_config(config, &self.file);
        let results = output_paths(&own, &self.file).results;
        let Some(Interrupted { input }) =
            earlier_run::interrupted(&self.file, &results, &connection.organization)?
        else {
            return Ok(());
        };
        let unfinished = |problem| -> ImportError {
            MissingError::Unfinished { file: self.file.clone(), problem }.into()
        };
        if !self.file.is_file() {
            return Err(unfinished(UnfinishedProblem::FileGone));
        }
        let folder = tempfile::tempdir()?;
        let file = InputFile::open(
            &self.file,
            &own.read,
            FileAccess::PrivateCopy(folder.path()),
            &Silent,
        )?;
        if file.table.fingerprint()? != input {
            return Err(unfinished(UnfinishedProblem::FileChanged));
        }
        let (what, called) = file::read(&file)?;
        if what != self.what {
            return Err(unfinished(UnfinishedProblem::OtherAction(what)));
        }
        // Who left meanwhile is in the list no more, and who was to lose groups has none left.
        let mut rest = 0;
        for one in called {
            let Some(person) = one.find(&self.organization) else { continue };
            let other = one.removed.iter().find(|name| {
                person.is_in(name)
                    && !self.taken.of(person).iter().any(|taken| same_name(taken, name))
            });
            if let Some(group) = other {
                let (group, user) = (group.clone(), one.user.clone());
                return Err(unfinished(UnfinishedProblem::NotManaged { group, user }));
            }
            if self.found.people.binary_search(&person.number()).is_ok() {
                rest += 1;
            } else if self.found.why(person.number()) != Some(ExemptReason::NoGroups) {
                return Err(unfinished(UnfinishedProblem::IsExempt { user: one.user.clone() }));
            }
        }
        self.goes_on = Some(self.people.saturating_sub(rest));
        self.people = rest;
        Ok(())
    }

    /// What the guards look at.
    fn total(&self, config: &ImportConfig, action: MissingAction) -> MissingTotal<'_> {
        let own = config.missing.as_ref();
        MissingTotal {
            action,
            people: self.people,
            managed: self.found.managed,
            beside: self.beside,
            named: self.record.named,
            last: self.history.last(&self.record),
            max_missing: own.and_then(|missing| missing.max_missing),
            is_cap_of_these_files: own.is_some_and(|missing| missing.is_cap_of_these_files),
            max_removals: config.max_removals,
            max_deletes: config.max_deletes,
        }
    }

    /// Who is missing, who is let alone and why, and what happens.
    pub(crate) fn say_head(&self, reporter: &dyn ImportReporter) {
        let will = match self.what {
            MissingAction::Report => "are listed",
            MissingAction::RemoveGroups => "lose their groups",
            MissingAction::Leave => "leave the organization",
        };
        reporter.inform(&format!(
            "missing       {}: they {will} once every row is ok or unchanged",
            self.counts()
        ));
        reporter.inform(&format!("              by {}", baseline::describe(&self.organization)));
        self.stays()
            .iter()
            .take(SHOWN)
            .for_each(|line| reporter.inform(&format!("              {line}")));
        self.more_stay(reporter)
            .iter()
            .for_each(|line| reporter.inform(&format!("              {line}")));
        if let Some(more) = self.goes_on {
            let more = if more > 0 {
                format!(
                    "; {more} more {} missing since: run the import again afterwards",
                    form(more, "is", "are")
                )
            } else {
                String::new()
            };
            reporter.inform(&format!(
                "continues     {}, which was interrupted{more}",
                self.file.display()
            ));
        }
    }

    /// `3 of 120 people under management are in no row (110 named; exempt: 7 administrators or
    /// other holders of a role)`
    fn counts(&self) -> String {
        let exempt: Vec<String> = self
            .found
            .exempt_by_reason()
            .into_iter()
            .map(|(why, count)| why.words(count))
            .collect();
        let exempt = if exempt.is_empty() {
            String::new()
        } else {
            format!("; exempt: {}", exempt.join(", "))
        };
        let MissingUsers { managed, named, .. } = self.found;
        format!(
            "{} of {} under management {} in no row ({named} named{exempt})",
            self.people,
            count_people(managed),
            form(self.people, "is", "are")
        )
    }

    /// Who stays because a row perhaps means this person, by name.
    fn stays(&self) -> Vec<String> {
        let perhaps = |(number, why): &(u32, ExemptReason)| {
            let one = self.perhaps_meant.get(number).filter(|_| {
                [ExemptReason::NearlyNamed, ExemptReason::PerhapsRenamed].contains(why)
            })?;
            let person = self.organization.person(*number);
            let old = if person.email().is_empty() { person.username() } else { person.email() };
            Some(if one.likeness == Likeness::Looks {
                format!(
                    "stays: {old}, because a row names {}, which looks the same",
                    one.called.escape_default()
                )
            } else {
                format!(
                    "stays: perhaps a new address: {old} -> {} (write an update row with \
                     new_email)",
                    one.called
                )
            })
        };
        self.found.exempt.iter().filter_map(perhaps).collect()
    }

    fn more_stay(&self, reporter: &dyn ImportReporter) -> Option<String> {
        let more = self.stays().len().saturating_sub(SHOWN);
        (more > 0).then(|| reporter.words(&Note::MoreStay { more }))
    }

    /// More than a few need a yes, before anything is sent.
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
            "{} who {} in no row would {will}",
            count_people(self.people),
            form(self.people, "is", "are")
        );
        let Connection { organization, host, .. } = connection;
        let question = format!("In {organization} at {host}, {words}.");
        match reporter.ask(&question, &self.people.to_string())? {
            true => Ok(()),
            false => Err(MissingError::NotConfirmed { words }.into()),
        }
    }

    /// Does it, if all rows came out well, and says what came of it. Gives the status of all
    /// together.
    pub(crate) fn carry_out(
        self,
        session: ImportSession<'_>,
        rows: Exit,
    ) -> Result<Exit, ImportError> {
        let ImportSession { config, reporter, .. } = session;
        let (exit, why) = match self.objection(rows) {
            // What was asked for was not done, though every row was: the same command does it.
            Some(why) if rows == Exit::Good && !session.has_sent() => {
                (Exit::NothingSent, Some(why))
            }
            Some(why) if rows == Exit::Good => (Exit::Stopped, Some(why)),
            Some(why) => (rows, Some(why)),
            None => match self.act(session) {
                Ok(exit) => (exit, None),
                Err(error) if !session.has_sent() => return Err(error),
                // The rows were sent, and so perhaps some of this: the same command goes on.
                Err(error) => (Exit::Stopped, Some(reporter.words(&Note::Error(&error)))),
            },
        };
        self.say_end(exit, why.as_deref(), reporter)?;
        if exit <= Exit::SomeRows
            && rows == Exit::Good
            && config.is_real()
            && let Err(error) = self.history.note(self.record)
        {
            reporter.say(&reporter.words(&Note::NoHistory { why: &error }));
        }
        Ok(exit)
    }

    /// Why nothing may be done now.
    fn objection(&self, rows: Exit) -> Option<String> {
        match rows {
            Exit::Good => too_old(&self.organization)
                .filter(|_| self.what != MissingAction::Report)
                .map(|old| {
                    format!(
                        "{old}: the rows took that long. The same command with a newer list does \
                         the rest"
                    )
                }),
            Exit::SomeRows => {
                Some("not every row is ok or unchanged. Fix those rows first".to_owned())
            }
            Exit::NothingSent | Exit::Stopped => Some(
                "the run stopped before. The same command \
                 goes on"
                    .to_owned(),
            ),
        }
    }

    fn act(&self, session: ImportSession<'_>) -> Result<Exit, ImportError> {
        let ImportSession { config, connection, reporter, .. } = session;
        if self.goes_on.is_none() && (self.people > 0 || self.what == MissingAction::Report) {
            let table = file::table(self.what, &self.organization, self.people(), &self.taken)?;
            file::write(&self.file, &table)?;
        }
        if self.what == MissingAction::Report || (self.people == 0 && self.goes_on.is_none()) {
            return Ok(Exit::Good);
        }
        let own = own_config(config, &self.file);
        let spool = tempfile::tempdir()?;
        let input =
            InputFile::open(&self.file, &own.read, FileAccess::PrivateCopy(spool.path()), &Silent)?;
        let mut run =
            FileRun::plan(&own, &self.file, input, &mut InvalidRenames::default(), reporter)?;
        if config.is_real() {
            let work = journal::open_or_resume(&own, &run, None, connection, reporter)?;
            run.work = Some(work);
        }
        let known = KnownUsers {
            organization: Some(self.organization.clone()),
            list_file: self.organization.file.clone(),
            naming_files: self.naming_files.clone(),
            ..KnownUsers::default()
        };
        ImportSession { config: &own, ..session }.send(run, known)
    }

    fn say_end(
        &self,
        exit: Exit,
        why: Option<&str>,
        reporter: &dyn ImportReporter,
    ) -> Result<(), ImportError> {
        // With nobody to write of, a file of that name is an earlier run's.
        let written = why.is_none()
            && (self.people > 0 || self.goes_on.is_some() || self.what == MissingAction::Report)
            && self.file.is_file();
        let end = match (why, self.what, exit) {
            (Some(why), ..) => format!("nothing was done about them: {why}"),
            (None, MissingAction::Report, _) => {
                format!("they are listed in {}", self.file.display())
            }
            (None, _, Exit::Good) if self.people == 0 && self.goes_on.is_none() => {
                "nothing to do".to_owned()
            }
            (None, MissingAction::RemoveGroups, Exit::Good) => {
                "they have lost their groups".to_owned()
            }
            (None, MissingAction::Leave, Exit::Good) => {
                "they have left the organization".to_owned()
            }
            (None, _, Exit::SomeRows) => "not all of them were changed: see the results".to_owned(),
            (None, _, Exit::NothingSent | Exit::Stopped) => {
                "interrupted. The same command continues".to_owned()
            }
        };
        let mut text = format!("Missing:  {}: {end}\n", self.counts());
        for line in self.stays().into_iter().take(SHOWN).chain(self.more_stay(reporter)) {
            text += &format!("          {line}\n");
        }
        let facts = serde_json::to_value(MissingEnd {
            action: self.what.name(),
            managed: self.found.managed,
            named: self.found.named,
            missing: self.people,
            stays: self.stays(),
            left_alone: self
                .found
                .exempt_by_reason()
                .into_iter()
                .map(|(why, count)| (why.name(), count))
                .collect(),
            people_in_files: self.record.named,
            file: written.then(|| self.file.to_string_lossy()),
            done: why.is_none() && exit <= Exit::SomeRows,
            why,
        })?;
        reporter.event(ImportEvent::Missing { facts, words: &text })
    }
}

/// What came of it, for programs.
#[derive(Serialize)]
struct MissingEnd<'a> {
    action: &'static str,
    managed: u64,
    named: u64,
    missing: u64,
    left_alone: BTreeMap<&'static str, u64>,
    stays: Vec<String>,
    people_in_files: u64,
    file: Option<Cow<'a, str>>,
    done: bool,
    why: Option<&'a str>,
}

fn count_people(number: u64) -> String {
    count(number, "person")
}
