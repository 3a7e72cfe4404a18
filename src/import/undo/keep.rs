//! Records what an import is about to change, and what is there before it sends anything.

use super::ask::{
    AskedGroups, JUST_NOW, MOST_PROBED, ask_about_groups, ask_about_users, whole_list,
};
use super::done_part::DoneOutcome;
use super::error::UndoError;
use super::now::PresentGroup;
use super::record::{
    BeforeRecord, RecordHead, RecordLine, RecordPart, group_key, json_line, record_path, write_part,
};
use super::recorded_user::RecordedUser;
use super::user_name::{UserName, groups_in, users_in};
use crate::change::{Change, UserChange};
use crate::import::baseline::{LoadedBaseline, age};
use crate::import::config::{BeforeSource, RecordBefore};
use crate::import::error::ImportError;
use crate::import::file_run::FileRun;
use crate::import::session::ImportSession;
use crate::organization::{Coverage, HashedName, OrgUser, Organization, who};
use crate::table::RowBuffer;
use crate::umapi::AccountKind;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// The rows of a file that are to be recorded, with everything that they name.
#[derive(Debug, Default)]
struct RowsToRecord {
    path: PathBuf,
    run_id: String,
    /// Whether an earlier start of the run has begun the record.
    part: RecordPart,
    /// The number of the retry that sends them; 0 if they are sent for the first time.
    retry: u32,
    lines: Vec<Vec<u8>>,
    people: Vec<Vec<UserName>>,
    /// Groups that are created, renamed or deleted.
    groups: BTreeSet<String>,
    /// Groups that are deleted: their members lose a membership.
    deleted: BTreeSet<String>,
}

/// What shows how the organization is.
struct PeopleBefore<'k> {
    organization: Arc<Organization>,
    /// Users of whom it may not show the present state.
    uncertain: &'k [HashedName],
    groups: BTreeMap<String, PresentGroup>,
    /// Groups of which it may not show the present state.
    uncertain_groups: BTreeSet<String>,
}

/// The users and groups that files name which come earlier in the same command. A list from before
/// the first file does not show how they are before a later one.
#[derive(Debug, Default)]
pub(crate) struct NamedBefore {
    users: Vec<HashedName>,
    groups: BTreeSet<String>,
    /// Whether a file was recorded already.
    has_recorded: bool,
}

