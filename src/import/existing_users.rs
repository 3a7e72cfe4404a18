//! Finds the users of exported lists if the user has asked for no comparison, because an edited
//! cell that is not applied must still be reported.
//!
//! A recent snapshot shows them; otherwise the server does. All rows are sent as they are,
//! except those whose id and address do not belong together.

use crate::change::Change;
use crate::execute::{each_loss, updates_adobe_ids};
use crate::export::ListKind;
use crate::import::access::Access;
use crate::import::baseline::{FRESH, LoadedBaseline, SendPolicy, age, compare, snapshot_baseline};
use crate::import::config::{ImportConfig, KnownConfig};
use crate::import::connection::Connection;
use crate::import::error::ImportError;
use crate::import::first_questions::MOST_PROBES;
use crate::import::full_list::full_list;
use crate::import::input_file::InputFile;
use crate::import::list_error::OrgListError;
use crate::import::note::Note;
use crate::import::question_count::QuestionCount;
use crate::import::questions::Questions;
use crate::import::reporter::{ImportReporter, interruption};
use crate::number::count;
use crate::organization::Organization;
use crate::reconcile::NearNames;
use crate::snapshot::{SentSince, Snapshot, SnapshotStore};
use crate::table::RowBuffer;
use crate::umapi::{ApiError, Client, ListQuery};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// The most users who are probed one by one: the server takes 25 such questions per minute.
pub(crate) const MOST_QUESTIONS: usize = 50;

/// A compressed list above this size is read only if rows need it.
const SMALL: u64 = 16 << 20;

/// Returns the snapshot of the organization, if it is recent. A large one is read only if an
/// input is an exported list. `own` are the runs that this command continues.
pub(crate) fn stored(
    access: &Access,
    max_age: Duration,
    (inputs, own): (&[InputFile], &[String]),
    reporter: &dyn ImportReporter,
) -> Option<LoadedBaseline> {
    let (organization, host) = Connection::place(access).ok()?;
    let store = SnapshotStore::open(access.state_dir()?, &organization, &host);
    let users = store.latest(&ListQuery::Users { domain: None, direct: true }).ok()??;
    let age = Duration::try_from(Timestamp::now().duration_since(users.at)).ok()?;
    if age > max_age {
        return None;
    }
    let is_needed = inputs.iter().any(|input| input.has_ids);
    let size = std::fs::metadata(&users.path).ok()?.len();
    if !is_needed && size > SMALL {
        let large = Note::LargeList { organization: &organization, megabytes: size >> 20 };
        reporter.say(&reporter.words(&large));
        return None;
    }
    by_list(access, &users, own).ok()
}

/// Whether rows remove something from more users than the server is asked about, while a fresh list
/// shows who exists.
pub(crate) fn many_leave(
    input: &InputFile,
    stored_baseline: &LoadedBaseline,
) -> Result<bool, ImportError> {
    let mut people = 0;
    if age(&stored_baseline.organization) < FRESH {
        each_loss(&[input.input_rows()], |row| people += usize::from(row.loss.is_of_a_person()))?;
    }
    Ok(people > MOST_PROBES)
}

/// Whether the file may be an exported list that is imported again.
pub(crate) fn may_be_exported(input: &InputFile) -> bool {
    input.has_ids || input.table.has_columns_of_export()
}

/// Compares inputs with a snapshot that shows what must be known before they are sent: exported
/// lists, updates of Adobe IDs, and files with many removals.
pub(crate) fn compare_with_stored(
    inputs: &mut [InputFile],
    stored_baseline: &LoadedBaseline,
    config: &KnownConfig,
    reporter: &dyn ImportReporter,
) -> Result<(), ImportError> {
    let are_compared = are_compared(inputs, stored_baseline)?;
    let wanted = inputs.iter_mut().zip(are_compared).filter(|(_, is_compared)| *is_compared);
    let mut wanted: Vec<&mut InputFile> = wanted.map(|(input, _)| input).collect();
    if wanted.is_empty() {
        return Ok(());
    }
    compare(&mut wanted, stored_baseline, config, SendPolicy::Everything, reporter).map(|_| ())
}

/// Shows what a snapshot says about every row. It decides about a row only what an import decides
/// by [`compare_with_stored`].
pub(crate) fn show_stored(
    inputs: &mut [InputFile],
    stored_baseline: &LoadedBaseline,
    config: &KnownConfig,
    reporter: &dyn ImportReporter,
) -> Result<(), ImportError> {
    let are_compared = are_compared(inputs, stored_baseline)?;
    let mut all: Vec<&mut InputFile> = inputs.iter_mut().collect();
    compare(&mut all, stored_baseline, config, SendPolicy::Everything, reporter)?;
    for (input, is_compared) in inputs.iter_mut().zip(are_compared) {
        input.baseline.iter_mut().for_each(|known| known.only_shows = !is_compared);
    }
    Ok(())
}

