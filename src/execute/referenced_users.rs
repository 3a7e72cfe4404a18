//! The users whom the rows of the files name.

use super::each_row::each_row;
use super::guard::{LineNames, Links, Loss, NameHash, deletes, names_of, removes};
use super::input_rows::InputRows;
use super::skipped_names::{NamelessRows, names_in_skipped};
use crate::change::{
    Change, GroupChange, UserChange, each_needed_group, group_events, read_all, role_subject,
    same_name,
};
use crate::organization::Organization;
use crate::reconcile::{
    FirstReading, ReferencedUsers, RefusedNames, UserSpelling, each_listed, spellings,
};
use crate::table::{Block, Cells, Field, RowBuffer, SkippedRow, each_block};
use crate::visible::visible;
use std::collections::{BTreeSet, HashSet};
use std::io;

/// Reads every row of the files, whatever it does, including rows outside `--rows`.
///
/// # Errors
/// When a file cannot be read.
pub(crate) fn referenced_users<'o>(
    files: &[InputRows<'_>],
    organization: &'o Organization,
) -> io::Result<ReferencedUsers<'o>> {
    Ok(referenced_and_nameless(files, organization)?.0)
}

/// Does the same, and also returns the skipped rows that may name anybody.
///
/// # Errors
/// When a file cannot be read.
pub(crate) fn referenced_and_nameless<'o>(
    files: &[InputRows<'_>],
    organization: &'o Organization,
) -> io::Result<(ReferencedUsers<'o>, NamelessRows)> {
    let mut referenced = ReferencedUsers::new(organization);
    let mut nameless = NamelessRows::default();
    each_named(
        files,
        organization,
        |input_rows, block, index| match expects_nobody(input_rows, (block, index), organization) {
            true => Extent::NearlyNames,
            false => Extent::Names,
        },
        |mention| match mention {
            Mention::Nameless(place) => nameless.add(place),
            mention => take(&mut referenced, &mention),
        },
    )?;
    nameless.add_uncompared(referenced.take_unclear());
    Ok((referenced, nameless))
}

/// Does the same, and hands what `look` finds in a row that names nobody by a listed address to
/// `take_found`, by the place of its file. `None` where it finds nothing: then nobody needs to know
/// whom the rows name.
///
/// # Errors
/// When a file cannot be read.
pub(super) fn referenced_users_beside<'o, T: Send>(
    files: &[InputRows<'_>],
    organization: &'o Organization,
    visit: impl Fn(&InputRows<'_>, (&Block, usize), &mut RowBuffer) -> Option<T> + Sync,
    mut take_found: impl FnMut(usize, T) + Send,
) -> io::Result<Option<ReferencedUsers<'o>>> {
    let mut referenced = ReferencedUsers::new(organization);
    let (mut texts, mut is_any_found) = (Vec::new(), false);
    for (file, input_rows) in files.iter().enumerate() {
        let first_reading = first_reading(input_rows, organization);
        first_reading.iter().flat_map(|reading| reading.listed()).for_each(|number| {
            referenced.take_listed(number);
        });
        if first_reading.is_some_and(|reading| reading.others().is_empty()) {
            continue;
        }
        each_row(
            input_rows.table,
            |block, index, buffer, seen| {
                let row = block.first_row + index as u64;
                if first_reading.is_some_and(|reading| reading.is_of_listed(row)) {
                    return;
                }
                let mut is_listed = false;
                each_mention(input_rows, (block, index), buffer, organization, |mention| {
                    is_listed |= mention.is_listed(organization);
                    seen.push(Seen::Mention(mention));
                });
                if !is_listed {
                    seen.extend(visit(input_rows, (block, index), buffer).map(Seen::Found));
                }
            },
            |seen| match seen {
                Seen::Mention(text @ Mention::Text(_)) => texts.push(text),
                // Somebody with nearly the name in a skipped row may be whom a row creates.
                Seen::Mention(Mention::Refused(_)) => {}
                Seen::Mention(mention) => take(&mut referenced, &mention),
                Seen::Found(found) => {
                    is_any_found = true;
                    take_found(file, found);
                }
            },
        )?;
    }
    // Texts need an index of all listed users.
    texts.iter().filter(|_| is_any_found).for_each(|text| take(&mut referenced, text));
    Ok(is_any_found.then_some(referenced))
}

