//! Finds the baseline: the organization before anything is sent, from an exported list, the
//! snapshot, or a new list.

use crate::clock::wall_clock;
use crate::execute::{
    InputRows, RowRange, ignored_rows, keepers, read_first, referenced_users, renames_perhaps_done,
};
use crate::export::ListKind;
use crate::import::baseline_error::{BaselineError, Objection};
use crate::import::config::{ConnectConfig, EmptyGroups, ImportConfig, KnownConfig};
use crate::import::connection::Connection;
use crate::import::earlier_run::EarlierRun;
use crate::import::error::ImportError;
use crate::import::exact_groups::compare_whole_files;
use crate::import::full_list::full_list;
use crate::import::input_file::InputFile;
use crate::import::journal_place::groups_path;
use crate::import::list_error::OrgListError;
use crate::import::lists::{FoundList, Lists, is_part};
use crate::import::managed::unmatched_patterns;
use crate::import::note::Note;
use crate::import::reporter::ImportReporter;
use crate::number::{count, minutes};
use crate::organization::{Coverage, HashedName, Organization, who};
use crate::reconcile::{Baseline, FirstReading, Managed, NearBudget, ReadFor};
use crate::snapshot::{
    ListedFacts, SentSince, Snapshot, SnapshotStore, noted_renames, read_snapshot,
};
use crate::table::{Check, FileState, Original};
use crate::umapi::ListQuery;
use crate::visible::visible;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The age above which a list needs a confirmation before it is used for removals.
pub(crate) const FRESH: Duration = Duration::from_secs(2 * 60 * 60);

/// A file may be this much younger than its file system says, because times are rounded.
const ROUNDED: SignedDuration = SignedDuration::from_millis(50);

/// The organization, and the snapshots that it comes from.
pub(crate) struct LoadedBaseline {
    pub(crate) organization: Arc<Organization>,
    pub(crate) list: Option<PathBuf>,
    pub(crate) groups: Option<PathBuf>,
    /// Users for whom the list cannot be relied upon, because an import from this computer has
    /// changed them since, with unknown results.
    pub(crate) recently_changed: Vec<HashedName>,
    /// Users and groups that other imports from this computer have changed since the run began that
    /// this one continues.
    pub(crate) changed_since: Vec<HashedName>,
    /// Whether the list is recent enough to show who did not exist when the rows were sent.
    pub(crate) tells_absence: bool,
    /// Where imports from this computer record their renames, and until when these count.
    pub(crate) notes: Option<(SnapshotStore, Timestamp)>,
}

impl LoadedBaseline {
    /// Applies what was sent from this computer since the list was fetched.
    pub(crate) fn bring_in(&mut self, since: &SentSince) -> Result<(), ImportError> {
        let names = since.bring_into(Arc::make_mut(&mut self.organization), ListedFacts::People)?;
        self.recently_changed = with_other_names(names, &self.organization);
        Ok(())
    }

