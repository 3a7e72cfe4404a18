//! People and groups that no row may delete (`--protect`).

use super::names::{Links, NameHash, names_in_list, names_of};
use super::{deletes, removes};
use crate::change::{
    Change, GroupChange, Problem, UserChange, asked_group, role_subject, same_name,
};
use crate::organization::{Coverage, OrgUser, Organization};
use crate::reconcile::UserSpelling;
use std::collections::{BTreeSet, HashMap};

/// The list of protected names.
///
/// A line is a person, by email or by username, or a group, whichever has that name. A role stands
/// for the group or profile that it is about. `members:NAME` is everybody in the group, profile or
/// role of that name. No row may delete or rename a protected group, give its name to another
/// group, delete a protected person or remove a membership of such a person. All names of a person
/// or a group count: those in a list of the organization (`Protected::extend`), and those that the
/// rows give.
#[derive(Debug, Clone, Default)]
pub struct Protected {
    /// The lines.
    entries: Vec<String>,
    /// Every protected name, with the line that protects it.
    names: HashMap<NameHash, u32>,
    /// The lines that protect the members of a group, with the name of the group.
    members_of: Vec<(u32, String)>,
    /// Groups with a protected member or administrator, by their index in `belonging`.
    holding: HashMap<NameHash, u32>,
    belonging: Vec<ProtectedBelonging>,
}

/// What a protected person would lose with a group.
#[derive(Debug, Clone)]
struct ProtectedBelonging {
    person: String,
    /// The line that protects this person.
    line: u32,
    /// Whether the person is an administrator of the group, not a member.
    is_role: bool,
}

/// A line of the list that names a person, or may name one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProtectedName {
    pub(crate) line: u32,
    pub(crate) name: String,
}

/// The prefix for the name of a group whose members are protected.
const MEMBERS: &str = "members:";

/// Returns the lines of a list that count, with their numbers from 1.
fn lines_of(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = (1..).zip(text.trim_start_matches('\u{feff}').lines().map(str::trim));
    lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

/// Returns the name on a line, without quotes around it; for `Name <address>`, the address.
fn name_in(line: &str) -> &str {
    let quoted =
        ['"', '\''].iter().find_map(|quote| line.strip_prefix(*quote)?.strip_suffix(*quote));
    let line = quoted.unwrap_or(line).trim();
    let address = line
        .strip_suffix('>')
        .and_then(|line| line.rsplit_once('<'))
        .map(|(_, address)| address.trim());
    address.filter(|address| address.contains('@')).unwrap_or(line)
}

fn is_members(line: &str) -> bool {
    line.get(..MEMBERS.len()).is_some_and(|word| word.eq_ignore_ascii_case(MEMBERS))
}

/// A line that protects nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnreadableLine<'t> {
    /// Its number, from 1.
    pub number: usize,
    /// Its text.
    pub text: &'t str,
    /// What is wrong with it.
    pub flaw: &'static str,
    /// What to write instead.
    pub advice: &'static str,
}

/// Returns what is wrong with a line, and what to write instead.
fn flaw_of(line: &str) -> Option<(&'static str, &'static str)> {
    const ONE_NAME: &str = "Write one email address, username or group on each line";
    const ADDRESS: &str = "Write the whole address, like boss@example.com";
    const MEMBERS_OF: &str =
        "Write members:NAME for everybody in a group, and the name alone for a person or a group";
    const WORDS: [&str; 12] = [
        "member", "group", "groups", "user", "users", "email", "mail", "mailto", "username",
        "role", "profile", "domain",
    ];
    let name = name_in(line);
    if name.contains('*') {
        return Some((
            "is a pattern, which is not supported",
            "Write each name on a line, or members:NAME for everybody in a group",
        ));
    }
    if is_members(line) {
        return line[MEMBERS.len()..].trim().is_empty().then_some(("names no group", MEMBERS_OF));
    }
    let is_word = |word: &str| WORDS.iter().any(|known| word.trim().eq_ignore_ascii_case(known));
    if name.split_once(':').is_some_and(|(word, _)| is_word(word)) {
        return Some(("begins with a word that is not part of a name", MEMBERS_OF));
    }
    if name.contains('\\') {
        return Some((
            "is a Windows name",
            "Write the username alone, or the address, like boss@example.com",
        ));
    }
    let lower = name.to_lowercase();
    let is_spelled = ["(at)", "[at]", "{at}"].iter().any(|at| lower.contains(at))
        || lower
            .rsplit_once(" at ")
            .is_some_and(|(_, domain)| domain.contains('.') && !domain.contains(' '));
    if is_spelled {
        return Some(("is an address without @", ADDRESS));
    }
    let (local, domain) = name.rsplit_once('@')?;
    let is_no_name = |c: char| c.is_whitespace() || ",;:|<>()[]\"`“”„«»‘’".contains(c);
    if local.is_empty() {
        return Some((
            "is a domain",
            "Write each address on a line, or members:NAME for everybody in a group",
        ));
    }
    if name.contains(is_no_name) || name.starts_with('\'') {
        return Some(("is more than one name", ONE_NAME));
    }
    let is_whole = domain.contains('.') && domain.split('.').all(|part| !part.is_empty());
    (!is_whole).then_some(("is an address without a whole domain", ADDRESS))
}

