//! Checks with lists and with questions to the server which groups exist.

use super::assign::{assign, uses};
use super::checked::{CheckedGroups, Creation};
use super::earlier::EarlierCheck;
use super::error::NoFetch;
use super::list::{GroupList, closed_groups, fresh, has_names, shows, tells_absence};
use super::other::{other_names, trials, try_out};
use super::separators::{check_joined, check_separators, separator_of_known};
use super::server::{GroupServer, may_fetch, may_list};
use super::server_groups::{ServerGroups, leave_contradicted, unasked};
use crate::change::same_name;
use crate::execute::{GroupAnswers, GroupGatherer, ask_groups};
use crate::export::ListKind;
use crate::import::access::Access;
use crate::import::baseline::FRESH;
use crate::import::config::{ConnectConfig, GroupsConfig};
use crate::import::connection::Connection;
use crate::import::error::ImportError;
use crate::import::full_list::full_list;
use crate::import::input_error::InputError;
use crate::import::input_file::InputFile;
use crate::import::list_error::clock;
use crate::import::lists::Lists;
use crate::import::note::Note;
use crate::import::question_count::QuestionCount;
use crate::import::questions::while_shown;
use crate::import::reporter::{ImportReporter, interruption};
use crate::number::count;
use crate::organization::{Coverage, HashedName, Organization};
use crate::reconcile::{AskBy, GroupUses, ListAccess, NeededGroup, ask_by, nearest};
use crate::snapshot::{ListedFacts, SentSince, SnapshotStore};
use crate::umapi::{ListQuery, Rate};
use jiff::Timestamp;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// The number of questions that are sent at once without a limit, before a list is fetched instead.
const FREE: usize = 25;
/// The longest wait for a response to a question that no limit delays.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest wait for the list of groups, if the server asks for a pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The sources and rules of a check.
pub(crate) struct GroupCheck<'a> {
    pub(crate) config: &'a GroupsConfig,
    /// What happens to user groups that do not exist.
    pub(crate) create: Creation,
    /// The age of a snapshot above which it is not used.
    pub(crate) max_age: Duration,
    pub(crate) access: &'a Access,
    pub(crate) reporter: &'a dyn ImportReporter,
    /// The organization, if the rows are compared with a list.
    pub(crate) organization: Option<Arc<Organization>>,
    /// Names for which that list is unreliable.
    pub(crate) recently_changed: Vec<HashedName>,
    /// How often the server answers questions about single groups.
    pub(crate) rate: Option<Rate>,
}

/// Why the server is not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Offline {
    /// A plan, or a validation: the snapshot of groups counts.
    Plan,
    /// A rehearsal: its organization has what the file assumes, unless a named list says otherwise.
    Rehearsal,
}