    /// Returns the users and groups of whom the list may not show the present state.
    pub(crate) fn uncompared_names(&self) -> Vec<HashedName> {
        let mut all = [self.recently_changed.as_slice(), &self.changed_since].concat();
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// Adds the other names that the list shows for the users with these names, and sorts all.
pub(crate) fn with_other_names(
    mut names: Vec<HashedName>,
    organization: &Organization,
) -> Vec<HashedName> {
    let people: Vec<u32> = organization.numbers_of(&names).collect();
    for person in people.into_iter().map(|number| organization.person(number)) {
        names.push(who(person.email(), None));
        names.push(who(person.username(), Some(person.domain())));
    }
    names.sort_unstable();
    names.dedup();
    names
}

/// How to find a list.
pub(crate) struct BaselineSource<'a> {
    pub(crate) connect: &'a ConnectConfig,
    pub(crate) reporter: &'a dyn ImportReporter,
    /// The separator of names in a cell of a list that is a file, as in the rows.
    pub(crate) list_separator: char,
    /// An earlier run that this one continues, with the same list.
    pub(crate) earlier_run: Option<EarlierRun>,
}

impl BaselineSource<'_> {
    /// Loads the list: the named one, a new one (`--online`), or else the snapshot.
    pub(crate) fn load_baseline(
        &self,
        config: &KnownConfig,
    ) -> Result<LoadedBaseline, ImportError> {
        let mut loaded_baseline = self.find(config)?;
        let since = self.sent_since(&loaded_baseline, self.earlier_run.as_ref())?;
        loaded_baseline.bring_in(&since)?;
        loaded_baseline.changed_since = self.changed_since(&loaded_baseline)?;
        loaded_baseline.notes = self.notes(&loaded_baseline)?;
        loaded_baseline.tells_absence = loaded_baseline.organization.content.is_none()
            || self.file_tells_absence(&loaded_baseline)?;
        if !loaded_baseline.recently_changed.is_empty() {
            self.reporter.inform(&format!(
                "note: since {} was fetched, imports from this computer have sent changes that are \
                 not confirmed. The people in them are not compared: their rows are sent",
                loaded_baseline.organization.name
            ));
        }
        Ok(loaded_baseline)
    }

    /// Returns what was sent from this computer since a list was fetched. A continued run with the
    /// same list uses what was known when it began.
    pub(crate) fn sent_since(
        &self,
        loaded_baseline: &LoadedBaseline,
        earlier_run: Option<&EarlierRun>,
    ) -> Result<SentSince, ImportError> {
        let at = loaded_baseline.organization.at;
        let since = self.sent_after(at, loaded_baseline, earlier_run)?;
        Ok(match loaded_baseline.list {
            Some(_) => since,
            None => since.clear_from(at.saturating_add(ROUNDED).unwrap_or(at)),
        })
    }

    /// Returns all users whom other imports from this computer have named since a list was fetched,
    /// also while the run was interrupted that this one continues.
    pub(crate) fn named_since(
        &self,
        loaded_baseline: &LoadedBaseline,
        earlier_run: Option<&EarlierRun>,
    ) -> Result<Vec<HashedName>, ImportError> {
        let Some(store) = self.store()? else { return Ok(Vec::new()) };
        let own = own_run(loaded_baseline, earlier_run);
        let from = loaded_baseline.organization.at;
        Ok(SentSince::read(&store, from, Timestamp::now(), &own)?.names())
    }

    /// Returns what other imports have changed since the run began that this one continues.
    fn changed_since(
        &self,
        loaded_baseline: &LoadedBaseline,
    ) -> Result<Vec<HashedName>, ImportError> {
        let unfinished = self.earlier_run.as_ref().filter(|earlier_run| earlier_run.by.is_none());
        let Some((earlier_run, store)) = unfinished.zip(self.store()?) else {
            return Ok(Vec::new());
        };
        let from = reckoned_by(loaded_baseline, Some(earlier_run));
        let others = SentSince::read(&store, from, Timestamp::now(), &earlier_run.run_ids)?;
        Ok(with_other_names(others.names(), &loaded_baseline.organization))
    }

    /// Whether a file shows who did not exist. It must be complete and recent, and no import from
    /// this computer may have ended at the moment of its date.
    fn file_tells_absence(&self, loaded_baseline: &LoadedBaseline) -> Result<bool, ImportError> {
        let organization = &loaded_baseline.organization;
        if !organization.shows(Coverage::EVERYBODY) || age(organization) > FRESH {
            return Ok(false);
        }
        let at = organization.at;
        let names = |from| {
            self.sent_after(from, loaded_baseline, self.earlier_run.as_ref())
                .map(|sent| sent.names())
        };
        let (before, after) = (at.checked_sub(ROUNDED), at.checked_add(ROUNDED));
        Ok(names(before.unwrap_or(at))? == names(after.unwrap_or(at))?)
    }

    /// Returns where imports from this computer record what they have sent.
    fn store(&self) -> Result<Option<SnapshotStore>, ImportError> {
        let place = Connection::place_if_set(&self.connect.access)?;
        Ok(place
            .zip(self.connect.access.state_dir())
            .map(|((organization, host), state)| SnapshotStore::open(state, &organization, &host)))
    }