impl ImportSession<'_> {
    /// Records what the rows of the first file change that sends something, and what is there
    /// before. `made` are groups that are created before. Later files are recorded when the earlier
    /// ones are sent.
    pub(crate) fn keep_before_first(
        self,
        files: &[FileRun],
        loaded: Option<&LoadedBaseline>,
        made: &[String],
    ) -> Result<NamedBefore, ImportError> {
        let mut named = NamedBefore::default();
        if self.config.retry_failed {
            let (continues, begins) =
                (files.iter().all(continues_record), files.iter().all(has_done_nothing));
            if continues || begins {
                files.iter().try_for_each(|file| self.keep(file, loaded, &named, made))?;
            } else if self.could_be_undone(files, loaded) {
                self.reporter.say(
                    "note: failed rows are sent again, and what was there before is not known: \
                     after that, this import cannot be undone",
                );
            }
            named.has_recorded = true;
            return Ok(named);
        }
        for file in files {
            if file.sends() {
                self.keep(file, loaded, &named, made)?;
                named.has_recorded = true;
                break;
            }
            self.note_names(file, loaded, &mut named)?;
        }
        Ok(named)
    }

    /// Returns whether what is there before the rows is recorded.
    pub(crate) fn record_of(
        self,
        files: &[FileRun],
        loaded: Option<&LoadedBaseline>,
    ) -> RecordBefore {
        match self.could_be_undone(files, loaded) {
            true => RecordBefore::Kept,
            false => RecordBefore::NotKept,
        }
    }

    /// Whether the rows of these files are recorded, or would be.
    fn could_be_undone(self, files: &[FileRun], loaded: Option<&LoadedBaseline>) -> bool {
        let is_wanted = !matches!(self.config.before, BeforeSource::Compared);
        let works = files.iter().filter(|file| file.sends()).filter_map(|file| file.work.as_ref());
        let mut records = works.map(|work| record_path(&work.place));
        is_wanted || loaded.is_some() || records.any(|record| record.exists())
    }

    /// Records what the rows of a later file change, right before they are sent, and notes whom the
    /// rows name.
    pub(crate) fn keep_before(
        self,
        file: &FileRun,
        loaded: Option<&LoadedBaseline>,
        named: &mut NamedBefore,
    ) -> Result<(), ImportError> {
        if file.sends() {
            // The first one is recorded already.
            if !std::mem::take(&mut named.has_recorded) {
                self.keep(file, loaded, named, &[])?;
            }
        }
        self.note_names(file, loaded, named)
    }

    /// Notes whom the rows of a file name, if a list is all that shows later files how they were.
    fn note_names(
        self,
        file: &FileRun,
        loaded: Option<&LoadedBaseline>,
        named: &mut NamedBefore,
    ) -> Result<(), ImportError> {
        let is_listed = matches!(self.config.before, BeforeSource::Compared) && loaded.is_some();
        if !self.config.is_real() || !is_listed || self.config.files.len() < 2 {
            return Ok(());
        }
        each_change(file, |_, change| {
            let mut names: Vec<UserName> = users_in(&change).into_iter().flatten().collect();
            names.extend(new_names(&change));
            named.users.extend(names.iter().map(|name| who(&name.user, name.domain.as_deref())));
            named.groups.extend(groups_in(&change).into_iter().map(group_key));
            Ok(())
        })?;
        named.users.sort_unstable();
        named.users.dedup();
        Ok(())
    }

    /// Records what the rows of a file change, and what is there before. Without a baseline, it
    /// records nothing.
    fn keep(
        self,
        file: &FileRun,
        loaded: Option<&LoadedBaseline>,
        named: &NamedBefore,
        made: &[String],
    ) -> Result<(), ImportError> {
        let Self { config, reporter, .. } = self;
        // A record that is begun is continued.
        let is_begun = config.retry_failed && continues_record(file);
        let is_wanted = !matches!(config.before, BeforeSource::Compared) || is_begun;
        if !config.is_real() || loaded.is_none() && !is_wanted {
            return Ok(());
        }
        let kept = RowsToRecord::of(file).and_then(|mut rows| {
            if rows.lines.is_empty() {
                return Ok(());
            }
            rows.add_made(made)?;
            let (known, uncertain) = self.people_before(&rows, loaded, named)?;
            rows.write_with(&PeopleBefore { uncertain: &uncertain, ..known })
        });
        match kept {
            Err(error) if !is_wanted => {
                reporter.say(&format!("note: this import cannot be undone later: {error}"));
                Ok(())
            }
            kept => kept,
        }
    }

    /// Returns what shows how the organization is, and the users of whom it may not show it.
    fn people_before(
        self,
        rows: &RowsToRecord,
        loaded: Option<&LoadedBaseline>,
        named: &NamedBefore,
    ) -> Result<(PeopleBefore<'static>, Vec<HashedName>), ImportError> {
        let (groups, uncertain_groups) = (BTreeMap::new(), BTreeSet::new());
        let is_first = named.users.is_empty() && named.groups.is_empty();
        match (&self.config.before, loaded) {
            (BeforeSource::Given(organization), _) => {
                let (organization, groups) = (organization.clone(), self.ask_groups_of(rows)?);
                let known = PeopleBefore { organization, groups, uncertain: &[], uncertain_groups };
                Ok((known, Vec::new()))
            }
            (BeforeSource::Compared, Some(list)) => {
                let mut uncertain = list.uncompared_names();
                uncertain.extend(&named.users);
                uncertain.sort_unstable();
                let (organization, uncertain_groups) =
                    (list.organization.clone(), named.groups.clone());
                let known = PeopleBefore { organization, groups, uncertain: &[], uncertain_groups };
                Ok((known, uncertain))
            }
            (_, Some(list)) if is_first && self.is_fresh(list) => {
                let organization = list.organization.clone();
                let known = PeopleBefore { organization, groups, uncertain: &[], uncertain_groups };
                Ok((known, list.uncompared_names()))
            }
            _ => self.fetch_before(rows),
        }
    }

    /// Whether a list is as good as questions about single users: nothing was sent since.
    fn is_fresh(self, list: &LoadedBaseline) -> bool {
        !self.has_sent() && age(&list.organization) < JUST_NOW
    }

    /// Records the rows of a file about missing users. If that is not possible, it says so.
    pub(crate) fn keep_before_of(self, file: &FileRun, organization: &Arc<Organization>) {
        // Missing users whom the list may not show as they are, are exempt.
        let known = PeopleBefore {
            organization: organization.clone(),
            uncertain: &[],
            uncertain_groups: BTreeSet::new(),
            groups: BTreeMap::new(),
        };
        let written = RowsToRecord::of(file).and_then(|rows| rows.write_with(&known));
        if let Err(error) = written {
            self.reporter.say(&format!("note: this cannot be undone later: {error}"));
        }
    }

    /// Asks the server about everything that the rows name: about each user if there are few,
    /// otherwise with the list of users.
    fn fetch_before(
        self,
        rows: &RowsToRecord,
    ) -> Result<(PeopleBefore<'static>, Vec<HashedName>), ImportError> {
        let groups = self.ask_groups_of(rows)?;
        let uncertain_groups = BTreeSet::new();
        let mut people: BTreeSet<Vec<UserName>> = rows.people.iter().cloned().collect();
        for member in rows.deleted.iter().filter_map(|name| match groups.get(&group_key(name)) {
            Some(PresentGroup::With(members)) => Some(members),
            _ => None,
        }) {
            people.extend(member.iter().map(|member| match member.email.is_empty() {
                true => {
                    vec![UserName::new(&member.username, Some(&member.domain), AccountKind::Own)]
                }
                false => vec![UserName::new(&member.email, None, AccountKind::Own)],
            }));
        }
        if people.len() > MOST_PROBED {
            let list = whole_list(&self.config.connect, self.reporter)?;
            let names = list.uncompared_names();
            let organization = list.organization;
            let known = PeopleBefore { organization, uncertain: &[], groups, uncertain_groups };
            return Ok((known, names));
        }
        let people: Vec<Vec<UserName>> = people.into_iter().collect();
        let organization = Arc::new(ask_about_users(&people, self.questions())?);
        let known = PeopleBefore { organization, uncertain: &[], groups, uncertain_groups };
        Ok((known, Vec::new()))
    }

    /// Asks about the groups that rows create, rename or delete.
    fn ask_groups_of(
        self,
        rows: &RowsToRecord,
    ) -> Result<BTreeMap<String, PresentGroup>, ImportError> {
        let asked = AskedGroups {
            members: rows.deleted.iter().map(String::as_str).collect(),
            exist: rows.groups.iter().map(String::as_str).collect(),
        };
        ask_about_groups(&asked, self.questions())
    }
}

