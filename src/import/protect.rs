//! Completes the list of protected names (`--protect`) before any row is checked. The sources are a
//! list of the organization, the rows of all files, and the server, which is asked who is in a
//! group and which other names a user has.

use crate::execute::{
    GroupRemovals, InputRows, Links, NameHash, Protected, ProtectedName, group_removals, links,
    spelled,
};
use crate::import::access::Access;
use crate::import::baseline::{FRESH, age};
use crate::import::config::UnlistedGroups;
use crate::import::earlier_renames::EarlierRenames;
use crate::import::error::ImportError;
use crate::import::first_questions::{MOST_PROBES, is_sure};
use crate::import::groups::shortened;
use crate::import::input_file::InputFile;
use crate::import::note::Note;
use crate::import::protect_error::{ProtectAdvice, ProtectError};
use crate::import::protected_people::{
    LosingPeople, MOST_PEOPLE, PeopleQuestions, TooManyAddresses,
};
use crate::import::questions::Questions;
use crate::import::record_gap::RecordGap;
use crate::import::reporter::ImportReporter;
use crate::number::count;
use crate::organization::{Coverage, Organization};
use crate::reconcile::UserSpelling;
use crate::umapi::{ApiError, ApiUser, GroupMember};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// How to find out who is in a group.
pub(crate) enum MemberServer<'s> {
    /// The API.
    Api(Questions<'s>),
    /// The server is not asked: a rehearsal, or a command that works offline. Holds what the user
    /// can do instead.
    Nobody(ProtectAdvice),
    /// The server is not asked, and nothing is reported, because no row is checked.
    Unasked,
}

/// The most groups to delete that the server is asked about: each needs a question, and 25 fit into
/// a minute.
const MOST_GROUPS: usize = 100;

/// Passes the protected names to all inputs of a command.
///
/// `access` leads to the records of imports from this computer. `connect` is called if the server
/// must be asked.
pub(crate) fn complete<'s>(
    inputs: &mut [&mut InputFile],
    organization: Option<&Organization>,
    unlisted: UnlistedGroups,
    access: Option<&Access>,
    reporter: &dyn ImportReporter,
    connect: impl FnOnce() -> Result<MemberServer<'s>, ImportError>,
) -> Result<(), ImportError> {
    let Some(protected) = listed(inputs.first().map(|input| &**input)) else { return Ok(()) };
    if let Some(gap) = access.and_then(RecordGap::of) {
        reporter.say(&gap.for_protected_names());
    }
    let all_input_rows: Vec<_> = inputs.iter().map(|input| input.input_rows()).collect();
    let Known { mut protected, links, given } = Known::before(protected, &all_input_rows, access)?;
    let unknown = unknown(&protected, &given, &all_input_rows, organization, unlisted)?;
    if unknown.questions() > 0 {
        ask(&mut protected, &unknown, &connect()?, reporter)?;
    }
    protected.extend(organization, &links);
    let protected = Arc::new(protected);
    for input in inputs {
        input.protected = Arc::clone(&protected);
    }
    Ok(())
}

/// Returns the list of protected names, if there is one.
fn listed(first: Option<&InputFile>) -> Option<&Protected> {
    first.map(|input| &*input.protected).filter(|list| !list.is_empty())
}

/// What is known before the server is asked.
struct Known {
    /// The list, with the names that rows and earlier imports give to protected people and groups:
    /// the server's answers are about people as they are called now.
    protected: Protected,
    /// The names that rows and earlier imports give to one user or group.
    links: Links,
    /// The addresses that earlier imports have given to protected people.
    given: Vec<ProtectedName>,
}

impl Known {
    fn before(
        protected: &Protected,
        all_input_rows: &[InputRows<'_>],
        access: Option<&Access>,
    ) -> Result<Self, ImportError> {
        let mut protected = protected.clone();
        let mut renames = EarlierRenames::read(access)?;
        let links = renames.beside(links(all_input_rows, |name| protected.has_name(name))?);
        protected.extend(None, &links);
        let given = renames.addresses_of(&protected);
        Ok(Self { protected, links, given })
    }
}

/// Returns how many questions an import of these files asks about groups with protected members,
/// and about protected people, with this list or none. One page is enough for each question, unless
/// a group is large.
pub(crate) fn questions(
    inputs: &[InputFile],
    organization: Option<&Organization>,
    unlisted: UnlistedGroups,
    access: &Access,
) -> Result<u64, ImportError> {
    let Some(protected) = listed(inputs.first()) else { return Ok(0) };
    let all_input_rows: Vec<_> = inputs.iter().map(InputFile::input_rows).collect();
    let Known { protected, given, .. } = Known::before(protected, &all_input_rows, Some(access))?;
    Ok(unknown(&protected, &given, &all_input_rows, organization, unlisted)?.questions())
}

/// Groups whose members are unknown, and people whose other names are unknown.
#[derive(Default)]
struct Unknown {
    /// Lines of the list of protected names, and their groups.
    groups: Vec<(u32, String)>,
    /// Groups that rows delete.
    deleted: Vec<String>,
    people: PeopleQuestions,
    /// The number of lines of the list that may be another name of a user in the rows.
    lines: u64,
}

impl Unknown {
    fn questions(&self) -> u64 {
        // One question about the members and one about the administrators of each.
        (self.groups.len() + 2 * self.deleted.len() + self.people.number()) as u64
    }

