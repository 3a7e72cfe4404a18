//! Asks the server about the people of rows that are sent, unless the list was just fetched: that
//! is allowed once in two hours, and meanwhile somebody may have left.
//!
//! Nobody asks about the people of unchanged rows. Nothing is sent for these rows, whatever has
//! changed, and their results name the list that they match.

use super::plan::SavedPlan;
use crate::change::{Change, IfExists, UserChange};
use crate::clock::{self, wall_clock, with_wall_clock};
use crate::execute::Skip;
use crate::import::baseline::{FRESH, LoadedBaseline};
use crate::import::error::ImportError;
use crate::import::existing_users::MOST_QUESTIONS;
use crate::import::file_run::FileRun;
use crate::import::reporter::interruption;
use crate::import::session::ImportSession;
use crate::number::{count, count_thousands, form};
use crate::organization::{OrgUser, Organization};
use crate::umapi::{ApiError, ApiUser, Client};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// With more rows than this, nobody is asked about.
const MOST_ROWS: u64 = 1000;

/// A list of at most this age shows how people are now.
const FETCHED_NOW: SignedDuration = SignedDuration::from_secs(60);

/// What the list says about the user of a row.
struct ListedPerson {
    user: String,
    domain: Option<String>,
    /// The first and last name, if the row changes names; `None` if the user is not in the list.
    names: Option<Option<(String, String)>>,
}

/// Describes who is no longer as the list of the plan shows.
pub(super) fn changed_people(
    session: ImportSession<'_>,
    plan: &SavedPlan,
    runs: &[FileRun],
    list: Option<&LoadedBaseline>,
) -> Result<Vec<String>, ImportError> {
    let Some(list) = list.filter(|list| list.list.is_some()) else { return Ok(Vec::new()) };
    let organization = &*list.organization;
    // What an interrupted application has done is no change by others.
    if is_fetched_now(organization.at, plan.at) || runs.iter().any(|run| run.input.noted.is_some())
    {
        return Ok(Vec::new());
    }
    let rows: u64 = runs.iter().map(|run| run.scan.counts.sendable).sum();
    let people = match rows > MOST_ROWS {
        true => Vec::new(),
        false => people(runs, organization)?,
    };
    let list = with_wall_clock(&organization.as_of());
    if rows > MOST_ROWS || people.len() > MOST_QUESTIONS {
        let rows = count_thousands(rows, "row");
        let next = organization.at + FRESH;
        let new_list = match next > clock::now() {
            true => {
                let next = wall_clock(next, "%a %d %b %H:%M");
                format!(". From {next} on, umbulk can fetch a new list")
            }
            false => String::new(),
        };
        session.reporter.inform(&format!(
            "note: {rows} to send, compared with {list}: what others have changed since does not \
             show{new_list}"
        ));
        return Ok(Vec::new());
    }
    if people.is_empty() {
        return Ok(Vec::new());
    }
    let number = count(people.len() as u64, "person");
    let unchanged = match runs.iter().map(|run| run.scan.counts.unchanged).sum() {
        0 => String::new(),
        rows => format!(
            ". {} {} not asked about",
            count_thousands(rows, "unchanged row"),
            form(rows, "is", "are")
        ),
    };
    session.reporter.inform(&format!(
        "note: asking the server whether {number} in rows to send changed since {list}{unchanged}"
    ));
    let client = session.questions().client;
    session.questions().ask("asking about the people of the plan", async {
        tokio::select! {
            asked = ask(&people, client) => Ok(asked?),
            interruption = interruption(session.reporter) => Err(interruption),
        }
    })
}

/// Whether a list that was fetched then shows how people are now, and was fetched after the plan
/// was saved.
fn is_fetched_now(at: Timestamp, plan_at: Timestamp) -> bool {
    at > plan_at && clock::now().duration_since(at) < FETCHED_NOW
}