/// Whether the rows that a file sends again can be added to a record of the rows as they were.
fn continues_record(file: &FileRun) -> bool {
    file.work.as_ref().is_some_and(|work| {
        let retried = work.run_info.retried.as_ref();
        retried.is_some_and(|retried| retried.number > 0) && record_path(&work.place).exists()
    })
}

/// Whether no row of a file was carried out before its failed rows are sent again: their record is
/// then that of the whole import.
fn has_done_nothing(file: &FileRun) -> bool {
    let begins = file.work.as_ref().and_then(|work| work.begins_retry.as_ref());
    begins.is_some_and(|before| before.is_untouched)
}

/// Passes the change of each row of a file that is sent to `take`, with the row, from 0.
fn each_change(
    file: &FileRun,
    mut take: impl FnMut(u32, Change<'_>) -> io::Result<()>,
) -> Result<(), ImportError> {
    let input_rows = file.input.input_rows();
    let mut buffer = RowBuffer::default();
    for block in file.input.table.blocks() {
        let block = block?;
        for index in 0..block.len() {
            let Ok(row) = u32::try_from(block.first_row + index as u64) else { continue };
            if let Some(Ok(change)) = input_rows.evaluate_detailed(&block, index, &mut buffer) {
                take(row, change)?;
            }
        }
    }
    Ok(())
}

/// Returns the names that a change gives to its user.
fn new_names(change: &Change<'_>) -> Vec<UserName> {
    let Change::User(UserChange { update: Some(update), domain, .. }) = change else {
        return Vec::new();
    };
    let email = update.email.iter().map(|name| UserName::new(name, None, AccountKind::Own));
    let username =
        update.username.iter().map(|name| UserName::new(name, domain.as_deref(), AccountKind::Own));
    email.chain(username).collect()
}

impl RowsToRecord {
    /// Finds the rows of a file that are still to be sent. Rows that an earlier start may have sent
    /// are recorded already: how it is now may be what they did.
    fn of(file: &FileRun) -> Result<Self, ImportError> {
        let Some(work) = &file.work else { return Ok(Self::default()) };
        let path = record_path(&work.place);
        let run_id = work.run_info.run_id.clone();
        let retry = work.run_info.retried.as_ref().map_or(0, |retried| retried.number);
        let retries = work.begins_retry.as_ref().map_or(retry, |before| before.retries);
        let recorded = BeforeRecord::read(&path, &run_id, retries).map_err(UndoError::from)?;
        let part = match recorded {
            // It would have nothing of the rows that are not sent again.
            None if retry > 0 && !has_done_nothing(file) => return Ok(Self::default()),
            None => RecordPart::First,
            Some(_) => RecordPart::Further,
        };
        let recorded = recorded.map(|record| record.rows).unwrap_or_default();
        let begun: HashSet<u32> = work.recovered.begun().collect();
        let mut all = Self { path, run_id, part, retry, ..Self::default() };
        for (row, outcome) in work.begins_retry.iter().flat_map(|before| &before.outcomes) {
            let outcome = DoneOutcome::of(outcome);
            let part = recorded.get(row).map(|sent| sent.part);
            if outcome.has_changed() {
                all.lines.push(json_line(&RecordLine::Attempt { row: *row, part, outcome })?);
            }
        }
        each_change(file, |row, change| {
            if !work.left.is_left(row) {
                return Ok(());
            }
            match recorded.contains_key(&row) && begun.contains(&row) {
                true => all.take(&RecordLine::Begun { row }, &change),
                false => all.take(&RecordLine::Row { row, change: change.clone() }, &change),
            }
        })?;
        Ok(all)
    }

    /// Adds groups that are created before the rows are sent.
    fn add_made(&mut self, made: &[String]) -> io::Result<()> {
        made.iter().try_for_each(|name| {
            self.lines.push(json_line(&RecordLine::MadeGroup { name: name.clone() })?);
            Ok(())
        })
    }

    fn take(&mut self, line: &RecordLine<'_>, change: &Change<'_>) -> io::Result<()> {
        self.people.extend(users_in(change));
        self.groups.extend(groups_in(change).into_iter().map(ToOwned::to_owned));
        if let Change::Group(group) = change {
            self.deleted.extend(group.delete.then(|| group.group.to_string()));
        }
        self.lines.push(json_line(line)?);
        Ok(())
    }

    /// Writes the record, if there is anything to record.
    fn write_with(&self, known: &PeopleBefore<'_>) -> Result<(), ImportError> {
        if self.lines.is_empty() {
            return Ok(());
        }
        let not_kept = |error| UndoError::NotKept { path: self.path.clone(), error };
        Ok(self.write(known).map_err(not_kept)?)
    }

    /// Writes the record.
    fn write(&self, known: &PeopleBefore<'_>) -> io::Result<()> {
        let mut lines = self.lines.clone();
        let all = &*known.organization;
        let mut people = BTreeSet::new();
        let mut nobody = HashSet::new();
        for name in self.people.iter().flatten() {
            let domain = name.domain.as_deref();
            if known.uncertain.binary_search(&who(&name.user, domain)).is_ok() {
                continue;
            }
            all.each_named(&name.user, domain.unwrap_or_default(), |person| {
                people.insert(person.number());
            });
            if all.is_absent(name.user_ref().with_account(AccountKind::Own))
                && nobody.insert(name.key())
            {
                let (user, domain) = (name.user.clone(), name.domain.clone());
                lines.push(json_line(&RecordLine::Nobody { user, domain })?);
            }
        }
        for group in self.deleted.iter().filter_map(|name| all.group_number(name)) {
            let members = all.people().filter(|person| person.group_numbers().contains(&group));
            people.extend(members.map(OrgUser::number));
        }
        for number in people {
            let user = RecordedUser::of(all.person(number));
            let names = [
                who(&user.email, None),
                who(&user.username, Some(&user.domain)),
                who(&user.username, None),
            ];
            if names.iter().any(|name| known.uncertain.binary_search(name).is_ok()) {
                continue;
            }
            lines.push(json_line(&RecordLine::User(user))?);
        }
        for name in &self.groups {
            let key = group_key(name);
            if known.uncertain_groups.contains(&key) {
                continue;
            }
            let exists = match known.groups.get(&key) {
                Some(group) => *group != PresentGroup::Absent,
                None if all.group(name).is_some() => true,
                None if all.shows(Coverage::ALL_GROUPS) => false,
                None => continue,
            };
            lines.push(json_line(&RecordLine::Group { name: name.clone(), exists })?);
        }
        write_part(&self.path, self.part, RecordHead::new(&self.run_id, all, self.retry), &lines)
    }
}
