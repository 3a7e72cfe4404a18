//! What a person should look at before approving a plan: groups that nobody knows, administrators,
//! people who may have two accounts, domains of one user, licences.

use super::section::IN_JSON;
use crate::import::administrators::Administrators;
use crate::import::groups::CheckedGroups;
use crate::import::new_addresses::NewAddress;
use crate::import::reporter::ImportReporter;
use crate::number::{count, form, noun};
use crate::reconcile::{Exceeded, LoneDomain};
use crate::report::{PlanPart, PlanPartKind};
use serde::Serialize;

/// A kind of thing to look at. The field names are those of the JSON.
#[derive(Debug, Clone, Serialize)]
pub(super) struct LookAt {
    kind: &'static str,
    /// The number of things; `null` where it is unknown.
    number: Option<u64>,
    /// What is counted, or what is unknown.
    words: String,
    /// The things.
    names: Vec<String>,
}

/// The groups of all files that need a look.
#[derive(Debug, Default)]
pub(super) struct UnknownGroups {
    /// Groups that do not exist, each with a similar name that may be meant.
    absent: Vec<String>,
    /// Groups that were not checked.
    unchecked: Vec<String>,
}

impl UnknownGroups {
    /// Takes them from what was found out about the groups of the rows.
    pub(super) fn of(groups: &CheckedGroups) -> Self {
        Self {
            absent: groups.shown.clone(),
            unchecked: groups.unknown.iter().map(|name| format!("`{name}`")).collect(),
        }
    }

    /// Returns what one file has of them. `refuses` says whether rows of it are
    /// invalid for their groups.
    fn look_at(&self, refuses: RefusedForGroups) -> Vec<LookAt> {
        let exist = form(self.absent.len() as u64, "does not exist", "do not exist");
        let absent = noun(self.absent.len() as u64, "group");
        let them = form(self.absent.len() as u64, "it", "them");
        let unchecked = self.unchecked.len() as u64;
        let is_checked = form(unchecked, "is not checked", "are not checked");
        [
            Some(LookAt::of(
                "groups_unknown",
                format!("{absent} {exist}: rows that need {them} are invalid"),
                self.absent.clone(),
            ))
            .filter(|_| refuses == RefusedForGroups::Some),
            Some(LookAt::of(
                "groups_unchecked",
                format!("{} {is_checked}: the server decides", noun(unchecked, "group")),
                self.unchecked.clone(),
            )),
        ]
        .into_iter()
        .flatten()
        .filter(|one| !one.names.is_empty())
        .collect()
    }
}

/// Whether rows of a file are invalid because a group does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RefusedForGroups {
    None,
    Some,
}

/// What is known about a file.
pub(super) struct LookAtFacts<'f> {
    pub(super) file: &'f str,
    pub(super) groups: &'f UnknownGroups,
    pub(super) refuses: RefusedForGroups,
    /// Administrators who would lose roles; `None` if no row removes anything.
    pub(super) administrators: Option<&'f Administrators>,
    pub(super) new_addresses: &'f [NewAddress],
    pub(super) lone_domains: &'f [LoneDomain],
    pub(super) licences: &'f [Exceeded],
}

impl LookAt {
    fn of(kind: &'static str, words: String, names: Vec<String>) -> Self {
        Self { kind, number: Some(names.len() as u64), words, names }
    }

    /// Finds what one file has of it.
    pub(super) fn find(found: &LookAtFacts<'_>, reporter: &dyn ImportReporter) -> Vec<Self> {
        let mut all = found.groups.look_at(found.refuses);
        if let Some(administrators) = found.administrators {
            all.extend(of_administrators(administrators, found.file, reporter));
        }
        let addresses: Vec<String> = found.new_addresses.iter().map(ToString::to_string).collect();
        let users = noun(addresses.len() as u64, "new user");
        let lone: Vec<String> = found.lone_domains.iter().map(lone_words).collect();
        let alone = form(lone.len() as u64, "domain has", "domains have");
        let alone = format!("{alone} one new user only: perhaps a mistyped address");
        let licences: Vec<String> = found.licences.iter().map(licence_words).collect();
        let profiles = noun(licences.len() as u64, "profile");
        let may = format!("{users} may exist under another address");
        all.push(Self::of("new_addresses", may, addresses));
        all.push(Self::of("lone_domains", alone, lone));
        all.push(Self::of("licences", format!("{profiles} without enough licences"), licences));
        all.retain(|one| one.number != Some(0));
        all
    }

    /// Returns the part of the plan.
    pub(super) fn part(&self) -> PlanPart {
        let part = PlanPart::without_number(PlanPartKind::LookAt, self.words.clone());
        PlanPart { number: self.number, ..part }.with_names(self.names.clone(), IN_JSON)
    }
}

/// Describes administrators who would lose a role, and why there may be more of them.
fn of_administrators(
    administrators: &Administrators,
    file: &str,
    reporter: &dyn ImportReporter,
) -> Vec<LookAt> {
    let names = administrators.refused_of(file, reporter);
    let people = noun(names.len() as u64, "row");
    let words =
        format!("{people} {} roles from administrators", form(names.len() as u64, "takes", "take"));
    let partly = administrators.partly_words(reporter).map(|words| LookAt {
        kind: "administrators_unknown",
        number: None,
        words: format!("admins  {words}"),
        names: Vec::new(),
    });
    [LookAt::of("administrators", words, names)].into_iter().chain(partly).collect()
}

fn lone_words(LoneDomain { domain, user }: &LoneDomain) -> String {
    format!("{domain}: {user}")
}

fn licence_words(Exceeded { group, quota, members }: &Exceeded) -> String {
    let (members, licences) = (count(*members, "member"), count(*quota, "licence"));
    format!("{group} would have {members}, but has {licences}")
}
