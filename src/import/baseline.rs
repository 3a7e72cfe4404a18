//! How the organization looks before anything is sent: by an exported list, by the stored one, or
//! by asking.

use crate::clock::wall_clock;
use crate::execute::{IgnoredRows, conflict_index, ignored_rows, keepers, referenced_users};
use crate::export::ListKind;
use crate::import::config::{ConnectConfig, EmptyGroups, KnownConfig};
use crate::import::connection::Connection;
use crate::import::earlier_run::EarlierRun;
use crate::import::error::ImportError;
use crate::import::full_list::full_list;
use crate::import::input_file::InputFile;
use crate::import::journal_place::groups_path;
use crate::import::lists::{FoundList, Lists, is_part};
use crate::import::managed::unmatched_patterns;
use crate::import::reporter::ImportReporter;
use crate::import::run_options::compared_words;
use crate::number::minutes;
use crate::number::{count, form};
use crate::organization::{Coverage, HashedName, Organization};
use crate::reconcile::{Baseline, Managed, NearBudget};
use crate::snapshot::{ListedFacts, SentFile, SentSince, Snapshot, SnapshotStore, read_snapshot};
use crate::table::{Check, FileState, Original};
use crate::umapi::ListQuery;
use crate::visible::visible;
use jiff::{SignedDuration, Timestamp};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// A list that is older is not relied upon for removals without somebody saying so.
pub(crate) const FRESH: Duration = Duration::from_secs(2 * 60 * 60);

/// A file is a little younger than its file system says, which rounds.
const ROUNDED: SignedDuration = SignedDuration::from_millis(50);

/// How the organization looks, and the stored lists that tell, if they are such.
pub(crate) struct LoadedBaseline {
    pub(crate) organization: Arc<Organization>,
    pub(crate) list: Option<PathBuf>,
    pub(crate) groups: Option<PathBuf>,
    /// Of whom the list says nothing reliable, for an import from here has changed them since, and
    /// nobody knows to what.
    pub(crate) recently_changed: Vec<HashedName>,
    /// The list is young enough to tell who was not there when the rows were sent.
    pub(crate) tells_absence: bool,
}

impl LoadedBaseline {
    /// Brings in what was sent from here since.
    pub(crate) fn bring_in(&mut self, since: &SentSince) -> Result<(), ImportError> {
        self.recently_changed =
            since.bring_into(Arc::make_mut(&mut self.organization), ListedFacts::People)?;
        Ok(())
    }
}

/// How lists are asked for, where nobody has one at hand.
pub(crate) struct BaselineSource<'a> {
    pub(crate) connect: &'a ConnectConfig,
    pub(crate) reporter: &'a dyn ImportReporter,
    /// Between the names in a cell of a list that is a file, as in the rows.
    pub(crate) list_separator: char,
    /// An earlier run that this one goes on with, by the same list.
    pub(crate) earlier_run: Option<EarlierRun>,
}

