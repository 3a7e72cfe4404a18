//! Who is missing, for `plan`: the decision of an import, without an unfinished run and without
//! sending anything.

use super::decision::{Caller, MissingDecision, ScannedFile, check_rows, find};
use super::error::{MissingError, MissingRefusal};
use super::history::RunHistory;
use super::list::{MissingList, check_list};
use crate::import::config::{ImportConfig, MissingAction};
use crate::import::connection::Connection;
use crate::import::error::ImportError;
use crate::import::note::Note;
use crate::import::reporter::ImportReporter;
use crate::organization::OrgUser;
use crate::reconcile::PerhapsMeant;
use crate::umapi::wire::MAX_COMMANDS;
use serde::Serialize;
use std::collections::BTreeMap;

/// The most names that are kept.
const KEPT: usize = 1000;

/// Who is missing, and what an import would do about them. The field names are those of
/// `plan --json`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct PlannedMissing {
    /// What happens to them: the value of `--missing`.
    pub(crate) action: &'static str,
    /// The number of people to whom something happens.
    pub(crate) number: u64,
    /// The first of them, each with the groups that are removed.
    pub(crate) names: Vec<MissingPerson>,
    /// The requests for them, after those of the rows.
    pub(crate) requests: u64,
    /// The numbers in words, with those who are exempt and why.
    pub(crate) counts: String,
    /// Who stays, because a row may mean them.
    pub(crate) stays: Vec<String>,
    /// Why an import refuses to begin; `None` if it does not.
    pub(crate) refused: Option<String>,
    /// Whether the caller of the API is known, who is exempt.
    pub(crate) caller_known: bool,
}

/// Somebody who is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct MissingPerson {
    /// The email address, or the username.
    pub(crate) user: String,
    /// The groups that are removed.
    pub(crate) groups: Vec<String>,
}

impl PlannedMissing {
    /// Decides who is missing; `None` if nobody is looked for. Only a `connection` asks the server,
    /// for the caller's id.
    ///
    /// # Errors
    /// When that cannot be known.
    pub(crate) fn find(
        config: &ImportConfig,
        (list, perhaps_meant): (MissingList, BTreeMap<u32, PerhapsMeant>),
        files: &[ScannedFile<'_>],
        connection: Option<&Connection>,
        reporter: &dyn ImportReporter,
    ) -> Result<Option<Self>, ImportError> {
        let Some(missing) = &config.missing else { return Ok(None) };
        let action = missing.action;
        let refuse = |why: MissingRefusal| MissingError::Refused { action, why };
        check_list(&list.organization).map_err(refuse)?;
        check_rows(files).map_err(refuse)?;
        let access = &config.connect.access;
        let own_id = match connection {
            Some(connection) => tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?
                .block_on(connection.client.own_id())?,
            None => None,
        };
        let place = Connection::place_if_set(access)?;
        let place = place.as_ref().map(|(organization, host)| (organization, host));
        let history = RunHistory::of(access.state_dir(), place)?;
        let caller = Caller { own_id: own_id.as_deref(), history };
        let decided = find((config, missing), (list, perhaps_meant), files, caller, reporter)?;
        let refused = decided.total(config, action).refusal().map(|too_many| {
            let error = ImportError::from(refuse(too_many.into()));
            reporter.words(&Note::Error(&error))
        });
        let planned = decided.planned(action);
        Ok(Some(Self { refused, caller_known: own_id.is_some(), ..planned }))
    }
}

impl MissingDecision {
    /// Returns what an import would do.
    fn planned(&self, action: MissingAction) -> PlannedMissing {
        let groups = |person: OrgUser<'_>| match action {
            MissingAction::RemoveGroups => {
                self.taken.of(person).into_iter().map(str::to_owned).collect()
            }
            MissingAction::Report | MissingAction::Leave => Vec::new(),
        };
        let person = |number: &u32| {
            let person = self.organization.person(*number);
            MissingPerson { user: person.name().to_owned(), groups: groups(person) }
        };
        let is_sent = action != MissingAction::Report;
        PlannedMissing {
            action: action.name(),
            number: self.people,
            names: self.found.people.iter().take(KEPT).map(person).collect(),
            requests: if is_sent { self.people.div_ceil(MAX_COMMANDS as u64) } else { 0 },
            counts: self.counts(),
            stays: self.stays(),
            refused: None,
            caller_known: false,
        }
    }
}