    /// Returns where they record their renames, and until when these count. A continued run uses
    /// what was known when it began.
    fn notes(
        &self,
        loaded_baseline: &LoadedBaseline,
    ) -> Result<Option<(SnapshotStore, Timestamp)>, ImportError> {
        let until = reckoned_by(loaded_baseline, self.earlier_run.as_ref());
        Ok(self.store()?.map(|store| (store, until)))
    }

    fn sent_after(
        &self,
        from: Timestamp,
        loaded_baseline: &LoadedBaseline,
        earlier_run: Option<&EarlierRun>,
    ) -> Result<SentSince, ImportError> {
        let Some(store) = self.store()? else { return Ok(SentSince::default()) };
        let until = reckoned_by(loaded_baseline, earlier_run);
        let own = own_run(loaded_baseline, earlier_run);
        Ok(SentSince::read(&store, from, until, &own)?)
    }

    fn find(&self, config: &KnownConfig) -> Result<LoadedBaseline, ImportError> {
        if let Some(path) = &config.against {
            return self.named_list(path);
        }
        if let Some(path) =
            self.earlier_run.as_ref().and_then(|earlier_run| earlier_run.list.as_ref())
        {
            let groups = Some(groups_path(path))
                .filter(|path| path.is_file())
                .map(|path| Snapshot::open(&path))
                .transpose()?;
            return snapshot_baseline(
                &Snapshot::open(path)?,
                groups.as_ref(),
                self.earlier_run.as_ref(),
            );
        }
        if config.online {
            let list = |kind| full_list(kind, self.connect, self.reporter);
            let users = list(ListKind::Users)?;
            // The groups are used for licences and for rows about groups. Without them, less is
            // known.
            let groups = match list(ListKind::Groups) {
                Ok(groups) => Some(groups),
                Err(error) => {
                    let why = self.reporter.words(&Note::Error(&error));
                    self.reporter.say(&format!("note: without the list of groups ({why})"));
                    None
                }
            };
            return snapshot_baseline(&users, groups.as_ref(), self.earlier_run.as_ref());
        }
        let (organization, host) = Connection::place(&self.connect.access)?;
        let state = self.connect.access.state_dir().ok_or(OrgListError::NoFolder)?;
        let store = SnapshotStore::open(state, &organization, &host);
        let Some(users) = store.latest(&ListQuery::Users { domain: None, direct: true })? else {
            return Err(OrgListError::NoStoredUsers { organization }.into());
        };
        snapshot_baseline(
            &users,
            store.latest(&ListQuery::Groups)?.as_ref(),
            self.earlier_run.as_ref(),
        )
    }

    /// Loads a file, or a snapshot by its name. A file must not change while rows are sent that
    /// were compared with it.
    fn named_list(&self, path: &Path) -> Result<LoadedBaseline, ImportError> {
        let changed = || OrgListError::Changed { name: path.display().to_string() };
        let file =
            if path.is_file() { Some(Original::of(path)?.ok_or_else(changed)?) } else { None };
        let mut loaded_baseline = self.read_named_list(path)?;
        if file.as_ref().is_some_and(|file| file.state(Check::Quick) != FileState::AsRead) {
            return Err(changed().into());
        }
        Arc::make_mut(&mut loaded_baseline.organization).file = file.map(Arc::new);
        Ok(loaded_baseline)
    }

