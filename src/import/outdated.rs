//! Snapshots that the server contradicts: a row seems to give a user a new address, and
//! meanwhile the organization has that address.

use crate::change::Change;
use crate::clock::wall_clock;
use crate::execute::{HeldRow, OTHER_ADDRESS};
use crate::import::baseline::{LoadedBaseline, describe_time};
use crate::import::config::KnownConfig;
use crate::import::error::ImportError;
use crate::import::existing_users::{
    MOST_QUESTIONS, UserLookup, compare_with_stored, may_be_exported,
};
use crate::import::input_file::InputFile;
use crate::import::missing::MissingList;
use crate::import::note::Note;
use crate::import::outdated_advice::{NewList, OutdatedAdvice};
use crate::import::reporter::{ImportReporter, interruption};
use crate::number::{count, form};
use crate::table::RowBuffer;
use crate::umapi::{ApiError, ApiUser, Client};
use crate::visible::visible;
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Asks the server about the new addresses of rows that a snapshot holds back, and adds the
/// users with these addresses to the list, and to the list of `--missing`. Returns whether the list
/// was outdated; then the inputs are compared with it again. Without an answer, the rows stay held
/// back.
pub(crate) fn bring_up_to_date(
    stored_baseline: &mut LoadedBaseline,
    listed: Option<&mut MissingList>,
    inputs: &mut [InputFile],
    lookup: &UserLookup<'_>,
) -> Result<bool, ImportError> {
    let emails = asked_about(inputs)?;
    if emails.is_empty() {
        return Ok(false);
    }

    lookup.reporter.inform(&format!(
        "note: asking the server about {} that the snapshot does not have",
        count(emails.len() as u64, "new address")
    ));
    let answered = lookup.questions.ask("asking about new addresses", async {
        tokio::select! {
            found = who_has(&emails, lookup.questions.client) => Ok(found),
            interruption = interruption(lookup.reporter) => Err(interruption),
        }
    })?;
    match answered {
        Ok(users) => {
            let mut is_outdated = false;
            for list in std::iter::once(&mut stored_baseline.organization)
                .chain(listed.map(|listed| &mut listed.organization))
            {
                let list = Arc::make_mut(list);
                is_outdated |=
                    users.iter().filter(|user| list.bring_in_user(&user.listed())).count() > 0;
            }
            if is_outdated {
                inputs.iter_mut().for_each(|input| input.held.clear());
                compare_with_stored(
                    inputs,
                    stored_baseline,
                    &lookup.config.known,
                    lookup.reporter,
                )?;
            }
            Ok(is_outdated)
        }
        Err(error) => {
            lookup.reporter.say(&format!(
                "note: the server could not be asked about new addresses ({error}): their rows \
                 are not sent"
            ));
            Ok(false)
        }
    }
}

/// Which command asks the server about rows that a snapshot holds back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AskedBy {
    /// The command itself.
    ThisCommand,
    /// The import of the same file, because this command works offline.
    Import,
}

/// Returns the advice for rows that are held back because of a list without a question to the
/// server: the list may be older than the file. This applies to a list that a command names or
/// compares with, and to a snapshot in a command that works offline.
pub(crate) fn advice(
    inputs: &[&InputFile],
    loaded_baseline: &LoadedBaseline,
    config: &KnownConfig,
    asked_by: AskedBy,
) -> Result<Option<OutdatedAdvice>, ImportError> {
    let compares = config.against.is_some()
        || config.online
        || inputs.iter().any(|input| input.baseline.as_ref().is_some_and(|known| known.reduces));
    if !compares && asked_by == AskedBy::ThisCommand {
        return Ok(None);
    }
    let mut rows = 0;
    for input in inputs {
        rows += new_addresses(input)?.len() as u64;
    }
    if rows == 0 {
        return Ok(None);
    }
    let fetch = match &config.against {
        Some(file) if loaded_baseline.list.is_none() => NewList::Over(file.clone()),
        Some(_) => NewList::Named,
        None if !compares => NewList::Stored,
        None => NewList::StoredAnew,
    };
    let held = format!(
        "{} {} not sent because of {}{}",
        count(rows, "row"),
        form(rows, "is", "are"),
        describe_time(&loaded_baseline.organization),
        newer_words(inputs, loaded_baseline.organization.at)
    );
    Ok(Some(OutdatedAdvice { held, is_asked_by_import: !compares, fetch }))
}

impl OutdatedAdvice {
    /// Prints it in the head.
    pub(crate) fn say_head(&self, reporter: &dyn ImportReporter) {
        let words = reporter.words(&Note::Outdated(self));
        reporter.inform(&format!("outdated?     {words}"));
    }
}

/// Describes a newer list: `; now.csv is newer (Fri 27 Nov 09:14)`, for the newest exported list
/// among the inputs; empty if none is newer than the list.
fn newer_words(inputs: &[&InputFile], list_date: Timestamp) -> String {
    let exported = inputs.iter().filter(|input| may_be_exported(input));
    let dated = exported.filter_map(|input| Some((input.date?, input)));
    dated
        .max_by_key(|(date, _)| *date)
        .filter(|(date, _)| *date > list_date)
        .map(|(date, input)| {
            format!(
                "; {} is newer ({})",
                visible(input.table.name()),
                wall_clock(date, "%a %d %b %H:%M")
            )
        })
        .unwrap_or_default()
}

/// Returns the number of these questions, with a snapshot.
pub(crate) fn questions(inputs: &[InputFile]) -> Result<u64, ImportError> {
    Ok(asked_about(inputs)?.len() as u64)
}

fn asked_about(inputs: &[InputFile]) -> Result<Vec<String>, ImportError> {
    let mut emails = BTreeSet::new();
    for input in inputs {
        emails.extend(new_addresses(input)?);
    }
    Ok(emails.into_iter().take(MOST_QUESTIONS).collect())
}

/// Returns the users who have one of these addresses now.
async fn who_has(emails: &[String], client: &Client) -> Result<Vec<ApiUser>, ApiError> {
    let mut found = Vec::new();
    for email in emails {
        found.extend(client.user(email, None).await?);
    }
    Ok(found)
}

/// Returns the addresses that rows which are held back would create; none if a run is resumed or
/// shown.
fn new_addresses(input: &InputFile) -> Result<Vec<String>, ImportError> {
    let is_asked_about = |held: &HeldRow| held.is_second_account() || held.code == OTHER_ADDRESS;
    let mut emails = Vec::new();
    if input.noted.is_some() || !input.held.values().any(is_asked_about) {
        return Ok(emails);
    }
    let input_rows = input.input_rows();
    let mut buffer = RowBuffer::default();
    for block in input.table.blocks() {
        let block = block?;
        for index in 0..block.len() {
            let row = u32::try_from(block.first_row + index as u64).unwrap_or(u32::MAX);
            if !input.held.get(&row).is_some_and(is_asked_about) {
                continue;
            }
            if let Some(Ok(Change::User(user))) =
                input_rows.requested_change(&block, index, &mut buffer)
            {
                emails.extend(user.create.map(|create| create.email.to_string()));
            }
        }
    }
    Ok(emails)
}