impl GroupCheck<'_> {
    /// Checks with lists alone.
    pub(crate) fn offline(
        &self,
        inputs: &mut [&mut InputFile],
        what_for: Offline,
    ) -> Result<CheckedGroups, ImportError> {
        if self.config.is_unchecked {
            self.groups_file()?;
            return Ok(CheckedGroups::default());
        }
        let uses = uses(inputs)?;
        self.by_lists(inputs, &uses, what_for)
    }

    /// Checks the only file of a command with lists alone, while the file is read for another
    /// purpose: `read` collects which groups the rows need. If groups turn out not to exist
    /// ([`InputFile::presence`]), the file must be read again.
    pub(crate) fn while_read<T>(
        &self,
        input: &mut InputFile,
        read: impl FnOnce(&mut InputFile, Option<&GroupGatherer>) -> Result<T, ImportError>,
    ) -> Result<(CheckedGroups, T), ImportError> {
        if self.config.is_unchecked {
            self.groups_file()?;
            return Ok((CheckedGroups::default(), read(input, None)?));
        }
        let gatherer = GroupGatherer::default();
        let read = read(input, Some(&gatherer))?;
        Ok((self.by_lists(&mut [input], &gatherer.uses(), Offline::Plan)?, read))
    }

    fn by_lists(
        &self,
        inputs: &mut [&mut InputFile],
        uses: &GroupUses,
        what_for: Offline,
    ) -> Result<CheckedGroups, ImportError> {
        let mut checked = CheckedGroups {
            named: uses.needed().len(),
            is_offline: true,
            ..CheckedGroups::default()
        };
        // The organization of a rehearsal has no snapshot.
        let (place, no_place) = match what_for {
            Offline::Rehearsal => (None, None),
            Offline::Plan => match Connection::place_if_set(self.access) {
                Ok(Some(place)) => (Some(place), None),
                Ok(None) => (None, Some("set UMAPI_ORG_ID to use the snapshot".to_owned())),
                Err(error) => (None, Some(self.reporter.words(&Note::Error(&error.into())))),
            },
        };
        let lists = self.lists(place.as_ref(), self.groups_file()?)?;
        let closed = closed_groups(lists.iter().map(|list| &*list.organization));
        inputs.iter_mut().for_each(|input| input.closed_groups.clone_from(&closed));
        let usable: Vec<&GroupList> =
            lists.iter().filter(|list| list.is_named || list.age() <= self.max_age).collect();
        let shown =
            |group: &NeededGroup| usable.iter().any(|list| list.tells(&group.name) == Some(true));
        check_separators(inputs, uses.needed().filter(|group| !shown(group)))?;
        let mut absent = Vec::new();
        for group in uses.needed() {
            if usable.iter().any(|list| list.tells(&group.name) == Some(true)) {
                continue;
            }
            match usable.iter().find(|list| list.tells(&group.name) == Some(false)) {
                Some(list) => {
                    checked.absent.source = format!("by {}", list.words);
                    absent.push(group);
                }
                // A rehearsal creates the groups that it does not know, and reports it.
                None if what_for == Offline::Rehearsal => checked.made += 1,
                None => drop(checked.unknown.insert(group.name.clone())),
            }
        }
        checked.why = self.why_unknown(&lists, no_place.as_deref());
        self.count(uses, &lists, place.as_ref(), &mut checked);
        checked.by = usable.iter().map(|list| list.words.as_str()).collect::<Vec<_>>().join(", ");
        self.conclude(&mut checked, &absent, &lists, &[]);
        check_joined(inputs, &checked.joined)?;
        assign(inputs, uses, &checked.absent, &[]);
        Ok(checked)
    }

    /// Counts what an import would ask if it began now, after this command has asked the same.
    pub(crate) fn count_again(
        &self,
        inputs: &mut [&mut InputFile],
        checked: &mut CheckedGroups,
    ) -> Result<(), ImportError> {
        if self.config.is_unchecked {
            return Ok(());
        }
        let place = Connection::place_if_set(self.access)?;
        let lists = self.lists(place.as_ref(), self.groups_file()?)?;
        self.count(&uses(inputs)?, &lists, place.as_ref(), checked);
        Ok(())
    }

    /// Counts what an import would ask, and finds the files with groups that are not checked.
    fn count(
        &self,
        uses: &GroupUses,
        lists: &[GroupList],
        place: Option<&(String, String)>,
        checked: &mut CheckedGroups,
    ) {
        let state = self.access.state_dir();
        let may_list =
            place.map_or(Ok(()), |(organization, host)| may_fetch(state, organization, host));
        let way = self.way(uses, lists, &may_list);
        checked.questions = self.questions_of(&way, lists, place, &may_list);
        if way.by == AskBy::Nobody {
            checked.trials = trials(way.open.iter().filter(|group| {
                !lists
                    .iter()
                    .any(|list| list.age() < FRESH && list.tells(&group.name) == Some(false))
            }));
        }
        checked.unchecked_by_file(uses);
    }

    /// Returns why lists do not show whether a group exists.
    fn why_unknown(&self, lists: &[GroupList], no_place: Option<&str>) -> String {
        let stored = lists
            .iter()
            .find(|list| list.organization.shows(Coverage::ALL_GROUPS) && !list.is_named);
        match (stored, no_place) {
            (Some(list), _) if list.age() > self.max_age => {
                let (list, max_age) = (&list.words, self.max_age);
                self.reporter.words(&Note::OldListOfGroups { list, max_age })
            }
            (None, Some(why)) => self.reporter.words(&Note::NoPlaceOfGroups { why }),
            _ => self.reporter.words(&Note::NoListOfGroups),
        }
    }

    /// Returns how many questions an import asks.
    fn questions_of(
        &self,
        GroupLookup { open, by, .. }: &GroupLookup<'_>,
        lists: &[GroupList],
        place: Option<&(String, String)>,
        may_list: &Result<(), NoFetch>,
    ) -> QuestionCount {
        let whole_list = || {
            let (organization, host) = place?;
            let store = SnapshotStore::open(self.access.state_dir()?, organization, host);
            Some(QuestionCount::of_list(&store, &ListQuery::Groups))
        };
        let whole_list = || whole_list().unwrap_or(QuestionCount::at_least(1));
        match by {
            AskBy::Name => {
                let mut all = QuestionCount::exactly(open.len() as u64);
                // For a group that does not exist, umbulk looks for similar names.
                if may_list.is_ok() && !open.is_empty() && !has_names(lists, self.max_age) {
                    let is_absent =
                        |group: &&NeededGroup| tells_absence(lists, group, self.max_age);
                    all += match open.iter().any(is_absent) {
                        true => whole_list(),
                        false => QuestionCount::at_least(0),
                    };
                }
                all
            }
            AskBy::List => whole_list(),
            AskBy::Nobody => QuestionCount::default(),
        }
    }

    /// Checks with lists, and asks the server about groups that they do not show. `earlier` is what
    /// an earlier start of each file has found: a resumed run treats every row as before, unless
    /// other imports from this computer have changed groups since.
    pub(crate) fn online(
        &self,
        server: &GroupServer<'_>,
        inputs: &mut [&mut InputFile],
        earlier: &[Option<EarlierCheck>],
    ) -> Result<CheckedGroups, ImportError> {
        // A file that is named must exist, whether or not it is needed.
        let groups_file = self.groups_file()?;
        if self.config.is_unchecked {
            return Ok(CheckedGroups::default());
        }
        let uses = uses(inputs)?;
        let is_continued = earlier.iter().any(Option::is_some);
        let mut checked = CheckedGroups { is_continued, ..CheckedGroups::default() };
        let holds =
            |found: &Option<EarlierCheck>| found.as_ref().is_some_and(|found| found.holds(&uses));
        if uses.needed().len() > 0 && !earlier.iter().all(holds) {
            checked.named = uses.needed().len();
            if uses.too_many {
                return Err(InputError::TooManyGroups { most: GroupUses::MOST }.into());
            }
            let place = (server.connection.organization.clone(), server.connection.host.clone());
            let lists = self.lists(Some(&place), groups_file)?;
            let closed = closed_groups(lists.iter().map(|list| &*list.organization));
            inputs.iter_mut().for_each(|input| input.closed_groups.clone_from(&closed));
            self.ask(server, &uses, &lists, &mut checked)?;
            let is_unknown = |group: &&NeededGroup| {
                checked.absent.names.contains_key(&group.name)
                    || checked.create.contains(&group.name)
                    || checked.unknown.contains(&group.name)
            };
            check_separators(inputs, uses.needed().filter(is_unknown))?;
            check_joined(inputs, &checked.joined)?;
        }
        checked.absent.looked_for = Some(uses.fingerprint());
        checked.absent.unchecked.clone_from(&checked.unknown);
        assign(inputs, &uses, &checked.absent, earlier);
        Ok(checked)
    }

    fn ask(
        &self,
        server: &GroupServer<'_>,
        uses: &GroupUses,
        lists: &[GroupList],
        checked: &mut CheckedGroups,
    ) -> Result<(), ImportError> {
        let GroupLookup { open, mut by, wait, free } = self.way(uses, lists, &may_list(server));
        if uses.needed().any(|group| shows(lists, group, FRESH)) {
            checked.by =
                fresh(lists).map(|list| list.words.as_str()).collect::<Vec<_>>().join(", ");
        }
        let mut found = ServerGroups::default();
        if by == AskBy::List {
            match self.fetch(server) {
                Ok(list) => {
                    found = ServerGroups::listed(&open, &list);
                    "the list of groups, fetched now".clone_into(&mut checked.by);
                }
                Err(error) => {
                    checked.why = self.reporter.words(&Note::Error(&error));
                    by = ask_by(open.len(), free, wait, ListAccess::Closed);
                }
            }
        }
        match by {
            AskBy::List => {}
            AskBy::Nobody => found.absent = unasked(&open, lists, checked),
            AskBy::Name if open.is_empty() => {}
            AskBy::Name => {
                let answers = self.questions(server, &open, wait, checked)?;
                found = ServerGroups::answered(&open, answers, checked);
            }
        }
        let ServerGroups { mut absent, mut there } = found;
        absent.extend(try_out(server, uses, checked));
        if by != AskBy::List && !absent.is_empty() {
            let fetch = |server: &GroupServer<'_>| self.fetch(server);
            match other_names(server, lists, (self.max_age, &checked.why), fetch) {
                Ok(names) => {
                    leave_contradicted(checked, &mut absent, &names);
                    there.extend(names);
                }
                Err(error) => checked.absent.no_names = self.reporter.words(&Note::Error(&error)),
            }
        }
        there.extend(
            uses.needed()
                .filter(|group| shows(lists, group, FRESH))
                .map(|group| group.name.clone()),
        );
        self.conclude(checked, &absent, lists, &there);
        Ok(())
    }

    /// Decides how to find out which groups exist. `may_list` says whether the list of groups may
    /// be requested.
    fn way<'u>(
        &self,
        uses: &'u GroupUses,
        lists: &[GroupList],
        may_list: &Result<(), NoFetch>,
    ) -> GroupLookup<'u> {
        let mut open: Vec<&NeededGroup> =
            uses.needed().filter(|group| !shows(lists, group, FRESH)).collect();
        let free = self.rate.map_or(FREE, |rate| rate.requests as usize);
        if open.len() > free {
            // For groups that it shows, an older list is better than a wait.
            open.retain(|group| !shows(lists, group, self.max_age));
        }
        let windows = u32::try_from(open.len().saturating_sub(1) / free.max(1)).unwrap_or(u32::MAX);
        let wait = self.rate.map_or(Duration::ZERO, |rate| rate.window.saturating_mul(windows));
        let list = if may_list.is_ok() { ListAccess::Open } else { ListAccess::Closed };
        GroupLookup { by: ask_by(open.len(), free, wait, list), open, wait, free }
    }

    fn questions(
        &self,
        server: &GroupServer<'_>,
        open: &[&NeededGroup],
        wait: Duration,
        checked: &mut CheckedGroups,
    ) -> Result<GroupAnswers, ImportError> {
        let client = &server.connection.client;
        if wait > Duration::ZERO {
            self.reporter.inform(&format!(
                "asking whether {} are there: about {}",
                count(open.len() as u64, "group"),
                crate::number::minutes(wait)
            ));
        }
        // Another run may have just used up the limit.
        let patience = wait + self.rate.map_or(Duration::ZERO, |rate| rate.window) + PATIENCE;
        let names = open.iter().map(|group| group.name.clone()).collect::<Vec<_>>();
        let answers = server.runtime.block_on(async {
            if let Err(error) = client.authenticate().await {
                return Ok(GroupAnswers {
                    unknown: names,
                    why: Some(error),
                    ..GroupAnswers::default()
                });
            }
            tokio::select! {
                answers = while_shown(
                    "asking for groups",
                    || client.stats().waiting,
                    self.reporter,
                    ask_groups(client, names, server.concurrency, patience),
                ) => Ok(answers),
                interruption = interruption(self.reporter) => Err(interruption),
            }
        })?;
        if let Some(error) = &answers.why {
            checked.why = self.reporter.words(&Note::Api(error));
            if answers.there.is_empty()
                && answers.absent.is_empty()
                && client.stats().read_requests == 0
            {
                checked.refused.clone_from(&answers.why);
            }
        }
        Ok(answers)
    }

    /// Fetches the current list of all groups, and stores it.
    pub(crate) fn fetch(&self, server: &GroupServer<'_>) -> Result<Organization, ImportError> {
        let connect = ConnectConfig {
            max_wait: server.connect.max_wait.min(LONGEST_PAUSE),
            ..server.connect.clone()
        };
        let list = full_list(ListKind::Groups, &connect, self.reporter)?;
        crate::import::lists::groups_of(&list)
    }

    /// Returns the list of groups that is named (`--groups-file`).
    fn groups_file(&self) -> Result<Option<Organization>, ImportError> {
        let open = |path| Lists::new(self.access, None).open(path, ListKind::Groups)?.groups();
        self.config.groups_file.as_ref().map(|path| open(path)).transpose()
    }

    /// Returns the available lists, the named ones first.
    fn lists(
        &self,
        place: Option<&(String, String)>,
        groups_file: Option<Organization>,
    ) -> Result<Vec<GroupList>, ImportError> {
        let store = place
            .zip(self.access.state_dir())
            .map(|((organization, host), state)| SnapshotStore::open(state, organization, host));
        let list = |mut organization: Organization,
                    words: String,
                    is_named: bool|
         -> io::Result<GroupList> {
            let since = store
                .as_ref()
                .map(|store| SentSince::read(store, organization.at, Timestamp::now(), &[]))
                .transpose()?
                .unwrap_or_default();
            let recently_changed =
                since.bring_into(&mut organization, ListedFacts::Groups)?.into_iter().collect();
            Ok(GroupList {
                organization: Arc::new(organization),
                words,
                is_named,
                recently_changed,
            })
        };
        let usable = |list: io::Result<GroupList>| {
            list.map_err(|error| {
                self.reporter.say(&format!("note: a list of groups is not used: {error}"));
            })
            .ok()
        };
        let mut lists = Vec::new();
        if let (Some(path), Some(organization)) = (&self.config.groups_file, groups_file) {
            let words = format!("{} of {}", path.display(), clock(organization.at));
            lists.extend(usable(list(organization, words, true)));
        }
        if let Some(organization) = &self.organization {
            let words = format!("{} of {}", organization.name, clock(organization.at));
            let recently_changed = self.recently_changed.iter().copied().collect();
            lists.push(GroupList {
                organization: organization.clone(),
                words,
                is_named: true,
                recently_changed,
            });
        }
        match store.as_ref().map(|store| store.latest(&ListQuery::Groups)) {
            Some(Ok(Some(stored))) => {
                let organization = crate::import::lists::groups_of(&stored)?;
                let words = format!("the snapshot of groups of {}", clock(organization.at));
                lists.extend(usable(list(organization, words, false)));
            }
            Some(Err(error)) => {
                self.reporter.say(&format!("note: the snapshot of groups cannot be used: {error}"));
            }
            Some(Ok(None)) | None => {}
        }
        Ok(lists)
    }

    /// Divides the missing groups into those that are created and those that make rows invalid,
    /// each with the name that may be meant.
    fn conclude(
        &self,
        checked: &mut CheckedGroups,
        absent: &[&NeededGroup],
        lists: &[GroupList],
        there: &[String],
    ) {
        let known = || {
            let listed = lists
                .iter()
                .flat_map(|list| list.organization.groups())
                .map(|group| group.name.as_str());
            listed.chain(there.iter().map(String::as_str))
        };
        checked.creation = self.create;
        for group in absent {
            let separator = separator_of_known(&group.name, known);
            checked.joined.extend(separator.map(|separator| (group.name.clone(), separator)));
            // An old list may still show it.
            let others = known().filter(|name| !same_name(name, &group.name));
            let near = nearest(others, &group.name);
            let shown = near.map_or_else(
                || format!("`{}`", group.name),
                |near| format!("`{}` (did you mean `{near}`?)", group.name),
            );
            if self.create != Creation::Off && group.creatable {
                checked.create.push(group.name.clone());
                checked.shown_created.push(shown);
                continue;
            }
            if !group.is_made_before {
                checked.is_creatable |= group.creatable;
                for file in &group.files {
                    checked.by_file.entry(*file).or_default().absent.push(shown.clone());
                }
                checked.shown.push(shown);
            }
            checked.absent.names.insert(group.name.clone(), near.map(ToOwned::to_owned));
        }
        // `Group 1` comes before `Group 10`.
        checked.shown.sort_by_cached_key(|shown| shown.replace('`', ""));
        for of_file in checked.by_file.values_mut() {
            of_file.absent.sort_by_cached_key(|shown| shown.replace('`', ""));
        }
        checked.create.sort();
        checked.shown_created.sort_by_cached_key(|shown| shown.replace('`', ""));
    }
}

/// How to find out which groups exist.
struct GroupLookup<'u> {
    /// The groups that no list shows.
    open: Vec<&'u NeededGroup>,
    by: AskBy,
    /// How long the responses to single questions take.
    wait: Duration,
    /// The number of questions that no limit delays.
    free: usize,
}
