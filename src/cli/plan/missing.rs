//! People who are missing in the files (`plan --missing`): what an import would do about them.

use super::section::IN_JSON;
use crate::cli::error::CliError;
use crate::import::config::{ConnectConfig, ImportConfig};
use crate::import::connection::Connection;
use crate::import::missing::{
    MissingCaller, MissingList, MissingPerson, PlannedMissing, ScannedFile,
};
use crate::import::reporter::{ImportReporter, Silent};
use crate::number::{form, noun};
use crate::reconcile::{LEAVE, PerhapsMeant};
use crate::report::{PlanPart, PlanPartKind};
use std::collections::BTreeMap;

/// Returns what an import would do about missing people; `None` if nobody is looked for. With
/// `connect`, a token shows the caller.
pub(super) fn find(
    config: &ImportConfig,
    listed: Option<(MissingList, BTreeMap<u32, PerhapsMeant>)>,
    files: &[ScannedFile<'_>],
    connect: Option<&ConnectConfig>,
    reporter: &dyn ImportReporter,
) -> Result<Option<PlannedMissing>, CliError> {
    let Some(listed) = listed else { return Ok(None) };
    let connection = connect.map(|connect| Connection::prepare(connect, &Silent)).transpose()?;
    Ok(PlannedMissing::find(config, listed, files, connection.as_ref(), reporter)?)
}

/// Returns the parts about missing people.
pub(super) fn parts(missing: &PlannedMissing) -> Vec<PlanPart> {
    let number = missing.number.unwrap_or_default();
    let requests = missing.requests;
    let people = format!("missing {}", noun(number, "person"));
    let (kind, happens) = match missing.action {
        "leave" => (PlanPartKind::Remove, form(number, "leaves the organization", LEAVE)),
        "remove-groups" => (PlanPartKind::Remove, form(number, "loses groups", "lose groups")),
        _ => (PlanPartKind::Same, form(number, "is listed", "are listed")),
    };
    let with_groups = |MissingPerson { user, groups, .. }: &MissingPerson| match groups.is_empty() {
        true => user.clone(),
        false => format!("{user}: {}", groups.join(", ")),
    };
    let names = missing.people.iter().take(MissingPerson::KEPT).map(with_groups).collect();
    let stay = missing.stays.len() as u64;
    let stays = form(stay, "person stays, because a row may mean them", STAY);
    let counts = missing
        .counts
        .iter()
        .map(|counts| PlanPart::without_number(PlanPartKind::Same, counts.clone()));
    let mut parts: Vec<PlanPart> = counts.collect();
    let numbered = [
        PlanPart::new(kind, number, format!("{people} {happens}")).with_first_names(names, number),
        PlanPart::new(
            PlanPartKind::Same,
            requests,
            format!("{} for them, once every row is ok or unchanged", noun(requests, "request")),
        ),
        PlanPart::new(PlanPartKind::LookAt, stay, stays.to_owned())
            .with_names(missing.stays.clone(), IN_JSON),
    ];
    parts.extend(numbered.into_iter().filter(|part| part.number != Some(0)));
    let look_at = |words| PlanPart::without_number(PlanPartKind::LookAt, words);
    if let Some(refused) = &missing.refused {
        parts.push(look_at(format!("refused by an import: {refused}")));
    }
    let why = match missing.caller {
        MissingCaller::Known => None,
        MissingCaller::NotAsked => Some("only --online and --save show which one it is"),
        MissingCaller::NotInToken => Some("the token does not say which one it is"),
    };
    if kind == PlanPartKind::Remove && missing.number.is_some() {
        parts.extend(why.map(|why| look_at(format!("{CALLER}, but {why}"))));
    }
    parts
}

const STAY: &str = "people stay, because rows may mean them";
const CALLER: &str = "your own account (that of the credentials) also stays";
