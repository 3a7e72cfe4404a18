//! The plan of one file, in the form that `plan --json` prints.

use super::look_at::LookAt;
use super::work::PlannedWork;
use crate::change::EffectCounts;
use crate::cli::words::note_words;
use crate::execute::{CountriesRead, Scan};
use crate::import::administrators::AtRisk;
use crate::import::baseline;
use crate::import::input_file::InputFile;
use crate::import::missing::PlannedMissing;
use crate::import::new_addresses::NewAddress;
use crate::import::note::Note;
use crate::plan::{Estimate, Headcount};
use crate::reconcile::{Exceeded, NearName, Preview};
use crate::umapi::Rates;
use crate::umapi::wire::MAX_COMMANDS;
use jiff::Timestamp;
use serde::Serialize;
use std::time::Duration;

/// The plan of a file. The field names are those of the JSON.
#[derive(Serialize)]
pub(super) struct Planned {
    pub(super) file: String,
    dialect: &'static str,
    pub(super) rows: u64,
    pub(super) sendable: u64,
    pub(super) unchanged: u64,
    /// Unchanged rows that remove something from a user whom the list does not have.
    pub(super) not_there: u64,
    /// Rows to send that remove something from a user whom the list does not have.
    pub(super) sent_not_there: u64,
    /// For the first of these users: a user of the list with a similar name, who may be meant.
    pub(super) near_names: Vec<NearName>,
    /// What the rows do, and which values are not applied: the number of rows for each word; for
    /// `joined` and `left`, of memberships.
    pub(super) effects: EffectCounts,
    /// The part of `effects` that is not applied to Adobe IDs.
    #[serde(skip)]
    pub(super) of_adobe_ids: EffectCounts,
    pub(super) invalid: u64,
    /// Rows that are not sent, because an invalid row before them renames a user or group.
    pub(super) behind_renames: u64,
    pub(super) skipped: u64,
    /// What the rows do, in words and in numbers.
    pub(super) does: String,
    headcount: Headcount,
    ignored_columns: Vec<String>,
    #[serde(skip)]
    pub(super) countries: CountriesRead,
    pub(super) deletes: u64,
    removals: u64,
    pub(super) commands: u64,
    pub(super) requests: u64,
    /// Commands of groups, and the commands of users in whose place they are sent.
    pub(super) group_commands: u64,
    pub(super) in_place_of: u64,
    /// A number of requests that no order of the rows goes below.
    pub(super) fewest_requests: u64,
    /// The requests of ten rows each, in the order of the file.
    pub(super) requests_in_file_order: u64,
    /// The number of users whom an import probes before it removes them (`--verify-deletes`).
    probes: u64,
    /// The number of all questions to the server, including those before the first request. One
    /// response may serve several purposes.
    questions: u64,
    /// Whether the number of questions is a lower bound: an import may have to fetch a list of
    /// unknown size, or ask for names that the list does not have.
    questions_at_least: bool,
    /// Requests in test mode that show whether groups exist which no list has.
    trials: u64,
    /// Minutes at the limits; `null` without a limit.
    minutes: Option<f64>,
    /// What an import would ask the user first, because the list is old.
    pub(super) asks: Option<String>,
    #[serde(flatten)]
    pub(super) found: PlanFindings,
}

/// What was found out about a file beside the numbers of its rows. The field names are those of the
/// JSON.
#[derive(Serialize)]
pub(super) struct PlanFindings {
    /// Administrators who would lose a role; `null` where only the server knows.
    pub(super) administrators: Option<Vec<AtRisk>>,
    /// Rows that create a user who may exist under another address; the first thousand.
    pub(super) perhaps_new_addresses: Vec<NewAddress>,
    /// Profiles that would have more members than licences.
    pub(super) licences: Vec<Exceeded>,
    /// What would change; `null` without a comparison.
    pub(super) differences: Option<Differences>,
    /// What the rows ask for, if nothing is compared; `null` for very many rows.
    pub(super) asked_for: Option<Preview>,
    /// What a person should look at before approving.
    pub(super) look_at: Vec<LookAt>,
    /// People who are missing in all files of the command, with the last file; `null` without
    /// `--missing`.
    pub(super) missing: Option<PlannedMissing>,
}

impl Planned {
    /// Combines what the scan, the estimate and the lists show about a file.
    pub(super) fn new(
        input: &InputFile,
        scanned: &Scan,
        (estimate, work): (&Estimate, &PlannedWork),
        found: PlanFindings,
        rates: &Rates,
        max_age: Duration,
    ) -> Self {
        let counts = &scanned.counts;
        let headcount = Headcount::of(&scanned.plan);
        let near_names = input
            .baseline
            .iter()
            .flat_map(|known| counts.not_listed.iter().filter_map(|who| known.near_name(who)))
            .collect();
        let asks = input
            .baseline
            .as_ref()
            .filter(|known| known.reduces)
            .and_then(|known| {
                baseline::objections(known, counts.relies_on_absence, max_age).into_iter().next()
            })
            .map(|why| format!("{}: the import will ask", note_words(&Note::Objection(&why))));
        Self {
            file: input.table.name().to_owned(),
            dialect: input.table.dialect().name(),
            rows: counts.rows,
            sendable: counts.sendable,
            unchanged: counts.unchanged,
            not_there: counts.not_there,
            sent_not_there: counts.sent_not_there,
            near_names,
            effects: counts.effects.clone(),
            of_adobe_ids: counts.of_adobe_ids.clone(),
            invalid: counts.invalid,
            countries: counts.countries.clone(),
            behind_renames: counts.behind,
            skipped: counts.skipped,
            does: headcount.words(),
            headcount,
            ignored_columns: input.table.ignored_columns().to_vec(),
            deletes: counts.deletes,
            removals: counts.removals,
            commands: estimate.commands,
            requests: estimate.requests,
            group_commands: scanned.plan.group_side().commands,
            in_place_of: scanned.plan.group_side().firsts.len() as u64,
            fewest_requests: Estimate::fewest_requests(&scanned.plan),
            requests_in_file_order: counts.sendable.div_ceil(MAX_COMMANDS as u64),
            minutes: work.time(rates).map(decimal_minutes),
            probes: work.probes,
            questions: work.questions(rates),
            questions_at_least: work.is_least,
            trials: work.trials,
            asks,
            found,
        }
    }
}

/// What would change, compared with a list of the organization.
#[derive(Serialize)]
pub(super) struct Differences {
    /// The name of the list, and the time that it describes.
    list: String,
    at: Timestamp,
    /// The cost of sending every row, without the comparison.
    pub(super) requests_without: u64,
    minutes_without: Option<f64>,
    #[serde(flatten)]
    pub(super) preview: Preview,
}

impl Differences {
    /// Creates the differences from the list of the input. `without` estimates all rows without a
    /// comparison.
    pub(super) fn new(
        input: &InputFile,
        without: &Estimate,
        rates: &Rates,
        preview: Preview,
    ) -> Self {
        let organization = input.baseline.as_ref().map(|known| &known.organization);
        Self {
            list: organization.map(|all| all.name.clone()).unwrap_or_default(),
            at: organization.map(|all| all.at).unwrap_or_default(),
            requests_without: without.requests,
            minutes_without: minutes_at(without, rates),
            preview,
        }
    }
}

/// Returns minutes with one decimal place.
fn decimal_minutes(time: Duration) -> f64 {
    (time.as_secs_f64() / 6.0).round() / 10.0
}

fn minutes_at(estimate: &Estimate, rates: &Rates) -> Option<f64> {
    rates.action.as_ref().map(|rate| decimal_minutes(estimate.duration(rate.requests, rate.window)))
}
