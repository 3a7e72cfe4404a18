//! Asks the server how users and groups are: before an import, and before an undo.

use super::now::PresentGroup;
use super::record::group_key;
use super::user_name::UserName;
use crate::export::ListKind;
use crate::import::baseline::LoadedBaseline;
use crate::import::config::ConnectConfig;
use crate::import::error::ImportError;
use crate::import::existing_users::by_list;
use crate::import::full_list::full_list;
use crate::import::questions::Questions;
use crate::import::reporter::{ImportReporter, interruption};
use crate::number::{about, count};
use crate::organization::Organization;
use crate::plan::Workload;
use crate::umapi::{AccountKind, ApiError, CallClass, Client, Pace};
use jiff::Timestamp;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Duration;

/// The most users, and the most groups, that are asked about one by one. Above that, the list is
/// fetched.
pub(crate) const MOST_PROBED: usize = 200;

/// A list of this age is as good as questions about single users.
pub(crate) const JUST_NOW: Duration = Duration::from_secs(60);

/// The name of the users who were probed, for people.
pub(crate) const PROBED: &str = "the server's responses";

/// Asks about each of these users, by all their names.
///
/// # Errors
/// When the server does not answer, or the user interrupts it.
pub(crate) fn ask_about_users(
    people: &[Vec<UserName>],
    questions: Questions<'_>,
) -> Result<Organization, ImportError> {
    let number = people.len() as u64;
    if number == 0 {
        return Ok(Organization::of_probes(PROBED, Timestamp::now()));
    }
    let time = Workload::default()
        .behind(number)
        .time(&Pace::default(), &questions.client.pace(CallClass::Users))
        .filter(|time| *time >= Duration::from_secs(1));
    questions.reporter.inform(&format!(
        "note: umbulk first asks the server about {}{}",
        count(number, "person"),
        time.map_or_else(String::new, |time| format!(", {}", about(time)))
    ));
    questions.ask("asking for existing users", async {
        tokio::select! {
            asked = probe(people, questions.client) => asked.map_err(ImportError::from),
            interruption = interruption(questions.reporter) => Err(interruption),
        }
    })
}

async fn probe(people: &[Vec<UserName>], client: &Client) -> Result<Organization, ApiError> {
    let mut organization = Organization::of_probes(PROBED, Timestamp::now());
    let mut asked = HashSet::new();
    for name in people.iter().flatten().filter(|name| asked.insert(name.key())) {
        let mut is_there = false;
        if name.account == AccountKind::Adobe
            && let Some(user) = client.user(&name.user, Some("AdobeID")).await?
        {
            organization.add(&user.listed());
            is_there = true;
        }
        match client.user(&name.user, name.domain.as_deref()).await? {
            Some(user) => {
                organization.add(&user.listed());
            }
            None if is_there => {}
            None => organization.add_absent(&name.user, name.domain.as_deref()),
        }
    }
    Ok(organization)
}

/// What must be known about groups.
#[derive(Debug, Default)]
pub(crate) struct AskedGroups<'g> {
    /// Whether they exist, and who is in them.
    pub(crate) members: BTreeSet<&'g str>,
    /// Only whether they exist.
    pub(crate) exist: BTreeSet<&'g str>,
}

/// Asks about these groups. Those beyond a limit are left out: nothing is known about them.
///
/// # Errors
/// When the server does not answer, or the user interrupts it.
pub(crate) fn ask_about_groups(
    groups: &AskedGroups<'_>,
    questions: Questions<'_>,
) -> Result<BTreeMap<String, PresentGroup>, ImportError> {
    if groups.members.is_empty() && groups.exist.is_empty() {
        return Ok(BTreeMap::new());
    }
    questions.ask("asking for existing groups", async {
        tokio::select! {
            asked = probe_groups(groups, questions.client) => asked.map_err(ImportError::from),
            interruption = interruption(questions.reporter) => Err(interruption),
        }
    })
}

async fn probe_groups(
    groups: &AskedGroups<'_>,
    client: &Client,
) -> Result<BTreeMap<String, PresentGroup>, ApiError> {
    let mut found = BTreeMap::new();
    for name in groups.members.iter().take(MOST_PROBED) {
        let group = match client.members(name).await {
            Ok(members) => PresentGroup::With(members),
            Err(ApiError::NoSuchGroup(_)) => PresentGroup::Absent,
            Err(error) => return Err(error),
        };
        found.insert(group_key(name), group);
    }
    for name in groups.exist.iter().take(MOST_PROBED) {
        if let Entry::Vacant(unknown) = found.entry(group_key(name)) {
            unknown.insert(match client.group_exists(name).await? {
                true => PresentGroup::Exists,
                false => PresentGroup::Absent,
            });
        }
    }
    Ok(found)
}

/// Returns the list of all users, with what was sent from this computer since. A list that was
/// fetched within two hours is not fetched again.
///
/// # Errors
/// When it cannot be fetched.
pub(crate) fn whole_list(
    connect: &ConnectConfig,
    reporter: &dyn ImportReporter,
) -> Result<LoadedBaseline, ImportError> {
    let users = full_list(ListKind::Users, connect, reporter)?;
    by_list(&connect.access, &users, &[])
}