impl BaselineSource<'_> {
    /// How the organization looks: by the list that is named, by asking (`--online`), or else by
    /// the stored one.
    pub(crate) fn load_baseline(
        &self,
        config: &KnownConfig,
    ) -> Result<LoadedBaseline, ImportError> {
        let mut loaded_baseline = self.find(config)?;
        let since = self.sent_since(&loaded_baseline, self.earlier_run.as_ref())?;
        loaded_baseline.bring_in(&since)?;
        loaded_baseline.tells_absence = loaded_baseline.organization.content.is_none()
            || self.file_tells_absence(&loaded_baseline, &since)?;
        if !loaded_baseline.recently_changed.is_empty() {
            self.reporter.inform(&format!(
                "note: people changed by an import from here since {} was fetched, not all of \
                 whose changes are confirmed, are not compared: their rows are sent",
                loaded_baseline.organization.name
            ));
        }
        Ok(loaded_baseline)
    }

    /// What was sent from here since a list was fetched. A run that goes on by the same list
    /// reckons as it did when it began, whatever it has sent since.
    pub(crate) fn sent_since(
        &self,
        loaded_baseline: &LoadedBaseline,
        earlier_run: Option<&EarlierRun>,
    ) -> Result<SentSince, ImportError> {
        let at = loaded_baseline.organization.at;
        let from = if loaded_baseline.list.is_some() {
            at
        } else {
            at.saturating_add(ROUNDED).unwrap_or(at)
        };
        self.sent_after(from, loaded_baseline, earlier_run)
    }

    /// Does a file tell who was not there? It must be whole and young, and no import from here may
    /// have ended in the moment of its date.
    fn file_tells_absence(
        &self,
        loaded_baseline: &LoadedBaseline,
        since: &SentSince,
    ) -> Result<bool, ImportError> {
        let organization = &loaded_baseline.organization;
        if !organization.shows(Coverage::EVERYBODY) || age(organization) > FRESH {
            return Ok(false);
        }
        let before = organization.at.checked_sub(ROUNDED).unwrap_or(organization.at);
        Ok(self.sent_after(before, loaded_baseline, self.earlier_run.as_ref())?.names()
            == since.names())
    }

    fn sent_after(
        &self,
        from: Timestamp,
        loaded_baseline: &LoadedBaseline,
        earlier_run: Option<&EarlierRun>,
    ) -> Result<SentSince, ImportError> {
        let Some(((organization, host), state)) =
            Connection::place_if_set(&self.connect.access)?.zip(self.connect.access.state_dir())
        else {
            return Ok(SentSince::default());
        };
        let at = loaded_baseline.organization.at;
        let is_other = |by: &String| *by != compared_words(&loaded_baseline.organization);
        let until = reckoned(
            earlier_run.filter(|earlier_run| !earlier_run.by.as_ref().is_some_and(is_other)),
            at,
        );
        let store = SnapshotStore::open(state, &organization, &host);
        let own = earlier_run.map(|earlier_run| SentFile::of(&store, &earlier_run.run_id));
        Ok(SentSince::read(&store, from, until, own.as_ref())?)
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
            return stored_list(&Snapshot::open(path)?, groups.as_ref(), self.earlier_run.as_ref());
        }
        if config.online {
            let list = |kind| full_list(kind, self.connect, self.reporter);
            let users = list(ListKind::Users)?;
            // The groups are wanted for licences and for rows about groups: without them, less is
            // known.
            let groups = match list(ListKind::Groups) {
                Ok(groups) => Some(groups),
                Err(ImportError(why)) => {
                    self.reporter.say(&format!("note: without the list of groups ({why})"));
                    None
                }
            };
            return stored_list(&users, groups.as_ref(), self.earlier_run.as_ref());
        }
        let (organization, host) = Connection::place(&self.connect.access)?;
        let state = self.connect.access.state_dir().ok_or_else(|| {
            ImportError("there is no folder for stored lists: set XDG_STATE_HOME".to_owned())
        })?;
        let store = SnapshotStore::open(state, &organization, &host);
        let Some(users) = store.latest(&ListQuery::Users { domain: None, direct: true })? else {
            return Err(ImportError(format!(
                "there is no stored list of the users of {organization}: use --online to fetch \
                 it, use --against FILE, or run `umbulk export users` first"
            )));
        };
        stored_list(&users, store.latest(&ListQuery::Groups)?.as_ref(), self.earlier_run.as_ref())
    }

    /// A file, or a stored list by its name. A file must stay what it was read as while rows are
    /// sent by it.
    fn named_list(&self, path: &Path) -> Result<LoadedBaseline, ImportError> {
        let changed = || {
            ImportError(format!(
                "{}: the list has changed while it was read: wait until it is complete, then run \
                 the same command again",
                path.display()
            ))
        };
        let file =
            if path.is_file() { Some(Original::of(path)?.ok_or_else(changed)?) } else { None };
        let mut loaded_baseline = self.read_named_list(path)?;
        if file.as_ref().is_some_and(|file| file.state(Check::Quick) != FileState::AsRead) {
            return Err(changed());
        }
        Arc::make_mut(&mut loaded_baseline.organization).file = file.map(Arc::new);
        Ok(loaded_baseline)
    }

    fn read_named_list(&self, path: &Path) -> Result<LoadedBaseline, ImportError> {
        let lists = Lists::new(&self.connect.access, None);
        let list = lists.open(path, false)?;
        if is_part(list.query()) {
            return Err(ImportError(format!(
                "{}: this list is only a part of the organization ({}), so it cannot show who is \
                 absent. Use a full list",
                path.display(),
                list.describe()
            )));
        }
        match &list {
            FoundList::Stored(users) => {
                if let Some((organization, host)) = Connection::place_if_set(&self.connect.access)?
                    && (&organization, &host) != (&users.organization, &users.host)
                {
                    return Err(ImportError(format!(
                        "{}: this is a list of {} at {}, not of {organization} at {host}. Use a \
                         list of this organization",
                        path.display(),
                        users.organization,
                        users.host
                    )));
                }
                stored_list(users, lists.groups_beside(users)?, self.earlier_run.as_ref())
            }
            FoundList::Table(..) => Ok(LoadedBaseline {
                organization: Arc::new(list.read(None, self.list_separator)?),
                list: None,
                groups: None,
                recently_changed: Vec::new(),
                tells_absence: true,
            }),
        }
    }
}

