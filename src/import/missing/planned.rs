//! Who is missing, for `plan`: the decision of an import, without an unfinished run and without
//! sending anything.

use super::decision::{Caller, MissingDecision, ScannedFile, check, find};
use super::error::MissingError;
use super::history::RunHistory;
use super::list::MissingList;
use super::person::MissingPerson;
use crate::import::config::{ImportConfig, MissingAction, MissingConfig};
use crate::import::connection::Connection;
use crate::import::error::ImportError;
use crate::import::note::Note;
use crate::import::reporter::ImportReporter;
use crate::organization::OrgUser;
use crate::reconcile::PerhapsMeant;
use crate::umapi::wire::MAX_COMMANDS;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// Who is missing, and what an import would do about them. The field names are those of
/// `plan --json`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct PlannedMissing {
    /// What happens to them: the value of `--missing`.
    pub(crate) action: &'static str,
    /// The number of people to whom something happens; `None` if an import refuses to find out.
    pub(crate) number: Option<u64>,
    /// These people, each with the groups that are removed. Programs are told the first of them.
    #[serde(rename = "names", serialize_with = "first_people")]
    pub(crate) people: Vec<MissingPerson>,
    /// The requests for them, after those of the rows.
    pub(crate) requests: u64,
    /// The numbers in words, with those who are exempt and why.
    pub(crate) counts: Option<String>,
    /// Who stays, because a row may mean them.
    pub(crate) stays: Vec<String>,
    /// Why an import refuses to begin; `None` if it does not.
    pub(crate) refused: Option<String>,
    #[serde(rename = "caller_known")]
    pub(crate) caller: MissingCaller,
}

/// Whether the caller of the API is known, who is exempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MissingCaller {
    /// The token shows the caller.
    Known,
    /// There is no token.
    NotAsked,
    /// The token does not show the caller.
    NotInToken,
}

/// Serializes whether the caller is known.
impl Serialize for MissingCaller {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bool(*self == Self::Known)
    }
}

/// Somebody who is missing, as programs are told.
#[derive(Serialize)]
struct ToldPerson<'p> {
    user: &'p str,
    groups: &'p [String],
}

fn first_people<S: Serializer>(people: &[MissingPerson], serializer: S) -> Result<S::Ok, S::Error> {
    let people = people.iter().take(MissingPerson::KEPT);
    serializer
        .collect_seq(people.map(|MissingPerson { user, groups, .. }| ToldPerson { user, groups }))
}