impl Protected {
    /// Reads the text of a list: one name per line, optionally in quotes, or an address as
    /// `Name <address>`. Blank lines and lines that begin with `#` do not count.
    pub fn parse(text: &str) -> Self {
        let mut all = Self::default();
        lines_of(text).for_each(|(_, line)| all.entry(name_in(line)));
        all
    }

    /// Returns the first line that can name no user and no group, and so would protect nothing.
    pub fn unreadable_line(text: &str) -> Option<UnreadableLine<'_>> {
        lines_of(text).find_map(|(number, text)| {
            flaw_of(text).map(|(flaw, advice)| UnreadableLine { number, text, flaw, advice })
        })
    }

    fn entry(&mut self, line: &str) {
        let number = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        self.entries.push(line.to_owned());
        if is_members(line) {
            self.members_of.push((number, line[MEMBERS.len()..].trim().to_owned()));
            return;
        }
        // Lists of a group's members write a username without its domain.
        let local = line.rsplit_once('@').map_or(line, |(local, _)| local);
        let users = [
            Some(NameHash::user(line, "")),
            NameHash::anywhere(line),
            Some(NameHash::user(local, "")),
        ];
        let groups = [Some(NameHash::group(line)), Some(NameHash::group(role_subject(line)))];
        for name in users.into_iter().chain(groups).flatten() {
            self.names.entry(name).or_insert(number);
        }
    }

    /// Whether nothing is protected.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns the lines that match no user in a list of the organization, and no group in it or in
    /// a list of all groups. If no list has all groups, only email addresses are checked, and
    /// usernames only if the list has them.
    pub(crate) fn lines_not_in(
        &self,
        organization: &Organization,
        groups: Option<&Organization>,
    ) -> LineNames {
        let lists: Vec<&Organization> = std::iter::once(organization).chain(groups).collect();
        let shows_group = |name: &str| lists.iter().any(|list| list.shows_group(name));
        let has_all_groups = lists.iter().any(|list| list.shows(Coverage::ALL_GROUPS));
        let mut open = LineNames::default();
        for (number, line) in (0..).zip(&self.entries) {
            let members =
                self.members_of.iter().find(|(line, _)| *line == number).map(|(_, group)| group);
            let name = members.unwrap_or(line);
            // Every organization has the fixed roles, no matter who holds them.
            let may_be_group = asked_group(name).is_none() || !has_all_groups || shows_group(name);
            let groups = [NameHash::group(name), NameHash::group(role_subject(name))];
            if members.is_some() {
                if !may_be_group {
                    open.add(number, &groups);
                }
            } else if name.contains('@')
                || (!may_be_group && organization.shows(Coverage::USERNAMES))
            {
                open.add(number, &[NameHash::user(name, ""), groups[0], groups[1]]);
            }
        }
        if !open.lines.is_empty() {
            for person in organization.people() {
                let id = NameHash::user(person.id(), "");
                names_in_list(person).into_iter().chain([id]).for_each(|name| open.meet(name));
            }
        }
        open
    }

    /// Returns the names on the list; for `members:NAME`, the name.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        let name = |entry: &'_ String| if is_members(entry) { MEMBERS.len() } else { 0 };
        self.entries.iter().map(move |entry| entry[name(entry)..].trim())
    }

    /// Returns the text of a line.
    pub(crate) fn line_text(&self, number: u32) -> &str {
        self.line(number)
    }

    /// Returns the groups whose members are protected, each with the number of its line.
    pub(crate) fn groups_with_protected_members(&self) -> &[(u32, String)] {
        &self.members_of
    }

    /// Returns the lines that name people by an email address, and those that may be usernames.
    pub(crate) fn lines_by_kind(&self) -> (Vec<ProtectedName>, Vec<ProtectedName>) {
        let is_members = |line: u32| self.members_of.iter().any(|(number, _)| *number == line);
        // A username contains no blank, and a role is not a username.
        let is_name =
            |name: &str| name.contains('@') || !(name.contains(' ') || name.starts_with('_'));
        (0..)
            .zip(&self.entries)
            .filter(|(line, name)| !is_members(*line) && is_name(name))
            .map(|(line, name)| ProtectedName { line, name: name.clone() })
            .partition(|line| line.name.contains('@'))
    }

    /// Whether the name itself is protected.
    pub(crate) fn has_name(&self, name: NameHash) -> bool {
        self.names.contains_key(&name)
    }

    /// Returns the line that protects a person with these names.
    pub(crate) fn line_of_any(&self, person: &[UserSpelling]) -> Option<&str> {
        person.iter().find_map(|(name, domain)| self.user(name, domain)).map(|line| self.line(line))
    }

    /// Protects a person under all these names, because of a line.
    pub(crate) fn protect_person(&mut self, line: u32, person: &[UserSpelling]) {
        for name in names_of(person) {
            self.names.entry(name).or_insert(line);
        }
    }

    /// Adds all names of a person: if one of them is protected, all are.
    pub(crate) fn learn_person(&mut self, person: &[UserSpelling]) {
        let line = person.iter().find_map(|(name, domain)| self.user(name, domain));
        line.into_iter().for_each(|line| self.protect_person(line, person));
    }

    /// Records that a protected person is in a group or has a role on one (`_admin_Design`), which
    /// protects the group. Used without a list of the organization.
    pub(crate) fn note_member(&mut self, group: &str, person: &[UserSpelling]) {
        let Some(line) = names_of(person).iter().find_map(|name| self.names.get(name).copied())
        else {
            return;
        };
        let called = person.first().map(|(name, _)| name.clone()).unwrap_or_default();
        self.hold(group, &called, line);
    }

    /// Records a membership or a role of a protected person.
    fn hold(&mut self, group: &str, person: &str, line: u32) {
        let (subject, belonging) = (role_subject(group), &mut self.belonging);
        self.holding.entry(NameHash::group(subject)).or_insert_with(|| {
            let number = u32::try_from(belonging.len()).unwrap_or(u32::MAX);
            let (person, is_role) = (person.to_owned(), subject != group);
            belonging.push(ProtectedBelonging { person, line, is_role });
            number
        });
    }

    /// Protects all names of the protected people, according to a list of the organization and the
    /// rows.
    pub(crate) fn extend(&mut self, organization: Option<&Organization>, links: &Links) {
        if self.is_empty() {
            return;
        }
        for (line, group) in std::mem::take(&mut self.members_of) {
            organization.into_iter().for_each(|all| self.learn_members(line, &group, all));
            self.members_of.push((line, group));
        }
        // A row may give the name by which a list knows a person, or the reverse.
        loop {
            let before = self.names.len();
            links.spread(&mut self.names);
            organization.into_iter().for_each(|all| self.learn(all));
            if self.names.len() == before {
                break;
            }
        }
        organization.into_iter().for_each(|all| self.learn_groups(all));
        links.spread(&mut self.holding);
    }

    fn learn_members(&mut self, line: u32, group: &str, organization: &Organization) {
        let wanted = NameHash::group(group);
        let named: Vec<&str> = organization
            .groups()
            .iter()
            .map(|group| group.name.as_str())
            .filter(|name| NameHash::group(name) == wanted)
            .collect();
        for person in
            organization.people().filter(|person| named.iter().any(|name| person.is_in(name)))
        {
            for name in names_in_list(person) {
                self.names.entry(name).or_insert(line);
            }
        }
    }

    /// Adds all names of each protected person in a list.
    fn learn(&mut self, organization: &Organization) {
        for person in organization.people() {
            let Some(line) = self.line_of(person) else { continue };
            for name in names_in_list(person) {
                self.names.entry(name).or_insert(line);
            }
        }
    }

    /// Adds the groups that protected people are in.
    fn learn_groups(&mut self, organization: &Organization) {
        for person in organization.people() {
            let Some(line) = self.line_of(person) else { continue };
            person.group_names().for_each(|group| self.hold(group, person.name(), line));
        }
    }

    fn line_of(&self, person: OrgUser<'_>) -> Option<u32> {
        let found =
            self.user(person.email(), "").or_else(|| self.user(person.username(), person.domain()));
        found.or_else(|| self.names.get(&NameHash::user(person.id(), "")).copied())
    }

    /// Whether a user in a list is protected.
    pub fn has(&self, person: OrgUser<'_>) -> bool {
        !self.is_empty() && self.line_of(person).is_some()
    }

    /// Returns the line that protects a user.
    pub(crate) fn user(&self, name: &str, domain: &str) -> Option<u32> {
        if name.is_empty() {
            return None;
        }
        let anywhere = || NameHash::anywhere(name).and_then(|name| self.names.get(&name));
        self.names.get(&NameHash::user(name, domain)).or_else(anywhere).copied()
    }

    fn group(&self, name: &str) -> Option<u32> {
        self.names.get(&NameHash::group(name)).copied()
    }

    /// Returns the problem of a change that would delete a protected person, remove a membership of
    /// such a person, or delete or rename a protected group.
    pub fn objection(&self, change: &Change<'_>) -> Option<Problem> {
        if self.is_empty() {
            return None;
        }
        match change {
            Change::User(user) if deletes(change) || removes(change) => self.user_objection(user),
            Change::User(_) => None,
            Change::Group(group) => self.group_objection(group),
        }
    }

    fn user_objection(&self, user: &UserChange<'_>) -> Option<Problem> {
        let domain = user.domain.as_deref().unwrap_or_default();
        let email = user.create.as_ref().map(|create| &*create.email);
        let field = if user.user.contains('@') { "email" } else { "username" };
        let own = self.user(&user.user, domain).map(|line| self.problem(field, &user.user, line));
        own.or_else(|| {
            email.and_then(|email| Some(self.problem("email", email, self.user(email, "")?)))
        })
    }

    fn group_objection(&self, group: &GroupChange<'_>) -> Option<Problem> {
        let member = || {
            let found =
                group.remove_users.iter().find_map(|user| Some((user, self.user(user, "")?)));
            found.map(|(user, line)| self.problem("remove_users", user, line))
        };
        if group.delete {
            let own =
                self.group(&group.group).map(|line| self.problem("group", &group.group, line));
            return own.or_else(|| self.held(&group.group));
        }
        self.rename_objection(group).or_else(member)
    }

    /// Returns the problem of renaming a protected group, or of giving its name to another group. A
    /// group that is not on the list itself, but is to get a name on the list, is refused because
    /// of that new name.
    fn rename_objection(&self, group: &GroupChange<'_>) -> Option<Problem> {
        let old = &*group.group;
        let new = group.update.as_ref()?.name.as_deref()?;
        if NameHash::group(new) == NameHash::group(old) {
            return None;
        }
        let own = || Some(self.problem("group", old, self.group(old)?));
        let taken = || Some(self.problem("new_name", new, self.entry_of_group(new)?));
        if self.entry_of_group(old).is_some() { own() } else { taken().or_else(own) }
    }

    /// Returns the problem of deleting a group with a protected member or administrator.
    fn held(&self, group: &str) -> Option<Problem> {
        let ProtectedBelonging { person, line, is_role } =
            self.belonging.get(*self.holding.get(&NameHash::group(group))? as usize)?;
        let (who, what) =
            if *is_role { ("administrator", "role") } else { ("member", "membership") };
        let advice = format!(
            "has a protected {who}, {person}, who would lose the {what} (`{}` in the list of \
             protected names): remove the row, or change the list",
            self.line(*line)
        );
        Some(Problem {
            field: "group",
            reason: "protected",
            value: group.to_owned(),
            advice,
            waivable: None,
        })
    }

    /// Returns the line with the exact name of a group, or with a role of it.
    fn entry_of_group(&self, name: &str) -> Option<u32> {
        let wanted = NameHash::group(name);
        let is_meant = |entry: &String| {
            NameHash::group(entry) == wanted || NameHash::group(role_subject(entry)) == wanted
        };
        self.entries.iter().position(is_meant).and_then(|place| u32::try_from(place).ok())
    }

    fn line(&self, number: u32) -> &str {
        self.entries.get(number as usize).map_or("", String::as_str)
    }

    fn problem(&self, field: &'static str, value: &str, line: u32) -> Problem {
        let line = self.line(line);
        let advice = if same_name(line, value) {
            "is on the list of protected names: remove the row, or remove the name from the list"
                .to_owned()
        } else {
            format!(
                "is protected by `{line}` in the list of protected names: remove the row, or \
                 change the list"
            )
        };
        Problem { field, reason: "protected", value: value.to_owned(), advice, waivable: None }
    }
}