    /// Describes what it is about.
    fn in_words(&self) -> String {
        let named: Vec<String> =
            self.groups.iter().map(|(_, group)| format!("`members:{group}`")).collect();
        let of_groups = (!named.is_empty()).then(|| format!("the members of {}", named.join(", ")));
        let of_deleted = (!self.deleted.is_empty()).then(|| {
            let groups = count(self.deleted.len() as u64, "deleted group");
            format!("the members and administrators of {groups}")
        });
        let of_people = (self.people.number() > 0)
            .then(|| format!("other names of {}", count(self.lines, "protected name")));
        let all: Vec<String> = [of_groups, of_deleted, of_people].into_iter().flatten().collect();
        match all.as_slice() {
            [first, second, third] => format!("{first}, {second}, and {third}"),
            all => all.join(" and "),
        }
    }
}

/// Returns what must be found out about groups and people; nothing if the rows remove nothing.
fn unknown(
    protected: &Protected,
    given: &[ProtectedName],
    all_input_rows: &[InputRows<'_>],
    organization: Option<&Organization>,
    unlisted: UnlistedGroups,
) -> Result<Unknown, ImportError> {
    let group_removals = group_removals(all_input_rows)?;
    if group_removals.rows == 0 && unlisted == UnlistedGroups::Kept {
        return Ok(Unknown::default());
    }
    let list = organization
        .filter(|all| all.shows(Coverage::DIRECT | Coverage::MEMBERSHIPS) && age(all) < FRESH);
    let deleted = deleted_groups(&group_removals, list)?;
    let groups = unknown_members(protected, list);
    if tells_names(organization) {
        return Ok(Unknown { groups, deleted, ..Unknown::default() });
    }
    let emails = emails_to_ask(&group_removals, all_input_rows, organization)?;
    let losing = LosingPeople { by_username: group_removals.by_username, emails: &emails };
    let people = PeopleQuestions::choose(protected, given, &losing)
        .map_err(|TooManyAddresses| ProtectError::TooManyAddresses { most: MOST_PEOPLE })?;
    let lines = people.lines(protected) as u64;
    Ok(Unknown { groups, deleted, people, lines })
}

/// Whether a list shows all names of all users, so that the server need not be asked for them.
pub(super) fn tells_names(list: Option<&Organization>) -> bool {
    list.is_some_and(|all| {
        all.shows(Coverage::EVERYBODY | Coverage::EMAILS | Coverage::USERNAMES) && age(all) < FRESH
    })
}

/// Returns the addresses of the people from whom rows remove something, with the further ones that
/// the rows give them. People whom the server is asked about anyway, because they may be
/// administrators, are left out.
fn emails_to_ask(
    group_removals: &GroupRemovals,
    all_input_rows: &[InputRows<'_>],
    organization: Option<&Organization>,
) -> Result<BTreeSet<String>, ImportError> {
    let [losing_roles, others] = &group_removals.emails;
    let asked_anyway =
        group_removals.losses <= MOST_PROBES as u64 && !organization.is_some_and(is_sure);
    let mut emails = others.clone();
    if !asked_anyway {
        emails.extend(losing_roles.iter().cloned());
    }
    if emails.is_empty() || emails.len() > MOST_PEOPLE {
        return Ok(emails);
    }
    let mut names: HashMap<NameHash, ()> =
        emails.iter().map(|email| (NameHash::user(email, ""), ())).collect();
    let before = names.len();
    links(all_input_rows, |_| false)?.spread(&mut names);
    if names.len() > before {
        let all = spelled(all_input_rows, &names, 4 * MOST_PEOPLE)?;
        let more = all.into_iter().map(|(name, _)| name.to_lowercase());
        emails.extend(more.filter(|name| name.contains('@')));
    }
    Ok(emails)
}

/// Returns the groups whose members are protected, if a list does not show them.
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

/// Returns the groups that rows delete, unless a list shows both their members and their
/// administrators: a protected user would lose the membership or the role.
fn deleted_groups(
    group_removals: &GroupRemovals,
    list: Option<&Organization>,
) -> Result<Vec<String>, ProtectError> {
    let is_shown = |group: &String| {
        list.is_some_and(|all| {
            all.coverage.shows_membership(group)
                && all.coverage.shows_membership(&role_of_administrators(group))
        })
    };
    let deleted = group_removals.deleted_groups(MOST_GROUPS);
    // Names of deleted groups never begin with `_`, so a list shows all of them or none.
    if deleted.iter().all(is_shown) {
        return Ok(Vec::new());
    }
    if deleted.len() > MOST_GROUPS {
        return Err(ProtectError::TooManyGroups { most: MOST_GROUPS });
    }
    Ok(deleted)
}

/// Returns the role of the administrators of a group.
fn role_of_administrators(group: &str) -> String {
    format!("_admin_{group}")
}

/// Asks the server who is in these groups. If that cannot be known, nothing is sent.
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
            let note = Note::MembersUnchecked { about: &about, instead: *instead };
            reporter.say(&reporter.words(&note));
            return Ok(());
        }
    };
    let members = |group: &str| {
        questions.ask("asking for protected members", questions.client.members(group))
    };
    let no_members =
        |group: &str, error| ProtectError::not_fetched(format!("the members of `{group}`"), error);
    for (line, group) in &unknown.groups {
        match members(group) {
            Ok(members) => members
                .iter()
                .for_each(|member| protected.protect_person(*line, &spellings(member))),
            Err(error @ ApiError::NoSuchGroup(_)) => {
                return Err(ProtectError::NoGroup { group: group.clone(), error }.into());
            }
            Err(error) => return Err(no_members(group, error).into()),
        }
    }
    let with_role = |group: &String| [group.clone(), role_of_administrators(group)];
    for group in unknown.deleted.iter().flat_map(with_role) {
        match members(&group) {
            Ok(members) => {
                members.iter().for_each(|member| protected.note_member(&group, &spellings(member)));
            }
            // The group has no administrators, or the rows create or rename it first.
            Err(ApiError::NoSuchGroup(_)) => {}
            Err(error) => return Err(no_members(&group, error).into()),
        }
    }
    ask_about_people(protected, &unknown.people, *questions)
}

