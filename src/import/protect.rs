//! Completes the list of protected names (`--protect`) before any row is judged: by a list of the
//! organization, by what the rows of all files say, and by asking the server who is in a group.

use crate::execute::{GroupRemovals, InputRows, Protected, links, takings};
use crate::import::baseline::{FRESH, age};
use crate::import::error::ImportError;
use crate::import::input_file::InputFile;
use crate::import::questions::Questions;
use crate::import::reporter::ImportReporter;
use crate::number::count;
use crate::organization::{Coverage, Organization};
use crate::reconcile::UserSpelling;
use crate::umapi::{ApiError, GroupMember};
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
    let Unknown { groups, deleted } =
        unknown(&protected, &all_input_rows, organization, exact_groups)?;
    if !groups.is_empty() || !deleted.is_empty() {
        ask(&mut protected, &groups, &deleted, &connect()?, reporter)?;
    }
    let links = links(&all_input_rows, |name| protected.has_name(name))?;
    protected.extend(organization, &links);
    let protected = Arc::new(protected);
    for input in inputs {
        input.protected = Arc::clone(&protected);
    }
    Ok(())
}

/// How many questions an import of these files asks about groups with protected members, with this
/// list or none. (One page answers each of them, unless the group is large.)
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
    let Unknown { groups, deleted } =
        unknown(protected, &all_input_rows, organization, exact_groups)?;
    Ok((groups.len() + deleted.len()) as u64)
}

/// Groups of which nobody knows who is in them.
#[derive(Default)]
struct Unknown {
    /// Lines of the list of protected names, and their groups.
    groups: Vec<(u32, String)>,
    /// Groups that rows delete.
    deleted: Vec<String>,
}

/// The groups of whose members must be known: none, where the rows take nothing away.
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
    Ok(Unknown { groups: unknown_members(protected, list), deleted })
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
    groups: &[(u32, String)],
    deleted: &[String],
    server: &MemberServer<'_>,
    reporter: &dyn ImportReporter,
) -> Result<(), ImportError> {
    let questions = match server {
        MemberServer::Api(questions) => questions,
        MemberServer::Unasked => return Ok(()),
        MemberServer::Nobody(instead) => {
            let named = groups.iter().map(|(_, group)| format!("`members:{group}`"));
            let named: Vec<_> = named
                .chain((!deleted.is_empty()).then(|| count(deleted.len() as u64, "deleted group")))
                .collect();
            reporter.say(&format!(
                "note: --protect: the members of {} are not checked here; {instead}",
                named.join(", ")
            ));
            return Ok(());
        }
    };
    let members = |group: &str| {
        questions.ask("asking for protected members", questions.client.members(group))
    };
    let unknown = |group: &str, error: &ApiError| {
        ImportError(format!(
            "--protect: the members of `{group}` could not be fetched ({error}): nothing was \
             sent. Try again later, or use --against FILE with an exported list of users"
        ))
    };
    for (line, group) in groups {
        match members(group) {
            Ok(members) => members
                .iter()
                .for_each(|member| protected.protect_member(*line, &spellings(member))),
            Err(error @ ApiError::NoSuchGroup(_)) => {
                return Err(ImportError(format!(
                    "--protect: members:{group}: {error}. Nothing was sent"
                )));
            }
            Err(error) => return Err(unknown(group, &error)),
        }
    }
    for group in deleted {
        match members(group) {
            Ok(members) => {
                members.iter().for_each(|member| protected.note_member(group, &spellings(member)));
            }
            // The rows create or rename it first.
            Err(ApiError::NoSuchGroup(_)) => {}
            Err(error) => return Err(unknown(group, &error)),
        }
    }
    Ok(())
}

/// The names of a member.
fn spellings(GroupMember { email, username, domain }: &GroupMember) -> Vec<UserSpelling> {
    [(email.clone(), String::new()), (username.clone(), domain.clone())]
        .into_iter()
        .filter(|(name, _)| !name.is_empty())
        .collect()
}