/// Returns what the first reading has shown about a file, if the file was compared with this
/// organization.
pub(super) fn first_reading<'r>(
    input_rows: &InputRows<'r>,
    organization: &Organization,
) -> Option<&'r FirstReading> {
    let known = input_rows.baseline?;
    let is_same = std::ptr::eq(&raw const *known.organization, organization);
    known.first_reading.as_deref().filter(|_| is_same)
}

/// What is seen in a row.
enum Seen<T> {
    Mention(Mention),
    Found(T),
}

/// What a row says of people.
pub(super) enum Mention {
    /// A listed user, by an address.
    Listed(u32),
    /// The names of one person.
    Person(Vec<UserSpelling>),
    /// The text of a skipped row. It was switched off, or is a remark, so it does not say that the
    /// people in it are missing.
    Text(String),
    /// The names in an invalid or skipped row: they may be mistyped.
    Refused(RefusedNames),
    /// It cannot be read, or is invalid and has no name that can be read.
    Unreadable,
    /// It is skipped, is about a person, and has no name that can be read. Says where it is.
    Nameless(String),
}

impl Mention {
    /// Whether its first name is the email address of a listed user. Only addresses in ASCII are
    /// looked up.
    fn is_listed(&self, organization: &Organization) -> bool {
        match self {
            Self::Listed(_) => true,
            Self::Person(person) => person.first().is_some_and(|(name, _)| {
                name.contains('@') && name.is_ascii() && !organization.named(name, "").is_empty()
            }),
            Self::Text(_) | Self::Refused(_) | Self::Unreadable | Self::Nameless(_) => false,
        }
    }
}

/// Whom a row names, as far as that matters.
pub(super) enum Extent {
    Nobody,
    Names,
    /// Also the users with nearly the same name.
    NearlyNames,
}

pub(super) fn take(referenced: &mut ReferencedUsers<'_>, mention: &Mention) {
    match mention {
        Mention::Listed(number) => referenced.take_listed(*number),
        Mention::Person(person) => referenced.take(person),
        Mention::Text(text) => referenced.take_text(text),
        Mention::Refused(row) => referenced.take_refused(row),
        Mention::Unreadable | Mention::Nameless(_) => {}
    }
}

/// Whether a row expects a user to be there whom the organization does not have: the name may be
/// mistyped.
pub(super) fn names_nobody(change: &Change<'_>, organization: &Organization) -> bool {
    let is_nobody = |name: &str, domain: &str| {
        organization.named(name, domain).is_empty()
            && organization.numbers_with_username(name).is_empty()
    };
    match change {
        Change::User(UserChange { user, domain, create: None, leave: None, .. }) => {
            is_nobody(user, domain.as_deref().unwrap_or_default())
        }
        Change::User(_) => false,
        Change::Group(GroupChange { add_users, remove_users, .. }) => {
            add_users.iter().chain(remove_users).any(|user| is_nobody(user, ""))
        }
    }
}

/// Says the same of a row, whatever becomes of it.
fn expects_nobody(
    input_rows: &InputRows<'_>,
    (block, index): (&Block, usize),
    organization: &Organization,
) -> bool {
    let mut buffer = RowBuffer::default();
    let Ok(cells) = block.cells(index, &mut buffer) else { return false };
    !each_listed(&cells, organization, |_| {})
        && read_all(&cells, input_rows.rules)
            .0
            .is_some_and(|change| names_nobody(&change, organization))
}