/// Returns for each input whether it is compared with a snapshot without being asked for.
fn are_compared(
    inputs: &[InputFile],
    stored_baseline: &LoadedBaseline,
) -> Result<Vec<bool>, ImportError> {
    // With several files, an earlier one may create users from whom a later one removes something.
    let is_alone = inputs.len() == 1;
    let is_compared = |input: &InputFile| {
        Ok(may_be_exported(input)
            || is_alone && many_leave(input, stored_baseline)?
            || updates_adobe_ids(&input.input_rows(), &stored_baseline.organization)?)
    };
    inputs.iter().map(is_compared).collect()
}

/// Returns the names that may be meant by a name that nobody has, from the list in use, or else
/// from a snapshot of any age.
pub(crate) fn near_names(config: &ImportConfig, list: Option<&LoadedBaseline>) -> NearNames {
    if let Some(list) = list {
        let organization = list.organization.clone();
        return NearNames::new(move || Some(organization.clone()));
    }
    if config.sandbox {
        return NearNames::default();
    }
    let access = config.connect.access.clone();
    NearNames::new(move || {
        let (organization, host) = Connection::place(&access).ok()?;
        let store = SnapshotStore::open(access.state_dir()?, &organization, &host);
        let users = store.latest(&ListQuery::Users { domain: None, direct: true }).ok()??;
        // Without the record of imports since then, the names in the list are enough.
        let loaded_baseline = by_list(&access, &users, &[])
            .or_else(|_| snapshot_baseline(&users, None, None))
            .ok()?;
        Some(loaded_baseline.organization)
    })
}

/// Returns the organization of a snapshot, with what other runs than `own` have sent from this
/// computer since. What the rows of a run were sent for is no change by others.
pub(crate) fn by_list(
    access: &Access,
    users: &Snapshot,
    own: &[String],
) -> Result<LoadedBaseline, ImportError> {
    let (organization, host) = Connection::place(access)?;
    let state = access.state_dir().ok_or(OrgListError::NoFolder)?;
    let store = SnapshotStore::open(state, &organization, &host);
    let since = SentSince::read(&store, users.at, Timestamp::now(), own)?;
    let mut loaded_baseline =
        snapshot_baseline(users, store.latest(&ListQuery::Groups)?.as_ref(), None)?;
    loaded_baseline.bring_in(&since)?;
    Ok(loaded_baseline)
}

/// How to ask the server about users.
pub(crate) struct UserLookup<'a> {
    pub(crate) config: &'a ImportConfig,
    pub(crate) reporter: &'a dyn ImportReporter,
    pub(crate) questions: Questions<'a>,
}

/// Finds out which users of exported lists exist, if that is unknown: with a question about each
/// user if there are few, otherwise with the list of users. The address of a row with an id may
/// have been edited, so nothing is sent before it is known that a user has the address.
pub(crate) fn ask<'i>(
    inputs: impl Iterator<Item = &'i mut InputFile>,
    lookup: &UserLookup<'_>,
) -> Result<Option<LoadedBaseline>, ImportError> {
    let mut listed: Option<LoadedBaseline> = None;
    for input in inputs.filter(|input| input.baseline.is_none() && input.has_ids) {
        let people = people(input)?;
        if people.as_ref().is_some_and(BTreeSet::is_empty) {
            continue;
        }
        let answers = match &people {
            Some(people) => Some(lookup.by_questions(input, people)?),
            None => None,
        };
        // If nobody has an address, only the ids of all users show whether it was edited.
        let asked;
        let loaded_baseline = match answers.filter(|all| !all.organization.misses_somebody()) {
            Some(answers) => {
                asked = answers;
                &asked
            }
            None => match &mut listed {
                Some(listed) => listed,
                none => {
                    let why = match people {
                        None => format!("more than {MOST_QUESTIONS} people"),
                        Some(_) => "people, and some of them do not exist".to_owned(),
                    };
                    none.insert(lookup.by_list(input, &why)?)
                }
            },
        };
        let known = &lookup.config.known;
        compare(&mut [input], loaded_baseline, known, SendPolicy::Everything, lookup.reporter)?;
    }
    Ok(listed)
}

