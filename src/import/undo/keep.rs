//! Records what an import is about to change, and what is there before it sends anything.

use super::ask::{AskedGroups, MOST_PROBED, ask_about_groups, ask_about_users, whole_list};
use super::error::UndoError;
use super::now::PresentGroup;
use super::record::{
    BeforeRecord, RecordHead, RecordLine, RecordPart, json_line, record_path, write_part,
};
use super::recorded_user::RecordedUser;
use super::user_name::{UserName, group_in, users_in};
use crate::change::Change;
use crate::import::baseline::{LoadedBaseline, age};
use crate::import::config::BeforeSource;
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
use std::time::Duration;

/// The rows of a file that are to be recorded, with everything that they name.
#[derive(Debug, Default)]
struct RowsToRecord {
    path: PathBuf,
    run_id: String,
    /// Whether an earlier start of the run has begun the record.
    part: RecordPart,
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
}

impl ImportSession<'_> {
    /// Records what the rows of these files change, and what is there before. Without a baseline,
    /// it records nothing.
    pub(crate) fn keep_before(
        self,
        files: &[FileRun],
        loaded: Option<&LoadedBaseline>,
    ) -> Result<(), ImportError> {
        let Self { config, reporter, .. } = self;
        let is_wanted = !matches!(config.before, BeforeSource::Compared);
        if !config.is_real() || loaded.is_none() && !is_wanted {
            return Ok(());
        }
        let parts = files.iter().filter(|file| file.sends()).map(RowsToRecord::of);
        let parts: Vec<RowsToRecord> = match parts.collect::<Result<_, ImportError>>() {
            Ok(parts) => parts,
            Err(error) if !is_wanted => {
                reporter.say(&cannot_be_undone(&error));
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        if parts.iter().all(|part| part.lines.is_empty()) {
            return Ok(());
        }
        let uncertain = loaded.map(LoadedBaseline::uncompared_names).unwrap_or_default();
        let of_list = |list: &LoadedBaseline| PeopleBefore {
            organization: list.organization.clone(),
            uncertain: &uncertain,
            groups: BTreeMap::new(),
        };
        let known = match (&config.before, loaded) {
            (BeforeSource::Given(organization), _) => PeopleBefore {
                organization: organization.clone(),
                uncertain: &[],
                groups: self.ask_groups_of(&parts)?,
            },
            (BeforeSource::Fetched, Some(list)) if age(&list.organization) < JUST_NOW => {
                of_list(list)
            }
            (BeforeSource::Fetched, _) => {
                let (known, names) = self.fetch_before(&parts)?;
                return write_all(&parts, &PeopleBefore { uncertain: &names, ..known });
            }
            (BeforeSource::Compared, Some(list)) => of_list(list),
            (BeforeSource::Compared, None) => return Ok(()),
        };
        match write_all(&parts, &known) {
            Err(error) if !is_wanted => {
                reporter.say(&cannot_be_undone(&error));
                Ok(())
            }
            written => written,
        }
    }

    /// Records the rows of a file about missing users. If that is not possible, it says so.
    pub(crate) fn keep_before_of(self, file: &FileRun, organization: &Arc<Organization>) {
        // Missing users whom the list may not show as they are, are exempt.
        let known = PeopleBefore {
            organization: organization.clone(),
            uncertain: &[],
            groups: BTreeMap::new(),
        };
        let written = RowsToRecord::of(file).and_then(|part| write_all(&[part], &known));
        if let Err(error) = written {
            self.reporter.say(&format!("note: this cannot be undone later: {error}"));
        }
    }

    /// Asks the server about everything that the rows name: about each user if there are few,
    /// otherwise with the list of users.
    fn fetch_before(
        self,
        parts: &[RowsToRecord],
    ) -> Result<(PeopleBefore<'static>, Vec<HashedName>), ImportError> {
        let groups = self.ask_groups_of(parts)?;
        let mut people: BTreeSet<Vec<UserName>> =
            parts.iter().flat_map(|part| part.people.iter().cloned()).collect();
        for member in parts.iter().flat_map(|part| &part.deleted).filter_map(|name| {
            match groups.get(&super::record::group_key(name)) {
                Some(PresentGroup::With(members)) => Some(members),
                _ => None,
            }
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
            let known = PeopleBefore { organization: list.organization, uncertain: &[], groups };
            return Ok((known, names));
        }
        let people: Vec<Vec<UserName>> = people.into_iter().collect();
        let organization = Arc::new(ask_about_users(&people, self.questions())?);
        Ok((PeopleBefore { organization, uncertain: &[], groups }, Vec::new()))
    }

    /// Asks about the groups that rows create, rename or delete.
    fn ask_groups_of(
        self,
        parts: &[RowsToRecord],
    ) -> Result<BTreeMap<String, PresentGroup>, ImportError> {
        let names = |of: fn(&RowsToRecord) -> &BTreeSet<String>| {
            parts.iter().flat_map(of).map(String::as_str).collect()
        };
        let asked =
            AskedGroups { members: names(|part| &part.deleted), exist: names(|part| &part.groups) };
        ask_about_groups(&asked, self.questions())
    }
}

/// A list of this age is as good as questions about single users.
const JUST_NOW: Duration = Duration::from_secs(60);

fn cannot_be_undone(error: &ImportError) -> String {
    format!("note: this import cannot be undone later: {error}")
}

fn write_all(parts: &[RowsToRecord], known: &PeopleBefore<'_>) -> Result<(), ImportError> {
    for part in parts.iter().filter(|part| !part.lines.is_empty()) {
        part.write(known).map_err(|error| UndoError::NotKept { path: part.path.clone(), error })?;
    }
    Ok(())
}

impl RowsToRecord {
    /// Finds the rows of a file that are still to be sent. Rows that an earlier start may have sent
    /// are recorded already: how they are now may be what they did.
    fn of(file: &FileRun) -> Result<Self, ImportError> {
        let Some(work) = &file.work else { return Ok(Self::default()) };
        let path = record_path(&work.place);
        let run_id = work.run_info.run_id.clone();
        let recorded = BeforeRecord::rows_in(&path, &run_id).map_err(UndoError::from)?;
        let part = match recorded {
            None => RecordPart::First,
            Some(_) => RecordPart::Further,
        };
        let recorded = recorded.unwrap_or_default();
        let was_sent = |row: &u32| {
            work.recovered.uncertain.contains(row)
                || work.recovered.progress.get(row).is_some_and(|progress| progress.sent > 0)
        };
        let mut all = Self { path, run_id, part, ..Self::default() };
        let input_rows = file.input.input_rows();
        let mut buffer = RowBuffer::default();
        for block in file.input.table.blocks() {
            let block = block?;
            for index in 0..block.len() {
                let Ok(row) = u32::try_from(block.first_row + index as u64) else { continue };
                let is_recorded = recorded.contains(&row) && was_sent(&row);
                if is_recorded || !work.left.is_left(row) {
                    continue;
                }
                if let Some(Ok(change)) = input_rows.evaluate_detailed(&block, index, &mut buffer) {
                    all.take(row, change)?;
                }
            }
        }
        Ok(all)
    }

    fn take(&mut self, row: u32, change: Change<'_>) -> io::Result<()> {
        self.people.extend(users_in(&change));
        self.groups.extend(group_in(&change).map(ToOwned::to_owned));
        if let Change::Group(group) = &change {
            let new = group.update.as_ref().and_then(|update| update.name.as_ref());
            self.groups.extend(new.map(ToString::to_string));
            self.deleted.extend(group.delete.then(|| group.group.to_string()));
        }
        self.lines.push(json_line(&RecordLine::Row { row, change })?);
        Ok(())
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
            lines.push(json_line(&RecordLine::User(user))?);
        }
        for name in &self.groups {
            let exists = match known.groups.get(&super::record::group_key(name)) {
                Some(group) => *group != PresentGroup::Absent,
                None if all.group(name).is_some() => true,
                None if all.shows(Coverage::ALL_GROUPS) => false,
                None => continue,
            };
            lines.push(json_line(&RecordLine::Group { name: name.clone(), exists })?);
        }
        write_part(&self.path, self.part, RecordHead::new(&self.run_id, all), &lines)
    }
}
