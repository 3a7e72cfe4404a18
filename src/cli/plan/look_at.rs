//! What a person should look at before approving a plan: groups that nobody knows, administrators,
//! people who may have two accounts, domains of one user, licences.

use super::section::{FIRST_IN_JSON, IN_JSON};
use crate::import::administrators::Administrators;
use crate::import::groups::GroupsOfFile;
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

/// What is known about a file.
pub(super) struct LookAtFacts<'f> {
    pub(super) file: &'f str,
    pub(super) groups: Option<&'f GroupsOfFile>,
    /// Administrators who would lose roles; `None` if no row removes anything.
    pub(super) administrators: Option<&'f Administrators>,
    /// The first rows that may give a new address to somebody, and how many there are.
    pub(super) new_addresses: (&'f [NewAddress], u64),
    pub(super) lone_domains: &'f [LoneDomain],
    pub(super) licences: &'f [Exceeded],
}

impl LookAt {
    fn of(kind: &'static str, words: String, names: Vec<String>) -> Self {
        let number = names.len() as u64;
        Self::first(kind, words, (names, number))
    }

    /// Creates it with the first of so many names.
    fn first(kind: &'static str, words: String, (names, number): (Vec<String>, u64)) -> Self {
        Self { kind, number: Some(number), words, names }
    }

    /// Finds what one file has of it.
    pub(super) fn find(found: &LookAtFacts<'_>, reporter: &dyn ImportReporter) -> Vec<Self> {
        let mut all: Vec<Self> = found.groups.into_iter().flat_map(of_groups).collect();
        if let Some(administrators) = found.administrators {
            all.extend(of_administrators(administrators, found.file, reporter));
        }
        let (addresses, number) = found.new_addresses;
        let addresses = addresses.iter().map(ToString::to_string).collect();
        let users = noun(number, "new user");
        let lone: Vec<String> = found.lone_domains.iter().map(lone_words).collect();
        let alone = form(lone.len() as u64, "domain has", "domains have");
        let alone = format!("{alone} one new user only: perhaps a mistyped address");
        let licences: Vec<String> = found.licences.iter().map(licence_words).collect();
        let profiles = noun(licences.len() as u64, "profile");
        let may = format!("{users} may exist under another address");
        all.push(Self::first("new_addresses", may, (addresses, number)));
        all.push(Self::of("lone_domains", alone, lone));
        all.push(Self::of("licences", format!("{profiles} without enough licences"), licences));
        all.retain(|one| one.number != Some(0));
        all
    }

    /// Returns the part of the plan.
    pub(super) fn part(&self) -> PlanPart {
        let part = PlanPart::without_number(PlanPartKind::LookAt, self.words.clone());
        let (names, number) = (self.names.clone(), self.number.unwrap_or(0));
        let has_all = names.len() as u64 == number;
        let rest = if has_all { IN_JSON } else { FIRST_IN_JSON };
        PlanPart { number: self.number, rest, ..part }.with_first_names(names, number)
    }
}

/// Describes groups that do not exist or were not checked.
fn of_groups(GroupsOfFile { absent, unchecked }: &GroupsOfFile) -> [LookAt; 2] {
    let number = absent.len() as u64;
    let exist = form(number, "does not exist", "do not exist");
    let them = form(number, "it", "them");
    let absent_words =
        format!("{} {exist}: rows that need {them} are invalid", noun(number, "group"));
    let number = unchecked.len() as u64;
    let is_checked = form(number, "is not checked", "are not checked");
    let unchecked_words = format!("{} {is_checked}: the server decides", noun(number, "group"));
    [
        LookAt::of("groups_unknown", absent_words, absent.clone()),
        LookAt::of("groups_unchecked", unchecked_words, unchecked.clone()),
    ]
}

/// Describes administrators who would lose a role, and why there may be more of them.
fn of_administrators(
    administrators: &Administrators,
    file: &str,
    reporter: &dyn ImportReporter,
) -> Vec<LookAt> {
    let (names, number) = administrators.refused_of(file, reporter);
    let (rows, take) = (noun(number, "row"), form(number, "takes", "take"));
    let words = format!("{rows} {take} roles from administrators");
    let partly = administrators.partly_words(reporter).map(|words| LookAt {
        kind: "administrators_unknown",
        number: None,
        words: format!("administrators are {words}"),
        names: Vec::new(),
    });
    [LookAt::first("administrators", words, (names, number))].into_iter().chain(partly).collect()
}

fn lone_words(LoneDomain { domain, user }: &LoneDomain) -> String {
    format!("{domain}: {user}")
}

fn licence_words(Exceeded { group, quota, members }: &Exceeded) -> String {
    let (members, licences) = (count(*members, "member"), count(*quota, "licence"));
    format!("{group} would have {members}, but has {licences}")
}