/// The lines that have matched nothing yet, and the names that each may match.
#[derive(Debug, Default)]
pub(crate) struct LineNames {
    by_name: HashMap<NameHash, Vec<u32>>,
    lines: BTreeSet<u32>,
}

impl LineNames {
    fn add(&mut self, number: u32, names: &[NameHash]) {
        self.lines.insert(number);
        for name in names {
            self.by_name.entry(*name).or_default().push(number);
        }
    }

    /// Removes the lines that match this name of a user or group.
    pub(crate) fn meet(&mut self, name: NameHash) {
        for line in self.by_name.get(&name).into_iter().flatten() {
            self.lines.remove(line);
        }
    }

    /// Returns the lines that have matched nothing.
    pub(crate) fn lines(&self) -> &BTreeSet<u32> {
        &self.lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{Leave, UpdateGroup};

    fn delete(user: &str, domain: Option<&str>) -> Change<'static> {
        let (user, domain) =
            (user.to_owned().into(), domain.map(|domain| domain.to_owned().into()));
        Change::User(UserChange {
            user,
            domain,
            leave: Some(Leave::KeepAccount),
            ..UserChange::default()
        })
    }

    fn code(protected: &Protected, change: &Change<'_>) -> Option<&'static str> {
        protected.objection(change).map(|problem| problem.field)
    }

    #[test]
    fn protected_user_is_found_under_every_spelling() {
        let list = Protected::parse("\u{feff}# bosses\n Boss@X.com \nzoe\n");
        for (user, domain) in [
            ("BOSS@x.COM", None),
            ("boss", Some("x.com")),
            ("ｂｏｓｓ@x.com", None),
            ("bo\u{ad}ss@x.com", None),
            ("zoe", Some("y.com")),
            ("ZOE", Some("z.com")),
        ] {
            assert!(code(&list, &delete(user, domain)).is_some(), "{user} {domain:?}");
        }
        for (user, domain) in [("boss", Some("y.com")), ("boss@y.com", None), ("zoe@y.com", None)] {
            assert_eq!(code(&list, &delete(user, domain)), None, "{user} {domain:?}");
        }
    }

    #[test]
    fn group_in_the_list_is_neither_deleted_nor_renamed() {
        let list = Protected::parse("Design\n_admin_Video\n");
        let group =
            |name: &'static str| GroupChange { group: name.into(), ..GroupChange::default() };
        let renamed = |from, to: &'static str| {
            Change::Group(GroupChange {
                update: Some(UpdateGroup { name: Some(to.into()), description: None }),
                ..group(from)
            })
        };
        for name in ["DESIGN", "video"] {
            assert_eq!(
                code(&list, &Change::Group(GroupChange { delete: true, ..group(name) })),
                Some("group"),
                "{name}"
            );
        }
        assert_eq!(code(&list, &renamed("Design", "Other")), Some("group"));
        assert_eq!(code(&list, &renamed("Other", "Design")), Some("new_name"));
        assert_eq!(code(&list, &renamed("Design", "DESIGN")), None);
    }