impl UserLookup<'_> {
    /// Asks the server about each of these people.
    fn by_questions(
        &self,
        input: &InputFile,
        people: &BTreeSet<Vec<LookupName>>,
    ) -> Result<LoadedBaseline, ImportError> {
        self.reporter.inform(&format!(
            "note: {} is an exported list: umbulk first asks the server about {}",
            input.table.name(),
            count(people.len() as u64, "person")
        ));
        let organization = self.questions.ask("asking for existing users", async {
            tokio::select! {
                asked = by_questions(people, self.questions.client) => {
                    asked.map_err(|error| match error {
                        error @ ApiError::Credentials(_) => error.into(),
                        error => refusal(input, error.into()),
                    })
                }
                interruption = interruption(self.reporter) => Err(interruption),
            }
        })?;
        Ok(LoadedBaseline {
            organization: Arc::new(organization),
            list: None,
            groups: None,
            recently_changed: Vec::new(),
            changed_since: Vec::new(),
            tells_absence: true,
            notes: None,
        })
    }

    /// Fetches the list of users. `why` says what the input is a list of.
    fn by_list(&self, input: &InputFile, why: &str) -> Result<LoadedBaseline, ImportError> {
        self.reporter.inform(&format!(
            "note: {} is an exported list of {why}: the list of users is fetched first",
            input.table.name()
        ));
        let connect = &self.config.connect;
        let users = full_list(ListKind::Users, connect, self.reporter)
            .map_err(|error| refusal(input, error))?;
        by_list(&connect.access, &users, &[])
    }
}

/// Returns why an exported list is not imported without answers of the server.
fn refusal(input: &InputFile, error: ImportError) -> ImportError {
    ImportError::ExportedListUnasked { file: input.table.name().to_owned(), error: Box::new(error) }
}

/// Returns how many questions an import asks about an exported list, if nothing is known about it.
/// If a user is not found by the name in the list, the list of users is fetched as well.
pub(crate) fn questions(input: &InputFile, access: &Access) -> Result<QuestionCount, ImportError> {
    if !input.has_ids {
        return Ok(QuestionCount::default());
    }
    let whole_list = || {
        let (organization, host) = Connection::place(access).ok()?;
        let store = SnapshotStore::open(access.state_dir()?, &organization, &host);
        let users = ListQuery::Users { domain: None, direct: true };
        Some(QuestionCount::of_list(&store, &users))
    };
    let each = |names: &Vec<LookupName>| {
        if matches!(names.as_slice(), [(_, Some(_)), ..]) { 2 } else { 1 }
    };
    Ok(match people(input)? {
        None => whole_list().unwrap_or(QuestionCount::at_least(1)),
        Some(people) if people.is_empty() => QuestionCount::default(),
        Some(people) => QuestionCount::at_least(people.iter().map(each).sum()),
    })
}

/// A name by which a user may be found: email or username, and domain.
type LookupName = (String, Option<String>);

/// Returns the names of each user whom a row of the list would create; `None` if there are too many
/// to ask about.
fn people(input: &InputFile) -> Result<Option<BTreeSet<Vec<LookupName>>>, ImportError> {
    let input_rows = input.input_rows();
    let mut buffer = RowBuffer::default();
    let mut people = BTreeSet::new();
    for block in input.table.blocks() {
        let block = block?;
        for index in 0..block.len() {
            let Some(Ok(Change::User(user))) =
                input_rows.evaluate_detailed(&block, index, &mut buffer)
            else {
                continue;
            };
            let Some(create) = &user.create else { continue };
            let adobe = user.adobe_id.then(|| "AdobeID".to_owned());
            let mut names = vec![(create.email.to_string(), adobe)];
            if user.user != create.email {
                names.push((user.user.to_string(), user.domain.as_ref().map(ToString::to_string)));
            }
            people.insert(names);
            if people.len() > MOST_QUESTIONS {
                return Ok(None);
            }
        }
    }
    Ok(Some(people))
}

/// Asks about all users by each name until one is found.
async fn by_questions(
    people: &BTreeSet<Vec<LookupName>>,
    client: &Client,
) -> Result<Organization, ApiError> {
    let mut organization = Organization::of_probes("the server's response", Timestamp::now());
    for names in people {
        for (name, domain) in names {
            match client.user(name, domain.as_deref()).await? {
                Some(user) => {
                    organization.add(&user.listed());
                    break;
                }
                None => organization.add_absent(name, domain.as_deref()),
            }
        }
        // With another identity type, the row means another account than the existing one.
        if let [(email, Some(_)), ..] = names.as_slice()
            && let Some(user) = client.user(email, None).await?
        {
            organization.add(&user.listed());
        }
    }
    Ok(organization)
}