/// Returns which names the rows of the files give to one person or to one group, whatever the rows
/// do. `is_marked` says which usernames matter in every domain.
///
/// # Errors
/// When a file cannot be read.
pub(crate) fn links(
    files: &[InputRows<'_>],
    is_marked: impl Fn(NameHash) -> bool + Sync,
) -> io::Result<Links> {
    let mut all = Links::default();
    for input_rows in files {
        each_block(
            input_rows.table,
            |block: Block| {
                let mut buffer = RowBuffer::default();
                let mut found = Links::default();
                for index in 0..block.len() {
                    let Ok(cells) = block.cells(index, &mut buffer) else { continue };
                    let [group, new_name] =
                        [Field::Group, Field::NewName].map(|field| cells.get(field).trim());
                    if !group.is_empty() && !new_name.is_empty() {
                        found.group(group, new_name);
                    }
                    spellings(&cells, input_rows.rules)
                        .iter()
                        .for_each(|person| found.person(person, &is_marked));
                }
                found
            },
            |found| {
                all.add(found);
                Ok::<_, io::Error>(())
            },
        )?;
    }
    Ok(all.finish())
}

/// Passes the users and groups that the rows of the files name to the lines of a list of protected
/// names, whatever the rows do.
///
/// # Errors
/// When a file cannot be read.
pub(crate) fn meet_names(files: &[InputRows<'_>], lines: &mut LineNames) -> io::Result<()> {
    for input_rows in files {
        each_block(
            input_rows.table,
            |block: Block| {
                let mut buffer = RowBuffer::default();
                let mut found: HashSet<NameHash> = HashSet::new();
                for index in 0..block.len() {
                    let Ok(cells) = block.cells(index, &mut buffer) else { continue };
                    found.extend(
                        spellings(&cells, input_rows.rules)
                            .iter()
                            .flat_map(|person| names_of(person)),
                    );
                    let Some(change) = read_all(&cells, input_rows.rules).0 else { continue };
                    let mut take = |name: &str| {
                        found.extend([NameHash::group(name), NameHash::group(role_subject(name))]);
                    };
                    each_needed_group(&change, |name, _| take(name));
                    group_events(&change).into_iter().for_each(|(name, _)| take(name));
                }
                found
            },
            |found| {
                found.into_iter().for_each(|name| lines.meet(name));
                Ok::<_, io::Error>(())
            },
        )?;
    }
    Ok(())
}

/// The most people who are kept by their email addresses.
const MOST_EMAILS: usize = 100;

/// What rows remove.
#[derive(Debug, Default)]
pub(crate) struct GroupRemovals {
    /// Rows that delete something or remove a membership.
    pub(crate) rows: u64,
    /// Whether some of them name the user by a username.
    pub(crate) by_username: bool,
    /// The users whom they name by an email address, in lower case: those who lose everything or a
    /// role, and the others. If there are more than `MOST_EMAILS`, a few more are kept.
    pub(crate) emails: [BTreeSet<String>; 2],
    /// Rows that may remove an administrator's role.
    pub(crate) losses: u64,
    /// Groups that rows delete.
    deleted: Vec<String>,
    /// Groups that rows rename, with their new names.
    renamed: Vec<(String, String)>,
}

/// What a row removes from a user, by its index in [`GroupRemovals::emails`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taken {
    /// Everything, or an administrator's role.
    Role,
    /// Memberships.
    Memberships,
}

impl GroupRemovals {
    fn take_person(&mut self, name: &str, taken: Taken) {
        if name.contains('@') {
            self.add_email(name.to_lowercase(), taken);
        } else {
            self.by_username = true;
        }
    }

    fn add_email(&mut self, email: String, taken: Taken) {
        let emails = &mut self.emails[taken as usize];
        if emails.len() <= MOST_EMAILS {
            emails.insert(email);
        }
    }

    /// Returns the groups that rows delete, by all names that the rows give them. If there are more
    /// than `most`, it returns a few more.
    pub(crate) fn deleted_groups(&self, most: usize) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        let take = |all: &mut Vec<String>, name: &String| {
            if all.len() <= most && !all.iter().any(|known| same_name(known, name)) {
                all.push(name.clone());
            }
        };
        self.deleted.iter().for_each(|name| take(&mut all, name));
        let mut place = 0;
        while let Some(name) = all.get(place).cloned() {
            self.renamed
                .iter()
                .filter(|(_, new)| same_name(new, &name))
                .for_each(|(old, _)| take(&mut all, old));
            place += 1;
        }
        all
    }
}

