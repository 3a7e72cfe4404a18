//! What a person should look at before approving a plan: groups that nobody knows, administrators,
//! people who may have two accounts, domains of one user, licences.

use super::section::IN_JSON;
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
        let mut all: Vec<Self> = found.groups.into_iter().flat_map(of_groups).collect();
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
    let names = administrators.refused_of(file, reporter);
    let people = noun(names.len() as u64, "row");
    let words =
        format!("{people} {} roles from administrators", form(names.len() as u64, "takes", "take"));
    let partly = administrators.partly_words(reporter).map(|words| LookAt {
        kind: "administrators_unknown",
        number: None,
        words: format!("administrators are {words}"),
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