    fn read_named_list(&self, path: &Path) -> Result<LoadedBaseline, ImportError> {
        let lists = Lists::new(&self.connect.access, None);
        let list = lists.open(path, ListKind::Users)?;
        if is_part(list.query()) {
            let described = list.describe();
            return Err(OrgListError::OnlyAPart { path: path.to_owned(), described }.into());
        }
        match &list {
            FoundList::Stored(users) => {
                if let Some((organization, host)) = Connection::place_if_set(&self.connect.access)?
                    && (&organization, &host) != (&users.organization, &users.host)
                {
                    return Err(OrgListError::OfAnother {
                        path: path.to_owned(),
                        of: users.organization.clone(),
                        of_host: users.host.clone(),
                        organization,
                        host,
                    }
                    .into());
                }
                snapshot_baseline(users, lists.groups_beside(users)?, self.earlier_run.as_ref())
            }
            FoundList::Table(..) => Ok(LoadedBaseline {
                organization: Arc::new(list.read(None, self.list_separator)?),
                list: None,
                groups: None,
                recently_changed: Vec::new(),
                changed_since: Vec::new(),
                tells_absence: true,
                notes: None,
            }),
        }
    }
}

/// Returns the time for which a list is used: now, or when an earlier run with it began.
fn reckoned(earlier_run: Option<&EarlierRun>, at: Timestamp) -> Timestamp {
    earlier_run
        .map(|earlier_run| earlier_run.at)
        .filter(|earlier_run| *earlier_run >= at)
        .unwrap_or_else(Timestamp::now)
}

/// Returns the time for which a list is used, if the earlier run may have begun with another list.
fn reckoned_by(loaded_baseline: &LoadedBaseline, earlier_run: Option<&EarlierRun>) -> Timestamp {
    let organization = &loaded_baseline.organization;
    reckoned(earlier_run.filter(|earlier| earlier.used(Some(organization))), organization.at)
}

/// Returns the id of the earlier run, if it used the same list: what it has sent are no changes by
/// others.
fn own_run(loaded_baseline: &LoadedBaseline, earlier_run: Option<&EarlierRun>) -> Vec<String> {
    let same = earlier_run.filter(|earlier| earlier.used(Some(&loaded_baseline.organization)));
    same.map(|earlier| earlier.run_id.clone()).into_iter().collect()
}

/// Loads a snapshot of users, with the groups of a snapshot of groups.
pub(crate) fn snapshot_baseline(
    users: &Snapshot,
    groups: Option<&Snapshot>,
    earlier_run: Option<&EarlierRun>,
) -> Result<LoadedBaseline, ImportError> {
    let mut organization = read_snapshot(users, groups)?;
    // Only a recent list of groups shows which groups do not exist.
    let age = |groups: &Snapshot| {
        Duration::try_from(reckoned(earlier_run, users.at).duration_since(groups.at))
            .unwrap_or_default()
    };
    if groups.is_none_or(|groups| age(groups) >= FRESH) {
        organization.coverage -= Coverage::ALL_GROUPS;
    }
    Ok(LoadedBaseline {
        organization: Arc::new(organization),
        list: Some(users.path.clone()),
        groups: groups.map(|groups| groups.path.clone()),
        recently_changed: Vec::new(),
        changed_since: Vec::new(),
        tells_absence: true,
        notes: None,
    })
}

/// Which steps of the rows are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SendPolicy {
    /// Only steps whose effect does not hold already.
    OnlyChanges,
    /// All steps. The list only shows their results.
    Everything,
}