/// As of when everything is reckoned that a list of that time is to tell: now, or when an earlier
/// run began by it.
fn reckoned(earlier_run: Option<&EarlierRun>, at: Timestamp) -> Timestamp {
    earlier_run
        .map(|earlier_run| earlier_run.at)
        .filter(|earlier_run| *earlier_run >= at)
        .unwrap_or_else(Timestamp::now)
}

/// The people of a stored list of users, with the groups of a stored list of groups.
pub(crate) fn stored_list(
    users: &Snapshot,
    groups: Option<&Snapshot>,
    earlier_run: Option<&EarlierRun>,
) -> Result<LoadedBaseline, ImportError> {
    let mut organization = read_snapshot(users, groups)?;
    // Which groups are not there, only a list of them tells that is as good as new.
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
        tells_absence: true,
    })
}

/// Which steps of the rows are sent where it is known how the organization looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SendPolicy {
    /// Those whose effect does not hold already.
    OnlyChanges,
    /// All: the list only tells what comes of them.
    Everything,
}

/// Tells the inputs of a run how the organization looks. Of their rows, what `sends` says is left.
pub(crate) fn compare(
    inputs: &mut [&mut InputFile],
    loaded_baseline: &LoadedBaseline,
    config: &KnownConfig,
    sends: SendPolicy,
    reporter: &dyn ImportReporter,
) -> Result<Keepers, ImportError> {
    let organization = &loaded_baseline.organization;
    if config.exact_groups && !(organization.shows(Coverage::DIRECT | Coverage::MEMBERSHIPS)) {
        return Err(ImportError(format!(
            "{}: --exact-groups needs a list that says which memberships are the users' own: \
             export it without --indirect and with the column groups",
            organization.name
        )));
    }
    if let Some(pattern) = config.manage_groups.iter().find(|pattern| {
        config.exact_groups && !organization.coverage.shows_memberships_like(pattern)
    }) {
        return Err(ImportError(format!(
            "{}: --exact-groups needs a list with all memberships that --manage-groups {pattern} \
             matches, and this list lacks columns. `umbulk export users` writes all of them",
            organization.name
        )));
    }
    let managed = config.exact_groups.then(|| Managed::new(&config.manage_groups));
    if config.exact_groups && config.empty_groups == EmptyGroups::KeepNone {
        for input in inputs.iter_mut() {
            input.rules.no_groups = input.table.group_columns();
        }
    }
    // Which rows give way to later ones, for what they list does not count.
    for input in inputs
        .iter_mut()
        .filter(|input| config.exact_groups && input.rules.last_wins && input.conflicts.is_none())
    {
        input.survey(None)?;
    }
    let all_input_rows: Vec<_> = inputs.iter().map(|input| input.input_rows()).collect();
    if config.exact_groups {
        unmatched_patterns(&config.manage_groups, organization, &all_input_rows)?
            .iter()
            .for_each(|words| reporter.say(&format!("warning: {words}")));
    }
    if config.exact_groups
        && !organization.shows(Coverage::USERNAMES)
        && referenced_users(&all_input_rows, organization)?.is_unclear()
    {
        return Err(ImportError(format!(
            "{}: --exact-groups: rows name people by username alone, but the list does not show \
             every username and domain: nothing was sent. Export it with the columns \
             username and domain, or name people by email",
            organization.name
        )));
    }
    let ignored = if config.exact_groups {
        ignored_rows(&all_input_rows, organization)?
    } else {
        IgnoredRows::default()
    };
    if ignored.unreadable > 0 {
        return Err(ImportError(format!(
            "--exact-groups: {} cannot be read, so umbulk cannot know whose groups are listed \
             there: nothing was sent. `umbulk validate` shows these rows; fix them",
            count(ignored.unreadable, "row")
        )));
    }
    if !ignored.people.is_empty() {
        reporter.say(&format!(
            "note: {} {} also named in rows that are invalid or skipped by --rows: --exact-groups \
             removes no groups from them",
            count(ignored.people.len() as u64, "person"),
            form(ignored.people.len() as u64, "is", "are")
        ));
    }
    let ignored_people = Arc::new(ignored.people);
    let near: Arc<NearBudget> = Arc::default();
    let conflict_index = Arc::new(
        conflict_index(&all_input_rows, organization)?
            .with_recently_changed(&loaded_baseline.recently_changed, organization),
    );
    for input in inputs.iter_mut() {
        input.baseline = Some(Baseline {
            organization: organization.clone(),
            conflict_index: conflict_index.clone(),
            managed: managed.clone(),
            ignored_rows: ignored_people.clone(),
            reduces: sends == SendPolicy::OnlyChanges,
            tells_absence: loaded_baseline.tells_absence,
            allows_shadow: config.allow_shadow,
            near: near.clone(),
            is_decided: false,
        });
    }
    let counts = config.exact_groups && config.empty_groups == EmptyGroups::KeepAll;
    let all_input_rows: Vec<_> =
        inputs.iter().filter(|_| counts).map(|input| input.input_rows()).collect();
    let keepers = Keepers(keepers(&all_input_rows)?);
    // The files of a command are judged together, later on.
    inputs.iter_mut().for_each(|input| input.conflicts = None);
    Ok(keepers)
}

