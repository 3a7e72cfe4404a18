//! People who are missing in the files (`plan --missing`): what an import would do about them.

use super::section::{PlanMark, PlanSection};
use crate::cli::error::CliError;
use crate::import::config::ImportConfig;
use crate::import::connection::Connection;
use crate::import::missing::{MissingList, MissingPerson, PlannedMissing, ScannedFile};
use crate::import::reporter::{ImportReporter, Silent};
use crate::number::{form, noun};
use crate::reconcile::PerhapsMeant;
use std::collections::BTreeMap;

/// Returns what an import would do about missing people; `None` if nobody is looked for.
pub(super) fn find(
    config: &ImportConfig,
    listed: Option<(MissingList, BTreeMap<u32, PerhapsMeant>)>,
    files: &[ScannedFile<'_>],
    reporter: &dyn ImportReporter,
) -> Result<Option<PlannedMissing>, CliError> {
    let Some(listed) = listed else { return Ok(None) };
    // A plan that fetches a list has a token, which shows the caller.
    let connection = match config.known.online {
        true => Some(Connection::prepare(&config.connect, &Silent)?),
        false => None,
    };
    Ok(PlannedMissing::find(config, listed, files, connection.as_ref(), reporter)?)
}

/// Returns the sections about missing people.
pub(super) fn sections(missing: &PlannedMissing) -> Vec<PlanSection> {
    let PlannedMissing { number, requests, .. } = *missing;
    let people = format!("{} in no row", noun(number, "person"));
    let (mark, happens) = match missing.action {
        "leave" => (PlanMark::Remove, form(number, "leaves the organization", LEAVE)),
        "remove-groups" => (PlanMark::Remove, form(number, "loses groups", "lose groups")),
        _ => (PlanMark::Same, form(number, "is listed", "are listed")),
    };
    let with_groups = |MissingPerson { user, groups }: &MissingPerson| match groups.is_empty() {
        true => user.clone(),
        false => format!("{user}: {}", groups.join(", ")),
    };
    let names = missing.names.iter().map(with_groups).collect();
    let stay = missing.stays.len() as u64;
    let stays = form(stay, "person stays, because a row may mean them", STAY);
    let only_words = |mark, words| {
        let section = PlanSection::new(mark, 0, words);
        PlanSection { number: None, ..section }
    };
    let mut sections = vec![
        only_words(PlanMark::Same, format!("missing: {}", missing.counts)),
        PlanSection::new(mark, number, format!("{people} {happens}"))
            .with_first_names(names, number),
        PlanSection::new(
            PlanMark::Same,
            requests,
            format!("{} for them, once every row is ok or unchanged", noun(requests, "request")),
        ),
        PlanSection::new(PlanMark::LookAt, stay, stays.to_owned())
            .with_names(missing.stays.clone()),
    ];
    sections.retain(|section| section.number != Some(0));
    if let Some(refused) = &missing.refused {
        sections.push(only_words(PlanMark::LookAt, format!("refused by an import: {refused}")));
    }
    if mark == PlanMark::Remove && !missing.caller_known {
        sections.push(only_words(PlanMark::LookAt, CALLER.to_owned()));
    }
    sections
}

const LEAVE: &str = "leave the organization";
const STAY: &str = "people stay, because rows may mean them";
const CALLER: &str =
    "the account of the credentials also stays, but only --online shows which one it is";