/// Compares the inputs of a run with a list. `sends` decides which steps of the rows are sent.
pub(crate) fn compare(
    inputs: &mut [&mut InputFile],
    loaded_baseline: &LoadedBaseline,
    config: &KnownConfig,
    sends: SendPolicy,
    reporter: &dyn ImportReporter,
) -> Result<Keepers, ImportError> {
    let organization = &loaded_baseline.organization;
    let mut what_for = ReadFor::Comparison;
    if config.exact_groups {
        what_for = ReadFor::ExactGroups;
        check_coverage(organization, config)?;
        prepare_exact_groups(inputs, organization, config, reporter)?;
    }
    let all_input_rows: Vec<_> = inputs.iter().map(|input| input.input_rows()).collect();
    if let Some((store, until)) = &loaded_baseline.notes {
        let wanted = renames_perhaps_done(&all_input_rows, organization)?;
        if !wanted.is_empty() {
            organization.note_renames(noted_renames(store, &wanted, *until)?);
        }
    }
    let near: Arc<NearBudget> = Arc::default();
    let managed = config.exact_groups.then(|| Managed::new(&config.manage_groups));
    // What the rows of an earlier portion have changed is not as the list shows it, either. Later
    // rows of one file about the same user are never sent before.
    let is_alone = inputs.len() == 1;
    let before = inputs.iter().map(|input| input.range.as_ref().filter(|_| is_alone));
    let before: Vec<_> = before.map(|range| range.map(RowRange::with_rows_before)).collect();
    let rows = inputs.iter().map(|input| input.input_rows()).zip(&before);
    let whole_files: Vec<_> =
        rows.map(|(rows, before)| InputRows { range: before.as_ref(), ..rows }).collect();
    let (conflict_index, readings) = read_first(&whole_files, organization, what_for)?;
    let ignored_people = match what_for {
        ReadFor::Comparison => Arc::default(),
        ReadFor::ExactGroups => users_who_keep_groups(&all_input_rows, organization, &readings)?,
    };
    let conflict_index = Arc::new(
        conflict_index.with_recently_changed(&loaded_baseline.recently_changed, organization),
    );
    for (input, reading) in inputs.iter_mut().zip(readings) {
        let uncompared_rows = input.changed_rows.uncertain(&conflict_index, organization);
        input.baseline = Some(Baseline {
            organization: organization.clone(),
            conflict_index: conflict_index.clone(),
            managed: managed.clone(),
            ignored_rows: ignored_people.clone(),
            reduces: sends == SendPolicy::OnlyChanges,
            tells_absence: loaded_baseline.tells_absence,
            allows_shadow: config.allow_shadow,
            near: near.clone(),
            uncompared_rows: uncompared_rows.map(Arc::new),
            first_reading: Some(Arc::new(reading)),
            is_decided: false,
            only_shows: false,
        });
    }
    if config.exact_groups {
        compare_whole_files(inputs, organization, &loaded_baseline.recently_changed)?;
    }
    let counts = config.exact_groups && config.empty_groups == EmptyGroups::KeepAll;
    let all_input_rows: Vec<_> =
        inputs.iter().filter(|_| counts).map(|input| input.input_rows()).collect();
    let keepers = Keepers(keepers(&all_input_rows)?);
    // Conflicts between the files of a command are found together, later.
    inputs.iter_mut().for_each(|input| input.conflicts = None);
    Ok(keepers)
}

/// Refuses a list that does not show all memberships in managed groups (`--exact-groups`).
fn check_coverage(organization: &Organization, config: &KnownConfig) -> Result<(), BaselineError> {
    let list = || organization.name.clone();
    if !organization.shows(Coverage::DIRECT | Coverage::MEMBERSHIPS) {
        return Err(BaselineError::NotDirect { list: list() });
    }
    let shows = |pattern: &&String| organization.coverage.shows_memberships_like(pattern);
    match config.manage_groups.iter().find(|pattern| !shows(pattern)) {
        Some(pattern) => Err(BaselineError::LacksGroups { list: list(), pattern: pattern.clone() }),
        None => Ok(()),
    }
}

/// Prepares the inputs for `--exact-groups`, and refuses a list that may hide users of the rows.
fn prepare_exact_groups(
    inputs: &mut [&mut InputFile],
    organization: &Organization,
    config: &KnownConfig,
    reporter: &dyn ImportReporter,
) -> Result<(), ImportError> {
    if config.empty_groups == EmptyGroups::KeepNone {
        for input in inputs.iter_mut() {
            input.rules.no_groups = input.table.group_columns();
        }
    }
    // The groups of a row that gives way to a later one do not count.
    for input in
        inputs.iter_mut().filter(|input| input.rules.last_wins && input.conflicts.is_none())
    {
        input.scan(None)?;
    }
    let all_input_rows: Vec<_> = inputs.iter().map(|input| input.input_rows()).collect();
    unmatched_patterns(&config.manage_groups, organization, &all_input_rows)?
        .iter()
        .for_each(|unmatched| reporter.say(&reporter.words(&Note::Unmatched(unmatched))));
    if !organization.shows(Coverage::USERNAMES)
        && referenced_users(&all_input_rows, organization)?.is_unclear()
    {
        return Err(BaselineError::NoUsernames { list: organization.name.clone() }.into());
    }
    Ok(())
}

