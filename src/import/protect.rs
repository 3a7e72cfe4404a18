//! Completes the list of protected names (`--protect`) before any row is judged: by a list of the
//! organization, by what the rows of all files say, and by asking the server who is in a group and
//! what other names somebody has.

use crate::execute::{GroupRemovals, InputRows, Protected, ProtectedPerson, links, takings};
use crate::import::baseline::{FRESH, age};
use crate::import::error::{ImportError, api_words};
use crate::import::input_file::InputFile;
use crate::import::questions::Questions;
use crate::import::reporter::ImportReporter;
use crate::number::{count, form};
use crate::organization::{Coverage, Organization};
use crate::reconcile::UserSpelling;
use crate::umapi::{ApiError, ApiUser, GroupMember};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Whom to ask who is in a group.
pub(crate) enum MemberServer<'s> {
    /// The API.
    Api(Questions<'s>),
    /// Nobody: a rehearsal, or a command that works offline. What the person can do instead.
    Nobody(&'static str),
    /// Nobody, and nothing is said: no row is judged.
    Unasked,
}

/// Where a list of the organization can be named.
pub(crate) const NAME_A_LIST: &str = "use --against FILE with an exported list of users";
/// Where it cannot.
pub(crate) const IMPORT_ASKS: &str = "`umbulk import` asks the server";

/// So many groups that rows delete are asked about, at most: each is a question, and 25 fit in a
/// minute.
const MOST_GROUPS: usize = 100;

/// At most so many protected people are asked about.
const MOST_PEOPLE: usize = 100;

/// Tells all inputs of a command which names are protected.
///
/// `connect` is called where the server must be asked.
pub(crate) fn complete<'s>(
    inputs: &mut [&mut InputFile],
    organization: Option<&Organization>,
    exact_groups: bool,
    reporter: &dyn ImportReporter,
    connect: impl FnOnce() -> Result<MemberServer<'s>, ImportError>,
) -> Result<(), ImportError> {
    let Some(mut protected) = inputs
        .first()
        .map(|input| Protected::clone(&input.protected))
        .filter(|list| !list.is_empty())
    else {
        return Ok(());
    };
    let all_input_rows: Vec<_> = inputs.iter().map(|input| input.input_rows()).collect();
    let unknown = unknown(&protected, &all_input_rows, organization, exact_groups)?;
    if unknown.questions() > 0 {
        ask(&mut protected, &unknown, &connect()?, reporter)?;
    }
    let links = links(&all_input_rows, |name| protected.has_name(name))?;
    protected.extend(organization, &links);
    let protected = Arc::new(protected);
    for input in inputs {
        input.protected = Arc::clone(&protected);
    }
    Ok(())
}

/// How many questions an import of these files asks about groups with protected members, and about
/// protected people, with this list or none. (One page answers each of them, unless a group is
/// large.)
pub(crate) fn questions(
    inputs: &[InputFile],
    organization: Option<&Organization>,
    exact_groups: bool,
) -> Result<u64, ImportError> {
    let Some(protected) =
        inputs.first().map(|input| &input.protected).filter(|list| !list.is_empty())
    else {
        return Ok(0);
    };
    let all_input_rows: Vec<_> = inputs.iter().map(InputFile::input_rows).collect();
    Ok(unknown(protected, &all_input_rows, organization, exact_groups)?.questions())
}

/// Groups of which nobody knows who is in them, and people of whom nobody knows what other names
/// they have.
#[derive(Default)]
struct Unknown {
    /// Lines of the list of protected names, and their groups.
    groups: Vec<(u32, String)>,
    /// Groups that rows delete.
    deleted: Vec<String>,
    people: Vec<ProtectedPerson>,
    /// Usernames that are not asked about, for they are too many.
    unasked: u64,
}

impl Unknown {
    fn questions(&self) -> u64 {
        (self.groups.len() + self.deleted.len() + self.people.len()) as u64
    }

    /// What it is about, in words.
    fn in_words(&self) -> String {
        let named = self.groups.iter().map(|(_, group)| format!("`members:{group}`"));
        let deleted =
            (!self.deleted.is_empty()).then(|| count(self.deleted.len() as u64, "deleted group"));
        let groups: Vec<String> = named.chain(deleted).collect();
        let of_groups =
            (!groups.is_empty()).then(|| format!("the members of {}", groups.join(", ")));
        let of_people = (!self.people.is_empty())
            .then(|| format!("other names of {}", count(lines(&self.people), "protected name")));
        of_groups.into_iter().chain(of_people).collect::<Vec<_>>().join(" and ")
    }
}

/// On how many lines of the list these people are.
fn lines(people: &[ProtectedPerson]) -> u64 {
    people.iter().map(|person| person.line).collect::<BTreeSet<_>>().len() as u64
}