/// Finds what the rows of the files remove.
///
/// # Errors
/// When a file cannot be read.
pub(crate) fn group_removals(files: &[InputRows<'_>]) -> io::Result<GroupRemovals> {
    let mut all = GroupRemovals::default();
    for input_rows in files {
        each_block(
            input_rows.table,
            |block: Block| {
                let mut buffer = RowBuffer::default();
                let mut found = GroupRemovals::default();
                for index in 0..block.len() {
                    let Some(Ok(change)) = input_rows.requested_change(&block, index, &mut buffer)
                    else {
                        continue;
                    };
                    let takes = deletes(&change) || removes(&change);
                    found.rows += u64::from(takes);
                    let loss = Loss::of(&change);
                    found.losses += u64::from(loss.is_some());
                    let group = match change {
                        Change::User(user) => {
                            if takes {
                                let taken = loss.map_or(Taken::Memberships, |_| Taken::Role);
                                found.take_person(&user.user, taken);
                            }
                            continue;
                        }
                        Change::Group(group) => group,
                    };
                    for user in &group.remove_users {
                        found.take_person(user, Taken::Memberships);
                    }
                    if group.delete {
                        found.deleted.push(group.group.to_string());
                    }
                    if let Some(new) = group.update.as_ref().and_then(|update| update.name.as_ref())
                    {
                        found.renamed.push((group.group.to_string(), new.to_string()));
                    }
                }
                found
            },
            |found| {
                all.rows += found.rows;
                all.by_username |= found.by_username;
                all.losses += found.losses;
                let taken = [Taken::Role, Taken::Memberships];
                for (emails, taken) in found.emails.into_iter().zip(taken) {
                    emails.into_iter().for_each(|email| all.add_email(email, taken));
                }
                all.deleted.extend(found.deleted);
                all.renamed.extend(found.renamed);
                Ok::<_, io::Error>(())
            },
        )?;
    }
    Ok(all)
}

/// Passes what the rows say about people, to this extent, to `take`.
pub(super) fn each_named(
    files: &[InputRows<'_>],
    organization: &Organization,
    extent: impl Fn(&InputRows<'_>, &Block, usize) -> Extent + Sync,
    mut take: impl FnMut(Mention) + Send,
) -> io::Result<()> {
    for input_rows in files {
        each_row(
            input_rows.table,
            |block, index, buffer, found| {
                let extent = extent(input_rows, block, index);
                if matches!(extent, Extent::Nobody) {
                    return;
                }
                each_mention(input_rows, (block, index), buffer, organization, |mention| {
                    found.push(mention);
                });
                if matches!(extent, Extent::NearlyNames)
                    && block.cells(index, buffer).is_ok()
                    && let Some(row) = block.skipped(index, None, buffer)
                {
                    let nobody = || Mention::Unreadable;
                    each_skipped(&row, "", organization, nobody, |mention| found.push(mention));
                }
            },
            &mut take,
        )?;
    }
    Ok(())
}

/// Passes what row `index` of a block says of people to `each`.
fn each_mention(
    input_rows: &InputRows<'_>,
    (block, index): (&Block, usize),
    buffer: &mut RowBuffer,
    organization: &Organization,
    mut each: impl FnMut(Mention),
) {
    let people = |cells: &Cells<'_>| spellings(cells, input_rows.rules).into_iter();
    match block.cells(index, buffer) {
        Ok(cells) => {
            if !each_listed(&cells, organization, |number| each(Mention::Listed(number))) {
                people(&cells).map(Mention::Person).for_each(each);
            }
        }
        Err(fault) if fault.is_skipped() => {
            let text = block.text_of_skipped(index).into_owned();
            if let Some(row) = block.skipped(index, Some(fault), buffer) {
                people(&row.cells).map(Mention::Person).for_each(&mut each);
                let line = block.frame(index).line;
                let place = || format!("{}, line {line}", visible(input_rows.table.name()));
                let nobody = || Mention::Nameless(place());
                each_skipped(&row, &text, organization, nobody, &mut each);
            }
            each(Mention::Text(text));
        }
        Err(_) => each(Mention::Unreadable),
    }
}

/// Passes what a row that is not sent says of people to `each`: the people with its id or a name in
/// it, perhaps mistyped; or `nobody` if it is about a person and nobody can tell about whom. `text`
/// is that of a skipped row.
fn each_skipped(
    row: &SkippedRow<'_>,
    text: &str,
    organization: &Organization,
    nobody: impl Fn() -> Mention,
    mut each: impl FnMut(Mention),
) {
    let id = row.cells.id().trim();
    let of_id = organization.by_id(id).filter(|_| !id.is_empty());
    if let Some(person) = of_id {
        each(Mention::Listed(person.number()));
    }
    match names_in_skipped(row, text) {
        Some(names) => each(Mention::Refused(names)),
        None if of_id.is_none() => each(nobody()),
        None => {}
    }
}