/// Returns the users, by number, who keep all groups because of rows that are not sent, and refuses
/// rows that could hide a user's groups.
fn users_who_keep_groups(
    files: &[InputRows<'_>],
    organization: &Organization,
    readings: &[FirstReading],
) -> Result<Arc<HashSet<u32>>, ImportError> {
    let ignored = ignored_rows(files, organization, readings)?;
    if ignored.unreadable > 0 {
        return Err(BaselineError::UnreadableRows { rows: ignored.unreadable }.into());
    }
    if !ignored.nameless.is_empty() {
        return Err(BaselineError::NamelessRows(ignored.nameless).into());
    }
    Ok(Arc::new(ignored.people))
}

/// The number of users who keep managed groups because their cell of groups is empty.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Keepers(u64);

impl Keepers {
    /// Reports them in the head, with the option for the other meaning.
    pub(crate) fn say_head(self, reporter: &dyn ImportReporter) {
        if self.0 > 0 {
            let words = reporter.words(&Note::EmptyGroups { people: self.0 });
            reporter.inform(&format!("empty groups  {words}"));
        }
    }
}

/// Returns the age of a list.
pub(crate) fn age(organization: &Organization) -> Duration {
    Duration::try_from(Timestamp::now().duration_since(organization.at).max(SignedDuration::ZERO))
        .unwrap_or_default()
}

/// Describes a list: `users.csv of Tue 24 Nov 07:05, 26 min old: 12 people`.
pub(crate) fn describe(organization: &Organization) -> String {
    let people = count(organization.len().into(), "person");
    let since = organization.brought_to().map(|until| {
        format!(", with changes by imports from this computer until {}", wall_clock(until, "%H:%M"))
    });
    format!(
        "{}, {} old{}: {people}",
        describe_time(organization),
        minutes(age(organization)),
        since.unwrap_or_default()
    )
}

/// Describes a list with its time: `users.csv of Tue 24 Nov 07:05`, `the snapshot of
/// 12345@AdobeOrg of Tue 24 Nov 07:05`.
pub(crate) fn describe_time(organization: &Organization) -> String {
    format!("{} of {}", visible(&organization.name), wall_clock(organization.at, "%a %d %b %H:%M"))
}

/// Returns the reasons against relying on a list: its age, compared with the allowed age and (for
/// absence) with two hours, and requests since then with unknown results.
pub(crate) fn objections(
    Baseline { organization, conflict_index, managed, .. }: &Baseline,
    relies_on_absence: u64,
    max_age: Duration,
) -> Vec<Objection> {
    let age = age(organization);
    let list = || organization.name.clone();
    let mut objections = Vec::new();
    if age > max_age {
        objections.push(Objection::TooOld { list: list(), age, max_age });
    }
    if relies_on_absence > 0 && age >= FRESH {
        objections.push(Objection::Absence { list: list(), age, rows: relies_on_absence });
    }
    if managed.is_some() && conflict_index.is_recently_changed() {
        objections.push(Objection::Changed { list: list() });
    }
    objections
}

/// Asks for a confirmation before a list is used in spite of these reasons. `--yes` confirms.
pub(crate) fn confirm(
    objections: Vec<Objection>,
    config: &ImportConfig,
    reporter: &dyn ImportReporter,
) -> Result<(), ImportError> {
    for objection in objections {
        let words = reporter.words(&Note::Objection(&objection));
        if config.yes {
            reporter.say(&format!("note: {words}"));
        } else if !reporter.ask(objection.confirmation(), &format!("{words}."), "yes")? {
            return Err(BaselineError::Outdated(objection).into());
        }
    }
    Ok(())
}