/// Returns the users of the rows that are sent, as the list shows them.
fn people(runs: &[FileRun], organization: &Organization) -> Result<Vec<ListedPerson>, ImportError> {
    let mut people = BTreeMap::new();
    let mut add = |user: &UserChange<'_>| {
        let Some(person) = ListedPerson::of(user, organization) else { return };
        let domain = person.domain.as_deref().unwrap_or_default().to_lowercase();
        match people.entry((user.user.to_lowercase(), domain)) {
            Entry::Vacant(entry) => _ = entry.insert(person),
            // One of the rows of a user may change names.
            Entry::Occupied(mut entry) => {
                let known: &mut ListedPerson = entry.get_mut();
                if known.names == Some(None) {
                    known.names = person.names;
                }
            }
        }
    };
    for run in runs {
        run.input.each_change(|change: Result<Change<'_>, Skip>| match change {
            Ok(Change::User(user)) => add(&user),
            Ok(Change::Group(group)) => {
                // A username without its domain may be that of several users.
                let members = group.add_users.iter().chain(&group.remove_users);
                for member in members.filter(|member| member.contains('@')) {
                    add(&UserChange { user: member.clone(), ..UserChange::default() });
                }
            }
            Err(_) => {}
        })?;
    }
    Ok(people.into_values().collect())
}

impl ListedPerson {
    /// Returns the user of a row; `None` if the list does not say who that is.
    fn of(user: &UserChange<'_>, organization: &Organization) -> Option<Self> {
        let creates = user.create.as_ref();
        let renames = user.update.is_some()
            || creates.is_some_and(|create| create.if_exists == IfExists::Update);
        let names = |person: OrgUser<'_>| {
            (renames && person.has_names())
                .then(|| (person.firstname().to_owned(), person.lastname().to_owned()))
        };
        let domain = match user.adobe_id {
            true => Some("AdobeID"),
            false => user.domain.as_deref(),
        };
        let listed = organization.user(user.user_ref());
        let is_told = listed.is_some() || organization.is_absent(user.user_ref());
        is_told.then(|| Self {
            user: user.user.to_string(),
            domain: domain.map(ToOwned::to_owned),
            names: listed.map(names),
        })
    }

    /// Describes what is different now; `None` if nothing is.
    fn difference(&self, now: Option<&ApiUser>) -> Option<String> {
        let user = &self.user;
        // A list does not show disabled accounts.
        let is_active = |now: &&ApiUser| now.status.as_deref() != Some("disabled");
        match (&self.names, now.filter(is_active)) {
            (Some(_), None) => {
                Some(format!("{user}: in the list, but not in the organization now"))
            }
            (None, Some(_)) => {
                Some(format!("{user}: not in the list, but in the organization now"))
            }
            (Some(Some((first, last))), Some(now)) => {
                let now_first = now.firstname.as_deref().unwrap_or_default();
                let now_last = now.lastname.as_deref().unwrap_or_default();
                (now_first != first || now_last != last).then(|| {
                    format!("{user}: `{first} {last}` in the list, `{now_first} {now_last}` now")
                })
            }
            (Some(None), Some(_)) | (None, None) => None,
        }
    }
}

/// Asks about each of these people, and describes who is different now.
async fn ask(people: &[ListedPerson], client: &Client) -> Result<Vec<String>, ApiError> {
    let mut changed = Vec::new();
    for person in people {
        let now = client.user(&person.user, person.domain.as_deref()).await?;
        changed.extend(person.difference(now.as_ref()));
    }
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::time::advance;

    /// A list that the import has fetched itself needs no questions, unless the rows took long.
    #[tokio::test(start_paused = true)]
    async fn list_that_was_fetched_for_the_import_counts_as_now_for_a_minute() {
        let _clock = clock::simulated::begin();
        let plan_at = clock::now();
        assert!(!is_fetched_now(plan_at, plan_at), "the list of the plan is used again");
        advance(Duration::from_secs(3600)).await;
        let at = clock::now();
        assert!(is_fetched_now(at, plan_at));
        advance(Duration::from_secs(59)).await;
        assert!(is_fetched_now(at, plan_at));
        assert!(!is_fetched_now(at, at), "the plan was saved after it");
        advance(Duration::from_secs(1)).await;
        assert!(!is_fetched_now(at, plan_at), "somebody may have left in a minute");
    }
}