/// How many people keep groups under management because their cell of groups is empty.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Keepers(u64);

impl Keepers {
    /// Says so in the head, and how to mean the other.
    pub(crate) fn say_head(self, reporter: &dyn ImportReporter) {
        let who = match self.0 {
            0 => return,
            1 => "1 person has an empty cell of groups and keeps all groups".to_owned(),
            people => format!("{people} people have an empty cell of groups and keep all groups"),
        };
        reporter.inform(&format!(
            "empty groups  {who}. If an empty cell means no groups under management, use \
             --empty-groups none"
        ));
    }
}

/// How old a list is.
pub(crate) fn age(organization: &Organization) -> Duration {
    Duration::try_from(Timestamp::now().duration_since(organization.at).max(SignedDuration::ZERO))
        .unwrap_or_default()
}

/// `users.csv of Tue 24 Nov 07:05, 26 min old: 12 people`
pub(crate) fn describe(organization: &Organization) -> String {
    let people = count(organization.len().into(), "person");
    let since = organization
        .brought_to()
        .map(|until| format!(", with imports from here until {}", wall_clock(until, "%H:%M")));
    format!(
        "{}, {} old{}: {people}",
        describe_time(organization),
        minutes(age(organization)),
        since.unwrap_or_default()
    )
}

/// `users.csv of Tue 24 Nov 07:05`
pub(crate) fn describe_time(organization: &Organization) -> String {
    format!("{} of {}", visible(&organization.name), wall_clock(organization.at, "%a %d %b %H:%M"))
}

/// What speaks against relying on a list: an age above the one that is allowed at all, one above
/// two hours for what it says of absence, and what was sent since where it is to say what somebody
/// has too much.
pub(crate) fn objections(
    Baseline { organization, conflict_index, managed, .. }: &Baseline,
    relies_on_absence: u64,
    max_age: Duration,
) -> Vec<String> {
    let age = age(organization);
    let old = minutes(age);
    let mut objections = Vec::new();
    if age > max_age {
        objections.push(format!(
            "the list {} is {old} old, but --max-age allows {}",
            organization.name,
            minutes(max_age)
        ));
    }
    if relies_on_absence > 0 && age >= FRESH {
        objections.push(format!(
            "{} would not be sent because the list {} does not show the person or membership, but \
             the list is {old} old and may be outdated",
            count(relies_on_absence, "row"),
            organization.name
        ));
    }
    if managed.is_some() && conflict_index.is_recently_changed() {
        objections.push(format!(
            "an import from here has changed people since the list {} was fetched, and \
             --exact-groups would not remove groups that they got since then",
            organization.name
        ));
    }
    objections
}

/// An old list is used only after confirmation; `--yes` confirms.
pub(crate) fn guard_age(
    known: &Baseline,
    relies_on_absence: u64,
    config: &KnownConfig,
    yes: bool,
    reporter: &dyn ImportReporter,
) -> Result<(), ImportError> {
    for objection in objections(known, relies_on_absence, config.max_age) {
        if yes {
            reporter.say(&format!("note: {objection}"));
            continue;
        }
        let refusal = format!(
            "{objection}: nothing was sent. Take a newer list (umbulk export users, or --online), \
             or use --yes"
        );
        reporter.ask(&format!("{objection}."), "yes", refusal)?;
    }
    Ok(())
}