/// Asks the server for all names of people. If they cannot be known, nothing is sent.
fn ask_about_people(
    protected: &mut Protected,
    people: &PeopleQuestions,
    questions: Questions<'_>,
) -> Result<(), ImportError> {
    let user = |name: &str| {
        let user = questions.client.user(name, None);
        questions
            .ask("asking for other names of protected people", user)
            .map_err(|error| ProtectError::not_fetched(format!("the user `{name}`"), error))
    };
    for ProtectedName { line, name } in &people.listed {
        if let Some(user) = user(name)? {
            protected.protect_person(*line, &names_of(&user));
        }
    }
    for name in &people.named {
        if let Some(user) = user(name)? {
            let mut names = names_of(&user);
            names.push((name.clone(), String::new()));
            protected.learn_person(&names);
        }
    }
    let perhaps_usernames = match people.perhaps_groups.len() {
        0..=MOST_PEOPLE => {
            let mut none = Vec::new();
            for ProtectedName { name, .. } in &people.perhaps_groups {
                let group = questions.client.group_exists(name);
                let is_group =
                    questions.ask("asking whether protected names are groups", group).map_err(
                        |error| ProtectError::not_fetched(format!("the group `{name}`"), error),
                    )?;
                none.extend(Some(format!("`{name}`")).filter(|_| !is_group));
            }
            none
        }
        many => vec![count(many as u64, "name")],
    };
    if perhaps_usernames.is_empty() {
        return Ok(());
    }
    let names = shortened(perhaps_usernames.into_iter());
    Err(ProtectError::TooManyPeople { most: MOST_PEOPLE, names }.into())
}

/// Returns the names of a user.
fn names_of(user: &ApiUser) -> Vec<UserSpelling> {
    let member = GroupMember {
        email: user.email.clone().unwrap_or_default(),
        username: user.username.clone().unwrap_or_default(),
        domain: user.domain.clone().unwrap_or_default(),
    };
    spellings(&member)
}

/// Returns the names of a member.
fn spellings(GroupMember { email, username, domain }: &GroupMember) -> Vec<UserSpelling> {
    [(email.clone(), String::new()), (username.clone(), domain.clone())]
        .into_iter()
        .filter(|(name, _)| !name.is_empty())
        .collect()
}