    #[test]
    fn lines_are_told_apart_by_whom_they_may_name() {
        let list = Protected::parse("ann@x.com\nzoe\n_admin_Video\nmembers:Design\nTwo Words\n");
        let (addresses, usernames) = list.lines_by_kind();
        let names = |lines: &[ProtectedName]| -> Vec<(u32, String)> {
            lines.iter().map(|line| (line.line, line.name.clone())).collect()
        };
        assert_eq!(names(&addresses), [(0, "ann@x.com".to_owned())]);
        assert_eq!(names(&usernames), [(1, "zoe".to_owned())]);
        let all: Vec<&str> = list.names().collect();
        assert_eq!(all, ["ann@x.com", "zoe", "_admin_Video", "Design", "Two Words"]);
    }

    /// The server says by which names it knows somebody on the list.
    #[test]
    fn person_is_protected_under_every_name_that_is_learned() {
        let mut list = Protected::parse("ann@x.com\n");
        let spelling = |name: &str, domain: &str| (name.to_owned(), domain.to_owned());
        list.learn_person(&[spelling("bob@x.com", ""), spelling("bob", "x.com")]);
        assert_eq!(code(&list, &delete("bob", Some("y.com"))), None);
        list.learn_person(&[spelling("ann@x.com", ""), spelling("alee", "y.com")]);
        assert!(code(&list, &delete("alee", Some("y.com"))).is_some());
        assert_eq!(code(&list, &delete("alee", Some("z.com"))), None);
    }
}