/// What must be known of groups and people: nothing, where the rows take nothing away.
fn unknown(
    protected: &Protected,
    all_input_rows: &[InputRows<'_>],
    organization: Option<&Organization>,
    exact_groups: bool,
) -> Result<Unknown, ImportError> {
    let takings = takings(all_input_rows)?;
    if takings.rows == 0 && !exact_groups {
        return Ok(Unknown::default());
    }
    let list = organization
        .filter(|all| all.shows(Coverage::DIRECT | Coverage::MEMBERSHIPS) && age(all) < FRESH);
    let deleted = if list.is_some() { Vec::new() } else { deleted_groups(&takings)? };
    let groups = unknown_members(protected, list);
    let tells_names = organization.is_some_and(|all| {
        all.shows(Coverage::EVERYBODY | Coverage::EMAILS | Coverage::USERNAMES) && age(all) < FRESH
    });
    if tells_names {
        return Ok(Unknown { groups, deleted, ..Unknown::default() });
    }
    let (mut people, mut usernames) =
        protected.people_to_ask(takings.by_username, &takings.email_domains, MOST_PEOPLE);
    if people.len() > MOST_PEOPLE {
        return Err(ImportError(format!(
            "--protect: rows take something away from people whom they name by username, and the \
             list of protected names has more than {MOST_PEOPLE} email addresses, too many to ask \
             the server for their usernames: nothing was sent. Use --online, or --against FILE \
             with an exported list of users"
        )));
    }
    // Most names without @ are groups: what is left of them is compared with the rows alone.
    let unasked = usernames.split_off(usernames.len().min(MOST_PEOPLE - people.len()));
    people.extend(usernames);
    Ok(Unknown { groups, deleted, people, unasked: lines(&unasked) })
}

/// The groups whose members are protected and of which a list does not tell.
fn unknown_members(protected: &Protected, list: Option<&Organization>) -> Vec<(u32, String)> {
    let tells = |group: &str| {
        list.is_some_and(|all| all.coverage.shows_membership(group) && all.group(group).is_some())
    };
    protected
        .groups_with_protected_members()
        .iter()
        .filter(|(_, group)| !tells(group))
        .cloned()
        .collect()
}

/// The groups that rows delete: a protected member would lose the membership.
fn deleted_groups(takings: &GroupRemovals) -> Result<Vec<String>, ImportError> {
    let deleted = takings.deleted_groups(MOST_GROUPS);
    if deleted.len() > MOST_GROUPS {
        return Err(ImportError(format!(
            "--protect: the rows delete more than {MOST_GROUPS} groups, too many to ask the \
             server for their members: nothing was sent. Use --online, or --against FILE with an \
             exported list of users"
        )));
    }
    Ok(deleted)
}

/// Asks the server who is in these groups. Where that cannot be known, nothing is sent.
fn ask(
    protected: &mut Protected,
    unknown: &Unknown,
    server: &MemberServer<'_>,
    reporter: &dyn ImportReporter,
) -> Result<(), ImportError> {
    let questions = match server {
        MemberServer::Api(questions) => questions,
        MemberServer::Unasked => return Ok(()),
        MemberServer::Nobody(instead) => {
            let about = unknown.in_words();
            let note = format!("note: --protect: {about} are not checked here; {instead}");
            reporter.say(&note);
            return Ok(());
        }
    };
    let members = |group: &str| {
        questions.ask("asking for protected members", questions.client.members(group))
    };
    let failed = |what: &str, error: &ApiError| {
        ImportError(format!(
            "--protect: {what} could not be fetched ({}): nothing was sent. Try again later, or \
             use --against FILE with an exported list of users",
            api_words(error)
        ))
    };
    let no_members = |group: &str, error| failed(&format!("the members of `{group}`"), error);
    for (line, group) in &unknown.groups {
        match members(group) {
            Ok(members) => members
                .iter()
                .for_each(|member| protected.protect_person(*line, &spellings(member))),
            Err(error @ ApiError::NoSuchGroup(_)) => {
                return Err(ImportError(format!(
                    "--protect: members:{group}: {error}. Nothing was sent"
                )));
            }
            Err(error) => return Err(no_members(group, &error)),
        }
    }
    for group in &unknown.deleted {
        match members(group) {
            Ok(members) => {
                members.iter().for_each(|member| protected.note_member(group, &spellings(member)));
            }
            // The rows create or rename it first.
            Err(ApiError::NoSuchGroup(_)) => {}
            Err(error) => return Err(no_members(group, &error)),
        }
    }
    for ProtectedPerson { line, name, domain } in &unknown.people {
        let user = questions.client.user(name, domain.as_deref());
        match questions.ask("asking for other names of protected people", user) {
            Ok(user) => {
                user.iter().for_each(|user| protected.protect_person(*line, &names_of(user)));
            }
            Err(error) => return Err(failed(&format!("the user `{name}`"), &error)),
        }
    }
    if unknown.unasked > 0 {
        let names = count(unknown.unasked, "name");
        let are = form(unknown.unasked, "is a username", "are usernames");
        reporter.say(&format!(
            "note: --protect: the server is not asked whether {names} without @ {are}, and of \
             whom; use --online, or --against FILE with an exported list of users"
        ));
    }
    Ok(())
}

/// The names of a user.
fn names_of(user: &ApiUser) -> Vec<UserSpelling> {
    let member = GroupMember {
        email: user.email.clone().unwrap_or_default(),
        username: user.username.clone().unwrap_or_default(),
        domain: user.domain.clone().unwrap_or_default(),
    };
    spellings(&member)
}

/// The names of a member.
fn spellings(GroupMember { email, username, domain }: &GroupMember) -> Vec<UserSpelling> {
    [(email.clone(), String::new()), (username.clone(), domain.clone())]
        .into_iter()
        .filter(|(name, _)| !name.is_empty())
        .collect()
}