impl PlannedMissing {
    /// Decides who is missing; `None` if nobody is looked for. Only a `connection` asks the server,
    /// for the caller's id.
    ///
    /// # Errors
    /// When something cannot be read, or the server refuses the credentials. If an import refuses
    /// because of missing people, that is a part of the plan.
    pub(crate) fn find(
        config: &ImportConfig,
        listed: (MissingList, BTreeMap<u32, PerhapsMeant>),
        files: &[ScannedFile<'_>],
        connection: Option<&Connection>,
        reporter: &dyn ImportReporter,
    ) -> Result<Option<Self>, ImportError> {
        let Some(missing) = &config.missing else { return Ok(None) };
        let action = missing.action;
        let words = |error: &ImportError| reporter.words(&Note::Error(error));
        match decide(config, missing, listed, (files, connection), reporter) {
            Ok((decided, caller)) => {
                let refused = decided.total(config, action).refusal().map(|too_many| {
                    let why = too_many.into();
                    words(&ImportError::from(MissingError::Refused { action, why }))
                });
                Ok(Some(Self { refused, caller, ..decided.planned(action) }))
            }
            Err(error @ ImportError::Missing(MissingError::Refused { .. })) => {
                Ok(Some(Self { refused: Some(words(&error)), ..Self::of(action) }))
            }
            Err(error) => Err(error),
        }
    }

    /// Returns a plan in which nothing is known.
    fn of(action: MissingAction) -> Self {
        Self {
            action: action.name(),
            number: None,
            people: Vec::new(),
            requests: 0,
            counts: None,
            stays: Vec::new(),
            refused: None,
            caller: MissingCaller::NotAsked,
        }
    }
}

/// Decides as an import does.
fn decide(
    config: &ImportConfig,
    missing: &MissingConfig,
    listed: (MissingList, BTreeMap<u32, PerhapsMeant>),
    (files, connection): (&[ScannedFile<'_>], Option<&Connection>),
    reporter: &dyn ImportReporter,
) -> Result<(MissingDecision, MissingCaller), ImportError> {
    check(missing.action, &listed.0, files)?;
    let access = &config.connect.access;
    let own_id = match connection {
        Some(connection) => tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?
            .block_on(connection.client.own_id())?,
        None => None,
    };
    let shown = match (connection, &own_id) {
        (_, Some(_)) => MissingCaller::Known,
        (Some(_), None) => MissingCaller::NotInToken,
        (None, None) => MissingCaller::NotAsked,
    };
    let place = Connection::place_if_set(access)?;
    let place = place.as_ref().map(|(organization, host)| (organization, host));
    let history = RunHistory::of(access.state_dir(), place)?;
    let caller = Caller { own_id: own_id.as_deref(), history };
    Ok((find((config, missing), listed, files, caller, reporter)?, shown))
}

impl MissingDecision {
    /// Returns everybody to whom something happens, for the comparison with a saved plan; `None` if
    /// an earlier run about them goes on, or is shown.
    pub(crate) fn begins_with(&self) -> Option<Vec<MissingPerson>> {
        self.earlier.is_none().then(|| self.everybody(self.what))
    }

    /// Returns everybody to whom something happens, with the groups that are removed.
    fn everybody(&self, action: MissingAction) -> Vec<MissingPerson> {
        let groups = |person: OrgUser<'_>| match action {
            MissingAction::RemoveGroups => {
                self.taken.of(person).into_iter().map(str::to_owned).collect()
            }
            MissingAction::Report | MissingAction::Leave => Vec::new(),
        };
        let person = |number: &u32| {
            let person = self.organization.person(*number);
            let account = [person.identity(), person.username(), person.domain(), person.id()];
            let account: Vec<&str> = account.into_iter().filter(|part| !part.is_empty()).collect();
            MissingPerson {
                user: person.name().to_owned(),
                account: account.join(", "),
                groups: groups(person),
            }
        };
        self.found.people.iter().map(person).collect()
    }

    /// Returns what an import would do.
    fn planned(&self, action: MissingAction) -> PlannedMissing {
        let is_sent = action != MissingAction::Report;
        PlannedMissing {
            number: Some(self.people),
            people: self.everybody(action),
            requests: if is_sent { self.people.div_ceil(MAX_COMMANDS as u64) } else { 0 },
            counts: Some(self.counts()),
            stays: self.stays(),
            ..PlannedMissing::of(action)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::execute::Cap;
    use crate::import::access::Access;
    use crate::import::config::ConnectConfig;
    use crate::import::input_file::{FileAccess, InputFile};
    use crate::import::missing::load_list;
    use crate::import::reconciliation::scan_files;
    use crate::import::reporter::Silent;
    use crate::reconcile::MissingScope;
    use std::fmt::Write;

    /// Plans a file that names Ann, by a list with this number of further people, in Design. With
    /// `Some`, at most this number may be missing.
    fn planned(action: MissingAction, others: u32, most: Option<u64>) -> PlannedMissing {
        let header = "id,email,username,domain,type,status,firstname,lastname,country,groups\n";
        let mut list = header.to_owned();
        for number in 0..=others {
            let name = if number == 0 { "ann".to_owned() } else { format!("p{number}") };
            let email = format!("{name}@x.com");
            let row =
                format!("{number},{email},{email},x.com,federatedID,active,Pat,Lee,US,Design");
            writeln!(list, "{row}").unwrap();
        }
        planned_by(&list, action, most)
    }

    fn planned_by(list: &str, action: MissingAction, most: Option<u64>) -> PlannedMissing {
        let folder = tempfile::tempdir().unwrap();
        let (staff, people) = (folder.path().join("staff.csv"), folder.path().join("users.csv"));
        std::fs::write(&staff, "action,email,groups\nadd,ann@x.com,Design\n").unwrap();
        std::fs::write(&people, list).unwrap();
        let access = Access::made_up("12345@AdobeOrg", None);
        let mut config = ImportConfig::new(vec![staff.clone()], ConnectConfig::new(access));
        config.known.against = Some(people);
        config.missing = Some(MissingConfig {
            action,
            scope: MissingScope { domains: vec!["x.com".to_owned()], types: vec![] },
            max_missing: Some(most.map_or(Cap::Percent(100.0), Cap::Rows)),
            is_cap_of_these_files: true,
        });
        let place = FileAccess::InPlace(folder.path());
        let mut inputs = [InputFile::open(&staff, &config.read, place, &Silent).unwrap()];
        let scans = scan_files(&mut inputs, None, &Silent).unwrap();
        let files: Vec<ScannedFile<'_>> = inputs.iter().zip(&scans).collect();
        let listed = (load_list(&config, &Silent, None).unwrap().unwrap(), BTreeMap::new());
        PlannedMissing::find(&config, listed, &files, None, &Silent).unwrap().unwrap()
    }

    #[test]
    fn plan_says_who_leaves_and_in_how_many_requests() {
        let missing = planned(MissingAction::Leave, 11, None);
        assert_eq!((missing.number, missing.requests), (Some(11), 2));
        assert_eq!((missing.action, missing.refused.as_deref()), ("leave", None));
        let names: Vec<&str> = missing.people.iter().map(|person| &*person.user).collect();
        assert!(names.len() == 11 && names.contains(&"p1@x.com"), "{names:?}");
        assert!(missing.people.iter().all(|person| person.groups.is_empty()));
        assert!(missing.counts.unwrap().contains("11 of 12 people"));
        assert_eq!(missing.caller, MissingCaller::NotAsked, "nobody has a token");
        let missing = planned(MissingAction::RemoveGroups, 1, None);
        assert_eq!(
            (missing.requests, &missing.people[0].groups[..]),
            (1, &["Design".to_owned()][..])
        );
    }

    #[test]
    fn people_who_are_only_listed_cost_no_request() {
        let missing = planned(MissingAction::Report, 11, None);
        assert_eq!((missing.number, missing.people.len(), missing.requests), (Some(11), 11, 0));
    }

    /// The plan shows what an import would refuse, and that it would.
    #[test]
    fn too_many_missing_people_are_planned_with_the_refusal() {
        let missing = planned(MissingAction::Leave, 3, Some(2));
        assert_eq!((missing.number, missing.people.len()), (Some(3), 3));
        assert!(missing.refused.is_some());
        assert_eq!(planned(MissingAction::Leave, 3, Some(3)).refused, None);
    }

    #[test]
    fn list_that_does_not_show_who_is_missing_is_a_refusal_without_numbers() {
        let list = "id,email,username,domain,type,firstname,lastname,country,groups\n\
                    1,bob@x.com,bob@x.com,x.com,federatedID,Pat,Lee,US,Design\n";
        let missing = planned_by(list, MissingAction::Leave, None);
        assert_eq!((missing.number, missing.people.len()), (None, 0));
        assert!(missing.refused.unwrap().contains("no column `status`"));
    }

    #[test]
    fn programs_are_told_whether_the_caller_is_known() {
        let told = |caller: MissingCaller| serde_json::to_value(caller).unwrap();
        assert_eq!(told(MissingCaller::Known), true);
        assert_eq!(told(MissingCaller::NotAsked), false);
        assert_eq!(told(MissingCaller::NotInToken), false);
    }
}
